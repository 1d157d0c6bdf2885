"""`recpol draw`: a policy, or a call under it, in; a picture out, as SVG or Mermaid.

Invariant: a policy with errors is drawn as far as it is understood, and its picture says that it does not compile; a
call is drawn only under a policy without other errors than broken guarantees, and says so there, too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell, tell_errors
from recpol.compilation import compile_program
from recpol.report.quiet import xml_text
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.saving import save
from recpol.workspace.session import Session, open_session, read_variables
from recpol.workspace.tenants import one_of_them

BROKEN = "broken-guarantee"
"""The rule whose findings leave it known what every call is: the call that it shows can be drawn."""

_DETAILS = """\
Without a call the flow of the policy is drawn: what happens from one event to the next, what is recorded, and the ways
on. With a call, such as 'press 2; answer; hang up', its tape: who is heard, and which file holds it.
The same policy gives the same bytes. --output-format mermaid is for pages in Markdown.
Exit status: 0 it is drawn, 1 the policy has an error, 2 recpol could not run.
"""


_OTHERS = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".pdf", ".eps", ".ps", ".dot"})
"""How the names of pictures of other kinds end: whoever names one would not be able to open it."""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("draw", "Draw a policy, or a call under it.", _DETAILS)
    parser.option("file", metavar="FILE", help="a policy")
    parser.option("call", nargs="?", metavar="CALL", help="what happens in the call; without it the policy is drawn")
    parser.option("-o", "--output", metavar="FILE", help="write the picture there; default: standard output")
    parser.choice(
        "--output-format", ("svg", "mermaid"), default="svg", metavar="FORMAT", help="svg or mermaid; default: svg"
    )
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to draw for; default: the first one")
    parser.targets()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    ending = os.path.splitext(options.output or "")[1].lower()
    if ending in _OTHERS:
        message = f"a picture is drawn as SVG or Mermaid, and `{options.output}` says {ending[1:].upper()}"
        raise CannotRun(message, "name a file that ends in `.svg`; browsers and drawing programs convert it")
    if os.path.isdir(options.file):
        raise CannotRun(f"`{options.file}` is a folder", "name one policy")
    session = open_session(
        [options.file], environment=options.env, variables=read_variables(options.var), targets=options.target
    )
    session, note = one_of_them(session, options.tenant)
    if note:
        tell(f"note: {note}")
    (item,) = session.inputs([options.file])
    program = session.program(item)
    if isinstance(program, Finding):
        raise CannotRun(f"`{item.shown}` cannot be drawn: {program.message}", program.help)
    if options.call is None:
        drawn, status = _policy(session, program, options.output_format)
    else:
        drawn, status = _call(session, program, options.call, options.output_format)
    drawn = xml_text(drawn) if options.output_format == "svg" else drawn
    if options.output is None:
        say(drawn, kind="xml" if options.output_format == "svg" else "text")
    else:
        save(options.output, drawn, "choose another file with `-o`")
    return status


def _policy(session: Session, program: Program, format_: str) -> tuple[str, int]:
    from recpol.explain import explain

    explanation = explain(compile_program(program, session.levels), strict=session.config.strict, levels=session.levels)
    status = int(not explanation.compiles)
    if status:
        tell_errors(program.source.path)
    if format_ == "mermaid":
        from recpol.drawing.mermaid import flow_mermaid

        return flow_mermaid(explanation), status
    from recpol.drawing.flow import flow

    return flow(explanation), status


def _call(session: Session, program: Program, written: str, format_: str) -> tuple[str, int]:
    from recpol.calls.scenario import read_scenario, spell
    from recpol.rules.check import check
    from recpol.semantics.replay import refused, replay

    if program.is_rules:
        raise CannotRun(f"`{program.source.path}` holds rules only", "name a policy")
    errors = check(program, session.levels).errors
    if others := [one for one in errors if one.rule != BROKEN]:
        raise CannotRun(f"`{program.source.path}` has an error: {others[0].message}", "`recpol lint` says more")
    scenario = read_scenario(Source("the call", written))
    if scenario.findings:
        raise CannotRun(f"the call cannot be read: {scenario.findings[0].message}", scenario.findings[0].help)
    call = replay(program, scenario.events)
    done = len(call.steps) - 1
    if done < len(scenario.steps):
        problem = refused(program, scenario.events[:done], scenario.steps[done])
        raise CannotRun(problem.message, problem.help)
    if errors:  # what a call is that breaks a guarantee is known as well as of any other
        tell_errors(program.source.path)
    if format_ == "mermaid":
        from recpol.drawing.mermaid import tape_mermaid

        return tape_mermaid(program, call), int(bool(errors))
    from recpol.drawing.tape import tape

    named = program.names.policy.name.text if program.names.policy is not None else program.source.path
    title = f"A call under {named}, which does not compile: {spell(call.events) or 'it comes in'}" if errors else ""
    return tape(program, call, title), int(bool(errors))
