"""Scenarios: what each step means, what is refused and where it is underlined; writing and reading are inverse."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import FORMS, KEYS, MAX_STEPS, Scenario, read_scenario, read_steps, spell, spell_one


def read(text: str) -> Scenario:
    return read_scenario(Source("call.txt", text))


def refused(text: str) -> list[tuple[str, str, str]]:
    """What is wrong: underlined text, message, help."""
    return [(finding.span.text, finding.message, finding.help) for finding in read(text).findings]


STEPS: list[tuple[str, t.Event]] = [
    ("start customer", t.Starts("customer")),
    (
        'start customer with number "+442079460100" id "7"',
        t.Starts("customer", (("number", "+442079460100"), ("id", "7"))),
    ),
    ("answer", t.Answers()),
    ("busy", t.Unanswered("busy")),
    ("no answer", t.Unanswered("silent")),
    ("no reply", t.Unreplied()),
    ("press 2", t.Presses("2")),
    ("press *", t.Presses("*")),
    ('press "#"', t.Presses("#")),
    ('press "0"', t.Presses("0")),
    ("digits 1234", t.Enters("1234")),
    ('digits "12#"', t.Enters("12#")),
    ("wait", t.Waits()),
    ("wrong key", t.Mistypes()),
    ("hang up", t.HangsUp()),
    ("caller hangs up", t.HangsUp("caller")),
    ("callee hangs up", t.HangsUp("callee")),
    ("hang up after 2", t.HangsUp("caller", 2)),
    ("hang up after 0", t.HangsUp("caller", 0)),
    ("hang up during 1", t.HangsUp("caller", 0)),
    ("callee hangs up during 3", t.HangsUp("callee", 2)),
    ("begin card", t.Begins("card")),
    ("begin end", t.Begins("end")),
    ("end card", t.Ends("card")),
    ("send pick-up", t.Sends("pick-up")),
    ("manage stop", t.Manages("stop")),
    ("press 9 in the room", t.PressesInRoom("9")),
    ('press "#" in the room', t.PressesInRoom("#")),
    ("park expires", t.Expires()),
    ("another joins by pie host", t.Joins("pie host")),
]


@pytest.mark.parametrize(("text", "event"), STEPS)
def test_a_step_is_an_event(text: str, event: t.Event) -> None:
    scenario = read(text)
    assert scenario.findings == ()
    assert scenario.events == (event,)
    assert scenario.steps[0].span.text == text


def test_every_event_can_be_written() -> None:
    assert {type(event) for _, event in STEPS} == set(get_args(t.Event))


def test_every_form_can_be_read() -> None:
    examples = {"KEY": "1", "DIGITS": "12", "PHASE": "card", "REPLY": "pick-up", "REQUEST": "stop", "N": "1"}
    examples |= {"CALLOUT": "customer", "VALUE": "+442079460100"}
    for form in FORMS:
        step = " ".join(examples.get(word, word) for word in form.split()).replace("by pick-up", "by manage pick-up")
        assert read(step).findings == (), step


def test_steps_stand_between_semicolons_or_on_lines() -> None:
    text = "press 2 # the desk; not a step\n\n; answer ;;\r\n  begin   card\t; \ufeffx"
    scenario = read("\ufeff" + text.replace("\ufeff", ""))
    assert scenario.events == (t.Presses("2"), t.Answers(), t.Begins("card"))
    assert [step.span.text for step in scenario.steps] == ["press 2", "answer", "begin   card"]
    assert [finding.span.text for finding in scenario.findings] == ["x"]


@pytest.mark.parametrize("text", ["", "  \n ; ;\n", "# hang up", "\ufeff"])
def test_a_scenario_may_say_nothing(text: str) -> None:
    assert read(text) == Scenario(())


@pytest.mark.parametrize(
    ("text", "underlined", "message", "help_"),
    [
        ("pres 2", "pres 2", "unknown step `pres 2`", "did you mean `press 2`?"),
        ("Press 2", "Press 2", "unknown step `Press 2`", "did you mean `press 2`?"),
        ("hangup", "hangup", "unknown step `hangup`", "did you mean `hang up`?"),
        ("hangup during 2", "hangup during 2", "unknown step `hangup during 2`", "did you mean `hang up during 2`?"),
        ("caller hang up", "caller hang up", "unknown step `caller hang up`", "did you mean `caller hangs up`?"),
        ("no anser", "no anser", "unknown step `no anser`", "did you mean `no answer`?"),
        ("answers", "answers", "unknown step `answers`", "did you mean `answer`?"),
        ("digit 12", "digit 12", "unknown step `digit 12`", "did you mean `digits 12`?"),
        ("frobnicate", "frobnicate", "unknown step `frobnicate`", "the steps are `answer`, `busy`"),
        ("press", "press", "`press` without a key", 'or `"#"`: a bare `#` begins a comment'),
        ("press #", "press", "`press` without a key", 'or `"#"`'),
        ("press 12", "12", "`12` is not a key", "write `digits 12` for several keys"),
        ("press x", "x", "`x` is not a key", "write one of `0` to `9`"),
        ('press ""', '""', '`""` is not a key', "write one of"),
        ("press 1 2", "2", "`2` after a step", "write `;` between two steps"),
        ("digits", "digits", "`digits` without digits", "write what the caller keys in"),
        ("digits 12a", "12a", "`12a` is not digits", "such as `digits 1234`"),
        ("begin", "begin", "`begin` without a phase", "such as `begin card`"),
        ("begin @card", "@card", "`@card` is not the name of a phase", "such as `begin card`"),
        ("end Card", "Card", "`Card` is not the name of a phase", "such as `end card`"),
        ("send", "send", "`send` without a reply", "such as `send pick-up`"),
        ("manage", "manage", "`manage` without a request", "such as `manage stop`"),
        ("manage 5", "5", "`5` is not the name of a request", "such as `manage stop`"),
        ("send 5", "5", "`5` is not the name of a reply", "an `on manage` handler"),
        ("answer press 2", "press 2", "`press 2` after a step", "write `;`"),
        ("wait 5 s", "5 s", "`5 s` after a step", "write `;`"),
        ("hang up now", "now", "`now` after a step", "write `;`"),
        ("hang up durign 2", "durign", "`durign` after a step", "did you mean `during`?"),
        ("hang up during", "during", "`during` without a number", "`hang up during 1` is the first"),
        ("hang up during 0", "0", "`0` is not a number of sounds", "`hang up during 1` is the first"),
        ("hang up after", "after", "`after` without a number", "such as `hang up after 1`"),
        ("hang up after two", "two", "`two` is not a number of sounds", "such as `hang up after 1`"),
        ("hang up after 9999999", "9999999", "`9999999` is not a number of sounds", "such as"),
        ("hang up after 1 2", "2", "`2` after a step", "write `;`"),
        ('press "1', '"', "a quote that is not closed", 'close it with `"`'),
    ],
)
def test_what_is_refused(text: str, underlined: str, message: str, help_: str) -> None:
    ((where, said, told),) = refused(text)
    assert (where, said) == (underlined, message)
    assert help_ in told


def test_each_step_is_judged_for_itself() -> None:
    scenario = read("press 2; pres 3; answer; hangup")
    assert scenario.events == (t.Presses("2"), t.Answers())
    assert [finding.span.text for finding in scenario.findings] == ["pres 3", "hangup"]


def test_a_scenario_has_an_end() -> None:
    assert len(read("wait;" * MAX_STEPS).steps) == MAX_STEPS
    scenario = read("wait;" * (MAX_STEPS + 3))
    assert len(scenario.steps) == MAX_STEPS
    assert [finding.message for finding in scenario.findings] == [f"more than {MAX_STEPS} steps"]


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
DIGITS = st.text(KEYS, min_size=1, max_size=6)
EVENTS: st.SearchStrategy[t.Event] = st.one_of(
    st.sampled_from([t.Answers(), t.Unanswered("busy"), t.Unanswered("silent"), t.Waits(), t.Mistypes(), t.Expires()]),
    st.just(t.Unreplied()),
    st.sampled_from(KEYS).map(t.Presses),
    DIGITS.map(t.Enters),
    NAMES.map(t.Begins),
    NAMES.map(t.Ends),
    NAMES.map(t.Sends),
    NAMES.map(t.Manages),
    st.sampled_from(KEYS).map(t.PressesInRoom),
    st.builds(t.HangsUp, st.sampled_from(("caller", "callee")), st.none() | st.integers(0, 99_999)),
)


@given(st.lists(EVENTS, max_size=8).map(tuple))
def test_reading_what_is_written_gives_the_same_events(events: tuple[t.Event, ...]) -> None:
    scenario = read(spell(events))
    assert (scenario.events, scenario.findings) == (events, ())
    assert read("\n".join(spell_one(event) + " # so" for event in events)).events == events


WORDS = st.sampled_from(
    [
        "press",
        "digits",
        "hang",
        "up",
        "during",
        "after",
        "1",
        "#",
        '"',
        '"#"',
        ";",
        "\n",
        "begin",
        "no",
        "answer",
        "x",
        "é",
    ]
)


@given(st.text() | st.lists(WORDS, max_size=12).map(" ".join))
def test_reading_never_fails_and_places_are_in_the_text(text: str) -> None:
    scenario = read(text)
    spans = [*(step.span for step in scenario.steps), *(finding.span for finding in scenario.findings)]
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    assert len({(span.start, span.end) for span in spans}) == len(spans)
    assert all(finding.message and finding.help for finding in scenario.findings)


def test_a_text_inside_another_has_the_places_of_the_other() -> None:
    source = Source("x.yaml", "call: press 2; pres 3")
    scenario = read_steps("press 2; pres 3", lambda start, end: source.span(start + 6, end + 6))
    assert scenario.steps[0].span.text == "press 2"
    assert scenario.findings[0].span.text == "pres 3"
