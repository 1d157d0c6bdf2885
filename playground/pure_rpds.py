"""Stands in for the package `rpds`, which is Rust and not there in a browser: maps, sets and lists that do not change.

Only what `referencing` and `jsonschema` ask of it. A change copies, which is no matter at the size of our schemas.

Invariant: nothing that was made is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any


class HashTrieMap(Mapping[Any, Any]):
    """A mapping; what changes it gives a new one."""

    def __init__(self, pairs: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (), **named: Any) -> None:
        self._held = {**dict(pairs), **named}

    @classmethod
    def convert(cls, value: Mapping[Any, Any]) -> HashTrieMap:
        """The same as such a mapping."""
        return value if isinstance(value, HashTrieMap) else cls(value)

    def __getitem__(self, key: Any) -> Any:
        return self._held[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __hash__(self) -> int:
        return hash(frozenset(self._held.items()))

    def insert(self, key: Any, value: Any) -> HashTrieMap:
        """With one more key."""
        return HashTrieMap({**self._held, key: value})

    def remove(self, key: Any) -> HashTrieMap:
        """Without a key; raises `KeyError` where it is not there."""
        left = dict(self._held)
        del left[key]
        return HashTrieMap(left)

    def update(self, *others: Any, **named: Any) -> HashTrieMap:
        """With the keys of others, which go before its own."""
        held = dict(self._held)
        for other in others:
            held.update(other)
        return HashTrieMap({**held, **named})


class HashTrieSet(AbstractSet[Any]):
    """A set; what changes it gives a new one."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._held = frozenset(items)

    def __contains__(self, item: object) -> bool:
        return item in self._held

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __hash__(self) -> int:
        return hash(self._held)

    def insert(self, item: Any) -> HashTrieSet:
        """With one more item."""
        return HashTrieSet(self._held | {item})

    def remove(self, item: Any) -> HashTrieSet:
        """Without an item; raises `KeyError` where it is not there."""
        if item not in self._held:
            raise KeyError(item)
        return HashTrieSet(self._held - {item})

    def update(self, *others: Iterable[Any]) -> HashTrieSet:
        """With the items of others."""
        return HashTrieSet(self._held.union(*others))


class List:
    """A list that grows at its front."""

    def __init__(self, *items: Any) -> None:
        first = (
            items[0] if len(items) == 1 and isinstance(items[0], Iterable) and not isinstance(items[0], str) else items
        )
        self._held = tuple(first)

    def push_front(self, item: Any) -> List:
        """With one more item, the first."""
        return List((item, *self._held))

    def drop_first(self) -> List:
        """Without the first item."""
        return List(self._held[1:])

    @property
    def first(self) -> Any:
        """The first item; raises `IndexError` where there is none."""
        return self._held[0]

    @property
    def rest(self) -> List:
        """All but the first."""
        return self.drop_first()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, List) and self._held == other._held

    def __hash__(self) -> int:
        return hash(self._held)
