"""A command line to what it said the last time, if it would say the same now.

Each answer that the run had of the disk is asked for again: by the stamp of the file or folder where that is to be
trusted, else by its content. Nothing of the compiler is loaded.

Invariant: on any doubt there is no answer, and the run takes place.
"""

from __future__ import annotations

import os
import sys
import time
from stat import S_ISDIR, S_ISREG

from recpol.base.digest import SIZE, digest, listing, stamp_of
from recpol.cache.place import cache_folder, read_own, run_file, unpacked
from recpol.cache.stamps import trusted

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recpol.base.digest import Stamp
    from recpol.base.typing import Any
    from recpol.cache.place import Part

Said = tuple[int, list[tuple[int, str]]]
"""An exit status, and texts for standard output (1) and standard error (2)."""

DAY = 86_400
"""Seconds of a day."""

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class _Changed(Exception):
    """Something is not as it was."""


def recall(words: Sequence[str]) -> Said | None:
    """What a command line came to, if it is kept and would be the same now."""
    if sys.stdout is None or sys.stderr is None:
        return None
    try:
        folder = cache_folder(os.environ, words)
        if folder is None:
            return None
        path = run_file(folder, os.environ, words)
        data = read_own(path)
        kept = unpacked(data)
        if kept is None:
            return None
        now = time.time_ns()
        low, high = kept["days"]
        if not low <= now // (DAY * 1_000_000_000) <= high or not _same(kept, data, now, words, path):
            return None
        return kept["status"], kept["said"]
    except Exception:  # noqa: BLE001  a cache that cannot be read is no reason to stop: the run takes place
        return None


def _same(kept: dict[str, Any], data: bytes, now: int, words: Sequence[str], path: str) -> bool:
    """Whether the disk still answers what it did; where stamps were renewed, the file `path` is too."""
    parts = range(1, kept["parts"] + 1)
    renewed: dict[int, Part] = {}

    def ask(numbers: Iterable[int]) -> None:
        for number in numbers:
            part = unpacked(data, number)
            if not _as_it_was(part) and _renewed(part, now):
                renewed[number] = part

    try:
        entries = _entries_renewed(kept, now)
        jobs = min(_jobs(words), len(parts)) if len(parts) > 1 else 1
        if jobs < 2:
            ask(parts)
        else:
            from recpol.cache.sharing import Elsewhere

            shares = [parts[first::jobs] for first in range(jobs)]
            with Elsewhere(lambda number: _as_it_was(unpacked(data, number)), shares[1:]) as elsewhere:
                ask(shares[0])
                ask(elsewhere.unanswered())
    except (_Changed, OSError):
        return False
    if entries or renewed:
        from recpol.cache.store import write

        write(path, kept, *(renewed.get(number) or unpacked(data, number) for number in parts))
    return True


def _jobs(words: Sequence[str]) -> int:
    """How many processes a command line allows."""
    if not hasattr(os, "fork"):
        return 1
    for word, after in zip(words, (*words[1:], ""), strict=True):
        name, _, number = word.partition("=")
        if name == "--jobs":
            return int(number or after)
    from recpol.workspace.processors import processors

    return processors()


def _as_it_was(part: Part) -> bool:
    """Whether all files and folders of a part are in the state that they were in."""
    lstat, (files, listings) = os.lstat, part
    return all([stamp_of(lstat(at + name)) for name in names] == stamps for at, names, stamps, _ in files) and all(
        stamp_of(lstat(folder)) == stamp for folder, stamp, *_ in listings
    )


def _renewed(part: Part, now: int) -> bool:
    """Whether stamps of a part were renewed; raises `_Changed` where a content or a listing is another one."""
    files, listings = part
    renewed = False
    for at, names, stamps, contents in files:
        for number, (name, stamp) in enumerate(zip(names, stamps, strict=True)):
            found = stamp_of(os.lstat(at + name))
            if found != stamp:
                fresh = _read_again(at + name, found, contents[number * SIZE : (number + 1) * SIZE], now)
                if fresh is not None:
                    stamps[number] = fresh
                    renewed = True
    for number, (folder, stamp, suffixes, hidden, seen) in enumerate(listings):
        found = stamp_of(os.lstat(folder))
        if found != stamp:
            if _listed(folder, suffixes, hidden) != seen:
                raise _Changed
            if trusted(found, now):
                listings[number] = (folder, found, suffixes, hidden, seen)
                renewed = True
    return renewed


def _entries_renewed(kept: dict[str, Any], now: int) -> bool:
    """Whether stamps of folders were renewed that hold much of what is there, or is not.

    Raises `_Changed` where recpol is another one, or something has come, gone, or become another kind of thing.
    """
    for one, stamp in kept["code"]:
        if stamp_of(os.lstat(one))[:5] != stamp[:5]:
            raise _Changed
    absent = any(map(os.path.lexists, kept["absent"]))
    if absent or not (_are(S_ISDIR, kept["folders"]) and _are(S_ISREG, kept["files"])):
        raise _Changed
    renewed = False
    for number, (one, stamp, absent, folders) in enumerate(kept["entries"]):
        found = stamp_of(os.lstat(one))
        if found != stamp:
            if any(map(os.path.lexists, absent)) or not _are(S_ISDIR, folders):
                raise _Changed
            if trusted(found, now):
                kept["entries"][number] = (one, found, absent, folders)
                renewed = True
    return renewed


def _are(kind: Callable[[int], bool], paths: Iterable[str]) -> bool:
    """Whether what is there is of that kind; raises `OSError` where nothing is."""
    return all(kind(os.lstat(path).st_mode) for path in paths)


def _read_again(path: str, stamp: Stamp, content: bytes, now: int) -> Stamp | None:
    """The stamp of a file whose content is as it was, if it is to be trusted; raises `_Changed` where it is not."""
    descriptor = os.open(path, _READ)
    try:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise _Changed
        with open(descriptor, "rb", closefd=False) as file:
            if digest(file.read()) != content:
                raise _Changed
        return stamp if trusted(stamp, now) and stamp_of(os.fstat(descriptor)) == stamp else None
    finally:
        os.close(descriptor)


def _listed(folder: str, suffixes: tuple[str, ...], hidden: bool) -> bytes:
    with os.scandir(folder) as entries:
        return listing(
            [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries], suffixes, hidden=hidden
        )
