"""Requests within talks: what they compile to, what simulation and proofs make of them, and that faults are seen."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.party import Party
from recpol.calls.scenario import read_scenario
from recpol.certificate import certificate
from recpol.compilation import compile_program
from recpol.prove import prove
from recpol.rules.check import check
from recpol.semantics.simulate import simulate
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.reply import Reply
from recpol.verify import verify

HEAD = """policy desk
locale en-GB
voice Amy
store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
"""
DESK = f"""{HEAD}on ice {{ answer say "This call is recorded." @notice agent: connect pstn +46850020000 }}
on ace {{ talk: continue }}
on manage stop in talk {{ off: continue }}
on manage told in off {{ say "Recording is off." to caller }}
on manage asked in off {{ say "Are you there?" to callee hangup }}
record talk
never record off
announce @notice before recording
"""
TARGETS = ("classic", "svaml1", "svaml2")


def made(text: str, target: str = "svaml1") -> Program:
    return program(Source("desk.recpol", text), targets=targets_named([target]))


def events(text: str) -> tuple[t.Event, ...]:
    return read_scenario(Source("call", text)).events


def verdicts(text: str, target: str = "svaml1") -> list[str]:
    return [verdict.status for verdict in prove(made(text, target))]


def replies(text: str, target: str) -> tuple[Reply, ...]:
    return backend_of(targets_named([target])[0]).lower(made(text, target))


def answer(text: str, target: str, file: str) -> dict[str, Any]:
    found = next(reply for reply in replies(text, target) if reply.file == file)
    return found.answers[0]


@pytest.mark.parametrize("target", TARGETS)
def test_a_policy_with_requests_compiles_and_is_proven(target: str) -> None:
    compiled = compile_program(made(DESK, target))
    assert [finding.rule for finding in compiled.findings if finding.severity == "error"] == []
    assert verdicts(DESK, target) == ["proven", "proven"]


def test_the_manifest_says_where_a_request_may_be_sent_and_to_which_leg() -> None:
    sent = answer(DESK, "svaml1", "manage.stop.json")
    within = {"event": "request", "name": "stop", "in": ["ace.json", "ice.json"]}  # a lost reply leaves ice.json
    assert sent == {**within, "waitFor": {"event": "recording_finished"}}
    told = answer(DESK, "svaml1", "manage.told.json")
    again = ["manage.stop.json", "manage.told.json"]  # it goes on with the talk `off`
    assert told == {"event": "request", "name": "told", "in": again, "leg": "caller"}
    assert answer(DESK, "svaml1", "manage.asked.json")["leg"] == "callee"
    waits = {"event": "call.webhook.calls-1.finished", "recordingName": "calls-1"}
    sent = answer(DESK, "svaml2", "manage.stop.json")
    assert sent == {"event": "request", "name": "stop", "in": ["incoming.json"], "leg": "caller", "waitFor": waits}


def test_a_request_comes_at_any_time_and_any_number_of_times() -> None:
    text = HEAD + (
        "on ice { agent: connect pstn +46850020000 }\n"
        'on manage told in agent { record { say "Hello." to everyone } }\nrecord agent\n'
    )
    found = simulate(made(text), events("answer; manage told; manage told; hang up"))
    assert found.impossible is None
    assert [(p.heard.sound.kind, p.heard.sound.to) for p in found.pieces if p.heard.sound.kind == "speech"] == [
        ("speech", Party.EVERYONE)
    ] * 2
    assert {one.number for piece in found.pieces for one in piece.heard.calls} == {1}


@pytest.mark.parametrize("call", ["manage stop", "answer; manage told", "answer; manage stop; manage stop"])
def test_a_request_is_sent_in_the_talks_that_it_selects_alone(call: str) -> None:
    assert isinstance(simulate(made(DESK), events(call)).impossible, t.Manages)


def test_no_request_comes_within_a_phase() -> None:
    text = HEAD + (
        "on ice { agent: connect pstn +46850020000 { phase card } }\n"
        "on manage end in agent { hangup }\nrecord agent except card\n"
    )
    assert simulate(made(text), events("answer; begin card; manage end")).impossible == t.Manages("end")
    assert simulate(made(text), events("answer; begin card; end card; manage end")).impossible is None


def test_what_a_request_records_breaks_a_guarantee() -> None:
    text = DESK.replace("off: continue", "off: continue").replace(
        'say "Recording is off." to caller', 'record { say "Still on." to caller back: continue }'
    )
    verdict = prove(made(text + "never record back\n"))[-1]
    assert verdict.status == "broken"
    assert verdict.call == (t.Answers(), t.Manages("stop"), t.Manages("told"))


def test_an_announcement_to_the_callee_alone_is_none_for_the_caller() -> None:
    def text(party: str) -> str:
        return (
            HEAD
            + "on ice { answer agent: connect pstn +46850020000 }\n"
            + f'on manage on in agent {{ notice: say "From here on it is recorded." to {party} taped: continue }}\n'
            + "record taped\nannounce notice before recording\n"
        )

    assert verdicts(text("callee")) == ["broken"]
    assert verdicts(text("caller")) == ["proven"]
    assert verdicts(text("everyone")) == ["proven"]


def test_a_request_after_a_lost_reply_that_meets_another_recorder_is_neither_proven_nor_broken() -> None:
    text = HEAD + (
        "on ice { agent: connect pstn +46850020000 }\non ace { talk: continue }\n"
        'on manage told in talk { say "Hello." to caller later: continue }\n'
        "record agent\nrecord talk\nnever record later\n"
    )
    assert verdicts(text) == ["proven"]  # the request stops whatever runs
    text = (
        text.replace("record talk\n", "")
        .replace("later: continue", "later: continue")
        .replace("never record later", "never record later, talk")
    )
    assert verdicts(text) == ["broken"]  # the talk after a lost reply is recorded as the dialling was


def test_a_proof_about_requests_is_one_that_the_referee_accepts() -> None:
    import recpol_check as referee

    compiled = compile_program(made(DESK))
    (output,) = compiled.outputs
    proof = certificate(compiled, output)
    said = referee.check(referee.Folder("desk", output.files), proof)
    assert [line.partition(":")[0] for line in said] == ["holds", "holds"]
    assert all("requests-in-turn" in entry["assumes"] for entry in proof["guarantees"])
    broken = copy.deepcopy(proof)
    broken["certificates"][0] = [state for state in broken["certificates"][0] if "manage" not in state["place"]]
    with pytest.raises(referee.Refused, match="leaves out"):
        referee.check(referee.Folder("desk", output.files), broken)


def test_in_svaml2_no_proof_about_requests_is_certified() -> None:
    compiled = compile_program(made(DESK, "svaml2"))
    proof = certificate(compiled, compiled.outputs[0])
    assert all("does not know" in entry["reason"] for entry in proof["guarantees"])


def _without_stop(document: dict[str, Any]) -> None:
    document.pop("instructions", None)
    document["action"] = {"name": "continue"}


def _says(words: str) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        document["instructions"][0]["text"] = words

    return edit


def _goes_on(document: dict[str, Any]) -> None:
    document["action"] = {"name": "continue"}


FAULTS: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "it does not stop": ("manage.stop.json", _without_stop),
    "it says something else": ("manage.told.json", _says("Recording is on.")),
    "it does not hang up": ("manage.asked.json", _goes_on),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_request_is_seen(fault: str) -> None:
    file, edit = FAULTS[fault]
    unit, (target,) = made(DESK), targets_named(["svaml1"])
    changed = []
    for reply in replies(DESK, "svaml1"):
        document = copy.deepcopy(reply.document)
        if reply.file == file:
            edit(document)
        changed.append(replace(reply, document=document))
    assert verify(unit, replies(DESK, "svaml1"), target).differences == ()
    assert file in {difference.file for difference in verify(unit, tuple(changed), target).differences}


@pytest.mark.parametrize("target", ["svaml1", "svaml2"])
@pytest.mark.parametrize("key", ["leg", "in", "name"])
def test_a_fault_in_the_manifest_of_a_request_is_seen(key: str, target: str) -> None:
    wrong: dict[str, Any] = {"leg": "callee", "in": ["manage.told.json"], "name": "untold"}
    unit, (aim,) = made(DESK, target), targets_named([target])
    changed = [
        replace(reply, answers=({**reply.answers[0], key: wrong[key]},)) if reply.file == "manage.told.json" else reply
        for reply in replies(DESK, target)
    ]
    assert verify(unit, tuple(changed), aim).differences


def test_a_phase_in_talks_that_requests_record_otherwise_is_found() -> None:
    text = HEAD + (
        "on ice { agent: connect pstn +46850020000 { phase card } }\n"
        "on manage stop in agent { off: continue }\nrecord agent except card\n"
    )
    assert [finding.rule for finding in check(made(text)).errors] == ["phase-uncertain"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("rule", "recorded"), [("record talk", True), ("record agent", False)])
def test_a_request_goes_on_with_the_talk_in_which_it_is_sent(rule: str, recorded: bool, target: str) -> None:
    """Not with the dialling, which is something else where the talk has a label of its own."""
    text = f"""{HEAD}on recording failure hangup
on ice {{ answer agent: connect pstn +46850020000 }}
on ace {{ talk: continue @customer }}
on manage hint in @customer {{ say "One moment." @prompt }}
on manage again in talk {{ continue }}
{rule}, @prompt
"""
    unit = made(text, target)
    found = simulate(unit, events("answer; manage hint; manage hint; manage again; manage again"))
    assert found.impossible is None
    talks = [bool(piece.heard.calls) for piece in found.pieces if piece.heard.sound.kind == "talk"]
    assert talks == [recorded] * 5


@pytest.mark.parametrize(("selector", "reached"), [("@talk", True), ("@rooms", False), ("all", True)])
def test_a_request_is_sent_in_what_a_built_in_selector_means(selector: str, reached: bool) -> None:
    unit = made(f"{HEAD}on ice {{ answer connect pstn +46850020000 }}\non manage end in {selector} {{ hangup }}\n")
    assert ("no-request-reaches" not in {finding.rule for finding in check(unit).findings}) == reached
    assert (simulate(unit, events("answer; manage end")).impossible is None) == reached


@pytest.mark.parametrize("party", ["callee", "everyone"])
def test_a_call_that_the_backend_began_has_no_leg_to_choose(party: str) -> None:
    text = f"""{HEAD}on callout customer {{ call pstn +442079460104 cli +442079460100 }}
on ace customer {{ menu {{ prompt "Press 1." key 1 -> go }} }}
on pie go {{ agent: connect pstn +442079460103 }}
on pie otherwise {{ hangup }}
on manage told in agent {{ say "One moment." to {party} }}
"""
    assert "request-to-callee-of-callout" in {finding.rule for finding in check(made(text)).findings}
    incoming = text.replace("on callout customer { call pstn +442079460104 cli +442079460100 }\n", "")
    incoming = incoming.replace("on ace customer {", "on ice { answer")
    assert "request-to-callee-of-callout" not in {finding.rule for finding in check(made(incoming)).findings}


def help_of(text: str, rule: str) -> str:
    return next(finding.help or "" for finding in check(made(text)).findings if finding.rule == rule)


def test_the_cures_of_requests_work() -> None:
    """Each cure, carried out, leaves nothing of the kind to find."""
    wrong = f"""{HEAD}on ice {{ answer record {{ agent: connect pstn +46850020000 }} }}
on manage hint in agent {{ say "One moment." }}
"""
    assert "in a `record` block or by a rule; or write `NAME: continue`" in help_of(wrong, "recorder-uncertain")
    block = wrong.replace('say "One moment."', 'record { say "One moment." continue }')
    rule = wrong.replace("record { agent: connect pstn +46850020000 }", "agent: connect pstn +46850020000")
    label = wrong.replace('say "One moment."', 'say "One moment." off: continue')
    for right in (block, rule + "record agent\n", label):
        assert [finding.rule for finding in check(made(right)).errors] == []


def test_a_room_that_goes_on_is_not_cured_by_an_exception() -> None:
    text = f"""{HEAD}on ice {{ answer record conference {{ room: connect conference "board" }} }}
on manage stop in room {{ say "Noted." off: continue }}
opt-out stop
"""
    assert "nothing else ends the recording of a room" in help_of(text, "broken-guarantee")


def test_phases_in_what_a_request_records_otherwise_have_a_cure() -> None:
    text = f"""{HEAD}on ice {{ answer agent: connect pstn +46850020000 {{ phase card }} }}
on manage stop in agent {{ off: continue }}
record agent
"""
    assert "let the request `park`" in help_of(text, "phase-uncertain")
    parked = text.replace("off: continue", 'park { hold "One moment." }')
    parked += "on manage again { connect pstn +46850020000 }\n"
    assert [finding.rule for finding in check(made(parked)).errors] == []


def test_a_file_that_is_named_when_the_call_begins_is_not_that_of_every_call() -> None:
    text = f"""{HEAD.replace("/calls/", "/{{ start.file }}.mp3")}
on callout customer {{ call pstn +442079460104 cli +442079460100 }}
on ace customer {{ record {{ say "Hello." }} PART hangup }}
"""
    once = check(made(text.replace("PART", ""))).findings
    assert {finding.rule for finding in once} & {"fixed-file-name", "second-recording"} == set()
    twice = check(made(text.replace("PART", 'say "Off." record { say "Again." }'))).findings
    assert "second-recording" in {finding.rule for finding in twice}


def test_a_request_that_meets_its_own_talk_is_told_which_one_to_leave_out() -> None:
    text = f"""{HEAD}on ice {{ answer record {{ agent: connect pstn +46850020000 }} }}
on manage stop in @talk {{ off: continue }}
"""
    assert "without `off`" in help_of(text, "recorder-uncertain")
    assert [finding.rule for finding in check(made(text.replace("@talk", "agent"))).errors] == []


def test_what_no_target_tells_of_is_found_once() -> None:
    text = f"""{HEAD}on recording failure hangup
on ice {{ answer menu {{ prompt "Press 1 or 2." key 1 -> a key 2 -> b }} }}
on pie a {{ connect pstn +46850020000 }}
on pie b {{ record {{ connect pstn +46850020001 }} }}
on pie otherwise {{ hangup }}
on busy {{ say "Busy." hangup }}
"""
    assert [finding.rule for finding in check(made(text, "svaml1")).errors] == ["no-answer-not-reported"]
    assert "recorder-uncertain" in [finding.rule for finding in check(made(text, "svaml2")).errors]
