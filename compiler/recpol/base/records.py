"""Frozen records to JSON and back: what one machine found, for another one to go on with.

A value is a text, number, truth value, None, date, tuple, mapping, or a record of one of some classes that both sides
know. Texts of sources are not in it: a place is known by its source's number, and both sides have the sources.

Invariant: reading makes records of the named classes and of no other; equal records are written once.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from recpol.base.record import field_names
from recpol.base.source import Source, Span
from recpol.base.typing import Any

Classes = Mapping[str, type]


def classes_of(kinds: Iterable[type]) -> Classes:
    """Classes by their names."""
    return {kind.__name__: kind for kind in kinds}


class RecordWriter:
    """Writes values, each by what stands `instead` of it; collects the records and the sources that they need."""

    def __init__(self, classes: Classes, instead: Callable[[Any], Any] = lambda value: value) -> None:
        self.classes, self.instead = classes, instead
        self.records: list[Any] = []
        self.sources: list[Source] = []
        self._numbers: dict[str, int] = {}
        self._sources: dict[tuple[str, str], int] = {}

    def written(self, value: Any) -> Any:
        """A value as JSON; raises `TypeError` for one that is not to be written."""
        value = self.instead(value)
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, datetime.date):
            return {"date": datetime.date.isoformat(value)}
        if isinstance(value, Span):
            return self._record("Span", [self._source(value.source), value.start, value.end])
        if self.classes.get(type(value).__name__) is type(value):
            names = _names(type(value))
            return self._record(type(value).__name__, [self.written(getattr(value, name)) for name in names])
        if isinstance(value, (tuple, list)):
            return [self.written(one) for one in value]
        if isinstance(value, Mapping):
            return {"map": [[self.written(key), self.written(one)] for key, one in value.items()]}
        raise TypeError(f"a {type(value).__name__} is not to be written")

    def _record(self, name: str, fields: Sequence[Any]) -> dict[str, int]:
        record = [name, *fields]
        number = self._numbers.setdefault(json.dumps(record), len(self.records))
        if number == len(self.records):
            self.records.append(record)
        return {"record": number}

    def _source(self, source: Source) -> int:
        number = self._sources.setdefault((source.path, source.text), len(self.sources))
        if number == len(self.sources):
            self.sources.append(source)
        return number


class RecordReader:
    """Reads values again, with the sources that the writer collected."""

    def __init__(self, classes: Classes, records: Sequence[Any], sources: Sequence[Source]) -> None:
        self.classes, self.sources = classes, sources
        self._records: list[Any] = []
        for record in records:  # a record comes after those that it holds
            self._records.append(self._made(record))

    def read(self, value: Any) -> Any:
        """A value; raises `ValueError`, `TypeError` or `LookupError` where it cannot be one."""
        if isinstance(value, list):
            return tuple(self.read(one) for one in value)
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind == "record":
            return self._records[content]
        if kind == "date":
            return datetime.date.fromisoformat(content)
        if kind == "map":
            return {self.read(key): self.read(one) for key, one in content}
        raise ValueError(kind)

    def _made(self, record: Any) -> Any:
        name, *fields = record
        if name == "Span":
            source, start, end = fields
            source = self.sources[source]
            if not 0 <= start <= end <= len(source.text):
                raise ValueError(name)
            return Span(source, start, end)
        kind = self.classes[name]
        if len(fields) != len(_names(kind)):
            raise ValueError(name)
        return kind(*(self.read(one) for one in fields))


def _names(kind: type) -> tuple[str, ...]:
    return getattr(kind, "_fields", None) or field_names(kind)
