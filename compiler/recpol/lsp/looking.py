"""One file to what it comes to in an editor: what is found in it, and its view if it is a policy or rules.

Invariant: findings are those of the command that reads such a file, or all files of its project; one of them about
another file is told at the top.
"""

from __future__ import annotations

import os

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.record import Record, field
from recpol.base.source import Source, Span
from recpol.editor.view import View, view_of
from recpol.fixes.version import Subject
from recpol.lsp.neighbours import Neighbours, Shown, shown
from recpol.rules.check import check
from recpol.rules.policy.answering import answering
from recpol.settings.tenants import TenantList
from recpol.workspace.files import SUFFIX, Input, here
from recpol.workspace.session import Session
from recpol.workspace.tenants import for_tenant
from recpol.workspace.testfiles import TESTS
from recpol.workspace.testruns import TestedFile, TestRunner


class OpenProject(Record):
    """What counts for the files of a folder; `tenants` are those that are looked at, None in a project without."""

    session: Session
    tenants: TenantList | None

    @property
    def first(self) -> Session:
        """The session of the first tenant, else the session."""
        return (
            self.session if not self.tenants or not self.tenants.tenants else self.session.of(self.tenants.tenants[0])
        )


class Looked(Record):
    """What a file comes to: what it is understood as, its view if it is a policy or rules, and what is found.

    `rests_on` are the real paths of the files that it depends on, itself among them; None where that is not known.
    `tested` is what came of a file of tests.
    """

    source: Source
    findings: tuple[Finding, ...] = field(repr=False)
    subject: Subject | None = field(default=None, repr=False)
    view: View | None = field(default=None, repr=False)
    rests_on: frozenset[str] | None = None
    tested: TestedFile | None = field(default=None, repr=False)


def look_at(project: OpenProject, item: Input, source: Source, neighbours: Neighbours) -> Looked:
    """What a file comes to; `source` is the text of one that is open. Raises `CannotRun`.

    A policy stands beside its neighbours, and is noted as one of them.
    """
    if item.path.endswith(TESTS):
        tested = TestRunner(project.session, {}, project.tenants, calls=True).run(item)
        return Looked(source, _at_the_top(source, tested), tested=tested)
    if item.path.endswith(".json"):
        return _document(project.session, item)
    if not item.path.endswith(SUFFIX):
        return Looked(source, ())
    subject, path = project.first.program(item), os.path.realpath(item.path)
    if isinstance(subject, Finding):
        neighbours.forget(path)
        return Looked(subject.span.source, (subject,))
    between: list[Finding] = []
    if project.session.project is not None:
        folder = project.session.project.folder
        now = _shown(project, folder, subject)
        neighbours.put(path, now)
        subject, between = neighbours.beside(path, folder, subject), neighbours.both_answer(path, now)
    checked = check(subject, project.first.levels)
    findings = checked.findings if project.tenants is None else _for_tenants(project, project.tenants, item, subject)
    findings = (*findings, *between)
    rests_on = frozenset(os.path.realpath(os.path.join(here(), file.source.path)) for file in subject.files)
    return Looked(subject.source, findings, subject, view_of(subject, checked), None if subject.bad_uses else rests_on)


def _shown(project: OpenProject, folder: str, program: Program) -> Shown:
    if project.tenants is None:
        answers = answering(program)
        return shown(folder, (program,), () if answers is None else (answers,))
    tenants = project.tenants.tenants
    programs = [for_tenant(project.session, program, tenant) for tenant in tenants]
    each = (answering(own, tenant.name, tenant.row) for own, tenant in zip(programs, tenants, strict=True))
    return shown(folder, programs, [one for one in each if one is not None])


def _for_tenants(project: OpenProject, tenants: TenantList, item: Input, program: Program) -> tuple[Finding, ...]:
    from recpol.workspace.linttenants import lint_tenants, told_of_tenants

    found, between = lint_tenants(project.session, ((item, program),), tenants)
    read = ((item, lambda: program),)
    return (*told_of_tenants(project.session, (item,), read, tenants, found, fixes=False), *between)


def _document(session: Session, item: Input) -> Looked:
    from recpol.svaml.read import read_document
    from recpol.workspace.compiled import target_beside

    loaded = session.files.load(item)
    if isinstance(loaded, Finding):
        return Looked(loaded.span.source, (loaded,))
    document = read_document(loaded, "", target_beside(item))
    return Looked(loaded, check(document, session.levels).findings, document)


def _at_the_top(source: Source, tested: TestedFile) -> tuple[Finding, ...]:
    """The findings of a file of tests; those in another file, such as the policy's errors, are one at its beginning."""
    own = [one for one in tested.findings if one.span.source.path == source.path]
    elsewhere = [one for one in tested.findings if one.span.source.path != source.path]
    if not elsewhere:
        return tuple(own)
    first, count = elsewhere[0], len(elsewhere)
    more = f" and {count - 1} more" if count > 1 else ""
    message = f"these tests cannot be run: `{first.span.source.path}`: {first.message}{more}"
    notes = tuple(Note(one.span, one.message) for one in elsewhere[:10])
    return (Finding(message, first_line(source), notes=notes, help="put the policy right first"), *own)


def first_line(source: Source) -> Span:
    """The place of what is about a file as a whole."""
    return source.span(0, source.line_size(1))


def settings_findings(source: Source) -> tuple[Finding, ...]:
    """What is wrong with the text of a `recpol.yaml`."""
    from recpol.rules.catalogue import BY_NAME
    from recpol.rules.every import EVERY_BY_NAME
    from recpol.settings.configfile import read_config
    from recpol.targets.catalogue import target_names

    binding = {name for name, rule in BY_NAME.items() if rule.binding}
    _, findings = read_config(source, EVERY_BY_NAME, target_names(), binding)
    return tuple(findings)
