"""Signatures: the two published test vectors, and everything that is not signed."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from conformance import signatures
from recpol.runtime.wire import (
    Refusal,
    SigningKey,
    WireRequest,
    aged,
    callback_of,
    key_of,
    signature,
    signed_headers,
    timestamp_of,
    verified,
)

V1 = key_of("v1", "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA==")
V2 = key_of("v2", "a74b1566-0f18-4f8e-9c23-8e6b5df8fd3e", "F5wrP9SKYU6w8sbZXkp7GA==")

V1_BODY = (
    b'{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",'
    b'"timestamp":"2014-09-24T10:59:41Z","version":1}'
)
V2_BODY = b'{"event":"call.incoming","call":{"callId":"01AN4Z07BY79KA1307SR9X4MV3"}}'

VECTORS = [
    (V1, "/sinch/callback/ace", "application/json", "2014-09-24T10:59:41Z", V1_BODY,
     "Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4="),
    (V2, "/voice-webhooks", "application/json; charset=utf-8", "2026-04-01T12:00:00.0000000Z", V2_BODY,
     "EWFtVTrykdhMTdyYSbn40GBJpf5UBeggO9T99sdwLyY="),
]  # fmt: skip
"""From "callback signed request" (Voice API) and the OpenAPI of Voice API v2."""

NOW = datetime.datetime(2026, 11, 28, 12, 0, 0, tzinfo=datetime.UTC)
PATH = "/support-line"
BODY = b'{"event":"ice","callid":"call-1"}'
KEYS = {(key.interface, key.name): key for key in (V1, V2)}


@pytest.mark.parametrize(("key", "path", "content_type", "timestamp", "body", "expected"), VECTORS)
def test_published_vectors(
    key: SigningKey, path: str, content_type: str, timestamp: str, body: bytes, expected: str
) -> None:
    assert signature(key.secret, "POST", body, content_type, timestamp, path) == expected
    scheme = "Application" if key.interface == "v1" else "service"
    headers = {
        "authorization": f"{scheme} {key.name}:{expected}",
        "x-timestamp": timestamp,
        "content-type": content_type,
    }
    assert verified(WireRequest("POST", path, headers, body), KEYS, path) is key


def request(**changed: str | None) -> WireRequest:
    headers: dict[str, str | None] = {**signed_headers(V1, "POST", PATH, BODY, NOW)}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return WireRequest("POST", PATH, {name: value for name, value in headers.items() if value is not None}, BODY)


@pytest.mark.parametrize(
    "changed",
    [
        {"authorization": None},
        {"authorization": ""},
        {"authorization": "application"},
        {"authorization": "application :"},
        {"authorization": "Basic NjY5RTM2N0U6QmVJdWtxbDNw"},
        {"authorization": "application 669E367E-6BBA-48AB-AF15-266871C28135:"},
        {"authorization": "application 669E367E-6BBA-48AB-AF15-266871C28135:é"},
        {"authorization": "application 669e367e-6bba-48ab-af15-266871c28135:Tg6fMyo8mj9pYfWQ9ssbx3Tc1BN="},
        {"authorization": "service 669E367E-6BBA-48AB-AF15-266871C28135:Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4="},
        {"x_timestamp": "2026-11-28T12:00:01.0000000Z"},
        {"x_timestamp": None},
        {"content_type": "application/json; charset=utf-8"},
        {"content_type": None},
    ],
)
def test_what_is_not_signed_is_refused(changed: dict[str, str | None]) -> None:
    found = verified(request(**changed), KEYS, PATH)
    assert isinstance(found, Refusal)
    assert found.status == 401


def test_another_path_body_or_method_is_refused() -> None:
    good = request()
    assert verified(good, KEYS, PATH) is V1
    for path in ("/support-line/", "/support-line?x=1", "/support%2Dline", "/other", "support-line"):
        assert isinstance(verified(good, KEYS, path), Refusal), path
    assert isinstance(verified(WireRequest("POST", PATH, good.headers, BODY + b" "), KEYS, PATH), Refusal)
    assert isinstance(verified(WireRequest("PUT", PATH, good.headers, BODY), KEYS, PATH), Refusal)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("2026-11-28T12:00:00Z", None), ("2026-11-28T11:55:00.1234567Z", None), ("2026-11-28T11:54:59.9Z", "too old"),
        ("2026-11-28T12:05:00Z", None), ("2026-11-28T12:05:01Z", "future"), ("", "read"), ("yesterday", "read"),
        ("2026-11-28T12:00:00+00:00", "read"), ("2026-11-28T12:00:00.1x2Z", "read"), ("２026-11-28T12:00:00Z", "read"),
        ("2026-11-31T12:00:00Z", "read"), ("9" * 500 + "Z", "read"),
    ],
)  # fmt: skip
def test_age(text: str, refused: str | None) -> None:
    found = aged(WireRequest("POST", PATH, {"x-timestamp": text}, b""), NOW, 300)
    assert (found is None) if refused is None else (found is not None and refused in found.reason)


def test_timestamps_keep_their_microseconds() -> None:
    read = timestamp_of("2026-04-01T12:00:00.1234567Z")
    assert read == datetime.datetime(2026, 4, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"), (b"{", "not JSON"), (b"\xff", "not JSON"), (b'{"event": NaN}', "not JSON"),
        (b"[" * 60000, "not JSON"), (b"[]", "not an object"), (b"3", "not an object"), (b"{}", "no event"),
        (b'{"event": 3}', "no event"), (b'{"event": "ice"}', "no call"), (b'{"event": "ice", "callid": 3}', "no call"),
        (b'{"event": "ice", "callid": ""}', "no call"), (b'{"event": "ice", "callid": "a\\nb"}', "no call"),
        (b'{"event": "ice", "callid": "' + b"a" * 10_000 + b'"}', "no call"),
        (b'{"event": "ice", "callid": "\\ud800"}', "no call"), (b'{"event": "\\u0000", "callid": "a"}', "no event"),
    ],
)  # fmt: skip
def test_bodies_that_say_nothing(body: bytes, said: str) -> None:
    found = callback_of(WireRequest("POST", PATH, {}, body), "v1")
    assert isinstance(found, Refusal)
    assert found.status == 400
    assert said in found.reason


def test_deliveries_are_told_apart() -> None:
    """Two `recording_finished` of a call have equal bodies; a delivery that comes again has an equal timestamp too."""
    body = b'{"event":"notify","callid":"c","type":"recording_finished","version":1}'
    first = callback_of(WireRequest("POST", PATH, {"x-timestamp": "2026-04-01T12:00:00Z"}, body), "v1")
    again = callback_of(WireRequest("POST", PATH, {"x-timestamp": "2026-04-01T12:00:00Z"}, body), "v1")
    second = callback_of(WireRequest("POST", PATH, {"x-timestamp": "2026-04-01T12:00:09Z"}, body), "v1")
    assert not isinstance(first, Refusal)
    assert not isinstance(again, Refusal)
    assert not isinstance(second, Refusal)
    assert first.id == again.id != second.id


def test_both_spellings_of_the_call_id() -> None:
    for spelt in ("callid", "callId"):
        found = callback_of(WireRequest("POST", PATH, {}, f'{{"event":"ICE","{spelt}":"c"}}'.encode()), "v1")
        assert not isinstance(found, Refusal)
        assert (found.event, found.call) == ("ice", "c")


@pytest.mark.parametrize("secret", ["not base64!", "", "é", "BeIukql3pTKJ8RGL5zo0DA"])
def test_a_secret_that_is_none_is_not_shown(secret: str) -> None:
    with pytest.raises(ValueError) as problem:  # noqa: PT011  the message is what is looked at
        key_of("v1", "key", secret)
    assert not secret or secret not in str(problem.value)


def test_the_judge_of_signatures_can_disagree() -> None:
    """What `make conformance` asks of the official Node SDK, without Node: who says something else is told of."""
    asked = signatures.cases(3)
    good = [{"signs": f"Application {one['key']}:{_made(one)}", "accepts": True, "refuses": True} for one in asked]
    assert signatures.disagreements(asked, good) == []
    for change in ({"signs": "Application x:y"}, {"accepts": False}, {"refuses": False}):
        assert signatures.disagreements(asked, [{**good[0], **change}, *good[1:]]), change
    assert signatures.disagreements([{**asked[0], "published": "another"}], good[:1])


def test_without_npm_signatures_cannot_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert signatures.main(["1"]) == 2


def _made(one: dict[str, str]) -> str:
    secret = key_of("v1", one["key"], one["secret"]).secret
    return signature(secret, "POST", one["body"].encode(), one["type"], one["timestamp"], one["path"])
