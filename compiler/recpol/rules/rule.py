"""What a rule is.

A rule is one function; `@rule` turns it into a `Rule`. The function's name with hyphens is the rule's name, its
docstring is its page: first line what the rule finds, then why, then examples in fenced `recpol` blocks under `Wrong:`
and `Right:`.

Invariant: a rule reads a program and yields findings; it never changes anything and never fails.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recpol.ground.finding import Finding, Severity
from recpol.program import Program

Check = Callable[[Program], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, its usual severity, and whether an author may suppress it or set its level.

    `binding` rules guard the output: without them it would be wrong or missing, so they always speak.
    """

    name: str
    severity: Severity
    binding: bool
    check: Check
    page: str

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]


def rule(severity: Severity, *, binding: bool = False) -> Callable[[Check], Rule]:
    """A decorator that makes a rule of a function; `binding` ones can be neither suppressed nor lowered."""

    def make(check: Check) -> Rule:
        name = check.__name__.replace("_", "-")
        return Rule(name, severity, binding, check, inspect.cleandoc(check.__doc__ or ""))

    return make
