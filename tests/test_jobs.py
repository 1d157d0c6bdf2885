"""Work shared out to processes: what is said, written and kept is the same however many there are."""

from __future__ import annotations

import errno
import importlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recpol.cli.main import run
from recpol.workspace import disk, workers

Said = tuple[int, str, str]

RULES = """\
rules shared
store calls { url "s3://acme/calls/" credentials env S3_CREDENTIALS }
store spare { url "s3://acme/spare/one.mp3" credentials env S3_CREDENTIALS }  # allow fixed-file-name: one is enough
"""
GOOD = """\
policy {name}
use "rules/shared.recpol"
locale en-GB
answers "+4685002000{n}"
on ice {{ answer say "Recorded." record to calls {{ connect pstn +46850020000 }} }}
"""
WRONG = 'policy {name}\nuse "rules/shared.recpol"\non ice {{ record to call {{ connect pstn 46850020000 }} }}\n'
ROOM = """\
policy {name}
use "rules/shared.recpol"
on ice {{ record call to calls {{ connect conference "board" }} }}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules/shared.recpol").write_text(RULES, "utf-8")
    for n, text in enumerate([GOOD, WRONG, ROOM, GOOD, GOOD, ROOM, WRONG, GOOD]):
        (folder / f"p{n}.recpol").write_text(text.format(name=f"p{n}", n=n % 7), "utf-8")
    return folder


@pytest.fixture
def said(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    monkeypatch.chdir(project)

    def call(*words: str) -> Said:
        return (run(words), *capsys.readouterr())

    return call


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "."),
        ("lint", ".", "--output-format", "sarif", "--strict"),
        ("lint", "p0.recpol", "p1.recpol", "--statistics"),
        ("compile", ".", "-o", "build"),
        ("compile", "p3.recpol", "p4.recpol", "-o", "build", "--target", "svaml1", "--target", "classic"),
    ],
)
def test_the_number_of_processes_changes_nothing(
    words: tuple[str, ...], project: Path, said: Callable[..., Said]
) -> None:
    outcomes = []
    for jobs in ("1", "2", "5"):
        first, again = said(*words, "--jobs", jobs), said(*words, "--jobs", jobs)
        written = {file.relative_to(project): file.read_bytes() for file in project.glob("build/**/*.json")}
        outcomes.append((first, again, written))
        shutil.rmtree(project / "build", ignore_errors=True)
    assert outcomes.count(outcomes[0]) == 3
    assert bool(outcomes[0][2]) == (words[0] == "compile")


def test_a_file_that_cannot_be_read_is_told_as_by_one_process(project: Path, said: Callable[..., Said]) -> None:
    (project / "p5.recpol").unlink()
    (project / "p5.recpol").symlink_to("/etc/hostname")
    (project / "p6.recpol").write_bytes(b"\xff\xfe")
    assert said("lint", ".", "--jobs", "3") == said("lint", ".", "--jobs", "1")
    assert said("compile", ".", "--jobs", "3") == said("compile", ".", "--jobs", "1")


def test_what_a_process_leaves_undone_is_done_by_the_one_that_waits(
    said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = said("lint", ".", "--jobs", "1")
    parent, real = os.getpid(), workers._pickled  # noqa: SLF001  where a process can fail last

    def dies(value: Any) -> bytes:
        if os.getpid() != parent:
            os.kill(os.getpid(), 9)
        return real(value)

    monkeypatch.setattr(workers, "_pickled", dies)
    assert said("lint", ".", "--jobs", "3") == expected


@pytest.mark.parametrize("jobs", [1, 2, 3, 20])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 257, 1000])
def test_every_piece_is_done_and_in_its_place(jobs: int, count: int) -> None:
    assert workers.shared_out(range(count), jobs, str, dict) == list(map(str, range(count)))


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("bad", [{0, 1}, {1, 2, 3}, {17, 300}, {600, 998, 999}])
def test_the_first_piece_that_raises_is_told_whoever_did_it(jobs: int, bad: set[int]) -> None:
    def work(piece: int) -> int:
        if piece in bad:
            raise ValueError(piece)
        return piece

    before = open_files()
    with pytest.raises(ValueError, match=f"^{min(bad)}$"):
        workers.shared_out(range(1000), jobs, work, dict)
    assert open_files() == before


@pytest.mark.parametrize(("call", "given"), [("fork", 0), ("fork", 1), ("pipe", 1)])
def test_where_the_system_gives_no_more_processes_this_one_does_the_work(
    call: str, given: int, said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = said("lint", ".", "--jobs", "1")
    real, left, before = getattr(os, call), [None] * given, open_files()

    def refuses() -> Any:
        if not left:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        left.pop()
        return real()

    monkeypatch.setattr(os, call, refuses)
    assert said("lint", ".", "--jobs", "3") == expected
    assert (left, open_files()) == ([], before)


def open_files() -> set[str]:
    """What this process has open, where the system says so."""
    listed = Path("/proc/self/fd")
    return {one.name for one in listed.iterdir()} if listed.is_dir() else set()


def test_what_other_processes_have_read_counts_in_the_cache(
    project: Path, tmp_path: Path, said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECPOL_CACHE", str(tmp_path / "cache"))
    words = ("lint", "p0.recpol", "p3.recpol", "p4.recpol", "p7.recpol", "--jobs", "3")
    clean = said(*words)
    assert clean[0] == said(*words)[0] == 1  # two of them answer one number
    for name in ("p3.recpol", "p4.recpol", "rules/shared.recpol"):
        text = (project / name).read_text("utf-8")
        (project / name).write_text(text + "wrong\n", "utf-8")
        got = said(*words)
        assert got != clean
        assert got == said(*words, "--no-cache")
        (project / name).write_text(text, "utf-8")
        assert said(*words) == clean


def test_code_that_only_another_process_loads_counts_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loaded_elsewhere.py").write_text("", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    log, parent = disk.DiskLog(), os.getpid()

    def work(piece: int) -> int:
        if os.getpid() != parent:
            importlib.import_module("loaded_elsewhere")
        return piece

    with log:
        assert workers.shared_out([1, 2, 3, 4], 2, work, dict) == [1, 2, 3, 4]
    assert "loaded_elsewhere" not in sys.modules
    assert str(tmp_path / "loaded_elsewhere.py") in log.code


@pytest.mark.parametrize("word", ["0", "-1", "two", "", "1000", "²"])
def test_another_number_of_processes_is_refused(word: str, said: Callable[..., Said]) -> None:
    status, _, err = said("lint", ".", f"--jobs={word}")
    assert status == 2
    assert "write a number from 1 to 999" in err
