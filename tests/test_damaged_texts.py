"""What must hold for any text, however damaged: no exception, spans inside, formats well-formed, the same twice.

`RECPOL_FUZZ` is how many texts of each kind are tried, from the number in `RECPOL_FUZZ_FROM` on. A text that once
failed stands in `FAILED` by its number.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from xml.etree import ElementTree

import pytest

from damaged import KINDS, damaged
from recpol.analysis.program import Program, program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.calls.scenario import read_scenario
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.explain.document import json_text
from recpol.explain.markdown import markdown
from recpol.explain.text import text as explained
from recpol.fixes import apply_fixes
from recpol.formatter import format_source
from recpol.importer import import_documents
from recpol.policytest import read_tests
from recpol.report.formats import FORMATS
from recpol.report.run import Run
from recpol.rules.check import check
from recpol.rules.every import EVERY_BY_NAME
from recpol.settings.configfile import read_config
from recpol.svaml.document import Document
from recpol.svaml.read import read_document
from recpol.targets.catalogue import all_targets, target_names

TEXTS = int(os.environ.get("RECPOL_FUZZ", "100"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))
BLOCKS = 5

FAILED: dict[str, tuple[int, ...]] = {"policy": (), "document": (), "settings": (), "test": ()}
"""Numbers of texts on which recpol once failed."""

_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for tab and line break, C1, and those that change the direction of a text."""


def holds(findings: Iterable[Finding], text: str, *, ruled: bool = True) -> list[Finding]:
    """Hold findings to what each must be, and to what each format makes of all; not all are of a rule."""
    known = list(findings)
    for finding in known:
        for span in (finding.span, *(note.span for note in finding.notes)):
            assert 0 <= span.start <= span.end <= len(span.source.text)
        assert finding.message
        assert finding.rule or not ruled
        for fix in finding.fixes:
            assert all(0 <= edit.span.start <= edit.span.end <= len(text) for edit in fix.edits)
    run = Run(known, ("x.recpol",), tried=True)
    written = {name: form.write(run, False) for name, form in FORMATS.items()}
    for name in ("json", "sarif", "gitlab"):
        json.loads(written[name])
    ElementTree.fromstring(written["junit"])
    for name, report in written.items():
        assert _STEERS.search(report) is None, f"{name} can steer a terminal"
    assert all(line.startswith("::") for line in written["github"].splitlines())
    return known


def holds_for_a_policy(text: str) -> None:
    def look(version: str) -> Program:
        return program(Source("x.recpol", version), targets=all_targets())

    unit = look(text)
    compilation = compile_program(unit)
    found = holds(compilation.findings, text)
    again = [(f.message, f.span.start, f.rule) for f in compile_program(look(text)).findings]
    assert again == [(f.message, f.span.start, f.rule) for f in found]
    for output in compilation.outputs:
        for data in output.files.values():
            json.loads(data)
    told = explain(compilation)
    for said in (explained(told), markdown(told), json_text([told])):
        assert _STEERS.search(said) is None
    formatted = format_source(Source("x.recpol", text))
    if isinstance(formatted, str):
        assert format_source(Source("x.recpol", formatted)) == formatted
        same = [f.rule for f in check(unit).findings if f.rule != "byte-order-mark"]  # the formatter drops it
        assert [f.rule for f in check(look(formatted)).findings] == same
    if len(text) % 8 == 0:
        fixed = apply_fixes(text, look, unsafe=True)
        # What a text can be read at all after a fix, more can be found in; but what was found is not found again.
        assert fixed.text == text or fixed.done


def holds_for_a_document(text: str) -> None:
    def look(version: str) -> Document:
        return read_document(Source("x.ice.json", version))

    document = look(text)
    found = holds(check(document).findings, text)
    assert [f.message for f in check(look(text)).findings] == [f.message for f in found]
    imported = import_documents("x", [document])
    if imported.text:
        program(Source("x.recpol", imported.text))
    if len(text) % 8 == 0:
        apply_fixes(text, look)


def holds_for_settings(text: str) -> None:
    _, findings = read_config(Source("recpol.yaml", text), EVERY_BY_NAME, target_names())
    holds(findings, text)


def holds_for_a_test(text: str) -> None:
    cases = read_tests(Source("x.test.yaml", text))
    holds([*cases.problems, *(finding for case in cases.cases for finding in case.problems)], text, ruled=False)
    holds(read_scenario(Source("call", text[:200])).findings, text, ruled=False)


HOLDS = {
    "policy": holds_for_a_policy,
    "document": holds_for_a_document,
    "settings": holds_for_settings,
    "test": holds_for_a_test,
}


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("kind", KINDS)
def test_any_text(kind: str, block: int) -> None:
    for number in range(FIRST + block, FIRST + TEXTS, BLOCKS):
        text = damaged(kind, number)
        try:
            HOLDS[kind](text)
        except Exception as problem:
            raise AssertionError(f"{kind} {number}: {problem!r}\n{text[:2000]}") from problem


@pytest.mark.parametrize("kind", KINDS)
def test_what_once_failed(kind: str) -> None:
    for number in FAILED[kind]:
        HOLDS[kind](damaged(kind, number))
