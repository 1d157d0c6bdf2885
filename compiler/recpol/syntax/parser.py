"""Tokens to whatever the makers build: a driver for the LALR table, with recovery.

Recovery follows yacc's: at a token that fits nowhere, the parser goes back to the nearest place where the grammar
allows `BROKEN` (a statement, a segment, a field, a menu item, …), puts that token there, and skips to the next line
that can follow. A brace that was never closed is closed before the next declaration. So one mistake costs one
construct, and the rest of the file is understood.

Invariant: `parse` is total over every token list, linear in it, and never recursive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from recpol.base.record import Record
from recpol.base.source import Source, Span
from recpol.base.typing import TYPE_CHECKING, Any, Literal
from recpol.syntax.lexer import DECLARING, INSIDE_TOO, JUNK, Token, lex
from recpol.syntax.moves import NO_MOVE, TO_RUN, Moves
from recpol.syntax.table import BROKEN, END

if TYPE_CHECKING:
    from recpol.syntax.margins import Margins

MAX_DEPTH = 64
"""How deep braces may nest."""

_SCOPED = (["record", "call"], ["record", "conference"])
_STRAY = frozenset({"NAME", "IDENT", JUNK})
"""At the start of a skipped line, a mistake of its own and not the rest of the one before."""


class SyntaxProblem(Record):
    """What the parser could not read, and what could have stood there.

    `expected` holds the terminals that the grammar allows at the place (as keywords or terminal names); `opened` is
    the brace that `unclosed-brace` is about, or the one that encloses an unexpected token.
    """

    kind: Literal["unexpected", "unclosed-string", "unclosed-brace", "stray-brace", "junk", "too-deep"]
    span: Span
    expected: tuple[str, ...] = ()
    opened: Span | None = None


class Parsed(Record):
    """What `parse` makes of a text: the value of the start rule, every token and comment, and the problems."""

    value: Any
    tokens: tuple[Token, ...]
    comments: tuple[Span, ...]
    problems: tuple[SyntaxProblem, ...]


_new = tuple.__new__
"""Makes a `Span` in half the time that calling the class takes."""


class _Driver:
    """One run of the table over one token list."""

    def __init__(self, source: Source, moves: Moves, tokens: tuple[Token, ...]) -> None:
        self.source, self.moves, self.table, self.tokens = source, moves, moves.table, tokens
        self.states = [self.table.start]
        self.values: list[Any] = [None]
        self.starts = [0]
        self.end = 0  # of what is on top of the stack
        self.braces: list[Token] = []
        self.problems: list[SyntaxProblem] = []
        self.last_end = 0
        self.settled = True  # a token has been read since the last problem
        self.stuck = -1  # where the last recovery stopped
        self.expected: dict[tuple[int, ...], tuple[str, ...]] = {}  # what each stack takes where it was asked
        self.margins: Margins | None = None

    def run(self) -> Any:
        at = 0
        while True:
            on = self._read(self.tokens, at)
            if on == len(self.tokens):
                return self.values[1]
            self.settled = self.settled or on > at
            token = self.tokens[on]
            if token[0] == "LBRACE" and len(self.braces) >= MAX_DEPTH:
                self._report("too-deep", token)
                at = self._recover(on)
            elif (outside := self._outside(on)) is not None:
                at = self._leave(on, outside)
            else:
                at = self._recover(on, explain=True)

    def _read(self, tokens: Sequence[Token], at: int) -> int:
        """Make all moves from the token at `at` on; the number of the first one that does not fit, which stays.

        All of the parser's time is spent here, so that this is one loop without calls of its own.
        """
        source, text, rows, find = self.source, self.source.text, self.moves.rows, self.moves.find
        states, values, starts, braces = self.states, self.values, self.starts, self.braces
        state, end, last_end, count = states[-1], self.end, self.last_end, len(tokens)
        value: Any
        while at < count:
            kind, start, stop = tokens[at]
            if kind == "LBRACE" and len(braces) >= MAX_DEPTH:
                break
            move = rows[state].get(kind) or find(state, kind)
            reduction, word, makers, after, run = move
            if reduction is not None:
                back, cut, children_of, make, rule = reduction
                children = children_of(values)
                if back:
                    start = starts[back]
                else:
                    start = end = last_end
                del states[cut], values[cut], starts[cut]
                value = make(children, _new(Span, (source, start, end)))
                state = states[-1]
                _, word, makers, after, run = rows[state].get(rule) or find(state, rule)
            elif move is NO_MOVE:
                break
            else:
                if kind == "LBRACE":
                    braces.append(tokens[at])
                elif kind == "RBRACE" and braces:
                    braces.pop()
                value = None
                end = last_end = stop
                at += 1
            if word is not None:
                value = word(text[start:end], _new(Span, (source, start, end)))
            if makers:  # most have none, and an iterator of nothing takes time
                for make in makers:
                    value = make((value,), _new(Span, (source, start, end)))
            if after == TO_RUN:
                values[-1].append(value)
            else:
                state = after
                states.append(state)
                values.append([value] if run else value)
                starts.append(start)
        self.end, self.last_end = end, last_end
        return at

    def _put(self, terminal: str, start: int, end: int) -> bool:
        """Read a token that is not there; false where it does not fit."""
        return self._read([(terminal, start, end)], 0) == 1

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
        start = self.tokens[at][1]
        if explain:
            self._explain(at)
        forced = self.stuck == at
        popped = False
        while not self._accepts(BROKEN):
            self.states.pop()
            self.values.pop()
            start, popped = self.starts.pop(), True
        if popped:
            before = bisect_right(self.tokens, start, key=itemgetter(2))  # so many tokens end before what was popped
            self.end = self.tokens[before - 1][2] if before else 0
        after = self._after_broken()
        on = at
        while not self._resumes(on, after, moved=on > at or popped or not forced):
            stray = self.tokens[on][0]
            if on > at and stray in _STRAY and self._begins_line(on):
                self._report("junk" if stray == JUNK else "unexpected", self.tokens[on], after)
            on = self._skip(on)
        if popped or on > at:
            end = self.tokens[on - 1][2] if on > at else max(self.last_end, start)
            self._put(BROKEN, start, end)
        if self._declares(on):
            self._close_braces()
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
        kind = self.tokens[on][0]
        if kind == END:
            return True
        if kind == "RBRACE":
            return bool(self.braces)
        if not moved or not self._begins_line(on):
            return False
        return self._declares(on) or (self._accepts(kind, after) and len(self.braces) < MAX_DEPTH)

    def _declares(self, on: int) -> bool:
        """Whether no braces reach beyond a token: it is the end, or begins a declaration, and not one that plainly
        stands within braces."""
        if not self._may_declare(on) or not self.braces or self.tokens[on][0] == END:
            return self._may_declare(on)
        margins = self._margins()
        return not (margins.closed(on, self.braces) and margins.indented(on, self.braces))

    def _may_declare(self, on: int) -> bool:
        """Whether a token is the end, or begins a line with a declaration."""
        kind = self.tokens[on][0]
        word = self.table.names.get(kind)
        if word == "keep" and self.tokens[on + 1][0] != "RECORDINGS":
            return False  # how long a store keeps what it takes
        return kind == END or (word in DECLARING and self._begins_line(on))

    def _begins_line(self, on: int) -> bool:
        """Whether a token is the first one on its line; no token holds a line break."""
        return on == 0 or "\n" in self.source.text[self.tokens[on - 1][2] : self.tokens[on][1]]

    def _skip(self, on: int) -> int:
        """The index after the token at `on`, or after the whole brace pair that it opens."""
        if self.tokens[on][0] != "LBRACE":
            return on + 1
        depth = 0
        while True:
            kind, start, _ = self.tokens[on]
            if kind == END or (depth and self._declares(on) and self.source.position(start).column == 1):
                return on
            depth += (kind == "LBRACE") - (kind == "RBRACE")
            on += 1
            if depth == 0:
                return on

    def _close_braces(self) -> None:
        while self.braces and self._put("RBRACE", self.last_end, self.last_end):
            pass

    def _outside(self, at: int) -> int | None:
        """Where a declaration begins that the token at `at` belongs to, if it stands where braces were left open."""
        tokens, names = self.tokens, self.table.names
        before = [names.get(kind) for kind, *_ in tokens[max(0, at - 2) : at]]
        read = 1 if before[-1:] == ["record"] else 2 if before in _SCOPED else 0  # of `record agent`, before `agent`
        word = at - read
        if names.get(tokens[word][0]) not in INSIDE_TOO or not self.braces or not self._begins_line(word):
            return None
        if not self._accepts("RBRACE", self.states[: len(self.states) - (at - word)]):
            return None
        margins = self._margins()
        return None if margins.closed(word, self.braces) or margins.indented(word, self.braces) else word

    def _margins(self) -> Margins:
        if self.margins is None:
            from recpol.syntax.margins import Margins  # few texts have mistakes

            self.margins = Margins(self.source, self.tokens, self._may_declare)
        return self.margins

    def _leave(self, at: int, word: int) -> int:
        """Close all braces before the declaration that begins at `word`, of which something was read already."""
        for _ in range(at - word):
            del self.states[-1], self.values[-1], self.starts[-1]
        self.end = self.last_end = self.tokens[word - 1][2]
        if self.settled:
            self._report("unclosed-brace", self.tokens[word])
        self._close_braces()
        return word

    def _explain(self, at: int) -> None:
        if not self.settled:
            return
        token = self.tokens[at]
        if self._declares(at) and self.braces and self._accepts("RBRACE"):
            self._report("unclosed-brace", token)
        elif token[0] == "RBRACE" and not self.braces:
            self._report("stray-brace", token)
        elif token[0] == JUNK:
            self._report("junk", token)
        else:
            self._report("unexpected", token)

    def _report(self, kind: Any, token: Token, states: list[int] | None = None) -> None:
        stack = tuple(self.states if states is None else states)
        if stack not in self.expected:
            expected = {self.table.names.get(terminal, terminal) for terminal in self._expected(list(stack))}
            self.expected[stack] = tuple(sorted(expected - {BROKEN}))
        places = [self.source.span(start, end) for _, start, end in (token, *self.braces[-1:])]
        self.problems.append(
            SyntaxProblem(
                kind,
                places[0],
                self.expected[stack],
                places[1] if self.braces else None,
            )
        )
        self.settled = False


def parse(source: Source, moves: Moves) -> Parsed:
    """A source to the value that the makers of some moves build of it, with what could not be read as problems."""
    lexed = lex(source.text, moves.table)
    driver = _Driver(source, moves, lexed.tokens)
    value = driver.run()
    unclosed = [SyntaxProblem("unclosed-string", source.span(start, end)) for _, start, end in lexed.unclosed]
    return Parsed(
        value,
        lexed.tokens,
        tuple(source.span(start, end) for start, end in lexed.comments),
        tuple(sorted([*driver.problems, *unclosed], key=lambda problem: problem.span.start)),
    )
