"""Requests to the platform: signed, sent, and sent again where that is safe.

Invariant: credentials go by https to hosts of the platform, and to the address that `ManageOptions.base` names and no
other (`serving.served` refuses one that is far and not encrypted); what may have arrived is sent again only where a
second one does no harm.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import json
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from recpol.base.record import Record, field
from recpol.base.typing import TYPE_CHECKING, Any, Literal
from recpol.runtime.entries import is_refused
from recpol.runtime.wire import Interface, SigningKey, signed_headers

if TYPE_CHECKING:
    import httpx

Unconfirmed = Literal["refuse", "hangup"]
"""What is done where a stop is not confirmed: the phase is refused, or the call is ended too."""

PLATFORM = ".api.sinch.com"
"""The end of the names of the platform's hosts."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
"""What names of hosts are made of."""

FIRST_INTERFACE = "https://calling.api.sinch.com"
SECOND_INTERFACE = "https://voice.api.sinch.com"

TRIES = 4
"""How often a request is sent at most."""

PAUSE = 0.2
"""How many seconds pass before the second try; before each further one, twice as many."""

MOST_MOVES = 3
"""How often the platform may send a request on to another of its hosts (Calling API page: `calling.api.sinch.com`
redirects)."""

UNKNOWN = 504
"""The status with which whoever asks is told that nobody knows whether a request acted."""

_MOVED = frozenset((301, 302, 307, 308))


class ManageProblem(Exception):
    """A request could not be sent, or was refused: what happened, and what helps.

    `status` is what the backend is answered: 504 where nobody knows whether the request acted, and never the platform's
    own 401 or 403, which would read as if the backend's token were wrong.
    """

    def __init__(self, message: str, help: str, status: int = 502) -> None:  # noqa: A002  as in findings
        super().__init__(message)
        self.help = help
        self.status = status


class ManageCredentials(Record):
    """What requests are signed with: the key of the application (v1), or an access key of the project (v2).

    `project` and `service` are those in which calls of Voice API v2 are begun.
    """

    application: SigningKey | None = None
    access: tuple[str, str] | None = field(default=None, repr=False)
    project: str = ""
    service: str = ""


class ManageOptions(Record):
    """`base` replaces the platform's address, for a region or a test: whoever answers there gets the credentials.

    `confirm` and `timeout` are in seconds. `unconfirmed` says what happens to a call whose recording was not confirmed
    to have stopped: it goes on, or is ended.
    """

    base: str | None = None
    confirm: float = 3.0
    timeout: float = 3.0
    unconfirmed: Unconfirmed | None = None


class PlatformAnswer(Record):
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

        One of Voice API v2 may always be sent again: under the same `Idempotency-Key` it acts once (Voice API v2
        OpenAPI: for ten minutes the first answer is given again). Raises `ManageProblem` where nobody answered.
        """
        import httpx

        key = uuid.uuid4().hex
        moved = 0
        attempt = 0
        arrived = False
        while True:
            attempt += 1
            pause = PAUSE * 2 ** (attempt - 1)
            answer = None
            headers = self._headers(interface, method, url, body, key)
            try:
                response = await self._client.request(
                    method, url, content=body, headers=headers, timeout=self.options.timeout
                )
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
                safe = True
            except httpx.InvalidURL:
                raise ManageProblem("the address of a request is none", "look at `--manage-url`", 500) from None
            except httpx.RequestError:
                arrived = True
                safe = repeat or interface == "v2"
            else:
                status = response.status_code
                place = response.headers.get("location", "")
                if status in _MOVED and is_platform(place) and moved < MOST_MOVES:
                    url, moved, attempt = place, moved + 1, attempt - 1
                    continue
                arrived = True
                answer = PlatformAnswer(status, _json(response.content))
                if status != 429 and status < 500:
                    return answer
                safe = status in (429, 503) or repeat or interface == "v2"
                pause = max(pause, _seconds(response.headers.get("retry-after")))
            if not safe or attempt == TRIES or pause > self.options.confirm:
                if answer is not None:
                    return answer
                if not arrived:
                    raise ManageProblem(
                        "the platform could not be reached: nothing was sent", "look at the network, and try again", 502
                    )
                raise ManageProblem(
                    "the platform did not answer: whether the request acted is not known",
                    "look at the platform's log before you try again",
                    UNKNOWN,
                )
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


def refusal(status: int) -> ManageProblem:
    """What an answer says with which the platform did not take a request: the one table for all requests.

    Whoever asks gets 429 and 503 as they are, 504 where nobody knows whether the request acted, and else 502.
    """
    if status in (401, 403):
        words, help_ = (
            "the platform refused the credentials",
            "look at the keys, their secrets and rights, and the clock",
        )
    elif status in (429, 503):
        words, help_ = "the platform asks for fewer requests, or is down for the moment", "try again later"
    elif is_refused(status):
        words, help_ = f"the platform refused the request ({status})", "`recpol lint` the document; look at the values"
    else:
        words = f"the platform answered {status}: whether the request acted is not known"
        return ManageProblem(words, "look at the platform's log before you try again", UNKNOWN)
    return ManageProblem(words, help_, status if status in (429, 503) else 502)


def is_platform(url: str) -> bool:
    """Whether an address is one of the platform's, so that credentials may go there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port or a host that is none
        return False
    visible = url.isascii() and url.isprintable() and " " not in url
    plain = visible and _PLAIN.issuperset(host)  # so that httpx reads it as `urlsplit` does
    its = host.endswith(PLATFORM) and "@" not in parts.netloc and port in (None, 443)
    return plain and its and parts.scheme == "https"


def is_guarded(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address: by https, or to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "https" or host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdigit() and len(text) < 6 else 0.0


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
