"""A program to what its recordings are called in Voice API v2, and where a stop has to be waited for.

A recording of v2 has a name, several run side by side (tutorial 3.3), and a stop does not wait (SDK 2.3.0). So every
place where a recording starts is a `Site` with a name of its own, one for each store that starts there, and a stop
after which a segment under `never record` can come is waited for: what follows it then stands in the recording's
`onFinish`.

Invariant: total over every program; linear in handlers, edges and sites. The names depend on nothing but the order in
which the policy is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from recpol.analysis.callouts import answers_person
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun, ended, spread, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, field
from recpol.platform.v2.commands import NAME
from recpol.syntax import tree


class Site(Record):
    """A recording by where it starts: before a step of a reply, or when a phase begins."""

    name: str
    store: str
    step: Step = field(repr=False)


class Stop(Record):
    """A place where the recording to a store ends: before `step`. `begun` is where it started, None: in an earlier
    reply."""

    step: Step
    store: str
    begun: Site | None
    waits: bool


class Plan(Record):
    """The recordings of a program in v2.

    `sites` and `stops` are by the index of the step that they stand before, those of one step in the order of their
    stores. `during[s]` are the names of the recordings that can run while the step `s` lasts, `entering[h]` those that
    can run when handler `h` begins, and `stores` is where each goes. `reported` are recordings whose end a request
    waits for, which webhooks of their own report. `sensitive` are the steps under `never record`.
    """

    sites: Mapping[int, tuple[Site, ...]]
    stops: Mapping[int, tuple[Stop, ...]]
    entering: Mapping[int, frozenset[str]]
    during: Mapping[int, frozenset[str]]
    reported: frozenset[str]
    sensitive: frozenset[int]
    stores: Mapping[str, str]

    @property
    def starts(self) -> Iterator[Site]:
        """Every place where a recording starts."""
        return chain.from_iterable(self.sites.values())

    def one_of(self, names: frozenset[str], store: str) -> str | None:
        """The recording to a store, of some that can run; the first in order where the rules let none through."""
        return next(iter(sorted(name for name in names if self.stores[name] == store)), None)

    def doubled(self, names: frozenset[str], stopped: RecordedStores) -> frozenset[str]:
        """Of recordings that can run, those to a store that is `stopped` which may bear one of several names."""
        into = {store: [name for name in names if self.stores[name] == store] for store in stopped}
        return frozenset(name for some in into.values() if len(some) > 1 for name in some)

    def around(self, program: Program, phase: Step) -> frozenset[str]:
        """The names of the recordings that can run in the conversation around a phase."""
        talks = program.graph.talks(program.steps[phase.parent], program.steps) if phase.parent is not None else ()
        return frozenset[str]().union(*(self.during.get(talk.index, frozenset()) for talk in talks))


def plan(program: Program) -> Plan:
    """The recordings of a program."""
    sensitive = program.never_recorded
    sites: dict[int, tuple[Site, ...]] = {}
    for site in _sites(program):
        sites[site.step.index] = (*sites.get(site.step.index, ()), site)
    later = _sensitive_later(program, sensitive)
    stops: dict[int, tuple[Stop, ...]] = {}
    parents = frozenset(s.parent for s in program.steps if s.index in sensitive and s.parent is not None)
    for handler in program.handlers:
        for stop in _stops(program, handler, sites, sensitive, later, parents):
            stops[stop.step.index] = (*stops.get(stop.step.index, ()), stop)
    stores = {site.name: site.store for some in sites.values() for site in some}
    entering = _entering(program, sites, stores)
    during = _during(program, sites, stores, entering)
    found = Plan(sites, stops, entering, during, frozenset(), sensitive, stores)
    reported: set[str] = set()
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and changes(program, step):
            stopped = ended(outside(program, step), wanted(program.decisions, step))
            reported.update(name for name in found.around(program, step) if stores[name] in stopped)
            reported.update(site.name for site in sites.get(step.index, ()))
    for handler in program.handlers:
        state = program.entry(handler)
        for step in handler.segments if handler.in_talk else ():
            stopped = ended(state, wanted(program.decisions, step)) if step.recordable else ()
            reported.update(name for name in entering.get(handler.index, ()) if stores[name] in stopped)
    return Plan(sites, stops, entering, during, frozenset(reported), sensitive, stores)


def changes(program: Program, phase: Step) -> bool:
    """Whether the recorder changes when a phase begins; never where no conversation leads to it, for none is lost."""
    talks = program.graph.conversations.get(phase.parent, ()) if phase.parent is not None else ()
    return bool(talks) and wanted(program.decisions, phase) != outside(program, phase)


def outside(program: Program, phase: Step) -> RecordedStores:
    """The stores of the conversation around a phase."""
    talks = program.graph.conversations.get(phase.parent, ()) if phase.parent is not None else ()
    return wanted(program.decisions, talks[0]) if talks else ()


def begins_on_callee(program: Program, step: Step) -> bool:
    """Whether a recording that begins before a step is that of the callee's leg: handlers of `dial` run there (tutorial
    1.3). A person whom the backend has called has the caller's leg."""
    handler = program.handler_of(step)
    return handler.kind == "ace" and not answers_person(program.graph, handler)


# ── where recordings start and end ───────────────────────────────────────────────────────────────────────────────


def _sites(program: Program) -> Iterator[Site]:
    counts: dict[str, int] = {}

    def site(store: str, step: Step) -> Site:
        # Stores whose names are alike up to where they may be cut are counted together.
        alike = store[: NAME.value - 6]
        counts[alike] = number = counts.get(alike, 0) + 1
        tail = f"-{number}"
        return Site(store[: NAME.value - len(tail)] + tail, store, step)

    for handler in program.handlers:
        state = program.entry(handler)
        for step in handler.segments:
            if step.recordable:
                wish = wanted(program.decisions, step)
                for store in begun(state, wish):
                    yield site(store, step)
                state = wish
        for step in handler.steps:
            if isinstance(step.body, tree.Phase):
                for store in begun(outside(program, step), wanted(program.decisions, step)):
                    if changes(program, step):
                        yield site(store, step)


def _stops(
    program: Program,
    handler: Handler,
    sites: Mapping[int, tuple[Site, ...]],
    sensitive: frozenset[int],
    later: frozenset[int],
    parents: frozenset[int],
) -> Iterator[Stop]:
    """The stops of a handler; `parents` are the steps in which something under `never record` stands."""
    state = program.entry(handler)
    running: dict[str, Site] = {}
    # A conversation has the phases of the connects that lead to it.
    around = {step.index for talk in handler.segments for step in program.graph.before.get(talk.index, ())}
    waits = handler.index in later or not around.isdisjoint(parents)
    waits = waits or any(step.index in sensitive for step in handler.steps if step.parent is not None)
    segments = handler.segments
    last = max((place for place, step in enumerate(segments) if step.index in sensitive), default=-1)
    for place, step in enumerate(segments):
        if not step.recordable:
            continue
        wish = wanted(program.decisions, step)
        for store in ended(state, wish):
            yield Stop(step, store, running.pop(store, None), waits or place <= last)
        if wish != state:
            running.update((site.store, site) for site in sites.get(step.index, ()))
            state = wish


def _sensitive_later(program: Program, sensitive: frozenset[int]) -> frozenset[int]:
    """The handlers after which another one can come that leads to a segment under `never record`."""
    parking = program.graph.parking
    before: dict[int, list[int]] = {}
    for edge in program.graph.single:
        if edge.origin is not None:
            before.setdefault(edge.target, []).append(edge.origin)
    queue = [h.index for h in program.handlers if any(step.index in sensitive for step in h.steps)]
    leading: set[int] = set(queue)
    found: set[int] = set()
    parked = tuple(parking.origins)
    while queue:
        at = queue.pop()
        origins = before.get(at, ())
        if at in parking.resumed:
            origins, parked = (*origins, *parked), ()  # once for all that can be sent
        for origin in origins:
            found.add(origin)
            if origin not in leading:
                leading.add(origin)
                queue.append(origin)
    return frozenset(found)


# ── which recordings run ─────────────────────────────────────────────────────────────────────────────────────────


_Running = tuple[str, ...]
"""The names of the recordings that run, each to a store of its own."""


def _changed(
    program: Program,
    handler: Handler,
    sites: Mapping[int, tuple[Site, ...]],
    stores: Mapping[str, str],
    running: _Running,
) -> Iterator[tuple[Step, _Running]]:
    """The recordings that run with each step of a handler that can be recorded; `stores` has that of each."""
    state = program.entry(handler)
    for step in handler.segments:
        if step.recordable:
            wish = wanted(program.decisions, step)
            if wish != state:
                going = (name for name in running if stores[name] in state and stores[name] in wish)
                running = (*going, *(site.name for site in sites.get(step.index, ())))
                state = wish
            yield step, running


def _entering(
    program: Program, sites: Mapping[int, tuple[Site, ...]], stores: Mapping[str, str]
) -> dict[int, frozenset[str]]:
    def leave(handler: int, running: _Running) -> _Running:
        passed = [after for _, after in _changed(program, program.handlers[handler], sites, stores, running)]
        return passed[-1] if passed else running

    first: _Running = ()
    entries = spread(program.graph, first, leave)
    return {handler: frozenset(name for names in some for name in names) for handler, some in entries.items()}


def _during(
    program: Program,
    sites: Mapping[int, tuple[Site, ...]],
    stores: Mapping[str, str],
    entering: Mapping[int, frozenset[str]],
) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for handler in program.handlers:
        entered = tuple(sorted(entering.get(handler.index, ())))
        for step, running in _changed(program, handler, sites, stores, entered):
            found[step.index] = frozenset(running)
    return found
