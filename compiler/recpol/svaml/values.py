"""JSON values to the small nodes of the syntax tree, and objects read property by property.

Invariant: a property that nobody takes, or whose value is of the wrong type, is listed as lost; none disappears.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.placeholder import split
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.syntax import tree

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")


class Unsupported(Record):
    """Something of a document that the tree does not hold: its place, and what it is, as the object of a sentence.

    `odd` is true where the document itself is at fault, so that a rule speaks about it.
    """

    span: Span
    what: str
    odd: bool = False


def known_now(value: JsonNode) -> str | None:
    """A string that holds no placeholder; None for anything else."""
    if isinstance(value, JsonScalar) and value.kind == "string" and "{{" not in value.text and "${" not in value.text:
        return value.text
    return None


def is_name(text: str) -> bool:
    """Whether a text is a name of the language."""
    return _NAME.match(text) is not None


def text_of(value: JsonScalar, start: int = 0, end: int | None = None) -> tree.Text:
    """A string, or the characters `start` up to `end` of it, as a text whose places are in the document."""
    if start == 0 and end is None:
        return tree.Text(value.text, split(value.text), value.span, (), value.offsets)
    end = len(value.text) if end is None else end
    first = value.span.start + 1
    offsets = value.offsets[start : end + 1] or tuple(range(first + start, first + end + 1))
    part = value.text[start:end]
    return tree.Text(part, split(part), span_of(value, start, end), (), offsets)


def span_of(value: JsonScalar, start: int, end: int) -> Span:
    """Where the characters `start` up to `end` of a string stand."""
    if value.offsets:
        return value.span.source.span(value.offsets[start], value.offsets[end])
    first = value.span.start + 1
    return value.span.source.span(first + start, first + end)


def word_of(value: JsonScalar, text: str | None = None) -> tree.Word:
    """A value as a word; `text` is what it means where that is not what is written."""
    return tree.Word(value.text if text is None else text, value.inside)


def locale_of(value: JsonScalar) -> tree.Locale:
    """A value as a locale, which may have placeholders."""
    return text_of(value) if "{{" in value.text else word_of(value)


class FreeNames:
    """Names of which no two are the same: a second `desk` is `desk-2`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """A name like the one that is wanted, which nobody gets after that."""
        name, number = wanted, self._last.get(wanted, 1)
        while name in self._taken:  # all up to the last number that was given are
            number += 1
            name = f"{wanted}-{number}"
        self._taken.add(name)
        self._last[wanted] = number
        return name


class Fields:
    """The properties of one object, taken one after another."""

    def __init__(self, node: Object, lost: list[Unsupported], what: str = "") -> None:
        self.node, self.lost, self.what = node, lost, what
        self.taken = {"name"}

    def take(self, name: str) -> JsonNode | None:
        """The value of a property, whatever it is."""
        self.taken.add(name)
        return self.node.get(name)

    def key(self, name: str) -> JsonScalar:
        """The key of a property that is there."""
        member = self.node.find(name)
        assert member is not None
        return member.key

    def scalar(self, name: str, kind: str) -> JsonScalar | None:
        """A value of that kind; another one is lost."""
        value = self.take(name)
        if value is None or (isinstance(value, JsonScalar) and value.kind == kind):
            return value if isinstance(value, JsonScalar) else None
        self.lost.append(Unsupported(value.span, f"this value of `{name}`", odd=True))
        return None

    def string(self, name: str) -> JsonScalar | None:
        """A string."""
        return self.scalar(name, "string")

    def text(self, name: str) -> tree.Text | None:
        """A string as a text."""
        value = self.string(name)
        return None if value is None else text_of(value)

    def word(self, name: str) -> tree.Word | None:
        """A string as a word."""
        value = self.string(name)
        return None if value is None else word_of(value)

    def locale(self, name: str) -> tree.Locale | None:
        """A string as a locale."""
        value = self.string(name)
        return None if value is None else locale_of(value)

    def switch(self, name: str) -> tree.Word | None:
        """A truth value as `yes` or `no`."""
        value = self.scalar(name, "boolean")
        return None if value is None else word_of(value, "yes" if value.true else "no")

    def number(self, name: str) -> tree.Number | None:
        """A whole number from 0 up."""
        value = self.scalar(name, "number")
        if value is None:
            return None
        if value.integer is None or value.integer < 0:
            self.lost.append(Unsupported(value.span, f"this value of `{name}`", odd=True))
            return None
        return tree.Number(value.text, value.span)

    def duration(self, name: str, unit: str) -> tree.Duration | None:
        """A whole number of seconds (`s`) or milliseconds (`ms`)."""
        count = self.number(name)
        return None if count is None else tree.Duration(count, unit, count.span)

    def objects(self, name: str) -> list[Object]:
        """The objects of a list; what is no object is lost."""
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, Array):
            self.lost.append(Unsupported(value.span, f"this value of `{name}`", odd=True))
            return []
        for item in value.items:
            if not isinstance(item, Object):
                self.lost.append(Unsupported(item.span, f"this part of `{name}`", odd=True))
        return [item for item in value.items if isinstance(item, Object)]

    def object(self, name: str) -> Object | None:
        """An object."""
        value = self.take(name)
        if value is None or isinstance(value, Object):
            return value
        self.lost.append(Unsupported(value.span, f"this value of `{name}`", odd=True))
        return None

    def rest(self) -> tuple[Member, ...]:
        """The properties that nobody took, which are lost; all but the last of equal keys are lost too."""
        left = tuple([m for m in self.node.members if m.key.text not in self.taken])
        double = [m for m in self.node.replaced if m.key.text in self.taken]
        for member in (*left, *double):
            owner = f" of `{self.what}`" if self.what else ""
            self.lost.append(Unsupported(member.key.inside, f"`{member.name}`{owner}"))
        return left
