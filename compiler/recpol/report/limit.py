"""Findings of a run to as many as somebody reads: of a rule in a file the first hundred, and one for all the others.

A file can break a rule fifty thousand times, and a report of that is a hundred times as long as the file. What is left
out is counted: in the finding that stands for it, and in everything that counts findings.

Invariant: no rule, file or severity vanishes; the counts are those of all findings, and so is what makes a run fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from recpol.base.finding import Finding
from recpol.base.record import replace

MOST = 100
"""How many findings of one rule and severity are shown of one file."""


def limited(findings: Sequence[Finding], most: int | None = MOST) -> Sequence[Finding]:
    """The first findings of each rule in each file, in order, then one for its others; all of them without `most`."""
    if most is None or len(findings) <= most:
        return findings
    counts = Counter(map(_kind, findings))
    return list(_limited(findings, most, counts)) if max(counts.values()) > most else findings


def _limited(findings: Iterable[Finding], most: int, counts: Counter[tuple[str, str, str]]) -> Iterator[Finding]:
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        kind = _kind(finding)
        seen[kind] += 1
        if seen[kind] <= most:
            yield finding
        elif seen[kind] == most + 1:
            yield _for_the_rest(finding, counts[kind] - most)


def first_fixes(findings: Sequence[Finding], most: int | None = MOST) -> Sequence[Finding]:
    """All findings, with fixes only where `limited` shows the finding, so that no other fix is tried."""
    shown = {id(finding) for finding in limited(findings, most)}
    return [f if id(f) in shown or not f.fixes else replace(f, fixes=()) for f in findings]


def _kind(finding: Finding) -> tuple[str, str, str]:
    return finding.span.source.path, finding.rule, finding.level


def _for_the_rest(first: Finding, count: int) -> Finding:
    """What stands for findings that are not shown: where the first of them is, and how many they are."""
    return Finding(
        f"{count:,} more of `{first.rule}` in this file {'is' if count == 1 else 'are'} not shown",
        first.span,
        help="show all with `recpol lint --no-limit`",
        rule=first.rule,
        severity=first.level,
        secret=first.secret,
        omitted=count,
    )
