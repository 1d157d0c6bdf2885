"""Text to tokens.

Invariant: every character of the text is in exactly one token, comment or blank; tokens are in order; nothing is
refused here. A string without its closing quote becomes a string up to the end of its line and is listed as unclosed;
anything else that fits no pattern becomes a `JUNK` token.
"""

from __future__ import annotations

import re

from recpol.base.pattern import pattern
from recpol.base.record import Record
from recpol.syntax.table import END, UNREADABLE, ParseTable

JUNK = "JUNK"

_STRANGE = pattern(r'[^\s#"{}@A-Za-z0-9+=,*:]+|.', re.DOTALL)

_REST_OF_LINE = pattern(r"[^\n\r#]*")

Token = tuple[str, int, int]
"""A token: its terminal, and the characters from where up to where. A plain tuple, because a class takes a quarter of
the time of reading a policy."""

DECLARING = frozenset({
    "policy", "rules", "use", "target", "answers", "unique", "store", "on", "never", "always", "announce", "keep",
    "opt-out",
})  # fmt: skip
"""Words that begin declarations and nothing inside braces, but for the `keep` of a store: at the start of a line they
end whatever was left open."""

INSIDE_TOO = frozenset({"locale", "voice", "record"})
"""Words that begin declarations, and what stands inside braces: where they do not fit, and the next declaration comes
before all braces are closed, they end what was left open if they are not indented more than where it was opened."""


class Lexed(Record):
    """All tokens (the last is `$END`), the comments as (start, end), and the unclosed strings."""

    tokens: tuple[Token, ...]
    comments: tuple[tuple[int, int], ...]
    unclosed: tuple[Token, ...]


def lex(text: str, table: ParseTable) -> Lexed:
    """Text to tokens; total over every text."""
    tokens: list[Token] = []
    comments: list[tuple[int, int]] = []
    unclosed: list[Token] = []
    kinds, words, passed_over = table.kinds, table.words, table.passed_over
    at, size = 0, len(text)
    while True:
        for found in table.pattern.finditer(text, at):
            number = found.lastindex or 0
            kind, start, end = kinds[number], found.start(), found.end(number)
            if kind == "NAME":
                kind = words.get(text[start:end], kind)
            elif kind in passed_over:
                if kind == "COMMENT":
                    comments.append((start, end))
                elif kind == UNREADABLE:
                    break
                continue
            tokens.append((kind, start, end))
        else:
            tokens.append((END, size, size))
            return Lexed(tuple(tokens), tuple(comments), tuple(unclosed))
        at, string = _unmatched(text, start)
        tokens.append(("STRING" if string else JUNK, start, at))
        if string:
            unclosed.append(tokens[-1])


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
