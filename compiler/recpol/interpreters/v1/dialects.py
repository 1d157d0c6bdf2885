"""The dialects that answer each callback with a document of its own, as tables of what each of them documents.

Names stand here as the classic pages write them; the interpreter reads them in any letter case. What a dialect does not
have is a problem in a document of it.

Invariant: whatever one dialect reads and the other does not is a difference between these tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record
from recpol.interpreters.assumptions import Assumption
from recpol.interpreters.v1 import forms


class DialectFacts(Record):
    """One dialect: its instructions and actions with their properties, and the names of the recording flag.

    `flagged` is what a recording that a flag starts depends on, by the name of the flag. `typed` is true where the
    address of a SIP connect is written with its type.
    """

    instructions: Mapping[str, frozenset[str]]
    actions: Mapping[str, frozenset[str]]
    flags: tuple[str, ...]
    flagged: Mapping[str, Assumption]
    typed: bool = False

    @property
    def recorded(self) -> frozenset[str]:
        """The properties that belong to a recording flag."""
        return frozenset((*self.flags, "recordingOptions"))


CLASSIC = DialectFacts(
    forms.INSTRUCTIONS, forms.ACTIONS, ("recording", "record"), {"recording": "flag-recording-works"}
)
"""The pages of 2018 to 2021. The flag's name until 2019, and its name since (Recording page)."""

_MANAGED = ("StartRecording", "StopRecording")

SVAML1 = DialectFacts(
    forms.INSTRUCTIONS,
    {**{name: properties for name, properties in forms.ACTIONS.items() if name not in _MANAGED}, **forms.STREAM},
    ("record",),
    {"record": "flag-without-sdk"},
    typed=True,
)
"""The current Voice API (SVAML page, Node, Java and .NET SDKs): Manage Call takes instructions beside `continue`."""
