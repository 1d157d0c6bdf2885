"""The families of rules about policies, and what of a policy each is about: a lint loads those that it asks.

A family is a module of `rules.policy` or `rules.targets`. Most policies have no callouts, cookies or phases, and are
compiled to one target; loading what they have no use for takes a quarter of a lint.

Invariant: a family that is not asked would find nothing; the tests ask all of them, about every policy there is. What
is about texts that could not be read is asked wherever there are such, and so is everything where comments allow
findings: whether one is of use is told by what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from importlib import import_module

from recpol.analysis.program import Program
from recpol.analysis.steps import UNANSWERED
from recpol.base.record import Record
from recpol.base.source import BOM
from recpol.platform.targets import Target
from recpol.rules.policy.known import placeholders
from recpol.rules.rule import AskedRule, Rule
from recpol.rules.targets import about_classic, about_current, about_whole_calls
from recpol.syntax import tree


class Contents(Record):
    """What families are asked by: what a policy is compiled to, which of the words that count stand in its files, and
    whether it holds what is rare. Policies with equal contents are asked the same."""

    targets: tuple[Target, ...]
    words: frozenset[str]
    placeholders: bool
    guarantees: bool
    suppressions: bool
    foreign: bool
    """Whether some character is not ASCII."""
    marked: bool
    """Whether a file begins with a byte order mark."""
    several_files: bool
    unanswered: bool
    """Whether something answers calls that nobody answered."""
    keys_in_rooms: bool
    failures: bool
    """Whether something is said about recordings and phases that fail."""


Test = Callable[[Contents], bool]

_COUNTING: set[str] = set()
"""The words of the language that families are asked by."""


def _always(contents: Contents) -> bool:
    return True


def _says(*words: str) -> Test:
    """Whether one of some words of the language is written."""
    _COUNTING.update(words)
    return lambda contents: not contents.words.isdisjoint(words)


def _fills_in_or(word: str) -> Test:
    """Whether something is filled in, or a word is written."""
    says = _says(word)
    return lambda contents: contents.placeholders or says(contents)


def _guarantees(contents: Contents) -> bool:
    return contents.guarantees


def _compiled(about: Callable[[Sequence[Target]], bool]) -> Test:
    """Whether the policy is compiled to some target that a family is about."""
    return lambda contents: about(contents.targets)


FAMILIES: dict[str, Test] = {
    "policy.syntax": lambda contents: contents.marked,
    "policy.literals": _always,
    "policy.deceiving": lambda contents: contents.foreign,
    "policy.files": lambda contents: contents.several_files,
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
    "policy.roomkeys": lambda contents: contents.keys_in_rooms,
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
    "targets.svaml2_failures": lambda contents: contents.failures or about_whole_calls(contents.targets),
    "targets.unanswered": lambda contents: contents.unanswered,
    "policy.placeholders": _fills_in_or("env"),
    "policy.starts": _fills_in_or("unique"),
    "policy.suppressions": lambda contents: contents.suppressions,
}
"""When to ask a family, by its module; in the order of the catalogue. A policy that could not be read, or that allows
findings, is asked about everything."""


def contents_of(program: Program) -> Contents:
    """What a policy is asked by."""
    files = program.files
    texts = [file.source.text for file in files]
    tokens = (program.parsed.tokens, *(one.tokens for one in program.imports))
    written = [text[start:end] for text, of in zip(texts, tokens, strict=True) for _, start, end in of]
    return Contents(
        targets=program.targets,
        words=frozenset(_COUNTING.intersection(written)),
        placeholders=bool(placeholders(program)),
        guarantees=bool(program.guarantees()),
        suppressions=bool(program.suppressions),
        foreign=not all(map(str.isascii, texts)),
        marked=any(text.startswith(BOM) for text in texts),
        several_files=bool(program.imports or len(program.names.headers) != 1 or program.is_rules),
        unanswered=any(handler.kind in UNANSWERED for handler in program.handlers),
        keys_in_rooms=any(isinstance(step.body, tree.Connect) and step.body.keys for step in program.steps),
        failures=any(isinstance(one, tree.OnFailure) for file in files for one in file.statements),
    )


def rules_asked(program: Program) -> tuple[AskedRule, ...]:
    """The rules that may find something in a policy: those of the families that are asked, if they are about a target
    that it is compiled to."""
    if program.partial or program.suppressions:
        from recpol.rules.catalogue import CATALOGUE

        return _about_policies(CATALOGUE, program.targets)
    return _rules_together(contents_of(program))


@lru_cache(maxsize=64)  # most policies of a project are asked the same
def _rules_together(contents: Contents) -> tuple[AskedRule, ...]:
    together = (one for family, asked in FAMILIES.items() if asked(contents) for one in rules_of(family))
    return _about_policies(together, contents.targets)


def _about_policies(rules: Iterable[Rule], targets: tuple[Target, ...]) -> tuple[AskedRule, ...]:
    return tuple((one, one.program) for one in rules if one.program is not None and one.speaks(targets))


@cache
def rules_of(family: str) -> tuple[Rule, ...]:
    """The rules of a family, by its module."""
    module = import_module(f"recpol.rules.{family}")
    return tuple(one for one in vars(module).values() if isinstance(one, Rule) and one.module == module.__name__)
