"""The example policies do what their tests say, and the tests exercise all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from recpol.cli.main import run

ROOT = Path(__file__).parents[1]
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))


def test_the_tests_of_the_policies_pass_and_exercise_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    status = run(["test", "policies", "--fail-under", "100", "--coverage"])
    said = capsys.readouterr()
    assert status == 0, said.out + said.err
    for policy in POLICIES:
        assert f"policies/{policy.name}: 100 %" in said.out
    assert "skipped" not in said.out


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.stem)
def test_a_policy_has_tests(policy: Path) -> None:
    tests = policy.with_name(f"{policy.stem}.test.yaml").read_text("utf-8")
    assert "recorded:" in tests
    assert "files:" in tests
