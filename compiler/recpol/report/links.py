"""Rules to the addresses of their pages.

Invariant: the part after `#` is the rule's heading on the page of all rules, as Markdown viewers name it.
"""

from __future__ import annotations

PAGES = "recpol:docs/rules.md"
"""The page of all rules where nobody says on which server it is: a file of recpol's own repository.

SARIF wants an absolute URI, so the name of the project stands where a server would.
"""


def rule_uri(rule: str, pages: str = "") -> str:
    """The address of a rule's page; `pages` is that of the page of all rules."""
    return f"{pages or PAGES}#{rule}"
