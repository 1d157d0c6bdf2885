"""The command `recpol`: what it said the last time where nothing has changed, else the command.

Invariant: this loads next to nothing, so that a run that finds everything unchanged takes little longer than a bare
Python; `recpol.cli.dispatch` loads what a command needs.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT_COMMANDS = (["lint"], ["compile"])
"""The commands whose results are kept."""


def run(words: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; by default that of the process, which may end here."""
    if words is not None:
        return _run(list(words))
    bundle = None
    if sys.implementation.name == "cpython":
        from recpol.cli import bytecode

        bundle = bytecode.begin()
    gc.disable()  # no tree, program or document holds itself; a look for circles in a large one takes long
    status = _run(sys.argv[1:], alone=True)
    if bundle is not None:
        bundle.keep()
    _leave(status)
    return status


def _run(words: list[str], *, alone: bool = False) -> int:
    """Run a command line; `alone` is true where nothing but the command runs in this process."""
    from recpol.cache import OPTION

    kept = words[:1] in KEPT_COMMANDS and OPTION not in words
    if kept:
        from recpol.cache.recall import recall

        try:
            known = recall(words)
            if known is not None:
                from recpol.cli.again import say_again

                return say_again(*known)
        except KeyboardInterrupt:
            return 130
    if alone:
        from recpol.base import record

        record.GUARDED = False
    from recpol.cli.dispatch import run_command

    return run_command(words, kept=kept)


def _leave(status: int) -> None:
    """End the process at once, unless something waits for its end: a thread, a function that is to be called then, a
    profiler. Python would free a hundred modules one by one, which takes a tenth of a lint; the system frees them all.
    """
    waiting = "atexit" in sys.modules or "threading" in sys.modules
    if waiting or sys.getprofile() is not None or sys.gettrace() is not None or sys.flags.inspect:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python says what it says of streams that cannot be written
    os._exit(status)
