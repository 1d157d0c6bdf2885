"""A document to the values that must be filled in before it can be sent.

Invariant: any JSON value gives an answer, however deep.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.inline import KEYS, inline_reply
from recpol.base.placeholder import Placeholder, split


def names_in(text: str) -> Iterator[str]:
    """The placeholders in a text, as `env.NAME` and `call.FIELD`."""
    return (f"{piece.scope}.{piece.name}" for piece in split(text) if isinstance(piece, Placeholder))


def needed(document: object) -> tuple[str, ...]:
    """The placeholders in the texts of a document, as `env.NAME` and `call.FIELD`, sorted, each once."""
    found: set[str] = set()
    todo = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if "{{" in value:
                found.update(names_in(value))
        elif isinstance(value, dict):
            todo += [inline_reply(key, inner) if key in KEYS else inner for key, inner in value.items()]
        elif isinstance(value, list):
            todo += value
    return tuple(sorted(found))
