"""`recpol lint`: policies in, findings on standard output.

Invariant: nothing is written to disk, and nothing that only a compilation needs is loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from recpol.cli.arguments import Arguments, one_of
from recpol.cli.cannotrun import CannotRun
from recpol.cli.console import COLOR_CHOICES, say, tell_cannot_run, wants_color
from recpol.cli.session import distinct, fails, open_session, read_variables
from recpol.ground.finding import Finding

SUMMARY = "check policies and say what is wrong"

FORMATS = ("full", "concise", "json")


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("lint", "Check policies and say what is wrong, where, why, and what to do about it.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    parser.option(
        "--output-format",
        default="full",
        metavar="FORMAT",
        type=one_of("--output-format", FORMATS),
        help="full (with source lines), concise (a line each) or json; default: full",
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
Without a path the policies of the project are checked: those that the nearest recpol.yaml names.
Exit status: 0 nothing is wrong (warnings are allowed), 1 something is, 2 recpol could not run.
"""


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    session = open_session(options.paths, environment=options.env, variables=read_variables(options.var))
    items = session.inputs(options.paths, stdin=True)
    found: list[Finding] = []
    unread: list[CannotRun] = []
    for item in items:
        try:
            program = session.program(item)
        except CannotRun as problem:
            unread.append(problem)
            continue
        if isinstance(program, Finding):
            found.append(program)
        else:
            from recpol.rules.check import check

            found.extend(check(program, session.config.rules).findings)
    findings = distinct(found)
    say(_report(findings, len(items) - len(unread), options.output_format, wants_color(options.color, sys.stdout)))
    for reason in unread:
        tell_cannot_run(reason)
    if unread:
        return 2
    return int(fails(findings, strict=options.strict or session.config.strict))


def _report(findings: Sequence[Finding], files: int, format_: str, color: bool) -> str:
    match format_:
        case "json":
            from recpol.report.json_report import json_report

            return json_report(findings)
        case "concise":
            from recpol.report.text import concise

            return concise(findings, color=color)
        case _:
            from recpol.report.text import full, summary

            blocks = full(findings, color=color)
            return f"{blocks}{blocks and chr(10)}{summary(findings, files)}\n" if files else blocks
