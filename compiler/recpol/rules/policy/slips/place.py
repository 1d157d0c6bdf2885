"""The place at which the parser stopped, with the text around it."""

from __future__ import annotations

import re

from recpol.base.record import Record
from recpol.base.source import Source, Span
from recpol.syntax.parser import SyntaxProblem

_COMMENT_LINE = re.compile(r"(?m)^[ \t]*#[^\n]*")

FAR = 400
"""How many characters around a problem are looked at."""


class Around(Record):
    """The place at which the parser stopped: what it could not read, and the text before and after."""

    problem: SyntaxProblem
    source: Source
    start: int
    got: str
    before: str
    line: str
    after: str

    def span(self, start: int, end: int) -> Span:
        """Characters of the source, counted from the problem."""
        return self.source.span(self.start + start, self.start + end)

    @property
    def plain(self) -> bool:
        """Whether its line has no letter or sign beyond ASCII."""
        return self.line.isascii() and self.after.isascii()

    @property
    def words(self) -> list[str]:
        """The keywords that could have stood there."""
        return [word for word in self.problem.expected if re.fullmatch(r"[a-z][a-z-]*", word)]


def around(problem: SyntaxProblem) -> Around:
    """What stands around a problem; `line` is what its line holds before it, and comments are blanks."""
    source, start = problem.span.source, problem.span.start
    text = source.text
    before = text[max(0, start - FAR) : start]
    if "#" in before:
        before = _COMMENT_LINE.sub(lambda line: " " * len(line[0]), before)
    end = text.find("\n", start)
    after = text[start : min(len(text) if end < 0 else end, start + FAR)]
    return Around(problem, source, start, problem.span.text, before, before.rpartition("\n")[2], after)


def covers(problem: SyntaxProblem) -> Span | None:
    """The stretch in which a slip makes the parser stop again: a comment of another language."""
    source, start = problem.span.source, problem.span.start
    if not source.text.startswith("/*", start):
        return None
    end = source.text.find("*/", start)
    return source.span(start, len(source.text) if end < 0 else end + 2)
