"""`never record` and `always record`: whether a selected step is recorded, wherever a call can come to it.

The recorder's state during a step follows from the decisions alone, so a step is judged once, however many paths lead
to it. What is added are the situations that no segment stands for: a conversation after an ACE reply that never came,
and phases.

Invariant: every reachable selected step and every conversation it can mean is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recpol.analysis.callgraph import gets_ace, reached_menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Step
from recpol.calls import trace as t
from recpol.prove.paths import Paths
from recpol.prove.stops import doubtful_stops
from recpol.prove.verdict import Verdict
from recpol.semantics.simulate import around, changes
from recpol.syntax import tree

_APP = "the platform's documents disagree on whether an app call is recorded"
_UNREAD = "stops the recording in a reply to ACE, and the platform's documents disagree on whether that is read there"
_TWICE = (
    "when the reply to ACE does not come in time, its phase starts a recording that runs already, "
    "and what that does is not documented"
)


@dataclass(frozen=True, slots=True)
class Situation:
    """A step in one of the situations in which a call can be in it: what records it, and how to get there.

    `way` gives the events that lead there, worked out only when they are shown; `far` says how many replies that takes.
    `inherited` is true where the recording began before the step; `disputed` says what the documents disagree on or
    leave open about it.
    """

    step: Step
    call: str | None
    conference: str | None
    way: Callable[[], tuple[t.Event, ...]]
    far: int
    lost: bool = False
    inherited: bool = False
    disputed: str = ""

    @property
    def recorded(self) -> bool:
        """Whether anything records the step."""
        return self.call is not None or self.conference is not None


def situations(program: Program, chosen: dict[int, Step], paths: Paths) -> Iterator[Situation]:
    """All situations of the chosen steps that a call can come to."""
    for step in chosen.values():
        if step.handler not in program.graph.reachable or not step.recordable:
            continue
        if isinstance(step.body, tree.Phase):
            yield from _phase(program, step, paths)
        elif not isinstance(step.body, tree.Submenu) or _is_reached(program, step):
            yield _plain(program, step, paths)
    yield from _lost_replies(program, chosen, paths)


def _is_reached(program: Program, step: Step) -> bool:
    assert step.parent is not None
    outer = program.steps[step.parent]
    return any(menu.step is step for menu in reached_menus(outer, program.handlers[step.handler]))


def _plain(program: Program, step: Step, paths: Paths) -> Situation:
    store = wanted(program.decisions, step)
    return Situation(
        step,
        store,
        program.decided(step).conference_store,
        lambda: paths.to_step(step),
        paths.distance(step.handler),
        inherited=store is not None and _before(program, step) == store,
        disputed=_APP if step.connects == "app" and store is not None else "",
    )


def _before(program: Program, step: Step) -> str | None:
    """The store that is recorded to just before a segment."""
    handler = program.handler_of(step)
    state = program.entry(handler)
    for other in handler.segments:
        if other is step or other.index == step.parent:
            break
        if other.recordable:
            state = wanted(program.decisions, other)
    return state


def _phase(program: Program, phase: Step, paths: Paths) -> Iterator[Situation]:
    assert phase.parent is not None
    connect = program.steps[phase.parent]
    room = program.decided(connect).conference_store
    store = wanted(program.decisions, phase)
    begins = t.Begins(_name(phase))
    talks = [talk for talk in program.graph.conversations.get(connect.index, ()) if program.is_reachable(talk)]
    nearest = min(talks, key=lambda talk: paths.distance(talk.handler), default=None)  # all are recorded alike
    if nearest is not None:
        inherited = store is not None and not changes(program, phase)
        far = max(paths.distance(nearest.handler), paths.distance(connect.handler))
        yield Situation(
            phase, store, room, lambda: (*paths.to_talk(connect, nearest), begins), far, inherited=inherited
        )
    if _loses(program, connect):
        lost = store if changes(program, phase) else wanted(program.decisions, connect)
        running = wanted(program.decisions, connect)
        expected = around(program, phase)  # what the body that begins the phase stops first
        twice = changes(program, phase) and store is not None and running is not None and expected is None
        yield Situation(
            phase,
            lost,
            None,
            lambda: (*paths.to_handler(connect.handler), t.Unreplied(), begins),
            paths.distance(connect.handler),
            lost=True,
            inherited=lost is not None,
            disputed=_TWICE if twice else "",
        )


def _name(phase: Step) -> str:
    assert isinstance(phase.body, tree.Phase)
    return phase.body.name.text


def _loses(program: Program, connect: Step) -> bool:
    """Whether a call that this dials can be connected although the reply to ACE does not come in time."""
    asks = "ace" in program.graph.first and gets_ace(connect) and program.is_reachable(connect)
    return asks and program.loses_replies


def _lost_replies(program: Program, chosen: dict[int, Step], paths: Paths) -> Iterator[Situation]:
    """The conversations that the platform connects by itself because the reply to ACE did not come in time: as the
    connect left the recorder, and as the end of each phase leaves it."""
    for step in program.steps:
        if not _loses(program, step):
            continue
        talks = program.graph.conversations.get(step.index, ())
        if step.index not in chosen and not any(talk.index in chosen for talk in talks):
            continue
        yield _lost(program, step, paths, wanted(program.decisions, step), ())
        for phase in phases_of(program, step):
            if changes(program, phase):
                name = _name(phase)
                yield _lost(program, step, paths, around(program, phase), (t.Begins(name), t.Ends(name)))


def _lost(program: Program, step: Step, paths: Paths, store: str | None, then: tuple[t.Event, ...]) -> Situation:
    return Situation(
        step,
        store,
        None,
        lambda: (*paths.to_handler(step.handler), t.Unreplied(), *then),
        paths.distance(step.handler) + len(then),
        lost=True,
        inherited=store is not None,
    )


def phases_of(program: Program, connect: Step) -> Iterator[Step]:
    """The phases of a connect: the steps that follow it and belong to it."""
    for step in program.steps[connect.index + 1 :]:
        if step.parent != connect.index:
            break
        yield step


def never(program: Program, guarantee: tree.RecordGuarantee, paths: Paths) -> Verdict:
    """`never record SELECTION`: no situation of a selected step is recorded."""
    seen = sorted(situations(program, program.selected.chosen(guarantee.selection), paths), key=_length)
    if not seen:
        return Verdict(guarantee, "empty", "no call comes to anything that it selects")
    for situation in seen:
        if situation.recorded:
            stores = [f"`{store}`" for store in (situation.call, situation.conference) if store]
            reason = f"recorded to {' and '.join(stores)}"
            if situation.lost:
                reason += " when the reply to ACE does not come in time"
            return Verdict(guarantee, "broken", reason, situation.step, situation.way())
    shared = _shared_room(program, guarantee, seen)
    if shared is not None:
        return shared
    for target in program.targets:
        doubtful = doubtful_stops(program, target)
        for situation in seen if doubtful else ():
            stop = doubtful.get(situation.step.index)
            if stop is not None:
                return Verdict(guarantee, "unknown", f"{target.name} {_UNREAD}", stop, situation.way())
    waits = all(target.awaits_stops for target in program.targets)  # for the report that the recording has ended
    assumptions = ["stop-works"] if program.decisions.all and not waits else []
    if any(isinstance(s.step.body, tree.Phase) for s in seen):
        assumptions.append("phases-are-told")
    if any(s.step.connects == "conference" or _in_room(program, s.step) for s in seen):
        assumptions.append("room-is-ours")
    return Verdict(guarantee, "proven", assumptions=tuple(assumptions))


def _in_room(program: Program, step: Step) -> bool:
    return step.parent is not None and program.steps[step.parent].connects == "conference"


def _shared_room(program: Program, guarantee: tree.RecordGuarantee, seen: list[Situation]) -> Verdict | None:
    """The verdict where another caller of this policy has the room recorded that a selected step is in.

    A conference recording holds the whole room, and a call recording of a participant holds the mix that the conference
    sends to that participant (Recording page).
    """
    others = list(room_recorders(program))
    doubt: Verdict | None = None
    for situation in seen if others else ():
        room = program.steps[situation.step.parent] if situation.step.parent is not None else situation.step
        for other, store in others if room.connects == "conference" else ():
            same = same_room(program, room, other)
            way = f"by `on {program.handler_of(other).key}`"
            if same:
                reason = f"another caller, {way}, records the room to `{store}`"
                return Verdict(guarantee, "broken", reason, situation.step, situation.way(), other=other)
            if same is None:
                reason = f"it may be the room that is recorded {way}: which room it is, only the call tells"
                doubt = doubt or Verdict(guarantee, "unknown", reason, situation.step, situation.way())
    return doubt


def room_recorders(program: Program) -> Iterator[tuple[Step, str]]:
    """The reachable conferences in which something records what is heard in the room, and the store it goes to."""
    for step in program.steps:
        if step.connects == "conference" and program.is_reachable(step):
            decided = program.decided(step)
            inner = (program.decided(phase).call_store for phase in phases_of(program, step))
            store = decided.conference_store or decided.call_store or next(filter(None, inner), None)
            if store is not None:
                yield step, store


def same_room(program: Program, one: Step, other: Step) -> bool | None:
    """Whether two connects lead into the same conference; None where only the call tells."""
    mine, theirs = _room(program, one), _room(program, other)
    return None if mine is None or theirs is None else mine == theirs


def _room(program: Program, step: Step) -> str | None:
    """The name of a conference; None where it is known only when the call comes."""
    assert isinstance(step.body, tree.Connect)
    return program.constant(step.body.target) if isinstance(step.body.target, tree.Text) else None


def always(program: Program, guarantee: tree.RecordGuarantee, paths: Paths) -> Verdict:
    """`always record SELECTION`: every situation of a selected step is recorded from its start to its end."""
    seen = sorted(situations(program, program.selected.chosen(guarantee.selection), paths), key=_length)
    if not seen:
        return Verdict(guarantee, "empty", "no call comes to anything that it selects")
    for situation in seen:
        if not situation.recorded:
            reason = "not recorded"
            if situation.lost:
                reason += " when the reply to ACE does not come in time: the platform then connects the call as it is"
            return Verdict(guarantee, "broken", reason, situation.step, situation.way())
    doubtful = next((s for s in seen if s.disputed), None)
    if doubtful is not None:
        return Verdict(guarantee, "unknown", doubtful.disputed, doubtful.step, doubtful.way())
    assumptions = ["recordings-start", *(["recorder-survives"] if any(s.inherited for s in seen) else [])]
    if any(isinstance(s.step.body, tree.Phase) for s in seen):
        assumptions.append("phases-are-told")
    return Verdict(guarantee, "proven", assumptions=tuple(assumptions))


def _length(situation: Situation) -> tuple[bool, int, int]:
    """The order in which situations are looked at: ordinary calls before those with a lost reply, short ones first."""
    return (situation.lost, situation.far, situation.step.index)
