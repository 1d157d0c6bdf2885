"""What one event on Voice API v2 has done so far: its sounds, the call's state, what has no documented meaning.

Invariant: a sound, a recording and a leg change here alone, so that each change that is not documented becomes a
problem or an assumption.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from recpol.base.record import replace
from recpol.calls.trace import Heard, Recording, Sound
from recpol.interpreters.assumptions import Assumption
from recpol.interpreters.v1.forms import shown
from recpol.interpreters.v2 import documents
from recpol.interpreters.v2.states import LegScript, LegState, Running, SessionState, SoundHeard

_MEDIA = frozenset(("answer", "amd", "bridgeCall", "gotoMenu", "menu", "messages", "pause", "stopMessages"))
"""Commands that do nothing on a leg that is over."""


class EventProgress:
    """What one event has done so far; made and used up within it.

    `queue`: the scripts that can run at once. `marks`: for each sound the state while it lasts. `ran`: the names of the
    commands that ran. `told`: what records the conversation as it was last heard; `talking`: it has been heard.
    `joined`: legs came together in this event and have not been heard yet. `before`: the messages that played already.
    """

    def __init__(self, state: SessionState, problems: list[str] | None = None) -> None:
        talking = state.talking
        self.state, self.before = state, state.playing
        self.queue: deque[LegScript] = deque()
        self.played: list[SoundHeard] = []
        self.marks: list[SessionState] = []
        self.problems = [] if problems is None else problems
        self.assumptions: set[Assumption] = set()
        self.ran: list[str] = []
        self.talking, self.joined = bool(talking), False
        self.told = self.recorders(talking)

    # ── what is heard ────────────────────────────────────────────────────────────────────────────────────────────

    def recorders(self, legs: Collection[str]) -> tuple[Recording, ...]:
        """What records on some legs, in the order of the starts: recordings with names of their own run side by side
        (tutorial 3.3)."""
        on = [running for running in self.state.recordings if running.leg in legs and not running.stopping]
        return tuple([Recording(running.number, running.options) for running in on])

    def hear(self, sound: Sound, legs: Collection[str], form: object = None) -> None:
        """Hear a sound on some legs as their recordings record it; `form` is what makes it."""
        on = self.recorders(legs)
        tail = tuple([running.name for running in self.state.recordings if running.leg in legs and running.stopping])
        if on:
            self.assumptions.add("recording-starts-at-once")
        self.played.append(SoundHeard(Heard(sound, on, None), tail, form))

    def busy(self, leg: str) -> str:
        """What is under way on a leg, as the end of a sentence; "" where nothing is."""
        if any(playing.leg == leg for playing in self.state.playing):
            return f"while messages play on {place(leg)}"
        if any(asking.leg == leg for asking in self.state.asking):
            return f"while a menu is heard on {place(leg)}"
        if any(other.ringing and other.dialler == leg for other in self.state.legs):
            return f"while a `dial` of {place(leg)} rings"
        return ""

    # ── legs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def set_leg(self, leg: LegState) -> None:
        """Put a leg into the place of the one of its name."""
        self.state = replace(
            self.state, legs=tuple([leg if other.name == leg.name else other for other in self.state.legs])
        )

    def up(self, name: str) -> LegState | None:
        """The leg of a name, where it is up."""
        leg = self.state.leg(name)
        return None if leg is None or leg.ringing else leg

    def end_leg(self, leg: LegState) -> None:
        """A leg is over: all that is under way on it ends, and its `onHangup` can run."""
        state = self.state
        for running in state.recordings:
            if running.leg == leg.name and running.finished is not None:
                after = documents.names(running.finished.commands)
                if not _MEDIA.issuperset(after):
                    self.assumptions.add("finish-after-hangup")
        self.state = replace(
            state,
            legs=tuple([other for other in state.legs if other.name != leg.name]),
            recordings=tuple([running for running in state.recordings if running.leg != leg.name]),
            playing=tuple([playing for playing in state.playing if playing.leg != leg.name]),
            paused=tuple([script for script in state.paused if script.leg != leg.name]),
            asking=tuple([asking for asking in state.asking if asking.leg != leg.name]),
        )
        if not leg.ringing:
            self.run_handler(leg, "onHangup")

    def run_handler(self, leg: LegState, event: str) -> bool:
        """Let the commands that answer an event of a leg run; false where there are none."""
        commands = documents.handler(leg.events, event)
        if commands is not None:
            self.queue.append(LegScript(leg.name, commands))
        return commands is not None

    # ── recordings ───────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, running: Running) -> None:
        """Start a recording, whose number is given here."""
        if running.name and any(other.name == running.name for other in self.state.recordings):
            self.problems.append(
                f"`startRecording` uses the name {shown(running.name)} of a recording that may not be over"
            )
            return
        self._changes(f"`startRecording` {shown(running.name)} starts", running.leg)
        number = self.state.started + 1
        self.state = replace(
            self.state,
            recordings=(*self.state.recordings, replace(running, number=number)),
            failed=self.state.failed - {running.name},
            started=number,
        )

    def stop(self, name: str) -> None:
        """Tell a recording to stop; it runs on until it finishes."""
        found = next((running for running in self.state.recordings if running.name == name), None)
        if found is None and name in self.state.failed:
            return
        if found is None or found.stopping:
            self.problems.append(f"`stopRecording` {shown(name)} stops a recording that does not run")
            return
        self._changes(f"`stopRecording` {shown(name)} comes", found.leg)
        self.put(found, replace(found, stopping=True))

    def put(self, old: Running, new: Running | None) -> None:
        """Put a recording into another's place; without a new one, the old is over."""
        after = [new if running == old else running for running in self.state.recordings]
        self.state = replace(self.state, recordings=tuple(running for running in after if running is not None))

    def _changes(self, what: str, leg: str) -> None:
        busy = self.busy(leg)
        if busy:
            self.problems.append(f"{what} {busy}, and not between two sounds")
        elif self.joined and leg in self.state.talking:
            self.problems.append(f"{what} after `bridgeCall`, when the conversation is on already")


def place(leg: str) -> str:
    """A leg in a sentence."""
    return f"the leg {shown(leg)}" if leg and " " not in leg else "a leg without a name"
