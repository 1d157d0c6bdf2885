"""No regular expression is slow, and no text of an input becomes one."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recpol.platform import storage
from recpol.platform.v2 import commands
from recpol.rules.policy import providers
from recpol.settings import config
from recpol.syntax.table import load_table
from regexshapes import slow

ROOT = Path(__file__).parents[1]
COMPILER = ROOT / "compiler"
ANCHORED = {"match", "fullmatch"}
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
FLAGS_AT = {"compile": 1, "sub": 4, "subn": 4, "split": 3}
"""Where the flags stand among the arguments of a function; behind the text elsewhere."""


def in_schema(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (node["pattern"],) if isinstance(node.get("pattern"), str) else ()
        yield from node.get("patternProperties", ())
        yield from (pattern for value in node.values() for pattern in in_schema(value))
    elif isinstance(node, list):
        yield from (pattern for value in node for pattern in in_schema(value))


MADE = {
    "recpol/base/likeness.py: value": sorted(
        {
            pattern
            for path in (ROOT / "schemas").glob("*.json")
            for pattern in in_schema(json.loads(path.read_text("utf-8")))
        }
    ),
    "recpol/explain/glossary.py: f'\\\\b{re.escape(word)}(?:e?s)?\\\\b'": ["\\bManage\\ Call(?:e?s)?\\b"],
    "recpol/platform/storage.py: self.pattern": [
        rule.pattern for rule in vars(storage).values() if isinstance(rule, storage.NameRule)
    ],
    "recpol/rules/policy/providers.py: f'https?://{pattern}(?P<path>/[^?#\\\\s]*)?\\\\Z'": [
        rf"https?://{pattern}(?P<path>/[^?#\s]*)?\Z" for pattern, _ in vars(providers)["_PROVIDERS"]
    ],
    "recpol/rules/policy/storage.py: f'{s}\\\\b'": [rf"{scheme}\b" for scheme in storage.SCHEMES],
    "recpol/rules/targets/svaml2.py: facts.LANGUAGE": [commands.LANGUAGE],
    "recpol/settings/configfile.py: pattern": [config.INCLUDE, config.OUT],
    "recpol/settings/mapping.py: pattern": [
        config.VAR_NAME,
        config.ENVIRONMENT_NAME,
        config.RULE_NAME,
        config.INCLUDE,
    ],
    "recpol/syntax/table.py: sections['pattern'][0]": [load_table().pattern.pattern],
}
"""Expressions that a function makes of tables of recpol: where, and what they come to."""

ELSEWHERE = {"recpol/syntax/table.py": {"match"}}
"""How an expression is used that another module has. One of the lexer's alternatives fits everywhere, so that it finds
where it looks."""

SHORT = {
    "recpol/rules/policy/slips": "they look at `FAR` characters around a problem",
    "recpol_check.py": "it refuses texts of more than 5,000 characters",
}
"""Where texts are so short that expressions may be slow, and why."""

LINEAR = {
    r'(?:\{\{[^{}]*\}\}|[^\s"])+': "each step ends a match, so that none is tried again",
    r"<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)|[^<]+": "the end of the text ends each way, so that none fails",
}
"""Expressions that look slow and are not, and why."""


class Used(NamedTuple):
    """An expression and how it is used: its place, its flags, and the functions by name."""

    place: str
    written: str
    flags: str
    functions: frozenset[str]


@cache
def uses(path: Path) -> tuple[Used, ...]:
    """The expressions of a module; one that is compiled is used in each way that its name is."""
    return tuple(_uses(path))


def _uses(path: Path) -> Iterator[Used]:
    text = path.read_text("utf-8")
    if not re.search(r"\bre\b|\bpattern\b", text):
        return
    nodes = list(ast.walk(ast.parse(text)))
    methods: dict[str, set[str]] = {}
    names: dict[int, str] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in FUNCTIONS:
            methods.setdefault(node.value.id, set()).add(node.attr)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[id(node.value)] = node.targets[0].id
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("re"), attr=function)) if function in FUNCTIONS:
                at = FLAGS_AT.get(function, 2)
                named = [keyword.value for keyword in node.keywords if keyword.arg == "flags"]
                flags = node.args[at] if len(node.args) > at else named[0] if named else ast.Constant(0)
                place = path.relative_to(COMPILER).as_posix()
                used = methods.get(names.get(id(node), ""), ELSEWHERE.get(place, {"search", "fullmatch"}))
                functions = frozenset(used if function == "compile" else {function})
                yield Used(place, ast.unparse(node.args[0]), ast.unparse(flags), functions)
            case ast.Call(func=ast.Name("pattern"), args=[written, *given]):  # `recpol.base.pattern`
                place = path.relative_to(COMPILER).as_posix()
                functions = frozenset(methods.get(names.get(id(node), ""), {"search", "fullmatch"}))
                yield Used(place, ast.unparse(written), ast.unparse(given[0]) if given else "0", functions)
            case _:
                pass


def patterns(used: Used) -> list[tuple[str, int]]:
    """What an expression comes to: a constant, what the module's names make of it, or what `MADE` says."""
    name = used.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    known = dict(vars(importlib.import_module(name)))
    flags = eval(used.flags, known)
    made = MADE.get(f"{used.place}: {used.written}")
    return [(pattern, flags) for pattern in made or [eval(used.written, known)]]


MODULES = sorted(set(COMPILER.rglob("*.py")) - {COMPILER / "recpol" / "base" / "pattern.py"})
"""All but the one that compiles what others write, and is looked at there."""


@pytest.mark.slow
@pytest.mark.parametrize("room", sorted({path.relative_to(COMPILER).parts[:2] for path in MODULES}), ids="/".join)
def test_no_expression_is_slow(room: tuple[str, ...]) -> None:
    """An expression that is not made of names of its module, and not in `MADE`, is a `NameError` here."""
    for path in MODULES:
        if path.relative_to(COMPILER).parts[:2] != room:
            continue
        for used in uses(path):
            if any(used.place.startswith(place) for place in SHORT):
                continue
            for pattern, flags in patterns(used):
                for function in used.functions:
                    said = slow(pattern, flags, searched=function not in ANCHORED, whole=function == "fullmatch")
                    assert not said or pattern in LINEAR, f"{said}: {used.place}: {function} {pattern}"


@pytest.mark.slow
def test_what_is_said_of_expressions_is_still_needed() -> None:
    used = [use for path in MODULES for use in uses(path)]
    assert {f"{use.place}: {use.written}" for use in used} >= set(MADE)
    assert {use.written for use in used} >= {repr(pattern) for pattern in LINEAR}
    assert all(any(use.place.startswith(place) for use in used) for place in SHORT)


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.json")), ids=lambda path: path.name)
def test_no_expression_of_a_schema_is_slow(path: Path) -> None:
    found = set(in_schema(json.loads(path.read_text("utf-8"))))
    assert {pattern: said for pattern in found if (said := slow(pattern))} == {}


@pytest.mark.parametrize(
    ("pattern", "searched", "said"),
    [
        (r"(a*)*b", False, "exponential"),
        (r"(a|ab|b)*c", False, "exponential"),
        (r"(?:a+b?)*c", False, "exponential"),
        (r"a*a*b", False, "quadratic"),
        (r"\s*(.*?)\s*\)", False, "quadratic"),
        (r"a*b", True, "quadratic"),
        (r".*?b", True, "quadratic"),
        (r"\s*\Z", True, "quadratic"),
        (r"<[^>]*\Z", True, "quadratic"),
        (r"x*(?=y)", True, "quadratic"),
        (r"a*b", False, ""),
        (r"^a*b", True, ""),
        (r"a+", True, ""),
        (r'"[^"]*"', True, ""),
        (r"<[^<>]*\Z", True, ""),
        (r"\](?=\s*(?:;|\Z))", True, ""),
        (r"(?:[^/]+/)*x", False, ""),
        (r"a{0,40}b", True, ""),
        (r"\b\w+\b!", True, ""),
        (r"\b[\w-]+!", True, "quadratic"),
    ],
)
def test_slow_expressions_are_known(pattern: str, searched: bool, said: str) -> None:
    assert slow(pattern, searched=searched) == said
