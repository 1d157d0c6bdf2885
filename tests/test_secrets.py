"""Secrets: what looks like one or stands in the place of one is dots, in everything that recpol prints or writes.

The law plants secrets at random places of policies, documents, settings and tests, breaks some of them, and runs every
command in every format: nothing of a secret is shown. `RECPOL_SECRETS` is how many inputs are tried.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from recpol.base.secrets import by_column, certain, is_harmless, joined, secret_ranges, with_dots
from recpol.cli.main import run

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
S3 = f"AKIAIOSFODNN7EXAMPLE:{KEY}:eu-central-1"
WORD = "hunter2secret"
AZURE = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kA=="


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f'credentials "{S3}"', 'credentials "......"'),
        (f'credentials: "{S3}"', 'credentials: "......"'),
        (f'credentials = "{WORD}"', 'credentials = "......"'),
        (f'credential "{WORD} more"', 'credential "......"'),
        (f"credentials env {KEY}", "credentials env ......"),
        (f"credentials '{WORD}'", "credentials '......'"),
        (f"credentials “{WORD}”", "credentials “......”"),
        (f'kredentials "{WORD}"', 'kredentials "......"'),
        (f'"Credentails": "{WORD}"', '"Credentails": "......"'),
        (f'"{{\\"credentials\\": \\"{WORD}\\", \\"x\\": 1}}"', '"{\\"credentials\\": \\"......\\", \\"x\\": 1}"'),
        (f"  token: {WORD}: x", "  token: ......"),
        (f"  api_key: {WORD} # of the test", "  api_key: ...... # of the test"),
        (f'say "{S3}"', 'say "......"'),
        (f"the account key {AZURE} of", "the account key ...... of"),
        (f"s3://u:{WORD}@other/**", "s3://......@other/**"),
        (f"https://{WORD}@acme.example/x", "https://......@acme.example/x"),
        (f'connect sip "anna:{WORD}@pbx@example.com"', 'connect sip "anna:......@pbx@example.com"'),
        (f"https://a.example/c?sv=1&sig={WORD}&se=1", "https://a.example/c?sv=1&sig=......&se=1"),
        ("-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY----- after", "...... after"),
        ("-----BEGIN PRIVATE KEY-----\nab", "......"),
        (f"cannot read s3:/u:{WORD}@other/x", "cannot read s3:/......@other/x"),
        (f"  password: [{WORD}, other]", "  password: [......]"),
        (f'"tokens": ["{WORD}"]', '"tokens": [......]'),
        (f"  api_key:\n    - {WORD}\n    - x\n  name: y", "  api_key:\n......\n  name: y"),
        (f'"tokens": [\n  "{WORD}"\n]', '"tokens": [......]'),
        (f"  token: {{a: {WORD}, b: x}}\n  name: y", "  token: {......}\n  name: y"),
        (f"  token: {{a: {{b: {WORD}}}}} # all", "  token: {......} # all"),
        (f"  tokens: [{{a: {WORD}}}, {{b: x}}]", "  tokens: [......]"),
        (f"  token: {{a: {WORD}\n  name: y", "  token: {......\n  name: y"),
        (f'"credentials": {{\n  "a": "{WORD}"\n}},\n"x": 1', '"credentials": {......},\n"x": 1'),
        (f"  token:\n    a: {WORD}\n    'b': x\n  name: y", "  token:\n......\n  name: y"),
        (f"  - token:\n      a: {WORD}\n    name: y", "  - token:\n......\n    name: y"),
        (f"tokens:\n- a: {WORD}\n  b: x\nname: y", "tokens:\n......\nname: y"),
        ("  token:\n  name: y", "  token:\n  name: y"),
        ("# the token:\n  agent: connect", "# the token:\n  agent: connect"),
        ("  token: {}\n  name: {y: z}", "  token: {}\n  name: {y: z}"),
        ("  token: {{ env.TOKEN }}", "  token: {{ env.TOKEN }}"),
        (f"  password {WORD}", "  password ......"),
        (f"the text `password {WORD}`", "the text `password ......`"),
    ],
)  # fmt: skip
def test_what_is_hidden(text: str, shown: str) -> None:
    assert with_dots(text, secret_ranges(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "credentials env S3_CREDENTIALS",
        'credentials "{{ env.AWS_KEY }}:{{ env.AWS_SECRET }}:eu-central-1"',
        '"credentials": "{{ env.S3 }}"',
        'connect sip "anna@pbx.example:5061"',
        "s3://acme-recordings/Support/2024/Team-Alpha/Calls-In-2024-Q3/",
        "callid 5f9a0c3b-7d1e-4b8e-9e3f-1c2d3e4f5a6b",
        "cli +442079460100 max-duration 10m",
        'say "The credentials of our people are checked."',
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        '"credentials": {',
        '"credentials": [{"name": "x"}]',
        "  credentials:\n  format: mp3",
        'say "Your password has 12 letters."',
        "the environment variable of the token SINCH_S3_TOKEN2",
        "# allow literal-credentials: a key for the sandbox",
        "rules: { literal-credentials: warning }",
    ],
)
def test_what_is_shown(text: str) -> None:
    assert with_dots(text, secret_ranges(text)) == text


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        (f"tenant,password,place\na,{WORD},north\nb,,south\n", "tenant,password,place\na,......,north\nb,,south\n"),
        (f"tenant;S3_CREDENTIALS\na;{WORD}\n", "tenant;S3_CREDENTIALS\na;......\n"),
        (f'tenant,token\na,"x {WORD}\n{WORD}"\nb,y\n', "tenant,token\na,......\n......\nb,......\n"),
        (f"tenant,token\na,x,{WORD}\n", "tenant,token\na,......\n"),
        (f"tenant,place\na,{WORD}\n", f"tenant,place\na,{WORD}\n"),
    ],
)
def test_what_is_hidden_of_a_table(table: str, shown: str) -> None:
    assert with_dots(table, joined(by_column(table))) == shown


SIGNS = (
    *(
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIA",
        "ASIA",
        "ABIA",
        "ACCA",
        "AIza",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
    ),
    *("github_pat_", "glpat-", "xoxa-", "xoxb-", "sk_live_", "rk_live_", "sk-", "ya29.", "GOOG1", "eyJ"),
)
"""How keys and tokens begin."""

PIECES = (*SIGNS, "//", "user", ":", "pass", "@", "sip:", "example.org", "Bearer ", "AKI", "-----", " ", "_", ".", "é")


def test_what_has_no_sign_of_a_secret_holds_none() -> None:
    """A text that is not looked at for keys has none, whatever it is called."""
    rng = random.Random(1)
    found = dict.fromkeys(SIGNS, 0)
    others = 0
    for _ in range(20_000):
        parts = [rng.choice(PIECES) for _ in range(rng.randrange(6))]
        text = "".join(part + "A1b2" * rng.choice((0, 0, 1, 9)) for part in parts)
        name = rng.choice(("", "x-note", "Authorization", "Proxy-Authorization"))
        secrets = list(certain(name, text))
        assert not (secrets and is_harmless(name, text)), (name, text)
        for sign in SIGNS:
            found[sign] += any(text.startswith(sign, start) for start, _ in secrets)
        others += bool(secrets) and not any(sign in text for sign in SIGNS)
    assert min(found.values()) > 10
    assert others > 100
    assert is_harmless("x-note", "Welcome. Press 1 for sales.")


POLICY = """\
policy desk
locale en-GB
store calls {{
  url "s3://acme-recordings/{x}desk/"
  credentials {credentials}
  format mp3
}}
on ice {{
  answer
  cookie "desk" = "{x}one"
  notice: say "This call is recorded. {x}"
  menu {{ prompt "Press 1. {x}" key 1 -> sales }}
}}
on pie sales {{ record {{ agent: connect sip "{sip}desk@pbx.example" {{ header "X-Desk" = "{x}1" }} }} }}
on pie otherwise {{ hangup }}
never record notice because "{x}law"
keep recordings in "s3://{user}acme-recordings/**"
"""

ICE = """\
{{"instructions": [{{"name": "say", "text": "Hello {x}", "locale": "en-GB"}},
  {{"name": "startRecording", "options": {{"destinationUrl": "s3://{user}acme-recordings/desk/",
    "credentials": "{literal}"}}}}],
 "action": {{"name": "connectSip", "destination": {{"endpoint": "{sip}desk@pbx.example"}}, "cli": "{x}"}}}}
"""

SETTINGS = 'vars:\n  token: "{literal}"\n  region: "{x}"\n'

TESTS = """\
tests:
  - name: a call {x}
    call: press 1; answer
    expect: {{ recorded: [agent], reply: {{ file: ice.json, credentials: "{literal}" }} }}
"""

FORMS = ("lint", "lint --strict", *(f"lint --output-format {name}" for name in (
    "concise", "json", "sarif", "github", "gitlab", "junit")), "lint --fix --diff", "lint --unsafe-fixes --diff",
    "fmt --check --diff", "compile -o out --check", "compile -o out", "compile --stdout", "explain",
    "explain --output-format json", "explain --output-format markdown", "targets", "import", "test")  # fmt: skip
"""Every command that reads what somebody wrote, in every format."""

SLIPS = (
    lambda text, rng: text,
    lambda text, rng: text,
    lambda text, rng: text.replace("credentials ", "credentials: "),
    lambda text, rng: text.replace("credentials ", "credentials = "),
    lambda text, rng: text.replace("credentials", "credential"),
    lambda text, rng: text.replace("credentials", "credetnials"),
    lambda text, rng: text.replace('"', "'"),
    lambda text, rng: text.replace('"', "“", 1),
    lambda text, rng: text.replace("{", "", 1),
    lambda text, rng: text[: rng.randrange(len(text))],
    lambda text, rng: text[rng.randrange(len(text)) :],
    lambda text, rng: "".join(rng.sample(text.splitlines(keepends=True), text.count("\n"))),
    lambda text, rng: text.replace(":", " : "),
    lambda text, rng: text.replace("\n", " "),
)
"""Slips of the hand around a secret."""


def planted(rng: random.Random) -> tuple[dict[str, str], list[str]]:
    """The files of a project with secrets at some places, and what must never be shown."""
    key = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") for _ in range(40))
    key = f"aB3{key[3:]}xY7"
    s3 = f"AKIA{''.join(rng.choice('ABCDEFGHIJKLMNOP234567') for _ in range(16))}:{key}:eu-west-1"
    word = f"hunter{rng.randrange(10**6, 10**7)}secret"
    look = rng.choice([s3, f"ghp_{'aB3' * 12}{word}", f"{key}{key}=="])
    values = {
        "x": rng.choice(["", "", look]),
        "literal": rng.choice([s3, word, look]),
        "user": rng.choice(["", f"user:{word}@"]),
        "sip": rng.choice(["", f"anna:{word}@"]),
    }
    values["credentials"] = rng.choice(["env S3", f'"{values["literal"]}"', f"\"{{{{ env.S3 | default('{s3}') }}}}\""])
    texts = {"desk.recpol": POLICY, "desk.ice.json": ICE, "recpol.yaml": SETTINGS, "desk.test.yaml": TESTS}
    files = {name: rng.choice(SLIPS)(text.format(**values), rng) for name, text in texts.items()}
    if rng.random() < 0.7:
        del files["recpol.yaml"]
    return files, [key[4:36], word, look[5:37]]


@pytest.mark.parametrize("block", range(10))
def test_no_secret_is_shown_or_written(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(int(os.environ.get("RECPOL_SECRETS", "20")) // 10):
        rng = random.Random(1000 * block + number)
        files, secrets = planted(rng)
        for path in tmp_path.iterdir():
            if path.is_file():
                path.unlink()
        for name, text in files.items():
            (tmp_path / name).write_text(text, "utf-8")
        for form in FORMS:
            for name in files:
                if (form.startswith("import")) == name.endswith(".json") or form.startswith("lint"):
                    assert run([*form.split(), name]) in (0, 1, 2)
                    shown = "".join(capfd.readouterr())
                    for secret in secrets:
                        assert secret not in shown, f"seed {1000 * block + number}: recpol {form} {name}\n{shown}"
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.name not in files:
                for secret in secrets:
                    assert secret not in path.read_text("utf-8"), f"seed {1000 * block + number}: {path}"


def test_no_pattern_takes_long() -> None:
    """Whatever is repeated, ten thousand times of it come back without delay, and not longer than twice."""
    for piece in (
        "credentials ",
        "token=",
        "a:",
        " x:y",
        "://a@b",
        "A1b",
        "cred:'",
        'cred:"\\',
        "sip:a:",
        "?sig=",
        "AKIA",
    ):
        text = piece * 10_000
        assert len(with_dots(text, secret_ranges(text))) <= 2 * len(text)


def test_the_name_of_a_variable_holds_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.ice.json").write_text(
        ICE.format(x="", user=f"AKIA:{WORD}@", sip="", literal=S3).replace("connectSip", "hangup"), "utf-8"
    )
    assert run(["lint", "--unsafe-fixes", "desk.ice.json"]) in (0, 1)
    assert not re.search("hunter2", "".join(capfd.readouterr()), re.IGNORECASE)
    assert not re.search("env.[A-Z_0-9]*HUNTER", (tmp_path / "desk.ice.json").read_text("utf-8"))
    assert run(["import", "desk.ice.json"]) in (0, 1, 2)
    assert not re.search("hunter2", "".join(capfd.readouterr()), re.IGNORECASE)
