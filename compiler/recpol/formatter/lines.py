"""Layout to text: the lines, with comments beside and between them.

Comments at the ends of neighbouring lines of one depth stand in one column, two blanks after the longest of these
lines, unless that would push one of them past the width that lines have.

Invariant: the words of tokens and comments are written as they were read, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.record import Record
from recpol.formatter.layout import WIDTH, Layout
from recpol.formatter.written import WrittenText

_BLANKS = "  "
"""What stands before a comment at the end of a line, at least."""


class _Line(Record, frozen=False):
    """A line: its indented text, and the comment at its end; `under` where only such a comment is on it."""

    indent: int
    text: str = ""
    comment: str = ""
    under: bool = False

    @property
    def blank(self) -> bool:
        return not self.text and not self.comment


def write(written: WrittenText, layout: Layout) -> str:
    """The text of a layout: every line ends in a line break; no line, no text."""
    page = _Page(written, layout)
    page.gap(-1)
    for number, token in enumerate(written.tokens):
        page.lines[-1].text += token
        page.gap(number)
    lines = page.lines[:-1]  # after the last token begins a line that nothing stands on
    return "".join(f"{line}\n" for paragraph in _paragraphs(lines) for line in _aligned(paragraph))


class _Page:
    """The lines written so far; the last one is where the next token goes."""

    def __init__(self, written: WrittenText, layout: Layout) -> None:
        self.written, self.layout = written, layout
        self.lines: list[_Line] = []

    def gap(self, gap: int) -> None:
        """Write what stands between two tokens."""
        layout, comments = self.layout, self.written.comments.get(gap, ())
        indent = layout.indent.get(gap)
        if indent is None:
            self.lines[-1].text += " " * layout.blanks[gap]
            return
        beside = layout.inside.get(gap, indent)
        keep = gap in layout.borders
        started = gap not in layout.opening  # blank lines count from here on
        wanted = gap in layout.apart
        allowed = False  # a suppression that stands alone speaks for the line below it, even if that is blank
        for comment in comments:
            if comment.ends:
                self.lines[-1].comment = comment.text
                continue
            if comment.under:
                self.lines.append(_Line(self.lines[-1].indent, comment=comment.text, under=True))
            else:
                self.begin(beside, blank=wanted or (comment.apart and ((keep and started) or allowed)))
                self.lines[-1].text = comment.text
                wanted = False
            started, allowed = True, comment.allows
        last = gap == len(self.written.tokens) - 1
        separate = wanted or (
            gap in self.written.apart and (allowed or (keep and started and gap not in layout.closing))
        )
        self.begin(indent, blank=separate and not last)

    def begin(self, indent: int, *, blank: bool) -> None:
        if blank:
            self.lines.append(_Line(0))
        self.lines.append(_Line(indent))


def _paragraphs(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Neighbouring lines of one indent; a blank line is a paragraph of its own."""
    paragraph: list[_Line] = []
    for line in lines:
        if paragraph and (line.blank or paragraph[-1].blank or line.indent != paragraph[-1].indent):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _aligned(lines: list[_Line]) -> Iterator[str]:
    """The lines of a paragraph with the comments in one column."""
    widths = [line.indent + len(line.text) for line in lines if line.comment and not line.under]
    column = max(widths, default=0) + len(_BLANKS)
    long = any(column + len(line.comment) > WIDTH for line in lines if line.comment)
    at = column
    for line in lines:
        text = " " * line.indent + line.text if line.text else ""
        if line.comment and not line.under:
            at = len(text) + len(_BLANKS) if long else column
        yield text.ljust(at) + line.comment if line.comment else text
