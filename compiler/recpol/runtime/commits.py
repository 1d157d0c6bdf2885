"""Waiting in an event loop for entries of the ledger, before what they tell of is answered or goes on.

Invariant: nothing waits longer than `COMMIT_SECONDS` for the ledger; what is not on the disk by then is an alarm.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from recpol.runtime.core import COMMIT_SECONDS, Runtime


async def committed(runtime: Runtime, future: Future[bool]) -> bool:
    """Wait until entries are on the disk, or for `COMMIT_SECONDS`; then it is told that they are late.

    Whether they are in the ledger itself, so that who reads it knows them.
    """
    waiting = asyncio.wrap_future(future)
    done, _ = await asyncio.wait([waiting], timeout=COMMIT_SECONDS)
    if not done or waiting.cancelled():
        runtime.late()
        return False
    return waiting.result()


class CommitWaiter:
    """The same for callbacks, which are many: the event loop is woken once for all that wait for a transaction, and one
    timer looks for those that are late."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Future[bool], deque[tuple[float, Callable[[], None]]]] = {}
        self._looks = False

    def then(self, future: Future[bool], act: Callable[[], None]) -> None:
        """Have something done in the event loop that runs, when an entry is on the disk or late."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._runtime.ledger.tell(self._committed)
        deadline = loop.time() + COMMIT_SECONDS
        waiting = self._waiting.get(future)
        if waiting is None:
            waiting = self._waiting[future] = deque()
        waiting.append((deadline, act))  # before the look: who is done between the two would tell nobody
        if future.done() and not future.cancelled():
            self._done(future)
        elif not self._looks:
            self._looks = True
            loop.call_at(deadline, self._look)

    def _committed(self, future: Future[bool]) -> None:
        """In the ledger's thread: entries are on the disk."""
        loop = self._loop
        if loop is not None and self._waiting:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._done, future)

    def _done(self, future: Future[bool]) -> None:
        for _, act in self._waiting.pop(future, ()):
            act()

    def _look(self) -> None:
        """Let those go on that have waited long enough, and look again when the next one has. They came in order."""
        loop = asyncio.get_running_loop()
        for future, waiting in list(self._waiting.items()):
            while waiting and waiting[0][0] <= loop.time():
                self._runtime.late()
                waiting.popleft()[1]()
            if waiting:
                loop.call_at(waiting[0][0], self._look)
                return
            self._waiting.pop(future, None)
        self._looks = False
