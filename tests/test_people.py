"""Who is on tape, and who is told: the rows of people in explanations."""

from __future__ import annotations

from random import Random

import pytest

from random_policies import random_policy_for_v2
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.explain import Explanation, explain
from recpol.explain.markdown import markdown
from recpol.explain.model import ExplainedPerson
from recpol.explain.text import text
from recpol.prove import prove
from recpol.targets.catalogue import targets_named

HEAD = """policy desk
locale en-GB
voice Amy
on recording failure hangup
store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
"""
DESK = f"""{HEAD}on ice {{
  answer
  say "This call is recorded." @notice
  talk: connect pstn +46850020000 {{ phase card }}
}}
record talk except card
"""
ANNOUNCED = "announce @notice before recording\n"


def told(policy: str, *targets: str) -> Explanation:
    aimed = targets_named(targets or ("svaml1",))
    return explain(compile_program(program(Source("desk.recpol", policy), targets=aimed)))


def rows(policy: str, *targets: str) -> dict[str, ExplainedPerson]:
    return {person.name: person for person in told(policy, *targets).people}


def test_the_caller_is_told_and_the_callee_is_not() -> None:
    found = rows(DESK + ANNOUNCED)
    assert list(found) == ["The caller", "The callee"]
    caller, callee = found.values()
    assert caller.taped == callee.taped == "The call to +46850020000, except the phase `card` (stage 1)."
    (heard,), (unheard,) = caller.notices, callee.notices
    assert (heard.status, heard.provided, heard.call) == ("proven", ("caller-hears",), ())
    assert heard.where == "Heard: the words “This call is recorded.” (stage 1)."
    assert unheard.status == "broken"
    assert unheard.where == "Nothing of it is heard on this side."
    assert [line.mark for line in unheard.call] == ["silent", "not-recorded", "recorded"]


def test_what_a_proof_about_a_person_rests_on_is_told() -> None:
    explanation = told(DESK + ANNOUNCED)
    named = {term.name for term in explanation.assumptions}
    assert {name for person in explanation.people for notice in person.notices for name in notice.provided} <= named


def test_without_a_promise_nothing_is_said_of_announcements() -> None:
    for person in rows(DESK).values():
        assert person.on_tape
        assert person.notices == ()
        assert "does not say what an announcement is" in person.untold


def test_a_callee_whom_svaml2_tells_is_told() -> None:
    policy = f"""{HEAD}on ice {{ answer say "This call is recorded." @notice connect pstn +46850020000 }}
on ace {{ say "This call is recorded." to callee @notice talk: continue }}
record talk
{ANNOUNCED}"""
    caller, callee = rows(policy, "svaml2").values()
    assert [(n.status, n.provided) for n in callee.notices] == [("proven", ("callee-hears",))]
    assert callee.notices[0].where == "Heard: the words “This call is recorded.” (stage 2)."
    assert [(n.status, n.where) for n in caller.notices] == [
        ("proven", "Heard: the words “This call is recorded.” (stage 1).")
    ]


def test_in_a_room_everybody_is_a_caller() -> None:
    room = DESK.replace("talk: connect pstn +46850020000 { phase card }", 'talk: connect conference "board"')
    found = rows(room.replace("record talk except card", "record conference talk") + ANNOUNCED)
    assert list(found) == ["The caller"]


def test_the_person_called_plays_the_callers_part() -> None:
    policy = f"""{HEAD}on callout customer {{ call pstn "{{{{ start.number | e164 }}}}" cli +442079460100 }}
on ace customer {{ say "This call is recorded." @notice talk: connect conference "survey" }}
record call talk
{ANNOUNCED}"""
    (person,) = rows(policy).values()
    assert (person.name, person.on_tape, person.notices[0].status) == ("The person called", True, "proven")


def test_a_talk_that_a_lost_reply_records_is_told() -> None:
    policy = f"""{HEAD}on ice {{ dialling: connect pstn +46850020000 }}
on ace {{ off: continue }}
record dialling
never record off
"""
    callee = rows(policy)["The callee"]
    assert callee.on_tape
    assert callee.taped.startswith("If a reply to ACE comes too late, the talk after the ringing at +46850020000")


@pytest.mark.parametrize("policy", [DESK.replace("record talk except card", ""), "rules shared\nnever record card\n"])
def test_where_nothing_is_recorded_there_are_no_rows(policy: str) -> None:
    explanation = told(policy)
    assert explanation.people == ()
    for rendered in (text(explanation), markdown(explanation)):
        assert "Who is on tape" not in rendered


def test_nothing_is_proven_of_a_policy_that_does_not_compile() -> None:
    found = rows(DESK + ANNOUNCED + "record nobody\n")
    assert [person.notices[0].status for person in found.values()] == ["unclaimed", "broken"]


@pytest.mark.parametrize("seed", range(40))
def test_a_row_says_what_the_guarantee_for_that_person_would(seed: int) -> None:
    plain = random_policy_for_v2(Random(seed), everywhere=True)
    lines = [line for line in plain.splitlines() if not line.startswith(("announce", "never", "always", "opt-out"))]
    policy = "\n".join(lines) + "\n"
    found = program(Source("random.recpol", policy + "announce @a before recording\n"))
    explanation = explain(compile_program(found))
    sides = {"The callee": "callee"}
    for person in explanation.people:
        party = sides.get(person.name, "caller")
        asked = program(Source("random.recpol", f"{policy}announce @a to {party} before recording\n"))
        verdict = next(one for one in prove(asked) if one.guarantee.span.text.startswith("announce @a"))
        for notice in person.notices:
            assert notice.status in (verdict.status, "unclaimed")
            assert not (person.on_tape and notice.status == "empty")
