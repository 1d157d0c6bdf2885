"""A callback to its answer: verified, told from a second delivery, routed, rendered, and put into the ledger.

    runtime.handle("POST", "/support-line", headers, body, now)   gives an `HttpAnswer`

`answer` is for servers that wait in their own way: it hands out the future of the ledger's entry; `handle` waits.

Invariant: nothing of a request is used before its signature is verified; a call keeps the build that it began with.
"""

from __future__ import annotations

import datetime
import hmac
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from recpol.base.record import Record, field, replace
from recpol.base.typing import Literal
from recpol.runtime.answers import BEGINS, KNOWN, called, field_of, is_whole, react, unrouted
from recpol.runtime.build import Build, ServedPolicy, packed
from recpol.runtime.entries import LedgerEntry, changes_the_talk, started_with
from recpol.runtime.ledger import Ledger, answered
from recpol.runtime.memory import CallMemory, ServedCall
from recpol.runtime.wire import (
    LARGEST_BODY,
    LONGEST_ID,
    PlatformEvent,
    Refusal,
    SigningKey,
    WireRequest,
    aged,
    callback_of,
    verified,
)

COMMIT_SECONDS = 1.0
"""How long an answer or a request waits for the ledger; the platform waits for 5 s for an answer (Voice API v2), or an
undocumented time (v1)."""

MOST_DELIVERIES = 20_000
"""How many deliveries are remembered, so that one that comes again gets the same answer."""

Numbers = Literal["omit", "hash", "keep"]


class ServeOptions(Record):
    """How callbacks are answered.

    `prefix` stands before the policies' paths; `public` is the path under which the platform knows this server, where a
    proxy rewrites paths. `max_age` is in seconds. `numbers` says what the ledger keeps of telephone numbers.
    """

    prefix: str = ""
    public: str | None = None
    max_age: float = 300.0
    numbers: Numbers = "omit"


class HttpAnswer(Record):
    """What is sent back: the status, and JSON.

    `then` is a request that is to be sent: the call, the request's name, and the document that the call got last.
    """

    status: int
    body: bytes = field(repr=False)
    then: tuple[str, str, str] | None = None


class Runtime:
    """Answers the callbacks of the policies of a build. Safe to use from several threads."""

    def __init__(
        self,
        build: Build,
        keys: tuple[SigningKey, ...],
        ledger: Ledger,
        alarm: Callable[[str, str], None],
        options: ServeOptions | None = None,
    ) -> None:
        self.build = build
        self._sites = {(site.path, site.digest): site for site in build.sites.values()}
        self.ledger = ledger
        self.options = options or ServeOptions()
        self.memory = CallMemory()
        self.counts: Counter[tuple[str, str]] = Counter()
        self._keys = {(key.interface, key.name): key for key in keys}
        self._secret = keys[0].secret if keys else b""
        self._alarm = alarm
        self._lock = threading.Lock()
        self._deliveries: OrderedDict[str, HttpAnswer] = OrderedDict()
        self._listeners: dict[str, list[Callable[[PlatformEvent], None]]] = {}

    def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime.datetime
    ) -> HttpAnswer:
        """The answer to a request, when its entries are on the disk or a second has passed.

        `path` is percent-encoded as sent, without the query; names of `headers` are in lower case; `now` is in UTC.
        """
        answer, future = self.answer(WireRequest(method, path, headers, body), now)
        if future is not None and answered(future, COMMIT_SECONDS) is None:
            self.late()
        return answer

    def late(self) -> None:
        """Tell that an answer or a request goes on before its entry is on the disk."""
        self._trouble(
            "ledger-late", f"the ledger took more than {COMMIT_SECONDS:g} s for an entry; no call waits longer"
        )

    def answer(self, request: WireRequest, now: datetime.datetime) -> tuple[HttpAnswer, Future[bool] | None]:
        """The answer to a request, and what to wait for before it is sent, if anything."""
        callback = self.taken(request, now)
        return (callback, None) if isinstance(callback, HttpAnswer) else self.reply(callback, request.path, now)

    def taken(self, request: WireRequest, now: datetime.datetime) -> PlatformEvent | HttpAnswer:
        """The event that a request brings, once it is verified; the answer where it is refused, or came before."""
        if request.method != "POST":
            return self._refused(Refusal(405, "callbacks are sent with POST"))
        if len(request.body) > LARGEST_BODY:
            return self._refused(Refusal(413, "the body is too large"))
        key = verified(request, self._keys, self._signed_path(request.path))
        if isinstance(key, Refusal):
            return self._refused(key)
        old = aged(request, now, self.options.max_age)
        if old is not None:
            return self._refused(old)
        callback = callback_of(request, key.interface)
        if isinstance(callback, Refusal):
            return self._refused(callback)
        with self._lock:
            known = self._deliveries.get(callback.id)
        if known is None:
            return callback
        self.counts["callback", "again"] += 1
        return replace(known, then=None)

    def is_remembered(self, callback: PlatformEvent) -> bool:
        """Whether an event is answered from memory; where it is not, `reply` reads the ledger."""
        if callback.event in BEGINS:
            return True
        call = self.memory.joined(callback.session) if callback.session else callback.call
        return call is not None and self.memory.call(call) is not None

    def reply(
        self, callback: PlatformEvent, path: str, now: datetime.datetime
    ) -> tuple[HttpAnswer, Future[bool] | None]:
        """The answer to an event that `taken` gave, and what to wait for before it is sent, if anything."""
        callback = self._in_session(callback)
        answer, entries = self._answered_always(callback, path, now.timestamp())
        future = self.ledger.append(entries) if entries else None
        with self._lock:
            self._deliveries[callback.id] = answer
            if len(self._deliveries) > MOST_DELIVERIES:
                self._deliveries.popitem(last=False)
            listeners = tuple(self._listeners.get(callback.call, ()))
        for listener in listeners:
            listener(callback)
        return answer, future

    def adopt(self, build: Build) -> None:
        """Answer new calls with another build; each call that runs keeps the one that it began with."""
        with self._lock:
            self._sites |= {(site.path, site.digest): site for site in build.sites.values()}
            self.build = build

    def listen(self, call: str, listener: Callable[[PlatformEvent], None]) -> Callable[[], None]:
        """Have a function told of each callback of a call; what comes back ends that."""
        with self._lock:
            self._listeners.setdefault(call, []).append(listener)

        def stop() -> None:
            with self._lock:
                left = [one for one in self._listeners.get(call, ()) if one is not listener]
                if left:
                    self._listeners[call] = left
                else:
                    self._listeners.pop(call, None)

        return stop

    def site_of(self, call: str) -> ServedCall | None:
        """What is known of a call, from memory or from the ledger."""
        state = self.memory.call(call)
        return state if state is not None else self._remembered(call)

    def _signed_path(self, path: str) -> str:
        public = self.options.public
        return path if public is None else public.rstrip("/") + path.removeprefix(self.options.prefix)

    def _refused(self, refusal: Refusal) -> HttpAnswer:
        self.counts["refused", refusal.reason] += 1
        return HttpAnswer(refusal.status, packed({"error": refusal.reason}))

    def not_sent(self, request: str, why: str) -> None:
        """A request that a key in a room stands for could not be sent, or was not confirmed."""
        self._trouble("key-not-followed", f"`{request}`, for which a caller pressed a key: {why}")

    def _trouble(self, name: str, sentence: str) -> None:
        self.counts["alarm", name] += 1
        self._alarm(name, sentence)

    def _answered_always(self, callback: PlatformEvent, path: str, now: float) -> tuple[HttpAnswer, list[LedgerEntry]]:
        """What `_answered` says; where that fails, an answer all the same: without one a call may go on by itself."""
        try:
            return self._answered(callback, path, now)
        except Exception as defect:  # noqa: BLE001  whatever it is, the platform waits for an answer
            self._trouble(
                "defect", f"recpol has a defect ({type(defect).__name__}); the call got the reply for trouble"
            )
            body = unrouted(callback, self.build)
            return HttpAnswer(404 if body is None else 200, body or b"{}"), []

    def _answered(self, callback: PlatformEvent, path: str, now: float) -> tuple[HttpAnswer, list[LedgerEntry]]:
        self.counts["callback", callback.event if callback.event in KNOWN else "other"] += 1
        state = None if callback.event in BEGINS else self.site_of(callback.call)
        site = self._site(callback, path) if state is None else state.site
        if site is None and path.removeprefix(self.options.prefix).strip("/"):
            self._trouble("no-policy", "a callback came for a policy that this server does not have")
            return HttpAnswer(404, packed({"error": "there is no such policy here"})), []
        if site is None:
            return self._unrouted(callback, now)
        if site.interface != callback.interface:
            self._trouble("other-interface", f"`{site.path}` is compiled for another Voice API than the callback is of")
            return HttpAnswer(404, packed({"error": "this policy is compiled for another Voice API"})), []
        start = {} if state is None else state.start
        reaction = react(callback, site, None if state is None else state.last, start)
        if reaction.alarm is not None:
            self._trouble(*reaction.alarm)
        if reaction.file is not None:
            self.memory.remember(callback.call, ServedCall(site, reaction.file, start))
        entries = []
        ended = reaction.kind == "ended" and is_whole(callback)
        if reaction.kind is not None and (reaction.kind != "ended" or ended):
            data = {"site": site.path, **reaction.data, **self._beginning(callback)}
            entries.append(LedgerEntry(now, callback.call, reaction.kind, data, callback.id))
        if ended:
            self.memory.end(callback.call)
        then = None
        if reaction.request is not None and state is not None and state.last is not None:
            then = (callback.call, reaction.request, state.last)
        return HttpAnswer(200, reaction.body, then), entries

    def _in_session(self, callback: PlatformEvent) -> PlatformEvent:
        """An event of another leg of a call as one of that call. Which leg a report is about is not documented."""
        if not callback.session:
            return callback
        known = self.memory.joined(callback.session)
        if callback.event in BEGINS:
            known = self.memory.join(callback.session, callback.call)
        elif known is None and self._remembered(callback.session) is not None:
            known = self.memory.join(callback.session, callback.session)  # the backend began it, before a restart
        return replace(callback, call=known or callback.call)

    def _site(self, callback: PlatformEvent, path: str) -> ServedPolicy | None:
        """The policy that a call belongs to: by the path, or, for one path for all, by the number called."""
        name = path.removeprefix(self.options.prefix).strip("/")
        if name:
            return self.build.sites.get(name)
        number, application = called(callback), field_of(callback, "applicationKey")
        for asked in (number, application):
            found = self.build.answering(asked, callback.interface) if isinstance(asked, str) else None
            if found is not None:
                return found
        only = next(iter(self.build.sites.values())) if len(self.build.sites) == 1 else None
        return None if only is None or (only.answers_for and number is not None) else only

    def _unrouted(self, callback: PlatformEvent, now: float) -> tuple[HttpAnswer, list[LedgerEntry]]:
        """What is answered where one path is there for all policies, and none answers what was called."""
        number = called(callback)
        shown = f"`{number[:40]}`" if number is not None and self.options.numbers == "keep" else "what was called"
        self._trouble("no-policy", f"a callback came to `/`, and not one policy of this server answers {shown}")
        body = unrouted(callback, self.build)
        if body is None:
            return HttpAnswer(404, packed({"error": "no policy is compiled for this Voice API"})), []
        data = {"event": callback.event, "why": "no-policy"}
        return HttpAnswer(200, body), [LedgerEntry(now, callback.call, "trouble", data, callback.id)]

    def _remembered(self, call: str) -> ServedCall | None:
        """A call that this process does not know: another process or an earlier one may have."""
        try:
            kept = self.ledger.of_call(call)
        except Exception as problem:  # noqa: BLE001  whatever the store raises, the call is answered
            self._trouble("ledger-failing", f"the ledger cannot be read ({type(problem).__name__})")
            return None
        for one in reversed(kept):
            if changes_the_talk(one.entry):
                path, digest = str(one.entry.data.get("site")), str(one.entry.data.get("build"))
                site = self._sites.get((path, digest)) or self.build.sites.get(path)
                if site is None:
                    return None
                if site.digest != digest:
                    self._trouble(
                        "build-changed", f"a call of `{site.path}` goes on with another build than it began with"
                    )
                state = ServedCall(site, str(one.entry.data["file"]), started_with(kept))
                self.memory.remember(call, state)
                return state
        return None

    def _beginning(self, callback: PlatformEvent) -> dict[str, str]:
        """What the first event of a call brings that is of use later: where requests go, and the number called."""
        if callback.event not in BEGINS:
            return {}
        found = {}
        resource = field_of(callback, "callResourceUrl" if callback.interface == "v1" else "projectId")
        if isinstance(resource, str) and len(resource) <= LONGEST_ID:
            found["resource"] = resource
        if callback.session:
            found["session"] = callback.session
        number = called(callback)
        if number is not None and self.options.numbers == "keep":
            found["to"] = number
        elif number is not None and self.options.numbers == "hash":
            found["to"] = hmac.digest(self._secret, number.encode("utf-8", "surrogatepass"), "sha256").hex()[:16]
        return found
