"""The call graph: which handler can follow which, and which conversations a connect begins.

Callbacks come as documented on the Callback API page (2019–2021): ICE for the incoming call; ACE when the callee of a
PSTN or SIP connect answers, unless `suppress-callbacks`; PIE for every result of a menu; nothing for app calls,
conferences and streams. A call that the backend begins (`on callout`) begins with its request, and ACE follows when the
person called answers, unless the request says what is heard then (Calling API page). A parked call waits for Manage
Call, which here means any `on manage` handler; those with `in` can come at any time in the conversations that they
select. That nobody answers is an event in Voice API v2 alone; where a policy answers it, it is a way here.

Invariant: every way a call can take through the handlers is a path of edges from the start; no way is there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from recpol.analysis.dialled import CAUSES, answer_keys, called_ace, carry, led_to
from recpol.analysis.menus import MenuOutcome, cause_of, menus, outcomes, reached_menus
from recpol.analysis.requests import borne, requests_in, talks_of
from recpol.analysis.steps import OTHERWISE, UNANSWERED, Handler, Step
from recpol.base.record import Record, field
from recpol.base.typing import assert_never
from recpol.syntax import tree


class Edge(Record):
    """A handler that can follow: from the action `step` of `origin` (None: the call itself) to `target`.

    `cause` says in words what happens: `a call comes in`, `the callee answers`, `the caller presses 2`, …. `unsure` is
    the name of the assumption that the call does not go this way, where no document says whether it does. `in_talk` is
    true of a request that is sent while people talk: its step is the connect that began the talk, if no reply did.
    """

    origin: int | None
    target: int
    cause: str
    step: Step | None = None
    outcome: MenuOutcome | None = None
    unsure: str = ""
    in_talk: bool = False


class Parking(Record):
    """The ways of parked calls: from each handler that parks, to each that the backend can send then.

    There are as many as the product of both, so they are made where somebody reads them one by one. `origins` are the
    handlers that park by their index, with their actions and how many single ways come before theirs; `resumed` those
    that can be sent, with the words. No single way leads out of the former or into the latter.
    """

    origins: Mapping[int, tuple[Step, int]] = field(repr=False)
    resumed: Mapping[int, str] = field(repr=False)

    def out_of(self, origin: int) -> tuple[Edge, ...]:
        """The ways out of a handler that parks; none out of another."""
        step, _ = self.origins.get(origin, (None, 0))
        return () if step is None else tuple([Edge(origin, to, cause, step) for to, cause in self.resumed.items()])


class Graph(Record):
    """All ways through the handlers: `single` are those of no parked call, `parking` are the others.

    A way of which no document says whether calls take it is an edge only where no other leads to its handler, and then
    the first such way is; `certain` are the handlers that calls come to without one.
    `arriving` and `leaving` are the single ways into and out of each handler, for `into` and `out_of`, which give all;
    `loose` are menu results that no handler answers. `before[s]` are the connects that can lead to the `continue` step
    `s`, `later[s]` the `continue`s to which the connect `s` can lead; `conversations[s]` are the steps in which its
    callee is talked to: itself, or the `continue`s after it but for those of requests; the same for a `continue` with
    which the platform sets a call up.
    `requests[s]` are the handlers that can be sent to a call while it talks in step `s`. `bears[s]` are the steps whose
    labels and tags the `continue` step `s` has, for want of a label of its own.
    """

    single: tuple[Edge, ...]
    parking: Parking
    reachable: frozenset[int]
    certain: frozenset[int]
    loose: tuple[MenuOutcome, ...]
    first: dict[str, int] = field(repr=False)
    before: dict[int, tuple[Step, ...]] = field(repr=False)
    later: dict[int, list[int]] = field(repr=False)
    conversations: dict[int, tuple[Step, ...]] = field(repr=False)
    arriving: dict[int, list[Edge]] = field(repr=False)
    leaving: dict[int, list[Edge]] = field(repr=False)
    requests: dict[int, tuple[int, ...]] = field(repr=False)
    bears: dict[int, tuple[Step, ...]] = field(repr=False)
    alone: frozenset[int] = field(default=frozenset(), repr=False)
    """The handlers that a call which the backend began can come to before a second person is connected."""

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All ways, one by one: those of each handler in turn, and last those that depend on what others lead to."""
        found: list[Edge] = []
        done = 0
        for origin, (_, place) in self.parking.origins.items():
            found += self.single[done:place]
            found += self.parking.out_of(origin)
            done = place
        return (*found, *self.single[done:]) if found else self.single

    @property
    def begins(self) -> tuple[int, ...]:
        """The handlers with which calls begin: that of an incoming call, and those of callouts."""
        return tuple(edge.target for edge in self.single if edge.origin is None)

    def talks(self, connect: Step, steps: Sequence[Step]) -> tuple[Step, ...]:
        """All talks in which the callee of a connect can be, those after requests and after parking too."""
        begun = self.conversations.get(connect.index, ())
        later = (steps[talk] for talk in self.later.get(connect.index, ()))
        return tuple({step.index: step for step in (*begun, *later)}.values())

    def into(self, handler: int) -> tuple[Edge, ...]:
        """The ways into a handler from reachable ones."""
        found, cause = self.arriving.get(handler, ()), self.parking.resumed.get(handler)
        if cause is None:
            return tuple(found)
        origins = ((at, step) for at, (step, _) in self.parking.origins.items() if at in self.reachable)
        return (*found, *[Edge(origin, handler, cause, step) for origin, step in origins])

    def out_of(self, handler: int) -> tuple[Edge, ...]:
        """The ways out of a handler."""
        return (*self.leaving.get(handler, ()), *self.parking.out_of(handler))

    def following(self, handlers: Iterable[int]) -> tuple[int, ...]:
        """Some handlers and all that can follow them, in the order in which they are found, each once."""
        found = dict.fromkeys(handlers)
        queue, resumed = list(found), dict(self.parking.resumed)
        for at in queue:
            targets = [edge.target for edge in self.leaving.get(at, ())]
            if at in self.parking.origins:
                targets += resumed
                resumed.clear()  # what another handler that parks leads to has been found
            fresh = dict.fromkeys(target for target in targets if target not in found)
            found |= fresh
            queue += fresh
        return tuple(found)


def build_graph(handlers: tuple[Handler, ...], *, replies: bool = True) -> Graph:
    """The call graph of a policy's handlers; linear in handlers and menu results, but for labels that spread.

    `replies` is false where no target has callbacks with replies of their own, so that no PIE of type `error` comes.
    """
    first: dict[str, int] = {}
    for handler in handlers:
        first.setdefault(handler.key, handler.index)
    edges: list[Edge] = []
    loose: list[MenuOutcome] = []
    errors: list[Edge] = []
    if "ice" in first:
        edges.append(Edge(None, first["ice"], "a call comes in"))
    for handler in handlers:
        if handler.kind == "callout" and first[handler.key] == handler.index:
            edges.append(Edge(None, handler.index, f"the backend begins `{handler.name}`"))
    manages = [h for h in handlers if h.kind == "manage" and not h.in_talk and first[h.key] == h.index]
    resumed = {other.index: f"the backend sends `{other.name}`" for other in manages}
    origins: dict[int, tuple[Step, int]] = {}
    for handler in handlers:
        if first[handler.key] == handler.index:
            if resumed and handler.action is not None and isinstance(handler.last, tree.Park):
                origins[handler.index] = (handler.action, len(edges))
            edges.extend(_leave(handler, first, loose))
            errors.extend(_error(handler, first, loose) if replies else ())
    parking = Parking(origins, resumed)
    proceeding: list[Edge] = []
    parked: list[Edge] = []
    sole: list[Edge] = []
    asked: dict[int, tuple[int, ...]] = {}
    requested: list[Edge] = []
    while True:
        reachable = _reach([*edges, *sole, *proceeding, *requested], parking)
        ways = [*edges, *sole, *proceeding, *parked, *requested]
        dialled, unconnected, alone = _dialled_before(handlers, ways, parking, reachable)
        now = _proceed(handlers, first, unconnected, "pie"), _proceed(handlers, first, unconnected, "manage")
        talks = talks_of(handlers, first, dialled)
        sent = requests_in(handlers, first, talks)
        if now != (proceeding, parked) or sent != asked:
            (proceeding, parked), asked = now, sent
            requested = _requested(handlers, asked)
            continue
        unmet = (e for e in (*errors, *parked) if e.origin in reachable and e.target not in reachable)
        more = next(unmet, None)
        if more is None:
            break
        sole.append(more)
    certain = _reach([*edges, *proceeding, *requested], parking) if sole else reachable
    edges.extend((*proceeding, *requested, *sole))
    conversations = _conversations(handlers, [*edges, *parked], dialled)
    before = {talk: tuple(step for step in dials if step.connects) for talk, dials in dialled.items()}
    arriving: dict[int, list[Edge]] = {}
    leaving: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.origin is None or edge.origin in reachable:
            arriving.setdefault(edge.target, []).append(edge)
        if edge.origin is not None:
            leaving.setdefault(edge.origin, []).append(edge)
    bears = borne(handlers, talks, asked)
    found = tuple(edges), parking, reachable, certain, tuple(loose), first, before, led_to(before), conversations
    return Graph(*found, arriving, leaving, asked, bears, alone)


def _leave(handler: Handler, first: dict[str, int], loose: list[MenuOutcome]) -> Iterator[Edge]:
    """The ways out of a handler."""
    step, action = handler.action, handler.last
    if step is None and handler.opening is not None:
        key = called_ace(first, handler)
        if key is not None:
            yield Edge(handler.index, first[key], "the person called answers", handler.opening)
    if step is None:
        return
    match action:
        case tree.Connect():
            for event, key in answer_keys(first, step).items():
                yield Edge(handler.index, first[key], CAUSES[event], step)
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
        case tree.Park() | tree.Continue():
            pass  # all that park lead to the same (`Parking`), a `continue` to what its calls allow (`_proceed`)
        case tree.Hangup() | None:
            pass
        case _:
            assert_never(action)


def _error(handler: Handler, first: dict[str, int], loose: list[MenuOutcome]) -> Iterator[Edge]:
    """A PIE of type `error`, which can come from every menu as far as the Callback API page goes, is answered by `on
    pie otherwise`, or by nothing."""
    step = handler.action
    if step is None or not isinstance(step.body, tree.Menu):
        return
    outcome = MenuOutcome(menus(step, handler)[0], "error", None, None)
    if f"pie {OTHERWISE}" not in first:
        loose.append(outcome)
    else:
        yield Edge(handler.index, first[f"pie {OTHERWISE}"], cause_of(outcome), step, outcome, "menu-errors")


def _reach(edges: list[Edge], parking: Parking) -> frozenset[int]:
    parked = -1  # a place that all parked calls share
    after: dict[int | None, list[int]] = {parked: [*parking.resumed], **{at: [parked] for at in parking.origins}}
    for edge in edges:
        after.setdefault(edge.origin, []).append(edge.target)
    seen: set[int] = set()
    queue = list(after.get(None, ()))
    while queue:
        handler = queue.pop()
        if handler not in seen:
            seen.add(handler)
            queue.extend(after.get(handler, ()))
    return frozenset(seen - {parked})


def _dialled_before(
    handlers: tuple[Handler, ...], edges: list[Edge], parking: Parking, reachable: frozenset[int]
) -> tuple[dict[int, tuple[Step, ...]], frozenset[int], frozenset[int]]:
    """For every `continue`, the steps whose callee it talks to: carried along the ways of calls, a new connect, or a
    `continue` that lets the platform set the call up, replaces them. And the handlers that some call comes to before
    anybody has been connected: calls that came in, and calls that the backend began."""
    calls_up = {edge.step.index for edge in edges if edge.step and isinstance(edge.step.body, tree.Continue)}
    dials = [s for handler in handlers for s in handler.segments if s.connects or s.index in calls_up]
    bit = {step.index: 1 << number for number, step in enumerate(dials)}
    nobody = 1 << len(dials)
    called = 1 << (len(dials) + 1)  # nobody either, and no call that the platform could set up
    parked = len(handlers)  # a place that all parked calls share: one way into it for each, one way out for each sent
    carried = [0] * (parked + 1)  # sets of connects as bit masks: their union is one machine operation
    onward: list[list[int]] = [[] for _ in carried]
    onward[parked] += parking.resumed
    for origin in parking.origins.keys() & reachable:
        onward[origin].append(parked)
    for edge in edges:
        kind = handlers[edge.target].kind
        if edge.origin is None:
            carried[edge.target] |= called if kind == "callout" else nobody
        elif edge.origin not in reachable:
            continue
        elif kind in UNANSWERED:
            carried[edge.target] |= nobody
        elif edge.step is not None and edge.step.index in bit:
            carried[edge.target] |= bit[edge.step.index]
        else:
            onward[edge.origin].append(edge.target)
    carry(carried, onward)
    listed: dict[int, tuple[Step, ...]] = {}
    found: dict[int, tuple[Step, ...]] = {}
    for handler in handlers:
        action = handler.action
        if action is not None and isinstance(action.body, tree.Continue):
            mask = carried[handler.index] & ~nobody & ~called
            if mask not in listed:
                listed[mask] = tuple(step for step in dials if bit[step.index] & mask)
            found[action.index] = listed[mask]
    alone = frozenset(handler.index for handler in handlers if carried[handler.index] & called)
    return found, frozenset(handler.index for handler in handlers if carried[handler.index] & nobody), alone


def _proceed(
    handlers: tuple[Handler, ...], first: dict[str, int], unconnected: frozenset[int], kind: str
) -> list[Edge]:
    """A `continue` after a menu that no connect came before lets the platform set the call up, so ACE can follow.
    Whether it does so when it is sent to a parked call no document says."""
    unsure = "" if kind == "pie" else "parked-continue"
    found: list[Edge] = []
    for handler in handlers:
        action = handler.action
        goes_on = handler.kind == kind and action is not None and isinstance(action.body, tree.Continue)
        if goes_on and "ace" in first and handler.index in unconnected:
            found.append(Edge(handler.index, first["ace"], "the callee answers", action, unsure=unsure))
    return found


def _requested(handlers: tuple[Handler, ...], asked: dict[int, tuple[int, ...]]) -> list[Edge]:
    """The ways into requests: from the handlers whose action is a talk in which they can be sent."""
    found: list[Edge] = []
    for handler in handlers:
        action = handler.action
        for target in asked.get(action.index, ()) if action is not None else ():
            began = action if action is not None and action.connects else None
            cause = f"the backend sends `{handlers[target].name}`"
            found.append(Edge(handler.index, target, cause, began, in_talk=True))
    return found


def _conversations(
    handlers: tuple[Handler, ...], edges: list[Edge], dialled: dict[int, tuple[Step, ...]]
) -> dict[int, tuple[Step, ...]]:
    dials = (tree.Connect, tree.Continue)
    reached = [edge for edge in edges if handlers[edge.target].kind not in UNANSWERED and not edge.in_talk]
    answered = {edge.step.index for edge in reached if edge.step and isinstance(edge.step.body, dials)}
    steps = {step.index: step for handler in handlers for step in handler.segments}
    after: dict[int, list[Step]] = {}
    for talk, before in dialled.items():
        for dial in before:
            after.setdefault(dial.index, []).append(steps[talk])
    found: dict[int, tuple[Step, ...]] = {}
    for step in steps.values():
        if step.connects or step.index in answered:
            talks = tuple(talk for talk in after.get(step.index, ()) if not handlers[talk.handler].in_talk)
            found[step.index] = talks if step.index in answered else (step,)
    return found
