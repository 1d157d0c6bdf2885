"""What happens when a phase begins and when it ends: the prompts that are heard, and what records them.

Invariant: what is said belongs to the phase; a turn of a phase is a request exactly where something is said or the
recorder changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, takewhile

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, ended, wanted
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.semantics.audio import sounds
from recpol.semantics.conversations import around
from recpol.semantics.recording import HeardSegment, RecorderState
from recpol.syntax import tree

PhaseTurn = Literal["begin", "end"]

TURNS: tuple[PhaseTurn, ...] = ("begin", "end")


class PhaseChange(Record):
    """A turn of a phase: what records before it, the prompts with what records each, and what records after it."""

    before: RecordedStores
    prompts: tuple[tuple[Step, RecordedStores], ...]
    after: RecordedStores

    @property
    def stores(self) -> tuple[RecordedStores, ...]:
        """What records, in order: before it, while each prompt is heard, and after it."""
        return (self.before, *(store for _, store in self.prompts), self.after)

    @property
    def changes(self) -> bool:
        """Whether the recorder changes."""
        return len(set(self.stores)) > 1

    @property
    def is_sent(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.prompts) or self.changes

    @property
    def stopped(self) -> RecordedStores:
        """The stores whose recordings stop first, where any does."""
        return next(filter(None, (ended(one, then) for one, then in pairwise(self.stores))), ())


def change(program: Program, phase: Step, turn: PhaseTurn) -> PhaseChange:
    """What a phase does at a turn."""
    outside, within = around(program, phase), wanted(program.decisions, phase)
    before, after = (outside, within) if turn == "begin" else (within, outside)
    prompts = tuple((step, wanted(program.decisions, step)) for step in prompts_of(program, phase, turn))
    return PhaseChange(before, prompts, after)


def prompts_of(program: Program, phase: Step, turn: PhaseTurn) -> tuple[Step, ...]:
    """The prompts that are heard when a phase begins, or when it ends."""
    assert isinstance(phase.body, tree.Phase)
    parts = [m for m in phase.body.moments if isinstance(m, tree.PhasePrompts) and m.name == turn]
    if not parts:
        return ()
    said = {id(item) for part in parts for item in part.segments}
    after = (program.steps[index] for index in range(phase.index + 1, len(program.steps)))
    return tuple(step for step in takewhile(lambda step: step.phase == phase.index, after) if id(step.node) in said)


def heard_at(
    program: Program, phase: Step, turn: PhaseTurn, state: RecorderState
) -> tuple[tuple[HeardSegment, ...], RecorderState]:
    """What is said at a turn of a phase, and what records then: what runs goes on where the request changes nothing."""
    said, pieces = change(program, phase, turn), list[HeardSegment]()
    store = said.before
    for step, then in said.prompts:
        state, store = state if then == store else state.follow(program, then), then
        pieces.extend(state.hear(step, sound) for sound in sounds(program, program.handler_of(step), step))
    return tuple(pieces), state if said.after == store else state.follow(program, said.after)


def phases(program: Program) -> Iterator[Step]:
    """The phases of a policy, in order."""
    return (step for step in program.steps if isinstance(step.body, tree.Phase))


@lru_cache(maxsize=2)  # guarantees ask for it one after the other
def are_told(program: Program) -> bool:
    """Whether anything is said when some phase begins or ends."""
    return any(step.phase is not None for step in program.steps)
