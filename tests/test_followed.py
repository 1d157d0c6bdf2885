"""What requests, keys in rooms, phases that say something, callouts and calls that nobody answers change about where a
caller is, who hears and what records, as every guarantee has it.

A row is a policy with the verdict on each of its guarantees, judged by hand from the language's page and the facts of
the platform. Where a guarantee is broken, the call that shows it can be simulated; findings say what the proof does.
"""

from __future__ import annotations

import os
import re
from random import Random
from typing import NamedTuple

import pytest

from random_policies import random_policy, with_phase_prompts, with_room_keys
from recpol.analysis.program import Program, program
from recpol.analysis.steps import Step
from recpol.base.source import Source
from recpol.explain.rooms import is_recorded
from recpol.explain.things import stores_of
from recpol.prove import prove
from recpol.prove.recorded import is_recorded as taped
from recpol.prove.walk import Walk
from recpol.rules.check import check
from recpol.semantics.simulate import simulate
from recpol.targets.catalogue import targets_named

ALLOWED = {"broken-guarantee", "phase-uncertain", "phase-says-besides"}
"""Errors that a row may have; any other would leave its verdicts to chance."""

HEAD = """policy row
locale en-GB
voice Amy
store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
store file { url "s3://acme-recordings/calls/one.mp3" credentials env S3_CREDENTIALS }
store text { url "s3://acme-texts/calls/" credentials env S3_CREDENTIALS transcribe en-GB }
"""


class Row(NamedTuple):
    """A policy without its stores, and its guarantees, each with `proven`, `broken`, `unknown` or `empty` before it."""

    name: str
    policy: str
    verdicts: str
    target: str = "svaml1"


MENU = 'on pie otherwise { hangup } on ice { answer menu { prompt "1 or 2." key 1 -> a key 2 -> b } }'

ROWS = (
    Row(
        "a request stops a recording",
        """
        on ice { answer say "This call is recorded." @notice agent: connect pstn +442079460101 }
        on manage stop in agent { told: say "It is not any more." to everyone off: continue }
        record agent to calls
        """,
        """
        proven never record off
        proven never record told
        broken never record agent
        proven always record agent
        broken always record off
        proven announce @notice before recording
        broken announce told before recording
        broken announce @notice to callee before recording
        broken announce @notice to everyone before recording
        proven announce agent in recording
        broken announce off in recording
        proven opt-out stop
        proven never transcribe agent
        broken record only inbound agent
        proven record only inbound off
        proven keep recordings in "s3://acme-recordings/**"
        unknown keep recordings 5y
        """,
    ),
    Row(
        "a request starts a recording, told before",
        """
        on ice { answer talk: connect pstn +442079460101 }
        on manage start in talk { told: say "From here on we record." to everyone taping: continue }
        on manage again in taping { more: say "Still there?" taping2: continue }
        record taping, taping2 to text
        """,
        """
        proven never record talk
        proven never record told
        proven never record more
        proven always record taping
        proven always record taping2
        proven announce told before recording
        proven announce told to callee before recording
        proven announce told to everyone before recording
        broken announce more before recording
        broken announce taping in recording
        proven announce taping, taping2 in recording
        broken opt-out again
        broken never transcribe taping2
        proven never transcribe more
        broken keep recordings in "s3://acme-recordings/**"
        """,
    ),
    Row(
        "a request records what it plays",
        """
        on ice { answer talk: connect pstn +442079460101 }
        on manage start in talk { told: say "From here on we record." to everyone taping: continue }
        record taping, told to calls
        """,
        """
        broken never record told
        proven never record talk
        broken announce told before recording
        broken announce told to callee before recording
        broken announce told to everyone before recording
        proven announce told in recording
        broken announce taping in recording
        broken opt-out start
        """,
    ),
    Row(
        "a request tells one party",
        """
        on ice { answer talk: connect pstn +442079460101 }
        on manage start in talk { told: say "From here on we record." to callee taping: continue }
        record taping to calls
        """,
        """
        broken announce told before recording
        proven announce told to callee before recording
        broken announce told to everyone before recording
        """,
    ),
    Row(
        "a phase says something before it is recorded",
        """
        on ice { answer talk: connect pstn +442079460101 {
          phase order { begin { told: say "We record." to everyone } end { gone: say "We recorded." to everyone } } } }
        record order except told, gone to calls
        """,
        """
        proven never record told
        proven never record gone
        proven never record talk except order
        broken never record order
        broken always record order
        proven always record order except told, gone
        proven announce told to everyone before recording
        broken announce gone before recording
        broken announce told in recording
        proven announce order in recording
        proven never transcribe all
        """,
    ),
    Row(
        "a phase records what it says",
        """
        on ice { answer talk: connect pstn +442079460101 {
          phase order { begin { told: say "We record." to everyone } end { gone: say "We recorded." to everyone } } } }
        record order to calls
        """,
        """
        broken never record told
        broken never record gone
        proven always record order
        broken announce told before recording
        broken announce told to callee before recording
        proven announce told in recording
        """,
    ),
    Row(
        "a phase without prompts is dialled beside one with them",
        MENU
        + """
        on pie a { connect pstn +442079460101 { phase pa { begin { told: say "We record." to everyone } } } }
        on pie b { connect pstn +442079460102 { phase pb { begin { other: say "Hello." to everyone } } } }
        on ace { talk: continue }
        record pa, pb except told, other to calls
        """,
        """
        broken announce told before recording
        broken announce other before recording
        proven announce told, other before recording
        proven announce told, other to callee before recording
        proven never record told, other
        broken never record pb
        """,
    ),
    Row(
        "phases that say something are each looked at where no reply is lost",
        MENU
        + """
        on recording failure hangup
        on pie a { connect pstn +442079460101 { phase pa { begin { told: say "One." to caller } } } }
        on pie b { connect pstn +442079460102 { phase pb { begin { other: say "Two." to caller } } } }
        on ace { talk: continue }
        on noanswer { connect pstn +442079460103 suppress-callbacks @third }
        record @third to calls
        """,
        """
        proven never record told
        proven never record other
        proven never record pb
        """,
        "svaml2",
    ),
    Row(
        "a phase interrupts a recording, and the second file gets the name of the first",
        """
        on ice { answer talk: connect pstn +442079460101 { phase note { begin { told: say "A word." to everyone } } } }
        record talk except told to file
        """,
        """
        proven never record told
        unknown always record talk except told
        """,
    ),
    Row(
        "two rooms are recorded to one name",
        """
        on ice { answer one: record_conference "one" }
        on manage out in one { park { hold "One moment." } }
        on manage next { two: record_conference "two" }
        """,
        "unknown always record one, two",
    ),
    Row(
        "a phase after a stop that is perhaps not read",
        """
        on ice { answer connect pstn +442079460101 {
          phase card { begin { told: say "Your card, please." to everyone } }
          phase order { begin { other: say "We record." to everyone } end { gone: say "It is off." to everyone } } } }
        on ace { record to calls { say "Hello." } talk: continue }
        record order except other, gone to calls
        """,
        """
        unknown never record card
        unknown never record told
        unknown never record other
        proven never record gone
        """,
    ),
    Row(
        "a room that this call records as a whole",
        """
        on ice { answer record conference to calls { room: connect conference "{{ call.callid }}" } }
        on manage stop in room { told: say "Nothing changes." off: continue }
        """,
        """
        broken never record told
        broken never record off
        broken opt-out stop
        proven always record room
        proven always record told, off
        proven announce room in recording
        """,
    ),
    Row(
        "a room of which this call is recorded",
        """
        on ice { answer say "We record." @notice room: connect conference "{{ call.callid }}" { key 9 -> stop } }
        on manage stop in room { told: say "It is off." off: continue }
        record call room to calls
        """,
        """
        proven never record told
        proven never record off
        proven opt-out stop
        proven always record room
        broken always record off
        proven announce @notice before recording
        empty announce @notice to callee before recording
        """,
    ),
    Row(
        "a room that every caller comes into",
        """
        on ice { answer say "We record." @notice room: connect conference "board" { key 9 -> stop } }
        on manage stop in room { told: say "It is off." off: continue }
        record call room to calls
        """,
        """
        broken never record told
        broken never record off
        broken opt-out stop
        broken never record @rooms
        proven announce @notice before recording
        """,
    ),
    Row(
        "a room that another caller has recorded",
        MENU
        + """
        on pie a { record conference to text { connect conference "board" } }
        on pie b { notice: say "The room is recorded." guest: connect conference "board" { phase card { begin {
          asked: say "Your card, please." } } } }
        on manage say in guest { told: say "Hello." }
        on manage ask in guest { say "It is as it was." off: continue }
        on manage end in guest { bye: say "Good bye." hangup }
        on manage out in guest { last: say "One moment." wait: park { hold "Please wait." } }
        on manage next { second: connect pstn +442079460102 }
        """,
        """
        broken never record guest
        broken never record card
        broken never record asked
        broken never record told
        broken never record off
        broken never record bye
        broken never record last
        proven never record wait
        proven never record second
        broken never transcribe told
        broken record only inbound bye
        proven never transcribe second
        broken opt-out ask
        broken opt-out end
        broken opt-out out
        broken announce notice before recording
        """,
    ),
    Row(
        "one request for a recorded room and for a talk that is not recorded",
        MENU
        + """
        on pie a { talk: connect pstn +442079460101 }
        on pie b { record conference to calls { room: connect conference "{{ call.callid }}" } }
        on manage tell in talk, room { told: say "Good bye." hangup }
        """,
        """
        empty announce told to callee before recording
        broken announce told before recording
        broken announce told to everyone before recording
        broken never record told
        """,
    ),
    Row(
        "a request ends a call in one of two rooms",
        MENU
        + """
        on pie a { record call to calls { connect conference "x-{{ call.callid }}" } }
        on pie b { record call to calls { guest: connect conference "one" } }
        on manage end in guest { bye: say "Good bye." hangup }
        """,
        """
        broken never record bye
        broken opt-out end
        """,
    ),
    Row(
        "a room that may be the one that another caller has recorded",
        MENU
        + """
        on pie a { record conference to calls { connect conference "Board" } }
        on pie b { guest: connect conference "board" }
        on manage say in guest { told: say "Hello." off: continue }
        """,
        """
        unknown never record guest
        unknown never record told
        unknown never record off
        unknown opt-out say
        """,
    ),
    Row(
        "a recording that another caller's request begins in the room",
        MENU
        + """
        on pie a { host: connect conference "board" }
        on pie b { notice: say "Hello." guest: connect conference "board" }
        on manage start in host { taped: continue }
        record call taped to text
        """,
        """
        broken never record guest
        broken never transcribe guest
        broken record only outbound guest
        broken announce notice before recording
        broken never record host
        """,
    ),
    Row(
        "a recording that lasts while a request plays something in the room",
        MENU
        + """
        on pie a { host: connect conference "board" }
        on pie b { guest: connect conference "board" }
        on manage start in host { taped: say "Hello." off: continue }
        record call taped to calls
        """,
        """
        unknown never record guest
        unknown never record off
        broken never record taped
        """,
    ),
    Row(
        "a call leaves a recorded room",
        """
        on ice { answer notice: say "We record." record conference to calls { room: connect conference "one" } }
        on manage out in room { wait: park { hold "Please wait." } }
        on manage next { second: connect pstn +442079460102 }
        on manage other { record conference to calls { third: connect conference "two" } }
        on manage again { fourth: connect conference "one" }
        on manage back { fifth: continue }
        """,
        """
        proven never record wait
        proven never record second
        broken always record wait
        broken always record second
        proven always record third
        broken announce room in recording
        proven announce room, third in recording
        broken never record fourth
        unknown never record fifth
        proven announce notice before recording
        empty announce notice to callee before recording
        """,
    ),
    Row(
        "a call leaves a room with its own recording",
        """
        on ice { answer room: connect conference "{{ call.callid }}" }
        on manage out in room { wait: park { hold "Please wait." } }
        on manage next { second: connect pstn +442079460102 }
        record call room, wait, second to calls
        """,
        """
        proven always record room, wait, second
        proven announce room in recording
        broken announce second in recording
        broken announce second to callee before recording
        """,
    ),
    Row(
        "a call is handed over to somebody who was not told",
        """
        on ice { answer first: connect pstn +442079460101 }
        on manage start in first { told: say "From here on we record." to everyone taping: continue }
        on manage over in taping { park { hold "One moment." } }
        on manage next { second: connect pstn +442079460102 }
        record taping, second to calls
        """,
        """
        proven announce told to caller before recording
        broken announce told to callee before recording
        broken announce told to everyone before recording
        broken never record second
        """,
    ),
    Row(
        "a phase after an opt-out records again",
        """
        on ice { answer talk: connect pstn +442079460101 { phase card } }
        on manage stop in talk { off: continue }
        record talk except card to calls
        """,
        """
        broken opt-out stop
        broken never record off
        proven never record card
        """,
    ),
    Row(
        "a call that the backend begins",
        """
        on callout customer { call pstn "{{ start.number | e164 }}" }
        on ace customer { notice: say "We record." talk: connect conference "c-{{ start.id }}" }
        on manage stop in talk { told: say "It is off." off: continue }
        record call talk to calls
        """,
        """
        proven announce notice before recording
        broken announce told before recording
        broken never record off
        broken never record told
        proven always record talk
        broken opt-out stop
        empty announce notice to callee before recording
        """,
    ),
    Row(
        "nobody answers",
        """
        on recording failure hangup
        on ice { answer notice: say "We record." dial: connect pstn +442079460101 }
        on ace { talk: continue }
        on noanswer { sorry: say "Nobody is there." hangup }
        on busy { late: say "They are busy." hangup }
        on failed { broken: say "That went wrong." hangup }
        record late, talk to calls
        """,
        """
        proven never record sorry
        broken never record late
        proven never record broken
        proven never record dial
        proven always record late
        broken always record sorry
        proven announce notice before recording
        broken announce sorry before recording
        broken announce late in recording
        proven announce late, talk in recording
        broken announce notice to callee before recording
        """,
        "svaml2",
    ),
    Row(
        "another language in a room that another caller has recorded",
        MENU
        + """
        on pie a { say "This is recorded." @notice record conference to calls { connect conference "board" } }
        on pie b { say "This is recorded." @notice guest: connect conference "board" }
        on manage say in guest { say "Hej." in sv-SE }
        """,
        """
        proven announce @notice before recording
        broken announce @notice before recording in every locale
        """,
    ),
    Row(
        "another language in a room that is nobody else's",
        MENU
        + """
        on pie a { say "This is recorded." @notice record conference to calls { connect conference "board" } }
        on pie b { say "This is recorded." @notice guest: connect conference "lobby" }
        on manage say in guest { say "Hej." in sv-SE }
        """,
        "proven announce @notice before recording in every locale",
    ),
    Row(
        "another language for the callee",
        """
        on ice { answer talk: connect pstn +442079460101 }
        on manage start in talk { told: say "From here on we record." to everyone taping: continue }
        on manage more in taping { say "Hej." in sv-SE to callee off: continue }
        record taping to calls
        """,
        """
        proven announce told to everyone before recording
        unknown announce told to callee before recording in every locale
        """,
    ),
    Row(
        "one language for the callee",
        """
        on ice { answer talk: connect pstn +442079460101 }
        on manage start in talk { told: say "From here on we record." to everyone taping: continue }
        record taping to calls
        """,
        """
        proven announce told to callee before recording in every locale
        proven announce told to everyone before recording in every locale
        """,
    ),
)


def _policy(row: Row) -> str:
    whole = r"record conference to file { \1: connect conference \2 }"
    return HEAD + re.sub(r"(\w+): record_conference (\S+)", whole, row.policy) + "\n"


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_what_guarantees_follow(row: Row) -> None:
    wanted = [line.strip().partition(" ")[::2] for line in row.verdicts.strip().splitlines()]
    found = [_verdict(row, guarantee) for _, guarantee in wanted]
    assert [(status, guarantee) for status, (_, guarantee) in zip(found, wanted, strict=True)] == wanted


def _verdict(row: Row, guarantee: str) -> str:
    """The verdict on a guarantee, as the proof and the findings have it."""
    text = f"{_policy(row)}{guarantee}\n"
    policy = program(Source("row.recpol", text), targets=targets_named((row.target,)))
    (verdict,) = prove(policy)
    findings = check(policy).findings
    assert not {f.rule for f in findings if f.level == "error"} - ALLOWED
    rules = {f.rule for f in findings}
    assert ("broken-guarantee" in rules) is (verdict.status == "broken")
    assert ("empty-guarantee" in rules) is (verdict.status == "empty")
    assert ("unproven-guarantee" in rules or verdict.told_by in rules) is (verdict.status == "unknown")
    assert simulate(policy, verdict.call).impossible is None
    return verdict.status


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_explanations_record_what_calls_do(row: Row) -> None:
    policy = program(Source("row.recpol", _policy(row)), targets=targets_named((row.target,)))
    if any(f.level == "error" for f in check(policy).findings):
        assert row.target == "svaml2" or "opt-out" in row.name  # an error that the row is about
        return
    assert_explained(policy)


@pytest.mark.parametrize("first", range(0, 4_000 if os.environ.get("RECPOL_FUZZ") else 80, 20))
def test_explanations_record_what_calls_of_random_policies_do(first: int) -> None:
    for seed in range(first, first + 20):
        text = with_room_keys(with_phase_prompts(random_policy(Random(seed))))
        policy = program(Source("random.recpol", text))
        if not any(f.level == "error" and f.rule != "broken-guarantee" for f in check(policy).findings):
            assert_explained(policy)


def assert_explained(policy: Program) -> None:
    """What a call has recorded is told so, and what none has is not; what others record in a room comes besides."""
    heard: dict[Step, set[bool]] = {}
    walk = Walk(policy, 10_000)
    for move in walk.moves:
        if not move.doubt and not walk.places[move.target].standing.moment.lost:  # late replies are told by themselves
            for piece in move.pieces:
                heard.setdefault(piece.step, set()).add(taped(piece))
    for step, found in heard.items():
        own = bool(stores_of(policy, step))
        assert any(found) == own, (policy.file.source.text, step.span.text)
        assert is_recorded(policy, step) or not own
