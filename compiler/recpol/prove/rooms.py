"""Conferences that more than one caller comes into: which connects lead into one room, and who records it.

A conference recording holds the whole room, and a call recording of a participant holds the mix that the conference
sends to that participant (Recording page).

Invariant: two rooms are one, or are two, only where their names say so, whatever the call brings and however the
platform treats letter case, of which no document speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, takewhile

from recpol.analysis.program import Program
from recpol.analysis.rooms import RecordedRoom, RoomName
from recpol.analysis.steps import Step
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.prove.stops import doubtful_stops, unread
from recpol.prove.verdict import DOUBTS
from recpol.semantics.audio import store_options
from recpol.syntax import tree

_OWN = ("callid",)
"""The fields of a callback that no other call has."""


def room_recorders(program: Program) -> Iterator[RecordedRoom]:
    """The conferences in which something records what is heard in the room: those of the policy that calls can come
    to, and those of the other policies of the run.
    """
    yield from recorded_rooms(program)
    yield from program.elsewhere


def recorded_rooms(program: Program, policy: str = "") -> Iterator[RecordedRoom]:
    """The conferences of a policy that calls can come to and in which something records; `policy` is what it is called
    in the eyes of another one."""
    unstopped = {index: unread(target) for target in program.targets for index in doubtful_stops(program, target)}
    for step in program.steps:
        if step.connects == "conference" and program.is_reachable(step):
            decided = program.decided(step)
            inner = (program.decided(s).call_store for s in program.handler_of(step).steps if s.parent == step.index)
            store = decided.conference_store or decided.call_store or next(filter(None, inner), None)
            doubt = "" if step.handler in program.graph.certain else DOUBTS["menu-errors"]
            if store is None:
                doubt = unstopped.get(step.index, "")
            if store is not None or doubt:
                key, name = program.handler_of(step).key, room_name(program, step)
                whole = decided.conference_store is not None
                options = store_options(program, store) if store is not None else ()
                yield RecordedRoom(name, key, store or "", whole, doubt, step.index, step.body.span, policy, options)


def side_by_side(programs: Sequence[Program]) -> tuple[Program, ...]:
    """Policies of one application, each with the rooms that the others record and that may be its own.

    Rooms with names that are wholly known are found by their names, in any letter case; only those with placeholders
    are compared one by one.
    """
    named: dict[str, list[tuple[int, RecordedRoom]]] = {}
    open_: list[tuple[int, RecordedRoom]] = []
    for number, program in enumerate(programs):
        policy = program.names.policy
        for room in recorded_rooms(program, policy.name.text) if policy is not None and not program.partial else ():
            whole = room.name is not None and len(room.name) == 1 and isinstance(room.name[0], str)
            kept = named.setdefault(alike(str(room.name[0])), []) if whole and room.name is not None else open_
            kept.append((number, room))
    return tuple(_beside(number, program, named, open_) for number, program in enumerate(programs))


def _beside(
    number: int,
    program: Program,
    named: Mapping[str, list[tuple[int, RecordedRoom]]],
    open_: Sequence[tuple[int, RecordedRoom]],
) -> Program:
    found: dict[RecordedRoom, None] = {}
    for step in program.steps:
        if step.connects != "conference":
            continue
        name = room_name(program, step)
        known = name is not None and len(name) == 1 and isinstance(name[0], str)
        near = named.get(alike(str(name[0])), []) if known and name is not None else chain(*named.values())
        for other, room in chain(near, open_):
            if other != number and same_room(name, room.name) is not False:
                found[room] = None
    return replace(program, elsewhere=tuple(found)) if found else program


def same_room(mine: RoomName | None, theirs: RoomName | None) -> bool | None:
    """Whether connects of two callers lead into the same conference; None where no document and no name tells."""
    if mine is None or theirs is None:
        return None
    if [_spelt(part) for part in mine] == [_spelt(part) for part in theirs]:
        later = [part for part in mine if isinstance(part, Placeholder)]
        if _is_own(mine):
            return False  # two calls have two of these
        return None if any(part.scope == "call" for part in later) else True
    if any(
        _is_own(one) and all(isinstance(part, str) for part in other) for one, other in ((mine, theirs), (theirs, mine))
    ):
        return False  # a call's id is no name that somebody chose
    known = isinstance(mine[0], str), isinstance(theirs[0], str)
    if len(mine) == len(theirs) == 1 and all(known):
        return None if alike(_spelt(mine[0])) == alike(_spelt(theirs[0])) else False
    return False if _differ(mine, theirs) or _differ(mine[::-1], theirs[::-1], backwards=True) else None


def alike(name: str) -> str:
    """A name as somebody may read it who looks neither at letter case, nor at blanks, nor at how letters are made."""
    if name.isascii():
        return name.casefold().strip()
    from unicodedata import normalize

    return normalize("NFKC", normalize("NFKC", name).casefold().upper().casefold()).strip()


def why_unsure(mine: RoomName | None, theirs: RoomName | None) -> str:
    """Why nothing tells whether two connects lead into one conference."""
    names = [name for name in (mine, theirs) if name is not None]
    later = [part for name in names for part in name if isinstance(part, Placeholder)]
    if len(names) == 2 and not later:
        return "whether two names that differ in letter case alone are one room is not documented"
    called = any(part.scope == "call" for part in later) or len(names) < 2
    return "which room it is, only the call tells" if called else "which room it is, is known only at deployment"


def room_name(program: Program, step: Step) -> RoomName | None:
    """The name of a conference; None where it is not understood."""
    body = step.body
    if not isinstance(body, tree.Connect) or not isinstance(body.target, tree.Text):
        return None
    parts: list[str | Placeholder] = [""]
    for piece in body.target.pieces:
        if isinstance(piece, BadPlaceholder):
            return None
        value = piece if isinstance(piece, str) else program.variable(piece)
        if value is None and isinstance(piece, Placeholder):
            parts.append(piece)
        elif value is not None and isinstance(parts[-1], str):
            parts[-1] += value
        elif value is not None:
            parts.append(value)
    return tuple(part for part in parts if part != "") or ("",)


def _is_own(name: RoomName) -> bool:
    """Whether a room is named by what no other call has."""
    later = [part for part in name if isinstance(part, Placeholder)]
    return any(part.scope == "call" and part.name in _OWN and not part.filters for part in later)


def _spelt(part: str | Placeholder) -> str:
    return part if isinstance(part, str) else part.text


def _differ(mine: RoomName, theirs: RoomName, *, backwards: bool = False) -> bool:
    """Whether two names begin (or end) with known texts that cannot be the beginning of one name, in any case."""
    one, other = (alike(part) if isinstance(part, str) else "" for part in (mine[0], theirs[0]))
    if backwards:
        one, other = one[::-1], other[::-1]
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return common < min(len(one), len(other))
