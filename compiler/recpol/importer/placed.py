"""Phases whose conversations are known, to the tree in which they stand.

Invariant: what was recorded is recorded, but for what a phase leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.base.record import replace
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

    def items(given: tuple[tree.Item, ...]) -> tuple[tree.Item, ...]:
        return tuple(new for item in given for new in one(item))

    def one(item: tree.Item) -> tuple[tree.Item, ...]:
        if isinstance(item, tree.Block):
            if names.get(id(_last(item))) in labels:  # a rule decides about the talk now, and leaves the phases out
                rest = items(item.segments[:-1])
                block = (replace(item, segments=rest),) if rest else ()
                return (*block, *one(item.segments[-1]))
            return (replace(item, segments=items(item.segments)),)
        index = names.get(id(item))
        if isinstance(item, tree.Segment) and index is not None:
            body = item.body
            if index in inside and isinstance(body, tree.Connect):
                body = replace(body, phases=tuple(inside[index]))
            return (replace(item, label=labels.get(index, item.label), body=body),)
        return (item,)

    statements: list[tree.Statement] = []
    for statement in file.statements:
        if isinstance(statement, tree.OnBlock):
            statement = replace(statement, segments=items(statement.segments))
        if not isinstance(statement, tree.Store):
            statements.append(statement)
    first = next((n for n, s in enumerate(statements) if isinstance(s, tree.OnBlock)), len(statements))
    return tree.File(file.source, (*statements[:first], *stores, *statements[first:], *rules))


def _last(item: tree.Item | None) -> tree.Item | None:
    """The last segment of a block, also where it stands in blocks within that."""
    while isinstance(item, tree.Block):
        item = item.segments[-1] if item.segments else None
    return item
