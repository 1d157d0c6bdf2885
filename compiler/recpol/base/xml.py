"""Texts for XML, which cannot hold every character, and need not hold those that steer a reader's terminal.

Invariant: a cleaned text stands in a well-formed document, whatever it was.
"""

from __future__ import annotations

import re

_HELD = "\t\n\r -~\xa0-\u061b\u061d-\u200d\u2010-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
"""What XML 1.0 holds, but for C1 and the characters that change the direction of a text."""

_NOT_HELD = re.compile(f"[^{_HELD}]")


def clean(text: str) -> str:
    r"""A text without what XML cannot or should not hold; such characters are written out as `\u{…}`."""
    return _NOT_HELD.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
