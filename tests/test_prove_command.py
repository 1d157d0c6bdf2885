"""`recpol prove`: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import recpol_check as referee
from recpol.cli.main import run

ROOT = Path(__file__).parents[1]

POLICY = """\
policy desk
locale en-GB
store calls { url "s3://acme-recordings/desk/" credentials env SINCH_S3_CREDENTIALS }
on ice { answer notice: say "This call is recorded." record { talk: connect pstn +442079460101 } }
on ace { continue }
announce notice before recording
never record notice
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one policy, in which the command runs."""
    (tmp_path / "desk.recpol").write_text(POLICY, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_proof_that_the_referee_accepts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "desk.recpol"]) == 0
    assert run(["prove", "desk.recpol", "-o", "proof.json"]) == 0
    out, told = capsys.readouterr()
    assert "desk (svaml1): `never record notice` is proven\n" in told
    assert referee.main(["build", "proof.json"]) == 0
    assert "Traceback" not in out
    lines = (folder / "proof.json").read_text("utf-8").splitlines()
    assert '     {"place": "ice.json#/instructions/1", "now": "plays", "answered": true},' in lines


def test_without_a_file_the_proof_goes_to_standard_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "desk.recpol", "--target", "svaml1", "--target", "classic"]) == 0
    proof = json.loads(capsys.readouterr().out)
    assert proof["proofVersion"] == 1
    assert [policy["target"] for policy in proof["policies"]] == ["svaml1", "classic"]


UNSURE = """\
policy desk
locale en-GB
store calls { url "s3://acme-recordings/desk/" credentials env SINCH_S3_CREDENTIALS }
on ice {
  answer
  notice: say "This call is recorded."
  menu { prompt "Press 1 to host, 2 to join." key 1 -> host key 2 -> guest }
}
on pie host { record call { connect conference "{{ env.ROOM }}" } }
on pie guest { quiet: connect conference "{{ env.HALL }}" }
on pie otherwise { hangup }
announce notice before recording
never record quiet
"""


def test_a_guarantee_that_is_not_proven_has_a_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "desk.recpol").write_text(UNSURE, "utf-8")
    assert run(["prove", "desk.recpol", "-o", "proof.json"]) == 1
    told = capsys.readouterr().err
    assert "`never record quiet` cannot be proven: it may be the room" in told
    entries = json.loads((folder / "proof.json").read_text("utf-8"))["policies"][0]["guarantees"]
    assert ["certificate" in entry for entry in entries] == [True, False]


def test_a_policy_with_an_error_has_no_proof(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "desk.recpol").write_text(POLICY.replace("never record notice", "never record talk"), "utf-8")
    assert run(["prove", "desk.recpol", "-o", "proof.json"]) == 1
    assert "error: `never record talk` is broken" in capsys.readouterr().err
    assert not (folder / "proof.json").exists()


def test_files_of_rules_alone_prove_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "desk.recpol").write_text("rules company\nnever record @card\n", "utf-8")
    assert run(["prove", "desk.recpol"]) == 2
    assert "nothing to prove" in capsys.readouterr().err


def test_the_same_policies_give_the_same_proofs() -> None:
    made = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "recpol", "prove", "policies"]
        path = os.pathsep.join([str(ROOT / "compiler"), os.environ.get("PYTHONPATH", "")])
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        made.append(subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False).stdout)
    assert made[0] == made[1]
    assert len(made[0]) > 10_000
