"""uvicorn as `recpol serve` runs it: with patience for clients that is measured.

uvicorn itself waits for ever for a client that connects and says nothing, or sends its request drop by drop.

Invariant: a connection on which no request has arrived whole `REQUEST_SECONDS` to twice that long is closed.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

REQUEST_SECONDS = 5.0
"""How long a client may take for the head of a request at least; its body has `callbacks.BODY_SECONDS`."""

STOP_SECONDS = 10.0
"""How long a server that stops waits for answers that are under way."""


class PatientProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn chooses between two classes
    """The protocol of uvicorn, which gives up clients that send no request."""

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        super().connection_made(transport)
        self._look_again(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _look_again(self, before: Any) -> None:
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(REQUEST_SECONDS, self._look, before)

    def _look(self, before: Any) -> None:
        """Close the connection, if nothing is being answered, and no request has begun since the last look."""
        cycle = self.cycle
        if cycle is before and (cycle is None or cycle.response_complete):
            self.transport.close()
        else:
            self._look_again(cycle)


def configuration(app: Any, **more: Any) -> uvicorn.Config:
    """How uvicorn serves the application; `more` goes before what is said here."""
    settings: dict[str, Any] = {
        "access_log": False, "log_level": "warning", "server_header": False, "http": PatientProtocol,
        "timeout_graceful_shutdown": int(STOP_SECONDS), "ws": "none",
    }  # fmt: skip
    return uvicorn.Config(app, **{**settings, **more})
