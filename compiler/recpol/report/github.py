"""Findings as workflow commands, which GitHub Actions shows beside the lines of a pull request.

    ::error file=board.recpol,line=5,col=3,endLine=5,endColumn=9,title=conference-scope::a plain `record` …

Invariant: one finding is one line, and no text can end the command or begin another one.
"""

from __future__ import annotations

from recpol.base.finding import Finding, Severity
from recpol.report.hidden import harmless
from recpol.report.run import Run, told

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github(run: Run) -> str:
    """A run as workflow commands, a line for each finding."""
    run = run.shown()
    return "".join(f"{_command(run, finding)}\n" for finding in run.findings)


def _command(run: Run, finding: Finding) -> str:
    begin, finish = finding.span.begin, finding.span.finish
    properties = {"file": run.repository.called(finding.span.source.path), "line": str(begin.line)}
    if begin.line == finish.line:  # GitHub takes columns only where start and end are on one line
        last = max(finish.column - 1, begin.column)
        properties |= {"col": str(begin.column), "endLine": str(finish.line), "endColumn": str(last)}
    else:
        properties["endLine"] = str(finish.line)
    properties["title"] = finding.rule
    if properties["file"].startswith("<"):
        properties = {"title": finding.rule}
    listed = ",".join(f"{name}={_escaped(harmless(value), inside=True)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {listed}::{_escaped(told(finding))}"


def _escaped(text: str, *, inside: bool = False) -> str:
    """A text as a command's message, or as the value of a property inside of it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text
