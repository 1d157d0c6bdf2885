"""`never record` and `always record`: whether a selected step is recorded, wherever a call can come to it.

All places of all calls are looked at once (`recpol.prove.walk`); for every step that leaves the first call in which it
is recorded and the first in which it is not, and a guarantee only reads that.

Invariant: every sound of every call that the documents allow counts for each step that it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.rooms import RoomName
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.calls.trace import Options
from recpol.prove.called import answers_assumed, parking_assumed
from recpol.prove.rooms import room_recorders
from recpol.prove.sides import holds_all, side_of
from recpol.prove.stops import doubtful_stops, unread
from recpol.prove.verdict import UNDECLARED, Verdict
from recpol.prove.walk import Move, Walk
from recpol.semantics.audio import store_options
from recpol.semantics.conversations import stood_for
from recpol.semantics.phases import are_told
from recpol.semantics.recording import HeardSegment
from recpol.semantics.rooms import asked_in, is_begun_for, is_own, room_name, rooms_of, same_room, why_unsure
from recpol.syntax import tree

_APP = "the platform's documents disagree on whether an app call is recorded"
_LATE = " when the reply to ACE does not come in time"


Counts = Callable[[Options], bool]


class Spot(Record):
    """A sound of a call: the number of the move that brought it, and which of its pieces it is."""

    move: int
    number: int


class SeenStep(Record, frozen=False):
    """The first sounds that mean a step: recorded, not recorded, and those of which no document says whether calls come
    to them, or what records them then (`adrift`). `inherited` is true where a recording began before it."""

    taped: Spot | None = None
    bare: Spot | None = None
    maybe_taped: Spot | None = None
    maybe_bare: Spot | None = None
    adrift: Spot | None = None
    inherited: bool = False

    @property
    def sure(self) -> Spot | None:
        """The first sound in a call that the documents allow."""
        return _first((self.taped, self.bare))

    @property
    def any(self) -> Spot | None:
        """The first sound in a call that the documents allow, or in one of which they do not speak."""
        return self.sure or _first((self.maybe_taped, self.maybe_bare, self.adrift))


def _order(spot: Spot) -> tuple[int, int]:
    return (spot.move, spot.number)


def anything(options: Options) -> bool:
    """What counts under `never record`: every recording."""
    return True


class Seen:
    """What calls come to, by step; `counts` says of which recordings, by their options, a sound counts as recorded, and
    `whole` whether they have to hold all of it.

    `stayed` has for each step of a reply the rooms in which calls are while it is heard, with its first sound in each:
    that of a call of which documents speak, where there is one.
    """

    def __init__(self, walk: Walk, counts: Counts = anything, *, whole: bool = False) -> None:
        self.walk, self.program, self.counts, self.whole = walk, walk.program, counts, whole
        self.steps: dict[int, SeenStep] = {}
        self.stayed: dict[int, dict[int, Spot]] = {}
        for index, move in enumerate(walk.moves):
            for number, piece in enumerate(move.pieces):
                spot = Spot(index, number)
                self._note_room(spot, move, piece)
                for step in stood_for(self.program, piece):
                    seen = self.steps.get(step.index)
                    if seen is None:
                        seen = self.steps[step.index] = SeenStep()
                    self._note(seen, spot, move, piece)
        for step in self.program.steps:
            if isinstance(step.body, tree.Submenu) and step.index in self.steps:
                around = self.steps.get(step.parent if step.parent is not None else -1)
                self.steps[step.index].inherited = around is not None and around.inherited

    def _note_room(self, spot: Spot, move: Move, piece: HeardSegment) -> None:
        step = piece.step
        replied = move.replied is not None and move.replied.index == step.handler
        if replied and step.parent is None and step.connects is None:
            room, _ = self.walk.room_at(move, piece)
            if room is not None:
                self.stayed.setdefault(step.index, {}).setdefault(room.index, spot)

    def _note(self, seen: SeenStep, spot: Spot, move: Move, piece: HeardSegment) -> None:
        taped = is_recorded(piece, self.counts) and (not self.whole or holds_all(piece))
        if move.adrift:
            seen.adrift = seen.adrift or spot
        elif move.doubt and not taped:
            seen.maybe_bare = seen.maybe_bare or spot
        elif taped:
            seen.maybe_taped = seen.maybe_taped or (spot if move.doubt else None)
            seen.taped = seen.taped or (None if move.doubt else spot)
            in_reply = move.replied is not None or piece.heard.sound.kind == "talk"
            goes_on = bool(piece.heard.calls) and spot.number not in move.starts
            seen.inherited = seen.inherited or (in_reply and goes_on)
        else:
            seen.bare = seen.bare or spot

    def piece(self, spot: Spot) -> HeardSegment:
        """The sound at a spot."""
        return self.walk.moves[spot.move].pieces[spot.number]

    def of(self, chosen: Iterable[int]) -> list[tuple[Step, SeenStep]]:
        """The chosen steps that some call may come to, those that calls come to first before others."""
        found = [(self.program.steps[index], self.steps[index]) for index in chosen if index in self.steps]
        return sorted(found, key=lambda pair: _order(pair[1].sure or Spot(len(self.walk.moves), pair[0].index)))


def is_recorded(piece: HeardSegment, counts: Counts = anything) -> bool:
    """Whether anything records a sound, of the recordings that count."""
    return any(counts(one.options) for one in piece.heard.recordings)


def _first(spots: Iterable[Spot | None]) -> Spot | None:
    return min((spot for spot in spots if spot is not None), key=_order, default=None)


def _broken(
    seen: Seen, guarantee: tree.Guarantee, spot: Spot, reason: str, *, fails: bool = False, in_part: bool = False
) -> Verdict:
    move = seen.walk.moves[spot.move]
    step = seen.walk.step_of(move, seen.piece(spot))
    return Verdict(guarantee, "broken", reason, step, seen.walk.call(move), fails=fails, in_part=in_part)


def _unknown(seen: Seen, guarantee: tree.Guarantee, spot: Spot) -> Verdict:
    return Verdict(guarantee, "unknown", seen.walk.moves[spot.move].doubt, seen.piece(spot).step)


def never(
    program: Program, guarantee: tree.RecordGuarantee | tree.NarrowGuarantee, seen: Seen, how: str = ""
) -> Verdict:
    """`never record SELECTION`: no sound of a selected step is recorded; with `how`, none in this way."""
    met = seen.of(program.selected.chosen(guarantee.selection))
    taped = _first(one.taped for _, one in met)
    if taped is not None:
        piece = seen.piece(taped)
        stores = " and ".join(stores_of(seen.walk.written, piece, seen.counts))
        reason = f"recorded to {stores}{how}{_LATE if piece.lost else ''}"
        return _broken(seen, guarantee, taped, reason)
    shared = _shared_room(program, guarantee, met, seen)
    if shared is not None:
        return shared
    doubtful = _first(spot for _, one in met for spot in (one.maybe_taped, one.adrift))
    if doubtful is not None:
        return _unknown(seen, guarantee, doubtful)
    if not met:
        return Verdict(guarantee, "empty", "no call comes to anything that it selects")
    if not any(
        seen.counts(store_options(seen.walk.written, d.store)) for d in program.decisions.all if d.store is not None
    ):
        return Verdict(guarantee, "proven", assumptions=rooms_assumed(program, [step for step, _ in met]))
    alike = [s for s in program.selected.chosen(guarantee.selection).values() if program.is_reachable(s)]
    for target in program.targets:
        stops = doubtful_stops(program, target)
        for step in alike if stops else ():
            if step.index in stops:
                return Verdict(guarantee, "unknown", unread(target), stops[step.index])
    return Verdict(guarantee, "proven", assumptions=off_assumptions(program, [step for step, _ in met]))


def off_assumptions(program: Program, steps: Iterable[Step]) -> tuple[str, ...]:
    """What it rests on that none of some steps is recorded."""
    heard = list(steps)
    waits = all(target.awaits_stops for target in program.targets)  # for the report that the recording has ended
    assumptions = ["stop-works"] if program.decisions.all and not waits else []
    if any(map(_in_phase, heard)):
        assumptions.append("phases-are-told")
    assumptions += rooms_assumed(program, heard)
    if any(_parks_in_room(program, handler) for handler in program.handlers):
        assumptions.append("room-is-left")
    return (*assumptions, *_ways_assumed(program))


def _kept(program: Program, step: Step) -> tuple[str | None, ...]:
    decided = program.decided(step)
    return *decided.call_stores, decided.conference_store


def stores_of(program: Program, piece: HeardSegment, counts: Counts = anything) -> list[str]:
    """The stores that a sound is recorded to, of the recordings that count, each between backquotes."""
    from recpol.semantics.narration import recorded_to

    return [f"`{store}`" for recording, store in recorded_to(program, piece) if counts(recording.options)]


@lru_cache(maxsize=2)  # guarantees ask for those of the same program one after the other
def _ways_assumed(program: Program) -> tuple[str, ...]:
    """The assumptions about ways of calls that no document speaks of, where the policy has nothing for them."""
    failing = any(outcome.type == "error" for outcome in program.graph.loose)
    return (
        *(("menu-errors",) if failing else ()),
        *parking_assumed(program),
        *(("requests-in-turn",) if program.graph.requests or are_told(program) else ()),
        *answers_assumed(program),
    )


def _in_phase(step: Step) -> bool:
    """Whether a step is a phase, or what is said when one begins or ends."""
    return isinstance(step.body, tree.Phase) or step.phase is not None


def _parks_in_room(program: Program, handler: Handler) -> bool:
    """Whether a request parks a call that is in a conference."""
    parks = handler.in_talk and isinstance(handler.last, tree.Park)
    return parks and any(connect.connects == "conference" for connect in asked_in(program, handler))


def rooms_assumed(program: Program, steps: Iterable[Step]) -> tuple[str, ...]:
    """What it rests on that nobody else records the rooms in which some steps are: nothing where the call's own id
    names a room, and what the policy says where a value of the backend does."""
    names = [room_name(program, room) for step in steps for room in rooms_of(program, step)]
    shared = [name for name in names if name is None or not is_own(name)]
    begun = [name for name in shared if name is not None and is_begun_for(name)]
    return (
        *(("room-is-ours",) if len(begun) < len(shared) else ()),
        *(("starts-are-unique",) if begun else ()),
    )


def _shared_room(
    program: Program, guarantee: tree.Guarantee, met: list[tuple[Step, SeenStep]], seen: Seen
) -> Verdict | None:
    """The verdict where another caller, of this policy or of another, has the room recorded that a step is in."""
    rooms = room_recorders(program)
    doubt: Verdict | None = None
    for step, one in met if rooms else ():
        for name, spot, unsure in _rooms_met(program, step, one, seen):
            for other in (room for room in rooms.near(name) if room.doubt or seen.counts(room.options)):
                same, open_ = same_room(name, other.name), unsure or other.doubt
                way = f"by {other.where}"
                if same and not open_:
                    reason = f"another caller, {way}, records the room to `{other.store}`"
                    call = seen.walk.call(seen.walk.moves[spot.move])
                    return Verdict(guarantee, "broken", reason, step, call, other=other)
                if same is not False:
                    why = why_unsure(name, other.name) if same is None else open_
                    reason = f"it may be the room that is recorded {way}: {why}"
                    doubt = doubt or Verdict(guarantee, "unknown", reason, step)
    return doubt


def _rooms_met(program: Program, step: Step, one: SeenStep, seen: Seen) -> Iterator[tuple[RoomName | None, Spot, str]]:
    """The rooms in which a step is heard, each with the first sound of it there, and why no document tells of it."""
    rooms, first, moves = rooms_of(program, step), one.any, seen.walk.moves
    if first is None:
        return
    if step.connects is not None or step.parent is not None:
        yield from ((room_name(program, room), first, moves[first.move].doubt) for room in rooms)
        return
    for room, spot in seen.stayed.get(step.index, {}).items() if rooms else ():
        move = moves[spot.move]
        _, unsure = seen.walk.room_at(move, seen.piece(spot))
        yield room_name(program, program.steps[room]), spot, unsure or move.doubt


def always(program: Program, guarantee: tree.RecordGuarantee, seen: Seen) -> Verdict:
    """`always record SELECTION`: every sound of a selected step is recorded from its start to its end."""
    from recpol.prove.overwritten import overwritten, rests_on_unique

    if any(side_of(store_options(seen.walk.written, store)) != "both" for store in program.names.stores):
        seen = Seen(seen.walk, whole=True)
    met = seen.of(program.selected.chosen(guarantee.selection))
    bare, taped = _first(one.bare for _, one in met), _first(one.taped for _, one in met)
    telling = [target.name for target in program.targets if target.tells_of_failure]
    if taped is not None and telling and not program.names.hangs_up:
        # A recording that cannot start breaks it, too, and may do so in a shorter call.
        declared = program.names.hangs_up is not None
        if (declared and bare is None) or (bare is not None and _order(taped) < _order(bare)):
            why = "`on recording failure continue` lets" if declared else "nothing keeps"
            rest = "the call go on" if declared else "the call from going on"
            reason = f"not recorded when the recording cannot start, and {why} {rest}"
            return _broken(seen, guarantee, taped, reason, fails=True)
    if bare is not None and is_recorded(seen.piece(bare)):
        one_sided = " and ".join(stores_of(seen.walk.written, seen.piece(bare)))
        return _broken(seen, guarantee, bare, f"recorded to {one_sided}, one side of it alone", in_part=True)
    if bare is not None:
        late = f"{_LATE}: the platform then connects the call as it is"
        return _broken(seen, guarantee, bare, f"not recorded{late if seen.piece(bare).lost else ''}")
    doubtful = _first(spot for _, one in met for spot in (one.maybe_bare, one.adrift))
    if taped is not None and telling and program.names.hangs_up is None:
        reason = f"{telling[0]} {UNDECLARED}"
        return Verdict(guarantee, "unknown", reason, seen.piece(taped).step, told_by="silent-recording-failure")
    if doubtful is not None:
        return _unknown(seen, guarantee, doubtful)
    if not met:
        return Verdict(guarantee, "empty", "no call comes to anything that it selects")
    for target in program.targets:
        stops = doubtful_stops(program, target)
        for step, _ in met if stops else ():
            # Where the stop is not read, a recording starts while one runs, and no page says what that does.
            runs_on = step.index in stops and program.decided(step).conference_store is None
            if runs_on or isinstance(step.body, tree.Phase):
                return Verdict(guarantee, "unknown", unread(target), stops.get(step.index, step))
    stores = dict.fromkeys(store for step, _ in met for store in _kept(program, step) if store is not None)
    lost = overwritten(program, stores)
    if lost is not None:
        into = next((step for step, _ in met if lost.store in _kept(program, step)), None)
        return Verdict(guarantee, "unknown", lost.reason, lost.step or into)
    app = next((step for step, _ in met if step.connects == "app"), None)
    if app is not None and program.decided(app).call_stores:
        return Verdict(guarantee, "unknown", _APP, app)
    told = len(telling) == len(program.targets)  # and the call ends where a recording does not start
    assumptions = [
        *([] if told else ["recordings-start"]),
        *(["recorder-survives"] if any(one.inherited for _, one in met) else []),
        *(["starts-are-unique"] if rests_on_unique(program, stores) else []),
    ]
    if any(_in_phase(step) for step, _ in met):
        assumptions.append("phases-are-told")
    return Verdict(guarantee, "proven", assumptions=(*assumptions, *_ways_assumed(program)))
