"""A text in a YAML file to where its characters were written.

Invariant: total; where quotes or escapes hide the place of a character, the whole value is its place.
"""

from __future__ import annotations

from recpol.base.source import Span
from recpol.base.yamltree import YamlScalar
from recpol.calls.scenario import SpanOf


def place_in(scalar: YamlScalar) -> SpanOf:
    """The place of pieces of a value: `place(start, end)` counts characters of `scalar.text`."""
    offsets = _offsets(scalar)
    source, begin = scalar.span.source, scalar.span.start

    def place(start: int, end: int) -> Span:
        if offsets is None or not start < end <= len(offsets):
            return scalar.span
        return source.span(begin + offsets[start], begin + offsets[end - 1] + 1)

    return place


def _offsets(scalar: YamlScalar) -> list[int] | None:
    """From each character of a value to where it is in the written text; None where the two do not run in step.

    YAML folds lines and takes indentation off, so any run of blanks stands for any other.
    """
    raw = scalar.span.text
    at = 0
    if raw[:1] in ("|", ">"):
        at = raw.find("\n") + 1
    elif raw[:1] in ('"', "'"):
        at = 1
    offsets: list[int] = []
    for char in scalar.text:
        if not char.isspace():
            while at < len(raw) and raw[at].isspace():
                at += 1
            if raw[at : at + 1] != char:
                return None
            offsets.append(at)
            at += 1
        else:
            offsets.append(at)
    return offsets
