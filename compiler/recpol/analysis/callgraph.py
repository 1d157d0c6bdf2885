"""The call graph: which handler can follow which, and which conversations a connect begins.

Callbacks come as documented on the Callback API page (2019–2021): ICE for the incoming call; ACE when the callee of a
PSTN or SIP connect answers, unless `suppress-callbacks`; PIE for every result of a menu; nothing for app calls,
conferences and streams. A parked call waits for Manage Call, which here means any `on manage` handler.

Invariant: every way a call can take through the handlers is a path of edges from the start; nothing is enumerated
twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import assert_never

from recpol.analysis.steps import OTHERWISE, Handler, Step
from recpol.base.record import dataclass
from recpol.base.source import Span
from recpol.syntax import tree


@dataclass(frozen=True, slots=True)
class MenuNode:
    """One menu of a RunMenu: its SVAML id, its node, and the step that it is."""

    id: str
    node: tree.AnyMenu
    step: Step


@dataclass(frozen=True, slots=True)
class MenuOutcome:
    """A result of a menu that the platform reports: `return`, `sequence`, `timeout` or `invalidinput`.

    `goal` is what was written after `->`, None for a result that nobody wrote down; `item` is the menu's line.
    """

    menu: MenuNode
    type: str
    goal: tree.Goal | None
    item: tree.GoalItem | None
    keys: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """The line that says it, or the keyword of the menu."""
        if self.item is not None:
            return self.item.span
        node = self.menu.node
        start = node.span.start
        return node.span.source.span(start, start + len("menu"))


@dataclass(frozen=True, slots=True)
class Edge:
    """A handler that can follow: from the action `step` of `origin` (None: the call itself) to `target`.

    `cause` says in words what happens: `a call comes in`, `the callee answers`, `the caller presses 2`, ….
    """

    origin: int | None
    target: int
    cause: str
    step: Step | None = None
    outcome: MenuOutcome | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """All ways through the handlers.

    `loose` are menu results that no handler answers. `before[s]` are the connects that can lead to the `continue` step
    `s`;
    `conversations[s]` are the steps in which the callee of the connect `s` is talked to: itself, or the `continue`s
    after it.
    """

    edges: tuple[Edge, ...]
    reachable: frozenset[int]
    loose: tuple[MenuOutcome, ...]
    first: dict[str, int] = field(repr=False)
    before: dict[int, tuple[Step, ...]] = field(repr=False)
    conversations: dict[int, tuple[Step, ...]] = field(repr=False)
    arriving: dict[int, tuple[Edge, ...]] = field(repr=False)

    def into(self, handler: int) -> tuple[Edge, ...]:
        """The ways into a handler from reachable ones."""
        return self.arriving.get(handler, ())


def menus(step: Step, handler: Handler) -> tuple[MenuNode, ...]:
    """The menus of a `menu` step: the first one is `main`, the further ones go by their names."""
    assert isinstance(step.body, tree.Menu)
    found = [MenuNode("main", step.body, step)]
    for inner in handler.steps:
        if inner.parent == step.index and isinstance(inner.node, tree.Submenu):
            found.append(MenuNode(inner.node.name.text, inner.node, inner))
    return tuple(found)


def reached_menus(step: Step, handler: Handler) -> tuple[MenuNode, ...]:
    """The menus of a `menu` step that a caller can get to from the first."""
    known = {menu.id: menu for menu in reversed(menus(step, handler))}
    queue, seen = ["main"], {"main"}
    while queue:
        for item in known[queue.pop()].node.items:
            if isinstance(item, tree.KeyItem) and item.goal.menu:
                goal = item.goal.name.text
                if goal in known and goal not in seen:
                    seen.add(goal)
                    queue.append(goal)
    return tuple(menu for menu in menus(step, handler) if menu.id in seen)


def outcomes(menu: MenuNode) -> tuple[MenuOutcome, ...]:
    """What the platform can report of a menu, written down or not; keys with one goal are one outcome."""
    found: list[MenuOutcome] = []
    returns: dict[str, list[tree.KeyItem]] = {}
    written = {item.name for item in menu.node.items if isinstance(item, tree.FailItem)}
    for item in menu.node.items:
        match item:
            case tree.KeyItem():
                if not item.goal.menu:
                    returns.setdefault(item.goal.name.text, []).append(item)
            case tree.DigitsItem():
                found.append(MenuOutcome(menu, "sequence", item.goal, item))
            case tree.FailItem():
                kind = "timeout" if item.name == "timeout" else "invalidinput"
                found.append(MenuOutcome(menu, kind, item.goal, item))
            case tree.PromptItem() | tree.RepeatItem() | tree.WaitItem() | tree.SwitchItem():
                pass
            case tree.Submenu() | tree.Broken():
                pass
            case _:
                assert_never(item)
    for items in returns.values():
        found.append(MenuOutcome(menu, "return", items[0].goal, items[0], tuple(item.key.text for item in items)))
    for name, kind in (("timeout", "timeout"), ("invalid", "invalidinput")):
        if name not in written:
            found.append(MenuOutcome(menu, kind, None, None))
    return tuple(found)


def cause_of(outcome: MenuOutcome) -> str:
    """What the caller does to get a menu's result, in words."""
    match outcome.type:
        case "return":
            keys = " or ".join(outcome.keys)
            return f"the caller presses {keys}"
        case "sequence":
            assert isinstance(outcome.item, tree.DigitsItem)
            return f"the caller enters {outcome.item.count.text} digits"
        case "timeout":
            return "the caller presses nothing"
        case _:
            return "the caller presses a wrong key"


def gets_ace(step: Step) -> bool:
    """Whether the platform sends ACE when the callee of this connect answers."""
    return isinstance(step.body, tree.Connect) and step.connects in ("pstn", "sip") and not suppressed(step)


def suppressed(step: Step) -> tree.Option | None:
    """The `suppress-callbacks` of a connect, if it is in force."""
    if isinstance(step.body, tree.Connect):
        for option in step.body.options:
            if option.name.text == "suppress-callbacks":
                off = isinstance(option.value, tree.Word) and option.value.text == "no"
                return None if off else option
    return None


def build_graph(handlers: tuple[Handler, ...]) -> Graph:
    """The call graph of a policy's handlers; linear in handlers and menu results, but for labels that spread."""
    first: dict[str, int] = {}
    for handler in handlers:
        first.setdefault(handler.key, handler.index)
    edges: list[Edge] = []
    loose: list[MenuOutcome] = []
    if "ice" in first:
        edges.append(Edge(None, first["ice"], "a call comes in"))
    for handler in handlers:
        if first[handler.key] == handler.index:
            edges.extend(_leave(handler, handlers, first, loose))
    proceeding: list[Edge] = []
    while True:
        reachable = _reach([*edges, *proceeding])
        before, unconnected = _connects_before(handlers, [*edges, *proceeding], reachable)
        found = list(_proceed(handlers, first, unconnected))
        if found == proceeding:
            break
        proceeding = found
    edges.extend(proceeding)
    conversations = _conversations(handlers, edges, before)
    arriving: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.origin is None or edge.origin in reachable:
            arriving.setdefault(edge.target, []).append(edge)
    ways = {handler: tuple(into) for handler, into in arriving.items()}
    return Graph(tuple(edges), reachable, tuple(loose), first, before, conversations, ways)


def _leave(
    handler: Handler, handlers: tuple[Handler, ...], first: dict[str, int], loose: list[MenuOutcome]
) -> Iterator[Edge]:
    step, action = handler.action, handler.last
    if step is None:
        return
    match action:
        case tree.Connect():
            if gets_ace(step) and "ace" in first:
                yield Edge(handler.index, first["ace"], "the callee answers", step)
        case tree.Menu():
            otherwise = first.get(f"pie {OTHERWISE}")
            for menu in reached_menus(step, handler):
                for outcome in outcomes(menu):
                    if outcome.goal is not None and outcome.goal.menu:
                        continue  # only a key can lead to another menu, and that is no result
                    named = first.get(f"pie {outcome.goal.name.text}") if outcome.goal else None
                    target = named if named is not None else otherwise
                    if target is None:
                        loose.append(outcome)
                    else:
                        yield Edge(handler.index, target, cause_of(outcome), step, outcome)
        case tree.Park():
            for other in handlers:
                if other.kind == "manage" and first[other.key] == other.index:
                    yield Edge(handler.index, other.index, f"the backend sends `{other.name}`", step)
        case tree.Continue():
            pass  # what it leads to depends on the calls that come to it: `_proceed`
        case tree.Hangup() | None:
            pass
        case _:
            assert_never(action)


def _reach(edges: list[Edge]) -> frozenset[int]:
    after: dict[int | None, list[int]] = {}
    for edge in edges:
        after.setdefault(edge.origin, []).append(edge.target)
    seen: set[int] = set()
    queue = list(after.get(None, ()))
    while queue:
        handler = queue.pop()
        if handler not in seen:
            seen.add(handler)
            queue.extend(after.get(handler, ()))
    return frozenset(seen)


def _connects_before(
    handlers: tuple[Handler, ...], edges: list[Edge], reachable: frozenset[int]
) -> tuple[dict[int, tuple[Step, ...]], frozenset[int]]:
    """For every `continue`, the connects whose callee it talks to: carried along the ways of calls, a new connect
    replaces them. And the handlers that some call comes to before anybody has been connected."""
    connects = [step for handler in handlers for step in handler.segments if step.connects]
    bit = {step.index: 1 << number for number, step in enumerate(connects)}
    nobody = 1 << len(connects)
    carried = [0] * len(handlers)  # sets of connects as bit masks: their union is one machine operation
    after: dict[int, list[Edge]] = {}
    queue: list[int] = []
    for edge in edges:
        if edge.origin is None:
            carried[edge.target] |= nobody
            queue.append(edge.target)
        elif edge.origin in reachable:
            after.setdefault(edge.origin, []).append(edge)
    queue.extend(sorted(reachable))
    while queue:
        at = queue.pop()
        for edge in after.get(at, ()):
            given = carried[at]
            if edge.step is not None and edge.step.connects:
                given = bit[edge.step.index]
            elif edge.step is not None and isinstance(edge.step.body, tree.Continue):
                given = 0  # the platform has connected the call by itself
            if given & ~carried[edge.target]:
                carried[edge.target] |= given
                queue.append(edge.target)
    listed: dict[int, tuple[Step, ...]] = {}
    found: dict[int, tuple[Step, ...]] = {}
    for handler in handlers:
        action = handler.action
        if action is not None and isinstance(action.body, tree.Continue):
            mask = carried[handler.index] & ~nobody
            if mask not in listed:
                listed[mask] = tuple(step for step in connects if bit[step.index] & mask)
            found[action.index] = listed[mask]
    return found, frozenset(handler.index for handler in handlers if carried[handler.index] & nobody)


def _proceed(handlers: tuple[Handler, ...], first: dict[str, int], unconnected: frozenset[int]) -> Iterator[Edge]:
    """A `continue` after a menu that no connect came before lets the platform set the call up, so ACE can follow."""
    if "ace" not in first:
        return
    for handler in handlers:
        action = handler.action
        goes_on = handler.kind == "pie" and action is not None and isinstance(action.body, tree.Continue)
        if goes_on and handler.index in unconnected:
            yield Edge(handler.index, first["ace"], "the callee answers", action)


def _conversations(
    handlers: tuple[Handler, ...], edges: list[Edge], before: dict[int, tuple[Step, ...]]
) -> dict[int, tuple[Step, ...]]:
    answered = {edge.step.index for edge in edges if edge.step and edge.step.connects}
    steps = {step.index: step for handler in handlers for step in handler.segments}
    after: dict[int, list[Step]] = {}
    for talk, connects in before.items():
        for connect in connects:
            after.setdefault(connect.index, []).append(steps[talk])
    found: dict[int, tuple[Step, ...]] = {}
    for step in steps.values():
        if step.connects:
            found[step.index] = tuple(after.get(step.index, ())) if step.index in answered else (step,)
    return found
