"""What a rule is.

A rule is one function; `@rule` turns it into a `Rule`. The function's name with hyphens is the rule's name, its
docstring is its page: first line what the rule finds, then why, then examples in fenced `recpol` blocks under `Wrong:`
and `Right:`. A rule about existing documents is made by `@json_rule`, and its examples are `json` blocks; a word after
`json` says which callback the example answers.

Invariant: a rule reads a program or a document and yields findings; it never changes anything and never fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from inspect import cleandoc
from typing import TYPE_CHECKING

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Severity
from recpol.base.record import dataclass
from recpol.platform.sources import SourceDialect
from recpol.platform.targets import Target

if TYPE_CHECKING:
    from recpol.svaml.read import Document

Check = Callable[[Program], Iterable[Finding]]
Inspect = Callable[["Document"], Iterable[Finding]]
TargetTest = Callable[[Target], bool]
"""Whether a rule is about policies that are compiled to a target, by what the target can do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, its usual severity, and whether an author may suppress it or set its level.

    `binding` rules guard the output: without them it would be wrong or missing, so they always speak. `covers` are the
    documented mistakes that it finds, by their names in `recpol.platform.pitfalls`. A rule with `targets` speaks
    only where a policy is compiled to one that passes this test.
    """

    name: str
    severity: Severity
    binding: bool
    check: Check
    page: str
    covers: tuple[str, ...] = ()
    targets: TargetTest | None = None

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]

    @property
    def module(self) -> str:
        """The family module that the rule is written in."""
        return self.check.__module__

    def speaks(self, targets: Iterable[Target]) -> bool:
        """Whether the rule is about policies that are compiled to these targets."""
        return self.targets is None or any(map(self.targets, targets))


@dataclass(frozen=True, slots=True)
class JsonRule(Rule):
    """A rule about existing SVAML documents. It says nothing about policies; its examples are `json`."""

    inspect: Inspect = field(kw_only=True)

    @property
    def module(self) -> str:
        """The family module that the rule is written in."""
        return self.inspect.__module__


def rule(
    severity: Severity, *, binding: bool = False, covers: tuple[str, ...] = (), targets: TargetTest | None = None
) -> Callable[[Check], Rule]:
    """A decorator that makes a rule of a function; `binding` ones can be neither suppressed nor lowered."""

    def make(check: Check) -> Rule:
        return Rule(_name(check), severity, binding, check, _page(check), covers, targets)

    return make


def json_rule(
    severity: Severity, *, binding: bool = False, covers: tuple[str, ...] = ()
) -> Callable[[Inspect], JsonRule]:
    """A decorator that makes a rule about documents of a function."""

    def make(inspect: Inspect) -> JsonRule:
        return JsonRule(_name(inspect), severity, binding, _silent, _page(inspect), covers, inspect=inspect)

    return make


def documented(dialect: SourceDialect) -> TargetTest:
    """The test for the targets that these documents describe: for rules about what the documents say."""
    return lambda target: target.dialect == dialect


def _silent(program: Program) -> Iterable[Finding]:
    return ()


def _name(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", "-")


def _page(function: Callable[..., object]) -> str:
    return cleandoc(function.__doc__ or "")
