"""Translation checking of a whole call: the dialect in which one document holds all that can happen (Voice API v2).

The meaning of the policy and the interpreter of v2 go through every call side by side: whatever can happen to the
policy happens to the document too, and both must hear the same sounds with the same recordings. Where both have been
before, together, nothing new can come, so the search ends.

Beyond that the interpreter knows what a policy does not speak of: a recording that was told to stop goes on for a
while, which must not reach a segment under `never record`; and a recording that fails to start must do what the policy
says.

Invariant: every state that both sides can reach together is compared, every segment that can be recorded makes a sound
on both sides, every sound is cut short by a hang-up once, and every recording fails once wherever it runs. An event is
left out only where another one was compared that both sides must answer in the same way.
"""

from __future__ import annotations

from recpol.analysis.callouts import beginnings
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.base.record import Record, field, replace
from recpol.calls import trace as t
from recpol.interpreters.v2 import reports
from recpol.interpreters.v2 import session as interpreter
from recpol.interpreters.v2.manner import manner
from recpol.interpreters.v2.reports import Report
from recpol.platform.targets import Target
from recpol.semantics.narration import narrate, recorded_to
from recpol.semantics.recording import HeardSegment
from recpol.semantics.simulate import Simulation, hang_up_at, simulate, step
from recpol.targets.filenames import MANIFEST, reply_file, request_file, whole_file
from recpol.targets.reply import Reply
from recpol.verify.commands import faults
from recpol.verify.reports import Manifest, answers_of, begins, is_answered, unasked, waits
from recpol.verify.reports import awaited as reports_of
from recpol.verify.session_state import SeenStates, failing, is_over, likeness, moment, offers
from recpol.verify.session_words import (
    RecordedFiles,
    answers_words,
    called_otherwise,
    made_sound,
    manner_of,
    meant_sound,
    options_of,
    to_files,
    words,
)
from recpol.verify.verified import Disagreement, Verified, manner_words, unheard

_Heard = tuple[HeardSegment, ...]
_HANGS_UP = t.HangsUp("caller")


def verify(program: Program, replies: tuple[Reply, ...], target: Target) -> Verified:
    """Compare a program with the documents made from it."""
    search = _Search(program, target, answers_of(replies), sensitive=program.never_recorded)
    search.run()
    return Verified(tuple(search.differences), search.pairs, frozenset(search.assumptions))


class _Place(Record):
    """Where a call stands: what happened so far, what the policy says of it, and the state of the interpreter.

    `first` is the place in the policy's trace of the first sound that the interpreter can still cut short; `continued`:
    it is a conversation that the policy hears as the same sound as the connect before it. `awaited` are the recordings
    whose end the backend has waited for since that sound was asked for.
    """

    events: tuple[t.Event, ...]
    meant: Simulation = field(repr=False)
    state: interpreter.SessionState = field(repr=False)
    first: int
    continued: bool = False
    awaited: frozenset[str] = frozenset()


class _Search(Record, frozen=False):
    """One comparison on its way."""

    program: Program
    target: Target
    answers: Manifest
    differences: list[Disagreement] = field(default_factory=list)
    assumptions: set[str] = field(default_factory=set)
    pairs: int = 0
    sensitive: frozenset[int] = frozenset()
    requests: set[Report] = field(default_factory=set)
    told: set[tuple[int, int]] = field(default_factory=set)
    file: str = ""

    def run(self) -> None:
        """Go through all calls, however they begin, until the first difference; then through the manifest."""
        if any(reply.document == {"commands": []} for reply in self.answers.replies):
            self.assumptions.add("empty-reply")
        whole = {id(self.answers.document(begins(one))): one for one in beginnings(self.program)}
        for reply in self.answers.replies:
            begun = whole.get(id(reply.document))
            for policy, output in faults(self.program, reply.document, "" if begun is None else begins(begun)[0]):
                self.differ(reply.file, (), policy, output)
        for handler in beginnings(self.program):
            self.file = whole_file(handler)
            document = self.answers.document(begins(handler))
            self.follow(self.incoming(document) if handler.kind == "ice" else self.begun(handler, document))
        if not self.differences:
            self.differences += unasked(self.program, self.answers, frozenset(self.requests))

    def incoming(self, document: object) -> _Place | None:
        """A call comes in; where it goes on from there."""
        meant = simulate(self.program, ())
        if is_answered(self.program) != self.answers.parts_of(reports.INCOMING).answers:
            self.differ("", (), *answers_words(is_answered(self.program)))
        self.replied((), meant, meant.pieces)
        return self.compare((), meant.pieces, meant, interpreter.incoming(document))

    def begun(self, handler: Handler, document: object) -> _Place | None:
        """The backend begins a call: whom it calls, how, and where the call goes on from there."""
        events = (t.Starts(handler.name or ""),)
        meant = simulate(self.program, events)
        for policy, output in called_otherwise(self.program, handler, *interpreter.called(document)):
            self.differ("", events, policy, output)
        return self.compare(events, meant.pieces, meant, interpreter.begins(document))

    def follow(self, begun: _Place | None) -> None:
        """Go through all that can happen after a call has begun, until the first difference."""
        stack = [] if begun is None else [begun]
        seen = SeenStates()
        while stack and not self.differences:
            at = stack.pop()
            if not seen.is_new((moment(at.meant), at.meant.recorder_state.stores), at.state):
                continue
            self.failures(at)
            reached = self.reached(at)
            self.cuts(at, hung=any(one.events[-1] == _HANGS_UP for one in reached))
            stack += [one for one in reached if not is_over(one.meant.moment, one.state)]

    def reached(self, at: _Place) -> list[_Place]:
        """Where a call can go on to from a place, by one event each. Of events that are alike there, one is compared
        and the last stands for all."""
        found: list[_Place] = []
        before: object = None
        for event in offers(self.program, at.meant.moment):
            like = likeness(self.program, at.meant.moment, at.state, event)
            if found and like is not None and like == before and not self.differences:
                self.pairs += 1
                found[-1] = replace(found[-1], events=(*at.events, event))
                continue
            after = self.step(at, event)
            before = None if after is None else like
            found += [] if after is None else [after]
        return found

    def step(self, at: _Place, event: t.Event) -> _Place | None:
        """One event on both sides; None where the call cannot go on from there."""
        events = (*at.events, event)
        meant = step(at.meant, event)
        if meant.impossible is not None or self.differences:
            return None
        self.pairs += 1
        new = meant.pieces[len(at.meant.pieces) :]
        if len(meant.handlers) > len(at.meant.handlers):
            self.replied(events, meant, new)
        if isinstance(event, t.Begins | t.Ends):
            return self.phase(at, events, new, meant, event)
        if isinstance(event, t.Manages):
            report, file = ("request", event.request), reply_file("manage", event.request)
            return self.sent(at, events, new, meant, report, file)
        outcome = self.applied(at, events)
        if outcome is None:
            return None
        if not outcome.continued or new:
            return self.compare(events, new, meant, outcome)
        self.recorded(events, at.meant.pieces[-1], outcome.played[-1], frozenset())
        after = self.compare(events, new, meant, replace(outcome, played=outcome.played[:-1]))
        return None if after is None else replace(after, first=len(meant.pieces) - 1, continued=True)

    def cuts(self, at: _Place, *, hung: bool) -> None:
        """The caller hangs up during each of the latest sounds.

        `hung`: a hang-up after them has been compared already, and was silent on both sides. During a sound that lasts
        in the very state that holds after them, the interpreter does the same; and the sound itself, with what records
        it, was compared when the place was reached.
        """
        rest = replace(at.state, latest=()) if hung else None
        for number, (_, lasting) in enumerate(at.state.latest):
            event = hang_up_at(at.meant, at.first + number)
            if event is not None and lasting == rest and not self.differences:
                self.pairs += 1
            elif event is not None:
                self.cut(at, (*at.events, event), step(at.meant, event), number)

    def cut(self, at: _Place, events: tuple[t.Event, ...], meant: Simulation, number: int) -> None:
        self.pairs += 1
        outcome = self.applied(at, (*at.events, t.HangsUp("caller", number)), events)
        if outcome is None:
            return
        if at.continued:
            self.recorded(events, meant.pieces[-1], outcome.played[-1], at.awaited)
        else:
            cut = replace(outcome, played=outcome.played[number:])
            self.compare(events, meant.pieces[-1:], meant, cut, at.awaited)

    def applied(
        self, at: _Place, events: tuple[t.Event, ...], told: tuple[t.Event, ...] = ()
    ) -> interpreter.EventOutcome | None:
        """What the last of some events brings in the document; where it cannot happen there, that is told of these
        events, or of those that the policy was `told`."""
        outcome = interpreter.apply(at.state, events[-1])
        if outcome is None:
            self.differ("", told or events, "this can happen", "it cannot")
        return outcome

    def phase(
        self, at: _Place, events: tuple[t.Event, ...], new: _Heard, meant: Simulation, event: t.Begins | t.Ends
    ) -> _Place | None:
        """A phase begins or ends: its request, and the report that the backend waits for."""
        report = ("manage", event.phase, "begin" if isinstance(event, t.Begins) else "end")
        file = request_file(event.phase, report[-1])
        document = self.answers.document(report)
        if document is None:
            running = tuple((one.number, one.options) for one in at.state.recordings if not one.stopping)
            if running != self.files_of(new[-1]):
                self.differ(file, events, "the phase changes what is recorded", "there is no request for it")
            going = {recording.name for recording in at.state.recordings if recording.stopping}
            self.tails(events, new[-1], going, file)
            return None if self.differences else _Place(events, meant, at.state, len(meant.pieces))
        return self.sent(at, events, new, meant, report, file)

    def sent(
        self,
        at: _Place,
        events: tuple[t.Event, ...],
        new: _Heard,
        meant: Simulation,
        report: Report,
        file: str,
    ) -> _Place | None:
        """The backend sends a request, and waits for the report that the manifest names."""
        document, leg, wait = self.answers.document(report), self.answers.leg(report), self.answers.wait(report)
        self.requests.add(report)
        stops = self.answers.parts_of(report).stopped
        for policy, output in waits(stops, wait):
            self.differ(MANIFEST, events, policy, output)
        outcome = interpreter.request(at.state, document, leg if isinstance(leg, str) else None)
        awaited = frozenset(map(str, stops))
        if awaited:
            self.assumptions.add("backend-waits-for-finish")
            outcome = replace(outcome, state=interpreter.finishes(outcome.state))
        told = {one.get("event") for one in reports_of(wait) if isinstance(one, dict)}
        if any(one.name in awaited and one.ends not in told for one in at.state.recordings):
            self.differ(file, events, "the end of the recording is reported", "the document keeps it to itself")
        return self.compare(events, new, meant, outcome, awaited, file)

    def replied(self, events: tuple[t.Event, ...], meant: Simulation, new: _Heard) -> None:
        """Something must be heard of every segment of the latest reply that can be recorded."""
        for policy, output in unheard(meant.handlers[-1], new):
            self.differ("", events, policy, output)

    # ── one outcome ──────────────────────────────────────────────────────────────────────────────────────────────

    def compare(
        self,
        events: tuple[t.Event, ...],
        new: _Heard,
        meant: Simulation,
        outcome: interpreter.EventOutcome,
        awaited: frozenset[str] = frozenset(),
        file: str = "",
    ) -> _Place | None:
        """Hold an outcome of the interpreter against what the policy means; where the call goes on from there."""
        self.assumptions |= outcome.assumptions
        for problem in outcome.problems:
            self.differ(file, events, "only what the platform documents", problem)
        for piece, played in zip(new, outcome.played, strict=False):
            if meant_sound(piece.heard.sound) != made_sound(played.heard.sound) or piece.heard.cut != played.heard.cut:
                self.differ(file, events, words(piece.heard.sound), words(played.heard.sound))
                return None
            self.recorded(events, piece, played, awaited, file)
        if len(new) != len(outcome.played):
            longer = [played.heard for played in outcome.played]
            if len(new) > len(longer):
                longer = [piece.heard for piece in new]
            more, less = words(longer[-1].sound), "nothing more is heard"
            self.differ(file, events, *((more, less) if len(new) == len(longer) else (less, more)))
        state = outcome.state
        mode = "ended" if meant.moment is None else meant.moment.mode
        if mode == "room" and state.mode == "dialling":  # a stream is answered by a machine, at once
            answered = interpreter.apply(state, t.Answers())
            if answered is not None and answered.continued and new:
                self.recorded(events, new[-1], answered.played[-1], awaited, file)
                state = replace(answered.state, latest=state.latest)
        if {"room": "talk"}.get(mode, mode) != state.mode:
            self.differ(file, events, f"the call is at: {mode}", f"the call is at: {state.mode}")
        return None if self.differences else _Place(events, meant, state, len(meant.pieces) - len(new), awaited=awaited)

    def recorded(
        self,
        events: tuple[t.Event, ...],
        piece: HeardSegment,
        played: interpreter.SoundHeard,
        awaited: frozenset[str],
        file: str = "",
    ) -> None:
        """Whether a sound is recorded as it should be, and no stopped recording can reach it where none may."""
        meant, made = self.files_of(piece), tuple((one.number, one.options) for one in played.heard.calls)
        if meant != made:
            self.differ(file, events, f"{words(piece.heard.sound)}: {to_files(meant)}", to_files(made))
        self.tails(events, piece, set(played.tail) - awaited, file)
        self.done(events, piece, played, file)

    def files_of(self, piece: HeardSegment) -> RecordedFiles:
        """The files that a sound is to be recorded into, by their numbers, with their options."""
        return tuple((one.number, options_of(self.program, store)) for one, store in recorded_to(self.program, piece))

    def done(self, events: tuple[t.Event, ...], piece: HeardSegment, played: interpreter.SoundHeard, file: str) -> None:
        """Whether a sound is done as it should be: each part of the document is looked at once for each segment."""
        key = (piece.step.index, id(played.form))
        if key not in self.told and played.heard.sound.kind != "talk":
            self.told.add(key)
            meant = manner_of(self.program, piece.step, piece.heard.sound, self.target)
            made = manner(played.form)
            if meant != made:
                self.differ(file, events, *manner_words(piece.heard.sound.kind, meant, made))

    def tails(self, events: tuple[t.Event, ...], piece: HeardSegment, tail: set[str], file: str) -> None:
        """Recordings that were told to stop, and may go on into a sound."""
        if tail and piece.step.index in self.sensitive:
            policy = f"{words(piece.heard.sound)} is never recorded"
            self.differ(file, events, policy, f"the recording {', '.join(sorted(tail))} may not have ended")
        elif tail:
            self.assumptions.add("stop-takes-time")

    def failures(self, at: _Place) -> None:
        """Every recording that runs here fails to start: the call ends, or goes on, as the policy says."""
        ends = self.program.names.hangs_up is True
        lasting = [state for _, state in at.state.latest if state.recordings]
        if at.state.recordings:
            lasting.append(replace(at.state, latest=()))
        alike = all(one == lasting[0] for one in lasting)  # mostly, and to compare is less than to hash
        for state in lasting[:1] if alike else dict.fromkeys(lasting):
            for policy, output in failing(state, at.state.mode, self.answers, self.assumptions, ends=ends):
                self.differ("", at.events, policy, output)

    def differ(self, file: str, events: tuple[t.Event, ...], policy: str, output: str) -> None:
        """Note a difference; without a `file` it is in the document of the call."""
        call = tuple(act.text for act in narrate(self.program, simulate(self.program, events), events))
        self.differences.append(Disagreement(file or self.file, policy, output, call))
