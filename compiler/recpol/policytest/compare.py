"""An expected document and the compiled one, to what differs between them.

Invariant: equal documents give nothing and all others something; a credential that a policy spells out is never told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from recpol.base.finding import Finding
from recpol.base.source import Span
from recpol.base.typing import Any
from recpol.policytest.cases import ExpectedReply
from recpol.report.received import presentable

DocumentPath = tuple[str | int, ...]

MOST = 8
"""How many differences of one document are told."""

LONGEST = 60
"""How many characters of a value are told."""

_ABSENT = object()


def compare(reply: ExpectedReply, document: Any) -> Iterator[Finding]:
    """What differs between what is expected of a reply and its document, each difference at its place."""
    for number, (path, expected, got) in enumerate(_differences(reply.expected, document, ())):
        if number == MOST:
            yield Finding(f"`{reply.file}` differs in more places", reply.span)
            return
        where = _where(path)
        said = f"`{reply.file}`: {where} is {_shown(path, got)}"
        yield Finding(said, _place(reply, path), label=f"expected {_shown(path, expected)}")


def _differences(expected: Any, got: Any, path: DocumentPath) -> Iterator[tuple[DocumentPath, Any, Any]]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in dict.fromkeys((*expected, *got)):
            yield from _differences(expected.get(key, _ABSENT), got.get(key, _ABSENT), (*path, key))
    elif isinstance(expected, list) and isinstance(got, list):
        for number in range(max(len(expected), len(got))):
            one = expected[number] if number < len(expected) else _ABSENT
            other = got[number] if number < len(got) else _ABSENT
            yield from _differences(one, other, (*path, number))
    elif isinstance(expected, bool) is not isinstance(got, bool) or expected != got:
        yield path, expected, got


def _where(path: DocumentPath) -> str:
    """A path as a person names it: `action.number`, `instructions[2].text`, counting from 1."""
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if words else part
    return f"`{words}`" if words else "the document"


def _shown(path: DocumentPath, value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    said = json.dumps(presentable({key: value})[key], ensure_ascii=False)
    return f"`{said}`" if len(said) <= LONGEST else f"`{said[:LONGEST]}…`"


def _place(reply: ExpectedReply, path: DocumentPath) -> Span:
    """Where the expectation says it, or the nearest thing around it."""
    while path and path not in reply.places:
        path = path[:-1]
    return reply.places.get(path, reply.span)
