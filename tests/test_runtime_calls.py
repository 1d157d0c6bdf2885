"""Whole calls over HTTP: the tape is that of the policy, and the ledger tells what is missing, and nothing else."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from desks import example
from recpol.analysis.program import Program
from recpol.calls.trace import Answers, Event, Heard, Unreplied
from recpol.runtime.checks import problems
from recpol.runtime.sending import ManageOptions
from recpol.semantics.next_events import possible
from recpol.semantics.simulate import simulate
from recpol.testing.platform import FakePlatform, PlayedCall
from recpol.testing.wire import Faults
from serving import TOKEN, server, signer
from test_laws import plain

CALLS = int(os.environ.get("RECPOL_CALLS", "12"))
"""How many calls are played of each policy."""


def some_call(made: Program, dice: random.Random) -> list[Event]:
    """A call that can happen, chosen by the dice, of at most twelve events."""
    events: list[Event] = []
    for _ in range(12):
        choices = possible(made, simulate(made, tuple(events)).moment)
        if not choices:
            break
        events.append(dice.choice(choices))
    return events


@pytest.mark.parametrize(
    "name", ["pay-by-phone", "consent", "support-line", "clinic", "board-room", "switchboard", "press-9-to-stop"]
)
def test_calls_sound_as_the_policy_says_and_the_ledger_finds_what_is_missing(name: str, tmp_path: Path) -> None:
    made = example(name, tmp_path / "build")
    dice = random.Random(name)
    faults = Faults(twice=0.2, lost=0.1, lost_file=0.1, shuffled=0.3)
    manage = ManageOptions(base="", confirm=0.3)
    started = server(tmp_path / "build", tmp_path / "ledger.db", manage=manage)
    with started as running, httpx.Client(timeout=10) as client:

        def backend(call: str, *name: str) -> None:
            kind = f"phases/{name[0]}/{name[1]}" if len(name) == 2 else f"requests/{name[0]}"
            headers = {"authorization": f"Bearer {TOKEN}"}
            client.post(f"{running.url}/calls/{call}/{kind}", headers=headers)

        with FakePlatform(signer(), f"{running.url}/{name}", backend, faults=faults, seed=7) as platform:
            object.__setattr__(manage, "base", platform.url)
            calls = [(events, platform.play(events)) for events in (some_call(made, dice) for _ in range(CALLS))]
    for events, played in calls:
        assert set(played.statuses) == {200}
        assert played.trace.unanswered_event is None
        assert not played.trace.problems or Unreplied() in events  # a lost reply leaves the recorder as it was
        meant = plain(simulate(made, tuple(events)), tuple(events))
        assert joined(unnamed(played)) == joined(meant), events
    found = {one.call for one in problems(running.made.ledger.all(by_call=True), 1e12, 600.0)}
    unknown = {played.call for events, played in calls if nobody_knows(events, played)}
    assert found - unknown == {played.call for events, played in calls if missing(events, played)} - unknown
    assert len(unknown) < len(calls) / 10


def unnamed(played: PlayedCall) -> list[Heard]:
    """The tape of a call with the call's own id as policies write it."""
    tape = []
    for heard in played.trace.trace:
        content = tuple(text.replace(played.call, "{{ call.callid }}") for text in heard.sound.content)
        tape.append(replace(heard, sound=replace(heard.sound, content=content)))
    return tape


def joined(trace: Sequence[Heard]) -> list[Heard]:
    """A tape on which the talk is the sound of its connect: ACE was answered with `continue`, or not asked for."""
    kept: list[Heard] = []
    for heard in trace:
        before = kept[-1] if kept and kept[-1].sound.kind in ("connect", "talk") else None
        same = before is not None and before.recordings == heard.recordings
        if heard.sound.kind != "talk" or not same:
            kept.append(heard)
    return kept


def nobody_knows(events: Sequence[Event], played: PlayedCall) -> bool:
    """Whether nobody answered a call, and nothing was told of the recording that its last reply started: no event
    proves that it began, so the ledger accuses nobody."""
    answered = any(isinstance(event, Answers | Unreplied) for event in events)
    last = played.recordings[-1] if played.recordings else None
    return not answered and last is not None and not (last.finished or last.available)


def missing(events: Sequence[Event], played: PlayedCall) -> bool:
    """Whether something of a call did not come: a recording, the word that it finished, or ACE."""
    lost = any(not (one.finished and one.available) for one in played.recordings if one.destination)
    return lost or Unreplied() in events
