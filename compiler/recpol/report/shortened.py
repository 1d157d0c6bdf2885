"""Words of messages to as many characters as somebody reads: a name, path or text of a kilobyte is cut in the middle.

Where the message is about stands beside it, so that what was cut can be looked up; beginning, end and length tell long
words apart.

Invariant: linear in the text; a text of ordinary words stays as it is.
"""

from __future__ import annotations

WORD = 160
"""How many characters a word without a blank may have."""

TEXT = 1_500
"""How many characters a message, a reason or a help may have."""


def shortened(text: str) -> str:
    """A text whose long words, and which itself, are cut in the middle; the number says how much is left out."""
    if len(text) <= WORD:
        return text
    words = text.split(" ")
    if any(len(word) > WORD for word in words):
        text = " ".join(_cut(word, WORD) for word in words)
    return _cut(text, TEXT)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    begin, end = most * 2 // 3, most // 4
    return f"{text[:begin]}…({len(text) - begin - end:,} more)…{text[-end:]}"
