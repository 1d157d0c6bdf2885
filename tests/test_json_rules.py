"""Existing SVAML: that documented shapes are right, but where the facts fault them, and that any text is checked.

What is found in single documents, and where, is in `tests/cases/json`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documented import Documented, documented
from recpol.analysis.steps import MAX_SEGMENTS
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.importer import import_documents
from recpol.platform.pitfalls import MISTAKES
from recpol.report.text import full
from recpol.rules.catalogue import CATALOGUE
from recpol.rules.check import check
from recpol.rules.every import DOCUMENT_RULES, EVERY, EVERY_BY_NAME
from recpol.rules.notation import POLICY, Notation
from recpol.rules.rule import Rule
from recpol.svaml.read import read_document
from test_rule_pages import examples


def lint(text: str, event: str = "", path: str = "reply.json") -> tuple[Finding, ...]:
    return check(read_document(Source(path, text), event)).findings


def told(text: str, event: str = "", path: str = "reply.json") -> list[str]:
    return [f"{f.rule} {f.span.text}" for f in lint(text, event, path)]


def action(inside: str) -> str:
    return f'{{"action": {{{inside}}}}}'


def test_a_reply_in_a_callout_may_have_more_steps_than_are_looked_at() -> None:
    reply = {"instructions": [{"name": "Answer"}] * MAX_SEGMENTS, "action": {"name": "Continue"}}
    callout = {"method": "customCallout", "customCallout": {"ice": json.dumps(reply)}}
    assert told(json.dumps(callout)) == ["callout-action Continue", "form-not-allowed Continue"]


def test_the_option_tells_the_callback_before_the_name_and_the_contents() -> None:
    text = action('"name": "Continue"')
    assert told(text) == []
    assert told(text, path="ice.json") == ["form-not-allowed Continue"]
    assert told(text, "ice", "ace.json") == ["form-not-allowed Continue"]
    assert "the file's name says so" in lint(text, path="ice.json")[0].message
    assert "the file's name" not in lint(text, "ice")[0].message


def test_levels_count_for_documents() -> None:
    text = action('"name": "Continue", "record": true')
    rule = "recording-without-options"
    assert check(read_document(Source("r.json", text)), {rule: "off"}).findings == ()
    assert check(read_document(Source("r.json", text)), {rule: "info"}).findings[0].level == "info"
    assert check(read_document(Source("r.json", "{")), {"invalid-json": "off"}).errors


# Documented shapes

ERRORS = {
    "classic/part-recording-options.json": {"options-key": "no document: the options of one (C01)"},
    "classic/part-recording-options-2.json": {"options-key": "no document: the options of one (C01)"},
    "classic/part-startrecording.json": {"destination-key": "`destination` for `destinationUrl` (R13)"},
    "classic/part-recording-options-3.json": {"options-key": "no document: the options of one (C01)"},
    "v1/part-startrecording.json": {"credentials-shape": "credentials of two parts (R05)"},
    "v1/manage-hangup.json": {"empty-recording": "a recording before `hangup` (F15)"},
    "v1/manage-hangup-2.json": {"empty-recording": "a recording before `hangup` (F15)"},
    "v2/start-call-4.json": {"leg-outside-bridge": "the customer never joins the agents' bridge (C34)"},
}
"""The documents that have errors, and the known mistake that each rests on."""


@pytest.mark.parametrize("document", documented(), ids=lambda document: document.file)
def test_a_documented_shape_has_no_error_but_a_known_mistake(document: Documented) -> None:
    errors = {f.rule for f in lint(document.text, path=document.file) if f.level == "error"}
    bare = {"bare-form"} if document.what == "part" else set()
    known = set(ERRORS.get(document.file, {}))
    assert errors == ((bare - {"bare-form"}) if "options-key" in known else bare) | known


# Totality

PARTS = ["action", "instructions", "name", "Say", "ConnectConf", "RunMenu", "menus", "id", "main", "options", "record"]
PARTS += ["recordingOptions", "destinationUrl", "credentials", "s3://a", "customCallout", "ice", "ids", "#tts[", "text"]
PARTS += ["StartRecording", "ConnectPstn", "ConnectMxp", "StopRecording", "dtmf", "callHeaders", "key", "value", "{}"]
WORD = st.sampled_from(PARTS)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99999) | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=4),
    max_leaves=25,
)


@given(VALUE, st.sampled_from(["", "ice", "ace", "pie", "manage", "callout"]))
def test_any_document_is_checked_to_the_end(value: object, event: str) -> None:
    text = json.dumps(value)
    for found in lint(text, event):
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert found.message
        assert found.rule


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "options", "ids", "text"]), VALUE, max_size=3), max_size=3), VALUE
)
def test_any_reply_is_checked_to_the_end(instructions: object, action_: object) -> None:
    lint(json.dumps({"instructions": instructions, "action": action_}), "ice")


# Every known mistake


def covering(name: str, rules: list[Rule]) -> list[Rule]:
    return [rule for rule in rules if name in rule.covers]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_or_there_is_a_sentence_why_not(name: str) -> None:
    mistake = MISTAKES[name]
    documents = list(DOCUMENT_RULES)
    assert bool(covering(name, list(CATALOGUE))) != bool(mistake.policy), "a rule or a sentence, for policies"
    assert bool(covering(name, documents)) != bool(mistake.document), "a rule or a sentence, for documents"


def test_the_mistakes_are_all_there() -> None:
    names = [f"R{n:02}" for n in range(1, 32)] + [f"F{n:02}" for n in range(1, 31)] + [f"C{n:02}" for n in range(1, 44)]
    assert list(MISTAKES) == names
    covered = {name for rule in (*CATALOGUE, *DOCUMENT_RULES) for name in rule.covers}
    assert covered <= set(MISTAKES)


def test_rules_that_find_a_mistake_show_it() -> None:
    for rule in EVERY:
        assert rule.about_policies or [example for example in examples(rule) if not example.right], rule.name


# The page about documents


def fenced(kind: str) -> list[str]:
    page = (Path(__file__).parents[1] / "docs" / "json.md").read_text("utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_a_lint_says() -> None:
    assert full(lint(fenced("json")[0], path="support.ace.svaml.json")) == fenced("text")[0]


def test_the_page_shows_what_an_import_makes() -> None:
    result = import_documents("support", [read_document(Source("ice.json", fenced("json")[1]))])
    assert result.text == fenced("recpol")[0]
    assert result.secrets == ("SUPPORT_CREDENTIALS",)


# Levels

BINDING = {"action": {"name": "ConnectPstn", "number": "46850020000"}}


def test_a_rule_that_always_speaks_does_so_in_documents_too() -> None:
    document = read_document(Source("ice.json", json.dumps(BINDING)))
    (found,) = check(document).findings
    assert (found.rule, found.level, EVERY_BY_NAME[found.rule].binding) == ("bad-number", "warning", True)
    assert check(document, {"bad-number": "off"}).findings == (found,)
    assert check(document, {"bad-number": "info"}).findings == (found,)


# The author's words

OURS = sorted({word for name in Notation.__annotations__ if isinstance(word := getattr(POLICY, name), str)})
"""What rules say to the author of a policy: nobody who reads JSON is told so, unless it is a word of theirs."""


@pytest.mark.parametrize(
    "word", [*OURS, "answer", "connect sip", "several `say`", "the store `x` has", "delete the line"]
)
def test_a_word_of_the_authors_stands_as_it_was_written(word: str) -> None:
    menus = [{"id": "main", "options": [{"dtmf": "1", "action": f"menu({word})"}, {"dtmf": word, "action": "menu(b)"}]}]
    text = json.dumps({"action": {"name": "RunMenu", "locale": "en-GB", "menus": [*menus, {"id": "b"}]}})
    messages = [finding.message for finding in lint(text, "ace")]
    assert f"there is no menu `{word}` in this `RunMenu`" in messages
    assert f"`{word}` is not one key" in messages
    call = json.dumps({"action": {"name": "ConnectPstn", "number": word, "locale": "en-GB"}})
    assert f"`{word}` is not a telephone number" in [finding.message for finding in lint(call, "ice")]
