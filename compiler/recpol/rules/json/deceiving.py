"""Rules about texts that read otherwise than they are, where they look at documents as these are written."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.deceiving import TURNS, WHY_MIXED, WHY_TURNED, mixed_words, turned
from recpol.base.finding import Edit, Finding, Fix
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object
from recpol.base.record import Record
from recpol.rules.policy import deceiving
from recpol.svaml.document import Document


class _Written(Record):
    """A key or a string as it is written; `heard` where it is a text that somebody hears."""

    scalar: JsonScalar
    heard: bool


_HEARD = ("text",)
"""Properties that are spoken."""

_PROMPTS = ("#tts[", "#ssml[")
"""Prompts that are spoken begin so."""


def _texts(document: Document) -> Iterator[_Written]:
    """The keys and strings of a document; of a string that holds a reply, those of the reply."""
    if document.tree is None or document.source.text.isascii():
        return
    inline = [reply.object for reply in document.replies if reply.inline]
    waiting: list[tuple[JsonNode, bool]] = [(node, False) for node in (*reversed(inline), document.tree)]
    while waiting:
        node, heard = waiting.pop()
        match node:
            case Object():
                yield from (_Written(member.key, False) for member in node.members)
                waiting += [(member.value, member.name in _HEARD) for member in reversed(node.members)]
            case Array():
                waiting += [(item, heard) for item in reversed(node.items)]
            case JsonScalar():
                if node.kind == "string" and not (inline and node.text.lstrip().startswith("{")):
                    yield _Written(node, heard or node.text.startswith(_PROMPTS))


def _turned(document: Document) -> Iterator[Finding]:
    for text in _texts(document):
        span = text.scalar.span
        found = list(TURNS.finditer(span.text))
        if found:
            places = [span.source.span(span.start + one.start(), span.start + one.end()) for one in found]
            edits = tuple(Edit(place, f"\\u{ord(place.text):04x}") for place in places)
            yield Finding(
                turned(found[0][0]),
                places[0],
                why=WHY_TURNED,
                help=f"write `{edits[0].text}`, or delete it",
                severity="warning" if text.heard else "error",
                fixes=(Fix(f"write {'it' if len(found) == 1 else 'them'} as `\\u…`", edits, safe=True),),
            )


def _mixed(document: Document) -> Iterator[Finding]:
    for text in _texts(document):
        span = text.scalar.span
        word = next(mixed_words(span.text), None) if not text.heard else None
        if word is not None:
            place = span.source.span(span.start + word.start, span.start + word.end)
            yield Finding(word.message, place, why=WHY_MIXED, help="write the word in one alphabet")


bidirectional_control = deceiving.bidirectional_control.in_documents(document=_turned)
mixed_scripts = deceiving.mixed_scripts.in_documents(document=_mixed)
