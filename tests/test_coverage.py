"""Coverage: what counts, what a call exercises, and that all that counts can be exercised."""

from __future__ import annotations

from random import Random

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import read_scenario
from recpol.rules.check import check
from recpol.semantics.coverage import KINDS, Coverage, coverage, percent
from recpol.semantics.moments import Moment
from recpol.semantics.next_events import beginnings, possible
from recpol.semantics.replay import replay
from recpol.semantics.simulate import simulate

LINE = """\
policy line
locale en-GB
store calls { url "s3://acme-calls/in/" credentials env KEY }

on ice {
  cookie "a" = "b"
  answer
  notice: say "Hello."
  choice: menu {
    prompt "Choose."
    key 1 -> talk
    key 2 -> talk                       # the same result
    key 3 -> menu pin
    menu pin { prompt "PIN?" digits 4 -> talk }
    menu never-played { prompt "Nobody comes here." key 1 -> talk }
  }
}

on pie talk {
  agent: connect pstn +46850020000 {
    phase card @card
    phase other
  }
}

on pie otherwise { say "Good bye." hangup }
on pie unused { say "Nobody comes here." hangup }

record agent except card
never record @card because "PCI DSS"
announce notice before recording
keep recordings in "s3://acme-calls/**"
"""


def made(text: str = LINE) -> Program:
    return program(Source("line.recpol", text))


def covered(text: str, *scenarios: str) -> Coverage:
    unit = made(text)
    calls = [read_scenario(Source("call", scenario)) for scenario in scenarios]
    assert not any(call.findings for call in calls)
    return coverage(unit, [replay(unit, call.events) for call in calls])


def counts(got: Coverage) -> dict[str, tuple[int, int]]:
    return {kind: got.count(kind) for kind in KINDS}


def missing(text: str, *scenarios: str) -> list[str]:
    return [f"{part.kind}: {part.name}" for part in covered(text, *scenarios).missing]


ALL = (
    "press 1; answer; begin card; end card; begin other",
    "press 3; digits 1234",
    "wait",
    "wrong key",
    "press 3; wait",
    "press 3; wrong key",
)


def test_what_counts() -> None:
    got = covered(LINE)
    assert counts(got) == {"segment": (0, 8), "outcome": (0, 6), "phase": (0, 2), "guarantee": (0, 3)}
    assert [f"{part.kind}: {part.name}" for part in got.parts] == [
        "segment: cookie in `on ice`",
        "segment: answer in `on ice`",
        'segment: notice: "Hello." in `on ice`',
        "segment: menu `choice` in `on ice`",
        "outcome: the caller presses 1 or 2 in menu `choice`",
        "outcome: the caller presses nothing in menu `choice`",
        "outcome: the caller presses a wrong key in menu `choice`",
        "segment: menu `pin` in `on ice`",
        "outcome: the caller enters 4 digits in menu `pin`",
        "outcome: the caller presses nothing in menu `pin`",
        "outcome: the caller presses a wrong key in menu `pin`",
        "segment: agent: calling +46850020000 and talking in `on pie talk`",
        "phase: phase `card`",
        "phase: phase `other`",
        'segment: "Good bye." in `on pie otherwise`',
        "segment: hangup in `on pie otherwise`",
        "guarantee: `never record @card`",
        "guarantee: `announce notice before recording`",
        'guarantee: `keep recordings in "s3://acme-calls/**"`',
    ]


def test_all_calls_together_exercise_all() -> None:
    assert missing(LINE, *ALL) == []
    got = covered(LINE, *ALL)
    assert got.count() == (19, 19)
    assert percent(*got.count()) == 100


def test_what_is_missing_is_named_with_its_place() -> None:
    got = covered(LINE, *ALL[:2], "wrong key")
    assert [(part.name, part.span.begin.line) for part in got.missing] == [
        ("the caller presses nothing in menu `choice`", 9),
        ("the caller presses nothing in menu `pin`", 14),
        ("the caller presses a wrong key in menu `pin`", 14),
    ]


def test_a_key_and_another_with_its_goal_are_one_result() -> None:
    assert covered(LINE, "press 1") == covered(LINE, "press 2")


@pytest.mark.parametrize(
    ("scenario", "segments"),
    [
        ("hang up during 1", ["cookie", "answer", "notice"]),
        ("hang up during 2", ["cookie", "answer", "notice", "menu `choice`"]),
        ("", ["cookie", "answer", "notice", "menu `choice`"]),
        ("wait", ["cookie", "answer", "notice", "menu `choice`", '"Good bye."', "hangup"]),
        ("wait; hang up", ["cookie", "answer", "notice", "menu `choice`", '"Good bye."', "hangup"]),
    ],
)
def test_segments_after_a_hang_up_are_not_exercised(scenario: str, segments: list[str]) -> None:
    got = covered(LINE, scenario)
    heard = [part.name for part in got.parts if part.kind == "segment" and part.key in got.covered]
    assert len(heard) == len(segments)
    assert all(name.startswith(start) for name, start in zip(heard, segments, strict=True))


def test_a_call_counts_up_to_what_cannot_happen() -> None:
    assert covered(LINE, "press 1; press 1") == covered(LINE, "press 1")


def test_when_a_guarantee_is_exercised() -> None:
    def guarantees(*scenarios: str) -> list[str]:
        got = covered(LINE, *scenarios)
        return [part.name.split()[0] for part in got.parts if part.kind == "guarantee" and part.key in got.covered]

    assert guarantees("wait") == []
    assert guarantees("press 1") == ["`announce", "`keep"]
    assert guarantees("press 1; answer; begin other") == ["`announce", "`keep"]
    assert guarantees("press 1; answer; begin card") == ["`never", "`announce", "`keep"]


def test_a_guarantee_about_nothing_does_not_count() -> None:
    text = LINE.replace("record agent except card\n", "").replace("never record @card", "never record never-played")
    assert covered(text).count("guarantee") == (0, 0)


def test_the_number_does_not_depend_on_the_layout() -> None:
    lines = [line.partition("#")[0].strip() for line in LINE.splitlines()]
    flat = " ".join(line for line in lines if line)
    airy = "\n\n".join(f"{line}   # and so on" for line in LINE.splitlines())
    for scenarios in (ALL, ALL[:1], ALL[3:], ("hang up during 1",)):
        got = covered(LINE, *scenarios)
        for text in (flat, airy):
            other = covered(text, *scenarios)
            assert counts(other) == counts(got)
            assert [part.name for part in other.missing] == [part.name for part in got.missing]


def test_only_everything_is_a_hundred() -> None:
    assert percent(0, 0) == 100
    assert percent(9999, 10_000) == 99.9
    assert percent(1, 3) == 33.3
    assert percent(0, 7) == 0


def everything(unit: Program) -> list[tuple[t.Event, ...]]:
    """Calls that come to every situation of a policy, and let everything happen there."""
    calls: list[tuple[t.Event, ...]] = [(), *((event,) for event in beginnings(unit))]
    seen: set[tuple[object, ...]] = set()
    queue = list(calls)
    while queue:
        events = queue.pop(0)
        moment = simulate(unit, events).moment
        if moment is None or (key := situation(moment)) in seen:
            continue
        seen.add(key)
        after = [(*events, event) for event in possible(unit, moment)]
        calls += after
        queue += after
    return calls


def situation(moment: Moment) -> tuple[object, ...]:
    steps = (moment.step, moment.dialled, moment.phase)
    return (
        moment.mode,
        moment.menu,
        moment.lost,
        moment.handler.index,
        *(step.index if step else -1 for step in steps),
    )


def test_all_that_counts_can_be_exercised() -> None:
    tried = parts = 0
    kinds: set[str] = set()
    for seed in range(400):
        unit = made(random_policy(Random(seed)))
        if {f.rule for f in check(unit).errors} - {"broken-guarantee", "opposed-guarantees", "selects-nothing"}:
            continue
        got = coverage(unit, [replay(unit, events) for events in everything(unit)])
        assert [part.name for part in got.missing] == [], seed
        assert coverage(unit, []).parts == got.parts
        tried, parts = tried + 1, parts + len(got.parts)
        kinds |= {part.kind for part in got.parts}
    assert tried > 50
    assert parts > 500
    assert kinds == set(KINDS)
