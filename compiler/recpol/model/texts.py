"""Every string of a file, in the order it is written.

Invariant: each `Text` of a node comes exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from recpol.ground.source import Span
from recpol.model import ast

_PLACES = frozenset({"span", "keyword", "source"})


def texts_of(node: Any) -> Iterator[ast.Text]:
    """The strings inside a node of the tree, in order."""
    if isinstance(node, ast.Text):
        yield node
    elif isinstance(node, tuple) and not isinstance(node, Span):
        for item in node:
            yield from texts_of(item)
    elif is_dataclass(node) and not isinstance(node, ast.Word | ast.Tag | ast.Number | ast.Phone):
        for part in fields(node):
            if part.name not in _PLACES:
                yield from texts_of(getattr(node, part.name))
