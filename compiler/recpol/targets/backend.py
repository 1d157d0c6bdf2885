"""What recpol needs to compile to a target: its lowering, the judge of what it writes, and what is its own.

Each difference has a name, and a sentence that says what is different and who says so. Where the target has nothing for
a word of the policy, so that the word does nothing there, the difference is `lost`.

Invariant: what a target cannot say at all is a rule's finding and not a difference; a difference is named only of
policies in which it can be noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from recpol.analysis.program import Program
from recpol.base.record import Record, field
from recpol.interpreters.judge import Judge
from recpol.targets.reply import Json, Place, Reply

Lowering = Callable[[Program], tuple[Reply, ...]]
"""A program that the rules accept to all its documents, in the order in which they are written."""

Placing = Callable[[Program], Iterator[Place]]
"""A program that the rules accept to where in its documents each of its steps is that can be heard."""

RecordingForm = Callable[[Program, str], Json]
"""A program and the name of a store to what a document says where a recording into that store starts."""

Applies = Callable[[Program], bool]
"""Whether a difference can be noticed in a policy."""


class TargetDifference(Record):
    """One thing that is a target's own, by name; `lost` is true where a word of the policy does nothing there."""

    name: str
    sentence: str
    lost: bool = False


class SpareReplies(Record):
    """Replies that stand in for others: `refused` ends a call that nobody answered yet, `ended` one that goes on, and
    `unchanged` lets one go on as it is."""

    refused: Json = field(repr=False)
    ended: Json = field(repr=False)
    unchanged: Json = field(repr=False)


class Backend(Record):
    """How a target is written and judged, what is where in it, and what is its own, in the order of a call."""

    lower: Lowering = field(repr=False)
    places: Placing = field(repr=False)
    judge: Judge = field(repr=False)
    spare: SpareReplies = field(repr=False)
    recording: RecordingForm = field(repr=False)
    own: tuple[tuple[TargetDifference, Applies], ...] = field(default=(), repr=False)

    def differences(self, program: Program) -> tuple[TargetDifference, ...]:
        """What is the target's own in a program that compiles to it."""
        return tuple(difference for difference, applies in self.own if applies(program))
