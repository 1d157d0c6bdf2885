"""Documents of Voice API v2: which are recognised, how they are read, and that any text is checked.

What is found in single documents, and where, is in `tests/cases/json/v2`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documented import Documented, documented
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.importer import import_documents
from recpol.platform.v2.commands import COMMANDS
from recpol.report.text import full
from recpol.rules.check import check
from recpol.svaml.read import read_document

OPTIONS = '{"destination": "AWS", "destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"}'
ANSWER = '{"command": "answer"}'
SAY = '{"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Hello.", "voiceName": "Amy"}}]}'
HANGUP = '{"command": "hangup"}'
PHONE = '"to": {"type": "PHONE", "phone": {"number": "+46850020000"}}'


def start(name: str = "a", options: str = OPTIONS, **handlers: str) -> str:
    named = f'"recordingName": "{name}", ' if name else ""
    return f'{{"command": "startRecording", {named}"recordingOptions": {options}{events(handlers)}}}'


def dial(name: str = "agent", **handlers: str) -> str:
    return f'{{"command": "dial", "callName": "{name}", {PHONE}{events(handlers)}}}'


def events(handlers: dict[str, str]) -> str:
    inside = ", ".join(f'"{word}": [{commands}]' for word, commands in handlers.items())
    return f', "events": {{{inside}}}' if handlers else ""


def script(*commands: str, rest: str = "") -> str:
    return f'{{"commands": [{", ".join(commands)}]{rest}}}'


def hang_up(name: str) -> str:
    return f'{{"command": "hangup", "callName": "{name}"}}'


CALLER = ', "callName": "caller", "events": {"onHangup": [' + hang_up("agent") + "]}"


def lint(text: str, path: str = "reply.json", event: str = "") -> tuple[Finding, ...]:
    return check(read_document(Source(path, text), event)).findings


# Recognition


@pytest.mark.parametrize(
    ("text", "path", "role"),
    [
        (script(ANSWER), "x.json", "incoming"),
        (script(SAY), "incoming.json", "incoming"),
        (script(dial()), "x.json", "start"),
        (script(SAY), "manage.code.begin.json", "patch"),
        (script(SAY), "recording.failed.json", "reply"),
        (script(SAY), "x.json", ""),
        (f'{{"svaml": {script(ANSWER)}, "validationType": "STRICT"}}', "x.json", "incoming"),
        (f'{{"callBehavior": {{"type": "STATIC", "static": {script(SAY)}}}}}', "x.json", "incoming"),
        (f'{{"callBehavior": {script(SAY)}}}', "x.json", "incoming"),
        (f'{{"commands": [{dial()}], "parameters": [], "batchOptions": {{"maxCps": 1}}}}', "x.json", "start"),
        (ANSWER, "x.json", "command"),
    ],
)
def test_a_document_is_recognised_by_itself(text: str, path: str, role: str) -> None:
    for event in ("", "ice", "manage"):
        document = read_document(Source(path, text), event)
        assert document.kind == "v2"
        assert [one.role for one in document.scripts] == [role]


def test_other_documents_are_not_taken_for_v2() -> None:
    for text in (
        '{"command": "mute"}',
        '{"action": {"name": "hangup"}, "commands": []}',
        '{"event": "ice", "call": 1}',
    ):
        assert read_document(Source("x.json", text)).kind != "v2"


def test_handlers_run_in_the_context_of_their_leg() -> None:
    text = script(ANSWER, dial(onAnswer=start(onFinish=SAY), onTimeout=HANGUP), rest=CALLER)
    (found,) = read_document(Source("x.json", text)).scripts
    legs = {step.is_a: step.handler.leg.name.text for step in found.steps if step.handler.leg and step.handler.leg.name}
    assert legs == {
        "answer": "caller",
        "dial": "caller",
        "startRecording": "agent",
        "messages": "agent",
        "hangup": "caller",
    }
    assert [step.is_a for step in found.steps if step.handler.over] == ["hangup", "hangup"]


# The page about documents


def test_the_page_shows_what_a_lint_says() -> None:
    page = (
        (Path(__file__).parents[1] / "docs" / "json.md").read_text("utf-8").partition("## Documents of Voice API v2")[2]
    )
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    assert full(lint(blocks["json"], "incoming.json")) == blocks["text"]


# Documented shapes


@pytest.mark.parametrize("document", documented("v2"), ids=lambda document: document.file)
def test_a_documented_shape_is_recognised(document: Documented) -> None:
    found = read_document(Source(document.file, document.text))
    assert found.kind == ("event" if document.what == "event" else "v2")
    assert bool(found.scripts) == ("commands" in document.text or '"command"' in document.text)


# Totality

WORDS = [
    *COMMANDS,
    "command",
    "commands",
    "events",
    "onAnswer",
    "onHangup",
    "onFinish",
    "callName",
    "recordingName",
    "a",
]
WORDS += [
    "recordingOptions",
    "destination",
    "destinationUrl",
    "s3://a",
    "type",
    "SAY",
    "say",
    "menus",
    "main",
    "matches",
]
WORDS += ["startMenu", "menuName", "1", "[", "messages", "to", "PHONE", "phone", "number", "callBehavior", "svaml"]
WORD = st.sampled_from(WORDS)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99999) | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=5),
    max_leaves=30,
)
HANDLERS = ("onAnswer", "onHangup", "onFinish", "onFailure")


def commands_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists of commands that have such lists inside them."""
    some: dict[str, st.SearchStrategy[Any]] = {
        "recordingName": WORD,
        "callName": WORD,
        "bridgeName": WORD,
        "recordingOptions": VALUE,
        "messages": VALUE,
        "to": VALUE,
        "events": st.dictionaries(st.sampled_from(HANDLERS), inner, max_size=2),
        "menus": st.dictionaries(WORD, st.fixed_dictionaries({"matches": st.dictionaries(WORD, inner, max_size=2)})),
    }
    word: dict[str, st.SearchStrategy[Any]] = {"command": st.sampled_from([*COMMANDS])}
    return st.lists(st.fixed_dictionaries(word, optional=some), max_size=4)


LIST = st.recursive(st.just([{"command": "hangup"}]), commands_of, max_leaves=20)


def total(value: object) -> None:
    text = json.dumps(value)
    import_documents("desk", [read_document(Source("incoming.json", text))])
    for found in lint(text):
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert found.message
        assert all(0 <= note.span.start <= note.span.end <= len(text) for note in found.notes)


@given(st.fixed_dictionaries({"commands": VALUE}, optional={"events": VALUE, "callName": VALUE}))
def test_any_document_is_checked_to_the_end(value: object) -> None:
    total(value)


@given(st.fixed_dictionaries({"commands": LIST}, optional={"events": st.fixed_dictionaries({"onHangup": LIST})}))
def test_any_list_of_commands_is_checked_to_the_end(value: object) -> None:
    total(value)
