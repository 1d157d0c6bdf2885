"""Tree to shape: which tokens are one item, which items a pair of braces holds, and where an item may be broken.

Invariant: every token between two braces belongs to exactly one item of theirs; an item has at most one pair of braces.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.syntax import tree
from recpol.syntax.lexer import Token

# A gap is known by the number of the token before it.


class Braces(Record):
    """A pair of braces, as the numbers of their tokens, and what stands between them."""

    open: int
    close: int
    items: tuple[Laid, ...]


class Laid(Record):
    """A statement, a field, a segment, a line of a menu, …: the tokens `first` to `last`.

    `tiers` are the gaps where a line that is too long is broken: all of the first tier, and if that is not enough all
    of the next. The gaps `fills` come last, each only where the line would be too long. `value` is the gap before the
    value of a setting, `arrow` that before `->`; in a block they are aligned.
    """

    first: int
    last: int
    block: Braces | None = None
    tiers: tuple[tuple[int, ...], ...] = ()
    fills: tuple[int, ...] = ()
    value: int | None = None
    arrow: int | None = None


InTalk = tree.Phase | tree.PhasePrompts | tree.RoomKey

ShapedNode = tree.Statement | tree.StoreField | tree.Promise | tree.Item | tree.MenuItem | tree.ParkItem | InTalk


def shape_of(file: tree.File, tokens: Sequence[Token]) -> tuple[Laid, ...]:
    """The statements of a file that could be read in full."""
    return _Shaper(tokens).items(file.statements)


class _Shaper:
    """Finds the tokens of nodes."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.first = {start: n for n, (_, start, _) in enumerate(tokens)}
        self.last = {end: n for n, (_, _, end) in enumerate(tokens[:-1])}
        self.opening: list[int] = []
        self.pair: dict[int, int] = {}
        waiting: list[int] = []
        for n, (kind, _, _) in enumerate(tokens):
            if kind == "LBRACE":
                self.opening.append(n)
                waiting.append(n)
            elif kind == "RBRACE":
                self.pair[waiting.pop()] = n

    def items(self, nodes: Iterable[ShapedNode]) -> tuple[Laid, ...]:
        return tuple(self.item(node) for node in nodes)

    def item(self, node: ShapedNode) -> Laid:
        first, last = self.first[node.span.start], self.last[node.span.end]
        match node:
            case tree.Header() | tree.Use() | tree.Default() | tree.OnFailure() | tree.Broken():
                return Laid(first, last)
            case tree.TargetChoice():
                return Laid(first, last, None, (self.before(*(name.span for name in node.names[1:])),))
            case tree.Answering():
                return Laid(first, last, None, (self.before(*(line.span for line in node.lines[1:])),))
            case tree.Store():
                return Laid(first, last, self.block(first, last, node.fields))
            case tree.Phase():
                return Laid(first, last, self.block(first, last, node.moments))
            case tree.OnBlock() | tree.Block() | tree.PhasePrompts():
                return Laid(first, last, self.block(first, last, node.segments))
            case tree.RecordRule():
                clauses = [*self.spans(node.selection.exclude), *self.spans(node.store)]
                tiers = (self.before(*self.spans(node.because)), self.before(*clauses, keyword=True))
                return Laid(first, last, None, tiers, self.selected(node.selection))
            case tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide():
                taken = self.before(*self.spans(node.selection.exclude), keyword=True)
                return Laid(
                    first, last, None, (self.before(*self.spans(node.because)), taken), self.selected(node.selection)
                )
            case tree.Unique():
                tiers = (self.before(*self.spans(node.because)), self.before(*(v.span for v in node.values[1:])))
                return Laid(first, last, None, tiers)
            case tree.Keep():
                tiers = (self.before(*self.spans(node.because)), self.before(*(p.span for p in node.patterns[1:])))
                return Laid(first, last, None, tiers)
            case tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion() | tree.OptOut():
                return Laid(first, last, None, (self.before(*self.spans(node.because)),))
            case tree.Segment():
                return self.segment(node, first, last)
            case tree.StoreField() | tree.Promise() | tree.WaitItem() | tree.SwitchItem() | tree.ParkLimit():
                return Laid(first, last, value=first)
            case tree.PromptItem() | tree.RepeatItem() | tree.ParkPrompt():
                return Laid(first, last, None, (self.before(*(p.span for p in node.prompt.parts[1:])),), value=first)
            case tree.KeyItem() | tree.DigitsItem() | tree.FailItem():
                return Laid(first, last, arrow=self.first[node.goal.span.start] - 2)
            case tree.RoomKey():
                return Laid(first, last, arrow=self.first[node.request.span.start] - 2)
            case tree.Submenu():
                return Laid(first, last, self.block(first, last, node.items))
            case _:
                assert_never(node)

    def segment(self, node: tree.Segment, first: int, last: int) -> Laid:
        body = node.body
        match body:
            case tree.Menu() | tree.Park():
                return Laid(first, last, self.block(first, last, body.items))
            case tree.Connect():
                tiers = (self.before(*(option.span for option in body.options)),)
                inner = sorted((*body.phases, *body.keys), key=lambda node: node.span.start)
                return Laid(first, last, self.block(first, last, inner), tiers)
            case tree.Call():
                return Laid(first, last, None, (self.before(*(option.span for option in body.options)),))
            case tree.Play():
                return Laid(first, last, None, (self.before(*(file.span for file in body.files[1:])),))
            case tree.Say() | tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Continue():
                return Laid(first, last)
            case _:
                assert_never(body)

    def block(self, first: int, last: int, nodes: Iterable[ShapedNode]) -> Braces | None:
        """The braces among the tokens of an item, if there are any."""
        found = bisect_left(self.opening, first)
        if found == len(self.opening) or self.opening[found] > last:
            return None
        opening = self.opening[found]
        return Braces(opening, self.pair[opening], self.items(nodes))

    def spans(self, node: tree.Because | tree.Selector | tree.Word | None) -> list[Span]:
        return [] if node is None else [node.span]

    def before(self, *spans: Span, keyword: bool = False) -> tuple[int, ...]:
        """The gaps before some spans; before the word that introduces them with `keyword`."""
        return tuple(self.first[span.start] - 1 - keyword for span in spans)

    def selected(self, selection: tree.Selection) -> tuple[int, ...]:
        """The gaps after the commas of a selection."""
        chosen = [selection.include, *([selection.exclude] if selection.exclude else [])]
        return tuple(gap for one in chosen for gap in self.before(*(item.span for item in one.items[1:])))
