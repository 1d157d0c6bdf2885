"""Fixes of documents as text before and after, and what is proven of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documented import Documented, documented
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.fixes import FixedFile, apply_fixes, suggested
from recpol.fixes.budget import FEWEST, MOST
from recpol.report.changes import changes
from recpol.rules.check import Level, check
from recpol.svaml.application import application, applications
from recpol.svaml.document import Document
from recpol.svaml.read import read_document
from test_json_rules import VALUE

SECRET = "EXAMPLEsecretEXAMPLEsecretEXAMPLEsecretX"
OPTIONS = '{"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"}'
RECORDED = f'"record": true, "recordingOptions": {OPTIONS}'
PSTN = '"name": "ConnectPstn", "number": "+46850020000"'
MENU = '{"action": {"name": "RunMenu", "menus": [{"id": "main", "mainPrompt": "choose", "options": [%s]}]}}'
V2 = (
    '{"commands": [{"command": "answer"}, {"command": "startRecording", "recordingName": "a", "recordingOptions": %s}]}'
)
V2_OPTIONS = '"destination": "AWS", "destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"'


def action(inside: str) -> str:
    return f'{{"action": {{{inside}}}}}'


def start(options: str, key: str = "options") -> str:
    inside = f'[{{"name": "StartRecording", "{key}": {options}}}]'
    return f'{{"instructions": {inside}, "action": {{{PSTN}}}}}'


class Case(NamedTuple):
    """A fix: the rule, whether it is safe, and the text before it and after it."""

    rule: str
    safe: bool
    before: str
    after: str


CASES = [
    Case("destination-key", False, start(OPTIONS.replace("Url", "")), start(OPTIONS)),
    Case("destination-key", False, start(OPTIONS.replace("Url", "Uri")), start(OPTIONS)),
    Case("destination-key", False, start(OPTIONS.replace("destinationUrl", "url")), start(OPTIONS)),
    Case("options-key", False, start(OPTIONS, "recordingOptions"), start(OPTIONS)),
    Case("options-key", False, action(f'{PSTN}, "record": true, "options": {OPTIONS}'), action(f"{PSTN}, {RECORDED}")),
    Case(
        "recording-flag-name",
        False,
        action(f"{PSTN}, {RECORDED}".replace('record"', 'recording"')),
        action(f"{PSTN}, {RECORDED}"),
    ),
    Case("unknown-property", True, action(f'{PSTN}, "maxduration": 600'), action(f'{PSTN}, "maxDuration": 600')),
    Case("unknown-property", False, action(f'{PSTN}, "maxDuraton": 600'), action(f'{PSTN}, "maxDuration": 600')),
    Case(
        "unknown-property", False, action('"name": "Hangup",\n  "number": "+46850020000"'), action('"name": "Hangup"')
    ),
    Case(
        "unknown-property",
        False,
        action(f'{PSTN}, "suppresscallbacks": true'),
        action(f'{PSTN}, "suppressCallbacks": true'),
    ),
    Case("wrong-type", True, action(f'{PSTN}, "maxDuration": "600"'), action(f'{PSTN}, "maxDuration": 600')),
    Case(
        "wrong-type",
        True,
        action('"name": "ConnectConf", "conferenceId": 4711'),
        action('"name": "ConnectConf", "conferenceId": "4711"'),
    ),
    Case("wrong-type", True, action('"name": "ConnectPstn", "number": 46850020000'), action(PSTN)),
    Case(
        "wrong-type",
        False,
        action('"name": "ConnectPstn", "number": 2025550123'),
        action('"name": "ConnectPstn", "number": "+2025550123"'),
    ),
    Case(
        "wrong-type",
        False,
        action(f'{PSTN}, "suppressCallbacks": "true"'),
        action(f'{PSTN}, "suppressCallbacks": true'),
    ),
    Case("wrong-type", True, action(f'{PSTN}, "cli": null'), action(PSTN)),
    Case("wrong-type", True, action(f'{PSTN}, "dtmf": 12'), action(f'{PSTN}, "dtmf": "12"')),
    Case(
        "unlisted-value",
        True,
        action('"name": "ConnectConf", "conferenceId": "a", "moh": "Music1"'),
        action('"name": "ConnectConf", "conferenceId": "a", "moh": "music1"'),
    ),
    Case(
        "unlisted-value",
        False,
        action('"name": "ConnectConf", "conferenceId": "a", "moh": "musci1"'),
        action('"name": "ConnectConf", "conferenceId": "a", "moh": "music1"'),
    ),
    Case("unknown-form", False, action('"name": "Hangpu"'), action('"name": "Hangup"')),
    Case("unknown-property", False, action('"Name": "Hangup"'), action('"name": "Hangup"')),
    Case(
        "number-out-of-range", False, action(f'{PSTN}, "maxDuration": 20000'), action(f'{PSTN}, "maxDuration": 14400')
    ),
    Case(
        "duplicate-key",
        True,
        action(f'{PSTN}, "maxDuration": 60, "maxDuration": 60'),
        action(f'{PSTN}, "maxDuration": 60'),
    ),
    Case("bare-form", False, '{"name": "Hangup"}\n', action('"name": "Hangup"') + "\n"),
    Case("two-actions", False, '{"action": [ {"name": "Hangup"} ]}', action('"name": "Hangup"')),
    Case(
        "menu-action",
        False,
        MENU % '{"dtmf": "1", "action": "sales"}',
        MENU % '{"dtmf": "1", "action": "return(sales)"}',
    ),
    Case(
        "unknown-menu",
        False,
        MENU % '{"dtmf": "1", "action": "menu(mian)"}',
        MENU % '{"dtmf": "1", "action": "menu(main)"}',
    ),
    Case(
        "first-menu",
        False,
        (MENU % '{"dtmf": "1", "action": "return(x)"}').replace('main"', 'Main"'),
        MENU % '{"dtmf": "1", "action": "return(x)"}',
    ),
    Case("bad-number", True, action('"name": "ConnectPstn", "number": "46850020000"'), action(PSTN)),
    Case("bad-locale", True, action(f'{PSTN}, "locale": "sv-se"'), action(f'{PSTN}, "locale": "sv-SE"')),
    Case(
        "fixed-file-name",
        True,
        start(OPTIONS.replace("calls/", "calls/desk/call.mp3")),
        start(OPTIONS.replace("calls/", "calls/desk/")),
    ),
    Case(
        "extension-mismatch",
        True,
        start(OPTIONS.replace("calls/", "calls/{{ call.callid }}.wav")),
        start(OPTIONS.replace("calls/", "calls/{{ call.callid }}.mp3")),
    ),
    Case("drive-folder", True, start('{"destinationUrl": "sdrive://desk/"}'), start('{"destinationUrl": "sdrive://"}')),
    Case(
        "drive-credentials",
        False,
        start('{"destinationUrl": "sdrive://", "credentials": "x"}'),
        start('{"destinationUrl": "sdrive://"}'),
    ),
    Case(
        "literal-credentials",
        False,
        start(OPTIONS.replace("{{ env.KEY }}", f"AKIAIOSFODNN7EXAMPLE:{SECRET}:eu-west-1")),
        start(OPTIONS.replace("env.KEY", "env.ACME_CALLS_CREDENTIALS")),
    ),
    Case(
        "say-before-answer",
        False,
        '{\n  "instructions": [\n    {"name": "Say", "text": "Hi.", "locale": "en-GB"}\n  ],\n  "action": {'
        + PSTN
        + "}\n}",
        '{\n  "instructions": [\n    {"name": "Answer"},\n    {"name": "Say", "text": "Hi.", "locale": "en-GB"}\n  ],\n'
        '  "action": {' + PSTN + "}\n}",
    ),
    Case(
        "say-before-answer",
        False,
        '{"instructions": [{"name": "say", "text": "Hi.", "locale": "en-GB"}], "action": {'
        + PSTN.replace("Connect", "connect")
        + "}}",
        '{"instructions": [{"name": "answer"}, {"name": "say", "text": "Hi.", "locale": "en-GB"}], "action": {'
        + PSTN.replace("Connect", "connect")
        + "}}",
    ),
    Case(
        "callout-body",
        False,
        '{"method": "conferenceCallout", "ttsCallout": {"text": "Hi."}}',
        '{"method": "ttsCallout", "ttsCallout": {"text": "Hi."}}',
    ),
    Case(
        "callout-callbacks",
        False,
        json.dumps(
            {
                "method": "customCallout",
                "customCallout": {"ice": action(PSTN), "ace": action('"name": "Continue"'), "enableAce": False},
            }
        ),
        json.dumps(
            {
                "method": "customCallout",
                "customCallout": {"ice": action(PSTN), "ace": action('"name": "Continue"'), "enableAce": True},
            }
        ),
    ),
    Case(
        "transcription-language",
        False,
        start(OPTIONS[:-1] + ', "transcriptionOptions": {"enabled": true, "locale": "sv-SV"}}'),
        start(OPTIONS[:-1] + ', "transcriptionOptions": {"enabled": true, "locale": "sv-SE"}}'),
    ),
    Case(
        "transcription-language",
        False,
        start(OPTIONS[:-1] + ', "transcriptionOptions": {"enabled": true, "locale": "gd-GB"}}'),
        start(OPTIONS[:-1] + ', "transcriptionOptions": {"enabled": true, "locale": "gd_GB"}}'),
    ),
    Case(
        "unknown-property",
        False,
        MENU.replace('"menus"', '"badge": true, "menus"') % '{"dtmf": "1", "action": "return(x)"}',
        MENU.replace('"menus"', '"barge": true, "menus"') % '{"dtmf": "1", "action": "return(x)"}',
    ),
    *(
        Case(rule, False, V2 % inside, V2 % inside.replace(*words))
        for rule, words, inside in (
            ("unlisted-value", ("mp3", "MP3"), f'{{{V2_OPTIONS}, "format": "mp3"}}'),
            ("unlisted-value", ("aws", "AWS"), f"{{{V2_OPTIONS.replace('AWS', 'aws')}}}"),
            ("unlisted-value", ("combined", "COMBINED"), f'{{{V2_OPTIONS}, "recordingType": "combined"}}'),
            ("pre-release-name", ('"url"', '"destinationUrl"'), f"{{{V2_OPTIONS.replace('destinationUrl', 'url')}}}"),
            (
                "transcription-switch",
                ("enabled", "isEnabled"),
                f'{{{V2_OPTIONS}, "transcriptionOptions": {{"enabled": true, "locale": "en-GB"}}}}',
            ),
        )
    ),
    Case(
        "pre-release-name", False, (V2 % f"{{{V2_OPTIONS}}}").replace("recordingName", "name"), V2 % f"{{{V2_OPTIONS}}}"
    ),
    *(
        Case("pre-release-name", False, f'{{"commands": [{old}]}}', f'{{"commands": [{old.replace(*words)}]}}')
        for words, old in (
            (('"name"', '"messagesName"'), '{"command": "stopMessages", "name": "welcome"}'),
            ((', "name": "b"', ""), '{"command": "stopMessages", "messagesName": "welcome", "name": "b"}'),
        )
    ),
    Case("invalid-json", False, '{"action": {"name": "Hangup",},}', action('"name": "Hangup"')),
    Case("invalid-json", False, "{'action': {name: 'Hangup'}} // done\n", action('"name": "Hangup"') + "\n"),
    Case(
        "invalid-json",
        False,
        '{\n  # parked\n  "action": {"name"= "Hangup"}\n}\n',
        '{\n  "action": {"name": "Hangup"}\n}\n',
    ),
    Case(
        "invalid-json",
        False,
        f'{{"action": {{{PSTN} "cli": "private", "record": False}}}}',
        action(f'{PSTN}, "cli": "private", "record": false'),
    ),
]

EVENT = {"say-before-answer": "ice", "callout-body": "callout"}


def fixed_file(text: str, *, unsafe: bool = False, event: str = "", path: str = "reply.json") -> FixedFile:
    return apply_fixes(text, lambda of: read_document(Source(path, of), event), unsafe=unsafe)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{'safe' if case.safe else 'unsafe'}")
def test_a_fix(case: Case) -> None:
    event = EVENT.get(case.rule, "")
    safe, whole = fixed_file(case.before, event=event), fixed_file(case.before, unsafe=True, event=event)
    assert whole.text == case.after
    assert safe.text == (case.after if case.safe else case.before)
    assert case.rule in {applied.finding.rule for applied in whole.done}
    assert case.rule not in {finding.rule for finding in whole.left}


def test_the_page_lists_every_fix_of_documents() -> None:
    page = (Path(__file__).parents[1] / "docs" / "fixes.md").read_text("utf-8").partition("## Documents")[2]
    listed = dict(re.findall(r"^\| \[([a-z-]+)\]\S* \|.*\| ([a-z, ]+) \|$", page, re.MULTILINE))
    kinds = {"safe": {True}, "unsafe": {False}, "safe, unsafe": {True, False}}
    fixed = {rule: {case.safe for case in CASES if case.rule == rule} for rule in {case.rule for case in CASES}}
    assert {name: kinds[kind] for name, kind in listed.items() if kind in kinds} == fixed
    assert [name for name, kind in listed.items() if kind == "choice"] == ["options-without-flag"]


def test_the_flag_or_no_options_is_a_choice() -> None:
    text = action(f'{PSTN},\n  "recordingOptions": {OPTIONS}')
    (found,) = [f for f in check(read_document(Source("r.json", text))).findings if f.rule == "options-without-flag"]
    assert [fix.title for fix in found.fixes] == ['add `"record": true`', "delete the options"]
    assert fixed_file(text, unsafe=True).text == text
    made = [text[: f.edits[0].span.start] + f.edits[0].text + text[f.edits[0].span.end :] for f in found.fixes]
    assert made == [action(f'{PSTN},\n  "record": true,\n  "recordingOptions": {OPTIONS}'), action(PSTN)]


def test_what_no_fix_is_about_stays_as_it_is_written() -> None:
    text = '{ "action" :\r\n\t{"name":"ConnectPstn" , "number":"46850020000",'
    text += '"cli" : "\\u0070rivate" ,"maxDuration": "60"} }\r\n'
    assert fixed_file(text).text == text.replace('"46850020000"', '"+46850020000"').replace('"60"', "60")


def test_a_reply_inside_a_string_is_mended_with_its_quotes() -> None:
    inner = action('"name": "connectPstn", "number": 46850020000, "maxDuration": "60"')
    text = json.dumps({"method": "customCallout", "customCallout": {"ice": inner}})
    whole = fixed_file(text)
    after = json.loads(json.loads(whole.text)["customCallout"]["ice"])
    assert after == {"action": {"name": "connectPstn", "number": "+46850020000", "maxDuration": 60}}
    said = '{"instructions": [{"name": "say", "text": "Hi.", "locale": "en-GB"}], ' + action(PSTN)[1:]
    text = json.dumps({"method": "customCallout", "customCallout": {"ice": said}})
    after = json.loads(json.loads(fixed_file(text, unsafe=True).text)["customCallout"]["ice"])
    assert after["instructions"][0] == {"name": "Answer"}


def test_a_diff_shows_no_secret_of_an_inner_reply() -> None:
    options = OPTIONS.replace("{{ env.KEY }}", f"AKIAIOSFODNN7EXAMPLE:{SECRET}:eu-west-1")
    text = json.dumps(
        {"method": "customCallout", "customCallout": {"ice": start(options).replace('"+46850020000"', "46850020000")}}
    )
    whole = fixed_file(text)
    shown = changes(whole.before.source, whole.after.source)
    assert '\\"+46850020000\\"' in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    "text",
    [
        start(OPTIONS[:-1] + ', "notificationevents": true}'),
        start(OPTIONS[:-1] + ', "notificationEvents": null}').replace("destinationUrl", "destination"),
        action(f'{PSTN}, "suppresscallbacks": true'),
        action(f'{PSTN}, "Record": true, "recordingOptions": {OPTIONS}'),
        '{"Action": {"name": "Hangup"}}',
        '{"instructions": [{"name": "Say", "Text": "Hi.", "locale": "en-GB"}], "action": {"name": "Park"}}',
    ],
)
def test_nothing_is_safe_where_it_is_not_known_what_is_recorded(text: str) -> None:
    assert fixed_file(text).text == text


def test_a_name_of_the_drafts_stays_where_a_new_one_would_make_things_worse() -> None:
    """Under its name of today it is a name, and one that is too long."""
    for name, fixed in (("a" * 32, True), ("a" * 33, False)):
        today = (V2 % f"{{{V2_OPTIONS}}}").replace('"a"', f'"{name}"')
        before = today.replace("recordingName", "name")
        assert fixed_file(before, unsafe=True).text == (today if fixed else before)
        assert ("pre-release-name" in tried(before)) is fixed


def test_a_broken_document_has_no_safe_fixes() -> None:
    text = '{"action": {"name": "ConnectPstn", "number": "46850020000",}}'
    assert fixed_file(text).text == text
    assert fixed_file(text, unsafe=True).text == action(PSTN)


# What is offered


def tried(text: str, event: str = "") -> dict[str, list[bool]]:
    """Of each rule, whether its fixes that are offered are safe."""
    document = read_document(Source("reply.json", text), event)
    found = check(document).findings
    told = suggested(document, found, lambda of: read_document(Source("reply.json", of), event))
    assert [f.message for f in told] == [f.message for f in found]
    return {finding.rule: [fix.safe for fix in finding.fixes] for finding in told if finding.fixes}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_fix_is_offered_as_what_it_is(case: Case) -> None:
    assert tried(case.before, EVENT.get(case.rule, ""))[case.rule] == [case.safe]


def test_a_fix_that_only_its_rule_calls_safe_is_offered_as_unsafe() -> None:
    text = start(OPTIONS[:-1] + ', "notificationEvents": null}').replace("destinationUrl", "destination")
    assert tried(text) == {"destination-key": [False], "wrong-type": [False]}


# How often a text is looked at

TYPOS = [f'{{"name": "startRecordng", "options": {OPTIONS}}}', '{"name": "sayy", "text": 5, "foo": 1}']


@pytest.mark.parametrize("typo", TYPOS, ids=["recording", "say"])
@pytest.mark.parametrize("times", [3, 60, 1000])
def test_however_many_fixes_fail_a_text_is_looked_at_a_few_times(typo: str, times: int) -> None:
    """Of fixes that make something worse each by itself, none hides the one that is right."""
    text = f'{{"instructions": [{", ".join([typo] * times)}], "action": {{{PSTN.replace("+", "")}}}}}'
    looks = 0

    def look(of: str) -> Document:
        nonlocal looks
        looks += 1
        return read_document(Source("reply.json", of))

    document = look(text)
    found = check(document).findings
    looks = 0
    told = suggested(document, found, look)
    assert looks <= (MOST if times < 1000 else FEWEST + 4)
    assert [fix.safe for f in told for fix in f.fixes if f.rule == "bad-number"] == [True]
    for unsafe in (False, True):
        looks = 0
        whole = apply_fixes(text, look, unsafe=unsafe)
        assert looks <= MOST + 1
        assert '"+46850020000"' in whole.text
        assert (whole.untried > 0) is (unsafe and times > 3)


# The law


@pytest.mark.parametrize("document", documented(), ids=lambda document: document.file)
def test_fixes_never_make_a_document_worse(document: Documented) -> None:
    for unsafe in (False, True):
        whole = fixed_file(document.text, unsafe=unsafe, path=document.file)
        before, after = [[f for f in found if f.level != "info"] for found in (whole.found, whole.left)]
        assert len(after) <= len(before)
        if not isinstance(whole.before, Document) or not whole.before.broken:
            json.loads(whole.text)


# Replies of one application


def together(documents: list[Document], levels: dict[str, Level] | None = None) -> tuple[Finding, ...]:
    """What is found in the replies of each application among some documents."""
    return tuple(found for one in applications(documents) for found in check(one, levels).findings)


ACE = f'{{"action": {{"name": "Continue", {RECORDED}}}}}'
APP = action('"name": "ConnectMxp", "destination": {"type": "username", "endpoint": "anna"}')


def test_an_application_is_known_by_the_names_of_its_files() -> None:
    assert application("a/office.ice.svaml.json") == application("a/office.pie.sales.json") == "a/office."
    assert application("a/ice.json") == application("a/ACE.json") == "a/"
    assert application("a/other.json") == "a/other.json"


def test_levels_count_for_replies_together() -> None:
    documents = [read_document(Source(path, text)) for path, text in (("ice.json", APP), ("ace.json", ACE))]
    assert together(documents, {"recording-unreachable": "off"}) == ()


# What recpol writes


@pytest.mark.parametrize("folder", sorted((Path(__file__).parent / "golden").iterdir()), ids=lambda path: path.name)
def test_what_recpol_writes_gives_no_warning_together(folder: Path) -> None:
    paths = [path for path in folder.glob("*.json") if path.name != "manifest.json"]
    documents = [read_document(Source(path.name, path.read_text("utf-8"))) for path in paths]
    found = [*together(documents), *(f for document in documents for f in check(document).findings)]
    doubtful = {"recording-flag-name", "drive-in-doubt", "app-call-recording", "one-participant"}
    assert [f.rule for f in found if f.level != "info" and f.rule not in doubtful] == []


# Any document


@settings(max_examples=60)
@given(VALUE, VALUE, st.sampled_from(["", "ice", "ace", "pie", "manage", "callout"]))
def test_fixes_of_any_document_leave_json(instructions: object, last: object, event: str) -> None:
    for value in ({"instructions": instructions, "action": last}, last):
        text = json.dumps(value)
        whole = fixed_file(text, unsafe=True, event=event)
        json.loads(whole.text)
        assert len([f for f in whole.left if f.level == "error"]) <= len([f for f in whole.found if f.level == "error"])
        assert fixed_file(whole.text, unsafe=True, event=event).text == whole.text, "what is fixed stays"


@settings(max_examples=60)
@given(st.sampled_from([case.after for case in CASES]), st.randoms(use_true_random=False))
def test_what_is_broken_is_read_further_after_each_round(text: str, random: Random) -> None:
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(text))
        text = (
            text[:at] + random.choice(["", ",", ",,", "'", "# x\n", "x", "=", "}"]) + text[at + random.randint(0, 1) :]
        )
    whole = fixed_file(text, unsafe=True)
    before, after = whole.before, whole.after
    assert isinstance(before, Document)
    assert isinstance(after, Document)
    assert sum(map(behind, after.broken)) <= sum(map(behind, before.broken))


def behind(finding: Finding) -> int:
    """How much of a text comes after the place where reading stopped."""
    return len(finding.span.source.text) - finding.span.start + 1


# Slips in what recpol writes

SLIPS = [
    (r'"number": "\+(\d{11,})"', r'"number": "\1"'),
    (r'"number": "\+(\d{11,})"', r'"number": \1'),
    (r'"number": "\+(\d{11,})"', r'"number": "00\1"'),
    (r'"maxDuration": (\d+)', r'"maxDuration": "\1"'),
    (r'"maxDuration":', '"maxduration":'),
    (r'"mainPrompt":', '"mainprompt":'),
    (r'"en-GB"', '"en-gb"'),
    (r'"name": "ConnectPstn",', '"name": "ConnectPstn",\n    "cli": null,'),
    (r'("conferenceId": "[^"]*")', r"\1, \1"),
]
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*/*.json"))


def test_slips_with_safe_fixes_give_back_what_recpol_wrote() -> None:
    """The judge is the text that was compiled: nothing of it changes, and least of all what is recorded."""
    used: set[str] = set()
    replies = (path for path in GOLDEN if path.name != "manifest.json" and not path.name.startswith("callout."))
    for path in replies:  # what a callout says by itself is not lifted, so that no fix of it is proven to be safe
        text = path.read_text("utf-8")
        for old, new in SLIPS:
            wrong = re.sub(old, new, text, count=1)
            if wrong != text:
                used.add(new)
                assert fixed_file(wrong, path=path.name).text == text, (path, new)
        every = text
        for old, new in SLIPS[::-1]:
            every = re.sub(old, new, every, count=1)
        assert fixed_file(every, path=path.name).text == text, path
    assert used == {new for _, new in SLIPS}
