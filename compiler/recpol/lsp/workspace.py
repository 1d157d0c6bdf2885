"""The files that an editor has open, before those on the disk, and what they come to.

Invariant: what is found in an open file is what `recpol lint` would find in the same text, and what `recpol test` would
say of it where it is a file of tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import MAX_BYTES, Source, Unreadable
from recpol.editor.outline import Symbol, symbols
from recpol.editor.view import View, view_of
from recpol.lsp.looking import Looked, OpenProject, first_line, look_at, settings_findings
from recpol.lsp.neighbours import Neighbours
from recpol.lsp.places import uri_of
from recpol.rules.check import check
from recpol.settings.config import FILE_NAME
from recpol.syntax.builders import read
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX, Input, here, shown
from recpol.workspace.reading import Files, too_large
from recpol.workspace.session import Session, open_session
from recpol.workspace.tenants import read_tenants

MOST_FILES = 1_000
"""So many files of a project are searched for symbols."""

MOST_TENANTS = 10
"""For so many tenants a policy is looked at while somebody types; `recpol lint` looks at all of them."""


class OpenText(Record):
    """A text that an editor holds: its path, the client's number of its version, and the text."""

    uri: str
    path: str
    version: int | None
    text: str = field(repr=False)


class OpenFiles(Files):
    """Files as an editor has them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self._texts = texts

    def load(self, item: Input) -> Source | Finding:
        """An input to its source: what the editor holds of it, else what is on the disk."""
        text = self._texts.get(os.path.realpath(item.path))
        if text is None:
            return super().load(item)
        self._paths[item.shown] = item.path
        if len(text) * 4 > MAX_BYTES and len(text.encode("utf-8", "replace")) > MAX_BYTES:
            return too_large(item.shown)
        return Source(item.shown, text)

    def read(self, written: str, from_path: str) -> Source | Unreadable:
        """The file that a `use` names."""
        for path, text in self._texts.items():
            if path not in self._used and path.endswith(SUFFIX):
                self._used[path] = Source(shown(path, here()), text)
        return super().read(written, from_path)


class Workspace:
    """The texts that are open, and what they come to; that is kept until something changes that it depends on."""

    def __init__(self) -> None:
        self.texts: dict[str, OpenText] = {}
        self._looked: dict[str, Looked] = {}
        self._projects: dict[str, OpenProject] = {}
        self._outlines: dict[str, tuple[Symbol, ...]] = {}
        self._neighbours = Neighbours()

    def put(self, text: OpenText) -> None:
        """Open a text, or take its new version."""
        again = text.uri in self.texts and os.path.basename(text.path) != FILE_NAME
        self.texts[text.uri] = text
        # A key stroke in a policy leaves settings and tenants as they were: they may be large.
        files = self._files()
        kept = {at: replace(one, session=replace(one.session, files=files)) for at, one in self._projects.items()}
        self._projects = kept if again else {}
        path = os.path.realpath(text.path)
        self._looked = {
            uri: looked
            for uri, looked in self._looked.items()
            if again and uri != text.uri and looked.rests_on is not None and path not in looked.rests_on
        }

    def close(self, uri: str) -> None:
        """Forget a text."""
        self.texts.pop(uri, None)
        self.changed()

    def changed(self) -> None:
        """Something on the disk has changed."""
        self._projects.clear()
        self._looked.clear()
        self._outlines.clear()

    def deleted(self, real: str) -> None:
        """A file is not there any more."""
        self._neighbours.forget(real)

    def touched(self) -> list[str]:
        """The real paths of the policies that a change of another one concerns, since this was last asked; what they
        came to is forgotten."""
        paths = self._neighbours.touched()
        for uri, text in self.texts.items():
            if os.path.realpath(text.path) in paths:
                self._looked.pop(uri, None)
        return paths

    def look(self, uri: str) -> Looked | None:
        """What a text that is open comes to; None for one that is not."""
        text = self.texts.get(uri)
        if text is None:
            return None
        if uri not in self._looked:
            self._looked[uri] = self.at(Input(text.path, shown(text.path, here())))
        return self._looked[uri]

    def at(self, item: Input) -> Looked:
        """What a file comes to, open or not."""
        path = os.path.realpath(item.path)
        held = next((one.text for one in self.texts.values() if os.path.realpath(one.path) == path), "")
        source = Source(item.shown, held)
        try:
            if os.path.basename(item.path) == FILE_NAME:
                return self._settings(item, source)
            return look_at(self.project(item.path), item, source, self._neighbours)
        except CannotRun as problem:
            return Looked(source, (Finding(problem.message, first_line(source), help=problem.help),))

    def _settings(self, item: Input, source: Source) -> Looked:
        found = settings_findings(source)
        tenants = None if found else self.project(item.path).tenants
        return Looked(source, found if tenants is None else tenants.findings)

    def project(self, path: str) -> OpenProject:
        """The project of a file; raises `CannotRun`."""
        folder = os.path.dirname(path)
        if folder not in self._projects:
            session = open_session([path], files=self._files())
            tenants = read_tenants(session)
            if tenants is not None:
                tenants = replace(tenants, tenants=tenants.tenants[:MOST_TENANTS])
            self._projects[folder] = OpenProject(session, tenants)
        return self._projects[folder]

    def _files(self) -> OpenFiles:
        return OpenFiles({os.path.realpath(one.path): one.text for one in self.texts.values()})

    def session(self, path: str) -> Session:
        """The session of a file, of the first tenant where there are some; raises `CannotRun`."""
        return self.project(path).first

    def outlines(self) -> Iterator[tuple[str, tuple[Symbol, ...]]]:
        """What the policies and rules that are open say, then those of the projects of what is open, `MOST_FILES` of
        each at most, by URI; a file that cannot be read has nothing. Files that are not open are read once until
        something on the disk changes."""
        projects: dict[str, Session] = {}
        for uri, text in self.texts.items():
            looked = self.look(uri)
            if looked is not None and looked.view is not None:
                yield uri, symbols(looked.view.program.file)
            with suppress(CannotRun):  # settings that cannot be read have no files; what is wrong is told in them
                session = self.session(text.path)
                if session.project is not None:
                    projects.setdefault(session.project.folder, session)
        seen = {os.path.realpath(text.path) for text in self.texts.values()}
        for folder, session in projects.items():
            items: tuple[Input, ...] = ()
            with suppress(CannotRun):
                items = session.inputs([folder])[:MOST_FILES]
            for item in items:
                if os.path.realpath(item.path) not in seen:
                    if item.path not in self._outlines:
                        self._outlines[item.path] = _outline(session, item)
                    yield uri_of(item.path), self._outlines[item.path]

    def users(self, view: View, path: str) -> tuple[View, ...]:
        """The policies of the project that use a file of rules; those with a rename in them follow it."""
        session = self.session(path)
        if session.project is None:
            return ()
        found = []
        for item in session.inputs([session.project.folder]):
            program: Program | Finding | None = None
            with suppress(CannotRun):  # one file that cannot be read hides no other
                program = session.program(item)
            if isinstance(program, Program) and any(used.source.path == view.source.path for used in program.files[1:]):
                found.append(view_of(program, check(program, session.levels)))
        return tuple(found)


def _outline(session: Session, item: Input) -> tuple[Symbol, ...]:
    """What a file says that is not open; nothing where it cannot be read."""
    with suppress(CannotRun):
        source = session.files.load(item)
        if isinstance(source, Source):
            return symbols(read(source)[0])
    return ()
