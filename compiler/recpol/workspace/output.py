"""Compiled policies to files, `OUT/POLICY/FILE`, all or none.

Every file that changes is first written in full under a temporary name beside its place; only when all are there are
they moved into place, the manifest of each policy last. What the manifest before listed and the new one does not is
removed.

Invariant: after a failure the output is as it was before; a file whose bytes are right already is not touched; nothing
is removed that an earlier manifest does not list.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from recpol.settings.config import TARGETS
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import here, shown

MANIFEST = "manifest.json"

Policies = Sequence[tuple[str, Mapping[str, bytes]]]
"""Names of policies (or `TARGET/NAME`), each with its files: file name to bytes."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class WrittenFolder:
    """What became of one policy's folder: how many files it has, which of them changed, which were removed."""

    policy: str
    folder: str
    files: int
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a run wrote, policy by policy."""

    policies: tuple[WrittenFolder, ...]


@dataclass(frozen=True, slots=True)
class StaleFile:
    """A file on disk that is not as a compilation would leave it; `path` is what messages call it."""

    policy: str
    path: str
    kind: Literal["missing", "different", "stale"]


@dataclass(frozen=True, slots=True)
class _Change:
    """What happens at `path`: the file `temporary` takes its place, or without one it is removed. `old` was there."""

    path: str
    old: bytes | None
    temporary: str | None


@dataclass(slots=True)
class _Work:
    """How far a run has come, so that it can be undone."""

    temporaries: list[str] = field(default_factory=list)
    staged: list[_Change] = field(default_factory=list)
    done: list[_Change] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


def write_all(out: str, policies: Policies) -> WriteReport:
    """Write policies into the folder `out` (absolute), which is made where it is missing.

    Raises `CannotRun` if anything cannot be written; the output is then as it was before.
    """
    work = _Work()
    try:
        written = tuple(_stage(os.path.join(out, policy), policy, files, work) for policy, files in policies)
        for change in work.staged:
            if change.temporary is None:
                os.unlink(change.path)
            else:
                os.replace(change.temporary, change.path)
            work.done.append(change)
    except OSError as problem:
        whole = _undo(work)
        help_ = "make it writable or choose another folder with `-o`; the output is as it was before"
        help_ = help_ if whole else "compile again: the output is part old and part new now"
        raise CannotRun(f"cannot write `{_called(problem, out)}`: {in_words(problem)}", help_) from None
    except BaseException:
        _undo(work)
        raise
    return WriteReport(written)


def compare_all(out: str, policies: Policies) -> tuple[StaleFile, ...]:
    """What `write_all` would change, by policy and file; raises `CannotRun` if the output cannot be read."""
    cwd = here()
    differences: list[StaleFile] = []
    for policy, files in policies:
        folder = os.path.join(out, policy)
        try:
            for name, data in files.items():
                old = _old(os.path.join(folder, name))
                if old != data:
                    path = shown(os.path.join(folder, name), cwd)
                    differences.append(StaleFile(policy, path, "missing" if old is None else "different"))
            differences += [StaleFile(policy, shown(path, cwd), "stale") for path, _ in _stale(folder, files)]
        except OSError as problem:
            raise CannotRun(f"cannot read `{_called(problem, folder)}`: {in_words(problem)}") from None
    return tuple(differences)


def forgotten(out: str, policies: Policies) -> tuple[str, ...]:
    """The folders in which these policies were written before, when other targets were chosen: nothing renews them."""
    chosen = {folder for folder, _ in policies}
    names = dict.fromkeys(folder.rpartition("/")[2] for folder in chosen)
    places = (folder for name in names for folder in (name, *(f"{target}/{name}" for target in TARGETS)))
    left = (os.path.join(out, folder) for folder in places if folder not in chosen)
    return tuple(shown(folder, here()) for folder in left if os.path.isfile(os.path.join(folder, MANIFEST)))


def _stage(folder: str, policy: str, files: Mapping[str, bytes], work: _Work) -> WrittenFolder:
    """Write what changes in one policy's folder under temporary names; list the changes in the order to make them."""
    assert all(map(_NAME.fullmatch, [*policy.split("/"), *files])), "names of policies and files are plain"
    fresh = _make(folder, work)
    stale = [] if fresh else list(_stale(folder, files))
    replies: list[_Change] = []
    manifest: list[_Change] = []
    for name, data in files.items():
        path = os.path.join(folder, name)
        old = None if fresh else _old(path)
        if old != data:
            temporary = _temporary(path)
            work.temporaries.append(temporary)
            _write(temporary, data)
            (manifest if name == MANIFEST else replies).append(_Change(path, old, temporary))
    removals = [_Change(path, old, None) for path, old in stale]
    work.staged += [*replies, *removals, *manifest]
    return WrittenFolder(
        policy,
        shown(folder, here()),
        len(files),
        tuple(os.path.basename(change.path) for change in [*replies, *manifest]),
        tuple(os.path.basename(change.path) for change in removals),
    )


def _make(folder: str, work: _Work) -> bool:
    """Make a folder and those above it; whether it was missing."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        if os.path.isdir(folder):
            return False
        raise _problem(errno.ENOTDIR, folder) from None
    except FileNotFoundError:
        _make(os.path.dirname(folder), work)
        os.mkdir(folder)
    work.folders.append(folder)
    return True


def _temporary(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.{os.getpid()}.tmp")


def _write(path: str, data: bytes) -> None:
    """Write a new file; what an interrupted run with the same number left behind gives way."""
    try:
        try:
            descriptor = os.open(path, _CREATE, 0o666)
        except FileExistsError:
            os.unlink(path)
            descriptor = os.open(path, _CREATE, 0o666)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)
    except OSError as problem:
        problem.filename = path
        raise


def _old(path: str) -> bytes | None:
    """What is in a file; none if there is none. Raises `OSError` where something else is in its place."""
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _problem(errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO, path)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _stale(folder: str, files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The files (path, bytes) that the manifest on disk lists and the new compilation does not have."""
    for name in sorted(_listed(_old(os.path.join(folder, MANIFEST)) or b"") - {*files, MANIFEST}):
        path = os.path.join(folder, name)
        if not os.path.islink(path) and os.path.isfile(path) and (old := _old(path)) is not None:
            yield path, old


def _listed(manifest: bytes) -> set[str]:
    """The reply files that a manifest lists. Somebody may have edited it, so only plain names of JSON files count."""
    try:
        replies = json.loads(manifest)["replies"]
        names = {reply["file"] for reply in replies}
    except (ValueError, TypeError, LookupError, RecursionError):
        return set()
    return {name for name in names if isinstance(name, str) and name.endswith(".json") and _NAME.fullmatch(name)}


def _undo(work: _Work) -> bool:
    """Put everything back; whether that went well. Temporary files go first: they may be what fills the disk."""
    _remove(work.temporaries)
    whole = True
    for change in reversed(work.done):
        try:
            if change.old is None:
                os.unlink(change.path)
            else:
                temporary = _temporary(change.path)
                _write(temporary, change.old)
                os.replace(temporary, change.path)
        except OSError:
            whole = False
    _remove(work.temporaries)
    for folder in reversed(work.folders):
        with suppress(OSError):
            os.rmdir(folder)
    return whole


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        with suppress(OSError):
            os.unlink(path)


def _problem(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def _called(problem: OSError, folder: str) -> str:
    """What to call the file that a problem is about; a temporary file by the name of the one it stands for."""
    path = str(problem.filename2 or problem.filename or folder)
    folder, name = os.path.split(path)
    return shown(os.path.join(folder, re.sub(r"^\.(.+)\.\d+\.tmp$", r"\1", name)), here())
