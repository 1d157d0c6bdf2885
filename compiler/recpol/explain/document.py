"""Explanations as one JSON document, for programs.

Invariant: the document has the fields of `recpol.explain.model`, in their order, and nothing else; it is ASCII. Only
`targets`, `packs` and `people` are left out where they are empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from recpol.base.typing import Any
from recpol.explain.model import VERSION, Explanation


def document(explanations: Iterable[Explanation]) -> dict[str, Any]:
    """`version`, and the explanations in the order given."""
    return {"version": VERSION, "explanations": [_data(explanation) for explanation in explanations]}


def _data(explanation: Explanation) -> dict[str, Any]:
    data = asdict(explanation)
    for name in ("targets", "packs", "people"):
        if not data[name]:
            del data[name]
    return data


def json_text(explanations: Iterable[Explanation]) -> str:
    """The document as text with a final line break."""
    return json.dumps(document(explanations), indent=2) + "\n"
