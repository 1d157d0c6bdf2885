"""What a server remembers of the calls that it answers; the ledger knows the others.

Invariant: what is remembered has limits. It is safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from recpol.base.record import Record, field
from recpol.runtime.build import ServedPolicy

MOST_CALLS = 100_000
"""How many calls are remembered."""

MOST_ENDED = 5_000
"""How many calls are remembered after their end: their recordings are told of a moment later."""


class ServedCall(Record):
    """What is known of a running call: its policy as it was when the call began, and the document it got last.

    `start` holds the values that the backend gave when it began the call, as far as replies want them.
    """

    site: ServedPolicy
    last: str | None
    start: Mapping[str, str] = field(default_factory=dict, repr=False)


class CallMemory:
    """Calls by their ids, and the calls that sessions of Voice API v2 join their legs to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, ServedCall] = OrderedDict()
        self._ended: OrderedDict[str, ServedCall] = OrderedDict()
        self._sessions: OrderedDict[str, str] = OrderedDict()

    def call(self, call: str) -> ServedCall | None:
        """What is remembered of a call."""
        with self._lock:
            return self._calls.get(call) or self._ended.get(call)

    def remember(self, call: str, state: ServedCall) -> None:
        """Keep what a call got last: what follows is answered by it."""
        with self._lock:
            self._calls[call] = state
            self._calls.move_to_end(call)
            if len(self._calls) > MOST_CALLS:
                self._calls.popitem(last=False)

    def end(self, call: str) -> None:
        """Keep a call that has ended for a while only."""
        with self._lock:
            state = self._calls.pop(call, None)
            if state is not None:
                self._ended[call] = state
            if len(self._ended) > MOST_ENDED:
                self._ended.popitem(last=False)

    def joined(self, session: str) -> str | None:
        """The call that a session joins its legs to."""
        with self._lock:
            return self._sessions.get(session)

    def join(self, session: str, call: str) -> str:
        """Take the events of a session as those of a call; its id. One that the backend begins has the session's."""
        with self._lock:
            self._sessions[session] = call
            if len(self._sessions) > MOST_CALLS:
                self._sessions.popitem(last=False)
        return call
