"""The names of `typing` that take no loading, against the standard library's."""

from __future__ import annotations

import importlib.util
import json
import pickle
import re
import subprocess
import sys
import types
import typing
from pathlib import Path
from typing import Any

import pytest

import recpol

PACKAGE = Path(__file__).parents[1] / "compiler" / "recpol"


def without_the_standard_librarys() -> Any:
    """`recpol.base.typing` as a run of the command line has it."""
    spec = importlib.util.spec_from_file_location("typing_without", PACKAGE / "base" / "typing.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


ours = without_the_standard_librarys()
BOTH: list[Any] = [typing, ours]

MADE = '''
class Place(NamedTuple):
    """Where something is."""

    line: int
    column: int = 1
    within: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.line}:{self.column}"

    def moved(self, by: int) -> Place:
        return self._replace(column=self.column + by)
'''


def place_of(library: Any) -> Any:
    """A class of named tuples."""
    names: dict[str, Any] = {"NamedTuple": library.NamedTuple, "__name__": "places"}
    exec(compile(f"from __future__ import annotations\n{MADE}", "places", "exec"), names)
    return names["Place"]


@pytest.mark.parametrize("values", [(), (1,), (1, 2), (1, 2, ("x",)), (1, 2, 3, 4)], ids=len)
def test_a_named_tuple_is_as_the_standard_library_makes_it(values: tuple[Any, ...]) -> None:
    told = []
    for cls in map(place_of, BOTH):
        assert (cls.__name__, cls.__qualname__, cls.__module__) == ("Place", "Place", "places")
        assert (cls.__doc__, cls.__bases__, type(cls)) == ("Where something is.", (tuple,), type)
        members = sorted(name for name in vars(cls) if name != "__orig_bases__" and "annot" not in name)
        told.append([cls._fields, cls._field_defaults, cls.__match_args__, cls.__slots__, members])
        try:
            place = cls(*values)
        except TypeError as problem:
            told[-1].append(re.sub(r"0x\w+", "", str(problem)))
            continue
        told[-1] += [place, repr(place), place.shown, place.moved(2), place._asdict(), hash(place), place == (*place,)]
        with pytest.raises(AttributeError):
            place.line = 2
        with pytest.raises(AttributeError):
            place.other = 2
    assert told[0] == told[1]


def test_a_named_tuple_whose_fields_are_kept_for_later_is_refused() -> None:
    later = {"__annotate_func__": lambda format_: {"a": int}, "__module__": "places"}
    with pytest.raises(TypeError, match="the module of `Place` needs `from __future__ import annotations`"):
        types.new_class("Place", (ours.NamedTuple,), {}, lambda space: space.update(later))


class Kept(ours.NamedTuple):  # type: ignore[misc, name-defined]  # it is loaded from a file
    """Something that goes through a pickle."""

    a: int
    b: str = "x"


def test_a_named_tuple_can_be_kept() -> None:
    assert pickle.loads(pickle.dumps(Kept(1))) == Kept(1, "x")


def test_an_alias_has_its_values() -> None:
    alias: Any = ours.Literal
    assert typing.get_args(alias["a", "b"]) == ("a", "b")
    assert typing.get_args(alias["a"]) == ("a",)
    assert typing.get_args(alias["a"] | None) == (alias["a"], type(None))


def test_what_never_comes_is_refused_in_the_same_words() -> None:
    for value in ("x", "y" * 95, None, {"a": "b"}):
        told = []
        for library in BOTH:
            with pytest.raises(AssertionError) as refused:
                library.assert_never(value)
            told.append(str(refused.value))
        assert told[0] == told[1]


def test_a_value_stays_what_it_is() -> None:
    value: object = "x"
    assert ours.cast("int", value) is value


def test_other_names_are_the_standard_librarys() -> None:
    assert ours.Protocol is typing.Protocol
    with pytest.raises(AttributeError):
        getattr(ours, "never_heard_of")  # noqa: B009  a type checker would see it


HINTS = """
import recpol, sys
{first}
import json, typing
kinds = [recpol.Finding, recpol.Note, recpol.Result, recpol.TenantResults]
told = {{kind.__name__: sorted(map(str, typing.get_type_hints(kind).values())) for kind in kinds}}
calls = [recpol.compile, recpol.compile_tenants, recpol.lint, recpol.render, recpol.serve]
told |= {{call.__name__: sorted(map(str, typing.get_type_hints(call).values())) for call in calls}}
told["Severity"] = [str(recpol.Severity), str(typing.get_origin(recpol.Severity))]
told["Span"] = sorted(typing.get_type_hints(typing.get_type_hints(recpol.Note)["span"]))
print(json.dumps(told))
"""


BEFORE = ("pygments", "base.typing", "base.finding", "cli.main", "cli.dispatch", "lsp.server", "runtime.app", "api")


@pytest.mark.parametrize(
    "first", ["", "import typing", "recpol.serve", "recpol.lint", *(f"import recpol.{name}" for name in BEFORE)]
)
def test_the_annotations_of_what_is_public_can_be_evaluated(first: str) -> None:
    """By a program that uses recpol as a library, whatever it has loaded before."""
    done = subprocess.run(
        [sys.executable, "-c", HINTS.format(first=first)],
        env={"PYTHONPATH": str(Path(recpol.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "recpol.base.typing" not in done.stdout
    assert told["Severity"] == ["typing.Literal['error', 'warning', 'info']", "typing.Literal"]
    assert any("typing.Literal['off', 'info', 'warning', 'error']" in hint for hint in told["lint"])
    assert "typing.Optional[typing.Literal['error', 'warning', 'info']]" in told["Finding"]
    assert "<class 'starlette.applications.Starlette'>" in told["serve"]
    assert told["Span"] == ["end", "source", "start"]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_other_module_names_the_standard_librarys(path: Path) -> None:
    if path not in (PACKAGE / "base" / "typing.py", PACKAGE / "api.py", PACKAGE / "runtime" / "app.py"):
        taken = re.findall(r"^\s*(?:from|import) typing\b.*", path.read_text("utf-8"), re.MULTILINE)
        assert taken == [], "import it from recpol.base.typing"
