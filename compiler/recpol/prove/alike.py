"""Connects to the first that is like them, so that a walk looks at calls through them once.

Invariant: of connects that are alike, no later event, no recording and no guarantee tells one from another.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Step
from recpol.base.record import replace
from recpol.prove.rooms import room_recorders
from recpol.semantics.conversations import around
from recpol.semantics.rooms import room_name, same_room
from recpol.syntax import tree

_Key = tuple[object, ...]


def phases_of(program: Program) -> dict[int, list[Step]]:
    """The phases of each connect that has some, in order."""
    found: dict[int, list[Step]] = {}
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and step.parent is not None:
            found.setdefault(step.parent, []).append(step)
    return found


def alike_connects(program: Program, phases: dict[int, list[Step]]) -> dict[int, Step]:
    """For each connect the first one of its kind whose phases record the same and are selected by the same guarantees,
    where there are others of its kind with as many phases; rooms in which requests reach calls are alike where the same
    others may have them recorded."""
    kinds: dict[tuple[str, int], list[Step]] = {}
    for step in program.steps:
        if step.connects:
            kinds.setdefault((step.connects, len(phases.get(step.index, ()))), []).append(step)
    several = [connects for connects in kinds.values() if len(connects) > 1]
    if not several:
        return {}
    stayed = {room.index for rooms in program.graph.before.values() for room in rooms if room.connects == "conference"}
    stayed.update(talk for talk in program.graph.requests if program.steps[talk].connects == "conference")
    chosen = [
        program.selected.chosen(guarantee.selection)
        for guarantee in (program.guarantees() if len(phases) > 1 else ())
        if isinstance(guarantee, tree.AboutSegments)
    ]
    selecting: dict[int, list[int]] = {}
    for number, steps in enumerate(chosen):
        for index, step in steps.items():
            if isinstance(step.body, tree.Phase):
                selecting.setdefault(index, []).append(number)
    told = {step.phase for step in program.steps if step.phase is not None}  # what is said is each phase's own
    first: dict[_Key, Step] = {}
    return {
        step.index: first.setdefault(
            (
                step.connects,
                _recorded_by(program, step) if step.index in stayed else None,
                *(
                    (
                        wanted(program.decisions, phase),
                        around(program, phase),
                        tuple(selecting.get(phase.index, ())),
                        phase.index if phase.index in told else -1,
                    )
                    for phase in phases.get(step.index, ())
                ),
            ),
            step,
        )
        for connects in several
        for step in connects
    }


def _recorded_by(program: Program, step: Step) -> _Key:
    """Which recordings of others a room may be in, and whether it is one of theirs for sure: then its name says nothing
    more."""
    name = room_name(program, step)
    near = ((other, same_room(name, other.name)) for other in room_recorders(program).near(name))
    return tuple((replace(other, name=None) if same else other, same) for other, same in near if same is not False)
