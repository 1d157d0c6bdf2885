"""What tells one state of a file or folder from another without reading it.

A stamp is trusted only where nothing had changed in the last `RACY` before it was taken: a clock of files is coarse, so
of two changes within one tick the second leaves no trace. That is git's rule for its index ("racy git").

Invariant: the same trusted stamp means the same content. On Windows, where files have no time of change of their own,
that holds as far as nobody sets the time of a file back.
"""

from __future__ import annotations

from stat import S_ISDIR, S_ISREG

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from recpol.base.digest import Stamp

RACY = 2_000_000_000
"""In nanoseconds: the clock of FAT, the coarsest there is."""


def trusted(stamp: Stamp, since: int) -> bool:
    """Whether a stamp tells all changes after `since`, in nanoseconds since 1970."""
    return stamp[2] < since - RACY and stamp[3] < since - RACY


def is_file(stamp: Stamp) -> bool:
    """Whether it is that of a regular file."""
    return S_ISREG(stamp[0])


def is_folder(stamp: Stamp) -> bool:
    """Whether it is that of a folder, and not of a link to one."""
    return S_ISDIR(stamp[0])
