"""A call on a terminal, step by step: what happened, what can happen next, and a line from the user.

Invariant: whatever is typed, the call stays as it is or goes on by one or more events that can happen.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from recpol.analysis.program import Program
from recpol.base.source import Source
from recpol.base.typing import Any
from recpol.calls import trace as t
from recpol.calls.scenario import read_scenario, spell, spell_one
from recpol.cli.console import flush, say, text_kind
from recpol.report.call import choice_line
from recpol.report.hidden import harmless
from recpol.report.received import step_lines
from recpol.report.text import full
from recpol.semantics.replay import choices, refused, replay

LEAVE = ("quit", "exit", "q")

HELP = "Write a number, or steps such as `{step}`; `quit` leaves."


def play(program: Program, documents: Mapping[str, Any] | None, *, color: bool = False) -> int:
    """Play a call until it ends or the user leaves; the exit status is 0."""
    events: tuple[t.Event, ...] = ()
    told = 0
    while True:
        call = replay(program, events)
        for line in step_lines(call.steps[told:], documents, color=color):
            say(line, kind=text_kind(color=color))
        told = len(call.steps)
        if call.ended:
            break
        more = _ask(program, events)
        if more is None:
            break
        events = (*events, *more)
    if events:
        say(f"\nthis call as a scenario: {spell(events)}")
    return 0


def _ask(program: Program, events: tuple[t.Event, ...]) -> tuple[t.Event, ...] | None:
    """What happens next, as the user says; None where they leave."""
    possible = choices(program, events)
    say("\n")
    for number, choice in enumerate(possible, 1):
        say(choice_line(choice, number))
    while True:
        line = _line()
        if line is None or line in LEAVE:
            return None
        picked = int(line) if re.fullmatch("[0-9]{1,4}", line) else None
        if picked is not None and 1 <= picked <= len(possible):
            return (possible[picked - 1].event,)
        scenario = read_scenario(Source("<terminal>", line))
        if picked is not None or not (scenario.steps or scenario.findings):
            say(HELP.format(step=spell_one(possible[0].event)))
            continue
        if scenario.findings:
            say(full(scenario.findings))
            continue
        done = len(replay(program, (*events, *scenario.events)).events) - len(events)
        if done < len(scenario.steps):
            say(full([refused(program, (*events, *scenario.events[:done]), scenario.steps[done])]))
            continue
        return scenario.events


def _line() -> str | None:
    """A line from the terminal without blanks around it; None at its end."""
    flush()
    sys.stdout.write("> ")
    flush()
    line = sys.stdin.readline()
    if not line:
        say("\n")
        return None
    return harmless(line.strip())
