"""The schema of classic SVAML and the manifest's: what they read, what they refuse, and in which words."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from documented import documented
from recpol.base.resources import schema_text
from recpol.base.schemaproblems import SchemaProblem
from recpol.base.validate import validate, validate_manifest, validate_reply
from recpol.platform.v1.forms import ACTIONS, INSTRUCTIONS
from recpol.platform.v1.schema_classic import classic_schema, classic_schema_text

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "schemas"
DATA = Path(__file__).parent / "data" / "svaml"

Json = dict[str, Any]

ACCEPTED: Json = json.loads((DATA / "accepted.json").read_text("utf-8"))
REFUSED: Json = json.loads((DATA / "refused.json").read_text("utf-8"))
DOCUMENTS: list[object] = [*ACCEPTED.values(), *(case["document"] for case in REFUSED.values())]


@cache
def whole() -> Draft202012Validator:
    return Draft202012Validator(classic_schema())


def as_reply(document: Json) -> Json:
    """A whole reply around an instruction, an action or recording options."""
    name = str(document.get("name", "")).lower()
    if name in {known.lower() for known in INSTRUCTIONS}:
        return {"instructions": [document], "action": {"name": "Hangup"}}
    return {"action": document if name else {"name": "Continue", "recording": True, **document}}


# ── the schema itself ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["svaml-classic", "manifest"])
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")))


def test_the_committed_schema_is_what_the_facts_say() -> None:
    committed = (SCHEMAS / "svaml-classic.schema.json").read_bytes()
    assert committed == classic_schema_text().encode(), "the facts have changed: run `make generate`"


def test_the_schema_says_where_it_comes_from() -> None:
    assert "make generate" in classic_schema()["$comment"]  # type: ignore[operator]  # a JSON value


def test_there_is_a_definition_for_every_instruction_and_action() -> None:
    definitions = json.loads(classic_schema_text())["$defs"]
    assert {f"instruction.{name}" for name in INSTRUCTIONS} <= definitions.keys()
    assert {f"action.{name}" for name in ACTIONS} <= definitions.keys()


def test_patterns_mean_the_same_to_other_languages() -> None:
    patterns = list(strings(json.loads(classic_schema_text()), "pattern"))
    assert len(patterns) > 20
    for pattern in patterns:
        assert not any(python in pattern for python in ("(?P", "(?i", r"\Z", r"\A", r"\d", r"\w", r"\s")), pattern


def test_a_reference_stands_alone() -> None:
    """The validator puts what a reference points to in its place, so nothing may stand beside it."""
    for definition in json.loads(classic_schema_text())["$defs"].values():
        for place in places(definition):
            owner = definition
            for step in place[:-1]:
                owner = owner[step]
            assert not (place and place[-1] == "$ref") or list(owner) == ["$ref"]


def strings(schema: object, key: str) -> list[str]:
    if isinstance(schema, dict):
        own = [schema[key]] if isinstance(schema.get(key), str) else []
        return own + [found for value in schema.values() for found in strings(value, key)]
    return [found for item in schema for found in strings(item, key)] if isinstance(schema, list) else []


# ── what it reads and what it refuses ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("title", ACCEPTED)
def test_accepted(title: str) -> None:
    assert validate_reply(ACCEPTED[title]) == ()


@pytest.mark.parametrize("title", REFUSED)
def test_refused(title: str) -> None:
    case = REFUSED[title]
    assert SchemaProblem(tuple(case["path"]), case["message"]) in validate_reply(case["document"])


@pytest.mark.parametrize("kind", ["name", "NAME", "nAmE"])
@pytest.mark.parametrize("form", ["Hangup", "Continue", "ConnectMxp", "Park", "StopRecording"])
def test_names_in_any_letter_case(form: str, kind: str) -> None:
    spelled = {"name": form.lower(), "NAME": form.upper(), "nAmE": form.swapcase()}[kind]
    assert validate_reply({"action": {"name": spelled}}) == ()


@pytest.mark.parametrize(
    ("length", "good"),
    [(1, True), (600, True), (601, False)],
)
def test_the_length_of_a_say(length: int, good: bool) -> None:
    reply = {"instructions": [{"name": "Say", "text": "ä" * length}], "action": {"name": "Hangup"}}
    problem = SchemaProblem(("instructions", 0, "text"), f"`text` has {length} characters; at most 600 are allowed")
    assert validate_reply(reply) == (() if good else (problem,))


@pytest.mark.parametrize(("length", "good"), [(600, True), (601, False)])
def test_the_length_of_a_spoken_part(length: int, good: bool) -> None:
    prompt = "welcome;#tts[" + "a" * length + "]"
    for reply in (
        {"action": {"name": "Park", "holdPrompt": prompt}},
        {"instructions": [{"name": "PlayFiles", "ids": [prompt]}], "action": {"name": "Hangup"}},
        {"action": {"name": "RunMenu", "menus": [{"id": "main", "mainPrompt": prompt}]}},
    ):
        assert (validate_reply(reply) == ()) is good


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ({"name": "ConnectConf", "conferenceId": "x" * 65}, "conferenceId"),
        ({"name": "ConnectMxp", "destination": {"type": "username", "endpoint": "x" * 129}}, "endpoint"),
    ],
)
def test_the_length_of_a_name(action: Json, path: str) -> None:
    (problem,) = validate_reply({"action": action})
    assert problem.path[-1] == path
    assert problem.message.startswith(f"`{path}` has ")


def test_every_problem_is_told_once_and_in_order() -> None:
    reply = {
        "instructions": [{"name": "Say"}, {"name": "Sya"}, 5],
        "action": {"name": "RunMenu", "barge": 1, "menus": []},
        "extra": 1,
    }
    assert [problem.path for problem in validate_reply(reply)] == [
        ("extra",),
        ("instructions", 0),
        ("instructions", 1, "name"),
        ("instructions", 2),
        ("action", "barge"),
        ("action", "menus"),
    ]


def test_several_missing_properties_are_one_problem() -> None:
    reply = {"instructions": [{"name": "SetCookie"}], "action": {"name": "Hangup"}}
    assert validate_reply(reply) == (
        SchemaProblem(("instructions", 0), "entry 1 of `instructions` has no `key` and no `value`"),
    )


def test_messages_never_show_a_secret() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
    for value in (secret, [secret], {secret[:4]: secret}):
        for key in ("credentials", "destinationUrl", "format", "notificationEvents", "transcriptionOptions"):
            options = {"destinationUrl": "sdrive://a", key: value}
            told = "".join(
                p.message for p in validate_reply({"action": {"name": "Continue", "recordingOptions": options}})
            )
            assert "wJalr" not in told


@pytest.mark.parametrize(
    "document", [None, True, 1, 1.5, "text", [], [[]], {}, {"action": None}, {"instructions": None}]
)
def test_any_json_value_is_judged(document: object) -> None:
    assert validate_reply(document) != ()
    assert not whole().is_valid(document)


def test_names_from_a_document_are_cut_and_cleaned() -> None:
    (problem,) = validate_reply({"action": {"name": "\x1b[31m" + "x" * 10_000}})
    assert "\x1b" not in problem.message
    assert len(problem.message) < 120


# ── the dispatch by name is the schema ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("document", DOCUMENTS)
def test_dispatch_agrees_with_the_schema(document: object) -> None:
    assert (validate_reply(document) == ()) is whole().is_valid(document)


VALUES = [
    None, True, False, 0, 1, -1, 600, 601, 14401, 0.5, "", "main", "x", "+46850020001", "private", "en-US", "mp3",
    "ring", "s3://bucket", "azure://a/b", "{{ env.X }}", "{{ call.cli | e164 }}", "Say", "continue", "STARTRECORDING",
    [], {}, [{"id": "main"}], {"name": "Hangup"}, {"destinationUrl": "sdrive://x"}, "Park\n", "a" * 700,
]  # fmt: skip
KEYS = sorted(
    {"name", "nmae", "action", "instructions", "destination"}
    | {p.name for form in (*INSTRUCTIONS.values(), *ACTIONS.values()) for p in form.properties}
)


def places(document: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document, the document itself first."""
    children: list[tuple[str | int, object]] = []
    if isinstance(document, dict):
        children = list(document.items())
    elif isinstance(document, list):
        children = list(enumerate(document))
    return [path, *(deeper for key, value in children for deeper in places(value, (*path, key)))]


def mutated(document: object, path: tuple[str | int, ...], key: str, value: object, how: str) -> object:
    """The document with the place replaced or removed, or with a property more."""
    document = deepcopy(document)
    if not path:
        return {**document, key: value} if isinstance(document, dict) and how == "add" else value
    owner: Any = document
    for step in path[:-1]:
        owner = owner[step]
    if how == "remove":
        del owner[path[-1]]
    elif how == "add" and isinstance(owner[path[-1]], dict):
        owner[path[-1]][key] = value
    else:
        owner[path[-1]] = value
    return document


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.data())
def test_dispatch_agrees_with_the_schema_on_mutations(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(list(ACCEPTED.values())))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)))
        how = data.draw(st.sampled_from(["replace", "remove", "add"]))
        document = mutated(document, place, data.draw(st.sampled_from(KEYS)), data.draw(st.sampled_from(VALUES)), how)
    assert (validate_reply(document) == ()) is whole().is_valid(document)


def test_mutations_of_both_kinds_exist() -> None:
    document = ACCEPTED["a parked call"]
    good = mutated(document, ("action", "introPrompt"), "", "", "remove")
    bad = mutated(document, ("action",), "nmae", 1, "add")
    assert validate_reply(good) == ()
    assert validate_reply(bad) != ()


# ── documented shapes ────────────────────────────────────────────────────────────────────────────────────────────

REFUSED_SHAPES = {
    "classic/part-startrecording.json": "`destination` in place of `destinationUrl`, in one sample",
    "v1/reply-connectstream.json": "ConnectStream is an action of the current API alone",
    "v1/ace-reply-runmenu.json": "recording options without a destination; the classic page requires it",
    "v1/reply-connectconf-2.json": "recording options without a destination",
    "v1/part-connectstream.json": "ConnectStream is an action of the current API alone",
    "v1/ice-reply-connectstream.json": "ConnectStream is an action of the current API alone",
}
"""Every documented shape of the protocol that is refused, and why. No complete classic document is among them."""


def test_complete_classic_documents_are_accepted() -> None:
    complete = {one.file: one.content for one in documented("classic", what=("reply", "manage"))}
    assert len(complete) >= 15
    assert {name: validate_reply(document) for name, document in complete.items() if validate_reply(document)} == {}


def test_the_refused_shapes_are_known() -> None:
    shapes = documented("classic", "v1", what=("reply", "manage", "part"))
    found = {one.file: one.content if "action" in one.content else as_reply(one.content) for one in shapes}
    assert len(found) > 60
    assert {name for name, document in found.items() if validate_reply(document)} == set(REFUSED_SHAPES)


def test_dispatch_agrees_with_the_schema_on_documented_shapes() -> None:
    for document in (one.content for one in documented()):
        for form in (document, as_reply(document), {"instructions": [document], "action": document}):
            assert (validate_reply(form) == ()) is whole().is_valid(form)


# ── the manifest ─────────────────────────────────────────────────────────────────────────────────────────────────

MANIFESTS: Json = json.loads((DATA / "manifest.json").read_text("utf-8"))


def test_a_manifest() -> None:
    assert validate_manifest(MANIFESTS["good"]) == ()
    assert validate("manifest", MANIFESTS["good"]) == ()


@pytest.mark.parametrize("title", MANIFESTS["wrong"])
def test_a_wrong_manifest(title: str) -> None:
    """A value at one path makes the good one wrong, or that nothing stands there."""
    case = MANIFESTS["wrong"][title]
    how = "replace" if "value" in case else "remove"
    manifest = mutated(MANIFESTS["good"], tuple(case["path"]), "", case.get("value"), how)
    assert SchemaProblem(tuple(case["at"]), case["message"]) in validate_manifest(manifest)


@pytest.mark.parametrize("title", MANIFESTS["wrong"])
def test_answers_by_themselves_agree_with_the_schema(title: str) -> None:
    case = MANIFESTS["wrong"][title]
    how = "replace" if "value" in case else "remove"
    manifest = mutated(MANIFESTS["good"], tuple(case["path"]), "", case.get("value"), how)
    assert set(validate_manifest(manifest)) == set(validate("manifest", manifest))


def test_answers_of_every_event_agree_with_the_schema() -> None:
    answer = json.loads(schema_text("manifest"))["$defs"]["answer"]
    for branch in answer["allOf"]:
        assert branch.keys() == {"if", "then"}
        assert branch["if"].keys() == {"properties", "required"}
        assert [*branch["if"]["properties"]] == branch["if"]["required"] == ["event"]
    events = [*answer["properties"]["event"]["anyOf"][0]["enum"], "call.webhook.a.finished", "no event", 7, None]
    reply = MANIFESTS["good"]["replies"][0]
    others = [one for reply in MANIFESTS["good"]["replies"] for one in reply["answers"]]
    for event in events:
        for other in (*others, {}, {"after": []}, {"name": "x", "in": ["a.json"]}):
            manifest = MANIFESTS["good"] | {"replies": [reply | {"answers": [other | {"event": event}]}]}
            assert set(validate_manifest(manifest)) == set(validate("manifest", manifest))


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_jsonschema_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, recpol.base.validate, recpol.platform.v1.forms; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
