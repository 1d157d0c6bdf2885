"""The state of the call recorder at every step: the stores into which recordings run.

One is usual. Where a target can, several run side by side, each into a store of its own; from one step to the next only
those stop and start that differ.

A handler leaves the recorder as its action wants it, so the states with which a handler can be entered follow from the
actions before it. They are found by a fixpoint over (handler, state) pairs, never by listing paths.

Named assumption `recorder-survives`: a call recording that was started goes on across connects, menus, parking and
further replies until it is stopped or the call ends. The Recording page says only that it ends with the call.

Invariant: `entries` holds every state that some path brings, each with one way that brings it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recpol.analysis.callgraph import Edge, Graph
from recpol.analysis.decisions import Decisions
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, field
from recpol.base.typing import TypeVar

RecordedStores = tuple[str, ...]
"""The names of the stores that the call is recorded to, in the order in which they are declared; empty while nothing
records. Each has one recording that runs."""


AnyState = TypeVar("AnyState")


class Track(Record):
    """For each handler (by index) the recorder states it can be entered with, and the edge that first brought each."""

    entries: Mapping[int, Mapping[RecordedStores, Edge]] = field(repr=False)

    def entry(self, handler: Handler) -> RecordedStores:
        """The state a handler is entered with; off where no call reaches it or ways disagree."""
        states = self.entries.get(handler.index, {})
        return next(iter(states)) if len(states) == 1 else ()


def wanted(decisions: Decisions, step: Step) -> RecordedStores:
    """The stores that the call should be recorded to while a step lasts."""
    return decisions.steps[step.index].call_stores


def ended(before: RecordedStores, after: RecordedStores) -> RecordedStores:
    """The stores whose recordings stop where the state changes."""
    return tuple([store for store in before if store not in after])


def begun(before: RecordedStores, after: RecordedStores) -> RecordedStores:
    """The stores whose recordings start where the state changes."""
    return ended(after, before)


def leaves(decisions: Decisions, handler: Handler, entered: RecordedStores) -> RecordedStores:
    """The state of the recorder when the action of a handler runs that was entered with `entered`."""
    state = entered
    for step in handler.segments:
        if step.recordable:
            state = wanted(decisions, step)
    return state


def matters(handler: Handler) -> bool:
    """Whether a handler's reply depends on the state it is entered with: something in it can be heard."""
    return any(step.recordable for step in handler.segments)


def spread(
    graph: Graph, first: AnyState, leave: Callable[[int, AnyState], AnyState]
) -> dict[int, dict[AnyState, Edge]]:
    """The states with which a call can enter each handler, each with the edge that first brought it.

    A call begins with `first`; `leave` gives the state after a handler (by index) that was entered with another.
    Proportional to edges and states, however many ways there are; what parked calls come to is entered once with each
    state.
    """
    entries: dict[int, dict[AnyState, Edge]] = {}
    after: dict[int, list[Edge]] = {}
    queue: list[tuple[int, AnyState]] = []
    parking, parked = graph.parking, set[AnyState]()

    def enter(edge: Edge, state: AnyState) -> None:
        states = entries.setdefault(edge.target, {})
        if state not in states:
            states[state] = edge
            queue.append((edge.target, state))

    for edge in graph.single:
        if edge.origin is None:
            enter(edge, first)
        else:
            after.setdefault(edge.origin, []).append(edge)
    while queue:
        at, state = queue.pop()
        left = leave(at, state)
        for edge in after.get(at, ()):
            enter(edge, left)
        if at in parking.origins and left not in parked:
            parked.add(left)
            for edge in parking.out_of(at):
                enter(edge, left)
    return entries


def track(handlers: tuple[Handler, ...], graph: Graph, decisions: Decisions) -> Track:
    """The states of the recorder on entry to every reachable handler."""
    return Track(spread(graph, (), lambda at, state: leaves(decisions, handlers[at], state)))
