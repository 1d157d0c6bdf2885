"""The tree of a JSON text: every key and value with its place, and equal keys kept. `jsonread` makes it.

Invariant: offsets count characters of `Source.text`, a byte order mark included.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.base.typing import Any, Literal

JsonKind = Literal["string", "number", "boolean", "null"]


class JsonScalar(Record):
    """A value without parts. `text` is a string's value after escapes, and of any other kind what is written.

    `offsets` maps each character of `text`, and its end, to where it was written; it is empty where the two run in
    step.
    """

    kind: JsonKind
    text: str
    span: Span = field(repr=False)
    offsets: tuple[int, ...] = field(default=(), repr=False)

    @property
    def inside(self) -> Span:
        """Where the value stands: for a string it is what stands between the quotes."""
        if self.kind != "string":
            return self.span
        if self.offsets:
            return self.span.source.span(self.offsets[0], self.offsets[-1])
        return self.span.source.span(self.span.start + 1, self.span.end - 1)

    @property
    def integer(self) -> int | None:
        """The value of a whole number of at most 18 digits; None for anything else."""
        return int(self.text) if self.kind == "number" and re.fullmatch(r"-?[0-9]{1,18}", self.text) else None

    @property
    def true(self) -> bool:
        """Whether it is `true`."""
        return self.kind == "boolean" and self.text == "true"


class Array(Record):
    """A list and its items."""

    items: tuple[JsonNode, ...]
    span: Span = field(repr=False)


class Member(Record):
    """A key (a string) and its value."""

    key: JsonScalar
    value: JsonNode

    @property
    def name(self) -> str:
        """The key's text."""
        return self.key.text


class Object(Record):
    """Members in the order of the text; equal keys are all kept."""

    members: tuple[Member, ...]
    span: Span = field(repr=False)
    _by_name: dict[str, Member] = field(default_factory=dict, repr=False, compare=False)

    def find(self, name: str) -> Member | None:
        """The member of that name, spelled so; the last of several, as JSON readers take it."""
        return (self._by_name or self._named()).get(name)

    @property
    def replaced(self) -> list[Member]:
        """The members that do not count, for one with the same key comes after them."""
        named = self._by_name or self._named()
        if len(named) == len(self.members):
            return []
        return [member for member in self.members if named[member.key.text] is not member]

    def _named(self) -> dict[str, Member]:
        self._by_name.update([(member.key.text, member) for member in self.members])
        return self._by_name

    def number(self, member: Member) -> int:
        """Which of the members one is, from 0."""
        at = bisect_left(self.members, member.key.span.start, key=lambda one: one.key.span.start)
        return at if at < len(self.members) and self.members[at] is member else self.members.index(member)

    def get(self, name: str) -> JsonNode | None:
        """The value of that name."""
        member = (self._by_name or self._named()).get(name)
        return None if member is None else member.value

    def text(self, name: str) -> JsonScalar | None:
        """The value of that name, if it is a string."""
        value = self.get(name)
        return value if isinstance(value, JsonScalar) and value.kind == "string" else None


JsonNode = JsonScalar | Array | Object


def walk(node: JsonNode) -> Iterator[JsonNode]:
    """A node and all that is inside it, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case Object():
                waiting += [member.value for member in reversed(node.members)]
            case Array():
                waiting += reversed(node.items)
            case JsonScalar():
                pass


def plain(node: JsonNode) -> Any:
    """A tree as values: dictionaries, lists, texts, numbers, truth values and None."""
    match node:
        case Object():
            return {member.name: plain(member.value) for member in node.members}
        case Array():
            return [plain(item) for item in node.items]
        case JsonScalar(kind="string"):
            return node.text
        case JsonScalar(kind="boolean"):
            return node.true
        case JsonScalar(kind="number"):
            return node.integer if node.integer is not None else float(node.text)
        case JsonScalar():
            return None
