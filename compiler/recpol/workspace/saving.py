"""A text to a file, whole or not at all.

Invariant: who reads the file sees the old text or the new one, never a part; the file keeps its permissions.
"""

from __future__ import annotations

import os
from contextlib import suppress

from recpol.workspace.cannotrun import CannotRun, in_words


def save(path: str, text: str, help_: str) -> None:
    """Write a text to a file as UTF-8; raises `CannotRun` with `help_` where that fails. A pipe is written to."""
    try:
        target = os.path.realpath(path)
        if os.path.exists(target) and not os.path.isfile(target):
            _write(target, text)
            return
        folder, name = os.path.split(target)
        temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
        try:
            _write(temporary, text)
            with suppress(FileNotFoundError):
                os.chmod(temporary, os.stat(target).st_mode & 0o7777)
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except (OSError, ValueError) as problem:
        words = in_words(problem) if isinstance(problem, OSError) else "it is no name of a file"
        raise CannotRun(f"cannot write `{path}`: {words}", help_) from None


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
