"""The schema of the current API: it is what the facts say, refuses what is gone, and reads the documented shapes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from documented import documented
from recpol.base.schemaproblems import SchemaProblem
from recpol.base.validate import validate_document, validate_reply
from recpol.platform.v1.forms import ACTIONS as CLASSIC_ACTIONS
from recpol.platform.v1.forms import INSTRUCTIONS as CLASSIC_INSTRUCTIONS
from recpol.platform.v1.forms_current import ACTIONS, DESTINATIONS, INSTRUCTIONS, RECORDING_OPTIONS
from recpol.platform.v1.schema_current import svaml1_schema, svaml1_schema_text
from test_schema_classic import (
    ACCEPTED,
    DOCUMENTS,
    SCHEMAS,
    VALUES,
    mutated,
    places,
    strings,
)

Json = dict[str, Any]

OPTIONS = {"destinationUrl": "s3://acme-calls/in/", "credentials": "{{ env.KEY }}"}
START = {"name": "startRecording", "options": OPTIONS}


def problems(document: object) -> tuple[SchemaProblem, ...]:
    return validate_document("svaml1", document)


@cache
def whole() -> Draft202012Validator:
    return Draft202012Validator(svaml1_schema())


def test_the_schema_is_a_schema_and_what_the_facts_say() -> None:
    Draft202012Validator.check_schema(json.loads(svaml1_schema_text()))
    committed = (SCHEMAS / "svaml1.schema.json").read_bytes()
    assert committed == svaml1_schema_text().encode(), "the facts have changed: run `make generate`"


def test_patterns_mean_the_same_to_other_languages() -> None:
    for pattern in strings(json.loads(svaml1_schema_text()), "pattern"):
        assert not any(python in pattern for python in ("(?P", "(?i", r"\Z", r"\A", r"\d", r"\w", r"\s")), pattern


# ── the tables ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_names() -> None:
    assert " ".join(INSTRUCTIONS) == "playFiles say sendDtmf setCookie answer startRecording stopRecording"
    assert " ".join(ACTIONS) == (
        "hangup continue connectPstn connectMxp connectConf connectSip runMenu park connectStream"
    )
    gone = {*CLASSIC_INSTRUCTIONS, *CLASSIC_ACTIONS} - {
        form.name[:1].upper() + form.name[1:] for form in (*INSTRUCTIONS.values(), *ACTIONS.values())
    }
    assert gone == {"ReportCallStatus"}


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("hangup", ""),
        ("continue", "record recordingOptions"),
        ("connectMxp", "destination callHeaders record recordingOptions"),
        ("connectConf", "conferenceId conferenceDtmfOptions moh record recordingOptions"),
        ("connectStream", "destination streamingOptions maxDuration callHeaders"),
        ("runMenu", "barge locale mainMenu enableVoice menus"),
        ("park", "introPrompt holdPrompt locale maxDuration"),
    ],
)  # fmt: skip
def test_the_properties_of_an_action(form: str, names: str) -> None:
    assert [part.name for part in ACTIONS[form].properties] == names.split()


def test_the_properties_of_long_actions() -> None:
    assert [part.name for part in ACTIONS["connectPstn"].properties] == [
        "number", "locale", "maxDuration", "dialTimeout", "cli", "suppressCallbacks", "dtmf", "indications", "amd",
        "record", "recordingOptions",
    ]  # fmt: skip
    assert [part.name for part in ACTIONS["connectSip"].properties] == [
        "destination", "maxDuration", "cli", "suppressCallbacks", "transport", "callHeaders", "moh", "record",
        "recordingOptions",
    ]  # fmt: skip


def test_recording_options_and_storages() -> None:
    assert [(option.name, option.required) for option in RECORDING_OPTIONS] == [
        ("destinationUrl", True), ("credentials", True), ("format", False), ("notificationEvents", False),
        ("transcriptionOptions", False),
    ]  # fmt: skip
    assert [storage.scheme for storage in DESTINATIONS] == ["s3", "azure", "gs"]


def test_no_legacy_word_is_left() -> None:
    words = {word for form in ACTIONS.values() for part in form.properties for word in part.values}
    assert {"private", "no", "za"} <= words
    assert not words & {"incoming", "ml", "us-old"}


# ── what it reads and what it refuses ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "document",
    [
        {"instructions": [START], "action": {"name": "continue"}},
        {"action": {"name": "CONTINUE"}},
        {"instructions": [{"name": "startRecording", "options": {**OPTIONS, "destinationUrl": "gs://a/b/"}}],
         "action": {"name": "hangup"}},
        {"action": {"name": "connectConf", "conferenceId": "x", "record": True, "recordingOptions": OPTIONS}},
        {"action": {"name": "connectStream", "destination": {"type": "websocket", "endpoint": "wss://a"}}},
        {"action": {"name": "runMenu", "menus": [{"id": "main", "options": [{"dtmf": 1, "action": "return(a)"}]}]}},
    ],
)  # fmt: skip
def test_accepted(document: Json) -> None:
    assert problems(document) == ()


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"action": {"name": "continue", "recording": True}}, ("action", "recording"), "`recording` is not a property"),
        ({"action": {"name": "continue", "record": True}}, ("action",), "`action` has no `recordingOptions`"),
        ({"action": {"name": "startRecording"}}, ("action", "name"), "`startRecording` is not an action"),
        ({"action": {"name": "stopRecording"}}, ("action", "name"), "`stopRecording` is not an action"),
        (
            {"instructions": [{"name": "startRecording", "options": {"destinationUrl": "gs://a/b"}}],
             "action": {"name": "hangup"}},
            ("instructions", 0, "options"),
            "`options` has no `credentials`",
        ),
        (
            {"instructions": [{**START, "options": {**OPTIONS, "destinationUrl": "sdrive://a"}}],
             "action": {"name": "hangup"}},
            ("instructions", 0, "options", "destinationUrl"),
            "`destinationUrl` must be a URL of the form `s3://",
        ),
        (
            {"instructions": [{"name": "reportCallStatus", "value": "success"}], "action": {"name": "hangup"}},
            ("instructions", 0, "name"),
            "`reportCallStatus` is not an instruction",
        ),
        ({"action": {"name": "park", "dialTimeout": 60}}, ("action", "dialTimeout"), "`dialTimeout` is not a property"),
        ({"action": {"name": "connectPstn", "cli": "incoming"}}, ("action", "cli"), "`cli` must be"),
    ],
)  # fmt: skip
def test_refused(document: Json, path: tuple[str | int, ...], message: str) -> None:
    assert any(found.path == path and found.message.startswith(message) for found in problems(document))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_dispatch_agrees_with_the_schema(document: object) -> None:
    assert (validate_reply(document, "svaml1") == ()) is whole().is_valid(document)


KEYS = sorted(
    {"name", "action", "instructions", "recording"}
    | {p.name for form in (*INSTRUCTIONS.values(), *ACTIONS.values()) for p in form.properties}
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_dispatch_agrees_with_the_schema_on_mutations(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(list(ACCEPTED.values())))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)))
        how = data.draw(st.sampled_from(["replace", "remove", "add"]))
        document = mutated(document, place, data.draw(st.sampled_from(KEYS)), data.draw(st.sampled_from(VALUES)), how)
    assert (validate_reply(document, "svaml1") == ()) is whole().is_valid(document)


# ── documented shapes ────────────────────────────────────────────────────────────────────────────────────────────

REFUSED_SHAPES = {
    "v1/ace-reply-runmenu.json": "recording options with neither destination nor credentials",
    "v1/reply-connectconf-2.json": "recording options with neither of them",
}
"""The documented shapes of the current API that are refused, and why; the Node SDK requires what they leave out."""


def as_reply(document: Json) -> Json:
    """A whole reply around an instruction or an action."""
    if "action" in document:
        return document
    if document["name"] in INSTRUCTIONS:
        return {"instructions": [document], "action": {"name": "hangup"}}
    return {"action": document}


def test_the_documented_shapes() -> None:
    found = {one.file: one.content for one in documented("v1", what=("reply", "manage", "part"))}
    assert len(found) > 40
    assert {name for name, document in found.items() if problems(as_reply(document))} == set(REFUSED_SHAPES)
