"""Regular expressions to the ways in which Python's engine can be slow on them.

`slow` makes an automaton of an expression: a state for each character that stands in it, and what can follow what. It
is slow where a text has two ways through a loop (exponential: `(a|a)*b`, `(a*)*b`), or where one loop can hand over to
another in the middle of what both take (quadratic or worse: `a*a*b`; also `a*b`, searched for at each place of a text),
and what follows may yet fail. See Weideman and others, "Analyzing matching time behavior of backtracking regular
expression matchers by using ambiguity of NFA" (CIAA 2016).

Repetitions with an end below `ENDLESS` cost no more than a constant for each character, and are not looked at.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]  # private, and it has no types
import re._parser as parser  # type: ignore[import-not-found]  # private, and it has no types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

ENDLESS = 500
"""A repetition that may go on longer than this counts as one without an end."""

Chars = frozenset[str]
SAMPLES = "\0\t\n\r !\"#%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x7f\x85\xa0é€\u2028\ud800\U0001f600"


@dataclass
class Piece:
    r"""A part of an expression: whether it can be empty, and the states that it begins and ends with.

    `sure` are those that end it with nothing behind them that may fail. `led` are those that it begins with behind a
    `\b`, and `bounded` says that it ends with one.
    """

    empty: bool = True
    surely_empty: bool = True
    first: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    sure: set[int] = field(default_factory=set)
    led: set[int] = field(default_factory=set)
    bounded: bool = False


class Automaton:
    def __init__(self, pattern: str, flags: int, *, searched: bool, whole: bool) -> None:
        parsed = parser.parse(pattern, flags)
        self.flags = parsed.state.flags
        begins = bool(len(parsed)) and parsed[0] in ((sre.AT, sre.AT_BEGINNING), (sre.AT, sre.AT_BEGINNING_STRING))
        searched = searched and not (begins and not self.flags & re.MULTILINE)
        self.alphabet = frozenset(SAMPLES) | {char for part in literals(parsed) for char in around(part)}
        self.takes: list[Chars] = []
        self.after: list[set[int]] = []
        self.twice: set[tuple[int, int]] = set()
        self.bounds: set[tuple[int, int]] = set()
        body = self.sequence(parsed)
        if whole:
            body = self.joined(body, Piece(surely_empty=False))
        if searched:
            start = self.state(self.alphabet)
            self.link(start, start)
            self.link(start, body)
            body.first |= start.first
        self.sure = body.sure

    def state(self, chars: Chars) -> Piece:
        self.takes.append(chars)
        self.after.append(set())
        number = {len(self.takes) - 1}
        return Piece(False, False, set(number), set(number), set(number))

    def link(self, one: Piece, two: Piece) -> None:
        for origin in one.last:
            self.twice |= {(origin, target) for target in two.first & self.after[origin]}
            self.after[origin] |= two.first
            self.bounds |= {(origin, target) for target in (two.first if one.bounded else two.led)}

    def joined(self, one: Piece, two: Piece) -> Piece:
        self.link(one, two)
        led = two.first if one.bounded else two.led
        return Piece(
            one.empty and two.empty,
            one.surely_empty and two.surely_empty,
            one.first | (two.first if one.empty else set()),
            two.last | (one.last if two.empty else set()),
            two.sure | (one.sure if two.surely_empty else set()),
            one.led | (led if one.empty else set()),
            two.bounded or (not two.first and one.bounded),
        )

    def sequence(self, parts: Iterable[Any]) -> Piece:
        whole = Piece()
        for part in parts:
            whole = self.joined(whole, self.piece(*part))
        return whole

    def ways(self, pieces: Iterable[Piece]) -> Piece:
        found = list(pieces)
        return Piece(
            any(piece.empty for piece in found),
            any(piece.surely_empty for piece in found),
            {state for piece in found for state in piece.first},
            {state for piece in found for state in piece.last},
            {state for piece in found for state in piece.sure},
            {state for piece in found for state in piece.led},
            all(piece.bounded for piece in found),
        )

    def piece(self, kind: Any, value: Any) -> Piece:
        match kind:
            case sre.LITERAL | sre.NOT_LITERAL | sre.ANY | sre.IN:
                return self.state(frozenset(filter(self.test(kind, value), self.alphabet)))
            case sre.SUBPATTERN:
                return self.sequence(value[3])
            case sre.BRANCH:
                return self.ways([self.sequence(way) for way in value[1]])
            case sre.AT:
                return Piece(surely_empty=False, bounded=value is sre.AT_BOUNDARY)
            case sre.ASSERT | sre.ASSERT_NOT:  # what is looked at leads nowhere, and what is behind has a fixed length
                ahead = self.sequence(value[1]) if value[0] > 0 else Piece()
                return Piece(surely_empty=False, first=ahead.first)
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                return self.repeated(*value)
            case sre.ATOMIC_GROUP:
                return self.sequence(value)
            case _:
                raise NotImplementedError(kind)

    def repeated(self, least: int, most: Any, inner: Any) -> Piece:
        """A few copies stand for many: those that have to be there, and those within each other that may be."""
        endless = most is sre.MAXREPEAT or most >= ENDLESS
        whole = Piece()
        if endless:
            whole = self.sequence(inner)
            self.link(whole, whole)
            if not least:
                whole = self.ways([whole, Piece()])
        for _ in range(0 if endless else min(most - least, 2)):
            whole = self.ways([self.joined(self.sequence(inner), whole), Piece()])
        for _ in range(min(least, 2) - (endless and least > 0)):
            whole = self.joined(self.sequence(inner), whole)
        return whole

    def test(self, kind: Any, value: Any) -> Callable[[str], bool]:
        if kind is sre.ANY:
            return lambda char: char != "\n" or bool(self.flags & re.DOTALL)
        parts = value if kind is sre.IN else [(sre.LITERAL, value)]
        inverted = kind is sre.NOT_LITERAL or (kind is sre.IN and parts[0][0] is sre.NEGATE)
        return lambda char: any(self.has(part, char) for part in parts) != inverted

    def has(self, part: Any, char: str) -> bool:
        kind, value = part
        forms = {char, char.lower(), char.upper()} if self.flags & re.IGNORECASE else {char}
        match kind:
            case sre.LITERAL:
                return any(len(form) == 1 and ord(form) == value for form in forms)
            case sre.RANGE:
                return any(len(form) == 1 and value[0] <= ord(form) <= value[1] for form in forms)
            case sre.CATEGORY:
                name = str(value).removeprefix("CATEGORY_")
                letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.removeprefix("NOT_")]
                letter = letter.upper() if name.startswith("NOT_") else letter
                return re.fullmatch("\\" + letter, char, self.flags & re.ASCII) is not None
            case sre.NEGATE:
                return False
            case _:
                raise NotImplementedError(kind)


def literals(parsed: Iterable[Any]) -> Iterator[int]:
    """All characters that an expression names, as numbers."""
    waiting: list[Any] = list(parsed)
    while waiting:
        part = waiting.pop()
        if isinstance(part, int):
            yield int(part)
        elif isinstance(part, parser.SubPattern | list | tuple):
            waiting += part


def around(code: int) -> Iterator[str]:
    return (chr(near) for near in (code - 1, code, code + 1) if 0 <= near <= 0x10FFFF)


def slow(pattern: str, flags: int = 0, *, searched: bool = True, whole: bool = False) -> str:
    """In what way an expression can be slow, or nothing.

    `searched` tries it at each place of a text (`re.search`, `re.sub`, …); `whole` has to reach the end (`fullmatch`).
    """
    automaton = Automaton(pattern, flags, searched=searched, whole=whole)
    takes, after = automaton.takes, automaton.after
    reach = [reached(after, state) for state in range(len(takes))]
    loops = [state for state in range(len(takes)) if state in reach[state]]
    for origin, target in sorted(automaton.twice):
        if origin in reach[target]:
            return "exponential"

    words = frozenset(char for char in automaton.alphabet if char.isalnum() or char == "_")
    kinds = (words, automaton.alphabet - words)

    def product(begin: tuple[int, ...], end: tuple[int, ...], allowed: tuple[set[int], ...]) -> bool:
        """Whether a text leads from some states to others, again and again; `kind` is that of its last character."""
        return any(again(begin, end, allowed, kind) for kind in (0, 1))

    def again(begin: tuple[int, ...], end: tuple[int, ...], allowed: tuple[set[int], ...], kind: int) -> bool:
        seen = set[tuple[tuple[int, ...], int]]()
        waiting = [(begin, kind)]
        while waiting:
            at, before = waiting.pop()
            for now in (0, 1):
                for step in steps(at, allowed, kinds[now], before == now):
                    if step == end and now == kind:
                        return True
                    if (step, now) not in seen:
                        seen.add((step, now))
                        waiting.append((step, now))
        return False

    def steps(
        at: tuple[int, ...], allowed: tuple[set[int], ...], chars: Chars, same: bool
    ) -> Iterator[tuple[int, ...]]:
        found: list[tuple[tuple[int, ...], Chars]] = [((), chars)]
        for state, within in zip(at, allowed, strict=True):
            found = [
                ((*done, target), left & takes[target])
                for done, left in found
                for target in after[state] & within
                if left & takes[target] and not (same and (state, target) in automaton.bounds)
            ]
        return (done for done, _ in found)

    circle = {state: {other for other in reach[state] if state in reach[other]} for state in loops}
    for one in loops:
        within = (circle[one],) * 2
        for other in sorted(circle[one]):
            parted = one < other and product((one, one), (one, other), within)
            if parted and product((one, other), (one, one), within):
                return "exponential"
    for one in loops:
        for other in loops:
            if one != other and other in reach[one] and other not in automaton.sure:
                between = {state for state in reach[one] if other in reach[state] or state == other} | {one}
                if product((one, one, other), (one, other, other), (circle[one], between, circle[other])):
                    return "quadratic"
    return ""


def reached(after: list[set[int]], state: int) -> set[int]:
    found: set[int] = set()
    waiting = [state]
    while waiting:
        new = after[waiting.pop()] - found
        found |= new
        waiting += new
    return found
