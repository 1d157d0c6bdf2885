"""What a form of SVAML is made of: the vocabulary of `forms.py`.

Invariant: the order of properties is the order in which they are written.
"""

from __future__ import annotations

from typing import Literal

from recpol.base.record import dataclass
from recpol.platform.limits import Limit
from recpol.platform.sources import CLASSIC, SourceDialect

FormKind = Literal["instruction", "action"]

ValueKind = Literal[
    "text",  # any text that is not empty
    "string",  # any text at all
    "prompt",  # `#tts[…];#ssml[…];#href[…];file`
    "prompts",  # a list of prompts
    "locale",
    "number",  # a telephone number, E.164
    "cli",  # a telephone number, or one of `values`
    "tones",  # DTMF characters
    "key",  # one key of a telephone
    "goal",  # `return(x)` or `menu(y)`
    "sip",  # `user@host[:port]`
    "url",  # where a recording goes
    "secret",
    "word",  # one of `values`, spelled so
    "any-case word",  # one of `values`, in any letter case
    "boolean",
    "integer",
    "seconds",
    "milliseconds",
    "object",  # made of `parts`
    "list",  # of objects made of `parts`
    "menus",  # a list of objects made of `parts`, one of them the main menu
    "anything",  # a shape that no source describes
]


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its name, what its value is, whether it must be there, and which dialects document it.

    `values` are the words it may hold, `least` and `limit` the bounds of a number (or `limit` the length of a text),
    `parts` the properties of an object or of each object in a list.
    """

    name: str
    kind: ValueKind
    source: str
    required: bool = False
    dialects: tuple[SourceDialect, ...] = CLASSIC
    values: tuple[str, ...] = ()
    limit: Limit | None = None
    least: int = 1
    parts: tuple[Property, ...] = ()
    note: str = ""

    @property
    def classic(self) -> bool:
        """Whether the classic pages document it."""
        return "classic" in self.dialects

    @property
    def legacy_only(self) -> bool:
        """Whether only the legacy SDK knows it: understood on reading, never to be written."""
        return self.dialects == ("legacy",)


@dataclass(frozen=True, slots=True)
class Form:
    """One instruction or action: its name as it is written, its properties in order, and its source."""

    name: str
    kind: FormKind
    source: str
    properties: tuple[Property, ...] = ()
    note: str = ""

    def find(self, name: str) -> Property | None:
        """The property of that name, spelled exactly so."""
        return next((p for p in self.properties if p.name == name), None)

    @property
    def records(self) -> bool:
        """Whether it can carry the recording flag."""
        return self.find("recording") is not None
