"""Keys that are pressed in a room: what they compile to and mean, what is refused, and that a server follows them."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks import ICE, Desk, build_of, managed
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import read_scenario
from recpol.compilation import compile_program
from recpol.editor.completion import completions
from recpol.editor.view import view_of
from recpol.importer import import_documents
from recpol.interpreters.v1 import calls as interpreter
from recpol.interpreters.v1.dialects import SVAML1
from recpol.prove import prove
from recpol.rules.check import check
from recpol.runtime.app import Operator
from recpol.runtime.manage import Manager, PhaseNotConfirmed
from recpol.runtime.sending import ManageOptions, ManageProblem
from recpol.semantics.next_events import possible
from recpol.semantics.simulate import simulate
from recpol.svaml.read import read_document
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.reply import Reply
from recpol.verify import verify

HEAD = """policy line
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
"""
ADVICE = f"""{HEAD}on ice {{
  answer
  say "This call is recorded. Press 9 to end the recording."
  room: connect conference "advice-{{{{ call.callid }}}}" moh music1 {{ key 9 -> stop key 1 -> told }}
}}
on manage stop in room {{ say "Nothing is recorded now." unrecorded: continue }}
on manage told in room {{ say "You are being recorded." }}
record call room
opt-out stop
never record unrecorded
"""


def made(text: str, target: str = "svaml1") -> Program:
    return program(Source("line.recpol", text), targets=targets_named([target]))


def replies(text: str = ADVICE, target: str = "svaml1") -> tuple[Reply, ...]:
    return backend_of(targets_named([target])[0]).lower(made(text, target))


def found(text: str, target: str = "svaml1") -> list[tuple[str, str]]:
    return [(finding.rule, finding.message) for finding in check(made(text, target)).findings]


def test_a_key_turns_detection_on_and_stands_in_the_manifest_with_where_it_counts() -> None:
    by_file = {reply.file: reply for reply in replies()}
    assert by_file["ice.json"].document["action"]["conferenceDtmfOptions"] == {"mode": "detect"}
    assert by_file["manage.stop.json"].answers[0]["keys"] == {"9": ["ice.json", "manage.told.json"]}
    assert by_file["manage.told.json"].answers[0]["keys"] == {"1": ["ice.json", "manage.told.json"]}
    said = made(ADVICE.replace("moh music1 {", "dtmf-mode detect dtmf-timeout 1s moh music1 {"))
    action = backend_of(targets_named(["svaml1"])[0]).lower(said)[0].document["action"]
    assert action["conferenceDtmfOptions"] == {"mode": "detect", "timeoutMills": 1000}


def test_a_key_means_its_request_in_policy_and_documents() -> None:
    unit, events = (
        made(ADVICE),
        read_scenario(Source("call", "press 1 in the room; press 9 in the room; hang up")).events,
    )
    assert events[:2] == (t.PressesInRoom("1"), t.PressesInRoom("9"))
    assert simulate(unit, events).trace == simulate(unit, (t.Manages("told"), t.Manages("stop"), events[2])).trace
    documents = {reply.file: reply.document for reply in replies()}
    routes = [{"file": reply.file, "answers": list(reply.answers)} for reply in replies()]
    played = interpreter.run(documents, routes, events, SVAML1)
    assert (played.unanswered_event, played.problems) == (None, ())
    assert [bool(heard.calls) for heard in played.trace] == [False, True, False, True, False, False]
    assert [verdict.status for verdict in prove(unit)] == ["proven", "proven"]


def test_a_key_counts_where_its_request_can_be_sent_and_nowhere_else() -> None:
    unit = made(ADVICE)
    inside = possible(unit, simulate(unit, ()).moment)
    assert inside == (t.PressesInRoom("9"), t.PressesInRoom("1"), t.Manages("stop"), t.Manages("told"), t.HangsUp())
    assert possible(unit, simulate(unit, (t.PressesInRoom("9"),)).moment) == (t.HangsUp(),)
    assert simulate(unit, (t.PressesInRoom("5"),)).impossible == t.PressesInRoom("5")


def _forgets(document: dict[str, Any]) -> None:
    del document["action"]["conferenceDtmfOptions"]


FAULTS: dict[str, Callable[[Reply], Reply]] = {
    "the platform does not tell": lambda reply: _edited(reply, "ice.json", _forgets),
    "the key is forgotten": lambda reply: _answering(reply, "manage.stop.json", None),
    "another key": lambda reply: _answering(reply, "manage.stop.json", {"8": ["ice.json", "manage.told.json"]}),
    "not after a request": lambda reply: _answering(reply, "manage.stop.json", {"9": ["ice.json"]}),
    "one key twice": lambda reply: _answering(
        reply, "manage.stop.json", {"9": ["ice.json", "ice.json", "manage.told.json"]}
    ),
    "where it means nothing": lambda reply: _answering(reply, "manage.told.json", {"1": ["manage.stop.json"]}),
    "two for one key": lambda reply: _answering(reply, "manage.told.json", {"9": ["ice.json"], "1": ["ice.json"]}),
}


def _edited(reply: Reply, file: str, edit: Callable[[dict[str, Any]], None]) -> Reply:
    document = copy.deepcopy(reply.document)
    if reply.file == file:
        edit(document)
    return replace(reply, document=document)


def _answering(reply: Reply, file: str, keys: dict[str, list[str]] | None) -> Reply:
    if reply.file != file:
        return reply
    answer = {key: value for key, value in reply.answers[0].items() if key != "keys"}
    return replace(reply, answers=({**answer, "keys": keys} if keys else answer,))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_output_is_seen(fault: str) -> None:
    unit, (target,) = made(ADVICE), targets_named(["svaml1"])
    assert verify(unit, replies(), target).differences == ()
    changed = tuple(FAULTS[fault](reply) for reply in replies())
    assert changed != replies()
    assert verify(unit, changed, target).differences


def room(connect: str) -> str:
    return f'{HEAD}on ice {{ answer say "Hello." room: connect {connect} }}\non manage stop in room {{ hangup }}\n'


BAD: dict[str, tuple[str, tuple[str, str]]] = {
    "in a talk of two": (
        room("pstn +46850020000 { key 9 -> stop }"),
        ("untold-key", "no key is told of in a talk by `connect pstn`"),
    ),
    "forwarded": (
        room('conference "a" dtmf-mode forward { key 9 -> stop }'),
        ("untold-key", "with `dtmf-mode forward` no key is told of"),
    ),
    "several at once": (
        room('conference "a" dtmf-max-digits 3 { key 9 -> stop }'),
        ("untold-key", "keys of a room are told one by one, and here several at once"),
    ),
    "two keys as one": (room('conference "a" { key 99 -> stop }'), ("untold-key", "`99` is not one key")),
    "no key": (room('conference "a" { key "" -> stop }'), ("untold-key", "no key is named here")),
    "one key twice": (
        room('conference "a" { key 9 -> stop key 9 -> stop }'),
        ("untold-key", "the key 9 stands for two requests"),
    ),
    "no such request": (
        room('conference "a" { key 9 -> stpo }'),
        ("key-without-request", "there is no request `stpo` for this key"),
    ),
    "a request for a parked call": (
        room('conference "a" { key 9 -> stop }').replace(" in room", ""),
        ("key-without-request", "`stop` is not sent in `room`"),
    ),
    "a phase too": (
        room('conference "{{ call.callid }}" { key 9 -> stop phase card }').replace(
            "{ hangup }", '{ say "Bye." hangup }'
        )
        + "record call room except card\nopt-out stop\n",
        ("key-without-request", "what the key 9 asks for in the phase `card` is sent when that has ended"),
    ),
    "a key that no page names": (
        room('conference "a" { key "#" -> stop }'),
        ("doubtful-room-key", "whether the key # is told of in a room is not documented"),
    ),
    "two rooms that differ": (
        HEAD + 'on ice { answer menu { prompt "1 or 2?" key 1 -> a key 2 -> b } } on pie otherwise { hangup }\n'
        'on pie a { one: connect conference "a" { key 9 -> stop } }\non pie b { two: connect conference "b" }\n'
        'on manage told in one, two { say "Hello." }\non manage stop in one, two { hangup }\n',
        ("key-without-request", "in this talk the key 9 means different things, by the room that it is in"),
    ),
    "pressed in an app": (
        HEAD + 'on callout c { call app "anna" room: connect conference "a" { key 9 -> stop } }\n'
        "on manage stop in room { hangup }\n",
        ("untold-key", "no key is told of that is pressed in an app"),
    ),
    "a reply to a menu": (
        room('conference "a" { key 9 -> sales }') + "on pie sales { hangup }\n",
        ("key-without-request", "there is no request `sales` for this key"),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_keys_have_one_finding_that_says_what_is_wrong(case: str) -> None:
    text, wanted = BAD[case]
    told = [one for one in found(text) if one[0] not in ("unreachable-handler", "unused-store")]
    assert told == [wanted]


@pytest.mark.parametrize(("target", "rule"), [("classic", "not-in-classic"), ("svaml2", "not-in-svaml2")])
def test_targets_without_keys_of_rooms_say_so_once(target: str, rule: str) -> None:
    text = ADVICE.replace("moh music1 ", "").replace("locale", "voice Amy\nlocale")
    assert [one for one, _ in found(text, target)].count(rule) == 1


def test_a_callout_into_a_room_with_keys_asks_for_what_tells_of_them() -> None:
    text = HEAD + (
        'on callout meet { call pstn "{{ start.number }}" room: connect conference "a" { key 9 -> end } }\n'
        "on manage end in room { hangup }\n"
    )
    body = next(reply for reply in replies(text) if reply.file == "callout.meet.json").document["conferenceCallout"]
    assert (body["conferenceDtmfOptions"], body["enablePie"]) == ({"mode": "detect"}, True)
    assert verify(made(text), replies(text), targets_named(["svaml1"])[0]).differences == ()
    events = (t.Starts("meet"), t.Answers(), t.PressesInRoom("9"))
    documents = {reply.file: reply.document for reply in replies(text)}
    routes = [{"file": reply.file, "answers": list(reply.answers)} for reply in replies(text)]
    played = interpreter.run(documents, routes, events, SVAML1)
    assert (played.unanswered_event, played.problems, played.ended) == (None, (), True)


def test_the_editor_completes_the_requests_behind_a_key_of_a_room() -> None:
    text = ADVICE.replace("key 1 -> told", "key 1 -> ")
    offered = completions(view_of(made(text), check(made(text))), text.index("key 1 -> ") + len("key 1 -> "))
    assert [choice.label for choice in offered] == ["stop", "told"]


LEAVING = f"""{HEAD}on ice {{
  answer
  say "This call is recorded. Press 9 to end it." @notice
  room: connect conference "advice-{{{{ call.callid }}}}" {{ key 9 -> leave phase card key 1 -> told }}
}}
on manage leave in room {{ record call {{ say "Goodbye." }} hangup }}
on manage told in room {{ say "Card data is not recorded." }}
record call room except card
never record card
announce @notice before recording
"""


def test_a_room_has_keys_and_phases() -> None:
    unit, (target,) = made(LEAVING), targets_named(["svaml1"])
    assert [finding for finding in check(unit).findings if finding.severity != "info"] == []
    assert verify(unit, replies(LEAVING), target).differences == ()
    assert [verdict.status for verdict in prove(unit)] == ["proven", "proven"]
    events = read_scenario(Source("call", "begin card; end card; press 9 in the room")).events
    assert simulate(unit, events).impossible is None
    during = read_scenario(Source("call", "begin card; press 9 in the room")).events
    assert simulate(unit, during).impossible == t.PressesInRoom("9"), "the phase ends first"
    compiled = compile_program(unit)
    documents = [
        read_document(Source(file, data.decode())) for file, data in compiled.files.items() if "manage" in file
    ]
    documents.append(read_document(Source("ice.json", compiled.files["ice.json"].decode())))
    back = import_documents("line", documents, json.loads(compiled.files["manifest.json"]))
    assert ([finding.message for finding in back.refused], back.differences) == ([], ())
    assert "key 9 -> leave" in back.text
    assert "phase card" in back.text


# ── a server ─────────────────────────────────────────────────────────────────────────────────────────────────────


def served(tmp_path: Path) -> Desk:
    return Desk(build_of(tmp_path, ADVICE), tmp_path / "ledger.db")


def pressed(line: Desk, key: str, room: str = "advice-c1") -> tuple[str, str, str] | None:
    result = {"menuId": room, "type": "Sequence", "value": key}
    answer = line.post({"event": "pie", "callid": "c1", "menuResult": result}, "/line")
    assert (answer.status, answer.body) == (200, b"{}")
    return answer.then


def test_a_server_has_the_request_sent_once_and_tells_where_it_cannot_be(tmp_path: Path) -> None:
    line = served(tmp_path)
    asked: list[Any] = []
    status = 200

    def platform(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        line.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(status)

    def follow(*presses: tuple[str, str, str]) -> None:
        async def followed(manager: Manager) -> None:
            operator = Operator(line.made, manager)
            await asyncio.gather(*(operator.follow(*press) for press in presses))

        managed(line.runtime, platform, followed, ManageOptions(confirm=0.05))

    line.post(ICE, "/line")
    assert pressed(line, "5") is None, "the policy says nothing of this key"
    press = pressed(line, "9")
    assert press == ("c1", "stop", "ice.json")
    status = 404
    follow(press)
    assert line.alarms == ["key-not-followed"]
    status = 200
    follow(press, press)
    assert [body["instructions"][0]["name"] for body in asked] == ["stopRecording", "stopRecording"]
    assert line.alarms == ["key-not-followed"], "who presses twice asks for one thing"
    assert pressed(line, "9") is None, "nothing is recorded any more"
    line.made.ledger.close()


def test_a_key_that_is_pressed_during_a_phase_is_followed_when_that_has_ended(tmp_path: Path) -> None:
    line = Desk(build_of(tmp_path, LEAVING), tmp_path / "ledger.db")
    asked: list[list[str]] = []
    status = 200

    def platform(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        asked.append([part["name"] for part in (*body["instructions"], body["action"])])
        if status == 200:
            line.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(status)

    def done(act: Callable[[Manager], Any]) -> Any:
        return managed(line.runtime, platform, act, ManageOptions(confirm=0.05))

    async def follow(manager: Manager) -> None:
        await Operator(line.made, manager).follow("c1", "leave", "ice.json")

    line.post(ICE, "/line")
    begun = ["stopRecording", "continue"]
    assert done(lambda manager: manager.phase("c1", "card", "begin")) == "stopped"
    assert pressed(line, "9") == ("c1", "leave", "ice.json")
    done(follow)
    done(follow)
    with pytest.raises(ManageProblem, match="the phase `card` goes on") as refused:
        done(lambda manager: manager.send("c1", "told"))
    assert refused.value.status == 409
    assert asked == [begun], "during a phase no request is sent"
    status = 503
    with pytest.raises(ManageProblem):
        done(lambda manager: manager.phase("c1", "card", "end"))
    asked.clear()
    status = 200
    assert done(lambda manager: manager.phase("c1", "card", "end")) == "started"
    assert asked == [["startRecording", "continue"], ["say", "hangup"]], "once, and after the phase"
    line.made.ledger.close()


@pytest.mark.parametrize("turn", ["unconfirmed", "ended"])
def test_after_a_phase_requests_are_sent_again(tmp_path: Path, turn: str) -> None:
    """Also after one that was not confirmed: it has not begun."""
    line = Desk(build_of(tmp_path, LEAVING), tmp_path / "ledger.db")
    asked: list[str] = []

    def platform(request: httpx.Request) -> httpx.Response:
        asked.append(" ".join(part["name"] for part in json.loads(request.content)["instructions"]))
        if turn == "ended":
            line.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(200)

    async def act(manager: Manager) -> None:
        if turn == "ended":
            await manager.phase("c1", "card", "begin")
            await manager.phase("c1", "card", "end")
        else:
            with pytest.raises(PhaseNotConfirmed):
                await manager.phase("c1", "card", "begin")
        with contextlib.suppress(PhaseNotConfirmed):
            await manager.send("c1", "told")

    line.post(ICE, "/line")
    managed(line.runtime, platform, act, ManageOptions(confirm=0.05))
    assert asked[-1] == "stopRecording say startRecording", "what it plays is not recorded"
    line.made.ledger.close()
