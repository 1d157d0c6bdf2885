"""Fixes as rules make them: a word for another, something left out, a whole line deleted.

Invariant: an edit stands within the file of the finding; what a fix leaves behind is neither an empty line nor a blank
at the end of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import count

from recpol.analysis.steps import Step
from recpol.base.finding import Edit, Fix
from recpol.base.nearest import KnownWords, nearest
from recpol.base.source import Source, Span


def write(span: Span, text: str, *, title: str = "", safe: bool = False) -> tuple[Fix, ...]:
    """The fix that puts `text` in the place of what stands there."""
    return (Fix(title or f"write `{text}`", (Edit(span, text),), safe),)


def meant(span: Span, word: str, candidates: Iterable[str] | KnownWords) -> tuple[Fix, ...]:
    """The fix for a word that is not known: the closest one, if any.

    It is a guess, and so not safe; only the same word in another spelling is beyond doubt.
    """
    close = nearest(word, candidates)
    return () if close is None else guess(span, word, close)


def guess(span: Span, word: str, close: str, mark: str = "") -> tuple[Fix, ...]:
    """The fix that writes `close` for `word`, both after the same `mark` in the text."""
    return write(span, mark + close, safe=_plain(word) == _plain(close))


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-")


def delete(span: Span, title: str, *, safe: bool = False) -> tuple[Fix, ...]:
    """The fix that deletes what stands there, with its lines where nothing else is on them."""
    return (Fix(title, (Edit(_room(span), ""),), safe),)


def _room(span: Span) -> Span:
    """A span with its whole lines, if it fills them, or else with the blanks before it."""
    text, start, end = span.source.text, span.start, span.end
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    after = end
    while after < len(text) and text[after] in " \t\r":
        after += 1
    first, last = start == 0 or text[start - 1] == "\n", after == len(text) or text[after] == "\n"
    if first and last:
        return span.source.span(start, min(after + 1, len(text)))
    if first:
        return span.source.span(span.start, after)
    return span.source.span(start, end)


def answer_before(step: Step, *, safe: bool) -> tuple[Fix, ...]:
    """The fix that answers the call before a step, outside the `record` blocks around it.

    A call that is answered costs its caller money. Only where a guarantee counts on what is said can nothing else be
    meant.
    """
    outer = step.blocks[0].span if step.blocks else step.node.span
    return (Fix("put `answer` before it", (line_before(outer, "answer"),), safe),)


def free_name(source: Source, wanted: str) -> str:
    """A name like the one that is wanted, with a number behind it where a text has that already."""
    names = (wanted if number == 1 else f"{wanted}_{number}" for number in count(1))
    taken = _words(source)
    return next(name for name in names if name not in taken)


@lru_cache(maxsize=1)  # asked of the same text for each secret in it
def _words(source: Source) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", source.text))


def line_before(span: Span, word: str) -> Edit:
    """The edit that puts a word before a segment: on a line of its own, above its comments, if the segment has one."""
    source = span.source
    line, column = span.begin
    indent = source.line(line)[: column - 1]
    if indent.strip():
        return Edit(source.span(span.start, span.start), f"{word} ")
    while line > 1 and source.line(line - 1).lstrip().startswith("#"):
        line -= 1
    first = source.line(line)
    indent = first[: len(first) - len(first.lstrip())]
    start = _start(span, line) + len(indent)
    return Edit(source.span(start, start), f"{word}\n{indent}")


def line_after(span: Span, text: str) -> Edit:
    """The edit that puts lines below the line on which something ends."""
    whole = span.source.text
    end = whole.find("\n", span.end)
    end = len(whole) if end < 0 else end
    if whole[end - 1 : end] == "\r":
        end -= 1
    return Edit(span.source.span(end, end), f"\n{text}")


def _start(span: Span, line: int) -> int:
    """Where a line at or above a span begins."""
    start = span.start - (span.begin.column - 1)
    for _ in range(span.begin.line - line):
        start = span.source.text.rfind("\n", 0, start - 1) + 1
    return start
