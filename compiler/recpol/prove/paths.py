"""Shortest calls: the events that bring a call to a handler, a menu, a conversation or a phase.

Invariant: the events replay in `recpol.simulate`, and no shorter list of replies leads to the same handler.
"""

from __future__ import annotations

from collections import deque

from recpol.ground import trace as t
from recpol.model import ast
from recpol.model.callgraph import Edge, Menu, menus
from recpol.model.flow import Handler, Step
from recpol.program import Program


def menu_keys(handler: Handler, step: Step, goal: str) -> tuple[t.Event, ...] | None:
    """The keys that lead from the first menu of a `menu` step to the menu `goal`; None where none do."""
    known: dict[str, Menu] = {}
    for menu in menus(step, handler):
        known.setdefault(menu.id, menu)
    found: dict[str, tuple[t.Event, ...]] = {"main": ()}
    queue = deque(["main"])
    while queue and goal not in found:
        at = queue.popleft()
        for item in known[at].node.items:
            if isinstance(item, ast.KeyItem) and item.goal.menu and item.goal.name.text in known:
                after = item.goal.name.text
                if after not in found:
                    found[after] = (*found[at], t.Presses(item.key.text))
                    queue.append(after)
    return found.get(goal)


def edge_events(program: Program, edge: Edge) -> tuple[t.Event, ...]:
    """What happens between a reply and the one that an edge leads to."""
    if edge.origin is None:
        return ()
    target = program.handlers[edge.target]
    if edge.outcome is None:
        return (t.Sends(target.name or ""),) if target.kind == "manage" else (t.Answers(),)
    outcome = edge.outcome
    assert edge.step is not None
    keys = menu_keys(program.handlers[edge.origin], edge.step, outcome.menu.id) or ()
    event: t.Event
    match outcome.type:
        case "return":
            event = t.Presses(outcome.keys[0])
        case "sequence":
            assert isinstance(outcome.item, ast.DigitsItem)
            event = t.Enters("0" * min(outcome.item.count.value, 32))
        case "timeout":
            event = t.Waits()
        case _:
            event = t.Mistypes()
    return (*keys, event)


class Paths:
    """Shortest ways to every reachable handler."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._after: dict[int, list[Edge]] = {}
        for edge in program.graph.edges:
            if edge.origin is not None:
                self._after.setdefault(edge.origin, []).append(edge)
        start = [edge for edge in program.graph.edges if edge.origin is None]
        self._via = self._search(start, through_connects=True)

    def _search(self, start: list[Edge], *, through_connects: bool) -> dict[int, Edge]:
        via: dict[int, Edge] = {}
        queue: deque[int] = deque()
        for edge in start:
            if edge.target not in via:
                via[edge.target] = edge
                queue.append(edge.target)
        while queue:
            for edge in self._after.get(queue.popleft(), ()):
                dials = edge.step is not None and edge.step.connects is not None
                if edge.target not in via and (through_connects or not dials):
                    via[edge.target] = edge
                    queue.append(edge.target)
        return via

    def _events(self, via: dict[int, Edge], handler: int, until: int | None) -> tuple[t.Event, ...]:
        events: list[tuple[t.Event, ...]] = []
        at: int | None = handler
        while at is not None:
            edge = via[at]
            events.append(edge_events(self.program, edge))
            at = None if edge.origin == until else edge.origin
        return tuple(event for part in reversed(events) for event in part)

    def to_handler(self, handler: int) -> tuple[t.Event, ...]:
        """The events of the shortest call to a reachable handler."""
        return self._events(self._via, handler, None)

    def distance(self, handler: int) -> int:
        """How many events that call has."""
        return len(self.to_handler(handler))

    def to_step(self, step: Step) -> tuple[t.Event, ...]:
        """The events of the shortest call in which a segment or a further menu of a reachable handler is heard."""
        events = self.to_handler(step.handler)
        if isinstance(step.node, ast.Submenu) and step.parent is not None:
            outer = self.program.steps[step.parent]
            keys = menu_keys(self.program.handlers[step.handler], outer, step.node.name.text)
            return (*events, *(keys or ()))
        return events

    def to_talk(self, connect: Step, talk: Step) -> tuple[t.Event, ...] | None:
        """The events of a call that dials `connect` and comes to the conversation `talk` without dialling again."""
        events = self.to_handler(connect.handler)
        if talk is connect:
            return (*events, t.Answers())
        start = [e for e in self._after.get(connect.handler, ()) if e.step is connect]
        via = self._search(start, through_connects=False)
        if talk.handler not in via:
            return None
        return (*events, *self._events(via, talk.handler, connect.handler))
