"""Bad input over HTTP, ledgers that break while calls run, clocks that jump, and the pages that people use."""

from __future__ import annotations

import contextlib
import datetime
import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from desks import ICE, NOW, Desk, build_of
from recpol.runtime import callbacks
from recpol.runtime.checks import problems
from recpol.runtime.entries import broken
from recpol.runtime.sqlite import LedgerFile
from recpol.runtime.wire import signed_headers
from serving import TOKEN, Running, server, signer


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return build_of(tmp_path)


@pytest.fixture
def running(build: Path, tmp_path: Path) -> Iterator[Running]:
    with server(build, tmp_path / "ledger.db") as made:
        yield made


def call(running: Running, body: object = ICE, path: str = "/desk") -> httpx.Response:
    data = json.dumps(body).encode()
    headers = signed_headers(signer(), "POST", path, data, datetime.datetime.now(datetime.UTC))
    return httpx.post(f"{running.url}{path}", content=data, headers=headers, timeout=10)


def line(running: Running) -> socket.socket:
    found = urlsplit(running.url)
    return socket.create_connection((found.hostname or "", found.port or 0), timeout=10)


def said(running: Running, request: bytes) -> bytes:
    """The first line that the server says to a request of bytes."""
    with line(running) as wire:
        wire.sendall(request)
        return wire.recv(65536).partition(b"\r\n")[0]


# ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_that_does_not_come_is_not_waited_for(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "BODY_SECONDS", 0.1)
    request = b"POST /desk HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc"
    assert b" 408 " in said(running, request)
    assert call(running).status_code == 200


def test_clients_that_vanish_and_clients_that_are_silent_hold_up_nobody(running: Running) -> None:
    for _ in range(50):
        with line(running) as wire:
            wire.sendall(b"POST /desk HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc")
    with contextlib.ExitStack() as idle:
        for _ in range(300):
            idle.enter_context(line(running))
        assert call(running).status_code == 200
    assert running.alarms == []


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"POST /desk%2f.. HTTP/1.1", 401), (b"POST /../desk HTTP/1.1", 401), (b"POST /desk?x=%0d%0a HTTP/1.1", 401),
        (b"GET /desk HTTP/1.1", 405), (b"PUT /desk HTTP/1.1", 405), (b"nonsense", 400),
        (b"POST /calls/a%0d%0ax:y/phases/card/begin HTTP/1.1", 401), (b"GET /agent HTTP/1.1", 401),
        (b"GET /ledger HTTP/1.1", 401), (b"GET /metrics HTTP/1.1", 401), (b"GET /health HTTP/1.1", 200),
    ],
)  # fmt: skip
def test_requests_of_strangers(running: Running, request_line: bytes, status: int) -> None:
    assert f" {status} ".encode() in said(running, request_line + b"\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
    assert call(running).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{**ICE, "callid": "c\r\nset-cookie: a=b"}, {**ICE, "callid": "x" * 10_000}, {**ICE, "callid": ["c"]},
     {**ICE, "event": "ice\n"}, {"event": "ice"}, [ICE], "ice", None],
)  # fmt: skip
def test_bodies_that_name_no_call(running: Running, body: object) -> None:
    assert call(running, body).status_code == 400
    assert "set-cookie" not in call(running, body).headers


@pytest.mark.parametrize("path", ["/desk/../desk", "/desk%2f", "/%64esk", "/desk/x", "/build/desk"])
def test_signed_paths_of_no_policy(build: Path, tmp_path: Path, path: str) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    assert desk.post(ICE, path).status == 404
    desk.made.close()


# ── ledgers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def full(path: Path) -> Callable[[], None]:
    """No page more; what undoes it."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT raise(ABORT, 'disk full'); END")

    def undo() -> None:
        other.execute("DROP TRIGGER full")
        other.close()

    return undo


def test_a_ledger_that_is_full_loses_nothing(build: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    desk = Desk(build, path)
    desk.post(ICE)
    undo = full(path)
    answer = desk.post({"event": "ace", "callid": "c1"})
    assert json.loads(answer.body)["instructions"][0]["name"] == "startRecording"
    assert "ledger-failing" in desk.alarms
    assert Path(f"{path}.spool").exists()
    undo()
    desk.post({"event": "dice", "callid": "c1", "result": "ANSWERED", "duration": 60})
    desk.made.close()
    store = LedgerFile(str(path), read_only=True)
    assert [one.entry.kind for one in store.of_call("c1")] == ["sent", "sent", "ended"]
    assert list(broken(store.all())) == []
    store.close()


def test_a_ledger_that_cannot_be_read_any_more(build: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    desk = Desk(build, path)
    desk.post(ICE)
    path.unlink()
    path.write_bytes(b"this is no database any more " * 1000)
    for event in ("ace", "dice"):
        assert desk.post({"event": event, "callid": "c1"}).status == 200
    assert "ledger-failing" in desk.alarms
    assert Path(f"{path}.spool").read_text().count("\n") == 2, "what came since is beside it"
    desk.made.close()


def test_a_ledger_that_was_deleted_while_it_was_open(build: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    desk = Desk(build, path)
    desk.post(ICE)
    for more in ("", "-wal", "-shm"):
        Path(f"{path}{more}").unlink(missing_ok=True)
    desk.post({"event": "ace", "callid": "c1"})
    assert "ledger-failing" in desk.alarms
    desk.post({"event": "dice", "callid": "c1"})
    desk.made.close()
    store = LedgerFile(str(path), read_only=True)
    assert [one.entry.kind for one in store.of_call("c1")] == ["sent", "ended"], "what came since is in a new one"
    store.close()


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_that_jumps_refuses_and_breaks_nothing(build: Path, tmp_path: Path) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    data = json.dumps(ICE).encode()
    headers = signed_headers(signer(), "POST", "/desk", data, NOW)
    for hours in (-2, 2):
        now = NOW + datetime.timedelta(hours=hours)
        assert desk.runtime.handle("POST", "/desk", headers, data, now).status == 401
    desk.post(ICE)
    desk.second = -200  # and the clock goes back while the call runs
    desk.post({"event": "ace", "callid": "c1"})
    desk.post({"event": "dice", "callid": "c1", "result": "ANSWERED", "duration": 60})
    found = problems(desk.made.ledger.all(by_call=True), 1e12, 600.0)
    assert [one.check for one in found] == ["overdue-finished", "overdue-available"]
    desk.made.close()


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_want_the_token_and_say_what_is_known(running: Running) -> None:
    call(running)
    person = ("anybody", TOKEN)
    page = httpx.get(f"{running.url}/agent", params={"call": "c1"}, auth=person).text
    assert "The recorder is" in page
    assert "<script" not in page
    unknown = httpx.get(f"{running.url}/agent", params={"call": '"><script>'}, auth=person).text
    assert "<script>" not in unknown
    assert "knows no such call" in unknown
    assert "Latest calls" in httpx.get(f"{running.url}/ledger", auth=person).text
    assert 'recpol_ledger_problems{check="gap"} 0' in httpx.get(f"{running.url}/metrics", auth=person).text
    assert httpx.get(f"{running.url}/agent", auth=("anybody", "wrong")).status_code == 401


def test_the_buttons_of_the_agents_page(running: Running) -> None:
    call(running)
    person = ("anybody", TOKEN)
    form = {"call": "c1", "phase": "card", "moment": "begin"}
    pressed = httpx.post(f"{running.url}/agent", data=form, auth=person)
    assert pressed.status_code == 200
    assert "has no request `card begin`" in pressed.text
    elsewhere = httpx.post(f"{running.url}/agent", data=form, auth=person, headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.status_code == 403
    large = httpx.post(f"{running.url}/agent", data={**form, "more": "x" * 10_000}, auth=person)
    assert "A phase begins or ends" in large.text
