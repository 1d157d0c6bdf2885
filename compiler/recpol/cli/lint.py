"""`recpol lint`: policies in, findings on standard output.

Invariant: a policy is written only where `--fix` or `--unsafe-fixes` asks for it, and nothing that only a compilation
needs is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recpol import __version__
from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding, order
from recpol.base.record import dataclass, replace
from recpol.cli.arguments import Arguments, OneOf
from recpol.cli.console import tell_cannot_run
from recpol.cli.reporting import pages, read_outputs, report, repository, shows_fixes
from recpol.report.formats import FORMATS
from recpol.report.limit import MOST, first_fixes
from recpol.report.run import Run
from recpol.rules.check import check
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import STDIN, Input
from recpol.workspace.session import Session, distinct, open_session, read_variables

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.cli.baseline import BaselineFile
    from recpol.rules.policy.answering import AnsweringPolicy
    from recpol.svaml.document import Document

MANY = 64
"""So many policies are shared out to processes, where there are processors for them."""

EVENTS = ("ice", "ace", "pie", "dice", "manage", "callout")
"""What a SVAML document can answer."""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("lint", "Check policies and say what is wrong, where, why, and what to do about it.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    parser.option(
        "--output-format",
        action="append",
        default=[],
        metavar="FORMAT[=FILE]",
        type=OneOf("--output-format", tuple(FORMATS), "="),
        help=f"{', '.join(f'{name} ({form.summary})' for name, form in FORMATS.items())}; default: full; more than one "
        "if each but one has a file",
    )
    parser.option("-o", "--output", metavar="FILE", help="write to a file instead of standard output")
    parser.option("--no-limit", action="store_true", help="show all findings, also over a hundred of a rule in a file")
    parser.option("--statistics", action="store_true", help="count the findings of each rule instead of showing them")
    parser.option("--baseline", metavar="FILE", help="hide the findings that this file has, and say which are gone")
    parser.option(
        "--write-baseline", metavar="FILE", help="make that file; if it is there, take out what is gone, add nothing"
    )
    parser.option("--fix", action="store_true", help="fix what can be fixed without changing what is recorded")
    parser.option("--unsafe-fixes", action="store_true", help="fix the rest too, where there is one way to do it")
    parser.option("--diff", action="store_true", help="show what would be fixed, and write nothing")
    parser.choice(
        "--event",
        EVENTS,
        metavar="EVENT",
        help="what SVAML documents answer: ice, ace, pie, dice, manage or callout; else their names or contents tell",
    )
    parser.targets()
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to check for, repeatable; default: all of them")
    parser.option("--strict", action="store_true", help="warnings fail too")
    parser.colors()
    parser.jobs()
    parser.cache()
    return parser


_DETAILS = """\
Without a path the policies of the project are checked: those that the nearest recpol.yaml names. Existing SVAML is
checked too: any .json file that is named, and *.svaml.json in folders.
Exit status: 0 nothing is wrong (warnings are allowed), 1 something is, 2 recpol could not run.
"""


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    outputs = read_outputs(options.output_format, options.output, statistics=options.statistics)
    baseline = _baseline(options.baseline, options.write_baseline)
    session = open_session(
        options.paths, environment=options.env, variables=read_variables(options.var), targets=options.target
    )
    items = session.inputs(options.paths, stdin=True, documents=True)
    if options.fix or options.unsafe_fixes or options.diff:
        from recpol.workspace.tenants import with_first

        session = with_first(session, options.tenant)
        from recpol.cli.fixing import fix_all, fix_standard_input, show_all

        if options.diff:
            return show_all(session, items, options)
        if [item.path for item in items] == [STDIN]:
            return fix_standard_input(session, items[0], options)
        session = fix_all(session, items, options)
    most = None if options.no_limit else MOST
    run, unread = _run(session, items, options, fixes=shows_fixes(outputs), tried=None if baseline else most)
    pending = False
    if baseline is None:
        report(run.limited(most), outputs, options.color)
    else:
        from recpol.cli.baseline import against, settle, without_known

        compared = against(run, baseline)
        found, run = run, without_known(run, baseline, compared)
        report(run.limited(most), outputs, options.color)
        pending = settle(found, baseline, compared)
    for reason in unread:
        tell_cannot_run(reason)
    if unread:
        return 2
    return int(pending or any(map(run.fails, run.findings)))


def _baseline(read: str | None, write: str | None) -> BaselineFile | None:
    if read is None and write is None:
        return None
    from recpol.cli.baseline import open_baseline

    return open_baseline(read, write)


def _run(
    session: Session, items: Sequence[Input], options: Namespace, *, fixes: bool, tried: int | None
) -> tuple[Run, list[CannotRun]]:
    """Check some files: what was found, and why some could not be read.

    With `fixes` those of findings are tried; of one rule in a file, at most so many as `tried` says.
    """
    found: list[Finding] = []
    suppressed: list[tuple[Finding, Suppression]] = []
    documents: list[Document] = []
    unread: list[CannotRun] = []
    files: list[str] = []
    event = options.event or ""
    waiting: list[tuple[Input, Program]] = []
    answers: list[AnsweringPolicy | None] = []
    tenanted: list[tuple[Input, Program]] = []
    tenants = None
    if session.config.tenants is not None or options.tenant:
        from recpol.workspace.tenants import read_tenants

        tenants = read_tenants(session, options.tenant)

    def look(item: Input, subject: Program | Document) -> tuple[Sequence[Finding], list[tuple[Finding, Suppression]]]:
        checked = check(subject, session.levels)
        findings = checked.findings
        if fixes and any(finding.fixes for finding in findings):
            from recpol.workspace.suggesting import suggest

            findings = suggest(session, items, item, subject, first_fixes(findings, tried), event)
        return findings, [(replace(finding, fixes=()), by) for finding, by in checked.suppressed]

    def check_one(item: Input, subject: Program | Document) -> None:
        findings, allowed = look(item, subject)
        found.extend(findings)
        suppressed.extend(allowed)

    def alone(item: Input) -> _Alone | None:
        """What a policy comes to; None where it cannot be read, or others matter to it."""
        try:
            subject = session.program(item)
        except CannotRun:
            return None
        if isinstance(subject, Finding) or (len(items) > 1 and _has_rooms(subject)):
            return None
        return _Alone(*look(item, subject), _answering(subject, len(items)))

    done: dict[Input, _Alone | None] = {}
    shared = [item for item in items if not item.is_document(event) and item.path != STDIN and tenants is None]
    if options.jobs is not None or len(shared) >= MANY:
        from recpol.workspace.workers import shared_out

        done = dict(zip(shared, shared_out(shared, options.jobs, alone, session.files.sources), strict=True))
    for item in items:
        ready = done.get(item)
        if ready is not None:
            files.append(item.shown)
            found.extend(ready.findings)
            suppressed.extend(ready.suppressed)
            answers.append(ready.answers)
            continue
        try:
            subject = _subject(session, item, event)
        except CannotRun as problem:
            unread.append(problem)
            continue
        files.append(item.shown)
        if isinstance(subject, Finding):
            found.append(subject)
            continue
        if isinstance(subject, Program):
            answers.append(_answering(subject, len(items)))
            if tenants is not None:
                tenanted.append((item, subject))
                continue
        if not isinstance(subject, Program):
            documents.append(subject)
        elif len(items) > 1 and _has_rooms(subject):
            waiting.append((item, subject))
            continue
        check_one(item, subject)
    if waiting:
        from recpol.prove.rooms import side_by_side

        for (item, _), program in zip(waiting, side_by_side([program for _, program in waiting]), strict=True):
            check_one(item, program)
    if tenants is not None:
        from recpol.workspace.linttenants import lint_tenants

        told, allowed_there = lint_tenants(session, items, tenanted, tenants, fixes=fixes)
        found.extend(told)
        suppressed.extend(allowed_there)
    named = [policy for policy in answers if policy is not None]
    if len(named) > 1:
        from recpol.rules.policy.answering import answered_by_two, as_told
        from recpol.rules.policy.twins import named_twice

        found.extend(named_twice(named))
        found.extend(as_told(answered_by_two(named)) if tenants is None else ())
    if len(documents) > 1:
        from recpol.svaml.application import applications

        for application in applications(documents):
            found.extend(check(application, session.levels).findings)
    allowed = {(*order(finding), finding.message): (finding, by) for finding, by in suppressed}
    run = Run(
        # Of a rules file it may be found in several ways: what is offered where the file itself was looked at counts.
        distinct(sorted(found, key=lambda finding: bool(finding.fixes))),
        tuple(files),
        tuple(allowed.values()),
        unread=tuple(problem.message for problem in unread),
        strict=options.strict or session.config.strict,
        repository=repository(),
        pages=pages(),
        version=__version__,
        tried=fixes,
    )
    return run, unread


@dataclass(frozen=True, slots=True)
class _Alone:
    """What a policy comes to that no other policy of the run matters to."""

    findings: Sequence[Finding]
    suppressed: Sequence[tuple[Finding, Suppression]]
    answers: AnsweringPolicy | None


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
