"""The fast `dataclass` against the standard library's: the same class, for everything that is done with one here."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recpol.base import record
from recpol.syntax.tree import Say, Text, Word

PACKAGE = Path(__file__).parents[1] / "compiler" / "recpol"
Maker = Callable[..., Callable[[type], type]]
BOTH: list[Any] = [dataclasses.dataclass, record.dataclass]


def made(maker: Any, name: str, fields: dict[str, Any]) -> Any:
    """A class with those fields: each a default, a `field(…)`, or `...` for neither."""
    body: dict[str, Any] = {"__doc__": "A class.", "__annotations__": dict.fromkeys(fields, "int")}
    body |= {key: value for key, value in fields.items() if value is not ...}
    return maker(frozen=True, slots=True)(type(name, (), body))


SHAPES: list[Callable[[], dict[str, Any]]] = [
    dict,
    lambda: {"a": ...},
    lambda: {"a": ..., "b": ...},
    lambda: {"a": ..., "b": 2, "c": None},
    lambda: {"a": ..., "b": dataclasses.field(repr=False), "c": dataclasses.field(default=3, compare=False)},
    lambda: {"a": dataclasses.field(default_factory=list, hash=False), "b": dataclasses.field(default=1, repr=False)},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_class_is_as_the_standard_library_makes_it(shape: Callable[[], dict[str, Any]]) -> None:
    one, other = (made(maker, "Thing", shape()) for maker in BOTH)
    names = [field.name for field in dataclasses.fields(one)]
    assert names == [field.name for field in dataclasses.fields(other)]
    assert one.__match_args__ == other.__match_args__
    assert one.__slots__ == other.__slots__
    for count in range(len(names) + 2):
        values = [number % 2 for number in range(count)]
        told = []
        for cls in (one, other):
            try:
                thing = cls(*values)
            except TypeError as problem:
                told.append(str(problem))
                continue
            again = cls(*values)
            assert thing == again
            assert thing != object()
            assert hash(thing) == hash(again)
            assert copy.copy(thing) == thing
            assert not hasattr(thing, "__dict__")
            for name in names:
                assert dataclasses.replace(thing, **{name: 9}) == cls(**{**dataclasses.asdict(thing), name: 9})
                with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
                    setattr(thing, name, 1)
                with pytest.raises(dataclasses.FrozenInstanceError):
                    delattr(thing, name)
            with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
                thing.other = 1
            told.append(repr((thing, dataclasses.astuple(thing))))
        assert told[0] == told[1]


def test_what_does_not_compare_does_not_count() -> None:
    for maker in BOTH:
        cls = made(maker, "Thing", {"a": ..., "b": dataclasses.field(default=1, compare=False)})
        assert cls(1, 2) == cls(1, 3)
        assert hash(cls(1, 2)) == hash(cls(1, 3))
        assert cls(1, 2) != cls(2, 2)


def test_a_class_may_inherit_from_one() -> None:
    for maker in BOTH:
        base = made(maker, "Base", {"a": ...})
        inner = type("Inner", (base,), {"__doc__": "More.", "__annotations__": {"b": "int"}})
        found: Any = record.dataclass(frozen=True, slots=True)(inner)
        assert (found(1, 2).a, found(1, 2).b) == (1, 2)
        assert found(1, 2) == found(1, 2) != found(1, 3)


@record.dataclass(frozen=True, slots=True)
class Kept:
    """Something that goes through a pickle."""

    a: int
    b: tuple[str, ...] = ()


def test_a_value_can_be_kept() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, ("x",)))) == Kept(1, ("x",))
    assert copy.deepcopy(Kept(1)) == Kept(1)


def test_what_is_out_of_the_ordinary_is_left_to_the_standard_library() -> None:
    @record.dataclass(frozen=True, slots=True)
    class Checked:
        """A class with a check."""

        a: int

        def __post_init__(self) -> None:
            assert self.a > 0

    with pytest.raises(AssertionError):
        Checked(0)
    assert record.dataclass(frozen=True, slots=True, eq=False)(type("A", (), {"__doc__": "A."})) is not None


def test_the_tree_is_made_of_them() -> None:
    for node in (Say, Text, Word):
        assert node.__setattr__.__module__ == record.__name__
        assert dataclasses.is_dataclass(node)


@pytest.mark.parametrize(
    "path",
    [p for room in ("syntax", "platform") for p in sorted((PACKAGE / room).rglob("*.py"))],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_the_tree_and_the_facts_take_the_fast_one(path: Path) -> None:
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses" and "frozen=True, slots=True)" in text:
            assert "dataclass" not in [name.name for name in node.names], "import it from recpol.base.record"
