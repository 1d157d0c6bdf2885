"""What two products say of one policy never differs: prover, findings and explanation; simulation and replay.

`RECPOL_CALLS=20000 pytest tests/test_agreement.py` is the nightly size; without it a quick one is tried.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest

from random_policies import random_policy, random_policy_for_v2
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.certificate import CHECKED, certificate
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.prove import ASSUMPTIONS, prove
from recpol.prove.recorded import Seen
from recpol.prove.verdict import Status
from recpol.prove.walk import Walk
from recpol.rules.policy.misnamed import is_known
from recpol.semantics.conversations import stood_for
from recpol.semantics.next_events import possible
from recpol.semantics.replay import replay
from recpol.semantics.simulate import simulate
from recpol.support_matrix import CONSTRUCTS, ELSEWHERE, Construct, judge, table, with_declared
from recpol.targets.catalogue import all_targets, targets_named

POLICIES = int(os.environ.get("RECPOL_CALLS", "400")) // 4
TARGETS = [("classic",), ("svaml1",), ("svaml2",), ("svaml1", "svaml2")]
RULES: dict[Status, str] = {"broken": "broken-guarantee", "unknown": "unproven-guarantee", "empty": "empty-guarantee"}


def units(names: tuple[str, ...], offset: int) -> list[Program]:
    """Random policies that can be read, for some targets."""
    make = random_policy_for_v2 if "svaml2" in names else random_policy
    texts = (make(Random(offset + seed)) for seed in range(POLICIES))
    made = [program(Source("random.recpol", text), targets=targets_named(names)) for text in texts]
    return [unit for unit in made if not unit.partial]


@pytest.mark.parametrize("names", TARGETS, ids="-".join)
def test_findings_and_explanation_say_what_the_prover_says(names: tuple[str, ...]) -> None:
    compared = 0
    for unit in units(names, 30_000_000):
        verdicts = prove(unit)
        made = compile_program(unit)
        found = Counter(finding.rule for finding in made.checked.findings)
        known = [v for v in verdicts if is_known(unit, v.guarantee)]  # of others an error says why
        told = Counter(v.status for v in known if not v.told_by)
        if not found["opposed-guarantees"]:
            for status, rule in RULES.items():
                # An empty guarantee whose selector matches nothing has a finding of its own.
                assert found[rule] == told[status] or (status == "empty" and found[rule] <= told[status]), status
        explained = explain(made).guarantees
        for verdict, one in zip(verdicts, explained, strict=True):
            said = "unclaimed" if made.checked.errors and verdict.status != "broken" else verdict.status
            assert one.status == said, (unit.source.text, verdict)
            compared += 1
    assert compared > POLICIES // 4, "the policies must promise something"


@pytest.mark.parametrize("names", TARGETS, ids="-".join)
def test_what_is_explained_as_proven_has_a_proof_that_rests_on_no_less(names: tuple[str, ...]) -> None:
    compared = 0
    for unit in units(names, 50_000_000):
        made = compile_program(unit)
        explained = explain(made).guarantees if made.outputs else ()
        for output in made.outputs:
            entries = certificate(made, output)["guarantees"]
            for entry, one, node in zip(entries, explained, unit.guarantees(), strict=True):
                claimed = one.status in ("proven", "empty") and isinstance(node, CHECKED)
                if "which this checker does not know" in entry.get("reason", ""):
                    # The referee reads no requests in talks there: it says so, and claims nothing.
                    assert "\non manage " in unit.source.text, entry
                    continue
                assert ("certificate" in entry) == claimed, (unit.source.text, entry)
                named = {name for name, _ in one.provided if name in ASSUMPTIONS}
                if len(names) == 1:  # of several, each proof has what its own target asks for
                    assert named <= set(entry.get("assumes", named)), (unit.source.text, entry)
                compared += 1
    assert compared > POLICIES // 30, "some policies must keep what they promise"


@pytest.mark.parametrize("names", TARGETS, ids="-".join)
def test_a_call_is_recorded_as_the_prover_saw_it(names: tuple[str, ...]) -> None:
    heard = 0
    for number, unit in enumerate(units(names, 40_000_000)):
        if "ice" not in unit.graph.first:
            continue
        seen, random = Seen(Walk(unit, 10_000)), Random(number)
        for _ in range(3):
            events: list[t.Event] = []
            now = simulate(unit, ())
            while len(events) < 6 and (offers := possible(unit, now.moment)):
                events.append(random.choice(offers))
                now = simulate(unit, tuple(events))
            told = replay(unit, tuple(events))
            assert [line.piece for line in told.played] == list(now.pieces)
            for line in told.played:
                taped = bool(line.piece.heard.recordings)
                assert bool(line.recordings) == taped
                for step in stood_for(unit, line.piece):
                    one = seen.steps[step.index]
                    doubtful = one.maybe_taped or one.maybe_bare or one.adrift
                    assert (one.taped if taped else one.bare) or doubtful, (unit.source.text, events, line.words)
                    heard += 1
    assert heard > POLICIES


@pytest.mark.parametrize("names", TARGETS, ids="-".join)
def test_what_is_said_of_a_target_is_what_compile_does_with_it(names: tuple[str, ...]) -> None:
    told: Counter[str] = Counter()
    for unit in units(names, 60_000_000)[: POLICIES // 2]:
        says: dict[str, str] = {}
        for target in all_targets():
            judged = judge(unit, target)
            says[target.name] = judged.says
            made = compile_program(unit.alone(target))
            assert (judged.says != "no") == bool(made.outputs), (target.name, unit.source.text)
            assert judged.findings == made.checked.findings
            assert explain(made).compiles == bool(made.outputs)
            told[judged.says] += 1
        for explained in explain(compile_program(unit)).targets:
            assert explained.compiles == (says[explained.name] != "no")
    assert min(told["no"], told["yes"] + told["condition"]) > POLICIES // 20


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda construct: construct.name)
def test_the_table_of_targets_says_what_compile_does(construct: Construct) -> None:
    (row,) = table(all_targets(), [construct])
    for name, cell in row.cells.items():
        aim = targets_named((name,))
        bare = compile_program(program(Source("p.recpol", construct.example), targets=aim))
        declared = compile_program(program(Source("p.recpol", with_declared(construct.example)), targets=aim))
        assert (cell.says != "no") == bool(bare.outputs or declared.outputs)
        if cell.says == "yes":
            assert bare.outputs, "without a condition it must compile as it is"
            assert {f.rule for f in bare.findings if f.level == "warning"} <= set(ELSEWHERE)
