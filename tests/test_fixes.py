"""Every fix as text before and after it, what keeps a bad one out, and the command line that writes them."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.finding import Edit, Finding, Fix
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.compilation import compile_program
from recpol.fixes import FixedFile, apply, apply_fixes, same_recording, suggested
from recpol.platform.targets import CLASSIC, DEFAULT, SVAML1, Target
from recpol.prove import prove
from recpol.report.text import full
from recpol.rules.check import Checked, check
from recpol.semantics.simulate import Simulation, simulate
from test_laws import events_of
from test_rule_pages import TODAY

SECRET = "EXAMPLEsecretEXAMPLEsecretEXAMPLEsecretX"
KEY = f"AKIAIOSFODNN7EXAMPLE:{SECRET}:eu-central-1"

HEAD = "policy desk\nlocale en-GB\n"
STORED = HEAD + 'store calls { url "s3://acme-calls/" credentials env KEY }\n'
DRIVE = HEAD + 'store calls { url "sdrive://" }\n'
RECORDED = "on ice { record { connect pstn +46850020000 } }\n"
MENU = 'on ice { answer menu { prompt "Press 1." key 1 -> sales } }\non pie sales { connect pstn +46850020000 }\n'


class Case(NamedTuple):
    """A fix: the rule, whether it is safe, the text before it and after it, and what it is compiled to."""

    rule: str
    safe: bool
    before: str
    after: str
    target: Target = DEFAULT[0]


PIN = """on pie checked { record { connect pstn +46850020000 } }
on pie otherwise { hangup }
never record pin
"""
TWO = """on ice { answer menu { prompt "1 or 2?" key 1 -> a key 2 -> b } }
on pie otherwise { hangup }
announce @notice before recording
on pie a {
  say "Recorded." @notice
  record { connect pstn +46850020000 }
}
"""

CASES = [
    Case(
        "broken-guarantee", False,
        STORED + "on ice {\n  answer\n  record {\n    say \"Hello.\"\n    # the code\n"
        "    pin: menu { prompt \"Your code?\" digits 4 -> checked }\n  }\n}\n" + PIN,
        STORED + "on ice {\n  answer\n  record {\n    say \"Hello.\"\n  }\n  # the code\n"
        "  pin: menu { prompt \"Your code?\" digits 4 -> checked }\n}\n" + PIN,
    ),
    Case(
        "broken-guarantee", False,
        STORED + 'on ice { answer record { pin: say "A." say "B." connect pstn +46850020000 } }\nnever record pin\n',
        STORED + 'on ice { answer pin: say "A." record { say "B." connect pstn +46850020000 } }\nnever record pin\n',
    ),
    Case(
        "broken-guarantee", False,
        STORED + 'on ice { answer record call to calls { say "A." pin: say "B." connect pstn +46850020000 } }\n'
        "never record pin\n",
        STORED + 'on ice { answer record call to calls { say "A." } pin: say "B." '
        "record call to calls { connect pstn +46850020000 } }\nnever record pin\n",
    ),
    Case(
        "broken-guarantee", False,
        STORED + "on ice { talk: connect pstn +46850020000 { phase card phase code @secret } }\n"
        "record talk except card because \"x\"\nnever record @secret\n",
        STORED + "on ice { talk: connect pstn +46850020000 { phase card phase code @secret } }\n"
        "record talk except card, @secret because \"x\"\nnever record @secret\n",
    ),
    Case(
        "broken-guarantee", False,
        STORED + "on ice {\n  answer\n  record {\n    # first\n    say \"Recorded.\" @notice\n"
        "    connect pstn +46850020000\n  }\n}\nannounce @notice before recording\n",
        STORED + "on ice {\n  answer\n  # first\n  say \"Recorded.\" @notice\n  record {\n"
        "    connect pstn +46850020000\n  }\n}\nannounce @notice before recording\n",
    ),
    Case(
        "broken-guarantee", False,
        STORED + TWO + "on pie b {\n  record { connect pstn +46850020001 }\n}\n",
        STORED + TWO + "on pie b {\n  say \"Recorded.\" @notice\n  record { connect pstn +46850020001 }\n}\n",
    ),
    Case(
        "say-before-answer", True,
        STORED + "on ice {\n  # told first\n  record {\n    notice: say \"This is recorded.\"\n"
        "    connect pstn +46850020000\n  }\n}\nannounce notice in recording\n",
        STORED + "on ice {\n  answer\n  # told first\n  record {\n    notice: say \"This is recorded.\"\n"
        "    connect pstn +46850020000\n  }\n}\nannounce notice in recording\n",
    ),
    Case(
        "say-before-answer", False,
        HEAD + 'on ice { say "One moment." connect pstn +46850020000 }\n',
        HEAD + 'on ice { answer say "One moment." connect pstn +46850020000 }\n',
    ),
    Case("bad-number", True, "policy desk\non ice { connect pstn 46850020000 }\n",
         "policy desk\non ice { connect pstn +46850020000 }\n"),
    Case("bad-number", True, 'policy desk\non ice { connect pstn +46850020000 cli "0046 (8) 500-21111" }\n',
         'policy desk\non ice { connect pstn +46850020000 cli "+46850021111" }\n'),
    Case(
        "literal-secret", False,
        'policy desk\non ice { connect sip "desk@pbx.example" header "X-Token" = "AKIAIOSFODNN7EXAMPLE" }\n',
        'policy desk\non ice { connect sip "desk@pbx.example" header "X-Token" = "{{ env.X_TOKEN }}" }\n',
    ),
    Case("bad-number", False, "policy desk\non ice { connect pstn 2025550123 }\n",
         "policy desk\non ice { connect pstn +2025550123 }\n"),
    Case(
        "fixed-file-name", True,
        HEAD + 'store calls { url "s3://acme-recordings/desk/call.mp3" credentials env KEY }\n' + RECORDED,
        HEAD + 'store calls { url "s3://acme-recordings/desk/" credentials env KEY }\n' + RECORDED,
    ),
    Case(
        "fixed-file-name", False,
        HEAD + 'store calls { url "s3://acme-recordings/{{ call.to.endpoint }}.mp3" credentials env KEY }\n' + RECORDED,
        HEAD + 'store calls { url "s3://acme-recordings/" credentials env KEY }\n' + RECORDED,
    ),
    Case(
        "fixed-file-name", False,
        HEAD + 'store calls { url "s3://acme-recordings/desk" credentials env KEY }\n' + RECORDED,
        HEAD + 'store calls { url "s3://acme-recordings/desk/" credentials env KEY }\n' + RECORDED,
    ),
    Case(
        "extension-mismatch", True,
        HEAD + 'store calls { url "s3://acme-recordings/{{ call.callid }}.wav" credentials env KEY }\n' + RECORDED,
        HEAD + 'store calls { url "s3://acme-recordings/{{ call.callid }}.mp3" credentials env KEY }\n' + RECORDED,
    ),
    Case("drive-folder", True, HEAD + 'store calls { url "sdrive://desk/" }\n' + RECORDED, DRIVE + RECORDED, CLASSIC),
    Case(
        "drive-credentials", True,
        HEAD + 'store calls { url "sdrive://" credentials env DRIVE_KEY }\n' + RECORDED, DRIVE + RECORDED, CLASSIC,
    ),
    Case(
        "drive-credentials", True,
        HEAD + 'store calls {\n  url "sdrive://"\n  credentials env DRIVE_KEY  \n}\n' + RECORDED,
        HEAD + 'store calls {\n  url "sdrive://"\n}\n' + RECORDED, CLASSIC,
    ),
    Case(
        "drive-credentials", False,
        HEAD + f'store calls {{ url "sdrive://" credentials "{KEY}" }}\n' + RECORDED, DRIVE + RECORDED, CLASSIC,
    ),
    Case(
        "literal-credentials", False,
        HEAD + f'store my-calls {{\n  url "s3://acme-recordings/desk/"\n  credentials "{KEY}"\n}}\n' + RECORDED,
        HEAD + 'store my-calls {\n  url "s3://acme-recordings/desk/"\n  credentials env MY_CALLS_CREDENTIALS\n}\n'
        + RECORDED,
    ),
    Case(
        "literal-credentials", False,
        HEAD + 'store calls { url "s3://acme-recordings/" '
        f'credentials "{{{{ env.CALLS_SECRET }}}}:{SECRET}:eu-west-1" }}\n' + RECORDED,
        HEAD + 'store calls { url "s3://acme-recordings/" '
        'credentials "{{ env.CALLS_SECRET }}:{{ env.CALLS_SECRET_2 }}:eu-west-1" }\n' + RECORDED,
    ),
    Case("missing-pie-handler", True, HEAD + MENU + "# the end\n",
         HEAD + MENU + "\non pie otherwise { hangup }\n# the end\n"),
    Case(
        "missing-pie-handler", False,
        HEAD + 'on ice { answer menu { prompt "Press 1." key 1 -> sale timeout -> sales invalid -> sales } }\n'
        "on pie sales { connect pstn +46850020000 }\non pie otherwise { hangup }\n",
        HEAD + 'on ice { answer menu { prompt "Press 1." key 1 -> sales timeout -> sales invalid -> sales } }\n'
        "on pie sales { connect pstn +46850020000 }\non pie otherwise { hangup }\n",
    ),
    Case("unknown-name", False, STORED + "on ice { agent: connect pstn +46850020000 }\nrecord agnet\n",
         STORED + "on ice { agent: connect pstn +46850020000 }\nrecord agent\n"),
    Case("unknown-name", False, STORED + "on ice { connect pstn +46850020000 @eu }\nrecord eu\n",
         STORED + "on ice { connect pstn +46850020000 @eu }\nrecord @eu\n"),
    Case("unknown-name", False, STORED + "on ice { record to clals { connect pstn +46850020000 } }\n",
         STORED + "on ice { record to calls { connect pstn +46850020000 } }\n"),
    Case("selects-nothing", False, HEAD + "on ice { connect pstn +46850020000 @chat }\nnever record @caht\n",
         HEAD + "on ice { connect pstn +46850020000 @chat }\nnever record @chat\n"),
    Case("unknown-value", False, 'policy desk\non ice { connect conference "desk" moh musci1 }\n',
         'policy desk\non ice { connect conference "desk" moh music1 }\n'),
    Case("unknown-value", True, 'policy desk\non ice { connect conference "desk" moh Music1 }\n',
         'policy desk\non ice { connect conference "desk" moh music1 }\n'),
    Case("unknown-value", True, HEAD + MENU.replace("key 1", "barge true key 1") + "on pie otherwise { hangup }\n",
         HEAD + MENU.replace("key 1", "barge yes key 1") + "on pie otherwise { hangup }\n"),
    Case("bad-store-field", True, STORED.replace(" }", " notify true }") + RECORDED,
         STORED.replace(" }", " notify yes }") + RECORDED),
    Case("bad-store-field", False, STORED.replace(" }", " format mp4 }") + RECORDED,
         STORED.replace(" }", " format mp3 }") + RECORDED),
    Case("bad-locale", False, 'policy desk\nlocale sv-SV\non ice { answer say "Hej." hangup }\n',
         'policy desk\nlocale sv-SE\non ice { answer say "Hej." hangup }\n'),
    Case("bad-locale", True, 'policy desk\nlocale sv-se\non ice { answer say "Hej." hangup }\n',
         'policy desk\nlocale sv-SE\non ice { answer say "Hej." hangup }\n'),
    Case("unknown-connect", False, "policy desk\non ice { connect phone +46850020000 }\n",
         "policy desk\non ice { connect pstn +46850020000 }\n"),
    Case(
        "unknown-menu", False,
        HEAD + 'on ice { answer menu { prompt "Press 1." key 1 -> menu moer menu more '
        '{ prompt "Press 2." key 2 -> end } } }\non pie end { hangup }\non pie otherwise { hangup }\n',
        HEAD + 'on ice { answer menu { prompt "Press 1." key 1 -> menu more menu more '
        '{ prompt "Press 2." key 2 -> end } } }\non pie end { hangup }\non pie otherwise { hangup }\n',
    ),
    Case("bad-name", True, "policy Support_Line\non ice { connect pstn +46850020000 }\n",
         "policy support-line\non ice { connect pstn +46850020000 }\n"),
    Case("bad-escape", True, HEAD + 'on ice { answer say "C:\\temp" hangup }\n',
         HEAD + 'on ice { answer say "C:\\\\temp" hangup }\n'),
    Case("byte-order-mark", True, "\ufeff" + STORED + RECORDED, STORED + RECORDED),
    Case("bad-duration", True, "policy desk\non ice { connect pstn +46850020000 max-duration 30sec }\n",
         "policy desk\non ice { connect pstn +46850020000 max-duration 30s }\n"),
    Case("bad-duration", True, "policy desk\non ice { connect pstn +46850020000 max-duration 90min }\n",
         "policy desk\non ice { connect pstn +46850020000 max-duration 90m }\n"),
    Case(
        "unused-suppression", True,
        STORED.removesuffix("\n") + "  # allow unused-store: not used yet\n" + RECORDED, STORED + RECORDED,
    ),
    Case("unused-suppression", True, STORED + "# allow two-menus-x: a sentence\n".replace("two-menus-x", "bad-locale")
         + RECORDED, STORED + RECORDED),
    Case(
        "expired-suppression", True,
        STORED + "on ice {\n  # allow bad-locale until 2020-01-31: once\n  record { connect pstn +46850020000 }\n}\n",
        STORED + "on ice {\n  record { connect pstn +46850020000 }\n}\n",
    ),
    Case(
        "unused-store", False,
        STORED + 'store rooms {\n  url "s3://acme-rooms/"\n  credentials env KEY\n}\n'
        "on ice { record to calls { connect pstn +46850020000 } }\n",
        STORED + "on ice { record to calls { connect pstn +46850020000 } }\n",
    ),
    Case("syntax-error", False, "policy desk\non ice { connect pstn +46850020000 max-duratoin 30m }\n",
         "policy desk\non ice { connect pstn +46850020000 max-duration 30m }\n"),
    Case("syntax-error", False, "policy desk\non ice { answer; connect pstn +46850020000 }\n",
         "policy desk\non ice { answer connect pstn +46850020000 }\n"),
    Case("unclosed-string", False, HEAD + 'on ice {\n  answer\n  say "Welcome\n  hangup\n}\n',
         HEAD + 'on ice {\n  answer\n  say "Welcome"\n  hangup\n}\n'),
]  # fmt: skip


def look(text: str, target: Target = DEFAULT[0]) -> Program:
    return program(Source("desk.recpol", text), today=TODAY, targets=(target,))


def named(case: Case) -> str:
    return f"{case.rule}-{'safe' if case.safe else 'unsafe'}"


def rules(findings: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fix(case: Case) -> None:
    look_at = partial(look, target=case.target)
    before = look_at(case.before)
    found = [finding for finding in check(before).findings if finding.rule == case.rule]
    assert found, "the text before the fix must be wrong"
    (fix,) = found[0].fixes
    assert fix.safe == case.safe
    (shown,) = suggested(before, found[:1], look_at)[0].fixes
    assert shown.safe == case.safe
    safe, whole = apply_fixes(case.before, look_at), apply_fixes(case.before, look_at, unsafe=True)
    assert whole.text == case.after
    assert safe.text == (case.after if case.safe else case.before)
    assert case.rule in {applied.finding.rule for applied in whole.done}
    assert case.rule not in rules(check(look_at(case.after)).findings)
    if case.safe:
        assert same_recording(before, look_at(case.after), fix.edits)
        assert records(look_at(case.after)) == records(before)


def records(unit: Program) -> list[tuple[str, tuple[str, ...], str | None]]:
    """What is recorded where, step by step; told without the help of the fixes."""
    decided = [(step, unit.decided(step)) for step in unit.steps if step.recordable]
    return [(type(step.body).__name__, d.call_stores, d.conference_store) for step, d in decided]


def test_the_page_lists_every_fix() -> None:
    page = (Path(__file__).parents[1] / "docs" / "fixes.md").read_text("utf-8").partition("## Documents")[0]
    listed = dict(re.findall(r"^\| \[?([a-z-]+)\]?\S* \|.*\| ([a-z, ]+) \|$", page, re.MULTILINE))
    kinds = {"safe": {True}, "unsafe": {False}, "safe, unsafe": {True, False}}
    fixed = {rule: {case.safe for case in CASES if case.rule == rule} for rule in {case.rule for case in CASES}}
    assert {name: kinds[kind] for name, kind in listed.items() if kind in kinds} == fixed
    assert [name for name, kind in listed.items() if kind == "choice"] == ["conference-scope"]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "policies").glob("*.recpol")), ids=lambda p: p.stem
)
def test_nothing_is_mended_where_nothing_is_wrong(path: Path) -> None:
    text = path.read_text("utf-8")
    assert apply_fixes(text, look).text == text


# Choices

BOARD = STORED + 'on ice { record { connect conference "board" } }\n'


def test_a_choice_is_left_to_the_author() -> None:
    (finding,) = check(look(BOARD)).findings
    assert apply_fixes(BOARD, look, unsafe=True).text == BOARD
    assert [fix.title for fix in finding.fixes] == ["write `record conference`", "write `record call`"]
    for fix, scope in zip(finding.fixes, ("conference", "call"), strict=True):
        chosen = apply(BOARD, fix.edits)
        assert chosen == BOARD.replace("record {", f"record {scope} {{")
        assert compile_program(look(chosen)).files


# Texts


def test_line_breaks_are_those_of_the_file() -> None:
    crlf = (HEAD + MENU).replace("\n", "\r\n")
    assert apply_fixes(crlf, look).text == (HEAD + MENU + "\non pie otherwise { hangup }\n").replace("\n", "\r\n")


def test_many_fixes_in_one_go() -> None:
    many = "".join(f"on pie p{n} {{ connect pstn 4685002{n:04} max-duration {n + 1}sec }}\n" for n in range(40))
    keys = "".join(f'key 1 -> p{n} }} }} on pie m{n} {{ menu {{ prompt "x" ' for n in range(40))
    text = f'policy Desk\nlocale en-GB\non ice {{ answer menu {{ prompt "x" {keys} key 1 -> p0 }} }}\n{many}'
    fixed = apply_fixes(text, look)
    assert len([applied for applied in fixed.done if applied.finding.rule == "bad-number"]) == 40
    assert fixed.text.count("on pie otherwise { hangup }") == 1
    assert not {"bad-number", "bad-duration", "bad-name"} & set(rules(fixed.left))


def test_a_file_that_cannot_be_read_gets_no_safe_fixes() -> None:
    text = "policy Desk\non ice { connect pstn 46850020000 max-duratoin 30sec }\n"
    assert apply_fixes(text, look).text == text
    assert apply_fixes(text, look, unsafe=True).text == (
        "policy desk\non ice { connect pstn +46850020000 max-duration 30s }\n"
    )


def test_another_file_is_not_touched() -> None:
    """Edits of a rules file count for that file alone."""
    shared = Source("shared.recpol", 'rules shared\nstore calls { url "s3://acme-calls/a.mp3" credentials env KEY }\n')
    text = 'policy Desk\nuse "shared.recpol"\non ice { record { connect pstn +46850020000 } }\n'

    def with_shared(of: str) -> Program:
        return program(Source("desk.recpol", of), reader=lambda path, using: shared)

    fixed = apply_fixes(text, with_shared, unsafe=True)
    assert fixed.text == text.replace("Desk", "desk")
    assert "fixed-file-name" in rules(fixed.left)


# Bad fixes are rolled back


class Bad(NamedTuple):
    """A deliberately bad fix: the text that it takes for wrong and what it writes, called safe or not."""

    old: str
    new: str
    safe: bool = True


GOOD = STORED + 'on ice { answer record { say "Hello." connect pstn 46850020000 } }\n'


@pytest.fixture
def bad_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FixedFile]:
    """Fixes a text with one more rule, whose fix is bad."""

    def go(text: str, bad: Bad, *, unsafe: bool = False) -> FixedFile:
        def with_bad(unit: Program, levels: object = None) -> Checked:
            found = check(unit)
            at = unit.source.text.find(bad.old)
            if at < 0:
                return found
            span = unit.source.span(at, at + len(bad.old))
            more = Finding("bad", span, rule="bad", fixes=(Fix("write", (Edit(span, bad.new),), bad.safe),))
            return replace(found, findings=(more, *found.findings))

        monkeypatch.setattr(sys.modules[apply_fixes.__module__], "check", with_bad)
        return apply_fixes(text, look, unsafe=unsafe)

    return go


@pytest.mark.parametrize(
    "bad",
    [
        Bad('record { say "Hello."', 'say "Hello." record {'),  # the prompt is not recorded any more
        Bad('say "Hello."', 'say "Hello." say "More."'),  # more is recorded
        Bad("connect", 'record conference { connect conference "x" } connect'),
        Bad("s3://acme-calls/", "https://acme.example/"),  # a new error
        Bad("on ice", "on ace { continue } on ice"),
        Bad("answer", "ansewr"),  # cannot be read
        Bad("answer", "} {"),
        Bad("answer", "answer  "),  # its finding is still there
        Bad("answer", ""),  # safe for the recording, but a new finding of a guarantee
    ],
    ids=lambda bad: bad.new,
)
def test_a_bad_fix_is_rolled_back_and_the_others_stay(bad_rule: Callable[..., FixedFile], bad: Bad) -> None:
    text = GOOD.replace("say", "notice: say") + "announce notice in recording\n" if not bad.new else GOOD
    fixed = bad_rule(text, bad)
    assert fixed.text == text.replace("46850020000", "+46850020000")
    assert [applied.finding.rule for applied in fixed.done] == ["bad-number"]
    assert "bad" in rules(fixed.left)


@pytest.mark.parametrize(
    "bad",
    [Bad("s3://acme-calls/", "https://acme.example/"), Bad("answer", "} {"), Bad("record {", "record conference {")],
)
def test_an_unsafe_fix_that_makes_things_worse_is_rolled_back_too(bad_rule: Callable[..., FixedFile], bad: Bad) -> None:
    fixed = bad_rule(GOOD, bad._replace(safe=False), unsafe=True)
    assert fixed.text == GOOD.replace("46850020000", "+46850020000")


def test_a_fix_that_only_its_rule_calls_safe_waits_for_unsafe_fixes(bad_rule: Callable[..., FixedFile]) -> None:
    bad = Bad('record { say "Hello."', 'say "Hello." record {')
    assert 'say "Hello." record {' in bad_rule(GOOD, bad, unsafe=True).text
    unit = look(GOOD)
    at = GOOD.find(bad.old)
    edit = Edit(unit.source.span(at, at + len(bad.old)), bad.new)
    assert not same_recording(unit, look(apply(GOOD, (edit,))), (edit,))


def test_a_fix_may_not_weaken_a_guarantee(bad_rule: Callable[..., FixedFile]) -> None:
    """The recorder does as before; but where the recordings are kept is guaranteed, and only partly known after it."""
    kept = HEAD + 'store calls { url "s3://acme-recordings/{{ call.callid }}" credentials env K }\n' + RECORDED
    kept += 'keep recordings in "s3://acme-recordings/**"\n'
    bad = Bad("acme-recordings/{{", "{{ call.to.endpoint }}/{{")
    assert bad_rule(kept, bad).text == kept


# What is recorded, compared

AGENT = STORED.replace("s3://acme-calls/", "s3://acme/a/") + (
    'on ice { answer hello: say "Hello." menu { prompt "Press 1." key 1 -> sales key 2 -> help } }\n'
    "on pie sales { agent: connect pstn +46850020000 { phase card @card phase rest } }\n"
    "on pie help { connect pstn +46850021111 suppress-callbacks }\non ace { continue }\non pie otherwise { hangup }\n"
    'record agent except card\nnever record @card\nkeep recordings in "s3://acme/**"\n'
)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("Hello.", "Good day.", True),
        ("+46850020000", "+46850029999", True),
        ("s3://acme/a/", "s3://acme/b/", True),
        ("answer ", "", True),
        ("\nnever record @card", "", False),  # nothing is proven any more
        ("s3://acme/a/", "s3://other/a/", False),  # a guarantee is broken
        (" except card", "", False),
        ("except card", "except rest", False),
        ("except card", "except card, rest", False),
        ("record agent", "record call", False),
        ("record agent", "record agent, hello", False),
        ("key 1 -> sales", "key 1 -> help", False),
        ("key 1", "key 3", False),
        ("{ phase card", "suppress-callbacks { phase card", False),
        ("pstn +46850021111", 'sip "a@b.example"', False),
        ("agent: connect", "other: connect", False),
        ('say "Hello."', 'tones "12"', False),
        ('say "Hello."', 'say "Hello." say "More."', False),
        ("on ace { continue }", "", False),
        ("on pie otherwise { hangup }", 'on pie otherwise { say "Goodbye." hangup }', False),
        ("hangup }", "hangup ", False),
    ],
)
def test_what_counts_as_recording_the_same(old: str, new: str, same: bool) -> None:
    before = look(AGENT)
    assert not check(before).errors
    at = AGENT.find(old)
    edit = Edit(before.source.span(at, at + len(old)), new)
    assert same_recording(before, look(apply(AGENT, [edit])), [edit]) is same


@pytest.mark.parametrize(("old", "new"), [("Hello.", "Hi."), ("46850020000", "46850029999"), ("acme/a/", "acme/b/")])
def test_what_no_edit_touches_may_not_change(old: str, new: str) -> None:
    assert same_recording(look(AGENT), look(AGENT), ())
    assert not same_recording(look(AGENT), look(AGENT.replace(old, new)), ())


# The law


POLICIES = int(os.environ.get("RECPOL_FUZZ", "400"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))
"""How many random policies with mistakes are tried, and from which number on."""


def mistakes(random: Random, text: str) -> str:
    """A text with some mistakes that have safe fixes, and some that have not."""
    changes: list[tuple[str, str]] = [
        ("policy random", "policy Random_One"), ("+46850020000", "46850020000"), ("+46850020000", '"0046 85002 0000"'),
        ("connect pstn +46850020000", "connect pstn +46850020000 max-duration 30sec"),
        ("s3://acme-calls/in/", "s3://acme-calls/in/call.mp3"), ("on ice", "# allow bad-number: idle\non ice"),
        ("s3://acme-other/in/", "s3://acme-other/in/{{ call.callid }}.wav"), ("answer", ""), ("Prompt", "A \\path"),
        ("on pie otherwise { hangup }\n", ""), ("en-GB", "en_gb"), ("-> p0", "-> P0"), ("barge yes", "barge true"),
        ('store calls { url "s3://acme-calls/in/" credentials env KEY }', 'store calls { url "sdrive://a/" }'),
    ]  # fmt: skip
    for old, new in random.sample(changes, random.randint(1, 6)):
        text = text.replace(old, new, -1 if random.random() < 0.5 else 1)
    return text


def heard(unit: Program, call: Simulation) -> list[tuple[str, list[int], tuple[str, ...], str | None]]:
    """What a call sounds like and is recorded of it; the words of what is said and called left out."""
    return [
        (
            piece.heard.sound.kind,
            [call.number for call in piece.heard.calls],
            unit.decided(piece.step).call_stores if piece.heard.calls else (),
            unit.decided(piece.step).conference_store if piece.heard.conference else None,
        )
        for piece in call.pieces
    ]


@pytest.mark.slow
def test_safe_fixes_never_change_what_is_recorded() -> None:
    mended_some = calls = 0
    for seed in range(FIRST, FIRST + POLICIES):
        random = Random(seed)
        text = mistakes(random, random_policy(random))
        look_at = partial(look, target=(CLASSIC, SVAML1)[seed % 2])
        fixed = apply_fixes(text, look_at)
        before, after = fixed.before, fixed.after
        assert isinstance(before, Program)
        assert isinstance(after, Program)
        worse = [f for f in fixed.left if (f.rule, f.message) not in {(g.rule, g.message) for g in fixed.found}]
        assert [f for f in worse if f.level != "info"] == [], (seed, text)
        assert len(fixed.left) <= len(fixed.found), seed
        assert all(applied.fix.safe for applied in fixed.done)
        assert apply_fixes(fixed.text, look_at).text == fixed.text, "what is fixed stays"
        if not fixed.done:
            continue
        mended_some += 1
        assert rules(fixed.left) != rules(fixed.found)
        for _ in range(5):
            events = events_of(before, random)
            meant, mean = simulate(before, events), simulate(after, events)
            assert mean.impossible is None, (seed, events)
            assert heard(after, mean) == heard(before, meant), (seed, events)
            calls += len(meant.pieces)
    assert mended_some > POLICIES // 2
    assert calls > 5 * POLICIES // 2


# The report


def test_the_report_shows_a_fix_that_the_help_does_not_tell() -> None:
    told = full(check(look(HEAD + MENU)).findings)
    assert "\n help: add `on pie otherwise { … }`, which answers every result without a handler of its own\n" in told
    assert "\n  fix: add `on pie otherwise { hangup }`\n rule: missing-pie-handler\n" in told


@pytest.mark.parametrize("text", [BOARD, CASES[2].before, CASES[-1].before])
def test_the_report_does_not_say_the_same_twice(text: str) -> None:
    assert " fix:" not in full(check(look(text)).findings)


# The command line


class Done(NamedTuple):
    status: int
    out: str
    err: str


Shell = Callable[..., Done]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    """Runs a command line in a folder of its own; no secret and no stack trace ever comes out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)

    def go(*words: str, stdin: str = "", reveals: bool = False) -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        capfdbinary.readouterr()
        status = run(words)
        said = capfdbinary.readouterr()
        done = Done(status, said.out.decode(), said.err.decode())
        assert "Traceback" not in done.err
        assert SECRET not in done.err
        assert SECRET not in done.out or reveals
        return done

    return go


TWO = "policy Desk\non ice { connect pstn 46850020000 }\n"
FIXED = "policy desk\non ice { connect pstn +46850020000 }\n"


def test_fix_writes_the_file_and_says_what_was_fixed(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "desk.recpol"
    path.write_text(TWO)
    path.chmod(0o640)
    assert shell("lint", "--fix", "desk.recpol") == Done(
        0,
        "no findings in 1 file\n",
        "fixed: desk.recpol:1:8: `Desk` is not a name: write `desk` [bad-name]\n"
        "fixed: desk.recpol:2:23: `46850020000` has no `+`: write `+46850020000` [bad-number]\n",
    )
    assert path.read_text() == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["desk.recpol"], "nothing temporary is left"


def test_a_file_without_fixes_is_not_written(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "board.recpol"
    path.write_text(BOARD)
    path.chmod(0o440)
    before = path.stat().st_mtime_ns
    assert shell("lint", "--fix", "--unsafe-fixes", ".").status == 1
    assert (path.read_text(), path.stat().st_mtime_ns) == (BOARD, before)


def test_the_status_is_that_of_what_is_left(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "desk.recpol"
    path.write_text(TWO.replace("desk", "desk").replace("46850020000", "46850020000 cli nobody"))
    done = shell("lint", "--fix", "desk.recpol", "--output-format", "concise")
    assert done.status == 1
    assert re.findall(r"\[([a-z-]+)\]", done.out) == ["bad-number"]
    path.write_text(TWO.replace("46850020000", "2025550123"))
    done = shell("lint", "--fix", "desk.recpol")
    assert done.status == 1
    assert done.err.endswith("one more finding can be fixed with `--unsafe-fixes`; add `--diff` to look first\n")
    assert shell("lint", "--unsafe-fixes", "desk.recpol").status == 0
    assert "+2025550123" in path.read_text()


def test_diff_shows_and_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "desk.recpol"
    path.write_text(TWO)
    shown = (
        "--- desk.recpol\n+++ desk.recpol\n@@ -1,2 +1,2 @@\n-policy Desk\n-on ice { connect pstn 46850020000 }\n"
        "+policy desk\n+on ice { connect pstn +46850020000 }\n"
    )
    assert shell("lint", "--diff", "desk.recpol") == Done(1, shown, "")
    assert shell("lint", "--fix", "--diff", "desk.recpol") == Done(1, shown, "")
    assert shell("lint", "--diff", "-", stdin=TWO) == Done(1, shown.replace("desk.recpol", "<stdin>"), "")
    assert path.read_text() == TWO
    path.write_text(FIXED)
    assert shell("lint", "--diff", "desk.recpol") == Done(0, "", "")


def test_standard_input_is_mended_to_standard_output(shell: Shell, tmp_path: Path) -> None:
    done = shell("lint", "--fix", "-", stdin=TWO.replace("\n", "\r\n"))
    assert (done.status, done.out) == (0, FIXED.replace("\n", "\r\n"))
    assert done.err.endswith("no findings in 1 file\n")
    done = shell("lint", "--fix", "-", stdin=BOARD)
    assert (done.status, done.out) == (1, BOARD)
    assert "conference-scope" in done.err
    (tmp_path / "desk.recpol").write_text(TWO)
    assert shell("lint", "--fix", "-", "desk.recpol", stdin=TWO).status == 2


@pytest.mark.parametrize("more", [[], ["--unsafe-fixes"]])
@pytest.mark.parametrize("format_", ["full", "concise", "json", "sarif"])
def test_no_secret_is_printed(shell: Shell, tmp_path: Path, more: list[str], format_: str) -> None:
    text = (
        f'policy Desk\nstore calls {{ url "s3://acme-recordings/x.mp3" credentials "{KEY}" }}\n'
        f'store drive {{ url "sdrive://x/" credentials "{KEY}" }}\n'
        "on ice { record to calls { connect pstn 46850020000 } }\n"
    )
    path = tmp_path / "desk.recpol"
    path.write_text(text)
    diff = shell("lint", "--diff", *more, "desk.recpol").out
    assert "+policy desk" in diff
    assert ('-store calls { url "s3://acme-recordings/x.mp3" credentials "......" }' in diff) is True
    shell("lint", "--fix", *more, "-", stdin=text, reveals=True)  # standard output is the file itself
    shell("lint", "--fix", *more, "--output-format", format_, "desk.recpol")
    assert (SECRET in path.read_text()) is not bool(more)
    if more:
        assert "credentials env CALLS_CREDENTIALS" in path.read_text()


def test_shared_rules_are_fixed_only_where_they_are_named(shell: Shell, tmp_path: Path) -> None:
    shared, policy = tmp_path / "shared.recpol", tmp_path / "desk.recpol"
    shared.write_text('rules shared\nstore calls { url "s3://acme-calls/a.mp3" credentials env KEY }\n')
    policy.write_text('policy Desk\nuse "shared.recpol"\non ice { record { connect pstn +46850020000 } }\n')
    done = shell("lint", "--fix", "desk.recpol", "--output-format", "concise")
    assert "fixed-file-name" in done.out
    assert "s3://acme-calls/a.mp3" in shared.read_text()
    assert "policy desk" in policy.read_text()
    done = shell("lint", "--fix", "desk.recpol", "shared.recpol")
    assert done.out == "no findings in 2 files\n"
    assert shared.read_text() == 'rules shared\nstore calls { url "s3://acme-calls/" credentials env KEY }\n'


def test_a_file_that_cannot_be_read_is_told_of(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.recpol").write_bytes(b"policy \xff\n")
    (tmp_path / "desk.recpol").write_text(TWO)
    done = shell("lint", "--fix", ".", "--output-format", "concise")
    assert (done.status, "not-utf8" in done.out) == (1, True)
    assert (tmp_path / "desk.recpol").read_text() == FIXED
    assert shell("lint", "--diff", ".").status == 1


# What is offered


def test_a_report_says_of_fixes_what_is_proven(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "desk.recpol").write_text(HEAD + MENU)
    done = shell("lint", "desk.recpol")
    assert "  fix: add `on pie otherwise { hangup }` (safe)\n" in done.out
    assert done.out.endswith("1 warning in 1 file\n1 can be fixed with `--fix`\n")
    (tmp_path / "desk.recpol").write_text(TWO.replace("46850020000", "2025550123"))
    done = shell("lint", "desk.recpol")
    assert done.out.endswith("1 can be fixed with `--fix`, 1 with `--unsafe-fixes`; add `--diff` to look first\n")
    (tmp_path / "desk.recpol").write_text(TWO.replace("46850020000", "2025550123").replace("Desk", "desk"))
    assert shell("lint", "desk.recpol").out.endswith(
        "\n1 can be fixed with `--unsafe-fixes`; add `--diff` to look first\n"
    )
    (tmp_path / "desk.recpol").write_text(BOARD)
    assert "can be fixed" not in shell("lint", "desk.recpol").out, "a choice is the author's"


def test_sarif_says_of_fixes_what_is_proven(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "desk.recpol").write_text(TWO.replace("46850020000", "2025550123"))
    (run_,) = json.loads(shell("lint", "--output-format", "sarif", "desk.recpol").out)["runs"]
    offers = {result["ruleId"]: [fix["properties"] for fix in result["fixes"]] for result in run_["results"]}
    assert offers == {"bad-name": [{"safe": True}], "bad-number": [{"safe": False}]}


@pytest.mark.parametrize(
    ("bad", "offer"),
    [
        (Bad('say "Hello."', 'say "Good day."'), [True]),
        (Bad('record { say "Hello."', 'say "Hello." record {'), [False]),  # called safe by its rule alone
        (Bad("s3://acme-calls/", "https://acme.example/"), []),  # a new error
        (Bad("answer", "} {", safe=False), []),  # breaks the file
        (Bad("answer", "answer  ", safe=False), []),  # fixes nothing
    ],
    ids=lambda value: value.new if isinstance(value, Bad) else "",
)
def test_a_fix_is_tried_before_it_is_offered(bad: Bad, offer: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    def with_bad(unit: Program, levels: object = None) -> Checked:
        found = check(unit)
        at = unit.source.text.find(bad.old)
        if at < 0:
            return found
        span = unit.source.span(at, at + len(bad.old))
        more = Finding("bad", span, rule="bad", fixes=(Fix("write", (Edit(span, bad.new),), bad.safe),))
        return replace(found, findings=(more, *found.findings))

    monkeypatch.setattr(sys.modules[apply_fixes.__module__], "check", with_bad)
    unit = look(GOOD)
    told = suggested(unit, with_bad(unit).findings, look)
    assert [(f.rule, [fix.safe for fix in f.fixes]) for f in told] == [("bad", offer), ("bad-number", [True])]


def test_choices_are_offered_and_tried_one_by_one() -> None:
    unit = look(BOARD)
    (told,) = suggested(unit, check(unit).findings, look)
    assert [fix.title for fix in told.fixes] == ["write `record conference`", "write `record call`"]


def test_many_fixes_are_tried_in_a_few_looks() -> None:
    text = "policy desk\n" + "".join(f"on pie p{n} {{ connect pstn 4685002{n:04} }}\n" for n in range(200))
    looks = 0

    def counted(of: str) -> Program:
        nonlocal looks
        looks += 1
        return look(of)

    unit = look(text)
    told = suggested(unit, check(unit).findings, counted)
    assert sum(len(finding.fixes) for finding in told) == 200
    assert looks <= 2


def test_how_many_fixes_were_not_tried_is_told(shell: Shell, tmp_path: Path) -> None:
    slip = '{"name": "sayy", "text": 5, "foo": 1}'
    path = tmp_path / "reply.json"
    path.write_text(f'{{"instructions": [{", ".join([slip] * 500)}], "action": {{"name": "Park"}}}}')
    before = path.read_text()
    for option in ("--fix", "--diff"):
        done = shell("lint", option, "--unsafe-fixes", "--output-format", "concise", "reply.json")
        assert re.search(
            r"^reply\.json: \d+ fixes were not tried, .*; fix some of what is left by hand", done.err, re.MULTILINE
        )
    assert path.read_text() == before


# Rules files and the policies that use them

SHARED = 'rules shared\nstore calls { url "s3://acme-recordings/a/call.mp3" credentials env KEY }\n'
USER = 'policy desk\nuse "shared.recpol"\non ice { record { connect pstn +46850020000 } }\n'


def test_a_fix_of_a_rules_file_is_tried_with_the_policies_that_use_it(shell: Shell, tmp_path: Path) -> None:
    """One policy keeps its recordings in `…/a/call*`: what is right for the other breaks its guarantee."""
    shared, one, two = (tmp_path / name for name in ("shared.recpol", "desk.recpol", "other.recpol"))
    shared.write_text(SHARED)
    one.write_text(USER)
    assert shell("lint", "--fix", ".").status == 0
    fixed = SHARED.replace("call.mp3", "")
    assert shared.read_text() == fixed
    shared.write_text(SHARED)
    two.write_text(USER.replace("desk", "other") + 'keep recordings in "s3://acme-recordings/a/call*"\n')
    done = shell("lint", ".", "--output-format", "sarif")
    assert '"fixes"' not in done.out
    assert shell("lint", "--fix", "--unsafe-fixes", ".").out.count("fixed-file-name")
    assert shared.read_text() == SHARED
    assert shell("lint", "--fix", "shared.recpol", "desk.recpol").status == 0
    assert shared.read_text() == fixed, "the other policy was not in the run"


ALONE = STORED + 'on ice { answer record { pin: say "A." } hangup }\nnever record pin\n'
"""What would be left of it records nothing."""
LATER = (
    STORED + 'on ice { answer record { say "A." pin: menu { prompt "Your code?" digits 4 -> checked } } }\n'
    "on pie checked { record { connect pstn +46850020000 } }\non pie otherwise { hangup }\nnever record pin\n"
)
OPPOSED = LATER + "always record pin\n"
ROOM = STORED + 'on ice { answer record conference { room: connect conference "a" } }\nnever record room\n'
TOLD = STORED + "on ice { answer record { connect pstn +46850020000 } }\nannounce @notice before recording\n"


@pytest.mark.parametrize("text", [ALONE, OPPOSED, ROOM, TOLD], ids=["alone", "opposed", "room", "told"])
def test_a_guarantee_is_not_mended_where_something_else_would_be_wrong(text: str) -> None:
    unit = look(text)
    found = check(unit).findings
    assert {finding.level for finding in found} & {"error"}
    assert all(finding.fixes == () for finding in suggested(unit, found, look) if finding.rule == "broken-guarantee")


def test_a_fix_of_a_guarantee_that_was_not_tried_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = look(LATER)
    (broken,) = check(unit).findings
    (offered,) = suggested(unit, [broken], look)[0].fixes
    assert (offered.title, offered.safe) == ("leave `pin` out of the recording", False)
    monkeypatch.setattr("recpol.fixes.budget.Budget.take", lambda *_: False)
    assert suggested(unit, [broken], look)[0].fixes == ()


def test_a_mended_guarantee_is_proven() -> None:
    for case in (case for case in CASES if case.rule == "broken-guarantee"):
        assert {verdict.status for verdict in prove(look(case.before, case.target))} >= {"broken"}
        assert {verdict.status for verdict in prove(look(case.after, case.target))} == {"proven"}
