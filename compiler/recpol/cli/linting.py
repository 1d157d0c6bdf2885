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
from recpol.base.source import Source
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


class _Looked(Record):
    """What a file comes to by itself; without `findings` there are none to tell, of this file or yet.

    A policy that others of the run matter to `waits` for them. `used` are, for a shard, the files that it was read
    from. `kept` is what the cache keeps of a policy in which nothing is found.
    """

    findings: Sequence[Finding] | None = None
    suppressed: Suppressed = ()
    unread: CannotRun | None = None
    waits: Program | None = None
    document: Document | None = None
    answers: AnsweringPolicy | None = None
    used: tuple[tuple[str, bytes], ...] = ()
    kept: Kept | None = None


class _Lint(Record):
    """What a lint was asked for: `own` says of each file whether it is the shard's, `clean` are policies of the cache.

    With `fixes` those of findings are tried; of one rule in a file, at most so many as `tried` says.
    """

    session: Session
    items: Sequence[Input]
    own: Sequence[bool]
    event: str
    tenants: TenantList | None
    share: Share | None
    clean: CleanPolicies | None
    fixes: bool
    tried: int | None

    def look(self, number: int) -> _Looked:
        """What a file comes to by itself."""
        item = self.items[number]
        try:
            source = self.session.files.load(item)
            if isinstance(source, Finding):
                return _Looked([source])
            return self._document(number, source) if item.is_document(self.event) else self._policy(number, source)
        except CannotRun as problem:
            return _Looked(unread=problem)

    def look_alone(self, number: int) -> _Looked | None:
        """What a policy comes to, if it can be told without the other files."""
        looked = self.look(number)
        return None if looked.findings is None else looked

    def recall(self, number: int) -> _Looked | None:
        """What a policy comes to in which nothing is found, as the cache knows."""
        known = None if self.clean is None else self.clean.recall(self.items[number])
        return None if known is None else _Looked((), answers=known.answers, kept=known.kept)

    def judge(self, number: int, subject: Program | Document) -> tuple[Sequence[Finding], Suppressed]:
        """What is found in a file, and what is allowed there; nothing where it is another shard's."""
        if not self.own[number]:
            return (), ()
        checked = check(subject, self.session.levels)
        findings = checked.findings
        if self.fixes and any(finding.fixes for finding in findings):
            from recpol.workspace.suggesting import suggest

            first, item = first_fixes(findings, self.tried), self.items[number]
            findings = suggest(self.session, self.items, item, subject, first, self.event)
        return findings, [(replace(finding, fixes=()), by) for finding, by in checked.suppressed]

    def _policy(self, number: int, source: Source) -> _Looked:
        reader = None if self.clean is None else self.clean.reader()
        program = self.session.understood(source, reader or self.session.files.read)
        answers = _answering(program, len(self.items))
        used = () if self.share is None else _used(program)
        if self.tenants is not None or (len(self.items) > 1 and _has_rooms(program)):
            return _Looked(waits=program, answers=answers, used=used)
        findings, suppressed = self.judge(number, program)
        kept = None
        if self.clean is not None and reader is not None and not findings and not suppressed:
            kept = self.clean.noted(program.source, reader, answers)
        return _Looked(findings, suppressed, answers=answers, used=used, kept=kept)

    def _document(self, number: int, source: Source) -> _Looked:
        from recpol.svaml.read import read_document
        from recpol.workspace.compiled import target_beside

        document = read_document(source, self.event, target_beside(self.items[number]))
        if isinstance(document, Finding):
            return _Looked([document])
        used: tuple[tuple[str, bytes], ...] = ()
        if self.share is not None:
            from recpol.workspace.shardfiles import read_of

            used = (read_of(document.source),)
        return _Looked(*self.judge(number, document), document=document, used=used)


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
    event = options.event or ""
    alone = [
        number
        for number, item in enumerate(items)
        if tenants is None and item.path != STDIN and not item.is_document(event)
    ]
    clean = None
    if share is None and len(alone) >= FEWEST_KEPT:
        from recpol.cache.clean import clean_policies

        clean = clean_policies(session)
    own = _own(items, event, tenants, share)
    lint = _Lint(session, items, own, event, tenants, share, clean, fixes, tried)
    known = _known(lint, alone, options.jobs)
    looked = [known.get(number) or lint.look(number) for number in range(len(items))]

    made = Linted()
    for number, (item, one) in enumerate(zip(items, looked, strict=True)):
        if one.used:
            made.used[item.shown] = one.used
        if one.unread is not None and own[number]:
            made.unread.append((number, one.unread.message, one.unread.help))
        elif own[number]:
            made.files.append((number, item.shown))
            if one.findings is not None:
                made.each.append(_linted(0, number, item, one.findings, one.suppressed))
    waiting = [(number, one.waits) for number, one in enumerate(looked) if one.waits is not None]
    if tenants is not None:
        policies = [(items[number], program) for number, program in waiting]
        _look_at_tenants(made, session, items, policies, tenants, share, fixes=fixes)
    elif waiting:
        _look_side_by_side(made, lint, waiting)
    answers = [one.answers for one in looked if one.answers is not None]
    if len(answers) > 1:
        from recpol.rules.policy.answering import answered_by_two, as_told
        from recpol.rules.policy.twins import named_twice

        between = [*named_twice(answers), *(as_told(answered_by_two(answers)) if tenants is None else ())]
        made.between += [one for one in between if share is None or share.holds(one)]
    documents = [one.document for one in looked if one.document is not None]
    if len(documents) > 1:
        made.between += _of_applications(session, documents, share)
    return made


def _own(items: Sequence[Input], event: str, tenants: TenantList | None, share: Share | None) -> list[bool]:
    """Of each file, whether it is the shard's: a policy for one of its tenants at least."""
    if share is None:
        return [True] * len(items)
    names = [""] if tenants is None or not tenants.tenants else [tenant.name for tenant in tenants.tenants]
    return [any(share.has(item.shown, name) for name in ([""] if item.is_document(event) else names)) for item in items]


def _known(lint: _Lint, alone: Sequence[int], jobs: int | None) -> dict[int, _Looked]:
    """What the cache and processes say of policies that can be looked at alone: what is not here waits for others."""
    if jobs is None and len(alone) < MANY and lint.clean is None:
        return {}
    from recpol.workspace.workers import shared_out

    known = {number: one for number in alone if (one := lint.recall(number)) is not None}
    left = [number for number in alone if number not in known]
    outcomes = shared_out(left, jobs, lint.look_alone, lint.session.files.sources)
    known |= {number: one for number, one in zip(left, outcomes, strict=True) if one is not None}
    if lint.clean is not None:
        lint.clean.write({lint.items[number].shown: one.kept for number, one in known.items() if one.kept})
    return known


def _linted(turn: int, number: int, item: Input, findings: Iterable[Finding], suppressed: Suppressed) -> LintedFile:
    """A file's part of what is told; what had to wait for others comes after what had not."""
    return LintedFile((turn, number), item.shown, tuple(findings), tuple(suppressed))


def _look_side_by_side(made: Linted, lint: _Lint, waiting: Sequence[tuple[int, Program]]) -> None:
    """Check the policies that connect calls to rooms, each with what the others record there."""
    from recpol.prove.rooms import side_by_side

    programs = side_by_side([program for _, program in waiting])
    for (number, _), program in zip(waiting, programs, strict=True):
        item = lint.items[number]
        made.beside[item.shown] = program
        if lint.own[number]:
            made.each.append(_linted(1, number, item, *lint.judge(number, program)))


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
