"""The keys of a menu's `matches`, to whether they match what a caller has entered.

A key is a literal or a regular expression that has to match the whole input.

Invariant: never slow. An expression is followed through all its ways at once, so no expression of at most 256
characters can hold up a run; one that is not understood matches nothing and says so.
"""

from __future__ import annotations

import re
from typing import assert_never

from recpol.base.record import dataclass

LONGEST = 256
"""The most characters of a key."""

_MOST = 100
"""The longest input that a menu takes."""

_DEEPEST = 5
"""The most groups within each other that are followed."""


@dataclass(frozen=True, slots=True)
class _One:
    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Repeated:
    node: _Node
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Ways:
    """Alternatives, each of them one thing after the other."""

    ways: tuple[tuple[_Node, ...], ...]


_Node = _One | _Repeated | _Ways

KEYS = frozenset("0123456789*#")
"""What a caller can enter."""

_QUANTIFIER = re.compile(r"[*+?]|\{(\d{1,3})(,(\d{1,3})?)?\}")
_CLASSES = {"d": frozenset("0123456789"), "D": frozenset("*#"), "w": frozenset("0123456789"), "W": frozenset("*#")}


class _NotUnderstoodError(ValueError):
    """The expression is none that this module follows."""


def matches(key: str, digits: str) -> bool | None:
    """Whether a key of `matches` matches the whole of `digits`; None where the key is not understood."""
    if len(key) > LONGEST or len(digits) > _MOST:
        return None
    try:
        node, rest = _alternatives(key.removeprefix("^").removesuffix("$"), 0)
    except _NotUnderstoodError:
        return None
    return None if rest else len(digits) in _ends(node, digits, frozenset((0,)))


def _alternatives(text: str, depth: int) -> tuple[_Ways, str]:
    """Read up to the end or an unmatched `)`; give what is left."""
    if depth > _DEEPEST:
        raise _NotUnderstoodError
    ways: list[tuple[_Node, ...]] = []
    way: list[_Node] = []
    while text and text[0] != ")":
        if text[0] == "|":
            ways.append(tuple(way))
            way, text = [], text[1:]
            continue
        atom, text = _atom(text, depth)
        quantifier = _QUANTIFIER.match(text)
        if quantifier is not None:
            atom, text = _repeated(atom, quantifier), text[quantifier.end() :]
            if text[:1] in ("*", "+", "?", "{"):
                raise _NotUnderstoodError
        way.append(atom)
    return _Ways((*ways, tuple(way))), text


def _repeated(atom: _Node, quantifier: re.Match[str]) -> _Repeated:
    if quantifier[1] is None:
        least, most = {"*": (0, _MOST), "+": (1, _MOST), "?": (0, 1)}[quantifier[0]]
    else:
        least = int(quantifier[1])
        most = least if quantifier[2] is None else int(quantifier[3] or _MOST)
    if least > most:
        raise _NotUnderstoodError
    return _Repeated(atom, least, min(most, _MOST))


def _atom(text: str, depth: int) -> tuple[_Node, str]:
    match text[0]:
        case "(":
            inner = text[1:].removeprefix("?:")
            node, rest = _alternatives(inner, depth + 1)
            if not rest:
                raise _NotUnderstoodError
            return node, rest[1:]
        case "[":
            return _class(text[1:])
        case "\\":
            return _One(_escaped(text[1:2])), text[2:]
        case ".":
            return _One(KEYS), text[1:]
        case "*" | "+" | "?" | "{" | "}" | "^" | "$" | "]":
            raise _NotUnderstoodError
        case char:
            return _One(frozenset(char)), text[1:]


def _escaped(char: str) -> frozenset[str]:
    if char in _CLASSES:
        return _CLASSES[char]
    if not char or char.isalnum():
        raise _NotUnderstoodError
    return frozenset(char)


def _class(text: str) -> tuple[_One, str]:
    inverted = text.startswith("^")
    inside, closing, rest = text.removeprefix("^").partition("]")
    if not closing or not inside:
        raise _NotUnderstoodError
    chars: set[str] = set()
    place = 0
    while place < len(inside):
        first = inside[place]
        if first == "\\":
            chars |= _escaped(inside[place + 1 : place + 2])
            place += 2
        elif inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            last = inside[place + 2]
            if not (first.isdecimal() and last.isdecimal() and first <= last):
                raise _NotUnderstoodError
            chars |= {char for char in KEYS if first <= char <= last}
            place += 3
        else:
            chars.add(first)
            place += 1
    return _One(KEYS - chars if inverted else frozenset(chars)), rest


def _ends(node: _Node, digits: str, begins: frozenset[int]) -> frozenset[int]:
    """Where a match can end that begins at one of the places `begins`."""
    match node:
        case _One(chars):
            return frozenset(at + 1 for at in begins if at < len(digits) and digits[at] in chars)
        case _Ways(ways):
            found: set[int] = set()
            for way in ways:
                at = begins
                for inner in way:
                    at = _ends(inner, digits, at)
                    if not at:
                        break
                found |= at
            return frozenset(found)
        case _Repeated(inner, least, most):
            at, all_ = begins, begins if least == 0 else frozenset[int]()
            for count in range(1, most + 1):
                before, at = at, _ends(inner, digits, at)
                if at == before:  # Nothing changes any more, however often it is repeated.
                    return all_ | at
                if count >= least:
                    if at <= all_:
                        break
                    all_ |= at
            return all_
        case _:
            assert_never(node)
