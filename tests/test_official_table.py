"""The table in docs/json.md of what is found in official documents, against documents of their shapes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from documented import documented
from recpol.base.source import Source
from recpol.platform.pitfalls import MISTAKES
from recpol.rules.check import check
from recpol.rules.every import DOCUMENT_RULES
from recpol.svaml.read import read_document

PAGE = Path(__file__).parents[1] / "docs" / "json.md"
DOCUMENTS = documented("classic", "v1")
RULES = {rule.name: rule for rule in DOCUMENT_RULES}


class Row(NamedTuple):
    rule: str
    level: str
    number: int
    mistakes: tuple[str, ...]


def rows() -> list[Row]:
    section = PAGE.read_text("utf-8").partition("## The official documents")[2].partition("\n## ")[0]
    found = re.findall(r"^\| \[([a-z-]+)\]\([^)]*\) \| (\w+) \| (\d+) \| ?(.*?) ?\|$", section, re.MULTILINE)
    return [Row(rule, level, int(n), tuple(re.findall(r"\b[RFC]\d\d\b", why))) for rule, level, n, why in found]


def test_the_table_counts_what_is_found() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for document in DOCUMENTS:
        for finding in check(read_document(Source(document.file, document.text))).findings:
            found[finding.rule, finding.level] += document.documents
    assert {(row.rule, row.level): row.number for row in rows()} == dict(found)
    assert f"{sum(document.documents for document in DOCUMENTS)} replies" in PAGE.read_text("utf-8")


def test_every_error_rests_on_a_known_mistake_that_its_rule_finds() -> None:
    errors = [row for row in rows() if row.level == "error"]
    assert errors
    for row in errors:
        assert row.mistakes, row.rule
        assert set(row.mistakes) <= set(RULES[row.rule].covers) & set(MISTAKES), row.rule
