"""Conferences that more than one caller comes into: which connects lead into one room, and who records it.

A conference recording holds the whole room, and a call recording of a participant holds the mix that the conference
sends to that participant (Recording page).

Invariant: two rooms are one, or are two, only where their names say so, whatever the call brings and however the
platform treats letter case, of which no document speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain

from recpol.analysis.program import Program
from recpol.analysis.rooms import RecordedRoom, RoomName
from recpol.analysis.steps import Step
from recpol.base.record import replace
from recpol.prove.stops import doubtful_stops, unread
from recpol.prove.verdict import DOUBTS
from recpol.semantics.audio import store_options
from recpol.semantics.rooms import alike, room_name, rooms_of, same_room, seen_from_elsewhere
from recpol.syntax import tree


class Rooms:
    """Conferences that are recorded, in order, found by their names."""

    def __init__(self, rooms: Iterable[RecordedRoom]) -> None:
        self._all = tuple(rooms)
        self._named: dict[str, list[int]] = {}
        self._open: list[int] = []
        for number, room in enumerate(self._all):
            key = _whole(room.name)
            (self._open if key is None else self._named.setdefault(key, [])).append(number)

    def __len__(self) -> int:
        return len(self._all)

    def near(self, name: RoomName | None) -> Iterator[RecordedRoom]:
        """The rooms that one of this name may be, in order: where both names are wholly known, those alike."""
        key = _whole(name)
        numbers = range(len(self._all)) if key is None else sorted((*self._named.get(key, ()), *self._open))
        return (self._all[number] for number in numbers)


@lru_cache(maxsize=2)  # guarantees ask for those of the same program one after the other
def room_recorders(program: Program) -> Rooms:
    """The conferences in which something records what is heard in the room: those of the policy that calls can come
    to, and those of the other policies of the run.
    """
    return Rooms((*recorded_rooms(program), *program.elsewhere))


def _whole(name: RoomName | None) -> str | None:
    """A name that is wholly known, as somebody may read it; None for others."""
    return alike(name[0]) if name is not None and len(name) == 1 and isinstance(name[0], str) else None


def recorded_rooms(program: Program, policy: str = "") -> Iterator[RecordedRoom]:
    """The conferences of a policy that calls can come to and in which something records; `policy` is what it is called
    in the eyes of another one."""
    if all(step.connects != "conference" for step in program.steps):
        return
    unstopped = {index: unread(target) for target in program.targets for index in doubtful_stops(program, target)}
    for step in program.steps:
        if step.connects == "conference" and program.is_reachable(step):
            decided = program.decided(step)
            inner = [s for s in program.handler_of(step).steps if s.parent == step.index]
            whole = decided.conference_store
            stores = (whole,) if whole is not None else decided.call_stores
            stores = stores or next(filter(None, (program.decided(s).call_stores for s in inner)), ())
            doubt = "" if step.handler in program.graph.certain else DOUBTS["menu-errors"]
            if not stores:
                doubt = unstopped.get(step.index, "")
            key, name = program.handler_of(step).key, room_name(program, step)
            for store in stores or ("",) if stores or doubt else ():
                options = store_options(program, store) if store else ()
                at = (doubt, step.index, step.body.span, policy, options)
                yield RecordedRoom(name, key, store, whole is not None, *at)
        elif step.parent is None and program.is_reachable(step):
            yield from _asked_for(program, step, policy)


def _asked_for(program: Program, step: Step, policy: str) -> Iterator[RecordedRoom]:
    """The rooms in which a participant stays and is recorded from a request on, as far as they are told apart, or
    while something is played by one: of the segments of a request with one store the last, which lasts longest."""
    stores, handler = program.decided(step).call_stores, program.handler_of(step)
    if not stores or not rooms_of(program, step):
        return
    alike = (s for s in reversed(handler.segments) if s.recordable and program.decided(s).call_stores == stores)
    if next((s for s in alike if not isinstance(s.body, tree.Park)), step) is not step:
        return
    doubt = "" if handler.in_talk else DOUBTS["parked-continue"]
    if not isinstance(step.body, tree.Continue):
        doubt = DOUBTS["room-while-told"]
    sure: dict[RoomName | None, bool] = {}
    for room in rooms_of(program, step):
        certain = {handler.index, room.handler} <= program.graph.certain
        sure[room_name(program, room)] = sure.get(room_name(program, room), False) or certain
    for name, certain in sure.items():
        why = doubt or ("" if certain else DOUBTS["menu-errors"])
        for store in stores:
            at = (why, step.index, step.body.span, policy, store_options(program, store), handler.in_talk)
            yield RecordedRoom(name, handler.key, store, False, *at)


def shown_rooms(program: Program) -> tuple[RecordedRoom, ...]:
    """The rooms of a policy that count for the others of its application; none of one that is not understood."""
    policy = program.names.policy
    found = recorded_rooms(program, policy.name.text) if policy is not None and not program.partial else ()
    return tuple(replace(room, name=seen_from_elsewhere(room.name)) for room in found)


def side_by_side(programs: Sequence[Program]) -> tuple[Program, ...]:
    """Policies of one application, each with the rooms that the others record and that may be its own.

    Rooms with names that are wholly known are found by their names, in any letter case; only those with placeholders
    are compared one by one.
    """
    named: dict[str, list[tuple[int, RecordedRoom]]] = {}
    open_: list[tuple[int, RecordedRoom]] = []
    for number, program in enumerate(programs):
        for room in shown_rooms(program):
            key = _whole(room.name)
            (open_ if key is None else named.setdefault(key, [])).append((number, room))
    if not named and not open_:
        return tuple(programs)

    def others(number: int, name: RoomName | None) -> Iterator[RecordedRoom]:
        key = _whole(name)
        near = chain(*named.values()) if key is None else named.get(key, ())
        return (room for other, room in chain(near, open_) if other != number)

    return tuple(beside(program, partial(others, number)) for number, program in enumerate(programs))


def beside(program: Program, near: Callable[[RoomName | None], Iterable[RecordedRoom]]) -> Program:
    """A policy with those rooms of others that may be its own; `near` finds the rooms that may have a name."""
    found = dict.fromkeys(program.elsewhere)
    for name in room_names(program):
        found.update(dict.fromkeys(room for room in near(name) if same_room(name, room.name) is not False))
    return replace(program, elsewhere=tuple(found)) if found else program


def room_names(program: Program) -> Iterator[RoomName | None]:
    """The names of the rooms that a policy connects calls to; None for one that is not understood."""
    return (room_name(program, step) for step in program.steps if step.connects == "conference")
