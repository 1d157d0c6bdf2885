"""The placeholders of a document: what must be known before it can be sent, and what the fields of a call are called.

Invariant: nothing but placeholders is ever changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base import placeholder
from recpol.base.inline import KEYS, inline_reply
from recpol.base.record import replace
from recpol.base.typing import Any


def values_of(document: Any) -> tuple[str, ...]:
    """The placeholders that a document needs filled, as `env.NAME`, `call.FIELD` and `start.NAME`, sorted."""
    found: set[str] = set()
    held: list[Any] = [[document]]
    for one in held:
        parts = one
        if isinstance(one, dict):
            inline = [key for key in KEYS if key in one]
            parts = {**one, **{key: inline_reply(key, one[key]) for key in inline}}.values() if inline else one.values()
        for part in parts:
            if isinstance(part, str):
                for piece in placeholder.split(part) if "{{" in part else ():
                    if isinstance(piece, placeholder.Placeholder):
                        found.add(f"{piece.scope}.{piece.name}")
            elif isinstance(part, dict | list):
                held.append(part)
    return tuple(sorted(found))


def renamed(document: Any, names: Mapping[str, str]) -> Any:
    """A document to a new one in which the fields of `call` have the names of another event."""
    if isinstance(document, str):
        return _renamed(document, names) if "{{" in document else document
    if isinstance(document, dict):
        return {key: renamed(value, names) for key, value in document.items()}
    if isinstance(document, list):
        return [renamed(value, names) for value in document]
    return document


def _renamed(text: str, names: Mapping[str, str]) -> str:
    done = ""
    for piece in placeholder.split(text):
        if isinstance(piece, str):
            done += piece
        elif isinstance(piece, placeholder.Placeholder) and piece.scope == "call":
            done += replace(piece, name=names.get(piece.name, piece.name)).text
        else:
            done += text[piece.start : piece.end]
    return done
