"""Mutants of the lowering: its own source with one small fault, run over the policies that come past the fault.

A mutant of a function gets its code in the place of the function's own, so that whoever imported the function runs the
mutant; one of a constant is put wherever the constant is known.

Invariant: everything is as it was when a mutant has been tried.
"""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Literal

from mutants.corpus import Compiled, plain, seen
from recpol.base.validate import validate_document
from recpol.targets.catalogue import backend_of

MODULES = (
    "recpol.targets.answers",
    "recpol.targets.values",
    "recpol.targets.v1.callouts",
    "recpol.targets.v1.classic",
    "recpol.targets.v1.connects",
    "recpol.targets.v1.current",
    "recpol.targets.v1.forms",
    "recpol.targets.v1.replies",
    "recpol.targets.v2.document",
    "recpol.targets.v2.forms",
    "recpol.targets.v2.keys",
    "recpol.targets.v2.plan",
    "recpol.targets.v2.reported",
    "recpol.targets.v2.requests",
)
"""All that writes documents. Names of files are spelt in one place for those that write and those that check them, and
`tests/test_lowering.py` holds them to their spelling."""

Fate = Literal["unchanged", "refused", "survives"]
"""What becomes of a mutant: its output is what it was in all policies; compiling is refused wherever it is not; or
somewhere something else would be written, and nothing says so."""


@dataclass(frozen=True)
class Fault:
    """One fault: the function or constant that it is in, how it is made, and the line as it is with it."""

    module: str
    name: str
    way: str
    line: int
    text: str
    node: ast.stmt

    @property
    def in_function(self) -> bool:
        """Whether it is in a function or method, and not in a constant."""
        return isinstance(self.node, ast.FunctionDef)

    @property
    def key(self) -> str:
        """What it is called in the list of survivors; without its line, which moves."""
        return f"{self.module.removeprefix('recpol.targets.')}.{self.name}: {self.way}: {self.text}"


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_DROPPED = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.If, ast.For, ast.Continue)


@dataclass(frozen=True)
class Place:
    """Where a fault can be made: the function or constant, the node in it, and which of that node's ways."""

    module: str
    name: str
    top: ast.stmt
    at: int
    number: int

    def made(self) -> Fault | None:
        """The fault; None where what it makes is no program."""
        made = copy.deepcopy(self.top)
        node = next(node for n, node in enumerate(ast.walk(made)) if n == self.at)
        way, edit = list(_ways(node))[self.number]
        edit()
        ast.fix_missing_locations(made)
        try:
            compile(ast.Module([made], []), self.module, "exec")
        except (SyntaxError, ValueError):
            return None
        return Fault(self.module, self.name, way, getattr(node, "lineno", 0), _shown(self.top, made), made)


def places(module: str) -> Iterator[Place]:
    """Every place of a module where a fault can be made, in the order of its text."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    for top in tree.body:
        match top:
            case ast.FunctionDef():
                yield from _of(module, top.name, top)
            case ast.ClassDef():
                for inner in top.body:
                    if isinstance(inner, ast.FunctionDef):
                        yield from _of(module, f"{top.name}.{inner.name}", inner)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield from _of(module, name, top)
            case _:
                pass


def _of(module: str, name: str, top: ast.stmt) -> Iterator[Place]:
    for at, node in enumerate(ast.walk(top)):
        for number, _ in enumerate(_ways(node)):
            yield Place(module, name, top, at, number)


def _shown(before: ast.stmt, after: ast.stmt) -> str:
    """The first line that a fault changes, as it is with it; before it where a statement is dropped."""
    was, now = ast.unparse(before).splitlines(), ast.unparse(after).splitlines()
    at = next(
        (n for n, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), min(len(was), len(now))
    )
    lines = was if at >= len(now) or len(now) < len(was) or now[at].strip() == "pass" else now
    return lines[min(at, len(lines) - 1)].strip()


_Edit = Callable[[], object]


def _ways(node: ast.AST) -> Iterator[tuple[str, _Edit]]:
    """The faults that begin at one node of the tree, each with what makes it."""
    match node:
        case ast.Compare():
            for at, op in enumerate(node.ops):
                flipped = _FLIPPED.get(type(op))
                if flipped is not None:
                    yield "compares otherwise", _setting(node.ops, at, flipped())
        case ast.BoolOp():
            yield "and for or", _having(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for at in range(len(node.values)):
                yield "condition dropped", _setting(node.values, at, node.values[at - 1])
        case ast.IfExp():
            yield "branches exchanged", lambda: node.__dict__.update(body=node.orelse, orelse=node.body)
        case ast.If() | ast.While():
            if isinstance(node, ast.If):
                yield "asks the opposite", _having(node, "test", ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension():
            for at in range(len(node.ifs)):
                yield "filter dropped", _deleting(node.ifs, at)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield "plus for minus", _having(node, "op", ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
        case ast.BinOp(op=ast.FloorDiv()):
            yield "times for by", _having(node, "op", ast.Mult())
        case ast.Constant():
            yield from _constants(node)
        case ast.Dict():
            for at in range(len(node.keys)):
                yield "entry dropped", _dropping_entry(node, at)
        case ast.List() | ast.Tuple() | ast.Set():
            for at in range(len(node.elts)):
                yield "element dropped", _deleting(node.elts, at)
            if len(node.elts) > 1 and isinstance(node, ast.List):
                yield "elements turned round", node.elts.reverse
        case _:
            pass
    for field in ("body", "orelse"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            for at, statement in enumerate(body):
                documents = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
                if isinstance(statement, _DROPPED) and not documents:
                    yield "statement dropped", _setting(body, at, ast.Pass())


def _constants(node: ast.Constant) -> Iterator[tuple[str, _Edit]]:
    match node.value:
        case bool():
            yield "flipped", _having(node, "value", not node.value)
        case int():
            yield "one more", _having(node, "value", node.value + 1)
            yield "one less", _having(node, "value", node.value - 1)
        case str():
            if "\n" not in node.value and " " not in node.value.strip():
                yield "longer", _having(node, "value", node.value + "x")
        case _:
            pass


def _setting(held: list[Any], at: int, value: object) -> _Edit:
    return lambda: held.__setitem__(at, value)


def _deleting(held: list[Any], at: int) -> _Edit:
    return lambda: held.pop(at)


def _dropping_entry(node: ast.Dict, at: int) -> _Edit:
    return lambda: (node.keys.pop(at), node.values.pop(at))


def _having(node: ast.AST, name: str, value: object) -> _Edit:
    return lambda: setattr(node, name, value)


# ── trying them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def passed(policies: Sequence[Compiled]) -> dict[str, list[Compiled]]:
    """The policies by the function that their lowering runs, as `MODULE.NAME`."""
    found: dict[str, dict[str, Compiled]] = {}
    for compiled in policies:
        run: set[str] = set()

        def note(frame: FrameType, event: str, argument: object, run: set[str] = run) -> None:
            module = str(frame.f_globals.get("__name__"))
            if event == "call" and module in MODULES:
                run.add(f"{module}.{frame.f_code.co_qualname.partition('.<locals>')[0]}")

        sys.setprofile(note)
        try:
            backend_of(compiled.target).lower(compiled.unit)
        finally:
            sys.setprofile(None)
        for name in run:
            found.setdefault(name, {})[f"{compiled.target.name} {compiled.name}"] = compiled
    return {name: list(some.values()) for name, some in found.items()}


def fate(fault: Fault, policies: Sequence[Compiled]) -> tuple[Fate, str]:
    """What becomes of a fault over some policies; for one that survives also the policy in which it does."""
    result: Fate = "unchanged"
    for compiled in policies:
        with _put(fault):
            changed = _changed(compiled)
        if changed is None:
            continue
        result = "refused"
        if changed and not _refused(compiled, changed):
            return "survives", f"{compiled.target.name}: {compiled.name}"
    return result, ""


class _TooLongError(Exception):
    pass


def _changed(compiled: Compiled) -> Any:
    """What the lowering makes now; None where it is what it was, and nothing where it breaks down or does not end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        made = plain(backend_of(compiled.target).lower(compiled.unit))
    except Exception:  # noqa: BLE001 - whatever it is, nothing is written
        return {}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return None if json.dumps(made) == json.dumps(compiled.made) else made


def _refused(compiled: Compiled, made: Any) -> bool:
    if seen(compiled, made):
        return True
    return any(validate_document(compiled.target.schema, one["document"]) for one in made.values())


@contextmanager
def _put(fault: Fault) -> Iterator[None]:
    """The fault in its place."""
    module = import_module(fault.module)
    undo = _function(fault, module) if fault.in_function else _constant(fault, module)
    try:
        yield
    finally:
        undo()


def _compiled(node: ast.stmt, module: ModuleType) -> CodeType:
    flags = __future__.annotations.compiler_flag
    made = compile(ast.Module([node], []), str(module.__file__), "exec", flags, dont_inherit=True)
    assert isinstance(made, CodeType)
    return made


def _function(fault: Fault, module: ModuleType) -> _Edit:
    node = fault.node
    assert isinstance(node, ast.FunctionDef)
    *classes, name = fault.name.split(".")
    holder: Any = vars(module)[classes[0]] if classes else module
    found = vars(holder)[name]
    function = found.fget if isinstance(found, property) else inspect.unwrap(found)
    assert isinstance(function, FunctionType)
    made = next(c for c in _compiled(node, module).co_consts if isinstance(c, CodeType) and c.co_name == name)
    before = function.__code__
    function.__code__ = made.replace(co_qualname=before.co_qualname)
    return lambda: setattr(function, "__code__", before)


def _constant(fault: Fault, module: ModuleType) -> _Edit:
    before = vars(module)[fault.name]
    scope = dict(vars(module))
    try:
        exec(_compiled(fault.node, module), scope)
    except Exception:  # noqa: BLE001 - the module could not be imported, so nothing would be written
        return lambda: None
    holders = [
        (other, name)
        for other in list(sys.modules.values())
        if getattr(other, "__name__", "").startswith("recpol.targets.")
        for name, value in list(vars(other).items())
        if value is before
    ]
    for other, name in holders:
        setattr(other, name, scope[fault.name])

    def undo() -> None:
        for other, name in holders:
            setattr(other, name, before)

    return undo
