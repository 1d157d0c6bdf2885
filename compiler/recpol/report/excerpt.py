"""One line of a source, as much of it as fits, with rows of underlines and their texts below it.

Invariant: columns count cells of a terminal, not characters, so that an underline stands below what it means; the work
depends on what is shown, not on how long the line is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from recpol.base.record import Record, replace
from recpol.report.hidden import DOTS, Range, shown

LIMIT = 100
"""How many cells of a line are shown."""

LEAD = 24
"""How many cells are shown before the first mark of a line that is cut."""

TAB = " " * 4
MORE = "…"


class Mark(Record):
    """An underline: characters `start` up to `end` of a line, made of `sign`, with a text beside or below it.

    `open` says that what it means goes on below the line.
    """

    start: int
    end: int
    sign: str
    text: str = ""
    open: bool = False


def excerpt(line: str, marks: Sequence[Mark], hidden: Sequence[Range] = ()) -> Iterator[tuple[str, list[str]]]:
    """A line to what is shown of it and the rows below; more than once where marks are too far apart.

    `hidden` are the ranges of the line that are replaced by dots, in order.
    """
    size = len(line)
    fitted = [replace(m, start=min(m.start, size), end=min(max(m.end, m.start + 1), size + 1)) for m in marks]
    short = size - sum(end - start - len(DOTS) for start, end in hidden) <= LIMIT
    for group in _groups(sorted(fitted, key=lambda mark: (mark.start, mark.sign)), short):
        yield _Shown(line, group, hidden, short).rows()


def _groups(marks: list[Mark], short: bool) -> list[list[Mark]]:
    """Marks in order to those that are shown together: in a short line, all."""
    if short:
        return [marks]
    groups: list[list[Mark]] = []
    for mark in marks:
        if groups and mark.end - groups[-1][0].start <= LIMIT - LEAD:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


class _Shown:
    """The part of a line around some marks, cell by cell."""

    def __init__(self, line: str, marks: list[Mark], hidden: Sequence[Range], short: bool) -> None:
        self.line, self.marks, self.hidden = line, marks, hidden
        self.start, self.end = self._window(short)
        self.cells: list[str] = [MORE] if self.start else []
        self.at = [len(self.cells)]
        width = len(self.cells)
        for n, (text, cells) in self._cells(self.start, self.end):
            self.at += [width] * (n - self.start + 1 - len(self.at))  # what is hidden before, but for its dots
            self.cells.append(text)
            width += cells
            self.at.append(width)
        self.at += [width] * (self.end - self.start + 1 - len(self.at))
        if self.end < len(line):
            self.cells.append(MORE)

    def rows(self) -> tuple[str, list[str]]:
        """What is shown of the line, and the rows below."""
        return "".join(self.cells).rstrip(), [row.rstrip() for row in self._underlines()]

    def _window(self, short: bool) -> Range:
        line, first = self.line, min(self.marks[0].start, len(self.line))
        if short and sum(cells for _, (_, cells) in self._cells(0, len(line))) <= LIMIT:
            return 0, len(line)
        start = self._back(first, LEAD)
        end, room = start, LIMIT
        while end < len(line) and (cells := self._cell(end, start)[1]) <= room:
            end, room = end + 1, room - cells
        return (self._back(start, room) if end == len(line) else start), end

    def _back(self, at: int, room: int) -> int:
        """The start of what fits into `room` cells before `at`."""
        while at > 0 and (cells := self._cell(at - 1, 0)[1]) <= room:
            at, room = at - 1, room - cells
        return at

    def _cells(self, start: int, end: int) -> Iterator[tuple[int, tuple[str, int]]]:
        """The characters of a part of the line of which something is shown, each with that."""
        n = start
        while n < end:
            yield n, self._cell(n, start)
            part = self._hidden(n)
            n = n + 1 if part is None else part[1]

    def _hidden(self, n: int) -> Range | None:
        """The part that is hidden in which a character stands."""
        at = bisect_right(self.hidden, n, key=lambda part: part[0]) - 1
        return self.hidden[at] if at >= 0 and n < self.hidden[at][1] else None

    def _cell(self, n: int, first: int) -> tuple[str, int]:
        """What is shown for the character `n` where the line is shown from `first` on, and its cells."""
        part = self._hidden(n)
        if part is not None:
            return (DOTS, len(DOTS)) if n == max(part[0], first) else ("", 0)
        char = self.line[n]
        return (TAB, len(TAB)) if char == "\t" else shown(char)

    def _column(self, n: int) -> int:
        """The cell of character `n`; for characters that are cut off, the nearest one shown."""
        n = min(max(n, self.start), self.end + 1)
        return self.at[n - self.start] if n <= self.end else self.at[-1] + 1

    def _underlines(self) -> Iterator[str]:
        columns = [(self._column(m.start), max(self._column(m.end), self._column(m.start) + 1)) for m in self.marks]
        row = [" "] * max(end for _, end in columns)
        for sign in "-^":
            for mark, (start, end) in zip(self.marks, columns, strict=True):
                if mark.sign == sign:
                    row[start:end] = sign * (end - start)
        last = len(row)
        if any(mark.open and end == last for mark, (_, end) in zip(self.marks, columns, strict=True)):
            row.append(MORE)
        said = [(start, end, mark.text) for mark, (start, end) in zip(self.marks, columns, strict=True) if mark.text]
        beside = said.pop() if said and said[-1][1] == last else None
        yield "".join(row) + (f" {beside[2]}" if beside else "")
        while said:
            start, _, text = said.pop()
            bars = [" "] * start
            for other, _, _ in said:
                if other < start:
                    bars[other] = "|"
            yield "".join(bars) + text
