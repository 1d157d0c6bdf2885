"""No test skips but for what a machine may lack; tests of permissions hold for root too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ordinary import as_ordinary_user

ROOT = Path(__file__).parents[1]

SKIPPING = """
import pytest

@pytest.mark.skip(reason="there is no fish")
def test_a_shell(): ...

@pytest.mark.skip(reason="the examples are not there")
def test_marked(): ...

def test_while_it_runs():
    pytest.skip("not today")

@pytest.fixture
def missing():
    pytest.skip("no fixture")

def test_of_a_fixture(missing): ...
"""


WITHOUT = 'import pytest\n\n@pytest.mark.parametrize("x", [])\ndef test_none(x): ...\n'


def test_skipping_for_another_reason_and_a_test_without_parameters_fail(tmp_path: Path) -> None:
    """What pytest says of modules that are tested under this project's settings."""
    (tmp_path / "test_skipping.py").write_text(SKIPPING, "utf-8")
    (tmp_path / "test_without.py").write_text(WITHOUT, "utf-8")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "conftest", "--continue-on-collection-errors")
    folder = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *sys.path])}
    done = subprocess.run(
        (*command, *folder), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    for reason in ("the examples are not there", "not today", "no fixture"):
        assert f"a test must not skip because '{reason}'" in done.stdout
    assert "Empty parameter set in 'test_none'" in done.stdout
    assert "1 failed, 1 skipped, 3 errors" in done.stdout


def test_permissions_count_for_whoever_runs_the_tests(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    file.chmod(0)
    with pytest.raises(PermissionError if os.geteuid() else AssertionError, match="Permission denied"):
        as_ordinary_user(file.read_text)
    as_ordinary_user(lambda: file.chmod(0o600))
    assert file.read_text() == "x"
