"""Test files: what is read, what is refused and where it is underlined; what a test expects, and what it says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recpol.analysis.program import program
from recpol.base import resources
from recpol.base.finding import Finding
from recpol.base.source import Source, Unreadable
from recpol.calls import trace as t
from recpol.compilation import compile_program
from recpol.platform.targets import CLASSIC
from recpol.policytest import CaseFile, CaseResult, NamedPiece, default_policy, read_tests, run_case
from recpol.policytest.read import CASE_KEYS, EXPECTATIONS, FILE, KEYS, read_call
from recpol.settings.config import VAR_NAME

LINE = """\
policy line
locale en-GB
store calls { url "s3://acme-calls/in/" credentials env KEY }
store rooms { url "s3://acme-calls/rooms/" credentials env KEY }
on ice {
  answer
  notice: say "Your call is recorded." @told
  menu {
    prompt "To talk press 1, to meet press 2, to enter a PIN press 3."
    key 1 -> talk key 2 -> room key 3 -> menu pin
    menu pin { prompt "Your PIN?" digits 4 -> talk }
  }
}
on pie talk {
  say "This text is so long that a line of a call cannot show it in full, can it?"
  agent: connect pstn +46850020000 @desk { phase card @card }
}
on ace { continue }
on pie room { record conference to rooms { connect conference "board" } }
on pie otherwise { say "Good bye." hangup }
record call agent except card to calls
"""


def reader(written: str, using: str) -> Source | Unreadable:
    """Expected documents: `ice.json` is one, `broken.json` is none, and there are no others."""
    texts = {"ice.json": '\ufeff{"action": {"name": "Hangup"}}', "broken.json": "{", "deep.json": "[" * 100_000}
    return Source(written, texts[written]) if written in texts else Unreadable("there is no such file")


def read(text: str) -> CaseFile:
    return read_tests(Source("line.test.yaml", text), reader)


def problems(text: str) -> tuple[Finding, ...]:
    file = read(text)
    return (*file.problems, *(problem for case in file.cases for problem in case.problems))


def results(text: str) -> list[CaseResult]:
    compilation = compile_program(program(Source("line.recpol", LINE), targets=(CLASSIC,)))
    assert [finding.message for finding in compilation.findings if finding.level == "error"] == []
    documents = {reply.file: reply.document for reply in compilation.replies}
    file = read(text)
    assert file.problems == ()
    return [run_case(compilation.program, documents, case) for case in file.cases]


def result(lines: str) -> CaseResult:
    """What comes of one test."""
    (only,) = results("tests:\n- name: x\n" + "".join(f"  {line}\n" for line in lines.strip().splitlines()))
    return only


def told(lines: str) -> list[tuple[str, str, str]]:
    """The differences of a test that fails: underlined text, message, and its label or help."""
    only = result(lines)
    assert (only.status == "failed") is bool(only.findings)
    return [(finding.span.text, finding.message, finding.label or finding.help) for finding in only.findings]


# Reading


def test_everything_that_can_be_said() -> None:
    file = read(
        """\
policy: other.recpol
vars: {BUCKET: acme, COUNT: 010, LIVE: yes}
tests:
  - name: the  card
      number
    call: press 1; answer   # and so on
    recorded: [agent, "@desk", Your call is, +46850020000]
    not-recorded: card
    heard: '"hello"'
    not-heard: [7]
    into: {agent: calls, This text: calls}
    files: 2
    ends: no
    replies:
      ice.json: ice.json
      ace.json: {action: {name: Continue, recording: true, n: [1, 2.5, null]}}
  - name: later
    call:
      - press 1; answer
      - hang up
    skip: true
    reason: not yet
"""
    )
    assert file.problems == ()
    assert file.policy is not None
    assert file.policy[0] == "other.recpol"
    assert dict(file.variables) == {"BUCKET": "acme", "COUNT": "010", "LIVE": "yes"}
    first, second = file.cases
    assert first.problems == ()
    assert first.name == "the card number"
    assert first.call.events == (t.Presses("1"), t.Answers())
    assert [(named.kind, named.text) for named in first.recorded] == [
        ("label", "agent"), ("tag", "desk"), ("words", "Your call is"), ("words", "+46850020000")
    ]  # fmt: skip
    assert [named.text for named in (*first.not_recorded, *first.heard, *first.not_heard)] == ["card", "hello", "7"]
    assert [(named.text, store) for named, store, _ in first.into] == [("agent", "calls"), ("This text", "calls")]
    assert first.files is not None
    assert first.ends is not None
    assert (first.files[0], first.ends[0], first.skip) == (2, False, None)
    assert {reply.file: reply.expected for reply in first.replies} == {
        "ice.json": {"action": {"name": "Hangup"}},
        "ace.json": {"action": {"name": "Continue", "recording": True, "n": [1, 2.5, None]}},
    }
    assert second.call.events == (t.Presses("1"), t.Answers(), t.HangsUp())
    assert (second.skip, second.problems) == ("not yet", ())


def test_a_test_file_belongs_to_the_policy_beside_it() -> None:
    assert default_policy("a/support-line.test.yaml") == "a/support-line.recpol"
    assert read("tests: [{name: x, files: 0}]").policy is None


@pytest.mark.parametrize(
    ("text", "underlined", "message", "help_"),
    [
        ("", "", "no tests in this file", "write `tests:`"),
        ("policy: x.recpol", "policy: x.recpol", "no tests in this file", "write `tests:`"),
        ("tests: []", "tests: [", "no tests in this file", "write `tests:`"),
        ("tests: x", "x", "`tests` is the text `x`", "begin"),
        ("tests: [x]", "x", "a test is the text `x`", "begin each test with `- name:`"),
        ("- name: x", "- name: x", "no tests in this file", "write `tests:`"),
        ("policy: [x]\ntests: [{name: x, files: 0}]", "[x", "`policy` is a list", "name a policy"),
        ("policy:\ntests: [{name: x, files: 0}]", "", "`policy` is without a value", "name a policy"),
        ("polcy: x\ntests: [{name: x, files: 0}]", "polcy", "unknown key `polcy`", "did you mean `policy`?"),
        (
            "zzz: x\ntests: [{name: x, files: 0}]",
            "zzz",
            "unknown key `zzz`",
            "write `policy`, `target`, `tenant`, `vars`, `start`, `tests`",
        ),
        ("vars: x\ntests: [{name: x, files: 0}]", "x", "`vars` is the text `x`", "NAME: VALUE"),
        ("vars: {9: x}\ntests: [{name: x, files: 0}]", "9", "`9` cannot be a name in `vars`", "use letters"),
        ("vars: {A: [x]}\ntests: [{name: x, files: 0}]", "[x", "the variable `A` is a list", "write a text"),
        ("vars: {A: }\ntests: [{name: x, files: 0}]", "A", "the variable `A` has no value", "give it one"),
        ("tests: [{files: 0}]", "files", "a test without a name", "add `name:`"),
        ("tests: [{name: , files: 0}]", "", "`name` is without a value", "say in a few words"),
        ("tests: [{name: [x], files: 0}]", "[x", "`name` is a list", "say in a few words"),
        ("tests: [{name: x}]", "x", "a test that expects nothing", "add `recorded:`"),
        ("tests: [{name: x, call: wait}]", "x", "a test that expects nothing", "add `recorded:`"),
        ("tests: [{name: x, not_recorded: y}]", "not_recorded", "unknown key", "did you mean `not-recorded`?"),
        ("tests: [{name: x, files: 0, target: svaml2}]", "target", "does not stand within", "beside `tests`"),
        ("tests: [{name: x, files: 0, zzzz: 1}]", "zzzz", "unknown key `zzzz`", "write `name`, `start`, `call`"),
        ("tests: [{name: x, files: 0, call: {a: b}}]", "{a: b", "a step is a map", "such as `press 2; answer"),
        ("tests: [{name: x, files: 0, call: [wait, ]}, 5]", "5", "a test is the number `5`", "begin each test"),
        ("tests: [{name: x, files: 0, call: [[wait]]}]", "[wait", "a step is a list", "write what happens"),
        ("tests: [{name: x, files: 0, call: pres 1}]", "pres 1", "unknown step `pres 1`", "did you mean `press 1`?"),
        ("tests: [{name: x, recorded: []}]", "[", "`recorded` lists nothing", "name labels"),
        ("tests: [{name: x, heard: [[a]]}]", "[a", "`heard` is a list", "name a label, a tag such as `@card`"),
        ("tests: [{name: x, heard: ' '}]", "' '", "`heard` is an empty text", "name a label"),
        ("tests: [{name: x, into: agent}]", "agent", "`into` is the text `agent`", "NAME: VALUE"),
        ("tests: [{name: x, into: {agent: [[calls]]}}]", "[calls", "the store of `agent` is a list", "name a store"),
        ("tests: [{name: x, into: {agent: []}}]", "[", "the store of `agent` is a list", "name a store"),
        ("tests: [{name: x, files: -1}]", "-1", "`files` is the number `-1`", "how many recording files"),
        ("tests: [{name: x, files: two}]", "two", "`files` is the text `two`", "how many recording files"),
        ("tests: [{name: x, files: '2'}]", "'2'", "`files` is the text `2`", "how many recording files"),
        ("tests: [{name: x, ends: 1}]", "1", "`ends` is the number `1`", "write `true` or `false`"),
        ("tests: [{name: x, ends: 'yes'}]", "'yes'", "`ends` is the text `yes`", "write `true` or `false`"),
        ("tests: [{name: x, skip: maybe, files: 0}]", "maybe", "`skip` is the text `maybe`", "write `true` or `false`"),
        ("tests: [{name: x, skip: true}]", "true", "a skipped test without a reason", "add `reason:`"),
        ("tests: [{name: x, skip: yes, reason: ' '}]", "' '", "`reason` is an empty text", "say why"),
        ("tests: [{name: x, files: 0, reason: y}]", "y", "a reason without `skip: true`", "add `skip: true`"),
        ("tests: [{name: x, skip: no, files: 0, reason: y}]", "y", "a reason without `skip: true`", "add `skip"),
        ("tests: [{name: x, replies: ice.json}]", "ice.json", "`replies` is the text `ice.json`", "NAME: VALUE"),
        ("tests: [{name: x, replies: {ice: {}}}]", "ice", "`ice` is not the name of a reply", "such as `ice.json`"),
        (
            "tests: [{name: x, replies: {ice.json: }}]",
            "",
            "the document of `ice.json` is without a value",
            "name a JSON file",
        ),
        ("tests: [{name: x, replies: {ice.json: no.json}}]", "no.json", "cannot read `no.json`: there is", "check"),
        ("tests: [{name: x, replies: {ice.json: broken.json}}]", "broken.json", "`broken.json` is not JSON", "copy"),
        ("tests: [{name: x, replies: {ice.json: deep.json}}]", "deep.json", "`deep.json` is not JSON", "copy"),
        ("tests: [{name: x, replies: {ice.json: {a: 010}}}]", "010", "`010` is not a number in JSON", "in quotes"),
        ("tests: [{name: x, replies: {ice.json: {a: +46}}}]", "+46", "`+46` is not a number in JSON", "in quotes"),
    ],
)
def test_what_is_wrong_is_underlined_and_explained(text: str, underlined: str, message: str, help_: str) -> None:
    (finding,) = problems(text)
    assert finding.span.text == underlined
    assert message in finding.message
    assert help_ in finding.help


def test_a_test_with_a_mistake_fails_and_the_others_still_run() -> None:
    first, second = results("tests:\n- {name: a, files: x}\n- {name: b, files: 0}\n")
    assert (first.status, [finding.message for finding in first.findings]) == ("failed", ["`files` is the text `x`"])
    assert (second.status, second.findings) == ("ok", ())


def test_a_name_is_there_once() -> None:
    file = read("tests:\n- {name: a, files: 0}\n- {name: a, files: 0}\n")
    assert file.cases[0].problems == ()
    (finding,) = file.cases[1].problems
    assert (finding.message, finding.span.begin.line) == ("two tests are named `a`", 3)
    assert [note.span.begin.line for note in finding.notes] == [2]


def test_a_credential_in_a_test_is_refused_and_not_shown() -> None:
    text = "tests: [{name: x, replies: {ice.json: {credentials: AKIAIOSFODNN7EXAMPLE}}}]"
    (finding,) = problems(text)
    assert finding.secret
    assert "AKIA" not in finding.message + finding.help
    assert problems(text.replace("AKIAIOSFODNN7EXAMPLE", '"{{ env.KEY }}"')) == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("call: press 1; pres 2\n", ["press 1", "pres 2"]),
        ("call: 'press 1; pres 2'\n", ["press 1", "pres 2"]),
        ('call: "press 1; pres 2"\n', ["press 1", "pres 2"]),
        ('call: press "#"; pres 2\n', ['press "#"', "pres 2"]),
        ("call: |\n  press 1   # sales\n  pres 2\n", ["press 1", "pres 2"]),
        ("call: >-\n  press 1;\n\n  pres 2\n", ["press 1", "pres 2"]),
        ("call: press 1;\n  pres 2\n", ["press 1", "pres 2"]),
        ("call: [press 1, pres 2]\n", ["press 1", "pres 2"]),
        ("press 1; pres 2", ["press 1", "pres 2"]),
        ("- press 1\n- pres 2\n", ["press 1", "pres 2"]),
        ('call: "press \\u0031; pres 2"\n', ['"press \\u0031; pres 2"', '"press \\u0031; pres 2"']),
    ],
)
def test_steps_have_their_places_whatever_the_quotes(text: str, places: list[str]) -> None:
    scenario = read_call(Source("call.yaml", text))
    spans = [*(step.span for step in scenario.steps), *(finding.span for finding in scenario.findings)]
    assert [span.text for span in spans] == places


def test_a_scenario_in_yaml_has_one_key() -> None:
    assert [f.message for f in read_call(Source("c.yaml", "cal: wait")).findings] == ["unknown key `cal`"]
    assert read_call(Source("c.yaml", "")).events == ()
    assert read_call(Source("c.yaml", "call:")).events == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for finding in problems(text):
        assert 0 <= finding.span.start <= finding.span.end <= len(text)
        assert finding.message
        assert finding.help


# Running


@pytest.mark.parametrize(
    "lines",
    [
        "recorded: the conversation\ncall: press 1; answer",
        "recorded: agent\ncall: press 1; answer\nnot-recorded: notice",
        "recorded: '@desk'\ncall: press 1; answer",
        "not-recorded: [notice, '@told', Your call]",
        "not-recorded: This text is so long that a line of a call cannot show it in full\ncall: press 1",
        "heard: [agent, notice, calling +46850020000, +46850020000]\ncall: press 1",
        "not-heard: [agent, Your PIN?]",
        "heard: Your PIN?\ncall: press 3",
        "heard: pin\ncall: press 3; digits 1234",
        "not-recorded: card\nrecorded: agent\ncall: press 1; answer; begin card",
        "into: {agent: calls}\ncall: press 1; answer",
        "into: {agent: 's3://acme-calls/in/'}\ncall: press 1; answer",
        "into: {conference board: rooms}\ncall: press 2",
        "recorded: in the conference board\ncall: press 2",
        "files: 2\ncall: press 1; answer; begin card; end card",
        "files: 1\ncall: press 2",
        "files: 0",
        "ends: true\ncall: wait",
        "ends: false",
        "ends: true\ncall: hang up",
        "replies: {ace.json: {action: {name: Continue}}}\ncall: press 1; answer",
        "replies: {manage.card.begin.json: {action: {name: StopRecording}}}\ncall: press 1; answer; begin card",
    ],
)
def test_what_holds(lines: str) -> None:
    assert told(lines) == []
    assert result(lines).status == "ok"


NOT_HEARD = "lead the call there, or take the name out"


@pytest.mark.parametrize(
    ("lines", "underlined", "message", "more"),
    [
        ("recorded: notice", "notice", "`notice` is not recorded", "expected to be recorded"),
        ("recorded: '@told'", "'@told'", "`@told` is not recorded", "expected to be recorded"),
        ("recorded: Your call", "Your call", '"Your call" is not recorded', "expected to be recorded"),
        ("call: press 1\nnot-recorded: agent", "agent", "`agent` is recorded", "expected not to be recorded"),
        ("recorded: agent", "agent", "`agent` is not heard in this call", NOT_HEARD),
        ("not-recorded: agent", "agent", "`agent` is not heard in this call", NOT_HEARD),
        ("heard: agent", "agent", "`agent` is not heard in this call", NOT_HEARD),
        ("into: {agent: calls}", "agent", "`agent` is not heard in this call", NOT_HEARD),
        ("not-heard: notice", "notice", "`notice` is heard", "expected not to be heard"),
        ("into: {notice: calls}", "notice", "`notice` is not recorded", "expected to be recorded to `calls`"),
        (
            "call: press 2\ninto: {the conference board: calls}",
            "the conference board",
            '"the conference board" is recorded to rooms (file 1, the whole room)',
            "expected to be recorded to `calls`",
        ),
        (
            "call: press 1; answer\ninto: {agent: 's3://acme-calls/'}",
            "agent",
            "`agent` is recorded to `s3://acme-calls/in/`",
            "expected to be recorded to `s3://acme-calls/`",
        ),
        ("into: {notice: 's3://a/'}", "notice", "`notice` is not recorded", "expected to be recorded to `s3://a/`"),
        ("files: 1", "1", "the call makes 0 recording files", "expected 1"),
        ("call: press 1\nfiles: 0", "0", "the call makes 1 recording file", "expected 0"),
        ("ends: true", "true", "the call is not over", "expected to be over"),
        ("call: wait\nends: false", "false", "the call is over", "expected to be going on"),
        ("heard: agnt", "agnt", "`line.recpol` has no label `agnt`", "did you mean `agent`?"),
        ("heard: zzzz", "zzzz", "`line.recpol` has no label `zzzz`", "name a label, a `@tag`, or words"),
        ("heard: '@dsk'", "'@dsk'", "`line.recpol` has no tag `@dsk`", "did you mean `@desk`?"),
        ("heard: Nobody says so", "Nobody says so", 'has the words "Nobody says so"', "copy some words"),
        ("into: {notice: cals}", "cals", "`line.recpol` has no store `cals`", "did you mean `calls`?"),
        ("call: press 9\nfiles: 0", "press 9", "`press 9` cannot happen here", "write what can: `press 1`"),
        ("call: wait; hang up\nfiles: 0", "hang up", "the call is over before this step", "take the step out"),
        ("replies: {ise.json: {}}", "ise.json", "the policy has no reply `ise.json`", "did you mean `ice.json`?"),
        ("replies: {ace.json: {}}", "ace.json", "`ace.json` is not sent in this call", "lead the call there"),
    ],
)  # fmt: skip
def test_what_does_not_hold(lines: str, underlined: str, message: str, more: str) -> None:
    ((where, said, also),) = told(lines)
    assert where == underlined
    assert message in said
    assert more in also


def test_a_name_that_is_recorded_in_part() -> None:
    part = "call: press 1; answer; begin card; end card\n"
    assert told(part + "recorded: card") == [("card", "`card` is not recorded", "expected to be recorded")]
    assert told(part + "recorded: '\"the\"'")[0][1] == '"the" is recorded in part only'
    assert told(part + "not-recorded: '\"the\"'")[0][1] == '"the" is recorded in part'


def test_a_difference_shows_the_place_in_the_policy() -> None:
    (finding,) = result("call: press 1\nnot-recorded: agent").findings
    ((span, text),) = [(note.span, note.text) for note in finding.notes]
    assert span.source.path == "line.recpol"
    assert span.text.startswith("connect pstn +46850020000")
    assert text == "recorded to calls (file 1)"


def test_every_difference_is_told_and_the_call_is_kept() -> None:
    only = result("call: press 1; answer\nrecorded: notice\nnot-recorded: agent\nfiles: 7\nends: true")
    assert len(only.findings) == 4
    assert only.call is not None
    assert [act.text for act in only.call.acts][-2:] == ["the callee answers", "the conversation"]


def test_a_skipped_test_is_not_run() -> None:
    only = result("call: press 9\nrecorded: zzz\nskip: true\nreason: not yet")
    assert (only.status, only.findings, only.call) == ("skipped", (), None)
    assert only.case.skip == "not yet"


def test_the_words_of_a_name_as_messages_show_them() -> None:
    span = Source("x", "x").whole()
    assert [NamedPiece(kind, "a", span).shown for kind in ("label", "tag", "words")] == ["`a`", "`@a`", '"a"']


# Expected documents


def compared(document: str) -> list[tuple[str, str, str]]:
    """What differs between a document and `pie.talk.json`."""
    return told(f"call: press 1\nreplies: {{pie.talk.json: {document}}}")


TALK = (
    '{instructions: [{name: Say, text: "This text is so long that a line of a call cannot show it in full, can it?",'
    ' locale: en-GB}], action: {name: ConnectPstn, number: "+46850020000", recording: true, recordingOptions:'
    ' {destinationUrl: "s3://acme-calls/in/", credentials: "{{ env.KEY }}"}}}'
)


def test_an_equal_document_in_any_order_is_as_expected() -> None:
    assert compared(TALK) == []
    turned = TALK.replace("name: ConnectPstn, ", "").replace("recording: true", "recording: true, name: ConnectPstn")
    assert turned != TALK
    assert compared(turned) == []


@pytest.mark.parametrize(
    ("old", "new", "underlined", "message", "label"),
    [
        ('"+46850020000"', '"+461"', '"+461"', '`action.number` is `"+46850020000"`', 'expected `"+461"`'),
        ("recording: true", "recording: 1", "1", "`action.recording` is `true`", "expected `1`"),
        (", recording: true", "", '{name: ConnectPstn', "`action.recording` is `true`", "expected absent"),
        ("locale: en-GB", "locale: en-GB, x: [1]", "[1", "`instructions[1].x` is absent", "expected `[1]`"),
        ("locale: en-GB}", "locale: en-GB}, 7", "7", "`instructions[2]` is absent", "expected `7`"),
        ('"{{ env.KEY }}"', '"{{ env.NAME }}"', '"{{ env.NAME }}"', '.credentials` is `"{{ env.KEY }}"`', "NAME }}"),
        (TALK, "[]", "pie.talk.json", "the document is `{\"instructions\"", "expected `[]`"),
    ],
)  # fmt: skip
def test_a_difference_is_told_where_it_is(old: str, new: str, underlined: str, message: str, label: str) -> None:
    ((where, said, more),) = compared(TALK.replace(old, new))
    assert where.startswith(underlined) or (old == TALK and where == "[")
    assert message in said
    assert label in more


def test_a_document_in_a_file_is_compared_too() -> None:
    said = told("replies: {ice.json: ice.json}")
    assert {where for where, _, _ in said} == {"ice.json"}
    assert ("ice.json", '`ice.json`: `action.name` is `"RunMenu"`', 'expected `"Hangup"`') in said


def test_very_different_documents_are_not_told_in_full() -> None:
    many = ", ".join(f"k{number}: 0" for number in range(20))
    said = compared(f"{{{many}}}")
    assert len(said) == 9
    assert said[-1][1] == "`pie.talk.json` differs in more places"


def test_a_credential_of_the_policy_is_never_told() -> None:
    secret = LINE.replace("credentials env KEY", 'credentials "AKIAIOSFODNN7EXAMPLE:secret:eu-west-1"')
    made = program(Source("line.recpol", secret))
    document = {"action": {"name": "x", "recordingOptions": {"credentials": "AKIAIOSFODNN7EXAMPLE:secret:eu-west-1"}}}
    text = (
        "tests: [{name: x, replies: {ice.json: {action: {name: y, recordingOptions: {credentials: '{{ env.K }}'}}}}}]"
    )
    for reply in (text, text.replace("{action: {name: y, recordingOptions: {credentials: '{{ env.K }}'}}}", "{}")):
        (case,) = read(reply).cases
        found = run_case(made, {"ice.json": document}, case).findings
        assert found
        assert not any("AKIA" in finding.message + finding.label + finding.help for finding in found)


# The schema for editors says the same.


class _Loader(yaml.SafeLoader):
    """Loads as editors do: a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

SCHEMA: dict[str, Any] = json.loads(resources.schema_text("policytest"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema_and_names_the_same_things() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["properties"]) == KEYS
    case = SCHEMA["$defs"]["test"]
    assert tuple(case["properties"]) == CASE_KEYS
    assert tuple(way["required"][0] for way in case["else"]["anyOf"]) == EXPECTATIONS
    assert SCHEMA["properties"]["vars"]["propertyNames"]["pattern"] == VAR_NAME
    assert case["properties"]["replies"]["propertyNames"]["pattern"] == f"^{FILE}$"


VALUES = [
    "", "x", "5", "0", "9999", "10000", "1.5", "-1", "on", "off", "true", "false", "~", "''", "' '", "'5'",
    "2026-01-01", "[]", "{}", "[a]", "[a, 5, yes]", "[a, '']", "[a, ~]", "[[a]]", "[{}]", "{a: b}", "{a: }", "{a: [b]}",
    "{a: 5, b: c}", "{'a b': c}", "{' ': c}", "{ice.json: ice.json}",
    "{ice.json: {a: [1, {b: null}]}}", "{ice.json: []}",
    "{ice.json: ''}", "{ice.json: }", "{ICE.json: ice.json}", "{manage.card.begin.json: {}}", "|\n    two\n    lines\n",
]  # fmt: skip
CALLS = ["", "wait", "[]", "[wait]", "[wait, answer; hang up]", "[~]", "[[wait]]", "{call: wait}", "~", "''", "[{}]"]

BESIDE = {
    "start": ("", "  call: start x\n"),
    "skip": ("", "  reason: y\n"),
    "reason": ("", "  skip: true\n", "  skip: no\n"),
}
"""What stands beside the keys that go together."""


def agrees(text: str) -> bool:
    """Whether the schema and the reader come to the same verdict; expected documents are all there."""
    file = read_tests(Source("x.test.yaml", text), lambda written, using: Source(written, "{}"))
    found = (*file.problems, *(problem for case in file.cases for problem in case.problems))
    return (not found) == VALIDATOR.is_valid(yaml.load(text, Loader=_Loader))


@pytest.mark.parametrize("key", [*CASE_KEYS, "nam"])
def test_the_schema_and_the_reader_agree_on_a_test(key: str) -> None:
    disagree = []
    verdicts = set()
    for value in CALLS if key == "call" else VALUES:
        for more in BESIDE.get(key, ("", "  skip: true\n  reason: y\n", "  skip: no\n")):
            lines = "".join(f"  {name}: {said}\n" for name, said in (("name", "x"), ("heard", "y")) if name != key)
            text = f"tests:\n- {key}: {value}\n{lines}{more}"
            if not agrees(text):
                disagree.append(text)
            verdicts.add(not problems(text))
    assert disagree == []
    assert verdicts == ({False} if key == "nam" else {True, False})


@pytest.mark.parametrize("key", [*KEYS, "tets"])
def test_the_schema_and_the_reader_agree_on_a_file(key: str) -> None:
    rest = "" if key == "tests" else "tests: [{name: x, files: 0}]\n"
    disagree = [value for value in VALUES if not agrees(f"{key}: {value}\n{rest}")]
    assert disagree == []


WORDS = st.sampled_from(["a", "@a", "wait", "", "off", "two words"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 20_000), WORDS)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "ice.json", *KEYS, *CASE_KEYS]), inner, max_size=3)
    ),
)
CASE = st.dictionaries(st.sampled_from([key for key in CASE_KEYS if key != "call"]), TREES, max_size=4)


@given(TREES | st.fixed_dictionaries({"tests": st.lists(CASE, max_size=1)}, optional={"vars": TREES, "policy": TREES}))
def test_the_schema_and_the_reader_agree_on_any_tree(tree: object) -> None:
    text = yaml.safe_dump(tree)
    if "call" not in text:  # a schema cannot know the steps
        assert agrees(text), text
