"""The families of rules about policies, and what of a policy each is about: a lint loads those that it asks.

A family is a module of `rules.policy` or `rules.targets`. Most policies have no callouts, cookies or phases, and are
compiled to one target; loading what they have no use for takes a quarter of a lint.

Invariant: a family that is not asked would find nothing; the tests ask all of them, about every policy there is. What
is about texts that could not be read is asked wherever there are such, and so is everything where comments allow
findings: whether one is of use is told by what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module

from recpol.analysis.program import Program
from recpol.analysis.steps import UNANSWERED
from recpol.base.record import dataclass
from recpol.base.source import BOM
from recpol.platform.targets import Target
from recpol.rules.policy.known import placeholders
from recpol.rules.rule import Rule
from recpol.rules.targets import about_classic, about_current, about_whole_calls
from recpol.syntax import tree


@dataclass(frozen=True, slots=True)
class Contents:
    """What families are asked by: a policy, the texts of its files, and the words that stand in them."""

    program: Program
    texts: tuple[str, ...]
    words: frozenset[str]
    placeholders: bool


Test = Callable[[Contents], bool]


def _always(contents: Contents) -> bool:
    return True


def _says(*words: str) -> Test:
    """Whether one of some words of the language is written."""
    return lambda contents: not contents.words.isdisjoint(words)


def _guarantees(contents: Contents) -> bool:
    return bool(contents.program.guarantees())


def _named_values(contents: Contents) -> bool:
    return contents.placeholders or "env" in contents.words


def _started(contents: Contents) -> bool:
    return contents.placeholders or "unique" in contents.words


def _foreign(contents: Contents) -> bool:
    return not all(map(str.isascii, contents.texts))


def _marked(contents: Contents) -> bool:
    return any(text.startswith(BOM) for text in contents.texts)


def _several_files(contents: Contents) -> bool:
    program = contents.program
    return bool(program.imports or len(program.names.headers) != 1 or program.is_rules)


def _compiled(about: Callable[[Sequence[Target]], bool]) -> Test:
    """Whether the policy is compiled to some target that a family is about."""
    return lambda contents: about(contents.program.targets)


def _unanswered(contents: Contents) -> bool:
    return any(handler.kind in UNANSWERED for handler in contents.program.handlers)


def _keys_in_rooms(contents: Contents) -> bool:
    return any(isinstance(step.body, tree.Connect) and step.body.keys for step in contents.program.steps)


def _failures(contents: Contents) -> bool:
    statements = (statement for file in contents.program.files for statement in file.statements)
    return any(isinstance(one, tree.OnFailure) for one in statements) or about_whole_calls(contents.program.targets)


FAMILIES: dict[str, Test] = {
    "policy.syntax": _marked,
    "policy.literals": _always,
    "policy.deceiving": _foreign,
    "policy.files": _several_files,
    "policy.answering": _says("target", "answers"),
    "policy.names": _always,
    "policy.conflicts": _always,
    "policy.stores": _says("store", "to"),
    "policy.appcalls": _says("app"),
    "policy.phases": _says("phase"),
    "policy.phaseprompts": _says("begin", "end"),
    "policy.confirmed": _says("phase"),
    "policy.ways": _always,
    "policy.callouts": _says("call", "callout"),
    "policy.opposed": _guarantees,
    "policy.guarantees": _guarantees,
    "policy.promises": _says("keep", "readers", "encrypted", "region", "only"),
    "policy.packs": _says("pack"),
    "policy.reply": _always,
    "policy.dialled": _always,
    "policy.parties": _says("to"),
    "policy.requests": _says("in", "callout"),
    "targets.requests": _says("in"),
    "policy.roomkeys": _keys_in_rooms,
    "policy.menus": _says("menu", "park"),
    "policy.menulines": _says("menu", "park"),
    "policy.connects": _always,
    "policy.encryption": _says("stream", "sip"),
    "policy.options": _always,
    "policy.prompts": _always,
    "policy.soundfiles": _always,
    "policy.locales": _always,
    "policy.languages": _always,
    "policy.cookies": _says("cookie", "header"),
    "policy.quiet": _says("cookie"),
    "policy.storage": _says("store"),
    "policy.filenames": _says("store"),
    "policy.credentials": _says("store"),
    "policy.leaked": _always,
    "targets.classic": _compiled(about_classic),
    "targets.svaml1": _compiled(about_current),
    "targets.svaml2": _compiled(about_whole_calls),
    "targets.svaml2_flow": _compiled(about_whole_calls),
    "targets.svaml2_failures": _failures,
    "targets.unanswered": _unanswered,
    "policy.placeholders": _named_values,
    "policy.starts": _started,
    "policy.suppressions": lambda contents: bool(contents.program.suppressions),
}
"""When to ask a family, by its module; in the order of the catalogue. A policy that could not be read, or that allows
findings, is asked about everything."""


def contents_of(program: Program) -> Contents:
    """A policy, and the words of its files."""
    texts = tuple(file.source.text for file in program.files)
    tokens = (program.parsed.tokens, *(one.tokens for one in program.imports))
    words = frozenset([text[start:end] for text, of in zip(texts, tokens, strict=True) for _, start, end, _ in of])
    return Contents(program, texts, words, bool(placeholders(program)))


def rules_asked(program: Program) -> tuple[Rule, ...]:
    """The rules of the families that may find something in a policy."""
    if program.partial or program.suppressions:
        from recpol.rules.catalogue import CATALOGUE

        return CATALOGUE
    contents = contents_of(program)
    return _rules_together(tuple(family for family, asked in FAMILIES.items() if asked(contents)))


@lru_cache(maxsize=16)  # most policies of a project ask the same families
def _rules_together(families: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(one for family in families for one in rules_of(family))


@cache
def rules_of(family: str) -> tuple[Rule, ...]:
    """The rules of a family, by its module."""
    module = import_module(f"recpol.rules.{family}")
    return tuple(one for one in vars(module).values() if isinstance(one, Rule) and one.module == module.__name__)
