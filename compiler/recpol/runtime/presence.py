"""Whether a server is the only one that writes a ledger: a lock on a file beside it, held as long as it runs. For a
ledger in PostgreSQL there is one of the database (`postgres.DatabasePresence`).

Invariant: the system lets go of the lock when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os


class Presence:
    """A server that is there. `alone` is whether it was the only one when it came; None where nobody can know."""

    def __init__(self, path: str) -> None:
        self.alone: bool | None = None
        self._handle: int | None = None
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.alone = True
        except OSError:
            self.alone = False
        with contextlib.suppress(OSError):
            fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def close(self) -> None:
        """It goes."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
