"""Shortest calls: the events that bring a call to a handler, a menu, a conversation or a phase.

Invariant: the events replay in `recpol.semantics.simulate`, and no shorter list of replies leads to the same handler.
"""

from __future__ import annotations

from collections import deque

from recpol.analysis.callgraph import Edge, MenuNode, menus
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.calls import trace as t
from recpol.syntax import tree


def menu_keys(handler: Handler, step: Step, goal: str) -> tuple[t.Event, ...] | None:
    """The keys that lead from the first menu of a `menu` step to the menu `goal`; None where none do."""
    known: dict[str, MenuNode] = {}
    for menu in menus(step, handler):
        known.setdefault(menu.id, menu)
    found: dict[str, tuple[t.Event, ...]] = {"main": ()}
    queue = deque(["main"])
    while queue and goal not in found:
        at = queue.popleft()
        for item in known[at].node.items:
            if isinstance(item, tree.KeyItem) and item.goal.menu and item.goal.name.text in known:
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
            assert isinstance(outcome.item, tree.DigitsItem)
            event = t.Enters("0" * min(outcome.item.count.value, 32))
        case "timeout":
            event = t.Waits()
        case _:
            event = t.Mistypes()
    return (*keys, event)


PathNode = tuple[int, bool]
"""A handler, and whether somebody has been connected on the way to it."""


def advances(edge: Edge, linked: bool) -> bool | None:
    """Whether somebody is connected after an edge; None where a call cannot take it.

    The platform sets a call up by itself only where no reply has connected one (`recpol.analysis.callgraph`).
    """
    if edge.step is not None and isinstance(edge.step.body, tree.Continue):
        return None if linked else True
    return linked or (edge.step is not None and edge.step.connects is not None)


class Paths:
    """Shortest ways to every reachable handler."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._after: dict[int, list[Edge]] = {}
        for edge in program.graph.edges:
            if edge.origin is not None:
                self._after.setdefault(edge.origin, []).append(edge)
        self._via: dict[PathNode, tuple[PathNode | None, Edge]] = {}
        self._far: dict[PathNode, int] = {}
        self._nearest: dict[int, PathNode] = {}
        queue: deque[PathNode] = deque()
        for edge in program.graph.edges:
            if edge.origin is None:
                self._reach((edge.target, False), None, edge, queue)
        while queue:
            at = queue.popleft()
            for edge in self._after.get(at[0], ()):
                linked = advances(edge, at[1])
                if linked is not None:
                    self._reach((edge.target, linked), at, edge, queue)

    def _reach(self, place: PathNode, origin: PathNode | None, edge: Edge, queue: deque[PathNode]) -> None:
        if place not in self._via:
            self._via[place] = (origin, edge)
            self._far[place] = 0 if origin is None else self._far[origin] + 1
            self._nearest.setdefault(place[0], place)
            queue.append(place)

    def to_handler(self, handler: int) -> tuple[t.Event, ...]:
        """The events of the shortest call to a reachable handler."""
        parts: list[tuple[t.Event, ...]] = []
        at: PathNode | None = self._nearest[handler]
        while at is not None:
            at, edge = self._via[at]
            parts.append(edge_events(self.program, edge))
        return tuple(event for part in reversed(parts) for event in part)

    def distance(self, handler: int) -> int:
        """How many replies a call has had before it comes to a handler."""
        place = self._nearest.get(handler)
        return -1 if place is None else self._far[place]

    def to_step(self, step: Step) -> tuple[t.Event, ...]:
        """The events of the shortest call in which a segment or a further menu of a reachable handler is heard."""
        events = self.to_handler(step.handler)
        if isinstance(step.node, tree.Submenu) and step.parent is not None:
            outer = self.program.steps[step.parent]
            keys = menu_keys(self.program.handlers[step.handler], outer, step.node.name.text)
            return (*events, *(keys or ()))
        return events

    def to_talk(self, connect: Step, talk: Step) -> tuple[t.Event, ...]:
        """The events of a call that dials `connect` and comes to its conversation `talk` without dialling again."""
        events = self.to_handler(connect.handler)
        if talk is connect:
            return (*events, t.Answers()) if connect.connects in ("pstn", "sip") else events
        via: dict[int, Edge] = {}
        queue: deque[int] = deque()
        for edge in self._after.get(connect.handler, ()):
            if edge.step is connect and edge.target not in via:
                via[edge.target] = edge
                queue.append(edge.target)
        while queue and talk.handler not in via:
            for edge in self._after.get(queue.popleft(), ()):
                dials = edge.step is not None and isinstance(edge.step.body, tree.Connect | tree.Continue)
                if edge.target not in via and not dials:
                    via[edge.target] = edge
                    queue.append(edge.target)
        parts: list[tuple[t.Event, ...]] = []
        edge = via[talk.handler]
        while True:
            parts.append(edge_events(self.program, edge))
            if edge.step is connect or edge.origin is None:
                break
            edge = via[edge.origin]
        return (*events, *(event for part in reversed(parts) for event in part))
