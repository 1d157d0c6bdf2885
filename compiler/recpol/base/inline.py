"""Replies that stand inside a request as text: the `ice`, `ace` and `pie` of a custom callout (Calling API page).

Invariant: what is no JSON object stays as it is.
"""

from __future__ import annotations

import json

from recpol.base.typing import Any

KEYS = ("ice", "ace", "pie")
"""The properties that hold a reply as a string, or a URL."""


def inline_reply(key: object, value: Any) -> Any:
    """The value of a property: the reply in it where it holds one as a string, else the value itself."""
    if key not in KEYS or not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict) else value
