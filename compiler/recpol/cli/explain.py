"""`recpol explain`: policies in, on standard output what they record, in plain sentences.

Invariant: nothing is written to disk, and nothing is called proven of a policy that does not compile.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.compilation import compile_program
from recpol.explain import Explanation, explain
from recpol.prove.rooms import side_by_side
from recpol.rules.policy.answering import answering
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.session import Session, distinct, open_session, read_variables
from recpol.workspace.tenants import each_tenant, one_of_them, read_tenants

FORMATS = ("text", "markdown", "json")
LIFECYCLES = ("s3", "gs", "azure")

_DETAILS = """\
For each policy: what is recorded and what is not, step by step through a call; where recordings go and what the files
are called; the guarantees with their proofs, and what these rest on.
--lifecycle prints something else: as JSON, by bucket, the settings of a storage that do what its stores promise.
Without a path the policies of the project are explained: those that the nearest recpol.yaml names.
Exit status: 0 all compile, 1 a policy does not compile (it is explained all the same), 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("explain", "Say in plain sentences what policies record, and what is proven of them.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    parser.choice(
        "--output-format",
        FORMATS,
        default="text",
        metavar="FORMAT",
        help="text, markdown or json; default: text",
    )
    parser.choice(
        "--lifecycle",
        LIFECYCLES,
        metavar="STORAGE",
        help="print the settings of s3, gs or azure that keep and delete recordings as the stores promise",
    )
    parser.option("--index", action="store_true", help="print which policy, and of which tenant, answers which number")
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to explain for; default: the first one")
    parser.targets()
    parser.colors()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    session = open_session(
        options.paths, environment=options.env, variables=read_variables(options.var), targets=options.target
    )
    if options.index:
        return _index(session, options.paths, options.tenant)
    session, note = one_of_them(session, options.tenant)
    if note:
        tell(f"note: {note}")
    read = [session.program(item) for item in session.inputs(options.paths, stdin=True)]
    unread = [program for program in read if isinstance(program, Finding)]
    programs = [program for program in read if not isinstance(program, Finding)]
    if options.lifecycle is not None:
        return _lifecycle(programs, options.lifecycle, incomplete=bool(unread))
    compilations = [compile_program(program, session.levels) for program in side_by_side(programs)]
    found = [explain(one, strict=session.config.strict, levels=session.levels) for one in compilations]
    if found or options.output_format == "json":
        colors = options.output_format == "text" and wants_color(options.color, sys.stdout)
        say(_rendered(found, options.output_format, color=colors), kind=text_kind(color=colors))
    if unread:
        from recpol.report.text import full

        color = wants_color(options.color, sys.stderr)
        tell(full(distinct(unread), color=color), kind=text_kind(color=color))
    return int(bool(unread) or not all(explanation.compiles for explanation in found))


def _index(session: Session, paths: Sequence[str], chosen: Sequence[str]) -> int:
    """Print what the policies answer, as a table in Markdown, which reads well as text too."""
    from recpol.explain.index import index_page

    read = [session.program(item) for item in session.inputs(paths)]
    programs = [one for one in read if not isinstance(one, Finding) and not one.is_rules]
    found = read_tenants(session, chosen)
    if found is None:
        answers = [answering(program) for program in programs]
    else:
        answers = [
            answering(program, tenant.name)
            for tenant, own in each_tenant(session, programs, found.tenants)
            for program in own
        ]
    say(index_page([one for one in answers if one is not None]))
    return int(len(programs) < len(read) and any(isinstance(one, Finding) for one in read))


def _lifecycle(programs: Sequence[Program], storage: str, *, incomplete: bool) -> int:
    """Print the settings of a storage as JSON, and to standard error what has to be said about them."""
    from recpol.explain.lifecycle import lifecycle

    found = lifecycle(programs, storage)
    for note in found.notes:
        tell(f"note: {note}")
    if not found.settings:
        raise CannotRun(
            f"no store with a URL `{storage}://` states how long its recordings are kept",
            "write `keep 5y to 7y`, with its own times, in the store",
        )
    say_json(found.settings)
    return int(incomplete or any(program.partial for program in programs))


def _rendered(found: Sequence[Explanation], format_: str, *, color: bool) -> str:
    match format_:
        case "json":
            from recpol.explain.document import json_text

            return json_text(found)
        case "markdown":
            from recpol.explain.markdown import markdown

            return "\n".join(markdown(explanation) for explanation in found)
        case _:
            from recpol.explain.text import text

            return "\n\n".join(text(explanation, color=color) for explanation in found)
