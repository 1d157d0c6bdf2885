"""All rules there are: those about policies, those about existing documents, and those about both.

Invariant: a name belongs to one rule. A lint of policies does not load this module.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.rules.catalogue import CATALOGUE
from recpol.rules.documents import SHARED
from recpol.rules.json.catalogue import JSON_RULES
from recpol.rules.rule import Rule
from recpol.rules.v1.catalogue import V1_RULES
from recpol.rules.v2.catalogue import READ_AS_COMMANDS, V2_RULES

EVERY: tuple[Rule, ...] = (*CATALOGUE, *JSON_RULES, *V1_RULES, *V2_RULES)
"""All rules, in the order of their pages."""

EVERY_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in EVERY}
"""All rules by name."""

DOCUMENT_RULES: tuple[Rule, ...] = (*JSON_RULES, *V1_RULES, *V2_RULES, *SHARED, *READ_AS_COMMANDS)
"""All rules that documents are held against."""
