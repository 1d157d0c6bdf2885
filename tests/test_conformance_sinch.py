"""SVAML v2 as recpol knows and writes it, against the models of the official Python SDK (`sinch`)."""

from __future__ import annotations

import json
import re
import typing
import warnings
from functools import cache
from importlib import import_module
from importlib.metadata import version
from inspect import getsource
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from recpol.platform.shape import Property
from recpol.platform.v2 import commands as svaml2
from recpol.platform.v2.voices import KNOWN_VOICES, SUGGESTED
from test_schema_svaml2 import DIAL, EVERYTHING, HANGUP, MENU, SAY, START, changed, documents, nested

Json = dict[str, Any]

GOLDEN = Path(__file__).parent / "golden-svaml2"
V2 = "sinch.domains.voice.models.v2"


# ── what the SDK says to a document ──────────────────────────────────────────────────────────────────────────────


def sdk(name: str) -> ModuleType:
    """A module of the SDK. Some of its files hold escapes that Python warns of when it first compiles them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(f"{V2}.{name}")


@cache
def models() -> tuple[type[BaseModel], ...]:
    """What a whole document has to be: the reply to a webhook, and what `validate` and `describe` are sent."""
    return (
        sdk("sinch_events.voice_sinch_event_response").VoiceSinchEventResponse,
        sdk("svaml.shared.svaml_input").SvamlInput,
    )


def accepts(document: Json) -> list[str]:
    """What the SDK's models find wrong with a document of SVAML v2; empty where nothing is.

    The models let unknown properties pass, and their own Python names for the known ones; both are faults here.
    """
    faults: list[str] = []
    document = json.loads(json.dumps(document), object_hook=as_the_sdk_calls_it)
    for model in models():
        try:
            made = model.model_validate(document)
        except ValidationError as error:
            faults += (f"{'/'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors())
        else:
            faults += unknown(made, document)
    return sorted(set(faults))


def as_the_sdk_calls_it(part: Json) -> Json:
    """The command `webhook` by the SDK's own name: it writes `webhook`, and does not read it among other commands."""
    return part | {"command": "customEvent"} if part.get("command") == "webhook" else part


def unknown(made: BaseModel, document: Json) -> list[str]:
    """The properties, at any level, that no field of the models is written as."""
    faults: list[str] = []
    waiting: list[tuple[str, Any, Any]] = [("", made, document)]
    while waiting:
        path, value, written = waiting.pop()
        if isinstance(value, BaseModel):
            fields = {field.alias or name: name for name, field in type(value).model_fields.items()}
            faults += (f"{path}{key}: unknown" for key in written if key not in fields)
            known = {key: getattr(value, name) for key, name in fields.items() if key in written}
            waiting += ((f"{path}{key}/", each, written[key]) for key, each in known.items())
        elif isinstance(written, dict):
            waiting += ((f"{path}{key}/", value[key], each) for key, each in written.items())
        elif isinstance(written, list):
            waiting += ((f"{path}{n}/", *pair) for n, pair in enumerate(zip(value, written, strict=True)))
    return faults


def test_the_sdk_is_new_enough() -> None:
    assert tuple(map(int, version("sinch").split(".")[:2])) >= (2, 3)


def test_the_sdk_accepts_every_command_and_property() -> None:
    assert accepts(EVERYTHING) == []


def test_the_sdk_writes_the_command_webhook() -> None:
    command = {"command": "webhook", "webhookName": "paid", "url": "https://acme.example/"}
    made = command_models()["webhook"].model_validate(command)
    assert made.model_dump(by_alias=True, exclude_none=True) == command


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"commands": [HANGUP], "action": {}}, "action: unknown"),
        ({"commands": [{"command": "hangup", "call_name": "caller"}]}, "commands/0/call_name: unknown"),
        ({"commands": [changed(START, "name", to="x")]}, "commands/0/name: unknown"),
        ({"commands": [changed(MENU, "menus", "main", "onFail", to=[])]}, "commands/0/menus/main/onFail: unknown"),
        ({"commands": [changed(START, "recordingOptions", "url", to="x")]}, "commands/0/recordingOptions/url: unknown"),
        (
            {"commands": [changed(MENU, "menus", "main", "matches", to={"1": [changed(HANGUP, "leg", to="x")]})]},
            "commands/0/menus/main/matches/1/0/leg: unknown",
        ),
        (
            {"commands": [changed(DIAL, "to", "phone", "name", to="x")]},
            "commands/0/to/phone/name: unknown",
        ),
        ({"commands": [{"command": "stopRecording"}]}, "commands/0/recordingName: missing"),
        ({"commands": [{"command": "stop"}]}, "commands/0: union_tag_invalid"),
        ({"commands": [{"name": "hangup"}]}, "commands/0: union_tag_not_found"),
        ({"commands": [changed(DIAL, "dialTimeoutDurationSeconds", to="30")]}, "int_type"),
        ({}, "commands: missing"),
    ],
)  # fmt: skip
def test_the_sdk_refuses(document: Json, fault: str) -> None:
    assert [found for found in accepts(document) if fault in found], accepts(document)


def test_the_sdk_accepts_deep_nesting() -> None:
    commands: list[Json] = [HANGUP]
    for level in range(100):
        commands = nested(commands, level)
    assert accepts({"commands": commands}) == []


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────

FAULTED = {
    "v2/command-amd.json": "`name` for `messagesName`, in an early draft",
    "v2/command-startrecording-2.json": "`name` for `recordingName`, likewise",
}
"""The documented shapes that the SDK does not know in full, and why. It does not look into telephone numbers."""


def test_the_sdk_and_the_documented_shapes() -> None:
    assert {name for name, document in documents().items() if accepts(document)} == set(FAULTED)


GOLDENS = sorted(path for path in GOLDEN.glob("*/*.json") if path.name != "manifest.json")


def test_the_sdk_accepts_what_policies_compile_to() -> None:
    assert {"incoming.json", "acknowledge.json", "manage.card.begin.json"} <= {path.name for path in GOLDENS}
    faults = {path.relative_to(GOLDEN).as_posix(): accepts(json.loads(path.read_text("utf-8"))) for path in GOLDENS}
    assert {name: found for name, found in faults.items() if found} == {}


# ── the tables of facts ──────────────────────────────────────────────────────────────────────────────────────────


def written(model: type[BaseModel]) -> dict[str, bool]:
    """The properties of a model as they are written, and whether each must be there."""
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


def inside(model: type[BaseModel], name: str) -> list[type[BaseModel]]:
    """The models that the property of that name may hold, however they are wrapped."""
    fields = {field.alias or key: field.annotation for key, field in model.model_fields.items()}
    waiting, found = [fields[name]], []
    while waiting:
        kind = waiting.pop()
        waiting += typing.get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found.append(kind)
    return found


def table(parts: tuple[Property, ...]) -> dict[str, bool]:
    return {part.name: part.required for part in parts}


def differences(parts: tuple[Property, ...], model: type[BaseModel], *besides: str) -> list[str]:
    """Where a table of properties and a model of the SDK do not agree, at this level and below."""
    properties = {name: must for name, must in written(model).items() if name not in besides}
    found = [] if table(parts) == properties else [f"{model.__name__}: {table(parts)} and {properties}"]
    for part in parts:
        if part.kind in ("object", "list", "named menus"):
            (held,) = inside(model, part.name)
            found += differences(part.parts, held)
        elif part.kind in ("choice", "messages"):
            alternatives = {each.model_fields["type"].default: each for each in inside(model, part.name)}
            assert {each.tag for each in part.parts} == alternatives.keys()
            for each in part.parts:
                found += differences((each,), alternatives[each.tag], "type")
    return found


@cache
def command_models() -> dict[str, type[BaseModel]]:
    union = typing.get_args(sdk("svaml.shared.svaml_command").SvamlCommand)[0]
    named = {model.model_fields["command"].default: model for model in typing.get_args(union)}
    return {svaml2.OLD_COMMANDS.get(name, (name,))[0]: model for name, model in named.items()}


def test_the_commands_are_those_of_the_sdk() -> None:
    assert svaml2.COMMANDS.keys() == command_models().keys()


@pytest.mark.parametrize("name", svaml2.COMMANDS)
def test_a_command_is_as_in_the_sdk(name: str) -> None:
    command, model = svaml2.COMMANDS[name], command_models()[name]
    assert differences(command.properties, model, "command", "events") == []
    handlers = [key for held in inside(model, "events") for key in written(held)] if "events" in written(model) else []
    assert tuple(handlers) == command.handlers


def test_a_document_is_as_in_the_sdk() -> None:
    for model in models():
        assert table(svaml2.DOCUMENT) == {name: must for name, must in written(model).items() if name != "events"}
        handlers = {key for held in inside(model, "events") for key in written(held)}
        assert handlers == set(svaml2.DOCUMENT_HANDLERS)


def words(name: str, kind: str) -> tuple[Any, ...]:
    """The literals of an open word of the SDK."""
    return typing.get_args(typing.get_args(getattr(sdk(name), kind))[0])


def test_the_words_are_those_of_the_sdk() -> None:
    assert words("svaml.types.recording_format_type", "RecordingFormatType") == svaml2.FORMATS
    assert words("svaml.types.recording_type", "RecordingType") == svaml2.RECORDING_TYPES
    destinations = words("svaml.types.recording_destination_type", "RecordingDestinationType")
    assert destinations == tuple(svaml2.DESTINATIONS.values())
    assert words("sinch_events.event_type", "EventType") == svaml2.EVENTS


# ── voices ───────────────────────────────────────────────────────────────────────────────────────────────────────

LANGUAGES = {
    "arb": "Arabic", "az": "Azerbaijani", "ca": "Catalan", "cmn": "Chinese (Mandarin", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fi": "Finnish",
    "fil": "Filipino", "fr": "French", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "ms": "Malay", "mt": "Maltese", "nb": "Norwegian", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese (Cantonese",
}  # fmt: skip
COUNTRIES = {
    "AT": "Austria", "AU": "Australia", "BR": "Brazil", "CA": "Canada", "DE": "Germany", "FR": "France",
    "GB": "United Kingdom", "IN": "India", "MX": "Mexico", "NZ": "New Zealand", "PT": "Portugal",
    "US": "United States", "ZA": "South Africa",
}  # fmt: skip


@cache
def voices() -> dict[str, tuple[str, str, str]]:
    """The SDK's voices: whose voice it is, its language, and whether it is paid for."""
    text = getsource(sdk("types.voice_name_enum"))
    found = re.findall(r'= "([^"]+)"\n    """(\w+) voice for (.*) \((\w+) voice\)"""', text)
    return {name: (gender, language, price) for name, gender, language, price in found}


def test_the_voices_are_those_of_the_sdk() -> None:
    assert voices().keys() == KNOWN_VOICES
    assert len(KNOWN_VOICES) == 772
    assert set(words("types.voice_name", "VoiceName")) == KNOWN_VOICES


def test_a_suggested_voice_speaks_the_language() -> None:
    for locale, names in SUGGESTED.items():
        language, _, country = locale.partition("-")
        for name, wanted in zip(names, ("Female", "Male", "Female"), strict=False):
            gender, spoken, price = voices()[name]
            assert (gender, price) == (wanted, "Free"), (locale, name)
            assert spoken.startswith(LANGUAGES[language]), (locale, name, spoken)
            if len([other for other in SUGGESTED if other.startswith(f"{language}-")]) > 1:
                assert COUNTRIES.get(country, "Castilian") in spoken, (locale, name, spoken)


def test_a_message_needs_a_voice_in_the_sdk_too() -> None:
    say = changed(SAY, "say", to={"text": "Hello."})
    assert accepts({"commands": [{"command": "messages", "messages": [say]}]}) != []
