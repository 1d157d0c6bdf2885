"""What a command of SVAML v2 is made of: the vocabulary of `svaml2.py`.

Invariant: the order of properties is the order in which they are written.
"""

from __future__ import annotations

from typing import Literal

from recpol.base.record import dataclass
from recpol.platform.limits import Limit
from recpol.platform.sources import VOICE_V2

CommandValueKind = Literal[
    "text",  # any text that is not empty
    "string",  # any text at all
    "name",  # a text without blanks
    "number",  # a telephone number, E.164
    "sip",  # `sip:…` or `sips:…`
    "socket",  # `ws://…` or `wss://…`
    "storage",  # where a recording goes
    "secret",
    "language",  # BCP-47
    "keys",  # keys of a telephone
    "header",  # printable ASCII and tabs
    "word",  # one of `values`
    "words",  # a list of `values`
    "boolean",
    "integer",
    "object",  # made of `parts`
    "list",  # of objects made of `parts`
    "choice",  # an object whose `type` is the tag of one of its `parts`, with that part beside it
    "messages",  # a list of `choice`s
    "menus",  # names to objects made of `parts`
    "matches",  # what is keyed in, to commands
    "commands",  # a list of commands
]


@dataclass(frozen=True, slots=True)
class CommandProperty:
    """One property: its name, what its value is, whether it must be there.

    `values` are the words or numbers it may hold; `least` and `limit` bound a number, the length of a text, or how many
    entries there are. `tag` is the `type` under which a part of a `choice` stands. `default` is in words.
    """

    name: str
    kind: CommandValueKind
    required: bool = False
    values: tuple[str | int, ...] = ()
    least: int = 0
    limit: Limit | None = None
    parts: tuple[CommandProperty, ...] = ()
    tag: str = ""
    default: str = ""
    note: str = ""
    source: str = VOICE_V2


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its properties in the order in which they are written, then the handlers in its `events`.

    `blocks` says that the next command of the list waits until this one is over.
    """

    name: str
    parts: tuple[CommandProperty, ...] = ()
    handlers: tuple[str, ...] = ()
    blocks: bool = False
    note: str = ""
    source: str = VOICE_V2

    def find(self, name: str) -> CommandProperty | None:
        """The property of that name, spelled exactly so; `command` and `events` are not among them."""
        return next((part for part in self.parts if part.name == name), None)
