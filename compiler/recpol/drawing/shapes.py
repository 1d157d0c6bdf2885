"""The pieces of an SVG picture: texts that fit, marks, and the frame with its title and description.

Invariant: every text of an author is escaped; no picture refers to anything outside of itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from recpol.base.typing import Literal

Shade = Literal["recorded", "not-recorded", "depends", "silent"]
"""How something stands to recording; `depends`: a phase of it stands otherwise."""

WORDS: dict[Shade, str] = {
    "recorded": "recorded", "not-recorded": "not recorded", "depends": "recorded in part", "silent": "nothing is heard",
}  # fmt: skip

INK, SOFT, PAPER, TAPE = "#1b1b1b", "#5c5c5c", "#ffffff", "#a3200d"
FONT = "font-family:'DejaVu Sans',Arial,Helvetica,sans-serif"


_NARROW, _BROAD = frozenset(" .,:;!|'`()[]/\\-fijlrtI"), frozenset("mwMW@%—…→↺")


_NAMED = re.compile("`([^`]*)`")

BOLDER = 1.12
"""How much wider bold letters are."""


def width(text: str, size: float) -> float:
    """About how wide a text is: a picture is laid out without fonts, so this is on the safe side of DejaVu Sans."""
    return sum(map(_units, text)) * size


def _units(char: str) -> float:
    if char in _NARROW:
        return 0.41
    if char in _BROAD:
        return 1.0
    if char.isascii():
        return 0.7 if char.isupper() else 0.63
    return {"W": 1.0, "F": 1.0}.get(unicodedata.east_asian_width(char), 0.75)


def fitted(text: str, size: float, room: float) -> str:
    """A text that is cut where it does not fit."""
    if width(text, size) <= room:
        return text
    kept = text
    while kept and width(f"{kept}…", size) > room:
        kept = kept[: max(0, min(len(kept) - 1, int(len(kept) * room / width(f"{kept}…", size))))]
    return f"{kept.rstrip()}…"


def wrapped(text: str, size: float, room: float, most: int) -> list[str]:
    """A text in lines that fit, `most` at most; the last one is cut where there is more."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        if len(lines) == most - 1:
            lines.append(fitted(" ".join((line, *words)), size, room))
            break
        while words and width(f"{line} {words[0]}", size) <= room:
            line = f"{line} {words.pop(0)}"
        lines.append(fitted(line, size, room))
    return lines


def number(value: float) -> str:
    """A length as it is written: whole where it is whole."""
    return f"{value:.1f}".removesuffix(".0")


def label(
    at: tuple[float, float], text: str, size: float = 12, *, bold: bool = False, soft: bool = False, end: bool = False
) -> str:
    """A text at the left end of its base line, or with `end` at the right one; names lose their backquotes."""
    x, y = at
    text = _NAMED.sub(r"\1", text)
    style = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    ink = SOFT if soft else INK
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" fill="{ink}"{style}>'
        f"{escape(text, quote=False)}</text>"
    )


def box(x: float, y: float, w: float, h: float, *, dashed: bool = False, thick: bool = False, ink: str = INK) -> str:
    """A rectangle with a border."""
    dash = (' stroke-dasharray="5 3"' if dashed else "") + (' stroke-width="3"' if thick else "")
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" rx="3" '
        f'fill="{PAPER}" stroke="{ink}"{dash}/>'
    )


def mark(x: float, y: float, shade: Shade) -> str:
    """A disc: full where something is recorded, empty where not, half full where it depends; a dash for silence."""
    circle = f'<circle cx="{number(x)}" cy="{number(y)}" r="5" '
    match shade:
        case "recorded":
            return f'{circle}fill="{TAPE}" stroke="{TAPE}"/>'
        case "not-recorded":
            return f'{circle}fill="{PAPER}" stroke="{INK}"/>'
        case "depends":
            half = f'<path d="M {number(x)} {number(y - 5)} a 5 5 0 0 0 0 10 z" fill="{TAPE}"/>'
            return f'{circle}fill="{PAPER}" stroke="{TAPE}"/>{half}'
        case "silent":
            return f'<path d="M {number(x - 4)} {number(y)} h 8" stroke="{SOFT}"/>'


def legend(x: float, y: float) -> list[str]:
    """What the marks mean, on one line."""
    parts: list[str] = []
    for shade in ("recorded", "not-recorded", "depends", "silent"):
        said = WORDS[shade]
        parts += [mark(x + 6, y - 4, shade), label((x + 17, y), said, 11, soft=True)]
        x += 36 + width(said, 11)
    return parts


def picture(name: str, size: tuple[float, float], title: str, desc: str, parts: Sequence[str]) -> str:
    """A whole picture; `name` makes its ids other than those of pictures on the same page."""
    w, h = (number(float(round(length))) for length in size)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        f'aria-labelledby="{escape(name)}-title {escape(name)}-desc" style="{FONT}">\n'
        f'<title id="{escape(name)}-title">{escape(title, quote=False)}</title>\n'
        f'<desc id="{escape(name)}-desc">{escape(desc, quote=False)}</desc>\n'
        f'<rect width="{w}" height="{h}" fill="{PAPER}"/>\n{body}\n</svg>\n'
    )
