"""A run that has ended, to a file of the cache.

Invariant: nothing is kept of a run that wrote something, met a link, read a pipe, or saw a file change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from recpol.base.digest import Stamp, stamp_of
from recpol.base.resources import CHECKOUT, DATA, packaged
from recpol.base.typing import Any
from recpol.cache.stamps import is_file, is_folder, trusted
from recpol.cache.store import write
from recpol.workspace.disk import EPOCH, DiskLog, module_files


class NotKept(Exception):
    """The run cannot be kept."""


def keep(path: str, log: DiskLog, status: int, said: Sequence[tuple[int, str]]) -> bool:
    """Keep what a run came to in the file `path`, if it can be; whether it was."""
    if not log.whole:
        return False
    try:
        return write(path, _kept(log, status, said))
    except (NotKept, OSError):
        return False


def _kept(log: DiskLog, status: int, said: Sequence[tuple[int, str]]) -> dict[str, Any]:
    plain = _Plain()
    here = os.getcwd()
    for path in log.through:
        plain.follow(os.path.join(here, path))
    by_folder: dict[str, list[tuple[str, Stamp | None, bytes]]] = {}
    for called, (before, content) in log.contents.items():
        path = os.path.join(here, called)
        stamp = stamp_of(os.lstat(path))
        if not is_file(stamp) or stamp != before:
            raise NotKept
        plain.follow(os.path.dirname(path))
        name = os.path.basename(path)
        at = path.removesuffix(name)
        by_folder.setdefault(at, []).append((name, stamp if trusted(stamp, log.begun) else None, content))
    listings = []
    for (called, suffixes, hidden), (before, seen) in log.listings.items():
        folder = os.path.join(here, called)
        stamp = stamp_of(os.lstat(folder))
        if not is_folder(stamp) or stamp != before:
            raise NotKept
        plain.follow(folder)
        listings.append((folder, stamp if trusted(stamp, log.begun) else None, suffixes, hidden, seen))
    files, absent = [], []
    for called, kind in log.kinds.items():
        path = os.path.join(here, called)
        if kind == "absent":
            absent.append(path)
            continue
        plain.follow(path if kind == "folder" else os.path.dirname(path))
        if kind == "file" and called not in log.contents:
            files.append(path)
    return {
        "days": (day_number(log.first_day), day_number(log.last_day)),
        "status": status,
        "said": list(said),
        "code": code_stamps(log.code | module_files(), log.begun),
        "files": files,
        "contents": _contents(by_folder),
        "listings": listings,
        "absent": _absent(absent, plain, log.begun),
        "folders": sorted(plain.folders),
    }


def _contents(
    by_folder: Mapping[str, Sequence[tuple[str, Stamp | None, bytes]]],
) -> list[tuple[str, tuple[str, ...], list[Stamp | None], bytes]]:
    """Files by their folder: their names, their stamps, and their digests in one; equal names are one value, which is
    written once."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    found = []
    for at, files in by_folder.items():
        names = tuple(sys.intern(name) for name, _, _ in files)
        stamps = [stamp for _, stamp, _ in files]
        found.append((at, known.setdefault(names, names), stamps, b"".join(content for _, _, content in files)))
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


def _absent(paths: Iterable[str], plain: _Plain, begun: int) -> list[tuple[str, Stamp | None, list[str]]]:
    """What is not there, by the nearest folder that is: where that has not changed, nothing has come into it."""
    by_folder: dict[str, set[str]] = {}
    for path in paths:
        above = os.path.dirname(path)
        while not os.path.lexists(above):
            path, above = above, os.path.dirname(above)
        plain.follow(above)
        by_folder.setdefault(above, set()).add(path)
    found: list[tuple[str, Stamp | None, list[str]]] = []
    for folder, absent in by_folder.items():
        stamp = stamp_of(os.lstat(folder))
        if not is_folder(stamp) or any(map(os.path.lexists, absent)):
            raise NotKept
        found.append((folder, stamp if trusted(stamp, begun) else None, sorted(absent)))
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
