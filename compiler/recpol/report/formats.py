"""The formats of a lint's report, each a name, what it is for, and what writes it.

Invariant: a format that is not in `FORMATS` does not exist; choosing one loads no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.report.run import Run

Writer = Callable[[Run, bool], str]
"""A run to the text of its report, with colours or without; formats for programs have none."""


class Format(Record):
    """A format: whom it is for, in a few words, its writer, and whether it tells of fixes."""

    summary: str
    write: Writer
    fixes: bool = False
    kind: Literal["text", "json", "xml", "commands"] = "text"


def _full(run: Run, color: bool) -> str:
    blocks = ""
    if run.findings:
        from recpol.report.text import full

        blocks = full(run.findings, color=color, tried=run.tried, most=None)
    return f"{blocks}{blocks and chr(10)}{closing(run)}\n{_fixable(run)}" if run.files else blocks


def _concise(run: Run, color: bool) -> str:
    from recpol.report.text import concise

    return concise(run.findings, color=color)


def _json(run: Run, color: bool) -> str:
    from recpol.report.json_report import json_report

    return json_report(run.findings)


def _github(run: Run, color: bool) -> str:
    from recpol.report.github import github

    return github(run)


def _gitlab(run: Run, color: bool) -> str:
    from recpol.report.gitlab import gitlab

    return gitlab(run)


def _junit(run: Run, color: bool) -> str:
    from recpol.report.junit import junit

    return junit(run)


def _sarif(run: Run, color: bool) -> str:
    from recpol.report.sarif import sarif

    return sarif(run)


FORMATS: Mapping[str, Format] = {
    "full": Format("with source lines", _full, fixes=True),
    "concise": Format("a line each", _concise),
    "json": Format("for programs", _json, kind="json"),
    "github": Format("annotations of GitHub Actions", _github, kind="commands"),
    "gitlab": Format("GitLab code quality", _gitlab, kind="json"),
    "junit": Format("JUnit XML", _junit, kind="xml"),
    "sarif": Format("SARIF 2.1.0", _sarif, fixes=True, kind="json"),
}
"""All formats by name."""


def closing(run: Run) -> str:
    """The line that closes a report for people: what was found in how many files, and how much the baseline hides."""
    from recpol.report.run import summary

    hidden = f", {len(run.known)} hidden by the baseline {run.baseline}" if run.known else ""
    return f"{summary(run.findings, len(run.files))}{hidden}"


def _fixable(run: Run) -> str:
    """How many findings `--fix` and `--unsafe-fixes` would fix; empty where there are none, and where none was
    tried.
    """
    single = [finding.fixes[0].safe for finding in run.findings if len(finding.fixes) == 1] if run.tried else []
    safe, unsafe = single.count(True), single.count(False)
    if not single:
        return ""
    # Of findings that are not shown no fix was tried.
    of = "of those shown, " if any(finding.omitted for finding in run.findings) else ""
    if not unsafe:
        return f"{of}{safe} can be fixed with `--fix`\n"
    more = f"{unsafe} with `--unsafe-fixes`; add `--diff` to look first\n"
    said = f"{safe} can be fixed with `--fix`, {more}" if safe else f"{unsafe} can be fixed {more.partition(' ')[2]}"
    return of + said
