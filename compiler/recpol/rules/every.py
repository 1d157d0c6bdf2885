"""All rules there are: those about policies, and those about existing documents.

Invariant: a name belongs to one rule. A lint of policies does not load this module.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.rules.catalogue import CATALOGUE
from recpol.rules.rule import Rule
from recpol.rules.v1.catalogue import JSON_CATALOGUE

EVERY: tuple[Rule, ...] = (*CATALOGUE, *JSON_CATALOGUE)
"""All rules, in the order of their pages."""

EVERY_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in EVERY}
"""All rules by name."""
