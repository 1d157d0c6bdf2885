"""Finds places that look at the tree with an open end: where a new kind of node would pass unseen.

Three sorts, in a module that knows the tree:

* `open`: a `match` with a class of the tree in one of its patterns, whose last case is anything else than
  `case …: assert_never(…)`;
* `ladder`: three or more `isinstance` tests of one expression against classes of the tree, in one `if` … `elif`, in
  one condition or conditional expression, or in `if`s that follow each other; but for one that ends in `assert_never`;
  two of them are enough in an `if` … `elif` without an `else`, which passes over the rest in silence;
* `list`: three or more classes of the tree written out in one `isinstance`, in a tuple, list or set, or as the keys of
  a dictionary, where a union belongs that the tree declares.

Names count as classes of the tree where the module imports them (or the tree itself) from `recpol.syntax.tree`.
"""

from __future__ import annotations

import ast
import types
import typing
from collections import Counter
from collections.abc import Iterator
from dataclasses import is_dataclass

from recpol.syntax import tree

MANY, SILENT = 3, 2


def members(thing: object) -> list[type]:
    """The classes that a class, or a union, of the tree stands for."""
    if isinstance(thing, types.UnionType):
        return [member for part in typing.get_args(thing) for member in members(part)]
    return [thing] if isinstance(thing, type) and is_dataclass(thing) else []


NODES = frozenset(name for name in tree.__all__ if members(getattr(tree, name)))
"""The names that the tree has for its classes and unions."""


def problems(text: str) -> list[tuple[int, str]]:
    """The line and the sort of everything open in a module, in order."""
    module = ast.parse(text)
    return sorted({(line, sort) for line, sort in _Looker(module).found()})


def looks_at_the_tree(text: str) -> bool:
    """Whether a module has a `match` over the tree."""
    looker = _Looker(ast.parse(text))
    return any(isinstance(node, ast.Match) and looker.is_over_the_tree(node) for node in ast.walk(looker.module))


class _Looker:
    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self.trees: set[str] = set()
        self.names: set[str] = set()
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module == "recpol.syntax":
                self.trees |= {name.asname or name.name for name in node.names if name.name == "tree"}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("recpol.syntax.tree"):
                self.names |= {name.asname or name.name for name in node.names if name.name in NODES}

    def found(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.module):
            if isinstance(node, ast.Match) and self.is_over_the_tree(node) and not _catches_all(node.cases[-1]):
                yield node.lineno, "open"
            listed = self.tested(node) if isinstance(node, ast.Call) else self.kept(node)
            if isinstance(node, ast.expr) and len(listed) >= MANY:
                yield node.lineno, "list"
            for line, conditions in _chains(node):
                counted = Counter(subject for one in conditions for subject in self.subjects(one))
                if any(count >= MANY for count in counted.values()):
                    yield line, "ladder"
            for one in _silent(node):
                asked = Counter(subject for test in _conditions(one)[0] for subject in self.subjects(test, sure=True))
                if any(count >= SILENT for count in asked.values()):
                    yield one.lineno, "ladder"

    def is_class(self, node: ast.expr) -> bool:
        """Whether an expression is a class, or a union, of the tree."""
        if isinstance(node, ast.Attribute):
            return isinstance(node.value, ast.Name) and node.value.id in self.trees and node.attr in NODES
        return isinstance(node, ast.Name) and node.id in self.names

    def is_over_the_tree(self, node: ast.Match) -> bool:
        """Whether some case of a `match` asks for a class of the tree."""
        return any(self.knows(case.pattern) for case in node.cases)

    def knows(self, pattern: ast.pattern) -> bool:
        """Whether a pattern asks for a class of the tree, at any depth."""
        return any(isinstance(part, ast.MatchClass) and self.is_class(part.cls) for part in ast.walk(pattern))

    def tested(self, call: ast.Call) -> list[ast.expr]:
        """The names of the tree that an `isinstance` asks for; none for any other call."""
        if not (isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "issubclass") and call.args[1:]):
            return []
        return [part for part in ast.walk(call.args[1]) if isinstance(part, ast.expr) and self.is_class(part)]

    def kept(self, node: ast.AST) -> list[ast.expr]:
        """The classes of the tree among the items of a tuple, list or set, or the keys of a dictionary."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return [item for item in node.elts if self.is_class(item)]
        return (
            [key for key in node.keys if key is not None and self.is_class(key)] if isinstance(node, ast.Dict) else []
        )

    def subjects(self, condition: ast.expr, *, sure: bool = False) -> Iterator[str]:
        """What a condition asks for being a node of the tree, once for each test; or where that is `sure`, but for
        `not isinstance`, which takes in all that is left."""
        negated = {id(part.operand) for part in ast.walk(condition) if sure and isinstance(part, ast.UnaryOp)}
        for part in ast.walk(condition):
            if isinstance(part, ast.Call) and id(part) not in negated and self.tested(part):
                yield ast.unparse(part.args[0])


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of statements right in a node, but for an `elif`."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and not (name == "orelse" and isinstance(node, ast.If) and _is_elif(block)):
            yield block


def _silent(node: ast.AST) -> Iterator[ast.If]:
    """The `if`s right in a node that pass over in silence what their `elif`s do not ask for."""
    return (one for block in _blocks(node) for one in block if isinstance(one, ast.If) and _is_silent(one))


def _chains(node: ast.AST) -> Iterator[tuple[int, list[ast.expr]]]:
    """Conditions that are asked one after the other, with the line where they begin; none that end closed."""
    for block in _blocks(node):
        yield from _runs(block)
    if isinstance(node, ast.IfExp):
        yield node.lineno, _ways(node)
    elif isinstance(node, ast.BoolOp):
        yield node.lineno, list(node.values)


def _refuses(block: list[ast.stmt]) -> bool:
    """Whether all that a block does is `assert_never`."""
    call = block[0].value if len(block) == 1 and isinstance(block[0], ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "assert_never"


def _catches_all(case: ast.match_case) -> bool:
    """Whether a case catches all that is left, and refuses it."""
    anything = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
    return anything and _refuses(case.body)


def _runs(block: list[ast.stmt]) -> Iterator[tuple[int, list[ast.expr]]]:
    """The conditions of `if`s that follow each other, with their `elif`s."""
    run: list[ast.expr] = []
    begin, closed = 0, False
    for statement in [*block, ast.Pass()]:
        if isinstance(statement, ast.If):
            begin = begin if run else statement.lineno
            conditions, last = _conditions(statement)
            run += conditions
            closed = _refuses(last)
        elif run:
            if not (closed or _refuses([statement])):
                yield begin, run
            run = []


def _conditions(statement: ast.If) -> tuple[list[ast.expr], list[ast.stmt]]:
    """What an `if` and its `elif`s ask, and what is done in the end."""
    match statement.orelse:
        case []:
            return [statement.test], statement.body
        case [ast.If() as further]:
            asked, last = _conditions(further)
            return [statement.test, *asked], last
        case last:
            return [statement.test], last


def _is_silent(statement: ast.stmt) -> bool:
    """Whether an `if` has an `elif`, and at the end neither an `else` nor an `assert_never`."""
    match statement:
        case ast.If(orelse=[ast.If(orelse=[]) as last]):
            return not _refuses(last.body)
        case ast.If(orelse=[further]):
            return _is_silent(further)
        case _:
            return False


def _is_elif(block: list[ast.stmt]) -> bool:
    return len(block) == 1 and isinstance(block[0], ast.If)


def _ways(node: ast.IfExp) -> list[ast.expr]:
    return [node.test, *(_ways(node.orelse) if isinstance(node.orelse, ast.IfExp) else [])]
