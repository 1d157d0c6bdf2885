"""The page on testing, `docs/testing.md`: its policies and test files are put into a folder and its commands run there.

A block `recpol` is the file of its policy's name, a block `yaml` the file that its first line names; a block `console`
holds a command with what it prints, on standard output and then on standard error. The block `text` is a terminal.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from recpol.base.source import Source
from recpol.calls.scenario import FORMS, read_scenario
from recpol.cli.main import run
from recpol.policytest.read import CASE_KEYS, KEYS
from terminal import Terminal

PAGE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def cells(heading: str) -> list[str]:
    """The first cells of the tables below a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]*) \|", section, re.MULTILINE)
    return [row.strip() for row in rows if row.strip("- ") not in ("", "step", "key")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for text in blocks("recpol"):
        named = re.search(r"^policy (\S+)$", text, re.MULTILINE)
        assert named is not None
        (tmp_path / f"{named[1]}.recpol").write_text(text, "utf-8")
    for text in blocks("yaml"):
        named = re.match(r"# (\S+\.test\.yaml)\n", text)
        assert named is not None
        (tmp_path / named[1]).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def test_there_are_examples() -> None:
    assert (len(blocks("recpol")), len(blocks("yaml")), len(blocks("text"))) == (1, 3, 1)
    assert len(blocks("console")) == 6


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.partition("\n")[0])
def test_a_command_prints_what_the_page_shows(block: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command, _, shown = block.partition("\n")
    program, *words = shlex.split(command.removeprefix("$ "))
    assert program == "recpol"
    status = run(words)
    said = capsys.readouterr()
    assert said.out + said.err == shown
    assert status == int("error:" in shown or "less than" in shown)


def test_the_terminal_shows_what_the_page_shows(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("1", "quit"))
    assert run(["simulate", "orders.recpol"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(blocks("text")[0])
    assert said.endswith("this call as a scenario: press 1\n")


def test_every_step_is_on_the_page_and_every_step_of_the_page_exists() -> None:
    steps = [step for cell in cells("Steps of a call") for step in re.findall(r"`([^`]+)`", cell)]
    for step in steps:
        assert read_scenario(Source("page", step)).findings == (), step
    words = {step.split()[0] for step in steps}
    assert {form.split()[0] for form in FORMS} <= words
    assert len(steps) >= len(FORMS)


def test_every_key_is_on_the_page_and_every_key_of_the_page_exists() -> None:
    keys = [key for cell in cells("Test files") for key in re.findall(r"`([^`]+)`", cell)]
    assert sorted(keys) == sorted([*KEYS, *CASE_KEYS])
