"""What follows a number in a policy, where it belongs to the number and does not fit the grammar.

Such a slip is told as one (`recpol.rules.policy.slips`); other rules ask here, so that they do not speak of it too.
"""

from __future__ import annotations

import re

from recpol.base.source import Span

_FAR = 80
"""How many characters after a number are looked at."""

UNITS = {"ms": "ms", "s": "s", "m": "m", "h": "h"} | {
    word: unit
    for unit, words in {
        "ms": "millis millisecond milliseconds millisekunden msec",
        "s": "sec secs second seconds sekunde sekunden",
        "m": "min mins minute minutes minuten",
        "h": "hr hrs hour hours stunde stunden",
    }.items()
    for word in words.split()
}
"""The units of durations as words, each with what a policy writes for it."""


def more_digits(span: Span) -> bool:
    """Whether digits follow that belong to the number which is written there: `+44 20 7946 0104`."""
    return re.match(r"[ \t().\-/]+\d", span.source.text[span.end : span.end + _FAR]) is not None


def unit_follows(span: Span) -> bool:
    """Whether the unit of a number follows as a word of its own: `30 minutes`."""
    word = re.match(r"[ \t]+([A-Za-z]+)", span.source.text[span.end : span.end + _FAR])
    return word is not None and word[1].lower() in UNITS
