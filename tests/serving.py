"""A server of callbacks for tests: a compiled policy, a ledger, and uvicorn in a thread, on a port of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from recpol.runtime.app import application
from recpol.runtime.core import ServeOptions
from recpol.runtime.listening import configuration
from recpol.runtime.sending import ManageOptions
from recpol.runtime.serving import Served, served
from recpol.runtime.wire import SigningKey, key_of

KEY = "669E367E-6BBA-48AB-AF15-266871C28135"
SECRET = "BeIukql3pTKJ8RGL5zo0DA=="
"""The key and the secret of Sinch's own page on callback signing: they open nothing."""

SERVICE = "a74b1566-0f18-4f8e-9c23-8e6b5df8fd3e"
SERVICE_SECRET = "F5wrP9SKYU6w8sbZXkp7GA=="
"""The service and the secret of the published description of Voice API v2: they open nothing."""

TOKEN = "a-token-for-tests"

ENVIRONMENT: Mapping[str, str] = {
    "SINCH_APPLICATION_KEY": KEY,
    "SINCH_APPLICATION_SECRET": SECRET,
    "RECPOL_SERVE_TOKEN": TOKEN,
}


def signer() -> SigningKey:
    return key_of("v1", KEY, SECRET)


def environment(build: Path) -> dict[str, str]:
    """Keys, and a value for whatever the documents of a build need: its placeholder, so that tapes can be compared."""
    import json

    values = dict(ENVIRONMENT)
    for manifest in build.rglob("manifest.json"):
        for reply in json.loads(manifest.read_text())["replies"]:
            values |= {name[4:]: f"{{{{ {name} }}}}" for name in reply["values"] if name.startswith("env.")}
    return values


@dataclass
class Running:
    url: str
    made: Served
    alarms: list[tuple[str, str]]


@contextmanager
def server(
    build: Path,
    ledger: Path,
    *,
    options: ServeOptions | None = None,
    manage: ManageOptions | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    alarms: list[tuple[str, str]] = []
    made = served(
        str(build),
        env=environment(build) if env is None else env,
        ledger=str(ledger),
        options=options,
        manage=manage,
        alarm=lambda name, sentence: alarms.append((name, sentence)),
    )
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = configuration(application(made), log_level="error", lifespan="on")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve([listening])), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.005)
    try:
        yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", made, alarms)
    finally:
        running.should_exit = True
        thread.join(10)
