"""Findings counted by rule, the rule that speaks most first.

Invariant: the counts add up to the number of findings; rules with the same count stand in the order of their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from recpol.base.finding import SEVERITIES, Finding
from recpol.rules.every import EVERY_BY_NAME


def statistics(findings: Sequence[Finding]) -> str:
    """A line for each rule that found something: how often, how severe, its name and what it finds."""
    counts: Counter[str] = Counter()
    worst: dict[str, int] = {}
    for finding in findings:
        counts[finding.rule] += finding.count
        rank = SEVERITIES.index(finding.level)
        worst[finding.rule] = min(rank, worst.get(finding.rule, rank))
    width = len(str(max(counts.values(), default=0)))
    longest = max(map(len, counts), default=0)
    return "".join(
        f"{count:>{width}}  {SEVERITIES[worst[name]]:<7}  {name:<{longest}}  {_summary(name)}".rstrip() + "\n"
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _summary(name: str) -> str:
    rule = EVERY_BY_NAME.get(name)
    return rule.summary if rule is not None else ""
