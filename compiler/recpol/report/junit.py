"""JUnit XML, which build servers show as tests, and the findings of a lint in it.

A lint becomes a suite for each file and a case for each finding; a file without findings is a case that passed. What
does not make the run fail is a case that passed and says so.

Invariant: well-formed XML whatever the names and messages hold; a suite fails where, and only where, the run does. No
time is in it: the same results give the same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree

from recpol.base.finding import Finding
from recpol.base.record import Record, field
from recpol.base.typing import Literal
from recpol.base.xml import clean
from recpol.report.run import Run, told

JunitResult = Literal["failure", "error", "skipped", "system-out"]

_COUNTED: dict[str, JunitResult] = {"failures": "failure", "skipped": "skipped", "errors": "error"}
"""The numbers of a suite, each with the result that it counts."""


class JunitCase(Record):
    """A case: whose it is, what it is called, where it stands (or nothing), and what came of it.

    One without a `result` passed. `about` are the attributes of the result, such as its message; `text` is its text.
    """

    classname: str
    name: str
    place: Mapping[str, str] = field(default_factory=dict)
    result: JunitResult | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


class JunitSuite(Record):
    """A suite: what it is called, and its cases."""

    name: str
    cases: tuple[JunitCase, ...]


def junit_text(name: str, suites: Iterable[JunitSuite]) -> str:
    """The document: the suites, with how many cases of each came to what."""
    root = ElementTree.Element("testsuites", {"name": name})
    totals = dict.fromkeys(("tests", *_COUNTED), 0)
    for suite in suites:
        results = [case.result for case in suite.cases]
        counts = {"tests": len(results), **{word: results.count(result) for word, result in _COUNTED.items()}}
        totals = {word: totals[word] + count for word, count in counts.items()}
        element = ElementTree.SubElement(root, "testsuite", {"name": clean(suite.name), **_texts(counts)})
        for case in suite.cases:
            _case(element, case)
    root.attrib.update(_texts(totals))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {word: str(count) for word, count in counts.items()}


def _case(suite: ElementTree.Element, case: JunitCase) -> None:
    attributes = {"classname": case.classname, "name": case.name, **case.place}
    element = ElementTree.SubElement(suite, "testcase", {key: clean(value) for key, value in attributes.items()})
    if case.result is not None:
        about = {key: clean(value) for key, value in case.about.items()}
        ElementTree.SubElement(element, case.result, about).text = None if case.text is None else clean(case.text)


def junit(run: Run) -> str:
    """The run of a lint as a document."""
    run = run.shown()
    return junit_text("recpol lint", _suites(run))


def _suites(run: Run) -> Iterator[JunitSuite]:
    by_file: dict[str, list[Finding]] = {file: [] for file in run.files}
    for finding in run.findings:
        by_file.setdefault(finding.span.source.path, []).append(finding)
    for file, findings in by_file.items():
        passed = JunitCase(file, "no findings", {"file": run.repository.called(file)})
        yield JunitSuite(file, tuple(_finding(run, finding) for finding in findings) or (passed,))
    for reason in run.unread:
        case = JunitCase("recpol", "every file can be read", result="error", about={"message": reason})
        yield JunitSuite("recpol", (case,))


def _finding(run: Run, finding: Finding) -> JunitCase:
    path, begin = finding.span.source.path, finding.span.begin
    fails = run.fails(finding)
    return JunitCase(
        path,
        f"{finding.rule} ({begin.line}:{begin.column})",
        {"file": run.repository.called(path), "line": str(begin.line)},
        "failure" if fails else "system-out",
        {"message": finding.message, "type": finding.level} if fails else {},
        f"{path}:{begin.line}:{begin.column}: {finding.level}: {told(finding)}",
    )
