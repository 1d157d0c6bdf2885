"""Policies that one side alone has to which of them are one policy under two names.

Invariant: two names belong together only where both versions stand in a file of one name, or where every call sounds
and is recorded alike in both; whatever else differs is compared and told as of any other policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.analysis.program import Program
from recpol.diff.tapes import tapes

MOST = 100
"""So many pairs of policies are compared in search of renamed ones."""

BUDGET = 5_000
"""How many places of calls are looked at for each of them."""


def renamed(gone: Mapping[str, Program], new: Mapping[str, Program]) -> dict[str, str]:
    """The earlier name of policies that have another one now, each at most once; of one tenant where there are some."""
    found: dict[str, str] = {}
    left = dict(gone)
    for name, program in new.items():
        same = [old for old in left if _tenant(old) == _tenant(name) and _file(left[old]) == _file(program)]
        if len(same) == 1:
            found[name] = same[0]
            del left[same[0]]
    tried = 0
    for name, program in new.items():
        for old in [] if name in found else list(_of_tenant(left, name)):
            tried += 1
            if tried > MOST:
                return found
            if _alike(left[old], program):
                found[name] = old
                del left[old]
                break
    return found


def like(known: Mapping[str, Program], name: str, program: Program) -> str | None:
    """The name of an earlier policy of the same tenant under which every call sounds and is recorded as under this.

    The first ten that are known are looked at.
    """
    candidates = list(_of_tenant(known, name))
    return next((old for old in candidates[:10] if _alike(known[old], program)), None)


def _alike(old: Program, new: Program) -> bool:
    if old.partial or new.partial:
        return False
    walked = tapes(old, new, BUDGET)
    return not walked.spent and not walked.differences


def _of_tenant(programs: Mapping[str, Program], name: str) -> Iterator[str]:
    return (other for other in programs if _tenant(other) == _tenant(name))


def _tenant(name: str) -> str:
    return name.rpartition("/")[0]


def _file(program: Program) -> str:
    return program.source.path.replace("\\", "/").rpartition("/")[2]
