"""The files of a lint to what each of them comes to, and what they come to together.

Of a shard every policy is read, for what policies say of each other; what a single one comes to is worked out where it
is the shard's.

Invariant: what the shards of a run tell is together what the run tells, each finding once.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.typing import TYPE_CHECKING
from recpol.report.limit import first_fixes
from recpol.rules.check import check
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import STDIN, Input
from recpol.workspace.session import Session

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.cache.clean import CleanPolicies, Kept
    from recpol.rules.policy.answering import AnsweringPolicy
    from recpol.settings.tenants import TenantList
    from recpol.svaml.document import Document
    from recpol.workspace.linttenants import LintedTenant
    from recpol.workspace.shards import Share

Suppressed = Sequence[tuple[Finding, Suppression]]

MANY = 64
"""So many policies are shared out to processes, where there are processors for them."""


FEWEST_KEPT = 16
"""Of so many policies those in which nothing is found are kept one by one; fewer are looked at as soon as asked for."""


class LintedFile(Record):
    """What a file of a run comes to by itself; `rank` is its place in the run."""

    rank: tuple[int, int]
    file: str
    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...]


class Linted(Record, frozen=False):
    """What the files of a run come to: each by itself, together (`between`), and for tenants.

    `files` are those that could be read, by their place in the run, `unread` the others, each with what is said of it.
    """

    files: list[tuple[int, str]] = field(default_factory=list)
    unread: list[tuple[int, str, str]] = field(default_factory=list)
    each: list[LintedFile] = field(default_factory=list)
    between: list[Finding] = field(default_factory=list)
    tenants: list[LintedTenant] = field(default_factory=list)
    of_tenants: list[Finding] = field(default_factory=list)
    """What is told of tenants, equal findings once."""
    used: dict[str, tuple[tuple[str, bytes], ...]] = field(default_factory=dict)
    """Of a shard, what each policy of the run was read from: files, and digests of their texts."""
    beside: dict[str, Program] = field(default_factory=dict)
    """The policies that others matter to, with what these record."""

    @property
    def found(self) -> list[Finding]:
        """All findings, as they come."""
        each = (finding for one in sorted(self.each, key=lambda one: one.rank) for finding in one.findings)
        return [*each, *self.of_tenants, *self.between]

    @property
    def suppressed(self) -> list[tuple[Finding, Suppression]]:
        """All findings that comments allow."""
        each = [pair for one in sorted(self.each, key=lambda one: one.rank) for pair in one.suppressed]
        tenants = sorted(self.tenants, key=lambda one: (one.tenant, one.policy))
        first: dict[tuple[object, ...], tuple[Finding, Suppression]] = {}
        for finding, by in (pair for one in tenants for pair in one.suppressed):
            first.setdefault((finding.rule, finding.span, finding.message), (finding, by))
        return [*each, *first.values()]


class _Alone(Record):
    """What a policy comes to that no other policy of the run matters to; `used` are the files that it uses."""

    findings: Sequence[Finding]
    suppressed: Suppressed
    answers: AnsweringPolicy | None
    used: tuple[tuple[str, bytes], ...] = ()
    kept: Kept | None = None
    """What is kept of it in the cache, where nothing is found in it."""


def lint_files(
    session: Session,
    items: Sequence[Input],
    options: Namespace,
    tenants: TenantList | None,
    share: Share | None,
    *,
    fixes: bool,
    tried: int | None,
) -> Linted:
    """Check files; of a shard's `share` its own. With `fixes` those of findings are tried; of one rule in a file, at
    most so many as `tried` says."""
    event, levels = options.event or "", session.levels
    made = Linted()
    documents: list[Document] = []
    waiting: list[tuple[int, Input, Program]] = []
    answers: list[AnsweringPolicy | None] = []
    tenanted: list[tuple[Input, Program]] = []
    names = [""] if tenants is None or not tenants.tenants else [tenant.name for tenant in tenants.tenants]
    own = [
        share is None or any(share.has(item.shown, name) for name in ([""] if item.is_document(event) else names))
        for item in items
    ]

    def look(item: Input, subject: Program | Document) -> tuple[Sequence[Finding], Suppressed]:
        checked = check(subject, levels)
        findings = checked.findings
        if fixes and any(finding.fixes for finding in findings):
            from recpol.workspace.suggesting import suggest

            findings = suggest(session, items, item, subject, first_fixes(findings, tried), event)
        return findings, [(replace(finding, fixes=()), by) for finding, by in checked.suppressed]

    def take(rank: tuple[int, int], item: Input, findings: Iterable[Finding], allowed: Suppressed = ()) -> None:
        made.each.append(LintedFile(rank, item.shown, tuple(findings), tuple(allowed)))

    def alone(numbered: tuple[int, Input]) -> _Alone | None:
        """What a policy comes to; None where it cannot be read, or others matter to it."""
        number, item = numbered
        try:
            source = session.files.load(item)
        except CannotRun:
            return None
        reader = None if clean is None else clean.reader()
        subject = source if isinstance(source, Finding) else session.understood(source, reader or session.files.read)
        if isinstance(subject, Finding) or (len(items) > 1 and _has_rooms(subject)):
            return None
        findings, allowed = look(item, subject) if own[number] else ((), ())
        told = _answering(subject, len(items))
        kept = None
        if clean is not None and reader is not None and not findings and not allowed:
            kept = clean.noted(subject.source, reader, told)
        return _Alone(findings, allowed, told, _used(subject) if share is not None else (), kept)

    def recalled(clean: CleanPolicies, numbered: tuple[int, Input]) -> bool:
        """Whether nothing is found in a policy, as the cache knows."""
        number, item = numbered
        known = clean.recall(item)
        if known is not None:
            done[number] = _Alone((), (), known.answers, (), known.kept)
        return known is not None

    done: dict[int, _Alone | None] = {}
    shared = [
        (number, item)
        for number, item in enumerate(items)
        if not item.is_document(event) and item.path != STDIN and tenants is None
    ]
    clean = None
    if share is None and len(shared) >= FEWEST_KEPT:
        from recpol.cache.clean import clean_policies

        clean = clean_policies(session)
    if options.jobs is not None or len(shared) >= MANY or clean is not None:
        from recpol.workspace.workers import shared_out

        left = shared if clean is None else [one for one in shared if not recalled(clean, one)]
        outcomes = shared_out(left, options.jobs, alone, session.files.sources)
        done |= {number: outcome for (number, _), outcome in zip(left, outcomes, strict=True)}
        if clean is not None:
            clean.write({items[number].shown: one.kept for number, one in done.items() if one and one.kept})
    for number, item in enumerate(items):
        ready = done.get(number)
        if ready is not None:
            answers.append(ready.answers)
            made.used[item.shown] = ready.used
            if own[number]:
                made.files.append((number, item.shown))
                take((0, number), item, ready.findings, ready.suppressed)
            continue
        try:
            subject = _subject(session, item, event)
        except CannotRun as problem:
            if own[number]:
                made.unread.append((number, problem.message, problem.help))
            continue
        if own[number]:
            made.files.append((number, item.shown))
        if isinstance(subject, Finding):
            if own[number]:
                take((0, number), item, [subject])
            continue
        if isinstance(subject, Program):
            answers.append(_answering(subject, len(items)))
            made.used[item.shown] = _used(subject) if share is not None else ()
            if tenants is not None:
                tenanted.append((item, subject))
                continue
        if not isinstance(subject, Program):
            documents.append(subject)
            if share is not None:
                from recpol.workspace.shardfiles import read_of

                made.used[item.shown] = (read_of(subject.source),)
        elif len(items) > 1 and _has_rooms(subject):
            waiting.append((number, item, subject))
            continue
        if own[number]:
            take((0, number), item, *look(item, subject))
    if waiting:
        from recpol.prove.rooms import side_by_side

        programs = side_by_side([program for *_, program in waiting])
        for (number, item, _), program in zip(waiting, programs, strict=True):
            made.beside[item.shown] = program
            if own[number]:
                take((1, number), item, *look(item, program))
    if tenants is not None:
        _look_at_tenants(made, session, items, tenanted, tenants, share, fixes=fixes)
    named = [policy for policy in answers if policy is not None]
    if len(named) > 1:
        from recpol.rules.policy.answering import answered_by_two, as_told
        from recpol.rules.policy.twins import named_twice

        between = [*named_twice(named), *(as_told(answered_by_two(named)) if tenants is None else ())]
        made.between += [one for one in between if share is None or share.holds(one)]
    if len(documents) > 1:
        made.between += _of_applications(session, documents, share)
    return made


def _look_at_tenants(
    made: Linted,
    session: Session,
    items: Sequence[Input],
    policies: Sequence[tuple[Input, Program]],
    tenants: TenantList,
    share: Share | None,
    *,
    fixes: bool,
) -> None:
    from recpol.workspace.linttenants import lint_tenants, told_of_tenants, used_elsewhere

    made.tenants, between = lint_tenants(session, policies, tenants, share)
    made.between += between
    without: Container[tuple[int, Finding]] = ()
    if share is not None:
        each = ((one.policy, one.findings) for one in made.tenants)
        without = used_elsewhere(session, [program for _, program in policies], tenants, share, each)
    read = [(item, partial(_itself, program)) for item, program in policies]
    made.of_tenants = told_of_tenants(session, items, read, tenants, made.tenants, fixes=fixes, without=without)


def _itself(program: Program) -> Program:
    return program


def _of_applications(session: Session, documents: Sequence[Document], share: Share | None) -> Iterator[Finding]:
    """What is found of documents that belong together; of a shard, in its own."""
    from recpol.svaml.application import applications

    for application in applications(documents):
        if share is None or any(share.has(document.source.path) for document, *_ in application.replies):
            for finding in check(application, session.levels).findings:
                if share is None or share.holds(finding):
                    yield finding


def _used(program: Program) -> tuple[tuple[str, bytes], ...]:
    """The files that a policy was read from, its own first, with digests of their texts."""
    from recpol.workspace.shardfiles import read_of

    return tuple(read_of(file.source) for file in program.files)


def _answering(program: Program, files: int) -> AnsweringPolicy | None:
    """What a policy answers, where another one of the run may answer it too."""
    if files < 2:
        return None
    from recpol.rules.policy.answering import answering

    return answering(program)


def _has_rooms(program: Program) -> bool:
    """Whether other policies of the run may matter to a policy, or it to them: whether it connects calls to rooms."""
    return any(step.connects == "conference" for step in program.steps)


def _subject(session: Session, item: Input, event: str) -> Program | Document | Finding:
    if not item.is_document(event):
        return session.program(item)
    source = session.files.load(item)
    if isinstance(source, Finding):
        return source
    from recpol.svaml.read import read_document
    from recpol.workspace.compiled import target_beside

    return read_document(source, event, target_beside(item))
