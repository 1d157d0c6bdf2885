"""What is still to be told to a client, done piece by piece while no message waits: the text that changed first, then
the others that are open, then the rest of their projects.

Invariant: no message waits for more than one file; a client that asks for findings itself is told only of files that
are not open, and asked to ask again where something other than a text has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from recpol.lsp.client import Client, diagnostics_of, told_of
from recpol.lsp.places import LspObject, uri_of
from recpol.settings.config import FILE_NAME
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input, find_project

Sender = Callable[[LspObject], None]

MOST_FILES = 5_000
"""So many files of a project that are not open are looked at."""

CREATED, DELETED = 1, 3
"""Kinds of a change on the disk (Language Server Protocol 3.17, `FileChangeType`)."""


class Telling:
    """What one client is still to be told."""

    def __init__(self, client: Client, send: Sender) -> None:
        self._client, self._send = client, send
        self._open: dict[str, None] = {}
        self._closed: dict[str, Input] = {}
        self._folders: dict[str, None] = {}
        self._searched: set[str] = set()
        self._files: dict[str, Input] = {}
        self._rests_on: dict[str, frozenset[str]] = {}
        self._told: dict[str, LspObject] = {}
        self._again = False
        self._asked = 0

    def folders(self, folders: Iterable[str]) -> None:
        """The client works in these folders."""
        for folder in folders:
            self._project(folder)

    def opened(self, uri: str, path: str) -> None:
        """A text was opened."""
        known = uri_of(path)
        self._closed.pop(os.path.realpath(path), None)
        if known in self._told and (known != uri or self._client.pulls):
            self._tell(known, None, [])
        self._project(path)
        self.changed(uri, path)

    def closed(self, uri: str, path: str | None) -> None:
        """A text was closed: what is on the disk counts again."""
        self._open.pop(uri, None)
        if uri in self._told:
            self._tell(uri, None, [])
        if path is not None:
            self._disk(path)
        self.everything()

    def saved(self, changes: Iterable[tuple[str, int]] = ()) -> None:
        """Something on the disk has changed: paths, and how as the protocol counts."""
        for path, kind in changes:
            real = os.path.realpath(path)
            if kind == DELETED:
                for known in (self._closed, self._files, self._rests_on):
                    known.pop(real, None)
                self._client.workspace.deleted(real)
                if uri_of(path) in self._told:
                    self._tell(uri_of(path), None, [])
            if os.path.basename(path) == FILE_NAME or kind == CREATED:
                self._search_again(path)
            elif kind != DELETED:
                self._disk(path)
            self._users(real)
        self.everything()

    def everything(self) -> None:
        """Every text that is open may have other findings now."""
        self._open.update(dict.fromkeys(self._client.workspace.texts))
        self._again = True

    def rest(self) -> bool:
        """Do one thing that is still to be done; whether there was one."""
        for real in self._client.workspace.touched():
            self._concerned(real)
        if self._open:
            uri = next(iter(self._open))
            del self._open[uri]
            text = self._client.workspace.texts.get(uri)
            if text is not None and not self._client.pulls:
                self._tell(uri, text.version, diagnostics_of(self._client, uri))
            return True
        if self._again:
            self._again = False
            self._refresh()
            return True
        if self._folders and self._client.whole_project:
            folder = next(iter(self._folders))
            del self._folders[folder]
            self._search(folder)
            return True
        if self._closed:
            path = next(iter(self._closed))
            self._look(path, self._closed.pop(path))
            return True
        return False

    def changed(self, uri: str, path: str) -> None:
        """A text that is open has changed."""
        others = {other: None for other in self._client.workspace.texts if other != uri}
        self._open = {uri: None, **others}
        if os.path.basename(path) == FILE_NAME:
            self._search_again(path)
        self._users(os.path.realpath(path))

    def _users(self, real: str) -> None:
        """Look again at the files that are not open and depend on one."""
        for other, rests_on in self._rests_on.items():
            if real in rests_on and other != real:
                self._disk(other)

    def _concerned(self, real: str) -> None:
        """Look again at a policy that another one concerns, open or not."""
        uris = [uri for uri, text in self._client.workspace.texts.items() if os.path.realpath(text.path) == real]
        self._open.update(dict.fromkeys(uris))
        self._again = self._again or bool(uris)
        self._disk(real)

    def _disk(self, path: str) -> None:
        """Look again at a file of a project, unless it is open when its turn comes."""
        real = os.path.realpath(path)
        if real in self._files:
            self._closed[real] = self._files[real]

    def _project(self, path: str) -> None:
        project = find_project(path)
        if project is not None and project.folder not in self._searched:
            self._folders[project.folder] = None

    def _search_again(self, path: str) -> None:
        project = find_project(path)
        if project is not None:
            self._folders[project.folder] = None

    def _search(self, folder: str) -> None:
        """Note the files of a project."""
        self._searched.add(folder)
        try:
            session = self._client.workspace.project(os.path.join(folder, FILE_NAME)).session
            items = session.inputs((), documents=True)[:MOST_FILES]
        except CannotRun:
            return
        found = {os.path.realpath(item.path): item for item in items}
        self._files.update(found)
        self._closed.update(found)

    def _look(self, real: str, item: Input) -> None:
        if any(os.path.realpath(text.path) == real for text in self._client.workspace.texts.values()):
            return
        looked = self._client.workspace.at(item)
        self._rests_on[real] = looked.rests_on or frozenset()
        found = told_of(self._client, looked)
        uri = uri_of(item.path)
        if found or uri in self._told:
            self._tell(uri, None, found)

    def _refresh(self) -> None:
        """Ask the client to ask again for what it has asked for itself."""
        wanted = [("diagnostic", self._client.pulls), ("inlayHint", True), ("codeLens", True)]
        for what, asks in wanted:
            if asks and what in self._client.refreshes:
                self._asked += 1
                method = f"workspace/{what}/refresh"
                self._send({"jsonrpc": "2.0", "id": f"recpol-{self._asked}", "method": method, "params": None})

    def _tell(self, uri: str, version: int | None, found: list[LspObject]) -> None:
        params: LspObject = {"uri": uri, "diagnostics": found}
        if version is not None:
            params["version"] = version
        if self._told.get(uri) != params:
            self._told[uri] = params
            self._send({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params})
