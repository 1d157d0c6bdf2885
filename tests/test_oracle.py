"""What recpol says of guarantees, and what an explorer of its documents finds that knows nothing of recpol.

`RECPOL_FUZZ=20000 pytest tests/test_oracle.py` is the nightly size; without it a sample is tried.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import pytest

import recpol_check as referee
from oracle import Explored, Found, promises
from oracle.compiled import can_be_lowered, explored, understood
from oracle.explore import MENU_ERROR, explore, looked_for, surely_outside
from oracle.follow import follow
from oracle.wild import wild_policy
from random_policies import random_policy, random_policy_for_v2
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.calls import trace as t
from recpol.certificate import CHECKED, certificate, written
from recpol.compilation import compile_program
from recpol.prove import Verdict, prove
from recpol.semantics.next_events import possible
from recpol.semantics.simulate import Simulation, simulate
from recpol.syntax import tree

FUZZ = int(os.environ.get("RECPOL_FUZZ", "500"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))

MAKERS: dict[str, tuple[Callable[[Random], str], tuple[str, ...]]] = {
    "plain": (random_policy, ("classic", "svaml1")),
    "wild": (wild_policy, ("classic", "svaml1")),
    "one-document": (lambda random: random_policy_for_v2(random, requests=False), ("svaml2",)),
}
"""Kinds of random policies, and the targets that they are made for; requests in svaml2 the referee does not follow."""


# ── verdicts and counter-examples ────────────────────────────────────────────────────────────────────────────────

AGREE = {("proven", "holds"), ("empty", "empty")}


def shows(world: Explored, text: str, verdict: Verdict) -> bool:
    """Whether the call that recpol shows breaks the guarantee in the oracle's world, too."""
    if promises.knows(text):
        return True  # its length is compared, and the laws simulate it
    goal = referee.guarantee(text)
    if goal.kind == "keep":
        return True
    chosen = world.chosen(goal)
    looks = looked_for(goal.kind, chosen)
    machine = referee.machine_of(world.folder, world.phases, *looks)
    rooms = referee.recorded_rooms(machine, world.states(*looks), goal)
    states = follow(world, verdict.call, *looks)
    return any(referee.breaks(goal, machine, chosen, state, rooms) for state in states)


def judged(unit: Program, world: Explored, goal: str) -> Found:
    """The oracle's verdict on a guarantee."""
    if not promises.knows(goal):
        return world.verdict(goal)
    handlers = {key: unit.handler_of(unit.steps[int(key)]).key for key in world.source_map["segments"]}
    return promises.verdict(world, goal, handlers)


def filled(world: Explored) -> Explored:
    """The same documents, where what is filled in later says something."""
    files = {
        file: referee.PLACEHOLDER.sub("words", data.decode()).encode() for file, data in world.folder.files.items()
    }
    return explore(referee.Folder(world.folder.name, files), world.source_map)


def agree(world: Explored, goal: str, verdict: Verdict, found: Found) -> bool:
    """Whether recpol and the oracle say the same of a guarantee.

    Where recordings go is broken where a place is elsewhere whatever is filled in, and nowhere else. Otherwise a
    verdict that is unknown agrees with everything: recpol claims nothing. A call that breaks a guarantee must do so in
    the oracle's world, too, and be as short as can be.
    """
    elsewhere = world.elsewhere(goal) if isinstance(verdict.guarantee, tree.Keep) else None
    if elsewhere is not None and elsewhere is not (verdict.status == "broken"):
        return False
    if verdict.status == "unknown":
        return True
    if (verdict.status, found.status) == ("broken", "broken"):
        length = found.length if verdict.other is None else found.met
        if length != len(verdict.call) and goal.endswith("in recording"):
            length = filled(world).verdict(goal).length  # of words that are known later, recpol breaks nothing
        return length == len(verdict.call) and shows(world, goal, verdict)
    return (verdict.status, found.status) in AGREE


@pytest.mark.parametrize("kind", MAKERS)
def test_verdicts_and_counter_examples_agree_with_the_oracle(kind: str) -> None:
    make, targets = MAKERS[kind]
    seen: Counter[str] = Counter()
    for seed in range(FUZZ):
        text = make(Random(FIRST + seed))
        for target in targets:
            unit = understood(text, target)
            if not can_be_lowered(unit):
                continue
            world = explored(unit, target)
            for verdict in prove(unit):
                if isinstance(verdict.guarantee, tree.PromiseGuarantee):
                    continue  # nothing of it is in any document
                goal = written(unit, verdict.guarantee)
                found = judged(unit, world, goal)
                told = f"seed {seed}, {target}, `{goal}`: recpol {verdict}, the oracle {found}\n{text}"
                assert agree(world, goal, verdict, found), told
                seen[f"{verdict.status} {found.status}"] += 1
                seen[f"{type(verdict.guarantee).__name__} {verdict.status}"] += 1
    for further in ("NeverTranscribe", "OneSide", "OptOut"):
        assert seen[f"{further} proven"] + seen[f"{further} broken"] > FUZZ // 100, (further, seen)
    assert seen["proven holds"] > FUZZ // 10
    assert seen["broken broken"] > FUZZ // 10
    assert seen["empty empty"] > FUZZ // 40


@pytest.mark.parametrize("kind", MAKERS)
def test_every_certificate_is_accepted(kind: str) -> None:
    """Each guarantee that is proven has a proof that holds and rests on no less than recpol says."""
    make, targets = MAKERS[kind]
    held = 0
    for seed in range(FUZZ // 2):
        text = make(Random(FIRST + 3_000_000 + seed))
        target = targets[seed % len(targets)]
        compilation = compile_program(understood(text, target))
        for output in compilation.outputs:
            folder = referee.Folder("random", output.files)
            proof = certificate(compilation, output)
            said = referee.check(folder, proof)
            held += sum(line.startswith("holds") for line in said)
            for entry, verdict in zip(proof["guarantees"], prove(compilation.program), strict=True):
                claimed = verdict.status in ("proven", "empty") and isinstance(verdict.guarantee, CHECKED)
                assert ("certificate" in entry) == claimed, (seed, target, entry, text)
                assert ("empty" in entry) == (verdict.status == "empty")
                assert set(verdict.assumptions) <= set(entry.get("assumes", verdict.assumptions)), (
                    seed,
                    entry,
                    verdict,
                )
    assert held > FUZZ // 40


# ── what is recorded ──────────────────────────────────────────────────────────────────────────────────────────────


def meant(unit: Program, world: Explored) -> dict[str, tuple[str, ...]]:
    """By place, where its recordings go by the policy's decisions; a talk and a phase have no segment of their own."""
    urls = {
        name: unit.fill(field.value)
        for name, store in unit.names.stores.items()
        if (field := store.field("url")) is not None and isinstance(field.value, tree.Text)
    }
    found: dict[str, tuple[str, ...]] = {}
    for place, keys in world.source_map["places"].items():
        step = unit.steps[int(keys[0])]
        if len(keys) == 1 and " (talk)" not in place and step.connects != "app":
            around = step if step.parent is None else unit.steps[step.parent]
            stores = (*wanted(unit.decisions, step), unit.decided(around).conference_store)
            found[place] = tuple(sorted(urls[store] for store in stores if store is not None))
    return found


@pytest.mark.parametrize("kind", ["plain", "wild"])
def test_what_is_recorded_is_what_the_policy_says(kind: str) -> None:
    make, targets = MAKERS[kind]
    places = recorded = 0
    for seed in range(FUZZ):
        text = make(Random(FIRST + 1_000_000 + seed))
        for target in targets:
            unit = understood(text, target)
            if not can_be_lowered(unit):
                continue
            world = explored(unit, target)
            wish = meant(unit, world)
            for place, found in world.recorded(without=MENU_ERROR).items():
                # A stop that an SDK does not have in a reply to ACE may not be read; the policy cannot say so.
                if place in wish and not (target == "svaml1" and "stopRecording" in str(world.folder.documents)):
                    if place.startswith("manage.ask") and "record conference" in text:
                        continue  # what records the room goes on across requests, which no decision about them says
                    if place.startswith(("phase ", "manage.ask")) and len(found) > 1:
                        # It is entered from a conversation that no reply came for, too.
                        assert wish[place] in found, (seed, target, place)
                        continue
                    assert found == {wish[place]}, (seed, target, place)
                    places += 1
                    recorded += bool(wish[place])
    assert places > FUZZ
    assert recorded > FUZZ // 3


def test_each_recording_that_runs_side_by_side_is_one_that_the_policy_says() -> None:
    """In one document that is told of failures every recording runs that should, until it is told to stop."""
    make, _ = MAKERS["one-document"]
    places = several = 0
    for seed in range(FUZZ):
        unit = understood(make(Random(FIRST + 5_000_000 + seed)), "svaml2")
        if not can_be_lowered(unit) or not unit.names.hangs_up:
            continue
        world = explored(unit, "svaml2")
        wish = meant(unit, world)
        machine = referee.machine_of(world.folder, world.phases, frozenset())
        for state in world.states():
            going = (item.split(" ", 3) for item in state.recordings)
            starts = [place for _, _, how, place in going if how != "stopping"]
            urls = tuple(sorted(world.folder.get(f"{start}/recordingOptions")["destinationUrl"] for start in starts))
            for place in wish.keys() & set(machine.sounds(state)):
                assert urls == wish[place], (seed, place)
                places += 1
                several += len(urls) > 1
    assert places > FUZZ
    assert several > FUZZ // 20


def calls(unit: Program, random: Random) -> Iterator[Simulation]:
    """A few random calls, of whatever can happen next."""
    for _ in range(3):
        events: tuple[t.Event, ...] = ()
        simulation = simulate(unit, events)
        for _ in range(random.randint(1, 6)):
            offered = possible(unit, simulation.moment)
            if not offered:
                break
            events = (*events, random.choice(offered))
            simulation = simulate(unit, events)
        yield simulation


def recorded_to(piece: t.Heard) -> tuple[str, ...]:
    """Where what recorded a sound goes."""
    options = [dict(recording.options) for recording in piece.recordings]
    return tuple(sorted(str(json.loads(option["destinationUrl"])) for option in options))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_sound_of_a_simulated_call_is_one_that_the_oracle_found(kind: str) -> None:
    make, targets = MAKERS[kind]
    heard = recorded = 0
    for seed in range(FUZZ // 2):
        text = make(Random(FIRST + 2_000_000 + seed))
        target = targets[seed % len(targets)]
        unit = understood(text, target)
        if not can_be_lowered(unit):
            continue
        world = explored(unit, target)
        found = world.recorded()
        places: dict[int, list[str]] = {}
        for place, keys in world.source_map["places"].items():
            for key in keys:
                places.setdefault(int(key), []).append(place)
        for simulation in calls(unit, Random(FIRST + seed)):
            for piece in simulation.pieces:
                expected = {one for place in places[piece.step.index] for one in found.get(place, ())}
                assert recorded_to(piece.heard) in expected, (seed, target, piece)
                heard += 1
                recorded += bool(recorded_to(piece.heard))
    assert heard > FUZZ
    assert recorded > FUZZ // 4


# ── the oracle itself ────────────────────────────────────────────────────────────────────────────────────────────

HEAD = 'policy p\nlocale en-GB\nvoice Amy\nstore a { url "s3://acme-a/x/" credentials env KEY_A }\n'


class Case(NamedTuple):
    """A fact of the platform, a policy in which it tells, and what comes of it: the verdict, and how many events."""

    why: str
    target: str
    text: str
    status: str
    length: int


CASES = [
    Case(
        "a `continue` sets the call up, and the reply to ACE is lost: the call goes on as it is",
        "svaml1",
        """
        on ice { answer menu { prompt "P" key 1 -> go } }
        on pie go { continue }
        on ace { record { t: continue } }
        on pie otherwise { hangup }
        always record t
        """,
        "broken",
        2,
    ),
    Case(
        "a connect is lost likewise",
        "classic",
        """
        on ice { answer d: connect pstn +442079460101 }
        on ace { record { t: continue } }
        always record t
        """,
        "broken",
        1,
    ),
    Case(
        "a menu can fail with `error`, which goes to `otherwise`",
        "svaml1",
        """
        on ice { answer record { menu { prompt "P" key 1 -> pay timeout -> pay invalid -> pay } } }
        on pie pay { hangup }
        on pie otherwise { card: menu { prompt "Card." digits 16 -> pay } }
        never record card
        """,
        "broken",
        1,
    ),
    Case(
        "what `continue` does to a parked call is not documented: it may set the call up",
        "svaml1",
        """
        on ice { answer park { intro "Hold." } }
        on manage b1 { record { continue } }
        on ace { t: continue }
        never record t
        """,
        "broken",
        1,
    ),
    Case(
        "whether room names know letter case is not documented",
        "svaml1",
        """
        on ice { answer menu { prompt "P" key 1 -> host key 2 -> guest } }
        on pie host { record conference { connect conference "Board" } }
        on pie guest { g: connect conference "board" }
        on pie otherwise { hangup }
        never record g
        """,
        "broken",
        1,
    ),
    Case(
        "a room named by the call's own id is that call's alone",
        "svaml1",
        """
        on ice { answer menu { prompt "P" key 1 -> host key 2 -> guest } }
        on pie host { record conference { connect conference "{{ call.callid }}" } }
        on pie guest { g: connect conference "{{ call.callid }}" }
        on pie otherwise { hangup }
        never record g
        """,
        "holds",
        0,
    ),
    Case(
        "the pages disagree on whether an app call is recorded: a longer call that surely is not comes before it",
        "classic",
        """
        on ice { answer menu { prompt "P" key 1 -> app key 2 -> more } }
        on pie app { record { connect app "anna" } }
        on pie more { menu { prompt "P" key 1 -> desk } }
        on pie desk { connect pstn +442079460101 }
        on pie otherwise { hangup }
        always record @talk
        """,
        "broken",
        2,
    ),
    Case(
        "in svaml2 a failure is reported, and the policy lets the call go on",
        "svaml2",
        """
        on ice { answer record { d: connect pstn +442079460101 } }
        on recording failure continue
        always record d
        """,
        "broken",
        0,
    ),
    Case(
        "in svaml2 a failure is reported, and the policy ends the call",
        "svaml2",
        """
        on ice { answer record { d: connect pstn +442079460101 } }
        on recording failure hangup
        always record d
        """,
        "holds",
        0,
    ),
    Case(
        "svaml2 answers by itself",
        "svaml2",
        """
        on ice { n: say "Recorded." record { connect pstn +442079460101 } }
        announce n before recording
        """,
        "holds",
        0,
    ),
    Case(
        "in classic nobody hears what is said before the answer",
        "classic",
        """
        on ice { n: say "Recorded." record { connect pstn +442079460101 } }
        announce n before recording
        """,
        "broken",
        0,
    ),
    Case(
        "who waits hears the repeated prompt, and then the menu times out",
        "svaml1",
        """
        on ice { answer n: menu { repeat "Recorded." 1 times barge no key 1 -> no timeout -> go } }
        on pie go { record { connect pstn +442079460101 } }
        on pie no { hangup }
        on pie otherwise { hangup }
        announce n before recording
        """,
        "holds",
        0,
    ),
    Case(
        "`barge no` holds for the whole menu",
        "svaml1",
        """
        on ice {
          answer menu { prompt "Press 2." barge no key 2 -> menu n menu n { prompt "Recorded. Press 4." key 4 -> go } }
        }
        on pie go { record { connect pstn +442079460101 } }
        on pie otherwise { hangup }
        announce n before recording
        """,
        "holds",
        0,
    ),
    Case(
        "silence announces nothing",
        "svaml1",
        """
        on ice { answer n: say ssml "<speak> </speak>" record { connect pstn +442079460101 } }
        announce n before recording
        """,
        "broken",
        0,
    ),
    Case(
        "words that are known only later announce nothing",
        "svaml1",
        """
        on ice { answer n: menu { prompt "{{ env.TEXT }}" barge no key 1 -> go } }
        on pie go { record { connect pstn +442079460101 } }
        on pie otherwise { hangup }
        announce n before recording
        """,
        "broken",
        1,
    ),
    Case(
        "a phase is recorded for itself",
        "svaml1",
        """
        on ice { answer d: connect pstn +442079460101 { phase f } }
        record f
        never record d except f
        """,
        "holds",
        0,
    ),
    Case(
        "and its recording begins with it",
        "svaml2",
        """
        on ice { answer d: connect pstn +442079460101 { phase f } }
        record f
        announce f in recording
        """,
        "holds",
        0,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_the_oracle_knows_the_platform(case: Case) -> None:
    unit = understood(HEAD + case.text, case.target)
    (node,) = unit.guarantees()
    found = explored(unit, case.target).verdict(written(unit, node))
    assert (found.status, found.length) == (case.status, case.length), found


def test_the_oracle_says_what_was_heard_before_a_recording() -> None:
    text = """
        on ice {
          answer first: say "Recorded." then: say "Really."
          record { last: say "Now." connect pstn +442079460101 }
        }
    """
    heard = explored(understood(HEAD + text, "svaml1"), "svaml1").announced()
    assert heard["ice.json#/instructions/1"]
    assert heard["ice.json#/instructions/2"]
    assert not heard["ice.json#/instructions/4"]


@pytest.mark.parametrize(
    ("pattern", "url", "inside"),
    [
        ("s3://acme/**", "s3://acme/in/", True),
        ("s3://acme/**", "s3://acme", True),
        ("s3://acme/in/**", "s3://acme/in", False),
        ("s3://acme/*/", "s3://acme/in/", True),
        ("s3://acme/*/", "s3://acme/in/out/", False),
        ("s3://acme-*/**", "s3://acme-eu/x/", True),
        ("s3://acme/*", "s3://acme/{{ env.X }}", False),
        ("s3://acme/**", "s3://acme/{{ env.X }}", True),
        ("s3://acme/**", "s3://acme/../evil/", False),
        ("s3://acme/**", "s3://acme/%2e%2E/evil/", False),
        ("s3://acme/**", "s3://acme/%252e%252e/evil/", False),
        ("s3://acme/**", "s3://acme/..\\evil", False),
        ("s3://acme/**", "s3://acme/./x", False),
        ("**", "s3://acme/" + "x" * 5000, False),
    ],
)
def test_where_a_pattern_lets_recordings_go(pattern: str, url: str, inside: bool) -> None:
    assert referee.kept(pattern, url) is inside


@pytest.mark.parametrize(
    ("pattern", "url", "outside"),
    [
        ("s3://acme/**", "s3://evil/{{ env.X }}/", True),
        ("s3://acme/**", "s3://{{ env.X }}/", False),
        ("s3://acme/*/out/", "s3://acme/{{ env.X }}/in/", True),
        ("s3://acme/in/", "s3://acme/{{ env.X }}/in/", False),
        ("s3://acme/in/**", "s3://acme/in", False),
        ("s3://{{ env.X }}/out/**", "s3://acme/in/", True),
        ("s3://{{ env.X }}/in/", "s3://acme/in/", False),
    ],
)
def test_which_recordings_surely_go_elsewhere(pattern: str, url: str, *, outside: bool) -> None:
    assert surely_outside(pattern, url) is outside


@pytest.mark.parametrize(
    ("prompt", "kind", "heard"),
    [
        ("Hello", "TEXT", True),
        ("…", "TEXT", False),
        ("{{ env.A }}", "TEXT", False),
        ("Call of {{ call.cli }}", "TEXT", True),
        ("<speak><break time='1s'/></speak>", "SSML", False),
        ("<speak>Hi<!-- no --></speak>", "SSML", True),
        ("<!-- Hi -->", "SSML", False),
        ("<speak><say-as interpret-as='expletive'>Hi</say-as></speak>", "SSML", False),
        ("<speak><say-as interpret-as='expletive'>Oh</say-as>, hi</speak>", "SSML", True),
        ("<speak><say-as interpret-as='digits'>12</say-as></speak>", "SSML", True),
        ("<speak><prosody volume='silent'>Hi</prosody></speak>", "SSML", False),
        ("#tts[Hello];#href[https://a.example/x.wav]", "", True),
        ("#tts[];#ssml[<p/>]", "", False),
        ("#href[{{ env.FILE }}]", "", False),
        ("Welcome.wav", "", True),
        (" ", "", False),
        ("x" * 6000, "TEXT", False),
    ],
)
def test_which_prompts_say_something(prompt: str, kind: str, heard: bool) -> None:
    assert referee.says(prompt, kind) is heard
