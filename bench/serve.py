"""Signed callbacks per second: `recpol serve` with a ledger that is on the disk, and an Express handler without one.

wrk sends each request once, from 50 connections: the five callbacks of a call, signed beforehand. The peer is Express
with `@sinch/voice`, which checks and answers, and writes nothing; without npm's packages it is left out, with a line
that says so. Both run in turns, on one processor each where `taskset` can say so, with wrk on another; and both answer
for a while before it counts, for Node compiles what it runs often.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from measure import RECPOL, BenchError

HERE = Path(__file__).resolve().parent
PEER_PACKAGES = ("express@5", "@sinch/voice@1.4.0", "@sinch/sdk-core@1.4.0")
KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
"""The key and the secret of Sinch's own page on callback signing: they open nothing."""

POLICY = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice { answer say "This call is recorded." @notice connect pstn +46850020000 }
on ace { record { talk: continue } }
"""
ENVIRONMENT = {
    "SINCH_APPLICATION_KEY": KEY,
    "SINCH_APPLICATION_SECRET": SECRET,
    "STORE_CREDENTIALS": "none",
    "NODE_ENV": "production",
    "PATH": os.environ["PATH"],
}
"""What both servers get."""


@dataclass(frozen=True)
class Load:
    """What wrk measured: answers per second, and milliseconds within which half and 99 of 100 came; and microseconds of
    processor time that the server took for each."""

    rate: float
    half: float
    most: float
    cpu: float


def measure(*, quick: bool = False) -> None:
    """Print a row for each server."""
    if shutil.which("wrk") is None:
        print("wrk is not installed: nothing is measured")
        return
    seconds, rounds, calls = (1, 1, 4_000) if quick else (5, 5, 16_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "desk.recpol").write_text(POLICY)
        subprocess.run([RECPOL, "compile", "desk.recpol"], cwd=folder, check=True, capture_output=True)
        peer = None if quick else _peer(folder)
        found: dict[str, list[Load]] = {"recpol serve": [], **({} if peer is None else {"Express": []})}
        for number in range(rounds):
            for server, loads in found.items():
                files = [folder / f"{number}-{len(server)}-{part}.requests" for part in ("before", "counted")]
                for file in files:
                    file.write_bytes(_requests(calls, file.stem))
                loads.append(_load(_command(server, folder, number, peer), folder, files, seconds))
                for file in files:
                    file.unlink()
    for server, loads in found.items():
        rate, half, most, cpu = (
            median(getattr(load, key) for load in loads) for key in ("rate", "half", "most", "cpu")
        )
        first = found["recpol serve"]
        rates = median(mine.rate / load.rate for mine, load in zip(loads, first, strict=True))
        costs = median(mine.cpu / load.cpu for mine, load in zip(loads, first, strict=True))
        print(
            f"{server:14}{rate:8.0f} /s {half:8.1f} ms half {most:8.1f} ms p99 {cpu:8.0f} us cpu"
            f"   x recpol serve: {rates:.2f} answers, {costs:.2f} cpu"
        )


def _command(server: str, folder: Path, number: int, peer: Path | None) -> list[str]:
    if server == "Express":
        return ["node", str(HERE / "serve.js"), str(peer), "{port}", str(folder / "build" / "desk" / "ice.json")]
    return [RECPOL, "serve", "build", "--port", "{port}", "--ledger", f"{number}.db"]


def _peer(folder: Path) -> Path | None:
    """A folder with npm's packages; None where there are none."""
    place = folder / "peer"
    place.mkdir()
    (place / "package.json").write_text("{}")
    command = ["npm", "install", "--no-audit", "--no-fund", *PEER_PACKAGES]
    try:
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        print("npm cannot install Express and @sinch/voice: there is nothing to compare with")
        return None
    return place


def _requests(calls: int, mark: str) -> bytes:
    """The callbacks of calls, signed, each as it is sent, and each a moment after the one before."""
    secret = base64.b64decode(SECRET)
    found: list[bytes] = []
    begin = datetime.datetime.now(datetime.UTC)
    for number in range(calls):
        call = {"callid": f"call-{mark}-{number}", "version": 1}
        for event in (
            {"event": "ice", "cli": "+442079460123", "to": {"type": "number", "endpoint": "+442079460000"}},
            {"event": "ace"},
            {"event": "notify", "type": "recording_finished"},
            {"event": "dice", "result": "ANSWERED", "reason": "CALLERHANGUP", "duration": 60},
            {"event": "notify", "type": "recording_available", "destination": f"s3://acme/calls/{number}.mp3"},
        ):
            moment = begin + datetime.timedelta(microseconds=100 * len(found))
            found.append(_signed(secret, {**event, **call}, moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")))
    return b"\x1e".join(found)


def _signed(secret: bytes, event: Mapping[str, object], now: str) -> bytes:
    body = json.dumps(event).encode()
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    text = f"POST\n{digest}\napplication/json\nx-timestamp:{now}\n/desk"
    made = base64.b64encode(hmac.digest(secret, text.encode(), "sha256")).decode()
    head = (
        f"POST /desk HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"x-timestamp: {now}\r\nAuthorization: application {KEY}:{made}\r\n\r\n"
    )
    return head.encode() + body


def _alone(processor: int) -> list[str]:
    """What makes a command run on one processor, of those that there are."""
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(there) < 2 or shutil.which("taskset") is None:
        return []
    return ["taskset", "-c", str(there[processor])]


def _load(command: list[str], folder: Path, requests: list[Path], seconds: int) -> Load:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*_alone(0), *(word.replace("{port}", str(port)) for word in command)]
    server = subprocess.Popen(words, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(server, f"http://127.0.0.1:{port}/health")
        _answers(port, requests[0], max(1, seconds // 2))
        before = _cpu(server.pid)
        count, micros, half, most, errors = _answers(port, requests[1], seconds)
        spent = _cpu(server.pid) - before
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    if errors or count > requests[1].read_bytes().count(b"\x1e"):
        raise BenchError(f"{errors} of {count} requests failed, or they were too few and came again")
    return Load(count / micros * 1e6, half / 1000, most / 1000, spent / count * 1e6)


def _answers(port: int, requests: Path, seconds: int) -> list[int]:
    """What wrk counts and measures: answers, microseconds in all and until half and 99 of 100 came, and failures."""
    wrk = ["wrk", "-t1", "-c50", f"-d{seconds}s", "-s", str(HERE / "serve.lua"), f"http://127.0.0.1:{port}/desk"]
    said = subprocess.run([*_alone(1), *wrk, str(requests)], check=True, capture_output=True, text=True).stdout
    line = next((line for line in said.splitlines() if line.startswith("figures ")), "")
    if not line:
        raise BenchError("wrk said nothing that can be read")
    return [int(word) for word in line.split()[1:]]


def _cpu(process: int) -> float:
    """The seconds of processor time that a process has taken; Linux alone tells of one that goes on."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(400):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise BenchError("the server does not start")
