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

from recpol.ground import trace as t
from recpol.model import ast
from recpol.model.callgraph import Edge
from recpol.model.flow import Handler, Step
from recpol.program import Program
from recpol.prove.paths import edge_events
from recpol.prove.verdict import Verdict
from recpol.recorder import wanted
from recpol.simulate import changes, conversation


@dataclass(frozen=True, slots=True)
class _State:
    """How a handler is entered: what records, whether the announcement was heard, whether the call is answered.

    `dialled` is the last connect where that has phases that start a recording, else -1.
    """

    handler: int
    store: str | None
    heard: bool
    answered: bool
    dialled: int


@dataclass(frozen=True, slots=True)
class _Start:
    """A recorder that starts: at which step, whether the announcement had been heard, and the events after the
    reply."""

    step: Step
    heard: bool
    events: tuple[t.Event, ...] = ()


class _Walk:
    """All states that handlers can be entered in, breadth first, so that the first start found has the shortest
    call."""

    def __init__(self, program: Program, selected: dict[int, Step], budget: int) -> None:
        self.program, self.selected, self.budget = program, selected, budget
        self.misses: dict[str, Step] = {}
        self._via: dict[_State, tuple[_State | None, Edge]] = {}
        self._after: dict[int, list[Edge]] = {}
        for edge in program.graph.edges:
            if edge.origin is not None:
                self._after.setdefault(edge.origin, []).append(edge)
        self._starting = {
            step.parent
            for step in program.steps
            if isinstance(step.body, ast.Phase) and changes(program, step) and step.parent is not None
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
                answered = after.answered or target.kind == "ace"
                self._enter(replace(after, handler=edge.target, answered=answered), state, edge, queue)

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
            if isinstance(step.body, ast.Answer):
                state = replace(state, answered=True)
            if not step.recordable:
                continue
            store, room = wanted(self.program.decisions, step), self.program.decided(step).conference_store
            if (store is not None and store != state.store) or room is not None:
                yield _Start(step, state.heard), entered
            state = replace(state, store=store)
            if step.connects:
                state = replace(state, dialled=step.index if step.index in self._starting else -1)
            if step.index in self.selected and not state.heard:
                miss = why_not_heard(step, state.answered)
                if miss:
                    self.misses.setdefault(miss, step)
                else:
                    state = replace(state, heard=True)
        yield from self._phases(handler, state, entered)
        return state

    def _phases(self, handler: Handler, state: _State, entered: _State) -> Iterator[tuple[_Start, _State]]:
        """The starts that phases of the conversation bring: at their beginning, or when they end."""
        action = handler.action
        if action is None or state.dialled < 0:
            return
        connect = self.program.steps[state.dialled]
        if action not in self.program.graph.conversations.get(connect.index, ()):
            return
        answers: tuple[t.Event, ...] = (t.Answers(),) if action.connects in ("pstn", "sip") else ()
        for step in self.program.steps[connect.index + 1 :]:
            if step.parent != connect.index:
                break
            if isinstance(step.body, ast.Phase) and changes(self.program, step):
                name = step.body.name.text
                begins = (*answers, t.Begins(name))
                if wanted(self.program.decisions, step) is not None:
                    yield _Start(step, state.heard, begins), entered
                else:
                    talk = conversation(self.program, step) or action
                    yield _Start(talk, state.heard, (*begins, t.Ends(name))), entered

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
        case ast.Menu():
            barge = next(
                (i.value.text for i in body.items if isinstance(i, ast.SwitchItem) and i.name == "barge"), "yes"
            )
            return "" if barge == "no" else "a key cuts the menu's prompt short (`barge no` prevents that)"
        case ast.Submenu():
            return "not every caller comes to this menu"
        case ast.Park():
            return "a parked call's prompt stops when the call is picked up"
        case ast.Say() | ast.Play():
            return ""
        case _:
            return "it is not a prompt"


def announced_before(program: Program, guarantee: ast.Announce, budget: int) -> Verdict:
    """`announce SELECTION before recording`: no recorder starts before a selected prompt was heard in full."""
    walk = _Walk(program, program.selected.chosen(guarantee.selection), budget)
    any_start = False
    for start, state in walk.starts():
        any_start = True
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
    return Verdict(guarantee, "proven", assumptions=("caller-hears",))


def announced_in(program: Program, guarantee: ast.Announce, budget: int) -> Verdict:
    """`announce SELECTION in recording`: every recording begins with a selected segment."""
    chosen = program.selected.chosen(guarantee.selection)
    walk = _Walk(program, {}, budget)
    any_start = False
    for start, state in walk.starts():
        any_start = True
        if start.step.index not in chosen:
            reason = "a recording begins without it"
            if start.events:
                reason += ": what follows a phase is a new recording"
            return Verdict(guarantee, "broken", reason, start.step, walk.call(start, state))
    if walk.spent:
        return Verdict(guarantee, "unknown", f"more than {budget:,} situations to look at")
    return Verdict(guarantee, "proven" if any_start else "empty", "" if any_start else "no call comes to a recording")
