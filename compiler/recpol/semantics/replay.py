"""A call step by step: what happens, what is heard and which file it is recorded in, and what can happen next.

Invariant: all steps of a replay together hold every sound of the simulated call, in order; files are numbered in the
order in which something is first heard in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.base.finding import CallStep, Finding
from recpol.base.nearest import nearest
from recpol.base.placeholder import Placeholder, with_values
from recpol.base.record import Record, field
from recpol.base.typing import Literal
from recpol.calls import trace as t
from recpol.calls.scenario import ScenarioStep, spell_one
from recpol.semantics.moments import Moment
from recpol.semantics.narration import call_words, piece_words, recorded_to
from recpol.semantics.next_events import possible
from recpol.semantics.recording import HeardSegment
from recpol.semantics.simulate import Simulation, before_events, simulate, step


class ReplayedRecording(Record):
    """One recording of a sound: of this call or of the whole conference, into which store, and which file it is."""

    scope: Literal["call", "conference"]
    store: str
    file: int

    @property
    def words(self) -> str:
        """The store and the file, as a line of a call names them."""
        return f"{self.store} (file {self.file}{', the whole room' if self.scope == 'conference' else ''})"


class ReplayedSound(Record):
    """A sound of a call: in words, as the piece of the trace that it is, and what it is recorded in. `content` are the
    parts of what is heard, with the values that the backend gave when it began the call."""

    words: str
    piece: HeardSegment = field(repr=False)
    recordings: tuple[ReplayedRecording, ...]
    content: tuple[str, ...] = ()

    @property
    def act(self) -> CallStep:
        """The sound as a line of a call."""
        return CallStep(self.words, " and ".join(one.words for one in self.recordings), self.piece.step.span)


class ReplayStep(Record):
    """One step of a call: the event (none for the call coming in), what is heard after it, where the call stands then.

    `before` is where the call stood; `replied` is the handler whose reply the event brought, if it did.
    """

    event: t.Event | None
    words: str
    heard: tuple[ReplayedSound, ...]
    before: Moment | None = field(repr=False)
    after: Moment | None = field(repr=False)
    replied: Handler | None = field(repr=False)

    @property
    def acts(self) -> tuple[CallStep, ...]:
        """The step as lines of a call."""
        return (CallStep(self.words), *(played.act for played in self.heard))


class Replay(Record):
    """A call: its steps up to an event that cannot happen, if there is one, and the simulation that they come from."""

    steps: tuple[ReplayStep, ...]
    simulation: Simulation = field(repr=False)

    @property
    def played(self) -> tuple[ReplayedSound, ...]:
        """Every sound of the call, in order."""
        return tuple(played for step in self.steps for played in step.heard)

    @property
    def acts(self) -> tuple[CallStep, ...]:
        """The call as lines."""
        return tuple(act for step in self.steps for act in step.acts)

    @property
    def events(self) -> tuple[t.Event, ...]:
        """What happened."""
        return tuple(step.event for step in self.steps if step.event is not None)

    @property
    def moment(self) -> Moment | None:
        """Where the call stands in the end."""
        return self.simulation.moment

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return not self.simulation.marks if self.moment is None else self.moment.mode == "ended"

    @property
    def files(self) -> int:
        """How many recording files the call makes."""
        return max((one.file for played in self.played for one in played.recordings), default=0)


def replay(program: Program, events: tuple[t.Event, ...]) -> Replay:
    """A call through a program that the rules accept, up to the first event that cannot happen."""
    now = before_events(program, events)
    states = [now]
    for event in events:
        now = step(now, event)
        if now.impossible is not None:
            break
        states.append(now)
    lines = _played(program, now.pieces, start_values(events))
    steps: list[ReplayStep] = []
    replies, done = 0, 0
    said = ("a call comes in", *call_words(events))
    before: Moment | None = None
    for number, (state, mark) in enumerate(zip(states, now.marks, strict=False)):  # no marks: no call comes in
        happened = events[number - 1] if number else None
        replied = state.handlers[-1] if len(state.handlers) > replies else None
        words = said[number]
        if happened is None and state.moment is None:
            continue  # the backend begins the call
        heard = lines[done : max(done, mark)]
        steps.append(ReplayStep(happened, words, heard, before, state.moment, replied))
        replies, done, before = len(state.handlers), max(done, mark), state.moment
    return Replay(tuple(steps), now)


def start_values(events: tuple[t.Event, ...]) -> dict[str, str]:
    """What the backend gives when it begins a call, by name; nothing where the call comes in."""
    begun = events[0] if events else None
    return dict(begun.values) if isinstance(begun, t.Starts) else {}


def strange_values(program: Program, steps: Iterable[ScenarioStep]) -> Iterator[Finding]:
    """Values that a scenario gives to a call, and that nothing in the policy asks for."""
    wanted = {
        piece.name
        for text in program.texts
        for piece in text.pieces
        if isinstance(piece, Placeholder) and piece.scope == "start"
    }
    for one in steps:
        for name, _ in one.event.values if isinstance(one.event, t.Starts) else ():
            if name not in wanted:
                near = nearest(name, wanted)
                help_ = f"did you mean `{near}`?" if near is not None else "take it out, or use it in the policy"
                yield Finding(f"no `{{{{ start.{name} }}}}` is in the policy", one.span, help=help_)


def _played(program: Program, pieces: tuple[HeardSegment, ...], start: Mapping[str, str]) -> tuple[ReplayedSound, ...]:
    files: dict[tuple[str, t.Recording], int] = {}

    def replayed(scope: Literal["call", "conference"], recording: t.Recording, store: str) -> ReplayedRecording:
        number = files.setdefault((scope, recording), len(files) + 1)
        return ReplayedRecording(scope, store, number)

    lines: list[ReplayedSound] = []
    for piece in pieces:
        heard = piece.heard
        recordings = [
            replayed("conference" if recording is heard.conference else "call", recording, store)
            for recording, store in recorded_to(program, piece)
        ]
        words = with_values(piece_words(program, piece), "start", start)
        content = tuple(with_values(part, "start", start) for part in heard.sound.content)
        lines.append(ReplayedSound(words, piece, tuple(recordings), content))
    return tuple(lines)


# ── what can happen next ─────────────────────────────────────────────────────────────────────────────────────────


class Choice(Record):
    """An event that can happen next, and what it leads to, in words."""

    event: t.Event
    leads: str


def choices(program: Program, events: tuple[t.Event, ...]) -> tuple[Choice, ...]:
    """What can happen after events that can happen."""
    now = simulate(program, events)
    return tuple(Choice(event, _leads(now, event)) for event in possible(program, now.moment))


def _leads(now: Simulation, event: t.Event) -> str:
    after = step(now, event)
    moment = after.moment
    if len(after.handlers) > len(now.handlers):
        return f"`on {after.handlers[-1].key}`"
    if moment is None or moment.mode == "ended":
        return "the call ends"
    if moment.mode == "dialling":
        return "the call to the person called"
    if moment.mode == "menu":
        return f"menu `{moment.menu}`"
    return f"phase `{event.phase}`" if isinstance(event, t.Begins) else "the conversation"


def refused(program: Program, before: tuple[t.Event, ...], written: ScenarioStep) -> Finding:
    """The finding that a step of a scenario cannot happen after the events before it, with what can."""
    now = simulate(program, before)
    offers = possible(program, now.moment)
    if not offers:
        return Finding("the call is over before this step", written.span, help="take the step out")
    if isinstance(written.event, t.HangsUp) and written.event.heard is not None:
        offers = (*_cuts(now, written.event.who), *offers)
    listed = ", ".join(f"`{spell_one(event)}`" for event in offers)
    return Finding(f"`{spell_one(written.event)}` cannot happen here", written.span, help=f"write what can: {listed}")


def _cuts(now: Simulation, who: Literal["caller", "callee"]) -> Iterator[t.Event]:
    """The moments within the latest reply at which somebody can hang up."""
    for number in range(len(now.pieces)):
        event = t.HangsUp(who, number)
        if step(now, event).impossible is None:
            yield event
