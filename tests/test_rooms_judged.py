"""`never record` and `opt-out` in policies of many rooms and requests, against a judge that looks at each call's place;
announcements to callees there, against what is heard in calls.

The judge asks of each sound in which room the call stood before the event that brought it, and which rooms calls have
recorded anywhere; no two places are taken for one. It shares with the proofs how a call goes on, and when two names are
one room.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
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
from roomy import roomy, talkative

WORST = ("broken", "unknown", "proven", "empty")


class Sound(NamedTuple):
    """A sound of a call: its step, the room it is heard in, if any, whether its own call is recorded, and in doubt."""

    step: Step
    room: RoomName | None
    taped: bool
    briefly: bool


def sounds(policy: Program, calls: Walk, move: Move) -> Iterator[Sound]:
    for piece in move.pieces:
        room = _room(calls, move, piece)
        name = None if room is None else room_name(policy, room)
        call, whole = piece.heard.call is not None, piece.heard.conference is not None
        lasting = isinstance(piece.step.body, tree.Connect | tree.Continue | tree.Phase) or piece.step.phase is not None
        yield Sound(piece.step, name, call or whole, not whole and not lasting)


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
        found.add("broken" if sound.taped else "proven")
        for name, briefly in recorded if sound.room is not None else ():
            same = same_room(sound.room, name)
            if same is not False:
                found.add("broken" if same and not briefly else "unknown")
    return min(found, key=WORST.index)


def opted_out(policy: Program, calls: Walk, name: str) -> Iterator[Sound]:
    """The sounds of all calls from a request on."""
    ways = [(move, False) for move in calls.beginnings]
    seen: set[tuple[int, bool]] = set()
    while ways:
        move, out = ways.pop()
        out = out or (move.replied is not None and move.replied.key == f"manage {name}")
        if out and not move.doubt:
            yield from sounds(policy, calls, move)
        if (move.target, out) not in seen:
            seen.add((move.target, out))
            ways.extend((calls.moves[number], out) for number in calls.after.get(move.target, ()))


@pytest.mark.parametrize("first", range(0, 6_000 if os.environ.get("RECPOL_FUZZ") else 80, 20))
def test_rooms_and_requests_are_judged_alike(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(first, first + 20):
        text = roomy(Random(seed))
        policy = program(Source("rooms.recpol", text))
        if any(finding.level == "error" for finding in check(policy).findings):
            continue
        labels = [label for label, step in policy.names.labels.items() if step.recordable]
        requests = [handler.name for handler in policy.handlers if handler.in_talk and handler.name is not None]
        promised = [*(f"never record {label}\n" for label in labels), *(f"opt-out {name}\n" for name in requests)]
        policy = program(Source("rooms.recpol", text + "".join(promised)))
        with monkeypatch.context() as apart:
            apart.setattr(walk, "_alike", lambda *_: {})
            calls = Walk(policy, 50_000)
        heard = [sound for move in calls.moves if not move.doubt for sound in sounds(policy, calls, move)]
        recorded = {(one.room, one.briefly) for one in heard if one.taped and one.room is not None}
        wanted = []
        for label in labels:
            chosen = policy.selected.named(policy.names.labels[label].label or pytest.fail(label))
            inside = {step.index for step in chosen} | set(_within(policy, label))
            wanted.append(judged((sound for sound in heard if sound.step.index in inside), recorded))
        wanted += [judged(opted_out(policy, calls, name), recorded) for name in requests]
        found = [verdict.status for verdict in prove(policy)]
        assert list(zip(promised, found, strict=True)) == list(zip(promised, wanted, strict=True)), text


def _within(policy: Program, label: str) -> Iterator[int]:
    """The phases of a room, and what is said in them; what is said in a phase."""
    step = policy.names.labels[label]
    for one in policy.steps:
        if step.index in (one.parent, one.phase):
            yield one.index


# Callees


def untold(policy: Program, chosen: dict[int, Step], pieces: Iterable[HeardSegment]) -> bool:
    """Whether a call, as it was heard, has a callee on tape who had not heard any of some prompts."""
    told = connected = False
    for piece in pieces:
        step, heard = piece.step, piece.heard
        if step.connects is not None and heard.sound.kind == "connect":
            told, connected = False, step.connects == "pstn"
        asked = policy.handler_of(step).in_talk or step.phase is not None
        talks = heard.sound.kind == "talk" or (asked and not isinstance(step.body, tree.Park))
        talks = talks or (step.connects == "pstn" and "ace" not in policy.graph.first)
        if connected and talks and (heard.call is not None or heard.conference is not None) and not told:
            return True
        told = told or (step.index in chosen and heard.sound.to is not Party.CALLER)
    return False


@pytest.mark.parametrize("first", range(0, 6_000 if os.environ.get("RECPOL_FUZZ") else 120, 40))
def test_what_callees_are_told_is_what_calls_tell_them(first: int) -> None:
    for seed in range(first, first + 40):
        random = Random(seed)
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
