"""`never record` and `opt-out` in policies of many rooms and requests, against a judge that looks at each call's place;
announcements to callees there, against what is heard in calls.

The judge asks of each sound in which room the call stood before the event that brought it, and which rooms calls have
recorded anywhere; no two places are taken for one. It shares with the proofs how a call goes on, and when two names are
one room.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import NamedTuple

import pytest

from recpol.analysis.program import Program, program
from recpol.analysis.rooms import RoomName
from recpol.analysis.steps import Step
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.party import Party
from recpol.prove import prove, walk
from recpol.prove.walk import Move, Walk
from recpol.rules.check import check
from recpol.semantics.next_events import possible
from recpol.semantics.recording import HeardSegment
from recpol.semantics.rooms import room_name, same_room
from recpol.semantics.simulate import Simulation, simulate
from recpol.semantics.simulate import step as goes_on
from recpol.syntax import tree
from roomy import begun, roomy, talkative

FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))
WORST = ("broken", "unknown", "proven", "empty")


class Sound(NamedTuple):
    """A sound of a call: its step, the room it is heard in, if any, whether its own call is recorded, and in doubt.

    `doubt` is true where no document says whether a call comes to it, `adrift` where nor what records it then.
    """

    step: Step
    room: RoomName | None
    taped: bool
    briefly: bool
    doubt: bool
    adrift: bool


def sounds(policy: Program, calls: Walk, move: Move) -> Iterator[Sound]:
    for piece in move.pieces:
        room = _room(calls, move, piece)
        name = None if room is None else room_name(policy, room)
        call, whole = bool(piece.heard.calls), piece.heard.conference is not None
        lasting = isinstance(piece.step.body, tree.Connect | tree.Continue | tree.Phase) or piece.step.phase is not None
        briefly = bool(move.doubt) or (not whole and not lasting)
        yield Sound(piece.step, name, call or whole, briefly, bool(move.doubt), move.adrift)


def _room(calls: Walk, move: Move, piece: HeardSegment) -> Step | None:
    if piece.step.connects is not None:
        return piece.step if piece.step.connects == "conference" else None
    if isinstance(piece.step.body, tree.Park) or move.origin is None:
        return None
    before = calls.places[move.origin].standing.moment
    return before.dialled if before.mode == "room" else None


def judged(heard: Iterable[Sound], recorded: set[tuple[RoomName, bool]]) -> str:
    """The verdict where none of some sounds may be recorded, by their own calls or by others in their rooms."""
    found = {"empty"}
    for sound in heard:
        if sound.doubt:
            found.add("unknown" if sound.taped or sound.adrift else "proven")
        else:
            found.add("broken" if sound.taped else "proven")
        for name, briefly in recorded if sound.room is not None else ():
            same = same_room(sound.room, name)
            if same is not False:
                found.add("broken" if same and not briefly and not sound.doubt else "unknown")
    return min(found, key=WORST.index)


def opted_out(policy: Program, calls: Walk, name: str) -> Iterator[Sound]:
    """The sounds of all calls from a request on."""
    ways = [(move, False, False) for move in calls.beginnings]
    seen: set[tuple[int, bool, bool]] = set()
    while ways:
        move, out, doubt = ways.pop()
        out = out or (move.replied is not None and move.replied.key == f"manage {name}")
        doubt = doubt or bool(move.doubt)  # a call that came so far without a document stays one of which none speaks
        if out:
            yield from (sound._replace(doubt=doubt) for sound in sounds(policy, calls, move))
        if (move.target, out, doubt) not in seen:
            seen.add((move.target, out, doubt))
            ways.extend((calls.moves[number], out, doubt) for number in calls.after.get(move.target, ()))


def differing(text: str) -> list[tuple[str, str, str]]:
    """The guarantees about each label and each request of a policy of which the proofs say something else than the
    judge, with both verdicts."""
    policy = program(Source("rooms.recpol", text))
    if any(finding.level == "error" for finding in check(policy).findings):
        return []
    labels = [label for label, step in policy.names.labels.items() if step.recordable]
    requests = [handler.name for handler in policy.handlers if handler.in_talk and handler.name is not None]
    promised = [*(f"never record {label}\n" for label in labels), *(f"opt-out {name}\n" for name in requests)]
    policy = program(Source("rooms.recpol", text + "".join(promised)))
    with pytest.MonkeyPatch.context() as apart:
        apart.setattr(walk, "alike_connects", lambda *_: {})
        calls = Walk(policy, 50_000)
    heard = [sound for move in calls.moves for sound in sounds(policy, calls, move)]
    recorded = {(one.room, one.briefly) for one in heard if one.taped and one.room is not None}
    wanted = []
    for label in labels:
        chosen = policy.selected.named(policy.names.labels[label].label or pytest.fail(label))
        inside = {step.index for step in chosen} | set(_within(policy, label))
        wanted.append(judged((sound for sound in heard if sound.step.index in inside), recorded))
    wanted += [judged(opted_out(policy, calls, name), recorded) for name in requests]
    found = [verdict.status for verdict in prove(policy)]
    assert promised
    return [(goal, one, other) for goal, one, other in zip(promised, found, wanted, strict=True) if one != other]


@pytest.mark.parametrize("first", range(0, 6_000 if os.environ.get("RECPOL_FUZZ") else 80, 20))
def test_rooms_and_requests_are_judged_alike(first: int) -> None:
    for seed in range(first, first + 20):
        text = (begun if seed % 4 == 3 else roomy)(Random(FIRST + seed))
        assert differing(text) == [], text


ERROR_ALONE = """policy rooms
target svaml1
locale en-GB
store calls { url "s3://acme-recordings/calls/" credentials env KEY }
on ice { answer menu { prompt "Choose." key 1 -> a key 2 -> b timeout -> a invalid -> a } }
on pie otherwise { e0: connect conference "one" }
on pie a { r0: connect conference "two" }
"""
"""Only an `error` of the menu, of which no page says when it comes, leads to `on pie otherwise`."""

PARKS = """on pie b { r1: connect conference "{{ call.callid }}" }
on manage out in WITHIN { say "No." c: continue }
on manage held in c, r0 { w: park { hold "Wait." } }
on manage next { record call { s: connect pstn +442079460101 } }"""


@pytest.mark.parametrize(
    ("further", "told"),
    [
        # Another caller has the room recorded to which only the undocumented way leads.
        ('on pie b { record conference { r1: connect conference "one" } }', {"e0": "unknown", "r0": "proven"}),
        ('on pie b { r1: connect conference "one" }', {"e0": "proven", "r0": "proven", "r1": "proven"}),
        # The room is recorded by a request that is sent in another one, and there only after the undocumented way.
        (
            'on pie b { r1: connect conference "one" } on manage q in e0, r0 { say "Y" record call { c: continue } }',
            {"r1": "unknown", "r0": "broken", "c": "broken"},
        ),
        # Who has opted out after the undocumented way is parked, as others are who have not.
        (
            PARKS.replace("WITHIN", "e0"),
            {"out": "unknown", "s": "broken"},
        ),
        (
            PARKS.replace("WITHIN", "e0, r1"),
            {"out": "broken", "s": "broken"},
        ),
    ],
)
def test_a_way_that_no_page_speaks_of_leads_to_no_proof_and_to_no_call(further: str, told: dict[str, str]) -> None:
    assert differing(ERROR_ALONE + further + "\n") == []
    goals = [f"opt-out {name}\n" if name == "out" else f"never record {name}\n" for name in told]
    promised = program(Source("rooms.recpol", f"{ERROR_ALONE}{further}\n{''.join(goals)}"))
    assert [verdict.status for verdict in prove(promised)] == list(told.values())


def _within(policy: Program, label: str) -> Iterator[int]:
    """The phases of a room, and what is said in them; what is said in a phase."""
    step = policy.names.labels[label]
    for one in policy.steps:
        if step.index in (one.parent, one.phase):
            yield one.index


# Callees


def untold(policy: Program, chosen: Mapping[int, Step], pieces: Iterable[HeardSegment]) -> bool:
    """Whether a call, as it was heard, has a callee on tape who had not heard any of some prompts."""
    told = connected = False
    for piece in pieces:
        step, heard = piece.step, piece.heard
        if step.connects is not None and heard.sound.kind == "connect":
            told, connected = False, step.connects == "pstn"
        asked = policy.handler_of(step).in_talk or step.phase is not None
        talks = heard.sound.kind == "talk" or (asked and not isinstance(step.body, tree.Park))
        talks = talks or (step.connects == "pstn" and "ace" not in policy.graph.first)
        if connected and talks and heard.recordings and not told:
            return True
        told = told or (step.index in chosen and heard.sound.to is not Party.CALLER)
    return False


@pytest.mark.parametrize("first", range(0, 6_000 if os.environ.get("RECPOL_FUZZ") else 120, 40))
def test_what_callees_are_told_is_what_calls_tell_them(first: int) -> None:
    for seed in range(first, first + 40):
        random = Random(FIRST + seed)
        text = talkative(random)
        policy = program(Source("talks.recpol", text))
        said = [label for label, step in policy.names.labels.items() if isinstance(step.body, tree.Addressed)]
        if not said or any(finding.level == "error" for finding in check(policy).findings):
            continue
        promised = [f"announce {names} to callee before recording\n" for names in (*said, ", ".join(said))]
        policy = program(Source("talks.recpol", text + "".join(promised)))
        calls = [_call(policy, random) for _ in range(20)]
        for verdict, guarantee in zip(prove(policy), policy.guarantees(), strict=True):
            assert isinstance(guarantee, tree.Announce)
            chosen = policy.selected.chosen(guarantee.selection)
            if verdict.status == "broken":
                assert untold(policy, chosen, simulate(policy, verdict.call).pieces), (text, verdict)
            elif verdict.status != "unknown":
                assert not any(untold(policy, chosen, call.pieces) for call in calls), (text, verdict)


def _call(policy: Program, random: Random) -> Simulation:
    now = simulate(policy, ())
    for _ in range(random.randint(1, 9)):
        offered = [event for event in possible(policy, now.moment) if not isinstance(event, t.HangsUp)]
        now = goes_on(now, random.choice(offered)) if offered else now
    return now
