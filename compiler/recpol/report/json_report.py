"""Findings as JSON, for programs: one document of a form that changes only together with its `version`.

Invariant: no text of a source is in it but what a message quotes; it is ASCII, so it can be printed anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from recpol.base.finding import Finding
from recpol.base.source import Span
from recpol.base.typing import Any
from recpol.report.hidden import without_secrets

VERSION = 1
"""Raised when a reader of the document would have to change."""


def json_report(findings: Iterable[Finding]) -> str:
    """Findings, in the order given, as a JSON document with a final line break."""
    document = {"version": VERSION, "findings": [_finding(finding) for finding in without_secrets(findings)]}
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.level,
        "message": finding.message,
        "help": finding.help,
        "why": finding.why,
        **_place(finding.span),
        "notes": [{"message": note.text, **_place(note.span)} for note in finding.notes],
        **({"omitted": finding.omitted} if finding.omitted else {}),
    }


def _place(span: Span) -> dict[str, Any]:
    """File, start and end (just after the last character); lines and columns count from 1, columns in characters."""
    begin, finish = span.begin, span.finish
    return {
        "file": span.source.path,
        "start": {"line": begin.line, "column": begin.column},
        "end": {"line": finish.line, "column": finish.column},
    }
