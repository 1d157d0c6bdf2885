"""Characters that make a text read otherwise than it is: those that turn its direction, and letters that look alike.

The characters that turn are Unicode's explicit bidirectional formatting (UAX #9); scripts are what Unicode's names of
letters begin with. Alphabets that have letters of the same shape are those of Unicode Technical Report 36.

Invariant: linear in the text; a word in one alphabet is never odd, whichever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.scripts import ALIKE, script_of
from recpol.base.typing import NamedTuple

TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of writing, and is not seen."""

WHY_TURNED = "a reader sees another order of characters than there is (Trojan Source, CVE-2021-42574)"
WHY_MIXED = "they look alike and are not the same (Unicode Technical Report 36)"

_WORD = re.compile(r"[^\W\d_]+")


class Mixed(NamedTuple):
    """A word of several alphabets: where it is in its text, and what to say of it."""

    start: int
    end: int
    message: str


def turned(char: str) -> str:
    """What is said of a character that turns."""
    return f"U+{ord(char):04X} changes the direction of what follows, and is not seen"


def mixed_words(text: str) -> Iterator[Mixed]:
    """The words of a text whose letters come from alphabets that look alike."""
    if text.isascii():
        return
    for word in _WORD.finditer(text):
        odd = _odd(word[0])
        if odd is not None:
            yield Mixed(word.start(), word.end(), f"`{word[0]}` mixes letters of {odd}")


def _odd(word: str) -> str | None:
    """The scripts of a word and the letters of the rarer one; None where it has one."""
    if word.isascii():
        return None
    scripts: dict[str, list[str]] = {}
    for char in word:
        script = script_of(char)
        if script is not None and script in ALIKE:
            scripts.setdefault(script, []).append(char)
    if len(scripts) < 2:
        return None
    rare = min(scripts, key=lambda script: len(scripts[script]))
    codes = ", ".join(f"U+{ord(char):04X}" for char in list(dict.fromkeys(scripts[rare]))[:3])
    return f"{' and '.join(script.capitalize() for script in sorted(scripts))}: {codes}"
