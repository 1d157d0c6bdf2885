"""Compiled policies to folders, `OUT/POLICY/FILE`, each wholly old or wholly new.

A policy that changes is first written in full into a folder beside its place, in `OUT/.recpol/new/`; only when all are
there does each change places with the old one, in one step. What the manifest before listed and the new one does not is
left out of the new folder; whatever else somebody keeps in the folder comes along.

Invariant: at every moment a policy's folder is as it was or as it shall be; after a failure all of them are as they
were. A file whose bytes are right already is not touched; nothing is removed that an earlier manifest does not list.
What a run that was killed left behind is cleaned up by the next one.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from recpol.base.record import Record, field
from recpol.base.typing import Literal
from recpol.targets.catalogue import target_names
from recpol.targets.filenames import MANIFEST
from recpol.workspace import atomic, disk
from recpol.workspace.atomic import Busy, flush_files, flush_folder, locked
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.compiled import read_manifest
from recpol.workspace.files import here, shown
from recpol.workspace.stopping import stoppable
from recpol.workspace.trees import carry_over, content, remove_tree

STAGING = ".recpol"
"""The folder beside policies in which new ones are made; it is there only while a run writes."""

Policies = Sequence[tuple[str, Mapping[str, bytes]]]
"""Names of policies (or `TARGET/NAME`, `TENANT/NAME`), each with its files: file name to bytes."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_TEMPORARY = re.compile(r"\.[a-z0-9][a-z0-9._-]*\.[0-9]+\.tmp")
"""What recpol 0.1.0 left in a policy's folder where it was killed."""

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class WrittenFolder(Record):
    """What became of one policy's folder: how many files it has, which of them changed, which were removed."""

    policy: str
    folder: str
    files: int
    changed: tuple[str, ...]
    removed: tuple[str, ...]


class WriteReport(Record):
    """What a run wrote, policy by policy, and where it cleaned up after a run that was stopped."""

    policies: tuple[WrittenFolder, ...]
    repaired: tuple[str, ...] = ()


class StaleFile(Record):
    """Something on disk that is not as a compilation would leave it; `path` is what messages call it."""

    policy: str
    path: str
    kind: Literal["missing", "different", "stale", "left"]


class _Staged(Record):
    """A policy that waits to be put in place: its folder, the new one, where the old one may go, the new one's id."""

    folder: str
    new: str
    old: str
    fresh: bool
    identity: tuple[int, int]


class _Work(Record, frozen=False):
    """How far a run has come, so that it can be undone."""

    staged: list[_Staged] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    stagings: dict[str, None] = field(default_factory=dict)


PATIENCE = 120
"""So many seconds a shard waits for others that write to the same folder."""


def write_all(out: str, policies: Policies, *, patience: float = 0) -> WriteReport:
    """Write policies into the folder `out` (absolute), which is made where it is missing.

    Raises `CannotRun` if anything cannot be written, or if another run is writing there for longer than `patience`, in
    seconds; the output is then as it was before.
    """
    work = _Work()
    with stoppable():
        try:
            _make(out, work)
            with locked(out, patience):
                return _write_all(out, policies, work)
        except Busy:
            raise CannotRun(
                f"cannot write to `{shown(out, here())}`: another recpol is writing there",
                "wait until it has ended, or choose another folder with `-o`; nothing was changed",
            ) from None
        except OSError as problem:
            help_ = "make it writable or choose another folder with `-o`; the output is as it was before"
            raise CannotRun(f"cannot write `{_called(problem, out)}`: {in_words(problem)}", help_) from None
        finally:
            _drop(work)


def _write_all(out: str, policies: Policies, work: _Work) -> WriteReport:
    repaired = tuple(shown(parent, here()) for parent in _parents(out, policies) if _tidy(parent))
    try:
        report = tuple(_stage(out, policy, files, work) for policy, files in policies)
        if not flush_files(work.written, out):
            for staged in work.staged:
                flush_folder(staged.new)
        for staged in work.staged:
            _put(staged)
    except BaseException as problem:
        if not _undo(work) and isinstance(problem, OSError):
            help_ = "compile again: some policies are new now and others old, each of them whole"
            raise CannotRun(f"cannot write `{_called(problem, out)}`: {in_words(problem)}", help_) from None
        raise
    for parent in {os.path.dirname(staged.folder) for staged in work.staged}:
        flush_folder(parent)
    work.folders.clear()
    return WriteReport(report, repaired)


def compare_all(out: str, policies: Policies) -> tuple[StaleFile, ...]:
    """What `write_all` would change, by policy and file; raises `CannotRun` if the output cannot be read."""
    cwd = here()
    differences: list[StaleFile] = []
    for policy, files in policies:
        folder = os.path.join(out, policy)
        try:
            _refuse_links(out, folder)
            for name, data in files.items():
                old = content(os.path.join(folder, name))
                if old != data:
                    path = shown(os.path.join(folder, name), cwd)
                    differences.append(StaleFile(policy, path, "missing" if old is None else "different"))
            stale = _stale(folder, files)
            differences += [StaleFile(policy, shown(os.path.join(folder, name), cwd), "stale") for name in stale]
        except OSError as problem:
            raise CannotRun(f"cannot read `{_called(problem, folder)}`: {in_words(problem)}") from None
    for parent in _parents(out, policies):
        left = os.path.join(parent, STAGING)
        if disk.lexists(left):
            differences.append(StaleFile("", shown(left, cwd), "left"))
    return tuple(differences)


def forgotten(out: str, policies: Policies) -> tuple[str, ...]:
    """The folders in which these policies were written before, when other targets were chosen: nothing renews them."""
    chosen = {folder for folder, _ in policies}
    names = dict.fromkeys(folder.rpartition("/")[2] for folder in chosen)
    places = (folder for name in names for folder in (name, *(f"{target}/{name}" for target in target_names())))
    left = (os.path.join(out, folder) for folder in places if folder not in chosen)
    return tuple(shown(folder, here()) for folder in left if disk.isfile(os.path.join(folder, MANIFEST)))


def folders_of(out: str, policies: Policies, target: str) -> tuple[str, ...]:
    """The folders of these policies, as messages call them, in which an earlier run left documents of a target."""
    paths = [os.path.join(out, folder) for folder, _ in policies]
    return tuple(
        shown(path, here()) for path in paths if read_manifest(os.path.join(path, MANIFEST)).get("target") == target
    )


def _parents(out: str, policies: Policies) -> list[str]:
    """The folders that hold folders of policies: the output folder, those of targets, and those of tenants."""
    places = [out, *(os.path.join(out, target) for target in target_names())]
    places += [os.path.dirname(os.path.join(out, folder)) for folder, _ in policies if "/" in folder]
    return [place for place in dict.fromkeys(places) if place == out or not disk.islink(place)]


def _tidy(parent: str) -> bool:
    """Clean up after a run that was killed, whose lock has ended with it; whether there was anything."""
    staging = os.path.join(parent, STAGING)
    if not disk.lexists(staging):
        return False
    disk.spoil()
    old = os.path.join(staging, "old")
    if not disk.islink(staging) and disk.isdir(old):
        for name in disk.listdir(old):
            if _NAME.fullmatch(name) and not disk.lexists(os.path.join(parent, name)):
                os.rename(os.path.join(old, name), os.path.join(parent, name))
    remove_tree(staging)
    return True


def _stage(out: str, policy: str, files: Mapping[str, bytes], work: _Work) -> WrittenFolder:
    """Make the new folder of a policy beside its place, unless nothing about it changes."""
    assert all(map(_NAME.fullmatch, [*policy.split("/"), *files])), "names of policies and files are plain"
    folder = os.path.join(out, policy)
    _refuse_links(out, folder)
    fresh = not disk.lexists(folder)
    if not fresh and not disk.isdir(folder):
        raise _problem(errno.ENOTDIR, folder)
    same = set() if fresh else {name for name, data in files.items() if content(os.path.join(folder, name)) == data}
    stale = [] if fresh else _stale(folder, files)
    leavings = [] if fresh else [name for name in disk.listdir(folder) if _TEMPORARY.fullmatch(name)]
    changed = [name for name in files if name not in same]
    changed.sort(key=lambda name: name == MANIFEST)
    if changed or stale or leavings or fresh:
        parent, leaf = os.path.split(folder)
        staging = os.path.join(parent, STAGING)
        new = os.path.join(staging, "new", leaf)
        work.stagings[staging] = None
        _make(new, work)
        if not fresh:
            carry_over(folder, new, leave={*changed, *stale, *leavings})
            os.chmod(new, os.stat(folder).st_mode & 0o7777)
        for name in changed:
            path = os.path.join(new, name)
            _write(path, files[name])
            work.written.append(path)
        work.staged.append(_Staged(folder, new, os.path.join(staging, "old", leaf), fresh, _identity(new)))
    return WrittenFolder(policy, shown(folder, here()), len(files), tuple(changed), tuple(stale))


def _refuse_links(out: str, folder: str) -> None:
    """Raise `CannotRun` where a folder below `out` is a link: it may lead anywhere, and files are removed there."""
    while folder != out:
        if disk.islink(folder):
            raise CannotRun(
                f"`{shown(folder, here())}` is a link, and recpol removes files from the folders that it writes",
                "remove the link, or choose another folder with `-o`",
            )
        folder = os.path.dirname(folder)


def _put(staged: _Staged) -> None:
    """Put a policy in place."""
    if staged.fresh:
        os.rename(staged.new, staged.folder)
    elif not atomic.exchange(staged.new, staged.folder):
        # Between these two steps there is no folder; a run that is killed here is repaired by the next one.
        os.makedirs(os.path.dirname(staged.old), exist_ok=True)
        os.rename(staged.folder, staged.old)
        os.rename(staged.new, staged.folder)


def _undo(work: _Work) -> bool:
    """Put every old folder back that is not in its place; whether that went well.

    What was done is read off the disk: a signal may come between a step and the note that it was taken.
    """
    whole = True
    for staged in reversed(work.staged):
        try:
            placed = _identity(staged.folder) == staged.identity if disk.lexists(staged.folder) else False
            if placed and (staged.fresh or disk.lexists(staged.old)):
                os.rename(staged.folder, staged.new)
            elif placed:
                atomic.exchange(staged.new, staged.folder)
            if disk.lexists(staged.old):
                os.rename(staged.old, staged.folder)
        except OSError:
            whole = False
    return whole


def _drop(work: _Work) -> None:
    """Remove what a run has made for itself; after a failure also the folders that it made."""
    for staging in work.stagings:
        with suppress(OSError):
            _tidy(os.path.dirname(staging))
    for folder in reversed(work.folders):
        with suppress(OSError):
            os.rmdir(folder)


def _make(folder: str, work: _Work) -> None:
    """Make a folder and those above it, where they are missing."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        if disk.isdir(folder):
            return
        if os.path.islink(folder) and not os.path.exists(folder):
            raise CannotRun(
                f"cannot write `{shown(folder, here())}`: it is a link to nothing",
                "repair or remove the link, or choose another folder with `-o`; the output is as it was before",
            ) from None
        raise _problem(errno.ENOTDIR, folder) from None
    except FileNotFoundError:
        _make(os.path.dirname(folder), work)
        os.mkdir(folder)
    disk.spoil()
    work.folders.append(folder)


def _write(path: str, data: bytes) -> None:
    """Write a new file."""
    try:
        descriptor = os.open(path, _CREATE, 0o666)
        try:
            rest = data
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)
    except OSError as problem:
        problem.filename = path
        raise


def _stale(folder: str, files: Mapping[str, bytes]) -> list[str]:
    """The names of the files that the manifest on disk lists and the new compilation does not have."""
    listed = _listed(content(os.path.join(folder, MANIFEST)) or b"") - {*files, MANIFEST}
    paths = {name: os.path.join(folder, name) for name in sorted(listed)}
    return [name for name, path in paths.items() if not disk.islink(path) and disk.isfile(path)]


def _listed(manifest: bytes) -> set[str]:
    """The reply files that a manifest lists. Somebody may have edited it, so only plain names of JSON files count."""
    try:
        replies = json.loads(manifest)["replies"]
        names = {reply["file"] for reply in replies}
    except (ValueError, TypeError, LookupError, RecursionError):
        return set()
    return {name for name in names if isinstance(name, str) and name.endswith(".json") and _NAME.fullmatch(name)}


def _identity(path: str) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def _problem(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def _called(problem: OSError, folder: str) -> str:
    """What to call the file that a problem is about; one in the making by the name of the one that it will be."""
    path = str(problem.filename2 or problem.filename or folder)
    made = re.sub(rf"{re.escape(os.sep + STAGING + os.sep)}(?:new|old){re.escape(os.sep)}", lambda _: os.sep, path)
    return shown(made, here())
