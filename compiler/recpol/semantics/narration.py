"""A simulated call as lines that a person can read.

Invariant: every event and every sound of the call is a line, in order.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import CallStep
from recpol.base.typing import assert_never
from recpol.calls import trace as t
from recpol.semantics.recording import HeardSegment
from recpol.semantics.simulate import Simulation
from recpol.syntax import tree

_UNANSWERED = {
    "silent": "nobody answers",
    "busy": "{} is busy",
    "failed": "the call to {} fails",
}

SHORT = 48
"""How many characters of a prompt are shown."""


PERSON = "the person called"
"""Who plays the caller's part in a call that the backend begins."""


def begun_by_backend(events: tuple[t.Event, ...]) -> bool:
    """Whether a call is one that the backend begins."""
    return bool(events) and isinstance(events[0], t.Starts)


def call_words(events: tuple[t.Event, ...]) -> Iterator[str]:
    """What happens in a call, in words; who is called by the backend is the person called, and whom that call is then
    connected to the callee."""
    begun = begun_by_backend(events)
    for number, event in enumerate(events):
        yield event_words(event, PERSON if begun else "the caller", PERSON if begun and number == 1 else "the callee")


def event_words(event: t.Event, caller: str = "the caller", callee: str = "the callee") -> str:
    """What happens, in words, with the words for the two people in the call."""
    match event:
        case t.Starts():
            return f"the backend begins `{event.name}`"
        case t.Answers():
            return f"{callee} answers"
        case t.Unanswered():
            return _UNANSWERED[event.reason].format(callee)
        case t.Presses():
            return f"{caller} presses {event.key}"
        case t.PressesInRoom():
            return f"{caller} presses {event.key} in the room"
        case t.Enters():
            return f"{caller} enters {event.digits}"
        case t.Waits():
            return f"{caller} presses nothing"
        case t.Mistypes():
            return f"{caller} presses a wrong key"
        case t.HangsUp():
            return f"{caller if event.who == 'caller' else callee} hangs up"
        case t.Begins():
            return f"the backend begins the phase `{event.phase}`"
        case t.Ends():
            return f"the backend ends the phase `{event.phase}`"
        case t.Sends():
            return f"the backend sends `{event.reply}`"
        case t.Manages():
            return f"the backend sends `{event.request}` while they talk"
        case t.Expires():
            return "the call has been parked for as long as it may"
        case t.Joins():
            return f"another caller comes into the room by `on {event.reply}`"
        case t.Unreplied():
            return f"{callee} answers, the reply to ACE does not come in time"
        case _:
            assert_never(event)


def step_words(program: Program, step: Step, sound: t.Sound) -> str:
    """What is heard, in words: the label, and the text or target."""
    label = f"{step.label.text}: " if step.label is not None else ""
    return label + _sound_words(program, step, sound)


def piece_words(program: Program, piece: HeardSegment) -> str:
    """A sound of a call, in words; a `continue` with which the platform sets the call up is no conversation yet."""
    step, graph = piece.step, program.graph
    calls_up = isinstance(step.body, tree.Continue) and step.index in graph.conversations
    if calls_up and not piece.lost and program.handler_of(step).kind == "pie" and not graph.before.get(step.index):
        words = "calling the dialled number"
        words = f"{step.label.text}: {words}" if step.label is not None else words
    else:
        words = step_words(program, step, piece.heard.sound)
    return words + (" (cut short)" if piece.heard.cut else "")


def _sound_words(program: Program, step: Step, sound: t.Sound) -> str:
    match sound.kind:
        case "speech" | "ssml":
            return f'"{short(sound.content[0])}"'
        case "file":
            return f"the file {short(sound.content[0])}"
        case "tones":
            return f"the tones {short(sound.content[0])}"
        case "menu":
            name = "menu" if sound.content[0] == "main" else f"menu {sound.content[0]}"
            return f"{name} {prompt_words(sound.content[1])}".rstrip()
        case "parked":
            return f"parked {prompt_words(sound.content[1] or sound.content[0])}".rstrip()
        case "connect":
            return _connect_words(program, step, sound.content[0])
        case "talk":
            return f"the phase {sound.content[0]}" if sound.content else "the conversation"
        case _:
            assert_never(sound.kind)


def _connect_words(program: Program, step: Step, target: str) -> str:
    kind, _, where = target.partition(" ")
    if kind == "conference":
        return f"in the conference {where}"
    talks = step in program.graph.conversations.get(step.index, ())  # else a later reply begins the conversation
    return f"calling {where or 'the dialled number'}" + (" and talking" if talks else "")


def prompt_words(prompt: str) -> str:
    """A prompt of the mini-language as a quotation of its first item."""
    first = prompt.partition(";")[0]
    for mark in ("#tts[", "#ssml[", "#href["):
        if first.startswith(mark):
            first = first[len(mark) : -1]
    return f'"{short(first)}"' if first else ""


def short(text: str) -> str:
    """A text cut to what fits on a line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else flat[: SHORT - 2].rstrip() + " …"


def recorded_words(program: Program, piece: HeardSegment) -> str:
    """Into which stores a sound is recorded; empty where it is not."""
    whole = piece.heard.conference
    return " and ".join(
        f"{store} (the whole room)" if recording is whole else store for recording, store in recorded_to(program, piece)
    )


def recorded_to(program: Program, piece: HeardSegment) -> Iterator[tuple[t.Recording, str]]:
    """The recordings of a sound, each with the name of its store; that of the whole room is the last, and is the
    `conference` of what is heard."""
    decided, heard = program.decided(piece.step), piece.heard
    free = list(decided.call_stores)
    for recording in heard.calls:
        store = _store_of(program, recording, free)
        if store in free:
            free.remove(store)  # two stores may have the same options
        yield recording, store
    if heard.conference is not None:
        likely = [] if decided.conference_store is None else [decided.conference_store]
        yield heard.conference, _store_of(program, heard.conference, likely)


def _store_of(program: Program, recording: t.Recording, likely: list[str]) -> str:
    from recpol.semantics.audio import store_options

    for name in (*likely, *program.names.stores):
        if store_options(program, name) == recording.options:
            return name
    return likely[0] if likely else ""


def narrate(program: Program, simulation: Simulation, events: tuple[t.Event, ...]) -> tuple[CallStep, ...]:
    """A simulated call, from the dialling on."""
    return tuple(_lines(program, simulation, events))


def _lines(program: Program, simulation: Simulation, events: tuple[t.Event, ...]) -> Iterator[CallStep]:
    happened = ("a call comes in", *call_words(events))
    done = 0
    for number, mark in enumerate(simulation.marks):
        if number or not begun_by_backend(events):
            yield CallStep(happened[number])
        for piece in simulation.pieces[done:mark]:
            words = piece_words(program, piece)
            yield CallStep(words, recorded_words(program, piece), piece.step.span)
        done = max(done, mark)
