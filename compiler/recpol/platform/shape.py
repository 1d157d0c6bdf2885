"""What SVAML is made of: the vocabulary of the tables in `platform/v1` and `platform/v2`.

Invariant: the order of properties is the order in which they are written.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.platform.limits import Limit
from recpol.platform.sources import CLASSIC, SourceDialect

ReplyRole = Literal["instruction", "action"]
"""What the parts of a reply to a callback are."""

FormKind = Literal[ReplyRole, "command"]

ValueKind = Literal[
    "text",  # any text that is not empty
    "string",  # any text at all
    "name",  # a text without blanks
    "prompt",  # `#tts[…];#ssml[…];#href[…];file`
    "prompts",  # a list of prompts
    "locale",
    "language",  # BCP-47
    "number",  # a telephone number, E.164
    "cli",  # a telephone number, or one of `values`
    "tones",  # DTMF characters
    "key",  # one key of a telephone
    "keys",  # keys of a telephone
    "goal",  # `return(x)` or `menu(y)`
    "sip",  # `user@host[:port]`
    "sip uri",  # `sip:…` or `sips:…`
    "socket",  # `ws://…` or `wss://…`
    "header",  # printable ASCII and tabs
    "url",  # where a recording goes
    "storage",  # where a recording goes, in v2
    "secret",
    "word",  # one of `values`, spelled so
    "any-case word",  # one of `values`, in any letter case
    "words",  # a list of `values`
    "boolean",
    "integer",
    "seconds",
    "milliseconds",
    "object",  # made of `parts`
    "list",  # of objects made of `parts`
    "menus",  # a list of objects made of `parts`, one of them the main menu
    "named menus",  # names to objects made of `parts`
    "choice",  # an object whose `type` is the tag of one of its `parts`, with that part beside it
    "messages",  # a list of `choice`s
    "matches",  # what is keyed in, to commands
    "commands",  # a list of commands
    "anything",  # a shape that no source describes
]


class Property(Record):
    """One property: its name, what its value is, whether it must be there, and which dialects document it.

    `values` are the words or numbers it may hold, and where it is `open` no source says that there are no others.
    `least` and `limit` bound a number, the length of a text, or how many entries there are, and `key_limit` the length
    of each name in an object of names. `parts` are the properties of an object, of each object in a list, or what a
    `choice` chooses from, each under its `tag`; `entry` is what one of several is called. `default` is in words.
    """

    name: str
    kind: ValueKind
    source: str
    required: bool = False
    dialects: tuple[SourceDialect, ...] = CLASSIC
    values: tuple[str | int, ...] = ()
    limit: Limit | None = None
    key_limit: Limit | None = None
    least: int = 0
    parts: tuple[Property, ...] = ()
    note: str = ""
    tag: str = ""
    entry: str = ""
    default: str = ""
    open: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The values as they are written in messages."""
        return tuple(map(str, self.values))

    @property
    def classic(self) -> bool:
        """Whether the classic pages document it."""
        return "classic" in self.dialects

    @property
    def legacy_only(self) -> bool:
        """Whether only the legacy SDK knows it: understood on reading, never to be written."""
        return self.dialects == ("legacy",)


class Form(Record):
    """One instruction, action or command: its name as it is written, its properties in order, and its source.

    `handlers` are what may stand in the `events` of a command; `blocks` says that the next command of the list waits
    until this one is over.
    """

    name: str
    kind: FormKind
    source: str
    properties: tuple[Property, ...] = ()
    note: str = ""
    handlers: tuple[str, ...] = ()
    blocks: bool = False

    def find(self, name: str) -> Property | None:
        """The property of that name, spelled exactly so; `name`, `command` and `events` are not among them."""
        return next((p for p in self.properties if p.name == name), None)

    @property
    def records(self) -> bool:
        """Whether it can carry the recording flag."""
        return self.find("recording") is not None
