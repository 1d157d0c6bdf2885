"""A compiled policy to an explanation for people: what is recorded of a call, in plain sentences.

    compilation ── explain ──► Explanation ── text · markdown · document

Nothing is worked out here: who is recorded comes from the decisions and the recorder's states, what a guarantee comes
to from the proof.

Invariant: total on every policy, with errors too; a policy that could not be read in full is not explained, and the
explanation says so. No secret and no control character is in an explanation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from recpol.analysis.program import Program
from recpol.base.finding import SEVERITIES, Finding
from recpol.base.record import replace
from recpol.base.typing import Any
from recpol.compilation import Compilation
from recpol.explain.glossary import glossary
from recpol.explain.guarantees import assumptions, guarantees, tally
from recpol.explain.model import Explanation, Remark
from recpol.explain.order import number
from recpol.explain.packs import packs
from recpol.explain.people import people
from recpol.explain.stages import stages
from recpol.explain.stores import stores
from recpol.explain.summary import summary, used_stores
from recpol.explain.targets import targets
from recpol.explain.words import clean, count, listed
from recpol.report.hidden import DOTS
from recpol.settings.levels import Levels
from recpol.syntax import tree

__all__ = ["Explanation", "explain"]

_UNCLAIMED = "Nothing is proven, because the policy does not compile."
_SHARED = "Proven, or broken, for each policy that uses this file."


def explain(compilation: Compilation, *, strict: bool = False, levels: Levels | None = None) -> Explanation:
    """Explain a policy or a `rules` file; with `strict`, warnings keep a policy from compiling as errors do.

    `levels` are those that it was compiled with: each of several targets is looked at alone.
    """
    program = compilation.program
    explanation = _told(compilation, {"error", "warning"} if strict else {"error"}, levels)
    polished: Explanation = _polished(explanation, _secrets(program))
    return replace(polished, words=glossary(_strings(polished)))


def _told(compilation: Compilation, stopping: set[str], levels: Levels | None) -> Explanation:
    program = compilation.program
    remarks = tuple(_remark(finding, stops=finding.level in stopping) for finding in compilation.findings)
    compiles = not any(remark.stops for remark in remarks)
    header = next(iter(program.names.headers), None)
    name = program.source.path if header is None else header.name.text
    rules = "the rules" if program.is_rules else "the policy"
    explanation = Explanation(
        name=name,
        title=f"What {rules} {name} " + ("demand" if program.is_rules else "records"),
        file=program.source.path,
        compiles=compiles,
        alert="" if compiles else _alert(program, remarks),
        remarks=remarks,
        allowed=tuple(
            replace(
                _remark(finding, stops=False),
                allowed=f"{by.reason} (allowed by {by.by})" if by.by else by.reason,
                until="" if by.until is None else by.until.isoformat(),
            )
            for finding, by in compilation.checked.suppressed
        ),
        summary=(),
        stages=(),
        stores=(),
        guarantees=(),
        assumptions=(),
        words=(),
    )
    if program.partial:
        return explanation
    numbered = number(program)
    claimed = compiles and not program.is_rules
    told = targets(compilation, levels, stopping, lambda finding: _remark(finding, stops=True))
    assumed = frozenset[str]().union(*(output.verified.assumptions for output in compilation.outputs if claimed))
    assumed = assumed.union(*(target.rests for target in told))
    why = _SHARED if program.is_rules else _UNCLAIMED
    found = guarantees(program, numbered, assumed, claimed=claimed, why=why)
    persons = people(program, numbered, claimed=claimed, why=why)
    return replace(
        explanation,
        summary=summary(program, numbered, tally(found)),
        stages=stages(program, numbered),
        stores=stores(program, used_stores(program)),
        guarantees=found,
        assumptions=assumptions(found, persons, assumed),
        targets=told,
        packs=packs(program),
        people=persons,
    )


def _remark(finding: Finding, *, stops: bool) -> Remark:
    span = finding.span
    return Remark(finding.level, finding.rule, finding.message, span.source.path, span.begin.line, stops)


def _alert(program: Program, remarks: tuple[Remark, ...]) -> str:
    counts = [count(n, level) for level in SEVERITIES if (n := sum(r.stops and r.severity == level for r in remarks))]
    if program.is_rules:
        return f"These rules cannot be used: {listed(counts)} must be put right first."
    found = f"This policy does not compile: {listed(counts)} must be put right first."
    if program.partial:
        return f"{found} Its text could not be read in full, so nothing is told of what it records."
    return f"{found} No call runs by it as it stands. Below is what it says so far, and nothing of it is proven."


# ── nothing that must not be shown ───────────────────────────────────────────────────────────────────────────────

_LEAST = 6
"""A credential shorter than this is not looked for elsewhere: it would be found in the middle of words."""


def _secrets(program: Program) -> tuple[str, ...]:
    """The credentials that are written in a policy or come from a variable, and their parts, longest first."""
    found: set[str] = set()
    for file in program.files:
        for statement in file.statements:
            field = statement.field("credentials") if isinstance(statement, tree.Store) else None
            if field is not None and isinstance(field.value, tree.Text):
                pieces = (piece for piece in field.value.pieces if isinstance(piece, str))
                for whole in (program.constant(field.value) or "", *pieces):
                    found |= {whole, *whole.split(":")[1:2]}
    return tuple(sorted((secret for secret in found if len(secret) >= _LEAST), key=lambda one: (-len(one), one)))


def _polished(part: Any, secrets: tuple[str, ...]) -> Any:
    """A part of an explanation with every text in it cleaned."""
    if isinstance(part, str):
        for secret in secrets:
            part = part.replace(secret, DOTS)
        return clean(part)
    if isinstance(part, tuple) and not _numbers(part):
        return tuple(_polished(item, secrets) for item in part)
    if is_dataclass(part) and not isinstance(part, type):
        return type(part)(*(_polished(getattr(part, field.name), secrets) for field in fields(part)))
    return part


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple) and not _numbers(part):
        for item in part:
            yield from _strings(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _strings(getattr(part, field.name))


def _numbers(part: tuple[Any, ...]) -> bool:
    """Whether a list in an explanation is one of stages by their numbers, which holds no text; it may be shared by as
    many stages as it has numbers."""
    return bool(part) and isinstance(part[0], int)
