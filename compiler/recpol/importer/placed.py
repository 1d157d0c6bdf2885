"""Phases whose conversations are known, to the tree in which they stand.

Invariant: what was recorded is recorded, but for what a phase leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.base.record import Record, replace
from recpol.base.source import Span
from recpol.syntax import tree


def record_rule(word: tree.Word, taken: Sequence[tree.Word], store: tree.Word, span: Span) -> tree.RecordRule:
    """The rule by which what bears a label is recorded to a store, but for some parts of it."""
    exclude = tree.Selector(tuple(taken), span) if taken else None
    selection = tree.Selection(tree.Selector((word,), span), exclude, span)
    return tree.RecordRule(tree.Word("call", span), selection, store, None, span, span)


def rebuilt(
    file: tree.File,
    unit: Program,
    stores: list[tree.Store],
    inside: Mapping[int, list[tree.Phase]],
    paused: Mapping[int, list[tuple[tree.Word, str]]],
    rules: list[tree.Statement],
) -> tree.File:
    """A tree with phases `inside` the connects that lead to their conversations, and with `rules` at its end.

    `paused` are the conversations of which a phase is left out, each with the phases and the stores that do without
    them: rules record these conversations then, in the place of the blocks around them. Both are by step of the unit.
    """
    names = {id(step.node): index for index, step in enumerate(unit.steps)}
    labels: dict[int, tree.Word] = {}
    for index, taken in paused.items():
        step = unit.steps[index]
        chosen = {word.text for word in (*labels.values(), *(phase.name for phase in chain(*inside.values())))}
        known = {*unit.names.labels, *chosen}
        free = ("talk" if len(paused) == 1 else "talk-1", *(f"talk-{number}" for number in range(1, len(known) + 2)))
        label = step.label or tree.Word(next(name for name in free if name not in known), step.span)
        labels[index] = label
        for store in wanted(unit.decisions, step):
            left_out = [word for word, other in taken if other == store]
            rules.append(record_rule(label, left_out, tree.Word(store, step.span), step.span))

    placed = _Placed(names, labels, inside)
    statements: list[tree.Statement] = []
    for statement in file.statements:
        if isinstance(statement, tree.OnBlock):
            statement = replace(statement, segments=placed.items(statement.segments))
        if not isinstance(statement, tree.Store):
            statements.append(statement)
    first = next((n for n, s in enumerate(statements) if isinstance(s, tree.OnBlock)), len(statements))
    return tree.File(file.source, (*statements[:first], *stores, *statements[first:], *rules))


class _Placed(Record):
    """The items of a tree with their labels, and with the phases `inside` them. `names` are the steps' indices by the
    identity of their nodes; labels and phases are by step."""

    names: Mapping[int, int]
    labels: Mapping[int, tree.Word]
    inside: Mapping[int, list[tree.Phase]]

    def items(self, given: tuple[tree.Item, ...]) -> tuple[tree.Item, ...]:
        """What comes of items."""
        return tuple(new for item in given for new in self.one(item))

    def one(self, item: tree.Item) -> tuple[tree.Item, ...]:
        """What comes of an item."""
        if isinstance(item, tree.Block):
            if self.names.get(id(_last(item))) in self.labels:  # a rule decides about the talk, and leaves phases out
                rest = self.items(item.segments[:-1])
                block = (replace(item, segments=rest),) if rest else ()
                return (*block, *self.one(item.segments[-1]))
            return (replace(item, segments=self.items(item.segments)),)
        index = self.names.get(id(item))
        if isinstance(item, tree.Segment) and index is not None:
            body = item.body
            if index in self.inside and isinstance(body, tree.Connect):
                body = replace(body, phases=tuple(self.inside[index]))
            return (replace(item, label=self.labels.get(index, item.label), body=body),)
        return (item,)


def _last(item: tree.Item | None) -> tree.Item | None:
    """The last segment of a block, also where it stands in blocks within that."""
    while isinstance(item, tree.Block):
        item = item.segments[-1] if item.segments else None
    return item
