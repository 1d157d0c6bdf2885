"""Who is told: `announce … to callee` and `to everyone`, held against what is heard and recorded in simulated calls."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from random_policies import random_policy, random_policy_for_v2, with_phase_prompts, with_room_keys
from recpol.analysis.parties import wish
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.party import Party
from recpol.certificate import certificate
from recpol.compilation import compile_program
from recpol.prove import prove
from recpol.semantics.next_events import possible
from recpol.semantics.simulate import Simulation, simulate, step
from recpol.syntax import tree
from recpol.targets.catalogue import targets_named

POLICIES = int(os.environ.get("RECPOL_FUZZ", "150"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))
DEEP = 5
"""How many events of a call are tried: enough for two menus, an answer and a phase."""


def understood(text: str, target: str) -> Program:
    return program(Source("case.recpol", text), targets=targets_named([target]))


def calls(unit: Program) -> Iterator[tuple[tuple[t.Event, ...], Simulation]]:
    """All calls of so many events, each with its events."""
    todo: list[tuple[tuple[t.Event, ...], Simulation]] = [((), simulate(unit, ()))] if "ice" in unit.graph.first else []
    for events, now in todo:
        yield events, now
        for event in possible(unit, now.moment) if len(events) < DEEP else ():
            after = step(now, event)
            if after.impossible is None:
                todo.append(((*events, event), after))
        assert len(todo) < 200_000


def untold(unit: Program, now: Simulation) -> bool:
    """Whether a callee talks on tape in this call who has not been told by a selected prompt.

    Only plain prompts count here, so the policies that are tried have no others under the guarantee.
    """
    (goal,) = (one for one in unit.guarantees() if isinstance(one, tree.Announce) and one.to is not None)
    chosen = unit.selected.chosen(goal.selection)
    told, dialled = False, None
    for piece in now.pieces:
        connects, sound = piece.step.connects, piece.heard.sound.kind
        if sound == "connect":
            told, dialled = False, connects
        # What a request or a phase plays is heard while people talk, and is on tape before it has been heard in full.
        asked = piece.step.phase is not None or unit.handler_of(piece.step).in_talk
        asked = asked and not isinstance(piece.step.body, tree.Park)
        talks = (sound == "talk" or asked) and dialled not in ("conference", "stream")
        itself = sound == "connect" and connects in ("pstn", "sip", "app")
        begins = itself and piece.step in unit.graph.conversations.get(piece.step.index, ())
        if (talks or begins) and piece.heard.calls and not told:
            return True
        if piece.step.index in chosen and wish(piece.step) in (Party.CALLEE, Party.EVERYONE):
            told = True
    return False


@pytest.mark.parametrize("target", ["svaml1", "svaml2"])
def test_the_verdict_on_a_callee_is_what_calls_show(target: str) -> None:
    seen: Counter[str] = Counter()
    for seed in range(POLICIES):
        make = random_policy if target == "svaml1" else random_policy_for_v2
        text = make(Random(60_000_000 + FIRST + seed))
        text = with_phase_prompts(with_room_keys(text)) if target == "svaml1" else text
        if target == "svaml2" and seed % 2:
            text = re.sub(r"(on ace[^{]*\{)", r'\1 say "You are on tape." to callee', text)
        lines = [line for line in text.splitlines() if not line.startswith(("announce", "always", "never"))]
        unit = understood("\n".join([*lines, "announce all to callee before recording"]) + "\n", target)
        if unit.partial:
            continue
        verdict = prove(unit)[-1]
        seen[verdict.status] += 1
        if verdict.status == "broken":
            assert untold(unit, simulate(unit, verdict.call)), (unit.source.text, verdict.call)
        elif verdict.status in ("proven", "empty"):
            for events, now in calls(unit):
                assert not untold(unit, now), (unit.source.text, events)
    assert seen["broken"] > 10
    assert seen["empty"] + seen["proven"] > 10
    assert target == "svaml1" or seen["proven"], "some callee must be told before being recorded"


BOTH = """
policy both
locale en-GB
voice Amy
store calls { url "s3://acme-recordings/" credentials env S3_CREDENTIALS }
on recording failure hangup
on ice { answer say "Recorded." @notice connect pstn +442079460104 }
on ace { say "Recorded." to callee @notice record { continue } }
announce @notice to everyone before recording
"""


def test_a_proof_about_callees_names_what_it_rests_on_and_is_not_certified() -> None:
    compilation = compile_program(understood(BOTH, "svaml2"))
    (verdict,) = prove(compilation.program)
    assert (verdict.status, set(verdict.assumptions)) == ("proven", {"caller-hears", "callee-hears"})
    (entry,) = certificate(compilation, compilation.outputs[0])["guarantees"]
    assert entry["text"] == "announce @notice to everyone before recording"
    assert "`recpol-check` looks at no callees" in entry["reason"]
    assert "certificate" not in entry


def test_the_callee_hears_it_before_joining_the_bridge() -> None:
    compilation = compile_program(understood(BOTH, "svaml2"))
    (reply,) = [one for one in compilation.outputs[0].files.items() if one[0] == "incoming.json"]
    text = reply[1].decode()
    said = text.rindex("Recorded.")
    assert said < text.rindex("startRecording") < text.rindex("bridgeCall")


@pytest.mark.parametrize("party", ["caller", "callee", "everyone"])
def test_the_weaker_promise_does_not_count_for_the_stronger(party: str) -> None:
    """A notice for the caller alone: true of the caller, and of nobody else."""
    text = BOTH.replace(" to callee @notice", " to callee").replace("to everyone before", f"to {party} before")
    (verdict,) = prove(understood(text, "svaml2"))
    assert verdict.status == ("proven" if party == "caller" else "broken")


ERROR_ALONE = """policy talks
target svaml1
locale en-GB
store calls { url "s3://acme-recordings/calls/" credentials env KEY }
on ice { answer menu { prompt "Choose." key 1 -> a timeout -> a invalid -> a } }
on pie otherwise { e0: connect pstn +442079460101 }
on pie a { r0: connect pstn +442079460102 }
on manage tell in r0 { say "This call is recorded." to everyone @notice t0: continue }
on manage hold in t0, WITHIN { say "One moment." m0: continue }
on manage keep in m0 { record { c0: continue } }
announce @notice to PARTY before recording
"""
"""Only an `error` of the menu, of which no page says when it comes, leads to `on pie otherwise`."""


@pytest.mark.parametrize("party", ["caller", "callee", "everyone"])
@pytest.mark.parametrize(("within", "status"), [("e0", "unknown"), ("r0", "broken"), ("t0", "proven")])
def test_who_was_not_told_on_a_way_that_no_page_speaks_of(party: str, within: str, status: str) -> None:
    unit = understood(ERROR_ALONE.replace("WITHIN", within).replace("PARTY", party), "svaml1")
    (verdict,) = prove(unit)
    assert verdict.status == status, verdict


@pytest.mark.parametrize(("parked", "rests"), [("continue", True), ("connect pstn +442079460102", False)])
def test_a_talk_that_goes_on_after_parking_rests_on_what_continue_does(parked: str, rests: bool) -> None:
    """No page says whether `continue` for a parked call goes on with the same callee."""
    unit = understood(
        f"""policy talks
target svaml1
locale en-GB
store calls {{ url "s3://acme-recordings/calls/" credentials env KEY }}
on ice {{ answer talk: connect pstn +442079460101 }}
on manage tell in talk {{ say "This call is recorded." to everyone @notice told: continue }}
on manage hold in told {{ park {{ hold "One moment." }} }}
on manage next {{ later: {parked} }}
on manage keep in {"later" if rests else "told"} {{ record {{ kept: continue }} }}
announce @notice to callee before recording
""",
        "svaml1",
    )
    (verdict,) = prove(unit)
    assert verdict.status == "proven", verdict
    assert ("parked-continue" in verdict.assumptions) == rests
