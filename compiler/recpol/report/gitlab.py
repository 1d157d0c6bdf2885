"""Findings as a GitLab code quality report: what a merge request brings in and what it repairs.

Invariant: a finding that stays has the same fingerprint in both branches; GitLab compares nothing else.
"""

from __future__ import annotations

import json

from recpol.base.finding import Finding, Severity
from recpol.base.typing import Any
from recpol.report.fingerprint import marks
from recpol.report.hidden import harmless
from recpol.report.run import Run

_SEVERITIES: dict[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def gitlab(run: Run) -> str:
    """A run as a JSON list of issues."""
    run = run.shown()
    mark = marks(run)
    called = run.repository.called
    issues = [_issue(finding, mark[finding], called(finding.span.source.path)) for finding in run.findings]
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, mark: str, path: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": finding.rule,
        "description": harmless(f"{finding.message} [{finding.rule}]"),
        "severity": _SEVERITIES[finding.level],
        "fingerprint": mark,
        "location": {
            "path": harmless(path),
            "lines": {"begin": finding.span.begin.line, "end": finding.span.finish.line},
        },
    }
