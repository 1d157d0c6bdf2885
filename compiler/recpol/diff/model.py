"""What differs between two versions of a policy, as data.

Invariant: differences stand in one order: what is recorded, who was told, ways, words, guarantees, the rest; within
each by the length of the call that shows it.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.record import Record, field
from recpol.base.typing import Literal
from recpol.calls.trace import Event

DifferenceKind = Literal[
    "more-recorded", "less-recorded", "other-store", "other-file", "way-new", "way-gone", "words", "guarantee-new",
    "guarantee-gone", "guarantee-stronger", "guarantee-weaker", "suppression-new", "suppression-gone",
    "added", "removed", "not-compared", "manner", "stated",
]  # fmt: skip

ORDER: tuple[DifferenceKind, ...] = (
    "not-compared", "removed", "added", "more-recorded", "less-recorded", "other-store", "other-file",
    "guarantee-gone", "guarantee-weaker", "guarantee-new", "guarantee-stronger", "suppression-new", "suppression-gone",
    "way-new", "way-gone", "words", "manner", "stated",
)  # fmt: skip

RECORDING: frozenset[DifferenceKind] = frozenset(
    ("not-compared", "removed", "added", "more-recorded", "less-recorded", "other-store", "other-file")
)
"""Kinds that change what is recorded, or may: `recpol diff` then ends with status 1."""

WEAKER: frozenset[DifferenceKind] = frozenset(("guarantee-gone", "guarantee-weaker", "suppression-new"))


class Difference(Record):
    """One thing that differs: what it is about, how it was and is in words, and the shortest call that shows it.

    `line` is where the thing stands in the new version, or in the old one where it is gone; 0 where it stands nowhere.
    """

    kind: DifferenceKind
    about: str
    before: str = ""
    after: str = ""
    call: tuple[Event, ...] | None = None
    line: int = 0


class Comparison(Record):
    """All differences of one policy; `spent` is true where there were more states than the budget allows."""

    policy: str
    differences: tuple[Difference, ...] = field(repr=False)
    spent: bool = False

    def has(self, kinds: frozenset[DifferenceKind]) -> bool:
        """Whether there is a difference of some kinds, or may be one."""
        return self.spent or any(difference.kind in kinds for difference in self.differences)


class TwoVersions(Record):
    """A policy's comparison with both versions; None for one that is not there."""

    comparison: Comparison
    old: Program | None = field(repr=False)
    new: Program | None = field(repr=False)
