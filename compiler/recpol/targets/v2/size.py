"""How large the one document of a call in Voice API v2 would be, before it is written.

Invariant: linear in handlers and ways, whatever the size of the document; nothing is copied here.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callgraph import Edge
from recpol.analysis.program import Program
from recpol.analysis.recorder import begun, ended, wanted
from recpol.analysis.steps import Handler
from recpol.base.record import Record
from recpol.platform.v2.commands import MESSAGES
from recpol.syntax import tree

MOST_COMMANDS = 2_000
MOST_DEEP = 50
"""How many commands a document may have, and how many replies may stand inside each other: recpol's own limits."""


class Size(Record):
    """The commands of a document (a little more rather than less), how deep replies nest, and the ways back."""

    commands: int
    depth: int
    back: tuple[Edge, ...]


def measure(program: Program) -> Size:
    """The size of a program's largest document; with a way back there is none, and the size is 0."""
    after: dict[int, list[Edge]] = {}
    starts = program.graph.begins
    for edge in program.graph.edges:
        if edge.origin is not None and not edge.in_talk:  # a request has a document of its own
            after.setdefault(edge.origin, []).append(edge)
    order, back = _order(starts, after)
    if back:
        return Size(0, 0, back)
    commands: dict[int, int] = {}
    depth: dict[int, int] = {}
    for handler in order:
        more = sum(max(stops + starts - 2, 0) for stops, starts in _changes(program, program.handlers[handler]))
        own = 4 + 3 * len(program.handlers[handler].segments) + more
        copies = [(edge, max(1, len(edge.outcome.keys)) if edge.outcome else 1) for edge in after.get(handler, ())]
        commands[handler] = own + sum(number * commands[edge.target] for edge, number in copies)
        deeper = max((depth[edge.target] for edge, _ in copies), default=0)
        depth[handler] = 1 + _nested(program, program.handlers[handler]) + deeper
    most, deepest = ([size[start] for start in starts] for size in (commands, depth))
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
        if isinstance(step.body, tree.Play):
            sounds += len(step.body.files)
        elif isinstance(step.body, tree.Say):
            sounds += 1
    return levels + -(-sounds // MESSAGES.value)


def _order(starts: tuple[int, ...], after: dict[int, list[Edge]]) -> tuple[list[int], tuple[Edge, ...]]:
    """The handlers from where calls begin on, each after all that can follow it; and the edges that lead back on a
    way."""
    order: list[int] = []
    back: list[Edge] = []
    open_, done = set[int](), set[int]()
    for start in starts:  # nothing leads back to where a call begins
        open_.add(start)
        stack = [(start, iter(after.get(start, ())))]
        while stack:
            at, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                stack.pop()
                open_.discard(at)
                done.add(at)
                order.append(at)
            elif edge.target in open_:
                back.append(edge)
            elif edge.target not in done:
                open_.add(edge.target)
                stack.append((edge.target, iter(after.get(edge.target, ()))))
    return order, tuple(back)
