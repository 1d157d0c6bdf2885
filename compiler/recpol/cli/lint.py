"""`recpol lint`: policies in, findings on standard output.

Invariant: a policy is written only where `--fix` or `--unsafe-fixes` asks for it, and nothing that only a compilation
needs is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recpol import __version__
from recpol.cli.arguments import Arguments, OneOf, one_of
from recpol.cli.cannotrun import CannotRun
from recpol.cli.console import COLOR_CHOICES, tell_cannot_run
from recpol.cli.files import STDIN, Input
from recpol.cli.reporting import pages, read_outputs, report, repository
from recpol.cli.session import Session, distinct, open_session, read_variables
from recpol.ground.finding import Finding
from recpol.ground.source import Source
from recpol.report.formats import FORMATS
from recpol.report.run import Run
from recpol.rules.suppressions import Suppression

if TYPE_CHECKING:
    from recpol.cli.baseline import Ledger

SUMMARY = "check policies and say what is wrong"

EVENTS = ("ice", "ace", "pie", "manage", "callout")
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
    parser.option("--statistics", action="store_true", help="count the findings of each rule instead of showing them")
    parser.option("--baseline", metavar="FILE", help="hide the findings that this file has, and say which are gone")
    parser.option(
        "--write-baseline", metavar="FILE", help="make that file; if it is there, take out what is gone, add nothing"
    )
    parser.option("--fix", action="store_true", help="mend what can be mended without changing what is recorded")
    parser.option("--unsafe-fixes", action="store_true", help="mend the rest too, where there is one way to do it")
    parser.option("--diff", action="store_true", help="show what would be mended, and write nothing")
    parser.option(
        "--event",
        metavar="EVENT",
        type=one_of("--event", EVENTS),
        help="what SVAML documents answer: ice, ace, pie, manage or callout; else their names or contents tell",
    )
    parser.option("--var", action="append", default=[], metavar="NAME=VALUE", help="the value of {{ var.NAME }}")
    parser.option("--env", metavar="NAME", help="an environment of recpol.yaml")
    parser.option("--strict", action="store_true", help="warnings fail too")
    parser.option(
        "--color",
        default="auto",
        metavar="WHEN",
        type=one_of("--color", COLOR_CHOICES),
        help="auto (on a terminal, unless NO_COLOR is set), always or never",
    )
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
    ledger = _ledger(options.baseline, options.write_baseline)
    session = open_session(options.paths, environment=options.env, variables=read_variables(options.var))
    items = session.inputs(options.paths, stdin=True, documents=True)
    if options.fix or options.unsafe_fixes or options.diff:
        from recpol.cli.fixing import fix_all, fix_standard_input, show_all

        policies = [item for item in items if not _is_document(item, options.event)]
        if options.diff:
            return show_all(session, policies, options)
        if [item.path for item in policies] == [STDIN] == [item.path for item in items]:
            return fix_standard_input(session, items[0], options)
        session = fix_all(session, policies, options)
    run, unread = _run(session, items, strict=options.strict, event=options.event or "")
    pending = False
    if ledger is None:
        report(run, outputs, options.color)
    else:
        from recpol.cli.baseline import against, settle, without_known

        compared = against(run, ledger)
        found, run = run, without_known(run, ledger, compared)
        report(run, outputs, options.color)
        pending = settle(found, ledger, compared)
    for reason in unread:
        tell_cannot_run(reason)
    if unread:
        return 2
    return int(pending or any(map(run.fails, run.findings)))


def _ledger(read: str | None, write: str | None) -> Ledger | None:
    if read is None and write is None:
        return None
    from recpol.cli.baseline import open_ledger

    return open_ledger(read, write)


def _is_document(item: Input, event: str | None) -> bool:
    """Whether an input is SVAML and no policy: its name says so, or of standard input, `--event`."""
    return item.shown.endswith(".json") or (item.path == STDIN and bool(event))


def _run(session: Session, items: Sequence[Input], *, strict: bool, event: str) -> tuple[Run, list[CannotRun]]:
    """Check some files: what was found, and why some could not be read."""
    found: list[Finding] = []
    suppressed: list[tuple[Finding, Suppression]] = []
    unread: list[CannotRun] = []
    files: list[str] = []
    levels = session.levels
    for item in items:
        try:
            program = session.files.load(item) if _is_document(item, event) else session.program(item)
        except CannotRun as problem:
            unread.append(problem)
            continue
        files.append(item.shown)
        if isinstance(program, Finding):
            found.append(program)
        elif isinstance(program, Source):
            from recpol.rules.json_check import check_json

            found.extend(check_json(program, event, levels).findings)
        else:
            from recpol.rules.check import check

            checked = check(program, levels)
            found.extend(checked.findings)
            suppressed.extend(checked.suppressed)
    allowed = {(finding.rule, finding.span, finding.message): (finding, by) for finding, by in suppressed}
    run = Run(
        distinct(found),
        tuple(files),
        tuple(allowed.values()),
        unread=tuple(problem.message for problem in unread),
        strict=strict or session.config.strict,
        repository=repository(),
        pages=pages(),
        version=__version__,
    )
    return run, unread
