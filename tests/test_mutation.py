"""Mistakes that are made in a policy: which are noticed, and the test that would notice the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.mutation.edits import mutants
from recpol.mutation.judge import CaseSuite, MutationScore, judge
from recpol.mutation.proposed import propose
from recpol.mutation.words import NO_SCENARIO, headline, text
from recpol.policytest import read_tests
from recpol.policytest.run import run_case
from recpol.settings.levels import Levels

DESK = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
store other { url "s3://acme/other/" credentials env STORE }
on ice {
  answer
  notice: say "This call is recorded." @notice
  say "Welcome."
  menu { prompt "Press 1 or 2." key 1 -> sales key 2 -> help }
}
on pie sales { agent: connect pstn +46850020000 { phase card @card phase proof } }
on pie help { helper: connect pstn +46850020001 }
on pie otherwise { hangup }
record agent, helper except @card to calls
"""

TESTS = """tests:
  - name: sales are on tape
    call: press 1; answer
    recorded: agent
"""

EXPECTED = (
    "`answer` taken out",
    '`notice: say "This call is recorded." @notice` taken out',
    "`@notice` taken out",
    '`notice: say "This call is recorded." @notice` moved behind `say "Welcome."`',
    "`key 1 -> sales` and `key 2 -> help` swapped",
    "`phase card` taken out",
    "`@card` taken out",
    "`record agent, helper except @card to calls` taken out",
    "`helper` taken out of the list",
    "`except` taken out",
    "`helper` excepted, too",
    "the whole room recorded",
    "recorded to `other`",
    "the address of `other` written for `calls`",
    "another bucket written for `calls`",
)


def of(written: str) -> Program:
    return program(Source("desk.recpol", written))


def scored(policy: str, tests: str, most: int = 400) -> MutationScore:
    cases = read_tests(Source("desk.test.yaml", tests)).cases
    return judge([CaseSuite(of(policy), of, cases)], Levels(), most)


@pytest.mark.parametrize("what", EXPECTED)
def test_each_mistake_that_people_make_is_made(what: str) -> None:
    assert what in [mutant.what for mutant in mutants(of(DESK))]


def test_every_mistake_is_another_text_that_is_made_once() -> None:
    made = [mutant.text for mutant in mutants(of(DESK))]
    assert len(set(made)) == len(made) >= 20
    assert DESK not in made
    assert mutants(of("policy desk\non ice {")) == ()


def test_a_block_loses_and_takes_in_what_is_around_it() -> None:
    block = DESK.replace("record agent, helper except @card to calls\n", "").replace(
        'say "Welcome."', 'record to calls { say "Welcome." say "And more." } say "Behind."'
    )
    made = {mutant.what for mutant in mutants(of(block))}
    assert {
        "`record { … }` taken away", '`say "Welcome."` moved before `record`', '`say "And more."` moved after `record`',
        '`notice: say "This call is recorded." @notice` moved into `record`', '`say "Behind."` moved into `record`',
    } <= made  # fmt: skip


def test_what_is_proposed_passes_under_the_policy_and_fails_under_the_change() -> None:
    score = scored(DESK, TESTS)
    proposed = [one for one in score.survivors if one.scenario]
    assert len(proposed) >= 8
    for one in proposed:
        (case,) = read_tests(Source("t.test.yaml", f"tests:\n{one.scenario}")).cases
        assert run_case(of(DESK), {}, case).status == "ok", one.scenario
        assert run_case(of(one.mutant.text), {}, case).status == "failed", one.scenario


def test_pasting_what_is_proposed_leaves_no_survivor_that_a_test_can_notice() -> None:
    tests = TESTS
    for _ in range(12):
        found = next((one.scenario for one in scored(DESK, tests).survivors if one.scenario), "")
        if not found:
            break
        tests += found
    assert [one.mutant.what for one in scored(DESK, tests).survivors if one.scenario] == []


def test_what_a_guarantee_forbids_counts_as_noticed() -> None:
    without, guarded = scored(DESK, TESTS), scored(f"{DESK}never record @card\n", TESTS)
    fates = {one.mutant.what: one.fate for one in guarded.judged}
    assert {one.mutant.what: one.fate for one in without.judged}["`except` taken out"] == "survived"
    assert fates["`except` taken out"] == "forbidden"
    assert guarded.count("forbidden") >= 1
    assert without.count("forbidden") == 0


def test_what_no_call_shows_does_not_count() -> None:
    score = scored(DESK.replace("except @card", "except @card, proof"), TESTS)
    effects = [one.mutant.what for one in score.judged if one.fate == "without effect"]
    assert "`@notice` taken out" in effects
    assert score.counted == score.caught + len(score.survivors)
    assert score.counted + score.count("refused", "without effect") == len(score.judged)


def test_the_words_tell_the_change_the_call_and_the_test() -> None:
    said = text(scored(DESK, TESTS))
    assert "not noticed: `except` taken out (desk.recpol:13)" in said
    assert "-record agent, helper except @card to calls" in said
    assert "in the call: press 1; answer; begin card" in said
    assert '    not-recorded: ["card"]' in said


def test_what_is_not_tried_is_told() -> None:
    score = scored(DESK, TESTS, most=5)
    assert 0 < len(score.judged) <= 5
    assert f"{score.left_out} not tried" in headline(score)
    assert score.left_out + len(score.judged) == len(mutants(of(DESK)))


def test_where_no_test_can_tell_it_is_said() -> None:
    score = scored(DESK, TESTS)
    survivor = next(one for one in score.survivors if one.scenario)
    assert survivor.difference is not None
    assert propose(of(DESK), of(DESK), [survivor.difference]) == ""
    assert NO_SCENARIO in text(replace(score, judged=(replace(survivor, scenario=""),)))


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.recpol").write_text(DESK)

    def go(tests: str, *words: str) -> tuple[int, str]:
        (tmp_path / "desk.test.yaml").write_text(tests)
        status = run(["test", "desk.test.yaml", *words])
        return status, capsys.readouterr().out

    return go


def test_the_command_says_the_score_and_can_want_a_share(shell: Callable[..., tuple[int, str]]) -> None:
    status, said = shell(TESTS, "--mutate")
    assert status == 0
    assert "mistakes noticed" in said
    status, said = shell(TESTS, "--mutants-under", "99")
    assert status == 1
    assert "less than the 99 % that are asked for" in said


def test_tests_that_fail_are_mended_first(shell: Callable[..., tuple[int, str]]) -> None:
    status, said = shell(TESTS.replace("recorded: agent", "not-recorded: agent"), "--mutate")
    assert status == 1
    assert "the tests have to pass first" in said


def test_policies_that_nothing_tests_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.recpol").write_text(DESK)
    (tmp_path / "desk.test.yaml").write_text(TESTS)
    (tmp_path / "help.recpol").write_text(DESK.replace("policy desk", "policy help"))
    (tmp_path / "shared.recpol").write_text('rules shared\nstore kept { url "s3://acme/x/" credentials env X }\n')
    assert run(["test", ".", "--mutate"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "nothing tests this policy" in line]
    assert line.startswith("help.recpol: 0 of ")
    assert run(["test", "desk.test.yaml", "--mutate"]) == 0
    assert "help.recpol" not in capsys.readouterr().out
    (tmp_path / "help.recpol").write_text("policy help\non ice {")
    assert run(["test", ".", "--mutate"]) == 1
    assert "help.recpol: unknown, for it does not compile" in capsys.readouterr().out


WHOLE = """policy room
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer first: say "One." say "Two." record conference { talk: connect conference "room" } }
"""


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("in-order: [first, Two.]", "ok"), ("in-order: [Two., first]", "failed"),
        ("in-order: [first, first]", "failed"),
        ("whole-room: talk", "ok"), ("whole-room: first", "failed"), ("not-whole-room: first", "ok"),
        ("not-whole-room: talk", "failed"),
    ],
)  # fmt: skip
def test_order_and_rooms_can_be_expected(line: str, status: str) -> None:
    (case,) = read_tests(Source("room.test.yaml", f"tests:\n  - name: a room\n    {line}\n")).cases
    assert not case.problems
    assert run_case(of(WHOLE), {}, case).status == status


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["policies", "projects/branches"])
def test_the_tests_of_our_own_policies_notice_every_mistake(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent / folder)
    assert run(["test", ".", "--mutate", "--mutants-under", "100"]) == 0, capsys.readouterr().out[-2000:]
