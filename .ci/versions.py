"""Tries the built wheel with the lowest and the newest versions of what it needs, on every Python that is here.

`python .ci/versions.py WHEEL`: for each Python from 3.11 on, two environments of their own, one with the floors of
`pyproject.toml` and one with what the registry has today; in each the tests named in `TESTS` run against the wheel.
Exit status 0 where all pass. A Python that is not here is told and passed over; the one that runs this is always tried.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TESTS = ("test_seed", "test_policies", "test_parser", "test_render", "test_config", "test_schema_svaml2", "test_cases")
"""The grammar's compiler, the sandbox, the reader of YAML and the validator are all at work in these."""


def interpreters() -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """The Pythons that are here: version, command, and what its environment needs besides."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    known = _kept_by_pyenv()
    for version in PYTHONS:
        if version == own:
            yield version, [sys.executable], {}
            continue
        command = shutil.which(f"python{version}")
        for environment in ({}, {"PYENV_VERSION": known.get(version, "")}):
            if command is not None and _answers(command, environment):
                yield version, [command], environment
                break
        else:
            print(f"python{version}: not here, passed over", flush=True)


def _kept_by_pyenv() -> dict[str, str]:
    if shutil.which("pyenv") is None:
        return {}
    listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False).stdout
    return {version.strip().rpartition(".")[0]: version.strip() for version in listed.splitlines()}


def _answers(command: str, environment: dict[str, str]) -> bool:
    asked = [command, "-c", "import venv, ensurepip"]
    return subprocess.run(asked, env=os.environ | environment, capture_output=True, check=False).returncode == 0


def floors() -> list[str]:
    """What the wheel needs, each in the lowest version that is promised to do."""
    return [re.sub(r">=", "==", need) for need in PROJECT["dependencies"]]


def tried(version: str, command: list[str], environment: dict[str, str], wheel: Path, needs: list[str]) -> bool:
    """Install the wheel with `needs` and run the tests against it; whether they pass."""
    with tempfile.TemporaryDirectory(prefix="recpol-versions-") as folder:
        python = str(Path(folder) / "bin" / "python")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | environment
        shutil.copytree(ROOT / "tests", Path(folder) / "project" / "tests")
        for name in ("policies", "schemas", "grammar", "docs"):
            shutil.copytree(ROOT / name, Path(folder) / "project" / name)
        for name in ("recpol.yaml", "pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, Path(folder) / "project" / name)
        steps = [
            [*command, "-m", "venv", folder],
            [
                python,
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                str(wheel),
                *needs,
                "pytest",
                "hypothesis",
            ],
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/{name}.py" for name in TESTS)],
        ]
        for step in steps:
            done = subprocess.run(step, cwd=f"{folder}/project" if step is steps[-1] else None, env=clean, check=False)
            if done.returncode != 0:
                print(f"python{version}: failed with {', '.join(needs) or 'the newest'}", flush=True)
                return False
    print(f"python{version}: passed with {', '.join(needs) or 'the newest'}", flush=True)
    return True


def main(words: list[str]) -> int:
    """Try every Python with both sets; the exit status."""
    wheel = Path(words[0]).resolve()
    results = [
        tried(version, command, environment, wheel, needs)
        for version, command, environment in interpreters()
        for needs in (floors(), [])
    ]
    print(f"{results.count(True)} passed, {results.count(False)} failed", flush=True)
    return int(not all(results) or not results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
