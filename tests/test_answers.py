"""`target` and `answers` in policies: what goes before what, and what two policies of a run answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import recpol
from shells import Shell, shell_in

DESK = "policy {name}\n{more}\non ice {{ connect pstn +46850020000 }}\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return shell_in(tmp_path, monkeypatch, capsys)


def desk(name: str = "desk", *more: str) -> str:
    return DESK.format(name=name, more="\n".join(more))


@pytest.mark.parametrize(
    ("written", "settings", "words", "target"),
    [
        ("target svaml2", "", (), "svaml2"),
        ("target svaml2", "targets: classic\n", (), "svaml2"),
        ("target svaml2", "targets: classic\n", ("--target", "svaml1"), "svaml1"),
        ("", "targets: classic\n", (), "classic"),
    ],
)
def test_the_policy_goes_before_the_settings_and_the_command_line_before_both(
    shell: Shell, tmp_path: Path, written: str, settings: str, words: tuple[str, ...], target: str
) -> None:
    done = shell(
        "compile", *words, "desk.recpol", files={"desk.recpol": desk("desk", written), "recpol.yaml": settings}
    )
    assert done.status == 0
    assert json.loads((tmp_path / "build/desk/manifest.json").read_text("utf-8"))["target"] == target


def test_a_rules_file_may_say_the_target_and_the_policy_goes_before_it(shell: Shell, tmp_path: Path) -> None:
    rules = {"company.recpol": "rules company\ntarget svaml2\n"}
    used = desk("desk", 'use "company.recpol"')
    own = desk("own", 'use "company.recpol"', "target svaml1")
    done = shell("compile", "desk.recpol", "own.recpol", files={**rules, "desk.recpol": used, "own.recpol": own})
    assert done.status == 0
    found = {path.parent.name: json.loads(path.read_text("utf-8")) for path in tmp_path.glob("build/*/manifest.json")}
    assert {name: manifest["target"] for name, manifest in found.items()} == {"desk": "svaml2", "own": "svaml1"}


def test_policies_of_one_and_of_several_targets_lie_side_by_side(shell: Shell, tmp_path: Path) -> None:
    files = {"desk.recpol": desk(), "both.recpol": desk("both", "target svaml1, svaml2")}
    assert shell("compile", "desk.recpol", "both.recpol", files=files).status == 0
    folders = {path.parent.relative_to(tmp_path / "build").as_posix() for path in tmp_path.rglob("manifest.json")}
    assert folders == {"desk", "svaml1/both", "svaml2/both"}


def test_the_programming_interface_reads_the_target_too() -> None:
    result = recpol.compile(desk("desk", "target svaml2"))
    assert (result.ok, sorted(result.files)) == (True, ["incoming.json", "manifest.json"])
    assert sorted(recpol.compile(desk("desk", "target svaml2"), targets=["svaml1"]).files) == [
        "ice.json",
        "manifest.json",
    ]


@pytest.mark.parametrize("command", ["lint", "compile"])
def test_two_policies_that_answer_one_number_are_found_with_both_places(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    files = {
        "a.recpol": desk("a", 'answers "+442079460104"'),
        "b.recpol": desk("b", "answers +442079460104"),
        "c.recpol": desk("c", 'answers "+442079460105"'),
    }
    done = shell(command, *files, files=files)
    said = done.out + done.err
    assert done.status == 1
    assert "`b` and `a` both answer `+442079460104`" in said
    assert "b.recpol:2:9" in said
    assert "answered by `a`" in said
    if command == "compile":
        assert sorted(path.name for path in (tmp_path / "build").iterdir()) == ["c"]


def test_explain_says_what_a_policy_answers(shell: Shell) -> None:
    text = desk("desk", "answers +442079460104, +442079460105", 'answers application "9e2c"')
    done = shell("explain", "desk.recpol", files={"desk.recpol": text})
    assert "It answers +442079460104, +442079460105 and the application `9e2c`." in " ".join(done.out.split())
