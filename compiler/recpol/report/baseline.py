"""A baseline: the findings that a project had when it began to use recpol, as a file that can only shrink.

    {
      "version": 1,
      "files": ["legacy/hotline.recpol"],
      "findings": [
        {"rule": "fixed-file-name", "file": "legacy/hotline.recpol", "fingerprint": "0f3c…"}
      ]
    }

`files` are those that were checked when the file was made. What is gone is known only after a run that checks all of
them that are still there: a finding in a file of rules may come from any policy that uses it.

Invariant: a finding that is not in the file is never hidden, and nothing is ever added to a file that is there. The
same findings give the same text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence

from recpol.base.finding import Finding
from recpol.base.record import Record
from recpol.base.typing import Any, NamedTuple
from recpol.report.fingerprint import fingerprints

VERSION = 1
"""Raised when an older reader would misread the file."""


class Entry(NamedTuple):
    """A finding of the past: its rule, its file, and the fingerprint that tells it from others."""

    file: str
    rule: str
    fingerprint: str


class Baseline(Record):
    """The findings of the past, and the files that they were found in or through; names as the file has them."""

    files: tuple[str, ...]
    entries: tuple[Entry, ...]


class Compared(Record):
    """The findings of a run that are new, those that the baseline knows, and its entries that are gone.

    `unchecked` are files that the baseline is about and the run did not check; while there are any, nothing is gone.
    """

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    gone: tuple[Entry, ...]
    unchecked: tuple[str, ...]


def baseline_of(findings: Sequence[Finding], files: Collection[str], called: Callable[[str], str]) -> Baseline:
    """The baseline of a run over `files`; `called` says what the baseline calls a file."""
    return Baseline(tuple(sorted(map(called, files))), tuple(sorted(_entries(findings, called))))


def compare(
    baseline: Baseline,
    findings: Sequence[Finding],
    files: Collection[str],
    called: Callable[[str], str],
    exists: Callable[[str], bool],
) -> Compared:
    """The findings of a run over `files` against a baseline; `exists` tells whether a file of it is still there."""
    left = set(baseline.entries)
    new: list[Finding] = []
    known: list[Finding] = []
    for finding, entry in zip(findings, _entries(findings, called), strict=True):
        (known if entry in left else new).append(finding)
        left.discard(entry)
    checked = set(map(called, files))
    unchecked = tuple(file for file in baseline.files if file not in checked and exists(file))
    return Compared(tuple(new), tuple(known), () if unchecked else tuple(sorted(left)), unchecked)


def without(baseline: Baseline, gone: Collection[Entry], exists: Callable[[str], bool]) -> Baseline:
    """A baseline without what is gone, and without the files that are not there any more."""
    entries = tuple(entry for entry in baseline.entries if entry not in set(gone))
    return Baseline(tuple(file for file in baseline.files if exists(file)), entries)


def baseline_text(baseline: Baseline) -> str:
    """A baseline as the text of its file, a line for each finding, so that a change of it reads well."""
    files = ",".join(f"\n    {json.dumps(file)}" for file in baseline.files)
    lines = [{"file": e.file, "rule": e.rule, "fingerprint": e.fingerprint} for e in baseline.entries]
    findings = ",".join(f"\n    {json.dumps(line)}" for line in lines)
    return (
        f'{{\n  "version": {VERSION},\n  "files": [{files}{files and chr(10) + "  "}],\n'
        f'  "findings": [{findings}{findings and chr(10) + "  "}]\n}}\n'
    )


def read_baseline(text: str) -> Baseline | str:
    """The text of a file to the baseline, or to what is wrong with it (lower case, no full stop)."""
    try:
        document = json.loads(text)
    except ValueError:
        return "it is not valid JSON"
    except RecursionError:
        return "it nests too deep"
    if not isinstance(document, dict) or document.get("version") != VERSION:
        return f"it is not a baseline of version {VERSION}"
    files, findings = document.get("files"), document.get("findings")
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        return "its `files` are not a list of names"
    if not isinstance(findings, list) or not all(map(_is_entry, findings)):
        return "one of its `findings` is not of the form `file`, `rule`, `fingerprint`"
    return Baseline(tuple(files), tuple(Entry(e["file"], e["rule"], e["fingerprint"]) for e in findings))


def _entries(findings: Sequence[Finding], called: Callable[[str], str]) -> list[Entry]:
    marks = fingerprints(findings, called)
    return [Entry(called(f.span.source.path), f.rule, mark) for f, mark in zip(findings, marks, strict=True)]


def _is_entry(value: Any) -> bool:
    names = ("file", "rule", "fingerprint")
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)
