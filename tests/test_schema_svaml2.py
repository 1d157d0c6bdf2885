"""The schema of SVAML v2: what it reads, what it refuses, in which words, and however deep handlers nest."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from documented import documented
from recpol.base.schemaproblems import SchemaProblem
from recpol.base.validate import validate_commands, validate_document
from recpol.platform import sources
from recpol.platform.limits import Limit
from recpol.platform.locales import CLASSIC_LOCALES, V1_LOCALES
from recpol.platform.shape import Property
from recpol.platform.v2 import commands as svaml2
from recpol.platform.v2.schema import svaml2_schema, svaml2_schema_text
from recpol.platform.v2.voices import KNOWN_VOICES, SUGGESTED, VOICES_LOCALES, suggested_voices
from test_schema_classic import mutated, places, strings

SCHEMA = Path(__file__).parent.parent / "schemas" / "svaml2.schema.json"

Json = dict[str, Any]

HANGUP: Json = {"command": "hangup", "callName": "caller"}
SAY: Json = {"type": "SAY", "say": {"text": "Hello.", "voiceName": "Amy", "format": "TEXT"}}
PHONE: Json = {"type": "PHONE", "phone": {"number": "+46850020001"}}
OPTIONS: Json = {
    "destination": "AWS",
    "destinationUrl": "s3://acme-recordings/calls/",
    "credentials": "{{ env.S3_CREDENTIALS }}",
    "format": "WAV",
    "recordingType": "COMBINED",
    "transcriptionOptions": {"isEnabled": True, "locale": "sv-SE"},
}
START: Json = {
    "command": "startRecording",
    "recordingName": "calls-1",
    "recordingOptions": OPTIONS,
    "events": {"onFinish": [{"command": "answer"}], "onFailure": [HANGUP]},
}
MENU: Json = {
    "command": "menu",
    "startMenu": "main",
    "menus": {
        "main": {
            "prompt": {"messages": [SAY, {"type": "PLAY", "play": {"url": "https://acme.example/a.mp3"}}]},
            "repeatPrompt": {"messages": [SAY], "allowBargeIn": False},
            "inputTimeoutDurationSeconds": 10,
            "repeatCount": 0,
            "minimumInputLength": 1,
            "maximumInputLength": 6,
            "terminatingSequence": "#",
            "inputMethods": ["DTMF"],
            "matches": {r"\*": [{"command": "gotoMenu", "menuName": "pin"}], "[0-9]{6}": [HANGUP]},
            "onFailure": [HANGUP],
        },
        "pin": {},
    },
}
DIAL: Json = {
    "command": "dial",
    "callName": "callee",
    "from": {"type": "SIP", "sip": {"endpoint": "sip:desk@acme.example", "displayName": "Acme"}},
    "to": PHONE,
    "dialTimeoutDurationSeconds": 30,
    "maxCallDurationSeconds": 3600,
    "events": {name: [HANGUP] for name in svaml2.COMMANDS["dial"].handlers},
}
SIP: Json = {
    "type": "SIP",
    "sip": {
        "endpoint": "sips:a@acme.example",
        "transport": "TLS",
        "callHeaders": [{"key": "X-Id", "value": "{{ call.sessionId }}"}, {"key": "X-Empty"}],
    },
}
STREAM: Json = {
    "type": "STREAM",
    "stream": {
        "endpoint": "wss://acme.example/audio",
        "streamOptions": {"version": 1, "codec": "PCM", "sampleRate": 16000},
        "callHeaders": [],
    },
}
RELAY: Json = {
    "type": "VOICE_RELAY",
    "voiceRelay": {
        "endpoint": "wss://acme.example/talk",
        "ttsVoice": "Amy",
        "sttLanguage": "en-GB",
        "enableInterruptions": True,
    },
}
EVERYTHING: Json = {
    "callName": "caller",
    "commands": [
        {"command": "answer"},
        START,
        {"command": "messages", "messagesName": "hold", "messages": [SAY], "events": {"onFinish": [MENU]}},
        {"command": "stopMessages", "messagesName": "hold"},
        {"command": "pause", "durationMilliseconds": 0},
        {"command": "stopRecording", "recordingName": "calls-1"},
        DIAL,
        {"command": "dial", "to": SIP, "events": {}},
        {"command": "dial", "to": STREAM},
        {"command": "dial", "to": RELAY},
        {"command": "bridgeCall", "bridgeName": "talk"},
        {"command": "amd", "events": {name: [] for name in svaml2.COMMANDS["amd"].handlers}},
        {
            "command": "webhook",
            "webhookName": "paid",
            "url": "https://acme.example/",
            "fallbackUrl": "https://b.example",
        },
        {"command": "hangup"},
    ],
    "events": {"onHangup": [{"command": "hangup", "callName": "callee"}]},
}


def validate_svaml2(document: object, *, later: bool = False) -> tuple[SchemaProblem, ...]:
    return validate_commands(document, "svaml2", later=later)


def said(*problems: tuple[tuple[str | int, ...], str]) -> tuple[SchemaProblem, ...]:
    return tuple(SchemaProblem(path, message) for path, message in problems)


def changed(document: Json, *path: str | int, to: object) -> Json:
    """The document with another value at a place, which may be a new one."""
    made: Json = json.loads(json.dumps(document))
    owner: Any = made
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = to
    return made


def one(command: Json, *path: str | int, to: object) -> Json:
    return {"commands": [changed(command, *path, to=to)]}


@cache
def whole() -> Draft202012Validator:
    return Draft202012Validator(svaml2_schema())


# ── the schema itself ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_schema_is_one_and_is_what_the_facts_say() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))
    assert SCHEMA.read_bytes() == svaml2_schema_text().encode(), "the facts have changed: run `make generate`"


def test_there_is_a_definition_for_every_command() -> None:
    definitions = json.loads(svaml2_schema_text())["$defs"]
    assert {key for key in definitions if key.startswith("command.")} == {f"command.{c}" for c in svaml2.COMMANDS}
    assert len(svaml2.COMMANDS) == 13


def test_patterns_mean_the_same_to_other_languages() -> None:
    patterns = strings(json.loads(svaml2_schema_text()), "pattern")
    assert len(patterns) > 20
    for pattern in patterns:
        assert not any(python in pattern for python in ("(?P", "(?i", r"\Z", r"\A", r"\d", r"\w", r"\s")), pattern


def test_a_reference_stands_alone() -> None:
    """The validator puts what a reference points to in its place, so nothing may stand beside it."""
    schema = json.loads(svaml2_schema_text())
    for place in places(schema):
        owner: Any = schema
        for step in place[:-1]:
            owner = owner[step]
        assert not (place and place[-1] == "$ref") or list(owner) == ["$ref"]


def test_every_object_is_closed() -> None:
    schema = json.loads(svaml2_schema_text())
    owners = [schema, *schema["$defs"].values()]
    while owners:
        owner = owners.pop()
        if isinstance(owner, dict):
            owners += owner.values()
            if owner.get("type") == "object" and "allOf" not in owner:
                assert "additionalProperties" in owner, owner.get("title")
        elif isinstance(owner, list):
            owners += owner


# ── what it reads and what it refuses ────────────────────────────────────────────────────────────────────────────


def test_every_command_and_property_is_accepted() -> None:
    assert validate_svaml2(EVERYTHING) == ()
    assert validate_document("svaml2", EVERYTHING) == ()
    assert whole().is_valid(EVERYTHING)
    used = set(strings_of_keys(EVERYTHING))
    known = {part.name for command in svaml2.COMMANDS.values() for part in every_part(command.properties)}
    assert known <= used


def strings_of_keys(document: object) -> list[str]:
    return [step for place in places(document) for step in place if isinstance(step, str)]


def every_part(parts: tuple[Property, ...]) -> list[Property]:
    return [each for part in parts for each in (part, *every_part(part.parts))]


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ([], (), "the document must be an object"),
        ({}, (), "the document has no `commands`"),
        ({"commands": {}}, ("commands",), "`commands` must be a list"),
        ({"commands": [5]}, ("commands", 0), "entry 1 of `commands` must be an object"),
        ({"commands": [{"name": "hangup"}]}, ("commands", 0), "entry 1 of `commands` has no `command`"),
        ({"commands": [{"command": 5}]}, ("commands", 0, "command"), "`command` must be a text"),
        (
            {"commands": [{"command": "StopRecording", "recordingName": "a"}]},
            ("commands", 0, "command"),
            "`StopRecording` is not a command; did you mean `stopRecording`?",
        ),
        ({"commands": [], "callName": "caller"}, ("commands",), "`commands` must not be empty"),
        ({"commands": [], "action": {}}, ("action",), "`action` is not a property of SVAML v2"),
        (
            {"commands": [HANGUP], "events": {"onAnswer": []}},
            ("events", "onAnswer"),
            "`onAnswer` is not a property of the events of a document",
        ),
        ({"commands": [HANGUP], "callName": "a b"}, ("callName",), "`callName` must be a name without blanks"),
        (
            {"commands": [HANGUP], "callName": "x" * 33},
            ("callName",),
            "`callName` has 33 characters; at most 32 are allowed",
        ),
    ],
)
def test_a_wrong_envelope(document: object, path: tuple[str | int, ...], message: str) -> None:
    assert validate_svaml2(document) == said((path, message))
    assert not whole().is_valid(document)


@pytest.mark.parametrize(
    ("document", "place", "message"),
    [
        (one(START, "name", to="x"), "name", "`name` is not a property of startRecording"),
        (one(START, "events", "onFail", to=[]), "onFail", "`onFail` is not a property of the events of startRecording"),
        (one(START, "recordingOptions", to={}), "recordingOptions", "`recordingOptions` has no `destination`"),
        (one(START, "recordingOptions", "destination", to="aws"), "destination", "one of `AWS`, `GCP`, `AZURE`"),
        (
            one(START, "recordingOptions", "destination", to="GCP"),
            "destinationUrl",
            "must be a URL that begins with `gs://`, because `destination` is `GCP`",
        ),
        (one(START, "recordingOptions", "destinationUrl", to="https://a.example/b"), "destinationUrl", "of the form"),
        (one(START, "recordingOptions", "format", to="mp3"), "format", "must be one of `MP3`, `WAV`"),
        (one(START, "recordingOptions", "recordingType", to="BOTH"), "recordingType", "must be one of `COMBINED`"),
        (one(START, "recordingOptions", "credentials", to=""), "credentials", "must not be empty"),
        (one(START, "recordingOptions", "transcriptionOptions", to={}), "transcriptionOptions", "has no `isEnabled`"),
        (
            one(START, "recordingOptions", "transcriptionOptions", "locale", to="gd_GB"),
            "locale",
            "must be a language tag such as `sv-SE`",
        ),
        (one(DIAL, "to", to={"type": "PHONE"}), "to", "`to` has no `phone`"),
        (one(DIAL, "to", to={"phone": {"number": "+46850020001"}}), "to", "`to` has no `type`"),
        (one(DIAL, "to", "type", to="phone"), "type", "must be one of `PHONE`, `SIP`, `STREAM`, `VOICE_RELAY`"),
        (one(DIAL, "to", "sip", to={}), "sip", "`sip` is not a property of to of type PHONE"),
        (one(DIAL, "from", to=STREAM), "type", "must be one of `PHONE`, `SIP`"),
        (one(DIAL, "to", "phone", "number", to="46850020001"), "number", "a telephone number such as"),
        (one(DIAL, "to", "phone", "number", to="+1234567890123456"), "number", "a telephone number such as"),
        (one(DIAL, "dialTimeoutDurationSeconds", to="30"), "dialTimeoutDurationSeconds", "must be a whole number"),
        (one(DIAL, "to", to=changed(SIP, "sip", "endpoint", to="a@b.example")), "endpoint", "begins with `sip:`"),
        (
            one(DIAL, "to", to=changed(SIP, "sip", "endpoint", to="sip:" + "a" * 253)),
            "endpoint",
            "has 257 characters; at most 256 are allowed",
        ),
        (
            one(DIAL, "to", to=changed(SIP, "sip", "callHeaders", to=[{"key": "a"}] * 17)),
            "callHeaders",
            "has 17 entries; at most 16 are allowed",
        ),
        (
            one(DIAL, "to", to=changed(SIP, "sip", "callHeaders", to=[{"key": "ä"}])),
            "key",
            "printable ASCII characters and tabs alone",
        ),
        (
            one(DIAL, "to", to=changed(STREAM, "stream", "streamOptions", "sampleRate", to=8001)),
            "sampleRate",
            "must be one of `8000`, `16000`, `24000`, `44100`, `48000`, `96000`",
        ),
        (one(DIAL, "to", to=changed(STREAM, "stream", "endpoint", to="https://a")), "endpoint", "`wss://` or `ws://`"),
        (
            {"commands": [{"command": "messages", "messages": [SAY] * 11}]},
            "messages",
            "`messages` has 11 entries; at most 10 are allowed",
        ),
        ({"commands": [{"command": "messages", "messages": []}]}, "messages", "`messages` must not be empty"),
        (
            {"commands": [{"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Hi."}}]}]},
            "say",
            "`say` has no `voiceName`",
        ),
        (
            {"commands": [{"command": "messages", "messages": [changed(SAY, "say", "text", to="ä" * 601)]}]},
            "text",
            "`text` has 601 characters; at most 600 are allowed",
        ),
        (one(MENU, "menus", to={}), "menus", "`menus` must not be empty"),
        (one(MENU, "menus", "x" * 17, to={}), "x" * 17, "has 17 characters; at most 16 are allowed"),
        (one(MENU, "menus", "main", "matches", "", to=[]), "", "`` must not be empty"),
        (one(MENU, "menus", "main", "matches", "1" * 257, to=[]), "1" * 257, "at most 256 are allowed"),
        (
            one(MENU, "menus", "main", "matches", to={str(n): [] for n in range(51)}),
            "matches",
            "`matches` has 51 entries; at most 50 are allowed",
        ),
        (
            one(MENU, "menus", "main", to={"repeatPrompt": {"messages": [SAY]}}),
            "main",
            "`main` has `repeatPrompt` and no `prompt`",
        ),
        (one(MENU, "menus", "main", "repeatCount", to=11), "repeatCount", "`repeatCount` is 11, more than 10"),
        (
            one(MENU, "menus", "main", "inputTimeoutDurationSeconds", to=0),
            "inputTimeoutDurationSeconds",
            "is 0, less than 1",
        ),
        (one(MENU, "menus", "main", "maximumInputLength", to=101), "maximumInputLength", "is 101, more than 100"),
        (one(MENU, "menus", "main", "terminatingSequence", to="x"), "terminatingSequence", "`0` to `9`, `*` and `#`"),
        (one(MENU, "menus", "main", "inputMethods", to=["SPEECH"]), 0, "must be one of `DTMF`"),
        (
            one(MENU, "menus", "main", "onFail", to=[]),
            "onFail",
            "`onFail` is not a property of a menu; did you mean `onFailure`?",
        ),
        (
            {"commands": [{"command": "webhook", "webhookName": "x" * 65, "url": "https://a.example"}]},
            "webhookName",
            "has 65 characters; at most 64 are allowed",
        ),
        ({"commands": [{"command": "stopRecording"}]}, 0, "entry 1 of `commands` has no `recordingName`"),
        (
            {"commands": [{"command": "pause", "durationMilliseconds": -1}]},
            "durationMilliseconds",
            "`durationMilliseconds` is -1, less than 0",
        ),
    ],
)  # fmt: skip
def test_a_wrong_command(document: Json, place: str | int, message: str) -> None:
    problems = validate_svaml2(document)
    assert [p for p in problems if p.path[-1] == place and message in p.message], problems
    assert not whole().is_valid(document)


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("s3://b", "AWS"),
        ("S3://b/f/", "AWS"),
        ("gs://b/f/a.wav", "GCP"),
        ("azure://account/container/", "AZURE"),
        ("https://account.blob.core.windows.net/container/", "AZURE"),
        ("{{ env.URL }}", "AZURE"),
        ("s3://b", "{{ env.STORAGE }}"),
    ],
)
def test_where_recordings_can_go(url: str, destination: str) -> None:
    options = OPTIONS | {"destinationUrl": url, "destination": destination}
    assert validate_svaml2(one(START, "recordingOptions", to=options)) == ()


def test_a_placeholder_is_not_measured_but_does_not_decide_what_a_thing_is() -> None:
    assert validate_svaml2({"commands": [{"command": "hangup", "callName": "{{ env.LEG }}" + "x" * 40}]}) == ()
    assert validate_svaml2(one(DIAL, "to", "phone", "number", to="{{ call.to | e164 }}")) == ()
    assert validate_svaml2({"commands": [{"command": "{{ env.COMMAND }}"}]}) != ()
    assert validate_svaml2(one(DIAL, "to", "type", to="{{ env.TYPE }}")) != ()


def test_a_later_document_has_commands_alone() -> None:
    assert validate_svaml2({"commands": []}) == validate_svaml2({"commands": []}, later=True) == ()
    assert [p.path for p in validate_svaml2(EVERYTHING, later=True)] == [("callName",), ("events",)]
    assert validate_svaml2({"commands": [{"command": "hang"}]}, later=True) != ()


def test_problems_come_in_the_order_of_the_document() -> None:
    menu = changed(MENU, "menus", "main", "matches", "[0-9]{6}", to=[{"command": "halt"}])
    menu = changed(menu, "menus", "main", "onFailure", to=[{"command": "stop"}])
    document = {
        "extra": 1,
        "commands": [
            changed(START, "events", "onFinish", to=[menu, 5]),
            {"command": "hangup", "leg": "x"},
        ],
        "events": {"onHangup": [{}]},
    }
    on_finish = ("commands", 0, "events", "onFinish")
    assert [problem.path for problem in validate_svaml2(document)] == [
        ("extra",),
        (*on_finish, 0, "menus", "main", "matches", "[0-9]{6}", 0, "command"),
        (*on_finish, 0, "menus", "main", "onFailure", 0, "command"),
        (*on_finish, 1),
        ("commands", 1, "leg"),
        ("events", "onHangup", 0),
    ]


def test_messages_never_show_a_secret() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
    for key in ("credentials", "destination", "destinationUrl", "format", "transcriptionOptions", "recordingType"):
        for value in (secret, [secret], {secret[:4]: secret}):
            told = "".join(p.message for p in validate_svaml2(one(START, "recordingOptions", key, to=value)))
            assert "wJalr" not in told


# ── nesting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def nested(inner: list[Json], level: int) -> list[Json]:
    if level % 2:
        return [{"command": "messages", "messages": [SAY], "events": {"onFinish": inner}}]
    return [{"command": "menu", "startMenu": "a", "menus": {"a": {"matches": {"1": inner}, "onFailure": []}}}]


@pytest.mark.parametrize("levels", [100, 1000])
def test_handlers_may_nest_deep(levels: int) -> None:
    good: list[Json] = [{"command": "hangup"}]
    bad: list[Json] = [{"command": "xyz"}]
    for level in range(levels):
        good, bad = nested(good, level), nested(bad, level)
    assert validate_svaml2({"commands": good}) == ()
    (problem,) = validate_svaml2({"commands": bad})
    assert problem.message == "`xyz` is not a command"
    assert problem.path.count("onFinish") + problem.path.count("matches") == levels


# ── the walk is the schema ───────────────────────────────────────────────────────────────────────────────────────

VALUES = [
    None, True, 0, -1, 11, 8000, 0.5, "", "main", "x", "a b", "+46850020001", "AWS", "mp3", "MP3", "s3://bucket",
    "gs://b/c", "azure://a/b", "{{ env.X }}", "hangup", "SIP", "PLAY", "Park\n", "a" * 700, [], {}, [HANGUP], [SAY],
    {"command": "hangup"}, START, MENU, DIAL, SIP, STREAM, {"messages": [SAY]},
]  # fmt: skip
KEYS = sorted(set(strings_of_keys(EVERYTHING)) | {"name", "action", "onFail", "x" * 20})


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_the_walk_agrees_with_the_schema_on_mutations(data: st.DataObject) -> None:
    document: object = EVERYTHING
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)))
        how = data.draw(st.sampled_from(["replace", "remove", "add"]))
        document = mutated(document, place, data.draw(st.sampled_from(KEYS)), data.draw(st.sampled_from(VALUES)), how)
    assert (validate_svaml2(document) == ()) is whole().is_valid(document)


def test_mutations_of_both_kinds_exist() -> None:
    assert validate_svaml2(mutated(EVERYTHING, ("callName",), "", "", "remove")) == ()
    assert validate_svaml2(mutated(EVERYTHING, ("commands", 1), "name", 1, "add")) != ()


# ── documented shapes ────────────────────────────────────────────────────────────────────────────────────────────

REFUSED_SHAPES = {
    "v2/start-call.json": "telephone numbers with letters in place of digits",
    "v2/command-amd.json": "`name` for `messagesName`, in an early draft",
    "v2/command-startrecording-2.json": "`name` for `recordingName`, likewise",
}
"""Every documented shape of SVAML v2 that is refused, and why."""


def documents() -> dict[str, Json]:
    """The documented shapes of v2 that are SVAML, each as a whole document; events and settings of services are not."""
    found = {}
    for example in documented("v2"):
        content: Json = example.content
        if "event" not in content and "callBehavior" not in content:
            content = content.get("svaml", content)
            found[example.file] = {"commands": [content]} if "command" in content else content
    return found


def test_the_refused_shapes_are_known() -> None:
    found = documents()
    assert len(found) >= 14
    assert {name for name, document in found.items() if validate_svaml2(document)} == set(REFUSED_SHAPES)
    for document in found.values():
        assert (validate_svaml2(document) == ()) is whole().is_valid(document)


# ── the facts ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_blocks() -> None:
    assert {name for name, command in svaml2.COMMANDS.items() if command.blocks} == {
        "menu", "gotoMenu", "pause", "webhook",
    }  # fmt: skip


def test_every_fact_cites_a_known_source() -> None:
    known = {value for name, value in vars(sources).items() if name.isupper() and isinstance(value, str)}
    parts = [part for command in svaml2.COMMANDS.values() for part in every_part(command.properties)]
    cited = [part.source for part in parts] + [command.source for command in svaml2.COMMANDS.values()]
    cited += [source for _, source in (*svaml2.OLD_NAMES.values(), *svaml2.OLD_COMMANDS.values())]
    cited += [value.source for value in vars(svaml2).values() if isinstance(value, Limit)]
    assert len(cited) > 100
    assert {name for source in cited for name in source.split("; ")} <= known


def test_an_old_name_stands_for_one_that_is_known() -> None:
    commands = tuple(
        Property(command.name, "object", command.source, parts=command.properties)
        for command in svaml2.COMMANDS.values()
    )
    for (owner, old), (new, _) in svaml2.OLD_NAMES.items():
        inner = [each.name for part in every_part(commands) if part.name == owner for each in part.parts]
        assert new in inner, owner
        assert old not in inner, owner
    assert not set(svaml2.OLD_COMMANDS) & set(svaml2.COMMANDS)
    assert {new for new, _ in svaml2.OLD_COMMANDS.values()} <= set(svaml2.COMMANDS)


def test_a_locale_has_voices_to_begin_with() -> None:
    assert {voice for voices in SUGGESTED.values() for voice in voices} <= KNOWN_VOICES
    assert all(2 <= len(voices) <= 3 for voices in SUGGESTED.values())
    assert {*CLASSIC_LOCALES, *V1_LOCALES} - {*VOICES_LOCALES} == {"en-GB-WLS"}
    assert {*VOICES_LOCALES} <= {*CLASSIC_LOCALES, *V1_LOCALES}
    assert suggested_voices("en-GB") == suggested_voices("EN_gb") == suggested_voices("en-GB/female")
    assert suggested_voices("en-GB/male") == ("Arthur", "Amy", "Olivia")
    assert suggested_voices("en-GB-WLS") == suggested_voices("Emma") == suggested_voices("") == ()
