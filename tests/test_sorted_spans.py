"""Spans in order: the same answers as when all are looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recpol.base.source import Source, Span
from recpol.fixes.spans import SortedSpans

ONE, OTHER = Source("one", "x" * 20), Source("other", "x" * 20)
SPANS = st.builds(
    lambda source, start, size: source.span(start, start + size),
    st.sampled_from([ONE, OTHER]),
    st.integers(0, 12),
    st.integers(0, 5),
)


@given(st.lists(SPANS, max_size=8), SPANS)
def test_what_is_at_a_place_is_found(spans: list[Span], place: Span) -> None:
    known = SortedSpans(spans)
    same = [span for span in spans if span.source is place.source]
    assert known.touch(place) == any(one.start <= place.end and place.start <= one.end for one in same)
    assert known.any_inside(place) == any(place.start <= one.start and one.end <= place.end for one in same)
