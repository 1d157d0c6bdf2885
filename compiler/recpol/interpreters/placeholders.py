"""A document to the values that must be filled in before it can be sent.

Invariant: any JSON value gives an answer, however deep.
"""

from __future__ import annotations

from recpol.base.inline import KEYS, inline_reply
from recpol.base.placeholder import Placeholder, split


def needed(document: object) -> tuple[str, ...]:
    """The placeholders in the texts of a document, as `env.NAME` and `call.FIELD`, sorted, each once."""
    found: set[str] = set()
    todo = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if "{{" in value:
                pieces = (piece for piece in split(value) if isinstance(piece, Placeholder))
                found.update(f"{piece.scope}.{piece.name}" for piece in pieces)
        elif isinstance(value, dict):
            todo += [inline_reply(key, inner) if key in KEYS else inner for key, inner in value.items()]
        elif isinstance(value, list):
            todo += value
    return tuple(sorted(found))
