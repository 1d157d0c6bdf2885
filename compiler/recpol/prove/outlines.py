"""The moves of a walk to what every announcement asks of them, worked out once for all announcements.

Invariant: an outline leaves out only steps that nothing begins with, that answer nothing, and that are not selected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.prove.walk import Move, Walk
from recpol.syntax import tree


class Outline(Record):
    """The steps of a move in the order in which they run, and the numbers of the pieces that each brings.

    `at` are the positions of a step among `steps`, by its index; `counts` those at which a call is answered, a recorder
    starts, or a conference is come into, whatever the announcement is.
    """

    steps: tuple[Step, ...]
    pieces: dict[int, tuple[int, ...]]
    at: dict[int, tuple[int, ...]]
    counts: tuple[int, ...]

    def with_those(self, selected: Collection[int]) -> Iterator[Step]:
        """The steps that count and those selected, in order."""
        few, many = (selected, self.at) if len(selected) < len(self.at) else (self.at, selected)
        chosen = (position for index in few if index in many for position in self.at[index])
        return (self.steps[position] for position in sorted({*self.counts, *chosen}))


class Outlines:
    """The outlines of a walk's moves, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[int, Outline] = {}

    def of(self, move: Move) -> Outline:
        """The outline of one of the moves, which live as long as their walk."""
        found = self._made.get(id(move))
        if found is None:
            found = self._made[id(move)] = _outline(move)
        return found


@lru_cache(maxsize=2)  # guarantees ask for the same walk one after the other
def outlines(walk: Walk) -> Outlines:
    """The outlines of a walk's moves; the walk is kept as long as they are."""
    return Outlines()


def _outline(move: Move) -> Outline:
    pieces: dict[int, list[int]] = {}
    at: dict[int, list[int]] = {}
    for number, piece in enumerate(move.pieces):
        pieces.setdefault(piece.step.index, []).append(number)
    steps = move.replied.steps if move.replied is not None else tuple(piece.step for piece in move.pieces)
    for position, step in enumerate(steps):
        at.setdefault(step.index, []).append(position)
    begun = {move.pieces[number].step.index for number in move.starts}
    counts = (
        position
        for position, step in enumerate(steps)
        if step.index in begun or step.connects == "conference" or isinstance(step.body, tree.Answer)
    )
    return Outline(steps, _fixed(pieces), _fixed(at), tuple(counts))


def _fixed(found: dict[int, list[int]]) -> dict[int, tuple[int, ...]]:
    return {index: tuple(numbers) for index, numbers in found.items()}
