"""Texts for XML, which cannot hold every character.

Invariant: a cleaned text stands in a well-formed document, whatever it was.
"""

from __future__ import annotations

import re

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    r"""A text without what XML 1.0 cannot hold; such characters are written out as `\u{…}`."""
    return _NOT_XML.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
