"""What a run said before, said again: the same texts to the same streams, in the same order.

Invariant: where a stream fails, the exit status is the one that the run itself would have had.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Iterable


def say_again(status: int, said: Iterable[tuple[int, str]]) -> int:
    """Say texts for standard output (1) and standard error (2) again, and return the exit status."""
    first, second = sys.stdout, sys.stderr
    for stream in (first, second):
        if stream.errors in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        for number, text in said:
            if number == 1:
                first.write(text)
            else:
                first.flush()
                try:
                    second.write(text)
                    second.flush()
                except OSError:
                    pass  # there is nowhere left to say it
        first.flush()
    except OSError as problem:
        from recpol.cli.dispatch import cannot_print

        return cannot_print(problem)
    return status
