"""Handlers in rules files: a policy that takes them over is the policy that has them itself."""

from __future__ import annotations

from random import Random

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.source import Source, Unreadable
from recpol.compilation import compile_program
from recpol.rules.check import check
from shells import Shell

RULES = """\
rules company
locale en-GB

on pie otherwise { bye: say "Goodbye." hangup }  # the end

# allow mixed-scripts: the name is written so
on pie back { say "Welcome to \u0410cme." connect pstn +46850020000 }

on manage pick-up { continue }
"""

DESK = """\
policy desk
use "company.recpol"
on ice { answer menu { prompt "Press 1 for sales." key 1 -> sales } }
on pie sales { connect pstn +46850020000 }
never record bye
"""


def understood(policy: str, **rules: str) -> Program:
    def reader(written: str, using: str) -> Source | Unreadable:
        name = written.removesuffix(".recpol")
        return Source(written, rules[name]) if name in rules else Unreadable("there is no such file")

    return program(Source("desk.recpol", policy), reader=reader)


def test_what_calls_come_to_is_taken_over_and_the_rest_is_left_out() -> None:
    desk = understood(DESK, company=RULES)
    assert [handler.key for handler in desk.handlers] == ["ice", "pie sales", "pie otherwise"]
    assert check(desk).findings == ()
    compiled = compile_program(desk)
    assert sorted(compiled.files) == ["ice.json", "manifest.json", "pie.otherwise.json", "pie.sales.json"]


def test_findings_in_what_is_taken_over_point_into_the_rules_file_and_can_be_allowed_there() -> None:
    desk = DESK.replace("key 1 -> sales", "key 1 -> sales key 2 -> back")
    assert [handler.key for handler in understood(desk, company=RULES).handlers][-1] == "pie back"
    ((allowed, by),) = check(understood(desk, company=RULES)).suppressed
    assert (allowed.rule, by.span.source.path) == ("mixed-scripts", "company.recpol")
    told = check(understood(desk, company=RULES.replace("# allow", "# allows"))).findings
    assert [(one.rule, one.span.source.path, one.span.begin.line) for one in told] == [
        ("mixed-scripts", "company.recpol", 7)
    ]


def test_the_policys_own_handler_answers_and_that_is_said() -> None:
    desk = understood(DESK.replace("never record bye\n", "on pie otherwise { hangup }\n"), company=RULES)
    (finding,) = check(desk).findings
    assert (finding.rule, finding.level, finding.span.begin.line) == ("replaced-handler", "info", 5)
    assert finding.notes[0].span.source.path == "company.recpol"
    assert [handler.node.span.source.path for handler in desk.handlers] == ["desk.recpol"] * 3


def test_two_rules_files_with_one_handler_are_an_error_until_the_policy_has_its_own() -> None:
    more = "rules more\non pie otherwise { hangup }\n"
    desk = DESK.replace("on ice", 'use "more.recpol"\non ice')
    (finding,) = check(understood(desk, company=RULES, more=more)).errors
    assert finding.rule == "duplicate-name"
    own = desk.replace("never record bye\n", "on pie otherwise { hangup }\n")
    assert check(understood(own, company=RULES, more=more)).errors == ()


def test_a_fix_that_adds_a_handler_adds_it_to_the_policy() -> None:
    rules = "rules company\nlocale en-GB\non pie sales { hangup }\n"
    desk = 'policy desk\nuse "company.recpol"\non ice { answer menu { prompt "Press 1." key 1 -> sales } }\n'
    (finding,) = check(understood(desk, company=rules)).findings
    (fix,) = finding.fixes
    assert [edit.span.source.path for edit in fix.edits] == ["desk.recpol"]


@pytest.mark.parametrize("seed", range(60))
def test_where_a_handler_stands_changes_nothing_of_what_is_compiled(seed: int) -> None:
    text = random_policy(Random(seed))
    lines = text.splitlines(keepends=True)
    moved = [line for line in lines if line.startswith(("on pie", "on ace", "on manage"))]
    rules = "rules company\nlocale en-GB\n" + "".join(moved)
    rest = [line for line in lines if line not in moved]
    whole, split = (
        compile_program(understood(text)),
        compile_program(understood("".join([rest[0], 'use "company.recpol"\n', *rest[1:]]), company=rules)),
    )
    if not whole.checked.findings:
        assert split.checked.errors == ()
        assert {name: data for name, data in split.files.items() if name != "manifest.json"} == {
            name: data for name, data in whole.files.items() if name != "manifest.json"
        }


def test_explain_names_the_file_that_a_handler_stands_in(shell: Shell) -> None:
    done = shell("explain", "desk.recpol", files={"desk.recpol": DESK, "company.recpol": RULES})
    assert done.status == 0
    assert "on pie otherwise of company.recpol, line 4" in " ".join(done.out.split())


def test_the_formatter_and_the_tests_of_policies_know_handlers_of_rules_files(shell: Shell) -> None:
    test = "tests:\n  - name: nobody chooses\n    call: wait\n    not-recorded: bye\n"
    files = {"desk.recpol": DESK, "company.recpol": RULES, "desk.test.yaml": test}
    assert shell("fmt", "--check", "company.recpol", files=files).status == 0
    assert shell("test", "desk.test.yaml", "--coverage").status == 0


@pytest.mark.parametrize("within", ["@talk", "@rooms", "agent", "@vip", "all"])
def test_a_request_of_a_rules_file_is_sent_in_the_talks_of_the_policies(within: str) -> None:
    """Alone the rules file has none, which is no mistake."""
    rules = (
        "rules requests\nlocale en-GB\n"
        f"on manage end in {within} {{ hangup }}\n"
        f'on manage tell in {within} {{ say "One minute." more: continue }}\n'
    )
    alone = program(Source("requests.recpol", rules))
    assert [(finding.rule, finding.message) for finding in check(alone).findings] == []
    talk = 'connect conference "x"' if within == "@rooms" else "connect pstn +46850020000"
    policy = f'policy desk\nuse "requests.recpol"\non ice {{ answer agent: {talk} @vip }}\n'
    desk = understood(policy, requests=rules)
    assert [finding.rule for finding in check(desk).findings if finding.severity == "error"] == []
    assert {"manage.end.json", "manage.tell.json"} <= compile_program(desk).files.keys()


def test_a_request_of_a_rules_file_that_cannot_be_sent_in_its_own_connect_is_found() -> None:
    rules = 'rules requests\non pie go { agent: connect app "anna" }\non manage end in agent { hangup }\n'
    assert "no-request-reaches" in {finding.rule for finding in check(program(Source("r.recpol", rules))).findings}
