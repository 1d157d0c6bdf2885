"""A program to the steps that are kept off a recording only by a stop which a target may not read.

The sources of the current API disagree on whether a recording can be stopped in a reply to ACE. Where such a stop is
not read, the recording goes on until a later stop that is read, or to the end of the call.

Invariant: every way that a call can take is looked at; linear in handlers, edges and segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.recorder import ended, spread, wanted
from recpol.analysis.steps import Handler, Step
from recpol.platform.targets import Target
from recpol.semantics.conversations import changes
from recpol.semantics.phases import TURNS, change
from recpol.syntax import tree


def unread(target: Target) -> str:
    """Why nobody knows whether such a stop takes effect."""
    disagree = "the platform's documents disagree on whether that is read there"
    return f"{target.name} stops the recording in a reply to ACE, and {disagree}"


@lru_cache(maxsize=8)  # guarantees ask for those of the same program one after the other
def doubtful_stops(program: Program, target: Target) -> Mapping[int, Step]:
    """By the index of a step: the step before which that stop stands; empty where the target reads every stop."""
    disputed = {handler.index for handler in program.handlers if handler.kind in target.disputed_stops}
    if not any(_stops(program, program.handlers[index]) for index in disputed):
        return {}
    found: dict[int, Step] = {}

    def leave(handler: int, running: Step | None) -> Step | None:
        return _through(program, program.handlers[handler], running, found, handler in disputed)

    spread(program.graph, None, leave)
    for phase in program.steps:
        if isinstance(phase.body, tree.Phase) and phase.parent is not None:
            around = (phase.parent, *(talk.index for talk in program.graph.conversations.get(phase.parent, ())))
            stop = next((found[index] for index in around if index in found), None)
            if stop is not None:
                _in_phase(program, phase, stop, found)
    return found


def _stops(program: Program, handler: Handler) -> bool:
    """Whether a recording stops in a handler."""
    state = program.entry(handler)
    for step in handler.segments:
        if step.recordable:
            wish = wanted(program.decisions, step)
            if wish != state and ended(state, wish):
                return True
            state = wish
    return False


def _in_phase(program: Program, phase: Step, stop: Step, found: dict[int, Step]) -> None:
    """Note what may run on in a phase, and in what is said when it begins and ends, up to the first change."""
    running: Step | None = stop
    if not changes(program, phase):
        found.setdefault(phase.index, stop)
    for turn in TURNS:
        said = change(program, phase, turn)
        store = said.before
        for step, then in said.prompts:
            running = running if then == store else None
            store = then
            if running is not None:
                found.setdefault(step.index, running)
        running = running if said.after == store else None


def _through(
    program: Program, handler: Handler, running: Step | None, found: dict[int, Step], disputed: bool
) -> Step | None:
    """Note what may run on in a handler; what may still run when it is left."""
    state = program.entry(handler)
    for step in handler.steps:
        if isinstance(step.body, tree.Submenu) and step.parent in found:
            found.setdefault(step.index, found[step.parent])
        if step.parent is not None or not step.recordable:
            continue
        wish = wanted(program.decisions, step)
        if ended(state, wish):
            running = (running or step) if disputed else None
        state = wish
        if running is not None:
            found.setdefault(step.index, running)
    return running
