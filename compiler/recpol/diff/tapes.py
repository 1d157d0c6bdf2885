"""All calls of two versions side by side: where the same call sounds or is recorded differently.

A pair of places is where one call stands in both versions after the same events; there are as many as there are
places, times places, however many calls there are. Where only one version goes on, the walk follows it alone; where one
version alone has a phase or a request, people talk on in the other meanwhile, and what records that talk is compared.

Source of the idea: bisimulation, as in difference by counter-example of authorisation policies.

Invariant: pairs are visited in the order of the number of events that lead to them, so that the first call that shows
a difference is a shortest one; with no difference found, every call has the same tape in both versions.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from recpol.analysis.program import Program
from recpol.base.record import Record, replace
from recpol.base.secrets import masked
from recpol.base.typing import Literal
from recpol.calls import trace as t
from recpol.calls.party import Party
from recpol.calls.trace import Options
from recpol.diff.manner import handlers
from recpol.diff.model import Difference, DifferenceKind
from recpol.explain.things import thing
from recpol.prove.walk import place_key
from recpol.semantics.conversations import unanswered_by
from recpol.semantics.narration import event_words
from recpol.semantics.next_events import beginnings, possible
from recpol.semantics.recording import HeardSegment
from recpol.semantics.simulate import Advance, CallState, advance

BUDGET = 50_000
"""How many pairs of places are looked at."""

_OVER = (t.HangsUp, t.Expires)
"""Events after which nothing is heard in any version."""

_TALKING = frozenset(("talk", "room"))
"""Where people talk, so that the backend can send a request."""

OneVersion = Literal["old", "new"]

_Key = tuple[object, ...]


class PairOfPlaces(Record):
    """Where a call stands in both versions; None where it cannot have come there.

    `ahead` is the version that alone had one of the events, such as a phase, while people talked on in the other.
    """

    old: CallState | None
    new: CallState | None
    events: tuple[t.Event, ...]
    ahead: OneVersion | None = None


class TapeDifferences(Record):
    """What was found, and whether the budget was enough."""

    differences: tuple[Difference, ...]
    spent: bool


def tapes(old: Program, new: Program, budget: int = BUDGET) -> TapeDifferences:
    """The differences of all calls of two versions."""
    walk = _Walk(old, new, budget)
    walk.run()
    return TapeDifferences(tuple(walk.found.values()), walk.spent)


class _Walk:
    def __init__(self, old: Program, new: Program, budget: int) -> None:
        self.old, self.new, self.budget = old, new, budget
        self.found: dict[tuple[str, ...], Difference] = {}
        self.seen: set[_Key] = set()
        self.queue: deque[PairOfPlaces] = deque()
        self.spent = False

    def run(self) -> None:
        for start in (None, *dict.fromkeys((*beginnings(self.old), *beginnings(self.new)))):
            before, after = (advance(program, None, start) for program in (self.old, self.new))
            events: tuple[t.Event, ...] = () if start is None else (start,)
            if (before is None) != (after is None):
                about = "a call comes in" if start is None else event_words(start)
                self._note(Difference("way-new" if before is None else "way-gone", about, call=events))
            self._came(None, before, after, events)
        while self.queue:
            pair = self.queue.popleft()
            for event in self._events(pair):
                before, after, ahead = together(self.old, self.new, pair, event)
                events = (*pair.events, event)
                if ahead is not None and not isinstance(event, t.Ends):  # that a phase ends follows from its begin
                    self._note(Difference("way-new" if ahead == "new" else "way-gone", event_words(event), call=events))
                if before is not None or after is not None:
                    self._came(pair, before, after, events, pair.ahead if ahead is None else ahead)

    def _events(self, pair: PairOfPlaces) -> Iterator[t.Event]:
        events: dict[t.Event, None] = {}
        for version, program, standing in (("old", self.old, pair.old), ("new", self.new, pair.new)):
            if standing is not None and pair.ahead in (None, version):
                events |= dict.fromkeys(possible(program, standing.moment))
        return (event for event in events if not isinstance(event, _OVER) and self._goes_on(pair, event))

    def _goes_on(self, pair: PairOfPlaces, event: t.Event) -> bool:
        """Whether either version says how a call goes on after an event; only those that nobody answers may end so."""
        if not isinstance(event, t.Unanswered):
            return True
        steps = [(self.old, pair.old), (self.new, pair.new)]
        dialled = [(program, place.moment.step) for program, place in steps if place is not None]
        return any(step is not None and unanswered_by(program, step, event) is not None for program, step in dialled)

    def _came(
        self,
        origin: PairOfPlaces | None,
        before: Advance | None,
        after: Advance | None,
        events: tuple[t.Event, ...],
        ahead: OneVersion | None = None,
    ) -> None:
        old = _taped(None if origin is None else origin.old, before)
        new = _taped(None if origin is None else origin.new, after)
        self._compare(old, new, events)
        if before is not None and after is not None and before.replied is not None and after.replied is not None:
            for difference in handlers(self.old, before.replied, self.new, after.replied, events):
                self._note(difference)
        old_place, new_place = (None if came is None else came.after for came in (before, after))
        pair = PairOfPlaces(old_place, new_place, events, None if old_place is None or new_place is None else ahead)
        plain = (place_key(pair.old), place_key(pair.new))
        key = (*plain, pair.ahead)
        if key in self.seen or (*plain, None) in self.seen:
            return
        if len(self.seen) >= self.budget:
            self.spent = True
            return
        self.seen.add(key)
        self.queue.append(pair)

    def _note(self, difference: Difference) -> None:
        key = (difference.kind, difference.about, difference.before, difference.after)
        self.found.setdefault(key, difference)

    def _compare(self, before: list[TapedSound], after: list[TapedSound], events: tuple[t.Event, ...]) -> None:
        """The sounds of one reply in both versions: those that are the same, and those that are not."""
        for old, new in beside(before, after):
            if new is None:
                if old is not None:
                    self._alone(self.old, old, events, new=False)
            elif old is None:
                self._alone(self.new, new, events, new=True)
            else:
                if as_heard(old) != as_heard(new):
                    was, is_ = thing(self.old, old.piece.step), thing(self.new, new.piece.step)
                    about = is_
                    if was == is_:  # what differs is too far on to be in these few words, or is who hears it
                        was, is_ = whole(old.sound), whole(new.sound)
                    self._note(Difference("words", about, was, is_, events, _line(self.new, new)))
                self._recorded(old, new, events)

    def _alone(self, program: Program, one: TapedSound, events: tuple[t.Event, ...], *, new: bool) -> None:
        """A sound that one version alone has."""
        what, told = thing(program, one.piece.step), "heard" if not one.tape else words(one.tape)
        was, is_ = ("not heard", told) if new else (told, "not heard")
        kind: DifferenceKind = "words" if not one.tape else "more-recorded" if new else "less-recorded"
        self._note(Difference(kind, what, was, is_, events, _line(program, one)))

    def _recorded(self, old: TapedSound, new: TapedSound, events: tuple[t.Event, ...]) -> None:
        """A sound that both have: what records it, and whether a file begins with it."""
        what, line = thing(self.new, new.piece.step), _line(self.new, new)
        if old.sound.kind == "talk" and old.sound.content > new.sound.content:  # the old version alone has this phase
            what = thing(self.old, old.piece.step)
        if old.tape != new.tape:
            before, after = (Counter(kind for kind, _ in one.tape) for one in (old, new))
            kind: DifferenceKind = "other-store"
            if after > before:
                kind = "more-recorded"
            elif before > after:
                kind = "less-recorded"
            self._note(Difference(kind, what, words(old.tape, new.tape), words(new.tape, old.tape), events, line))
        elif old.begins != new.begins:
            self._note(Difference("other-file", what, _files(old, new), _files(new, old), events, line))


Tape = tuple[tuple[str, Options], ...]
"""What records a sound: `call` and `conference`, each with the recording's options but for credentials; several of a
call are in the order of their options."""


class TapedSound(Record):
    """A sound, what records it, and of that what begins a file with it."""

    piece: HeardSegment
    tape: Tape
    begins: Tape

    @property
    def sound(self) -> t.Sound:
        """The sound itself."""
        return self.piece.heard.sound


def beside(
    before: Sequence[TapedSound], after: Sequence[TapedSound]
) -> Iterator[tuple[TapedSound | None, TapedSound | None]]:
    """The sounds of one reply in two versions: equal ones beside each other, then those of one kind that take each
    other's place; None where a version has nothing."""
    matcher = SequenceMatcher(None, list(map(as_heard, before)), list(map(as_heard, after)), autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        gone, come = list(before[i1:i2]), list(after[j1:j2])
        while gone and come and (tag == "equal" or gone[0].sound.kind == come[0].sound.kind):
            yield gone.pop(0), come.pop(0)
        yield from ((one, None) for one in gone)
        yield from ((None, one) for one in come)


def as_heard(one: TapedSound) -> t.Sound:
    """A sound as people hear it: the name of the phase in which they talk is not heard."""
    return replace(one.sound, content=()) if one.sound.kind == "talk" else one.sound


def together(
    old: Program, new: Program, pair: PairOfPlaces, event: t.Event
) -> tuple[Advance | None, Advance | None, OneVersion | None]:
    """How a call goes on in both versions, and which of them alone has the event although the call stands in both."""
    before = None if pair.old is None else advance(old, pair.old, event)
    after = None if pair.new is None else advance(new, pair.new, event)
    if pair.old is None or pair.new is None or (before is None) == (after is None):
        return before, after, None
    if after is None:
        return before, _talk(pair.new, event, before), "old"
    return _talk(pair.old, event, after), after, "new"


def _talk(place: CallState, event: t.Event, other: Advance | None) -> Advance | None:
    """A version that does not know a request or a phase, while the other has it: people talk on as before.

    None where the event is something else, or nobody talks before it here, or after it there.
    """
    moment = place.moment
    sent = isinstance(event, t.Begins | t.Ends | t.Manages | t.PressesInRoom)
    step = moment.phase or moment.step
    if not sent or step is None or other is None or {moment.mode, other.after.moment.mode} - _TALKING:
        return None
    inside = () if moment.phase is None or moment.phase.label is None else (moment.phase.label.text,)
    talk = place.recorder_state.hear(step, t.Sound("talk", inside), lost=moment.lost and moment.phase is None)
    return Advance((talk,), None, place)


def talked_on(old: Program, new: Program, events: Sequence[t.Event]) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers of the events of a call that the old version does not know, and those that the new one does not,
    while people talk on in it."""
    found: dict[OneVersion, set[int]] = {"old": set(), "new": set()}
    starts = bool(events) and isinstance(events[0], t.Starts)
    came = [advance(program, None, events[0] if starts else None) for program in (old, new)]
    for number, event in list(enumerate(events))[1 if starts else 0 :]:
        places = [None if one is None else one.after for one in came]
        *came, ahead = together(old, new, PairOfPlaces(places[0], places[1], ()), event)
        if ahead is not None and None not in came:
            found["old" if ahead == "new" else "new"].add(number)
    return frozenset(found["old"]), frozenset(found["new"])


def whole(sound: t.Sound) -> str:
    """All that a sound says, and to whom, where it says so."""
    told = "" if sound.to is Party.CALLER else f" to {sound.to.value}"
    return masked("“" + "; ".join(sound.content) + "”" + told)


def _taped(before: CallState | None, came: Advance | None) -> list[TapedSound]:
    """The sounds that an event brought."""
    if came is None:
        return []
    return taped(t.Recorder() if before is None else before.recorder_state.recorder, came.pieces)


def taped(recorder: t.Recorder, pieces: Iterable[HeardSegment]) -> list[TapedSound]:
    """Sounds that follow each other, the recorder being in some state before the first."""
    running, room = recorder.calls, recorder.conference
    found = []
    for piece in pieces:
        now, whole_room = piece.heard.calls, piece.heard.conference
        fresh = [one for one in now if one not in running]
        begins = _tape(fresh, None if whole_room == room else whole_room)
        found.append(TapedSound(piece, _tape(now, whole_room), begins))
        running, room = now, whole_room
    return found


def _tape(calls: Iterable[t.Recording], room: t.Recording | None) -> Tape:
    """Recordings by address and form; the names that a policy gives its stores do not matter, nor their order."""
    recordings = [("call", one) for one in calls] + ([] if room is None else [("conference", room)])
    return tuple(
        sorted((kind, tuple(pair for pair in one.options if pair[0] != "credentials")) for kind, one in recordings)
    )


def _line(program: Program, one: TapedSound) -> int:
    span = one.piece.step.span
    return span.begin.line if program.is_own(span) else 0


def _files(one: TapedSound, other: TapedSound) -> str:
    """Whether files begin with a sound, and of several recordings which of them begin one."""
    if len(one.tape) == 1:
        return "a file begins here" if one.begins else "the file goes on"
    return f"a file begins here: {words(one.begins, other.begins)}" if one.begins else "the files go on"


def words(tape: Tape, other: Tape = ()) -> str:
    """What records a sound, in words; options are told where the other version has others."""
    told = []
    for kind, options in tape:
        said = dict(options)
        # Where several recordings of a call have other options, those to one address are held against each other.
        others = dict(sorted(other, key=lambda one: dict(one[1]).get("destinationUrl") == said["destinationUrl"]))
        url = json.loads(said.pop("destinationUrl", '"?"'))
        room = "the whole room " if kind == "conference" else ""
        was = {name: value for name, value in others.get(kind, ()) if name != "destinationUrl"}
        rest = sorted(f"{name} {value}" for name, value in said.items() if kind in others and was.get(name) != value)
        told.append(f"{room}recorded to {url}" + (f" ({', '.join(rest)})" if rest else ""))
    return " and ".join(told) or "not recorded"
