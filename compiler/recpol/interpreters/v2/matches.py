"""The keys of a menu's `matches`, to whether they match what a caller has entered.

A key is a literal or a regular expression that has to match the whole input (SDK). Which dialect of expressions the
platform has is not documented: what most of them share is followed here, and nothing is said of the rest.

Invariant: no text of a document becomes a pattern of Python. An expression is followed through all its ways at once, in
at most `_STATES` states for each character of the input; one that would need more is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from recpol.base.record import Record
from recpol.base.typing import Literal, assert_never

LONGEST = 256
"""The most characters of a key."""

_MOST = 100
"""The longest input that a menu takes."""

_DEEPEST = 20
"""The most groups within each other that are followed."""

_STATES = 1000
"""The most states of an expression whose repetitions are written out."""

KEYS = frozenset("0123456789*#")
"""What a caller can enter."""

_ALL = KEYS | frozenset("ABCDabcd")
"""All tones of a telephone: an expression may name those that few callers have."""

Unread = Literal["wrong", "unknown"]
"""Why a key is not followed: it is no expression in any dialect, or one that is not followed here."""


class _One(Record):
    chars: frozenset[str]


class _Repeated(Record):
    """`most` is None where there is no end."""

    node: _Node
    least: int
    most: int | None


class _Ways(Record):
    """Alternatives, each of them one thing after the other."""

    ways: tuple[tuple[_Node, ...], ...]


_Node = _One | _Repeated | _Ways

_QUANTIFIER = re.compile(r"[*+?]|\{(\d{1,3})(,(\d{1,3})?)?\}")
_CLASSES = {"d": frozenset("0123456789"), "w": _ALL - frozenset("*#"), "s": frozenset[str]()}
_CLASSES |= {letter.upper(): _ALL - chars for letter, chars in _CLASSES.items()}


class _UnreadError(ValueError):
    def __init__(self, why: Unread) -> None:
        super().__init__(why)
        self.why: Unread = why


class Expression:
    """A key that is followed: its states, and what leads from one to another."""

    def __init__(self, node: _Ways) -> None:
        self._free: list[list[int]] = [[]]
        self._by_char: list[tuple[frozenset[str], int] | None] = [None]
        self._end = self._build(node, 0)
        self._known: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._first = self._closed((0,))

    def takes(self, digits: str) -> bool:
        """Whether it matches the whole of an input."""
        at = self._first
        for digit in digits:
            key = (at, digit)
            if key not in self._known:
                moves = (self._by_char[state] for state in at)
                self._known[key] = self._closed(move[1] for move in moves if move is not None and digit in move[0])
            at = self._known[key]
        return self._end in at

    def _state(self) -> int:
        if len(self._free) >= _STATES:
            raise _UnreadError("unknown")
        self._free.append([])
        self._by_char.append(None)
        return len(self._free) - 1

    def _build(self, node: _Node, at: int) -> int:
        """Add what leads through a node from a state, and give the state that it leads to."""
        match node:
            case _One(chars):
                end = self._state()
                begin = self._state()
                self._free[at].append(begin)
                self._by_char[begin] = (chars, end)
                return end
            case _Ways(ways):
                end = self._state()
                for way in ways:
                    here = self._state()
                    self._free[at].append(here)
                    for inner in way:
                        here = self._build(inner, here)
                    self._free[here].append(end)
                return end
            case _Repeated(inner, least, most):
                for _ in range(least):
                    at = self._build(inner, at)
                if most is None:
                    again = self._state()
                    self._free[at].append(again)
                    self._free[self._build(inner, again)].append(again)
                    return again
                end = self._state()
                for _ in range(most - least):
                    self._free[at].append(end)
                    at = self._build(inner, at)
                self._free[at].append(end)
                return end
            case _:
                assert_never(node)

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        """States with all that they lead to for nothing."""
        found = set(states)
        waiting = list(found)
        while waiting:
            for after in self._free[waiting.pop()]:
                if after not in found:
                    found.add(after)
                    waiting.append(after)
        return frozenset(found)


@lru_cache(maxsize=512)
def expression(key: str) -> Expression | Unread:
    """A key of `matches` to what can be held against inputs, or why it cannot."""
    if len(key) > LONGEST:
        return "unknown"
    try:
        return Expression(_Reader(key).read())
    except _UnreadError as unread:
        return unread.why


def matches(key: str, digits: str) -> bool | None:
    """Whether a key of `matches` matches the whole of `digits`; None where the key is not followed."""
    if len(digits) > _MOST:
        return None
    read = expression(key)
    return read.takes(digits) if isinstance(read, Expression) else None


class _Reader:
    """Reads a key from left to right; what is wrong counts before what is unknown."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.unknown = False

    def read(self) -> _Ways:
        """The whole key."""
        groups: list[list[list[_Node]]] = [[[]]]
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "(":
                groups.append([[]])
                self._group_kind()
            elif char == "|":
                groups[-1].append([])
            elif char == ")" and len(groups) == 1:
                raise _UnreadError("wrong")
            else:
                self.unknown = self.unknown or len(groups) > _DEEPEST
                node = _ways(groups.pop()) if char == ")" else self._atom(char)
                groups[-1][-1].append(self._quantified(node))
        if len(groups) > 1:
            raise _UnreadError("wrong")
        if self.unknown:
            raise _UnreadError("unknown")
        return _ways(groups[0])

    def _group_kind(self) -> None:
        if self.text.startswith("?:", self.at):
            self.at += 2
        elif self.text.startswith("?", self.at):
            self.unknown = True
            self.at += 1

    def _atom(self, char: str) -> _Node:
        match char:
            case "[":
                return self._class()
            case "\\":
                return _One(self._escaped())
            case ".":
                return _One(_ALL)
            case "^" | "$":
                outer = self.at == (1 if char == "^" else len(self.text))
                self.unknown = self.unknown or not outer or _QUANTIFIER.match(self.text, self.at) is not None
                return _Ways(((),))
            case "*" | "+" | "?":
                raise _UnreadError("wrong")
            case "{" | "}" | "]":
                self.unknown = True  # a bracket by itself in some dialects, a mistake in others
                return _One(frozenset(char))
            case _:
                return _One(frozenset(char))

    def _quantified(self, node: _Node) -> _Node:
        found = _QUANTIFIER.match(self.text, self.at)
        if found is None:
            return node
        self.at = found.end()
        if found[1] is None:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[found[0]]
        else:
            least = int(found[1])
            most = least if found[2] is None else int(found[3]) if found[3] else None
        if most is not None and least > most:
            raise _UnreadError("wrong")
        if self.text.startswith(("?", "+"), self.at):  # how much is taken first: `+` gives nothing back
            self.unknown = self.unknown or self.text[self.at] == "+"
            self.at += 1
        if _QUANTIFIER.match(self.text, self.at):
            raise _UnreadError("wrong")
        return _Repeated(node, least, most)

    def _escaped(self) -> frozenset[str]:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if not char:
            raise _UnreadError("wrong")
        self.unknown = self.unknown or (char.isalnum() and char not in _CLASSES)
        return _CLASSES.get(char, frozenset(char))

    def _class(self) -> _One:
        inverted = self.text.startswith("^", self.at)
        self.at += inverted
        chars: set[str] = set()
        first = True
        while first or not self.text.startswith("]", self.at):
            char = self.text[self.at : self.at + 1]
            if not char:
                raise _UnreadError("wrong")
            self.unknown = self.unknown or char == "["  # a class within a class in some dialects
            first = False
            self.at += 1
            if char == "\\":
                chars |= self._escaped()
            elif self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                chars |= self._range(char, self.text[self.at + 1])
                self.at += 2
            else:
                chars.add(char)
        self.at += 1
        return _One(_ALL - chars if inverted else frozenset(chars))

    def _range(self, first: str, last: str) -> set[str]:
        if first > last:
            raise _UnreadError("wrong")
        self.unknown = self.unknown or last == "\\"
        return {char for char in _ALL if first <= char <= last}


def _ways(ways: list[list[_Node]]) -> _Ways:
    return _Ways(tuple(tuple(way) for way in ways))
