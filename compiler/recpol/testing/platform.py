"""A platform of one's own: it plays calls over HTTP against a server of callbacks, signed, and with faults if asked.

    with FakePlatform(key, callback="http://127.0.0.1:8080/support-line", backend=…) as platform:
        played = platform.play([Presses("1"), Answers(), HangsUp()])

The interpreter of replies (`recpol.interpreters.v1.calls`) runs what the server answers, so that a played call has a
tape: which sounds were heard, and what recorded them. Manage Call requests of the server come in over HTTP too.

Invariant: nothing but HTTP joins this to the server; the same seed gives the same faults.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence

from recpol.base.record import Record
from recpol.base.typing import Any
from recpol.calls.trace import Answers, Event, Recorder, Sound, Unreplied
from recpol.interpreters.v1.calls import played
from recpol.interpreters.v1.dialects import SVAML1, DialectFacts
from recpol.interpreters.v1.recordings import CallTrace, RecordingFile
from recpol.interpreters.v1.replies import reply, request
from recpol.runtime.wire import SigningKey
from recpol.testing.wire import FakeWire, Faults

MANAGE = "/calling/v1/calls/id/"


class Delivered(Record):
    """A recording of a played call: where it was put, and whether the platform told so."""

    file: RecordingFile
    destination: str
    finished: bool
    available: bool


class PlayedCall(Record):
    """A played call: its id, its tape, its recordings, and the statuses of the server's answers in order."""

    call: str
    trace: CallTrace
    recordings: tuple[Delivered, ...]
    statuses: tuple[int, ...]


class FakePlatform(FakeWire):
    """Plays calls against a server. `backend(call, *name)` is asked to send the request of a phase or of a name."""

    def __init__(
        self,
        key: SigningKey,
        callback: str,
        backend: Callable[..., None] | None = None,
        *,
        dialect: DialectFacts = SVAML1,
        faults: Faults | None = None,
        seed: int = 0,
        timeout: float = 5.0,
    ) -> None:
        self.backend, self.dialect = backend, dialect
        self.running: dict[str, _LiveCall] = {}
        self._calls = 0
        super().__init__(key, callback, faults, seed, timeout)

    def play(self, events: Sequence[Event], call: str | None = None, *, talked: float = 1000.0) -> PlayedCall:
        """Play one call to its end; `talked` is the duration of an answered call that DiCE tells, in seconds."""
        self._calls += 1
        live = _LiveCall(self, call or f"call-{self._calls}-{self.random.randrange(1 << 32):08x}")
        self.running[live.id] = live
        trace = played(live.documents, live, events, self.dialect)
        del self.running[live.id]
        answered = any(isinstance(event, Answers | Unreplied) for event in events)
        answered = answered or any(_is_talk(heard.sound) for heard in trace.trace)
        delivered = live.ended(trace, talked if answered else None)
        return PlayedCall(live.id, trace, delivered, tuple(live.statuses))

    def post(self, body: Mapping[str, Any], live: _LiveCall) -> Any:
        """Deliver a callback of a call; the server's answer as JSON, None where it is no answer."""
        return self.deliver(body, {}, live.statuses)

    def taken(self, path: str, headers: Mapping[str, str], body: object) -> int:
        """Carry out a Manage Call request of the server; the status that it gets."""
        live = self.running.get(path.removeprefix(MANAGE).partition("/")[0])
        if live is None:
            return 404
        live.manage(body)
        return 204


class _LiveCall:
    """A call that is being played: asks the server for each reply, and keeps the recorder's state meanwhile."""

    def __init__(self, platform: FakePlatform, call: str) -> None:
        self.platform, self.id = platform, call
        self.documents: dict[str, object] = {}
        self.statuses: list[int] = []
        self.recorder = Recorder()
        self.told: dict[int, bool] = {}
        self.managed: str | None = None
        self.arrived = threading.Event()

    def _asked(self, body: Mapping[str, Any]) -> str | None:
        document = self.platform.post({**body, "callid": self.id, "version": 1}, self)
        if document is None:
            return None
        before = self.recorder
        self.recorder = reply(document, before, self.platform.dialect).recorder
        self._stopped(before)
        name = f"reply-{len(self.documents)}.json"
        self.documents[name] = document
        return name

    def ice(self) -> str | None:
        """Ask for the reply to ICE."""
        url = f"{self.platform.url}{MANAGE}{self.id}"
        return self._asked(
            {
                "event": "ice",
                "to": {"type": "number", "endpoint": "+442079460000"},
                "callResourceUrl": url,
                "cli": "+442079460123",
            }
        )

    def callout(self, name: str) -> str | None:
        """No request that begins a call is sent here."""
        del name
        return None

    def ace(self, after: str) -> str | None:
        """Ask for the reply to ACE."""
        del after
        return self._asked({"event": "ace"})

    def pie(self, after: str, menu_id: str, type_: str, value: str | None) -> str | None:
        """Ask for the reply to PIE."""
        del after
        result = {"menuId": menu_id, "type": type_, **({} if value is None else {"value": value})}
        return self._asked({"event": "pie", "menuResult": result})

    def sent(self, name: str) -> str | None:
        """Have the backend send the request of a name."""
        return self._backend(name)

    def phase(self, phase: str, moment: str, within: str) -> str | None:
        """Have the backend send the request of a phase."""
        del within
        return self._backend(phase, moment)

    def request(self, name: str, within: str) -> str | None:
        """Have the backend send the request of a name while people talk."""
        return self._backend(name)

    def key(self, key: str, within: str) -> str | None:
        """Tell that a key is pressed in the room, and wait for what is sent to the call then."""
        action: Any = self.documents.get(within)
        room = action.get("action", {}).get("conferenceId", "") if isinstance(action, dict) else ""
        self.managed = None
        self.arrived.clear()
        told = {"menuId": room, "type": "sequence", "value": key}
        self.platform.post(
            {"event": "pie", "menuResult": told, "callid": self.id, "version": 1, "conferenceId": room}, self
        )
        self.arrived.wait(self.platform.timeout)
        return self.managed

    def leg(self, file: str) -> str:
        """The leg to which a request goes, which a body does not say."""
        return ""

    def _backend(self, *name: str) -> str | None:
        if self.platform.backend is None:
            return None
        self.managed = None
        self.platform.backend(self.id, *name)
        return self.managed

    def manage(self, body: object) -> None:
        """Carry out a Manage Call request that the server sent."""
        before = self.recorder
        self.recorder = request(body, before, self.platform.dialect).recorder
        self.managed = f"request-{len(self.documents)}.json"
        self.documents[self.managed] = body
        self.arrived.set()
        self._stopped(before)

    def _stopped(self, before: Recorder) -> None:
        """Tell that a recording has stopped, as the platform does a moment later."""
        stopped = next((one for one in before.calls if one not in self.recorder.calls), None)
        if stopped is None or ("notificationEvents", "false") in stopped.options:
            return
        lost = self.platform.falls(self.platform.faults.lost)
        self.told[stopped.number] = not lost
        if not lost:
            notice = {"event": "notify", "type": "recording_finished", "callid": self.id, "version": 1}
            self.platform.later(lambda: self.platform.post(notice, self))

    def ended(self, trace: CallTrace, talked: float | None) -> tuple[Delivered, ...]:
        """Tell of the end, and of the recordings that there are."""
        platform = self.platform
        notices: list[dict[str, Any]] = []
        delivered = []
        for file in trace.files:
            options = dict(file.options)
            if options.get("notificationEvents") == "false":
                delivered.append(Delivered(file, "", False, False))
                continue
            finished = self.told.get(file.number, False)
            if file.number not in self.told and not platform.falls(platform.faults.lost):
                finished = True
                notices.append({"event": "notify", "type": "recording_finished"})
            store = json.loads(options.get("destinationUrl", '""'))
            destination = f"{store}{self.id}-{file.kind}-{file.number}.mp3"
            available = not platform.falls(max(platform.faults.lost, platform.faults.lost_file))
            if available:
                notices.append({"event": "notify", "type": "recording_available", "destination": destination})
            delivered.append(Delivered(file, destination, finished, available))
        dice: dict[str, Any] = {"event": "dice", "result": "NOANSWER", "reason": "CALLERHANGUP", "duration": 0}
        if talked is not None:
            dice |= {"result": "ANSWERED", "duration": talked}
        notices.insert(0, dice)
        if platform.falls(platform.faults.shuffled):
            platform.random.shuffle(notices)
        for notice in notices:
            platform.post({**notice, "callid": self.id, "version": 1}, self)
        return tuple(delivered)


def _is_talk(sound: Sound) -> bool:
    """Whether a sound is a conversation, and no call that rings."""
    return sound.kind == "talk" or (sound.kind == "connect" and sound.content[0].startswith("conference"))
