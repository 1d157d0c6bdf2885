"""The name of a document's file to what it tells: which callback or event of a call the document answers.

A name has parts with dots between them, and a whole part tells it: `ice.json`, `support.pie.sales.svaml.json`,
`recording.failed.json`. Beside the word only such words may stand in its part as say nothing (`incoming-call.json`) or
count (`ice-2.json`), unless the part begins by saying that it is a reply (`ice-reply-desk.json`). So `ice-cream.json`
and `not-answered.json` tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from recpol.base.record import Record

SUFFIX = ".svaml.json"
_ANSWERS = frozenset({"reply", "response", "callback", "handler", "body"})
_IDLE = _ANSWERS | {"on", "call", "event", "request", "webhook", "svaml"}
_WORD = re.compile(r"[a-z0-9]+")


class NamePart(Record):
    """The word that a part of a file's name comes down to, what stands before the part, and what after it."""

    word: str
    before: str
    after: str


def told(path: str, words: Collection[str]) -> NamePart | None:
    """The first part of a file's name that is one of some words; None where none is."""
    folder, slash, base = path.rpartition("/")
    plain = base.lower().removesuffix(SUFFIX).removesuffix(".json")
    start = 0
    for part in plain.split("."):
        written = _WORD.findall(part)
        left = [word for word in written if word not in _IDLE and not word.isdigit()]
        if left and left[0] in words and (len(left) == 1 or (written[0] == left[0] and written[1] in _ANSWERS)):
            return NamePart(left[0], folder + slash + base[:start], plain[start + len(part) :])
        start += len(part) + 1
    return None
