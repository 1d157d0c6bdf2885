"""docs/shards.md: its commands, its jobs for GitHub and GitLab, and its script for Dask do what the page says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from test_ci_files import bash, valid

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/shards.md").read_text("utf-8")
BRANCHES = ROOT / "projects/branches"
GITHUB, GITLAB, DASK = re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE, re.DOTALL)
CONSOLE = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of branches, with 12 of them and something to find."""
    return made_in(tmp_path / "project")


def made_in(folder: Path) -> Path:
    shutil.copytree(BRANCHES, folder, ignore=shutil.ignore_patterns("build"))
    lines = (folder / "tenants.csv").read_text("utf-8").splitlines(keepends=True)
    (folder / "tenants.csv").write_text("".join(lines[:13]), "utf-8")
    (folder / "odd.recpol").write_text(
        'policy odd\nstore s { url "s3://b/one.mp3" credentials env S }\n'
        "on ice { record to s { connect pstn +46850020000 } }\n",
        "utf-8",
    )
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one run of each command leaves."""
    project = made_in(tmp_path_factory.mktemp("whole") / "project")
    bash("recpol lint --output-format sarif=recpol.sarif --output-format gitlab=quality.json", project)
    assert bash("recpol test --junit recpol.xml", project).returncode == 0
    assert bash("recpol compile -o build", project).returncode == 0
    return tree(project)


@pytest.mark.slow
def test_the_commands_of_the_page(project: Path, whole: dict[str, bytes]) -> None:
    expected = whole
    for example in CONSOLE:
        for line in example.splitlines():
            done = bash(line.removeprefix("$ "), project)
            assert done.returncode == 0, done.stdout + done.stderr
    made = tree(project)
    for file in expected:
        if file.startswith("build/") or file == "recpol.sarif":
            assert made[file] == expected[file]
    assert made.keys() >= {file for file in expected if file.startswith("build/")} | {"recpol.xml"}
    assert sum(file.startswith("build/") for file in made) == sum(file.startswith("build/") for file in expected)


@pytest.mark.slow
def test_the_jobs_of_github(project: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    workflow = yaml.safe_load(GITHUB)
    (tmp_path / "workflow.yml").write_text(GITHUB, "utf-8")
    valid("vendor.github-workflows", tmp_path / "workflow.yml")
    shards, together = (workflow["jobs"][name] for name in ("shard", "whole"))
    expected, numbers = whole, shards["strategy"]["matrix"]["shard"]
    assert f'/{len(numbers)}"' in json.dumps(shards["steps"]).replace('\\"', '"')
    for number in numbers:
        checkout = Path(shutil.copytree(project, tmp_path / f"checkout-{number}"))
        run_steps(shards["steps"], checkout, SHARD=str(number))
        for path in upload(shards["steps"]).split():
            for found in checkout.glob(path):
                copy(found, project / found.name)
    run_steps(together["steps"], project)
    made = tree(project)
    assert {file: made.get(file) for file in expected if file != "quality.json"} == {
        file: data for file, data in expected.items() if file != "quality.json"
    }


def run_steps(steps: Iterable[dict[str, Any]], folder: Path, **values: str) -> None:
    for step in steps:
        if "run" in step and not step["run"].startswith("pip "):
            assert "${{" not in step["run"], "a text in a script would be run"
            done = bash(step["run"], folder, **values)
            assert done.returncode == 0, done.stdout + done.stderr


def upload(steps: Iterable[dict[str, Any]]) -> str:
    (step,) = (step for step in steps if step.get("uses", "").startswith("actions/upload-artifact"))
    return str(step["with"]["path"])


def copy(found: Path, to: Path) -> None:
    if found.is_dir():
        shutil.copytree(found, to, dirs_exist_ok=True)
    else:
        shutil.copy(found, to)


@pytest.mark.slow
def test_the_jobs_of_gitlab(project: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    jobs = yaml.safe_load(GITLAB)
    (tmp_path / "gitlab.yml").write_text(GITLAB, "utf-8")
    valid("vendor.gitlab-ci", tmp_path / "gitlab.yml")
    expected, count = whole, jobs["shard"]["parallel"]
    for number in range(1, count + 1):
        checkout = Path(shutil.copytree(project, tmp_path / f"checkout-{number}"))
        values = {"CI_NODE_INDEX": str(number), "CI_NODE_TOTAL": str(count)}
        done = bash("\n".join(jobs["shard"]["script"]), checkout, **values)
        assert done.returncode == 0, done.stdout + done.stderr
        for path in jobs["shard"]["artifacts"]["paths"]:
            for found in checkout.glob(path):
                copy(found, project / found.name)
    done = bash("\n".join(jobs["whole"]["script"]), project)
    assert done.returncode == 0, done.stdout + done.stderr
    made = tree(project)
    assert {file: made.get(file) for file in expected if file != "recpol.sarif"} == {
        file: data for file, data in expected.items() if file != "recpol.sarif"
    }


class FakeClient:
    """What the page uses of Dask: each shard is worked on by a Python of its own, as by a worker."""

    def __init__(self, scheduler: str) -> None:
        self.script = scheduler

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def map(self, work: Any, shards: Sequence[str], *, pure: bool) -> list[str]:
        assert not pure
        return [f"{work.__name__} {shard}" for shard in shards]

    def gather(self, futures: Sequence[str]) -> list[int]:
        done = []
        for future in futures:
            name, shard = future.split()
            work = f"import runpy; print(runpy.run_path({self.script!r})[{name!r}]({shard!r}))"
            found = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, check=True)
            done.append(int(found.stdout))
        return done


@pytest.mark.slow
def test_the_script_for_dask(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "odd.recpol").unlink()
    script = project / "script.py"
    script.write_text(DASK, "utf-8")
    stub = project.parent / "stub"
    stub.mkdir()
    (stub / "distributed.py").write_text("Client = None\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stub), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.chdir(project)
    module = types.ModuleType("distributed")
    monkeypatch.setattr(module, "Client", FakeClient, raising=False)
    monkeypatch.setitem(sys.modules, "distributed", module)
    spec = importlib.util.spec_from_file_location("script", script)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    loaded.main(str(script), 3)
    assert capsys.readouterr().out == "0 with errors\n"
    bash(f"recpol compile -o {shlex.quote(str(project / 'build'))}", project)
    made = {file: data for file, data in tree(project / "build").items() if file != "index.json"}
    assert tree(project / "out") == made
    assert len(made) > 12
