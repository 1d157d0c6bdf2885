"""Spans in order, so that finding out what is at a place does not take longer where there are many."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

from recpol.base.source import Source, Span


class SortedSpans:
    """Some spans, by their texts: where each starts, how far those up to it reach, and where the first of it and those
    behind it ends."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._by_source: dict[Source, tuple[list[int], list[int], list[int]]] = {}
        by_source: dict[Source, list[tuple[int, int]]] = {}
        for source, start, end in spans:
            by_source.setdefault(source, []).append((start, end))
        for source, places in by_source.items():
            places.sort()
            ends = [end for _, end in places]
            reach = list(accumulate(ends, max))
            first = list(accumulate(reversed(ends), min))[::-1]
            self._by_source[source] = [start for start, _ in places], reach, first

    def touch(self, span: Span) -> bool:
        """Whether one of them has characters of a place, or stands right beside it."""
        starts, reach, _ = self._by_source.get(span.source, _NONE)
        before = bisect_right(starts, span.end)
        return before > 0 and reach[before - 1] >= span.start

    def any_inside(self, span: Span) -> bool:
        """Whether one of them stands within a place."""
        starts, _, first = self._by_source.get(span.source, _NONE)
        at = bisect_left(starts, span.start)
        return at < len(starts) and first[at] <= span.end


_NONE: tuple[list[int], list[int], list[int]] = [], [], []
