"""The script of a letter: the first word of its name in Unicode (`CYRILLIC SMALL LETTER A`).

Invariant: a letter of a script that is not listed here has none, so that nothing is concluded from it.
"""

from __future__ import annotations

ALIKE = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"))
"""Scripts that have letters of the same shape."""

_KNOWN = ALIKE.union(
    ("ARABIC", "HEBREW", "DEVANAGARI", "TAMIL", "TELUGU", "THAI", "GEORGIAN", "HANGUL", "HIRAGANA", "KATAKANA", "CJK")
)


def script_of(letter: str) -> str | None:
    """The script of a letter; None where it is not known here."""
    if letter.isascii():
        return "LATIN" if letter.isalpha() else None
    from unicodedata import name

    script, _, rest = name(letter, "").partition(" ")
    return script if script in _KNOWN and "FILLER" not in rest else None  # a filler is not seen
