"""A parsed text to what its author wrote besides the tree: the tokens' words, comments, line breaks and blank lines.

Invariant: a gap between two tokens is known by the number of the token before it, -1 at the start of the file; every
comment is in exactly one gap.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from recpol.base.record import Record
from recpol.base.source import Source
from recpol.syntax.parser import Parsed

_ALLOW = re.compile(r"#\s*allow\b")


class Comment(Record):
    """A comment without the blanks after it.

    `ends` is true for one that shares its line with the token before it; `under` for one alone on its line that goes on
    with the comment at the end of the line above, because it begins in the same column; `apart` for one with a blank
    line before it.
    """

    text: str
    ends: bool
    under: bool
    apart: bool

    @property
    def allows(self) -> bool:
        """Whether it may be a suppression."""
        return _ALLOW.match(self.text) is not None


class WrittenText(Record):
    """A text as its author wrote it: its tokens, and by gap the comments and whether a blank line ends the gap.

    `lines` has the line of every token. `targets` has, for every comment that may be a suppression, the first and last
    token of the line that it speaks for, or None where that line has no token.
    """

    tokens: tuple[str, ...]
    lines: tuple[int, ...]
    comments: Mapping[int, tuple[Comment, ...]]
    apart: frozenset[int]
    targets: tuple[tuple[int, int] | None, ...]

    def is_separated(self, gap: int) -> bool:
        """Whether the author has a blank line somewhere in a gap."""
        return gap in self.apart or any(comment.apart for comment in self.comments.get(gap, ()))

    def breaks(self, gap: int) -> bool:
        """Whether the author broke the line in a gap between two tokens."""
        return self.lines[gap] != self.lines[gap + 1]


def written_of(source: Source, parsed: Parsed) -> WrittenText:
    """What the author of a text wrote besides its tree."""
    tokens = parsed.tokens[:-1]
    starts = [start for _, start, _ in tokens]
    lines = [source.position(start).line for start in starts]
    found: dict[int, list[Comment]] = {}
    below: dict[int, int] = {}
    targets: list[tuple[int, int] | None] = []
    column = 0
    for span in parsed.comments:
        gap = bisect_left(starts, span.start) - 1
        before = found.setdefault(gap, [])
        above = below.get(gap, lines[gap] if gap >= 0 else 0)
        here = span.begin
        ends = gap >= 0 and lines[gap] == here.line
        goes_on = bool(before) and (before[-1].ends or before[-1].under)
        under = goes_on and here.line == above + 1 and here.column == column
        before.append(Comment(span.text.rstrip(), ends, under, here.line > above + 1))
        below[gap], column = here.line, here.column
        if before[-1].allows:
            spoken = here.line + (not ends)
            first, after = bisect_left(lines, spoken), bisect_right(lines, spoken)
            targets.append((first, after - 1) if after > first else None)
    apart = {n - 1 for n, line in enumerate(lines) if line > below.get(n - 1, lines[n - 1] if n else line) + 1}
    return WrittenText(
        tuple(source.text[start:end] for _, start, end in tokens),
        tuple(lines),
        {gap: tuple(comments) for gap, comments in found.items()},
        frozenset(apart),
        tuple(targets),
    )
