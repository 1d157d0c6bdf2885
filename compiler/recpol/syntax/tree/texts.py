"""Every string of a file, in the order it is written.

Invariant: each `Text` of a node comes exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.record import field_names
from recpol.base.typing import Any
from recpol.syntax import tree

_PLACES = frozenset({"span", "keyword", "source"})
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
                waiting.append(getattr(one, name))


def _parts(kind: type) -> tuple[str, ...]:
    names = () if issubclass(kind, tree.Bare) else field_names(kind)
    found = _PARTS[kind] = tuple(name for name in reversed(names) if name not in _PLACES)
    return found
