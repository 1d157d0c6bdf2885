"""Findings to short texts that tell whether two runs found the same thing.

A fingerprint is made of the rule, the file, the line's text without its blanks, what the finding is about where the
line does not say it, and which of several such findings it is: so it stays the same when lines above come or go, or
when the line is indented, and changes when the line does, or the guarantee or the like that the finding is about.

Invariant: two findings of one run have two fingerprints; no character that a report hides goes into one, so that a
secret cannot be guessed and compared.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from recpol.base.finding import Finding, order
from recpol.base.secrets import masked
from recpol.base.source import Source
from recpol.report.hidden import DOTS, Range, hidden_ranges
from recpol.report.run import Run

LENGTH = 32
"""Hexadecimal digits of a fingerprint."""


def fingerprints(findings: Sequence[Finding], called: Callable[[str], str] = str) -> list[str]:
    """The fingerprint of each finding; `called` says what a file is called in it. The order of findings of one rule on
    equal lines decides which is the first of them.
    """
    hidden = hidden_ranges(findings)
    lines: dict[tuple[Source, int], str] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    made: list[str] = []
    for finding in findings:
        source = finding.span.source
        place = (source, finding.span.begin.line)
        if place not in lines:
            lines[place] = line_text(finding, hidden.get(source, ()))
        key = (finding.rule, called(source.path), lines[place], *_elsewhere(finding, lines[place]))
        made.append(_digest(*key, str(seen[key])))
        seen[key] += 1
    return made


def marks(run: Run) -> Mapping[Finding, str]:
    """The fingerprint of every finding of a run; those that are shown keep theirs whatever is suppressed."""
    findings = [*sorted([*run.findings, *run.known], key=order), *(finding for finding, _ in run.suppressed)]
    return dict(zip(findings, fingerprints(findings, run.repository.called), strict=True))


def _elsewhere(finding: Finding, line: str) -> tuple[str, ...]:
    """What a finding is about where its line does not say it, with one blank between words."""
    about = " ".join(masked(finding.about).split())
    return () if about in line else (about,)


def line_text(finding: Finding, hidden: Sequence[Range]) -> str:
    """The line that a finding begins on, with dots for what is hidden and one blank between words."""
    line, column = finding.span.begin
    start = finding.span.start - column + 1
    return " ".join(shown_line(finding.span.source.line(line), start, hidden).split())


def shown_line(text: str, start: int, hidden: Sequence[Range]) -> str:
    """A line that begins at character `start` of its source, with dots in the place of each hidden range."""
    parts: list[str] = []
    at = 0
    for begin, end in hidden[bisect_right(hidden, start, key=lambda part: part[1]) :]:
        if begin >= start + len(text):
            break
        parts += [text[at : max(begin - start, 0)], DOTS]
        at = min(end - start, len(text))
    return "".join([*parts, text[at:]])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]
