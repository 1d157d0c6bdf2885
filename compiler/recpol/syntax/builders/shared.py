"""What the makers share: picking children by kind, and words that carry the role they play until a node is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recpol.base.typing import Any, TypeVar
from recpol.syntax import tree
from recpol.syntax.moves import Leaf

Children = Sequence[Any]
AnyKind = TypeVar("AnyKind")


def one(children: Iterable[Any], kind: type[AnyKind]) -> AnyKind | None:
    for child in children:
        if isinstance(child, kind):
            return child
    return None


def every(children: Iterable[Any], kind: type[AnyKind]) -> tuple[AnyKind, ...]:
    return tuple([child for child in children if isinstance(child, kind)])


class ScopeWord(tree.Word):
    """`call` or `conference` after `record`."""

    __slots__ = ()


class To(tree.Word):
    """The store, or the party, after `to`."""

    __slots__ = ()


class InLocale:
    """The locale after `in`."""

    __slots__ = ("value",)

    def __init__(self, value: tree.Locale) -> None:
        self.value = value


class Except(tree.Selector):
    """What follows `except`."""

    __slots__ = ()


class Phases(tuple[Any, ...]):
    """The phases of a connect."""

    __slots__ = ()


def plain(word: tree.Word | None) -> tree.Word | None:
    return None if word is None else tree.Word(word.text, word.span)


def located(children: Children) -> tree.Locale | None:
    """The locale of `in LOCALE` among the children."""
    found = one(children, InLocale)
    return None if found is None else found.value


def tags(children: Children) -> tuple[tree.Tag, ...]:
    """The tags among the children."""
    return tuple([tree.Tag(leaf.text[1:], leaf.span) for leaf in children if isinstance(leaf, Leaf)])
