"""`recpol import` of documents that its policy does not give back: which of them calls hear, and which are misread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recpol.base.source import Source
from recpol.cli.main import run
from recpol.importer import Imported, import_documents
from recpol.svaml.read import read_document
from test_import_commands import ANSWER, HANGUP, RECORDED, say

OPTIONS = {"destinationUrl": "s3://acme-calls/desk/", "credentials": "{{ env.KEY }}"}
START = {"name": "startRecording", "options": OPTIONS}
STOP = {"name": "stopRecording"}
END = {"name": "hangup"}
TO = {"type": "number", "endpoint": "+46850020000"}


def imported(files: dict[str, Any]) -> Imported:
    texts = {file: one if isinstance(one, str) else json.dumps(one) for file, one in files.items()}
    return import_documents("back", [read_document(Source(file, text)) for file, text in texts.items()])


def heard(text: str) -> dict[str, str]:
    return {"name": "say", "text": text, "locale": "en-GB"}


def bridged(caller: str, callee: str) -> dict[str, Any]:
    """The talk of two people who are put into bridges."""
    before, between, after = json.dumps(RECORDED).split('"talk"')
    return {"incoming.json": json.loads(f'{before}"{caller}"{between}"{callee}"{after}')}


def told(**more: object) -> dict[str, Any]:
    """A callout that says something."""
    body = {"destination": TO, "domain": "pstn", "text": "Hello.", "locale": "en-GB", **more}
    return {"callout.x.json": {"method": "ttsCallout", "ttsCallout": body}}


def spoken(*ids: str) -> dict[str, Any]:
    play = {"name": "PlayFiles", "ids": list(ids), "locale": "en-GB"}
    return {"ice.json": {"instructions": [play], "action": {"name": "Hangup"}}}


RECASED = {"action": {"name": "connectPstn", "number": "+46850020000", "Record": True, "recordingOptions": OPTIONS}}
DIALS = json.dumps({"action": {"name": "connectPstn", "number": "+46850020000", "cli": "+46850021111"}})
CALLOUT = {"method": "customCallout", "customCallout": {"ice": DIALS, "enableAce": False}}
INSIDE = {"method": "customCallout", "customCallout": {"ice": DIALS, "ace": json.dumps({"action": END})}}
TWICE = [{"name": "answer"}, START, heard("One."), STOP, START, heard("Two."), STOP]

CHANGED: dict[str, tuple[dict[str, Any], str]] = {
    "two bridges become one": (bridged("TALK", "talk"), "incoming.json: commands[2].bridgeName"),
    "a bridge in another case becomes the same": (bridged("talk", "TALK"), "events.onAnswer[0].bridgeName"),
    "ACE comes although it was off": (
        {"callout.x.json": CALLOUT, "ace.x.json": {"action": END}},
        "callout.x.json: customCallout.enableAce",
    ),
    "ACE does not come although it was on": (told(enableAce=True), "callout.x.json: ttsCallout.enableAce"),
    "ACE comes that the callout answered": ({"callout.x.json": INSIDE}, "callout.x.json: its `ace`"),
    "two recordings joined": (
        {"ice.json": {"instructions": TWICE, "action": END}},
        "ice.json: instructions",
    ),
    "a key that may not be read": ({"ice.json": RECASED}, "ice.json: action.Record"),
    "a destination of another type": (
        {"ice.json": {"action": {"name": "connectMxp", "destination": {"type": "number", "endpoint": "alice"}}}},
        "ice.json: action.destination.type",
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_where_calls_may_change_the_run_has_found_something(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, place = CHANGED[name]
    result = imported(files)
    assert (result.refused, result.errors) == ((), ())
    assert any(place in change for change in result.changes), (result.text, result.changes)
    assert set(result.changes) <= set(result.differences)
    assert import_status(files, tmp_path, monkeypatch) == 1
    said = capsys.readouterr()
    assert f"warning: the policy compiles to something else at {result.changes[0]}" in said.err
    assert (tmp_path / "desk.recpol").read_text("utf-8").startswith("policy desk\n")


SPELLED: dict[str, dict[str, Any]] = {
    "the bridge has another name": bridged("TALK", "TALK"),
    "the leg has another name": {"incoming.json": {"callName": "me", "commands": [ANSWER, say("Hello.", [HANGUP])]}},
    "a switch that is off": told(enableAce=False, enableDice=False),
    "a text among files": spoken("#tts[Hello.]"),
}


@pytest.mark.parametrize("name", SPELLED)
def test_where_only_the_spelling_differs_the_run_is_done(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = imported(SPELLED[name])
    assert result.differences
    assert (result.refused, result.errors, result.changes) == ((), (), ())
    assert import_status(SPELLED[name], tmp_path, monkeypatch) == 0
    said = capsys.readouterr().err
    assert f"note: the policy compiles to another spelling at {result.differences[0]}" in said
    assert "warning" not in said


def test_a_leg_that_is_renamed_in_one_document_alone_is_a_change() -> None:
    hangup = {**HANGUP, "callName": "caller"}
    result = imported({"incoming.json": {"callName": "me", "commands": [ANSWER, say("Hello.", [hangup])]}})
    assert result.refused or result.changes


def import_status(files: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    for file, one in files.items():
        (folder / file).write_text(json.dumps(one), "utf-8")
    return run(["import", *files, "-o", "desk.recpol"])


def flagged(**more: object) -> dict[str, Any]:
    action = {"name": "connectPstn", "number": "+46850020000", "recordingOptions": OPTIONS, **more}
    return {"ice.json": {"action": action}}


MISREAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "instructions": ({"ice.json": {"instructions": "text", "action": END}}, "`instructions` is a text", '"text"'),
    "an object": ({"ice.json": {"instructions": {}, "action": END}}, "`instructions` is an object", "{}"),
    "a flag": (flagged(record="true"), "`record` is a text", '"true"'),
    "a flag as a number": (flagged(record=1), "`record` is a number", "1"),
    "commands": ({"incoming.json": {"callName": "caller", "commands": "text"}}, "`commands` is a text", '"text"'),
    "a key twice": (
        {"ice.json": '{"action": {"name": "hangup"}, "action": {"name": "park"}}'},
        "a second `action`",
        '"action"',
    ),
    "a command twice": (
        {"incoming.json": '{"callName": "caller", "commands": [{"command": "answer", "command": "hangup"}]}'},
        "a second `command`",
        '"command"',
    ),
    "in a callout": (
        {"callout.x.json": {"method": "customCallout", "customCallout": {"ice": '{"action": 1, "action": 2}'}}},
        "a second `action`",
        '\\"action\\"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISREAD)
def test_what_readers_may_take_otherwise_is_refused_with_its_fault(name: str) -> None:
    files, message, place = MISREAD[name]
    result = imported(files)
    assert result.text == ""
    assert (result.refused[0].message, result.refused[0].span.text) == (message, place)
    assert all(one.message != "the language cannot say recording options without the flag" for one in result.refused)
