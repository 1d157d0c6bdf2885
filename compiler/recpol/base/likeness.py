"""Documents to what a JSON Schema can see of them, so that one is known to be good where one like it was.

A schema sees of a text whether it is one of its words, which of its patterns it fits, on which side of its bounds its
length lies, and which other texts of the document are the same. Of two documents that differ in nothing else it finds
both good, or neither. For a table of tenants that is most of what differs.

Invariant: whatever else a document holds (keys, numbers, what is in which order) is in its likeness as it is. A schema
with a keyword about texts that is not known here has no likenesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from recpol.base.typing import Any

Likeness = tuple[Any, ...]

MOST = 20_000
"""So many texts and likenesses are remembered of a schema."""

_KNOWN = frozenset({
    "$comment", "$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const", "contains",
    "default", "dependentRequired", "description", "else", "enum", "examples", "if", "items", "maxItems", "maxLength",
    "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "not", "oneOf", "pattern",
    "prefixItems", "properties", "propertyNames", "required", "then", "title", "type", "uniqueItems",
})  # fmt: skip
"""The keywords of JSON Schema 2020-12 that recpol's schemas have; of these `const`, `enum`, `pattern`, the lengths and
`uniqueItems` are about texts, and none but `const`, `enum` and `uniqueItems` compares parts of documents."""

_NAMED = frozenset({"$defs", "properties"})
"""Keywords whose keys are names, and no keywords."""

_HOLDERS = (dict, list)

_DATA = frozenset({"const", "default", "enum", "examples", "required", "dependentRequired", "type"})
"""Keywords whose value is no schema."""


class Likenesses:
    """What is known of the documents of one schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        keywords = list(_keywords(schema))
        self.usable = {name for name, _ in keywords} <= _KNOWN
        words = {text for name, value in keywords if name in ("const", "enum") for text in _texts(value)}
        words |= {name.partition(".")[2] or name for name in schema.get("$defs", ())}
        self._words = frozenset(word.lower() for word in words)
        self._patterns = [re.compile(value) for name, value in keywords if name == "pattern"]
        self._lengths = sorted({value for name, value in keywords if name in ("minLength", "maxLength")})
        self._seen: dict[str, int] = {}
        self._sights: dict[Any, int] = {}
        self._good: set[Likeness] = set()

    def of(self, document: object) -> Likeness:
        """What the schema can see of a document: of each object and list what it holds in order, the texts and what
        else is plain at once, a 0 for one of its own kind, which comes later."""
        seen: list[Any] = []
        numbers: dict[str, int] = {}
        known = self._seen
        held: list[Any] = [[document]]
        for one in held:
            if isinstance(one, dict):
                seen.append(("{", *one))
                parts = one.values()
            else:
                seen.append(("[", len(one)))
                parts = one
            for part in parts:
                if isinstance(part, str):
                    seen += known.get(part) or self._text(part), numbers.setdefault(part, len(numbers))
                elif isinstance(part, _HOLDERS):
                    seen.append(0)
                    held.append(part)
                else:
                    seen.append((type(part), part))
        return tuple(seen)

    def known(self, likeness: Likeness) -> bool:
        """Whether a document like this one was good."""
        return self.usable and likeness in self._good

    def note(self, likeness: Likeness) -> None:
        """Note that a document like this is good."""
        if len(self._good) >= MOST:
            self._good.clear()
        self._good.add(likeness)

    def _text(self, text: str) -> int:
        """The number, from 1 on, of what the schema sees of a text that is not remembered."""
        if len(self._seen) >= MOST:
            self._seen.clear()
        found = self._seen[text] = self._sights.setdefault(self._sight(text), len(self._sights) + 1)
        return found

    def _sight(self, text: str) -> Any:
        if text.lower() in self._words:
            return text
        fits = tuple(pattern.search(text) is not None for pattern in self._patterns)
        return fits, tuple((len(text) > bound) - (len(text) < bound) for bound in self._lengths)


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """The keywords of a schema and of those within it, with their values."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            for name, value in one.items():
                yield name, value
                if name in _NAMED:
                    waiting += value.values()
                elif name not in _DATA:
                    waiting.append(value)


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
