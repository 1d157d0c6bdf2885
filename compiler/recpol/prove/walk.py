"""All that calls of a policy can come to: every place where a call can stand, and every event that leads from one to
the next, found breadth first.

A place is what `recpol.semantics.simulate` needs to go on: what the call waits for, what records it, whom it dialled.
What was heard before is forgotten, so the places are as many as handlers, recorder states and phases, however many
calls there are. Each event is followed by the simulation itself, so that a proof looks at the calls that `recpol
simulate` tells, and at no others.

Where no document says what happens, the walk goes on from a place in `doubt`: what it finds there is neither a proof
nor a call that breaks something.

Invariant: places are found in the order of the number of events that lead to them, those in doubt last; the events of
`Walk.call` replay in `recpol.semantics.simulate`, and no shorter list of events leads to the same place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from recpol.analysis.program import NO_VARIABLES, Program
from recpol.analysis.recorder import RecordedStores, ended, matters, wanted
from recpol.analysis.steps import OTHERWISE, Handler, Step
from recpol.analysis.variables import fact, unvarying
from recpol.base.record import Record, replace
from recpol.calls import trace as t
from recpol.prove.alike import alike_connects, phases_of
from recpol.prove.verdict import DOUBTS
from recpol.semantics.audio import store_options
from recpol.semantics.conversations import around, changes, unanswered_by
from recpol.semantics.moments import Moment
from recpol.semantics.next_events import beginnings, possible
from recpol.semantics.recording import OFF, HeardSegment, RecorderState
from recpol.semantics.simulate import Advance, CallState, advance, advance_to
from recpol.syntax import tree

_SPARE = frozenset({t.HangsUp, t.Expires, t.PressesInRoom})
"""Events that lead nowhere else: a call that ends, of which nothing more is heard, and a key in a room, which brings a
request that the backend can send without it too."""

MOVES = 4
"""So many moves are followed for each place that the budget allows."""

_Key = tuple[object, ...]


class CallPlace(Record):
    """Where a call can stand. `doubt` says why no document tells whether a call comes here; `adrift` is true where what
    records it is not known either."""

    standing: CallState
    doubt: str = ""
    adrift: bool = False


class Move(Record):
    """One event of a call: from which place (None: the call comes in), to which, and what it brought.

    `starts` are the numbers of the pieces with which a recorder begins. The event is None where the call comes in, and
    where no event of a simulated call stands for it. `doubt` and `adrift` are as in a place.
    """

    origin: int | None
    event: t.Event | None
    target: int
    pieces: tuple[HeardSegment, ...]
    replied: Handler | None
    starts: tuple[int, ...]
    doubt: str
    adrift: bool


class Walk:
    """The places and moves of a policy; `spent` is true where there are more than the budget allows: so many places,
    and `MOVES` times as many moves.

    What is heard, and the options of what records it, are those of the program `written`: no proof depends on the words
    of a sound, or on where a recording is put, but for what it asks of the program itself. So the ways of calls are the
    same for all tenants of a policy.
    """

    def __init__(self, program: Program, budget: int) -> None:
        self.program, self.budget = program, budget
        self.written = written(program)
        self.places: list[CallPlace] = []
        self.moves: list[Move] = []
        self.via: list[int] = []
        self.after: dict[int, list[int]] = {}
        self.spent = False
        self._known: dict[_Key, int] = {}
        self._doubtful: list[tuple[int, t.Event | None, Advance, str, bool]] = []
        self._phases = phases_of(program)
        self._alike = alike_connects(program, self._phases)
        self._parked: CallState | None = None
        self._plain: dict[tuple[RecordedStores, t.Recording | None], RecorderState] = {}
        self._queue: deque[int] = deque()
        for begun in (None, *beginnings(program)):
            first = advance(self.written, None, begun)
            if first is not None:
                self._move(None, begun, first, "", adrift=False)
        self._follow()
        while self._doubtful and not self.spent:
            waiting, self._doubtful = self._doubtful, []
            for origin, event, came, doubt, adrift in waiting:
                self._move(origin, event, came, doubt, adrift=adrift)
            self._follow()

    @property
    def beginnings(self) -> list[Move]:
        """The moves with which calls begin: one that comes in, and those that the backend begins."""
        return [move for move in self.moves if move.origin is None]

    @property
    def too_much(self) -> str:
        """What there is more of than the budget allows, in words."""
        if len(self.places) >= self.budget:
            return f"more than {self.budget:,} situations to look at"
        return f"more than {MOVES * self.budget:,} ways from one situation to the next to look at"

    def call(self, move: Move) -> tuple[t.Event, ...]:
        """The events of the shortest call that ends with a move."""
        path = [move]
        while path[-1].origin is not None:
            path.append(self.moves[self.via[path[-1].origin]])
        return self.call_of(path[::-1])

    def call_of(self, path: list[Move]) -> tuple[t.Event, ...]:
        """The events of a call that makes these moves."""
        events: list[t.Event] = []
        dialled: Step | None = None
        for each in path:
            match each.event:
                case t.Begins() | t.Ends():
                    name = self._own_phase(self.program.names.labels[each.event.phase], dialled).label
                    assert name is not None
                    events.append(replace(each.event, phase=name.text))
                case None:
                    pass
                case _:
                    events.append(each.event)
            moment = self.places[each.target].standing.moment
            dialled = moment.step if moment.step is not None and moment.step.connects else dialled
        return tuple(events)

    def step_of(self, move: Move, piece: HeardSegment) -> Step:
        """The step of a sound in the call that `call` gives: of connects that are alike, the one that is dialled."""
        if not isinstance(piece.step.body, tree.Phase):
            return piece.step
        called = self.call(move)[-1]
        return self.program.names.labels[called.phase] if isinstance(called, t.Begins) else piece.step

    def room_at(self, move: Move, piece: HeardSegment) -> tuple[Step | None, str]:
        """The connect of the room in which a sound of a move is heard, None where it is heard in none; and why no
        document tells whether it is heard there."""
        step, unsure = piece.step, ""
        handler, goes_on = self.program.handler_of(step), isinstance(step.body, tree.Continue)
        room: Step | None = step if step.parent is None else self.program.steps[step.parent]
        if step.parent is None and (goes_on or (handler.in_talk and not isinstance(step.body, tree.Park))):
            room = self.places[move.target].standing.moment.dialled
            unsure = "" if handler.in_talk else DOUBTS["parked-continue"]
        return (room if room is not None and room.connects == "conference" else None), unsure

    def _own_phase(self, phase: Step, dialled: Step | None) -> Step:
        """The phase of the connect that was dialled that is like one of a connect that is alike."""
        if dialled is None or phase.parent is None or phase.parent == dialled.index:
            return phase
        return self._phases[dialled.index][self._phases[phase.parent].index(phase)]

    def _follow(self) -> None:
        program = self.program
        while self._queue and not self.spent:
            at = self._queue.popleft()
            place = self.places[at]
            moment, late = place.standing.moment, not place.doubt and place.standing.moment.lost
            replies: dict[int, Advance] = {}
            for event in possible(program, moment):
                if type(event) in _SPARE or (isinstance(event, t.Unanswered) and _ends_call(program, moment, event)):
                    continue
                came = advance(self.written, place.standing, event)
                if came is None or (came.replied is None and came.after.moment.mode == "ended"):
                    continue
                if came.replied is not None:
                    replies[came.replied.index] = came
                if isinstance(event, t.Sends):
                    self._unsure_continue(at, event, came, place)
                if late and self._surprised(place.standing, came, event):
                    self._doubtful.append((at, event, came, DOUBTS["request-after-lost-reply"], True))
                elif late and self._starts_twice(place.standing, event):
                    self._doubtful.append((at, event, came, DOUBTS["phase-after-lost-reply"], True))
                else:
                    self._move(at, event, came, place.doubt, adrift=place.adrift)
            if moment.mode == "menu":
                self._menu_error(at, place, replies)

    def _menu_error(self, at: int, place: CallPlace, replies: Mapping[int, Advance]) -> None:
        """A menu may end with a PIE of type `error`, which `on pie otherwise` answers; `replies` are those to the other
        events of the menu, by the handler."""
        program, key = self.program, f"pie {OTHERWISE}"
        if key not in program.graph.first or not program.loses_replies:
            return
        came = replies.get(program.graph.first[key]) or advance_to(self.written, place.standing, key)
        handler = came.replied
        fits = handler is None or place.standing.recorder_state.stores in program.track.entries.get(handler.index, {})
        adrift = place.adrift or (not fits and handler is not None and matters(handler))
        self._doubtful.append((at, None, came, place.doubt or DOUBTS["menu-errors"], adrift))

    def _unsure_continue(self, at: int, event: t.Sends, came: Advance, place: CallPlace) -> None:
        """`continue` sent to a parked call may set the call up, so that ACE follows, or a reply to it gets lost."""
        moment = came.after.moment
        action = moment.handler.action
        parked = action is not None and isinstance(action.body, tree.Continue)
        if parked and moment.dialled is None and not place.standing.connected and "ace" in self.program.graph.first:
            dialling = replace(came.after, moment=replace(moment, mode="dialling"))
            doubt = place.doubt or DOUBTS["parked-continue"]
            self._doubtful.append((at, event, replace(came, pieces=(), after=dialling), doubt, place.adrift))

    def _surprised(self, standing: CallState, came: Advance, event: t.Event) -> bool:
        """Whether a request meets a recorder that it was not written for, after a lost reply to ACE."""
        handler = came.replied
        if not isinstance(event, t.Manages) or handler is None:
            return False
        entered, states = self.program.entry(handler), self.program.track.entries.get(handler.index, {})
        first = next((step for step in handler.segments if step.recordable), None)
        begins = entered if first is None else wanted(self.program.decisions, first)
        stops = bool(ended(entered, begins))  # to stop nothing is idle, and then both are off
        return standing.recorder_state.stores not in states and not stops

    def _starts_twice(self, standing: CallState, event: t.Event) -> bool:
        """Whether a request of a phase meets a recorder that it was not written for, after a lost reply to ACE."""
        if not isinstance(event, t.Begins):
            return False
        phase = self.program.names.labels[event.phase]
        suits = standing.recorder_state.stores == around(self.program, phase)
        return changes(self.program, phase) and not suits and bool(wanted(self.program.decisions, phase))

    def _move(self, origin: int | None, event: t.Event | None, came: Advance, doubt: str, *, adrift: bool) -> None:
        before = self.places[origin].standing.recorder_state if origin is not None else OFF
        after = self._plainly(came.after)
        plain = place_key(after)
        key = (*plain, doubt, adrift) if doubt else plain
        # Where calls come without a doubt too, it is the same place, unless nobody knows what records it.
        target = self._known.get(plain if doubt and not adrift and plain in self._known else key)
        if target is None:
            if len(self.places) >= self.budget or len(self.moves) >= MOVES * self.budget:
                self.spent = True
                return
            target = self._known[key] = len(self.places)
            self.places.append(CallPlace(after, doubt, adrift))
            self.via.append(len(self.moves))
            self._queue.append(target)
        if origin is not None:
            self.after.setdefault(origin, []).append(len(self.moves))
        starts = _starts(before, came.pieces)
        self.moves.append(Move(origin, event, target, came.pieces, came.replied, starts, doubt, adrift))

    def _plainly(self, standing: CallState) -> CallState:
        """A standing without what no later event depends on: which file runs, which of some connects that are alike was
        the last, and where a call was parked."""
        moment, state = standing.moment, standing.recorder_state
        dialled = moment.dialled
        if dialled is not None and dialled is not moment.step:
            like = self._alike.get(dialled.index, dialled)
            moment = moment if like is dialled else replace(moment, dialled=like)
        if moment.mode == "parked":
            self._parked = self._parked or standing
            moment = replace(moment, handler=self._parked.moment.handler, step=self._parked.moment.step)
        records = state.stores, state.recorder.conference
        plain = self._plain.get(records)
        if plain is None:
            plain = OFF.follow(self.written, state.stores)
            if state.recorder.conference is not None:
                plain = replace(plain, recorder=replace(plain.recorder, conference=state.recorder.conference))
            self._plain[records] = plain
        if plain is state and moment is standing.moment:
            return standing
        return CallState(moment, plain, standing.connected)


def written(program: Program) -> Program:
    """The program with its texts as they are written, without values, where that tells the same of each recording; else
    the program itself."""
    if program.variables is NO_VARIABLES or not _differ_as_written(program):
        return program
    return replace(program, variables=NO_VARIABLES)


@fact
def _differ_as_written(program: Program) -> bool:
    """Whether the recordings of any two stores differ, with the values of variables and as they are written."""
    stores = program.names.stores
    if not _is_read_alike(program):
        return False
    both = (program, replace(program, variables=NO_VARIABLES)) if len(stores) > 1 else ()
    return all(len({store_options(one, name) for name in stores}) == len(stores) for one in both)


@unvarying
def _is_read_alike(program: Program) -> bool:
    """Whether no proof reads of a recording's options what a value says, and there is no room, which has a name."""
    rooms = any(step.connects == "conference" for step in program.steps)
    sides = (store.field("direction") for store in program.names.stores.values())
    return not rooms and not any(side is not None and isinstance(side.value, tree.Text) for side in sides)


def _ends_call(program: Program, moment: Moment, event: t.Unanswered) -> bool:
    """Whether a call ends because nobody answers what was dialled."""
    dialled = moment.step
    return dialled is not None and unanswered_by(program, dialled, event) is None


def place_key(standing: CallState | None) -> _Key:
    """Where a call stands, as far as it matters to what can follow."""
    if standing is None:
        return ()
    moment, state = standing.moment, standing.recorder_state
    return (
        moment.mode, moment.handler, moment.step, moment.menu, moment.dialled, moment.phase, moment.lost,
        state.stores, state.recorder.conference, standing.connected,
    )  # fmt: skip


def _starts(before: RecorderState, pieces: tuple[HeardSegment, ...]) -> tuple[int, ...]:
    calls, room = before.recorder.calls, before.recorder.conference
    found: list[int] = []
    for number, piece in enumerate(pieces):
        heard = piece.heard
        fresh = heard.calls != calls and any(call not in calls for call in heard.calls)
        if fresh or (heard.conference is not None and heard.conference != room):
            found.append(number)
        calls, room = heard.calls, heard.conference
    return tuple(found)
