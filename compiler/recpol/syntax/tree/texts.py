"""Every string of a file, in the order it is written.

Invariant: each `Text` of a node comes exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recpol.base.record import field_names
from recpol.base.source import Span
from recpol.syntax import tree

_PLACES = frozenset({"span", "keyword", "source"})
_PARTS: dict[type, tuple[str, ...]] = {}
"""The fields of a node that can hold strings, by its class: looked up once, for a policy has many nodes."""


def texts_of(node: Any) -> Iterator[tree.Text]:
    """The strings inside a node of the tree, in order."""
    if isinstance(node, tree.Text):
        yield node
    elif isinstance(node, tuple) and not isinstance(node, Span):
        for item in node:
            yield from texts_of(item)
    else:
        for name in _parts(type(node)):
            yield from texts_of(getattr(node, name))


def _parts(kind: type) -> tuple[str, ...]:
    found = _PARTS.get(kind)
    if found is None:
        names = () if issubclass(kind, tree.Bare) else field_names(kind)
        found = tuple(name for name in names if name not in _PLACES)
        _PARTS[kind] = found
    return found
