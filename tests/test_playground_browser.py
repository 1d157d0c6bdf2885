"""The built playground in Chromium, used as a person would: `make playground-test` builds it and runs this."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from bundle import DIST, HERE, STAMP, digest
from drive import PREFIX, chromium, drive

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen() -> Any:
    """What the script `playground/check.mjs` saw."""
    if chromium() is None:
        pytest.skip("there is no Chromium")
    if shutil.which("node") is None:
        pytest.skip("there is no Node.js")
    stamp = DIST / STAMP
    if not stamp.exists() or json.loads(stamp.read_text("utf-8"))["digest"] != digest():
        pytest.skip("there is no built playground of these sources")
    return drive("check.mjs")


def test_nothing_is_asked_of_anybody_else_and_nothing_of_the_policy_of_the_host(seen: Any) -> None:
    assert seen["outside"] == []
    assert seen["errors"] == []
    files = {path.relative_to(DIST).as_posix() for path in DIST.rglob("*") if path.is_file()}
    assert set(seen["asked"]) == {PREFIX, *(PREFIX + name for name in files - {"index.html", STAMP})}


def test_hints_and_lenses_stand_beside_the_policy(seen: Any) -> None:
    assert sum("● recorded → calls" in hint for hint in seen["hints"]) == 2
    assert "○ not recorded" in seen["hints"]
    assert seen["lenses"].count("✓ proven for every call") == 2


def test_a_line_of_json_lights_up_its_line_and_the_cursor_its_json(seen: Any) -> None:
    (line,) = seen["lit"]
    assert line.startswith('  notice: say "Parts of this call are recorded."')
    assert seen["target"] == "svaml2"
    assert '"number": "+46850020000"' in seen["here"]
    assert "+46850021111" not in seen["here"]


def test_hover_hides_credentials(seen: Any) -> None:
    assert "s3://acme-recordings/support/" in seen["hover"]
    assert "SINCH_S3_CREDENTIALS" not in seen["hover"]


def test_typing_brings_completion_and_findings(seen: Any) -> None:
    assert any(choice.startswith("@card") for choice in seen["completion"])
    assert "@ghost" in seen["finding"]
    assert seen["refused"].startswith("the policy has")


def test_a_fix_is_carried_out_and_taken_back(seen: Any) -> None:
    assert seen["fixes"] == ["write record conference", "write record call"]
    assert 'record conference { connect conference "board" }' in seen["fixed"]
    assert seen["rule"].startswith("conference-scope")


def test_a_call_is_played_with_buttons_and_the_tape_grows(seen: Any) -> None:
    assert seen["next"] == ["press 1", "press 2", "wait", "wrong key", "hang up"]
    assert seen["lanes"] == ["heard", "● calls · file 1", "● calls · file 2"]
    assert seen["recorded"] == 2
    assert "cannot happen here" in seen["impossible"]


def test_explanation_and_tests(seen: Any) -> None:
    assert seen["explain"] == "What the policy support-line records"
    assert seen["litByExplain"] == ["on pie sales {"]
    tests = (HERE.parent / "policies" / "support-line.test.yaml").read_text("utf-8").count("\n  - name: ")
    assert seen["passed"] == f"{tests} passed"
    assert "the call makes 0 recording files" in seen["failed"]


def test_a_link_holds_the_policy(seen: Any) -> None:
    assert seen["copied"]
    assert seen["shared"]
    assert seen["cut"], "a link that was cut short opens an example"


def test_a_policy_is_text_and_never_markup(seen: Any) -> None:
    assert seen["hacked"] is None
    assert seen["images"] == 0


def test_no_text_and_no_end_of_the_worker_breaks_the_page(seen: Any) -> None:
    assert seen["afterJunk"] == ["ice.json", "manifest.json"]
    assert "started anew" in seen["restarted"]
    assert seen["afterRestart"] == ["ice.json", "ace.json", "manifest.json"]
