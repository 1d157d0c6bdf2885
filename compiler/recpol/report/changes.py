"""Two versions of a text as a unified diff to read.

Invariant: what a report hides is hidden here too, on the old side and on the new one; so a diff is for eyes, and not
always for `patch`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recpol.base.finding import Finding
from recpol.base.secrets import with_dots
from recpol.base.source import Source
from recpol.report.hidden import harmless, hidden_ranges

_COLORS = {"+": "32", "-": "31", "@": "36"}


def changes(
    before: Source, after: Source, findings: Iterable[Finding] = (), *, color: bool = False, exact: bool = False
) -> str:
    """A text and its next version to the lines that differ, with three around them; empty where nothing does.

    `findings` are those of both versions: they know where secrets are. An `exact` diff has every other character as it
    is, ends of lines too, so that a program can read it; else none of its characters can steer a terminal.
    """
    if before.text == after.text:
        return ""
    from difflib import unified_diff

    known = list(findings)
    lines = unified_diff(
        list(_lines(before, known, exact=exact)),
        list(_lines(after, known, exact=exact)),
        harmless(before.path),
        harmless(after.path),
        lineterm="",
    )
    return "".join(f"{_painted(line) if color else line}\n" for line in lines)


def _lines(source: Source, findings: Iterable[Finding], *, exact: bool) -> Iterator[str]:
    """The lines of a source as they may be shown; the last one says so if it has no line break."""
    hidden = hidden_ranges([*findings, Finding("", source.whole())])[source]
    *lines, last = with_dots(source.text, hidden).split("\n")
    yield from (line if exact else harmless(line.removesuffix("\r")) for line in lines)
    if last:
        yield (last if exact else harmless(last)) + "\n\\ No newline at end of file"


def _painted(line: str) -> str:
    style = _COLORS.get(line[:1])
    return f"\x1b[{style}m{line}\x1b[0m" if style and not line.startswith(("+++", "---")) else line
