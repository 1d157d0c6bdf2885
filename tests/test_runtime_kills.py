"""A server killed at any moment: what it has answered is in the ledger, and calls go on with the next one."""

from __future__ import annotations

import datetime
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from desks import build_of
from recpol.runtime.checks import problems
from recpol.runtime.entries import broken
from recpol.runtime.sqlite import LedgerFile
from recpol.runtime.wire import signed_headers
from serving import environment, signer

KILLS = int(os.environ.get("RECPOL_KILLS", "4"))


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return build_of(tmp_path)


def started(build: Path, ledger: Path, port: int) -> subprocess.Popen[bytes]:
    words = ["-m", "recpol", "serve", str(build), "--port", str(port), "--ledger", str(ledger)]
    server = subprocess.Popen(
        [sys.executable, *words], env={**os.environ, **environment(build)}, stderr=subprocess.DEVNULL
    )
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=1)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return server
    raise AssertionError("the server does not start")


def post(client: httpx.Client, port: int, body: dict[str, object]) -> int:
    data = json.dumps(body).encode()
    headers = signed_headers(signer(), "POST", "/desk", data, datetime.datetime.now(datetime.UTC))
    return client.post(f"http://127.0.0.1:{port}/desk", content=data, headers=headers, timeout=5).status_code


def test_what_was_answered_is_in_the_ledger_after_kills(build: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ledger = tmp_path / "ledger.db"
    dice = random.Random(1)
    answered: list[str] = []
    lock = threading.Lock()
    stop = threading.Event()

    def calls(number: int) -> None:
        with httpx.Client() as client:
            n = 0
            while not stop.is_set():
                n += 1
                call = f"call-{number}-{n}"
                try:
                    status = post(client, port, {"event": "ice", "callid": call, "cli": "+4612345"})
                except httpx.TransportError:
                    time.sleep(0.01)
                    continue
                assert status == 200
                with lock:
                    answered.append(call)

    threads = [threading.Thread(target=calls, args=(number,)) for number in range(4)]
    server = started(build, ledger, port)
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        time.sleep(0.1 + dice.random() * 0.3)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = started(build, ledger, port)
    stop.set()
    for thread in threads:
        thread.join()
    server.send_signal(signal.SIGHUP)  # reads the build anew, and goes on
    with httpx.Client() as client:  # the next server knows which document a call got before
        assert post(client, port, {"event": "ace", "callid": answered[0]}) == 200
    server.terminate()
    server.wait(20)
    store = LedgerFile(str(ledger), read_only=True)
    kept = list(store.all())
    store.close()
    assert list(broken(kept)) == []
    assert sum(one.entry.kind == "started" and bool(one.entry.data.get("reload")) for one in kept) == 1
    by_call = sorted(kept, key=lambda one: (one.entry.call, one.number))
    assert sum(one.check == "gap" for one in problems(by_call, 0.0, 600.0)) == KILLS, "each kill is told"
    there = {one.entry.call for one in kept if one.entry.kind == "sent"}
    assert set(answered) <= there, "nothing that was answered is lost"
    assert len(answered) > 50
