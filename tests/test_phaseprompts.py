"""Prompts of phases: what they compile to, mean and prove, what is refused, and that faults are seen."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks import ICE, Desk, managed, write
from recpol.analysis.program import Program, program
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.calls.party import Party
from recpol.calls.scenario import read_scenario
from recpol.certificate import certificate
from recpol.compilation import compile_program
from recpol.importer import import_documents
from recpol.interpreters.v1 import calls as interpreter
from recpol.interpreters.v1.dialects import SVAML1
from recpol.prove import prove
from recpol.rules.check import check
from recpol.runtime.manage import Manager
from recpol.runtime.sending import ManageProblem
from recpol.semantics.simulate import Simulation, simulate
from recpol.svaml.read import read_document
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.reply import Reply
from recpol.verify import verify

HEAD = """policy line
locale en-GB
voice Amy
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
"""
CARD = f"""{HEAD}on ice {{
  answer
  say "Recorded, but for your card." @notice
  order: connect pstn +46850020000 {{
    phase card @card {{
      begin {{ say "The recording is off." to everyone }}
      end {{ say "The recording is on." to everyone play "https://acme.example/beep.wav" to everyone }}
    }}
  }}
}}
record order except @card
never record @card
announce @notice before recording
"""
INTERVIEW = f"""{HEAD}on ice {{
  answer
  talk: connect pstn +46850020000 {{
    phase interview {{ begin {{ say "From here on we record." @told }} end {{ say "Thank you." }} }}
  }}
}}
record interview except @told
announce @told before recording
"""


def made(text: str, target: str = "svaml1") -> Program:
    return program(Source("line.recpol", text), targets=targets_named([target]))


def replies(text: str = CARD) -> tuple[Reply, ...]:
    return backend_of(targets_named(["svaml1"])[0]).lower(made(text))


def body(text: str, file: str) -> list[str]:
    document = next(reply for reply in replies(text) if reply.file == file).document
    return [form["name"] for form in (*document.get("instructions", ()), document["action"])]


def heard(text: str, call: str) -> Simulation:
    return simulate(made(text), read_scenario(Source("call", call)).events)


def test_what_is_said_is_said_between_the_changes_of_the_recorder() -> None:
    assert body(CARD, "manage.card.begin.json") == ["stopRecording", "say", "continue"]
    assert body(CARD, "manage.card.end.json") == ["say", "playFiles", "startRecording", "continue"]
    assert body(INTERVIEW, "manage.interview.begin.json") == ["say", "startRecording", "continue"]
    assert body(INTERVIEW, "manage.interview.end.json") == ["say", "stopRecording", "continue"]
    answers = {reply.file: reply.answers[0] for reply in replies()}
    assert answers["manage.card.begin.json"]["leg"] == "both"
    assert answers["manage.card.begin.json"]["waitFor"] == {"event": "recording_finished"}
    assert "waitFor" not in answers["manage.card.end.json"]


def test_documents_and_policy_sound_alike() -> None:
    events = read_scenario(Source("call", "answer; begin card; end card; hang up")).events
    meant = simulate(made(CARD), events)
    assert [(piece.heard.sound.kind, bool(piece.heard.calls)) for piece in meant.pieces] == [
        ("speech", False), ("connect", True), ("speech", False), ("talk", False), ("speech", False), ("file", False),
        ("talk", True),
    ]  # fmt: skip
    assert meant.pieces[2].heard.sound.to is Party.EVERYONE
    routes = [{"file": reply.file, "answers": list(reply.answers)} for reply in replies()]
    played = interpreter.run({reply.file: reply.document for reply in replies()}, routes, events, SVAML1)
    assert (played.unanswered_event, played.problems) == (None, ())
    assert [one.sound for one in played.trace if one.sound.kind != "talk"] == [
        piece.heard.sound for piece in meant.pieces if piece.heard.sound.kind != "talk"
    ]


@pytest.mark.parametrize("text", [CARD, INTERVIEW])
def test_what_is_said_counts_in_proofs(text: str) -> None:
    verdicts = prove(made(text))
    assert {verdict.status for verdict in verdicts} == {"proven"}
    assert any("requests-in-turn" in verdict.assumptions for verdict in verdicts)
    assert not [finding for finding in check(made(text)).findings if finding.severity == "error"]


@pytest.mark.parametrize(("party", "status"), [("everyone", "proven"), ("callee", "broken"), ("caller", "broken")])
def test_both_sides_can_be_told_before_a_phase_is_recorded(party: str, status: str) -> None:
    text = INTERVIEW.replace('record." @told', f'record." to {party} @told').replace(
        "@told before", "@told to everyone before"
    )
    (verdict,) = prove(made(text))
    assert verdict.status == status
    if status == "proven":
        assert set(verdict.assumptions) == {"caller-hears", "phases-are-told", "requests-in-turn"}


def test_a_notice_that_its_own_phase_records_comes_too_late() -> None:
    (verdict,) = prove(made(INTERVIEW.replace(" except @told", "")))
    assert (verdict.status, verdict.reason) == ("broken", "the recording starts before it was heard")
    assert body(INTERVIEW.replace(" except @told", ""), "manage.interview.begin.json")[0] == "startRecording"


def test_a_phase_that_only_says_something_has_its_requests_in_classic_too() -> None:
    text = CARD.replace("record order except @card\nnever record @card\n", "record order\n").replace("/acme/", "/x/")
    compiled = compile_program(made(text, "classic"))
    assert [finding.rule for finding in compiled.findings if finding.severity == "error"] == []
    assert "manage.card.begin.json" in compiled.files


def _edited(file: str, edit: Callable[[dict[str, Any]], None]) -> tuple[Reply, ...]:
    changed = []
    for reply in replies():
        document = copy.deepcopy(reply.document)
        if reply.file == file:
            edit(document)
        changed.append(replace(reply, document=document))
    return tuple(changed)


def _turned(document: dict[str, Any]) -> None:
    document["instructions"].reverse()


def _silent(document: dict[str, Any]) -> None:
    document["instructions"] = [form for form in document["instructions"] if form["name"] != "say"]


def _otherwise(document: dict[str, Any]) -> None:
    for form in document["instructions"]:
        if form["name"] == "say":
            form["text"] = "The recording is off, perhaps."


def _in_swedish(document: dict[str, Any]) -> None:
    for form in document["instructions"]:
        if form["name"] == "say":
            form["locale"] = "sv-SE"


def _ends(document: dict[str, Any]) -> None:
    document["action"] = {"name": "hangup"}


FAULTS = {"turned": _turned, "silent": _silent, "otherwise": _otherwise, "in Swedish": _in_swedish, "ends": _ends}


@pytest.mark.parametrize("file", ["manage.card.begin.json", "manage.card.end.json"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_output_is_seen(fault: str, file: str) -> None:
    unit, (target,) = made(CARD), targets_named(["svaml1"])
    assert verify(unit, replies(), target).differences == ()
    seen = verify(unit, _edited(file, FAULTS[fault]), target).differences
    assert file in {difference.file for difference in seen}


def test_a_leg_that_hears_it_by_mistake_is_seen() -> None:
    unit, (target,) = made(CARD), targets_named(["svaml1"])
    changed = tuple(
        replace(reply, answers=({**reply.answers[0], "leg": "callee"},)) if "card" in reply.file else reply
        for reply in replies()
    )
    assert {difference.file for difference in verify(unit, changed, target).differences} == {
        "manage.card.begin.json", "manage.card.end.json",
    }  # fmt: skip


def test_a_server_sends_what_is_said_to_those_who_hear_it(tmp_path: Path) -> None:
    text = CARD.replace("    phase card", '    phase greeting { begin { say "Hello." } }\n    phase card')
    write(tmp_path / "build" / "line", compile_program(made(text)).files)
    line = Desk(tmp_path / "build", tmp_path / "ledger.db")
    asked: list[tuple[str, list[str]]] = []

    def platform(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, [form["name"] for form in json.loads(request.content)["instructions"]]))
        line.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(200)

    async def card(manager: Manager) -> None:
        await manager.phase("c1", "card", "begin")
        await manager.phase("c1", "card", "end")
        await manager.phase("c1", "greeting", "end")  # there is nothing to send
        with pytest.raises(ManageProblem, match="has no request"):
            await manager.phase("c1", "elsewhere", "end")

    line.post(ICE, "/line")
    line.post({"event": "ace", "callid": "c1"}, "/line")
    managed(line.runtime, platform, card)
    leg = "/calling/v1/calls/id/c1/leg/both"
    assert asked == [(leg, ["stopRecording", "say"]), (leg, ["say", "playFiles", "startRecording"])]
    line.made.ledger.close()


def test_the_referee_says_plainly_what_it_does_not_follow() -> None:
    compilation = compile_program(made(CARD))
    proof = certificate(compilation, compilation.outputs[0])
    assert all("`say`, which is not known in a request" in entry["reason"] for entry in proof["guarantees"])


def test_what_is_imported_says_the_same() -> None:
    for text in (CARD, INTERVIEW):
        compiled = compile_program(made(text))
        files = {file: data for file, data in compiled.files.items() if file != "manifest.json"}
        read = [read_document(Source(file, data.decode())) for file, data in files.items()]
        result = import_documents("line", read, json.loads(compiled.files["manifest.json"]))
        assert (result.refused, result.differences) == ((), ())
        again = compile_program(made(result.text)).files
        assert {file: again[file] for file in files} == files
        assert "begin {" in result.text


def phase(inside: str, connect: str = "pstn +46850020000") -> str:
    return f'{HEAD}on ice {{ answer say "Hello." talk: connect {connect} {{ phase card {{ {inside} }} }} }}\n'


BAD = {
    "an action": (phase("begin { hangup }"), "only prompts are heard when a phase begins"),
    "a menu": (phase('end { menu { prompt "1?" key 1 -> x } }'), "only prompts are heard when a phase ends"),
    "a block": (phase('begin { record { say "One." } }'), "no `record` block stands in a phase"),
    "twice": (phase('begin { say "One." } begin { say "Two." }'), "a second `begin` of this phase"),
    "two parties": (
        phase('begin { say "One." to caller say "Two." to callee }'),
        "one request plays to the caller, and here to the callee",
    ),
    "a callee in a room": (
        phase('begin { say "One." to everyone }', 'conference "a"'),
        "nobody hears this as `everyone`: a request to somebody in a room is heard by that one alone",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_phase_cannot_say_is_one_finding(case: str) -> None:
    text, message = BAD[case]
    found = check(made(text)).findings
    assert [finding.message for finding in found if finding.rule == "phase-says-prompts"] == [message]
    assert {finding.rule for finding in found if finding.severity == "error"} == {"phase-says-prompts"}


@pytest.mark.parametrize("target", ["classic", "svaml2"])
def test_targets_with_one_thing_at_a_time_say_so_once_with_a_cure(target: str) -> None:
    text = CARD.replace("locale", "on recording failure hangup\nlocale")
    found = [finding for finding in check(made(text, target)).findings if finding.severity == "error"]
    assert [finding.rule for finding in found] == ["phase-says-besides"]
    assert "on manage NAME in …" in (found[0].help or "")


@pytest.mark.parametrize("goal", ["never record told", "never record card", "always record back"])
def test_what_is_said_in_a_phase_is_recorded_or_not_as_long_as_requests_come_in_turn(goal: str) -> None:
    """The request that ends the phase must not come while the prompt of the one before is played."""
    text = f"""policy desk
target svaml1
locale en-GB
store calls {{ url "s3://acme-recordings/calls/" credentials env KEY }}
on ice {{
  answer
  talk: connect pstn +442079460101 {{
    phase card {{ begin {{ told: say "Not recorded." }} end {{ back: say "Recorded again." }} }}
  }}
}}
record talk except card
record back
{goal}
"""
    (verdict,) = prove(program(Source("desk.recpol", text)))
    assert verdict.status == "proven" if "card" not in goal else verdict.status == "broken", verdict
    if verdict.status == "proven":
        assert {"phases-are-told", "requests-in-turn"} <= set(verdict.assumptions)
