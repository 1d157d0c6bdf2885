"""Inputs to sources, and the files that `use` brings in.

Invariant: what cannot be read is a `CannotRun`, a finding or an `Unreadable`, never an empty text. A file that `use`
brings in lies in the project folder, whatever links and dots its path is made of.
"""

from __future__ import annotations

import errno
import os
import stat
import sys

from recpol.base.finding import Finding
from recpol.base.source import MAX_BYTES, Source, Undecodable, Unreadable, decode
from recpol.settings.config import FILE_NAME
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import STDIN, SUFFIX, Input, find_project, here, inside, shown

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Opening must not wait for the other end of a pipe."""


class Files:
    """Reads inputs, and remembers enough of them to find what they `use`.

    `read` is the `recpol.base.source.Reader` of a run. A file that several policies use is read once.
    """

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        """From what a file is called to how it is opened."""
        self._roots: dict[str, str] = {}
        """From what a file is called to the folder that its `use` may not leave."""
        self._names: dict[str, str] = {}
        """From the real path of a file to what it is called, so that a file has one name however it is reached."""
        self._used: dict[str, Source | Unreadable] = {}

    def load(self, item: Input) -> Source | Finding:
        """An input to its source, or to a finding if its bytes are no text that recpol takes; raises `CannotRun`."""
        self._paths[item.shown] = item.path
        if item.path == STDIN:
            return _text(item.shown, standard_input(MAX_BYTES + 1))
        if item.within and not inside(item.path, item.within):
            raise CannotRun(
                f"`{item.shown}` is a link to a file outside the project, and is not read",
                "remove the link; a file outside the project can be named on the command line",
            )
        help_ = "name a file, or write `-` for it and pipe the text in"
        return _text(item.shown, content_of(item.path, item.shown, MAX_BYTES + 1, help_))

    def opened(self, name: str) -> str | None:
        """How a file that was read is opened, by what it is called."""
        return self._paths.get(name)

    def sources(self) -> dict[str, Source]:
        """The files of rules that were read, by what they are called."""
        return {source.path: source for source in self._used.values() if isinstance(source, Source)}

    def read(self, written: str, from_path: str) -> Source | Unreadable:
        """The file that a `use` in the file called `from_path` names as `written`."""
        refused = _refuse(written)
        if refused is not None:
            return refused
        cwd = here()
        using = self._paths.get(from_path, from_path)
        using = os.path.join(cwd, from_path if using == STDIN else using)
        root = self._roots.setdefault(from_path, _root(using))
        self._names.setdefault(disk.realpath(using), from_path)
        target = disk.realpath(os.path.join(os.path.dirname(using), written))
        if not inside(target, root):
            return Unreadable(
                f"it is outside the project folder `{shown(root, cwd)}`",
                f"move it into the folder, or put `{FILE_NAME}` into a folder that holds both",
            )
        name = self._names.setdefault(target, shown(target, cwd))
        self._paths[name], self._roots[name] = target, root
        if target not in self._used:
            self._used[target] = _brought(target, name)
        return self._used[target]


def _root(using: str) -> str:
    project = find_project(using)
    return disk.realpath(project.folder if project is not None else os.path.dirname(using))


_LONGEST = 4096
"""The longest path of a file on the systems that there are, in characters."""


def _refuse(written: str) -> Unreadable | None:
    if not written:
        return Unreadable("the path is empty", "name a file of rules, relative to this file")
    if len(written) > _LONGEST:
        return Unreadable("the path is longer than any path can be", "name a file of rules, relative to this file")
    if not written.isprintable():
        return Unreadable("the path holds a character that no name of a file should hold", "write a plain path")
    if "\\" in written:
        return Unreadable("the path has a backslash", "write `/` between folders")
    if written.startswith("/") or written[1:2] == ":":
        return Unreadable("the path is absolute", "write it relative to this file")
    if not written.endswith(SUFFIX):
        return Unreadable(f"it does not end in `{SUFFIX}`", "name a file of rules")
    return None


def _brought(target: str, name: str) -> Source | Unreadable:
    try:
        data = _bytes(target, MAX_BYTES + 1)
    except FileNotFoundError as problem:
        disk.note_absent(target, problem)
        return Unreadable("there is no such file", "check the path: it is relative to this file")
    except OSError as problem:
        disk.spoil()
        return Unreadable(in_words(problem), "check the path: it is relative to this file")
    if data is None:
        return Unreadable("it is not a regular file", "name a file of rules")
    got = _text(name, data)
    return Unreadable(got.message, got.help) if isinstance(got, Finding) else got


def content_of(path: str, called: str, limit: int, help_: str) -> bytes:
    """What is in a file that a user named, `limit` bytes at most.

    Raises `CannotRun`, with `help_` for folders, pipes and devices.

    What a shell writes for `<(command)` is read like a file.
    """
    try:
        data = _bytes(path, limit)
    except (OSError, ValueError) as problem:
        disk.note_absent(path, problem)
        if os.path.islink(path) and isinstance(problem, FileNotFoundError):
            raise CannotRun(f"`{called}` is a link to nothing", "repair or remove the link") from None
        words = in_words(problem) if isinstance(problem, OSError) else "it is not the name of a file"
        missing = isinstance(problem, FileNotFoundError | ValueError)
        cure = "check the path" if missing else help_ if isinstance(problem, IsADirectoryError) else ""
        raise CannotRun(f"cannot read `{called}`: {words}", cure) from None
    if data is None:
        raise CannotRun(f"`{called}` is not a regular file", help_)
    return data


def _bytes(path: str, limit: int) -> bytes | None:
    """What is in a file, `limit` bytes at most; none if it is a pipe or a device."""
    if path.startswith("/dev/fd/"):
        disk.spoil()
        with open(path, "rb") as pipe:
            return pipe.read(limit)
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        mode = status.st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            disk.spoil()
            return None
        data = _up_to(descriptor, limit, status.st_size)
        disk.note_content(path, status, data)
        return data
    finally:
        os.close(descriptor)


def _up_to(descriptor: int, limit: int, size: int) -> bytes:
    """What is in an open file, `limit` bytes at most. `size` is what it is said to hold, which need not be so: it may
    have grown since, and what the system makes up as it is read is said to hold nothing."""
    piece, parts, left = (size + 1 if size else _PIECE), [], limit
    while left > 0 and (part := os.read(descriptor, min(left, piece))):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


_PIECE = 16 * 1024
"""So much is asked for at a time where nothing is said of the size. Elsewhere it is the size: of more room than a text
takes a part is lost to each file, and room for a megabyte would be taken from the system, and given back, for each."""


def standard_input(limit: int) -> bytes:
    """What comes from standard input, `limit` bytes at most; raises `CannotRun` where there is none."""
    disk.spoil()
    if sys.stdin is None:
        raise CannotRun("standard input is closed", "pipe a policy in, or name a file")
    return sys.stdin.buffer.read(limit)


def _text(name: str, data: bytes) -> Source | Finding:
    if len(data) > MAX_BYTES:
        return too_large(name)
    got = decode(name, data)
    if not isinstance(got, Undecodable):
        return got
    before = len(data[: got.offset].decode("utf-8"))
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return Finding(
        "the file is UTF-16, not UTF-8" if wide else f"a byte that is not UTF-8: 0x{data[got.offset]:02X}",
        Source(name, data.decode("utf-8", "replace")).span(before, before + 1),
        help="save the file as UTF-8",
        rule="not-utf8",
    )


def too_large(name: str) -> Finding:
    """What is said of a file with more bytes than recpol takes."""
    return Finding(
        f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB",
        Source(name, "").whole(),
        help="split it: a policy is a page or two" if name.endswith(SUFFIX) else "split it",
        rule="file-too-large",
    )
