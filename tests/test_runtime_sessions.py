"""Whole calls of Voice API v2 over HTTP: their tape is the policy's, and a phase begins just where its webhook came."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from desks import example
from recpol.analysis.program import Program
from recpol.calls import trace as t
from recpol.runtime.checks import problems
from recpol.runtime.sending import ManageOptions
from recpol.runtime.wire import key_of
from recpol.semantics.next_events import possible
from recpol.semantics.simulate import simulate
from recpol.testing.sessions import FakeSessions
from recpol.testing.wire import Faults
from serving import SERVICE, SERVICE_SECRET, TOKEN, environment, server
from test_laws import plain
from test_laws_svaml2 import keys, plainly
from test_runtime_calls import joined

CALLS = int(os.environ.get("RECPOL_CALLS", "5"))
"""How many calls are played of each policy."""


def some_call(made: Program, dice: random.Random) -> list[t.Event]:
    """A call that can happen, chosen by the dice, of at most ten events: none that v2 does not know."""
    events: list[t.Event] = []
    for _ in range(10):
        moment = simulate(made, tuple(events)).moment
        choices = [  # what a hang-up cuts short is another test's matter; here the caller hangs up at the end
            event for event in possible(made, moment)
            if not isinstance(event, t.Unreplied | t.HangsUp)
            and not (isinstance(event, t.Enters) and event.digits in keys(moment))
        ]  # fmt: skip
        if not choices:
            break
        on = [event for event in choices if isinstance(event, t.Presses | t.Answers | t.Begins)]
        events.append(dice.choice(on if on and dice.random() < 0.7 else choices))
    return events


def told(trace: Sequence[t.Heard]) -> list[tuple[str, str, object, bool]]:
    return plainly(joined(trace))


@pytest.mark.parametrize("name", ["pay-by-phone", "clinic", "support-line", "objection", "two-copies"])
def test_calls_sound_as_the_policy_says_and_a_phase_begins_when_its_webhook_came(name: str, tmp_path: Path) -> None:
    made = example(name, tmp_path / "build", "svaml2")
    dice = random.Random(f"sessions of {name}")
    begun: dict[str, list[int]] = {}
    env = {**environment(tmp_path / "build"), "SINCH_SERVICE_ID": SERVICE, "SINCH_SERVICE_SECRET": SERVICE_SECRET}
    env |= {"SINCH_ACCESS_KEY": "access", "SINCH_ACCESS_SECRET": "secret"}
    manage = ManageOptions(base="", confirm=0.5, unconfirmed="refuse")
    started = server(tmp_path / "build", tmp_path / "ledger.db", manage=manage, env=env)
    with started as running, httpx.Client(timeout=10) as client:

        def backend(call: str, *words: str) -> None:
            kind = f"phases/{words[0]}/{words[1]}" if len(words) == 2 else f"requests/{words[0]}"
            headers = {"authorization": f"Bearer {TOKEN}"}
            answer = client.post(f"{running.url}/calls/{call}/{kind}", headers=headers)
            if answer.status_code != 404:  # of a phase that changes nothing there is no request
                begun.setdefault(call, []).append(answer.status_code)

        faults = Faults(twice=0.3, lost=0.05, shuffled=0.5)
        key = key_of("v2", SERVICE, SERVICE_SECRET)
        with FakeSessions(key, f"{running.url}/{name}", backend, faults=faults, seed=7) as platform:
            object.__setattr__(manage, "base", platform.url)
            calls = [(events, platform.play(events)) for events in (some_call(made, dice) for _ in range(CALLS))]
    for events, played in calls:
        assert set(played.statuses) == {200}
        assert played.problems == ()
        assert told(played.trace) == told(plain(simulate(made, tuple(events)), tuple(events))), events
        statuses = begun.get(played.call, [])
        assert set(statuses) <= {200, 409}
        assert (409 in statuses) <= bool(played.lost), "what was told is confirmed"
    refused = {call for call, statuses in begun.items() if 409 in statuses}
    found = {one.call for one in problems(running.made.ledger.all(by_call=True), 1e12, 600.0)}
    assert found == refused, "each stop that nobody confirmed, and nothing else"
    assert any(200 in statuses for statuses in begun.values())
    assert running.alarms == []
