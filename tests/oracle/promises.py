"""Guarantees that `recpol-check` does not know, judged by the oracle: transcripts, sides, and opting out.

What records in a state is read from the recording options in the documents, and whether somebody has opted out from the
places that have been heard: once one of a reply, or request, of that name, there is no way back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import recpol_check as referee
from oracle.explore import Explored, Found, Json, begun, nearest

Holds = Callable[[Json], bool]

_TEXT = re.compile(r"(never transcribe|record only (?:inbound|outbound)) (.*)|opt-out (\S+)")


def knows(text: str) -> bool:
    """Whether a guarantee is one of those that are judged here."""
    return _TEXT.fullmatch(text) is not None


def verdict(world: Explored, text: str, handlers: dict[str, str]) -> Found:
    """The verdict on a guarantee; `handlers` are the replies that the segments stand in, by the segments' numbers."""
    found = _TEXT.fullmatch(text)
    assert found is not None
    if found[3]:
        return _opted_out(world, found[3], handlers)
    chosen = world.chosen(referee.guarantee(f"never record {found[2]}"))
    return _held(world, chosen, bad_options(found[1]))


def bad_options(what: str) -> Holds:
    """Which recordings break a guarantee, by their options."""
    if what == "never transcribe":
        return lambda options: True in (options.get("transcriptionOptions") or {}).values()
    side = what.rpartition(" ")[2].upper()
    return lambda options: options.get("recordingType") != side


def running(world: Explored, state: Any) -> Iterator[Json]:
    """The options of what records, or may record, in a state."""
    if isinstance(state, referee.Call):
        urls = {url for url in (state.call, state.room) if url}
        yield from (form for form in world.recordings if form["destinationUrl"] in urls)
    else:
        for item in state.recordings:
            yield world.folder.get(item.split(" ", 3)[3] + "/recordingOptions")


def _held(world: Explored, chosen: frozenset[str], bad: Holds) -> Found:
    machine = referee.machine_of(world.folder, world.phases, frozenset())
    states = world.states()
    rooms = frozenset(
        room
        for state in states
        if any(map(bad, running(world, state))) and (room := machine.conference(state)) is not None
    )
    relevant = False
    broken: list[Found] = []
    for state, call in states.items():
        if chosen.isdisjoint(machine.sounds(state)):
            continue
        relevant = True
        own = any(map(bad, running(world, state)))
        if own or _shared(machine, state, rooms):
            broken.append(Found("broken", "a recording of that kind may run", call, not own))
    return _worst(broken, relevant)


def _shared(machine: Any, state: Any, rooms: frozenset[str]) -> bool:
    room = machine.conference(state)
    own = room is not None and machine.folder.for_one(room)
    others = (other for other in rooms if not (own and other == room))
    return room is not None and any(referee.may_be_one_room(room, other) for other in others)


def _worst(broken: list[Found], relevant: bool) -> Found:
    if broken:
        met = min((found.length for found in broken if found.other), default=None)
        return replace(min(broken, key=lambda found: (found.other, found.length)), met=met)
    return Found("holds" if relevant else "empty")


def _opted_out(world: Explored, name: str, handlers: dict[str, str]) -> Found:
    machine = referee.machine_of(world.folder, world.phases, frozenset())
    marks = {
        place
        for place, keys in world.source_map["places"].items()
        if any(handlers[key] in (f"pie {name}", f"manage {name}") for key in keys)
    }
    rooms = referee.recorded_rooms(machine, world.states(), referee.Guarantee("", "never"))

    def follow(at: tuple[Any, bool]) -> Iterator[tuple[str, tuple[Any, bool]]]:
        for event, after in machine.events(at[0]):
            yield event, (after, at[1] or not marks.isdisjoint(machine.sounds(after)))

    starts = (((state, not marks.isdisjoint(machine.sounds(state))), call) for state, call in begun(machine))
    relevant = False
    broken: list[Found] = []
    for (state, out), call in nearest(starts, follow).items():
        sounds = machine.sounds(state)
        if out and sounds:
            relevant = True
            may = machine.recorded(state)[0]
            if may or _shared(machine, state, rooms):
                broken.append(Found("broken", f"{sounds[0]} is recorded", call, not may))
    return _worst(broken, relevant)
