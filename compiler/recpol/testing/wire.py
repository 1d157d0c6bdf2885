"""What platforms of one's own have in common: signed callbacks that they deliver, and requests that come in.

Invariant: nothing but HTTP joins this to a server; the same seed gives the same faults.
"""

from __future__ import annotations

import datetime
import json
import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx

from recpol.base.record import Record
from recpol.base.typing import Any, Self
from recpol.runtime.wire import SigningKey, signed_headers


class Faults(Record):
    """How often something goes wrong, each from 0 to 1.

    `twice`: a callback is delivered again. `lost`: a notification is not delivered. `lost_file`: a recording is not
    delivered, so that nobody is told. `shuffled`: notifications and DiCE come in another order.
    """

    twice: float = 0.0
    lost: float = 0.0
    lost_file: float = 0.0
    shuffled: float = 0.0


class FakeWire(ABC):
    """The wire between a platform of one's own and a server of callbacks; `timeout` is in seconds.

    It listens for requests at `url` from the start until `close`, or the end of `with`.
    """

    def __init__(self, key: SigningKey, callback: str, faults: Faults | None, seed: int, timeout: float) -> None:
        self.key, self.callback, self.timeout = key, callback, timeout
        self.faults = faults or Faults()
        self.random = random.Random(seed)
        self.client = httpx.Client(timeout=timeout)
        self._later = ThreadPoolExecutor(4)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Deliver what waits, and stop listening for requests."""
        self._later.shutdown()
        self._server.shutdown()
        self._server.server_close()
        self.client.close()

    @abstractmethod
    def taken(self, path: str, headers: Mapping[str, str], body: object) -> int:
        """Take a request of the server; the status that it gets. The body is JSON."""

    def falls(self, share: float) -> bool:
        """Whether the dice say that something happens that happens so often, from 0 to 1."""
        return self.random.random() < share

    def later(self, act: Callable[[], None]) -> None:
        """Do something while a request is being answered, as notifications come."""
        self._later.submit(act)

    def deliver(self, body: Mapping[str, Any], headers: Mapping[str, str], statuses: list[int]) -> Any:
        """Deliver a callback, twice if the dice say so; the server's answer as JSON, None where it is no answer.

        The status of each answer is put into `statuses`, 0 where there is none.
        """
        data = json.dumps(body).encode()
        now = datetime.datetime.now(datetime.UTC)
        signed = signed_headers(self.key, "POST", urlsplit(self.callback).path, data, now)
        answer = None
        for _ in range(1 + self.falls(self.faults.twice)):
            try:
                response = self.client.post(self.callback, content=data, headers={**signed, **headers})
            except httpx.TransportError:
                statuses.append(0)
                continue
            statuses.append(response.status_code)
            answer = response.json() if response.status_code == 200 else answer
        return answer


def _handler(wire: FakeWire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PATCH(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(wire.taken(self.path, headers, json.loads(body)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            del format, args

    return Handler
