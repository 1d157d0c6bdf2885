"""The bodies of an imported tree, wherever they stand in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recpol.base.typing import assert_never
from recpol.syntax import tree


def _bodies(items: Iterable[tree.Item]) -> Iterator[tree.Body]:
    for item in items:
        match item:
            case tree.Segment():
                yield item.body
            case tree.Block():
                yield from _bodies(item.segments)
            case tree.Broken():
                pass
            case _:
                assert_never(item)


def bodies(file: tree.File) -> Iterator[tree.Body]:
    """All bodies of the handlers of a file."""
    for statement in file.statements:
        if isinstance(statement, tree.OnBlock):
            yield from bodies_of(statement)


def bodies_of(block: tree.OnBlock) -> Iterator[tree.Body]:
    """All bodies of a handler."""
    return _bodies(block.segments)


def menus(file: tree.File) -> Iterator[tree.Menu]:
    """All menus of a file."""
    return (body for body in bodies(file) if isinstance(body, tree.Menu))
