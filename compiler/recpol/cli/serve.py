"""`recpol serve`: a compiled folder answers the callbacks of the platform.

Invariant: whatever is missing stops the start with a message; a secret is never printed.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import re
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from recpol.cli.arguments import Arguments, NumberOf
from recpol.cli.console import flush, tell
from recpol.runtime.defaults import LEDGER
from recpol.workspace.cannotrun import CannotRun, in_words

ALARM_SECRET = "RECPOL_ALARM_SECRET"
"""The environment variable of the secret that alarms are signed with."""

COLLECTED = (10_000, 5, 1_000)
"""When Python looks for unreachable circles of objects: calls hardly leave any, and each look holds up answers."""

OLDEST = 86_400.0
"""How many seconds old a callback may be at most: what is older tells nothing of a call."""

_PORT = "write a number from 1 to 65535"
_AGE = f"write seconds, {OLDEST:g} at most, such as `--max-age 300`"
_PATH = re.compile(r"(?:/[\w.~!$&'()*+,;=:@%/-]*)?", re.ASCII)

_DETAILS = """\
Each policy answers at the path of its folder: build/support-line at /support-line. From the environment come
SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET (classic, svaml1); SINCH_SERVICE_ID and SINCH_SERVICE_SECRET
(svaml2); SINCH_ACCESS_KEY and SINCH_ACCESS_SECRET for requests of svaml2, and SINCH_PROJECT_ID for its calls; the
values of {{ env.NAME }}; and RECPOL_SERVE_TOKEN, the password of /agent, /ledger and /metrics, of requests (/calls)
and of calls to begin (/callouts). SIGHUP reads the build anew: new calls get it, calls that run keep theirs.
Needs the extra: pip install 'recpol[serve]'. Exit status: 0 stopped by Ctrl-C, 143 by SIGTERM, 2 recpol could
not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("serve", "Answer the callbacks of the platform with compiled documents.", _DETAILS)
    parser.option("build", metavar="BUILD", help="a folder that recpol compile wrote")
    parser.option("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen; default: 127.0.0.1")
    parser.option(
        "--port", type=NumberOf("--port", int, _PORT), default=8080, metavar="NUMBER", help="the port; default: 8080"
    )
    parser.option("--ledger", default=LEDGER, metavar="FILE", help="a file, or postgresql://…")
    parser.option("--public-path", metavar="PATH", help="the path of the callback URL, where a proxy rewrites paths")
    parser.choice(
        "--numbers",
        ("omit", "hash", "keep"),
        default="omit",
        metavar="HOW",
        help="telephone numbers in the ledger: omit (default), hash (of the one called) or keep",
    )
    parser.option(
        "--max-age",
        type=NumberOf("--max-age", float, _AGE),
        default=300.0,
        metavar="SECONDS",
        help="how old a callback may be, a day at most; default: 300",
    )
    parser.choice(
        "--unconfirmed",
        ("refuse", "hangup"),
        metavar="WHAT",
        help="where the stop of a phase is not confirmed: refuse or hangup; default: `on phase failure` of the policy",
    )
    parser.option("--alarm-url", metavar="URL", help="where alarms are sent, signed with RECPOL_ALARM_SECRET")
    parser.option(
        "--manage-url",
        metavar="URL",
        help="where requests and calls to begin go, with the keys, instead of the platform's address",
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the server until it is stopped; raises `CannotRun`."""
    options = arguments().read(words)
    if not 0 <= options.port < 65536:
        raise CannotRun(f"`{options.port}` is no port", _PORT)
    if not 0 < options.max_age <= OLDEST:
        raise CannotRun(f"`--max-age` cannot be `{options.max_age:g}`", _AGE)
    if options.public_path is not None and _PATH.fullmatch(options.public_path) is None:
        raise CannotRun(f"`--public-path` cannot be `{options.public_path}`", "write it as in the URL: `/PATH`")
    try:
        import httptools
        import httpx
        import starlette
        import uvicorn
    except ImportError as problem:
        raise CannotRun(f"`{problem.name}` is not installed", "pip install 'recpol[serve]'") from None
    del httptools, httpx, starlette
    from recpol.runtime.alarms import alarm_to_stderr, webhook
    from recpol.runtime.app import application
    from recpol.runtime.core import ServeOptions
    from recpol.runtime.listening import configuration
    from recpol.runtime.sending import ManageOptions
    from recpol.runtime.serving import ServeProblem, served

    secret = os.environ.get(ALARM_SECRET, "")
    if options.alarm_url and not secret:
        raise CannotRun(f"alarms go to an address, and `{ALARM_SECRET}` is not set", f"set `{ALARM_SECRET}`")
    for option, address in (("--alarm-url", options.alarm_url), ("--manage-url", options.manage_url)):
        if address is not None and not _is_address(address):
            raise CannotRun(f"`{option}` is no address of a website", f"write `{option} https://…`")
    manage = ManageOptions(base=options.manage_url and options.manage_url.rstrip("/"), unconfirmed=options.unconfirmed)
    with _bound(options.host, options.port) as listening:
        try:
            made = served(
                options.build,
                env=os.environ,
                ledger=options.ledger,
                options=ServeOptions(public=options.public_path, max_age=options.max_age, numbers=options.numbers),
                manage=manage,
                alarm=webhook(options.alarm_url, secret.encode()) if options.alarm_url else alarm_to_stderr,
            )
        except ServeProblem as problem:
            raise CannotRun(str(problem), problem.help) from None
        host = f"[{options.host}]" if ":" in options.host else options.host
        for path in sorted(made.runtime.build.sites):
            tell(f"http://{host}:{listening.getsockname()[1]}/{path}")
        flush()
        gc.enable()
        gc.freeze()  # what is there now stays: looking at it would hold up answers
        gc.set_threshold(*COLLECTED)
        server = uvicorn.Server(configuration(application(made, signals=True)))
        with contextlib.suppress(KeyboardInterrupt):  # as `uvicorn.run` does: it has stopped the server by then
            server.run(sockets=[listening])
    if not server.started:
        raise CannotRun("the server did not start", "the lines above say why")
    return 0


def _is_address(text: str) -> bool:
    """Whether a text is the address of a server: http or https, a host, and neither a password nor a query."""
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and named and not set("?#") & set(text)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens, so that nobody is told of an address that this process does not have; raises
    `CannotRun`."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as problem:
        cure = "stop what listens there, or choose another one with `--port` (0: any that is free)"
        if problem.errno != errno.EADDRINUSE:
            cure = "give an address of this machine with `--host`, and a port that you may use with `--port`"
        raise CannotRun(f"cannot listen on {host}:{port}: {in_words(problem)}", cure) from None
