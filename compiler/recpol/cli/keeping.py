"""A command run so that what it comes to can be kept in the cache.

Invariant: the command knows nothing of it, and says and returns what it would without; a run that the command line
gives a value of a variable is not kept, for the value may be a secret, and may be said in another form.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from recpol.cache.keep import keep
from recpol.cache.place import cache_folder, run_file
from recpol.cli.console import Listening
from recpol.workspace.disk import DiskLog


def run_kept(command: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    """Run the command of a command line, keep what it came to if that can be, and return its exit status."""
    path = _file(words)
    if path is None or any(word.partition("=")[0] == "--var" for word in words):
        return command(words[1:])
    log = DiskLog()
    with log, Listening() as said:
        status = command(words[1:])
    if status in (0, 1):
        keep(path, log, status, said)
    return status


def _file(words: Sequence[str]) -> str | None:
    """The file for a run; None where nothing is to be kept."""
    try:
        folder = cache_folder(os.environ, words)
        return None if folder is None else run_file(folder, os.environ, words)
    except OSError:  # the current folder is gone: the command says so
        return None
