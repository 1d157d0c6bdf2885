"""Requests to the platform: signed, sent, and sent again where that is safe.

Invariant: credentials go to hosts of the platform alone; what may have arrived is sent again only where a second one
does no harm.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from recpol.base.record import dataclass, field
from recpol.runtime.wire import Interface, SigningKey, signed_headers

if TYPE_CHECKING:
    import httpx

Unconfirmed = Literal["refuse", "hangup"]
"""What is done where a stop is not confirmed: the phase is refused, or the call is ended too."""

PLATFORM = ".api.sinch.com"
"""The end of the names of the platform's hosts."""

FIRST_INTERFACE = "https://calling.api.sinch.com"
SECOND_INTERFACE = "https://voice.api.sinch.com"

TRIES = 4
"""How often a request is sent at most."""

PAUSE = 0.2
"""How many seconds pass before the second try; before each further one, twice as many."""

MOST_MOVES = 3
"""How often the platform may send a request on to another of its hosts (Calling API page: `calling.api.sinch.com`
redirects)."""

_MOVED = frozenset((301, 302, 307, 308))


class ManageProblem(Exception):
    """A request could not be sent, or was refused: what happened, and what helps. `status` is that of an answer."""

    def __init__(self, message: str, help: str, status: int = 502) -> None:  # noqa: A002  as in findings
        super().__init__(message)
        self.help = help
        self.status = status


@dataclass(frozen=True, slots=True)
class ManageCredentials:
    """What requests are signed with: the key of the application (v1), or an access key of the project (v2).

    `project` and `service` are those in which calls of Voice API v2 are begun.
    """

    application: SigningKey | None = None
    access: tuple[str, str] | None = field(default=None, repr=False)
    project: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class ManageOptions:
    """`base` replaces the platform's address, for a region or a test; `confirm` is in seconds. `unconfirmed` says what
    happens to a call whose recording was not confirmed to have stopped: it goes on, or is ended."""

    base: str | None = None
    confirm: float = 3.0
    timeout: float = 3.0
    unconfirmed: Unconfirmed | None = None


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """What the platform answered: the status, and what its body holds as JSON, None where it is none."""

    status: int
    said: Any = field(repr=False)


class PlatformClient:
    """Sends the requests of a server; `now` is its clock, in UTC."""

    def __init__(
        self,
        credentials: ManageCredentials,
        client: httpx.AsyncClient,
        now: Callable[[], datetime.datetime],
        options: ManageOptions,
    ) -> None:
        self.credentials, self._client, self.now, self.options = credentials, client, now, options

    async def send(self, interface: Interface, method: str, url: str, body: bytes, *, repeat: bool) -> PlatformAnswer:
        """Send a request; `repeat` is whether a second one does no harm where the first may have arrived.

        Raises `ManageProblem` where nobody answered.
        """
        import httpx

        key = uuid.uuid4().hex
        moved = 0
        attempt = 0
        while True:
            attempt += 1
            pause = PAUSE * 2 ** (attempt - 1)
            answer = None
            headers = self._headers(interface, method, url, body, key)
            try:
                response = await self._client.request(
                    method, url, content=body, headers=headers, timeout=self.options.timeout
                )
            except httpx.ConnectError:
                safe = True
            except httpx.TransportError:
                safe = repeat or interface == "v2"
            else:
                status = response.status_code
                place = response.headers.get("location", "")
                if status in _MOVED and is_platform(place) and moved < MOST_MOVES:
                    url, moved, attempt = place, moved + 1, attempt - 1
                    continue
                answer = PlatformAnswer(status, _json(response.content))
                if status != 429 and status < 500:
                    return answer
                safe = status in (429, 503) or repeat or interface == "v2"
                pause = max(pause, _seconds(response.headers.get("retry-after")))
            if not safe or attempt == TRIES or pause > self.options.confirm:
                if answer is None:
                    raise ManageProblem(
                        "the platform could not be reached, or did not answer",
                        "whether the request acted is not known",
                        504,
                    )
                return answer
            await asyncio.sleep(pause)

    def _headers(self, interface: Interface, method: str, url: str, body: bytes, key: str) -> dict[str, str]:
        if interface == "v1":
            if self.credentials.application is None:
                raise ManageProblem("there is no key of the application", "set SINCH_APPLICATION_KEY and …_SECRET", 500)
            return signed_headers(self.credentials.application, method, urlsplit(url).path, body, self.now())
        if self.credentials.access is None:
            raise ManageProblem(
                "there is no access key of the project", "set SINCH_ACCESS_KEY and SINCH_ACCESS_SECRET", 500
            )
        basic = base64.b64encode(":".join(self.credentials.access).encode()).decode()
        return {"authorization": f"Basic {basic}", "content-type": "application/json", "idempotency-key": key}


def is_platform(url: str) -> bool:
    """Whether an address is one of the platform's, so that credentials may go there."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and host.endswith(PLATFORM) and parts.username is None and parts.port in (None, 443)


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdigit() and len(text) < 6 else 0.0


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
