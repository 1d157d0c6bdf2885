"""Some lines of a policy to the one style, the others as they were: what an editor asks of a selection.

Invariant: as for a whole text, tokens, comments and what suppressions speak for stay; else nothing comes out.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from recpol.base.source import Source
from recpol.formatter import Malformed, Refused, format_source
from recpol.formatter.same import damage
from recpol.formatter.written import written_of
from recpol.syntax.builders import read
from recpol.syntax.parser import Parsed


def format_lines(source: Source, first: int, last: int) -> str | Malformed | Refused:
    """A policy to its text in which the lines `first` to `last` (from 1) are in the one style; or why not.

    Lines that the style joins or splits are taken together; the blank lines above some go with them.
    """
    made = format_source(source)
    if not isinstance(made, str):
        return made
    file, parsed = read(source)
    old = _line_starts(source.text, parsed)
    new = _line_starts(made, read(Source(source.path, made))[1])
    pieces: list[str] = []
    for before, after in pairwise(sorted(old.keys() & new.keys())):
        begin, end = old[before], old[after]
        chosen = source.position(begin).line <= last and source.position(max(begin, end - 1)).line >= first
        pieces.append(made[new[before] : new[after]] if chosen else source.text[begin:end])
    text = "".join(pieces)
    harm = damage(file, written_of(source, parsed), Source(source.path, text))
    return Refused(harm) if harm else text


def _line_starts(text: str, parsed: Parsed) -> dict[int, int]:
    """By the number of tokens and comments before it, the first character of a line; and the end of the text."""
    spans = [(start, end) for _, start, end in parsed.tokens if end > start]
    spans = sorted([*spans, *((comment.start, comment.end) for comment in parsed.comments)])
    starts = [start for start, _ in spans]
    found = {0: 0}
    at = text.find("\n") + 1
    while at:
        count = bisect_left(starts, at)
        if count and spans[count - 1][1] <= at:
            found.setdefault(count, at)
        at = text.find("\n", at) + 1
    return {**found, len(spans): len(text)} if spans else {0: 0}
