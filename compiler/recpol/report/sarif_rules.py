"""The catalogue of rules as SARIF describes rules: name, page, usual level and address.

Invariant: every rule that can find something is in it once, in the order of the pages.
"""

from __future__ import annotations

from recpol.base.typing import Any
from recpol.report.links import rule_uri
from recpol.rules.every import EVERY
from recpol.rules.rule import Rule

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def descriptors(pages: str) -> list[dict[str, Any]]:
    """A descriptor of each rule; `pages` is the address of the page of all rules."""
    return [_descriptor(rule, pages) for rule in EVERY]


def _descriptor(rule: Rule, pages: str) -> dict[str, Any]:
    page = rule.page
    return {
        "id": rule.name,
        "shortDescription": {"text": page.partition("\n")[0]},
        "fullDescription": {"text": _explanation(page)},
        "help": {"text": page, "markdown": page},
        "helpUri": rule_uri(rule.name, pages),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["call-recording"], "suppressible": not rule.binding},
    }


def _explanation(page: str) -> str:
    """What a page says before its first example, each paragraph on one line."""
    paragraphs = page.split("\n\n")
    told = [paragraph for paragraph in paragraphs[: _first_example(paragraphs)] if paragraph.strip()]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in told)


def _first_example(paragraphs: list[str]) -> int:
    for number, paragraph in enumerate(paragraphs):
        if paragraph.startswith(("Wrong:", "Right:", "```")):
            return number
    return len(paragraphs)
