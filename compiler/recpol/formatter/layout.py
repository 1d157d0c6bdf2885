"""Shape and comments to layout: what stands in every gap between two tokens.

A pair of braces stays on one line where its author put it there and everything fits into 100 columns; otherwise each of
its items gets a line of its own. An item that is still too long is broken where its shape allows it.

Invariant: a line ends after every comment; no line is broken among the words that a suppression speaks for, and none
goes on before or after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from recpol.base.record import Record, field
from recpol.formatter.shape import Braces, Laid
from recpol.formatter.written import WrittenText

WIDTH = 100
"""Where lines end, in columns, if they can."""

INDENT = 2
"""How far what stands in braces is indented."""

FURTHER = 4
"""How far the rest of a broken item is indented, so that it is not taken for what stands in its braces."""

_TIGHT = frozenset({",", ":"})
"""What stands right after the word before it."""


class Layout(Record):
    """What stands in a gap: `blanks` between two tokens of one line, or a line break and the `indent` of the next line.

    `inside` is the indent of comments in the gap, where it is another one. Blank lines are kept in the gaps `borders`,
    but not at the start of one that is `opening`, nor at the end of one that is `closing`. The gaps `apart` get a blank
    line.
    """

    blanks: list[int]
    indent: dict[int, int] = field(default_factory=dict)
    inside: dict[int, int] = field(default_factory=dict)
    borders: set[int] = field(default_factory=set)
    opening: set[int] = field(default_factory=set)
    closing: set[int] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)


def lay_out(items: Sequence[Laid], written: WrittenText) -> Layout:
    """The layout of a file that has these items."""
    layouter = _Layouter(written)
    layouter.file(items)
    return layouter.layout


class _Layouter:
    """The layout of one file in the making."""

    def __init__(self, written: WrittenText) -> None:
        self.written, self.tokens = written, written.tokens
        self.layout = Layout([0 if token in _TIGHT else 1 for token in [*self.tokens[1:], ""]])
        targets = [target for target in written.targets if target is not None]
        self.joined = {gap for first, last in targets for gap in range(first, last)}
        self.ended = {gap for first, last in targets for gap in (first - 1, last)} | set(written.comments)

    def file(self, items: Sequence[Laid]) -> None:
        layout, end = self.layout, len(self.tokens) - 1
        layout.indent.update({-1: 0, end: 0})
        layout.borders.update({-1, end})
        layout.opening.add(-1)
        tall = False
        for n, item in enumerate(items):
            before, was_tall = item.first - 1, tall
            if n:
                self.end_line(before, 0)
                layout.borders.add(before)
            self.item(item, 0)
            tall = item.block is not None and any(gap in layout.indent for gap in range(item.first, item.last))
            if n and (tall or was_tall) and not self.written.is_separated(before):
                layout.apart.add(before)

    def end_line(self, gap: int, indent: int) -> None:
        if gap not in self.joined:
            self.layout.indent[gap] = indent

    def item(self, item: Laid, column: int) -> None:
        """Lay out an item that begins at a column."""
        block, value = item.block, item.value
        further = column + FURTHER
        if value is not None and value < item.last:
            further = column + self.width(item.first, value) + self.layout.blanks[value]
        header = item.last if block is None else block.open
        breaks = self.ended.intersection(range(item.first, header))
        flat = block is not None and not breaks and self.is_short(block) and self.fits(item, block, column)
        if not flat:
            for tier in item.tiers:
                free = [gap for gap in tier if gap not in self.joined]
                long = self.long_lines(item.first, header, breaks, column, further)
                if any(gap in self.written.comments or any(gap in line for line in long) for gap in free):
                    breaks.update(free)
            self.fill(item, header, breaks, column, further)
        for gap in breaks:
            self.end_line(gap, further)
        if block is not None:
            if not flat:
                self.block(block, column)
            for gap in self.ended.intersection(range(block.close, item.last)):
                self.end_line(gap, further)

    def block(self, block: Braces, column: int) -> None:
        """Break what stands in braces: each item to a line of its own, the closing brace below them."""
        layout = self.layout
        self.align([(item.first, item.value) for item in block.items if item.value is not None], 2)
        self.align([(item.first, item.arrow) for item in block.items if item.arrow is not None], 1)
        for item in block.items:
            self.end_line(item.first - 1, column + INDENT)
            layout.borders.add(item.first - 1)
            self.item(item, column + INDENT)
        last = block.close - 1
        self.end_line(last, column)
        layout.inside[last] = column + INDENT
        layout.borders.add(last)
        layout.opening.add(block.open)
        layout.closing.add(last)

    def align(self, names: Sequence[tuple[int, int]], blanks: int) -> None:
        """Let what follows some names begin in one column, so many blanks after the longest name.

        A name is given by its first token and the gap after it.
        """
        widths = {gap: self.width(first, gap) for first, gap in names if self.ended.isdisjoint(range(first, gap + 1))}
        longest = max(widths.values(), default=0)
        for gap, width in widths.items():
            self.layout.blanks[gap] = longest - width + blanks

    def is_short(self, block: Braces) -> bool:
        """Whether braces may stay on one line: the author has them so, or there is nothing in them."""
        gaps = range(block.open, block.close)
        return self.ended.isdisjoint(gaps) and not (block.items and any(self.written.breaks(gap) for gap in gaps))

    def fits(self, item: Laid, block: Braces, column: int) -> bool:
        """Whether an item in one line is not too long, or is spoken for by a suppression as it is."""
        return column + self.width(item.first, item.last) <= WIDTH or self.joined.issuperset(
            range(block.open, block.close)
        )

    def width(self, first: int, last: int) -> int:
        """How many columns some tokens take on one line."""
        blanks = self.layout.blanks
        return sum(len(token) for token in self.tokens[first : last + 1]) + sum(blanks[first:last])

    def long_lines(self, first: int, last: int, breaks: set[int], column: int, further: int) -> list[range]:
        """The lines that are too long, as ranges of their gaps, of some tokens that are broken in some gaps."""
        long: list[range] = []
        for gap in [*sorted(breaks), last]:
            if column + self.width(first, gap) > WIDTH:
                long.append(range(first, gap))
            first, column = gap + 1, further
        return long

    def fill(self, item: Laid, last: int, breaks: set[int], column: int, further: int) -> None:
        """Break the lines that are still too long as late as the gaps `fills` allow."""
        stops = [*sorted({*breaks, *(gap for gap in item.fills if gap not in self.joined)}), last]
        first, at = item.first, column
        for gap, following in pairwise(stops):
            at += self.width(first, gap) + self.layout.blanks[gap]
            if gap not in breaks and at + self.width(gap + 1, following) > WIDTH:
                breaks.add(gap)
            if gap in breaks:
                at = further
            first = gap + 1
