"""The interpreter of Voice API v2: what a call begins with, requests and events, to what is heard and recorded.

A call begins with the reply to `call.incoming`, or with the request that begins it (`POST calls`), whose one command
dials the person called (tutorial 1.1).

Its source is the published description of Voice API v2 in the official SDK for Python (2.3), with the tutorials. A
start and a stop of a recording take arbitrarily long: from its start to its stop a recording counts as recording,
after its stop it may go on until it finishes (`Played.tail`).

Invariant: total. Any JSON value has an outcome; what has no documented meaning is a problem. A state holds all that it
needs of the documents, so equal states behave alike whatever document they come from.
"""

from __future__ import annotations

from recpol.base.record import Record, replace
from recpol.base.typing import assert_never
from recpol.calls import trace as t
from recpol.calls.deeds import Manner
from recpol.interpreters.v1.forms import shown
from recpol.interpreters.v2 import documents
from recpol.interpreters.v2.manner import manner
from recpol.interpreters.v2.matches import KEYS
from recpol.interpreters.v2.progress import EventProgress
from recpol.interpreters.v2.run import settle
from recpol.interpreters.v2.states import Asking, LegScript, LegState, Running, SessionMode, SessionState, SoundHeard

__all__ = [
    "EventOutcome",
    "LegState",
    "Running",
    "SessionMode",
    "SessionState",
    "SoundHeard",
    "answering",
    "apply",
    "begins",
    "called",
    "fails",
    "finishes",
    "incoming",
    "request",
]


class EventOutcome(Record):
    """What one event does.

    `state`: where the call stands afterwards. `played`: its sounds in order; where `replaces` is true they stand for
    all sounds of the outcome before, which a hang-up has cut short. `problems`: what has no documented meaning.
    `assumptions`: what the outcome depends on, by name. `continued`: the callee answered and nothing but `bridgeCall`
    and `amd` ran before the conversation.
    """

    state: SessionState
    played: tuple[SoundHeard, ...] = ()
    problems: tuple[str, ...] = ()
    assumptions: frozenset[str] = frozenset()
    continued: bool = False
    replaces: bool = False


def incoming(document: object) -> EventOutcome:
    """A call comes in and gets this reply, as parsed from JSON; run until it waits for something."""
    notes: list[str] = []
    body = document if isinstance(document, dict) else {}
    documents.unknown(body, frozenset(("commands", "callName", "events")), "the reply", notes)
    name = documents.name_of(body, "callName", "the reply", notes, needed=False) or "leg 0"
    events = documents.events(body, "the reply", frozenset(("onHangup",)), notes)
    run = EventProgress(SessionState(name, (LegState(name, events=events),)), problems=notes)
    commands = documents.listed(document, notes)
    if commands is not None:
        run.queue.append(LegScript(name, commands))
    return _settled(run)


def begins(document: object) -> EventOutcome:
    """The backend begins a call with this request, as parsed from JSON: the person called rings. The state's caller is
    the leg of that person, on which nobody hears anything yet."""
    notes: list[str] = []
    documents.unknown(document if isinstance(document, dict) else {}, frozenset(("commands",)), "the request", notes)
    run = EventProgress(SessionState(""), problems=notes)
    commands = documents.listed(document, notes)
    if commands is not None:
        if documents.names(commands) != ("dial",):
            notes.append("the request does something else than to dial one person, and no page says on which leg")
        run.queue.append(LegScript("", commands))
    outcome = _settled(run)
    called = next((leg.name for leg in outcome.state.legs), "")
    return replace(outcome, state=replace(outcome.state, caller=called))


def called(document: object) -> tuple[t.Sound, Manner]:
    """Whom the request that begins a call calls, as the sound that a connect to them would be, and how."""
    commands = document.get("commands") if isinstance(document, dict) else None
    first = commands[0] if isinstance(commands, list) and commands else None
    to = first.get("to") if isinstance(first, dict) else None
    return t.Sound("connect", (documents.target(to, []),)), manner(first)


def apply(state: SessionState, event: t.Event) -> EventOutcome | None:
    """Let an event happen in a call; None where it cannot happen.

    A hang-up after `heard` sounds cuts the next sound of the latest outcome short: what came after it is undone.
    """
    match event:
        case t.HangsUp():
            return _hangs_up(state, event)
        case t.Answers():
            return _answers(state)
        case t.Unanswered():
            return _unanswered(state, event)
        case t.Presses() | t.Enters() | t.Waits() | t.Mistypes():
            return _menu(state, event) if state.asking else None
        case (
            t.Begins()
            | t.Ends()
            | t.Sends()
            | t.Manages()
            | t.PressesInRoom()
            | t.Expires()
            | t.Unreplied()
            | t.Joins()
            | t.Starts()
        ):
            return None
        case _:
            assert_never(event)


def request(state: SessionState, body: object, leg: str | None = None) -> EventOutcome:
    """The backend sends a request with commands for a leg, without a name the caller's, while the conversation is on.

    A conversation that is recorded otherwise afterwards, or in which messages were played, is heard again.
    """
    run = _begun(state)
    if state.mode != "talk":
        run.problems.append("a request comes while no conversation is on, and no page says what is under way first")
    if isinstance(body, dict):
        documents.unknown(body, frozenset(("commands",)), "the request", run.problems)
    commands = documents.listed(body, run.problems)
    if commands is not None:
        run.queue.append(LegScript(leg or state.caller, commands))
    return _settled(run)


def finishes(state: SessionState) -> SessionState:
    """The state once all recordings that were told to stop have come to their end."""
    latest = tuple((played, _finished(moment)) for played, moment in state.latest)
    return replace(_finished(state), latest=latest)


def fails(state: SessionState, name: str, failed_reply: object | None = None) -> EventOutcome:
    """The recording of a name fails to start: its `onFailure` runs, or the reply of the backend to that report.

    `failed_reply` counts only where the failure is reported; without it the call goes on. A conversation
    that was recorded by it is heard again. A state of `State.latest` may be given too: the failure then comes while
    that sound lasts, and what follows the sound follows still.
    """
    run = _begun(state)
    found = next((running for running in state.recordings if running.name == name), None)
    if found is None:
        run.problems.append(f"there is no recording {shown(name)} that could fail")
        return _settled(run)
    run.put(found, None)
    run.state = replace(run.state, failed=run.state.failed | {name})
    if found.failed is not None:
        run.queue.append(found.failed)
    elif found.fails and failed_reply is not None:
        commands = documents.listed(failed_reply, run.problems)
        if commands is not None:
            run.queue.append(LegScript(found.leg, commands))
    elif found.fails:
        run.assumptions.add("failure-goes-on")
    return _settled(run)


def _silent(state: SessionState) -> SessionState:
    """The state without the sounds that a hang-up can cut short."""
    return replace(state, latest=()) if state.latest else state


def _begun(state: SessionState) -> EventProgress:
    return EventProgress(_silent(state))


def _settled(run: EventProgress, *, continued: bool = False) -> EventOutcome:
    settle(run)
    played = tuple(run.played)
    talk = continued and bool(played) and played[-1].heard.sound.kind == "talk"
    return EventOutcome(
        replace(run.state, latest=tuple(zip(played, run.marks, strict=True))) if played else run.state,
        played,
        tuple(dict.fromkeys(run.problems)),
        frozenset(run.assumptions),
        continued=talk and {"bridgeCall", "amd"}.issuperset(run.ran),
    )


def _finished(state: SessionState) -> SessionState:
    going = tuple(running for running in state.recordings if running.finish or not running.stopping)
    return replace(state, recordings=going)


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _hangs_up(state: SessionState, event: t.HangsUp) -> EventOutcome | None:
    kept: tuple[SoundHeard, ...] = ()
    cut = event.heard is not None and event.heard < len(state.latest)
    if event.heard is None or not cut:
        before = _silent(state)
    else:
        sound, before = state.latest[event.heard]
        kept = (
            *(played for played, _ in state.latest[: event.heard]),
            replace(sound, heard=replace(sound.heard, cut=True)),
        )
    legs = [leg for leg in before.legs if not leg.ringing]
    if event.who == "caller":
        leg = before.leg(before.caller)
    else:
        leg = next((leg for leg in reversed(legs) if leg.dialler), None)
    if leg is None:
        return None
    run = EventProgress(before)
    run.end_leg(leg)
    outcome = _settled(run)
    return replace(outcome, played=(*kept, *outcome.played), replaces=True) if cut else outcome


def _ringing(state: SessionState) -> LegState | None:
    return next((leg for leg in reversed(state.legs) if leg.ringing), None)


def _answers(state: SessionState) -> EventOutcome | None:
    leg = _ringing(state)
    if leg is None:
        return None
    run = _begun(state)
    leg = replace(leg, ringing=False, answered=True)
    run.set_leg(leg)
    if not run.run_handler(leg, "onAnswer"):
        _unhandled(run, leg, "onAnswer")
    return _settled(run, continued=True)


def answering(state: SessionState, event: t.Unanswered | t.Waits | t.Mistypes) -> documents.DocumentPiece | None:
    """The commands that answer an event and that alone decide what comes of it: of events of one class with equal ones
    the outcome in a state is the same. None where there are none, or a busy callee and one who rejects differ."""
    if not isinstance(event, t.Unanswered):
        body = documents.item(state.asking[0].menus, state.asking[0].name) if state.asking else None
        return documents.handler(documents.DocumentPiece(body), "onFailure")
    leg = _ringing(state)
    first, *others = [
        documents.handler(None if leg is None else leg.events, name) for name in _UNANSWERED[event.reason]
    ]
    return first if all(first == other for other in others) else None


_UNANSWERED = {"busy": ("onBusy", "onReject"), "silent": ("onTimeout",), "failed": ("onFailure",)}
"""The handlers of `dial` for a call that nobody answers, by the reason."""


def _unanswered(state: SessionState, event: t.Unanswered) -> EventOutcome | None:
    leg = _ringing(state)
    if leg is None:
        return None
    name, *others = _UNANSWERED[event.reason]
    outcome = _failed(state, leg, name)
    if not others or answering(state, event) is not None:
        return outcome
    also = _failed(state, leg, "onReject")
    problems = [*outcome.problems, *also.problems]
    if (outcome.state, outcome.played) != (also.state, also.played):
        problems.append("`onBusy` and `onReject` of `dial` lead to different calls")
    return replace(outcome, problems=tuple(dict.fromkeys(problems)), assumptions=outcome.assumptions | also.assumptions)


def _failed(state: SessionState, leg: LegState, name: str) -> EventOutcome:
    run = _begun(state)
    run.state = replace(run.state, legs=tuple(other for other in run.state.legs if other != leg))
    commands = documents.handler(leg.events, name)
    if commands is None:
        _unhandled(run, leg, name)
    else:
        if not _ABOUT_LEGS.issuperset(documents.names(commands)):
            run.assumptions.add("unanswered-goes-on")
        run.queue.append(LegScript(leg.dialler, commands))
    return _settled(run)


_ABOUT_LEGS = frozenset(("hangup", "dial"))
"""Commands that do the same on whatever leg they run."""


def _unhandled(run: EventProgress, leg: LegState, name: str) -> None:
    if leg.events is None:
        run.problems.append(
            f"`dial` has no `events`, and what the backend replies instead of `{name}` is in no document"
        )
    else:
        run.problems.append(f"`dial` has no `{name}`, so nothing leads on from there")


def _menu(state: SessionState, event: t.Presses | t.Enters | t.Waits | t.Mistypes) -> EventOutcome | None:
    asking = state.asking[0]
    where = f"menu {shown(asking.name)}"
    body = documents.item(asking.menus, asking.name) or {}
    run = _begun(state)
    run.state = replace(run.state, asking=state.asking[1:])
    commands: documents.DocumentPiece | None
    match event:
        case t.Presses(key):
            commands = _entered(run, asking, key) if len(key) == 1 else None
        case t.Enters(digits):
            commands = _entered(run, asking, digits)
        case _:
            key = "onFailure" if "onFailure" in body or "onFail" not in body else "onFail"
            if key == "onFail":
                run.problems.append(f"{where} says `onFail`, which is an older spelling of `onFailure`")
            commands = documents.handler(documents.DocumentPiece(body), key)
            if commands is None:
                run.problems.append(
                    f"{where} has no `onFailure`, and what the backend replies instead is in no document"
                )
                commands = documents.DocumentPiece([])
    if commands is None:
        return None
    run.queue.append(LegScript(asking.leg, commands, asking.menus))
    return _settled(run)


def _entered(run: EventProgress, asking: Asking, digits: str) -> documents.DocumentPiece | None:
    """The commands for an input; None where the menu does not take it."""
    if not digits or not KEYS.issuperset(digits):
        return None
    where = f"menu {shown(asking.name)}"
    body = documents.item(asking.menus, asking.name) or {}
    least, most = documents.lengths(body, where, run.problems)
    end = body.get("terminatingSequence")
    if isinstance(end, str) and end and len(digits) < most and not digits.endswith(end):
        digits += end  # The sequence that ends an input is part of it.
        if len(digits) > most:
            return None
    elif len(digits) < most and not (isinstance(end, str) and end):
        run.assumptions.add("input-ends-by-timeout")
    if not least <= len(digits) <= most:
        return None
    return documents.matching(body, digits, where, run.problems)
