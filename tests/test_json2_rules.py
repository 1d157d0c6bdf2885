"""Documents of Voice API v2: which are recognised, which are wrong and where, and what the right ones are let do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from official import Official, official
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.importer import import_documents
from recpol.platform.v2.commands import COMMANDS
from recpol.report.text import full
from recpol.rules.v1.check import check_json
from recpol.svaml.read import read_document

OPTIONS = '{"destination": "AWS", "destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"}'
ANSWER = '{"command": "answer"}'
SAY = '{"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Hello.", "voiceName": "Amy"}}]}'
PAUSE = '{"command": "pause", "durationMilliseconds": 5000}'
HANGUP = '{"command": "hangup"}'
JOIN = '{"command": "bridgeCall", "bridgeName": "talk"}'
PHONE = '"to": {"type": "PHONE", "phone": {"number": "+46850020000"}}'


def start(name: str = "a", options: str = OPTIONS, **handlers: str) -> str:
    named = f'"recordingName": "{name}", ' if name else ""
    return f'{{"command": "startRecording", {named}"recordingOptions": {options}{events(handlers)}}}'


def stop(name: str = "a") -> str:
    return f'{{"command": "stopRecording", "recordingName": "{name}"}}'


def dial(name: str = "agent", **handlers: str) -> str:
    return f'{{"command": "dial", "callName": "{name}", {PHONE}{events(handlers)}}}'


def say(**handlers: str) -> str:
    return SAY[:-1] + events(handlers) + "}"


def events(handlers: dict[str, str]) -> str:
    inside = ", ".join(f'"{word}": [{commands}]' for word, commands in handlers.items())
    return f', "events": {{{inside}}}' if handlers else ""


def script(*commands: str, rest: str = "") -> str:
    return f'{{"commands": [{", ".join(commands)}]{rest}}}'


def menu(inside: str) -> str:
    return f'{{"command": "menu", "startMenu": "main", "menus": {{"main": {{{inside}}}}}}}'


def options(inside: str) -> str:
    return script(ANSWER, start(options=f"{{{inside}}}"))


def hang_up(name: str) -> str:
    return f'{{"command": "hangup", "callName": "{name}"}}'


CALLER = ', "callName": "caller", "events": {"onHangup": [' + hang_up("agent") + "]}"
OUTCOMES = dict.fromkeys(("onBusy", "onReject", "onTimeout", "onFailure", "onHangup"), hang_up("caller"))


def lint(text: str, path: str = "reply.json", event: str = "") -> tuple[Finding, ...]:
    return check_json(Source(path, text), event).findings


def told(text: str, path: str = "reply.json", event: str = "") -> list[str]:
    return [f"{f.rule} {f.span.text if not f.secret else '…'}" for f in lint(text, path, event)]


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


# What is wrong, and where

TOO_LATE = "messages-do-not-wait"

CASES = [
    # what does not wait
    (script(ANSWER, SAY, start()), f"{TOO_LATE} startRecording"),
    (script(ANSWER, start(), SAY, stop()), f"{TOO_LATE} stopRecording"),
    (script(ANSWER, SAY, SAY), f"{TOO_LATE} messages"),
    (script(ANSWER, SAY, menu('"matches": {"1": []}')), f"{TOO_LATE} menu"),
    (script(ANSWER, SAY, HANGUP), f"{TOO_LATE} hangup"),
    (script(ANSWER, SAY, hang_up("caller"), rest=', "callName": "caller"'), f"{TOO_LATE} hangup"),
    (script(ANSWER, say(onFinish=f"{SAY}, {HANGUP}")), f"{TOO_LATE} hangup"),
    (script(ANSWER, menu(f'"matches": {{"1": [{SAY}, {HANGUP}]}}')), f"{TOO_LATE} hangup"),
    (script(dial(onAnswer=f"{SAY}, {start()}")), f"{TOO_LATE} startRecording"),
    (script(ANSWER, SAY, PAUSE, start()), f"{TOO_LATE} startRecording"),
    (script(start(), ANSWER), "before-answer startRecording"),
    (script(stop(), SAY), "stop-does-not-wait messages"),
    # recordings
    (options('"destination": "AWS"'), "recording-cannot-start recordingOptions"),
    (script(ANSWER, '{"command": "startRecording"}'), "recording-cannot-start startRecording"),
    (
        options('"destination": "AZURE", "destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"'),
        "destination-contradicts-url AZURE",
    ),
    (
        options('"destination": "AWS", "destinationUrl": "sdrive://", "credentials": "{{ env.KEY }}"'),
        "destination-contradicts-url sdrive://",
    ),
    (
        options(
            '"destination": "AZURE", "credentials": "{{ env.KEY }}", '
            '"destinationUrl": "https://acme.blob.core.windows.net/calls/"'
        ),
        "destination-contradicts-url https://acme.blob.core.windows.net/calls/",
    ),
    (options(f'{OPTIONS[1:-1]}, "transcriptionOptions": {{"locale": "en-GB"}}'), "transcription-switch {"),
    (options(f'{OPTIONS[1:-1]}, "transcriptionOptions": {{"enabled": true}}'), "transcription-switch enabled"),
    (script(ANSWER, start(onFinish=HANGUP)), "unheard-failure startRecording"),
    (f'{{"callBehavior": {script(ANSWER, start())}}}', "unheard-failure startRecording"),
    (options(f'{OPTIONS[1:-1]}, "format": "mp3"'), 'unlisted-value "mp3"'),
    (options(f'{OPTIONS[1:-1]}, "recordingType": "combined"'), 'unlisted-value "combined"'),
    (options(OPTIONS[1:-1].replace('"AWS"', '"aws"')), 'unlisted-value "aws"'),
    (options(OPTIONS[1:-1].replace("{{ env.KEY }}", "a:b")), "credentials-shape …"),
    (options(OPTIONS[1:-1].replace("s3://", "ftp://")), "bad-destination ftp"),
    (options(OPTIONS[1:-1].replace("acme-calls", "Acme_Calls")), "bad-bucket-name Acme_Calls"),
    (options(OPTIONS[1:-1].replace("{{ env.KEY }}", "AKIAIOSFODNN7EXAMPLE:x:eu-central-1")), "literal-credentials …"),
    # names
    (script(ANSWER, start("main"), PAUSE, stop("mian")), "name-not-in-use mian"),
    (script(ANSWER, PAUSE, stop("main")), "name-not-in-use main"),
    (script(ANSWER, dial(onTimeout=hang_up("calller")), rest=CALLER), "name-not-in-use calller"),
    (script(ANSWER, start(""), PAUSE, stop("main")), "unnamed-recording startRecording"),
    (script('{"command": "stopRecording"}'), "missing-property stopRecording"),
    (script(ANSWER, start(), PAUSE, start()), "name-in-use a"),
    (script(ANSWER, start(), dial(onAnswer=start())), "name-in-use a"),
    (script(ANSWER, start(), rest=f', "events": {{"onHangup": [{stop()}]}}'), "stop-after-hangup stopRecording"),
    # legs
    (script(ANSWER, dial(onAnswer=JOIN)), "leg-outside-bridge talk"),
    (script(ANSWER, JOIN, dial(onTimeout=HANGUP)), "leg-outside-bridge dial"),
    (script(ANSWER, JOIN, dial(onAnswer=JOIN), rest=CALLER), "unhandled-outcome dial"),
    (
        script(
            ANSWER, JOIN, dial(onAnswer=JOIN, **OUTCOMES), rest=', "callName": "caller", "events": {"onHangup": []}'
        ),
        "unhandled-outcome agent",
    ),
    (script(ANSWER, dial(onBusy=HANGUP), rest=CALLER), "hangup-of-ended-leg hangup"),
    (script(f'{{"command": "dial", {PHONE}, "events": {{}}}}'), "empty-events events"),
    (script(dial(), rest=', "callName": "x"'), "ignored-call-name callName"),
    # menus
    (script(ANSWER, menu('"matches": {"1": [{"command": "gotoMenu", "menuName": "man"}]}')), "menu-not-there man"),
    (script('{"command": "gotoMenu", "menuName": "main"}'), "menu-not-there gotoMenu"),
    (script(menu('"matches": {"1*": []}')), "bad-match 1*"),
    (script(menu('"matches": {"[1": []}')), "bad-match [1"),
    (script(menu('"matches": {' + ", ".join(f'"a{n}": []' for n in range(51)) + "}")), "bad-match a50"),
    (script(menu('"matches": {".*": [], "2": []}')), "match-never-comes 2"),
    (script(menu('"minimumInputLength": 3, "matches": {}')), "bad-menu 3"),
    # properties and words
    (script('{"command": "Answer"}'), "unknown-command Answer"),
    (script('{"command": "connectMxp"}'), "unknown-command connectMxp"),
    (script("{}"), "unknown-command {"),
    (script('"answer"'), 'wrong-type "answer"'),
    (script('{"name": "answer"}'), "mixed-dialects name"),
    (script('{"command": "pause", "durationMilliseconds": "5"}'), 'wrong-type "5"'),
    (script('{"command": "pause", "durationMilliseconds": -1}'), "number-out-of-range -1"),
    (script(menu('"inputTimeoutDurationSeconds": 61')), "number-out-of-range 61"),
    (script('{"command": "hangup", "number": "+46850020000"}'), "unknown-property number"),
    (script(f'{{"command": "dial", {PHONE}, "maxDuration": 60}}'), "unknown-property maxDuration"),
    (script(dial(onAnswered=HANGUP)), "unknown-property onAnswered"),
    (script('{"command": "dial"}'), "missing-property dial"),
    (script('{"command": "dial", "to": {"type": "SIP"}}'), "missing-property SIP"),
    (script('{"command": "dial", "to": {"type": "PHONE", "phone": {"number": "1"}}}'), 'bad-number "1"'),
    (script(SAY.replace("Hello.", "x" * 601)), f"beyond-a-limit {'x' * 601}"),
    (script(SAY.replace("Amy", "en-GB")), "not-a-voice en-GB"),
    (script(SAY.replace("Amy", "Nobody_9")), "not-a-voice Nobody_9"),
    (script(stop("a b")), "bad-v2-name a b"),
    (script(stop("x" * 33)), f"bad-v2-name {'x' * 33}"),
    (script('{"command": "stopRecording", "name": "a"}'), "pre-release-name name"),
    (options(OPTIONS[1:-1].replace("destinationUrl", "url")), "pre-release-name url"),
    (script(SAY, rest=', "commands": []'), 'duplicate-key "commands"'),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[expected[:60] for _, expected in CASES])
def test_a_mistake_is_found_at_its_place(text: str, expected: str) -> None:
    assert expected in told(text), told(text)


GOOD = [
    script(ANSWER, say(onFinish=f"{start()}, {say(onFinish=stop())}")),
    script(ANSWER, start(), SAY),
    script(ANSWER, SAY, JOIN, dial(onAnswer=JOIN, **OUTCOMES), rest=CALLER),
    script(
        ANSWER,
        '{"command": "messages", "messagesName": "m", ' + SAY[len('{"command": "messages", ') :],
        '{"command": "stopMessages", "messagesName": "m"}',
        start(),
    ),
    script(ANSWER, SAY, hang_up("agent"), dial(), rest=', "callName": "caller"'),
    script(ANSWER, start(), PAUSE, stop(), PAUSE, start()),
    script(
        ANSWER,
        dial("x", onBusy=dial("x", onBusy=HANGUP.replace("}", ', "callName": "caller"}')), onAnswer=PAUSE),
        rest=', "callName": "caller"',
    ),
    script(ANSWER, start(onFinish=start(), onFailure=start())),
    script(ANSWER, menu('"matches": {"\\\\*": [], "#": [], "[0-8]": [], "9": []}, "onFailure": []')),
    script(ANSWER, menu('"maximumInputLength": 4, "terminatingSequence": "#", "matches": {"[0-9]{1,4}#?": []}')),
    script(start("{{ env.NAME }}"), PAUSE, stop("{{ env.NAME }}")),
    script(stop("main")),
    script(dial("a", onHangup=HANGUP), dial("b", onHangup=HANGUP)),
    script(ANSWER, rest=f', "events": {{"onHangup": [{HANGUP}]}}'),
    '{"commands": []}',
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_right_is_let_be(text: str) -> None:
    assert told(text) == []


def test_a_naive_translation_is_told_what_it_records() -> None:
    """A reply of the older interface, its parts turned into commands one by one: two texts are recorded in part."""
    text = script(ANSWER, SAY, start(), SAY, stop(), SAY, HANGUP)
    found = [f for f in lint(text) if f.level == "error"]
    assert [(f.message, f.span.text) for f in found] == [
        ("the recording starts while the message plays", "startRecording"),
        ("the recording stops while the message plays", "stopRecording"),
        ("this hangs up while the message plays", "hangup"),
    ]
    for one in found:
        assert one.notes[0].text == "the message"
        assert one.notes[0].span.text == "messages"
        assert one.notes[0].span.start < one.span.start
        assert "`onFinish`" in one.help


def test_a_file_name_says_what_a_document_answers() -> None:
    text = script(SAY, rest=', "callName": "caller"')
    assert told(text) == told(text, "incoming.json") == []
    for path in ("answered.json", "manage.code.begin.json", "call.recording.failed.json"):
        (found,) = lint(text, path)
        assert (found.rule, found.level) == ("ignored-call-name", "error")


def test_what_is_only_in_doubt_is_no_error() -> None:
    for text in (
        script(menu('"onFail": []')),
        script(ANSWER, SAY, PAUSE, HANGUP),
        script(ANSWER, start().replace("recordingName", "name")),
        script(ANSWER, SAY.replace("Amy", "Nobody_9")),
    ):
        assert lint(text)
        assert all(f.level != "error" for f in lint(text))


def test_a_secret_is_never_repeated() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
    for value in (secret, secret.rpartition(":")[0], f"x{secret}:y", f" {secret}"):
        text = options(OPTIONS[1:-1].replace("{{ env.KEY }}", value))
        assert lint(text)
        assert "wJalr" not in full(lint(text))


NAMING_V1 = ("destination-contradicts-url", "mixed-dialects", "transcription-switch", "unknown-command")
V1_WORDS = ("sdrive", "ConnectPstn", "StartRecording", "Recording page", "`connect", "policy", "the store")


@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_a_finding_speaks_of_v2(text: str) -> None:
    for found in lint(text):
        if found.rule in NAMING_V1:
            continue
        for said in (found.message, found.why, found.help, *(note.text for note in found.notes)):
            assert not any(word in said for word in V1_WORDS), said


# The page about documents


def test_the_page_shows_what_a_lint_says() -> None:
    page = (
        (Path(__file__).parents[1] / "docs" / "json.md").read_text("utf-8").partition("## Documents of Voice API v2")[2]
    )
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    assert full(lint(blocks["json"], "incoming.json")) == blocks["text"]


# Official documents


@pytest.mark.parametrize("document", [d for d in official() if d.dialect == "v2"], ids=lambda document: document.file)
def test_an_official_document_is_recognised(document: Official) -> None:
    found = read_document(Source(document.file, document.text))
    assert found.kind == ("event" if document.context.startswith("event") else "v2")
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
