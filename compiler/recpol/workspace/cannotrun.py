"""What keeps a command from running at all: exit status 2, one message, no findings.

Invariant: a message is in plain words; it names files as the user would, never a Python type or an error number.
"""

from __future__ import annotations

import errno

_WORDS = {
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENXIO: "it is not a regular file",
    errno.EXDEV: "another disk is mounted there",
    errno.EBUSY: "a disk is mounted there",
    errno.EIO: "the disk cannot be read or written",
}


class CannotRun(Exception):
    """The command cannot do what it was asked: why (lower case, no full stop), and what to do about it."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002  the word that the output uses
        super().__init__(message)
        self.message = message
        self.help = help


def in_words(problem: OSError) -> str:
    """What the operating system complains about, in plain words."""
    return _WORDS.get(problem.errno or 0) or (problem.strerror or "it cannot be read or written").lower()
