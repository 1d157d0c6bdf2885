"""Writing what was compiled: all or none, nothing touched that is right already, nothing removed that is not ours."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ordinary import as_ordinary_user
from recpol.targets.filenames import MANIFEST
from recpol.workspace import atomic
from recpol.workspace.atomic import locked
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.output import STAGING, Policies, StaleFile, compare_all, write_all


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
    message = "cannot write `build`: a part of the path is a file, not a folder"
    assert refused(out, FIRST) == (message, AS_BEFORE)
    assert out.read_text() == "mine"


def test_the_output_folder_is_a_link_to_nothing(out: Path) -> None:
    out.symlink_to("nowhere")
    assert refused(out, FIRST)[0] == "cannot write `build`: it is a link to nothing"
    assert refused(out / "inner", FIRST)[0] == "cannot write `build`: it is a link to nothing"
    assert out.is_symlink()


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


WAYS = ["exchange", "two renames"]
"""How a new folder takes the place of the old one: in one step, or where a system cannot do that, in two."""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    return str(request.param)


@pytest.mark.parametrize("call", ["open", "write", "close", "rename", "link", "mkdir", "rmdir", "unlink", "fsync"])
@pytest.mark.parametrize("after", range(9))
def test_whatever_fails_the_output_is_as_it_was(
    out: Path, monkeypatch: pytest.MonkeyPatch, way: str, call: str, after: int
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
    monkeypatch.setattr(os, call, failing.real)
    if problem is None:
        # A second name can be made otherwise, what cannot be cleaned up is left to the next run, and not every system
        # flushes folders.
        assert failing.after >= 0 or call in ("link", "unlink", "rmdir", "fsync"), "it failed and nobody noticed"
        shutil.rmtree(out / STAGING, ignore_errors=True)
        assert on_disk(out) == {f"{name}/{file}": data for name, files in SECOND for file, data in files.items()}
        return
    assert problem.message.endswith(": the disk is full")
    assert problem.message.startswith("cannot write `build")
    assert STAGING not in problem.message
    assert problem.help == AS_BEFORE
    assert on_disk(out) == before
    assert sorted(path.name for path in out.iterdir()) == folders


@pytest.mark.parametrize(
    ("call", "least"),
    [("open", 9), ("write", 7), ("rename", 1), ("link", 1), ("unlink", 4), ("mkdir", 5), ("fsync", 7)],
)
def test_the_failures_above_do_happen(out: Path, monkeypatch: pytest.MonkeyPatch, call: str, least: int) -> None:
    """A function that is never called could not fail."""
    write_all(str(out), FIRST)
    failing = _Failing(call, 1000, AssertionError())
    monkeypatch.setattr(os, call, failing)
    write_all(str(out), SECOND)
    assert 1000 - failing.after >= least


@pytest.mark.parametrize("call", ["write", "rename", "link", "unlink", "mkdir"])
@pytest.mark.parametrize("after", range(9))
def test_an_interrupted_run_leaves_no_mixture(
    out: Path, monkeypatch: pytest.MonkeyPatch, way: str, call: str, after: int
) -> None:
    write_all(str(out), FIRST)
    before = on_disk(out)
    failing = _Failing(call, after, KeyboardInterrupt())
    monkeypatch.setattr(os, call, failing)
    try:
        write_all(str(out), SECOND)
    except KeyboardInterrupt:
        # Once every policy is in its place, there is nothing to take back.
        shutil.rmtree(out / STAGING, ignore_errors=True)
        assert on_disk(out) in (before, written(SECOND))
        return
    assert failing.after >= 0
    assert on_disk(out) == written(SECOND)


def written(policies: Policies) -> dict[str, bytes]:
    """What is on disk where policies are written and nothing else is there."""
    return {f"{name}/{file}": data for name, files in policies for file, data in files.items()}


def test_when_nothing_can_be_put_back_that_is_said(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(str(out), FIRST)
    monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    broken = OSError(5, "Input/output error", str(out / ".recpol" / "new" / "board"), None, str(out / "board"))
    monkeypatch.setattr(os, "rename", _Failing("rename", 2, broken, times=99))
    message, help_ = refused(out, SECOND)
    assert message == "cannot write `build/board`: the disk cannot be read or written"
    assert help_ == "compile again: some policies are new now and others old, each of them whole"
    monkeypatch.undo()
    monkeypatch.chdir(out.parent)
    assert write_all(str(out), SECOND).policies[1].changed == ("ace.json", MANIFEST)
    assert on_disk(out) == written(SECOND)


# Being killed


def _killed_at(out: Path, number: int, way: str) -> bool:
    """Write `SECOND` in a process of its own that is killed before its `number`th step on the disk; whether it was."""
    child = os.fork()
    if child == 0:
        steps = 0

        def stepping(real: Any) -> Any:
            def step(*arguments: Any, **options: Any) -> Any:
                nonlocal steps
                steps += 1
                if steps > number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **options)

            return step

        for name in ("open", "write", "rename", "link", "unlink", "mkdir", "rmdir", "chmod"):
            setattr(os, name, stepping(getattr(os, name)))
        atomic.exchange = stepping((lambda one, other: False) if way == "two renames" else atomic.exchange)
        write_all(str(out), SECOND)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_is_killed_leaves_each_policy_old_or_new(out: Path, way: str) -> None:
    old, new = written(FIRST), written(SECOND)
    killed, repaired = 0, 0
    for number in range(200):
        shutil.rmtree(out, ignore_errors=True)
        write_all(str(out), FIRST)
        (out / "desk" / "mine").mkdir()
        (out / "desk" / "mine" / "notes.txt").write_text("mine")
        if not _killed_at(out, number, way):
            break
        killed += 1
        for name in ("desk", "board", "extra"):
            found = {path: data for path, data in on_disk(out).items() if path.startswith(f"{name}/")}
            found.pop("desk/mine/notes.txt", None)
            wholes = [{path: data for path, data in one.items() if path.startswith(f"{name}/")} for one in (old, new)]
            gone = way == "two renames" and not (out / name).exists()
            assert found in wholes or gone, f"{name} is mixed after step {number}"
        left = (out / STAGING).exists()
        assert left == any(stale.kind == "left" for stale in compare_all(str(out), SECOND))
        report = write_all(str(out), SECOND)
        assert bool(report.repaired) == left
        repaired += left
        assert on_disk(out) == {**new, "desk/mine/notes.txt": b"mine"}, f"something is lost or left after step {number}"
    assert killed > 40, "too few steps to be killed at"
    assert repaired > 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_undoes_what_was_begun(out: Path, number: int) -> None:
    write_all(str(out), FIRST)
    child = os.fork()
    if child == 0:
        signal.signal(number, signal.SIG_DFL)  # who runs the tests may ignore it, as nohup does
        real = atomic.exchange

        def asked(one: str, other: str) -> bool:
            done = real(one, other)
            os.kill(os.getpid(), number)
            return done

        atomic.exchange = asked
        write_all(str(out), SECOND)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -number
    assert on_disk(out) == written(FIRST)
    assert not (out / STAGING).exists()


def test_of_two_runs_one_writes_and_the_other_says_why_not(out: Path) -> None:
    write_all(str(out), FIRST)
    with locked(str(out)):
        assert refused(out, SECOND) == (
            "cannot write to `build`: another recpol is writing there",
            "wait until it has ended, or choose another folder with `-o`; nothing was changed",
        )
    assert on_disk(out) == written(FIRST)
    write_all(str(out), SECOND)
    assert on_disk(out) == written(SECOND)


# Links


def test_a_link_in_the_output_is_never_followed(out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write_all(str(elsewhere), FIRST)
    out.mkdir()
    (out / "desk").symlink_to(elsewhere / "desk")
    message, help_ = refused(out, [policy("desk", pie="4")])
    assert message == "`build/desk` is a link, and recpol removes files from the folders that it writes"
    assert help_ == "remove the link, or choose another folder with `-o`"
    assert on_disk(elsewhere) == written(FIRST)
    with pytest.raises(CannotRun, match="is a link"):
        compare_all(str(out), FIRST)


def test_a_link_in_the_place_of_the_staging_folder_is_removed_alone(out: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "old").mkdir()
    (tmp_path / "mine" / "old" / "desk").write_text("mine")
    out.mkdir()
    (out / STAGING).symlink_to(tmp_path / "mine")
    write_all(str(out), FIRST)
    assert on_disk(tmp_path / "mine") == {"old/desk": b"mine"}
    assert on_disk(out) == written(FIRST)


def test_a_link_in_the_place_of_a_reply_is_replaced(out: Path, tmp_path: Path) -> None:
    write_all(str(out), FIRST)
    (tmp_path / "mine.json").write_text("1")
    (out / "desk" / "ice.json").unlink()
    (out / "desk" / "ice.json").symlink_to(tmp_path / "mine.json")
    assert [stale.kind for stale in compare_all(str(out), FIRST)] == ["different"]
    write_all(str(out), FIRST)
    assert not (out / "desk" / "ice.json").is_symlink()
    assert (tmp_path / "mine.json").read_text() == "1"


def test_a_read_only_folder_in_earnest(out: Path) -> None:
    write_all(str(out), FIRST)
    before = on_disk(out)
    (out / "board").chmod(0o500)

    def check() -> None:
        assert refused(out, SECOND)[0] == "cannot write `build/board/ace.json`: no permission"

    as_ordinary_user(check)
    (out / "board").chmod(0o700)
    assert on_disk(out) == before
    as_ordinary_user(lambda: write_all(str(out), SECOND))
    assert on_disk(out) == written(SECOND)


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
        pytest.skip("only root may mount a small disk, and not everywhere")
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
