"""The language server about files that are no policies, about whole projects, and about what is not open."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lspclient import LspClient, LspError, place
from recpol.base.secrets import masked
from recpol.lsp.places import uri_of
from recpol.rules.check import check
from recpol.workspace.files import Input
from recpol.workspace.session import open_session
from recpol.workspace.testfiles import find_tests
from recpol.workspace.testruns import TestRunner
from shells import shell_in

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "policies" / "support-line.recpol"
TESTS = ROOT / "policies" / "support-line.test.yaml"

BAD_TESTS = """tests:
  - name: unknown words
    call: press 2; anser; begin card
    recorded: [agnet, "@crd"]
  - name: unknown names
    call: press 2; answer; hang up
    recorded: [agnet, "@crd"]
    into: {agent: cals}
  - name: it fails
    call: press 2; answer; begin card; end card; hang up
    recorded: card
    files: 7
  - name: it cannot happen
    call: press 2; press 2
    files: 1
  - name: a key too many
    call: press 1
    bogus: 3
"""


def messages(found: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(one["range"]["start"]["line"], one["message"].partition("\n")[0]) for one in found]


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    """A file of tests beside its policy."""
    shutil.copy(POLICY, tmp_path)
    return Path(shutil.copy(TESTS, tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        TESTS.read_text("utf-8"), BAD_TESTS, "", "tests: 3\n", "policy: gone.recpol\n" + BAD_TESTS, "tests: [\n",
        "target: svaml9\n" + BAD_TESTS, "tenant: x\n" + BAD_TESTS, BAD_TESTS.replace("'", '"') + "- x\n", "a: &b\n",
        BAD_TESTS + '    replies: {ice.json: {a: "b"}, nope.json: none.json}\n',
    ],
)  # fmt: skip
def test_findings_of_tests_are_those_of_the_command(tests: Path, text: str) -> None:
    tests.write_text(text, "utf-8")
    client = LspClient()
    session = open_session([str(tests)])
    (item,) = find_tests([str(tests)], session).tests
    wanted = [(one.span.begin.line - 1, masked(one.message)) for one in TestRunner(session, {}).run(item).findings]
    tests.write_text("tests: []\n", "utf-8")  # what is open counts, not what is on the disk
    assert messages(client.published(client.open(tests, text))) == wanted
    assert bool(wanted) == (text != TESTS.read_text("utf-8"))


def test_what_keeps_the_policy_from_being_tested_is_said_at_the_top(tests: Path) -> None:
    client = LspClient()
    uri = client.open(tests)
    assert client.published(uri) == []
    policy = client.open(tests.with_name(POLICY.name), "policy a\non ice { goto nowhere }\n")
    (told,) = client.published(uri)
    assert told["range"]["start"] == {"line": 0, "character": 0}
    assert "these tests cannot be run: " in told["message"]
    assert told["relatedInformation"][0]["location"]["uri"] == policy
    client.change(policy, POLICY.read_text("utf-8").replace("except card", ""))
    assert ("`never record @card` is broken" in client.published(uri)[0]["message"]) == (
        "never record @card" in POLICY.read_text("utf-8")
    )


def test_lenses_of_tests_show_their_calls(tests: Path) -> None:
    client = LspClient()
    uri = client.open(tests, TESTS.read_text("utf-8").replace("files: 1", "files: 8"))
    titles = [lens["command"]["title"] for lens in client.of("codeLens", uri)]
    assert titles[:2] == ["✓ passed: show the call", "✗ failed: show the call"]
    assert set(titles[2:]) == {"✓ passed: show the call"}
    command = client.of("codeLens", uri)[1]["command"]
    told = client.request("workspace/executeCommand", command=command["command"], arguments=command["arguments"])
    assert "the caller presses 1\n" in told["text"]
    assert "  ● calling +46850020000 and talking → calls" in told["text"]
    assert '  ○ notice: "Parts of this call are recorded."\n' in told["text"]
    for arguments in ([], [uri], [uri, 99], [uri, -1], ["file:///nowhere", 0]):
        with pytest.raises(LspError, match="name a test"):
            client.request("workspace/executeCommand", command="recpol.call", arguments=arguments)


@pytest.mark.parametrize(
    ("said", "offered", "not_offered"),
    [
        ("tests:\n  - name: a\n    call: ", ["press 1", "press 2", "wait", "hang up"], ["answer"]),
        ("tests:\n  - name: a\n    call: press 2; ", ["answer", "busy", "hang up"], ["press 1"]),
        ("tests:\n  - name: a\n    call: press 2; answer; beg", ["begin card"], ["answer"]),
        ("tests:\n  - name: a\n    call:\n      - press 2\n      - answer\n      - ", ["begin card"], ["press 1"]),
        ("tests:\n  - name: a\n    call: press 2; nonsense; ", [], ["answer"]),
        ("tests:\n  - name: a\n    recorded: [notice, ag", ["agent", "notice", "@card"], ["calls"]),
        ("tests:\n  - name: a\n    not-recorded:\n      - ", ["agent", "card", "@card", "@talk"], ["name:"]),
        ("tests:\n  - name: a\n    into: {", ["agent"], ["calls"]),
        ("tests:\n  - name: a\n    into: {agent: ", ["calls"], ["agent"]),
        ("tests:\n  - name: a\n    rec", ["recorded:", "call:"], ["policy:", "agent"]),
        ("te", ["tests:", "policy:", "tenant:"], ["call:"]),
        ("tests:\n  - na", ["name:", "call:"], ["tests:"]),
        ("tests:\n  - name: the ", [], ["agent", "call:"]),
        ("tests: # rec", [], ["agent", "call:"]),
    ],
)
def test_completion_in_tests(tests: Path, said: str, offered: list[str], not_offered: list[str]) -> None:
    client = LspClient()
    uri = client.open(tests, said)
    last = said.rpartition("\n")[2]
    labels = [item["label"] for item in client.at("completion", uri, said.count("\n"), len(last))]
    assert set(offered) <= set(labels)
    assert not set(not_offered) & set(labels)
    assert bool(labels) == bool(offered)


def test_tags_are_offered_in_quotes(tests: Path) -> None:
    client = LspClient()
    for said, written in (("recorded: [", '"@card"'), ('recorded: ["', "@card")):
        text = f"tests:\n  - name: a\n    {said}"
        items = client.at("completion", client.open(tests, text), 2, 4 + len(said))
        assert [item["textEdit"]["newText"] for item in items if item["label"] == "@card"] == [written]


def test_hover_in_tests(tests: Path) -> None:
    client = LspClient()
    text = TESTS.read_text("utf-8")
    uri = client.open(tests, text)
    assert "label `agent`" in client.at("hover", uri, *place(text, "recorded: agent", 12))["contents"]["value"]
    assert "store `calls`" in client.at("hover", uri, *place(text, "agent: calls", 9))["contents"]["value"]
    assert client.at("hover", uri, *place(text, "files: 2", 1)) is None


# ── projects ─────────────────────────────────────────────────────────────────────────────────────────────────────────

GOOD = 'policy {name}\nuse "company.recpol"\non ice {{ record to calls {{ connect pstn +46850020000 }} }}\n'
RULES = 'rules company\nstore calls { url "s3://acme-calls/calls/" credentials env STORE }\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "recpol.yaml").write_text("{}\n", "utf-8")
    (tmp_path / "company.recpol").write_text(RULES, "utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.recpol").write_text(GOOD.format(name=name), "utf-8")
    return tmp_path


def errors(client: LspClient, path: Path) -> list[str]:
    told = [one["params"] for one in client.sent if one.get("method") == "textDocument/publishDiagnostics"]
    last = [one["diagnostics"] for one in told if one["uri"] == uri_of(str(path))]
    return [one["code"] for one in last[-1] if one["severity"] == 1] if last else []


def test_files_of_a_project_that_are_not_open_are_told_too(project: Path) -> None:
    client = LspClient()
    rules, one, two = (project / f"{name}.recpol" for name in ("company", "one", "two"))
    uri = client.open(rules)
    assert errors(client, one) == []
    client.change(uri, RULES.replace("store calls", "store others"))
    assert errors(client, one) == errors(client, two) != []
    opened = client.open(one)
    assert client.published(opened) != []
    client.change(uri, RULES, version=3)
    assert (errors(client, one), errors(client, two)) == ([], [])
    client.notify("textDocument/didClose", textDocument={"uri": opened})
    two.write_text("policy two\non ice { goto nowhere }\n", "utf-8")
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(str(two)), "type": 2}])
    assert errors(client, two) != []
    two.unlink()
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(str(two)), "type": 3}])
    assert errors(client, two) == []


def test_a_new_file_and_new_settings_are_found(project: Path) -> None:
    client = LspClient()
    client.open(project / "one.recpol")
    three = project / "three.recpol"
    three.write_text("policy three\non ice { goto nowhere }\n", "utf-8")
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(str(three)), "type": 1}])
    assert errors(client, three) != []
    settings = client.open(project / "recpol.yaml", "rules: {conference-scope: of}\n")
    assert "always speaks" in client.published(settings)[0]["message"]
    (told,) = client.published(client.open(project / "two.recpol"))
    assert "cannot be used as settings" in told["message"]


def test_only_what_is_open_where_that_is_asked_for(project: Path) -> None:
    (project / "bad.recpol").write_text("policy bad\non ice { goto nowhere }\n", "utf-8")
    client = LspClient(wholeProject=False)
    client.open(project / "one.recpol")
    assert errors(client, project / "bad.recpol") == []
    other = LspClient()
    other.open(project / "one.recpol")
    assert errors(other, project / "bad.recpol") != []


def test_a_client_that_pulls_is_asked_to_ask_again(project: Path) -> None:
    able = {
        "textDocument": {"diagnostic": {}},
        "workspace": {"diagnostics": {"refreshSupport": True}, "codeLens": {"refreshSupport": True}},
    }
    (project / "bad.recpol").write_text("policy bad\non ice { goto nowhere }\n", "utf-8")
    client = LspClient(able)
    uri = client.open(project / "one.recpol")
    bad = uri_of(str(project / "bad.recpol"))
    assert {one["params"]["uri"] for one in client.sent if "publish" in one.get("method", "")} == {bad}
    client.open(project / "bad.recpol")
    assert errors(client, project / "bad.recpol") == [], "an open file is pulled"
    client.notify("textDocument/didSave", textDocument={"uri": uri})
    asked = [one["method"] for one in client.sent if "id" in one and "method" in one]
    assert asked == ["workspace/diagnostic/refresh", "workspace/codeLens/refresh"]


def test_tenants_count(tmp_path: Path) -> None:
    there = tmp_path / "branches"
    shutil.copytree(ROOT / "projects" / "branches", there)
    client = LspClient()
    policy = client.open(there / "branch.recpol")
    assert client.published(policy) == []
    assert client.published(client.open(there / "branch.test.yaml")) == []
    table = (there / "tenants.csv").read_text("utf-8").splitlines()
    table[1] = re.sub(r"\+\d+", "nobody", table[1])
    (there / "tenants.csv").write_text("\n".join(table) + "\n", "utf-8")
    client.notify("textDocument/didSave", textDocument={"uri": policy})
    wanted = table[1].partition(",")[0]
    notes = [note["message"] for one in client.published(policy) for note in one.get("relatedInformation", ())]
    assert any(wanted in note for note in notes), client.published(policy)


DOCUMENTS = [
    path for path in sorted((ROOT / "tests" / "cases" / "json").rglob("*.json")) if "together" not in path.parts
]


@pytest.mark.parametrize("path", DOCUMENTS[::9], ids=lambda path: path.stem)
def test_findings_of_documents_are_those_of_lint(path: Path) -> None:
    from recpol.svaml.read import read_document
    from recpol.workspace.compiled import target_beside

    client = LspClient()
    session = open_session([str(path)])
    (item,) = session.inputs([str(path)])
    source: Any = session.files.load(item)
    found = check(read_document(source, "", target_beside(Input(str(path), item.shown))), session.levels).findings
    assert [one["code"] for one in client.published(client.open(path))] == [one.rule for one in found]
    assert messages(client.published(uri_of(str(path)))) == [
        (one.span.begin.line - 1, masked(one.message)) for one in found
    ]


@pytest.mark.parametrize(
    "text", ["rules: {gone: off}\n", "vars: 3\n", "nope: 1\n", "a: [\n", "", "targets: [svaml1]\n"]
)
def test_findings_of_settings_are_those_of_lint(tmp_path: Path, text: str) -> None:
    from recpol.workspace.session import BadSettings

    (tmp_path / "recpol.yaml").write_text(text, "utf-8")
    try:
        open_session([str(tmp_path)])
        wanted: list[tuple[int, str]] = []
    except BadSettings as problem:
        wanted = [(one.span.begin.line - 1, masked(one.message)) for one in problem.findings]
    client = LspClient()
    assert messages(client.published(client.open(tmp_path / "recpol.yaml"))) == wanted


PIECES = [
    *(
        "",
        "x",
        "{",
        "}",
        '"',
        "\n",
        "  - ",
        ": ",
        "@",
        "📞",
        "[",
        "# ",
        "call: ",
        "recorded: [",
        "into: {",
        "press 2; ",
    ),
    *("press 2; ", "policy: ../x\n", "\t", "&a *a", "!!x "),
]


def test_after_random_edits_of_files_what_is_told_is_what_a_new_server_tells(tests: Path) -> None:
    folder = tests.parent
    (folder / "recpol.yaml").write_text("include: .\nvars: {a: b}\n", "utf-8")
    (folder / "a.ice.json").write_text('{"instructions": [], "action": {"name": "hangup"}}', "utf-8")
    client, dice = LspClient(), random.Random(5)
    texts = {path: path.read_text("utf-8") for path in sorted(folder.iterdir())}
    uris = {path: client.open(path) for path in texts}
    for number in range(2, 62):
        path = dice.choice(sorted(texts))
        text = texts[path]
        begin = dice.randrange(len(text) + 1)
        end = min(len(text), begin + dice.choice((0, 0, 1, 5, 40)))
        texts[path] = text[:begin] + dice.choice(PIECES) + text[end:]
        client.change(uris[path], texts[path], version=number)
        asked = {"line": dice.randrange(30), "character": dice.randrange(60)}
        for method in ("completion", "hover"):
            client.at(method, uris[path], **asked)
        client.of("codeLens", uris[path])
        if number % 20 == 0:
            fresh = LspClient()
            assert [fresh.open(one, texts[one]) for one in texts] == list(uris.values())
            assert [fresh.published(uri) for uri in uris.values()] == [client.published(uri) for uri in uris.values()]
    assert [message for message in client.sent if message.get("method") == "window/logMessage"] == []


HOST = """policy host
answers "+442079460104"
store rooms { url "s3://acme-recordings/rooms/" credentials env S3_CREDENTIALS }
locale en-GB
on ice { answer notice: say "Recorded." record conference { connect conference "board" } }
"""
GUEST = """policy guest
answers "+442079460105"
locale en-GB
never record talk because "guests are not recorded"
on ice { answer say "Welcome." talk: connect conference "board" }
"""
OTHER = """policy other
answers "+442079460106"
on ice { connect conference "lobby" }
"""


@pytest.fixture
def neighbours(tmp_path: Path) -> dict[Path, str]:
    (tmp_path / "recpol.yaml").write_text("{}\n", "utf-8")
    texts = {"guest": GUEST, "host": HOST, "other": OTHER}
    for name, text in texts.items():
        (tmp_path / f"{name}.recpol").write_text(text, "utf-8")
    return {tmp_path / f"{name}.recpol": text for name, text in texts.items()}


def lens_titles(client: LspClient, uri: str) -> list[str]:
    return [lens["command"]["title"] for lens in client.of("codeLens", uri)]


def test_what_another_policy_records_counts_in_the_editor(neighbours: dict[Path, str]) -> None:
    guest, host, _ = neighbours
    client = LspClient()
    uri = client.open(guest)
    assert errors(client, guest) == ["broken-guarantee"], "the other one is not open"
    assert "policy `host`" in client.published(uri)[0]["message"]
    assert not any("proven" in title for title in lens_titles(client, uri))
    there = client.open(host)
    client.change(there, HOST.replace('record conference { connect conference "board" }', 'connect conference "board"'))
    assert errors(client, guest) == []
    assert any("proven" in title for title in lens_titles(client, uri))
    client.change(there, HOST, version=3)
    assert errors(client, guest) == ["broken-guarantee"]
    client.notify("textDocument/didClose", textDocument={"uri": there})
    host.unlink()
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(str(host)), "type": 3}])
    assert errors(client, guest) == []


def test_a_call_that_two_policies_answer_is_told_in_the_later_one(neighbours: dict[Path, str]) -> None:
    _, host, other = neighbours
    client = LspClient()
    uri = client.open(other)
    assert client.published(uri) == []
    client.change(uri, OTHER.replace("60106", "60104"))
    assert errors(client, other) == ["answered-twice"]
    assert errors(client, host) == []
    host.write_text(HOST.replace("60104", "60107"), "utf-8")
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(str(host)), "type": 2}])
    assert errors(client, other) == []


def test_policies_that_are_not_looked_at_do_not_count(neighbours: dict[Path, str], tmp_path: Path) -> None:
    guest = next(iter(neighbours))
    alone = LspClient(wholeProject=False)
    alone.open(guest)
    assert errors(alone, guest) == []
    (tmp_path / "recpol.yaml").unlink()
    none = LspClient()
    none.open(guest)
    assert errors(none, guest) == [], "without a project nothing says that they belong together"


ROOMS = ['"board"', '"Board"', '"lobby"', '"{{ call.to }}"', '"{{ call.callid }}"']
NUMBERS = [f'"+44207946010{digit}"' for digit in (4, 5, 6)]
NAMES = ["guest", "host", "other"]
RUBBISH = ["}", "{", "policy x\n", "record", "host", "# "]


def edited(text: str, dice: random.Random) -> str:
    """A policy with another room, another number, another name, or a slip."""
    rooms, numbers, names = (r'(?<=conference )"[^"]*"', ROOMS), (r'"\+44[^"]*"', NUMBERS), (r"(?<=^policy )\w+", NAMES)
    kind, pieces = dice.choice((rooms, numbers, names, (r"\w+|\S", RUBBISH)))
    places = list(re.finditer(kind, text))
    if not places:
        return text
    place = dice.choice(places)
    return text[: place.start()] + dice.choice(pieces) + text[place.end() :]


def test_after_random_edits_of_neighbours_what_is_told_is_what_lint_tells(
    neighbours: dict[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = next(iter(neighbours)).parent
    shell = shell_in(folder, monkeypatch, capsys)
    client, dice, texts = LspClient(), random.Random(11), dict(neighbours)
    uris = {path: client.open(path) for path in texts}
    seen: set[str] = set()
    for number in range(2, 122):
        path = dice.choice(sorted(texts))
        texts[path] = edited(texts[path] if dice.random() < 0.5 else neighbours[path], dice)
        client.change(uris[path], texts[path], version=number)
        path.write_text(texts[path], "utf-8")
        told = json.loads(shell("lint", "--no-cache", "--output-format", "json").out)
        wanted = sorted((Path(one["file"]).name, one["rule"], one["message"]) for one in told["findings"])
        found = sorted(
            (path.name, one["code"], one["message"].partition("\n")[0])
            for path, uri in uris.items()
            for one in client.published(uri)
        )
        assert found == wanted, texts
        seen.update(rule for _, rule, _ in wanted)
    assert {"broken-guarantee", "unproven-guarantee", "answered-twice", "duplicate-name", "syntax-error"} <= seen
