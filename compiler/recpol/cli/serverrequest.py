"""A request to a running `recpol serve`, with the token.

Invariant: the token goes to the server that is named and into no message; what the server refuses is exit status 1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping

from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell_problem
from recpol.runtime.defaults import TOKEN, is_token
from recpol.workspace.cannotrun import CannotRun

SERVER = "http://127.0.0.1:8080"
"""Where `recpol serve` listens unless it is told otherwise."""

TOLD = f"""\
The token is that of {TOKEN}.
Exit status: 0, 1 if the server or the platform refused or nothing was confirmed, 2 no server answers.
"""
"""What the help of each command says that asks a server."""

LARGEST = 1024 * 1024
"""The largest answer that is read, in bytes."""

SECONDS = 30.0
"""How long an answer may take: a server confirms a stop, or tries four times."""


def server_option(parser: Arguments) -> None:
    """Add `--server`."""
    parser.option("--server", default=SERVER, metavar="URL", help=f"where recpol serve listens; default: {SERVER}")


def asked(
    server: str, path: str, body: Mapping[str, object] | None, told: Callable[[Mapping[str, Any]], str | None]
) -> int:
    """Send a request, and print what came of it, or what is wrong.

    `told` gives the words for an answer that took the request, None for one that is not of `recpol serve`.

    The exit status: 0, 1 where the server or the platform refused. Raises `CannotRun` where no server answers, or one
    answers in another way than `recpol serve`: what another one takes means nothing.
    """
    status, said = _sent(server, path, body)
    if status == 200:
        words = told(said)
        if words is None:
            raise CannotRun(
                f"what answers at `{server}` is no recpol serve, or one of another version",
                "write where it listens: `--server URL`",
            )
        say(words)
        return 0
    tell_problem(str(said.get("error", f"the server answered {status}")), str(said.get("help", "")))
    return 1


def _sent(server: str, path: str, body: Mapping[str, object] | None) -> tuple[int, dict[str, Any]]:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import (
        HTTPDefaultErrorHandler,
        HTTPErrorProcessor,
        HTTPHandler,
        HTTPSHandler,
        OpenerDirector,
        Request,
    )

    if not server.startswith(("http://", "https://")) or "@" in server:
        raise CannotRun("what `--server` names is no address of a server", f"write `--server {SERVER}`")
    token = os.environ.get(TOKEN)
    if not token:
        raise CannotRun("the token of the server is not known", f"set `{TOKEN}`, as for `recpol serve`")
    if not is_token(token):
        raise CannotRun(f"`{TOKEN}` holds what no header can", "take printable ASCII, without a line break at the end")
    data = b"" if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    opener = OpenerDirector()  # no proxy and no redirect: by either another host would get the token
    for handler in (HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    try:
        request = Request(server.rstrip("/") + path, data, headers, method="POST")
        with opener.open(request, timeout=SECONDS) as answer:
            return answer.status, _object(answer.read(LARGEST))
    except HTTPError as refused:
        return refused.code, _object(refused.read(LARGEST))
    except (HTTPException, ConnectionResetError, TimeoutError):
        raise CannotRun(
            f"`{server}` did not answer, and may have done what it was asked to",
            "look into its ledger before another try",
        ) from None
    except (OSError, ValueError):
        raise CannotRun(f"no server answers at `{server}`", "start `recpol serve`, or write `--server URL`") from None


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
