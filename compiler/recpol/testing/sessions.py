"""A platform of Voice API v2 of one's own: it plays calls over HTTP against a server of callbacks, signed, with faults.

    with FakeSessions(key, callback="http://127.0.0.1:8080/orders", backend=…) as platform:
        played = platform.play([Answers(), Begins("card"), Ends("card"), HangsUp()])

The interpreter of documents (`recpol.interpreters.v2.session`) runs what the server answers to `call.incoming`. What a
document leaves to a webhook is told over HTTP, and requests of the server come in over HTTP too.

Invariant: nothing but HTTP joins this to the server; the same seed gives the same faults.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import unquote

from recpol.base.record import Record
from recpol.base.typing import Any, assert_never
from recpol.calls import trace as t
from recpol.interpreters.v2 import session as interpreter
from recpol.runtime.wire import SigningKey
from recpol.testing.wire import FakeWire, Faults

PROJECT = "5c5bf2b1-0f18-4f8e-9c23-8e6b5df8fd3e"
"""The project of all calls."""


class PlayedSession(Record):
    """A played call: its id, what was heard and recorded, what had no meaning, the recordings whose end was reported
    (`told`) and those whose report was lost, and the statuses of the server's answers in order."""

    call: str
    trace: tuple[t.Heard, ...]
    problems: tuple[str, ...]
    told: tuple[str, ...]
    lost: tuple[str, ...]
    statuses: tuple[int, ...]


class FakeSessions(FakeWire):
    """Plays calls against a server. `backend(call, *name)` is asked to send the request of a phase or of a name."""

    def __init__(
        self,
        key: SigningKey,
        callback: str,
        backend: Callable[..., None] | None = None,
        *,
        faults: Faults | None = None,
        seed: int = 0,
        timeout: float = 5.0,
    ) -> None:
        self.backend = backend
        self.running: dict[str, _LiveSession] = {}
        self._calls = 0
        super().__init__(key, callback, faults, seed, timeout)

    def play(self, events: Sequence[t.Event], call: str | None = None) -> PlayedSession:
        """Play one call to its end."""
        self._calls += 1
        live = _LiveSession(self, call or f"call-{self._calls}-{self.random.randrange(1 << 32):08x}")
        self.running[live.id] = live
        live.begin()
        for event in events:
            live.happens(event)
        live.end()
        del self.running[live.id]
        return live.played()

    def post(self, event: str, live: _LiveSession) -> Any:
        """Deliver an event of a call; the server's answer as JSON, None where it is no answer."""
        call = {
            "callId": live.id, "sessionId": live.session, "projectId": PROJECT, "serviceId": self.key.name,
            "from": {"type": "PHONE", "phone": {"number": "+442079460123"}},
            "to": {"type": "PHONE", "phone": {"number": "+442079460000"}},
        }  # fmt: skip
        source = f"projects/{PROJECT}/services/{self.key.name}"
        told = {"ce-id": uuid.UUID(int=self.random.getrandbits(128)).hex, "ce-source": source}
        return self.deliver({"event": event, "call": call}, told, live.statuses)

    def taken(self, path: str, headers: Mapping[str, str], body: object) -> int:
        """Carry out a request of the server, once for each key; the status that it gets."""
        live, leg = _found(self.running, [unquote(part) for part in path.strip("/").split("/")])
        key = headers.get("idempotency-key", "")
        if live is None:
            return 404
        if key in live.requested:
            return live.requested[key]  # the same key gets the same answer
        live.requested[key] = 202 if 16 <= len(key) <= 128 else 400
        if live.requested[key] == 202:
            live.manage(leg, body)
        return live.requested[key]


class _LiveSession:
    """A call that is being played: the state of its document, and what was told of its recordings."""

    def __init__(self, platform: FakeSessions, call: str) -> None:
        self.platform, self.id, self.session = platform, call, f"session-of-{call}"
        self.state: interpreter.SessionState | None = None
        self.trace: list[t.Heard] = []
        self.latest = 0
        self.problems: list[str] = []
        self.told: list[str] = []
        self.lost: list[str] = []
        self.statuses: list[int] = []
        self.requested: dict[str, int] = {}

    def begin(self) -> None:
        """Ask what to do with an incoming call."""
        document = self.platform.post("call.incoming", self)
        self._take(interpreter.incoming(document), now=True)

    def happens(self, event: t.Event) -> None:
        """Let something happen; what the backend does, it is asked to do."""
        if self.state is None:
            return
        match event:
            case t.Begins(phase):
                self._backend(phase, "begin")
            case t.Ends(phase):
                self._backend(phase, "end")
            case t.Manages():
                self._backend(event.request)
            case (
                t.Answers() | t.Unanswered() | t.Presses() | t.PressesInRoom() | t.Enters() | t.Waits() | t.Mistypes()
                | t.HangsUp() | t.Sends() | t.Expires() | t.Unreplied() | t.Joins() | t.Starts()
            ):  # fmt: skip
                outcome = interpreter.apply(self.state, event)
                if outcome is None:
                    self.problems.append(f"{type(event).__name__} cannot happen")
                else:
                    self._take(outcome, now=True)
            case _:
                assert_never(event)

    def _backend(self, *name: str) -> None:
        if self.platform.backend is not None:
            self.platform.backend(self.id, *name)

    def manage(self, leg: str | None, body: object) -> None:
        """Carry out a request of the server; what follows of it is told a moment later."""
        if self.state is not None:
            self._take(interpreter.request(self.state, body, leg), now=False)

    def _take(self, outcome: interpreter.EventOutcome, *, now: bool) -> None:
        """Go on from an outcome: hear its sounds, and report the recordings that have ended."""
        before = () if self.state is None else self.state.recordings
        begun = {one.number: one for one in (*before, *outcome.state.recordings)}
        self.problems += outcome.problems
        if outcome.replaces:
            del self.trace[len(self.trace) - self.latest :]
        self.trace += [played.heard for played in outcome.played]
        self.latest = len(outcome.played)
        self.state = interpreter.finishes(outcome.state)
        left = {one.number for one in self.state.recordings}
        ended = [one for number, one in sorted(begun.items()) if number not in left and one.ends]
        if now and self.platform.falls(self.platform.faults.shuffled):
            self.platform.random.shuffle(ended)
        for one in ended:
            is_lost = self.platform.falls(self.platform.faults.lost)
            (self.lost if is_lost else self.told).append(one.name)
            if not is_lost and now:
                self._report(one.ends)
            elif not is_lost:
                self.platform.later(partial(self._report, one.ends))

    def _report(self, event: str) -> None:
        answer = self.platform.post(event, self)
        if answer != {"commands": []}:
            self.problems.append(f"the answer to `{event}` is {answer}")

    def end(self) -> None:
        """The caller hangs up, if nobody has yet; that is told."""
        if self.state is not None and self.state.legs:
            outcome = interpreter.apply(self.state, t.HangsUp())
            if outcome is not None:
                self._take(_unheard(outcome), now=True)
        self._report("call.hangup")

    def played(self) -> PlayedSession:
        """What came of the call."""
        return PlayedSession(
            self.id, tuple(self.trace), tuple(self.problems), tuple(self.told), tuple(self.lost), tuple(self.statuses)
        )


def _unheard(outcome: interpreter.EventOutcome) -> interpreter.EventOutcome:
    """An outcome of which nothing is heard: what a hang-up at the end cuts short was heard to its end."""
    return interpreter.EventOutcome(outcome.state, (), outcome.problems, outcome.assumptions)


def _found(running: Mapping[str, _LiveSession], parts: list[str]) -> tuple[_LiveSession | None, str | None]:
    """The call that a path names, by its id or by the name of a leg in its session; and that name."""
    match parts:
        case ["v2", "projects", _, "calls", call]:
            return running.get(call), None
        case ["v2", "projects", _, "sessions", session, "calls", leg]:
            return next((live for live in running.values() if live.session == session), None), leg
        case _:  # any other path
            return None, None
