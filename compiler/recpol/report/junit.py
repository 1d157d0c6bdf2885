"""Findings as JUnit XML, which build servers show as tests: a suite for each file, a case for each finding.

A file without findings is a case that passed. What does not make the run fail is a case that passed and says so.

Invariant: well-formed XML whatever the names and messages hold; a suite fails where, and only where, the run does.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from recpol.base.finding import Finding
from recpol.base.xml import clean
from recpol.report.run import Run, told


def junit(run: Run) -> str:
    """A run as an XML document."""
    by_file: dict[str, list[Finding]] = {file: [] for file in run.files}
    for finding in run.findings:
        by_file.setdefault(finding.span.source.path, []).append(finding)
    root = ElementTree.Element("testsuites", {"name": "recpol lint"})
    for file, findings in by_file.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": clean(file), **_counts(run, findings)})
        for finding in findings:
            _case(suite, run, finding)
        if not findings:
            named = {"classname": clean(file), "name": "no findings", "file": clean(run.repository.called(file))}
            ElementTree.SubElement(suite, "testcase", named)
    for reason in run.unread:
        counts = {"tests": "1", "failures": "0", "errors": "1"}
        suite = ElementTree.SubElement(root, "testsuite", {"name": "recpol", **counts})
        case = ElementTree.SubElement(suite, "testcase", {"classname": "recpol", "name": "every file can be read"})
        ElementTree.SubElement(case, "error", {"message": clean(reason)})
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(run: Run, findings: Sequence[Finding]) -> dict[str, str]:
    failures = sum(run.fails(finding) for finding in findings)
    return {"tests": str(len(findings) or 1), "failures": str(failures), "errors": "0"}


def _case(suite: ElementTree.Element, run: Run, finding: Finding) -> None:
    path, begin = finding.span.source.path, finding.span.begin
    place = f"{path}:{begin.line}:{begin.column}"
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": clean(path),
            "name": clean(f"{finding.rule} ({begin.line}:{begin.column})"),
            "file": clean(run.repository.called(path)),
            "line": str(begin.line),
        },
    )
    text = clean(f"{place}: {finding.level}: {told(finding)}")
    if run.fails(finding):
        about = {"message": clean(finding.message), "type": finding.level}
        ElementTree.SubElement(case, "failure", about).text = text
    else:
        ElementTree.SubElement(case, "system-out").text = text
