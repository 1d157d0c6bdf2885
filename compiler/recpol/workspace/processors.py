"""The processors of this machine.

Invariant: this loads next to nothing, for a run that finds everything unchanged loads little else.
"""

from __future__ import annotations

import os

MOST = 16
"""So many processes are used where nobody says how many."""


def processors() -> int:
    """The processors that this process may run on, at most `MOST`."""
    try:  # only some systems say which these are
        return min(len(os.sched_getaffinity(0)), MOST)
    except AttributeError:
        return min(os.cpu_count() or 1, MOST)
