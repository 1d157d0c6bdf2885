"""A stranger's pull request in a build: links, globs, expressions, escape sequences and a secret, all at once.

Every command that a build may run comes to its end, tells of nothing that is outside the project or hidden in it, and
writes nothing outside of it; what it prints is no command to a terminal or a build service.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shells import Done, Shell, shell_in

OUTSIDE = "TOKEN=word-of-the-machine"
"""What stands in a file of the machine, to which a link of the pull request leads."""

SECRET = "AKIA" + "IOSFODNN7" + "EXAMPLE" + ":" + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
"""The example of Amazon's documentation, where somebody wrote credentials into a policy."""

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
COMMAND = "::error file=README.md::approved by security"
OLDER = "##vso[task.setvariable variable=approved]true"

POLICY = f"""\
policy desk
locale en-GB
# {ESCAPES}
{COMMAND}
store calls {{ url "s3://acme/x/" credentials "{SECRET}" }}
use "../outside.recpol"
use "link.recpol"
on ice {{
  answer
  say "{ESCAPES}
{COMMAND}"
  say "{"{{ call." + "a." * 2_000} }}}}"
  connect pstn "{OLDER}"
}}
"""

EXPRESSION = {
    "commands": [
        {"command": "answer"},
        {
            "command": "menu",
            "startMenu": "m",
            "menus": {
                "m": {
                    "matches": {
                        "((((0*)*)*)*)*1": [{"command": "hangup"}],
                        "0" * 60: [{"command": "hangup"}],
                        "(a|a)*$" * 50: [{"command": "hangup"}],
                    }
                }
            },
        },
        {"command": ESCAPES + "\n" + COMMAND},
    ]
}

GLOBS = f"include: ['{'**/' * 60}*.recpol', '*.recpol']\n"
SETTINGS = {
    "globs": GLOBS,
    "a glob for nothing": f"include: ['{'*a' * 60}b.recpol']\n",
    "globs and escapes": GLOBS + f"# {ESCAPES}\n",
    "an expensive path": f"paths:\n  '{'**/*a' * 60}':\n    rules: {{unused-store: off}}\n",
    "an output outside": "out: ../machine\n",
}

GOOD = """\
policy good
locale en-GB
store calls { url "s3://acme/x/" credentials env KEY }
on ice { answer record { talk: say "Hello." } hangup }
"""

TESTS = f"""\
tests:
  - name: "{json.dumps(ESCAPES + COMMAND)[1:-1]}"
    call: answer
    recorded: [talk]
"""

COMMANDS = (
    "lint",
    "lint .",
    *(f"lint . --output-format {form}" for form in ("concise", "json", "github", "gitlab", "junit", "sarif")),
    "lint desk.recpol desk.svaml.json",
    "lint . --diff",
    "fmt --check .",
    "fmt --diff .",
    "fmt .",
    "lint . --fix",
    "compile",
    "compile good.recpol",
    "compile --check",
    "explain desk.recpol",
    "explain desk.recpol --output-format markdown",
    "prove desk.recpol",
    "targets desk.recpol",
    "test .",
    "import desk.svaml.json",
)

_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|##(?:vso)?\\[")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the machine beside the project, with what a stranger would like to read and write."""
    folder = tmp_path / "machine"
    folder.mkdir()
    for name in ("environ", "outside.recpol", "policy.recpol"):
        (folder / name).write_text(OUTSIDE + "\n", "utf-8")
    return folder


@pytest.fixture
def shell(tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in the checkout of the pull request."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    deep = project / "/".join("a" * 12)
    deep.mkdir(parents=True)
    files = {"desk.recpol": POLICY, "good.recpol": GOOD, "desk.test.yaml": TESTS, "a/b.recpol": POLICY}
    files["desk.svaml.json"] = json.dumps(EXPRESSION)
    for name, text in files.items():
        (project / name).write_text(text, "utf-8")
    (project / "link.recpol").symlink_to(outside / "environ")
    (project / "link.test.yaml").symlink_to(outside / "environ")
    (project / "folder").symlink_to(outside)
    (project / "build").symlink_to(outside)
    (deep / "up.recpol").symlink_to("../" * 12 + "../machine/policy.recpol")
    return shell_in(project, monkeypatch, capsys)


def machine(outside: Path) -> dict[str, str]:
    return {name: (outside / name).read_text("utf-8") for name in sorted(path.name for path in outside.iterdir())}


def holds(done: Done, command: str) -> None:
    """Hold what a command printed to what a build may be shown."""
    said = done.out + done.err
    assert done.status in (0, 1, 2), command
    assert "word-of-the-machine" not in said, command
    assert not any(part in said for part in SECRET.split(":")), command
    assert _STEERS.search(said) is None, command
    lines = [line.lstrip() for line in said.splitlines()]
    ours = "--output-format github" in command
    # `::NAME …::` is a command to GitHub's runner; `::: FILE` names another place of a finding, and has no second `::`.
    commands = [line for line in lines if line.startswith("::") and "::" in line[2:]]
    assert not [line for line in commands if not (ours and "title=" in line)], command


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_build_of_a_strangers_pull_request(shell: Shell, outside: Path, settings: str) -> None:
    before = machine(outside)
    told = ""
    for command in COMMANDS:
        done = shell(*command.split(), files={"recpol.yaml": SETTINGS[settings]})
        holds(done, command)
        told += done.out + done.err
    assert machine(outside) == before, "what is outside the project is as it was"
    if settings == "globs":
        for what in ("`link.recpol` is a link to a file outside the project", "bidirectional-control", "bad-number"):
            assert what in told, "the reviewer is told of it"
    else:
        assert "recpol.yaml" in told
