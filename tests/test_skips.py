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


def outcome(folder: Path, text: str) -> str:
    """What pytest says of a module that is tested under this project's settings."""
    (folder / "test_it.py").write_text(text, "utf-8")
    settings = str(ROOT / "pyproject.toml")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "conftest",
        "-c",
        settings,
        "--rootdir",
        str(folder),
        str(folder),
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *sys.path])}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout


def test_skipping_for_another_reason_fails(tmp_path: Path) -> None:
    said = outcome(tmp_path, SKIPPING)
    assert "1 failed, 1 skipped, 2 errors" in said
    for reason in ("the examples are not there", "not today", "no fixture"):
        assert f"a test must not skip because '{reason}'" in said


def test_a_test_without_parameters_fails(tmp_path: Path) -> None:
    said = outcome(tmp_path, 'import pytest\n\n@pytest.mark.parametrize("x", [])\ndef test_none(x): ...\n')
    assert "Empty parameter set in 'test_none'" in said
    assert "1 error" in said


def test_permissions_count_for_whoever_runs_the_tests(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    file.chmod(0)
    with pytest.raises(PermissionError if os.geteuid() else AssertionError, match="Permission denied"):
        as_ordinary_user(file.read_text)
    as_ordinary_user(lambda: file.chmod(0o600))
    assert file.read_text() == "x"
