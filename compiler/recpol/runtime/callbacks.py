"""The ASGI application of callbacks: a request as bytes to what `core` answers, sent when the ledger has it.

Invariant: a callback is answered with what `core` says and nothing else. Its body has `BODY_SECONDS` to come, and the
answer waits `COMMIT_SECONDS` for its entry at most; a call that this process does not know is looked up in the ledger
before that, which takes as long as the store takes.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

from recpol.runtime.commits import CommitWaiter
from recpol.runtime.core import COMMIT_SECONDS, HttpAnswer, Runtime
from recpol.runtime.wire import LARGEST_BODY, WireRequest

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_SECONDS = 5.0
"""How long the body of a request may take to arrive."""


class CallbackServer:
    """The ASGI application that answers the platform; `follow` sends what is to be sent to a call after an answer."""

    def __init__(
        self,
        runtime: Runtime,
        now: Callable[[], datetime.datetime],
        follow: Callable[[str, str, str], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self._runtime, self._now, self._follow = runtime, now, follow
        self._following: set[asyncio.Task[None]] = set()
        self._commits = CommitWaiter(runtime)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised for what a client does."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(headers, receive)
        except TimeoutError:
            await _answer(send, HttpAnswer(408, b'{"error":"the body did not arrive in time"}'))
            return
        if body is None:
            return
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        answer, futures = self._runtime.answer(WireRequest(scope["method"], path, headers, body), self._now())
        for future in futures:  # one at most: an event is one entry
            if not await self._commits.wait(future, COMMIT_SECONDS):
                self._runtime.late()
        await _answer(send, answer)
        if answer.then is not None and self._follow is not None:  # the platform waits for this answer, not for more
            task = asyncio.create_task(self._follow(*answer.then))
            self._following.add(task)
            task.add_done_callback(self._following.discard)


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
