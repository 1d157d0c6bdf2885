"""`recpol lint`: which report goes where, counts, and levels per path."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

import recpol
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.rules.check import check
from recpol.settings.levels import Levels
from recpol.settings.patterns import path_pattern
from shells import Done, Shell

BOARD = """\
policy board
store b { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
on ice { record { connect conference "board" } }
"""

WARNED = """\
policy warned
on ice { hangup }
on ace { hangup }
"""

FILES = {"board.recpol": BOARD, "warned.recpol": WARNED}


def test_one_run_writes_several_reports(shell: Shell, tmp_path: Path) -> None:
    words = [
        "--output-format",
        "sarif=out.sarif",
        "--output-format=junit=out.xml",
        "--output-format",
        "gitlab=out.json",
    ]
    done = shell("lint", ".", *words, "--output-format", "concise", files=FILES)
    assert done.status == 1
    assert [line.rpartition("[")[2] for line in done.out.splitlines()] == ["conference-scope]", "unreachable-handler]"]
    assert len(json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]) == 2
    assert ElementTree.parse(tmp_path / "out.xml").getroot().get("tests") == "2"
    assert len(json.loads((tmp_path / "out.json").read_text())) == 2
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("out")) == sorted(
        ["out.sarif", "out.xml", "out.json"]
    )


def test_with_files_alone_the_closing_line_is_left(shell: Shell) -> None:
    done = shell("lint", ".", "--output-format", "sarif=out.sarif", files=FILES)
    assert done == Done(1, "1 error, 1 warning in 2 files\n", "")


def test_o_takes_the_report_that_has_no_file(shell: Shell, tmp_path: Path) -> None:
    done = shell("lint", "board.recpol", "-o", "said.txt", files=FILES)
    assert done == Done(1, "1 error in 1 file\n", "")
    assert (tmp_path / "said.txt").read_text().startswith("error: a plain `record`")
    words = ["--output-format", "github", "-o", "said.txt", "--output-format", "json=out.json"]
    assert shell("lint", "board.recpol", *words).status == 1
    assert (tmp_path / "said.txt").read_text().startswith("::error file=board.recpol,")
    assert json.loads((tmp_path / "out.json").read_text())["findings"]
    assert shell("lint", "warned.recpol", "-o", "said.txt").status == 0
    assert (tmp_path / "said.txt").read_text().endswith("1 warning in 1 file\n"), "the old report is gone"


def test_a_file_has_no_colours_unless_they_are_asked_for(shell: Shell, tmp_path: Path) -> None:
    shell("lint", "board.recpol", "-o", "said.txt", files=FILES)
    assert "\x1b" not in (tmp_path / "said.txt").read_text()
    shell("lint", "board.recpol", "-o", "said.txt", "--color", "always")
    assert "\x1b" in (tmp_path / "said.txt").read_text()
    shell("lint", "board.recpol", "--output-format", "junit", "-o", "said.txt", "--color", "always")
    assert "\x1b" not in (tmp_path / "said.txt").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output-format", "full", "--output-format", "json"], "both `full` and `json` would go to one place"),
        (["--output-format", "json", "--statistics"], "both `json` and `--statistics` would go to one place"),
        (["--output-format", "json=x", "-o", "y"], "`-o` names a file, and every format has one already"),
        (["--output-format", "json=x", "--output-format", "sarif=./x"], "would go to one file"),
        (["--output-format", "sarif="], "names no file"),
        (["--output-format", "srif=x"], "did you mean `sarif`?"),
        (["-o", "missing/x"], "there is no such file or folder"),
        (["-o", "."], "it is a folder"),
        (["-o", "a\0b"], "it is no name of a file"),
    ],
)
def test_what_cannot_be_written_says_why(shell: Shell, tmp_path: Path, words: list[str], said: str) -> None:
    done = shell("lint", "board.recpol", *words, files=FILES)
    assert done.status == 2
    assert said in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_a_report_keeps_the_permissions_of_its_file(shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "out.sarif"
    report.write_text("old")
    report.chmod(0o640)
    assert shell("lint", ".", "--output-format", "sarif=out.sarif", files=FILES).status == 1
    assert report.stat().st_mode & 0o777 == 0o640
    assert json.loads(report.read_text())["version"] == "2.1.0"


def test_a_report_can_go_into_a_device(shell: Shell) -> None:
    assert shell("lint", "board.recpol", "-o", os.devnull, files=FILES).status == 1
    assert not Path(os.devnull).is_file()


def test_reports_name_files_from_the_top_of_the_repository(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "voice").mkdir()
    monkeypatch.chdir(tmp_path / "voice")
    done = shell("lint", "board.recpol", "--output-format", "github", files={"voice/board.recpol": BOARD})
    assert "file=voice/board.recpol," in done.out
    assert "board.recpol:3:10: " in shell("lint", ".", "--output-format", "concise").out


def test_the_address_of_the_pages_comes_from_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def first() -> str:
        document = json.loads(shell("lint", "board.recpol", "--output-format", "sarif", files=FILES).out)
        driver = document["runs"][0]["tool"]["driver"]
        assert driver["semanticVersion"] == recpol.__version__
        address: str = driver["rules"][0]["helpUri"]
        return address

    assert first() == "recpol:docs/rules.md#syntax-error"
    monkeypatch.setenv("RECPOL_DOCS", "https://acme.example/rules.html")
    assert first() == "https://acme.example/rules.html#syntax-error"


def test_what_could_not_be_read_is_in_the_report(shell: Shell) -> None:
    os.mkfifo("pipe.recpol")
    done = shell("lint", "pipe.recpol", "board.recpol", "--output-format", "sarif", files=FILES)
    assert done.status == 2
    assert "pipe.recpol" in done.err
    assert json.loads(done.out)["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_statistics_take_the_place_of_the_findings(shell: Shell) -> None:
    done = shell("lint", ".", "--statistics", files=FILES)
    assert done.status == 1
    assert [line.split()[:3] for line in done.out.splitlines()[:2]] == [
        ["1", "error", "conference-scope"],
        ["1", "warning", "unreachable-handler"],
    ]
    assert done.out.endswith("\n\n1 error, 1 warning in 2 files\n")
    assert shell("lint", "--statistics", "-", stdin="policy a\non ice { hangup }\n").out == "no findings in 1 file\n"


# Levels per path


def levels(settings: str) -> dict[str, str]:
    return {"recpol.yaml": settings}


def test_a_path_has_levels_of_its_own(shell: Shell) -> None:
    files = {"legacy/old.recpol": WARNED, "new.recpol": WARNED.replace("warned", "new")}
    off = 'paths: {"legacy/**": {rules: {unreachable-handler: off}}}\n'
    done = shell("lint", "--output-format", "concise", files={**files, **levels(off)})
    assert done.out.count("\n") == 1
    assert done.out.startswith("new.recpol:3:4: warning:")
    strict = "rules: {unreachable-handler: error}\npaths: {legacy: {rules: {unreachable-handler: info}}}\n"
    done = shell("lint", "--output-format", "concise", files=levels(strict))
    assert [line.split()[1] for line in done.out.splitlines()] == ["info:", "error:"]
    later = (
        "rules: {unreachable-handler: off}\n"
        'paths: {"**": {rules: {unreachable-handler: info}}, "*.recpol": {rules: {unreachable-handler: error}}}\n'
    )
    done = shell("lint", "--output-format", "concise", files=levels(later))
    assert [line.split()[1] for line in done.out.splitlines()] == ["info:", "error:"], "the later pattern counts"


def test_a_path_counts_from_the_project_folder(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = 'paths: {"legacy/*.recpol": {rules: {unreachable-handler: off}}}\n'
    shell("--version", files={"legacy/old.recpol": WARNED, **levels(settings)})
    monkeypatch.chdir(tmp_path / "legacy")
    assert shell("lint", "old.recpol").out == "no findings in 1 file\n"
    assert shell("compile", "old.recpol", "--strict", "-o", "out").status == 0
    assert recpol.lint(tmp_path / "legacy" / "old.recpol") == ()
    (found,) = recpol.lint(tmp_path / "legacy" / "old.recpol", levels={"unreachable-handler": "error"})
    assert found.level == "error", "what a caller asks for goes before the settings"


def test_what_guards_the_output_has_no_level_per_path(shell: Shell) -> None:
    settings = 'paths: {"**": {rules: {conference-scope: off}}}\n'
    got = shell("lint", files={"board.recpol": BOARD, **levels(settings)})
    assert got.status == 2
    assert "`conference-scope` always speaks" in got.err


def test_the_file_of_the_finding_counts_not_that_of_the_policy() -> None:
    store = 'store s { url "s3://acme-calls/" credentials env KEY }  # allow unused-store: not yet'
    text = f"policy a\n{store}\non ice {{ hangup }}\non ace {{ hangup }}\n"
    got = program(Source("legacy/a.recpol", text))
    rules = {"unused-store": "off", "unreachable-handler": "off"}
    here, elsewhere = ((path_pattern(pattern), rules) for pattern in ("legacy", "other"))
    assert check(got, Levels(within=(here,))).findings == (), "and a suppression of what is off is not idle"  # type: ignore[arg-type]  # a plain dict of words
    assert [found.rule for found in check(got, Levels(within=(elsewhere,))).findings] == ["unreachable-handler"]  # type: ignore[arg-type]  # a plain dict of words


@pytest.mark.parametrize(
    ("pattern", "matches", "misses"),
    [
        ("legacy/**", ["legacy/a.recpol", "legacy/b/c.recpol"], ["legacy", "a.recpol", "x/legacy/a.recpol"]),
        ("legacy", ["legacy/a.recpol", "legacy/b/c.recpol", "legacy"], ["legacy2/a.recpol"]),
        ("./legacy/", ["legacy/a.recpol"], ["a.recpol"]),
        ("legacy/*.recpol", ["legacy/a.recpol"], ["legacy/b/c.recpol", "legacy/a_recpol"]),
        ("**/old-?.recpol", ["old-1.recpol", "a/b/old-2.recpol"], ["old-12.recpol", "a/old-.recpol"]),
        ("a.recpol", ["a.recpol"], ["b/a.recpol", "axrecpol"]),
        (".", ["a.recpol", "b/c.recpol"], []),
        ("a[b", ["a[b"], ["ab"]),
        ("**/x/**/y", ["x/y", "a/x/y", "x/b/c/y"], ["y", "x", "ax/y", "x//y"]),
        ("*a" * 40 + "b", ["a" * 40 + "b"], ["a" * 4000]),
        ("**/" * 40 + "b", ["a/" * 40 + "b"], ["a/" * 4000 + "c"]),
    ],
)
def test_patterns(pattern: str, matches: list[str], misses: list[str]) -> None:
    glob = path_pattern(pattern)
    assert [path for path in matches + misses if glob.fits(path)] == matches
