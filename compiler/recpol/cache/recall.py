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
    from collections.abc import Sequence

    from recpol.base.digest import Stamp
    from recpol.base.typing import Any

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
        kept = unpacked(read_own(path))
        if kept is None:
            return None
        now = time.time_ns()
        low, high = kept["days"]
        if not low <= now // (DAY * 1_000_000_000) <= high or not _same(kept, now, path):
            return None
        return kept["status"], kept["said"]
    except Exception:  # noqa: BLE001  a cache that cannot be read is no reason to stop: the run takes place
        return None


def _same(kept: dict[str, Any], now: int, path: str) -> bool:
    """Whether the disk still answers what it did; where stamps were renewed, the file `path` is too."""
    lstat = os.lstat
    renewed = False
    try:
        for one, stamp in kept["code"]:
            status = lstat(one)
            if (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino) != stamp[:5]:
                return False
        for one in kept["folders"]:
            if not S_ISDIR(lstat(one).st_mode):
                return False
        for one in kept["files"]:
            if not S_ISREG(lstat(one).st_mode):
                return False
        for at, names, stamps, contents in kept["contents"]:
            for number, (name, stamp) in enumerate(zip(names, stamps, strict=True)):
                status = lstat(at + name)
                if stamp is None or stamp != (
                    status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
                ):  # fmt: skip
                    content = contents[number * SIZE : (number + 1) * SIZE]
                    fresh = _read_again(at + name, stamp_of(status), content, now)
                    if fresh is not None:
                        stamps[number] = fresh
                        renewed = True
        for number, (one, stamp, suffixes, hidden, seen) in enumerate(kept["listings"]):
            found = stamp_of(lstat(one))
            if found != stamp:
                if _listed(one, suffixes, hidden) != seen:
                    return False
                if trusted(found, now):
                    kept["listings"][number] = (one, found, suffixes, hidden, seen)
                    renewed = True
        for number, (one, stamp, absent) in enumerate(kept["absent"]):
            found = stamp_of(lstat(one))
            if found != stamp:
                if any(map(os.path.lexists, absent)):
                    return False
                if trusted(found, now):
                    kept["absent"][number] = (one, found, absent)
                    renewed = True
    except (_Changed, OSError):
        return False
    if renewed:
        from recpol.cache.store import write

        write(path, kept)
    return True


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
