"""Servers without HTTP, for tests: policies compiled into a build, callbacks delivered, requests sent to a function."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx

from recpol import compile as compiled
from recpol.analysis.program import Program
from recpol.compilation import compile_program
from recpol.runtime.core import HttpAnswer, Runtime, ServeOptions
from recpol.runtime.manage import Manager
from recpol.runtime.sending import ManageCredentials, ManageOptions
from recpol.runtime.serving import Served, served
from recpol.runtime.wire import signed_headers
from recpol.workspace.session import open_session
from serving import SERVICE, environment, signer

NOW = datetime.datetime(2026, 11, 28, 12, 0, 0, tzinfo=datetime.UTC)

POLICY = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice { answer say "Hello, {{ call.cli }}. This call is recorded." @notice connect pstn +46850020000 }
on ace { record { talk: continue } }
"""

ICE = {"event": "ice", "callid": "c1", "cli": "+4612345", "to": {"type": "number", "endpoint": "+46850020000"}}

POLICIES = Path(__file__).parent.parent / "policies"


def build_of(folder: Path, text: str = POLICY, target: str = "svaml1") -> Path:
    """Compile a policy into `build` of a folder, and give that build."""
    made = compiled(text, targets=[target])
    assert made.files, [finding.message for finding in made.findings]
    write(folder / "build" / text.split(maxsplit=2)[1], made.files)
    return folder / "build"


def example(name: str, build: Path, target: str = "svaml1") -> Program:
    """Compile one of the example policies into a build."""
    session = open_session([str(POLICIES)], targets=[target])
    (item,) = session.inputs([str(POLICIES / f"{name}.recpol")])
    made = session.program(item)
    assert isinstance(made, Program)
    write(build / name, compile_program(made).files)
    return made


def write(place: Path, files: Any) -> None:
    """Write the files of a compiled policy into its folder of a build."""
    place.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (place / name).write_bytes(data)


class Desk:
    """A server of a build, and what it says."""

    def __init__(self, build: Path, ledger: Path, options: ServeOptions | None = None) -> None:
        self.alarms: list[str] = []
        self.made: Served = served(
            str(build), env=environment(build), ledger=str(ledger), options=options,
            alarm=lambda name, _: self.alarms.append(name),
        )  # fmt: skip
        self.second = 0

    @property
    def runtime(self) -> Runtime:
        return self.made.runtime

    def post(self, body: object, path: str = "/desk", *, again: bool = False) -> HttpAnswer:
        """Deliver a callback, a second after the one before; `again` delivers the one before once more."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.second += not again
        now = NOW + datetime.timedelta(seconds=self.second)
        return self.runtime.handle("POST", path, signed_headers(signer(), "POST", path, data, now), data, now)


def managed(
    runtime: Runtime,
    platform: Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]],
    act: Callable[[Manager], Awaitable[Any]],
    options: ManageOptions | None = None,
    project: str = "",
) -> Any:
    """Have a `Manager` act, whose requests go to a function."""

    async def acted() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(platform)) as client:
            access = ManageCredentials(signer(), ("access", "secret"), project, SERVICE)
            return await act(Manager(runtime, access, client, lambda: NOW, options))

    return asyncio.run(acted())
