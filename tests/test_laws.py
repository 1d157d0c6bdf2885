"""Laws that hold for every policy and every call, tried on random ones.

* The output does what the policy means: the interpreter's trace of a whole call equals the simulated one.
* A proof never contradicts a call: what is proven is broken by no simulated call.
* A counterexample is one: the call that is shown breaks the guarantee when it is simulated, and no shorter one does.

`RECPOL_CALLS=20000 pytest tests/test_laws.py` is the nightly size; without it a quick one is tried.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

import pytest

from random_policies import random_policy, with_phase_prompts, with_room_keys
from recpol.analysis.program import Program, program
from recpol.analysis.steps import Step
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.compilation import Compilation, compile_program
from recpol.interpreters.v1 import calls as interpreter
from recpol.interpreters.v1.dialects import CLASSIC, SVAML1, DialectFacts
from recpol.prove import Verdict, prove
from recpol.semantics.next_events import beginnings, menu_of, possible
from recpol.semantics.recording import HeardSegment
from recpol.semantics.simulate import Simulation, before_events, simulate
from recpol.semantics.simulate import step as goes_on
from recpol.syntax import tree
from recpol.targets.catalogue import targets_named

CALLS = int(os.environ.get("RECPOL_CALLS", "1500"))
LENGTH = 7
DEPTH = 4
GUARANTEES = {"broken-guarantee", "opposed-guarantees", "empty-guarantee", "unproven-guarantee", "selects-nothing"}


def events_of(unit: Program, random: Random) -> tuple[t.Event, ...]:
    """A random call: any event that can happen, again and again."""
    phases = [s.body.name.text for s in unit.steps if isinstance(s.body, tree.Phase)] or ["none"]
    events: list[t.Event] = []
    if (starts := beginnings(unit)) and random.random() < 0.5:
        events += [random.choice(starts), t.Answers()]
    for _ in range(random.randint(0, LENGTH)):
        offers: list[t.Event] = [
            t.Answers(), t.Unreplied(), t.Waits(), t.Mistypes(), t.Sends("pick"),
            t.Manages("ask"), t.Manages("ask-too"), t.Enters("1234"[: random.randint(1, 4)]),
            *(t.Presses(key) for key in "0123456789"), *(t.PressesInRoom(key) for key in "789"),
            *(t.Begins(name) for name in phases), *(t.Ends(name) for name in phases),
        ]  # fmt: skip
        if random.random() < 0.1:
            # A phase that changes nothing is a sound to the policy and none to a interpreter: do not count across one.
            counted = None if any(isinstance(e, t.Begins | t.Ends) for e in events) else random.choice([None, 0, 1, 2])
            offers = [t.HangsUp(heard=counted), t.HangsUp("callee"), t.Unanswered(), t.Expires()]
        random.shuffle(offers)
        event = next((e for e in offers if simulate(unit, (*events, e)).impossible is None), None)
        if event is None:
            break
        events.append(event)
    return tuple(events)


def accepted(
    random: Random, *, ignoring: set[str] = GUARANTEES, target: str = "classic"
) -> Compilation | Program | None:
    """A random policy without errors, compiled; only checked where a guarantee is broken; None if it has other
    errors."""
    text = random_policy(random)
    text = with_phase_prompts(with_room_keys(text)) if target == "svaml1" else text
    unit = program(Source("random.recpol", text), targets=targets_named([target]))
    result = compile_program(unit)
    if not result.checked.errors:
        return result
    return unit if {finding.rule for finding in result.checked.errors} <= ignoring else None


def plain(simulation: Simulation, events: tuple[t.Event, ...]) -> list[t.Heard]:
    """A simulated trace as a interpreter can tell it: a phase is a change of the recorder, or nothing."""
    pieces = simulation.pieces
    marks = simulation.marks
    silent = {
        mark
        for event, mark, after in zip(events, marks, marks[1:], strict=False)
        if isinstance(event, t.Begins | t.Ends)
        and mark < len(pieces)
        and after == mark + 1  # nothing is said
        and pieces[mark - 1].heard.recordings == pieces[mark].heard.recordings
    }
    kept = [piece.heard for number, piece in enumerate(pieces) if number not in silent]
    return [replace(heard, sound=t.Sound("talk")) if heard.sound.kind == "talk" else heard for heard in kept]


BY_TARGET: dict[str, DialectFacts] = {"classic": CLASSIC, "svaml1": SVAML1}
"""The dialects with a reply for each callback, by the name of their target."""


@pytest.mark.parametrize("target", BY_TARGET)
def test_the_output_does_what_the_policy_means(target: str) -> None:
    dialect = BY_TARGET[target]
    tried = heard = seed = 0
    while tried < CALLS // 3:
        seed += 1
        random = Random(seed)
        result = accepted(random, target=target)
        if not isinstance(result, Compilation) or any(
            edge.step is not None and isinstance(edge.step.body, tree.Continue) for edge in result.program.graph.edges
        ):
            continue  # what the platform sets up by itself is not in the documents
        documents = {reply.file: reply.document for reply in result.replies}
        routes = [{"file": r.file, "answers": list(r.answers), "values": list(r.values)} for r in result.replies]
        for _ in range(10):
            tried += 1
            events = events_of(result.program, random)
            meant = simulate(result.program, events)
            made = interpreter.run(documents, routes, events, dialect)
            assert made.unanswered_event is None, (seed, events, made)
            if made.problems and t.Unreplied() in events:
                # After a lost reply a phase may start what runs already, which no document gives a meaning to.
                assert all("which is not documented" in problem for problem in made.problems)
                events = events[: events.index(t.Unreplied()) + 1]
                meant, made = simulate(result.program, events), interpreter.run(documents, routes, events, dialect)
            assert not made.problems, (seed, events, made.problems)
            assert list(made.trace) == plain(meant, events), (seed, events)
            heard += len(made.trace)
    assert heard > tried, "the calls must be about something"


def breaks(unit: Program, verdict: Verdict, simulation: Simulation, events: tuple[t.Event, ...]) -> bool:
    """Whether a simulated call breaks a guarantee, judged from its trace alone."""
    guarantee = verdict.guarantee
    pieces = simulation.pieces
    if isinstance(guarantee, tree.AboutStores):
        return False
    if isinstance(guarantee, tree.OptOut):
        return recorded_after(unit, guarantee.name.text, simulation, events)
    chosen = unit.selected.chosen(guarantee.selection)
    match guarantee:
        case tree.RecordGuarantee(word="never"):
            return any(means(unit, chosen, piece) and recorded(piece) for piece in pieces)
        case tree.RecordGuarantee():
            return any(means(unit, chosen, piece) and not recorded(piece) for piece in pieces)
        case tree.Announce(word="before"):
            return recorded_before_heard(unit, chosen, simulation, events)
        case tree.Announce():
            if any(not means(unit, chosen, piece) for piece in first_pieces(pieces)):
                return True
            return recorded_before_heard(unit, chosen, simulation, events, anew=True)
        case tree.NeverTranscribe():
            held = (options for piece in pieces if means(unit, chosen, piece) for options in recordings(piece))
            return any("transcriptionOptions" in options for options in held)
        case tree.OneSide():
            held = (options for piece in pieces if means(unit, chosen, piece) for options in recordings(piece))
            return any(options.get("direction", '"both"') != f'"{guarantee.side.text}"' for options in held)


def recordings(piece: HeardSegment) -> list[dict[str, str]]:
    """The options of what records a piece: of the call's recording, and of the conference's."""
    return [dict(one.options) for one in piece.heard.recordings]


def recorded_after(unit: Program, name: str, simulation: Simulation, events: tuple[t.Event, ...]) -> bool:
    """Whether anything is recorded after the reply, or the request, of this name."""
    for number in range(1, len(events) + 1):
        before, now = so_far(unit, events, number - 1), so_far(unit, events, number)
        if len(now.handlers) > len(before.handlers) and now.handlers[-1].name == name:
            return any(recorded(piece) for piece in simulation.pieces[len(before.pieces) :])
    return False


def so_far(unit: Program, events: tuple[t.Event, ...], number: int) -> Simulation:
    """A call up to its first events: before them it has come in, unless the backend begins it."""
    return simulate(unit, events[:number]) if number else before_events(unit, events)


def means(unit: Program, chosen: Mapping[int, Step], piece: HeardSegment) -> bool:
    """Whether a piece is a selected step, or a talk that stands for one because the reply to ACE was lost."""
    if not piece.lost:
        return piece.step.index in chosen
    talks = unit.graph.conversations.get(piece.step.index, ())
    return any(talk.index in chosen for talk in talks) or (not talks and piece.step.index in chosen)


def recorded(piece: HeardSegment) -> bool:
    return bool(piece.heard.recordings)


def first_pieces(pieces: tuple[HeardSegment, ...]) -> list[HeardSegment]:
    """The first piece of every recording."""
    seen: set[tuple[str, t.Recording]] = set()
    first: list[HeardSegment] = []
    for piece in pieces:
        room = piece.heard.conference
        fresh = {("room" if one is room else "call", one) for one in piece.heard.recordings} - seen
        seen |= fresh
        first += [piece] if fresh else []
    return first


SAID = tree.Say | tree.Play | tree.Tones | tree.Menu | tree.Submenu | tree.Park
"""What plays something itself; what is said in a talk, nobody knows."""


def recorded_before_heard(
    unit: Program,
    chosen: Mapping[int, Step],
    simulation: Simulation,
    events: tuple[t.Event, ...],
    *,
    anew: bool = False,
) -> bool:
    """Judged as proofs judge it: a call whose caller has chosen in a menu counts as answered (`menus-answer`). With
    `anew` each recording begins with what is to be heard, and something else is recorded before it was heard."""
    firsts = {id(piece) for piece in first_pieces(simulation.pieces)}
    heard = answered = False
    done = 0
    for number, mark in enumerate(simulation.marks):
        event = events[number - 1] if number else None
        before = so_far(unit, events, number - 1).moment if number else None
        menu = menu_of(before) if before is not None else None
        if menu is not None and before is not None and before.step is not None and menu.step.index in chosen:
            whole = "barge no" in before.step.node.span.text or isinstance(event, t.Waits)
            heard = heard or (answered and whole and not isinstance(event, t.HangsUp))
        replied = len(so_far(unit, events, number).handlers)
        if not replied:
            continue  # the backend begins the call
        now = simulation.handlers[replied - 1]
        fresh = number == 0 or replied > len(so_far(unit, events, number - 1).handlers)
        answered = answered or now.kind == "ace" or isinstance(event, t.Presses | t.Enters | t.Answers)
        steps = list(now.steps) if fresh else [piece.step for piece in simulation.pieces[done:mark]]
        for step in steps:
            answered = answered or isinstance(step.body, tree.Answer)
            own = [piece for piece in simulation.pieces[done:mark] if piece.step is step]
            if any(id(piece) in firsts for piece in own):
                if not heard and not anew:
                    return True
                heard = heard if not anew else not isinstance(step.body, SAID)
            if anew and not heard and any(recorded(piece) and not means(unit, chosen, piece) for piece in own):
                return True
            spoken = isinstance(step.body, tree.Say | tree.Play) and bool(own) and not any(p.heard.cut for p in own)
            heard = heard or (spoken and answered and step.index in chosen)
        done = max(done, mark)
    return False


def test_a_proof_never_contradicts_a_call_and_a_counterexample_is_one() -> None:
    tried = seed = 0
    statuses: dict[tuple[str, str], int] = {}
    while tried < CALLS:
        seed += 1
        random = Random(10_000_000 + seed)
        got = accepted(random, target="svaml1" if seed % 2 else "classic")
        unit = got.program if isinstance(got, Compilation) else got
        if unit is None or unit.partial:
            continue
        verdicts = prove(unit)
        for verdict in verdicts:
            kind = type(verdict.guarantee).__name__ + getattr(verdict.guarantee, "word", "")
            statuses[kind, verdict.status] = statuses.get((kind, verdict.status), 0) + 1
            if verdict.status == "broken" and verdict.call is not None:
                shown = simulate(unit, verdict.call)
                assert shown.impossible is None, (seed, verdict, shown.impossible)
                if verdict.other is not None:  # it takes two calls, and the one shown is in the room that both come to
                    assert shown.pieces[-1].step is verdict.step, (seed, verdict)
                    phases = [step for step in unit.steps if step.parent == verdict.other.step]
                    taped = [unit.decided(step) for step in (unit.steps[verdict.other.step], *phases)]
                    assert any(one.call or one.conference for one in taped), (seed, verdict)
                    continue
                assert breaks(unit, verdict, shown, verdict.call), (seed, verdict)
        for _ in range(5):
            tried += 1
            events = events_of(unit, random)
            simulation = simulate(unit, events)
            for verdict in verdicts:
                if verdict.status in ("proven", "empty"):
                    assert not breaks(unit, verdict, simulation, events), (seed, verdict, events)
    for word in ("RecordGuaranteenever", "RecordGuaranteealways", "Announcebefore", "Announcein", "OptOut"):
        for status in ("proven", "broken"):
            assert statuses.get((word, status), 0), f"no {word} was {status}: {statuses}"


def shorter_calls(unit: Program, length: int) -> Iterator[tuple[Simulation, tuple[t.Event, ...]]]:
    """All calls of fewer events than a length, tried one by one."""
    calls: list[tuple[Simulation, tuple[t.Event, ...]]] = [(simulate(unit, ()), ())]
    for done in range(length):
        yield from calls
        begun = [] if done else [(simulate(unit, (event,)), (event,)) for event in beginnings(unit)]
        calls = [
            *begun,
            *(
                (goes_on(call, event), (*events, event))
                for call, events in calls
                for event in possible(unit, call.moment)
                if not isinstance(event, t.HangsUp | t.Unanswered | t.Expires)
            ),
        ]


def test_the_shortest_call_is_the_shortest() -> None:
    seed, compared = 20_000_000, 0
    while compared < CALLS // 15:
        seed += 1
        got = accepted(Random(seed), target=("classic", "svaml1")[seed % 2])
        unit = got.program if isinstance(got, Compilation) else got
        if unit is None or unit.partial:
            continue
        for verdict in prove(unit):
            if verdict.status == "broken" and verdict.other is None and 0 < len(verdict.call) <= DEPTH:
                compared += 1
                for call, events in shorter_calls(unit, len(verdict.call)):
                    assert not breaks(unit, verdict, call, events), (seed, verdict, events)


@pytest.mark.parametrize("seed", range(3))
def test_random_policies_are_the_same_every_time(seed: int) -> None:
    assert random_policy(Random(seed)) == random_policy(Random(seed))
