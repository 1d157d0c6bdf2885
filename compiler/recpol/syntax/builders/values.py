"""Makers of words, strings, numbers and selectors."""

from __future__ import annotations

import re

from recpol.base.pattern import pattern
from recpol.base.placeholder import split
from recpol.base.source import Span
from recpol.syntax import tree
from recpol.syntax.builders.shared import Children, Except, ScopeWord, To, tags
from recpol.syntax.moves import Leaf, Maker, WordMaker

_ESCAPE = pattern(r'\\(?:(["\\n])|u\{([0-9A-Fa-f]{1,6})\}|(u\{[^}]*\}?|.?))', re.DOTALL)
_PLAIN = {'"': '"', "\\": "\\", "n": "\n"}


def text(written: str, span: Span) -> tree.Text:
    inner = written[1:-1] if len(written) > 1 and written.endswith('"') else written[1:]
    if "\\" not in inner:
        return tree.Text(inner, split(inner), span)
    value: list[str] = []
    offsets: list[int] = []
    bad: list[tree.BadEscape] = []
    at, base = 0, span.start + 1
    for found in _ESCAPE.finditer(inner):
        value.append(inner[at : found.start()])
        offsets.extend(range(base + at, base + found.start()))
        code = int(found.group(2), 16) if found.group(2) else -1
        if found.group(1):
            value.append(_PLAIN[found.group(1)])
        elif 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            value.append(chr(code))
        else:
            shown = found.group()
            bad.append(tree.BadEscape(shown, span.source.span(base + found.start(), base + found.end())))
            value.append("\N{REPLACEMENT CHARACTER}")
        offsets.append(base + found.start())
        at = found.end()
    value.append(inner[at:])
    offsets.extend(range(base + at, base + len(inner) + 1))
    whole = "".join(value)
    return tree.Text(whole, split(whole), span, tuple(bad), tuple(offsets))


def locale_value(written: str, span: Span) -> tree.Locale:
    if written.startswith('"') and "{{" in written:
        return text(written, span)
    return tree.Word(written.strip('"') if written.startswith('"') else written, span)


def duration(written: str, span: Span) -> tree.Duration:
    digits = len(written) - len(written.lstrip("0123456789"))
    cut = span.start + digits
    return tree.Duration(tree.Number(written[:digits], span.source.span(span.start, cut)), written[digits:], span)


def star(written: str, span: Span) -> tree.Word:
    return tree.Word("*", span)


def broken(written: str, span: Span) -> tree.Broken:
    return tree.Broken(span)


def to(children: Children, span: Span) -> tree.Word:
    return To(children[0].text, children[0].span)


def select_all(written: str, span: Span) -> tree.Selector:
    return tree.Selector((), span)


def select(children: Children, span: Span) -> tree.Selector:
    items = tuple(tags([child])[0] if isinstance(child, Leaf) else child for child in children)
    return tree.Selector(items, span)


def except_(children: Children, span: Span) -> tree.Selector:
    return Except(children[0].items, children[0].span)


def selection(children: Children, span: Span) -> tree.Selection:
    taken = children[1] if len(children) > 1 else None
    return tree.Selection(children[0], taken and tree.Selector(taken.items, taken.span), span)


def because(children: Children, span: Span) -> tree.Because:
    return tree.Because(children[0], span)


_ALL: tuple[Maker, ...] = (
    to,
    select,
    except_,
    selection,
    because,
)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
}

WORDS: dict[str, WordMaker] = {
    **{make.__name__: make for make in (text, duration, star, broken, select_all)},
    **dict.fromkeys(("locale_value", "voice_value", "region_value"), locale_value),
    **dict.fromkeys(("word", "goal_word", "label_word", "env_name", "locale_word", "plain_word", "side"), tree.Word),
    "scope": ScopeWord,
    "phone": tree.Phone,
    "number": tree.Number,
}
