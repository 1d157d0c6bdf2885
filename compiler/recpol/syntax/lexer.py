"""Text to tokens.

Invariant: every character of the text is in exactly one token, comment or blank; tokens are in order; nothing is
refused here. A string without its closing quote becomes a string up to the end of its line and is listed as unclosed;
anything else that fits no pattern becomes a `JUNK` token.
"""

from __future__ import annotations

import re

from recpol.base.pattern import pattern
from recpol.base.record import dataclass
from recpol.base.typing import NamedTuple
from recpol.syntax.table import END, ParseTable

JUNK = "JUNK"

_STRANGE = pattern(r'[^\s#"{}@A-Za-z0-9+=,*:]+|.', re.DOTALL)

_REST_OF_LINE = pattern(r"[^\n\r#]*")


class Token(NamedTuple):
    """A token: its terminal, and the characters `start` up to `end`; `fresh` is true for the first one on its line."""

    type: str
    start: int
    end: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Lexed:
    """All tokens (the last is `$END`), the comments as (start, end), and the unclosed strings."""

    tokens: tuple[Token, ...]
    comments: tuple[tuple[int, int], ...]
    unclosed: tuple[Token, ...]


def lex(text: str, table: ParseTable) -> Lexed:
    """Text to tokens; total over every text."""
    tokens: list[Token] = []
    comments: list[tuple[int, int]] = []
    unclosed: list[Token] = []
    match, words, ignored = table.pattern.match, table.words, table.ignored
    at, size, fresh = 0, len(text), True
    while at < size:
        found = match(text, at)
        if found is None:
            end, string = _unmatched(text, at)
            token = Token("STRING" if string else JUNK, at, end, fresh)
            tokens.append(token)
            if string:
                unclosed.append(token)
            at, fresh = end, False
            continue
        end = found.end()
        kind = found.lastgroup or JUNK
        if kind in ignored:
            if kind == "COMMENT":
                comments.append((at, end))
            elif "\n" in found.group():
                fresh = True
        else:
            if kind == "NAME" or kind.startswith("SIGN"):
                kind = words.get(found.group(), kind)
            tokens.append(Token(kind, at, end, fresh))
            fresh = False
        at = end
    tokens.append(Token(END, size, size, True))
    return Lexed(tuple(tokens), tuple(comments), tuple(unclosed))


def _unmatched(text: str, at: int) -> tuple[int, bool]:
    """Where a stretch that fits no terminal ends, and whether it is a string without its closing quote."""
    if text[at] == '"':
        line = _REST_OF_LINE.match(text, at + 1)
        end = at + 1 if line is None else line.end()
        if text[end : end + 2] in ("", "\r", "\r\n") or text[end] != "\r":
            # Braces and a comment at the end of the line are hardly meant as part of the string.
            return at + 1 + len(text[at + 1 : end].rstrip(" \t").rstrip("{}").rstrip(" \t")), True
    strange = _STRANGE.match(text, at)
    return (strange.end() if strange else at + 1), False
