"""How often a text is looked at while its fixes are tried, and which fixes a failed trial speaks against.

Invariant: trials are counted by the text and never by a clock, so that the same input gives the same answer everywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from recpol.base.finding import Edit, Finding
from recpol.fixes.version import Applied, Version

MOST = 64
"""How often a text is looked at, at most, to try its fixes."""

FEWEST = 8
"""How often a long text is."""

_CHARACTERS = 500_000
"""A text of more characters than this for each trial is tried less often."""

CROWD, CROWDED = 1_000, 2
"""A text with more findings than the first is looked at as often as the second says: nobody reads them one by one."""


class Budget:
    """How many more times a text may be looked at."""

    def __init__(self, text: str, findings: int = 0) -> None:
        self.left = max(FEWEST, min(MOST, _CHARACTERS // (len(text) + 1))) if findings <= CROWD else CROWDED

    def take(self, spared: int = 0) -> bool:
        """One more trial, unless only those that are spared for later are left."""
        if self.left <= spared:
            return False
        self.left -= 1
        return True


def blamed(base: Version, after: Version, group: Sequence[Applied], edits: Sequence[Edit]) -> set[int]:
    """The fixes (by `id`) that seem to be why a group failed together.

    A fix is one of them if its finding is still in its place, or if a new error or warning is nearer to it than to the
    others. `edits` are those that made `after` of `base`.
    """
    order = sorted(edits, key=lambda edit: edit.span.start)
    ends = [edit.span.end for edit in order]
    grown = [0, *accumulate(len(edit.text) - (edit.span.end - edit.span.start) for edit in order)]

    def moved(at: int) -> int:
        return at + grown[bisect_right(ends, at)]

    def places(version: Version) -> Iterable[Finding]:
        return (f for f in version.findings if f.level != "info" and f.span.source is version.source)

    was = {(found.rule, found.message, moved(found.span.start)) for found in places(base)}
    now = {(found.rule, found.message, found.span.start) for found in places(after)}
    found = {
        id(one.fix) for one in group if (one.finding.rule, one.finding.message, moved(one.finding.span.start)) in now
    }
    at = sorted((moved(edit.span.start), id(one.fix)) for one in group for edit in one.fix.edits)
    starts = [start for start, _ in at]
    for _, _, start in now - was:
        after_it = bisect_right(starts, start)
        near = at[max(0, after_it - 1) : after_it + 1]
        if near:
            found.add(min(near, key=lambda one: abs(one[0] - start))[1])
    return found
