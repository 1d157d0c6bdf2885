"""Policies in colours for whatever takes Pygments: pages, terminals, notebooks. The lexer is recpol's own.

Pygments finds `RecpolLexer` by an entry point, under the names `recpol` and, as pages of recpol mark examples,
`recpol-part` and `recpol-refused`. It is imported here and nowhere else, and recpol does not depend on it.

Invariant: the texts of the tokens, one after the other, are the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pygments.lexer import Lexer  # type: ignore[import-untyped]  # Pygments has no types
from pygments.token import (  # type: ignore[import-untyped]  # Pygments has no types
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from recpol.base.typing import Any, ClassVar
from recpol.syntax.lexer import JUNK, lex
from recpol.syntax.table import load_table

_TYPES: dict[str, Any] = {
    "COMMENT": Comment.Single,
    "IDENT": Name.Variable,
    "INT": Number.Integer,
    "LABEL": Name.Label,
    "LOCALE": Name.Constant,
    "NAME": Name.Variable,
    "PHONE": Number,
    "QUANTITY": Number,
    "STRING": String.Double,
    "TAG": Name.Decorator,
    JUNK: Error,
}
"""What Pygments calls each kind of word; all others are keywords or signs."""

_INSIDE = re.compile(r"(\{\{[^{}\"]*\}\})|(\\.)")


class RecpolLexer(Lexer):  # type: ignore[misc]  # Pygments has no types
    """The lexer of policies and rules files."""

    name = "recpol"
    aliases: ClassVar = ["recpol", "recpol-part", "recpol-refused"]
    filenames: ClassVar = ["*.recpol"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """Offset, type and text of each token."""
        table = load_table()
        lexed = lex(text, table)
        words = [(start, end, kind) for kind, start, end in lexed.tokens if end > start]
        words += [(start, end, "COMMENT") for start, end in lexed.comments]
        done = 0
        for start, end, kind in sorted(words):
            if done < start:
                yield done, Whitespace, text[done:start]
            word = text[start:end]
            if kind == "STRING":
                yield from _string(start, word)
            else:
                yield start, _TYPES.get(kind) or _keyword_or_sign(word), word
            done = end
        if done < len(text):
            yield done, Whitespace, text[done:]


def _keyword_or_sign(word: str) -> Any:
    if word[0].isalpha():
        return Keyword
    return Punctuation if word in "{},:" else Operator


def _string(start: int, text: str) -> Iterator[tuple[int, Any, str]]:
    """A string with its placeholders and escapes."""
    done = 0
    for found in _INSIDE.finditer(text):
        if done < found.start():
            yield start + done, String.Double, text[done : found.start()]
        yield start + found.start(), String.Interpol if found[1] else String.Escape, found[0]
        done = found.end()
    if done < len(text):
        yield start + done, String.Double, text[done:]
