"""A program to what its recordings are called in Voice API v2, and where a stop has to be waited for.

A recording of v2 has a name, and a stop does not wait (SDK 2.3.0). So every place where a recording starts is a `Site`
with a name of its own, and a stop after which a segment under `never record` can come is waited for: what follows it
then stands in the recording's `onFinish`.

Invariant: total over every program; linear in handlers, edges and sites. The names depend on nothing but the order in
which the policy is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.analysis.callouts import answers_person
from recpol.analysis.program import Program
from recpol.analysis.recorder import spread, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.record import dataclass, field
from recpol.platform.v2.commands import NAME
from recpol.syntax import tree


@dataclass(frozen=True, slots=True)
class Site:
    """A recording by where it starts: before a step of a reply, or when a phase begins."""

    name: str
    store: str
    step: Step = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a recording ends: before `step`. `begun` is where it started, None: in an earlier reply."""

    step: Step
    begun: Site | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The recordings of a program in v2.

    `sites` and `stops` are by the index of the step that they stand before. `during[s]` are the names of the recordings
    that can run while the step `s` lasts, `entering[h]` those that can run when handler `h` begins. `reported` are
    recordings whose end a request waits for, which webhooks of their own report. `sensitive` are the steps under
    `never record`.
    """

    sites: Mapping[int, Site]
    stops: Mapping[int, Stop]
    entering: Mapping[int, frozenset[str]]
    during: Mapping[int, frozenset[str]]
    reported: frozenset[str]
    sensitive: frozenset[int]

    def around(self, program: Program, phase: Step) -> frozenset[str]:
        """The names of the recordings that can run in the conversation around a phase."""
        talks = program.graph.talks(program.steps[phase.parent], program.steps) if phase.parent is not None else ()
        return frozenset[str]().union(*(self.during.get(talk.index, frozenset()) for talk in talks))


def plan(program: Program) -> Plan:
    """The recordings of a program."""
    sensitive = program.never_recorded
    sites = {site.step.index: site for site in _sites(program)}
    later = _sensitive_later(program, sensitive)
    stops: dict[int, Stop] = {}
    parents = frozenset(s.parent for s in program.steps if s.index in sensitive and s.parent is not None)
    for handler in program.handlers:
        for stop in _stops(program, handler, sites, sensitive, later, parents):
            stops[stop.step.index] = stop
    entering = _entering(program, sites)
    during = _during(program, sites, entering)
    found = Plan(sites, stops, entering, during, frozenset(), sensitive)
    reported: set[str] = set()
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and changes(program, step):
            reported |= found.around(program, step)
            if step.index in sites:
                reported.add(sites[step.index].name)
    for handler in program.handlers:
        state = program.entry(handler)
        if handler.in_talk and any(wanted(program.decisions, s) != state for s in handler.segments if s.recordable):
            reported |= entering.get(handler.index, frozenset())
    return Plan(sites, stops, entering, during, frozenset(reported), sensitive)


def changes(program: Program, phase: Step) -> bool:
    """Whether the recorder changes when a phase begins; never where no conversation leads to it, for none is lost."""
    talks = program.graph.conversations.get(phase.parent, ()) if phase.parent is not None else ()
    return bool(talks) and wanted(program.decisions, phase) != outside(program, phase)


def outside(program: Program, phase: Step) -> str | None:
    """The store of the conversation around a phase."""
    talks = program.graph.conversations.get(phase.parent, ()) if phase.parent is not None else ()
    return wanted(program.decisions, talks[0]) if talks else None


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
                if wish is not None and wish != state:
                    yield site(wish, step)
                state = wish
        for step in handler.steps:
            if isinstance(step.body, tree.Phase):
                wish = wanted(program.decisions, step)
                if wish is not None and changes(program, step):
                    yield site(wish, step)


def _stops(
    program: Program,
    handler: Handler,
    sites: Mapping[int, Site],
    sensitive: frozenset[int],
    later: frozenset[int],
    parents: frozenset[int],
) -> Iterator[Stop]:
    """The stops of a handler; `parents` are the steps in which something under `never record` stands."""
    state, running = program.entry(handler), None
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
        if state is not None and wish != state:
            yield Stop(step, running, waits or place <= last)
        if wish != state:
            state, running = wish, sites.get(step.index)


def _sensitive_later(program: Program, sensitive: frozenset[int]) -> frozenset[int]:
    """The handlers after which another one can come that leads to a segment under `never record`."""
    before: dict[int, list[int]] = {}
    for edge in program.graph.edges:
        if edge.origin is not None:
            before.setdefault(edge.target, []).append(edge.origin)
    queue = [h.index for h in program.handlers if any(step.index in sensitive for step in h.steps)]
    leading: set[int] = set(queue)
    found: set[int] = set()
    while queue:
        for origin in before.get(queue.pop(), ()):
            found.add(origin)
            if origin not in leading:
                leading.add(origin)
                queue.append(origin)
    return frozenset(found)


# ── which recordings run ─────────────────────────────────────────────────────────────────────────────────────────


def _leaves(program: Program, handler: Handler, sites: Mapping[int, Site], running: str | None) -> str | None:
    state = program.entry(handler)
    for step in handler.segments:
        if step.recordable:
            wish = wanted(program.decisions, step)
            if wish != state:
                running = sites[step.index].name if wish is not None else None
                state = wish
    return running


def _entering(program: Program, sites: Mapping[int, Site]) -> dict[int, frozenset[str]]:
    def leave(handler: int, running: str | None) -> str | None:
        return _leaves(program, program.handlers[handler], sites, running)

    entries = spread(program.graph, None, leave)
    return {handler: frozenset(name for name in names if name is not None) for handler, names in entries.items()}


def _during(
    program: Program, sites: Mapping[int, Site], entering: Mapping[int, frozenset[str]]
) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for handler in program.handlers:
        running = entering.get(handler.index, frozenset())
        state = program.entry(handler)
        for step in handler.segments:
            if step.recordable:
                wish = wanted(program.decisions, step)
                if wish != state:
                    running = frozenset((sites[step.index].name,)) if wish is not None else frozenset()
                    state = wish
                found[step.index] = running
    return found
