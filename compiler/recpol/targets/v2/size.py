"""How large the one document of a call in Voice API v2 would be, before it is written.

Invariant: linear in handlers and ways, whatever the size of the document; nothing is copied here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.callgraph import Edge, Graph
from recpol.analysis.program import Program
from recpol.analysis.recorder import begun, ended, wanted
from recpol.analysis.steps import Handler
from recpol.base.record import Record
from recpol.base.typing import assert_never
from recpol.platform.v2.commands import MESSAGES
from recpol.syntax import tree

MOST_COMMANDS = 2_000
MOST_DEEP = 50
"""How many commands a document may have, and how many replies may stand inside each other: recpol's own limits."""


class Size(Record):
    """The commands of a document (a little more rather than less), how deep replies nest, and the ways back; of those
    of parked calls one to each handler."""

    commands: int
    depth: int
    back: tuple[Edge, ...]


def measure(program: Program) -> Size:
    """The size of a program's largest document; with a way back there is none, and the size is 0."""
    graph = program.graph
    after: dict[int, list[Edge]] = {}
    for edge in graph.single:
        if edge.origin is not None and not edge.in_talk:  # a request has a document of its own
            after.setdefault(edge.origin, []).append(edge)
    order, back = _order(graph, after)
    if back:
        return Size(0, 0, back)
    commands: dict[int, int] = {}
    depth: dict[int, int] = {}

    def following(ways: Iterable[tuple[int, int]]) -> tuple[int, int]:
        """The commands and the depth of all that follows a handler: the handlers, with how many copies of each."""
        found = [(copies * commands[target], depth[target]) for target, copies in ways]
        return sum(size for size, _ in found), max((deep for _, deep in found), default=0)

    resumed: tuple[int, int] | None = None
    for handler in order:
        if handler in graph.parking.origins:
            resumed = resumed or following((target, 1) for target in graph.parking.resumed)
            copied, deeper = resumed
        else:
            ways = after.get(handler, ())
            copied, deeper = following((e.target, max(1, len(e.outcome.keys)) if e.outcome else 1) for e in ways)
        more = sum(max(stops + starts - 2, 0) for stops, starts in _changes(program, program.handlers[handler]))
        commands[handler] = 4 + 3 * len(program.handlers[handler].segments) + more + copied
        depth[handler] = 1 + _nested(program, program.handlers[handler]) + deeper
    most, deepest = ([size[start] for start in graph.begins] for size in (commands, depth))
    return Size(max(most, default=0), max(deepest, default=0), ())


def _changes(program: Program, handler: Handler) -> Iterator[tuple[int, int]]:
    """How many recordings stop and how many start before each segment of a reply that changes what is recorded."""
    state = program.entry(handler)
    for step in handler.segments:
        wish = wanted(program.decisions, step) if step.recordable else state
        if wish != state:
            yield len(ended(state, wish)), len(begun(state, wish))
            state = wish


def _nested(program: Program, handler: Handler) -> int:
    """How many handlers of messages and recordings stand inside each other in one reply."""
    levels, sounds, state = 0, 0, program.entry(handler)
    for step in handler.segments:
        wish = wanted(program.decisions, step) if step.recordable else state
        if wish != state:
            levels += max(1, len(ended(state, wish))) + -(-sounds // MESSAGES.value)
            sounds, state = 0, wish
        match step.body:
            case tree.Play(files=files):
                sounds += len(files)
            case tree.Say():
                sounds += 1
            case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Call() | tree.Phase():
                pass
            case tree.Connect() | tree.Menu() | tree.Submenu() | tree.Park() | tree.Continue():
                pass
            case _:
                assert_never(step.body)
    return levels + -(-sounds // MESSAGES.value)


def _order(graph: Graph, after: Mapping[int, list[Edge]]) -> tuple[list[int], tuple[Edge, ...]]:
    """The handlers from where calls begin on, each after all that can follow it; and the edges that lead back on a
    way."""
    order: list[int] = []
    back: list[Edge] = []
    open_, done = set[int](), set[int]()
    stack: list[tuple[int, Iterator[int]]] = []
    parking = graph.parking
    resumed = iter(parking.resumed)  # one for all that park: what one of them leads to is open or done for the next
    unmet: list[int] = []  # those of `resumed` that are open, and to which no way back has been found

    def enter(handler: int) -> None:
        open_.add(handler)
        if handler in parking.resumed:
            unmet.append(handler)
        if handler in parking.origins:
            step, _ = parking.origins[handler]
            back.extend(Edge(handler, to, parking.resumed[to], step) for to in unmet)
            unmet.clear()
            stack.append((handler, resumed))
        else:
            stack.append((handler, _onward(after.get(handler, ()), open_, back)))

    for start in graph.begins:  # nothing leads back to where a call begins
        enter(start)
        while stack:
            at, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                stack.pop()
                open_.discard(at)
                done.add(at)
                order.append(at)
                if unmet[-1:] == [at]:
                    unmet.pop()
            elif target not in done:
                enter(target)
    return order, tuple(back)


def _onward(ways: Iterable[Edge], open_: set[int], back: list[Edge]) -> Iterator[int]:
    """Where ways lead to; those to a handler that is open then are ways back."""
    for edge in ways:
        if edge.target in open_:
            back.append(edge)
        else:
            yield edge.target
