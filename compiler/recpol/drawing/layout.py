"""Boxes and the ways between them to places on a plane: columns from left to right, by how far a call has come.

A way that passes a column without stopping there gets a place of its own in it, so that no line runs behind a box.
Source of the method: Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical System Structures
(1981).

Where there are many boxes, each stands as near to the start as it can, and only ways into the next column are lines.

Invariant: no two boxes overlap; a way that is no line is told: as leading back, or as leading elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recpol.base.record import Record

SWEEPS = 4

MANY = 14
"""With more boxes than these, only ways into the next column are drawn."""


class DrawnWay(Record):
    """A way from a box to another; `port` is how far below the top of its box it leaves."""

    origin: int
    target: int
    port: float


class Placed(Record):
    """Where boxes stand (left, top), the points that each way passes, by its number; the ways that lead back, and those
    that lead elsewhere, which are no lines."""

    places: Mapping[int, tuple[float, float]]
    bends: Mapping[int, tuple[tuple[float, float], ...]]
    back: frozenset[int]
    elsewhere: frozenset[int]
    size: tuple[float, float]


class _Slot(Record, frozen=False):
    """A box, or a way's place in a column that it passes."""

    box: int
    way: int
    height: float
    top: float = 0.0


def layout(
    heights: Mapping[int, float], ways: Sequence[DrawnWay], *, wide: float, between: float, apart: float
) -> Placed:
    """Places for boxes of one width, in the order of `heights`; `between` columns, and `apart` from each other."""
    back = _backwards(list(heights), ways)
    forward = [number for number in range(len(ways)) if number not in back]
    if len(heights) > MANY:
        column = _nearest(list(heights), ways)
        forward = [number for number in forward if column[ways[number].target] == column[ways[number].origin] + 1]
    else:
        column = _columns(list(heights), [ways[number] for number in forward])
    columns: list[list[_Slot]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    own: dict[int, _Slot] = {}
    passes: dict[int, list[_Slot]] = {number: [] for number in forward}
    for name, height in heights.items():
        own[name] = _Slot(name, -1, height)
        columns[column[name]].append(own[name])
    for number in forward:
        way = ways[number]
        for at in range(column[way.origin] + 1, column[way.target]):
            slot = _Slot(-1, number, 10)
            passes[number].append(slot)
            columns[at].append(slot)
    for slots in columns:
        _stack(slots, apart)
    for _ in range(SWEEPS):
        for slots in columns[1:]:
            pull = {id(slot): _pull(slot, ways, forward, own, passes) for slot in slots}
            slots.sort(key=lambda slot: (pull[id(slot)], slot.box))
            _stack(slots, apart)
            _settle(slots, pull, apart)
    places = {
        slot.box: (at * (wide + between), slot.top)
        for at, slots in enumerate(columns)
        for slot in slots
        if slot.way < 0
    }
    bends = {}
    for number in forward:
        start = column[ways[number].origin] + 1
        bends[number] = tuple(
            ((start + n) * (wide + between), slot.top + slot.height / 2) for n, slot in enumerate(passes[number])
        )
    deep = max((slot.top + slot.height for slots in columns for slot in slots), default=0.0)
    elsewhere = frozenset(range(len(ways))) - back - frozenset(forward)
    return Placed(places, bends, back, elsewhere, (max(0.0, len(columns) * (wide + between) - between), deep))


def _backwards(names: Sequence[int], ways: Sequence[DrawnWay]) -> frozenset[int]:
    """The ways that close a circle, as somebody who follows all ways in order finds them."""
    leaving: dict[int, list[int]] = {name: [] for name in names}
    for number, way in enumerate(ways):
        leaving[way.origin].append(number)
    back: set[int] = set()
    state: dict[int, int] = {}
    for name in names:
        stack = [] if name in state else [(name, iter(leaving[name]))]
        state.setdefault(name, 1)
        while stack:
            at, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[at] = 2
                stack.pop()
                continue
            target = ways[following].target
            if state.get(target) == 1:
                back.add(following)
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(leaving[target])))
    return frozenset(back)


def _columns(names: Sequence[int], ways: Sequence[DrawnWay]) -> dict[int, int]:
    """How many ways lead to each box at most: ways without circles."""
    column = dict.fromkeys(names, 0)
    waiting = dict.fromkeys(names, 0)
    leaving: dict[int, list[int]] = {name: [] for name in names}
    for way in ways:
        waiting[way.target] += 1
        leaving[way.origin].append(way.target)
    ready = [name for name in names if not waiting[name]]
    for name in ready:
        for target in leaving[name]:
            column[target] = max(column[target], column[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return column


def _nearest(names: Sequence[int], ways: Sequence[DrawnWay]) -> dict[int, int]:
    """How many ways lead to each box at least; one to which none leads from the first stands in the first column."""
    leaving: dict[int, list[int]] = {name: [] for name in names}
    for way in ways:
        leaving[way.origin].append(way.target)
    column: dict[int, int] = {}
    for start in names:
        ready = [] if start in column else [start]
        column.setdefault(start, 0)
        for name in ready:
            for target in leaving[name]:
                if target not in column:
                    column[target] = column[name] + 1
                    ready.append(target)
    return column


def _stack(slots: Sequence[_Slot], apart: float) -> None:
    top = 0.0
    for slot in slots:
        slot.top = top
        top += slot.height + apart


def _pull(
    slot: _Slot,
    ways: Sequence[DrawnWay],
    forward: Sequence[int],
    own: Mapping[int, _Slot],
    passes: Mapping[int, list[_Slot]],
) -> float:
    """Where the ways that come into a slot leave the column before it, on the average."""
    found = []
    for number in forward if slot.way < 0 else (slot.way,):
        way, through = ways[number], passes[number]
        if slot.way < 0 and way.target != slot.box:
            continue
        before = through[: through.index(slot)] if slot.way >= 0 else through
        found.append(before[-1].top + 5 if before else own[way.origin].top + way.port)
    return sum(found) / len(found) if found else 0.0


def _settle(slots: Sequence[_Slot], pull: Mapping[int, float], apart: float) -> None:
    """Lower slots to where their ways come from, as far as there is room: never above the one before."""
    least = 0.0
    for slot in slots:
        slot.top = max(least, pull[id(slot)] - min(slot.height / 2, 24))
        least = slot.top + slot.height + apart
