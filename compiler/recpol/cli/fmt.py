"""`recpol fmt`: policies and files of rules, written in the one style.

Invariant: a file is written only where its text changes, whole or not at all; one that cannot be read in full stays as
it is. Credentials are not shown in a diff.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from recpol.base.finding import Finding, order
from recpol.base.record import Record
from recpol.base.source import Source
from recpol.cli.arguments import Arguments
from recpol.cli.console import flush, say, tell, tell_cannot_run, text_kind, wants_color
from recpol.formatter import Malformed, Refused, format_source
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import STDIN, Input
from recpol.workspace.session import Session, open_session


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("fmt", "Write policies and files of rules in the one style; what they say stays.", _DETAILS)
    parser.option(
        "paths", nargs="*", metavar="PATH", help="files, folders, or - from standard input to standard output"
    )
    parser.option("--check", action="store_true", help="write nothing; list what would change and exit with 1")
    parser.option("--diff", action="store_true", help="write nothing; show what would change")
    return parser


_DETAILS = """\
Without a path the policies of the project are formatted: those that the nearest recpol.yaml names.
Exit status: 0 all is formatted, 1 a file has syntax errors, or would change under --check, 2 recpol could not run.
"""


class _Tally(Record, frozen=False):
    """How many files were what."""

    changed: int = 0
    unchanged: int = 0
    malformed: int = 0


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    if STDIN in options.paths and len(set(options.paths)) > 1:
        raise CannotRun("`-` cannot be used together with files", "format standard input in a run of its own")
    session = open_session(options.paths)
    tally = _Tally()
    failed = False
    for item in session.inputs(options.paths, stdin=True):
        try:
            _format(item, session, tally, check=options.check, diff=options.diff)
        except CannotRun as problem:
            tell_cannot_run(problem)
            failed = True
    dry = options.check or options.diff
    if not options.diff and options.paths != [STDIN]:
        say(_summary(tally, dry=dry))
    if failed:
        return 2
    return int(bool(tally.malformed or (options.check and tally.changed)))


def _format(item: Input, session: Session, tally: _Tally, *, check: bool, diff: bool) -> None:
    """Format one file; raises `CannotRun` if it cannot be read or written, or would be damaged."""
    if item.path.endswith(".json"):
        raise CannotRun(f"`{item.shown}` is JSON, and only policies are formatted", "name files that end in `.recpol`")
    source = session.files.load(item)
    text = source if isinstance(source, Finding) else format_source(source)
    if isinstance(source, Finding) or isinstance(text, Finding | Malformed):
        tally.malformed += 1
        _tell_findings((source,) if isinstance(source, Finding) else _syntax_errors(source))
        return
    if isinstance(text, Refused):
        raise CannotRun(
            f"`{item.shown}` is left as it is: {text.reason}",
            "please report this: the formatter should not come to that",
        )
    same = text == source.text
    tally.unchanged += same
    tally.changed += not same
    if diff:
        if not same:
            _print_diff(source, text)
    elif check:
        if not same:
            say(f"would format {item.shown}")
    elif item.path == STDIN:
        _print_raw(text)
    elif not same:
        _write(item, text, source.text)
        say(f"formatted {item.shown}")


def _write(item: Input, text: str, before: str) -> None:
    from recpol.workspace.saving import save

    if not os.access(item.path, os.W_OK):
        raise CannotRun(f"cannot write `{item.shown}`: no permission", "make the file writable")
    save(item.path, text, "the file is as it was before", instead_of=before)


def _summary(tally: _Tally, *, dry: bool) -> str:
    counts = (
        (tally.changed, "would be formatted" if dry else "formatted"),
        (tally.unchanged, "already formatted"),
        (
            tally.malformed,
            "not formatted: it cannot be read" if tally.malformed == 1 else "not formatted: they cannot be read",
        ),
    )
    said = [f"{count} {'file' if count == 1 else 'files'} {what}" for count, what in counts if count]
    return ", ".join(said) + "\n" if said else ""


def _syntax_errors(source: Source) -> tuple[Finding, ...]:
    """Why a text cannot be read, as a lint says it."""
    from recpol.analysis.program import program
    from recpol.rules.check import check
    from recpol.rules.policy.syntax import syntax_error, too_deep, unclosed_brace, unclosed_string

    names = {rule.name for rule in (syntax_error, too_deep, unclosed_brace, unclosed_string)}
    return tuple(sorted((f for f in check(program(source)).findings if f.rule in names), key=order))


def _tell_findings(findings: Sequence[Finding]) -> None:
    from recpol.report.text import full

    color = wants_color("auto", sys.stderr)
    tell(full(findings, color=color), kind=text_kind(color=color))


def _print_diff(source: Source, text: str) -> None:
    """What would change: for a terminal harmless, for a file or a pipe as it is, but for what would steer a log."""
    from recpol.report.changes import changes
    from recpol.report.quiet import lines

    after = Source(f"{source.path} (formatted)", text)
    if sys.stdout.isatty():
        say(changes(source, after))
    else:
        _print_raw(lines(changes(source, after, exact=True)))


def _print_raw(text: str) -> None:
    """Print as UTF-8 and with line breaks as they are, whatever the terminal's encoding: it may become a file."""
    flush()
    try:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise CannotRun(f"cannot print: {in_words(problem)}") from None
