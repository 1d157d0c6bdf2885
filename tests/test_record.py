"""The fast `dataclass` against the standard library's: the same class, for everything that is done with one here."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recpol.base import record
from recpol.syntax.tree import Say, Text, Word

PACKAGE = Path(__file__).parents[1] / "compiler" / "recpol"
Maker = Callable[..., Callable[[type], type]]
BOTH: list[Any] = [dataclasses.dataclass, record.dataclass]


def field_of(number: int) -> Any:
    """What says something of a field, for the maker of that number."""
    return (dataclasses.field, record.field)[number]


def made(maker: Any, name: str, fields: dict[str, Any], **how: bool) -> Any:
    """A class with those fields: each a default, a `field(…)`, or `...` for neither."""
    body: dict[str, Any] = {"__doc__": "A class.", "__annotations__": dict.fromkeys(fields, "int")}
    body |= {key: value for key, value in fields.items() if value is not ...}
    return maker(**{"frozen": True, "slots": True, **how})(type(name, (), body))


Field = Callable[..., Any]

SHAPES: list[Callable[[Field], dict[str, Any]]] = [
    lambda field: {},
    lambda field: {"a": ...},
    lambda field: {"a": ..., "b": ...},
    lambda field: {"a": ..., "b": 2, "c": None},
    lambda field: {"a": ..., "b": field(repr=False), "c": field(default=3, compare=False)},
    lambda field: {"a": field(default_factory=list, hash=False), "b": field(default=1, repr=False)},
    lambda field: {"a": ..., "b": field(default_factory=list, hash=False), "c": field(default=None, hash=True)},
]


@pytest.mark.parametrize("few", [0, 1_000_000], ids=["compiled", "looped"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_class_is_as_the_standard_library_makes_it(
    shape: Callable[[Field], dict[str, Any]], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_MANY", few)
    one, other = (made(maker, "Thing", shape(field_of(number))) for number, maker in enumerate(BOTH))
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
                changed = cls(**{**dataclasses.asdict(thing), name: 9})
                assert dataclasses.replace(thing, **{name: 9}) == record.replace(thing, **{name: 9}) == changed
                with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
                    setattr(thing, name, 1)
                with pytest.raises(dataclasses.FrozenInstanceError):
                    delattr(thing, name)
            with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
                thing.other = 1
            told.append(repr((thing, dataclasses.astuple(thing))))
        assert told[0] == told[1]


@pytest.mark.parametrize("how", [{"eq": False}, {"frozen": False}, {"frozen": False, "eq": False}], ids=str)
def test_a_class_without_comparison_or_with_changes_is_as_the_standard_library_makes_it(how: dict[str, bool]) -> None:
    for number, maker in enumerate(BOTH):
        cls = made(maker, "Thing", {"a": ..., "b": field_of(number)(default_factory=list, repr=False)}, **how)
        thing = cls(1)
        assert (thing.a, thing.b, repr(thing)) == (1, [], "Thing(a=1)")
        assert (thing == cls(1)) is how.get("eq", True)
        assert (cls.__hash__ is None) is ("eq" not in how and "frozen" in how)
        assert thing.b is not cls(1).b
        try:
            thing.a = 2
        except dataclasses.FrozenInstanceError:
            assert how.get("frozen", True)
        assert thing.a == (1 if how.get("frozen", True) else 2)
        assert record.replace(thing, a=3).a == dataclasses.replace(thing, a=3).a == 3
        assert record.field_names(cls) == ("a", "b")
        params = cls.__dataclass_params__
        assert (params.frozen, params.eq) == (how.get("frozen", True), how.get("eq", True))


def test_what_the_standard_library_refuses_is_refused() -> None:
    refused: list[dict[str, Any]] = [{"a": 1, "b": ...}, {"a": []}]
    for fields in refused:
        for maker in BOTH:
            with pytest.raises((TypeError, ValueError)):
                made(maker, "Thing", fields)
    assert record.field_names(int) == ()


def test_the_standard_library_is_not_loaded_for_ordinary_classes() -> None:
    made_here = (
        "import sys, recpol.syntax.tree as tree; tree.Text('x', (), None, None); print('dataclasses' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", made_here], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr


def test_what_does_not_compare_does_not_count() -> None:
    for number, maker in enumerate(BOTH):
        cls = made(maker, "Thing", {"a": ..., "b": field_of(number)(default=1, compare=False)})
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
