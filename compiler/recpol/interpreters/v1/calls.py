"""A whole call in the interpreter of replies: documents, the manifest's routes and a list of events, to a trace.

Invariant: a callback finds its reply through the routes alone. An event that cannot happen in the call's state ends the
run and is named; it is never an exception. Only menus that the caller comes to are heard, in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recpol.base.record import Record, field, replace
from recpol.base.typing import assert_never
from recpol.calls.party import Party
from recpol.calls.trace import (
    Answers,
    Begins,
    Ends,
    Enters,
    Event,
    Expires,
    HangsUp,
    Heard,
    Joins,
    Manages,
    Mistypes,
    Presses,
    PressesInRoom,
    Recorder,
    Sends,
    Sound,
    Starts,
    Unanswered,
    Unreplied,
    Waits,
)
from recpol.interpreters.v1.callouts import CalloutOutcome, callout
from recpol.interpreters.v1.dialects import CLASSIC, DialectFacts
from recpol.interpreters.v1.menus import Menus, PlayedMenu
from recpol.interpreters.v1.recordings import CallTrace, files
from recpol.interpreters.v1.replies import ReplyOutcome, Wait, menus_of, reply, request
from recpol.interpreters.v1.routes import Finder, Route, index

TALK = Sound("talk")

_HEARERS = {"caller": Party.CALLER, "callee": Party.CALLEE, "both": Party.EVERYONE}
"""Who hears what a request plays, by the leg that it is sent to (Calling API page)."""


def run(
    documents: Mapping[str, object], routes: Sequence[Route], events: Sequence[Event], dialect: DialectFacts = CLASSIC
) -> CallTrace:
    """Run a call from its ICE callback through the events.

    `documents` are the replies and Manage Call bodies by file name, in one dialect; `routes` the `replies` of the
    manifest.
    """
    found = index(routes)
    begun = bool(events) and isinstance(events[0], Starts)
    return played(documents, found, events, dialect, found.problems, begun=begun)


def played(
    documents: Mapping[str, object],
    found: Finder,
    events: Iterable[Event],
    dialect: DialectFacts = CLASSIC,
    problems: Iterable[str] = (),
    *,
    begun: bool = False,
) -> CallTrace:
    """`run`, for documents that are found in another way than by a manifest; `documents` may grow meanwhile.

    With `begun` the first event is that the backend begins the call; else one comes in.
    """
    call = _Call(dialect, documents, found, problems=dict.fromkeys(problems))
    if not begun:
        file = found.ice()
        if file is None:
            call.problem("no file answers ICE")
            return _traced(call, None)
        call.run_reply(file)
        if call.state == "talk":
            call.assumptions.add("continue-in-ice")
    for event in events:
        if not _happens(call, event):
            return _traced(call, event)
    return _traced(call, None)


# ── the call on its way ──────────────────────────────────────────────────────────────────────────────────────────


class _Call(Record, frozen=False):
    """One call on its way; made and used up within one `run`.

    `since`: where the latest reply's sounds begin in the trace. `over`: how many sounds of the trace are known to have
    been heard to their end, because something happened after them.
    """

    dialect: DialectFacts
    documents: Mapping[str, object]
    routes: Finder
    problems: dict[str, None]
    assumptions: set[str] = field(default_factory=set)
    trace: list[Heard] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)
    state: Wait = "end"
    file: str = ""
    menus: Menus = field(default_factory=lambda: Menus({}))
    menu: PlayedMenu | None = None
    suppressed: bool = False
    connected: bool = False
    app: bool = False
    tells_keys: bool = False
    begun: CalloutOutcome | None = None
    since: int = 0
    over: int = 0

    def problem(self, sentence: str) -> None:
        self.problems[sentence] = None

    def hear(self, sound: Sound) -> None:
        self.trace.append(Heard(sound, self.recorder.calls, self.recorder.conference))

    def run_reply(self, file: str) -> bool:
        """Run the reply in a file; false where there is none."""
        if file not in self.documents:
            self.problem(f"`{file}` is missing")
            return False
        document = self.documents[file]
        self.run_outcome(file, reply(document, self.recorder, self.dialect))
        self.menus = menus_of(document)
        self.show(self.menus.menus.get("main"))
        return True

    def run_outcome(self, file: str, outcome: ReplyOutcome) -> None:
        """Go on with what a reply does, but for its menus."""
        self.since = self.over = len(self.trace)
        self.trace += [heard for heard in outcome.heard if heard.sound.kind != "menu"]
        self.take(file, outcome)
        self.file = file
        self.suppressed = outcome.suppressed
        self.tells_keys = outcome.tells_keys
        self.state = outcome.waits
        if self.state in ("answer", "app"):
            self.connected, self.app = False, self.state == "app"
        elif self.state == "talk":
            self.connected = True

    def run_request(self, file: str, *, alone: bool = True) -> bool:
        """Run the Manage Call body in a file on the conversation; false where there is none. `alone` is false where the
        conversation after it is another one than before, whatever the request does."""
        if file not in self.documents:
            self.problem(f"`{file}` is missing")
            return False
        if self.app:
            self.problem(f"{file}: Manage Call is documented for calls with a leg in the telephone network or SIP only")
        before = self.recorder
        outcome = request(self.documents[file], before, self.dialect)
        hearer = _HEARERS.get(self.routes.leg(file), Party.CALLER)
        for heard in outcome.heard:
            spoken = heard.sound.kind in ("speech", "ssml", "file")
            self.trace.append(replace(heard, sound=replace(heard.sound, to=hearer)) if spoken else heard)
        self.take(file, outcome)
        if not alone:
            self.file, self.over = file, len(self.trace) - len(outcome.heard)
        if outcome.waits != "talk":
            self.state = outcome.waits
            self.connected = self.connected and self.state != "parked"
        elif outcome.heard or before != self.recorder or not alone:
            self.hear(TALK)
        if not alone:
            return True
        over = self.state == "end" and not outcome.heard
        self.over = len(self.trace) - (0 if over else 1)
        return True

    def take(self, file: str, outcome: ReplyOutcome) -> None:
        self.recorder = outcome.recorder
        self.assumptions |= outcome.assumptions
        for sentence in outcome.problems:
            self.problem(f"{file}: {sentence}")

    def show(self, menu: PlayedMenu | None) -> None:
        self.menu = menu
        if menu is not None:
            self.hear(menu.sound)

    def end(self) -> bool:
        self.state, self.menu = "end", None
        self.over = len(self.trace)
        return True


def _traced(call: _Call, event: Event | None) -> CallTrace:
    trace = tuple(call.trace)
    ended = call.state == "end" and bool(call.file)
    return CallTrace(trace, files(trace), ended, tuple(call.problems), frozenset(call.assumptions), event)


def _happens(call: _Call, event: Event) -> bool:
    """Let an event happen; false where it cannot, or where nothing answers it."""
    match event:
        case Starts(name):
            return not call.file and _starts(call, name)
        case Answers():
            return _answers(call)
        case Unreplied():
            return _unreplied(call)
        case Unanswered():
            return call.state in ("answer", "app") and call.end()
        case Presses(key):
            return _presses(call, key)
        case Enters(digits):
            possible = call.menu is not None and call.menu.digits and bool(digits) and not digits.strip("0123456789*#")
            return possible and _reports(call, "sequence")
        case Waits():
            return _reports(call, "timeout")
        case Mistypes():
            return _reports(call, "invalidinput")
        case HangsUp():
            return _hangs_up(call, event)
        case Begins(phase):
            return _phase(call, phase, "begin")
        case Ends(phase):
            return _phase(call, phase, "end")
        case Sends(name):
            file = call.routes.sent(name) if call.state == "parked" else None
            return file is not None and call.run_reply(file)
        case Joins():
            return False  # what other callers do is not in the documents of this call
        case Manages(name):
            return _manages(call, call.routes.request(name, call.file) if call.state in ("talk", "room") else None)
        case PressesInRoom(key):
            told = call.state == "room" and call.tells_keys
            return _manages(call, call.routes.key(key, call.file) if told else None)
        case Expires():
            return call.state == "parked" and call.end()
        case _:
            assert_never(event)


def _starts(call: _Call, name: str) -> bool:
    """The backend begins a call."""
    file = call.routes.callout(name)
    if file is None or file not in call.documents:
        return False
    call.begun = callout(call.documents[file], call.dialect)
    for sentence in call.begun.problems:
        call.problem(f"{file}: {sentence}")
    call.file, call.state = file, "answer"
    return True


def _person_answers(call: _Call, begun: CalloutOutcome) -> bool:
    """The person called answers: they hear what the request says, or what the reply to ACE does."""
    call.begun = None
    if begun.answered is None:
        ace = call.routes.ace(call.file) if "ace" in begun.asks else None
        return ace is not None and call.run_reply(ace)
    call.run_outcome(call.file, begun.answered)
    return True


def _answers(call: _Call) -> bool:
    if call.begun is not None:
        return _person_answers(call, call.begun)
    if call.state not in ("answer", "app"):
        return False
    ace = call.routes.ace(call.file) if call.state == "answer" and not call.suppressed else None
    call.connected = True
    if ace is not None:
        return call.run_reply(ace)
    # The sound of the connect goes on: without a reply to ACE it is the conversation too.
    call.state = "talk"
    call.over = len(call.trace) - 1
    return True


def _unreplied(call: _Call) -> bool:
    if call.state != "answer" or call.suppressed:
        return False
    call.connected = True
    call.state = "talk"
    call.over = len(call.trace)
    call.hear(TALK)
    if call.recorder.calls:
        call.assumptions.add("recorder-survives")
    return True


def _presses(call: _Call, key: str) -> bool:
    step = call.menu.keys.get(key) if call.menu is not None else None
    if step is None:
        return False
    if step.to == "return":
        return _reports(call, "return", step.name)
    menu = call.menus.menus.get(step.name)
    call.over = len(call.trace)
    if menu is not None:
        call.show(menu)
    return menu is not None


def _reports(call: _Call, type_: str, value: str | None = None) -> bool:
    """The platform reports a menu's result in a PIE callback."""
    if call.menu is None:
        return False
    file = call.routes.pie(call.file, call.menu.id, type_, value)
    if file is None:
        call.problem(f"no file answers {type_} of menu `{call.menu.id}`: what the platform does then is not documented")
        return False
    return call.run_reply(file)


def _phase(call: _Call, phase: str, moment: str) -> bool:
    if call.state not in ("talk", "room"):
        return False
    file = call.routes.phase(phase, moment, call.file)
    if file is not None:
        return call.run_request(file)
    call.over = len(call.trace) - 1
    return True


def _manages(call: _Call, file: str | None) -> bool:
    """The backend sends the request in a file while people talk; false where there is none."""
    if file is None:
        return False
    call.since = len(call.trace)
    return call.run_request(file, alone=False)


def _hangs_up(call: _Call, event: HangsUp) -> bool:
    if event.who == "callee" and not call.connected:
        return False
    place = len(call.trace) if event.heard is None else call.since + event.heard
    if place < call.over:
        return False
    if place >= len(call.trace):
        return call.state != "end" and call.end()
    call.trace[place:] = [replace(call.trace[place], cut=True)]
    return call.end()
