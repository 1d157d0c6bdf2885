"""What a report must not show, and characters that must not reach a terminal.

A source line is printed to help its author, but reports end up in the logs of build machines. So a credential is not
shown, whichever finding is about its line; neither is the password of a URL.

Invariant: no character of a hidden range is ever printed, and `harmless` text cannot steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.base.finding import CallStep, Edit, Finding, Fix
from recpol.base.record import replace
from recpol.base.secrets import DOTS, Range, by_column, joined, masked, secret_ranges
from recpol.base.source import Source
from recpol.report.shortened import shortened

__all__ = ["DOTS", "Range", "cells", "harmless", "hidden_ranges", "shown", "without_secrets"]


def hidden_ranges(findings: Iterable[Finding]) -> dict[Source, tuple[Range, ...]]:
    """The ranges that must not be shown of each source that the findings, their notes or fixes are about, in order."""
    ranges: dict[Source, set[Range]] = {}
    for finding in findings:
        for source in _sources(finding):
            if source not in ranges:
                ranges[source] = set(secret_ranges(source.text))
                ranges[source].update(by_column(source.text) if source.path.endswith(".csv") else ())
        if finding.secret and finding.span.text:
            ranges[finding.span.source].add(_inside_quotes(finding.span.start, finding.span.text))
    return {source: joined(found) for source, found in ranges.items()}


def _sources(finding: Finding) -> Iterator[Source]:
    yield finding.span.source
    yield from (note.span.source for note in finding.notes)
    yield from (edit.span.source for fix in finding.fixes for edit in fix.edits)
    yield from (step.span.source for step in finding.call if step.span is not None)


def without_secrets(findings: Iterable[Finding]) -> list[Finding]:
    """Findings whose words hold nothing that is hidden in the texts that they are about.

    A fix that would write a secret keeps its title and loses its edits: it can be carried out, and not be shown.
    """
    known = list(findings)
    words = _Words(hidden_ranges(known))
    return [words.clean(finding) for finding in known]


SHORTEST = 6
"""A hidden text with fewer characters may be any word, so that it is not looked for in messages."""


class _Words:
    """The hidden texts of a run, to be found in messages: each by the characters that it begins with."""

    def __init__(self, ranges: Mapping[Source, tuple[Range, ...]]) -> None:
        self.by_start: dict[str, list[str]] = {}
        self.masked: dict[str, str] = {}
        for source, found in ranges.items():
            for start, end in found:
                text = source.text[start:end].strip()
                for part in {text, *_parts(text)}:
                    if len(part) >= SHORTEST and not _is_word(part):
                        self.by_start.setdefault(part[:SHORTEST], []).append(part)
        for same in self.by_start.values():
            same.sort(key=len, reverse=True)

    def mask(self, text: str) -> str:
        """A text with every hidden one in it as dots, and what looks like a secret by itself; long ones are shortened.

        The reasons of a run are few, and each is told with many findings: a text is looked at once.
        """
        known = self.masked.get(text)
        if known is None:
            known = self.masked[text] = shortened(self._mask(text))
        return known

    def _mask(self, text: str) -> str:
        if self.by_start:
            kept: list[str] = []
            at = 0
            while at < len(text):
                same = self.by_start.get(text[at : at + SHORTEST], ())
                found = next((one for one in same if text.startswith(one, at)), None)
                kept.append(text[at] if found is None else DOTS)
                at += 1 if found is None else len(found)
            text = "".join(kept)
        return masked(text)

    def clean(self, finding: Finding) -> Finding:
        """A finding in words that may be shown."""
        return replace(
            finding,
            message=self.mask(finding.message),
            label=self.mask(finding.label),
            why=self.mask(finding.why),
            help=self.mask(finding.help),
            about=self.mask(finding.about),
            notes=tuple(replace(note, text=self.mask(note.text)) for note in finding.notes),
            call=tuple(self._step(step) for step in finding.call),
            fixes=tuple(self._fix(fix) for fix in finding.fixes),
        )

    def _step(self, step: CallStep) -> CallStep:
        return replace(step, text=self.mask(step.text), recorded=step.recorded and self.mask(step.recorded))

    def _fix(self, fix: Fix) -> Fix:
        shows = any(self._mask(edit.text) != edit.text for edit in fix.edits)
        edits: tuple[Edit, ...] = () if shows else fix.edits
        return replace(fix, title=self.mask(fix.title), edits=edits)


def _is_word(part: str) -> bool:
    """Whether a part of a secret may as well be any word, such as the name of a region."""
    return part.isalpha() and (part.islower() or part.isupper() or part.istitle())


def _parts(text: str) -> list[str]:
    """A secret to the parts that a message may name by themselves."""
    for sign in ":@,;&/ \t\"'[]{}":
        text = text.replace(sign, "\n")
    return text.split("\n")


def _inside_quotes(start: int, text: str) -> Range:
    """A range without the double quotes around it, so that one still sees that a string is meant."""
    opened = text.startswith('"')
    closed = opened and len(text) > 2 and text.endswith('"')
    return (start + (opened and len(text) > 1), start + len(text) - closed)


_JOINERS = "\u200c\u200d"
"""Format characters that many scripts need between letters; by themselves they do nothing."""


def harmless(text: str) -> str:
    r"""A text with its control, bidirectional and other invisible characters written out as `\u{…}`.

    What looks like a secret is dots.
    """
    text = masked(text)
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
