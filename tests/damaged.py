"""Damaged texts: whatever the project has in policies, documents, settings and tests, with random edits.

A number gives one text, the same everywhere, so that what once failed can be tried again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]

KINDS: dict[str, tuple[str, ...]] = {
    "policy": ("policies/*.recpol", "tests/cases/**/*.recpol"),
    "document": ("tests/cases/json/**/*.json", "tests/golden*/*/*.json"),
    "settings": ("recpol.yaml", "tests/data/**/recpol.yaml", "tests/cases/**/recpol.yaml"),
    "test": ("policies/*.test.yaml", "tests/data/**/*.test.yaml"),
}
"""Each kind of text that recpol reads, and where the project has some."""

PIECES = (
    '{', '}', '"', "'", ':', '->', ',', '@', '#', '\\', "\n", "\t", "\r\n", ' ', '{{ ', ' }}', '{{ env.X }}',
    '{{ call.callid }}', 'policy ', 'rules ', 'use ', 'store ', 'on ice { ', 'on pie otherwise ', 'record ',
    'record conference ', 'except ', 'to ', 'never record ', 'always record ', 'announce ', 'keep recordings in ',
    'menu { ', 'key 1 -> ', 'digits 4 -> ', 'phase ', 'connect pstn ', 'connect conference ', 'park { ', 'say ',
    'play ', 'because ', 'locale ', 'answer ', 'hangup ', 'continue ', '[', ']', 'null', 'true', '-1', '1e400', '0.1',
    '99999999999999999999', '"name"', '"action"', '"instructions"', '"commands"', '"startRecording"', '"record"',
    '"events"', '"onFinish"', '- ', 'tests:', 'vars:', 'targets: [classic]', '&a ', '*a', '!!x ', '|',
    "# allow empty-guarantee: x\n", "\x00", "\x1b[31m", "\x85", "\u202e", "\u200b", "\ufeff", "\U0001f4de", "\xe9",
    "\xdf", "\ud7ff", '::error::x', '##[x]', '../', 's3://', '%2e%2e', '<script>', '=1+1',
)  # fmt: skip
"""What is put into texts: words of all the languages, and characters that steer something somewhere."""


@lru_cache
def texts(kind: str) -> tuple[str, ...]:
    """The project's texts of a kind, in a fixed order."""
    found = sorted({path for pattern in KINDS[kind] for path in ROOT.glob(pattern)})
    return tuple(path.read_text("utf-8") for path in found)


def damaged(kind: str, number: int) -> str:
    """The text of a number: one of the project's, with one to eight edits."""
    rng = Random(f"{kind} {number}")
    text = rng.choice(texts(kind))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8))):
        text = rng.choice(_EDITS)(text, rng, kind)[:20_000]
    return text


def _cut(text: str, rng: Random, _: str) -> str:
    start, end = _span(text, rng)
    return text[:start] + text[end:]


def _double(text: str, rng: Random, _: str) -> str:
    start, end = _span(text, rng)
    return text[:end] + text[start:end] * rng.choice((1, 1, 2, 30)) + text[end:]


def _put(text: str, rng: Random, _: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(PIECES) * rng.choice((1, 1, 1, 3, 70)) + text[at:]


def _replace(text: str, rng: Random, _: str) -> str:
    words = list(re.finditer(r"\w+|[^\w\s]", text))
    if not words:
        return text
    one, other = rng.choice(words), rng.choice(words)
    return text[: one.start()] + rng.choice((other[0], rng.choice(PIECES))) + text[one.end() :]


def _swap(text: str, rng: Random, _: str) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return text
    one, other = rng.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def _splice(text: str, rng: Random, kind: str) -> str:
    other = rng.choice(texts(kind))
    start, end = _span(other, rng)
    at = rng.randrange(len(text) + 1)
    return text[:at] + other[start:end] + text[at:]


def _flip(text: str, rng: Random, _: str) -> str:
    if not text:
        return text
    at = rng.randrange(len(text))
    return text[:at] + chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x20, 0x3000)))) + text[at + 1 :]


def _end(text: str, rng: Random, _: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _span(text: str, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(text) + 1)
    return start, min(len(text), start + rng.choice((1, 3, 10, 40, 200)))


_EDITS: tuple[Callable[[str, Random, str], str], ...] = (
    _cut,
    _double,
    _put,
    _put,
    _replace,
    _replace,
    _swap,
    _splice,
    _flip,
    _end,
)
