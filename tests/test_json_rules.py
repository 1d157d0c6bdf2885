"""Existing SVAML: which documents are wrong, and that the official ones are not, but where the facts fault them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from official import Official, official
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.importer import import_documents
from recpol.platform.pitfalls import MISTAKES
from recpol.report.text import full
from recpol.rules.catalogue import CATALOGUE
from recpol.rules.rule import Rule
from recpol.rules.v1.catalogue import JSON_CATALOGUE, SHARED
from recpol.rules.v1.check import check_json
from recpol.svaml.read import read_document
from test_rule_pages import examples

OPTIONS = '{"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"}'
START = f'{{"name": "StartRecording", "options": {OPTIONS}}}'
MENU = '{"id": "main", "mainPrompt": "choose", "options": [%s]}'


def lint(text: str, event: str = "", path: str = "reply.json") -> tuple[Finding, ...]:
    return check_json(Source(path, text), event).findings


def told(text: str, event: str = "", path: str = "reply.json") -> list[str]:
    return [f"{f.rule} {f.span.text if not f.secret else '…'}" for f in lint(text, event, path)]


def action(inside: str) -> str:
    return f'{{"action": {{{inside}}}}}'


def menus(*options: str) -> str:
    return action(f'"name": "RunMenu", "menus": [{MENU % ", ".join(options)}]')


CASES = [
    # properties
    (action('"name": "ConnectPstn", "number": "+46850020000", "maxDuraton": 9'), "unknown-property maxDuraton"),
    (action('"name": "ConnectMxp", "callheaders": []'), "unknown-property callheaders"),
    (action('"name": "RunMenu", "badge": true, "menus": []'), "unknown-property badge"),
    (action('"name": "Hangup", "number": "+46850020000"'), "unknown-property number"),
    (action('"name": "Park", "maxDuration": "600"'), 'wrong-type "600"'),
    (action('"name": "Park", "maxDuration": null'), "wrong-type null"),
    (action('"name": "Park", "maxDuration": -1.5'), "wrong-type -1.5"),
    ('{"customCallout": {"ice": "[[[["}}', 'callout-body "[[[["'),
    ('{"customCallout": {"ace": ""}}', 'callout-body ""'),
    (action('"name": "ConnectConf"'), "missing-property ConnectConf"),
    (action('"name": "ConnectConf", "conferenceId": " "'), 'missing-property " "'),
    (action('"name": "ConnectSip", "destination": {"endpoint": ""}'), 'missing-property ""'),
    (action('"name": "ConnectPstn", "number": "+46850020000", "indications": "false"'), 'unlisted-value "false"'),
    (action('"name": "Park", "maxDuration": 601'), "number-out-of-range 601"),
    (action('"name": "ConnectPstn", "maxDuration": 0'), "number-out-of-range 0"),
    (action('"name": "ConnectConf", "conferenceId": "YOUR_ROOM"'), 'left-from-a-template "YOUR_ROOM"'),
    (action('"name": "Park", "holdPrompt": "#tts[Please wait."'), "unclosed-prompt #tts["),
    (action('"name": "Park", "holdPrompt": "tts#[Please wait.]"'), "unclosed-prompt tts#[Please wait.]"),
    # names
    (action('"name": "ConnectPhone"'), "unknown-form ConnectPhone"),
    (action('"Name": "Hangup"'), "unknown-form Name"),
    (action('"name": 1'), "unknown-form 1"),
    ('{"instructions": [{"name": "Hangup"}]}', "misplaced-form Hangup"),
    ('{"instructions": ["Answer"], "action": {"name": "Hangup"}}', 'wrong-type "Answer"'),
    ('{"actions": [{"name": "Hangup"}]}', "two-actions actions"),
    ('{"Action": {"name": "Hangup"}}', "unknown-property Action"),
    ("{}", "reply-without-action {"),
    ('{"svaml": 1}', "not-a-reply svaml"),
    ('{"event": "ice", "callid": "1"}', "not-a-reply event"),
    ('{"command": "mute"}', "not-a-reply command"),
    ("[1]", "not-a-reply ["),
    ('{"action": {"command": "hangup"}}', "mixed-dialects command"),
    # recordings
    (action('"name": "Continue", "record": true'), "recording-without-options record"),
    (
        '{"instructions": [{"name": "StartRecording"}], "action": {"name": "Park"}}',
        "recording-without-options StartRecording",
    ),
    (action(f'"name": "Continue", "recordingOptions": {OPTIONS}'), "options-without-flag recordingOptions"),
    (action(f'"name": "Hangup", "record": true, "recordingOptions": {OPTIONS}'), "flag-without-recording record"),
    (f'{{"action": {{"name": "Park"}}, "recordingOptions": {OPTIONS}}}', "options-key recordingOptions"),
    (f'{{"instructions": [{START}, {START}], "action": {{"name": "Park"}}}}', "empty-recording StartRecording"),
    (f'{{"instructions": [{START}], "action": {{"name": "Hangup"}}}}', "empty-recording StartRecording"),
    (f'{{"instructions": [{START}], "action": {{"name": "connectMXP"}}}}', "app-call-prompts StartRecording"),
    (
        '{"instructions": [{"name": "stopRecording"}], "action": {"name": "connectMxp"}}',
        "app-call-prompts stopRecording",
    ),
    (action(f'"name": "connectMxp", "record": true, "recordingOptions": {OPTIONS}'), "app-call-recording connectMxp"),
    # menus
    (menus('{"dtmf": "1", "action": "return()"}'), "menu-action return()"),
    (menus('{"dtmf": "1", "action": "sales"}'), "menu-action sales"),
    (menus('{"dtmf": "12", "action": "return(x)"}'), "bad-key 12"),
    (menus('{"dtmf": "1", "action": "menu(more)"}'), "unknown-menu more"),
    (menus('{"dtmf": 1, "action": "return(x)"}', '{"dtmf": "1", "action": "return(y)"}'), "line-twice 1"),
    (menus(), "empty-menu RunMenu"),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[expected for _, expected in CASES])
def test_a_mistake_is_found_at_its_place(text: str, expected: str) -> None:
    assert expected in told(text), told(text)


GOOD = [
    '{"action": {"name": "hangup"}}',
    '{"ACTION": 1, "action": {"name": "CONTINUE"}}'.replace('"ACTION": 1, ', ""),
    action('"name": "connectPSTN", "number": "{{ call.cli }}", "cli": "private", "amd": {"enabled": true}'),
    menus('{"dtmf": 1, "action": "return(sales)"}', '{"dtmf": "#", "action": "return(none)"}'),
    action('"name": "connectStream", "destination": {"type": "Websocket", "endpoint": "wss://a.example/x"}'),
    f'{{"instructions": [{{"name": "startRecording", "options": {OPTIONS}}}], "action": {{"name": "continue"}}}}',
]


def test_a_fraction_is_a_number_and_not_a_whole_one() -> None:
    for text in (action('"name": "Park", "maxDuration": -1.5'), '{"command": "pause", "durationMilliseconds": 1e3}'):
        assert [f.message.partition(" is ")[2] for f in lint(text) if f.rule == "wrong-type"] == ["not a whole number"]


@pytest.mark.parametrize("callback", ["https://a.example/ice", "HTTPS://a.example/", "${URL}/ice"])
def test_a_callout_may_lead_to_a_url(callback: str) -> None:
    assert told(f'{{"method": "customCallout", "customCallout": {{"ice": "{callback}"}}}}') == []


@pytest.mark.parametrize("starts", [True, False])
def test_beside_an_app_call_the_instruction_is_the_one_finding(starts: bool) -> None:
    instruction = START if starts else '{"name": "stopRecording"}'
    event = "ice" if starts else ""  # in a reply to ICE nothing can be stopped anyhow
    app = '"name": "connectMxp", "destination": {"type": "username", "endpoint": "anna"}'
    (found,) = lint(f'{{"instructions": [{instruction}], "action": {{{app}}}}}', event)
    assert (found.rule, found.severity, "record" in found.help) == ("app-call-prompts", "error", starts)
    flag = f'{app}, "record": true, "recordingOptions": {OPTIONS}'
    both = {f.rule: f.help for f in lint(f'{{"instructions": [{instruction}], "action": {{{flag}}}}}', event)}
    assert both["app-call-prompts"] == "delete it"
    assert "app-call-recording" in both


@pytest.mark.parametrize("text", GOOD)
def test_what_is_right_is_let_be(text: str) -> None:
    assert told(text) == []


def test_the_callback_comes_from_the_name_the_option_or_the_contents() -> None:
    text = action('"name": "Continue"')
    assert told(text) == []
    for path in ("ice.json", "support.ice.svaml.json", "replies/ice-response.json"):
        assert told(text, path=path) == ["form-not-allowed Continue"]
    assert told(text, "ice", "ace.json") == ["form-not-allowed Continue"]
    assert told(text, path="nice.json") == []
    assert "the file's name says so" in lint(text, path="ice.json")[0].message
    assert "the file's name" not in lint(text, "ice")[0].message
    dice = '{"instructions": [{"name": "ReportCallStatus", "value": "success"}], "action": {"name": "Park"}}'
    assert told(dice) == ["form-not-allowed Park"]


def test_an_inline_reply_is_checked_in_its_place() -> None:
    inner = json.dumps(action('"name": "connectPstn", "number": "+46850020000", "maxDuraton": 9'))
    text = f'{{"method": "customCallout", "customCallout": {{"ice": {inner}}}}}'
    found = lint(text)
    assert [(f.rule, f.span.text) for f in found] == [("unknown-property", "maxDuraton")]
    broken = '{"method": "customCallout", "customCallout": {"ice": "{\\"action\\": {\\"name\\": 1,}}"}}'
    assert [(f.rule, f.span.text) for f in lint(broken)] == [("invalid-json", ",")]


def test_a_secret_is_never_repeated() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
    for value in (secret, secret.rpartition(":")[0], f"x{secret}:y", f" {secret}"):
        options = json.dumps({"destinationUrl": "s3://acme-calls/", "credentials": value})
        for found in lint(action(f'"name": "Continue", "record": true, "recordingOptions": {options}')):
            said = " ".join([found.message, found.why, found.help, *(note.text for note in found.notes)])
            assert "wJalr" not in said
            assert found.secret


def test_levels_count_for_documents() -> None:
    text = action('"name": "Continue", "record": true')
    rule = "recording-without-options"
    assert check_json(Source("r.json", text), "", {rule: "off"}).findings == ()
    assert check_json(Source("r.json", text), "", {rule: "info"}).findings[0].level == "info"
    assert check_json(Source("r.json", "{"), "", {"invalid-json": "off"}).errors


# Shared rules, told in the words of documents

NOT_FOR_JSON = re.compile(
    r"`(?:record|connect|say|menu|play|park|store|locale|key|digits|answer)\b[^`(]* |env NAME|`on |->"
)


def everything(text: str) -> list[str]:
    return [said for f in lint(text, "ice") for said in (f.message, f.why, f.help, *(n.text for n in f.notes))]


SHARED_WRONG = [
    action('"name": "Continue", "record": true, "recordingOptions": {"destinationUrl": "s3://a-b/x/"}'),
    action(
        '"name": "Continue", "record": true, "recordingOptions": {"destinationUrl": "s3://a-b/", "credentials": "a:b"}'
    ),
    action(
        '"name": "Continue", "record": true, "recordingOptions": {"destinationUrl": "s3://u@a/", "credentials": "a:b"}'
    ),
    action(
        '"name": "Continue", "record": true, "recordingOptions": {"destinationUrl": "sdrive://a/b", "credentials": "a"}'
    ),
    f'{{"instructions": [{START}, {{"name": "Answer"}}], "action": {{"name": "Hangup"}}}}',
    f'{{"instructions": [{START}], "action": {{"name": "ConnectMxp"}}}}',
    f'{{"instructions": [{START}, {{"name": "Say", "text": "Hello."}}], "action": {{"name": "ConnectMxp"}}}}',
    '{"instructions": [{"name": "Say", "text": ""}], "action": {"name": "Park"}}',
    '{"instructions": [{"name": "Say", "text": "' + "x" * 601 + '"}], "action": {"name": "Park"}}',
    '{"instructions": [{"name": "SendDtmf", "value": "*"}], "action": {"name": "Park"}}',
    '{"instructions": [{"name": "PlayFiles", "ids": ["#x"]}], "action": {"name": "Park"}}',
    action('"name": "ConnectSip", "destination": {"endpoint": "desk"}'),
    action('"name": "ConnectPstn", "number": "a@b"'),
    action('"name": "ConnectPstn", "number": "46850020000", "cli": "incoming"'),
    menus(),
    menus('{"dtmf": "1", "action": "menu(x)"}'),
    menus('{"dtmf": "12", "action": "return(x)"}'),
    menus('{"dtmf": "1", "action": "return(x)"}', '{"dtmf": "1", "action": "return(x)"}'),
    action(
        '"name": "RunMenu", "enableVoice": true, "menus": ['
        '{"id": "main", "mainPrompt": "#tts[Hi]", "options": [{"dtmf": "1", "action": "return(x)"}]}, '
        '{"id": "x", "mainPrompt": "#tts[Hi]", "maxDigits": 1}]'
    ),
    (
        '{"instructions": [{"name": "SetCookie", "key": "a", "value": "b"}], '
        '"action": {"name": "ConnectPstn", "suppressCallbacks": true}}'
    ),
]


@pytest.mark.parametrize("text", SHARED_WRONG)
def test_a_shared_rule_speaks_of_documents(text: str) -> None:
    assert {f.rule for f in lint(text, "ice")} & {shared.rule.name for shared in SHARED}
    for said in everything(text):
        assert not NOT_FOR_JSON.search(said), said


# Official documents

ERRORS = {
    "classic-003-fragment-recordingoptions-rec.json": {"options-key": "no document: the options of one (C01)"},
    "classic-004-fragment-recordingoptions-rec.json": {"options-key": "no document: the options of one (C01)"},
    "classic-015-fragment-startrecording-rec.json": {"destination-key": "`destination` for `destinationUrl` (R13)"},
    "classic-040-fragment-recordingoptions-rec.json": {"options-key": "no document: the options of one (C01)"},
    "v1-015-fragment-startrecording-rec.json": {"credentials-shape": "credentials of two parts (R05)"},
    "v1-085-manage-call-patch-hangup-rec.json": {"empty-recording": "a recording before `hangup` (F15)"},
    "v1-086-manage-call-patch-hangup-rec.json": {"empty-recording": "a recording before `hangup` (F15)"},
    "v2-044-request-body-startcall-note-customer-leg-never-joins-hunt-br.json": {
        "leg-outside-bridge": "the customer never joins the agents' bridge (C34)"
    },
}
"""The official documents that have errors, and the known mistake that each rests on."""


@pytest.mark.parametrize("document", official(), ids=lambda document: document.file)
def test_an_official_document_has_no_error_but_a_known_mistake(document: Official) -> None:
    errors = {f.rule for f in lint(document.text, path=document.file) if f.level == "error"}
    bare = {"bare-form"} if document.context.startswith("fragment:") and document.dialect != "v2" else set()
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
    documents: list[Rule] = [*JSON_CATALOGUE, *(shared.rule for shared in SHARED)]
    assert bool(covering(name, list(CATALOGUE))) != bool(mistake.policy), "a rule or a sentence, for policies"
    assert bool(covering(name, documents)) != bool(mistake.document), "a rule or a sentence, for documents"


def test_the_mistakes_are_all_there() -> None:
    names = [f"R{n:02}" for n in range(1, 32)] + [f"F{n:02}" for n in range(1, 31)] + [f"C{n:02}" for n in range(1, 44)]
    assert list(MISTAKES) == names
    covered = {name for rule in (*CATALOGUE, *JSON_CATALOGUE) for name in rule.covers}
    assert covered <= set(MISTAKES)


def test_rules_that_find_a_mistake_show_it() -> None:
    for rule in JSON_CATALOGUE:
        assert [example for example in examples(rule) if not example.right], rule.name


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


def test_a_manifest_beside_the_replies_is_no_finding() -> None:
    manifest = '{"manifestVersion": 1, "policy": "desk", "target": "svaml1", "replies": []}'
    assert check_json(Source("manifest.json", manifest), "").findings == ()
