"""The language server: what it answers about a policy, and that nothing a client sends ends it."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lspclient import LspClient, LspError, applied, place
from recpol.base.source import Source
from recpol.lsp import rpc
from recpol.lsp.features import FEATURES
from recpol.lsp.places import ColumnCount
from recpol.syntax.builders import read

ROOT = Path(__file__).parent.parent
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))

TEXT = """policy desk
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE }

on ice {
  answer
  notice: say "This call is recorded."
  menu { prompt "Press 1 for sales." key 1 -> sales timeout -> sales }
}
on pie sales {
  agent: connect pstn +46850020000 { phase card @card }
}
on pie otherwise { hangup }
record agent except card
never record @card
announce notice before recording
"""


@pytest.fixture
def client() -> LspClient:
    return LspClient()


@pytest.fixture
def desk(client: LspClient, tmp_path: Path) -> str:
    return client.open(tmp_path / "desk.recpol", TEXT)


def test_what_lint_finds_is_told(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "board.recpol", TEXT.replace("record agent except card", "record agnet except card"))
    found = client.published(uri)
    assert [one["code"] for one in found] == ["unknown-name"]
    first = found[0]
    assert (first["source"], first["severity"]) == ("recpol", 1)
    assert "help: did you mean `agent`?" in first["message"]
    assert first["range"]["start"] == dict(zip(("line", "character"), place(TEXT, "record agent", 7), strict=True))
    client.change(uri, TEXT)
    assert client.published(uri) == []


def test_hints_say_who_is_recorded(client: LspClient, desk: str) -> None:
    hints = client.of(
        "inlayHint", desk, range={"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    )
    assert [(hint["position"]["line"], hint["label"]) for hint in hints] == [
        (6, "○ not recorded"), (7, "○ not recorded"), (10, "agent ● recorded → calls · card ○ not recorded"),
    ]  # fmt: skip
    assert hints[2]["tooltip"].splitlines()[1].startswith("card ○ not recorded: ")
    client.change(desk, TEXT + "on pie {{{ ")
    assert client.of("inlayHint", desk, range={}) == hints, "hints do not flicker while somebody types"


def test_lenses_say_what_guarantees_come_to(client: LspClient, desk: str) -> None:
    titles = [lens["command"]["title"] for lens in client.of("codeLens", desk)]
    assert "✓ proven for every call" in titles
    assert "the caller presses nothing, or the caller presses 1 · recorder: off" in titles, titles
    client.change(desk, TEXT.replace("except card", ""))
    (broken,) = [lens for lens in client.of("codeLens", desk) if lens["command"]["title"].startswith("✗ broken")]
    assert broken["range"]["start"]["line"] == 14
    (finding,) = client.published(desk)
    assert "\ncall:\n  a call comes in\n    ○ notice: " in finding["message"]
    assert "\n    ● card: the phase card → calls\n" in finding["message"], "the call that breaks it is shown"
    lines = [lens["range"]["start"]["line"] for lens in client.of("codeLens", desk)]
    client.change(desk, TEXT + "nevr")
    unread = client.of("codeLens", desk)
    assert [lens["range"]["start"]["line"] for lens in unread] == lines, "lines do not jump while somebody types"
    told = {lens["command"]["title"] for lens in unread} - {"explain", "compiled JSON"}
    assert told == {"? a part of the policy cannot be read", "? not proven: a part of the policy cannot be read"}
    client.notify("workspace/didChangeConfiguration", settings={"recpol": {"codeLens": False, "inlayHints": False}})
    assert client.of("codeLens", desk) == []
    assert client.of("inlayHint", desk, range={}) == []


@pytest.mark.parametrize(
    ("needle", "said"),
    [
        ("agent except", "label `agent`"), ("calls {", "store `calls`"),
        ("@card\nannounce", "tag `@card`, of 1 segment"),
        ("sales timeout", "`on pie sales`"), ("never record", "✓ proven for every call"), ("ice {", "a call comes in"),
    ],
)  # fmt: skip
def test_hover(client: LspClient, desk: str, needle: str, said: str) -> None:
    answer = client.at("hover", desk, *place(TEXT, needle, 2))
    assert said in answer["contents"]["value"]
    assert "STORE" not in answer["contents"]["value"], "credentials are not shown"


def test_hover_of_an_allowed_finding_is_its_rule(client: LspClient, tmp_path: Path) -> None:
    text = '# allow unused-store: it is for later\nstore x { url "s3://a/b/" credentials env A }\n'
    uri = client.open(tmp_path / "a.recpol", "policy a\n" + text + "on ice { hangup }\n")
    assert "unused-store" in client.at("hover", uri, 1, 12)["contents"]["value"]


@pytest.mark.parametrize(
    ("before", "offered", "not_offered"),
    [
        ("on pie sales {\n  agent: connect pstn +46850020000 { phase card @", ["@card"], ["@agent", "@digits"]),
        ("key 1 -> ", ["sales"], ["ice", "notice"]),
        ("record agent except ", ["card", "notice", "@card", "@digits", "@talk"], ["hangup"]),
        ("announce notice before recording\n", ["never", "on ice …", "store"], ["hangup", "say"]),
        ("on ice {\n  answer\n", ["say", "menu", "record", "connect"], ["never", "policy"]),
    ],
)
def test_completion(client: LspClient, desk: str, before: str, offered: list[str], not_offered: list[str]) -> None:
    line, column = place(TEXT, before, len(before))
    labels = [item["label"] for item in client.at("completion", desk, line, column)]
    assert set(offered) <= set(labels)
    assert not set(not_offered) & set(labels)


def test_packs_and_built_in_selectors(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "a.recpol", "policy a\nuse pack \non ice { hangup }\nnever transcribe @digits\n")
    assert '"gdpr"' in [item["label"] for item in client.at("completion", uri, 1, 9)]
    assert "menus that collect digits" in client.at("hover", uri, 3, 19)["contents"]["value"]


def test_completion_of_allow_and_variables(client: LspClient, tmp_path: Path) -> None:
    text = 'policy a\n# allow unus\non ice { say "Hello {{ var.name }} {{ var.n" hangup }\n'
    uri = client.open(tmp_path / "a.recpol", text)
    assert "unused-store" in [item["label"] for item in client.at("completion", uri, 1, 12)]
    assert "name" in [item["label"] for item in client.at("completion", uri, *place(text, '{{ var.n"', 8))]


def test_definition_references_and_highlight(client: LspClient, desk: str) -> None:
    line, column = place(TEXT, "agent except", 1)
    (found,) = client.at("definition", desk, line, column)
    assert found["range"]["start"]["line"] == 10
    places = client.at("references", desk, line, column, context={"includeDeclaration": True})
    assert [one["range"]["start"]["line"] for one in places] == [10, 13]
    assert len(client.at("references", desk, line, column, context={"includeDeclaration": False})) == 1
    assert [one["kind"] for one in client.at("documentHighlight", desk, line, column)] == [3, 2]


def test_rename(client: LspClient, desk: str) -> None:
    line, column = place(TEXT, "-> sales", 4)
    assert client.at("prepareRename", desk, line, column)["placeholder"] == "sales"
    edits = client.at("rename", desk, line, column, newName="orders")["changes"][desk]
    after = applied(TEXT, edits)
    assert after.count("sales") == 1, "what is said is left alone"
    client.change(desk, after)
    assert client.published(desk) == []
    for name, why in (("Sales", "lower-case"), ("otherwise", "cannot be a name"), ("a b", "cannot be a name")):
        with pytest.raises(LspError, match=why):
            client.at("rename", desk, line, column, newName=name)
    with pytest.raises(LspError, match="there already"):
        client.at("rename", desk, *place(TEXT, "agent except"), newName="card")


CALLED = """policy a
on callout customer { call pstn "{{ start.number }}" }
on ace customer { say "Hello." hangup }
"""


def test_a_call_that_the_backend_begins_has_a_name(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "a.recpol", CALLED)
    for needle in ("callout customer", "ace customer"):
        line, column = place(CALLED, needle, len(needle) - 2)
        said = client.at("hover", uri, line, column)["contents"]["value"]
        assert said == "`on callout customer`: the backend begins the call · recorder: off."
        (defined,) = client.at("definition", uri, line, column)
        assert defined["range"]["start"]["line"] == 1
        edits = client.at("rename", uri, line, column, newName="person")["changes"][uri]
        assert applied(CALLED, edits) == CALLED.replace("customer", "person")
    line, column = place(CALLED, "ace customer", 4)
    assert "customer" in [item["label"] for item in client.at("completion", uri, line, column)]
    assert "callout" in [item["label"] for item in client.at("completion", uri, *place(CALLED, "on ace", 3))]


def test_a_rename_in_rules_reaches_their_users(client: LspClient, tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("{}\n")
    rules = 'rules company\nstore calls { url "s3://acme/calls/" credentials env STORE }\n'
    (tmp_path / "company.recpol").write_text(rules)
    for name in ("one", "two"):
        text = f'policy {name}\nuse "company.recpol"\non ice {{ record to calls {{ connect conference "a" }} }}\n'
        (tmp_path / f"{name}.recpol").write_text(text)
    (tmp_path / "round.recpol").symlink_to("round.recpol")  # which nobody can read
    uri = client.open(tmp_path / "company.recpol")
    changes = client.at("rename", uri, 1, 7, newName="archive")["changes"]
    assert sorted(Path(uri).name for uri in changes) == ["company.recpol", "one.recpol", "two.recpol"]


def test_formatting(client: LspClient, desk: str) -> None:
    (edit,) = client.of("formatting", desk, options={})
    client.change(desk, edit["newText"])
    assert client.of("formatting", desk, options={}) == []
    client.change(desk, "policy a\non ice {{")
    with pytest.raises(LspError, match="mistakes"):
        client.of("formatting", desk, options={})


UGLY = """policy desk
on ice   { answer
      say "Hello."

  say    "Goodbye."
hangup }
on pie otherwise   { hangup }
"""


def test_the_lines_of_a_selection_are_formatted_and_no_others(client: LspClient, tmp_path: Path) -> None:
    (tmp_path / "ugly.recpol").write_text(UGLY)
    uri = client.open(tmp_path / "ugly.recpol")

    def formatted(first: int, last: int, column: int = 0) -> list[str]:
        chosen = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": column}}
        edits = client.of("rangeFormatting", uri, range=chosen, options={})
        return (edits[0]["newText"] if edits else UGLY).splitlines()

    assert formatted(6, 7) == [*UGLY.splitlines()[:6], "", "on pie otherwise { hangup }"]
    assert formatted(6, 6, column=4) == formatted(6, 7)
    assert formatted(0, 1) == UGLY.splitlines()
    (edit,) = client.of("formatting", uri, options={})
    assert formatted(0, 7) == edit["newText"].splitlines()
    for first in range(8):
        for last in range(first, 8):
            client.change(uri, "\n".join(formatted(first, last)) + "\n")
            (whole,) = client.of("formatting", uri, options={}) or [edit]
            assert whole["newText"] == edit["newText"], "what is left is laid out as before"
            client.change(uri, UGLY)


def test_symbols_of_a_project_are_found_in_files_that_are_not_open(client: LspClient, tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("{}\n")
    for name in ("one", "two"):
        (tmp_path / f"{name}.recpol").write_text(f'policy {name}\non ice {{ greeting-{name}: say "Hello." hangup }}\n')
    one = client.open(tmp_path / "one.recpol")
    found = client.request("workspace/symbol", query="greeting")
    assert [(symbol["name"], Path(symbol["location"]["uri"]).name) for symbol in found] == [
        ("greeting-one", "one.recpol"), ("greeting-two", "two.recpol"),
    ]  # fmt: skip
    assert found[0]["location"]["uri"] == one
    (tmp_path / "two.recpol").write_text('policy two\non ice { other: say "Hello." hangup }\n')
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": (tmp_path / "two.recpol").as_uri(), "type": 2}])
    assert [symbol["name"] for symbol in client.request("workspace/symbol", query="greeting")] == ["greeting-one"]
    client.open(tmp_path / "two.recpol", 'policy two\non ice { greeting: say "Hello." hangup }\n')
    assert len(client.request("workspace/symbol", query="greeting")) == 2, "what is on the screen goes before the disk"


def test_files_that_are_not_open_are_read_once_for_their_symbols(
    client: LspClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recpol.yaml").write_text("{}\n")
    for number in range(3):
        (tmp_path / f"p{number}.recpol").write_text(TEXT)
    client.open(tmp_path / "p0.recpol")
    known: list[str] = []

    def counted(source: Source) -> Any:
        known.append(source.path)
        return read(source)

    monkeypatch.setattr("recpol.lsp.workspace.read", counted)
    for query in ("a", "ag", "agent"):
        assert len(client.request("workspace/symbol", query=query)) >= 3
    assert len(known) == 2


@pytest.mark.parametrize("opened", ["one.recpol", "one.test.yaml", "recpol.yaml"])
def test_a_file_that_cannot_be_read_hides_no_symbol_of_the_others(
    opened: str, client: LspClient, tmp_path: Path
) -> None:
    for name, text in {"recpol.yaml": "{}\n", "one.test.yaml": "tests: []\n", "one.recpol": TEXT}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.recpol").write_bytes(b"policy \xff")
    (tmp_path / "folder.recpol").mkdir()
    (tmp_path / "round.recpol").symlink_to("round.recpol")
    client.open(tmp_path / opened)
    found = client.request("workspace/symbol", query="store calls")
    assert [Path(symbol["location"]["uri"]).name for symbol in found] == ["one.recpol"]
    client.open(tmp_path / "recpol.yaml", "include: [\n")
    assert client.request("workspace/symbol", query="store calls") == []


def test_fixes_and_allowing(client: LspClient, tmp_path: Path) -> None:
    text = TEXT.replace("except card", "except crad")
    uri = client.open(tmp_path / "desk.recpol", text)
    line, _ = place(text, "crad")
    anywhere = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}
    found = client.of("codeAction", uri, range=anywhere, context={"diagnostics": []})
    assert any(one["kind"] == "quickfix" and "card" in json.dumps(one["edit"]) for one in found)
    unused = TEXT.replace("record agent except card", "record agent except card to calls")
    unused += 'store other { url "s3://acme/other/" credentials env OTHER }\n'
    client.change(uri, unused)
    line, _ = place(unused, "store other")
    anywhere = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}
    titles = [one["title"] for one in client.of("codeAction", uri, range=anywhere, context={"diagnostics": []})]
    assert "allow `unused-store` here, with a reason" in titles


def test_fix_all_carries_out_safe_fixes_alone(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "desk.recpol", TEXT.replace("locale en-GB", "locale en-gb"))
    (action,) = client.of("codeAction", uri, range=_nowhere(), context={"diagnostics": [], "only": ["source.fixAll"]})
    assert action["kind"] == "source.fixAll.recpol"
    (edit,) = action["edit"]["changes"][uri]
    assert edit["newText"] == TEXT
    client.change(uri, TEXT.replace("except card", "except crad"))
    asked = client.of("codeAction", uri, range=_nowhere(), context={"diagnostics": [], "only": ["source.fixAll"]})
    assert "# allow" not in json.dumps(asked), "what is allowed is for the author to say"


def _nowhere() -> dict[str, Any]:
    return {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}


def test_symbols_folds_links_and_tokens(client: LspClient, desk: str) -> None:
    names = [symbol["name"] for symbol in client.of("documentSymbol", desk)]
    assert names[:4] == ["policy desk", "store calls", "on ice", "on pie sales"]
    assert {"startLine": 4, "endLine": 8} in client.of("foldingRange", desk)
    data = client.of("semanticTokens/full", desk)["data"]
    assert len(data) % 5 == 0
    assert len(data) > 100
    assert [one["name"] for one in client.request("workspace/symbol", query="notice")] == [
        "notice", "announce notice before recording",
    ]  # fmt: skip


def test_call_hierarchy(client: LspClient, desk: str) -> None:
    (item,) = client.at("prepareCallHierarchy", desk, 9, 4)
    assert item["name"] == "on pie sales"
    (came,) = client.request("callHierarchy/incomingCalls", item=item)
    assert came["from"]["name"] == "on ice"
    assert "the caller presses 1" in came["from"]["detail"]
    (before,) = client.at("prepareCallHierarchy", desk, 5, 2)
    assert [one["to"]["name"] for one in client.request("callHierarchy/outgoingCalls", item=before)] == [
        "on pie sales",
        "on pie otherwise",
    ]


def test_commands(client: LspClient, desk: str) -> None:
    told = client.request("workspace/executeCommand", command="recpol.explain", arguments=[desk])
    assert "What the policy desk records" in told["text"]
    made = client.request("workspace/executeCommand", command="recpol.compiled", arguments=[desk])
    assert made["files"]["ice.json"]["action"]["name"] == "runMenu"
    for arguments in ([], ["file:///nowhere"], [3]):
        with pytest.raises(LspError, match="open"):
            client.request("workspace/executeCommand", command="recpol.explain", arguments=arguments)


def test_documents_and_settings_are_checked_too(client: LspClient, tmp_path: Path) -> None:
    document = '{"instructions": [{"name": "startRecording"}], "action": {"name": "hangup"}}'
    uri = client.open(tmp_path / "desk.ice.json", document)
    assert client.published(uri) != []
    settings = client.open(tmp_path / "recpol.yaml", "target: classic\n")
    assert "target" in client.published(settings)[0]["message"]


def test_open_files_go_before_the_disk(client: LspClient, tmp_path: Path) -> None:
    rules, policy = tmp_path / "company.recpol", tmp_path / "desk.recpol"
    rules.write_text("rules company\n")
    policy.write_text('policy desk\nuse "company.recpol"\non ice { record { connect pstn +46850020000 } }\n')
    uri = client.open(policy)
    assert client.published(uri) != []
    other = client.open(rules, 'rules company\nstore calls { url "s3://a/b/" credentials env C }\n')
    assert [one for one in client.published(uri) if one["severity"] == 1] == []
    client.notify("textDocument/didClose", textDocument={"uri": other})
    client.notify("textDocument/didSave", textDocument={"uri": uri})
    assert [one for one in client.published(uri) if one["severity"] == 1] != []


def test_clients_that_pull_are_told_nothing(tmp_path: Path) -> None:
    able = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
    client = LspClient(able)
    uri = client.open(tmp_path / "a.recpol", "policy a\n")
    assert [message for message in client.sent if message.get("method")] == []
    assert client.of("diagnostic", uri)["items"] != []


POSITIONAL = (
    "hover",
    "completion",
    "definition",
    "references",
    "documentHighlight",
    "prepareRename",
    "prepareCallHierarchy",
)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_place_of_every_policy_has_an_answer_inside_the_file(path: Path) -> None:
    client = LspClient()
    uri = client.open(path)
    text = path.read_text("utf-8")
    lines = text.split("\n")
    for method in ("documentSymbol", "foldingRange", "codeLens", "semanticTokens/full", "documentLink", "formatting"):
        _inside(client.of(method, uri, options={}), lines, uri)
    dice = random.Random(path.stem)
    for line, written in enumerate(lines):
        for column in sorted({0, len(written), *(dice.randrange(len(written) + 1) for _ in range(3))}):
            for method in POSITIONAL:
                _inside(client.at(method, uri, line, column), lines, uri)


def _inside(answer: Any, lines: list[str], uri: str) -> None:
    if isinstance(answer, list):
        for one in answer:
            _inside(one, lines, uri)
    elif isinstance(answer, dict):
        if answer.keys() == {"line", "character"}:
            assert 0 <= answer["line"] < len(lines)
            assert 0 <= answer["character"] <= len(lines[answer["line"]])
        elif answer.get("uri", uri) == uri:
            for one in answer.values():
                _inside(one, lines, uri)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_rename_leaves_what_is_compiled_alone(path: Path, tmp_path: Path) -> None:
    import shutil

    from recpol import compile as compiled

    shutil.copytree(path.parent, tmp_path / "policies", ignore=shutil.ignore_patterns("build"))
    there = tmp_path / "policies" / path.name
    client = LspClient()
    uri = client.open(there)
    before = compiled(there).files
    text = there.read_text("utf-8")
    labels = {one["name"]: one for symbol in client.of("documentSymbol", uri) for one in symbol["children"]}
    for label, symbol in labels.items():
        begin = symbol["selectionRange"]["start"]
        edits = client.at("rename", uri, begin["line"], begin["character"], newName="another-name")["changes"]
        assert list(edits) == [uri]
        there.write_text(applied(text, edits[uri]), "utf-8")
        after = compiled(there).files
        # Where `on ace LABEL` answers the connect, its reply has the label in the name of its file.
        named = json.dumps(_without_source(before)).replace(f'"ace.{label}.json"', '"ace.another-name.json"')
        assert _without_source(after) == json.loads(named), label
    there.write_text(text, "utf-8")


def _without_source(files: Any) -> dict[str, Any]:
    found = {name: json.loads(data) for name, data in files.items()}
    for name, document in found.items():
        if name.endswith("manifest.json"):
            document.pop("source")
    return found


def test_random_edits_never_end_the_server(client: LspClient, tmp_path: Path) -> None:
    """After each, what is told is what a new server tells of the same text."""
    uri = client.open(tmp_path / "desk.recpol", TEXT)
    dice = random.Random(7)
    text = TEXT
    for version in range(2, 80):
        begin = dice.randrange(len(text) + 1)
        end = min(len(text), begin + dice.choice((0, 0, 1, 3, 20)))
        new = dice.choice(("", "x", "{", "}", '"', "\n", " record", "@", "📞", "é", text[begin:end] * 2))
        start, finish = _position(text, begin), _position(text, end)
        change = {"range": {"start": start, "end": finish}, "text": new}
        document = {"uri": uri, "version": version}
        client.notify("textDocument/didChange", textDocument=document, contentChanges=[change])
        text = text[:begin] + new + text[end:]
        fresh = LspClient()
        assert fresh.published(fresh.open(tmp_path / "desk.recpol", text)) == client.published(uri), version
        client.of("inlayHint", uri, range={})
        client.of("semanticTokens/full", uri)
    assert [message for message in client.sent if message.get("method") == "window/logMessage"] == []


def _position(text: str, offset: int) -> dict[str, int]:
    before = text[:offset].rpartition("\n")[2]
    return {"line": text.count("\n", 0, offset), "character": len(before.encode("utf-16-le")) // 2}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_places_go_there_and_back(encoding: Any) -> None:
    source = Source("a", "policy 📞é\r\n\n  x📞\n")
    places = ColumnCount(encoding)
    for offset in range(len(source.text) + 1):
        if source.text[offset - 1 : offset + 1] == "\r\n":
            continue
        assert places.offset(source, places.position(source, offset)) == offset
    assert places.offset(source, {"line": 99, "character": 3}) == len(source.text)
    assert places.offset(source, {"line": -5, "character": "x"}) == 0


RUBBISH: list[Any] = [
    None, [], 3, "x", {}, {"id": 1}, {"id": 1, "method": 3}, {"id": 1, "method": "no/such"}, {"method": "no/such"},
    {"id": 1, "method": "textDocument/hover"}, {"id": 1, "method": "textDocument/hover", "params": []},
    {"id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": 3}, "position": {}}},
    {"method": "textDocument/didOpen", "params": {}},
    {"method": "textDocument/didChange", "params": {"textDocument": 3}},
    {"method": "textDocument/didOpen", "params": {"textDocument": {"uri": "http://x/y", "text": "policy a"}}},
    {"id": "two", "method": "workspace/executeCommand", "params": {"command": "rm"}}, {"id": 3, "result": None},
]  # fmt: skip


@pytest.mark.parametrize("message", RUBBISH, ids=repr)
def test_rubbish_costs_an_answer_at_most(client: LspClient, desk: str, message: Any) -> None:
    client.server.receive(message)
    assert client.at("hover", desk, *place(TEXT, "agent except"))
    for feature in FEATURES:
        before = len(client.sent)
        client.server.receive({"id": 99, "method": feature, "params": {"textDocument": {"uri": "file:///nowhere"}}})
        (answer,) = client.sent[before:]
        assert answer.get("error", {}).get("code") != rpc.INTERNAL_ERROR, feature
    assert client.at("hover", desk, *place(TEXT, "agent except"))


def test_before_initialize_nothing_is_done() -> None:
    from recpol.lsp.server import Server

    sent: list[Any] = []
    server = Server(sent.append)
    server.receive({"id": 1, "method": "textDocument/hover", "params": {}})
    server.receive({"method": "textDocument/didOpen", "params": {}})
    assert [message["error"]["code"] for message in sent] == [rpc.NOT_INITIALIZED]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []), (b"Content-Length: 2\r\n\r\n{}", [{}]), (b"content-length:2\n\n{}", [{}]),
        (b"Content-Length: 3\r\n\r\n{}", []), (b"Content-Length: 2\r\n\r\nxx", [None]),
        (b"Content-Length: x\r\n\r\n{}", []),
        (b"\r\nContent-Length: 2\r\nOther: 1\r\n\r\n{}", [{}]), (b"x" * 100_000, []),
        (b"Content-Length: 999999999999\r\n\r\n", []),
    ],
)  # fmt: skip
def test_messages_of_a_stream(data: bytes, expected: list[Any]) -> None:
    assert list(rpc.messages(io.BytesIO(data))) == expected


def test_the_command_speaks_on_standard_input_and_output(tmp_path: Path) -> None:
    out = io.BytesIO()
    for message in (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}},
        {"jsonrpc": "2.0", "method": "initialized", "params": {}},
        {"jsonrpc": "2.0", "id": 2, "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "exit"},
    ):
        rpc.write(out, message)
    command = [sys.executable, "-m", "recpol", "lsp", "--stdio"]
    done = subprocess.run(command, input=out.getvalue(), capture_output=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answers = list(rpc.messages(io.BytesIO(done.stdout)))
    assert [answer["id"] for answer in answers] == [1, 2]
    closed = subprocess.run(command, input=b"", capture_output=True, cwd=tmp_path, timeout=60, check=False)
    assert (closed.returncode, closed.stdout, closed.stderr) == (1, b"", b"")
