"""uvicorn as `recpol serve` runs it: with patience for clients that is measured, and callbacks answered at once.

uvicorn itself waits for ever for a client that connects and says nothing, or sends its request drop by drop.

Invariant: a connection on which no request has arrived whole `REQUEST_SECONDS` to twice that long is closed.
"""

from __future__ import annotations

import asyncio
from functools import partial

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from recpol.base.typing import Any
from recpol.runtime import callbacks
from recpol.runtime.callbacks import FAILED, TOO_SLOW, CallbackServer
from recpol.runtime.core import HttpAnswer
from recpol.runtime.serving import OWN_PATHS
from recpol.runtime.wire import LARGEST_BODY, WireRequest

REQUEST_SECONDS = 5.0
"""How long a client may take for the head of a request at least; its body has `callbacks.BODY_SECONDS`."""

STOP_SECONDS = 10.0
"""How long a server that stops waits for answers that are under way."""


class PatientProtocol(HttpToolsProtocol):
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


class CallbackCycle:
    """A callback between its head and its answer, in the place of uvicorn's own cycle of a request. uvicorn's protocol
    reads and sets all but `path`, `headers` and `patience`, the timer of a body that has not come."""

    __slots__ = ("body", "disconnected", "headers", "keep_alive", "more_body", "path", "patience", "response_complete")

    message_event = asyncio.Event()
    """Nobody waits for it."""

    def __init__(self, path: str, headers: dict[str, str], *, keep_alive: bool) -> None:
        self.path, self.headers, self.keep_alive = path, headers, keep_alive
        self.body = bytearray()
        self.more_body, self.response_complete, self.disconnected = True, False, False
        self.patience: asyncio.TimerHandle | None = None


class CallbackProtocol(PatientProtocol):
    """The protocol that answers plain callbacks by itself: ASGI takes as long as all the rest of an answer.

    What is out of the ordinary goes the way of uvicorn, to the same answers: other methods, bodies of unknown or great
    length, and requests that come before the answer to the one before.
    """

    cycle: Any
    """The request that came last, a cycle of uvicorn's or a `CallbackCycle`."""

    def __init__(self, callbacks: CallbackServer, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self._callbacks = callbacks
        self._whole: CallbackCycle | None = None

    def data_received(self, data: bytes) -> None:
        """Bytes of requests have come."""
        super().data_received(data)
        whole, self._whole = self._whole, None
        if whole is not None:
            self._answer(whole)
        elif isinstance(self.cycle, CallbackCycle) and self.cycle.more_body and self.cycle.patience is None:
            self.cycle.patience = self.loop.call_later(callbacks.BODY_SECONDS, self._send, self.cycle, TOO_SLOW)

    def on_headers_complete(self) -> None:
        """The head of a request is there."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}
        path = httptools.parse_url(self.url).path.decode("latin-1")
        if self._is_plain(path, headers):
            keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
            self.cycle = CallbackCycle(path, headers, keep_alive=keep_alive)
        else:
            super().on_headers_complete()

    def _is_plain(self, path: str, headers: dict[str, str]) -> bool:
        length = headers.get("content-length", "")
        return (
            self.parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and length.isdecimal()
            and len(length) < 6
            and int(length) <= LARGEST_BODY
            and "%" not in path
            and path.strip("/").partition("/")[0] not in OWN_PATHS
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and not self.flow.write_paused
        )

    def on_message_complete(self) -> None:
        """A request is there whole; it is answered when the parser is done with the bytes that have come."""
        cycle = self.cycle
        super().on_message_complete()
        if isinstance(cycle, CallbackCycle) and not cycle.response_complete:
            self._whole = cycle

    def _answer(self, cycle: CallbackCycle) -> None:
        if cycle.patience is not None:
            cycle.patience.cancel()
        request = WireRequest("POST", cycle.path, cycle.headers, bytes(cycle.body))
        try:
            self._callbacks.answer(request, partial(self._send, cycle))
        except Exception as defect:  # as uvicorn does with applications
            self.logger.error("Exception in the answer to a callback", exc_info=defect)
            self._send(cycle, FAILED)

    def _send(self, cycle: CallbackCycle, answer: HttpAnswer) -> None:
        if cycle.response_complete:  # its body came too late
            return
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return
        keep_alive = cycle.keep_alive and not cycle.more_body
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        head = b"content-type: application/json\r\ncontent-length: %d\r\n%b\r\n"
        said = head % (len(answer.body), b"" if keep_alive else b"connection: close\r\n")
        self.transport.write(b"".join((STATUS_LINE[answer.status], *lines, said, answer.body)))
        if not keep_alive:
            self.transport.close()
        self.on_response_complete()


def configuration(app: Any, **more: Any) -> uvicorn.Config:
    """How uvicorn serves what `app.application` made; `more` goes before what is said here."""
    settings: dict[str, Any] = {
        "access_log": False, "log_level": "warning", "server_header": False, "proxy_headers": False, "ws": "none",
        "http": partial(CallbackProtocol, app.callbacks), "timeout_graceful_shutdown": int(STOP_SECONDS),
    }  # fmt: skip
    return uvicorn.Config(app, **{**settings, **more})
