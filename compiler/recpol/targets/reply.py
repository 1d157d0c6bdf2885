"""What a lowering makes: one reply document, and which callback or request it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One SVAML document.

    `answers` says which callbacks it answers (the manifest's `answers`), `values` which placeholders it needs, sorted.
    """

    file: str
    document: dict[str, Any] = field(repr=False)
    answers: tuple[dict[str, Any], ...] = field(repr=False)
    values: tuple[str, ...]
