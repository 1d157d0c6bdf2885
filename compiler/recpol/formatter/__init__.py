"""The formatter: the text of a policy to the same policy in the one style.

    text ─ read ─► tree ─ shape_of ─► items ─ lay_out ─► breaks and blanks ─ write ─► text ─ damage ─► text or refusal

`docs/formatter.md` describes the style.

Invariant: what comes out has the tokens and the comments of what went in, in the same order; a comment stands between
the same two tokens, and a suppression on or above a line with the same words. If it did not, nothing comes out.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.source import Source
from recpol.formatter.layout import lay_out
from recpol.formatter.lines import write
from recpol.formatter.same import damage
from recpol.formatter.shape import shape_of
from recpol.formatter.written import written_of
from recpol.syntax.builders import read
from recpol.syntax.parser import SyntaxProblem


class Malformed(Record):
    """The text is not formatted, because parts of it could not be read."""

    problems: tuple[SyntaxProblem, ...]


class Refused(Record):
    """The text is not formatted, because the result would say something else: what (lower case, no full stop)."""

    reason: str


def format_source(source: Source) -> str | Malformed | Refused:
    """A policy or a file of rules to its text in the one style, with the line breaks of the source; or why not."""
    file, parsed = read(source)
    if parsed.problems:
        return Malformed(parsed.problems)
    written = written_of(source, parsed)
    text = write(written, lay_out(shape_of(file, parsed.tokens), written))
    harm = damage(file, written, Source(source.path, text))
    if harm:
        return Refused(harm)
    return text.replace("\n", "\r\n") if _has_crlf(source.text) else text


def _has_crlf(text: str) -> bool:
    """Whether the first line ends as on Windows; the others follow it."""
    first = text.find("\n")
    return first > 0 and text[first - 1] == "\r"
