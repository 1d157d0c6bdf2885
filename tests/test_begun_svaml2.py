"""Calls that the backend begins in Voice API v2: the request, what translation checking sees, what cannot be said.

The request of a callout holds the whole call, so a fault anywhere in it must be seen as one in the reply to an incoming
call is; what begins the call is looked at besides.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import recpol_check as referee
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.certificate import certificate
from recpol.compilation import compile_program
from recpol.interpreters.v2 import session as interpreter
from recpol.platform.targets import SVAML1, SVAML2
from recpol.prove import prove
from recpol.rules.check import check
from recpol.targets.reply import Reply
from recpol.targets.v2 import document as svaml2
from recpol.verify import verify
from test_translation_svaml2 import left_out

Json = dict[str, Any]

HEAD = """policy survey
locale en-GB
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
"""

SURVEY = f"""{HEAD}on recording failure hangup
on ice {{ answer say "We are closed." hangup }}
on callout tell {{ call sip "sips:a@example.com" say "Your table is ready." hangup }}
on callout ask {{ call pstn "{{{{ start.number }}}}" cli +442079460100 max-duration 10m dial-timeout 20s }}
on ace ask {{
  say "This call is recorded." @notice
  menu {{ prompt "For yes press 1." key 1 -> yes }}
}}
on pie yes {{ record {{ talk: connect pstn +442079460101 cli +442079460100 }} }}
on pie otherwise {{ hangup }}
announce @notice before recording
"""

PERSON: Json = {"command": "dial", "to": {"type": "PHONE", "phone": {"number": "+442079460101"}}, "events": {}}
START: Json = {
    "command": "startRecording",
    "recordingName": "calls-9",
    "recordingOptions": {"destination": "AWS", "destinationUrl": "s3://acme-calls/in/", "credentials": "k"},
    "events": {},
}


def unit_of(text: str, *targets: Any) -> Program:
    return program(Source("survey.recpol", text), targets=targets or (SVAML2,))


def rules_of(text: str, *targets: Any) -> set[str]:
    return {finding.rule for finding in check(unit_of(text, *targets)).errors}


def file(replies: tuple[Reply, ...], name: str) -> Json:
    return next(reply.document for reply in replies if reply.file == name)


def test_the_request_dials_the_person_called_and_holds_the_call() -> None:
    made = compile_program(unit_of(SURVEY))
    assert [reply.file for reply in made.replies] == ["incoming.json", "callout.tell.json", "callout.ask.json"]
    (dials,) = file(made.replies, "callout.ask.json")["commands"]
    assert {key: value for key, value in dials.items() if key != "events"} == {
        "command": "dial",
        "callName": "caller",
        "from": {"type": "PHONE", "phone": {"number": "+442079460100"}},
        "to": {"type": "PHONE", "phone": {"number": "{{ start.number }}"}},
        "dialTimeoutDurationSeconds": 20,
        "maxCallDurationSeconds": 600,
    }
    assert {event: commands for event, commands in dials["events"].items() if event != "onAnswer"} == {
        **{event: [] for event in ("onBusy", "onReject", "onTimeout", "onFailure")},
        "onHangup": [{"command": "hangup", "callName": "callee"}],
    }
    (told,) = file(made.replies, "callout.tell.json")["commands"]
    assert told["to"] == {"type": "SIP", "sip": {"endpoint": "sips:a@example.com"}}
    assert told["events"]["onHangup"] == []  # there is no callee


def test_the_manifest_says_which_call_each_document_begins() -> None:
    manifest = json.loads(compile_program(unit_of(SURVEY)).files["manifest.json"])
    found = {reply["file"]: (reply["answers"], reply["values"]) for reply in manifest["replies"]}
    assert found["callout.ask.json"] == ([{"event": "callout", "name": "ask"}], ["env.KEY", "start.number"])
    assert found["incoming.json"] == ([{"event": "call.incoming"}], [])


def test_a_request_within_a_talk_names_the_documents_in_which_that_talk_is() -> None:
    text = SURVEY.replace("on ice { answer", 'on ice { answer menu { prompt "For yes press 1." key 1 -> yes } }\n#')
    text = text.replace("announce @notice before recording\n", "on manage stop in talk { off: continue }\n")
    made = compile_program(unit_of(text))
    assert made.outputs, made.findings
    (stop,) = (reply for reply in made.replies if reply.file == "manage.stop.json")
    assert sorted(stop.answers[0]["in"]) == ["callout.ask.json", "incoming.json"]


# ── translation checking ─────────────────────────────────────────────────────────────────────────────────────────


def dials(change: Callable[[Json], Any]) -> Callable[[Json], Any]:
    return lambda document: change(document["commands"][0])


FAULTS: dict[str, Callable[[Json], Any]] = {
    "somebody else is called": dials(lambda form: form["to"]["phone"].update(number="+442079460109")),
    "another number is shown": dials(lambda form: form["from"]["phone"].update(number="+442079460109")),
    "no number is shown": dials(lambda form: form.pop("from")),
    "it rings without end": dials(lambda form: form.pop("dialTimeoutDurationSeconds")),
    "it lasts longer": dials(lambda form: form.update(maxCallDurationSeconds=900)),
    "the leg has another name": dials(lambda form: form.update(callName="person")),
    "the leg has no name": dials(lambda form: form.pop("callName")),
    "its events go to the webhook": dials(lambda form: form.pop("events")),
    "nobody hears anything": dials(lambda form: form["events"].update(onAnswer=[])),
    "the answer goes to the webhook": dials(lambda form: form["events"].pop("onAnswer")),
    "the callee is left behind": dials(lambda form: form["events"].update(onHangup=[])),
    "something is done when nobody answers": dials(
        lambda form: form["events"].update(onTimeout=[{"command": "hangup"}])
    ),
    "being busy goes to the webhook": dials(lambda form: form["events"].pop("onBusy")),
    "two people are called": lambda document: document["commands"].append(dict(document["commands"][0], callName="x")),
    "nobody is called": lambda document: document["commands"].clear(),
    "it is answered as a call that comes in": lambda document: document["commands"].insert(0, {"command": "answer"}),
    "it has the name of a reply": lambda document: document.update(callName="caller"),
    "it has the events of a reply": lambda document: document.update(
        events={"onHangup": [{"command": "hangup", "callName": "callee"}]}
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_what_begins_the_call_is_seen(fault: str) -> None:
    unit = unit_of(SURVEY)
    replies = svaml2.lower(unit)
    document = json.loads(json.dumps(file(replies, "callout.ask.json")))
    FAULTS[fault](document)
    others = tuple(replace(one, document=document) if one.file == "callout.ask.json" else one for one in replies)
    found = verify(unit, others, SVAML2).differences
    assert found, "the fault slips through"
    assert {one.file for one in found} <= {"callout.ask.json", "manifest.json"}, found


def test_no_piece_of_the_request_can_be_left_out() -> None:
    assert left_out(unit_of(SURVEY), "callout.") > 20


@pytest.mark.parametrize(
    "wrong",
    [
        [{"event": "callout", "name": "tell"}],
        [{"event": "call.incoming"}],
        [{"event": "callout", "name": "ask", "after": ["incoming.json"]}],
        [],
    ],
)
def test_a_manifest_that_leads_to_another_request_is_seen(wrong: list[Json]) -> None:
    unit = unit_of(SURVEY)
    replies = svaml2.lower(unit)
    others = tuple(replace(one, answers=tuple(wrong)) if one.file == "callout.ask.json" else one for one in replies)
    assert verify(unit, others, SVAML2).differences


# ── what v2 says of it ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "has no list of `commands`"),
        ({"commands": [{"command": "answer"}]}, "something else than to dial one person"),
        (
            {"commands": [{"command": "dial", "to": {"type": "PHONE", "phone": {"number": "+1"}}, "events": {}}] * 2},
            "one",
        ),
        ({"commands": [], "callName": "caller"}, "whose meaning is not documented"),
        ({"commands": [{"command": "messages", "messages": []}]}, "something else than to dial one person"),
    ],
)
def test_a_request_that_begins_no_call_is_a_problem(document: object, problem: str) -> None:
    assert any(problem in found for found in interpreter.begins(document).problems)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('on callout a { call app "anna" say "Hello." hangup }', "not-in-svaml2"),
        ('on callout a { call pstn +442079460101 dtmf "1" say "Hello." hangup }', "not-in-svaml2"),
        ('on callout a { call pstn +442079460101 custom "x" say "Hello." hangup }', "not-in-svaml2"),
        ('on callout a { call pstn +442079460101 }\non ace a { connect conference "r" }', "not-in-svaml2"),
        (
            'on callout a { call pstn +442079460101 }\non ace a { say "{{ call.callid }}" hangup }',
            "call-field-in-callout",
        ),
        ('on callout a { call sip "sip:a@example.com" }', "callout-unanswered"),
        ('on callout a { call pstn +442079460101 record { say "Hello." } hangup }', "callout-records"),
    ],
)
def test_what_svaml2_cannot_say_is_told(line: str, rule: str) -> None:
    assert rule in rules_of(f"{HEAD}{line}\n")


def test_what_follows_a_call_in_another_way_is_said_on_ace() -> None:
    text = f'{HEAD}on callout a {{ call pstn +442079460101 say "Hello." connect pstn +442079460102 }}\n'
    (found,) = (one for one in check(unit_of(text)).errors if one.rule == "callout-form")
    assert (found.why, found.help) == ("", "leave `call` alone, and say it in `on ace a`")
    (told,) = (one for one in check(unit_of(text, SVAML1)).errors if one.rule == "callout-form")
    assert "three requests" in told.why


def test_a_store_named_by_a_call_that_has_not_begun_is_told() -> None:
    text = HEAD.replace("in/", "{{ call.callid }}/") + SURVEY[len(HEAD) :]
    assert "call-field-in-callout" in rules_of(text)
    assert "call-field-in-callout" not in rules_of(text.replace("call.callid }}", "call.callid | default('none') }}"))
    assert "call-field-in-callout" not in rules_of(text.replace('call sip "sips:', 'call sip "sip:'), SVAML1)


@pytest.mark.parametrize(
    "line",
    [
        'on callout a { call sip "sip:a@example.com" }\non ace a { say "Hello." hangup }',
        'on callout a { call sip "sips:a@example.com" say "Hello." hangup }',
        'on callout a { call pstn +442079460101 max-duration 1m say "Hello." say "Hej." in sv-SE hangup }',
    ],
)
def test_svaml2_alone_can_say_more_than_the_three_requests(line: str) -> None:
    text = f"{HEAD}voice Astrid in sv-SE\n{line}\n"
    assert rules_of(text) == set()
    assert rules_of(text, SVAML1, SVAML2) == {"callout-form"}


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_proofs_have_certificates_and_rest_on_no_reply_to_ace() -> None:
    unit = unit_of(f"{SURVEY}never record @prompts\n")
    made = compile_program(unit)
    proof = certificate(made, made.outputs[0])
    said = referee.check(referee.Folder("survey", made.outputs[0].files), proof)
    assert [line.partition(":")[0] for line in said] == ["holds", "holds"]
    assert all("callout-answered" not in verdict.assumptions for verdict in prove(unit))
    assert all("callout-answered" not in entry["assumes"] for entry in proof["guarantees"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda form: form.update(callName="person"), "begins no call"),
        (lambda form: form.update(command="answer"), "begins no call"),
        (lambda form: form["events"].update(onTimeout=[PERSON]), "begins no call"),
        (lambda form: form["events"]["onAnswer"].insert(0, START), "a recorder runs before the announcement"),
    ],
)
def test_the_referee_sees_what_begins_a_call(change: Callable[[Json], Any], why: str) -> None:
    made = compile_program(unit_of(SURVEY))
    document = json.loads(made.outputs[0].files["callout.ask.json"])
    change(document["commands"][0])
    folder = referee.Folder(
        "survey", {**made.outputs[0].files, "callout.ask.json": json.dumps(document).encode("utf-8")}
    )
    goal = referee.guarantee("announce @notice before recording")
    proof = certificate(made, made.outputs[0])
    chosen = goal.chosen(referee.read_places(proof["segments"], proof["places"]))
    machine = referee.machine_of(folder, {}, chosen)
    with pytest.raises(referee.Refused, match=why):
        look(goal, machine, chosen)


def look(goal: referee.Guarantee, machine: Any, chosen: frozenset[str]) -> None:
    """Refuse a call that breaks a guarantee as it begins."""
    for _, state in machine.ways(None):
        problem = referee.breaks(goal, machine, chosen, state, frozenset())
        referee.need(not problem, problem)
