"""Findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code scanning and viewers.

Every rule is listed, whether it found something or not, so that a server can show its page and count what is gone.
Suppressed findings are in it with the reason that the author gave, findings of the baseline with its name.

Invariant: no character that a report hides is in it; lines and columns count from 1, columns in Unicode characters. The
same run gives the same text, on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from recpol.base.finding import CallStep, Finding, Fix, Severity, order
from recpol.base.record import Record, field
from recpol.base.source import Source, Span
from recpol.base.typing import Any
from recpol.report.fingerprint import marks, shown_line
from recpol.report.hidden import Range, harmless, hidden_ranges
from recpol.report.run import Repository, Run, told
from recpol.report.sarif_rules import descriptors

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

ROOT = "%SRCROOT%"
"""What the top folder of the repository is called; servers know where it is."""

LONGEST_LINE = 400
"""How many characters of a line stand in a log for each finding in it."""

LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


class _Log(Record):
    """What all results of one log share."""

    repository: Repository
    index: Mapping[str, int] = field(repr=False)
    hidden: Mapping[Source, tuple[Range, ...]] = field(repr=False)
    tried: bool = False


def sarif(run: Run) -> str:
    """A run as a SARIF log with a final line break; it is ASCII."""
    run = run.shown()
    rules = descriptors(run.pages)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    mark = marks(run)
    log = _Log(run.repository, index, hidden_ranges(mark), run.tried)
    reasons = {finding: [_baselined(run.baseline)] for finding in run.known}
    reasons |= {finding: [_in_source(log, by.reason, by.span)] for finding, by in run.suppressed}
    results = [_result(log, finding, mark[finding], reasons.get(finding, [])) for finding in sorted(mark, key=order)]
    driver = {"name": "recpol", "semanticVersion": run.version, "rules": rules}
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [_invocation(run.unread)],
                "originalUriBaseIds": {ROOT: {"description": {"text": "The top folder of the repository."}}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _invocation(unread: Sequence[str]) -> dict[str, Any]:
    """Whether all files could be read, and of those that could not, why."""
    notes = [{"level": "error", "message": {"text": harmless(reason)}} for reason in unread]
    return {"executionSuccessful": not unread} | ({"toolExecutionNotifications": notes} if notes else {})


def _result(log: _Log, finding: Finding, mark: str, suppressions: list[dict[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": log.index.get(finding.rule, -1),
        "level": LEVELS[finding.level],
        "message": {"text": told(finding)},
        "locations": [_location(log, finding.span, context=True)],
        # GitHub reads the first of the two; the second is the fingerprint of the GitLab report.
        "partialFingerprints": {"primaryLocationLineHash": f"{mark}:1", "recpol/v1": mark},
    }
    if finding.notes:
        result["relatedLocations"] = [
            {"id": number, **_location(log, note.span), "message": {"text": harmless(note.text)}}
            for number, note in enumerate(finding.notes, 1)
        ]
    if finding.call:
        steps = [_step(log, act) for act in finding.call]
        result["codeFlows"] = [
            {
                "message": {"text": "a call that shows it"},
                "threadFlows": [{"locations": steps}],
            }
        ]
    if finding.fixes:
        result["fixes"] = [_fix(log, fix) for fix in finding.fixes if fix.edits]
    if finding.omitted:
        result["properties"] = {"omitted": finding.omitted}
    return result | {"suppressions": suppressions}


def _fix(log: _Log, fix: Fix) -> dict[str, Any]:
    """A fix: its edits, by file, and of one that was tried, whether it is safe."""
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        changes.setdefault(log.repository.called(edit.span.source.path), []).append(replacement)
    known = {"properties": {"safe": fix.safe}} if log.tried else {}
    return {
        "description": {"text": harmless(fix.title)},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": replacements}
            for path, replacements in changes.items()
        ],
        **known,
    }


def _step(log: _Log, act: CallStep) -> dict[str, Any]:
    words = harmless(act.text)
    if act.recorded is not None:
        words += f" (recorded to {harmless(act.recorded)})" if act.recorded else " (not recorded)"
    place = _location(log, act.span) if act.span is not None else {}
    return {"location": {**place, "message": {"text": words}}}


def _baselined(baseline: str) -> dict[str, Any]:
    return {"kind": "external", "status": "accepted", "justification": f"it is in the baseline {harmless(baseline)}"}


def _in_source(log: _Log, reason: str, span: Span) -> dict[str, Any]:
    return {
        "kind": "inSource",
        "status": "accepted",
        "justification": harmless(reason),
        "location": _location(log, span),
    }


def _location(log: _Log, span: Span, *, context: bool = False) -> dict[str, Any]:
    place: dict[str, Any] = {
        "artifactLocation": _artifact(log.repository.called(span.source.path)),
        "region": _region(span),
    }
    if context:
        place["contextRegion"] = _context(log, span)
    return {"physicalLocation": place}


def _context(log: _Log, span: Span) -> dict[str, Any]:
    """The line that a span begins on; of a line that is longer than `LONGEST_LINE`, a part around it."""
    line, column = span.begin
    begin, size = span.start - column + 1, span.source.line_size(line)
    region: dict[str, Any] = {"startLine": line, "endLine": line}
    if size > LONGEST_LINE:
        first = max(min(column - 1 - LONGEST_LINE // 4, size - LONGEST_LINE), 0)
        begin, size = begin + first, LONGEST_LINE
        region |= {"startColumn": first + 1, "endColumn": first + 1 + size}
    shown = shown_line(span.source.text[begin : begin + size], begin, log.hidden.get(span.source, ()))
    return region | {"snippet": {"text": harmless(shown)}}


def _region(span: Span) -> dict[str, int]:
    """From the first character to just after the last."""
    begin, finish = span.begin, span.finish
    return {
        "startLine": begin.line,
        "startColumn": begin.column,
        "endLine": finish.line,
        "endColumn": finish.column,
    }


def _artifact(path: str) -> dict[str, str]:
    """A file inside the repository by its path from the top; any other by what it is called."""
    data = path.encode("utf-8", "surrogateescape")  # a name that is not UTF-8 is its bytes
    if path.startswith("/"):
        return {"uri": f"file://{quote(data)}"}
    if path[1:2] == ":":
        return {"uri": f"file:///{quote(data, safe='/:')}"}
    return {"uri": quote(data), "uriBaseId": ROOT}
