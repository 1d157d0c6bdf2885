"""The platform's notation for prompts, `#tts[…];#ssml[…];#href[…];id`, to its parts.

There is no documented escape (Callback API page), so a bracket closes where `]` stands before a `;` or at the end.

Invariant: total; every character of the text is in a part, a separator, or a part that is not closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recpol.base.jsontree import JsonScalar
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import Literal
from recpol.svaml.values import span_of, text_of
from recpol.syntax import tree

PromptKind = Literal["tts", "ssml", "href", "file"]

_OPEN = re.compile(r"#(tts|ssml|href)\[", re.IGNORECASE)
_CLOSE = re.compile(r"\](?=\s*(?:;|\Z))")
_KINDS: dict[str, PromptKind] = {"tts": "tts", "ssml": "ssml", "href": "href"}


class WrittenPart(Record):
    """One part of a prompt; `closed` is false where its bracket has no end."""

    kind: PromptKind
    text: tree.Text
    span: Span
    closed: bool = True


def parts_of(value: JsonScalar) -> Iterator[WrittenPart]:
    """The parts of a prompt."""
    text, at = value.text, 0
    while at < len(text):
        if text[at] in "; \t\r\n":
            at += 1
            continue
        opened = _OPEN.match(text, at)
        if opened is None:
            end = text.find(";", at)
            end = len(text) if end < 0 else end
            stop = at + len(text[at:end].rstrip())
            part = text_of(value, at, stop)
            yield WrittenPart("file", part, part.span)
        else:
            close = _CLOSE.search(text, opened.end())
            inner = len(text) if close is None else close.start()
            end = len(text) if close is None else close.end()
            kind = _KINDS[opened[1].lower()]
            yield WrittenPart(kind, text_of(value, opened.end(), inner), span_of(value, at, end), close is not None)
        at = end


def prompt_of(value: JsonScalar, written: Iterable[WrittenPart]) -> tree.Prompt:
    """A prompt of these parts as the tree has it; parts that are not closed are left out."""
    parts: list[tree.PromptPart] = []
    for part in written:
        if part.closed and part.kind in ("tts", "ssml"):
            parts.append(tree.Spoken(part.text, part.kind == "ssml", None, part.span))
        elif part.closed:
            parts.append(tree.Played(part.text, None, part.span))
    return tree.Prompt(tuple(parts), value.inside)
