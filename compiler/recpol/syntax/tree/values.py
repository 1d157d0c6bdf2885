"""Words, values and selectors: the small nodes that all others are made of."""

from __future__ import annotations

from recpol.base.placeholder import TextPiece
from recpol.base.record import Record, field
from recpol.base.source import Span


class Word(Record):
    """A name, a keyword used as a name, a locale or an enumeration value, as it was written."""

    text: str
    span: Span = field(compare=False, repr=False)


class Tag(Record):
    """`@name`; `name` is without the `@`."""

    name: str
    span: Span = field(compare=False, repr=False)


class BadEscape(Record):
    """A backslash sequence that means nothing; `text` is what was written."""

    text: str
    span: Span = field(compare=False, repr=False)


class Text(Record):
    """A string: its value after escapes, its constant parts and placeholders, and the escapes that mean nothing.

    `offsets` maps each character of `value` to where it was written, or is empty where the two run in step.
    """

    value: str
    pieces: tuple[TextPiece, ...]
    span: Span = field(compare=False, repr=False)
    bad_escapes: tuple[BadEscape, ...] = field(default=(), repr=False)
    offsets: tuple[int, ...] = field(default=(), compare=False, repr=False)

    @property
    def plain(self) -> str | None:
        """What it says where all of that is written; None where placeholders are in it."""
        pieces = self.pieces
        if len(pieces) == 1 and isinstance(pieces[0], str):
            return pieces[0]
        return None if pieces else ""

    def part(self, start: int, end: int) -> Span:
        """The source span of the characters `start` up to `end` of `value`."""
        if self.offsets:
            return self.span.source.span(self.offsets[start], self.offsets[end])
        return self.span.source.span(self.span.start + 1 + start, self.span.start + 1 + end)


class Phone(Record):
    """A bare telephone number with its `+`."""

    text: str
    span: Span = field(compare=False, repr=False)


class Number(Record):
    """A bare whole number; `text` keeps leading zeros."""

    text: str
    span: Span = field(compare=False, repr=False)

    @property
    def value(self) -> int:
        """Its value; more than 18 digits count as the largest 18-digit number, which every limit refuses."""
        return int(self.text) if len(self.text) <= 18 else 10**18 - 1


_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


class Duration(Record):
    """A number with a unit."""

    number: Number
    unit: str
    span: Span = field(compare=False, repr=False)

    @property
    def milliseconds(self) -> int | None:
        """The duration in milliseconds; None where the unit is not `ms`, `s`, `m` or `h`."""
        factor = _MILLISECONDS.get(self.unit)
        return None if factor is None else self.number.value * factor


Bare = Word | Tag | Phone | Number
"""What is written without quotes, and holds no string."""
Value = Text | Word | Phone | Number | Duration
Locale = Word | Text
"""A locale as it stands there, or a string that is filled in."""


class Broken(Record):
    """A stretch of text that could not be read as the construct that belongs there."""

    span: Span = field(compare=False, repr=False)


# ── who is meant, and why ────────────────────────────────────────────────────────────────────────────────────────


class Selector(Record):
    """`all`, or labels and tags; an empty `items` is `all`."""

    items: tuple[Word | Tag, ...]
    span: Span = field(compare=False, repr=False)

    @property
    def everything(self) -> bool:
        """Whether it is `all`."""
        return not self.items


class Selection(Record):
    """`SELECTOR [except SELECTOR]`."""

    include: Selector
    exclude: Selector | None
    span: Span = field(compare=False, repr=False)


class Because(Record):
    """`because STRING`."""

    reason: Text
    span: Span = field(compare=False, repr=False)
