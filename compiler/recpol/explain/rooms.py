"""Who has a conference recorded that a reply does not record itself: another caller, of this policy or of another.

Invariant: what is said of a room here is what `recpol.prove` takes for proofs.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.rooms import RecordedRoom
from recpol.analysis.steps import Step
from recpol.explain.things import stores_of
from recpol.explain.words import code
from recpol.prove.rooms import room_recorders
from recpol.semantics.rooms import connects_of, is_begun_for, is_own, room_name, rooms_of, same_room


def recorded_by_others(program: Program, step: Step) -> RecordedRoom | None:
    """The recording of a room that a step is in and does not record itself; None where it is nobody's for sure."""
    rooms = rooms_of(program, step)
    if any(program.decided(room).conference for room in rooms):
        return None
    for name in (room_name(program, room) for room in rooms):
        others = (room for room in room_recorders(program).near(name) if room.policy or room.step != step.index)
        found = next((room for room in others if same_room(name, room.name) and not room.doubt), None)
        if found is not None:
            return found
    return None


def is_recorded(program: Program, step: Step) -> bool:
    """Whether a step is recorded, by its own call or, in a room, by another."""
    return bool(stores_of(program, step)) or recorded_by_others(program, step) is not None


IN_RECORDED_ROOM = ", where the call is in a room that is recorded"
"""What is said of something that is heard in several talks, of which some are in recorded rooms and some are not."""


def only_in_room(program: Program, step: Step) -> str:
    """What qualifies that a step is recorded: where it is so by way of its room alone, and heard in other talks too
    that nobody has recorded; empty elsewhere."""
    if any(kind == "call" for kind, _ in stores_of(program, step)):
        return ""
    recorders = room_recorders(program)

    def recorded(connect: Step) -> bool:
        if connect.connects != "conference" or program.decided(connect).conference:
            return connect.connects == "conference"
        name = room_name(program, connect)
        return any(same_room(name, room.name) and not room.doubt for room in recorders.near(name))

    return IN_RECORDED_ROOM if len({recorded(connect) for connect in connects_of(program, step)}) > 1 else ""


def room_sentence(program: Program, step: Step) -> str:
    """Who records the room that a step is in, and that its own call does not have recorded; empty where the step is in
    no room, or there is nothing to say of it that the connect into the room does not say.
    """
    rooms = rooms_of(program, step)
    found = recorded_by_others(program, step)
    if found is not None:
        what = "has the whole room recorded" if found.whole else "is recorded with what is said in the room"
        comes = "is sent" if found.asked else "comes by"
        return f"A caller who {comes} {found.where} {what}, to {code(found.store)}{only_in_room(program, step)}."
    for name in (room_name(program, room) for room in rooms):
        others = (room for room in room_recorders(program).near(name) if room.policy or room.step != step.index)
        maybe = next((room for room in others if same_room(name, room.name) is not False), None)
        if maybe is not None:
            return f"Whether this is the room that is recorded by {maybe.where}, this policy does not tell."
    if step.connects != "conference":
        return ""
    name = room_name(program, step)
    if name is not None and is_own(name):
        return "The room is named by the call's own id: no other call comes into it under these policies."
    if name is not None and is_begun_for(name):
        return "The room is named by a value that the backend gives to one call alone, as the policy says."
    return "This policy does not record the room; others may."
