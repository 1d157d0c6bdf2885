"""Every rule has a page, and the examples on it behave as it says.

A page is the docstring of the rule's function. Each example under `Wrong:` gives at least one finding of that rule in
every target that the rule is about, and none of any other in the default target (or, where the rule is not about it, in
one of the others); each under `Right:` gives no finding at all. The examples of rules about documents are `json`.
"""

from __future__ import annotations

import datetime
import importlib
import pkgutil
import re
from typing import NamedTuple

import pytest

import recpol.rules
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.platform.targets import DEFAULT
from recpol.rules.check import check
from recpol.rules.every import EVERY, EVERY_BY_NAME
from recpol.rules.rule import Rule
from recpol.svaml.read import read_document
from recpol.targets.catalogue import all_targets

WITHOUT_EXAMPLE = {
    "too-deep": "an example would be nothing but 65 braces",
    "bad-config": "it is about recpol.yaml, which no example has",
    "bad-tenant": "it is about recpol.yaml, which no example has",
    "too-many-copies": "an example would have 2,000 commands",
    "replaced-handler": "an example would be two files",
    "too-large": "an example would have 10,000 segments",
    "byte-order-mark": "the mark cannot be seen on a page",
    "not-utf8": "a page is text",
    "file-too-large": "an example would be a megabyte long",
    "stale-pack": "the packs that there are were reviewed when they were written",
}
"""The rules whose page shows no wrong policy, and why it cannot."""

TODAY = datetime.date(2026, 1, 1).toordinal()

_SECTION = re.compile(r"^(Wrong|Right):$", re.MULTILINE)
_FENCE = re.compile(r"^```(?:recpol|json)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A policy or document on a rule's page, whether the page calls it right, and which callback it answers."""

    rule: Rule
    number: int
    right: bool
    event: str
    text: str

    @property
    def name(self) -> str:
        """`bad-number-wrong-1`."""
        return f"{self.rule.name}-{'right' if self.right else 'wrong'}-{self.number}"


def examples(rule: Rule) -> list[Example]:
    """The examples of a page, in order."""
    found: list[Example] = []
    _, *sections = _SECTION.split(rule.page)
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        texts = _FENCE.findall(body)
        found.extend(Example(rule, n, title == "Right", event, text) for n, (event, text) in enumerate(texts, 1))
    return found


EXAMPLES = [example for rule in EVERY for example in examples(rule)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example) -> None:
    """It is found, or not, in each target that the rule is about; nothing else is, in the default one or in another."""
    if not example.rule.about_policies:
        checked = [check(read_document(Source(f"{example.rule.name}.json", example.text), example.event))]
        alone = checked
    else:
        source = Source(f"{example.name}.recpol", example.text)
        aims = [target for target in all_targets() if example.rule.speaks([target])]
        checked = [check(program(source, today=TODAY, targets=(target,))) for target in aims]
        alone = [one for one, target in zip(checked, aims, strict=True) if target in DEFAULT] or checked
    told = "\n".join(f"{f.rule} at line {f.span.begin.line}: {f.message}" for one in checked for f in one.findings)
    found = [{finding.rule for finding in one.findings} for one in checked]
    judged = [{finding.rule for finding in one.findings} for one in alone]
    if example.right:
        assert not any(example.rule.name in rules for rules in found), told
        assert set() in judged, told
    else:
        assert all(example.rule.name in rules for rules in found), told or "no finding"
        assert {example.rule.name} in judged, told


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
def test_page(rule: Rule) -> None:
    first, _, rest = rule.page.partition("\n")
    assert first, "the page is empty"
    assert first.endswith("."), f"the summary is no sentence: {first}"
    assert rest[:1] in ("", "\n"), f"a blank line must follow the summary: {first}"
    assert rest.strip(), "the page says nothing but the summary"
    fences = rule.page.count("```json" if not rule.about_policies else "```recpol")
    assert fences == len(examples(rule)), "an example is not closed, or under no title"
    assert "\t" not in rule.page


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
def test_page_shows_both_sides(rule: Rule) -> None:
    wrong = [example for example in examples(rule) if not example.right]
    right = [example for example in examples(rule) if example.right]
    if rule.name in WITHOUT_EXAMPLE:
        assert not wrong, f"{rule.name} has an example: take it off the list"
    else:
        assert wrong, "no example under `Wrong:`"
        assert right, "no example under `Right:`"


def test_every_exception_is_a_rule() -> None:
    assert set(WITHOUT_EXAMPLE) <= set(EVERY_BY_NAME)


def test_names() -> None:
    names = [rule.name for rule in EVERY]
    assert len(names) == len(set(names)), "two rules have one name"
    for name in names:
        assert re.fullmatch(r"[a-z]+[0-9]*(?:-[a-z0-9]+)*", name), f"{name} is not kebab-case"


def test_every_rule_is_in_the_catalogue() -> None:
    written: dict[str, str] = {}
    for module in pkgutil.walk_packages(recpol.rules.__path__, "recpol.rules."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, Rule):
                written[found.name] = module.name
    missing = sorted(f"{module}: {name}" for name, module in written.items() if name not in EVERY_BY_NAME)
    assert not missing, f"not in the catalogue: {missing}"
    assert {rule.name for rule in EVERY} <= set(written)
