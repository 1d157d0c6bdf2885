"""Documents that a schema cannot tell apart: it finds all of them good, or none."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from recpol.base.likeness import Likenesses
from recpol.base.validate import likenesses, validate_document, validate_manifest

ROOT = Path(__file__).parents[1]
SCHEMAS = sorted(file.name.removesuffix(".schema.json") for file in (ROOT / "schemas").glob("*.schema.json"))
GOLDEN = {"svaml-classic": "golden", "svaml1": "golden-svaml1", "svaml2": "golden-svaml2", "manifest": "golden"}

TEXTS = (
    "", "a", "+46850020000", "+46850020001", "46850020000", "sip:a@example.org", "s3://acme/calls/", "ice.json",
    "pie.talk.json", "hangup", "Hangup", "connectPstn", "env.NAME", "x" * 64, "x" * 65, "x" * 600, "x" * 601,
    "x" * 1025, "{{ call.callid }}", "en-GB", "Joanna", "#say[hello]", "\n", "1", "pie", "https://example.org/", "talk",
)  # fmt: skip


def _verdict(schema: str, document: object) -> bool:
    return not (validate_manifest(document) if schema == "manifest" else validate_document(schema, document))


def _documents(schema: str) -> list[Any]:
    files = sorted((ROOT / "tests" / GOLDEN[schema]).rglob("*.json"))
    chosen = [file for file in files if (file.name == "manifest.json") == (schema == "manifest")]
    documents = [json.loads(file.read_text("utf-8")) for file in chosen[::3]]
    return [document for document in documents if _verdict(schema, document)]


def _changed(chance: random.Random, document: Any) -> Any:
    """A copy in which some texts are others, a number or a key is another one, or two texts are the same."""
    mine = copy.deepcopy(document)
    waiting, places = [mine], []
    while waiting:
        one = waiting.pop()
        parts = list(one.items() if isinstance(one, dict) else enumerate(one))
        places += [(one, key) for key, value in parts if not isinstance(value, dict | list)]
        waiting += [value for _, value in parts if isinstance(value, dict | list)]
    for owner, key in chance.sample(places, min(len(places), chance.choice([1, 1, 2]))):
        old = owner[key]
        if isinstance(old, str):
            owner[key] = chance.choice([old + "a", old[::-1], *chance.sample(TEXTS, 3)])
        elif chance.random() < 0.5:
            owner[key] = chance.choice([-1, 0, 1, 1.0, True, False, None, 5_000])
    return mine


@pytest.mark.parametrize("schema", GOLDEN)
def test_of_two_documents_alike_both_are_good_or_neither(schema: str) -> None:
    chance, known = random.Random(schema), likenesses(schema)
    verdicts: dict[Any, bool] = {}
    met = goods = 0
    for document in _documents(schema)[:12]:
        for _ in range(25):
            other = _changed(chance, document)
            likeness, good = known.of(other), _verdict(schema, other)
            met += likeness in verdicts
            goods += good
            assert verdicts.setdefault(likeness, good) == good, other
    assert met > 20, "hardly two are alike: the test says nothing"
    assert 20 < goods < 280


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_keyword_of_our_schemas_is_known(schema: str) -> None:
    assert likenesses(schema).usable


def test_an_unknown_keyword_makes_nothing_alike() -> None:
    known = Likenesses({"properties": {"format": {"format": "date"}}})
    known.note(known.of({"format": "2026-01-01"}))
    assert not known.known(known.of({"format": "2026-01-01"}))


@pytest.mark.parametrize(
    ("schema", "one", "other", "alike"),
    [
        ({"pattern": "^a"}, "ab", "ac", True),
        ({"pattern": "^a"}, "ab", "b", False),
        ({"maxLength": 3}, "abc", "abcd", False),
        ({"minLength": 1}, "abc", "ab", True),
        ({"enum": ["on", "off"]}, "on", "off", False),
        ({"const": {"a": ["deep"]}}, {"a": ["deep"]}, {"a": ["steep"]}, False),
        ({"uniqueItems": True}, ["a", "b"], ["a", "a"], False),
        ({"uniqueItems": True}, ["a", "b"], ["c", "d"], True),
        ({}, [1], [True], False),
        ({}, [1], [1.0], False),
        ({}, [["a"], "b"], [["a", "b"]], False),
        ({}, {"a": "x"}, {"b": "x"}, False),
        ({}, {"a": {}, "b": 1}, {"a": {"b": 1}}, False),
        ({}, "{", {}, False),
    ],
)
def test_what_a_schema_can_tell_apart_is_not_alike(schema: Any, one: Any, other: Any, alike: bool) -> None:
    known = Likenesses(schema)
    assert known.usable
    known.note(known.of(one))
    assert known.known(known.of(other)) == alike
