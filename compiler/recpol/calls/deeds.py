"""What a reply does, heard or not, with everything that is said about how: the words in which that is compared.

A trace (`recpol.calls.trace`) says what is heard. A deed says more: that a call is answered, that a cookie is set, and
of each sound its manner: the locale of a text, the digits of a menu, who is shown as the caller.

Invariant: plain data, in the words of the language; whoever makes a deed passes over nothing that was written.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.calls.trace import Recording, SoundKind

Manner = tuple[tuple[str, str], ...]
"""How something is done: sorted pairs of a word of the language and its value.

Durations are in milliseconds, numbers without leading zeros, a header and a cookie a JSON list of name and value. What
is not written has no pair. A property that has no word stands under its own name.
"""

DeedKind = SoundKind | Literal["answer", "cookie", "hangup", "menus"]
"""A kind of sound, or something that nobody hears: `menus` is what holds of all menus of one RunMenu."""


class Deed(Record):
    """One thing that a reply does: its kind and manner, and what records while it is done."""

    kind: DeedKind
    manner: Manner = ()
    calls: tuple[Recording, ...] = ()
    conference: Recording | None = None
