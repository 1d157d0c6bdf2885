"""Every string of a file, in the order it is written.

Invariant: each `Text` of a node comes exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.record import field_names
from recpol.base.typing import Any
from recpol.syntax import tree

_WITHOUT = frozenset((
    *("Span", "Source", "str", "bool", "Word", "Word | None", "tuple[Word, ...]", "tuple[Tag, ...]"),
    *("Number", "Number | None", "Duration", "Duration | None", "Goal", "OnEvent", "Selection", "Selection | None"),
))  # fmt: skip
"""Types of fields, as they are written, in which no string can be: most of them."""
_PARTS: dict[type, tuple[str, ...]] = {}
"""The fields of a node that can hold strings, the last one first, by its class: a policy has many nodes."""


def texts_of(node: Any) -> Iterator[tree.Text]:
    """The strings inside a node of the tree, in order."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is tree.Text:
            yield one
        elif kind is tuple:
            waiting += one[::-1]
        else:
            parts = _PARTS.get(kind)
            for name in _parts(kind) if parts is None else parts:
                part = getattr(one, name)
                if part:
                    waiting.append(part)


def _parts(kind: type) -> tuple[str, ...]:
    names = field_names(kind)
    types = kind.__annotations__ if names else {}
    found = _PARTS[kind] = tuple(name for name in reversed(names) if types[name] not in _WITHOUT)
    return found
