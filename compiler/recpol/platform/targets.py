"""The targets as facts: what each of them can say, how it answers a call, and what the platform then tells.

A target is a dialect of SVAML that policies are compiled to. What of recpol depends on the target asks for one of the
capabilities here and never for a name, so that a new target needs no change elsewhere. How a target is written, and
what judges it, is in `recpol.targets.catalogue`, which lists the targets that there are.

Invariant: each capability is a fact of the platform, and has its source beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from recpol.base.record import Record
from recpol.platform.sources import NODE_SDK, VOICE_V2, SourceDialect
from recpol.platform.storage import STORAGES, Storage
from recpol.platform.v1.places import EVENTS, ReplyEvent, Standing, allowed, allowed_now
from recpol.settings.config import DEFAULT_TARGET

Places = Callable[[str, ReplyEvent], Standing]
"""Where an instruction or action, by its name in SVAML, may stand."""


class Target(Record):
    """A dialect that policies compile to: what a person calls it, its schema, and its capabilities."""

    name: str
    title: str
    schema: str
    dialect: SourceDialect
    """Whose documents say what it takes."""
    places: Places | None = None
    """Where instructions and actions may stand; None where no callback has a reply of its own."""
    whole_call: bool = False
    """One document holds the call, so that no reply gets lost on its way."""
    flag: str = ""
    """The name of the recording flag of actions; empty where there is none."""
    flags: frozenset[str] = frozenset()
    """The actions at which the flag starts the recording of a call; that of a room always takes it."""
    untyped_flag: bool = False
    """No type of the SDKs has the flag."""
    disputed_stops: tuple[ReplyEvent, ...] = ()
    """The events in whose reply a recording can be stopped according to some of its sources, and not to others."""
    one_change: bool = False
    """A request within a call starts or stops a recording, not both."""
    awaits_stops: bool = False
    """The end of a recording is reported, and what must not be recorded waits for it."""
    tells_of_failure: bool = False
    """A recording that cannot start is reported."""
    tells_of_no_answer: bool = False
    """A call that nobody answers can go on."""
    needs_voice: bool = False
    """A text names the voice that speaks it, and not a locale."""
    streams: bool = False
    """A call can be connected to a stream."""
    needs_credentials: str = ""
    """Who demands credentials for every storage; empty where nobody does."""
    small_names: bool = False
    """Names of instructions and actions begin with a small letter."""
    parks_in_locale: bool = False
    """The prompts of a parked call have a locale."""
    answers_callee: bool = False
    """What the reply to ACE plays is heard by the callee, not by the caller."""
    any_locale: bool = False
    """A locale may be any text, so that it can be filled in later."""
    parallel_recordings: bool = False
    """Several recordings of a call can run side by side."""
    plays_to_both: bool = False
    """A request within a talk can play to both sides at once."""
    mixes_requests: bool = False
    """A request can both play or end something and change what is recorded."""

    def __hash__(self) -> int:
        """No two targets have one name, and of each policy it is asked a few times."""
        return hash(self.name)

    @property
    def storages(self) -> tuple[Storage, ...]:
        """Where its recordings can go."""
        return tuple(storage for storage in STORAGES if self.dialect in storage.dialects)


OLD_FLAG = "recording"
"""What the Recording page of 2018 and 2019 calls the recording flag; since 2020 every source says `record`."""

CLASSIC = Target(
    "classic",
    "classic SVAML (2018 to 2021)",
    "svaml-classic",
    "classic",
    places=allowed,
    flag=OLD_FLAG,  # Recording page (2018-2019)
    flags=frozenset(("continue", "pstn", "app", "sip")),  # Recording page (2018-2019)
    one_change=True,  # Calling API page
    plays_to_both=True,  # Calling API page: `callLeg`
)
"""The documentation of 2018 to 2021."""

SVAML1 = Target(
    "svaml1",
    "SVAML of the current Voice API",
    "svaml1",
    "v1",
    places=allowed_now,
    flag="record",  # Recording page (2020-2021), in-app calling recording page
    flags=frozenset(("app",)),  # in-app calling recording page; StartRecording does nothing beside ConnectMxp
    untyped_flag=True,  # Node, Java and .NET SDKs
    disputed_stops=tuple(event for event in EVENTS if allowed_now("StopRecording", event).verdict == "disputed"),
    streams=True,  # current SVAML page
    needs_credentials=NODE_SDK,
    small_names=True,  # current SVAML page
    parks_in_locale=True,  # Node SDK
    any_locale=True,  # Node SDK: its list of locales is open (`| string`)
    plays_to_both=True,  # Calling API page, Node SDK: `callLeg`
    mixes_requests=True,  # Node and Java SDKs: any instructions, in order
)
"""The current documentation and its SDKs."""

SVAML2 = Target(
    "svaml2",
    "SVAML of Voice API v2 (preview)",
    "svaml2",
    "v2",
    whole_call=True,  # all of this: description of Voice API v2 in the Python SDK
    awaits_stops=True,
    tells_of_failure=True,
    tells_of_no_answer=True,
    parallel_recordings=True,  # tutorial 3.3
    needs_voice=True,
    streams=True,
    needs_credentials=VOICE_V2,
    answers_callee=True,  # tutorials of Voice API v2: handlers of `dial` run on the leg that was dialled
)
"""Voice API v2, a protocol of its own."""

DEFAULT: tuple[Target, ...] = tuple(one for one in (CLASSIC, SVAML1, SVAML2) if one.name == DEFAULT_TARGET)
"""What a policy is compiled to where nothing else is chosen."""
