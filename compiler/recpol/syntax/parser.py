"""Tokens to whatever the makers build: a driver for the LALR table, with recovery.

Recovery follows yacc's: at a token that fits nowhere, the parser goes back to the nearest place where the grammar
allows
`BROKEN` (a statement, a segment, a field, a menu item, …), puts that token there, and skips to the next line that can
follow. A brace that was never closed is closed before the next declaration. So one mistake costs one construct, and the
rest of the file is understood.

Invariant: `parse` is total over every token list, linear in it, and never recursive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from recpol.base.record import dataclass
from recpol.base.source import Source, Span
from recpol.base.typing import Any, Literal
from recpol.syntax.lexer import JUNK, Token, lex
from recpol.syntax.table import BROKEN, END, ParseTable, load_table

MAX_DEPTH = 64
"""How deep braces may nest."""

Maker = Callable[[Sequence[Any], Span], Any]
"""Makes a node from the children of a production and the span they cover; a kept token is a `Leaf`."""

_STATEMENTS = frozenset({"POLICY", "RULES", "USE", "STORE", "ON", "NEVER", "ALWAYS", "ANNOUNCE", "KEEP"})
"""Declarations that cannot stand inside braces: at the start of a line they end whatever was left open."""


_STRAY = frozenset({"NAME", "IDENT", JUNK})
"""At the start of a skipped line, a mistake of its own and not the rest of the one before."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A token that a production keeps."""

    type: str
    span: Span


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """What the parser could not read, and what could have stood there.

    `expected` holds the terminals that the grammar allows at the place (as keywords or terminal names); `opened` is
    the brace that `unclosed-brace` is about, or the one that encloses an unexpected token.
    """

    kind: Literal["unexpected", "unclosed-string", "unclosed-brace", "stray-brace", "junk", "too-deep"]
    span: Span
    expected: tuple[str, ...] = ()
    opened: Span | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What `parse` makes of a text: the value of the start rule, every token and comment, and the problems."""

    value: Any
    tokens: tuple[Token, ...]
    comments: tuple[Span, ...]
    problems: tuple[SyntaxProblem, ...]


class _Run(list[Any]):
    """Children that a repetition has collected so far."""


class _Driver:
    """One run of the table over one token list."""

    def __init__(
        self, source: Source, table: ParseTable, makers: Mapping[str, Maker], tokens: tuple[Token, ...]
    ) -> None:
        self.source, self.table, self.makers, self.tokens = source, table, makers, tokens
        self.states = [table.start]
        self.values: list[Any] = [None]
        self.starts = [0]
        self.ends = [0]
        self.braces: list[Token] = []
        self.problems: list[SyntaxProblem] = []
        self.last_end = 0
        self.settled = True  # a token has been read since the last problem
        self.stuck = -1  # where the last recovery stopped
        self.expected: dict[tuple[int, ...], tuple[str, ...]] = {}  # what each stack takes where it was asked

    def run(self) -> Any:
        at = 0
        while True:
            token = self.tokens[at]
            if token.type == "LBRACE" and len(self.braces) >= MAX_DEPTH:
                self._report("too-deep", token)
                at = self._recover(at)
            elif self._feed(token.type, token.start, token.end):
                if token.type == END:
                    return self.values[-1]
                self._count(token)
                self.settled = True
                at += 1
            else:
                at = self._recover(at, explain=True)

    def _count(self, token: Token) -> None:
        if token.type == "LBRACE":
            self.braces.append(token)
        elif token.type == "RBRACE" and self.braces:
            self.braces.pop()

    def _feed(self, terminal: str, start: int, end: int) -> bool:
        """Reduce as far as `terminal` says and shift it; false, with nothing shifted, where it does not fit."""
        actions, states, finish = self.table.actions, self.states, self.table.end
        while True:
            action = actions[states[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                self.values.append(Leaf(terminal, Span(self.source, start, end)))
                self.starts.append(start)
                self.ends.append(end)
                self.last_end = end
                return True
            self._reduce(-1 - action)
            if terminal == END and states[-1] == finish:
                return True

    def _reduce(self, number: int) -> None:
        production = self.table.productions[number]
        size = production.size
        if size:
            values = self.values[-size:]
            start, end = self.starts[-size], self.ends[-1]
            del self.values[-size:], self.states[-size:], self.starts[-size:], self.ends[-size:]
        else:
            values, start, end = [], self.last_end, self.last_end
        self.values.append(self._make(number, values, start, end))
        self.starts.append(start)
        self.ends.append(end)
        self.states.append(self.table.gotos[self.states[-1]][production.origin])

    def _make(self, number: int, values: list[Any], start: int, end: int) -> Any:
        production = self.table.productions[number]
        keep, spread = production.keep, production.spread
        if production.run:
            if spread and isinstance(values[keep[0]], _Run) and len(spread) == 1:
                run = values[keep[0]]
                run.extend(values[n] for n in keep[1:])
                return run
            return _Run(child for n in keep for child in (values[n] if n in spread else (values[n],)))
        if not production.maker:
            return values[keep[0]]
        children: list[Any] = []
        for n in keep:
            if n in spread:
                children.extend(values[n])
            else:
                children.append(values[n])
        return self.makers[production.maker](children, Span(self.source, start, end))

    def _accepts(self, terminal: str, states: list[int] | None = None) -> bool:
        """Whether `terminal` can be shifted (the end: reached) after the reductions that it calls for."""
        actions, gotos, productions = self.table.actions, self.table.gotos, self.table.productions
        stack = list(self.states if states is None else states)
        while True:
            action = actions[stack[-1]].get(terminal)
            if action is None or action >= 0:
                return action is not None
            production = productions[-1 - action]
            if production.size:
                del stack[-production.size :]
            stack.append(gotos[stack[-1]][production.origin])
            if terminal == END and stack[-1] == self.table.end:
                return True

    def _expected(self, states: list[int]) -> set[str]:
        """All terminals that `_accepts` says yes to: those that call for the same reductions are tried together."""
        actions, gotos, productions = self.table.actions, self.table.gotos, self.table.productions
        found: set[str] = set()
        waiting = [(states, list(actions[states[-1]]))]
        while waiting:
            stack, terminals = waiting.pop()
            row = actions[stack[-1]]
            alike: dict[int, list[str]] = {}
            for terminal in terminals:
                action = row.get(terminal)
                if action is not None and action >= 0:
                    found.add(terminal)
                elif action is not None:
                    alike.setdefault(action, []).append(terminal)
            for action, several in alike.items():
                production = productions[-1 - action]
                after = stack[: len(stack) - production.size]
                after.append(gotos[after[-1]][production.origin])
                if after[-1] == self.table.end and END in several:
                    found.add(END)
                waiting.append((after, several))
        return found

    def _recover(self, at: int, *, explain: bool = False) -> int:
        """Make room for `BROKEN`, skip what belongs to the mistake, and say where to go on."""
        token = self.tokens[at]
        ends_block = (token.type in _STATEMENTS and token.fresh) or token.type == END
        if explain:
            self._explain(token, ends_block)
        forced = self.stuck == at
        start, popped = token.start, False
        while not self._accepts(BROKEN):
            self.states.pop()
            self.values.pop()
            self.ends.pop()
            start, popped = self.starts.pop(), True
        after = self._after_broken()
        on = at
        while not self._resumes(on, after, moved=on > at or popped or not forced):
            stray = self.tokens[on]
            if on > at and stray.fresh and stray.type in _STRAY:
                self._report("junk" if stray.type == JUNK else "unexpected", stray, after)
            on = self._skip(on)
        if popped or on > at:
            end = self.tokens[on - 1].end if on > at else max(self.last_end, start)
            self._feed(BROKEN, start, end)
        follower = self.tokens[on]
        if follower.type in _STATEMENTS or follower.type == END:
            self._close_braces(follower)
        self.stuck = on
        self.settled = False
        return on

    def _after_broken(self) -> list[int]:
        """The states as they would be once `BROKEN` stands on the stack."""
        actions, gotos, productions = self.table.actions, self.table.gotos, self.table.productions
        states = list(self.states)
        while True:
            action = actions[states[-1]][BROKEN]
            if action >= 0:
                return [*states, action]
            production = productions[-1 - action]
            if production.size:
                del states[-production.size :]
            states.append(gotos[states[-1]][production.origin])

    def _resumes(self, on: int, after: list[int], *, moved: bool) -> bool:
        token = self.tokens[on]
        if token.type == END:
            return True
        if token.type == "RBRACE":
            return bool(self.braces)
        if not moved or not token.fresh:
            return False
        return token.type in _STATEMENTS or (self._accepts(token.type, after) and len(self.braces) < MAX_DEPTH)

    def _skip(self, on: int) -> int:
        """The index after the token at `on`, or after the whole brace pair that it opens."""
        if self.tokens[on].type != "LBRACE":
            return on + 1
        depth = 0
        while True:
            token = self.tokens[on]
            if token.type == END or (depth and token.fresh and token.type in _STATEMENTS and self._column(token) == 1):
                return on
            depth += (token.type == "LBRACE") - (token.type == "RBRACE")
            on += 1
            if depth == 0:
                return on

    def _column(self, token: Token) -> int:
        return self.source.position(token.start).column

    def _close_braces(self, follower: Token) -> None:
        while self.braces and self._feed("RBRACE", self.last_end, self.last_end):
            self.braces.pop()

    def _explain(self, token: Token, ends_block: bool) -> None:
        if not self.settled:
            return
        if ends_block and self.braces and self._accepts("RBRACE"):
            self._report("unclosed-brace", token)
        elif token.type == "RBRACE" and not self.braces:
            self._report("stray-brace", token)
        elif token.type == JUNK:
            self._report("junk", token)
        else:
            self._report("unexpected", token)

    def _report(self, kind: Any, token: Token, states: list[int] | None = None) -> None:
        stack = tuple(self.states if states is None else states)
        if stack not in self.expected:
            expected = {self.table.names.get(terminal, terminal) for terminal in self._expected(list(stack))}
            self.expected[stack] = tuple(sorted(expected - {BROKEN}))
        opened = self.braces[-1] if self.braces else None
        self.problems.append(
            SyntaxProblem(
                kind,
                self.source.span(token.start, token.end),
                self.expected[stack],
                self.source.span(opened.start, opened.end) if opened else None,
            )
        )
        self.settled = False


def parse(source: Source, makers: Mapping[str, Maker]) -> Parsed:
    """A source to the value that `makers` build of it, with everything that could not be read as problems."""
    table = load_table()
    lexed = lex(source.text, table)
    driver = _Driver(source, table, makers, lexed.tokens)
    value = driver.run()
    unclosed = [SyntaxProblem("unclosed-string", source.span(t.start, t.end)) for t in lexed.unclosed]
    return Parsed(
        value,
        lexed.tokens,
        tuple(source.span(start, end) for start, end in lexed.comments),
        tuple(sorted([*driver.problems, *unclosed], key=lambda problem: problem.span.start)),
    )
