"""What each target can say: constructs of the language, and policies, as the rules find them.

Nothing is typed here: what is said of a construct is what the rules find in its example when that target alone is asked
for, and what of the example would do nothing in it (`recpol.targets.backend`). Where the rules refuse an example,
it is tried again with what a policy can declare for the sake of a target: a voice, and `on recording failure`. If that
helps, the target can say the construct, with this condition.

Invariant: `no` is said of a construct only where an error is found that no declaration fixes; what is found is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recpol.analysis.program import Program, program
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Source
from recpol.base.typing import Literal
from recpol.platform.targets import Target
from recpol.rules.check import check
from recpol.settings.levels import Level, Levels
from recpol.support_matrix.examples import CONSTRUCTS, Construct
from recpol.targets.backend import TargetDifference
from recpol.targets.catalogue import backend_of

__all__ = [
    "CONSTRUCTS",
    "DECLARED",
    "Construct",
    "Judged",
    "Says",
    "SupportRow",
    "judge",
    "said_of",
    "table",
    "with_declared",
]

Says = Literal["yes", "condition", "no"]

DECLARED = ("voice Amy", "voice Astrid in sv-SE", "on recording failure hangup")
"""What a policy can declare for the sake of a target."""

ELSEWHERE: Mapping[str, Level] = {"flag-of-2018": "off"}
"""What is found in nearly every policy, and so tells nothing of a construct: docs/targets.md says it once."""


class Judged(Record):
    """Whether a target can say something, what is found about it, and which words of it do nothing there."""

    says: Says
    findings: tuple[Finding, ...] = ()
    lost: tuple[TargetDifference, ...] = ()


class SupportRow(Record):
    """A construct, and what each target can say of it by the target's name."""

    construct: Construct
    cells: Mapping[str, Judged] = field(repr=False)


def table(targets: Sequence[Target], constructs: Iterable[Construct] = CONSTRUCTS) -> tuple[SupportRow, ...]:
    """The rows of all constructs for some targets."""
    return tuple(
        SupportRow(construct, {target.name: said_of(construct.example, target) for target in targets})
        for construct in constructs
    )


def judge(
    unit: Program, target: Target, levels: Mapping[str, Level] | Levels | None = None, *, strict: bool = False
) -> Judged:
    """Whether a policy compiles to one target; with `strict`, a warning keeps it from that as an error does.

    A word that does nothing there is mentioned, but is no condition: policies are written for several targets.
    """
    alone = unit.alone(target)
    checked = check(alone, levels)
    stopping = ("error", "warning") if strict else ("error",)
    lost = () if checked.errors else tuple(own for own in backend_of(target).differences(alone) if own.lost)
    if any(finding.level in stopping for finding in checked.findings):
        return Judged("no", checked.findings, lost)
    conditional = any(finding.level == "warning" for finding in checked.findings)
    return Judged("condition" if conditional else "yes", checked.findings, lost)


def said_of(example: str, target: Target) -> Judged:
    """What a target can say of a small policy that uses a construct."""
    bare = judge(_read(example), target, ELSEWHERE)
    if bare.says != "no":
        return replace(bare, says="condition") if bare.lost else bare
    helped = judge(_read(with_declared(example)), target, ELSEWHERE)
    if helped.says == "no":
        return replace(helped, findings=tuple(one for one in helped.findings if one.level == "error"))
    return replace(bare, says="condition")


def with_declared(example: str) -> str:
    """A policy with everything in `DECLARED` that it does not declare itself."""
    return example + "".join(f"{line}\n" for line in DECLARED if " ".join(line.split()[:-1]) not in example)


def _read(example: str) -> Program:
    return program(Source("example.recpol", example))
