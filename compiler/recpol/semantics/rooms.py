"""Conferences by their names: whether the connects of two callers lead into one room.

Invariant: two rooms are one, or are two, only where their names say so, whatever the call brings and however the
platform treats letter case, of which no document speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile

from recpol.analysis.program import Program
from recpol.analysis.rooms import RoomName
from recpol.analysis.steps import Handler, Step
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import replace
from recpol.syntax import tree

_OWN = ("callid", "callId")
"""The fields of a callback that no other call has."""


def same_room(mine: RoomName | None, theirs: RoomName | None) -> bool | None:
    """Whether connects of two callers lead into the same conference; None where no document and no name tells."""
    if mine is None or theirs is None:
        return None
    if [_spelt(part) for part in mine] == [_spelt(part) for part in theirs]:
        later = [part for part in mine if isinstance(part, Placeholder)]
        if is_own(mine) or (is_begun_for(mine) and is_begun_for(theirs)):
            return False  # two calls have two of these
        return None if any(part.scope == "call" for part in later) else True
    if any(
        is_own(one) and all(isinstance(part, str) for part in other) for one, other in ((mine, theirs), (theirs, mine))
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
    if any(part.scope == "start" for part in later):
        return "which room it is, is known only when the backend begins the call"
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
            parts.append(replace(piece, unique=piece.scope == "start" and piece.name in program.names.unique))
        elif value is not None and isinstance(parts[-1], str):
            parts[-1] += value
        elif value is not None:
            parts.append(value)
    return tuple(part for part in parts if part != "") or ("",)


def rooms_of(program: Program, step: Step) -> tuple[Step, ...]:
    """The connects of the conferences that a step can be heard in: its own, that around a phase, and those in which a
    call stays through a request, while what it plays is heard and after it.
    """
    return tuple(connect for connect in connects_of(program, step) if connect.connects == "conference")


def connects_of(program: Program, step: Step) -> tuple[Step, ...]:
    """The connects that can have begun the talk in which a step is heard, itself among them; none where what it plays
    is a reply's, or parks the call.
    """
    if isinstance(step.body, tree.Continue):
        return program.graph.before.get(step.index, ())
    if step.parent is not None or step.connects is not None:
        return (step if step.parent is None else program.steps[step.parent],)
    handler = program.handler_of(step)
    if not handler.in_talk or isinstance(step.body, tree.Park):
        return ()
    return asked_in(program, handler)


def asked_in(program: Program, handler: Handler) -> tuple[Step, ...]:
    """The connects that can have begun the talk in which a request is sent."""
    return _asked_in(program).get(handler.index, ())


@lru_cache(maxsize=2)  # guarantees ask for those of the same program one after the other
def _asked_in(program: Program) -> Mapping[int, tuple[Step, ...]]:
    found: dict[int, dict[int, Step]] = {}
    listed: set[tuple[int, int]] = set()  # talks with the same connects before them share one tuple of the graph
    for index, sent in program.graph.requests.items():
        talk, before = program.steps[index], program.graph.before.get(index, ())
        for number in sent:
            if talk.connects is not None:
                found.setdefault(number, {})[index] = talk
            elif (number, id(before)) not in listed:
                listed.add((number, id(before)))
                found.setdefault(number, {}).update((connect.index, connect) for connect in before)
    return {number: tuple(connects.values()) for number, connects in found.items()}


def is_own(name: RoomName) -> bool:
    """Whether a room is named by what no other call has, so that it belongs to that call."""
    later = [part for part in name if isinstance(part, Placeholder)]
    return any(part.scope == "call" and part.name in _OWN and not part.filters for part in later)


def is_begun_for(name: RoomName) -> bool:
    """Whether a room is named by a value that the backend gives to one call alone, as the policy says. With a second
    value beside it, two calls could come to one name."""
    later = [part for part in name if isinstance(part, Placeholder) and part.scope != "env"]
    return len(later) == 1 and later[0].unique and not later[0].filters


def seen_from_elsewhere(name: RoomName | None) -> RoomName | None:
    """A name as another policy sees it, which has values of its own under the same names."""
    if name is None:
        return None
    return tuple(replace(part, unique=False) if isinstance(part, Placeholder) else part for part in name)


def _spelt(part: str | Placeholder) -> str:
    return part if isinstance(part, str) else part.text


def _differ(mine: RoomName, theirs: RoomName, *, backwards: bool = False) -> bool:
    """Whether two names begin (or end) with known texts that cannot be the beginning of one name, in any case."""
    one, other = (alike(part) if isinstance(part, str) else "" for part in (mine[0], theirs[0]))
    if backwards:
        one, other = one[::-1], other[::-1]
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return common < min(len(one), len(other))
