"""Where a call of Voice API v2 stands, so that two ways to the same place are known to be the same.

Invariant: what can come next depends on nothing that is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.analysis.program import Program
from recpol.base.record import Record, field, replace
from recpol.calls import trace as t
from recpol.interpreters.v2 import session as interpreter
from recpol.semantics.conversations import unanswered_by
from recpol.semantics.menu_results import answering, outcome_of
from recpol.semantics.moments import Moment
from recpol.semantics.next_events import CALL_FAILS, menu_of, possible
from recpol.semantics.simulate import Simulation
from recpol.syntax import tree
from recpol.verify.reports import Manifest


class SeenStates(Record, frozen=False):
    """The states of the interpreter in which calls have been, each with where the policy was then.

    Most places of a policy are come to in one state, which is neither counted nor hashed before another comes there.
    """

    first: dict[object, interpreter.SessionState] = field(default_factory=dict)
    more: set[tuple[object, interpreter.SessionState]] = field(default_factory=set)

    def is_new(self, where: object, state: interpreter.SessionState) -> bool:
        """Whether no call has been there in that state; notes that one has been now."""
        if where not in self.first:
            self.first[where] = state
            return True
        counted, known = counted_back(state), len(self.more)
        if counted != counted_back(self.first[where]):
            self.more.add((where, counted))
        return len(self.more) > known


def counted_back(state: interpreter.SessionState) -> interpreter.SessionState:
    """A state with its recordings counted from the latest back, those alone that it holds, so that a phase that comes
    again is the same place, also beside a recording that goes on."""
    if state.started == 0:
        return state
    held = sorted({number for one in (state, *(mark for _, mark in state.latest)) for number in _numbers(one)})
    return _counted(state, state.started, {number: place - len(held) for place, number in enumerate(held)})


def _numbers(state: interpreter.SessionState) -> Iterator[int]:
    yield from (one.number for one in state.recordings)
    yield from (call.number for played, _ in state.latest for call in played.heard.calls)


def _counted(state: interpreter.SessionState, started: int, places: Mapping[int, int]) -> interpreter.SessionState:
    recordings = tuple(replace(one, number=places[one.number]) for one in state.recordings)
    latest = tuple((_played(played, places), _counted(mark, started, places)) for played, mark in state.latest)
    return replace(state, latest=latest, started=state.started - started, recordings=recordings)


def _played(played: interpreter.SoundHeard, places: Mapping[int, int]) -> interpreter.SoundHeard:
    calls = tuple(replace(call, number=places[call.number]) for call in played.heard.calls)
    return replace(played, heard=replace(played.heard, calls=calls)) if calls else played


def _ends(state: interpreter.SessionState, running: interpreter.Running) -> bool:
    """Whether the recording's own `onFailure` ends the caller's leg."""
    commands = running.failed.commands.value if running.failed is not None else None
    return isinstance(commands, list) and any(
        isinstance(one, dict) and one.get("command") == "hangup" and one.get("callName", running.leg) == state.caller
        for one in commands
    )


def failing(
    state: interpreter.SessionState,
    mode: interpreter.SessionMode,
    answers: Manifest,
    assumptions: set[str],
    *,
    ends: bool,
) -> Iterator[tuple[str, str]]:
    """Whether each recording that runs in a state can fail to start without another end than the policy wants: the call
    ends where it `ends`, else it goes on.

    `mode` is what the call waits for then, `answers` say what answers the report of a failure; what it rests on is
    added to `assumptions`.
    """
    for running in state.recordings:
        if running.stopping:
            continue
        reply = answers.document((running.fails,))
        outcome = interpreter.fails(state, running.name, reply)
        assumptions |= outcome.assumptions
        told = _ends(state, running) or (bool(running.fails) and reply not in (None, {"commands": []}))
        ended = told and not outcome.state.legs and not outcome.played
        lost = outcome.state.mode == "ended" != mode
        if ends != ended or (lost and not ends):
            said = "the call ends" if ends else "the call goes on"
            other = "the call goes on" if ends else "the call ends"
            why = f"when the recording `{running.name}` fails to start, "
            yield why + said, why + other
        elif "failure-goes-on" in outcome.assumptions:
            yield "every report has an answer", f"`{running.fails}` has none"


def offers(program: Program, at: Moment | None) -> Iterator[t.Event]:
    """What can happen at a moment of a call, where digits are entered also with fewer of them than the menu takes.
    Digits that are one key which the menu offers are that key, and no event of their own."""
    menu = menu_of(at) if at is not None else None
    keys = [item.key.text for item in menu.node.items if isinstance(item, tree.KeyItem)] if menu is not None else []
    events = possible(program, at)
    for event in events:
        if not isinstance(event, t.Enters):
            yield event
            if event == t.Unanswered("busy") and CALL_FAILS not in events:
                yield CALL_FAILS
            continue
        shorter = [t.Enters(event.digits[-1])] if len(event.digits) > 1 else []
        yield from (one for one in (event, *shorter) if one.digits not in keys)


def likeness(program: Program, at: Moment | None, state: interpreter.SessionState, event: t.Event) -> object:
    """What two events have in common that can only bring the same from one place: the handler of the policy and the
    commands of the document that answer them, where neither side looks at anything else of the event. None where that
    is not known."""
    match event:
        case t.Unanswered() if at is not None and at.mode == "dialling" and at.step is not None:
            answers = unanswered_by(program, at.step, event)  # without one the call ends
        case t.Waits() | t.Mistypes():
            menu = menu_of(at) if at is not None else None
            outcome = None if menu is None else outcome_of(menu, event)
            answers = None if outcome is None else answering(program, outcome)
            if answers is None:
                return None
        case _:
            return None
    commands = interpreter.answering(state, event)
    return None if commands is None else (answers, commands)


def is_over(at: Moment | None, state: interpreter.SessionState) -> bool:
    """Whether nothing can come any more: the call has ended, no sound can be cut short, and no recording can fail."""
    return at is not None and at.mode == "ended" and not state.latest and not state.recordings


def moment(meant: Simulation) -> object:
    """What a call that the policy means waits for, and where."""
    at = meant.moment
    if at is None:
        return None
    return (
        at.mode,
        at.handler.index,
        *(None if step is None else step.index for step in (at.step, at.dialled, at.phase)),
        at.menu,
    )
