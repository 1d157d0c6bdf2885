"""Colours for what is recorded, what is not, and headings: the terminal's own sixteen, so that they fit its background.

Invariant: without the colours the text is the same.
"""

from __future__ import annotations

from recpol.base.typing import Literal

Style = Literal["recorded", "not recorded", "heading"]

_CODES: dict[Style, str] = {"recorded": "1;31", "not recorded": "2", "heading": "1"}


def paint(style: Style, text: str) -> str:
    """A text in a style."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"
