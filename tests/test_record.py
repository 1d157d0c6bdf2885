"""Records against the standard library's dataclasses: the same class, for everything that is done with one here."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recpol.base import record
from recpol.syntax.tree import Say, Text, Word

PACKAGE = Path(__file__).parents[1] / "compiler" / "recpol"


def standard(name: str, body: dict[str, Any], *, frozen: bool = True, eq: bool = True) -> Any:
    """A class as the standard library makes it."""
    return dataclasses.dataclass(frozen=frozen, eq=eq, slots=True)(type(name, (), body))


def ours(name: str, body: dict[str, Any], **how: bool) -> Any:
    """A record."""
    return types.new_class(name, (record.Record,), how, lambda space: space.update(body))


BOTH: list[Any] = [standard, ours]


def field_of(number: int) -> Any:
    """What says something of a field, for the maker of that number."""
    return (dataclasses.field, record.field)[number]


def made(maker: Any, name: str, fields: dict[str, Any], **how: bool) -> Any:
    """A class with those fields: each a default, a `field(…)`, or `...` for neither."""
    body: dict[str, Any] = {"__doc__": "A class.", "__annotations__": dict.fromkeys(fields, "int")}
    body |= {key: value for key, value in fields.items() if value is not ...}
    return maker(name, body, **how)


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
        for cls, replaced in ((one, dataclasses.replace), (other, record.replace)):
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
                assert dataclasses.replace(thing, **{name: 9}) == replaced(thing, **{name: 9}) == changed
                with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
                    setattr(thing, name, 1)
                with pytest.raises(dataclasses.FrozenInstanceError):
                    delattr(thing, name)
            with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
                thing.other = 1
            told.append(repr((thing, dataclasses.astuple(thing))))
        assert told[0] == told[1]


@pytest.mark.parametrize("few", [0, 1_000_000], ids=["compiled", "looped"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_class_that_is_not_guarded_is_the_same_but_for_changes(
    shape: Callable[[Field], dict[str, Any]], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_MANY", few)
    kinds = [made(ours, "Thing", shape(record.field))]
    monkeypatch.setattr(record, "GUARDED", False)
    kinds.append(made(ours, "Thing", shape(record.field)))
    names = kinds[0].__match_args__
    for count in range(len(names) + 2):
        values = [number % 2 for number in range(count)]
        told = []
        for kind in kinds:
            try:
                thing = kind(*values)
            except TypeError as problem:
                told.append(str(problem))
                continue
            assert thing == kind(*values) != object()
            assert not hasattr(thing, "__dict__")
            changed = [record.replace(thing, **{name: 9}) for name in names]
            told.append(repr((thing, hash(thing), copy.copy(thing), changed)))
        assert told[0] == told[1]
    for name in names:
        thing = kinds[1](*(0 for _ in names))
        setattr(thing, name, 1)
        assert getattr(thing, name) == 1


@pytest.mark.parametrize(("how", "guarded"), [("run()", "False"), ("run(sys.argv[1:])", "True")])
def test_the_command_alone_is_not_guarded(how: str, guarded: str) -> None:
    code = f"""
import sys, threading  # a process with threads is not ended at once
from recpol.cli.main import run
sys.argv = ["recpol", "--version"]
{how}
from recpol.base import record
print(record.GUARDED)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == guarded


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
        assert (dataclasses.replace, record.replace)[number](thing, a=3).a == dataclasses.replace(thing, a=3).a == 3
        assert [field.name for field in dataclasses.fields(cls)] == ["a", "b"]
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


class Kept(record.Record):
    """Something that goes through a pickle."""

    a: int
    b: tuple[str, ...] = ()


class Named(Kept):
    """What inherits from a record has its fields."""

    __slots__ = ()


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("maker", BOTH)
def test_what_inherits_from_a_record_has_its_fields(maker: Any, first: int) -> None:
    replaced = (dataclasses.replace, record.replace)[BOTH.index(maker)]
    made_of = [made(maker, "Base", {"a": ..., "b": 2})]
    made_of.append(type("Inner", tuple(made_of), {"__doc__": "The same.", "__slots__": ()}))
    for cls in (made_of[first], made_of[1 - first]):
        assert (cls(1).a, cls(1).b, cls.__match_args__) == (1, 2, ("a", "b"))
        assert [field.name for field in dataclasses.fields(cls)] == ["a", "b"]
        assert record.field_names(cls) == (("a", "b") if maker is ours else ())
        assert (cls(1) == cls(1, 2), cls(1) == cls(1, 3), hash(cls(1)) == hash(cls(1, 2))) == (True, False, True)
        assert repr(cls(1)).endswith(f"{cls.__name__}(a=1, b=2)")
        assert replaced(cls(1), a=3) == cls(3)
    assert made_of[0](1) != made_of[1](1)


@pytest.mark.parametrize("maker", BOTH)
def test_methods_of_what_inherits_from_a_record_stay(maker: Any) -> None:
    """However often those of the record, which they call, have been made."""
    base = made(maker, "Base", {"a": ..., "b": 2})

    class Inner(base):  # type: ignore[misc, valid-type]  # a class of either maker
        __slots__ = ()

        def __init__(self, a: int) -> None:
            super().__init__(a + 1)

        def __eq__(self, other: object) -> bool:
            return bool(super().__eq__(other)) or self.a == -getattr(other, "a", 0)

        def __hash__(self) -> int:
            return hash((super().__hash__(), 1))

        def __repr__(self) -> str:
            return f"<{super().__repr__()}>"

    for _ in range(40):
        one = Inner(1)
        assert (one.a, one == Inner(-3), one == Inner(3), base(1) == base(-1)) == (2, True, False, False)
        assert hash(one) == hash((hash(base(2)), 1))
        assert repr(one) == f"<{base.__repr__(one)}>"


def test_a_value_can_be_kept() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, ("x",)))) == Kept(1, ("x",))
    assert pickle.loads(pickle.dumps(Named(1, ("x",)))) == Named(1, ("x",))
    assert copy.deepcopy(Kept(1)) == Kept(1)


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda one, other: one == other, True),
        (lambda one, other: hash(one) == hash(other), True),
        (lambda one, other: repr(one), "Thing(a=1)"),
        (lambda one, other: record.replace(one, a=2).a, 2),
        (lambda one, other: copy.copy(one).a, 1),
    ],
)
def test_the_first_values_of_a_class_may_come_out_of_a_pickle(ask: Callable[[Any, Any], Any], answer: object) -> None:
    cls = made(ours, "Thing", {"a": ...})
    one, other = cls.__new__(cls), cls.__new__(cls)
    for value in (one, other):
        value.__setstate__([1])
    assert ask(one, other) == answer


def test_a_method_of_its_own_is_its_own() -> None:
    class Loose(record.Record, eq=False):
        """A class that compares in a way of its own."""

        a: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loose) and self.a % 10 == other.a % 10

        def __hash__(self) -> int:
            return self.a % 10

    assert Loose(1) == Loose(11) != Loose(2)
    assert len({Loose(1), Loose(11)}) == 1


def test_type_checkers_see_what_a_record_takes() -> None:
    """A comment that hides no complaint is an error of the type checker: each line here is one that it finds."""
    kept = Kept(1)
    with pytest.raises(TypeError):
        Kept(1, (), 3)  # type: ignore[call-arg]  # one value too many
    with pytest.raises(TypeError):
        Kept()  # type: ignore[call-arg]  # a value too few
    with pytest.raises(TypeError):
        record.replace(kept, c=1)  # type: ignore[call-arg]  # no such field
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept.a = 2  # type: ignore[misc]  # it cannot change
    assert Kept("x").a == "x"  # type: ignore[arg-type, comparison-overlap]  # no number, and no text


def records() -> list[type]:
    """All records of the compiler, and what inherits from them."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "recpol."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [Say.__mro__[1]]
    for kind in found:
        found += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("recpol.") and kind is not found[0]]


def test_the_standard_library_finds_the_same_fields_in_every_record() -> None:
    """So none has a `ClassVar`, or what else it takes for no field; and nothing that inherits from one has more."""
    kinds = records()
    assert len(kinds) > 400
    for kind in kinds:
        assert record.field_names(kind) == tuple(field.name for field in dataclasses.fields(kind)), kind
        assert set(inspect.get_annotations(kind)) <= set(record.field_names(kind)), kind


def test_a_class_whose_fields_are_kept_for_later_is_refused() -> None:
    """As those of Python 3.14 are in a module without `from __future__ import annotations`."""
    later = {"__doc__": "A class.", "__annotate_func__": lambda format_: {"a": int}}
    with pytest.raises(TypeError, match="the module of `Thing` needs `from __future__ import annotations`"):
        ours("Thing", later)
    assert record.field_names(ours("Empty", {"__doc__": "A class."})) == ()


def test_the_tree_is_made_of_them() -> None:
    for node in (Say, Text, Word):
        assert node.__setattr__.__module__ == record.__name__
        assert dataclasses.is_dataclass(node)
        assert isinstance(node.__new__(node), record.Record)
    assert not isinstance((), record.Record)
