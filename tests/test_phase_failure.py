"""`on phase failure`: what the manifest and the explanation say of it, and that it changes nothing else."""

from __future__ import annotations

import json

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import Compilation, compile_program
from recpol.explain import explain
from recpol.explain.text import text
from recpol.targets.catalogue import targets_named

DESK = """policy desk
voice Amy
on recording failure hangup
store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
on ice { answer order: connect pstn +46850020000 { phase card phase quiet } }
record order except card
never record card
"""
TARGETS = ("classic", "svaml1", "svaml2")


def compiled(policy: str, target: str = "classic") -> Compilation:
    return compile_program(program(Source("desk.recpol", policy), targets=targets_named((target,))))


@pytest.mark.parametrize("target", TARGETS)
def test_only_the_manifest_tells_the_backend_what_to_do(target: str) -> None:
    plain = compiled(DESK, target).files
    for act in ("refuse", "hangup"):
        files = compiled(f"{DESK}on phase failure {act}\n", target).files
        assert json.loads(files["manifest.json"])["phaseFailure"] == act
        assert {name: files[name] for name in plain if name != "manifest.json"} == {
            name: data for name, data in plain.items() if name != "manifest.json"
        }
    assert "phaseFailure" not in json.loads(plain["manifest.json"])


def test_the_explanation_says_it_of_the_phase_for_which_a_recording_stops() -> None:
    said = explain(compiled(DESK + "on phase failure hangup\n"))
    phases = [phase for stage in said.stages for row in stage.rows for phase in row.phases]
    assert ["confirm" in phase.begins for phase in phases] == [True, False]
    assert "does not confirm in time that it has stopped, the backend ends the call." in " ".join(text(said).split())
    refused = explain(compiled(DESK + "on phase failure refuse\n"))
    assert "that it has stopped, the phase does not begin." in " ".join(text(refused).split())
    assert "confirm in time" not in text(explain(compiled(DESK)))


def test_a_policy_has_the_answer_of_its_rules_file_unless_it_says_its_own() -> None:
    shared = Source("shared.recpol", "rules shared\non phase failure hangup\n")
    using = DESK.replace("policy desk\n", 'policy desk\nuse "shared.recpol"\n')
    for own, act in (("", "hangup"), ("on phase failure refuse\n", "refuse")):
        files = compile_program(program(Source("desk.recpol", using + own), reader=lambda *_: shared)).files
        assert json.loads(files["manifest.json"])["phaseFailure"] == act
