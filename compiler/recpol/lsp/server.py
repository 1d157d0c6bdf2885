"""The server: messages in, messages out, whatever carries them.

    server = Server(send)     `send` takes a message to the client
    server.receive(message)   answers it
    server.rest()             tells a piece of what nobody asked for: call it while no message waits

Invariant: every request gets one answer, a result or an error; a notification gets none; nothing is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol import __version__
from recpol.base.typing import Any
from recpol.lsp import rpc
from recpol.lsp.client import Client, RequestRefused
from recpol.lsp.features import FEATURES
from recpol.lsp.places import ColumnCount, LspObject, path_of
from recpol.lsp.telling import Sender, Telling
from recpol.lsp.workspace import OpenText, Workspace


class Server:
    """One client's server. `receive` takes its messages one after the other."""

    def __init__(self, send: Sender) -> None:
        self._send = send
        self._workspace = Workspace()
        self._client: Client | None = None
        self._telling: Telling | None = None
        self._shut = False
        self.done: int | None = None
        """The status to end with, once the client has said `exit`."""

    def receive(self, message: Any) -> None:
        """Answer a message; None stands for one that was no JSON."""
        if message is None:
            self._fail(None, rpc.PARSE_ERROR, "the message is not JSON")
            return
        method = message.get("method") if isinstance(message, dict) else None
        identity = message.get("id") if isinstance(message, dict) else None
        if not isinstance(method, str):
            if not (isinstance(message, dict) and ("result" in message or "error" in message)):
                self._fail(identity, rpc.INVALID_REQUEST, "the message has no method")
            return
        params = message.get("params")
        given = params if isinstance(params, dict) else {}
        if "id" in message:
            self._request(identity, method, given)
        else:
            self._notified(method, given)

    def rest(self) -> bool:
        """Tell one file's findings of those that are still to be told; whether there were some."""
        try:
            return self._telling is not None and self._telling.rest()
        except Exception as defect:  # noqa: BLE001  one file must not end the server
            self._log(f"recpol has a defect: {type(defect).__name__}")
            return True

    def settle(self) -> None:
        """Tell all that is still to be told."""
        while self.rest():
            pass

    def _request(self, identity: Any, method: str, params: LspObject) -> None:
        if method == "initialize":
            self._client = client_of(params, self._workspace)
            self._telling = Telling(self._client, self._send)
            self._telling.folders(folders_of(params))
            self._answer(identity, initialized(self._client))
            return
        if self._client is None:
            self._fail(identity, rpc.NOT_INITIALIZED, "the server is not initialized")
            return
        if method == "shutdown":
            self._shut = True
            self._answer(identity, None)
            return
        feature = FEATURES.get(method)
        if feature is None:
            self._fail(identity, rpc.METHOD_NOT_FOUND, f"the server has no `{method[:80]}`")
            return
        try:
            self._answer(identity, feature(self._client, params))
        except RequestRefused as refused:
            self._fail(identity, rpc.REQUEST_FAILED, str(refused))
        except (KeyError, TypeError, AttributeError):
            self._fail(identity, rpc.INVALID_PARAMS, f"what `{method[:80]}` needs is missing")
        except Exception as defect:  # noqa: BLE001  one bad answer must not end the server
            self._fail(identity, rpc.INTERNAL_ERROR, f"recpol has a defect: {type(defect).__name__}")

    def _notified(self, method: str, params: LspObject) -> None:
        if method == "exit":
            self.done = 0 if self._shut else 1
            return
        if self._client is None:
            return
        try:
            self._changed(method, params)
        except (KeyError, TypeError, AttributeError):
            self._log(f"`{method[:80]}` could not be understood")
        except Exception as defect:  # noqa: BLE001  one bad message must not end the server
            self._log(f"recpol has a defect: {type(defect).__name__}")

    def _changed(self, method: str, params: LspObject) -> None:
        assert self._client is not None
        assert self._telling is not None
        workspace, places = self._workspace, self._client.places
        match method:
            case "textDocument/didOpen":
                given = params["textDocument"]
                text = _open_text(given["uri"], given.get("version"), str(given["text"]))
                workspace.put(text)
                self._telling.opened(text.uri, text.path)
            case "textDocument/didChange":
                given = params["textDocument"]
                before = workspace.texts.get(given["uri"])
                if before is None:
                    return
                written = before.text
                for change in params["contentChanges"]:
                    written = places.changed(_source(written), change)
                workspace.put(OpenText(before.uri, before.path, given.get("version"), written))
                self._telling.changed(before.uri, before.path)
            case "textDocument/didClose":
                uri = params["textDocument"]["uri"]
                closed = workspace.texts.get(uri)
                workspace.close(uri)
                self._telling.closed(uri, None if closed is None else closed.path)
            case "textDocument/didSave":
                workspace.changed()
                self._telling.saved()
            case "workspace/didChangeWatchedFiles":
                workspace.changed()
                self._telling.saved(_changes(params))
            case "workspace/didChangeConfiguration":
                self._client.configure(params.get("settings"))
                self._telling.everything()
            case _:
                pass

    def _answer(self, identity: Any, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": identity, "result": result})

    def _fail(self, identity: Any, code: int, message: str) -> None:
        self._send({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}})

    def _log(self, message: str) -> None:
        params = {"type": 2, "message": message}
        self._send({"jsonrpc": "2.0", "method": "window/logMessage", "params": params})


def _open_text(uri: str, version: int | None, text: str) -> OpenText:
    path = path_of(uri)
    if path is None:
        path = "/untitled/" + uri.rpartition("/")[2].rpartition(":")[2] + ".recpol"
    return OpenText(uri, path, version, text)


def _changes(params: LspObject) -> Iterator[tuple[str, int]]:
    """The files on the disk that a client tells of: path and kind of change."""
    for change in params.get("changes") or []:
        path = path_of(str(change["uri"]))
        if path is not None:
            yield path, change.get("type", 0)


def _source(text: str) -> Any:
    from recpol.base.source import Source

    return Source("", text)


def folders_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The folders that a client works in."""
    listed = params.get("workspaceFolders")
    uris = [one.get("uri") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    uris = uris or [params.get("rootUri")]
    return tuple(path for uri in uris if isinstance(uri, str) and (path := path_of(uri)) is not None)


def client_of(params: Mapping[str, Any], workspace: Workspace) -> Client:
    """What a client says of itself."""
    capabilities = params.get("capabilities")
    given = capabilities if isinstance(capabilities, dict) else {}
    encodings = _at(given, "general", "positionEncodings")
    wide = isinstance(encodings, list) and "utf-32" in encodings
    pulls = _at(given, "textDocument", "diagnostic") is not None and bool(
        _at(given, "workspace", "diagnostics", "refreshSupport")
    )
    client = Client(workspace, ColumnCount("utf-32" if wide else "utf-16"), pulls=pulls)
    client.snippets = bool(_at(given, "textDocument", "completion", "completionItem", "snippetSupport"))
    refreshing = {"diagnostic": "diagnostics", "inlayHint": "inlayHint", "codeLens": "codeLens"}
    client.refreshes = frozenset(
        name for name, key in refreshing.items() if _at(given, "workspace", key, "refreshSupport")
    )
    client.configure(params.get("initializationOptions"))
    return client


def _at(given: Any, *path: str) -> Any:
    for name in path:
        given = given.get(name) if isinstance(given, dict) else None
    return given


def initialized(client: Client) -> LspObject:
    """The answer to `initialize`: what the server can do."""
    from recpol.editor.outline import TOKEN_KINDS

    able: LspObject = {
        "positionEncoding": client.places.encoding,
        "textDocumentSync": {"openClose": True, "change": 2, "save": True},
        "hoverProvider": True,
        "completionProvider": {"triggerCharacters": ["@", ">", "."]},
        "definitionProvider": True,
        "referencesProvider": True,
        "documentHighlightProvider": True,
        "renameProvider": {"prepareProvider": True},
        "documentSymbolProvider": True,
        "workspaceSymbolProvider": True,
        "foldingRangeProvider": True,
        "selectionRangeProvider": True,
        "documentFormattingProvider": True,
        "documentRangeFormattingProvider": True,
        "documentLinkProvider": {},
        "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll.recpol"]},
        "codeLensProvider": {},
        "inlayHintProvider": True,
        "callHierarchyProvider": True,
        "semanticTokensProvider": {"legend": {"tokenTypes": list(TOKEN_KINDS), "tokenModifiers": []}, "full": True},
        "executeCommandProvider": {"commands": ["recpol.explain", "recpol.compiled", "recpol.call"]},
    }
    if client.pulls:
        able["diagnosticProvider"] = {"interFileDependencies": True, "workspaceDiagnostics": False}
    return {"capabilities": able, "serverInfo": {"name": "recpol", "version": __version__}}
