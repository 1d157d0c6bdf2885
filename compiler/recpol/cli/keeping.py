"""A command run so that what it comes to can be kept in the cache.

Invariant: the command knows nothing of it, and says and returns what it would without.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise

from recpol.cache.keep import keep
from recpol.cache.place import cache_folder, run_file
from recpol.cli.console import listening
from recpol.workspace.disk import DiskLog, noting

_SHORTEST = 4
"""A shorter value of the command line is not looked for in what was said: it stands everywhere."""


def run_kept(command: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    """Run the command of a command line, keep what it came to if that can be, and return its exit status."""
    folder = cache_folder(os.environ, words)
    if folder is None:
        return command(words[1:])
    log, path = DiskLog(), run_file(folder, os.environ, words)
    with noting(log), listening() as said:
        status = command(words[1:])
    if status in (0, 1) and not any(value in text for value in _values(words) for _, text in said):
        keep(path, log, status, said)
    return status


def _values(words: Sequence[str]) -> list[str]:
    """The values of the variables that a command line gives: `--var NAME=VALUE` or `--var=NAME=VALUE`."""
    pairs = [after for before, after in pairwise(words) if before == "--var"]
    pairs += [word.removeprefix("--var=") for word in words if word.startswith("--var=")]
    values = [pair.partition("=")[2] for pair in pairs]
    return [value for value in values if len(value) >= _SHORTEST]
