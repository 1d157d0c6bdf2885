"""The files that other tools read: hooks of pre-commit, the GitHub Action, the GitLab component."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakeforge import TOKEN, FakeForge

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

BOARD = """\
policy board
store b { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
on ice { record { connect conference "board" } }
"""

GOOD = "policy good\non ice { hangup }\n"

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HEADER, TEMPLATE = yaml.safe_load_all((ROOT / "templates" / "recpol.yml").read_text("utf-8"))


def bash(script: str, folder: Path, **values: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a CI system does: it stops at the first command that fails."""
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), **values}
    environment |= {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}  # run what is tested, wherever it stands
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def valid(schema: str, *files: Path) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# make


def test_every_target_of_the_makefile_is_a_name_and_no_file() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", makefile, re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].replace("\\", "").split()) == sorted(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_the_pages_say_what_ci_runs() -> None:
    """`make test` is the first thing, and not all."""
    run = re.findall(r"\bmake ([a-z-]+)", (ROOT / ".ci" / "run").read_text("utf-8"))
    assert run[0] == "test"
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (row,) = re.findall(r"^\| `make ci` \|.*", page, re.MULTILINE)
    assert re.findall(r"`make ([a-z-]+)`", row)[1:] == [name for name in run if name != "playground"]
    assert re.search(r"^ci:.*\n\t\.ci/run$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


# pre-commit


def test_the_hooks_are_commands() -> None:
    assert [hook["id"] for hook in HOOKS] == ["recpol-fmt", "recpol-lint", "recpol-compile-check"]
    for hook in HOOKS:
        assert hook["language"] == "python"
        assert hook["entry"].startswith("recpol ")
        re.compile(hook["files"])


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_and_fails(hook: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("")
    (tmp_path / "a.recpol").write_text(GOOD)
    files = "" if hook.get("pass_filenames") is False else " a.recpol"
    if hook["id"] == "recpol-compile-check":
        assert bash(hook["entry"] + files, tmp_path).returncode == 1, "nothing is compiled yet"
        assert bash("recpol compile", tmp_path).returncode == 0
    done = bash(hook["entry"] + files, tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "a.recpol").write_text(BOARD if hook["id"] != "recpol-fmt" else "policy a {\n")
    assert bash(hook["entry"] + files, tmp_path).returncode == 1


def test_the_hooks_look_at_what_concerns_them() -> None:
    wanted = {
        "recpol-fmt": (["a.recpol", "b/c.recpol"], ["recpol.yaml", "a.json"]),
        "recpol-lint": (["a.recpol", "recpol.yaml", "x/recpol.yaml", "ice.svaml.json"], ["a.json", "notrecpol.yaml"]),
        "recpol-compile-check": (["a.recpol", "build/a/ice.json", "recpol.yaml"], ["README.md"]),
    }
    for hook in HOOKS:
        matched, missed = wanted[hook["id"]]
        assert [name for name in matched + missed if re.search(hook["files"], name)] == matched


# GitHub


def step(name: str) -> dict[str, Any]:
    (found,) = (step for step in ACTION["runs"]["steps"] if step["name"] == name)
    assert isinstance(found, dict)
    return found


def inputs(name: str, **values: str) -> dict[str, str]:
    """The environment of a step, with the action's inputs filled in."""
    given = {key: one["default"] for key, one in ACTION["inputs"].items()} | values
    filled = {}
    for variable, text in step(name)["env"].items():
        found = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)
        filled[variable] = given[found[1]] if found else "https://acme.example/rules.md"
    return filled


def test_the_action_is_one() -> None:
    valid("vendor.github-actions", ROOT / "action.yml")


@pytest.mark.parametrize("name", ["recpol lint", "recpol compile --check"])
def test_the_action_looks_at_a_shard(name: str, tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("")
    for n in range(4):
        (tmp_path / f"p{n}.recpol").write_text(BOARD.replace("policy board", f"policy p{n}"))
    values = {**inputs(name), "GITHUB_OUTPUT": os.devnull}
    done = [
        bash(step(name)["run"], tmp_path, **values | {"RECPOL_SHARD": shard}) for shard in ("", "1/2", "2/2", "3/2")
    ]
    assert done[-1].returncode == 2
    said = [one.stdout + one.stderr for one in done]
    found = [sum(f"p{n}" in text for n in range(4)) for text in said]
    assert found[0] == found[1] + found[2] == 4
    assert 0 < found[1] < 4


def test_no_input_of_the_action_is_part_of_a_script() -> None:
    for one in ACTION["runs"]["steps"]:
        assert "${{" not in one["run"], "a text in a script would be run"


def test_the_action_annotates_and_writes_sarif(tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("")
    (tmp_path / "board.recpol").write_text(BOARD)
    values = inputs("recpol lint") | {"GITHUB_OUTPUT": str(tmp_path / "outputs")}
    done = bash(step("recpol lint")["run"], tmp_path, **values)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=board.recpol,")
    document = json.loads((tmp_path / "recpol.sarif").read_text())
    assert document["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"].startswith("https://acme.example/rules.md#")
    assert (tmp_path / "outputs").read_text() == "sarif=./recpol.sarif\n"


def test_the_action_hands_on_what_it_is_given(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.recpol").write_text(GOOD + "on ace { hangup }\n")
    (tmp_path / "recpol.yaml").write_text("environments: {prod: {}}\n")
    name = "recpol lint"
    given = {"paths": "one two", "strict": "true", "environment": "prod", "sarif": ""}
    done = bash(step(name)["run"], tmp_path, **inputs(name, **given))
    assert done.returncode == 1, "a warning fails"
    assert done.stdout.count("::warning ") == 2
    assert bash("recpol lint --strict --write-baseline k.json", tmp_path).returncode == 0
    done = bash(step(name)["run"], tmp_path, **inputs(name, **(given | {"baseline": "k.json"})))
    assert (done.returncode, done.stdout) == (0, "")
    odd = inputs(name, paths="$(touch bad) `touch bad`", sarif="")
    assert bash(step(name)["run"], tmp_path, **odd).returncode == 2
    assert not (tmp_path / "bad").exists(), "what is given is never run"


def test_the_action_compares_what_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("")
    (tmp_path / "good.recpol").write_text(GOOD)
    name = "recpol compile --check"
    assert bash(step(name)["run"], tmp_path, **inputs(name)).returncode == 1
    assert bash("recpol compile", tmp_path).returncode == 0
    assert bash(step(name)["run"], tmp_path, **inputs(name)).returncode == 0


PHASED = """\
policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer say "Recorded." agent: connect pstn +46850020000 { phase card @card } }
record agent except card
"""


@pytest.fixture
def request_of_a_clone(tmp_path: Path) -> tuple[Path, str]:
    """A shallow clone, as CI systems make it, at a commit that records more; and the commit that it goes out from."""

    def git(folder: Path, *words: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        done = subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    git(origin, "config", "uploadpack.allowReachableSHA1InWant", "true")
    (origin / "recpol.yaml").write_text("")
    (origin / "desk.recpol").write_text(PHASED)
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "first")
    git(origin, "switch", "-qc", "change")
    (origin / "desk.recpol").write_text(PHASED.replace(" except card", ""))
    git(origin, "commit", "-qam", "second")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", origin.as_uri(), "clone")
    return tmp_path / "clone", git(origin, "rev-parse", "main")


@pytest.mark.parametrize("fork", ["true", "false"])
def test_the_action_keeps_one_comment(request_of_a_clone: tuple[Path, str], fork: str) -> None:
    clone, _ = request_of_a_clone
    name, forge = "recpol diff", FakeForge()
    # A request within a repository that is a fork of another one is none from a fork.
    asked = "${{ github.event.pull_request.head.repo.full_name != github.repository }}"
    assert step(name)["env"]["RECPOL_FORK"] == asked
    (clone.parent / "event.json").write_text(json.dumps({"pull_request": {"number": 12}}))
    values = inputs(name) | {
        "RECPOL_TOKEN": TOKEN, "RECPOL_FORK": fork, "GITHUB_ACTIONS": "true", "GITHUB_API_URL": forge.address,
        "GITHUB_GRAPHQL_URL": f"{forge.address}/graphql", "GITHUB_REPOSITORY": "acme/voice",
        "GITHUB_EVENT_PATH": str(clone.parent / "event.json"),
        "GITHUB_WORKSPACE": str(clone), "GITHUB_BASE_REF": "main", "no_proxy": "127.0.0.1",
        "GITHUB_STEP_SUMMARY": str(clone.parent / "summary.md"),
    }  # fmt: skip
    try:
        done = bash(step(name)["run"], clone, **values)
        assert done.returncode == 0, done.stderr
        assert "**Recorded now**" in (clone.parent / "summary.md").read_text()
        assert [one["body"].count("**Recorded now**") for one in forge.comments] == ([] if fork == "true" else [1])
        if fork == "false":
            done = bash(step(name)["run"], clone, **(values | {"RECPOL_FAIL_ON": "more-recorded"}))
            assert (done.returncode, len(forge.comments)) == (1, 1)
        assert TOKEN not in done.stdout + done.stderr
    finally:
        forge.close()


# GitLab


def test_the_template_keeps_one_note(request_of_a_clone: tuple[Path, str]) -> None:
    clone, base = request_of_a_clone
    forge = FakeForge(gitlab=True, account=9)
    values = {
        "GITLAB_CI": "true", "CI_API_V4_URL": forge.address, "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "12",
        "CI_PROJECT_DIR": str(clone), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "GITLAB_TOKEN": TOKEN,
        "RECPOL_FOLDER": ".", "RECPOL_FAIL_ON": HEADER["spec"]["inputs"]["fail-on"]["default"],
        "no_proxy": "127.0.0.1",
    }  # fmt: skip
    try:
        done = bash("\n".join(TEMPLATE["recpol-diff"]["script"]), clone, **values)
        assert done.returncode == 0, done.stderr
        assert [one["body"].count("**Recorded now**") for one in forge.comments] == [1]
        assert TOKEN not in done.stdout + done.stderr
    finally:
        forge.close()


def test_the_template_is_a_job(tmp_path: Path) -> None:
    used = set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", yaml.safe_dump(TEMPLATE)))
    assert used == set(HEADER["spec"]["inputs"])
    (tmp_path / ".gitlab-ci.yml").write_text(yaml.safe_dump(TEMPLATE))
    valid("vendor.gitlab-ci", tmp_path / ".gitlab-ci.yml")


def test_the_template_writes_both_reports(tmp_path: Path) -> None:
    job = TEMPLATE["recpol"]
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice" / "recpol.yaml").write_text("")
    (tmp_path / "voice" / "board.recpol").write_text(BOARD)
    values = {
        "RECPOL_FOLDER": "voice",
        "RECPOL_OPTIONS": "",
        "RECPOL_COMPILE_CHECK": "false",
        "RECPOL_REPORT": str(tmp_path / job["artifacts"]["reports"]["codequality"]),
        "RECPOL_JUNIT": str(tmp_path / job["artifacts"]["reports"]["junit"]),
    }
    done = bash("\n".join(job["script"]), tmp_path, **values)
    assert done.returncode == 1
    assert done.stdout.startswith("error: a plain `record`")
    assert len(json.loads(Path(values["RECPOL_REPORT"]).read_text())) == 1
    assert "<failure" in Path(values["RECPOL_JUNIT"]).read_text()
    (tmp_path / "voice" / "board.recpol").write_text(GOOD)
    assert bash("\n".join(job["script"]), tmp_path, **values).returncode == 0
    done = bash("\n".join(job["script"]), tmp_path, **(values | {"RECPOL_COMPILE_CHECK": "true"}))
    assert done.returncode == 1, "nothing is compiled yet"


def test_the_files_run_commands_that_there_are() -> None:
    from recpol.cli.commands import COMMAND_BY_NAME

    scripts = [hook["entry"] for hook in HOOKS]
    scripts += [line for one in ACTION["runs"]["steps"] for line in one["run"].splitlines()]
    scripts += TEMPLATE["recpol"]["script"] + TEMPLATE["recpol-diff"]["script"]
    said = [shlex.split(line, comments=True)[1] for line in scripts if line.startswith("recpol ")]
    assert set(said) == {"fmt", "lint", "compile", "diff"}
    assert set(said) <= set(COMMAND_BY_NAME)
