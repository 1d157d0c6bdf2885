"""Explanations: what they say, that all three forms say the same, and what they never show.

`RECPOL_REWRITE=1` before `pytest tests/test_explain.py` writes the whole documents in `tests/explained/` anew and
deletes those that belong to nothing any more. Read every line that changes as somebody would who cannot program.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_policies import random_policy, with_phase_prompts, with_room_keys
from recpol.analysis.program import Program, program
from recpol.base.source import Source, Unreadable
from recpol.cli.main import run
from recpol.compilation import Compilation, compile_program
from recpol.explain import Explanation, explain
from recpol.explain import model as m
from recpol.explain.document import document, json_text
from recpol.explain.guarantees import clause
from recpol.explain.markdown import markdown
from recpol.explain.text import WIDTH, cells, text
from recpol.explain.words import clean, stages_named
from recpol.interpreters.assumptions import ASSUMPTIONS as OF_PLATFORM
from recpol.platform.targets import CLASSIC, SVAML2
from recpol.prove import ASSUMPTIONS
from recpol.prove.walk import Walk
from recpol.report.hidden import harmless
from recpol.rules.catalogue import BY_NAME
from recpol.semantics.rooms import connects_of
from recpol.semantics.simulate import simulate
from recpol.settings.config import DEFAULT_TARGET, Config
from recpol.settings.configfile import read_config
from recpol.syntax import tree
from recpol.targets.catalogue import target_names, targets_named
from roomy import roomy, talkative

ROOT = Path(__file__).parents[1]
EXPLAINED = ROOT / "tests" / "explained"
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))
RULES = sorted((ROOT / "policies" / "shared").glob("*.recpol"))
REWRITE = bool(os.environ.get("RECPOL_REWRITE"))

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

DESK = f"""\
policy desk
locale en-GB

store calls {{
  url          "s3://acme-recordings/desk/call.mp3"
  credentials  "AKIAIOSFODNN7EXAMPLE:{SECRET}:eu-central-1"  # allow literal-credentials: an example
  notify       no
}}

on ice {{
  answer
  welcome: say "Hello {{{{ call.cli | e164 }}}}."
  record {{
    pin: menu {{
      # allow literal-secret: planted, so that a test sees that nothing shows it
      prompt "Enter your code | press 1 for help.", play "https://anna:s3same@acme.example/beep.wav?sig=open-{SECRET}"
      digits 4 -> checked
      key 1 -> menu help
      menu help {{ prompt "Ask your manager." key 1 -> checked }}
    }} @code
  }}
}}

on pie checked {{ connect pstn +442079460110 }}
on pie otherwise {{ hangup }}
on pie forgotten {{ say "Nobody hears this." hangup }}

never record @code because "codes are secret"
announce welcome before recording
"""
"""A policy with all that an officer should stop: it records a code, and its author has left a secret in it."""


def reader(written: str, using: str) -> Source | Unreadable:
    path = ROOT / "policies" / written
    return Source(f"policies/{written}", path.read_text("utf-8")) if path.is_file() else Unreadable("not there")


def config() -> Config:
    return read_config(Source("recpol.yaml", (ROOT / "recpol.yaml").read_text("utf-8")), BY_NAME, target_names())[0]


def compiled(source: Source, **variables: str) -> Compilation:
    return compile_program(program(source, reader=reader, variables={**config().vars, **variables}))


def of(path: Path) -> Explanation:
    """The explanation of an example policy."""
    return explain(compiled(Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))))


def told(policy: str, *, strict: bool = False, **variables: str) -> Explanation:
    """The explanation of a policy given as text."""
    return explain(compiled(Source("desk.recpol", policy), **variables), strict=strict)


MANY = DESK.replace("@code because", "help because").replace("locale en-GB", "locale en-GB\nvoice Amy")


def aimed(policy: str, *targets: str, strict: bool = False) -> Explanation:
    """The explanation of a policy that is compiled to these targets."""
    unit = program(Source("desk.recpol", policy), reader=reader, targets=targets_named(targets))
    return explain(compile_program(unit), strict=strict)


def forms(explanation: Explanation) -> tuple[str, str, str]:
    return text(explanation), markdown(explanation), json_text([explanation])


def by_name(path: Path) -> str:
    return path.stem


def strings(part: Any) -> Iterator[str]:
    """Every text of an explanation."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from strings(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from strings(getattr(part, field.name))


# ── whole documents ──────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = {
    "support-line.txt": lambda: text(of(ROOT / "policies" / "support-line.recpol")),
    "pay-by-phone.txt": lambda: text(of(ROOT / "policies" / "pay-by-phone.recpol")),
    "board-room.txt": lambda: text(of(ROOT / "policies" / "board-room.recpol")),
    "desk.txt": lambda: text(told(DESK)),
    "desk.md": lambda: markdown(told(DESK)),
    "claims-line.md": lambda: markdown(of(ROOT / "policies" / "claims-line.recpol")),
    "company.md": lambda: markdown(of(ROOT / "policies" / "shared" / "company.recpol")),
    "talk.json": lambda: json_text([of(ROOT / "policies" / "talk.recpol")]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_explanation_reads_as_it_was_read(name: str) -> None:
    made = WHOLE[name]()
    if REWRITE:
        EXPLAINED.mkdir(exist_ok=True)
        (EXPLAINED / name).write_text(made, "utf-8")
    assert (EXPLAINED / name).read_text("utf-8") == made


def test_every_whole_explanation_belongs_to_a_test() -> None:
    orphans = sorted({file.name for file in EXPLAINED.iterdir()} - set(WHOLE))
    if REWRITE:
        for orphan in orphans:
            (EXPLAINED / orphan).unlink()
        orphans = []
    assert orphans == []


def test_the_page_shows_what_is_really_said() -> None:
    page = (ROOT / "docs" / "explain.md").read_text("utf-8")
    found = re.search(r"^```recpol\n(.*?)^```$.*?^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    name = re.search(r"^policy (\S+)", found[1], re.MULTILINE)
    assert name is not None
    assert found[2] == text(explain(compiled(Source(f"{name[1]}.recpol", found[1]))))


def test_the_page_shows_what_is_really_said_of_targets() -> None:
    page = (ROOT / "docs" / "explain.md").read_text("utf-8")
    policy = re.search(r"^```recpol\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    section = re.search(r"^```text\n(Targets\n-.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert policy is not None
    assert section is not None
    source = Source("orders.recpol", policy[1].replace("locale en-GB\n", "locale en-GB\nvoice Amy\n"))
    told_ = text(explain(compile_program(program(source, targets=(CLASSIC, SVAML2)))))
    assert f"\n\n{section[1]}\n\nWhat this rests on\n" in told_


# ── the three forms ──────────────────────────────────────────────────────────────────────────────────────────────


def flat(rendered: str) -> str:
    """A rendering without its layout: one space between words, no marks of Markdown."""
    plain = re.sub(r"\\([\\`*_{}\[\]<>#|~@!&$])", r"\1", rendered.replace("<br>", " "))
    plain = re.sub(r"^(!! |\| |> |- )+|[`*]", " ", plain, flags=re.MULTILINE)
    return re.sub(r"\s+", "", plain).lower()


@pytest.mark.parametrize(
    "explanation",
    [*map(of, POLICIES), told(DESK), aimed(MANY, *target_names())],
    ids=lambda e: e.name + "s" * len(e.targets),
)
def test_text_and_markdown_say_all_that_the_document_says(explanation: Explanation) -> None:
    said = {sentence for sentence in strings(explanation) if " " in sentence}
    assert len(said) > 10
    for rendered in (text(explanation), markdown(explanation)):
        whole = flat(rendered)
        for sentence in said:
            assert flat(sentence.removesuffix(".")) in whole, sentence


def unescaped(line: str) -> int:
    """How many `|` of a line of Markdown separate cells."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


NASTY = "".join(f"{mark} " for mark in ("|", "`|`", "``|", "<b>", "**", "_x_", "[a](b)", "#", "~~", "@all", "a|b", "!"))


@pytest.mark.parametrize(
    "explanation",
    [*map(of, POLICIES), told(DESK), aimed(MANY, *target_names())],
    ids=lambda e: e.name + "s" * len(e.targets),
)
def test_every_table_of_markdown_is_one(explanation: Explanation) -> None:
    check_tables(markdown(explanation))


def check_tables(page: str) -> None:
    width = 0
    rows = 0
    for line in page.splitlines():
        if line.startswith("|"):
            width = width or unescaped(line)
            assert unescaped(line) == width, line
            assert line.endswith(" |")
            rows += 1
        else:
            assert not width or not line, f"a table is broken by: {line}"
            width = 0
    assert rows > 4


def test_a_prompt_cannot_become_markup() -> None:
    page = markdown(told(DESK.replace("Ask your manager.", NASTY)))
    check_tables(page)
    assert "\\<b\\>" in page
    assert "<b>" not in page.replace("\\<b\\>", "")
    assert "\\[a\\](b)" in page
    assert "\\@all" in page


def test_the_document_has_the_shape_of_version_1() -> None:
    """A field that is renamed or removed here is another version; a new one is added to the page and to this test."""
    shape = {
        name: [field.name for field in fields(kind)]
        for name, kind in vars(m).items()
        if is_dataclass(kind) and isinstance(kind, type)
    }
    assert m.VERSION == 1
    assert shape == {
        "ExplainedRecorder": ["store", "kind", "who", "file"],
        "Follow": ["when", "stage", "then"],
        "ExplainedPhase": ["name", "tags", "mark", "recorders", "words", "begin_file", "begins", "end_file", "ends"],
        "ExplainedRow": [
            "mark", "words", "details", "name", "tags", "recorders", "stopped", "follows", "phases", "line",
        ],
        "Stage": ["number", "heading", "on", "file", "line", "reached", "after", "rows"],
        "ExplainedStore": [
            "name", "storage", "url", "used", "file_name", "begins", "ends", "again", "overwriting", "messages",
            "credentials", "also", "promises",
        ],
        "CallLine": ["words", "mark", "to"],
        "ExplainedGuarantee": [
            "written", "sentence", "means", "reason", "file", "line", "status", "verdict", "provided", "call",
        ],
        "ExplainedPerson": ["name", "on_tape", "taped", "notices", "untold"],
        "ExplainedNotice": ["written", "where", "status", "verdict", "provided", "call"],
        "Term": ["name", "meaning"],
        "Remark": ["severity", "rule", "words", "file", "line", "stops", "allowed", "until"],
        "Explanation": [
            "name", "title", "file", "compiles", "alert", "remarks", "allowed", "summary", "stages", "stores",
            "guarantees", "assumptions", "words", "targets", "packs", "people",
        ],
            "ExplainedPack": ["name", "title", "version", "reviewed", "clauses"],
            "ExplainedClause": ["citation", "says", "checked", "reviewed", "written", "not_covered"],
        "ExplainedTarget": ["name", "title", "compiles", "stopped", "rests", "differences"],
    }  # fmt: skip
    page = (ROOT / "docs" / "explain.md").read_text("utf-8").partition("## For programs")[2]
    assert [field for names in shape.values() for field in names if f"`{field}`" not in page] == []


def test_the_document_is_plain_json() -> None:
    explanations = [of(path) for path in POLICIES]
    whole = json_text(explanations)
    assert whole.isascii()
    assert json.loads(whole) == json.loads(json.dumps(document(explanations)))
    assert [found["name"] for found in json.loads(whole)["explanations"]] == [path.stem for path in POLICIES]
    assert json.loads(whole)["version"] == 1


@pytest.mark.parametrize("path", [*POLICIES, *RULES], ids=by_name)
def test_text_fits_into_80_columns(path: Path) -> None:
    for line in text(of(path)).splitlines():
        assert cells(line) <= WIDTH or "://" in line
        assert line == line.rstrip()


def test_letters_of_two_columns_count_twice() -> None:
    explanation = told(DESK.replace("Ask your manager.", "請稍候" * 60))
    lines = [line for line in text(explanation).splitlines() if "請" in line]
    assert len(lines) > 4
    assert all(cells(line) <= WIDTH for line in lines)
    assert max(cells(line) for line in lines) > WIDTH - 4


# ── what is never shown ──────────────────────────────────────────────────────────────────────────────────────────


def test_no_secret_is_shown() -> None:
    for form in forms(told(DESK)):
        for part in (SECRET, "AKIAIOSFODNN7EXAMPLE", "s3same", "anna:", "sig=", "open-"):
            assert part not in form
    assert "Written in the policy itself; it is not shown here." in text(told(DESK))


def test_a_secret_that_a_variable_brings_is_not_shown_either() -> None:
    policy = DESK.replace(f"AKIAIOSFODNN7EXAMPLE:{SECRET}:eu-central-1", "{{ var.KEYS }}")
    policy = policy.replace("Ask your manager.", "The key is {{ var.KEYS }}.")
    explanation = told(policy, KEYS=f"AKIAIOSFODNN7EXAMPLE:{SECRET}:eu-central-1")
    for form in forms(explanation):
        assert SECRET not in form
        assert "AKIAIOSFODNN7EXAMPLE" not in form
        assert "KEYS" in form


def test_of_an_environment_variable_the_name_is_shown() -> None:
    assert "In the variable `SINCH_S3_CREDENTIALS`" in of(ROOT / "policies" / "voicemail.recpol").stores[0].credentials
    policy = DESK.replace("AKIAIOSFODNN7EXAMPLE:", "{{ env.KEY_ID }}:{{ env.KEY }}:").replace(f":{SECRET}", "")
    said = told(policy).stores[0].credentials
    assert said.startswith("In the variables `KEY_ID` and `KEY`, set when the service is deployed.")


def test_control_characters_do_nothing() -> None:
    policy = DESK.replace("Ask your manager.", r"a\u{1b}[31m b\u{7}\u{202e}c\nd\u{9b}\u{85}e")
    explanation = told(policy)
    for form in forms(explanation):
        assert all(char.isprintable() or char == "\n" for char in form)
    assert r"a\u{1b}[31m b\u{7}\u{202e}c d\u{9b}\u{85}e" in text(explanation)


@given(st.text(alphabet=st.sampled_from("ab:/@?{}. \n\t\u200b\u202e“”‹›`|") | st.characters()))
def test_cleaning_twice_is_cleaning_once(given_text: str) -> None:
    once = clean(given_text)
    assert clean(once) == once
    assert harmless(once) == once


def test_cleaning_takes_no_longer_for_a_hostile_text() -> None:
    for hostile in ("://" * 200_000, "{{" * 200_000, "://?{{" * 100_000, "x://" + "{{a}}" * 100_000 + "?"):
        assert clean(hostile)


# ── policies that do not compile ─────────────────────────────────────────────────────────────────────────────────


def test_a_policy_with_errors_is_told_and_nothing_is_claimed() -> None:
    explanation = told(DESK)
    assert not explanation.compiles
    assert "does not compile: 1 error must" in explanation.alert
    first = text(explanation).split("In short")[0]
    assert "!! This policy does not compile" in first
    assert "Error: `never record @code` is broken" in first
    assert "Warning" not in first
    assert explanation.stages
    assert [guarantee.status for guarantee in explanation.guarantees] == ["broken", "unclaimed"]
    for form in forms(explanation)[:2]:
        assert "Proven" not in form
    assert explanation.assumptions == ()


def test_what_would_be_proven_is_not_where_the_policy_does_not_compile() -> None:
    policy = DESK.replace("announce welcome before recording", "always record help").replace(
        "@code because", "welcome because"
    )
    policy = policy.replace("desk/call.mp3", "desk/")  # with one name for all, each call overwrites the last
    explanation = told(policy.replace('"s3://', '"s4://'))
    assert not explanation.compiles
    assert {guarantee.status for guarantee in explanation.guarantees} == {"unclaimed"}
    assert explanation.guarantees[0].verdict == "Nothing is proven, because the policy does not compile."
    assert {guarantee.status for guarantee in told(policy).guarantees} == {"proven"}


def test_the_shortest_call_that_breaks_a_guarantee_is_told() -> None:
    (never, _) = told(DESK).guarantees
    assert never.verdict == "Broken by the menu `pin` (stage 1): recorded to `calls`. The shortest call that breaks it:"
    assert [(line.words[:12], line.mark, line.to) for line in never.call] == [
        ("A call comes", "silent", ""),
        ('welcome: "He', "not-recorded", ""),
        ('pin: menu "E', "recorded", "calls"),
    ]


def test_a_text_that_cannot_be_read_is_not_explained() -> None:
    explanation = told(DESK + "store {\n")
    assert "could not be read in full" in explanation.alert
    assert explanation.remarks
    assert [*explanation.stages, *explanation.stores, *explanation.guarantees, *explanation.summary] == []
    for form in forms(explanation)[:2]:
        assert "Stage" not in form
        assert SECRET not in form


def test_warnings_stop_a_policy_where_they_are_to() -> None:
    store = 'store calls { url "s3://acme-calls/call.mp3" credentials env KEY }'
    policy = f"policy desk\n{store}\non ice {{ record {{ connect pstn +442079460110 }} }}\n"
    explanation = told(policy)
    assert explanation.compiles
    assert [(remark.rule, remark.stops) for remark in explanation.remarks] == [("fixed-file-name", False)]
    assert "What the checks remark" in text(explanation)
    strict = told(policy, strict=True)
    assert not strict.compiles
    assert "1 warning must be put right first" in strict.alert


def test_a_finding_that_was_allowed_is_told_with_its_reason() -> None:
    explanation = of(ROOT / "policies" / "app-call.recpol")
    (allowed,) = explanation.allowed
    assert allowed.rule == "app-call-recording"
    for form in forms(explanation)[:2]:
        assert "Sinch has confirmed it for our account" in " ".join(form.split())


def test_rules_promise_nothing_by_themselves() -> None:
    explanation = of(RULES[0])
    assert explanation.compiles
    assert {guarantee.status for guarantee in explanation.guarantees} == {"unclaimed"}
    assert {store.used for store in explanation.stores} == {None}
    assert explanation.stages == ()
    assert "No call is recorded to it" not in text(explanation)


# ── targets ──────────────────────────────────────────────────────────────────────────────────────────────────────

ORDERS = """\
policy orders
locale en-GB
voice Amy
store calls { url "s3://acme-recordings/orders/" credentials env K }
on ice { answer say "Your order is recorded." connect pstn +442079460102 { phase card } }
on ace { talk: continue }
record talk except card
never record card
"""


def test_each_target_is_told_with_what_it_rests_on_and_what_is_its_own() -> None:
    explanation = aimed(ORDERS, *target_names())
    assert [(target.name, target.compiles, target.stopped) for target in explanation.targets] == [
        (name, True, ()) for name in target_names()
    ]
    classic, svaml1, svaml2 = explanation.targets
    assert {term.name for term in classic.differences} == {"flag-starts", "actions-change", "voice-unused"}
    assert {term.name for term in svaml1.differences} == {"instruction-starts", "instructions-change", "voice-unused"}
    assert {"one-document", "callee-leg", "wait-for-finish"} < {term.name for term in svaml2.differences}
    assert "backend-waits-for-finish" in svaml2.rests
    told_ = {term.name for term in explanation.assumptions}
    assert all(told_.issuperset(target.rests) for target in explanation.targets)
    for form in forms(explanation):
        assert "one-document" in form
        assert all(target.title in form.replace("\\", "") for target in explanation.targets)


def test_a_target_that_stops_a_policy_is_told_with_why_and_the_others_are_too() -> None:
    explanation = aimed(ORDERS.replace("answer say", 'answer cookie "a" = "b" say'), *target_names())
    assert not explanation.compiles
    assert [target.compiles for target in explanation.targets] == [True, True, False]
    svaml2 = explanation.targets[2]
    assert [remark.rule for remark in svaml2.stopped] == ["not-in-svaml2"]
    assert (svaml2.rests, svaml2.differences) == ((), ())
    assert explanation.targets[0].rests
    assert {term.name for term in explanation.assumptions} >= set(explanation.targets[0].rests)
    assert {guarantee.status for guarantee in explanation.guarantees} == {"unclaimed"}
    assert (
        "svaml2: SVAML of Voice API v2 (preview)\n  The policy does not compile to it:\n  - Error: svaml2 has no"
        in (text(explanation))
    )


def test_strict_settings_stop_a_target_by_a_warning() -> None:
    policy = ORDERS.replace('" credentials', 'a.mp3" credentials')
    assert [target.compiles for target in aimed(policy, "classic", "svaml1").targets] == [True, True]
    strict = aimed(policy, "classic", "svaml1", strict=True).targets
    assert [target.compiles for target in strict] == [False, False]
    assert {remark.rule for target in strict for remark in target.stopped} == {"fixed-file-name"}


def test_of_the_default_target_alone_and_of_rules_no_targets_are_told() -> None:
    assert aimed(ORDERS, DEFAULT_TARGET).targets == ()
    assert "targets" not in document([aimed(ORDERS, DEFAULT_TARGET)])["explanations"][0]
    assert "targets" in document([aimed(ORDERS, "classic")])["explanations"][0]
    rules = "rules company\nnever record @card\n"
    assert aimed(rules, *target_names()).targets == ()
    assert aimed(ORDERS + "store {\n", *target_names()).targets == ()


def test_where_one_document_holds_the_call_all_stages_name_it() -> None:
    assert {stage.file for stage in aimed(ORDERS, "svaml2").stages} == {"incoming.json"}
    assert {stage.file for stage in aimed(ORDERS, "svaml1", "svaml2").stages} == {"ice.json", "ace.json"}


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_stages_come_in_the_order_of_a_call_and_unreached_ones_last() -> None:
    stages = of(ROOT / "policies" / "claims-line.recpol").stages
    assert [(stage.number, stage.heading, stage.after) for stage in stages] == [
        (1, "When a call comes in", ()),
        (2, "When the caller has pressed 1 (report)", (1,)),
        (3, "When the caller has pressed 2 (ask)", (1,)),
        (4, "When the caller has entered up to 4 digits (checked)", (3,)),
        (5, "If the caller presses nothing or a wrong key", (1, 3)),
    ]
    desk = told(DESK)
    assert [stage.reached for stage in desk.stages] == [True, True, True, False]
    assert text(desk).index("What no call comes to") < text(desk).index("Nobody hears this.")


def waiting(requests: int) -> str:
    """A call that is parked, and is parked again by each of some requests."""
    park = 'park { hold "Please hold." }'
    return f"{HEAD}on ice {{ {park} }}\n" + "".join(f"on manage m{n} {{ {park} }}\n" for n in range(requests))


def test_many_requests_to_a_parked_call_are_told_together() -> None:
    few, many = (told(waiting(requests)) for requests in (10, 11))
    assert [follow.stage for follow in few.stages[0].rows[-1].follows] == list(range(2, 12))
    assert many.stages[0].rows[-1].follows == ()
    assert many.stages[0].rows[-1].details[-1] == "The backend sends one of 11 requests: stages 2 to 12."
    assert {stage.after for stage in many.stages[1:]} == {tuple(range(1, 13))}
    assert "[on manage m3, line 8, manage.m3.json; after stages 1 to 12]" in text(many)


def test_requests_to_calls_that_wait_in_one_place_are_told_one_by_one() -> None:
    requests = "".join(f"on manage m{n} {{ hangup }}\n" for n in range(30))
    waits = told(f'{HEAD}on ice {{ park {{ hold "Please hold." }} }}\n{requests}').stages[0].rows[-1]
    assert [follow.stage for follow in waits.follows] == list(range(2, 32))
    assert not any("requests" in detail for detail in waits.details)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((2,), "stage 2"),
        ((2, 3), "stages 2 and 3"),
        ((2, 3, 4), "stages 2 to 4"),
        ((1, 3, 4, 6, 7, 8, 10), "stages 1, 3, 4, 6 to 8 and 10"),
    ],
)
def test_three_and_more_stages_in_a_row_are_told_by_the_first_and_the_last(
    numbers: tuple[int, ...], words: str
) -> None:
    assert stages_named(numbers) == words


HEAD = 'policy desk\nlocale en-GB\nstore calls { url "s3://acme-calls/" credentials env KEY }\n'

HEADINGS = {
    'on ice { answer menu { prompt "x" key 1 -> a key 2 -> a timeout -> a } }\non pie a { hangup }': (
        "When the caller has pressed 1, 2 or nothing (a)"
    ),
    'on ice { answer menu { prompt "x" digits 1 -> a key 2 -> a } }\non pie a { hangup }': (
        "When the caller has pressed 2 or entered one digit (a)"
    ),
    "on ice { answer menu { key 1 -> a key 2 -> a key 3 -> a key 4 -> a key 5 -> a } }\non pie a { hangup }": (
        "When the result of a menu is “a”"
    ),
    'on ice { answer menu { prompt "x" key 1 -> otherwise digits 3 -> otherwise } }\non pie otherwise { hangup }': (
        "If the caller enters up to 3 digits or presses 1, nothing or a wrong key"
    ),
    "on ice { connect pstn +442079460110 }\non ace { hangup }": "When the callee answers",
    'on ice { answer park { hold "x" } }\non manage pick-up { hangup }': (
        "While the call is parked: the backend sends pick-up"
    ),
}


@pytest.mark.parametrize("policy", HEADINGS)
def test_headings_are_in_plain_words(policy: str) -> None:
    assert told(HEAD + policy).stages[1].heading == HEADINGS[policy]


def rows(policy: str) -> list[m.ExplainedRow]:
    return [row for stage in told(HEAD + policy).stages for row in stage.rows]


def test_files_begin_go_on_and_end() -> None:
    told_rows = rows(
        'on ice { answer record { say "a" say "b" } say "c" record { say "d" menu { prompt "e" key 1 -> x } } }\n'
        "on pie x { hangup }\non pie otherwise { hangup }"
    )
    assert [(row.mark, [one.file for one in row.recorders], row.stopped[:23]) for row in told_rows] == [
        ("silent", [], ""),
        ("recorded", ["a new file begins"], ""),
        ("recorded", ["the same file goes on"], ""),
        ("not-recorded", [], "The recording to `calls"),
        ("recorded", ["a new file begins"], ""),
        ("recorded", ["the same file goes on"], ""),
        ("silent", [], "The recording to `calls"),
        ("silent", [], "The recording to `calls"),
    ]


def test_who_is_recorded() -> None:
    both = rows('on ice { record call { record conference { connect conference "board" } } }')
    assert [(one.kind, one.who.split(",")[0]) for one in both[0].recorders] == [
        ("call", "this participant's line alone (what the room sends to it)"),
        ("conference", "the whole room"),
    ]
    (call,) = rows("on ice { record { connect pstn +442079460110 } }")
    assert [one.who for one in call.recorders] == ["this caller's call"]
    (room,) = rows('on ice { connect conference "board" }')
    assert "This policy does not record the room; others may." in room.details


def test_a_late_reply_is_told_where_it_changes_what_is_recorded() -> None:
    late = "If the backend replies too late"
    untaped = told(HEAD + "on ice { connect pstn +442079460110 }\non ace { record { continue } }")
    assert next(sentence for sentence in untaped.summary if sentence.startswith(late)).endswith("is not recorded.")
    assert untaped.stages[0].rows[0].follows[1].then.endswith("their talk is not recorded")
    taped = told(HEAD + "on ice { record { connect pstn +442079460110 } }\non ace { continue }")
    assert next(sentence for sentence in taped.summary if sentence.startswith(late)).endswith("is recorded.")
    same = told(HEAD + "on ice { record { connect pstn +442079460110 } }\non ace { record { continue } }")
    assert not any(sentence.startswith(late) for sentence in same.summary)


def test_a_phase_says_what_the_backend_sends_and_what_then_happens() -> None:
    (connect,) = rows("on ice { a: connect pstn { phase card phase chat } }\nrecord a except card")
    card, chat = connect.phases
    assert (card.mark, card.begin_file, card.end_file) == (
        "not-recorded",
        "manage.card.begin.json",
        "manage.card.end.json",
    )
    assert card.begins == "the recording stops, and its file is finished"
    assert card.ends == "a recording to `calls` starts, in a new file"
    assert (chat.mark, chat.begin_file, chat.end_file) == ("recorded", "", "")


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        ("", ""),
        ("on manage end in talk { hangup }", ", or until the backend ends the call"),
        ('on manage hold in talk { park { hold "Wait." } }', ", or until the backend parks the call"),
        (
            'on manage end in talk { hangup } on manage hold in talk { park { hold "Wait." } }',
            ", or until the backend parks or ends the call",
        ),
        # These leave people where they are.
        ('on manage tell in talk { say "One minute left." }', ""),
        ('on manage hold { park { hold "Wait." } }', ""),
    ],
)
def test_how_long_a_talk_lasts_says_whether_a_request_can_end_it(request_: str, sent: str) -> None:
    for connect, words in (
        ('talk: connect conference "hall"', "stays there until hanging up"),
        ("talk: connect pstn +442079460110", "until one of them hangs up"),
    ):
        (row, *_) = rows(f"on ice {{ {connect} }}\n{request_}")
        assert row.words.endswith(f"{words}{sent}."), row.words
    stages = told(f"{HEAD}on ice {{ connect pstn }}\non ace {{ talk: continue }}\n{request_}").stages
    assert stages[1].rows[0].words.endswith(f"until one of them hangs up{sent}.")


MIXED = """on ice { answer menu { prompt "1 or 2" key 1 -> one key 2 -> two } }
on pie otherwise { hangup }
on pie one { first: ONE }
on pie two { record conference { second: connect conference "two" } }
on manage tell in first, second { say "One minute left." more: continue }
"""


@pytest.mark.parametrize(
    ("one", "partly"),
    [
        ('connect conference "one"', True),
        ("connect pstn +442079460110", True),
        ('connect conference "two"', False),  # another caller has it recorded
    ],
)
def test_what_is_heard_in_rooms_of_which_some_are_recorded_is_said_to_be_partly(one: str, *, partly: bool) -> None:
    explanation = told(HEAD + "locale en-GB\n" + MIXED.replace("ONE", one))
    where = ", where the call is in a room that is recorded"
    summary = next(sentence for sentence in explanation.summary if sentence.startswith("Recorded:"))
    assert (f"the words “One minute left.”{where}" in summary) == partly, summary
    assert "the words “One minute left.”" in summary
    person = explanation.people[0]
    assert (where in person.taped) == partly, person
    for row in next(stage for stage in explanation.stages if stage.on == "on manage tell").rows:
        assert any(where in recorder.who for recorder in row.recorders) == partly, row


def test_a_phase_stands_where_the_talk_is() -> None:
    stages = told(HEAD + "on ice { connect pstn +442079460110 { phase a } }\non ace { continue }\nrecord a").stages
    assert [[phase.name for row in stage.rows for phase in row.phases] for stage in stages] == [[], ["a"]]
    never = told(HEAD + 'on ice { connect pstn { phase a } }\non ace { say "x" in en-GB hangup }').stages
    assert (
        never[0].rows[0].phases[0].words
        == "The phase `a` begins in no ordinary call, because no talk follows the ringing."
    )


def test_what_is_known_later_is_said_to_be() -> None:
    explanation = told(
        HEAD
        + """on ice { say "Hello {{ call.cli | e164 }}, {{ call.custom | default('friend') }}." """
        + 'connect sip "{{ env.DESK }}" }'
    )
    first, second = explanation.stages[0].rows
    assert first.words == (
        "The caller hears: “Hello ‹the caller's number: known when the call comes›, "
        "‹what was passed on with the call, or “friend”: known when the call comes›.”"
    )
    assert second.words.startswith("The SIP address ‹DESK: set when the service is deployed› is called.")


FILES = {
    "s3://acme/": "UTCDate_applicationKey_callId.mp3, made by the platform",
    "s3://acme": "UTCDate_applicationKey_callId.mp3, made by the platform",
    "s3://acme/a/call.mp3": "call.mp3, the same for every call: each recording replaces the one before.",
    "s3://acme/a/desk": "Not certain: whether `desk` is a folder or a file is not documented.",
    "sdrive://desk": "desk, the same for every call",
    "s3://acme/{{ call.callid }}.mp3": "‹the call's id: known when the call comes›.mp3. Two recordings",
    "s3://acme/{{ env.NAME }}.mp3": "‹NAME: set when the service is deployed›.mp3, the same for every call",
}


@pytest.mark.parametrize("url", FILES)
def test_what_a_file_is_called(url: str) -> None:
    credentials = "" if url.startswith("sdrive") else "credentials env KEY"
    policy = f'policy desk\nstore calls {{ url "{url}" {credentials} }}\non ice {{ record {{ connect pstn }} }}\n'
    assert told(policy).stores[0].file_name.startswith(FILES[url])


def test_stores_tell_when_files_end_and_who_is_told() -> None:
    policy = 'policy desk\nstore calls { url "s3://acme/a.wav" credentials env KEY format wav %s }\non ice { %s }\n'
    call = told(policy % ("notify no", "record { connect pstn }")).stores[0]
    assert call.ends == "It ends when the recording stops, and with the call at the latest."
    assert call.again.endswith("goes on in a second file, which has the same name and so replaces the first.")
    assert call.messages.startswith("None: nobody is told")
    room = told(policy % ("", 'record conference { connect conference "a" }')).stores[0]
    assert room.ends == "It ends when the last participant has left, whoever that is."
    assert "it is what the platform does by itself" in room.messages
    made = told(policy.replace("a.wav", "") % ("notify yes", "record { connect pstn }")).stores[0]
    assert made.file_name.startswith("UTCDate_applicationKey_callId.wav")
    assert made.messages.startswith("The backend is told when a recording is finished, and again when its file is")


def test_what_v2_does_with_files_is_told_by_target() -> None:
    policy = (
        'policy desk\nstore calls { url "s3://acme/a.mp3" credentials env KEY %s }\n'
        "on ice { answer record { connect pstn +442079460110 } }\n"
    )
    alone = aimed(policy % "notify yes", "svaml2").stores[0]
    assert alone.file_name.startswith("Made by the platform, with the identifier of the call or session in it;")
    assert "Whether `a.mp3` has a part in it is not documented" in alone.file_name
    assert alone.again == "There is no pause: a recording that stops and starts again goes on in a second file."
    assert alone.overwriting.endswith("is not documented.")
    assert "No message tells that a file is there" in alone.messages
    assert alone.messages.endswith("`notify` does nothing.")
    plain = aimed((policy % "").replace("a.mp3", ""), "svaml2").stores[0]
    assert "UTCDate" not in " ".join(strings(plain))
    assert "Whether" not in plain.file_name
    assert "notify" not in plain.messages
    both = aimed((policy % "").replace("a.mp3", ""), "classic", "svaml1", "svaml2").stores[0]
    assert both.file_name.startswith("In `classic` and `svaml1`: UTCDate_applicationKey_callId.mp3, made by")
    assert " In `svaml2`: Made by the platform" in both.file_name
    assert both.overwriting == (
        "In `classic` and `svaml1`: A file of the same name that is there already is overwritten, without a check. "
        "In `svaml2`: What becomes of a file of the same name that is there already is not documented."
    )
    assert "and again when its file is there" in both.messages
    assert "In `svaml2`: The events `call.recording.finished`" in both.messages
    assert both.again == alone.again
    assert aimed(policy % "", "classic", "svaml1").stores == aimed(policy % "", "classic").stores


def test_a_store_that_no_call_uses_is_said_to_be_unused() -> None:
    policy = HEAD.replace("store", 'store spare { url "s3://acme-spare/" credentials env KEY }\nstore')
    spare, calls = told(policy + "on ice { record to calls { connect pstn } }").stores
    assert (spare.used, calls.used) == (False, True)


def test_a_proof_names_what_it_rests_on() -> None:
    explanation = of(ROOT / "policies" / "support-line.recpol")
    never = explanation.guarantees[0]
    assert never.status == "proven"
    assert never.verdict == "Proven for every call that can happen, provided that:"
    assert [name for name, _ in never.provided] == ["stop-works", "phases-are-told"]
    listed = {term.name for term in explanation.assumptions}
    assert {"stop-works", "phases-are-told", "caller-hears", "start-before-answer"} <= listed


def test_unknown_and_empty_are_not_proven() -> None:
    policy = HEAD.replace("s3://acme-calls/", "s3://{{ env.BUCKET }}/") + (
        "on ice { record { a: connect pstn } }\non pie b { c: hangup }\n"
        'keep recordings in "s3://acme/**"\nnever record d\non pie e { d: connect pstn }\n'
    )
    statuses = {g.written: (g.status, g.verdict) for g in told(policy).guarantees}
    unknown, why = statuses['keep recordings in "s3://acme/**"']
    assert unknown == "unknown"
    assert why.startswith("Not proven, and not broken: the URL of `calls`")
    assert statuses["never record d"] == ("empty", "Nothing to prove: no call comes to anything that it selects.")


@pytest.mark.parametrize(("name", "sentence"), [*ASSUMPTIONS.items(), *OF_PLATFORM.items()])
def test_an_assumption_can_be_put_into_a_clause(name: str, sentence: str) -> None:
    short = clause(sentence)
    assert 20 < len(short) <= len(sentence)
    assert not short.endswith(".")
    assert not re.search(r"\b(page|document|documented)s?\b", short), f"{name}: what the documents say comes second"


def test_only_words_that_occur_are_explained() -> None:
    explanation = of(ROOT / "policies" / "talk.recpol")
    whole = " ".join(s for s in strings(explanation) if s not in {term.meaning for term in explanation.words})
    for term in explanation.words:
        assert all(re.search(rf"\b{word}", whole) for word in term.name.split(", ")), term.name
    assert "conference" not in {term.name for term in explanation.words}


def test_a_phase_is_part_of_the_talk_and_not_of_the_dialling() -> None:
    text = HEAD + "on ice { ring: connect pstn +442079460110 { phase pin } }\non ace { talk: continue }\nrecord ring\n"
    taped, untaped = told(text).summary[:2]
    assert taped == "Recorded: the ringing at +442079460110."
    assert "the phase `pin`" in untaped


def test_a_room_that_another_caller_has_recorded_is_told_once() -> None:
    text = """policy club
locale en-GB
store rooms { url "s3://acme-recordings/club/" credentials env ROOMS }
on ice { answer menu { prompt "1 or 2" key 1 -> host key 2 -> guest key 3 -> bar key 4 -> later } }
on pie host { record conference { connect conference "hall" } }
on pie guest { guest: connect conference "hall" }
on pie bar { connect conference "bar" }
on pie later { connect conference "{{ env.ROOM }}" }
on pie otherwise { hangup }
"""
    explanation = told(text)
    taped, untaped = explanation.summary[:2]
    assert "everybody in the conference room “hall”" in taped
    assert "hall" not in untaped
    assert "“bar”" in untaped
    rooms = {stage.on: stage.rows[-1].details[-1] for stage in explanation.stages if stage.rows[-1].details}
    assert rooms["on pie guest"] == "A caller who comes by `on pie host` has the whole room recorded, to `rooms`."
    assert rooms["on pie bar"] == "This policy does not record the room; others may."
    assert rooms["on pie later"].startswith("Whether this is the room that is recorded by `on pie host`")


# ── the marks are true ───────────────────────────────────────────────────────────────────────────────────────────


def check_marks(unit: Program, explanation: Explanation) -> int:
    """Hold the marks of a policy's rows against a simulated call to each of its handlers; how many were compared."""
    compared = 0
    walk = Walk(unit, 10_000)
    stages = {stage.on: stage for stage in explanation.stages if stage.reached}
    for index in unit.graph.reachable:
        handler = unit.handlers[index]
        steps = [step for step in handler.steps if not isinstance(step.body, tree.Phase) and step.phase is None]
        rows = zip(steps, stages[f"on {handler.key}"].rows, strict=True)
        marks = {step.index: row.mark for step, row in rows}
        move = next((move for move in walk.moves if move.replied is handler and not move.doubt), None)
        if move is None:
            continue
        simulation = simulate(unit, walk.call(move))
        assert simulation.impossible is None
        for piece in simulation.pieces[simulation.marks[-2] if len(simulation.marks) > 1 else 0 :]:
            taped = bool(piece.heard.recordings)
            if len({unit.decided(connect).conference for connect in connects_of(unit, piece.step)}) > 1:
                continue  # its own call has it recorded in one room alone; the words say so, or others do it there
            assert marks[piece.step.index] == ("recorded" if taped else "not-recorded")
            compared += 1
    return compared


@pytest.mark.parametrize("path", POLICIES, ids=by_name)
def test_marks_are_what_a_call_comes_to(path: Path) -> None:
    compilation = compiled(Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")))
    assert check_marks(compilation.program, explain(compilation)) > 0


def with_more(random: Random) -> str:
    return with_phase_prompts(with_room_keys(random_policy(random)))


@pytest.mark.parametrize(
    ("make", "often", "least"),
    [(random_policy, 330, 300), (roomy, 80, 300), (talkative, 80, 120), (with_more, 80, 50)],
)
def test_explanations_of_random_policies_are_total_and_true(
    make: Callable[[Random], str], often: int, least: int
) -> None:
    compared = 0
    for seed in range(often):
        compilation = compiled(Source("random.recpol", make(Random(seed))))
        explanation = explain(compilation)
        assert all(forms(explanation))
        check_tables(markdown(explanation))
        if explanation.compiles:
            compared += check_marks(compilation.program, explanation)
    assert compared > least


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "cases").rglob("*.recpol")), ids=by_name)
def test_a_policy_with_any_mistake_can_be_explained(path: Path) -> None:
    explanation = told(path.read_bytes().decode("utf-8"))
    for form in forms(explanation)[:2]:
        assert form.endswith("\n")
        assert all(char.isprintable() or char == "\n" for char in form)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good policy and one with errors, made the current one."""
    monkeypatch.chdir(tmp_path)
    good = HEAD.replace("desk", "good") + "on ice { record { connect pstn +442079460110 } }\n"
    (tmp_path / "good.recpol").write_text(good, "utf-8")
    (tmp_path / "desk.recpol").write_text(DESK, "utf-8")
    return tmp_path


def test_the_command_prints_the_explanation(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "good.recpol"]) == 0
    good = text(explain(compiled(Source("good.recpol", (desk / "good.recpol").read_text("utf-8")))))
    assert capsys.readouterr().out == good
    assert run(["explain", "--format", "markdown", "desk.recpol"]) == 1
    assert capsys.readouterr().out == markdown(told(DESK))
    assert run(["explain", "good.recpol", "desk.recpol"]) == 1
    assert capsys.readouterr().out == f"{good}\n\n{text(told(DESK))}"


def test_the_command_prints_one_document_for_all_files(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", ".", "--format=json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 1
    assert [(one["name"], one["compiles"]) for one in found["explanations"]] == [("desk", False), ("good", True)]


def test_the_command_follows_the_settings(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "recpol.yaml").write_text("vars: {number: '+442079460111'}\nstrict: true\n", "utf-8")
    policy = HEAD.replace("acme-calls/", "acme-calls/a.mp3") + 'on ice { record { connect pstn "{{ var.number }}" } }\n'
    (desk / "good.recpol").write_text(policy, "utf-8")
    assert run(["explain", "good.recpol"]) == 1
    assert "+442079460111 is called" in capsys.readouterr().out
    assert run(["explain", "good.recpol", "--var", "number=+442079460112"]) == 1
    assert "+442079460112 is called" in capsys.readouterr().out


def test_the_command_takes_targets(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive = 'policy good\nstore calls { url "sdrive://" }\non ice { record { connect pstn +442079460110 } }\n'
    (desk / "good.recpol").write_text(drive, "utf-8")
    assert run(["explain", "good.recpol", "--target", "classic", "--target", "svaml1"]) == 1
    printed = capsys.readouterr().out
    assert "\nTargets\n-------\nclassic: classic SVAML (2018 to 2021)\n  The policy compiles to it.\n" in printed
    assert "Error: svaml1 has no `sdrive` destinations" in printed
    (desk / "recpol.yaml").write_text("targets: [svaml1]\nrules: {not-in-svaml1: error}\n", "utf-8")
    assert run(["explain", "good.recpol"]) == 2, "the level of a binding rule cannot be set"
    capsys.readouterr()
    (desk / "recpol.yaml").write_text("targets: [svaml2, svaml1]\n", "utf-8")
    assert run(["explain", "good.recpol", "--format=json"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["explanations"]
    assert [(target["name"], target["compiles"]) for target in one["targets"]] == [("svaml2", False), ("svaml1", False)]


def test_what_is_no_text_is_a_finding_and_a_wrong_format_a_refusal(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "bad.recpol").write_bytes(b"policy \xff\n")
    assert run(["explain", "bad.recpol", "good.recpol"]) == 1
    printed = capsys.readouterr()
    assert "not UTF-8" in printed.err
    assert "What the policy good records" in printed.out
    assert run(["explain", "good.recpol", "--format", "markdwon"]) == 2
    assert "did you mean `markdown`?" in capsys.readouterr().err
