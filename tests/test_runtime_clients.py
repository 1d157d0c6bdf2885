"""Clients that wait, that are slow, and that are many: others are answered meanwhile, and memory stays where it is."""

from __future__ import annotations

import datetime
import gc
import json
import socket
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from desks import ICE, NOW, Desk, build_of
from recpol.runtime import callbacks, core, listening, memory
from recpol.runtime.wire import WireRequest, signed_headers
from serving import Running, server, signer

IDLE = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_of(tmp_path)


@pytest.fixture
def running(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(listening, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(callbacks, "BODY_SECONDS", 0.2)
    with server(folder, tmp_path / "ledger.db") as made:
        yield made


def ask(running: Running, call: str) -> int:
    data = json.dumps({**ICE, "callid": call}).encode()
    headers = signed_headers(signer(), "POST", "/desk", data, datetime.datetime.now(datetime.UTC))
    return httpx.post(f"{running.url}/desk", content=data, headers=headers, timeout=10).status_code


def connected(running: Running, said: bytes) -> socket.socket:
    address = running.url.removeprefix("http://").split(":")
    made = socket.create_connection((address[0], int(address[1])), timeout=20)
    made.sendall(said)
    return made


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"POST /desk HT",
        b"POST /desk HTTP/1.1\r\nhost: x\r\nx-timestamp: 1",
        b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nPOST /desk HTTP/1.1\r\n",
        b"POST /desk HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc",
        b"POST /desk HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
        b"POST /callouts/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_a_client_that_does_not_go_on_is_given_up(running: Running, said: bytes) -> None:
    with connected(running, said) as client:
        answer = b"".join(iter(lambda: client.recv(65536), b""))  # it ends: the server has closed the connection
    assert b"500" not in answer.split(b"\r\n")[0]
    assert running.alarms == []


def test_a_thousand_idle_connections_keep_nobody_out(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "REQUEST_SECONDS", 30.0)
    with server(folder, tmp_path / "ledger.db") as running, ExitStack() as clients:
        for n in range(IDLE):
            clients.enter_context(connected(running, b"POST /desk HTTP/1.1\r\nhost: x\r\n" if n % 2 else b""))
        assert [ask(running, f"c{n}") for n in range(3)] == [200] * 3
        assert running.alarms == []


def test_memory_does_not_grow_with_calls(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of calls has limits; beyond them a call more costs nothing. The limits are made small here."""
    for module, limit in ((memory, "MOST_CALLS"), (memory, "MOST_ENDED"), (core, "MOST_DELIVERIES")):
        monkeypatch.setattr(module, limit, 50)
    desk = Desk(folder, tmp_path / "ledger.db")

    def play(numbers: range) -> None:
        future: Future[bool] | None = None
        for n in numbers:
            for event in ({"event": "ice"}, {"event": "ace"}, {"event": "dice", "result": "ANSWERED", "duration": 9}):
                data = json.dumps({**ICE, **event, "callid": f"call-{n}"}).encode()
                request = WireRequest("POST", "/desk", signed_headers(signer(), "POST", "/desk", data, NOW), data)
                answer, future = desk.runtime.answer(request, NOW)
                assert answer.status == 200
        assert future is not None
        assert future.result(20)

    def calls(begin: int, count: int) -> int:
        play(range(begin, begin + count - 1))
        # The writer holds what it wrote last until it writes again: on a busy machine that may be hundreds of entries.
        play(range(begin + count - 1, begin + count))
        gc.collect()
        own = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, f"{Path(core.__file__).parent}/*")])
        return sum(trace.size for trace in own.traces)

    tracemalloc.start()
    try:
        calls(0, 150)
        first = calls(150, 150)
        second = calls(300, 300)
    finally:
        tracemalloc.stop()
    assert second - first < 20_000, "of 300 calls more; where nothing is let go of, these are 300,000"
    desk.made.close()
