"""Makers of words, strings, numbers and selectors."""

from __future__ import annotations

import re

from recpol.base.pattern import pattern
from recpol.base.placeholder import split
from recpol.base.source import Span
from recpol.syntax import tree
from recpol.syntax.builders.shared import Children, Except, ScopeWord, To, tags
from recpol.syntax.parser import Leaf, Maker

_ESCAPE = pattern(r'\\(?:(["\\n])|u\{([0-9A-Fa-f]{1,6})\}|(u\{[^}]*\}?|.?))', re.DOTALL)
_PLAIN = {'"': '"', "\\": "\\", "n": "\n"}


def text(children: Children, span: Span) -> tree.Text:
    written = span.text
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


def word(children: Children, span: Span) -> tree.Word:
    return tree.Word(span.text, span)


def locale_value(children: Children, span: Span) -> tree.Locale:
    written = span.text
    if written.startswith('"') and "{{" in written:
        return text(children, span)
    return tree.Word(written.strip('"') if written.startswith('"') else written, span)


def phone(children: Children, span: Span) -> tree.Phone:
    return tree.Phone(span.text, span)


def number(children: Children, span: Span) -> tree.Number:
    return tree.Number(span.text, span)


def duration(children: Children, span: Span) -> tree.Duration:
    written = span.text
    digits = len(written) - len(written.lstrip("0123456789"))
    cut = span.start + digits
    return tree.Duration(tree.Number(written[:digits], span.source.span(span.start, cut)), written[digits:], span)


def star(children: Children, span: Span) -> tree.Word:
    return tree.Word("*", span)


def broken(children: Children, span: Span) -> tree.Broken:
    return tree.Broken(span)


def scope(children: Children, span: Span) -> tree.Word:
    return ScopeWord(span.text, span)


def to(children: Children, span: Span) -> tree.Word:
    return To(children[0].text, children[0].span)


def select_all(children: Children, span: Span) -> tree.Selector:
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
    text,
    word,
    locale_value,
    phone,
    number,
    duration,
    star,
    broken,
    scope,
    to,
    select_all,
    select,
    except_,
    selection,
    because,
)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
    **dict.fromkeys(("goal_word", "label_word", "env_name", "locale_word", "plain_word", "side"), word),
    **dict.fromkeys(("voice_value", "region_value"), locale_value),
}
