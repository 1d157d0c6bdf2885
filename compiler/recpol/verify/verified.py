"""What translation checking comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement between the policy and its output: the file, and what each of the two says."""

    file: str
    policy: str
    output: str
    call: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What the comparison found, how many pairs it compared, and the assumptions of the machine, by name."""

    differences: tuple[Difference, ...]
    pairs: int
    assumptions: frozenset[str]
