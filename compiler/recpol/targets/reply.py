"""What a lowering makes: one reply document, and which callback or request it is for."""

from __future__ import annotations

from recpol.analysis.steps import Step
from recpol.base.record import Record, field
from recpol.base.typing import Any

Json = dict[str, Any]
"""An object of a document."""


class Reply(Record):
    """One SVAML document.

    `answers` says which callbacks it answers (the manifest's `answers`), `values` which placeholders it needs, sorted.
    `schema` is the name of its schema where that is not the target's.
    """

    file: str
    document: Json = field(repr=False)
    answers: tuple[Json, ...] = field(repr=False)
    values: tuple[str, ...]
    schema: str = ""


class Place(Record):
    """Where in the documents a step is that can be heard: a file and a JSON pointer; `talk` where a talk begins."""

    file: str
    pointer: str
    step: Step
    talk: bool = False
