"""Segments: what a reply does, with menus, phases and `record` blocks."""

from __future__ import annotations

from recpol.base.record import dataclass, field
from recpol.base.source import Span
from recpol.syntax.tree.values import Broken, Duration, Locale, Number, Phone, Tag, Text, Value, Word


@dataclass(frozen=True, slots=True)
class Say:
    """`say [ssml] STRING [in LOCALE] [to PARTY]`."""

    text: Text
    ssml: bool
    locale: Locale | None
    span: Span = field(compare=False, repr=False)
    to: Word | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """`play STRING, … [in LOCALE] [to PARTY]`."""

    files: tuple[Text, ...]
    locale: Locale | None
    span: Span = field(compare=False, repr=False)
    to: Word | None = None


@dataclass(frozen=True, slots=True)
class Tones:
    """`tones STRING`."""

    tones: Text
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cookie:
    """`cookie STRING = STRING`."""

    key: Text
    value: Text
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """`answer`."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Hangup:
    """`hangup`."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Continue:
    """`continue`."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Option:
    """`NAME VALUE`, a flag alone (`value` is None), or `header STRING = STRING` (`key` is set)."""

    name: Word
    value: Value | None
    key: Text | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PhasePrompts:
    """`begin { … }` or `end { … }` of a phase: what is said when it begins, or when it ends; `name` is the word."""

    name: str
    segments: tuple[Item, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Phase:
    """`phase NAME @tag … [{ begin { … } end { … } }]`."""

    name: Word
    tags: tuple[Tag, ...]
    span: Span = field(compare=False, repr=False)
    moments: tuple[PhasePrompts | Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomKey:
    """`key KEY -> NAME` of a room: who presses KEY there has the backend send the request NAME."""

    key: Word
    request: Word
    span: Span = field(compare=False, repr=False)


ConnectTarget = Text | Phone | Number


@dataclass(frozen=True, slots=True)
class Connect:
    """`connect KIND [TARGET] option… [{ phase… key… }]`."""

    kind: Word
    target: ConnectTarget | None
    options: tuple[Option, ...]
    phases: tuple[Phase | Broken, ...]
    span: Span = field(compare=False, repr=False)
    keys: tuple[RoomKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """`call KIND [TARGET] option…`: whom the backend calls, the first segment of `on callout NAME`."""

    kind: Word
    target: ConnectTarget | None
    options: tuple[Option, ...]
    span: Span = field(compare=False, repr=False)


Dialled = Connect | Call
"""What names somebody to call."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A part of a prompt that is read aloud: `[ssml] STRING [in LOCALE]`."""

    text: Text
    ssml: bool
    locale: Locale | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Played:
    """A part of a prompt that is a sound file: `play STRING [in LOCALE]`."""

    file: Text
    locale: Locale | None
    span: Span = field(compare=False, repr=False)


PromptPart = Spoken | Played


@dataclass(frozen=True, slots=True)
class Prompt:
    """A comma-separated list of prompt parts."""

    parts: tuple[PromptPart, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Goal:
    """What follows `->`: the reply of a PIE handler, or (`menu` true) another menu of the same block."""

    name: Word
    menu: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PromptItem:
    """`prompt PROMPT`."""

    prompt: Prompt
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RepeatItem:
    """`repeat PROMPT [N times]`."""

    prompt: Prompt
    times: Number | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WaitItem:
    """`wait DURATION [up to DURATION]`."""

    wait: Duration
    limit: Duration | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SwitchItem:
    """`barge yes|no` or `voice yes|no`; `name` is the first word."""

    name: str
    value: Word
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeyItem:
    """`key KEY -> GOAL`; `key` is the text of the key."""

    key: Word
    goal: Goal
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DigitsItem:
    """`digits N -> GOAL`."""

    count: Number
    goal: Goal
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FailItem:
    """`timeout -> GOAL` or `invalid -> GOAL`; `name` is the first word."""

    name: str
    goal: Goal
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Submenu:
    """`menu NAME @tag … { … }` inside a menu."""

    name: Word
    tags: tuple[Tag, ...]
    items: tuple[MenuItem, ...]
    span: Span = field(compare=False, repr=False)


ChoiceItem = KeyItem | DigitsItem
"""Lines of a menu with something to choose."""
GoalItem = ChoiceItem | FailItem
"""Lines of a menu that lead somewhere."""
MenuItem = PromptItem | RepeatItem | WaitItem | SwitchItem | GoalItem | Submenu | Broken


@dataclass(frozen=True, slots=True)
class Menu:
    """`menu [in LOCALE] { … }`."""

    locale: Locale | None
    items: tuple[MenuItem, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParkPrompt:
    """`intro PROMPT` or `hold PROMPT`; `name` is the first word."""

    name: str
    prompt: Prompt
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParkLimit:
    """`max-duration DURATION` of a `park`."""

    limit: Duration
    span: Span = field(compare=False, repr=False)


ParkItem = ParkPrompt | ParkLimit | Broken
PromptedItem = PromptItem | RepeatItem | ParkPrompt
"""Lines with a prompt."""


@dataclass(frozen=True, slots=True)
class Park:
    """`park [in LOCALE] { … }`."""

    locale: Locale | None
    items: tuple[ParkItem, ...]
    span: Span = field(compare=False, repr=False)


AnyMenu = Menu | Submenu
Lined = AnyMenu | Park
"""What has lines of its own."""

# Each kind of segment stands in exactly one of these five; all else that is said of kinds follows from them.

Addressed = Say | Play
"""Instructions that can say who is to hear them."""
Clip = Addressed | Tones
"""Instructions that can be heard."""
QuietInstruction = Cookie | Answer
"""Instructions without a sound."""
Ongoing = Connect | Menu | Park | Continue
"""Actions with which the call goes on, and can be heard."""
Ending = Hangup
"""Actions that end the call, without a sound."""
Opening = Call
"""What begins a call that the backend asks for: nobody hears anything yet."""

Instruction = Clip | QuietInstruction
Action = Ongoing | Ending
Silent = QuietInstruction | Ending | Opening
Body = Instruction | Action | Opening

Recordable = Clip | Ongoing | Submenu | Phase
"""What something can be heard in: further menus and phases too, although they stand inside a segment."""
StepBody = Recordable | Silent
"""What a step of a handler can be."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`[LABEL:] BODY @tag …`."""

    label: Word | None
    body: Body
    tags: tuple[Tag, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """`record [call|conference] [to STORE] { … }`; `keyword` is the span of `record` and its scope word."""

    scope: Word | None
    store: Word | None
    segments: tuple[Item, ...]
    keyword: Span = field(compare=False, repr=False)
    span: Span = field(compare=False, repr=False)


Item = Segment | Block | Broken
