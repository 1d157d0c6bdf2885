"""Segments: what a reply does, with menus, phases and `record` blocks."""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.syntax.tree.values import Broken, Duration, Locale, Number, Phone, Tag, Text, Value, Word


class Say(Record):
    """`say [ssml] STRING [in LOCALE] [to PARTY]`."""

    text: Text
    ssml: bool
    locale: Locale | None
    span: Span = field(compare=False, repr=False)
    to: Word | None = None


class Play(Record):
    """`play STRING, … [in LOCALE] [to PARTY]`."""

    files: tuple[Text, ...]
    locale: Locale | None
    span: Span = field(compare=False, repr=False)
    to: Word | None = None


class Tones(Record):
    """`tones STRING`."""

    tones: Text
    span: Span = field(compare=False, repr=False)


class Cookie(Record):
    """`cookie STRING = STRING`."""

    key: Text
    value: Text
    span: Span = field(compare=False, repr=False)


class Answer(Record):
    """`answer`."""

    span: Span = field(compare=False, repr=False)


class Hangup(Record):
    """`hangup`."""

    span: Span = field(compare=False, repr=False)


class Continue(Record):
    """`continue`."""

    span: Span = field(compare=False, repr=False)


class Option(Record):
    """`NAME VALUE`, a flag alone (`value` is None), or `header STRING = STRING` (`key` is set)."""

    name: Word
    value: Value | None
    key: Text | None
    span: Span = field(compare=False, repr=False)


class PhasePrompts(Record):
    """`begin { … }` or `end { … }` of a phase: what is said when it begins, or when it ends; `name` is the word."""

    name: str
    segments: tuple[Item, ...]
    span: Span = field(compare=False, repr=False)


class Phase(Record):
    """`phase NAME @tag … [{ begin { … } end { … } }]`."""

    name: Word
    tags: tuple[Tag, ...]
    span: Span = field(compare=False, repr=False)
    moments: tuple[PhasePrompts | Broken, ...] = ()


class RoomKey(Record):
    """`key KEY -> NAME` of a room: who presses KEY there has the backend send the request NAME."""

    key: Word
    request: Word
    span: Span = field(compare=False, repr=False)


ConnectTarget = Text | Phone | Number


class Connect(Record):
    """`connect KIND [TARGET] option… [{ phase… key… }]`."""

    kind: Word
    target: ConnectTarget | None
    options: tuple[Option, ...]
    phases: tuple[Phase | Broken, ...]
    span: Span = field(compare=False, repr=False)
    keys: tuple[RoomKey, ...] = ()


class Call(Record):
    """`call KIND [TARGET] option…`: whom the backend calls, the first segment of `on callout NAME`."""

    kind: Word
    target: ConnectTarget | None
    options: tuple[Option, ...]
    span: Span = field(compare=False, repr=False)


Dialled = Connect | Call
"""What names somebody to call."""


class Spoken(Record):
    """A part of a prompt that is read aloud: `[ssml] STRING [in LOCALE]`."""

    text: Text
    ssml: bool
    locale: Locale | None
    span: Span = field(compare=False, repr=False)


class Played(Record):
    """A part of a prompt that is a sound file: `play STRING [in LOCALE]`."""

    file: Text
    locale: Locale | None
    span: Span = field(compare=False, repr=False)


PromptPart = Spoken | Played


class Prompt(Record):
    """A comma-separated list of prompt parts."""

    parts: tuple[PromptPart, ...]
    span: Span = field(compare=False, repr=False)


class Goal(Record):
    """What follows `->`: the reply of a PIE handler, or (`menu` true) another menu of the same block."""

    name: Word
    menu: bool
    span: Span = field(compare=False, repr=False)


class PromptItem(Record):
    """`prompt PROMPT`."""

    prompt: Prompt
    span: Span = field(compare=False, repr=False)


class RepeatItem(Record):
    """`repeat PROMPT [N times]`."""

    prompt: Prompt
    times: Number | None
    span: Span = field(compare=False, repr=False)


class WaitItem(Record):
    """`wait DURATION [up to DURATION]`."""

    wait: Duration
    limit: Duration | None
    span: Span = field(compare=False, repr=False)


class SwitchItem(Record):
    """`barge yes|no` or `voice yes|no`; `name` is the first word."""

    name: str
    value: Word
    span: Span = field(compare=False, repr=False)


class KeyItem(Record):
    """`key KEY -> GOAL`; `key` is the text of the key."""

    key: Word
    goal: Goal
    span: Span = field(compare=False, repr=False)


class DigitsItem(Record):
    """`digits N -> GOAL`."""

    count: Number
    goal: Goal
    span: Span = field(compare=False, repr=False)


class FailItem(Record):
    """`timeout -> GOAL` or `invalid -> GOAL`; `name` is the first word."""

    name: str
    goal: Goal
    span: Span = field(compare=False, repr=False)


class Submenu(Record):
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


class Menu(Record):
    """`menu [in LOCALE] { … }`."""

    locale: Locale | None
    items: tuple[MenuItem, ...]
    span: Span = field(compare=False, repr=False)


class ParkPrompt(Record):
    """`intro PROMPT` or `hold PROMPT`; `name` is the first word."""

    name: str
    prompt: Prompt
    span: Span = field(compare=False, repr=False)


class ParkLimit(Record):
    """`max-duration DURATION` of a `park`."""

    limit: Duration
    span: Span = field(compare=False, repr=False)


ParkItem = ParkPrompt | ParkLimit | Broken
PromptedItem = PromptItem | RepeatItem | ParkPrompt
"""Lines with a prompt."""


class Park(Record):
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


class Segment(Record):
    """`[LABEL:] BODY @tag …`."""

    label: Word | None
    body: Body
    tags: tuple[Tag, ...]
    span: Span = field(compare=False, repr=False)


class Block(Record):
    """`record [call|conference] [to STORE] { … }`; `keyword` is the span of `record` and its scope word."""

    scope: Word | None
    store: Word | None
    segments: tuple[Item, ...]
    keyword: Span = field(compare=False, repr=False)
    span: Span = field(compare=False, repr=False)


Item = Segment | Block | Broken
