"""What the parser does where: for a state and what comes there, one move.

Lark's table says it in steps. Where a step follows from the one before, whatever comes next, the two are one move here:
a token that is a whole word is made that word at once, a node passes at once through each production of which it is the
only symbol, and a child goes to those that its repetition has collected.

Invariant: moves lead to the states and values of the table's own steps, as far as the grammar can tell: such a step
changes neither what may come next nor what can be left out. A move is worked out when the parser first comes to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import Any
from recpol.syntax.table import END, ParseTable, Production


class Leaf(Record):
    """A token that a production keeps."""

    text: str
    span: Span


Maker = Callable[[Sequence[Any], Span], Any]
"""Makes a node from the children of a production and the span they cover; a kept token is a `Leaf`."""

WordMaker = Callable[[str, Span], Any]
"""Makes a node of a production that is one token, from its text."""

Reduction = tuple[int, slice, Callable[[list[Any]], Sequence[Any]], Maker, str]
"""Minus the size of a production; as a slice, what it takes off each stack; what picks its children; its maker; its
rule."""

ParserMove = tuple[Reduction | None, WordMaker | None, tuple[Maker, ...], int, bool]
"""A reduction that comes first, alone; else what becomes of what came: the maker of its word, those of the productions
of which it is the only symbol, the state then, and whether it begins a run of children."""

NO_MOVE: ParserMove = (None, None, (), 0, False)
"""Nothing fits."""

TO_RUN = -1
"""In place of a state: what came goes to the run on the stack."""


class Moves:
    """The moves of a table with some makers; `words` are those of productions of one token. `rows` has by state and
    symbol those that the parser has come to."""

    def __init__(self, table: ParseTable, makers: Mapping[str, Maker], words: Mapping[str, WordMaker]) -> None:
        self.table, self.makers, self.words = table, makers, words
        self.rows: dict[int, dict[str, ParserMove]] = defaultdict(dict)
        self._reductions: dict[int, Reduction] = {}

    def find(self, state: int, symbol: str) -> ParserMove:
        """The move for a terminal that comes on a state, or for a rule that is complete there; it is in `rows` then."""
        move = self.rows[state][symbol] = self._worked_out(state, symbol)
        return move

    def _worked_out(self, state: int, symbol: str) -> ParserMove:
        if state == self.table.end and symbol == END:
            return (None, None, (), state, False)
        action = self.table.actions[state].get(symbol)
        if action is None:
            after = self.table.gotos[state].get(symbol)
            return NO_MOVE if after is None else self._arrival(state, after, None)
        if action >= 0:
            return self._arrival(state, action, symbol)
        number = -1 - action
        if number not in self._reductions:
            self._reductions[number] = self._reduction(self.table.productions[number])
        return (self._reductions[number], None, (), state, False)

    def _arrival(self, state: int, after: int, terminal: str | None) -> ParserMove:
        """What comes of a symbol after which the table is in some state, with all that follows whatever comes next."""
        word: WordMaker | None = None
        makers: list[Maker] = []
        run = False
        while (production := self.table.complete(after)) is not None and not run:
            if production.more:
                after = TO_RUN
                break
            if production.size != 1:
                break
            if production.maker in self.words:
                word, makers = self.words[production.maker], []
            elif production.keep != (0,) or production.spread:
                break
            elif production.maker:
                makers.append(self.makers[production.maker])
            run = production.run
            after = self.table.gotos[state][production.origin]
        if terminal is not None and word is None and (makers or run or after == TO_RUN or terminal in self.table.kept):
            word = Leaf
        return (None, word, tuple(makers), after, run)

    def _reduction(self, production: Production) -> Reduction:
        make: Maker
        if production.maker in self.words:
            make = _of_word(self.words[production.maker])
        elif production.run:
            make = _longer if production.spread == {*production.keep[:1]} else _run
        elif production.maker:
            make = self.makers[production.maker]
        else:
            make = _only
        size = production.size
        return (
            -size,
            slice(-size, None) if size else slice(0, 0),
            _children(production, make),
            make,
            production.origin,
        )


def _children(production: Production, make: Maker) -> Callable[[list[Any]], Sequence[Any]]:
    """What picks the children of a production from the values on the stack."""
    places = [n - production.size for n in production.keep]
    if not places:
        return _none
    if production.spread and make is not _longer:
        several = {n - production.size for n in production.spread}
        if len(places) == 1:
            return itemgetter(places[0])
        return lambda values: [one for at in places for one in (values[at] if at in several else (values[at],))]
    if len(places) == 1 or places[-1] - places[0] == len(places) - 1:
        return itemgetter(slice(places[0], places[-1] + 1 or None))
    return itemgetter(*places)


def _of_word(word: WordMaker) -> Maker:
    return lambda _, span: word(span.text, span)


def _none(_: list[Any]) -> Sequence[Any]:
    return ()


def _only(children: Sequence[Any], _: Span) -> Any:
    return children[0]


def _run(children: Sequence[Any], _: Span) -> list[Any]:
    return [*children]


def _longer(children: Sequence[Any], _: Span) -> Any:
    run, *more = children
    run.extend(more)
    return run
