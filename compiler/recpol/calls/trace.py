"""What happens in a call, and what is heard and recorded of it: the words in which meanings are compared.

The meaning of a policy (`recpol.semantics.simulate`) and the behaviour of the SVAML made from it
(`recpol.interpreters`) are worked out independently of each other, and both are written in these words, so that they
can be compared.

Invariant: plain data; nothing here knows what a policy or an SVAML document looks like.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.calls.party import Party

# ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────────


class Starts(Record):
    """The backend begins a call by the request of that name; `values` are what it fills in, by their names."""

    name: str
    values: tuple[tuple[str, str], ...] = ()


class Answers(Record):
    """The callee answers."""


class Unanswered(Record):
    """The callee is busy or rejects the call, does not answer, or the call to the callee fails."""

    reason: Literal["busy", "silent", "failed"] = "silent"


class Presses(Record):
    """The caller presses one key of the menu that is playing."""

    key: str


class PressesInRoom(Record):
    """The caller presses a key while in a room, and the backend sends the request that the key stands for."""

    key: str


class Enters(Record):
    """The caller enters digits where a menu collects them."""

    digits: str


class Waits(Record):
    """The caller does nothing until the menu gives up."""


class Mistypes(Record):
    """The caller presses a key that the menu does not offer until the menu gives up."""


class HangsUp(Record):
    """Somebody hangs up: now, or after `heard` sounds of the latest reply (the next one is cut short)."""

    who: Literal["caller", "callee"] = "caller"
    heard: int | None = None


class Begins(Record):
    """The backend sends the request that begins a phase."""

    phase: str


class Ends(Record):
    """The backend sends the request that ends a phase."""

    phase: str


class Sends(Record):
    """The backend sends a reply to a parked call through Manage Call."""

    reply: str


class Manages(Record):
    """The backend sends a request through Manage Call to a call in which people talk."""

    request: str


class Expires(Record):
    """A parked call reaches its longest duration and ends."""


class Unreplied(Record):
    """The callee answers, but the backend's reply to ACE does not come in time: the platform connects the call."""


class Joins(Record):
    """Another caller comes into the room that the call is in, by a reply of the same policy (`pie host`)."""

    reply: str


Event = (
    Starts
    | Answers
    | Unanswered
    | Presses
    | PressesInRoom
    | Enters
    | Waits
    | Mistypes
    | HangsUp
    | Begins
    | Ends
    | Sends
    | Manages
    | Expires
    | Unreplied
    | Joins
)

# ── what is heard and recorded ───────────────────────────────────────────────────────────────────────────────────

SoundKind = Literal["speech", "ssml", "file", "tones", "menu", "parked", "connect", "talk"]


class Sound(Record):
    """Something that lasts and can be heard.

    `content`: of speech its text, of a file its address or id, of tones the digits, of a `menu` its prompt in the
    prompt mini-language and of `parked` its two prompts, of `connect` the kind and target (`pstn +46850020000`,
    `conference board`,
    `app anna`, `sip a@b`), of `talk` (the conversation after `continue`) nothing. `to`: who hears it.
    """

    kind: SoundKind
    content: tuple[str, ...] = ()
    to: Party = Party.CALLER


Options = tuple[tuple[str, str], ...]
"""Recording options as sorted (SVAML property, value as JSON text) pairs."""


class Recording(Record):
    """A running recording: its number among the recordings of its kind in this call (from 1), and its options.

    Each start begins a new file, so the number tells files apart, also of recordings that run side by side.
    """

    number: int
    options: Options


class Recorder(Record):
    """What records at a moment: the call recordings, in the order of their numbers, and the conference recording; and
    how many call recordings began."""

    calls: tuple[Recording, ...] = ()
    conference: Recording | None = None
    started: int = 0

    @property
    def outside(self) -> Recorder:
        """What records a call that leaves a conference: its own recording goes on, that of the room without it."""
        return Recorder(self.calls, None, self.started)


class Heard(Record):
    """One sound of a call with what recorded it, as a `Recorder` has it; `cut` is true where it was cut short."""

    sound: Sound
    calls: tuple[Recording, ...]
    conference: Recording | None
    cut: bool = False

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All that records it."""
        return self.calls if self.conference is None else (*self.calls, self.conference)


Trace = tuple[Heard, ...]
