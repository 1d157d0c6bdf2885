"""Findings to the same findings with fixes that may be suggested: each is tried before a report shows it.

A fix is suggested as safe if it is proven, as unsafe if it is not, and not at all if it makes anything worse or leaves
its finding in place. One of several among which the author chooses may bring a warning, but no error. Fixes that do not
meet are tried together, so that a file costs a few more checks, however many fixes it has. How many is bounded: what is
not tried then is offered as unsafe, unless a trial with others that failed speaks against it, or it is one that is
offered only when it was tried.

Invariant: nothing of a finding changes but its fixes; a fix that was tried and that `apply_fixes` would not carry out
is not suggested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recpol.base.finding import Finding, Fix
from recpol.base.record import replace
from recpol.fixes.apply import ReadVersion, apart, carry_out, reading, using
from recpol.fixes.budget import Budget
from recpol.fixes.version import Applied, Dependent, Reparse, Subject, Version, own
from recpol.settings.levels import Level, Levels


def suggested(
    subject: Subject,
    found: Sequence[Finding],
    look: Reparse,
    *,
    levels: Mapping[str, Level] | Levels | None = None,
    users: Sequence[Dependent] = (),
) -> tuple[Finding, ...]:
    """What was found in a policy or a document, with the fixes that hold, each `safe` only where that is proven."""
    read = reading(look, levels, users)
    now = Version(subject, tuple(found), using(subject.source, levels, users))
    candidates = [Applied(finding, fix) for finding in now.findings for fix in finding.fixes if own(now.source, fix)]
    held: dict[int, Fix] = {}
    trials = Budget(subject.source.text, len(now.findings))
    if not now.partial:
        _try(now, read, [one for one in candidates if one.fix.safe], held, trials, unsafe=False)
    rest = [one for one in candidates if id(one.fix) not in held]
    for choices in (False, True):
        group = [one for one in rest if (len(one.finding.fixes) > 1) == choices]
        for applied in _try(now, read, group, held, trials, unsafe=True):
            if not applied.fix.only_tried:
                held[id(applied.fix)] = replace(applied.fix, safe=False)
    return tuple(
        replace(finding, fixes=tuple(held[id(fix)] for fix in finding.fixes if id(fix) in held))
        if finding.fixes
        else finding
        for finding in now.findings
    )


def _try(
    now: Version, read: ReadVersion, candidates: list[Applied], held: dict[int, Fix], trials: Budget, *, unsafe: bool
) -> list[Applied]:
    """Put the fixes that hold into `held`, with what is known of them; those of which nothing is known.

    Half of the trials are left for unsafe fixes.
    """
    unknown: list[Applied] = []
    spared = 0 if unsafe else trials.left // 2
    while candidates:
        group = apart(candidates)
        tried = carry_out(now, read, group, trials, unsafe=unsafe, spared=spared)
        for applied in tried.settled:
            held[id(applied.fix)] = replace(applied.fix, safe=not unsafe)
        unknown += [applied for applied in tried.untried if id(applied.fix) not in tried.suspected]
        gone = {id(applied.fix) for applied in group}
        candidates = [applied for applied in candidates if id(applied.fix) not in gone]
    return unknown
