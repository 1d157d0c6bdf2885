"""All rules there are: those about policies, those about existing documents, and those about both.

Invariant: a name belongs to one rule. A lint of policies does not load this module.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.rules.catalogue import CATALOGUE
from recpol.rules.rule import Rule
from recpol.rules.v1.catalogue import OTHERWISE_READ, V1
from recpol.rules.v2.catalogue import V2

EVERY: tuple[Rule, ...] = (*CATALOGUE, *V1, *V2)
"""All rules, in the order of their pages."""

EVERY_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in EVERY}
"""All rules by name."""

SHARED: tuple[Rule, ...] = (*(rule for rule in CATALOGUE if rule.lifted), *OTHERWISE_READ)
"""The rules of policies that documents are held against, too."""

DOCUMENT_RULES: tuple[Rule, ...] = (*V1, *V2, *SHARED)
"""All rules that documents are held against."""
