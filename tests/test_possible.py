"""What can happen next: exactly what `possible` says, tried on random calls through random policies."""

from __future__ import annotations

from random import Random

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import read_scenario, spell, spell_one
from recpol.platform.targets import CLASSIC
from recpol.rules.check import check
from recpol.semantics.next_events import possible
from recpol.semantics.replay import choices, refused, replay
from recpol.semantics.simulate import simulate
from recpol.syntax import tree

GUARANTEES = {"broken-guarantee", "opposed-guarantees", "empty-guarantee", "unproven-guarantee", "selects-nothing"}

LINE = """\
policy line
locale en-GB
store calls { url "s3://acme-calls/in/" credentials env KEY }
on ice {
  answer
  notice: say "Hello."
  menu {
    prompt "Choose." key 1 -> talk key "#" -> menu pin key 3 -> hold
    menu pin { prompt "PIN?" digits 4 -> talk timeout -> talk }
  }
}
on pie talk { agent: connect pstn +46850020000 { phase card phase other } }
on pie hold { park { intro "Wait." } }
on manage busy { say "Busy." hangup }
on manage free { connect conference "room" }
on ace { say "Connected." continue }
on pie otherwise { hangup }
"""


def line(text: str = LINE) -> Program:
    made = program(Source("line.recpol", text), targets=(CLASSIC,))
    assert [finding.message for finding in check(made).errors] == []
    return made


def after(scenario: str) -> list[str]:
    """What can happen after a scenario, as steps."""
    made = line()
    events = read_scenario(Source("call", scenario)).events
    now = simulate(made, events)
    assert now.impossible is None
    return [spell_one(event) for event in possible(made, now.moment)]


@pytest.mark.parametrize(
    ("scenario", "offers"),
    [
        ("", ["press 1", 'press "#"', "press 3", "wait", "wrong key", "hang up"]),
        ('press "#"', ["digits 1234", "wait", "wrong key", "hang up"]),
        ("press 1", ["answer", "no reply", "no answer", "busy", "hang up"]),
        ("press 1; answer", ["begin card", "begin other", "hang up", "callee hangs up"]),
        ("press 1; no reply", ["begin card", "begin other", "hang up", "callee hangs up"]),
        ("press 1; answer; begin card", ["end card", "hang up", "callee hangs up"]),
        ("press 3", ["send busy", "send free", "park expires", "hang up"]),
        ("press 3; send free", ["hang up"]),
        ("press 3; send busy", []),
        ("wait", []),
        ("press 1; busy", []),
        ("hang up", []),
    ],
)
def test_what_can_happen(scenario: str, offers: list[str]) -> None:
    assert after(scenario) == offers


def test_where_it_leads_is_said() -> None:
    made = line()
    assert {spell_one(choice.event): choice.leads for choice in choices(made, ())} == {
        "press 1": "`on pie talk`",
        'press "#"': "menu `pin`",
        "press 3": "`on pie hold`",
        "wait": "`on pie otherwise`",
        "wrong key": "`on pie otherwise`",
        "hang up": "the call ends",
    }
    talking = (t.Presses("1"), t.Unreplied())
    assert choices(made, talking)[0].leads == "phase `card`"
    assert choices(made, (*talking, t.Begins("card")))[0].leads == "the conversation"
    assert choices(made, (t.HangsUp(),)) == ()


def test_a_step_that_cannot_happen_is_told_with_what_can() -> None:
    made = line()

    def told(scenario: str) -> tuple[str, str]:
        steps = read_scenario(Source("call", scenario)).steps
        done = len(replay(made, tuple(step.event for step in steps)).events)
        finding = refused(made, tuple(step.event for step in steps[:done]), steps[done])
        assert finding.span == steps[done].span
        return finding.message, finding.help

    assert told("press 1; press 1") == (
        "`press 1` cannot happen here",
        "write what can: `answer`, `no reply`, `no answer`, `busy`, `hang up`",
    )
    assert told("hang up; hang up") == ("the call is over before this step", "take the step out")
    message, help_ = told("hang up during 7")
    assert message == "`hang up during 7` cannot happen here"
    assert "`hang up during 1`, `hang up during 2`, `press 1`" in help_
    message, help_ = told("press 3; send free; hang up after 3")
    assert "`hang up during 1`, `hang up`" in help_


def universe(made: Program) -> list[t.Event]:
    """Every event there is, but for hanging up within a reply, and one entry for each length of digits."""
    phases = [step.body.name.text for step in made.steps if isinstance(step.body, tree.Phase)]
    return [
        t.Answers(), t.Unreplied(), t.Unanswered("busy"), t.Unanswered("silent"), t.Waits(), t.Mistypes(), t.Expires(),
        t.HangsUp(), *(t.Presses(key) for key in "0123456789*#"), *(t.Enters("1" * n) for n in range(1, 40)),
        *(t.Begins(name) for name in [*phases, "none"]), *(t.Ends(name) for name in [*phases, "none"]),
        *(t.Sends(name) for name in ("pick", "none", "busy", "free")),
    ]  # fmt: skip


def accepted(seed: int) -> Program | None:
    made = program(Source("random.recpol", random_policy(Random(seed))))
    return made if {finding.rule for finding in check(made).errors} <= GUARANTEES else None


def test_all_that_is_possible_can_happen_and_nothing_else() -> None:
    tried = 0
    modes: set[str] = set()
    for seed in range(250):
        made = accepted(seed)
        if made is None:
            continue
        random = Random(seed)
        events: tuple[t.Event, ...] = ()
        for _ in range(8):
            moment = simulate(made, events).moment
            assert moment is not None
            modes.add(moment.mode)
            offers = possible(made, moment)
            longest = max((len(event.digits) for event in offers if isinstance(event, t.Enters)), default=0)
            for event in universe(made):
                can = simulate(made, (*events, event)).impossible is None
                offered = len(event.digits) <= longest if isinstance(event, t.Enters) else event in offers
                assert can is offered, (seed, spell(events), event)
                tried += 1
            assert all(simulate(made, (*events, event)).impossible is None for event in offers)
            assert len(set(offers)) == len(offers)
            assert bool(offers) is (moment.mode != "ended")
            if not offers:
                break
            events = (*events, random.choice(offers))
    assert tried > 10_000
    assert modes == {"dialling", "menu", "parked", "talk", "room", "ended"}


def test_a_replay_tells_every_sound_once_and_numbers_files_in_order() -> None:
    told = cut = 0
    for seed in range(300):
        made = accepted(seed)
        if made is None:
            continue
        random = Random(seed)
        events: tuple[t.Event, ...] = ()
        for _ in range(6):
            offers = list(possible(made, simulate(made, events).moment))
            offers += [t.HangsUp("caller", number) for number in range(3)]
            event = random.choice(offers)
            events = (*events, event)
            whole, call = simulate(made, events), replay(made, events)
            assert [played.piece for played in call.played] == list(whole.pieces)
            assert len(call.steps) == len(whole.marks)
            assert call.events == events[: len(whole.marks) - 1]
            files = [one.file for played in call.played for one in played.recordings]
            assert list(dict.fromkeys(files)) == list(range(1, call.files + 1))
            for played in call.played:
                heard = played.piece.heard
                assert len(played.recordings) == len(heard.recordings)
                assert played.words.endswith("(cut short)") is heard.cut
                cut += heard.cut
            told += len(call.played)
            if whole.impossible is not None or call.ended:
                break
    assert told > 500
    assert cut > 10
