"""The runtime over HTTP: an ASGI application for the platform's callbacks, the backend's requests, and people.

    POST /POLICY                            a callback of the platform, signed
    POST /calls/ID/phases/PHASE/begin       begin a phase (also `end`); 409 where it is not confirmed
    POST /calls/ID/requests/NAME            send the request of `on manage NAME`
    POST /callouts/NAME                     begin the call of `on callout NAME`; also /callouts/POLICY/NAME
    GET  /agent · /ledger · /metrics · /health

All but callbacks and `/health` want the token: `Authorization: Bearer TOKEN`, or in a browser its password.

Invariant: a callback is answered with what `core` says and nothing else; no answer shows a secret or a stack trace.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import json
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from recpol.runtime.callbacks import BODY_SECONDS, AsgiScope, CallbackServer, Receive, Send
from recpol.runtime.callouts import CalloutSender
from recpol.runtime.checks import CHECKS, GRACE_SECONDS, calls, looked_at, problems
from recpol.runtime.commits import committed
from recpol.runtime.confirmation import entries_of, is_recorded
from recpol.runtime.core import Runtime
from recpol.runtime.defaults import EFFECTS, TOKEN, RequestEffect
from recpol.runtime.manage import Manager, PhaseNotConfirmed
from recpol.runtime.memory import ServedCall
from recpol.runtime.pages import agent_page, ledger_page
from recpol.runtime.sending import ManageProblem
from recpol.runtime.serving import OWN_PATHS, Served, served, utc_now
from recpol.runtime.wire import LARGEST_BODY

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request as HttpRequest
    from starlette.responses import Response
else:
    try:
        from starlette.applications import Starlette  # a program may evaluate what `serve` is annotated with
    except ImportError:  # which `serve` says when it is called
        Starlette = Any

LARGEST_FORM = 4096
"""The largest form that is read, in bytes."""

CHECK_SECONDS = 60.0
"""How long the figures of the ledger's checks stay."""


def serve(folder: str, **more: Any) -> Starlette:
    """An ASGI application that answers the callbacks of a compiled folder.

    It runs by itself, or is mounted in FastAPI or Starlette under any prefix, which `options` has to name. The
    arguments, and what is raised, are those of `served`.
    """
    return application(served(folder, **more))


def application(made: Served, *, signals: bool = False) -> Starlette:
    """The ASGI application of a server. With `signals` SIGHUP reads the build anew; a host has signals of its own."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    operator = Operator(made)

    async def health(_: HttpRequest) -> Response:
        failing = made.ledger.failing
        return JSONResponse({"ledger": "failing" if failing else "writing"}, 503 if failing else 200)

    async def metrics(request: HttpRequest) -> Response:
        return operator.refused(request) or PlainTextResponse(
            prometheus(made.runtime) + await asyncio.to_thread(operator.checked)
        )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        loop = asyncio.get_running_loop()
        if signals:
            loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, made.reload))
        yield
        if signals:
            loop.remove_signal_handler(signal.SIGHUP)
        await asyncio.to_thread(made.close)

    routes = [
        Route("/health", health),
        Route("/metrics", metrics),
        Route("/agent", operator.agent, methods=["GET", "POST"]),
        Route("/ledger", operator.ledger),
        Route("/calls/{call}/phases/{phase}/{moment}", operator.phase, methods=["POST"]),
        Route("/calls/{call}/requests/{name}", operator.request, methods=["POST"]),
        Route("/callouts/{name:path}", operator.callout, methods=["POST"]),
    ]

    class Application(Starlette):
        """Starlette for people and the backend; callbacks, which are many, go by it."""

        callbacks = CallbackServer(made.runtime, utc_now, operator.follow)

        async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
            is_callback = scope["type"] == "http" and _first_part(scope) not in OWN_PATHS
            await (self.callbacks if is_callback else super().__call__)(scope, receive, send)

    return Application(routes=routes, lifespan=lifespan)


def _first_part(scope: AsgiScope) -> str:
    """What a path begins with, below the place at which the application is mounted."""
    path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
    return path.strip("/").partition("/")[0]


class Operator:
    """What the backend and people ask for, with the token."""

    def __init__(self, made: Served, manager: Manager | None = None) -> None:
        self._made, self._manager = made, manager
        self._checked = (float("-inf"), "")

    @property
    def manager(self) -> Manager:
        """Made when it is first needed: httpx is not loaded for callbacks."""
        if self._manager is None:
            self._manager = self._made.manager()
        return self._manager

    def refused(self, request: HttpRequest) -> Response | None:
        """The answer to somebody without the token, or to a form of another site; None where all is well."""
        from starlette.responses import JSONResponse

        token = self._made.token
        if not token:
            return JSONResponse({"error": "no token is set", "help": f"set {TOKEN}"}, 403)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().partition(":")[2]
            except (ValueError, UnicodeDecodeError):
                given = ""
            if request.method != "GET" and request.headers.get("sec-fetch-site", "same-origin") not in _OWN_FORMS:
                return JSONResponse({"error": "the form is of another site"}, 403)
        elif scheme.lower() != "bearer":
            given = ""
        if hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
            return None
        return JSONResponse(
            {"error": "the token is missing or wrong"}, 401, {"www-authenticate": 'Basic realm="recpol"'}
        )

    async def phase(self, request: HttpRequest) -> Response:
        """Begin or end a phase."""
        moment = request.path_params["moment"]
        if moment not in ("begin", "end"):
            return _problem(404, "a phase begins or ends", "write `begin` or `end`")
        call, phase = request.path_params["call"], request.path_params["phase"]
        return self.refused(request) or await self._sent(lambda: self.manager.phase(call, phase, moment))

    async def request(self, request: HttpRequest) -> Response:
        """Send the request of a name."""
        call, name = request.path_params["call"], request.path_params["name"]
        return self.refused(request) or await self._sent(lambda: self.manager.send(call, name))

    async def follow(self, call: str, name: str, within: str) -> None:
        """Send the request that a key in a room stands for; what goes wrong is an alarm."""
        try:
            await self.manager.send(call, name, within)
        except (ManageProblem, PhaseNotConfirmed) as problem:
            self._made.runtime.not_sent(name, str(problem))

    async def callout(self, request: HttpRequest) -> Response:
        """Begin a call; the body is an object of JSON with the values of `{{ start.NAME }}`, or empty."""
        if (refused := self.refused(request)) is not None:
            return refused
        values = await _object(request)
        if values is None:
            return _problem(400, "the body is no object of JSON", 'write `{"number": "+44…"}`, or nothing')
        policy, _, name = str(request.path_params["name"]).rpartition("/")

        async def begin() -> dict[str, object]:
            begun = await CalloutSender(self._made.runtime, self.manager.platform).begin(name, values, policy or None)
            return {"call": begun.call, "policy": begun.site.path}

        return await self._tried(begin)

    async def _sent(self, act: Callable[[], Awaitable[RequestEffect]]) -> Response:
        async def sent() -> dict[str, object]:
            return {"done": True, "effect": await act()}

        return await self._tried(sent)

    async def _tried(self, act: Callable[[], Awaitable[dict[str, object]]]) -> Response:
        from starlette.responses import JSONResponse

        try:
            said = await act()
        except ManageProblem as problem:
            return _problem(problem.status, str(problem), problem.help)
        except PhaseNotConfirmed as problem:
            return _problem(409, str(problem), problem.help)
        return JSONResponse(said)

    async def agent(self, request: HttpRequest) -> Response:
        """The page of phases, and what its buttons do."""
        from starlette.responses import HTMLResponse

        if (refused := self.refused(request)) is not None:
            return refused
        said = None
        values = request.query_params if request.method == "GET" else await _form(request)
        call = str(values.get("call", ""))[:300]
        if request.method == "POST":
            said = await self._pressed(call, values)
        state = await asyncio.to_thread(self._made.runtime.site_of, call) if call else None
        phases, requests = ([], []) if state is None else state.site.routes.requests()
        recorder = "" if state is None else await self._recorder(call, state)
        page = agent_page(
            base=request.scope.get("root_path", ""), call=call, site=None if state is None else state.site.path,
            recorder=recorder, phases=phases, requests=requests, said=said,
        )  # fmt: skip
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def _pressed(self, call: str, values: Mapping[str, str]) -> dict[str, str]:
        moment, phase, name = (str(values.get(key, "")) for key in ("moment", "phase", "request"))
        try:
            if name:
                return {"kind": "done", "words": f"{name}: {EFFECTS[await self.manager.send(call, name)]}."}
            if moment not in ("begin", "end"):
                return {"kind": "problem", "words": "A phase begins or ends."}
            effect = await self.manager.phase(call, phase, "begin" if moment == "begin" else "end")
        except ManageProblem as problem:
            return {"kind": "problem", "words": f"Not done: {problem}. What helps: {problem.help}."}
        except PhaseNotConfirmed as problem:
            return {"kind": "problem", "words": f"Not confirmed: {problem}. What helps: {problem.help}."}
        return {"kind": "done", "words": f"{phase} {moment}s: {EFFECTS[effect]}."}

    async def _recorder(self, call: str, state: ServedCall) -> str:
        """What is known of the recorder of a call, in words."""
        if state.site.interface == "v2":
            return "not known here: no event of Voice API v2 tells what is being recorded"
        is_whole = await committed(self._made.runtime, self._made.ledger.flushed())
        kept = await entries_of(self._made.runtime, call) if is_whole else None
        if kept is None:
            return "not known: the ledger lacks entries at the moment"
        return {True: "on", False: "off", None: "not known: a stop or a start was not confirmed"}[is_recorded(kept)]

    async def ledger(self, request: HttpRequest) -> Response:
        """The page of the ledger."""
        from starlette.responses import HTMLResponse

        if (refused := self.refused(request)) is not None:
            return refused
        page = await asyncio.to_thread(self._ledger)
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    def checked(self) -> str:
        """How many problems the ledger shows by each check, in the text format of Prometheus; a minute old at most."""
        at, text = self._checked
        if time.monotonic() - at < CHECK_SECONDS:
            return text
        try:
            kept = self._made.ledger.all(by_call=True)
            counts = Counter(one.check for one in problems(kept, utc_now().timestamp(), GRACE_SECONDS))
        except Exception:  # noqa: BLE001  whatever the store raises, the other figures are told
            return "# the ledger cannot be read\n"
        lines = ["# TYPE recpol_ledger_problems gauge"]
        lines += [f'recpol_ledger_problems{{check="{name}"}} {counts[name]}' for name in CHECKS if name != "changed"]
        text = "\n".join(lines) + "\n"
        self._checked = (time.monotonic(), text)
        return text

    def _ledger(self) -> str:
        kept = list(self._made.ledger.all(by_call=True))
        now = utc_now().timestamp()
        found = list(problems(kept, now, GRACE_SECONDS))
        records = sorted(calls(kept), key=lambda record: record.latest, reverse=True)
        seen = looked_at(records, now, GRACE_SECONDS)
        return ledger_page(calls=records[:100], problems=found, looked_at=seen)


async def _form(request: HttpRequest) -> dict[str, str]:
    """The fields of a small form; of a larger one, none."""
    body = await _read(request, LARGEST_FORM)
    return {} if body is None else dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20))


async def _object(request: HttpRequest) -> dict[str, object] | None:
    """The object of JSON that a body is; empty where there is no body, None where it is something else."""
    body = await _read(request, LARGEST_BODY)
    try:
        found = None if body is None else json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _read(request: HttpRequest, most: int) -> bytes | None:
    """The body of a request; None of one that is larger, or does not arrive in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    return None
    except TimeoutError:
        return None
    return bytes(body)


_OWN_FORMS = ("same-origin", "none")
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def _problem(status: int, message: str, help_: str) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": message, "help": help_}, status)


def prometheus(runtime: Runtime) -> str:
    """The counters in the text format of Prometheus."""
    lines = ["# TYPE recpol_events_total counter"]
    for (kind, name), count in sorted(runtime.counts.items()):
        lines.append(f'recpol_events_total{{kind="{kind}",name="{name}"}} {count}')
    return "\n".join(lines) + "\n"
