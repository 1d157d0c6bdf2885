"""Findings to the same findings with fixes that may be offered: each is tried before a report shows it.

A fix is offered as safe if it is proven, as unsafe if it is not, and not at all if it makes anything worse or leaves
its finding in place. Fixes that do not meet are tried together, and in halves where that fails, so that a file costs a
few more checks, however many fixes it has.

Invariant: nothing of a finding changes but its fixes; none is offered that `mend` would not carry out by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recpol.fixes.mend import Read, apart, carry_out, reading, using
from recpol.fixes.version import Applied, Look, Subject, User, Version, own
from recpol.ground.finding import Finding, Fix
from recpol.ground.levels import Level, Levels


def offered(
    subject: Subject,
    found: Sequence[Finding],
    look: Look,
    *,
    levels: Mapping[str, Level] | Levels | None = None,
    users: Sequence[User] = (),
) -> tuple[Finding, ...]:
    """What was found in a policy or a document, with the fixes that hold, each `safe` only where that is proven."""
    read = reading(look, levels, users)
    now = Version(subject, tuple(found), using(subject.source, levels, users))
    candidates = [Applied(finding, fix) for finding in now.findings for fix in finding.fixes if own(now.source, fix)]
    held: dict[int, Fix] = {}
    if not now.partial:
        _try(now, read, [one for one in candidates if one.fix.safe], held, unsafe=False)
    _try(now, read, [one for one in candidates if id(one.fix) not in held], held, unsafe=True)
    return tuple(
        replace(finding, fixes=tuple(held[id(fix)] for fix in finding.fixes if id(fix) in held))
        if finding.fixes
        else finding
        for finding in now.findings
    )


def _try(now: Version, read: Read, candidates: list[Applied], held: dict[int, Fix], *, unsafe: bool) -> None:
    """Put the fixes that hold into `held`, with what is known of them."""
    while candidates:
        group = apart(candidates)
        for applied in carry_out(now, read, group, unsafe=unsafe)[0]:
            held[id(applied.fix)] = replace(applied.fix, safe=not unsafe)
        tried = {id(applied.fix) for applied in group}
        candidates = [applied for applied in candidates if id(applied.fix) not in tried]
