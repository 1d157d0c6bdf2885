"""`announce … before recording` and `announce … in recording`.

Both are walks over (handler, what was heard, what records) with the announcement as one bit: a handler is visited once
for each state it can be entered in, whatever the number of calls.

A prompt counts as heard in full only where nothing can cut it short while the call goes on: not before the call is
answered, not in a menu that a key can interrupt, not while parked.

Invariant: every start of a recorder that a call can come to is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from recpol.analysis.callgraph import Edge, gets_ace
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler, Step
from recpol.calls import trace as t
from recpol.prove.paths import advances, edge_events
from recpol.prove.recorded import phases_of, room_recorders, same_room
from recpol.prove.verdict import Verdict
from recpol.semantics.simulate import around, changes
from recpol.syntax import tree


@dataclass(frozen=True, slots=True)
class _State:
    """How a handler is entered: what records, whether the announcement was heard, whether the call is answered.

    `dialled` is the last connect where that has phases that change the recorder, else -1; `linked` is whether anybody
    has been connected.
    """

    handler: int
    store: str | None
    heard: bool
    answered: bool
    dialled: int
    linked: bool = False


@dataclass(frozen=True, slots=True)
class _Start:
    """A recorder that starts: at which step, whether the announcement had been heard, and the events after the reply.

    `room` is set where it is not this call's recorder but one that another caller's reply started in the same room.
    """

    step: Step
    heard: bool
    events: tuple[t.Event, ...] = ()
    room: Step | None = None


class _Walk:
    """All states that handlers can be entered in, breadth first, so that the first start found has the shortest
    call."""

    def __init__(self, program: Program, selected: dict[int, Step], budget: int) -> None:
        self.program, self.selected, self.budget = program, selected, budget
        self.misses: dict[str, Step] = {}
        self.doubts: dict[str, Step] = {}
        self.menus_answer = False
        self._others = list(room_recorders(program))
        self._via: dict[_State, tuple[_State | None, Edge]] = {}
        self._after: dict[int, list[Edge]] = {}
        for edge in program.graph.edges:
            if edge.origin is not None:
                self._after.setdefault(edge.origin, []).append(edge)
        self._starting = {
            step.parent
            for step in program.steps
            if isinstance(step.body, tree.Phase) and changes(program, step) and step.parent is not None
        }

    def starts(self) -> Iterator[tuple[_Start, _State]]:
        """Every start of a recorder with the state of the handler it happens in; stops when the budget is used up."""
        queue: deque[_State] = deque()
        for edge in self.program.graph.edges:
            if edge.origin is None:
                self._enter(_State(edge.target, None, False, False, -1), None, edge, queue)
        while queue and len(self._via) <= self.budget:
            state = queue.popleft()
            handler = self.program.handlers[state.handler]
            after = yield from self._reply(handler, state)
            for edge in self._after.get(handler.index, ()):
                target = self.program.handlers[edge.target]
                linked = advances(edge, after.linked)
                if linked is not None:
                    chosen = edge.outcome is not None and edge.outcome.type in ("return", "sequence")
                    answered = after.answered or target.kind == "ace"
                    self.menus_answer = self.menus_answer or (chosen and not answered)
                    answered = answered or chosen
                    entered = replace(after, handler=edge.target, answered=answered, linked=linked)
                    self._enter(entered, state, edge, queue)

    @property
    def spent(self) -> bool:
        """Whether the budget ended the walk."""
        return len(self._via) > self.budget

    def _enter(self, state: _State, origin: _State | None, edge: Edge, queue: deque[_State]) -> None:
        if state not in self._via:
            self._via[state] = (origin, edge)
            queue.append(state)

    def _reply(self, handler: Handler, state: _State) -> Generator[tuple[_Start, _State], None, _State]:
        entered = state
        for step in handler.segments:
            if isinstance(step.body, tree.Answer):
                state = replace(state, answered=True)
            if not step.recordable:
                continue
            store, room = wanted(self.program.decisions, step), self.program.decided(step).conference_store
            if (store is not None and store != state.store) or room is not None:
                yield _Start(step, state.heard), entered
            elif step.connects == "conference":
                for other, _ in self._others:
                    if other is not step and same_room(self.program, step, other):
                        yield _Start(step, state.heard, room=other), entered
            state = replace(state, store=store)
            if step.connects:
                state = replace(state, dialled=step.index if step.index in self._starting else -1)
            if step.index in self.selected and not state.heard:
                miss = why_not_heard(step, state.answered)
                doubt = "" if miss else why_in_doubt(step)
                if doubt:
                    self.doubts.setdefault(doubt, step)
                if miss:
                    self.misses.setdefault(miss, step)
                else:
                    state = replace(state, heard=True)
        yield from self._phases(handler, state, entered)
        return state

    def _phases(self, handler: Handler, state: _State, entered: _State) -> Iterator[tuple[_Start, _State]]:
        """The starts that phases of the conversation bring, at their beginning or when they end; in a conversation that
        the platform connects by itself, too, because the reply to ACE did not come in time."""
        action = handler.action
        if action is None or state.dialled < 0:
            return
        connect = self.program.steps[state.dialled]
        asks = action is connect and gets_ace(connect) and "ace" in self.program.graph.first
        lost = asks and self.program.loses_replies
        if not lost and action not in self.program.graph.conversations.get(connect.index, ()):
            return
        before: tuple[t.Event, ...] = (t.Unreplied(),) if lost else ()
        if not lost and action.connects in ("pstn", "sip"):
            before = (t.Answers(),)
        for step in phases_of(self.program, connect):
            if isinstance(step.body, tree.Phase) and changes(self.program, step):
                begins = (*before, t.Begins(step.body.name.text))
                after = around(self.program, step)
                if wanted(self.program.decisions, step) is not None and state.store is None:
                    yield _Start(step, state.heard, begins), entered
                elif wanted(self.program.decisions, step) is None and after is not None:
                    yield _Start(action, state.heard, (*begins, t.Ends(step.body.name.text))), entered

    def call(self, start: _Start, state: _State) -> tuple[t.Event, ...]:
        """The events of the call in which a start happens."""
        parts: list[tuple[t.Event, ...]] = [start.events]
        at: _State | None = state
        while at is not None:
            at, edge = self._via[at]
            parts.append(edge_events(self.program, edge))
        return tuple(event for part in reversed(parts) for event in part)


def why_not_heard(step: Step, answered: bool) -> str:
    """Why a prompt does not count as heard in full; empty where it does."""
    body = step.body
    if not answered:
        return "it is played before `answer`, when the caller may not hear it"
    match body:
        case tree.Menu():
            barge = next(
                (i.value.text for i in body.items if isinstance(i, tree.SwitchItem) and i.name == "barge"), "yes"
            )
            if not any(isinstance(item, tree.PromptItem) for item in body.items):
                return "the menu has no prompt"
            return "" if barge == "no" else "a key cuts the menu's prompt short (`barge no` prevents that)"
        case tree.Submenu():
            return "not every caller comes to this menu"
        case tree.Park():
            return "a parked call's prompt stops when the call is picked up"
        case tree.Say() | tree.Play():
            return ""
        case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup():
            return "it is not a prompt"
        case tree.Continue() | tree.Connect() | tree.Phase():
            return "it is not a prompt"
        case _:
            assert_never(body)


def why_in_doubt(step: Step) -> str:
    """Why it is not known before the call that a prompt says anything; empty where one can."""
    spoken = [step.body.text] if isinstance(step.body, tree.Say) else []
    if any(not any(isinstance(piece, str) and piece.strip() for piece in text.pieces) for text in spoken):
        return "what it says is known only when the call comes"
    return ""


def announced_before(program: Program, guarantee: tree.Announce, budget: int) -> Verdict:
    """`announce SELECTION before recording`: no recorder starts before a selected prompt was heard in full."""
    walk = _Walk(program, program.selected.chosen(guarantee.selection), budget)
    any_start = False
    for start, state in walk.starts():
        any_start = True
        if not start.heard and start.room is not None:
            reason = f"another caller may have the room recorded, by `on {program.handler_of(start.room).key}`"
            return Verdict(guarantee, "broken", reason, start.step, walk.call(start, state), other=start.room)
        if not start.heard:
            reason = "the recording starts before it was heard"
            if walk.misses:
                miss, step = next(iter(walk.misses.items()))
                label = f"`{step.label.text}`" if step.label else "the prompt"
                reason = f"the recording starts, and {label} does not count: {miss}"
            return Verdict(guarantee, "broken", reason, start.step, walk.call(start, state))
    if walk.spent:
        return Verdict(guarantee, "unknown", f"more than {budget:,} situations to look at")
    if not any_start:
        return Verdict(guarantee, "empty", "no call comes to a recording")
    if walk.doubts:
        doubt, step = next(iter(walk.doubts.items()))
        return Verdict(guarantee, "unknown", doubt, step)
    return Verdict(guarantee, "proven", assumptions=("caller-hears", *(("menus-answer",) if walk.menus_answer else ())))


def announced_in(program: Program, guarantee: tree.Announce, budget: int) -> Verdict:
    """`announce SELECTION in recording`: every recording begins with a selected segment."""
    chosen = program.selected.chosen(guarantee.selection)
    walk = _Walk(program, {}, budget)
    any_start = False
    for start, state in walk.starts():
        if start.room is not None:
            continue  # the beginning of that recording is the other caller's
        any_start = True
        if start.step.index not in chosen:
            reason = "a recording begins without it"
            if start.events:
                reason += ": what follows a phase is a new recording"
            return Verdict(guarantee, "broken", reason, start.step, walk.call(start, state))
    if walk.spent:
        return Verdict(guarantee, "unknown", f"more than {budget:,} situations to look at")
    return Verdict(guarantee, "proven" if any_start else "empty", "" if any_start else "no call comes to a recording")
