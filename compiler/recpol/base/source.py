"""Source text and places in it.

A `Source` is one text with the name its reader knows it by; a `Span` is a half-open range of characters of
one source. Lines and columns are computed only when somebody asks, because most spans are never shown.

Invariant: a span's offsets count characters of `Source.text`; lines and columns count from 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from recpol.base.record import Record, field
from recpol.base.typing import NamedTuple

MAX_BYTES = 1024 * 1024
"""The largest file that is read, in bytes. A policy is a page or two; a megabyte is a mistake or an attack."""

BOM = "\ufeff"


class Position(NamedTuple):
    """A place as a person counts it: line and column from 1, the column in characters."""

    line: int
    column: int


class Source(Record, eq=False):
    """One text and the name it is shown under.

    `path` is what messages print (relative, with forward slashes, or `<stdin>`); it is never opened from here.
    """

    path: str
    text: str
    _starts: list[int] = field(default_factory=list, repr=False)

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts.append(0)
            at = self.text.find("\n")
            while at >= 0:
                self._starts.append(at + 1)
                at = self.text.find("\n", at + 1)
        return self._starts

    def position(self, offset: int) -> Position:
        """Line and column (both from 1) of a character offset."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line break; empty past the end."""
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return ""
        return self.text[starts[number - 1] : starts[number - 1] + self.line_size(number)]

    def line_start(self, number: int) -> int:
        """The character at which line `number` (from 1) begins; the end of the text past the last one."""
        starts = self._line_starts()
        return starts[number - 1] if number <= len(starts) else len(self.text)

    def line_size(self, number: int) -> int:
        """How many characters a line has that is there, without its line break."""
        starts = self._line_starts()
        end = starts[number] if number < len(starts) else len(self.text)
        while end > starts[number - 1] and self.text[end - 1] in "\r\n":
            end -= 1
        return end - starts[number - 1]

    def span(self, start: int, end: int) -> Span:
        """The span from `start` up to, not including, `end`."""
        return _made(Span, (self, start, end))

    def whole(self) -> Span:
        """An empty span at the very start, for findings about the file as a whole."""
        return Span(self, 0, 0)


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of `source`."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters of the span."""
        return self.source.text[self.start : self.end]

    @property
    def begin(self) -> Position:
        """Line and column of the first character."""
        return self.source.position(self.start)

    @property
    def finish(self) -> Position:
        """Line and column just after the last character."""
        return self.source.position(self.end)

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`, in the same source."""
        return Span(self.source, self.start, other.end)


_made = tuple.__new__
"""Makes a span without the function that named tuples have for it, in half of the time: each node has one or two."""


class Undecodable(Record):
    """Bytes that are not UTF-8: the offset in bytes of the first wrong one, and its line (from 1)."""

    offset: int
    line: int


class Unreadable(Record):
    """A file that could not be had: why (lower case, no full stop) and what to do about it."""

    reason: str
    help: str = ""


Reader = Callable[[str, str], Source | Unreadable]
"""Gets the file that `use` names: (path as written, path of the using file) to its source. Frontends provide it."""


def decode(path: str, data: bytes) -> Source | Undecodable:
    """Bytes of a file to a `Source`; a leading byte order mark stays in the text, so that spans stay true."""
    try:
        return Source(path, data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        return Undecodable(problem.start, data.count(b"\n", 0, problem.start) + 1)
