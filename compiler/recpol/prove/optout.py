"""`opt-out NAME`: from the reply `on pie NAME`, or the request `on manage NAME`, on, nothing is recorded.

All calls are followed once more with one thing to remember beside the place: whether somebody has opted out. There is
no way back from that.

Invariant: every sound that any call can come to after an opt-out is looked at, and the call that is shown is a shortest
one.
"""

from __future__ import annotations

from collections import deque

from recpol.analysis.guarded import opts_out
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.calls import trace as t
from recpol.prove.recorded import is_recorded, off_assumptions, stores_of
from recpol.prove.rooms import room_recorders
from recpol.prove.stops import doubtful_stops, unread
from recpol.prove.verdict import Verdict
from recpol.prove.walk import Move, Walk
from recpol.semantics.recording import HeardSegment
from recpol.semantics.rooms import room_name, same_room, why_unsure
from recpol.syntax import tree


class _State(Record):
    """A place of a call, whether somebody has opted out on the way there, and why no document tells whether a call
    comes there so: after a way in doubt a call may stand where others stand without one."""

    place: int
    out: bool
    doubt: str = ""


class _OptedOut:
    """Follows all calls; `heard` are the steps that are heard after the opt-out."""

    def __init__(self, guarantee: tree.OptOut, walk: Walk) -> None:
        self.guarantee, self.walk, self.program = guarantee, walk, walk.program
        self.heard: dict[int, Step] = {}
        self.doubt: Verdict | None = None
        self.shared: Verdict | None = None
        self._via: dict[_State, tuple[_State | None, Move]] = {}
        self._rooms = room_recorders(self.program)

    def verdict(self) -> Verdict | None:
        """The first sound that is recorded after the opt-out; None where no call comes to one."""
        queue: deque[tuple[_State | None, Move]] = deque((None, move) for move in self.walk.beginnings)
        doubtful: deque[tuple[_State | None, Move]] = deque()
        while queue or doubtful:
            origin, move = (queue or doubtful).popleft()
            state = self._after(origin, move)
            if state.doubt and queue:
                doubtful.append((origin, move))
                continue
            found = self._look(origin, move, state.doubt) if state.out else None
            if found is not None:
                return found
            if state not in self._via and _State(state.place, state.out) not in self._via:
                self._via[state] = origin, move
                ways = ((state, self.walk.moves[number]) for number in self.walk.after.get(state.place, ()))
                (doubtful if state.doubt else queue).extend(ways)
        return self.shared or self.doubt

    def _after(self, origin: _State | None, move: Move) -> _State:
        replied = move.replied is not None and opts_out(move.replied, self.guarantee.name.text)
        before = _State(-1, out=False) if origin is None else origin
        return _State(move.target, replied or before.out, before.doubt or move.doubt)

    def _look(self, origin: _State | None, move: Move, doubt: str) -> Verdict | None:
        for piece in move.pieces:
            self.heard[piece.step.index] = piece.step
            taped = is_recorded(piece)
            if doubt and (taped or move.adrift):
                self.doubt = self.doubt or Verdict(self.guarantee, "unknown", doubt, piece.step)
            elif taped:
                stores = " and ".join(stores_of(self.walk.written, piece))
                reason = f"recorded to {stores} after `{self.guarantee.name.text}`"
                step = self.walk.step_of(move, piece)
                return Verdict(self.guarantee, "broken", reason, step, self._call(origin, move))
            else:
                self._room(origin, move, piece, doubt)
        return None

    def _call(self, origin: _State | None, move: Move) -> tuple[t.Event, ...]:
        path = [move]
        while origin is not None:
            origin, before = self._via[origin]
            path.append(before)
        return self.walk.call_of(path[::-1])

    def _room(self, origin: _State | None, move: Move, piece: HeardSegment, doubt: str) -> None:
        """The room that somebody is in after the opt-out may be one that another caller has recorded."""
        room, unsure = self.walk.room_at(move, piece)
        if room is None or self.shared is not None:
            return
        name = room_name(self.program, room)
        for other in self._rooms.near(name):
            same = same_room(name, other.name)
            open_ = unsure or doubt or other.doubt
            if same and not open_:
                reason = f"another caller, by {other.where}, records the room to `{other.store}`"
                call = self._call(origin, move)
                self.shared = Verdict(self.guarantee, "broken", reason, piece.step, call, other=other)
                return
            if same is not False:
                why = why_unsure(name, other.name) if same is None else open_
                reason = f"it may be the room that is recorded by {other.where}: {why}"
                self.doubt = self.doubt or Verdict(self.guarantee, "unknown", reason, piece.step)


def opted_out(program: Program, guarantee: tree.OptOut, walk: Walk) -> Verdict:
    """`opt-out NAME`: no call records anything after it."""
    calls = _OptedOut(guarantee, walk)
    found = calls.verdict()
    if found is not None:
        return found
    if not calls.heard:
        return Verdict(guarantee, "empty", "no call comes to anything after it")
    for target in program.targets:
        stops = doubtful_stops(program, target)
        for index in calls.heard:
            if index in stops:
                return Verdict(guarantee, "unknown", unread(target), stops[index])
    return Verdict(guarantee, "proven", assumptions=off_assumptions(program, calls.heard.values()))
