"""A client of the language server for tests, in the same process: requests in, answers out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recpol.lsp.places import uri_of
from recpol.lsp.server import Server

CAPABILITIES: dict[str, Any] = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}


class LspError(Exception):
    """An error that the server answered with."""


class LspClient:
    """An editor that has files open."""

    def __init__(self, capabilities: dict[str, Any] | None = None, **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.server = Server(self.sent.append)
        self.number = 0
        self.capable = self.request(
            "initialize", capabilities=capabilities or CAPABILITIES, initializationOptions=options
        )
        self.notify("initialized")

    def request(self, method: str, **params: Any) -> Any:
        self.number += 1
        self.server.receive({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        self.server.settle()
        (answer,) = [message for message in self.sent if message.get("id") == self.number]
        if "error" in answer:
            raise LspError(answer["error"]["message"])
        return answer["result"]

    def notify(self, method: str, **params: Any) -> None:
        self.server.receive({"jsonrpc": "2.0", "method": method, "params": params})
        self.server.settle()

    def open(self, path: Path, text: str | None = None) -> str:
        uri = uri_of(str(path))
        content = path.read_text("utf-8") if text is None else text
        document = {"uri": uri, "languageId": "recpol", "version": 1, "text": content}
        self.notify("textDocument/didOpen", textDocument=document)
        return uri

    def change(self, uri: str, text: str, version: int = 2) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        position = {"line": line, "character": character}
        return self.request(f"textDocument/{method}", textDocument={"uri": uri}, position=position, **more)

    def of(self, method: str, uri: str, **more: Any) -> Any:
        return self.request(f"textDocument/{method}", textDocument={"uri": uri}, **more)

    def published(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics that were told of a file last."""
        told = [m["params"] for m in self.sent if m.get("method") == "textDocument/publishDiagnostics"]
        found: list[dict[str, Any]] = [params for params in told if params["uri"] == uri][-1]["diagnostics"]
        return found


def place(text: str, needle: str, inside: int = 1) -> tuple[int, int]:
    """Line and column, from 0, of a piece of a text."""
    at = text.index(needle) + inside
    return text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits of the protocol; columns count characters of plain text."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(position: dict[str, int]) -> int:
        return starts[position["line"]] + position["character"]

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        begin, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text
