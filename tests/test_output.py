"""Writing what was compiled: all or none, nothing touched that is right already, nothing removed that is not ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.output import MANIFEST, Policies, StaleFile, compare_all, write_all


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder that does not exist yet, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "build"


def policy(name: str, **replies: str) -> tuple[str, dict[str, bytes]]:
    """A compiled policy: reply files by their name without the suffix, and the manifest that lists them."""
    files = {f"{reply}.json": text.encode() for reply, text in replies.items()}
    manifest = {"replies": [{"file": file} for file in files]}
    return name, {**files, MANIFEST: json.dumps(manifest).encode()}


def on_disk(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, temporary ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def times(folder: Path) -> dict[str, tuple[int, int]]:
    """What changes when a file is touched."""
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*")}


FIRST: Policies = [policy("desk", ice="1", ace="2"), policy("board", ice="3")]
SECOND: Policies = [policy("desk", ice="1 new", pie="4"), policy("board", ice="3", ace="5"), policy("extra", ice="6")]


def test_folders_are_made_and_files_written(out: Path) -> None:
    report = write_all(str(out / "deep" / "er"), FIRST)
    assert on_disk(out / "deep" / "er") == {
        "desk/ice.json": b"1",
        "desk/ace.json": b"2",
        "desk/manifest.json": FIRST[0][1][MANIFEST],
        "board/ice.json": b"3",
        "board/manifest.json": FIRST[1][1][MANIFEST],
    }
    assert [(done.policy, done.folder, done.files) for done in report.policies] == [
        ("desk", "build/deep/er/desk", 3),
        ("board", "build/deep/er/board", 2),
    ]
    assert report.policies[0].changed == ("ice.json", "ace.json", MANIFEST)


def test_nothing_is_touched_that_is_right_already(out: Path) -> None:
    write_all(str(out), FIRST)
    before = times(out)
    report = write_all(str(out), FIRST)
    assert times(out) == before
    assert [(done.changed, done.removed) for done in report.policies] == [((), ())] * 2


def test_only_what_differs_is_written_and_what_is_stale_removed(out: Path) -> None:
    write_all(str(out), FIRST)
    before = times(out / "board")
    report = write_all(str(out), SECOND)
    assert on_disk(out) == {f"{name}/{file}": data for name, files in SECOND for file, data in files.items()}
    assert [(done.changed, done.removed) for done in report.policies] == [
        (("ice.json", "pie.json", MANIFEST), ("ace.json",)),
        (("ace.json", MANIFEST), ()),
        (("ice.json", MANIFEST), ()),
    ]
    assert times(out / "board")["ice.json"] == before["ice.json"]


def test_new_files_have_the_usual_permissions(out: Path) -> None:
    old = os.umask(0o027)
    try:
        write_all(str(out), FIRST)
    finally:
        os.umask(old)
    assert (out / "desk" / "ice.json").stat().st_mode & 0o777 == 0o640


def test_what_a_killed_run_left_behind_is_no_obstacle(out: Path) -> None:
    (out / "desk").mkdir(parents=True)
    (out / "desk" / f".ice.json.{os.getpid()}.tmp").write_text("half")
    write_all(str(out), FIRST[:1])
    assert sorted(path.name for path in (out / "desk").iterdir()) == ["ace.json", "ice.json", MANIFEST]


# Removing


def test_only_what_the_manifest_lists_is_removed(out: Path) -> None:
    write_all(str(out), FIRST)
    (out / "desk" / "notes.json").write_text("mine")
    (out / "mine.json").write_text("mine")
    write_all(str(out), [policy("desk", pie="4")])
    assert sorted(on_disk(out)) == [
        "board/ice.json",
        "board/manifest.json",
        "desk/manifest.json",
        "desk/notes.json",
        "desk/pie.json",
        "mine.json",
    ]


@pytest.mark.parametrize(
    "listed",
    [
        "../mine.json", "/etc/mine.json", "sub/mine.json", "mine.txt", "folder.json", "link.json", ".hidden.json", "..",
        "", "..json", "x\\mine.json", 5, None, ["mine.json"],
    ],
)  # fmt: skip
def test_a_manifest_that_somebody_edited_removes_nothing_else(out: Path, listed: object) -> None:
    desk = out / "desk"
    (desk / "sub").mkdir(parents=True)
    (desk / "folder.json").mkdir()
    mine = [out / "mine.json", desk / "sub" / "mine.json", desk / "mine.txt", desk / ".hidden.json", desk / "..json"]
    for path in mine:
        path.write_text("mine")
    (desk / "link.json").symlink_to(mine[0])
    (desk / MANIFEST).write_text(json.dumps({"replies": [{"file": listed}]}))
    write_all(str(out), [policy("desk", ice="1")])
    assert all(path.read_text() == "mine" for path in [*mine, desk / "link.json"])
    assert (desk / "folder.json").is_dir()


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"5", b'{"replies": 5}', b'{"replies": [5]}', b"\xff", b"[" * 100_000, b'{"replies":[{}]}'],
)
def test_a_manifest_that_is_none_is_replaced(out: Path, manifest: bytes) -> None:
    (out / "desk").mkdir(parents=True)
    (out / "desk" / MANIFEST).write_bytes(manifest)
    (out / "desk" / "ice.json").write_bytes(b"old")
    write_all(str(out), FIRST[:1])
    assert on_disk(out / "desk") == dict(FIRST[0][1])


# Failing


def refused(out: Path, policies: Policies) -> tuple[str, str]:
    with pytest.raises(CannotRun) as caught:
        write_all(str(out), policies)
    return caught.value.message, caught.value.help


AS_BEFORE = "make it writable or choose another folder with `-o`; the output is as it was before"


def test_the_output_folder_is_a_file(out: Path) -> None:
    out.write_text("mine")
    message = "cannot write `build/desk`: a part of the path is a file, not a folder"
    assert refused(out, FIRST) == (message, AS_BEFORE)
    assert out.read_text() == "mine"


def test_a_file_is_where_a_policys_folder_should_be(out: Path) -> None:
    out.mkdir()
    (out / "board").write_text("mine")
    assert refused(out, FIRST)[0] == "cannot write `build/board`: a part of the path is a file, not a folder"
    assert on_disk(out) == {"board": b"mine"}
    assert not (out / "desk").exists(), "the folder of the first policy is gone again"


def test_something_else_is_where_a_file_should_be(out: Path) -> None:
    write_all(str(out), FIRST)
    before = on_disk(out)
    (out / "extra" / "ice.json").mkdir(parents=True)
    assert refused(out, SECOND)[0] == "cannot write `build/extra/ice.json`: it is a folder"
    assert on_disk(out) == before
    (out / "extra" / "ice.json").rmdir()
    os.mkfifo(out / "extra" / "ice.json")
    assert refused(out, SECOND)[0] == "cannot write `build/extra/ice.json`: it is not a regular file"
    assert on_disk(out) == before


def test_a_policy_name_that_is_too_long_for_the_disk(out: Path) -> None:
    assert refused(out, [policy("x" * 300, ice="1")])[0].endswith(": the name is too long")
    assert not out.exists()


class _Failing:
    """Stands for a function of `os` that works `after` times and then fails with `problem`."""

    def __init__(self, name: str, after: int, problem: BaseException, times: int = 1) -> None:
        self.name, self.after, self.problem, self.times = name, after, problem, times
        self.real = getattr(os, name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.after -= 1
        if -self.times <= self.after < 0:
            raise self.problem
        return self.real(*arguments, **options)


@pytest.mark.parametrize("call", ["open", "write", "close", "replace", "unlink", "mkdir"])
@pytest.mark.parametrize("after", range(9))
def test_whatever_fails_the_output_is_as_it_was(
    out: Path, monkeypatch: pytest.MonkeyPatch, call: str, after: int
) -> None:
    write_all(str(out), FIRST)
    before = on_disk(out)
    folders = sorted(path.name for path in out.iterdir())
    failing = _Failing(call, after, OSError(28, "No space left on device"))
    monkeypatch.setattr(os, call, failing)
    problem = None
    try:
        write_all(str(out), SECOND)
    except CannotRun as caught:
        problem = caught
    if problem is None:
        assert failing.after >= 0, "it failed and nobody noticed"
        assert on_disk(out) == {f"{name}/{file}": data for name, files in SECOND for file, data in files.items()}
        return
    assert problem.message.endswith(": the disk is full")
    assert problem.message.startswith("cannot write `build")
    assert ".tmp" not in problem.message
    assert problem.help == AS_BEFORE
    assert on_disk(out) == before
    assert sorted(path.name for path in out.iterdir()) == folders


@pytest.mark.parametrize(("call", "least"), [("open", 9), ("write", 7), ("replace", 7), ("unlink", 1), ("mkdir", 1)])
def test_the_failures_above_do_happen(out: Path, monkeypatch: pytest.MonkeyPatch, call: str, least: int) -> None:
    """A function that is never called could not fail."""
    write_all(str(out), FIRST)
    failing = _Failing(call, 1000, AssertionError())
    monkeypatch.setattr(os, call, failing)
    write_all(str(out), SECOND)
    assert 1000 - failing.after >= least


def test_an_interrupted_run_leaves_the_output_as_it_was(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(str(out), FIRST)
    before = on_disk(out)
    monkeypatch.setattr(os, "replace", _Failing("replace", 3, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_all(str(out), SECOND)
    assert on_disk(out) == before


def test_when_nothing_can_be_put_back_that_is_said(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(str(out), FIRST)
    broken = OSError(5, "Input/output error", ".pie.json.1.tmp", None, str(out / "desk" / "pie.json"))
    monkeypatch.setattr(os, "replace", _Failing("replace", 1, broken, times=99))
    message, help_ = refused(out, SECOND)
    assert message == "cannot write `build/desk/pie.json`: the disk cannot be read or written"
    assert help_ == "compile again: the output is part old and part new now"
    assert not [name for name in on_disk(out) if name.endswith(".tmp")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_in_earnest(out: Path) -> None:
    write_all(str(out), FIRST)
    before = on_disk(out)
    (out / "board").chmod(0o500)
    assert refused(out, SECOND)[0] == "cannot write `build/board/ace.json`: no permission"
    (out / "board").chmod(0o700)
    assert on_disk(out) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB; only root may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run([umount, disk], check=True)


def test_a_full_disk_in_earnest(small_disk: Path) -> None:
    write_all(str(small_disk / "build"), FIRST)
    before = on_disk(small_disk)
    large: Policies = [policy("desk", ice="new", ace="x" * 100_000)]
    message, help_ = refused(small_disk / "build", large)
    assert message.endswith("build/desk/ace.json`: the disk is full")
    assert help_ == AS_BEFORE
    assert on_disk(small_disk) == before


# Comparing


def test_comparing_says_what_writing_would_change(out: Path) -> None:
    assert {difference.kind for difference in compare_all(str(out), FIRST)} == {"missing"}
    write_all(str(out), FIRST)
    assert compare_all(str(out), FIRST) == ()
    before = times(out)
    assert compare_all(str(out), SECOND) == (
        StaleFile("desk", "build/desk/ice.json", "different"),
        StaleFile("desk", "build/desk/pie.json", "missing"),
        StaleFile("desk", "build/desk/manifest.json", "different"),
        StaleFile("desk", "build/desk/ace.json", "stale"),
        StaleFile("board", "build/board/ace.json", "missing"),
        StaleFile("board", "build/board/manifest.json", "different"),
        StaleFile("extra", "build/extra/ice.json", "missing"),
        StaleFile("extra", "build/extra/manifest.json", "missing"),
    )
    assert times(out) == before


def test_comparing_with_something_unreadable(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out.write_text("a file")
    with pytest.raises(CannotRun, match=r"cannot read `build/desk/ice\.json`: a part of the path is a file"):
        compare_all(str(out), FIRST)

    def denied(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", "ice.json")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(CannotRun, match="no permission"):
        compare_all(str(out), FIRST)
