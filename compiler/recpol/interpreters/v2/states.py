"""Where a call on Voice API v2 stands: its legs, its recordings, and what is under way on each leg.

Invariant: frozen and hashable, so that states can be kept in sets. Commands that wait to be run are part of the state
and are compared by what they hold; the documents they come from must not be changed meanwhile.
"""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.base.typing import Literal
from recpol.calls.trace import Heard, Options
from recpol.interpreters.v2.documents import DocumentPiece

SessionMode = Literal["dialling", "menu", "talk", "ended"]


class SoundHeard(Record):
    """One sound of a call.

    `heard.calls` are the recordings that record it, in the order of their starts. `tail` names the recordings that may
    still run when it begins although they were told to stop. `form` is the part of the document that makes the sound; a
    conversation has none.
    """

    heard: Heard
    tail: tuple[str, ...] = ()
    form: object = field(default=None, compare=False, repr=False)


class LegScript(Record):
    """Commands to be run on a leg; `menu` is the menu in whose handlers they stand, if any."""

    leg: str
    commands: DocumentPiece = field(repr=False)
    menu: DocumentPiece | None = field(default=None, repr=False)
    at: int = 0


class Running(Record):
    """A recording that is not over: its name ("" where it has none), the number of its start in the call, its leg.

    `stopping`: it was told to stop and may run a while yet. `ends` and `fails` are the events by which the backend
    gets the reports of its end and of its failure, "" where it gets none. `finish`: commands follow its end.
    """

    name: str
    number: int
    leg: str
    options: Options
    stopping: bool = False
    ends: str = ""
    fails: str = ""
    finish: bool = False
    finished: LegScript | None = field(default=None, repr=False)
    failed: LegScript | None = field(default=None, repr=False)


class LegState(Record):
    """A leg that rings or is up; `dialler` is the leg that dialled it, `bridge` the bridge that it has joined.

    `dialled`: its place among the dials of the call, 0 for the incoming leg. The leg of a person whom the backend has
    called was dialled, by no leg.
    """

    name: str
    dialled: int = 0
    ringing: bool = False
    answered: bool = False
    dialler: str = ""
    bridge: str = ""
    events: DocumentPiece | None = field(default=None, repr=False)


class Playing(Record):
    """Messages that are being played on a leg, with their name, and what comes after them."""

    leg: str
    name: str
    after: LegScript | None


class Asking(Record):
    """A menu that waits for what the caller enters: the `menu` command and the name of its item."""

    leg: str
    menus: DocumentPiece = field(repr=False)
    name: str


class SessionState(Record):
    """Where a call stands between events.

    `caller` is the name of the incoming leg, or of that of the person whom the backend has called. `failed` names the
    recordings that failed to start: to stop one is idle, and its `onFinish` never comes. `latest` holds the sounds of
    the latest outcome, each with the state of the call while it lasted: a hang-up can cut any of them short.
    """

    caller: str
    legs: tuple[LegState, ...] = ()
    recordings: tuple[Running, ...] = ()
    playing: tuple[Playing, ...] = ()
    paused: tuple[LegScript, ...] = ()
    asking: tuple[Asking, ...] = ()
    failed: frozenset[str] = frozenset()
    started: int = 0
    dialled: int = 0
    latest: tuple[tuple[SoundHeard, SessionState], ...] = field(default=(), repr=False)

    @property
    def mode(self) -> SessionMode:
        """What the call waits for, once all that runs by itself has run; `ended` where nothing can happen any more."""
        if self.asking:
            return "menu"
        if any(leg.ringing for leg in self.legs):
            return "dialling"
        return "talk" if self.talking else "ended"

    @property
    def menu(self) -> str:
        """The name of the menu that waits for input; "" where none does."""
        return self.asking[0].name if self.asking else ""

    @property
    def talking(self) -> frozenset[str]:
        """The names of the legs that are in a bridge with another leg."""
        if len(self.legs) < 2:
            return frozenset()
        bridges = [leg.bridge for leg in self.legs if leg.bridge]
        if len(bridges) < 2:
            return frozenset()
        return frozenset([leg.name for leg in self.legs if leg.bridge and bridges.count(leg.bridge) > 1])

    def leg(self, name: str) -> LegState | None:
        """The leg of a name that rings or is up."""
        for leg in self.legs:
            if leg.name == name:
                return leg
        return None
