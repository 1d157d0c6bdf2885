"""Where lines begin and braces close: what tells a brace that was left open from a line that stands in a wrong place.

Invariant: what is asked of one place is told without reading its line, and all tokens are gone through once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recpol.base.source import Source
from recpol.syntax.lexer import Token

_WIDEST = 200
"""What is indented more is not told apart."""


class Margins:
    """The margins and braces of one text; `declares` tells whether a token may begin a declaration."""

    def __init__(self, source: Source, tokens: Sequence[Token], declares: Callable[[int], bool]) -> None:
        self.source, self.tokens, self.declares = source, tokens, declares
        self.closing: list[int] = []  # for each token, how many open braces are closed before the next declaration

    def indented(self, on: int, braces: Sequence[Token]) -> bool:
        """Whether the line of a token is indented more than that of one of these braces."""
        return self._indent(self.tokens[on]) > min(map(self._indent, braces))

    def closed(self, on: int, braces: Sequence[Token]) -> bool:
        """Whether these braces, which are open at a token, are closed before the next declaration at the margin."""
        if not self.closing:
            closed = 0
            for number in range(len(self.tokens) - 1, -1, -1):
                kind = self.tokens[number][0]
                closed = max(0, closed - 1) if kind == "LBRACE" else closed + (kind == "RBRACE")
                self.closing.append(closed)
                closed = 0 if self.declares(number) and self._indent(self.tokens[number]) == 0 else closed
            self.closing.reverse()
        return self.closing[on] >= len(braces)

    def _indent(self, token: Token) -> int:
        start = self.source.line_start(self.source.position(token[1]).line)
        line = self.source.text[start : start + _WIDEST]
        return len(line) - len(line.lstrip())
