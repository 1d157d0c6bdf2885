"""Where a call stands, and which requests of the backend can reach it there.

Invariant: total; a moment holds all that the next event depends on, but for what records the call.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.syntax import tree

CallMode = Literal["dialling", "menu", "parked", "talk", "room", "ended"]


class Moment(Record):
    """Where a call stands: what it waits for, in which handler, at which step and menu, in which phase."""

    mode: CallMode
    handler: Handler
    step: Step | None = None
    menu: str = "main"
    dialled: Step | None = None
    phase: Step | None = None
    lost: bool = False
    """Whether the reply to ACE never came, so that the platform connected the call by itself."""


def requests_at(program: Program, moment: Moment) -> tuple[Handler, ...]:
    """The requests that can be sent to a call where it stands: while people talk, and outside of phases."""
    step = moment.step
    if moment.mode not in ("talk", "room") or moment.phase is not None or step is None:
        return ()
    talks = program.graph.conversations.get(step.index, ()) if moment.lost else (step,)
    found = (index for talk in talks for index in program.graph.requests.get(talk.index, ()))
    return tuple(program.handlers[index] for index in dict.fromkeys(found))


def told_by(program: Program, moment: Moment, key: str) -> Handler | None:
    """The request that the backend sends when it is told of a key in a room; None where the key stands for nothing."""
    room = moment.dialled
    if moment.mode != "room" or room is None or not isinstance(room.body, tree.Connect):
        return None
    names = [line.request.text for line in room.body.keys if line.key.text == key]
    return next((handler for handler in requests_at(program, moment) if handler.name in names), None)
