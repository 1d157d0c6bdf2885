"""Decisions: which steps are recorded, by whose wish, and into which store.

A decision is a `record` block or a top-level `record` rule. A step is recorded when any decision covers it. A further
menu or a phase is recorded as the menu or conversation around it, unless a rule names it, or leaves it out, itself.

Invariant: nothing is resolved by precedence. Where decisions disagree, all of them are kept for a rule to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.builtins import BUILT_IN, EXACT, is_a
from recpol.analysis.callgraph import Graph
from recpol.analysis.names import Names
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.base.typing import Literal
from recpol.syntax import tree

Scope = Literal["call", "conference"]


class Decision(Record):
    """A block or rule: its scope as written (None: plain), the name of its store (None: there is no telling), and the
    place of that store among those that are declared."""

    node: tree.Block | tree.RecordRule
    scope: Scope | None
    store: str | None
    rank: int = 0

    @property
    def keyword(self) -> Span:
        """The `record` and its scope word."""
        return self.node.keyword


class Decided(Record):
    """The decisions that cover one step, by what they record."""

    call: tuple[Decision, ...] = ()
    conference: tuple[Decision, ...] = ()

    @property
    def call_stores(self) -> tuple[str, ...]:
        """The stores of the call recordings that run while the step lasts, as they are declared; each has its own."""
        if not self.call:
            return ()
        if len(self.call) == 1:
            only = self.call[0].store
            return () if only is None else (only,)
        stores = {d.store: d.rank for d in self.call if d.store is not None}
        return tuple(sorted(stores, key=stores.__getitem__))

    @property
    def conference_store(self) -> str | None:
        """The store of the conference recording that the step starts; None where it starts none."""
        return next((d.store for d in self.conference if d.store is not None), None) if self.conference else None


_NOTHING = Decided()


class Decisions(Record):
    """All decisions in the order they are written, what each step comes to, and which steps each decision covers."""

    all: tuple[Decision, ...]
    steps: tuple[Decided, ...] = field(repr=False)
    covers: dict[int, tuple[Step, ...]] = field(repr=False)


class Selected:
    """Which steps selectors mean, looked up once per selector."""

    def __init__(self, handlers: tuple[Handler, ...], names: Names, graph: Graph) -> None:
        self._names = names
        self._steps = [step for handler in handlers for step in handler.steps]
        self._inside: dict[int, list[Step]] = {}
        self._talks: dict[int, list[Step]] = {}
        self._built_in: dict[str, tuple[Step, ...]] = {}
        self._tagged: dict[str, tuple[Step, ...]] = {}
        self._chosen: dict[int, tuple[tree.Selection, dict[int, Step]]] = {}
        for step in self._steps:
            if step.parent is not None:
                phase = () if step.phase is None else (self._steps[step.phase],)
                for around in (*_belongs_to(self._steps, graph, step), *phase):
                    self._inside.setdefault(around.index, []).append(step)
        for talk, bearers in graph.bears.items():
            for bearer in bearers:
                self._talks.setdefault(bearer.index, []).append(self._steps[talk])

    def named(self, item: tree.Word | tree.Tag) -> tuple[Step, ...]:
        """The steps that bear a label or tag, by themselves or, for a `continue`, from the connect or talk it goes on
        with; or that a built-in selector means."""
        if isinstance(item, tree.Tag) and item.name in BUILT_IN:
            if item.name not in self._built_in:
                self._built_in[item.name] = tuple(step for step in self._steps if is_a(item.name, step))
            return self._built_in[item.name]
        if isinstance(item, tree.Word):
            labelled = self._names.labels.get(item.text)
            return self._inherited((labelled,)) if labelled else ()
        if item.name not in self._tagged:
            self._tagged[item.name] = self._inherited(self._names.tags.get(item.name, ()))
        return self._tagged[item.name]

    def _inherited(self, own: tuple[Step, ...]) -> tuple[Step, ...]:
        inherited = [talk for step in own for talk in self._talks.get(step.index, ())]
        return tuple({step.index: step for step in (*own, *inherited)}.values())

    def of(self, selector: tree.Selector) -> dict[int, Step]:
        """The steps that a selector means, with what is inside the menus and conversations it names.

        A phase is inside the conversation, so that the label of a connect which is only the dialling does not mean it.
        """
        if selector.everything:
            return {step.index: step for step in self._steps}
        found: dict[int, Step] = {}
        for item in selector.items:
            for step in self.named(item):
                found[step.index] = step
                exact = isinstance(item, tree.Tag) and item.name in EXACT
                for inner in () if exact else self._inside.get(step.index, ()):
                    found[inner.index] = inner
        return found

    def chosen(self, selection: tree.Selection) -> Mapping[int, Step]:
        """The recordable steps that a selection means: those included, less those excepted."""
        known = self._chosen.get(id(selection))
        if known is None:  # it is kept with its steps, so that no other one gets its id
            taken = self.of(selection.exclude) if selection.exclude else {}
            included = self.of(selection.include)
            found = {index: step for index, step in included.items() if index not in taken and step.recordable}
            known = self._chosen[id(selection)] = selection, found
        return known[1]


def decide(file: tree.File, handlers: tuple[Handler, ...], names: Names, graph: Graph, selected: Selected) -> Decisions:
    """What every step of a policy comes to."""
    steps = [step for handler in handlers for step in handler.steps]
    call: dict[int, list[Decision]] = {}
    conference: dict[int, list[Decision]] = {}
    covers: dict[int, dict[int, Step]] = {}
    decisions: list[Decision] = []
    numbers: dict[int, int] = {}
    ranks = {name: place for place, name in enumerate(names.stores)}

    def decision_of(node: tree.Block | tree.RecordRule) -> int:
        if id(node) not in numbers:
            numbers[id(node)] = len(decisions)
            scope: Scope | None = None
            if node.scope is not None:
                scope = "conference" if node.scope.text == "conference" else "call"
            store = _store_of(node, names)
            decisions.append(Decision(node, scope, store, ranks.get(store or "", 0)))
        return numbers[id(node)]

    def cover(number: int, step: Step) -> None:
        covers.setdefault(number, {})[step.index] = step
        decision = decisions[number]
        into = conference if decision.scope == "conference" else call
        if decision.scope != "conference" or step.connects == "conference":
            into.setdefault(step.index, []).append(decision)

    for block in _blocks(file):
        decision_of(block)
    for step in steps:
        if step.blocks and step.recordable and not _of_phase(step):
            for block in step.blocks:
                cover(decision_of(block), step)
    rules = [statement for statement in file.statements if isinstance(statement, tree.RecordRule)]
    taken: dict[int, dict[int, Step]] = {}
    naming: dict[int, list[int]] = {}
    for rule in rules:
        number = decision_of(rule)
        taken[number] = selected.of(rule.selection.exclude) if rule.selection.exclude else {}
        for step in selected.chosen(rule.selection).values():
            if not _of_phase(step):
                cover(number, step)
        for step in (step for item in rule.selection.include.items for step in selected.named(item)):
            naming.setdefault(step.index, []).append(number)
    for step in steps:
        if step.parent is not None and _of_phase(step) and step.recordable:
            outer = (steps[step.phase],) if step.phase is not None else _belongs_to(steps, graph, step)
            for number in _around(outer, call, conference, numbers):
                if step.index not in taken.get(number, {}):
                    cover(number, step)
            for number in naming.get(step.index, ()):
                if step.index not in taken[number] and step.index not in covers.get(number, {}):
                    cover(number, step)
    decided = [_NOTHING] * len(steps)
    for index in call.keys() | conference.keys():
        decided[index] = Decided(tuple(call.get(index, ())), tuple(conference.get(index, ())))
    return Decisions(tuple(decisions), tuple(decided), {n: tuple(covered.values()) for n, covered in covers.items()})


def _store_of(node: tree.Block | tree.RecordRule, names: Names) -> str | None:
    if node.store is not None:
        return node.store.text if node.store.text in names.stores else None
    only = names.only_store
    return only.name.text if only else None


def _blocks(file: tree.File) -> Iterator[tree.Block]:
    for statement in file.statements:
        if isinstance(statement, tree.OnBlock):
            yield from _blocks_among(statement.segments)


def _blocks_among(items: tuple[tree.Item, ...]) -> Iterator[tree.Block]:
    """Blocks, and those within them."""
    for item in items:
        if isinstance(item, tree.Block):
            yield item
            yield from _blocks_among(item.segments)


def _of_phase(step: Step) -> bool:
    """Whether a step is a phase, or heard when one begins or ends: it is recorded as what is around it, where no rule
    names it."""
    return isinstance(step.body, tree.Phase) or step.phase is not None


def _around(
    outer: Iterable[Step],
    call: dict[int, list[Decision]],
    conference: dict[int, list[Decision]],
    numbers: dict[int, int],
) -> list[int]:
    """The decisions on the conversations that a phase belongs to, or on the phase that a prompt belongs to."""
    found = [d for talk in outer for d in (*call.get(talk.index, ()), *conference.get(talk.index, ()))]
    return list(dict.fromkeys(numbers[id(decision.node)] for decision in found))


def _belongs_to(steps: list[Step], graph: Graph, inner: Step) -> tuple[Step, ...]:
    """The steps that a further menu, a phase or a prompt of one is part of: the menu; the conversations that a connect
    begins, or the connect itself where no conversation follows it."""
    assert inner.parent is not None
    outer = steps[inner.parent]
    return (graph.conversations.get(outer.index, ()) if _of_phase(inner) else ()) or (outer,)
