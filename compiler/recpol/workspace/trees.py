"""Folders as trees of files: their content carried into a new folder, and a tree removed.

Invariant: a link is carried and removed as the link that it is, and never followed; nothing on another disk is touched.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection
from contextlib import suppress

from recpol.workspace import disk

MAX_FILE = 16 * 1024 * 1024
"""A file of an output folder that is larger was not written by recpol: what is in it is not read."""

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def content(path: str) -> bytes | None:
    """What is in a file, up to `MAX_FILE`; None if there is none, and nothing of a link, which is never followed.

    Raises `OSError` where something else is there.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError as problem:
        disk.note_absent(path, problem)
        return None
    except OSError:
        disk.spoil()
        if os.path.islink(path):
            return b""
        raise
    try:
        status = os.fstat(descriptor)
        mode = status.st_mode
        if not stat.S_ISREG(mode):
            number = errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO
            raise OSError(number, os.strerror(number), path)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_FILE)
        disk.note_content(path, status, data)
        return data
    finally:
        os.close(descriptor)


def carry_over(old: str, new: str, leave: Collection[str]) -> None:
    """Give the folder `new` what `old` holds, but for the names in `leave`: files by another name for the same file.

    Raises `OSError` where part of the folder is on another disk, which cannot change places with anything.
    """
    disk = os.lstat(old).st_dev
    waiting = [(old, new)]
    while waiting:
        source, goal = waiting.pop()
        with os.scandir(source) as entries:
            for entry in entries:
                if source == old and entry.name in leave:
                    continue
                path = os.path.join(goal, entry.name)
                if not entry.is_dir(follow_symlinks=False):
                    _second_name(entry.path, path)
                    continue
                status = entry.stat(follow_symlinks=False)
                if status.st_dev != disk:
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), entry.path)
                os.mkdir(path)
                os.chmod(path, status.st_mode & 0o7777)
                waiting.append((entry.path, path))


def _second_name(path: str, name: str) -> None:
    try:
        os.link(path, name, follow_symlinks=False)
    except (OSError, NotImplementedError):
        # Not every file system has second names.
        if os.path.islink(path):
            os.symlink(os.readlink(path), name)
        else:
            import shutil

            shutil.copy2(path, name)


def remove_tree(path: str) -> None:
    """Remove a folder with all that is in it, or a file; raises `OSError` where something cannot be removed.

    What can be is removed all the same, and a folder that its owner may not change is made one that they may.
    """
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    folders = [path]
    for folder in folders:
        mode = os.lstat(folder).st_mode & 0o7777
        if mode & 0o700 != 0o700:
            with suppress(OSError):
                os.chmod(folder, mode | 0o700)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    os.unlink(entry.path)
    for folder in reversed(folders):
        with suppress(FileNotFoundError):
            os.rmdir(folder)
