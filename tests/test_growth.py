"""Time and memory are linear in the input: each thing that an input can have much of is made to grow.

What is counted is lines of recpol that run, not seconds, so that every machine comes to the same result. Four times as
much of something may cost seven times as many lines at most, besides what a run costs anyway; a second loop over it
would cost sixteen times as many. Regular expressions run no lines: `test_patterns.py` looks at these.

`make test` tries one command with each shape, small; `RECPOL_FUZZ=1` tries all of them, larger.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any, TypeVar

import pytest

from growing import HEAD, SHAPES, Files
from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.secrets import secret_ranges
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.explain.text import text
from recpol.fixes.meaning import same_recording
from recpol.interpreters.v1.routes import index
from recpol.prove import announced, prove, situations
from recpol.rules.check import check
from recpol.targets.v2.plan import plan
from recpol.targets.v2.size import measure
from shells import MISUSED, Shell

T = TypeVar("T")

WHOLE = bool(os.environ.get("RECPOL_FUZZ"))
SMALL = 1_200 if WHOLE else 700
TIMES = 4
MOST = 7.0
OURS = f"{os.sep}recpol{os.sep}"

TRIED = [
    (shape, command)
    for number, shape in enumerate(SHAPES)
    for command in (shape.commands if WHOLE else (shape.commands[number % len(shape.commands)],))
]


class Lines:
    """Counts the lines of recpol that run."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if OURS not in frame.f_code.co_filename:
            return None
        self.count += 1
        return self.line

    def line(self, frame: FrameType, event: str, argument: Any) -> None:
        """One more in a function of recpol, which goes on being traced. It is called millions of times."""
        self.count += 1

    def run(self, shell: Shell, command: str, files: Files) -> tuple[int, int]:
        """A command line to the lines that ran, and the characters that were printed."""
        secret_ranges.cache_clear()  # the text of one size may be known from the test before, and that of another not
        before, self.count = sys.gettrace(), 0
        sys.settrace(self)
        try:
            done = shell(*command.split(), files=files)
        finally:
            sys.settrace(before)
        assert not MISUSED.match(done.err), command
        return self.count, len(done.out) + len(done.err)


@pytest.mark.parametrize(("shape", "command"), TRIED, ids=[f"{shape.name}: {command}" for shape, command in TRIED])
def test_nothing_grows_faster_than_the_input(shell: Shell, shape: Any, command: str) -> None:
    lines = Lines()
    shell(*command.split(), files=shape.files(0))  # what is loaded once is loaded now
    least, one, four = (lines.run(shell, command, shape.files(size)) for size in (0, SMALL, SMALL * TIMES))
    (begin, _), (small, little), (large, much) = least, one, four
    grown = 1 if large <= TIMES * small else (large - begin) / max(small - begin, begin / 4, 1)
    assert grown <= MOST, f"lines run: {begin}, {small}, {large}: {grown:.1f} times as many"
    assert much <= max(MOST * little, SMALL * TIMES), f"characters printed: {little}, {much}"


def lines_of(work: Callable[[T], object], unit: T) -> int:
    """The lines of recpol that run while something comes of a program, or of something else."""
    lines, before = Lines(), sys.gettrace()
    sys.settrace(lines)
    try:
        assert work(unit)
    finally:
        sys.settrace(before)
    return lines.count


def rooms_and_requests(rooms: int, requests: int) -> Program:
    """A policy in which every request can be sent in every room, and after every other request."""
    menus = "".join(
        f'on pie b{n} {{ menu {{ prompt "x" key 1 -> a{n} key 2 -> b{n + 1} }} }}\n'
        f'on pie a{n} {{ r{n}: connect conference "x{n}" @r }}\n'
        for n in range(rooms)
    )
    sent = "".join(f"on manage q{n} in @r {{ record {{ c{n}: continue @r }} }}\n" for n in range(requests))
    ends = f"on pie b{rooms} {{ hangup }}\non pie otherwise {{ hangup }}\n"
    text = HEAD + 'on ice { answer menu { prompt "x" key 1 -> b0 } }\n' + menus + ends + sent + "never transcribe @r\n"
    return program(Source("desk.recpol", text))


def test_rooms_times_requests_cost_what_they_are() -> None:
    """Rooms in which the same requests begin the same recordings are looked at as one, after the first request."""
    proven = ["proven"]
    small, large = (
        lines_of(lambda unit: [verdict.status for verdict in prove(unit)] == proven, rooms_and_requests(*size))
        for size in ((20, 10), (40, 20))
    )
    assert large <= 5 * small, (small, large)


def test_so_many_ways_that_they_are_not_looked_at_are_no_proof() -> None:
    (verdict,) = prove(rooms_and_requests(3, 30), budget=60)
    assert (verdict.status, verdict.reason) == (
        "unknown",
        "more than 240 ways from one situation to the next to look at",
    )


def parked(requests: int) -> Program:
    """A policy in which each of many requests can be sent to a parked call, and parks it again."""
    sent = "".join(f'on manage m{n} {{ park {{ intro "x" hold "y" }} @park }}\n' for n in range(requests))
    text = HEAD + 'on ice { answer park { intro "x" hold "y" } }\n' + sent + "never record @park\n"
    return program(Source("desk.recpol", text))


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda unit: text(explain(compile_program(unit))), id="explained"),
        pytest.param(lambda unit: same_recording(unit, unit, ()), id="fixes tried"),
        pytest.param(lambda unit: measure(unit).back, id="the size of a document"),
        pytest.param(plan, id="stops that wait"),
    ],
)
def test_ways_of_parked_calls_are_not_looked_at_one_by_one(work: Callable[[Program], object]) -> None:
    """Each of n requests can follow each of n: the ways are read where they begin and where they lead to."""
    small, large = (lines_of(work, parked(requests)) for requests in (30, 120))
    assert large <= 5 * small, (small, large)


DIALLED = """\
on ice { answer notice: say "x" menu { prompt "x" key 1 -> m0 } }
%s
on pie otherwise { hangup }
announce notice before recording
"""


def test_an_announcement_that_was_heard_is_not_followed_however_large_the_policy_is() -> None:
    """Where moves are in one doubt or in none, n places have 12 n states at most: so many are not looked at."""
    menus = "".join(
        f'on pie m{n} {{ menu {{ prompt "x" key 1 -> m{(n + 1) % 40} key 2 -> t{n} }} }}\n'
        f"on pie t{n} {{ record {{ connect pstn +46850020000 }} }}\n"
        for n in range(40)
    )

    def lines(budget: int) -> int:
        of = program(Source("desk.recpol", HEAD + DIALLED.replace("%s", menus)))
        return lines_of(lambda unit: [one.status for one in prove(unit, budget)] == ["proven"], of)

    ((_, places),) = situations(program(Source("desk.recpol", HEAD + DIALLED.replace("%s", menus))))
    lines(12 * places)
    assert lines(12 * places) == lines(100 * places) < lines(12 * places - 1)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_not_followed_changes_no_verdict_whatever_the_budget(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = random_policy(Random(f"announced {seed}"))

    def verdicts(budget: int) -> str:
        of = program(Source("desk.recpol", text))
        return repr(prove(of, budget)) if of.graph.begins and not of.partial else ""

    budgets = [*range(1, 40), *range(40, 400, 9)]
    found = list(map(verdicts, budgets))
    monkeypatch.setattr(announced, "_MOST_STATES", 10**9)
    assert [verdicts(budget) for budget in budgets] == found


def called(callouts: int) -> Program:
    """A policy with many callouts, each with a reply for who answers."""
    call = 'on callout c%d { call pstn +46850020000 }\non ace c%d { say "x" hangup }\n'
    return program(Source("desk.recpol", HEAD + "".join(call.replace("%d", str(n)) for n in range(callouts))))


def test_a_callout_is_not_looked_for_among_all_handlers() -> None:
    small, large = (lines_of(check, called(callouts)) for callouts in (150, 600))
    assert large <= 4.5 * small, (small, large)


def answering(calls: list[str]) -> list[str | None]:
    """The files that answer ACE after each of some callouts, as the manifest that lists them says."""
    entries = [{"file": f"ace.{name}.json", "answers": [{"event": "ace", "after": [name]}]} for name in calls]
    routes = index(entries)
    return [routes.ace(name) for name in calls]


def test_a_reply_is_not_looked_for_among_all_of_a_manifest() -> None:
    small, large = (lines_of(answering, [f"c{n}" for n in range(callouts)]) for callouts in (100, 400))
    assert large <= 5 * small, (small, large)
