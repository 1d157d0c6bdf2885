"""Mutants of what was compiled: every field of every document and of the manifest, changed in every way at hand.

Invariant: a mutant differs from what it was made of, as JSON; none is made twice of one place in one way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mutants.corpus import Made

Path = tuple[str | int, ...]
"""Where in a JSON value something stands."""


@dataclass(frozen=True)
class Mutant:
    """One change: how it is done, and where it is; `made` is the whole of what would be written."""

    way: str
    path: Path
    made: Made

    @property
    def place(self) -> str:
        """The path with what is particular to one policy left out: `document/action/menus/*/options/*/dtmf`."""
        return _general(self.path)


@dataclass(frozen=True)
class Usual:
    """What stands in documents elsewhere: `words`, the texts of a property, and `properties`, those of a kind of
    object, each with a value."""

    words: Mapping[str, tuple[str, ...]]
    properties: Mapping[str, Mapping[str, Any]]


_NAMED = frozenset(("menus", "matches"))
"""Objects whose keys are names."""


def _general(path: Path) -> str:
    """A path with `*` for places in lists and for names; of a file alone, `file`."""
    found = ["file"] if len(path) == 1 else []
    before: str | int = ""
    for at in path[1:]:
        found.append("*" if isinstance(at, int) or before in _NAMED else at)
        before = at
    return "/".join(found)


def mutants(made: Made, usual: Usual) -> Iterator[Mutant]:
    """All mutants of what was made of a policy."""
    text = json.dumps(made)
    for path, value in _values(made):
        for way, changed in _changes(path, value, usual):
            found = json.loads(text)
            _put(found, path, changed)
            if json.dumps(found) != text:
                yield Mutant(way, path, found)
    for way, path, found in _exchanges(made):
        if json.dumps(found) != text:
            yield Mutant(way, path, found)


_GONE = object()


def _values(made: Made) -> Iterator[tuple[Path, Any]]:
    """Every value with its path; a file is renamed or doubled elsewhere."""
    todo: list[tuple[Path, Any]] = [((file, part), one[part]) for file, one in made.items() for part in one]
    while todo:
        path, value = todo.pop()
        yield path, value
        if isinstance(value, dict):
            todo += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            todo += [((*path, at), inner) for at, inner in enumerate(value)]


def _changes(path: Path, value: Any, usual: Usual) -> Iterator[tuple[str, Any]]:
    if len(path) > 2:
        yield "deleted", _GONE
    match value:
        case bool():
            yield "flipped", not value
        case int():
            yield "one more", value + 1
            yield "one less", value - 1
        case str():
            yield "longer", value + "x"
            yield "shorter", value[:-1]
            for word in usual.words.get(str(path[-1]), ()):
                if word != value:
                    yield "another word", word
                    break
        case list():
            yield from _lists(value)
        case dict():
            yield from _objects(value)
            for key, other in usual.properties.get(_kind(path, value), {}).items():
                if key not in value and path[-1] not in _NAMED:
                    yield "added", {**value, key: other}
        case _:
            raise AssertionError(f"a document has no {type(value)}")


def _lists(value: list[Any]) -> Iterator[tuple[str, Any]]:
    for at in range(len(value)):
        yield "doubled", [*value[: at + 1], *value[at:]]
        if at:
            yield "swapped", [*value[: at - 1], value[at], value[at - 1], *value[at + 1 :]]
    if len(value) > 2:
        yield "turned round", value[::-1]
        yield "first last", [*value[1:], value[0]]
        yield "last first", [value[-1], *value[:-1]]


def _objects(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Two properties of one kind exchange their values."""
    keys = list(value)
    for at, key in enumerate(keys):
        for other in keys[:at]:
            if type(value[key]) is type(value[other]):
                yield "values exchanged", {**value, key: value[other], other: value[key]}


def _put(made: Any, path: Path, value: Any) -> None:
    for part in path[:-1]:
        made = made[part]
    if value is _GONE:
        del made[path[-1]]
    else:
        made[path[-1]] = value


def _exchanges(made: Made) -> Iterator[tuple[str, Path, Made]]:
    """Whole files: dropped, doubled, renamed, and what two of them hold exchanged."""
    files = list(made)
    for at, file in enumerate(files):
        yield "file deleted", (file,), {name: one for name, one in made.items() if name != file}
        yield "file doubled", (file,), {**made, f"x{file}": made[file]}
        yield "file renamed", (file,), {(f"x{name}" if name == file else name): one for name, one in made.items()}
        for other in files[:at]:
            for part in ("document", "answers", "values"):
                one = {**made[file], part: made[other][part]}
                two = {**made[other], part: made[file][part]}
                yield f"{part} exchanged", (file, part), {**made, file: one, other: two}


def _kind(path: Path, value: Mapping[str, Any]) -> str:
    """What kind of object it is: what it is called, or else where it stands."""
    named = value.get("name", value.get("command"))
    return str(named) if isinstance(named, str) else _general(path).rpartition("/commands/")[2].rpartition("events/")[2]


def usual(all_made: Iterable[Made]) -> Usual:
    """What stands in documents, a few texts of each property, and of each property of a kind of object one value."""
    words: dict[str, dict[str, None]] = {}
    properties: dict[str, dict[str, Any]] = {}
    for made in all_made:
        for path, value in _values(made):
            if isinstance(value, str) and isinstance(path[-1], str):
                known = words.setdefault(path[-1], {})
                if len(known) < 4:
                    known[value] = None
            elif isinstance(value, dict):
                for key, inner in value.items():
                    properties.setdefault(_kind(path, value), {}).setdefault(key, inner)
    return Usual({key: tuple(known) for key, known in words.items()}, properties)
