"""The questions that a run asks the disk, and what it was told, noted where somebody wants to know.

All of `recpol.workspace`, and every command that may be recalled from the cache, asks here and not `os`. A note is what
was answered at the time; `recpol.cache` asks the same again later.

Invariant: without a `DiskLog` each function is that of `os` of the same name. With one, every answer that a result can
depend on is noted, or the log says that it is not whole (`spoil`).
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Sequence

from recpol.base.digest import Stamp, digest, listing, stamp_of
from recpol.base.typing import Literal

FileKind = Literal["absent", "folder", "file", "other"]

EPOCH, LAST_DAY = 719_163, 3_652_059
"""1970-01-01 and 9999-12-31. Days are numbers here, as `datetime.date.toordinal` counts them: `datetime` takes a
fiftieth of a lint to load."""


class DiskLog:
    """What the disk has answered since the log was begun, while it is entered (`with`)."""

    def __init__(self) -> None:
        self.begun = time.time_ns()
        self.whole = True
        """Whether all that counts was noted, no link was met, and nothing was written."""
        self.kinds: dict[str, FileKind] = {}
        self.contents: dict[str, tuple[Stamp, bytes]] = {}
        """By a file that was read: its state before, and the digest of its content."""
        self.listings: dict[tuple[str, tuple[str, ...], bool], tuple[Stamp, bytes]] = {}
        """By a folder that was listed, the ends of the names that were asked for, and whether hidden names count: the
        state of the folder before, and the digest of the names."""
        self.through: set[str] = set()
        """Paths that were followed to their end, and led through no link."""
        self.code: set[str] = set()
        """The files of modules that other processes have loaded."""
        self.first_day, self.last_day = 1, LAST_DAY
        """The days on which all comparisons of the day come out as they did."""

    def __enter__(self) -> None:
        _log.append(self)

    def __exit__(self, *_: object) -> None:
        _log.remove(self)

    def spoil(self) -> None:
        """Say that something counts that is not noted."""
        self.whole = False

    def within_days(self, first: int, last: int) -> None:
        """Say that the run comes to the same only on some days."""
        self.first_day, self.last_day = max(self.first_day, first), min(self.last_day, last)

    def kind(self, path: str) -> FileKind:
        """What is at a path, noted."""
        found = _kind(path)
        if found == "other" or self.kinds.setdefault(path, found) != found:
            self.spoil()
        return found


_log: list[DiskLog] = []


def current() -> DiskLog | None:
    """The log in which answers are noted; None where there is none."""
    return _log[-1] if _log else None


def taken() -> DiskLog | None:
    """The log of this process, for the one that `add`s it, with the modules that are loaded here."""
    if not _log:
        return None
    _log[-1].code |= module_files()
    return _log[-1]


def module_files() -> set[str]:
    """The files of all modules that are loaded."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return {file for file in files if isinstance(file, str)}


def add(log: DiskLog | None) -> None:
    """Note what another process has noted, which began as a copy of this one."""
    if not _log or log is None:
        return
    mine = _log[-1]
    mine.whole = mine.whole and log.whole
    mine.first_day, mine.last_day = max(mine.first_day, log.first_day), min(mine.last_day, log.last_day)
    mine.through |= log.through
    mine.code |= log.code
    for path, kind in log.kinds.items():
        mine.whole = mine.kinds.setdefault(path, kind) == kind and mine.whole
    for path, state in log.contents.items():
        mine.whole = mine.contents.setdefault(path, state)[1] == state[1] and mine.whole
    for folder, seen in log.listings.items():
        mine.whole = mine.listings.setdefault(folder, seen)[1] == seen[1] and mine.whole


def spoil() -> None:
    """Say that something counts that cannot be noted: something is written, or comes from a pipe."""
    for log in _log:
        log.spoil()


def lexists(path: str) -> bool:
    """Whether there is something of that name."""
    return _log[-1].kind(path) != "absent" if _log else os.path.lexists(path)


def exists(path: str) -> bool:
    """Whether there is something of that name, at the end of links."""
    if _log and (kind := _log[-1].kind(path)) != "other":
        return kind != "absent"
    return os.path.exists(path)


def isdir(path: str) -> bool:
    """Whether it is a folder."""
    if _log and (kind := _log[-1].kind(path)) != "other":
        return kind == "folder"
    return os.path.isdir(path)


def is_folder(path: str) -> bool:
    """Whether what is there is a folder; raises `OSError` where nothing is."""
    if _log and (kind := _log[-1].kind(path)) in ("folder", "file"):
        return kind == "folder"
    return stat.S_ISDIR(os.stat(path).st_mode)


def isfile(path: str) -> bool:
    """Whether it is a regular file."""
    if _log and (kind := _log[-1].kind(path)) != "other":
        return kind == "file"
    return os.path.isfile(path)


def islink(path: str) -> bool:
    """Whether it is a link."""
    if _log and _log[-1].kind(path) != "other":
        return False
    return os.path.islink(path)


def realpath(path: str) -> str:
    """The path without links and dots."""
    real = os.path.realpath(path)
    if _log:
        if real != os.path.abspath(path):
            spoil()
        _log[-1].through.add(path)
    return real


def leads_below(folder: str, path: str) -> bool:
    """Whether a path goes on from a folder to something in it without links and dots, wherever the folder really is.

    False where that is so only at the end of links, or only `realpath` can tell.
    """
    below = folder.rstrip(os.sep) + os.sep
    if os.name != "posix" or not os.path.isabs(folder) or not path.startswith(below):
        return False
    names = path[len(below) :].split(os.sep)
    if not _NO_NAMES.isdisjoint(names):
        return False
    try:
        for end in range(1, len(names) + 1):
            if stat.S_ISLNK(os.lstat(below + os.sep.join(names[:end])).st_mode):
                return False
    except OSError:
        return False
    if _log:
        if folder not in _log[-1].through:
            realpath(folder)
        _log[-1].through.add(path)
    return True


_NO_NAMES = frozenset({"", os.curdir, os.pardir})


def entries(folder: str, suffixes: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The names in a folder that end so, and its folders, without hidden ones: names, and whether it is a folder.

    Raises `OSError`.
    """
    before = os.lstat(folder) if _log else None
    with os.scandir(folder) as found:
        all_ = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    if before is not None:
        _note(folder, suffixes, False, before, all_)
    return [(name, is_folder) for name, is_folder in all_ if name[0] != "." and (is_folder or name.endswith(suffixes))]


def listdir(folder: str) -> list[str]:
    """All names in a folder; raises `OSError`."""
    if not _log:
        return os.listdir(folder)
    before = os.lstat(folder)
    with os.scandir(folder) as found:
        all_ = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    _note(folder, ("",), True, before, all_)
    return [name for name, _ in all_]


def _note(
    folder: str, suffixes: tuple[str, ...], hidden: bool, before: os.stat_result, all_: Sequence[tuple[str, bool]]
) -> None:
    seen = listing(all_, suffixes, hidden=hidden)
    earlier = _log[-1].listings.setdefault((folder, suffixes, hidden), (stamp_of(before), seen))
    if earlier[1] != seen:
        spoil()


_read: set[str] = set()


def begin_run() -> None:
    """Forget what an earlier run of this process has read."""
    _read.clear()


def note_read(path: str) -> None:
    """Note that the run reads a file, in this process or in another one."""
    _read.add(path)


def was_read(path: str) -> bool:
    """Whether the run reads the file at a path, by whatever name; `path` is there."""
    file = os.stat(path)
    return any(_is_same(other, file) for other in _read)


def _is_same(path: str, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), file)
    except (OSError, ValueError):
        return False


def note_content(path: str, before: os.stat_result, data: bytes) -> None:
    """Note what was read of a regular file, whose state was this before."""
    note_read(path)
    if _log:
        seen = digest(data)
        if _log[-1].contents.setdefault(path, (stamp_of(before), seen))[1] != seen:
            spoil()


def note_absent(path: str, problem: OSError | ValueError) -> None:
    """Note that a file could not be opened: it is not there, or the reason is one that is not noted."""
    if _log and not (isinstance(problem, FileNotFoundError) and _log[-1].kind(path) == "absent"):
        spoil()


def _kind(path: str) -> FileKind:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except (OSError, ValueError):
        return "other"
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


class NotedDay(int):
    """A day that notes in a log on which other days all comparisons with it would come out the same."""

    log: DiskLog

    def _note(self, other: int) -> None:
        log, mine = self.log, int(self)
        if mine < other:
            log.within_days(1, other - 1)
        elif mine > other:
            log.within_days(other + 1, LAST_DAY)
        else:
            log.first_day = log.last_day = mine

    def __lt__(self, other: int) -> bool:
        self._note(other)
        return super().__lt__(other)

    def __le__(self, other: int) -> bool:
        self._note(other)
        return super().__le__(other)

    def __gt__(self, other: int) -> bool:
        self._note(other)
        return super().__gt__(other)

    def __ge__(self, other: int) -> bool:
        self._note(other)
        return super().__ge__(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            self._note(other)
        return super().__eq__(other)

    __hash__ = int.__hash__


def noted_day(day: int) -> int:
    """A day that notes what it is compared with, where there is a log; it is for nothing but comparing."""
    if not _log:
        return day
    noted = NotedDay(day)
    noted.log = _log[-1]
    return noted
