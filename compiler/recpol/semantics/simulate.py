"""What a policy means: the trace of a call, worked out from the decisions alone.

Nothing of a target is known here: no instruction, no flag, no document. `recpol.verify` holds the behaviour of the
output against this meaning.

Invariant: total over every program and every list of events; an event that cannot happen ends the run and is named.
"""

from __future__ import annotations

from recpol.analysis.dialled import answer_key, called_ace
from recpol.analysis.menus import menus_by_id
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, field, replace
from recpol.base.typing import assert_never
from recpol.calls import trace as t
from recpol.semantics.audio import menu_sound, sounds, store_options
from recpol.semantics.conversations import unanswered_by
from recpol.semantics.menu_results import answering, outcome_of
from recpol.semantics.moments import CallMode, Moment, requests_at, told_by
from recpol.semantics.phases import heard_at
from recpol.semantics.recording import OFF, HeardSegment, RecorderState, step_recorder
from recpol.semantics.rooms import room_name, same_room
from recpol.syntax import tree


class Simulation(Record):
    """A simulated call: what was heard, which handlers replied, where it stands, the event that could not happen."""

    pieces: tuple[HeardSegment, ...]
    handlers: tuple[Handler, ...]
    moment: Moment | None
    recorder_state: RecorderState
    marks: tuple[int, ...] = ()
    """How many pieces there were after the first reply and after each event."""
    impossible: t.Event | None = None
    call: _Call | None = field(default=None, repr=False)

    @property
    def trace(self) -> t.Trace:
        """What was heard and recorded, without the steps."""
        return tuple(piece.heard for piece in self.pieces)


class _Call(Record, frozen=False):
    """A call in progress."""

    program: Program
    pieces: list[HeardSegment] = field(default_factory=list)
    replied: list[Handler] = field(default_factory=list)
    recorder_state: RecorderState = OFF
    moment: Moment | None = None
    latest: int = 0  # where the sounds of the latest reply begin
    connected: bool = False  # there is a callee who has answered
    over: int = 0  # how many sounds are known to have been heard to their end, for something happened after them

    def reply(self, key: str, dialled: Step | None, within: CallMode = "talk") -> None:
        """Run the handler `key` and wait for what its action waits for; `within` is where a request meets the call."""
        handler = self.program.handlers[self.program.graph.first[key]]
        self.replied.append(handler)
        self.latest = self.over = len(self.pieces)
        for step in handler.segments:
            state = self.recorder_state = step_recorder(self.program, step, self.recorder_state)
            if isinstance(step.body, tree.Menu):
                self._enter_menu(handler, step, "main")
            else:
                self.pieces += [state.hear(step, sound) for sound in sounds(self.program, handler, step)]
        self.moment = self._after(handler, dialled, within)
        if self.moment.mode in ("dialling", "talk", "parked"):
            self.connected = self.moment.mode == "talk"

    def begin(self, event: t.Starts | None) -> bool:
        """A call comes in, or the backend begins one; false where the policy has nothing for it."""
        number = self.program.graph.first.get("ice" if event is None else f"callout {event.name}")
        if number is None or event is None:
            return number is not None and self._replied("ice", None)
        handler = self.program.handlers[number]
        self.replied.append(handler)
        self.moment = Moment("dialling" if handler.opening is not None else "ended", handler, handler.opening)
        return True

    def _person_answers(self, moment: Moment) -> bool:
        """The person called answers, and hears what the callout says, or what the reply to ACE does."""
        handler = moment.handler
        key = called_ace(self.program.graph.first, handler) if handler.action is None else handler.key
        return self._end(moment) if key is None else self._replied(key, None)

    def _after(self, handler: Handler, dialled: Step | None, within: CallMode) -> Moment:
        mode: CallMode
        step, action = handler.action, handler.last
        match action:
            case tree.Connect():
                mode, dialled = "room" if action.kind.text in ("conference", "stream") else "dialling", step
            case tree.Menu():
                mode = "menu"
            case tree.Park():
                mode = "parked"
            case tree.Continue():
                proceeds = handler.kind == "pie" and dialled is None and not self.connected
                mode = "dialling" if proceeds and "ace" in self.program.graph.first else within
            case tree.Hangup() | None:
                mode = "ended"
            case _:
                assert_never(action)
        return Moment(mode, handler, step, "main", dialled)

    def _enter_menu(self, handler: Handler, step: Step, menu_id: str) -> None:
        menu = menus_by_id(step, handler).get(menu_id)
        if menu is not None:
            self.pieces.append(self.recorder_state.hear(menu.step, menu_sound(self.program, menu)))

    def apply(self, event: t.Event) -> bool:
        """One event; false where it cannot happen now."""
        moment = self.moment
        if isinstance(event, t.Starts):
            return moment is None and self.begin(event)
        if moment is None or moment.mode == "ended":
            return False
        match event:
            case t.Answers():
                return self._answered(moment, replied=True)
            case t.Unanswered():
                return self._unanswered(event, moment)
            case t.Presses() | t.Enters() | t.Waits() | t.Mistypes():
                return self._menu(moment, event)
            case t.Begins():
                return self._phase(moment, event.phase, begins=True)
            case t.Ends():
                return self._phase(moment, event.phase, begins=False)
            case t.Unreplied():
                return self._answered(moment, replied=False)
            case t.HangsUp():
                return self._hang_up(event, moment)
            case t.Expires():
                return self._end(moment) if moment.mode == "parked" else False
            case t.Sends():
                key = f"manage {event.reply}"
                if moment.mode != "parked" or key not in self.program.graph.first:
                    return False
                self.reply(key, moment.dialled)
                return True
            case t.Joins():
                return self._joined(moment, event.reply)
            case t.Manages():
                sent = (handler for handler in requests_at(self.program, moment) if handler.name == event.request)
                return any(self._manage(moment, handler) for handler in sent)
            case t.PressesInRoom():
                told = told_by(self.program, moment, event.key)
                return told is not None and self._manage(moment, told)
            case _:
                assert_never(event)

    def _end(self, moment: Moment) -> bool:
        self.moment = replace(moment, mode="ended")
        return True

    def _replied(self, key: str, dialled: Step | None) -> bool:
        self.reply(key, dialled)
        return True

    def _unanswered(self, event: t.Unanswered, moment: Moment) -> bool:
        if moment.mode != "dialling" or moment.step is None:
            return False
        key = unanswered_by(self.program, moment.step, event)
        return self._end(moment) if key is None else self._replied(key, None)

    def _hang_up(self, event: t.HangsUp, moment: Moment) -> bool:
        if event.who == "callee" and not self.connected:
            return False
        if event.heard is not None:
            last = self.latest + event.heard
            if not self.over <= last < len(self.pieces):
                return False
            cut = self.pieces[last]
            self.pieces[last:] = [replace(cut, heard=replace(cut.heard, cut=True))]
        return self._end(moment)

    def _answered(self, moment: Moment, *, replied: bool) -> bool:
        step = moment.step
        if moment.mode != "dialling" or step is None:
            return False
        if isinstance(step.body, tree.Call):
            return replied and self._person_answers(moment)
        self.connected = True
        key = answer_key(self.program.graph.first, "ace", step)
        if key is not None:
            if replied:
                return self._replied(key, moment.dialled)
            if not self.program.loses_replies:
                return False
            self.over = len(self.pieces)
            self.pieces.append(self.recorder_state.hear(step, t.Sound("talk"), lost=True))
            self.moment = replace(moment, mode="talk", lost=True)
            return True
        if not replied:
            return False
        self.over = len(self.pieces) - 1  # the sound of the connect goes on
        self.moment = replace(moment, mode="talk")
        return True

    def _manage(self, moment: Moment, request: Handler) -> bool:
        self.reply(request.key, moment.dialled, moment.mode)
        return True

    def _phase(self, moment: Moment, name: str, *, begins: bool) -> bool:
        step = moment.dialled
        phase = self.program.names.labels.get(name)
        if moment.mode not in ("talk", "room") or phase is None or step is None or phase.parent != step.index:
            return False
        if begins == (moment.phase is not None) or (not begins and moment.phase is not phase):
            return False
        where = phase if begins else moment.step or step
        said, self.recorder_state = heard_at(self.program, phase, "begin" if begins else "end", self.recorder_state)
        self.pieces.extend(said)
        self.over = len(self.pieces)
        self.pieces.append(
            self.recorder_state.hear(where, t.Sound("talk", (name,) if begins else ()), lost=moment.lost and not begins)
        )
        self.moment = replace(moment, phase=phase if begins else None)
        return True

    def _joined(self, moment: Moment, reply: str) -> bool:
        """Another caller comes into the same room; what records the room there holds this call from then on."""
        program, step = self.program, moment.step
        handler = program.graph.first.get(reply)
        other = None if handler is None else program.handlers[handler].action
        mine = moment.dialled
        if moment.mode != "room" or step is None or mine is None or other is None:
            return False
        if not same_room(room_name(program, mine), room_name(program, other)):
            return False
        state, decided = self.recorder_state, program.decided(other)
        store = decided.conference_store or next(iter(decided.call_stores), None)
        if store is not None and state.recorder.conference is None:
            room = t.Recording(1, store_options(program, store))
            self.recorder_state = replace(state, recorder=replace(state.recorder, conference=room))
        self.over = len(self.pieces)
        inside = () if moment.phase is None or moment.phase.label is None else (moment.phase.label.text,)
        self.pieces.append(self.recorder_state.hear(moment.phase or step, t.Sound("talk", inside)))
        return True

    def _menu(self, moment: Moment, event: t.Presses | t.Enters | t.Waits | t.Mistypes) -> bool:
        if moment.mode != "menu" or moment.step is None:
            return False
        menu = menus_by_id(moment.step, moment.handler).get(moment.menu)
        if menu is None:  # a key led to a menu that the policy does not have: nothing is known from here on
            return False
        if isinstance(event, t.Presses):
            keys = (item for item in menu.node.items if isinstance(item, tree.KeyItem) and item.goal.menu)
            further = next((item for item in keys if item.key.text == event.key), None)
            if further is not None:
                goal, self.over = further.goal.name.text, len(self.pieces)
                self._enter_menu(moment.handler, moment.step, goal)
                self.moment = replace(moment, menu=goal)
                return True
        outcome = outcome_of(menu, event)
        key = None if outcome is None else answering(self.program, outcome)
        return key is not None and self._replied(key, moment.dialled)


class CallState(Record):
    """All that decides how a call goes on: where it stands, what records it, and whether a callee has answered."""

    moment: Moment
    recorder_state: RecorderState
    connected: bool = False


class Advance(Record):
    """What one event brings: the sounds after it, the handler whose reply it brought, and how the call then stands."""

    pieces: tuple[HeardSegment, ...]
    replied: Handler | None
    after: CallState


def advance(program: Program, standing: CallState | None, event: t.Event | None) -> Advance | None:
    """How a call goes on from where it stands (`None`: it begins, and comes in unless the backend starts it); None
    where the event cannot happen.

    What was heard before does not matter, so that all calls of a policy can be followed without listing them.
    """
    if standing is None:
        call = _Call(program)
        if not call.begin(event if isinstance(event, t.Starts) else None):
            return None
    else:
        call = _Call(
            program, recorder_state=standing.recorder_state, moment=standing.moment, connected=standing.connected
        )
        if event is None or not call.apply(event):
            return None
    assert call.moment is not None
    replied = call.replied[-1] if call.replied else None
    return Advance(tuple(call.pieces), replied, CallState(call.moment, call.recorder_state, call.connected))


def advance_to(program: Program, standing: CallState, key: str) -> Advance:
    """How a call goes on where the handler `key` replies, whatever brought that."""
    call = _Call(program, recorder_state=standing.recorder_state, connected=standing.connected)
    call.reply(key, standing.moment.dialled)
    assert call.moment is not None
    return Advance(tuple(call.pieces), call.replied[-1], CallState(call.moment, call.recorder_state, call.connected))


def before_events(program: Program, events: tuple[t.Event, ...]) -> Simulation:
    """A call before the first of its events: it has come in, unless that event is that the backend begins it."""
    call = _Call(program)
    if not (events and isinstance(events[0], t.Starts)) and not call.begin(None) and not program.graph.begins:
        return _simulation(call, ())
    return _simulation(call, (len(call.pieces),))


def simulate(program: Program, events: tuple[t.Event, ...]) -> Simulation:
    """The meaning of a policy for one call: an incoming call, unless the first event is that the backend begins one,
    then `events` in order until one cannot happen."""
    now = before_events(program, events)
    for event in events if now.marks else ():
        now = step(now, event)
    return now


def step(before: Simulation, event: t.Event) -> Simulation:
    """The meaning of a call in which one more event happens; the call before stays as it is."""
    if before.impossible is not None:
        return before
    assert before.call is not None  # every simulation of this module has one
    call = replace(before.call, pieces=list(before.pieces), replied=list(before.handlers))
    if not call.apply(event):
        return replace(before, impossible=event)
    return _simulation(call, (*before.marks, len(call.pieces)))


def hang_up_at(before: Simulation, place: int) -> t.HangsUp | None:
    """The hang-up of the caller that cuts the sound at a place of `pieces` short; None where none can: only a sound of
    the latest reply can be, after which nothing has happened."""
    call, at = before.call, before.moment
    if call is None or at is None or at.mode == "ended" or before.impossible is not None:
        return None
    last = place - call.latest
    return t.HangsUp("caller", last) if last >= 0 and call.over <= place < len(before.pieces) else None


def _simulation(call: _Call, marks: tuple[int, ...]) -> Simulation:
    return Simulation(tuple(call.pieces), tuple(call.replied), call.moment, call.recorder_state, marks, None, call)
