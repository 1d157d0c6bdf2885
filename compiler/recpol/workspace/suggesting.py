"""Findings of a run to the same findings with fixes that were tried, for reports that show fixes.

Invariant: a fix in a file of rules is tried with every policy of the run that uses the file; a fix that a run with
`--fix` would not carry out is not offered.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from recpol.analysis.imports import first_header, resolve_imports
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.source import Source, Unreadable
from recpol.fixes import Dependent, Subject, suggested
from recpol.svaml.read import read_document
from recpol.syntax.builders import read
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.compiled import target_beside
from recpol.workspace.files import STDIN, Input, here
from recpol.workspace.reading import Files
from recpol.workspace.session import Session


class FileReparse:
    """Understands versions of one file as the session understands the file."""

    def __init__(self, session: Session, files: Files, item: Input, event: str = "") -> None:
        self.session, self.files, self.item, self.event = session, files, item, event

    def __call__(self, text: str) -> Subject:
        """This text as the file."""
        source = Source(self.item.shown, text)
        if self.item.is_document(self.event):
            return read_document(source, self.event, target_beside(self.item))
        return understood(self.session, self.files, source)


class _User:
    """Understands a policy with another version of a file of rules that it uses."""

    def __init__(self, session: Session, files: Files, source: Source, rules: Input) -> None:
        self.session, self.files, self.source, self.rules = session, files, source, rules

    def __call__(self, version: Source) -> Program:
        """The policy, with this version of the rules."""

        def read(written: str, using: str) -> Source | Unreadable:
            got = self.files.read(written, using)
            return version if isinstance(got, Source) and _is(got, self.rules) else got

        return self.session.understood(self.source, read)


def understood(session: Session, files: Files, source: Source) -> Program:
    """A policy as the session understands it."""
    return session.understood(source, files.read)


def users_of(session: Session, files: Files, items: Sequence[Input], rules: Input, text: str) -> tuple[Dependent, ...]:
    """The policies among some files that use one of them, which holds this text.

    Only a text with the words for it is read, and of other files no more than what they use.
    """
    found: list[Dependent] = []
    if "rules" not in text or rules.is_document(None):
        return ()
    header = first_header(read(Source(rules.shown, text))[0])
    if header is None or header.kind != "rules":
        return ()
    for item in items:
        if item is rules or item.is_document(None) or item.path == STDIN:
            continue
        try:
            source = files.load(item)
        except CannotRun:
            continue
        if not isinstance(source, Source) or "use" not in source.text:
            continue
        imports, _ = resolve_imports(read(source)[0], files.read)
        if any(_is(one.file.source, rules) for one in imports):
            found.append(_User(session, files, source, rules))
    return tuple(found)


def _is(source: Source, rules: Input) -> bool:
    return disk.realpath(os.path.join(here(), source.path)) == disk.realpath(rules.path)


def suggest(
    session: Session, items: Sequence[Input], item: Input, subject: Subject, findings: Sequence[Finding], event: str
) -> tuple[Finding, ...]:
    """The findings of a file of the run, with the fixes that hold."""
    users = users_of(session, session.files, items, item, subject.source.text)
    look = FileReparse(session, session.files, item, event)
    return suggested(subject, findings, look, levels=session.levels, users=users)
