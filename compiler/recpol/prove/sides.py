"""Which sides of a call its recordings hold: what the caller says, inbound, and what the caller hears, outbound.

Invariant: a sound counts as held where recordings that run side by side have all of it between them.
"""

from __future__ import annotations

import json

from recpol.base.typing import assert_never
from recpol.calls.trace import Options
from recpol.semantics.recording import HeardSegment
from recpol.syntax import tree

_BOTH = frozenset({"inbound", "outbound"})


def side_of(options: Options) -> str:
    """The side that a recording with these options holds, or `both`."""
    return str(json.loads(dict(options).get("direction", '"both"')))


def holds_all(piece: HeardSegment, *, each: bool = False) -> bool:
    """Whether what records a sound holds all of it, or `each` of the recordings does: of a prompt what the caller
    hears, else both sides."""
    sides = [side_of(one.options) for one in piece.heard.recordings]
    alone = [{side} for side in sides] if each else [set(sides)]
    return all(not held <= _BOTH or held >= _needed(piece) for held in alone)


def _needed(piece: HeardSegment) -> frozenset[str]:
    match piece.step.body:
        case tree.Say() | tree.Play() | tree.Tones() | tree.Park():
            return frozenset({"outbound"})
        case tree.Menu() | tree.Submenu() | tree.Phase() | tree.Continue() | tree.Connect() | tree.Call():
            return _BOTH
        case tree.Answer() | tree.Cookie() | tree.Hangup():
            return frozenset()
        case _:
            assert_never(piece.step.body)
