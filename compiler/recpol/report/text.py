"""Findings as text: `full` for people, with the lines they are about, and `concise`, one line each.

    error: a plain `record` around a conference records only this participant
       --> board.recpol:5:3
      5 |   record { connect conference "board" }
        |   ^^^^^^   ------------------ the conference
      why: StartRecording beside ConnectConf records this one call and ends when its caller leaves
     help: write `record conference` for the whole room, or `record call` for this participant
     rule: conference-scope

Invariant: an underline stands below the characters it means, whatever their width; the text has colours only where they
are asked for, and no other control character than the line break.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from recpol.base.finding import CallStep, Finding
from recpol.base.record import Record, field
from recpol.base.source import Source, Span
from recpol.report.excerpt import Mark, excerpt
from recpol.report.hidden import Range, harmless, hidden_ranges, without_secrets
from recpol.report.limit import MOST, limited

_QUOTED = re.compile("`[^`]+`")
_COLORS = {"error": "1;31", "warning": "1;33", "info": "1;36", "dim": "2", "bold": "1"}


class _Page(Record):
    """What all blocks of one report share."""

    color: bool
    hidden: Mapping[Source, tuple[Range, ...]] = field(repr=False)
    tried: bool = False

    def paint(self, style: str, text: str) -> str:
        """A text in a style, where colours are asked for."""
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self.color and text else text


def full(findings: Sequence[Finding], *, color: bool = False, tried: bool = False, most: int | None = MOST) -> str:
    """Findings, in the order given, each with its lines, underlines and notes; an empty line between two.

    Only of fixes that were `tried` it says which ones are safe. At most `most` of one rule in one file are shown.
    """
    findings = limited(findings, most)
    page = _Page(color, hidden_ranges(findings), tried)
    return "\n".join("".join(f"{line}\n" for line in _block(page, one)) for one in without_secrets(findings))


def concise(findings: Iterable[Finding], *, color: bool = False) -> str:
    """Findings as lines `path:line:column: severity: message [rule]`; lines and columns count from 1."""
    page = _Page(color, {})
    return "".join(
        f"{_place(f.span)}: {page.paint(f.level, f.level)}: {harmless(f.message)}{f' [{f.rule}]' if f.rule else ''}\n"
        for f in without_secrets(findings)
    )


def _place(span: Span) -> str:
    line, column = span.begin
    return f"{harmless(span.source.path)}:{line}:{column}"


def _block(page: _Page, finding: Finding) -> Iterator[str]:
    level = finding.level
    yield page.paint(level, level) + page.paint("bold", f": {harmless(finding.message)}")
    places: dict[Source, list[tuple[Span, Mark]]] = {}
    for span, mark in _marks(finding):
        places.setdefault(span.source, []).append((span, mark))
    width = max(3, *(len(str(span.begin.line)) for marks in places.values() for span, _ in marks))
    arrow = "-->"
    for marks in places.values():
        yield f"{' ' * width}{page.paint('dim', arrow)} {_place(marks[0][0])}"
        yield from _lines(page, marks, width, level)
        arrow = ":::"
    yield from _call(page, finding.call, width)
    fixes = [("fix", title) for title in _fixes(page, finding)]
    for name, said in (("why", finding.why), ("help", finding.help), *fixes, ("rule", finding.rule)):
        if said:
            yield page.paint("dim", f"{name:>{width + 2}}:") + f" {harmless(said)}"


def _fixes(page: _Page, finding: Finding) -> Iterator[str]:
    """The titles of fixes that tell more than the help does: more than words of it, and another thing to write."""
    said = set(_QUOTED.findall(finding.help))
    for fix in finding.fixes:
        quoted = _QUOTED.findall(fix.title)
        if fix.title not in finding.help and not (quoted and said.issuperset(quoted)):
            yield fix.title + (f" ({'safe' if fix.safe else 'unsafe'})" if page.tried else "")


def _call(page: _Page, call: Sequence[CallStep], width: int) -> Iterator[str]:
    """A call that shows the finding, a line for each thing that happens."""
    if not call:
        return
    from recpol.report.marked import marked  # few findings have a call

    before = page.paint("dim", f"{'call':>{width + 2}}:")
    for line in marked(call):
        yield f"{before} {line}"
        before = " " * (width + 3)


def _marks(finding: Finding) -> Iterator[tuple[Span, Mark]]:
    """The underlines of a finding, its own first, each with the span it stands for."""
    said = [(finding.span, "^", finding.label), *((note.span, "-", note.text) for note in finding.notes)]
    for span, sign, text in said:
        column = span.begin.column - 1
        inside, _, below = span.text.partition("\n")
        yield span, Mark(column, column + len(inside.rstrip()), sign, harmless(text), open=bool(below.strip()))


def _lines(page: _Page, marks: list[tuple[Span, Mark]], width: int, level: str) -> Iterator[str]:
    """The lines of one source that the marks are on, each with its underlines below it."""
    source = marks[0][0].source
    if not source.text.strip():
        return
    rows: dict[int, list[Mark]] = {}
    starts: dict[int, int] = {}
    for span, mark in marks:
        line, column = span.begin
        rows.setdefault(line, []).append(mark)
        starts[line] = span.start - column + 1
    bar = page.paint("dim", "|")
    before = None
    for line in sorted(rows):
        if before is not None and line > before + 1:
            yield page.paint("dim", f"{'...':>{width}}")
        before = line
        text = source.line(line)
        hidden = _within(page.hidden.get(source, ()), starts[line], len(text))
        for shown, underlines in excerpt(text, rows[line], hidden):
            yield f"{page.paint('dim', f'{line:>{width}}')} {bar} {shown}".rstrip()
            for row in underlines:
                yield f"{' ' * width} {bar} {page.paint(level, row) if '^' in row else row}"


def _within(ranges: Sequence[Range], start: int, length: int) -> list[Range]:
    """The parts of ranges in a source, in order, that are in one line of it, counted from the line's start."""
    end = start + length
    first, last = bisect_right(ranges, start, key=lambda one: one[1]), bisect_left(ranges, end, key=lambda one: one[0])
    return [(max(a, start) - start, min(b, end) - start) for a, b in ranges[first:last]]
