"""A run that has ended, to a file of the cache.

Invariant: nothing is kept of a run that wrote something, met a link, read a pipe, or saw a file change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from recpol.base.digest import Stamp, stamp_of
from recpol.base.resources import CHECKOUT, DATA, packaged
from recpol.base.typing import Any, TypeVar, cast
from recpol.cache.place import Listing, Part, ReadFiles
from recpol.cache.stamps import is_file, is_folder, trusted
from recpol.cache.store import write
from recpol.workspace.disk import EPOCH, DiskLog, module_files

Portion = TypeVar("Portion")

PART = 1000
"""So many files and listings at least are a part, which is read and asked about by itself."""

FEW = 8
"""So many names in one folder are asked for one by one."""


class NotKept(Exception):
    """The run cannot be kept."""


def keep(path: str, log: DiskLog, status: int, said: Sequence[tuple[int, str]]) -> bool:
    """Keep what a run came to in the file `path`, if it can be; whether it was."""
    if not log.whole:
        return False
    try:
        kept, parts = _kept(log)
    except (NotKept, OSError):
        return False
    return write(path, {**kept, "status": status, "said": list(said), "parts": len(parts)}, *parts)


def _kept(log: DiskLog) -> tuple[dict[str, Any], list[Part]]:
    """All that a run asked the disk: a part for each `PART` of files that were read and folders that were listed."""
    plain = _Plain()
    here = os.getcwd()
    for path in log.through:
        plain.follow(os.path.join(here, path))
    read: list[tuple[str, str, Stamp | None, bytes]] = []
    for called, (before, content) in log.contents.items():
        path = os.path.join(here, called)
        stamp = stamp_of(os.lstat(path))
        if not is_file(stamp) or stamp != before:
            raise NotKept
        plain.follow(os.path.dirname(path))
        name = os.path.basename(path)
        at = path.removesuffix(name)
        read.append((_from(here, at), name, stamp if trusted(stamp, log.begun) else None, content))
    read.sort(key=itemgetter(0, 1))
    listings: list[Listing] = []
    for (called, suffixes, hidden), (before, seen) in log.listings.items():
        folder = os.path.join(here, called)
        stamp = stamp_of(os.lstat(folder))
        if not is_folder(stamp) or stamp != before:
            raise NotKept
        plain.follow(folder)
        listings.append(
            (_from(here, folder) or os.curdir, stamp if trusted(stamp, log.begun) else None, suffixes, hidden, seen)
        )
    files, absent = [], []
    for called, kind in log.kinds.items():
        path = os.path.join(here, called)
        if kind == "absent":
            absent.append(path)
            continue
        plain.follow(path if kind == "folder" else os.path.dirname(path))
        if kind == "file" and called not in log.contents:
            files.append(path)
    kept = {
        "days": (day_number(log.first_day), day_number(log.last_day)),
        "code": code_stamps(log.code | module_files(), log.begun),
        "files": files,
        **_entries(absent, plain, log.begun),
    }
    count = max(1, (len(read) + len(listings)) // PART)
    parts = [(_by_folder(_share(read, n, count)), _share(listings, n, count)) for n in range(count)]
    return kept, parts


def _from(here: str, path: str) -> str:
    """A path as it is seen from the current folder: the system finds it in less time than from the root."""
    seen = path.removeprefix(os.path.join(here, ""))
    return path if seen.startswith(("/", "\\")) else seen


def _share(values: list[Portion], number: int, count: int) -> list[Portion]:
    return values[len(values) * number // count : len(values) * (number + 1) // count]


def _by_folder(read: Iterable[tuple[str, str, Stamp | None, bytes]]) -> ReadFiles:
    """Files in their order by their folder; names and numbers that are equal are one value, which is written once."""
    known: dict[Any, Any] = {}
    found: ReadFiles = []
    for at, files in groupby(read, itemgetter(0)):
        _, named, states, contents = zip(*files, strict=True)
        names = tuple(map(sys.intern, named))
        stamps = [stamp and cast("Stamp", tuple(map(known.setdefault, stamp, stamp))) for stamp in states]
        found.append((at, known.setdefault(names, names), stamps, b"".join(contents)))
    return found


def day_number(day: int) -> int:
    """A day as a number that can be kept, counted from 1970-01-01."""
    return day - EPOCH


def code_stamps(loaded: Iterable[str], begun: int) -> list[tuple[str, Stamp]]:
    """The stamps of recpol's code, of its libraries and of its data; raises `NotKept` where one may have changed."""
    return [(path, _unchanged(path, begun)) for path in _code(loaded)]


class _Plain:
    """Folders that are no links, with all above them."""

    def __init__(self) -> None:
        self.folders: set[str] = set()

    def follow(self, path: str) -> None:
        """Note a folder and those above it; raises `NotKept` where one is a link. A file may stand at the end."""
        first = True
        while path not in self.folders:
            try:
                stamp = stamp_of(os.lstat(path))
            except (FileNotFoundError, NotADirectoryError):
                stamp = None
            if stamp is not None and is_folder(stamp):
                self.folders.add(path)
            elif not first or (stamp is not None and not is_file(stamp)):
                raise NotKept
            first = False
            above = os.path.dirname(path)
            if above == path:
                return
            path = above


def _entries(paths: Iterable[str], plain: _Plain, begun: int) -> dict[str, list[Any]]:
    """What is not there, and what is a folder.

    Where there is much of both in a folder, it is kept by that folder (`entries`): while that has not changed, nothing
    has come into it or gone. No stamp is kept where there is little: writing a new one takes longer than asking again.
    """
    absent: dict[str, set[str]] = {}
    for path in paths:
        above = os.path.dirname(path)
        while not os.path.lexists(above):
            path, above = above, os.path.dirname(above)
        plain.follow(above)
        absent.setdefault(above, set()).add(path)
    folders: dict[str, list[str]] = {}
    for path in sorted(plain.folders):
        folders.setdefault(os.path.dirname(path), []).append(path)
    found: dict[str, list[Any]] = {"entries": [], "absent": [], "folders": []}
    for above in sorted(absent.keys() | folders):
        gone, there = sorted(absent.get(above, ())), folders.get(above, [])
        stamp = stamp_of(os.lstat(above))
        if not is_folder(stamp) or any(map(os.path.lexists, gone)):
            raise NotKept
        if len(gone) + len(there) > FEW:
            found["entries"].append((above, stamp if trusted(stamp, begun) else None, gone, there))
        else:
            found["absent"] += gone
            found["folders"] += there
    return found


def _code(loaded: Iterable[str]) -> list[str]:
    """The files of recpol and of its libraries that are loaded, and the data that belongs to recpol."""
    within = os.path.dirname(os.__file__) + os.sep
    others = tuple(os.path.join(within, name) + os.sep for name in ("site-packages", "dist-packages"))
    files = {file for file in loaded if not file.startswith(within) or file.startswith(others)}
    folders = [DATA] if packaged() else [os.path.join(CHECKOUT, name) for name in ("grammar", "schemas")]
    folders.append(os.path.join(DATA if packaged() else CHECKOUT, "packs"))
    for folder in folders:
        files.add(folder)
        files |= {os.path.join(folder, name) for name in os.listdir(folder)}
    return sorted(files)


def _unchanged(path: str, begun: int) -> Stamp:
    """The stamp of a file that was loaded; raises `NotKept` where it may have changed since."""
    stamp = stamp_of(os.lstat(path))
    if not trusted(stamp, begun):
        raise NotKept
    return stamp
