"""Slips with numbers: blanks in telephone numbers, durations without their unit or with a whole word for it."""

from __future__ import annotations

import re

from recpol.base.finding import Finding
from recpol.rules.edits import write
from recpol.rules.policy.following import UNITS
from recpol.rules.policy.slips.place import FAR, Around


def number(at: Around) -> Finding | None:
    """A telephone number with blanks or signs between its digits."""
    if not re.match(r"[\d(.\-/]", at.after):
        return None
    begun = re.search(r"(?:\+?\d[\d \t().\-/]*)?\Z", at.line)
    if begun is None or not re.search(r"\b(?:pstn|cli)[ \t]+\Z", at.line[: begun.start()]):
        return None
    begin = begun.start() - len(at.line)
    whole = re.match(r"[(]?\+?[\d \t().\-/]*\d", at.source.text[at.start + begin : at.start + FAR])
    if whole is None:
        return None
    number = re.sub(r"\(0\)|[^\d+]", "", whole[0])
    span = at.span(begin, begin + whole.end())
    if number.startswith("+"):
        return Finding(
            "a number is written without blanks or signs in it",
            span,
            help=f"write `{number}`",
            fixes=write(span, number),
        )
    help_ = "write `+`, the country code and the number in one"
    return Finding("a number is written without blanks or signs in it", span, help=help_)


def duration(at: Around) -> Finding | None:
    """A duration without its unit, or with the unit as a word."""
    behind = re.search(r"(\d+)[ \t]+\Z", at.line)
    kept = _retention(at)
    if kept is not None:
        return kept
    if behind is not None and at.got.lower() in UNITS and not re.search(r"\bpstn[ \t]+\Z", at.line[: behind.start()]):
        begin, number, unit = behind.start() - len(at.line), behind[1], UNITS[at.got.lower()]
        end = len(at.got)
    elif at.got.isdigit() and "QUANTITY" in at.problem.expected:
        word = re.match(r"\d+[ \t]*([A-Za-z]+)?", at.after)
        known = word is not None and word[1] is not None and word[1].lower() in UNITS
        begin, number, unit = 0, at.got, UNITS[word[1].lower()] if known and word is not None else _unit_of(at.got)
        end = word.end() if known and word is not None else len(at.got)
    else:
        return None
    span = at.span(begin, end)
    written = f"{number}{unit}"
    message = "a duration without its unit" if span.text.isdigit() else "a duration is a number with its unit in one"
    return Finding(message, span, help=f"write `{written}`", fixes=write(span, written))


_RETENTION = re.compile(r"(\d+)(?:[ \t]*-?[ \t]*([A-Za-z]+))?")
_KEPT = {"d": "d day days tag tage", "w": "w week weeks woche wochen", "y": "y year years yr yrs jahr jahre"}


def _retention(at: Around) -> Finding | None:
    """`keep 3 years`: how long a recording is kept has a unit of its own, in one with its number."""
    begun = re.search(r"\bkeep[ \t]+(?:\d+[dwy][ \t]+to[ \t]+)?(\d+[ \t]+)?\Z", at.line)
    found = None if begun is None else _RETENTION.match((begun[1] or "") + at.after)
    if begun is None or found is None:
        return None
    begin = -len(begun[1] or "")
    span = at.span(begin, begin + found.end())
    unit = next((one for one, words in _KEPT.items() if (found[2] or "").lower() in words.split()), None)
    message = "how long to keep is a number with its unit in one"
    if unit is None:
        return Finding(message, span, help="write days, weeks or years, such as `30d`, `6w` or `5y`")
    written = f"{found[1]}{unit}"
    return Finding(message, span, help=f"write `{written}`", fixes=write(span, written))


def _unit_of(number: str) -> str:
    """The unit that is most likely meant where none is written: what comes in thousands are milliseconds."""
    return "ms" if len(number) > 3 else "s"
