"""A reply that stands inside a JSON string, as in the `ice` of a custom callout, to a tree with places in the file.

Invariant: every span of the tree lies inside the string's.
"""

from __future__ import annotations

from recpol.base.finding import Finding
from recpol.base.jsonread import read_json
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import replace
from recpol.base.source import Source, Span
from recpol.svaml.capitals import recased


def read_inline(outer: JsonScalar) -> JsonNode | Finding | None:
    """The JSON inside a string, or why it is none; None where the string holds no JSON, such as a URL."""
    if outer.kind != "string" or not outer.text.lstrip().startswith("{"):
        return None
    source = Source(outer.span.source.path, outer.text)
    inner = read_json(source)
    if isinstance(inner, Finding):
        notes = tuple(replace(note, span=_moved(note.span, outer)) for note in inner.notes)
        return replace(inner, span=_moved(inner.span, outer), notes=notes, fixes=())
    return _relocated(recased(inner), outer)


def _at(offset: int, outer: JsonScalar) -> int:
    return outer.offsets[offset] if outer.offsets else outer.span.start + 1 + offset


def _moved(span: Span, outer: JsonScalar) -> Span:
    return outer.span.source.span(_at(span.start, outer), _at(span.end, outer))


def _relocated(node: JsonNode, outer: JsonScalar) -> JsonNode:
    """The same tree with its places in the outer text; as deep as the reader lets a tree be."""
    match node:
        case JsonScalar(kind="string"):
            return _string(node, outer)
        case JsonScalar():
            return replace(node, span=_moved(node.span, outer))
        case Array():
            return Array(tuple(_relocated(item, outer) for item in node.items), _moved(node.span, outer))
        case Object():
            members = tuple(Member(_string(m.key, outer), _relocated(m.value, outer)) for m in node.members)
            return Object(members, _moved(node.span, outer))


def _string(node: JsonScalar, outer: JsonScalar) -> JsonScalar:
    start = node.span.start + 1
    inner = node.offsets or tuple(range(start, start + len(node.text) + 1))
    return replace(node, span=_moved(node.span, outer), offsets=tuple(_at(offset, outer) for offset in inner))
