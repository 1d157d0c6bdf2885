"""Bad input to the language server: each costs an answer at most, and the next request is answered."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lspclient import LspClient, place
from recpol.base.source import MAX_BYTES
from recpol.lsp import rpc
from recpol.lsp.places import path_of, uri_of
from recpol.lsp.server import Server
from recpol.lsp.serving import serve

TEXT = """policy desk
locale en-GB
store calls { url "s3://acme-calls/calls/" credentials env STORE }
on ice { answer notice: say "This call is recorded." agent: connect pstn +46850020000 }
record agent
announce notice before recording
"""

LARGE = "policy a\n" + "# " + "x" * MAX_BYTES + "\n"
FULL = TEXT + "#" * (MAX_BYTES - len(TEXT) - 1) + "\n"

TEXTS: dict[str, tuple[str, str | None]] = {
    "nothing": ("", "no-policy"),
    "larger than recpol takes": (LARGE, "file-too-large"),
    "as large as recpol takes": (FULL, None),
    "a binary": ("".join(map(chr, range(256))) * 40, "syntax"),
    "half a character": ("policy a\n# \ud800\n" + TEXT[12:], None),
    "no line break": (TEXT.replace("\n", " "), None),
    "old line breaks": (TEXT.replace("\n", "\r"), None),
    "a byte order mark": ("\ufeff" + TEXT, None),
    "one long line": ("policy a on ice { say " + '"a" ' * 10_000, "syntax"),
    "braces": ("policy a\n" + "on ice { " * 5_000, "syntax"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(tmp_path: Path, name: str) -> None:
    text, rule = TEXTS[name]
    client = LspClient()
    uri = client.open(tmp_path / "a.recpol", text)
    codes = [one.get("code") for one in client.published(uri)]
    assert rule is None or codes, "something is said of it"
    _lives(client, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "with a space.recpol",
        "Grüße 📞 é.recpol",
        "100%.recpol",
        "a#b?c.recpol",
        "a'b\"c.recpol",
        "é.recpol",
        "a\\b.recpol",
    ],
)
def test_names_of_files(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "Ordner für 📞"
    folder.mkdir()
    (folder / "recpol.yaml").write_text("{}\n", "utf-8")
    client = LspClient()
    uri = client.open(folder / f"{name}.recpol", TEXT)
    assert client.published(uri) == []
    places = client.at("references", uri, *place(TEXT, "agent\n"), context={"includeDeclaration": True})
    assert {one["uri"] for one in places} == {uri}
    assert list(client.at("rename", uri, *place(TEXT, "agent\n"), newName="desk")["changes"]) == [uri]


URIS = [
    "", "file:", "file://", "file:///", "file:///%00", "file:///%", "file:///%ff.recpol", "untitled:Untitled-1",
    "vscode-vfs://github/a/b.recpol", "file://[", "http://x/y.recpol", "git:/a/b.recpol?{}", "file://host/share/a.recpol",
    "file:///" + "a" * 10_000 + ".recpol", "file:///a/../../b.recpol", "file:///dev/zero.recpol", "x" * 100,
]  # fmt: skip


@pytest.mark.parametrize("uri", URIS, ids=lambda uri: uri[:30])
def test_uris(tmp_path: Path, uri: str) -> None:
    client = LspClient()
    document = {"uri": uri, "languageId": "recpol", "version": 1, "text": TEXT}
    client.notify("textDocument/didOpen", textDocument=document)
    client.of("codeLens", uri)
    start = {"line": 0, "character": 0}
    client.of("codeAction", uri, range={"start": start, "end": start}, context={"diagnostics": []})
    client.of("diagnostic", uri)
    client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": uri, "type": 1}, {"uri": uri, "type": 3}])
    client.notify("textDocument/didClose", textDocument={"uri": uri})
    _lives(client, tmp_path)


@pytest.mark.parametrize(
    ("uri", "path"),
    [("file:///c%3A/a%20b/d.recpol", "c:/a b/d.recpol"), ("file:///C:/a.recpol", "C:/a.recpol"), ("file:///a", "/a")],
)
def test_uris_of_windows(uri: str, path: str) -> None:
    assert path_of(uri, windows=True) == path
    assert path_of(uri_of(path, windows=True), windows=True) == path


RANGES: list[Any] = [
    {"start": {"line": 99, "character": 99}, "end": {"line": 999, "character": 0}},
    {"start": {"line": 3, "character": 4}, "end": {"line": 1, "character": 0}},
    {"start": {"line": -1, "character": -5}, "end": {"line": 0, "character": 0}},
    {"start": {"line": 1e300, "character": 0}, "end": {"line": True, "character": None}},
    {"start": {}, "end": {}}, {"start": None, "end": None}, {}, {"start": []}, [], "x", 3, None,
    {"start": {"line": 0, "character": 1 << 70}, "end": {"line": 1 << 70, "character": 0}},
]  # fmt: skip


@pytest.mark.parametrize("where", RANGES, ids=repr)
def test_edits_out_of_range(tmp_path: Path, where: Any) -> None:
    client = LspClient()
    uri = client.open(tmp_path / "a.recpol", TEXT)
    change = {"range": where, "text": "# x\n"}
    document = {"uri": uri, "version": 2}
    client.notify("textDocument/didChange", textDocument=document, contentChanges=[change])
    client.of("inlayHint", uri, range=where)
    client.notify("textDocument/didChange", textDocument=document, contentChanges=[{"text": TEXT}])
    assert client.published(uri) == []
    _lives(client, tmp_path)


CHANGES: list[Any] = [None, 3, "x", {}, [3], [None], [{}], [{"text": 3}], [{"text": None, "range": {}}]]


@pytest.mark.parametrize("changes", CHANGES, ids=repr)
def test_changes_that_are_none(tmp_path: Path, changes: Any) -> None:
    client = LspClient()
    uri = client.open(tmp_path / "a.recpol", TEXT)
    client.notify("textDocument/didChange", textDocument={"uri": uri, "version": 2}, contentChanges=changes)
    assert client.published(uri) == []
    client.notify("workspace/didChangeWatchedFiles", changes=changes)
    _lives(client, tmp_path)


def test_two_versions_of_a_document(tmp_path: Path) -> None:
    """The text that was told last counts, whatever its number, and by whatever name the file was opened."""
    client = LspClient()
    path = tmp_path / "a.recpol"
    path.write_text(TEXT, "utf-8")
    bad = TEXT.replace("record agent", "record agnet")
    uri = client.open(path, bad)
    assert client.published(uri) != []
    assert client.open(path, TEXT) == uri
    assert client.published(uri) == []
    client.change(uri, bad, version=9)
    client.change(uri, TEXT, version=3)
    assert client.published(uri) == []
    link = tmp_path / "b.recpol"
    link.symlink_to(path)
    other = client.open(link, bad)
    assert client.published(other) != []
    client.notify("textDocument/didClose", textDocument={"uri": other})
    client.notify("textDocument/didClose", textDocument={"uri": other})
    assert client.published(uri) == []
    _lives(client, tmp_path)


def _lives(client: LspClient, folder: Path) -> None:
    uri = client.open(folder / "good.recpol", TEXT)
    assert client.published(uri) == []
    assert client.at("hover", uri, *place(TEXT, "agent\n"))


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _said(*messages: Any) -> bytes:
    out = io.BytesIO()
    for message in messages:
        rpc.write(out, message)
    return out.getvalue()


BEGIN: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}


def test_the_findings_of_a_text_that_has_changed_again_are_not_looked_for(tmp_path: Path) -> None:
    sent: list[Any] = []
    server = Server(sent.append)
    uri = uri_of(str(tmp_path / "a.recpol"))
    server.receive(BEGIN)
    server.receive({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri, "text": "policy a"}}})
    for version in range(2, 30):
        changed = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": TEXT + "#" * version}]}
        server.receive({"method": "textDocument/didChange", "params": changed})
    server.settle()
    told = [one["params"] for one in sent if one.get("method") == "textDocument/publishDiagnostics"]
    assert told == [{"uri": uri, "version": 29, "diagnostics": []}]


def test_messages_are_answered_in_their_order() -> None:
    asked = [{"id": n, "method": "workspace/symbol", "params": {"query": ""}} for n in range(2, 60)]
    stream, out = io.BytesIO(_said(BEGIN, *asked, {"id": 60, "method": "shutdown"}, {"method": "exit"})), io.BytesIO()
    assert serve(stream, out) == 0
    assert [one["id"] for one in rpc.messages(io.BytesIO(out.getvalue()))] == list(range(1, 61))
    assert serve(io.BytesIO(_said(BEGIN)), io.BytesIO()) == 1, "the stream ends without `exit`"


CLOSING: dict[str, Callable[[Any], None]] = {
    "input": lambda process: process.stdin.close(),
    "output": lambda process: process.stdout.close(),
}


@pytest.mark.parametrize("which", CLOSING)
def test_a_client_that_goes_away_ends_the_server(tmp_path: Path, which: str) -> None:
    command, pipe = [sys.executable, "-m", "recpol", "lsp"], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(_said(BEGIN))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length")
        CLOSING[which](process)
        if which == "output":
            process.stdin.write(_said({**BEGIN, "id": 2}))
            process.stdin.flush()
        assert process.wait(60) != 0
        assert b"Traceback" not in process.stderr.read()
