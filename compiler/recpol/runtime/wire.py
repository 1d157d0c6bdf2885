"""Requests of the platform: bytes to events, and whether the platform signed them.

Both interfaces sign alike: HMAC-SHA256 with the decoded secret over method, MD5 of the body, content type, timestamp
and path (Voice API v2 OpenAPI, "webhook signature"; Voice API v1, "callback signed request").

Invariant: pure and total; a signature is compared in constant time, before anything else of the body is looked at.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import datetime
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache

from recpol.base.record import Record, field
from recpol.base.typing import Any, Literal, TypeGuard

LARGEST_BODY = 64 * 1024
"""The largest body that is read, in bytes; a callback has less than one of them."""

LONGEST_ID = 256
"""The longest id of a call that is taken, in characters; the platform's have 40."""

JsonObject = Mapping[str, Any]
"""An object of JSON."""

Interface = Literal["v1", "v2"]
"""The Voice API that a request belongs to; `classic` and `svaml1` are both v1."""

_SCHEMES: Mapping[str, Interface] = {"application": "v1", "service": "v2"}


class SigningKey(Record):
    """A key of an application (v1) or of a service (v2), and its secret as the dashboard shows it, in Base64."""

    interface: Interface
    name: str
    secret: bytes = field(repr=False)


def key_of(interface: Interface, name: str, secret: str) -> SigningKey:
    """A key from its texts; raises `ValueError` where the secret is not Base64. The message holds no secret."""
    try:
        decoded = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the secret is not Base64: copy it from the dashboard unchanged") from None
    if not name or not decoded:
        raise ValueError("the key or its secret is empty")
    return SigningKey(interface, name, decoded)


class WireRequest(Record):
    """A request as it came: `path` percent-encoded as sent and without its query, names of `headers` in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Refusal(Record):
    """Why a request is not answered: the status, and a reason without anything of the request."""

    status: int
    reason: str


def string_to_sign(method: str, body: bytes, content_type: str, timestamp: str, path: str) -> bytes:
    """What is signed; where there is no body, neither its hash nor its type is (Voice API v2 OpenAPI)."""
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode() if body else ""
    lines = (method, digest, content_type if body else "", f"x-timestamp:{timestamp}", path)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def signature(secret: bytes, method: str, body: bytes, content_type: str, timestamp: str, path: str) -> str:
    """The signature of a request in Base64; `secret` is decoded."""
    made = _keyed(
        secret
    ).copy()  # `hmac.digest` lets go of the interpreter, and waits for other threads to have it back
    made.update(string_to_sign(method, body, content_type, timestamp, path))
    return base64.b64encode(made.digest()).decode()


@lru_cache(maxsize=16)
def _keyed(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, digestmod="sha256")


def signed_headers(key: SigningKey, method: str, path: str, body: bytes, now: datetime.datetime) -> dict[str, str]:
    """The headers that make a request of one's own a signed one; `now` is in UTC."""
    timestamp = now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
    content_type = "application/json"
    made = signature(key.secret, method, body, content_type, timestamp, path)
    scheme = "application" if key.interface == "v1" else "service"
    return {"authorization": f"{scheme} {key.name}:{made}", "x-timestamp": timestamp, "content-type": content_type}


def verified(request: WireRequest, keys: Mapping[tuple[Interface, str], SigningKey], path: str) -> SigningKey | Refusal:
    """The key that signed a request, or why none did; `path` is that of the callback URL as the platform knows it."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    interface = _SCHEMES.get(scheme.lower())
    if interface is None:
        return Refusal(401, "the request is not signed")
    name, _, given = rest.strip(" ").rpartition(":")
    key = keys.get((interface, name))
    if key is None:
        return Refusal(401, "the request is signed with the key of another application")
    timestamp = request.headers.get("x-timestamp", "")
    content_type = request.headers.get("content-type", "")
    made = signature(key.secret, request.method, request.body, content_type, timestamp, path)
    if not hmac.compare_digest(made.encode(), given.encode("utf-8", "surrogateescape")):
        return Refusal(401, "the signature does not fit the request")
    return key


def aged(request: WireRequest, now: datetime.datetime, most: float) -> Refusal | None:
    """Why a request is too old or too new, by more than `most` seconds; None where it is neither.

    Asked after the signature, so that the answer tells an unsigned sender nothing.
    """
    sent = timestamp_of(request.headers.get("x-timestamp", ""))
    if sent is None:
        return Refusal(401, "the timestamp cannot be read")
    age = (now - sent).total_seconds()
    if age > most:
        return Refusal(401, "the request is too old")
    return Refusal(401, "the request comes from the future") if age < -most else None


def timestamp_of(text: str) -> datetime.datetime | None:
    """A timestamp in UTC as the platform writes it, with none or up to nine digits after the second."""
    if not text.isascii() or not text.endswith("Z") or len(text) > 32:
        return None
    second, _, fraction = text[:-1].partition(".")
    if len(second) != len("2026-04-01T12:00:00") or (fraction and not (fraction.isdigit() and len(fraction) <= 9)):
        return None
    try:
        return datetime.datetime.fromisoformat(f"{second}.{(fraction + '000000')[:6]}+00:00")
    except ValueError:
        return None


class PlatformEvent(Record):
    """What a request says: the event in the words of the manifest (`ice`, `call.incoming`), and the call it is about.

    `id` tells deliveries apart: where one comes twice, both have the same. `payload` is the whole body. In Voice API v2
    each leg is a call of its own, and `session` joins them; `leg` is the call that the event itself is about.
    """

    interface: Interface
    event: str
    call: str
    id: str
    payload: Mapping[str, Any] = field(repr=False)
    session: str = ""

    @property
    def leg(self) -> str:
        """The id of the call that the event is about, which in Voice API v2 may be another leg of `call`."""
        return _call_id(self.payload, self.interface) or self.call


def callback_of(request: WireRequest, interface: Interface) -> PlatformEvent | Refusal:
    """The event of a request that is signed; one that recpol does not know keeps its name.

    Its body is JSON in UTF-8, which is how JSON is sent (RFC 8259, section 8.1).
    """
    try:
        payload = _DECODER.decode(request.body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogatepass"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return Refusal(400, "the body is not JSON")
    if not isinstance(payload, dict):
        return Refusal(400, "the body is not an object")
    event = payload.get("event")
    if not isinstance(event, str) or not event.isprintable() or not 0 < len(event) <= LONGEST_ID:
        return Refusal(400, "the body names no event")
    call = _call_id(payload, interface)
    if call is None:
        return Refusal(400, "the body names no call")
    session = "" if interface == "v1" else _session_id(payload)
    return PlatformEvent(
        interface, event.lower() if interface == "v1" else event, call, _delivery(request, interface), payload, session
    )


def _refused(word: str) -> Any:
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_constant=_refused)


def _call_id(payload: Mapping[str, Any], interface: Interface) -> str | None:
    """The id of the call; the pages of v1 spell it `callid` and `callId`."""
    if interface == "v1":
        found = payload.get("callid", payload.get("callId"))
    else:
        call = payload.get("call")
        found = call.get("callId") if isinstance(call, dict) else None
    return found if _is_id(found) else None


def _session_id(payload: Mapping[str, Any]) -> str:
    """The id of the session that joins the legs of a call (Voice API v2); empty where there is none."""
    call = payload.get("call")
    found = call.get("sessionId") if isinstance(call, dict) else None
    return found if _is_id(found) else ""


def _is_id(found: object) -> TypeGuard[str]:
    return isinstance(found, str) and 0 < len(found) <= LONGEST_ID and found.isprintable()


def _delivery(request: WireRequest, interface: Interface) -> str:
    """What is equal where the platform sends an event again: v2 has an id, v1 signs the moment of sending.

    Two `recording_finished` of one call have equal bodies; their `x-timestamp` and so their signatures differ.
    """
    event, source = request.headers.get("ce-id"), request.headers.get("ce-source")
    if interface == "v2" and event and source:
        return hashlib.sha256(f"{source}\0{event}".encode("utf-8", "surrogateescape")).hexdigest()
    timestamp = request.headers.get("x-timestamp", "")
    said = hashlib.sha256(timestamp.encode("utf-8", "surrogateescape") + b"\0" + request.body)
    return f"{timestamp}:{said.hexdigest()[:40]}"  # the ledger's index grows at its end where ids come in order
