"""`recpol lint`: policies in, findings on standard output.

Invariant: a policy is written only where `--fix` or `--unsafe-fixes` asks for it, and nothing that only a compilation
needs is loaded.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from recpol import __version__
from recpol.base.finding import order
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.arguments import Arguments, OneOf
from recpol.cli.console import tell, tell_problem
from recpol.cli.linting import Linted, lint_files
from recpol.cli.reporting import Outputs, pages, read_outputs, refuse_outputs, report, repository, shows_fixes
from recpol.report.formats import FORMATS
from recpol.report.limit import MOST
from recpol.report.run import Run
from recpol.workspace.files import STDIN
from recpol.workspace.session import Session, distinct, finding_key, open_session, read_variables

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.cli.baseline import BaselineFile
    from recpol.workspace.shards import Shard

EVENTS = ("ice", "ace", "pie", "dice", "notify", "manage", "callout")
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
        "--write-baseline", metavar="FILE", help="write the findings there; if it exists, only take out those gone"
    )
    parser.option("--fix", action="store_true", help="fix what can be fixed without changing what is recorded")
    parser.option("--unsafe-fixes", action="store_true", help="fix the rest too, where there is one way to do it")
    parser.option("--diff", action="store_true", help="show what would be fixed, and write nothing")
    parser.choice(
        "--event",
        EVENTS,
        metavar="EVENT",
        help="what SVAML documents answer: ice, ace, pie, dice, notify, manage or callout; else their names or "
        "contents tell",
    )
    parser.targets()
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to check for, repeatable; default: all of them")
    parser.option("--strict", action="store_true", help="warnings fail too")
    parser.shards()
    parser.shard_files()
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
    shard = _shard(options)
    outputs = read_outputs(options.output_format, options.output, statistics=options.statistics)
    baseline = _baseline(options.baseline, options.write_baseline)
    fixes = shows_fixes(outputs)
    if options.merge:
        from recpol.cli.lintshards import merged

        session, made = merged(options, fixes=fixes)
        run = _run(session, made, options, fixes=fixes)
        return _report(run, made, outputs, options, baseline)
    session = open_session(
        options.paths, environment=options.env, variables=read_variables(options.var), targets=options.target
    )
    items = session.inputs(options.paths, stdin=True, documents=True)
    refuse_outputs(outputs, options.shard_file)
    if options.fix or options.unsafe_fixes or options.diff:
        from recpol.workspace.tenants import with_first

        session = with_first(session, options.tenant)
        from recpol.cli.fixing import fix_all, fix_standard_input, show_all

        if options.diff:
            return show_all(session, items, options)
        if [item.path for item in items] == [STDIN]:
            return fix_standard_input(session, items[0], options)
        session = fix_all(session, items, options)
    tenants = None
    if session.config.tenants is not None or options.tenant:
        from recpol.workspace.tenants import read_tenants

        tenants = read_tenants(session, options.tenant)
    share, without = None, None
    if shard is not None:
        from recpol.workspace.shards import share_of

        share = share_of(shard, session.project)
    tried = None if baseline or options.shard_file else None if options.no_limit else MOST
    made = lint_files(
        session, items, options, tenants, share, fixes=fixes or options.shard_file is not None, tried=tried
    )
    if share is not None:
        from recpol.cli.lintshards import keep_shard, told_elsewhere

        without = told_elsewhere(made, session, items, share)
        if options.shard_file is not None:
            keep_shard(options.shard_file, made, share, session, options, tenants)
        if not (made.files or made.unread or made.between):
            tell(share.nothing)
    run = _run(session, made, options, fixes=fixes, without=without)
    return _report(run, made, outputs, options, baseline)


def _shard(options: Namespace) -> Shard | None:
    """The shard of `--shard`; raises `CannotRun` where another option is about the whole run."""
    if options.shard is None and options.shard_file is None:
        return None
    from recpol.workspace.shards import refuse_with_shard

    return refuse_with_shard(
        options,
        {
            "--merge": "of all shards together", "--fix": "made with all that use a file",
            "--unsafe-fixes": "made with all that use a file", "--diff": "made with all that use a file",
            "--baseline": "held against all findings: give it to `--merge`",
            "--write-baseline": "made from all findings: give it to `--merge`",
        },
    )  # fmt: skip


def _report(run: Run, made: Linted, outputs: Outputs, options: Namespace, baseline: BaselineFile | None) -> int:
    """Say what a run found, and return its exit status."""
    most = None if options.no_limit else MOST
    pending = False
    if baseline is None:
        report(run.limited(most), outputs, options.color)
    else:
        from recpol.cli.baseline import against, settle, without_known

        compared = against(run, baseline)
        found, run = run, without_known(run, baseline, compared)
        report(run.limited(most), outputs, options.color)
        pending = settle(found, baseline, compared)
    for _, message, help_ in made.unread:
        tell_problem(message, help_)
    if made.unread:
        return 2
    return int(pending or any(map(run.fails, run.findings)))


def _baseline(read: str | None, write: str | None) -> BaselineFile | None:
    if read is None and write is None:
        return None
    from recpol.cli.baseline import open_baseline

    return open_baseline(read, write)


def _run(
    session: Session,
    made: Linted,
    options: Namespace,
    *,
    fixes: bool,
    without: Container[tuple[object, ...]] | None = None,
) -> Run:
    """What was found, for reports; of a shard `without` what another one tells."""
    found = made.found
    if without:
        found = [finding for finding in found if finding_key(finding) not in without]
    allowed = {(*order(finding), finding.message): (finding, by) for finding, by in made.suppressed}
    return Run(
        # Of a rules file it may be found in several ways: what is offered where the file itself was looked at counts.
        distinct(sorted(found, key=lambda finding: fixes and bool(finding.fixes))),
        tuple(called for _, called in made.files),
        tuple(allowed.values()),
        unread=tuple(message for _, message, _ in made.unread),
        strict=options.strict or session.config.strict,
        repository=repository(),
        pages=pages(),
        version=__version__,
        tried=fixes,
    )
