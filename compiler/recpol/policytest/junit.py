"""Results of policy tests as JUnit XML, which build servers read.

Invariant: well-formed XML whatever the names and messages hold; no time is in it, so the same results give the same
text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from recpol.base.xml import clean
from recpol.policytest.cases import CaseResult


@dataclass(frozen=True, slots=True)
class Suite:
    """The results of one test file: what it is called, and its results, each with what is told of a failure.

    `trouble` is what is told of a file that cannot be used as it is; empty where it can.
    """

    file: str
    results: Sequence[tuple[CaseResult, str]]
    trouble: str = ""


def junit(suites: Iterable[Suite]) -> str:
    """The document: a suite for each test file, a case for each test."""
    root = ElementTree.Element("testsuites", {"name": "recpol test"})
    totals = dict.fromkeys(("tests", "failures", "skipped", "errors"), 0)
    for suite in suites:
        statuses = [result.status for result, _ in suite.results]
        counts = {
            "tests": len(statuses) + bool(suite.trouble),
            "failures": statuses.count("failed"),
            "skipped": statuses.count("skipped"),
            "errors": int(bool(suite.trouble)),
        }
        totals = {name: totals[name] + count for name, count in counts.items()}
        numbers = {name: str(count) for name, count in counts.items()}
        element = ElementTree.SubElement(root, "testsuite", {"name": clean(suite.file), **numbers})
        if suite.trouble:
            named = {"classname": clean(suite.file), "name": "the file can be used", "file": clean(suite.file)}
            trouble = ElementTree.SubElement(
                ElementTree.SubElement(element, "testcase", named), "error", {"message": "it cannot"}
            )
            trouble.text = clean(suite.trouble)
        for result, told in suite.results:
            _case(element, suite.file, result, told)
    root.attrib.update({name: str(count) for name, count in totals.items()})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, file: str, result: CaseResult, told: str) -> None:
    line = str(result.case.span.begin.line)
    attributes = {"classname": clean(file), "name": clean(result.case.name), "file": clean(file), "line": line}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    match result.status:
        case "failed":
            message = result.findings[0].message if result.findings else "failed"
            ElementTree.SubElement(element, "failure", {"message": clean(message)}).text = clean(told)
        case "skipped":
            ElementTree.SubElement(element, "skipped", {"message": clean(result.case.skip or "")})
        case "ok":
            pass
