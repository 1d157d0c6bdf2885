"""The page about old replies: its commands are run, one after another, in a copy of the folder that it is about.

A block `json` or `yaml` after a line "`PATH`:" is written to that file first. A command that ends with `# status 1`
must end so, any other with 0. `pre-commit` shows what its hook prints, below a line of its own.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "legacy.md"
FOLDER = Path(__file__).parent / "data" / "legacy"
RECPOL = Path(sys.executable).parent / "recpol"
HOOKS = {hook["id"]: hook["entry"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}

_BLOCK = re.compile(r"(?:^`([\w./-]+)`:\n\n)?^```(console|json|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A file to write, or a command to run with what it must print."""

    path: str
    text: str
    command: str = ""
    status: int = 0


def steps(page: str) -> Iterator[Step]:
    for path, kind, text in _BLOCK.findall(page):
        if kind != "console":
            yield Step(path, text)
            continue
        for told in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, printed = told.partition("\n")
            command, _, status = line.partition("# status ")
            yield Step("", printed, command.strip(), int(status or 0))


def ran(words: list[str], folder: Path) -> tuple[str, int]:
    done = subprocess.run(
        [str(RECPOL), *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout, done.returncode


def run(command: str, folder: Path) -> tuple[str, int]:
    """What a command prints, and its exit status; pre-commit as it shows the hook of its settings."""
    words = shlex.split(command)
    if words[0] == "recpol":
        return ran(words[1:], folder)
    assert words == ["pre-commit", "run", "--all-files"]
    (repository,) = yaml.safe_load((folder / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    (hook,) = repository["hooks"]
    printed, status = ran([*shlex.split(HOOKS[hook["id"]])[1:], *hook["args"]], folder)
    name = "recpol lint"
    if status == 0:
        return f"{name}{'.' * (79 - len(name) - len('Passed'))}Passed\n", 0
    head = f"{name}{'.' * (79 - len(name) - len('Failed'))}Failed\n- hook id: {hook['id']}\n- exit code: {status}\n\n"
    return f"{head}{printed}\n", status


def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "legacy"
    shutil.copytree(FOLDER, folder)
    commands = 0
    for step in steps(PAGE.read_text("utf-8")):
        if step.command:
            commands += 1
            assert run(step.command, folder) == (step.text, step.status), step.command
        elif step.path:
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.path).write_text(step.text, "utf-8")
    assert commands >= 8


@pytest.mark.parametrize("path", sorted((FOLDER / "replies").iterdir()), ids=lambda path: path.name)
def test_a_reply_of_the_folder_shows_a_mistake_or_is_the_other_half_of_one(path: Path) -> None:
    assert path.suffix == ".json"
    assert path.read_text("utf-8").endswith("}\n")


def test_the_settings_of_ci_are_settings() -> None:
    blocks = [(path, text) for path, kind, text in _BLOCK.findall(PAGE.read_text("utf-8")) if kind != "console"]
    for path, text in blocks:
        assert json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
