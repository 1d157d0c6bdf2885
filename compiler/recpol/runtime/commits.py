"""Waiting in an event loop for entries of the ledger, before what they tell of is answered or goes on.

Invariant: nothing waits longer than `COMMIT_SECONDS` for the ledger; what is not on the disk by then is an alarm.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from concurrent.futures import Future

from recpol.runtime.core import COMMIT_SECONDS, Runtime


async def committed(runtime: Runtime, futures: Sequence[Future[bool]]) -> bool:
    """Wait until entries are on the disk, or for `COMMIT_SECONDS` together; then it is told that they are late.

    Whether all of them are in the ledger itself, so that who reads it knows them.
    """
    waiting = [asyncio.wrap_future(future) for future in futures]
    done, _ = await asyncio.wait(waiting, timeout=COMMIT_SECONDS)
    if any(one not in done or one.cancelled() for one in waiting):
        runtime.late()
        return False
    return all(one.result() for one in waiting)


class CommitWaiter:
    """The same for callbacks, which are many: the event loop is woken once for all entries of a transaction."""

    def __init__(self, runtime: Runtime) -> None:
        self._ledger = runtime.ledger
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Future[bool], asyncio.Future[bool]] = {}

    async def wait(self, future: Future[bool], seconds: float) -> bool:
        """Whether an entry is on the disk in time."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._ledger.tell(self._committed)
        waiting: asyncio.Future[bool] = loop.create_future()
        self._waiting[future] = waiting  # before the look: who is done between the two would wake nobody
        late = loop.call_later(seconds, self._done, future, False)
        try:
            return (future.done() and not future.cancelled()) or await waiting
        finally:
            late.cancel()
            self._waiting.pop(future, None)

    def _committed(self, futures: Sequence[Future[bool]]) -> None:
        """In the ledger's thread: entries are on the disk."""
        loop = self._loop
        if loop is not None and self._waiting:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._all_done, futures)

    def _all_done(self, futures: Sequence[Future[bool]]) -> None:
        for future in futures:
            self._done(future, True)

    def _done(self, future: Future[bool], is_there: bool) -> None:
        waiting = self._waiting.get(future)
        if waiting is not None and not waiting.done():
            waiting.set_result(is_there)
