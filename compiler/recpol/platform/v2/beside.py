"""What documents of Voice API v2 have beside `commands.py`: read in documents, and never written.

Invariant: every entry names where it can be read.
"""

from __future__ import annotations

from functools import partial

from recpol.platform.shape import Property
from recpol.platform.sources import OTHER_SDKS, V2, VOICE_V2

_property = partial(Property, source=VOICE_V2, dialects=V2)

BATCH = (
    _property("parameters", "list", note="names to values; `@NAME` in a text of the commands stands for the value"),
    _property(
        "batchOptions",
        "object",
        parts=(_property("maxCps", "integer", least=1), _property("ttlSeconds", "integer", least=1)),
    ),
)
"""What the body of a batch has beside the commands: one call is made for each object in `parameters`."""

ELSEWHERE = {
    "stopMessages": (
        _property(
            "flags",
            "word",
            values=("ONLY_PLAYING", "ALL_FROM_NOW_ON"),
            source=OTHER_SDKS,
            open=True,
            note="whether what is queued is played all the same",
        ),
    )
}
"""Properties of commands that other SDKs have."""
