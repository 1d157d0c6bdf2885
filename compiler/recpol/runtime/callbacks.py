"""Callbacks as they come over HTTP: a request as bytes to what `core` answers, sent when the ledger has it.

Invariant: a callback is answered with what `core` says and nothing else. Its body has `BODY_SECONDS` to come, and the
answer waits `COMMIT_SECONDS` for its entry at most. A call that this process does not know is looked up in the ledger
before that, which takes as long as the store takes; others are answered meanwhile.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from concurrent.futures import Future
from functools import partial

from recpol.base.typing import Any
from recpol.runtime.commits import CommitWaiter
from recpol.runtime.core import HttpAnswer, Runtime
from recpol.runtime.wire import LARGEST_BODY, PlatformEvent, WireRequest

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_SECONDS = 5.0
"""How long the body of a request may take to arrive."""

TOO_SLOW = HttpAnswer(408, b'{"error":"the body did not arrive in time"}')
"""What is answered to a request whose body does not arrive."""

FAILED = HttpAnswer(500, b'{"error":"the server failed"}')
"""What is answered where nothing else can be."""


class CallbackServer:
    """What answers the platform, as an ASGI application and without; `follow` sends what is to be sent to a call after
    an answer."""

    def __init__(
        self,
        runtime: Runtime,
        now: Callable[[], datetime.datetime],
        follow: Callable[[str, str, str], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self._runtime, self._now, self._follow = runtime, now, follow
        self._tasks: set[asyncio.Task[None]] = set()
        self._commits = CommitWaiter(runtime)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised for what a client does."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(headers, receive)
        except TimeoutError:
            await _answer(send, TOO_SLOW)
            return
        if body is None:
            return
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        answered: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()

        def tell(answer: HttpAnswer) -> None:
            if not answered.cancelled():
                answered.set_result(answer)

        self.answer(WireRequest(scope["method"], path, headers, body), tell)
        await _answer(send, await answered)

    def answer(self, request: WireRequest, send: Callable[[HttpAnswer], None]) -> None:
        """Answer a request in the event loop that runs: `send` gets the answer when the ledger has its entry."""
        now = self._now()
        callback = self._runtime.taken(request, now)
        if isinstance(callback, HttpAnswer):
            send(callback)
        elif self._runtime.is_remembered(callback):
            self._sent(*self._runtime.reply(callback, request.path, now), send)
        else:
            self._run(self._looked_up(callback, request.path, now, send))

    async def _looked_up(
        self, callback: PlatformEvent, path: str, now: datetime.datetime, send: Callable[[HttpAnswer], None]
    ) -> None:
        """Answer an event of a call that the ledger alone may know, while others are answered."""
        try:
            answer, future = await asyncio.to_thread(self._runtime.reply, callback, path, now)
        except BaseException:
            send(FAILED)
            raise
        self._sent(answer, future, send)

    def _sent(self, answer: HttpAnswer, future: Future[bool] | None, send: Callable[[HttpAnswer], None]) -> None:
        if future is None:
            self._send(answer, send)
        else:
            self._commits.then(future, partial(self._send, answer, send))

    def _send(self, answer: HttpAnswer, send: Callable[[HttpAnswer], None]) -> None:
        send(answer)
        if answer.then is not None and self._follow is not None:  # the platform waits for this answer, not for more
            self._run(self._follow(*answer.then))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _body(headers: dict[str, str], receive: Receive) -> bytes | None:
    """The body of a request, cut off behind the largest size; None where the client has gone."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length[:12]) > LARGEST_BODY:
        return b"\0" * (LARGEST_BODY + 1)
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        parts.append(part)
        if size > LARGEST_BODY or not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, answer: HttpAnswer) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
