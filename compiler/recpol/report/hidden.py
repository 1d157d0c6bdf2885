"""What a report must not show, and characters that must not reach a terminal.

A source line is printed to help its author, but reports end up in the logs of build machines. So a credential is not
shown, whichever finding is about its line; neither is the password of a URL.

Invariant: no character of a hidden range is ever printed, and `harmless` text cannot steer a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recpol.base.finding import Finding
from recpol.base.source import Source

Range = tuple[int, int]
"""Characters `start` up to, not including, `end` of a source."""

DOTS = "......"
"""What stands for a hidden range, however long it is."""

# The text after `credentials` in a policy or in JSON, closed or not, and the user part of a URL that holds a password.
_CREDENTIALS = re.compile(r'\bcredentials(?:\s+|"\s*:\s*)"((?:[^"\\\n]|\\.)*)', re.IGNORECASE)
# The same in a reply that stands inside a string of JSON.
_INNER = re.compile(r'\bcredentials\\+"\s*:\s*\\+"([^"\\\n]+)', re.IGNORECASE)
# What stands there without quotes, by mistake, and holds signs that no name has.
_BARE = re.compile(r"\bcredentials[ \t]+(?:env[ \t]+)?([^\s\"{}#]*[:/+=][^\s{}#]*)", re.IGNORECASE)
_NAMED_LATER = re.compile(r"\s*\{\{\s*(?:env|var|call)\.[\w.-]+\s*\}\}\s*\Z")
_USER = re.compile(r'://([^\s"/@{}]+)@')


def hidden_ranges(findings: Iterable[Finding]) -> dict[Source, tuple[Range, ...]]:
    """The ranges that must not be shown of each source that the findings or their notes are about, in order."""
    ranges: dict[Source, set[Range]] = {}
    for finding in findings:
        for span in (finding.span, *(note.span for note in finding.notes)):
            if span.source not in ranges:
                ranges[span.source] = set(_by_form(span.source.text))
        if finding.secret and finding.span.text:
            ranges[finding.span.source].add(_inside_quotes(finding.span.start, finding.span.text))
    return {source: _joined(found) for source, found in ranges.items()}


def _by_form(text: str) -> Iterator[Range]:
    """The ranges that look like secrets, whether a rule says so or not: rules can be switched off."""
    for pattern in (_CREDENTIALS, _INNER):
        for found in pattern.finditer(text):
            if found[1] and not _NAMED_LATER.match(found[1]):
                yield found.span(1)
    for found in _BARE.finditer(text):
        yield found.span(1)
    for found in _USER.finditer(text):
        if ":" in found[1]:
            yield found.span(1)


def _inside_quotes(start: int, text: str) -> Range:
    """A range without the double quotes around it, so that one still sees that a string is meant."""
    opened = text.startswith('"')
    closed = opened and len(text) > 2 and text.endswith('"')
    return (start + (opened and len(text) > 1), start + len(text) - closed)


def _joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Ranges in order, those that meet made one."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


_JOINERS = "\u200c\u200d"
"""Format characters that many scripts need between letters; by themselves they do nothing."""


def harmless(text: str) -> str:
    r"""A text with its control, bidirectional and other invisible characters written out as `\u{…}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(shown(char)[0] for char in text)


def cells(text: str) -> int:
    """How many cells of a terminal a harmless text fills."""
    return len(text) if text.isascii() else sum(shown(char)[1] for char in text)


def shown(char: str) -> tuple[str, int]:
    """What is printed for a character, and how many cells of a terminal that fills."""
    if " " <= char <= "~":
        return char, 1
    from unicodedata import category, east_asian_width

    kind = category(char)
    if kind in ("Mn", "Me") or char in _JOINERS:
        return char, 0
    if kind in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        written = f"\\u{{{ord(char):x}}}"
        return written, len(written)
    return char, 2 if east_asian_width(char) in ("W", "F") else 1
