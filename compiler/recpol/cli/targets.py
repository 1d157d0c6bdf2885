"""`recpol targets`: on standard output, what each target can say, or which targets some policies compile to.

Invariant: nothing is written to disk; what is printed is what the rules find, target by target.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.platform.targets import Target
from recpol.support_matrix import Judged, judge, layout, table
from recpol.targets.catalogue import all_targets, target_names, targets_named
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.session import distinct, open_session, read_variables

FORMATS = ("text", "markdown", "json")

_DETAILS = """\
Without a path: every construct of the language, and whether each target can say it (yes, no, or with a condition).
With paths: the same of these policies, with what is found. `recpol targets .` asks about a whole folder.
Exit status: 0 (with paths: each policy compiles to all targets asked about), 1 one does not, 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("targets", "Say what each target can say, or which targets policies compile to.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    parser.choice(
        "--target",
        target_names(),
        action="append",
        default=[],
        metavar="NAME",
        help=f"a target to ask about, repeatable: {', '.join(target_names())}; default: all of them",
    )
    parser.choice(
        "--output-format",
        FORMATS,
        default="text",
        metavar="FORMAT",
        help="text, markdown or json; default: text",
    )
    parser.variables()
    parser.option("--strict", action="store_true", help="warnings keep a policy from compiling too")
    parser.colors()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    asked = targets_named(options.target) or all_targets()
    if not options.paths:
        _print_table(asked, options.output_format)
        return 0
    session = open_session(options.paths, environment=options.env, variables=read_variables(options.var))
    strict = options.strict or session.config.strict
    unread: list[Finding] = []
    found: list[tuple[Program, dict[str, Judged]]] = []
    rules = 0
    for item in session.inputs(options.paths, stdin=True):
        unit = session.program(item)
        if isinstance(unit, Finding):
            unread.append(unit)
        elif unit.is_rules:
            rules += 1
        else:
            found.append((unit, {target.name: judge(unit, target, session.levels, strict=strict) for target in asked}))
    if rules and not found and not unread:
        raise CannotRun("nothing to compile: rules only", "name a policy that uses them")
    if found or options.output_format == "json":
        _print_policies(found, asked, options.output_format, color=wants_color(options.color, sys.stdout))
    if unread:
        from recpol.report.text import full

        color = wants_color(options.color, sys.stderr)
        tell(full(distinct(unread), color=color), kind=text_kind(color=color))
    return int(bool(unread) or any(one.says == "no" for _, judged in found for one in judged.values()))


def _print_table(asked: Sequence[Target], format_: str) -> None:
    rows = table(asked)
    match format_:
        case "json":
            say_json(layout.table_data(rows, asked))
        case "markdown":
            say(layout.table_markdown(rows))
        case _:
            say(layout.table_text(rows))


def _print_policies(found: Sequence[layout.Policy], asked: Sequence[Target], format_: str, *, color: bool) -> None:
    match format_:
        case "json":
            say_json(layout.policies_data(found, asked))
        case "markdown":
            say(layout.policies_markdown(found))
        case _:
            say(layout.policies_text(found, color=color), kind=text_kind(color=color))
