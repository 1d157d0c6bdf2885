"""Results of policy tests as JUnit XML, which build servers read.

Invariant: a suite fails where, and only where, a test of its file fails or the file cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recpol.base.record import Record
from recpol.policytest.cases import ToldResult
from recpol.report.junit import JunitCase, JunitSuite, junit_text


class Suite(Record):
    """The results of one test file: what it is called, and its results, each with the text that describes a failure.

    `trouble` describes why the file cannot be used as it is; empty where it can.
    """

    file: str
    results: Sequence[tuple[ToldResult, str]]
    trouble: str = ""


def junit(suites: Iterable[Suite]) -> str:
    """The document: a suite for each test file, a case for each test."""
    return junit_text("recpol test", map(_suite, suites))


def _suite(suite: Suite) -> JunitSuite:
    file = suite.file
    cases = tuple(_case(file, result, told) for result, told in suite.results)
    if suite.trouble:
        about = {"message": "it cannot"}
        cases = (JunitCase(file, "the file can be used", {"file": file}, "error", about, suite.trouble), *cases)
    return JunitSuite(file, cases)


def _case(file: str, result: ToldResult, told: str) -> JunitCase:
    name, place = result.case.name, {"file": file, "line": str(result.case.span.begin.line)}
    match result.status:
        case "failed":
            message = result.findings[0].message if result.findings else "failed"
            return JunitCase(file, name, place, "failure", {"message": message}, told)
        case "skipped":
            return JunitCase(file, name, place, "skipped", {"message": result.case.skip or ""})
        case "ok":
            return JunitCase(file, name, place)
