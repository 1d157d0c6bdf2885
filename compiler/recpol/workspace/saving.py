"""A text to a file, whole or not at all.

Invariant: who reads the file sees the old text or the new one, never a part; the file keeps its permissions. An edit
that somebody made while recpol worked is not written over. What a run has read, and what belongs to a project, is no
place for output, by whatever name or link it is reached.
"""

from __future__ import annotations

import os
from contextlib import suppress

from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.stopping import stoppable

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def save(path: str, text: str, help_: str, *, instead_of: str | None = None, anew: bool = False) -> None:
    """Write a text to a file as UTF-8; raises `CannotRun` with `help_` where that fails. A pipe is written to.

    `instead_of` is the text that the file held when it was read; where it holds another one by now, nothing is written.
    `anew` says that the file was read to be written anew. Any other file that was read is refused.
    """
    before = None if instead_of is None else instead_of.encode("utf-8")
    save_bytes(path, text.encode("utf-8"), help_, before, anew=anew)


def save_bytes(path: str, data: bytes, help_: str, instead_of: bytes | None = None, *, anew: bool = False) -> None:
    """The same for bytes."""
    if instead_of is None and not anew:
        refuse_over_input(path)
    disk.spoil()
    try:
        target = os.path.realpath(path)
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "wb") as file:
                file.write(data)
            return
        with stoppable():
            _replace(target, data, instead_of, path)
    except (OSError, ValueError) as problem:
        words = in_words(problem) if isinstance(problem, OSError) else "it is no name of a file"
        raise CannotRun(f"cannot write `{path}`: {words}", help_) from None


def refuse_over_input(*outputs: str | None) -> None:
    """Raise `CannotRun` where an output would be written over a file that the run has read, or that is a project's own.

    A command that writes several files asks this of all of them before it writes the first.
    """
    for path in outputs:
        if path is not None and (what := _input_at(path)):
            raise CannotRun(f"`{path}` is not written over: {what}", "name another file for the output")


def _input_at(path: str) -> str:
    """What is at a path that no output may be written over, in words; empty where there is no such thing."""
    disk.spoil()
    if not os.path.isfile(path):
        return ""
    if disk.was_read(path):
        return "this run reads it"
    from recpol.workspace.projectfiles import kind_of

    return kind_of(path)


def _replace(target: str, data: bytes, before: bytes | None, called: str) -> None:
    # The name says nothing of the file's, which may be as long as names can be; nobody can have made it before.
    temporary = os.path.join(os.path.dirname(target), f".recpol-{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, _CREATE, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        with suppress(FileNotFoundError):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        if before is not None and not _holds(target, before):
            raise CannotRun(
                f"`{called}` was changed while recpol worked on it",
                "run recpol again; the file is as it was saved last",
            )
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _holds(path: str, data: bytes) -> bool:
    """Whether a file holds just these bytes."""
    try:
        with open(path, "rb") as file:
            return file.read(len(data) + 1) == data
    except FileNotFoundError:
        return False
