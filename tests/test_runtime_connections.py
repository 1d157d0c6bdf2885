"""Callbacks on one connection: however their bytes come, each gets its answer, in order; and who waits for the disk or
for the ledger keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from desks import ICE, build_of
from recpol.runtime import callbacks, commits
from recpol.runtime.entries import KeptEntry, LedgerEntry
from recpol.runtime.wire import signed_headers
from serving import Running, server, signer


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with server(build_of(tmp_path), tmp_path / "ledger.db") as made:
        yield made


def request(call: str, event: str = "ice", version: str = "1.1", **more: str) -> bytes:
    """A signed callback as bytes."""
    data = json.dumps({**ICE, "event": event, "callid": call}).encode()
    headers = signed_headers(signer(), "POST", "/desk", data, datetime.datetime.now(datetime.UTC))
    said = {"host": "x", "content-length": str(len(data)), **headers, **more}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"POST /desk HTTP/{version}\r\n{lines}\r\n".encode() + data


class Line:
    """A connection."""

    def __init__(self, running: Running) -> None:
        address = running.url.removeprefix("http://").split(":")
        self.wire = socket.create_connection((address[0], int(address[1])), timeout=20)
        self.file = self.wire.makefile("rb")

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers and body."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name] = value
        return status, headers, self.file.read(int(headers.get("content-length", "0")))

    def is_over(self) -> bool:
        """Whether the server has closed it."""
        return self.file.read(1) == b""


@contextmanager
def line(running: Running) -> Iterator[Line]:
    made = Line(running)
    with made.wire, made.file:
        yield made


def test_callbacks_on_one_connection(running: Running) -> None:
    with line(running) as client:
        for n in range(3):
            client.wire.sendall(request(f"c{n}"))
            status, headers, body = client.answer()
            assert (status, headers["content-type"]) == (200, "application/json")
            assert "date" in headers
            assert json.loads(body)["instructions"][0]["name"] == "answer"
        client.wire.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert json.loads(client.answer()[2]) == {"ledger": "writing"}
        client.wire.sendall(request("c1", "ace"))
        assert json.loads(client.answer()[2])["instructions"][0]["name"] == "startRecording"
    assert [one.entry.kind for one in running.made.ledger.of_call("c1")] == ["sent", "sent"]


@pytest.mark.parametrize("size", [1, 7, 100, 400])
def test_a_callback_that_comes_in_pieces(running: Running, size: int) -> None:
    said = request("c1")
    with line(running) as client:
        client.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(said), size):
            client.wire.sendall(said[start : start + size])
        assert client.answer()[0] == 200


def test_callbacks_that_do_not_wait_for_answers_get_them_in_order(running: Running) -> None:
    health = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
    with line(running) as client:
        client.wire.sendall(request("c1") + health + request("c2") + request("c2", "ace") + request("c3", "dice"))
        names = []
        for _ in range(5):
            status, _, body = client.answer()
            assert status == 200
            said = json.loads(body)
            names.append(said["instructions"][0]["name"] if "instructions" in said else next(iter(said), ""))
        assert names == ["answer", "ledger", "answer", "startRecording", ""]
        client.wire.sendall(request("c4"))
        assert client.answer()[0] == 200


@pytest.mark.parametrize(("version", "more"), [("1.0", {}), ("1.1", {"connection": "close"})])
def test_a_connection_that_is_to_be_closed(running: Running, version: str, more: dict[str, str]) -> None:
    with line(running) as client:
        client.wire.sendall(request("c1", version=version, **more))
        status, headers, _ = client.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert client.is_over()


def test_a_client_that_asks_first_is_told_to_go_on(running: Running) -> None:
    head, _, body = request("c1", expect="100-continue").partition(b"\r\n\r\n")
    with line(running) as client:
        client.wire.sendall(head + b"\r\n\r\n")
        assert client.answer()[0] == 100
        client.wire.sendall(body)
        assert client.answer()[0] == 200


def test_a_body_that_comes_late_is_answered_once(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "BODY_SECONDS", 0.05)
    said = request("c1")
    with line(running) as client:
        client.wire.sendall(said[:-5])
        status, headers, _ = client.answer()
        assert (status, headers["connection"]) == (408, "close")
        assert client.is_over()
    assert running.made.ledger.of_call("c1") == []


def test_a_defect_is_answered(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as while_broken, line(running) as client:
        while_broken.setattr(running.made.runtime, "taken", broken)
        client.wire.sendall(request("c1"))
        assert client.answer()[0] == 500
        while_broken.undo()
        client.wire.sendall(request("c1"))
        assert client.answer()[0] == 200


def test_a_server_that_stops_gives_the_answers_that_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(build_of(tmp_path), tmp_path / "ledger.db") as running:
        slow(running, monkeypatch, 0.3)
        client = Line(running)
        client.wire.sendall(request("c1"))
        while not running.made.runtime.counts["callback", "ice"]:
            pass
    with client.wire, client.file:
        status, headers, _ = client.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert client.is_over()


def slow(running: Running, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Make the ledger tell of nothing that it has written."""
    append = running.made.ledger.append

    def appended(entries: Iterable[LedgerEntry]) -> Future[bool]:
        append(entries)
        return Future()

    monkeypatch.setattr(running.made.ledger, "append", appended)
    monkeypatch.setattr(commits, "COMMIT_SECONDS", seconds)


def test_no_answer_waits_for_a_ledger_that_is_slow(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(running, monkeypatch, 0.05)
    with line(running) as first, line(running) as second:
        for n in range(3):
            first.wire.sendall(request(f"a{n}"))
            second.wire.sendall(request(f"b{n}"))
            assert (first.answer()[0], second.answer()[0]) == (200, 200)
    assert running.alarms == [("ledger-late", running.alarms[0][1])] * 6


def test_who_is_looked_up_in_the_ledger_keeps_nobody_waiting(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, go_on = threading.Event(), threading.Event()
    of_call = running.made.ledger.of_call

    def waits(call: str) -> Sequence[KeptEntry]:
        looked.set()
        go_on.wait(20)
        return of_call(call)

    monkeypatch.setattr(running.made.ledger, "of_call", waits)
    with line(running) as unknown, line(running) as known:
        unknown.wire.sendall(request("of-another-server", "dice"))
        assert looked.wait(20)
        for event in ("ice", "ace", "dice"):
            known.wire.sendall(request("c1", event))
            assert known.answer()[0] == 200
        go_on.set()
        assert unknown.answer()[0] == 200


def test_a_lookup_that_fails_is_answered(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running.made.runtime, "reply", broken)
    with line(running) as client:
        client.wire.sendall(request("of-another-server", "dice"))
        assert client.answer()[0] == 500


def test_the_application_in_another_server_answers_alike(running: Running, tmp_path: Path) -> None:
    """Without the protocol of `recpol serve`, callbacks go through ASGI."""
    from recpol.runtime.app import application

    data = json.dumps(ICE).encode()
    headers = signed_headers(signer(), "POST", "/desk", data, datetime.datetime.now(datetime.UTC))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=application(running.made))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/desk", content=data, headers=headers)

    said = asyncio.run(ask())
    with line(running) as client:
        client.wire.sendall(request("c9"))
        assert (said.status_code, said.content) == (200, client.answer()[2])
