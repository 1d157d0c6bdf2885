"""One entry of PlayFiles, to the sound that it makes.

Invariant: an entry is never split or repaired: it is one sound, or it has no meaning and the reason is given.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.calls.trace import Sound, SoundKind

_WRAPPINGS: Mapping[str, SoundKind] = {"#tts": "speech", "#ssml": "ssml", "#href": "file"}


def sound(item: str) -> Sound | str:
    """The sound of one id: `#tts[…]` speech, `#ssml[…]` SSML, `#href[…]`, an address or a bare id a file.

    Where the id has no documented meaning, the reason as a sentence's end (`is empty`).
    Source: Callback API page (2021).
    """
    if not item:
        return "is empty"
    if not item.startswith("#"):
        return Sound("file", (item,))
    wrapping, bracket, rest = item.partition("[")
    kind = _WRAPPINGS.get(wrapping)
    if kind is None or not bracket:
        return "begins with `#` but is neither `#tts[…]`, `#ssml[…]` nor `#href[…]`"
    content, closing, after = rest.partition("]")
    if not closing:
        return "has no closing `]`"
    if after:
        return "goes on after its first `]`, which ends it"
    return Sound(kind, (content,))
