"""`recpol simulate`: a policy and a scenario in; what is heard and recorded in that call on standard output.

Invariant: nothing is written to disk; a policy with an error is not simulated.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import STDIN, Input, here, shown
from recpol.workspace.session import Session, fails, open_session, read_variables
from recpol.workspace.tenants import one_of_them

FORMATS = ("text", "json")

_DETAILS = """\
A scenario says what happens in the call, for example: 'press 2; answer; begin card; end card; hang up'
  answer   busy   no answer     the callee answers, is busy, does not answer
  no reply                      the callee answers, the reply to ACE comes too late
  press 2   digits 1234         the caller presses a key, enters digits
  wait   wrong key              the caller presses nothing, presses a wrong key
  begin card   end card         the backend begins or ends a phase
  manage stop                   the backend sends a request to a call in which people talk
  send pick-up   park expires   the backend replies to a parked call, or never does
  hang up   callee hangs up     now; `hang up during 2` cuts the second sound of the latest reply short
Without a scenario, on a terminal, recpol asks what happens next.
Exit status: 0, 1 the policy has an error or something cannot happen, 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("simulate", "Say what is heard and what is recorded in a call.", _DETAILS)
    parser.option("file", metavar="FILE", help="a policy, or - for standard input")
    parser.option(
        "scenario", nargs="?", metavar="SCENARIO", help="what happens, @FILE to read it from, or - for standard input"
    )
    parser.option("--trace", action="store_true", help="show the documents that the platform receives")
    parser.choice(
        "--output-format",
        FORMATS,
        default="text",
        metavar="FORMAT",
        help="text or json; default: text",
    )
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to simulate for; default: the first one")
    parser.colors()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    _check_usable(options)
    session = open_session([options.file], environment=options.env, variables=read_variables(options.var))
    session, note = one_of_them(session, options.tenant)
    if note:
        tell(f"note: {note}")
    if os.path.isdir(options.file):
        raise CannotRun(f"`{options.file}` is a folder", "name one policy")
    (item,) = session.inputs([options.file], stdin=True)
    color = wants_color(options.color, sys.stderr)
    program = session.program(item)
    if isinstance(program, Finding):
        return _refuse((program,), color)
    if program.is_rules:
        raise CannotRun(f"`{item.shown}` holds rules only", "name a policy")
    errors, documents = _checked(session, program, trace=options.trace)
    if errors:
        return _refuse(errors, color)
    if options.scenario is None:
        from recpol.cli.interactive import play

        return play(program, documents, color=wants_color(options.color, sys.stdout))
    return _run(program, _scenario(session, options.scenario), documents, options.output_format, options.color)


def _check_usable(options: Any) -> None:
    if options.file == STDIN and options.scenario in (STDIN, None):
        raise CannotRun(
            "the policy and the scenario cannot both come from standard input", "give one of them as a file"
        )
    if options.scenario is not None:
        return
    if options.output_format == "json":
        raise CannotRun("JSON needs a scenario", "write one after the file, such as 'press 1; hang up'")
    if sys.stdin is None or not sys.stdin.isatty():
        raise CannotRun(
            "there is no scenario, and standard input is not a terminal",
            "write a scenario after the file, such as 'press 1; hang up', or - to read one from standard input",
        )


def _checked(session: Session, program: Program, *, trace: bool) -> tuple[tuple[Finding, ...], dict[str, Any] | None]:
    """The errors of a policy, and its documents where they are to be shown."""
    if trace:
        from recpol.compilation import compile_program

        compilation = compile_program(program, session.levels)
        return compilation.checked.errors, {reply.file: reply.document for reply in compilation.replies}
    from recpol.rules.check import check

    return check(program, session.levels).errors, None


def _scenario(session: Session, word: str) -> Source | Finding:
    """The text of a scenario: the argument itself, or what it says where to find."""
    if word == STDIN:
        return session.files.load(Input(STDIN, "<stdin>"))
    if word.startswith("@"):
        name = word.removeprefix("@")
        return session.files.load(Input(name, shown(name, here())))
    return Source("<scenario>", word)


def _run(
    program: Program, source: Source | Finding, documents: Mapping[str, Any] | None, format_: str, when: str
) -> int:
    from recpol.report.call import call_document, choice_line
    from recpol.report.received import shown_document, step_lines
    from recpol.semantics.replay import choices, refused, replay, strange_values

    color, colors = wants_color(when, sys.stderr), wants_color(when, sys.stdout)
    if isinstance(source, Finding):
        return _refuse((source,), color)
    if source.path.endswith((".yaml", ".yml")):
        from recpol.policytest.read import read_call as read_scenario
    else:
        from recpol.calls.scenario import read_scenario
    scenario = read_scenario(source)
    if scenario.findings:
        return _refuse(scenario.findings, color)
    strange = tuple(strange_values(program, scenario.steps))
    if strange:
        return _refuse(strange, color)
    call = replay(program, scenario.events)
    if format_ == "json":
        receives = None if documents is None else [shown_document(each, documents) for each in call.steps]
        say_json(call_document(program, call, receives))
    else:
        say("\n".join(step_lines(call.steps, documents, color=colors)), kind=text_kind(color=colors))
    if len(call.events) < len(scenario.steps):
        return _refuse((refused(program, call.events, scenario.steps[len(call.events)]),), color)
    if format_ == "text" and not call.ended:
        say("\nwhat can happen next:")
        for choice in choices(program, call.events):
            say(choice_line(choice))
    return 0


def _refuse(findings: Sequence[Finding], color: bool) -> int:
    from recpol.report.text import full

    tell(full(findings, color=color), kind=text_kind(color=color))
    return int(fails(findings, strict=False))
