"""Tree to shape: which tokens are one item, which items a pair of braces holds, and where an item may be broken.

Invariant: every token between two braces belongs to exactly one item of theirs; an item has at most one pair of braces.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from recpol.ground.source import Span
from recpol.model import ast
from recpol.syntax.lexer import Token

# A gap is known by the number of the token before it.


@dataclass(frozen=True, slots=True)
class Block:
    """A pair of braces, as the numbers of their tokens, and what stands between them."""

    open: int
    close: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A statement, a field, a segment, a line of a menu, …: the tokens `first` to `last`.

    `tiers` are the gaps where a line that is too long is broken: all of the first tier, and if that is not enough all
    of the next. The gaps `fills` come last, each only where the line would be too long. `value` is the gap before the
    value of a setting, `arrow` that before `->`; in a block they are aligned.
    """

    first: int
    last: int
    block: Block | None = None
    tiers: tuple[tuple[int, ...], ...] = ()
    fills: tuple[int, ...] = ()
    value: int | None = None
    arrow: int | None = None


Node = ast.Statement | ast.StoreField | ast.Item | ast.MenuItem | ast.ParkPrompt | ast.ParkLimit | ast.Phase


def shape_of(file: ast.File, tokens: Sequence[Token]) -> tuple[Item, ...]:
    """The statements of a file that could be read in full."""
    return _Shaper(tokens).items(file.statements)


class _Shaper:
    """Finds the tokens of nodes."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.first = {token.start: n for n, token in enumerate(tokens)}
        self.last = {token.end: n for n, token in enumerate(tokens[:-1])}
        self.opening: list[int] = []
        self.pair: dict[int, int] = {}
        waiting: list[int] = []
        for n, token in enumerate(tokens):
            if token.type == "LBRACE":
                self.opening.append(n)
                waiting.append(n)
            elif token.type == "RBRACE":
                self.pair[waiting.pop()] = n

    def items(self, nodes: Iterable[Node]) -> tuple[Item, ...]:
        return tuple(self.item(node) for node in nodes)

    def item(self, node: Node) -> Item:
        first, last = self.first[node.span.start], self.last[node.span.end]
        match node:
            case ast.Header() | ast.Use() | ast.Default() | ast.OnFailure() | ast.Phase() | ast.Broken():
                return Item(first, last)
            case ast.Store():
                return Item(first, last, self.block(first, last, node.fields))
            case ast.Handler() | ast.Block():
                return Item(first, last, self.block(first, last, node.segments))
            case ast.RecordRule():
                clauses = [*self.spans(node.selection.exclude), *self.spans(node.store)]
                tiers = (self.before(*self.spans(node.because)), self.before(*clauses, keyword=True))
                return Item(first, last, None, tiers, self.selected(node.selection))
            case ast.RecordGuarantee() | ast.Announce():
                taken = self.before(*self.spans(node.selection.exclude), keyword=True)
                return Item(
                    first, last, None, (self.before(*self.spans(node.because)), taken), self.selected(node.selection)
                )
            case ast.Keep():
                tiers = (self.before(*self.spans(node.because)), self.before(*(p.span for p in node.patterns[1:])))
                return Item(first, last, None, tiers)
            case ast.Segment():
                return self.segment(node, first, last)
            case ast.StoreField() | ast.WaitItem() | ast.SwitchItem() | ast.ParkLimit():
                return Item(first, last, value=first)
            case ast.PromptItem() | ast.RepeatItem() | ast.ParkPrompt():
                return Item(first, last, None, (self.before(*(p.span for p in node.prompt.parts[1:])),), value=first)
            case ast.KeyItem() | ast.DigitsItem() | ast.FailItem():
                return Item(first, last, arrow=self.first[node.goal.span.start] - 2)
            case ast.Submenu():
                return Item(first, last, self.block(first, last, node.items))
            case _:
                assert_never(node)

    def segment(self, node: ast.Segment, first: int, last: int) -> Item:
        body = node.body
        match body:
            case ast.Menu() | ast.Park():
                return Item(first, last, self.block(first, last, body.items))
            case ast.Connect():
                tiers = (self.before(*(option.span for option in body.options)),)
                return Item(first, last, self.block(first, last, body.phases), tiers)
            case ast.Play():
                return Item(first, last, None, (self.before(*(file.span for file in body.files[1:])),))
            case ast.Say() | ast.Tones() | ast.Cookie() | ast.Answer() | ast.Hangup() | ast.Continue():
                return Item(first, last)
            case _:
                assert_never(body)

    def block(self, first: int, last: int, nodes: Iterable[Node]) -> Block | None:
        """The braces among the tokens of an item, if there are any."""
        found = bisect_left(self.opening, first)
        if found == len(self.opening) or self.opening[found] > last:
            return None
        opening = self.opening[found]
        return Block(opening, self.pair[opening], self.items(nodes))

    def spans(self, node: ast.Because | ast.Selector | ast.Word | None) -> list[Span]:
        return [] if node is None else [node.span]

    def before(self, *spans: Span, keyword: bool = False) -> tuple[int, ...]:
        """The gaps before some spans; before the word that introduces them with `keyword`."""
        return tuple(self.first[span.start] - 1 - keyword for span in spans)

    def selected(self, selection: ast.Selection) -> tuple[int, ...]:
        """The gaps after the commas of a selection."""
        chosen = [selection.include, *([selection.exclude] if selection.exclude else [])]
        return tuple(gap for one in chosen for gap in self.before(*(item.span for item in one.items[1:])))
