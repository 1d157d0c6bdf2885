"""The files that an editor has open, before those on the disk, and their views.

Invariant: what is found in an open file is what `recpol lint` would find in the same text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import dataclass, field
from recpol.base.source import MAX_BYTES, Source, Unreadable
from recpol.editor.view import View, view_of
from recpol.fixes.version import Subject
from recpol.rules.check import check
from recpol.settings.config import FILE_NAME
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX, Input, here, shown
from recpol.workspace.reading import Files
from recpol.workspace.session import BadSettings, Session, open_session


@dataclass(frozen=True, slots=True)
class OpenText:
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
        if text is None or len(text.encode("utf-8", "replace")) > MAX_BYTES:
            return super().load(item)
        self._paths[item.shown] = item.path
        return Source(item.shown, text)

    def read(self, written: str, from_path: str) -> Source | Unreadable:
        """The file that a `use` names."""
        for path, text in self._texts.items():
            if path not in self._used and path.endswith(SUFFIX):
                self._used[path] = Source(shown(path, here()), text)
        return super().read(written, from_path)


@dataclass(frozen=True, slots=True)
class Looked:
    """What an open file comes to: what it is understood as, its view if it is a policy or rules, and what is found."""

    source: Source
    findings: tuple[Finding, ...] = field(repr=False)
    subject: Subject | None = field(default=None, repr=False)
    view: View | None = field(default=None, repr=False)


class Workspace:
    """The texts that are open, and what they come to; a view is kept until any text changes."""

    def __init__(self) -> None:
        self.texts: dict[str, OpenText] = {}
        self._looked: dict[str, Looked] = {}

    def put(self, text: OpenText) -> None:
        """Open a text, or take its new version."""
        self.texts[text.uri] = text
        self._looked.clear()

    def close(self, uri: str) -> None:
        """Forget a text."""
        self.texts.pop(uri, None)
        self._looked.clear()

    def changed(self) -> None:
        """Something on the disk has changed."""
        self._looked.clear()

    def look(self, uri: str) -> Looked | None:
        """What a text that is open comes to; None for one that is not."""
        text = self.texts.get(uri)
        if text is None:
            return None
        if uri not in self._looked:
            self._looked[uri] = self._look(text)
        return self._looked[uri]

    def session(self, path: str) -> Session:
        """The session of a file; raises `CannotRun`."""
        session = open_session([path])
        files = OpenFiles({os.path.realpath(one.path): one.text for one in self.texts.values()})
        return Session(session.project, session.config, session.variables, session.today, files, session.chosen)

    def _look(self, text: OpenText) -> Looked:
        name = shown(text.path, here())
        source = Source(name, text.text)
        if os.path.basename(text.path) == FILE_NAME:
            return Looked(source, settings_findings(source))
        if not text.path.endswith((SUFFIX, ".json")):
            return Looked(source, ())
        try:
            session = self.session(text.path)
        except BadSettings as problem:
            return Looked(source, problem.findings)
        except CannotRun as problem:
            return Looked(source, (Finding(problem.message, source.whole(), help=problem.help),))
        item = Input(text.path, name)
        if text.path.endswith(".json"):
            return self._document(session, item, source)
        subject = session.program(item)
        if isinstance(subject, Finding):
            return Looked(subject.span.source, (subject,))
        checked = check(subject, session.levels)
        return Looked(subject.source, checked.findings, subject, view_of(subject, checked))

    def _document(self, session: Session, item: Input, source: Source) -> Looked:
        from recpol.svaml.read import read_document
        from recpol.workspace.compiled import target_beside

        document = read_document(source, "", target_beside(item))
        return Looked(source, check(document, session.levels).findings, document)

    def users(self, view: View, path: str) -> tuple[View, ...]:
        """The policies of the project that use a file of rules; those with a rename in them follow it."""
        session = self.session(path)
        if session.project is None:
            return ()
        found = []
        for item in session.inputs([session.project.folder]):
            program = session.program(item)
            if isinstance(program, Program) and any(used.source.path == view.source.path for used in program.files[1:]):
                found.append(view_of(program, check(program, session.levels)))
        return tuple(found)


def settings_findings(source: Source) -> tuple[Finding, ...]:
    """What is wrong with the text of a `recpol.yaml`."""
    from recpol.rules.catalogue import BY_NAME
    from recpol.rules.every import EVERY_BY_NAME
    from recpol.settings.configfile import read_config
    from recpol.targets.catalogue import target_names

    binding = {name for name, rule in BY_NAME.items() if rule.binding}
    _, findings = read_config(source, EVERY_BY_NAME, target_names(), binding)
    return tuple(findings)
