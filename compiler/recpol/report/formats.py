"""The formats of a lint's report, each a name, what it is for, and what writes it.

Invariant: a format that is not in `FORMATS` does not exist; choosing one loads no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recpol.report.run import Run

Writer = Callable[[Run, bool], str]
"""A run to the text of its report, with colours or without; formats for programs have none."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: whom it is for, in a few words, and its writer."""

    summary: str
    write: Writer


def _full(run: Run, color: bool) -> str:
    from recpol.report.text import full

    blocks = full(run.findings, color=color)
    return f"{blocks}{blocks and chr(10)}{closing(run)}\n" if run.files else blocks


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
    "full": Format("with source lines", _full),
    "concise": Format("a line each", _concise),
    "json": Format("for programs", _json),
    "github": Format("annotations of GitHub Actions", _github),
    "gitlab": Format("GitLab code quality", _gitlab),
    "junit": Format("JUnit XML", _junit),
    "sarif": Format("SARIF 2.1.0", _sarif),
}
"""All formats by name."""


def closing(run: Run) -> str:
    """The line that closes a report for people: what was found in how many files, and how much the baseline hides."""
    from recpol.report.text import summary

    hidden = f", {len(run.known)} hidden by the baseline {run.baseline}" if run.known else ""
    return f"{summary(run.findings, len(run.files))}{hidden}"
