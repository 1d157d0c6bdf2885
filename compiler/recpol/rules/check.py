"""A policy, a document or an application to its findings: every rule that reads it, with the author's levels applied.

Comments of a policy suppress findings, and JSON has no comments. Levels in `recpol.yaml` count for both.

Invariant: a binding rule is never silenced, whatever it reads; a suppression that silences nothing is itself found; a
place is told once per rule; the order of findings is file, place, rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding, order
from recpol.base.record import Record, field, replace
from recpol.base.typing import TYPE_CHECKING
from recpol.rules.families import rules_asked
from recpol.rules.notation import POLICY
from recpol.rules.rule import AskedRule, Rule, stamped
from recpol.settings.levels import Level, Levels
from recpol.targets.catalogue import all_targets

if TYPE_CHECKING:
    from recpol.rules.memory import Memory
    from recpol.svaml.application import Application
    from recpol.svaml.document import Document

__all__ = ["Checked", "Level", "Levels", "check"]


class Checked(Record):
    """The findings of a program, and those that the author has suppressed (with the suppression that did it)."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...] = field(default=())

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a compilation."""
        return tuple(finding for finding in self.findings if finding.level == "error")


def check(
    subject: Program | Document | Application,
    levels: Mapping[str, Level] | Levels | None = None,
    memory: Memory | None = None,
) -> Checked:
    """All findings of a policy, of one document, or of what the replies of an application come to together.

    `levels` sets the severity of rules by name, `off` silences one. `Levels` may give one rule different levels in
    different files: the file that counts is the finding's. `memory` is what is known of a policy with other variables.
    """
    chosen = levels if isinstance(levels, Levels) else Levels(levels or {})
    if isinstance(subject, Program):
        return _of_policy(subject, chosen, memory)
    from recpol.rules import documents

    return Checked(_sorted(documents.findings(subject, chosen)))


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=order))


def _of_policy(program: Program, chosen: Levels, memory: Memory | None) -> Checked:
    if program.suppressions:
        program = _resolved(program)
    kept: list[Finding] = []
    silenced: list[tuple[Finding, Suppression]] = []
    allowed = {(s.span.source.path, s.rule, s.line): s for s in program.suppressions if s.valid}
    used: set[Suppression] = set()
    for rule, told in _told(program, chosen, memory):
        for finding in stamped(rule, told, chosen):
            suppression = None if rule.binding else _suppressing(finding, allowed)
            if suppression is None:
                kept.append(finding)
            else:
                used.add(suppression)
                silenced.append((finding, suppression))
    if program.suppressions:
        kept.extend(_unused(program, used, chosen))
    speaking = {finding.rule for finding in kept}
    return Checked(_sorted(one for one in kept if one.told_by not in speaking), tuple(silenced))


def _unused(program: Program, used: Collection[Suppression], chosen: Levels) -> Iterator[Finding]:
    from recpol.rules.policy.suppressions import idle, unused_suppression

    if unused_suppression.name not in chosen.silent:
        unused = (s for s in program.suppressions if s.valid and s not in used and not _off(s, chosen, program))
        yield from stamped(unused_suppression, map(idle, unused), chosen)


def _told(program: Program, chosen: Levels, memory: Memory | None) -> Iterator[tuple[Rule, tuple[Finding, ...]]]:
    """What each rule says that finds something in a program."""
    if memory is None:
        asked, off = rules_asked(program), chosen.silent
        if off:
            asked = tuple((rule, ask) for rule, ask in asked if rule.binding or rule.name not in off)
        for rule, ask in asked:
            for finding in ask(program, POLICY):
                yield rule, (finding,)
        return
    memory = memory.of(program)
    together = memory.recall("rules", program, _together) if memory.left is None else memory.left
    left = []
    for work, rules in together:
        said = memory.recall(work, program, partial(_all_said, rules))
        if any(said):
            yield from ((rule, found) for (rule, _), found in zip(rules, said, strict=True) if found)
            left.append((work, rules))
        elif not memory.settled(work):
            left.append((work, rules))
    if memory.settled("rules"):
        memory.left = left


_VERDICTS = frozenset({"recpol.rules.policy.guarantees", "recpol.rules.policy.promises"})
"""Modules whose rules ask for the same verdicts: what proves them is done for all of them together."""


def _together(program: Program) -> tuple[tuple[str, Sequence[AskedRule]], ...]:
    """The rules that may find something: each by itself, and as one piece of work those that share what is dear."""
    found: dict[str, list[AskedRule]] = {}
    for rule, ask in rules_asked(program):
        found.setdefault("verdicts" if rule.module in _VERDICTS else f"rule {rule.name}", []).append((rule, ask))
    return tuple(found.items())


def _all_said(rules: Sequence[AskedRule], program: Program) -> tuple[tuple[Finding, ...], ...]:
    return tuple(tuple(ask(program, POLICY)) for _, ask in rules)


def _resolved(program: Program) -> Program:
    """The program with the rules' names in its suppressions looked up; itself where all of them are right."""
    from recpol.rules.catalogue import BY_NAME
    from recpol.rules.policy.suppressions import resolve

    resolved = tuple(resolve(suppression, BY_NAME) for suppression in program.suppressions)
    return program if resolved == program.suppressions else replace(program, suppressions=resolved)


def _off(suppression: Suppression, levels: Levels, program: Program) -> bool:
    """Whether the rule that a suppression is about says nothing in its file, or of these targets."""
    from recpol.rules.catalogue import BY_NAME

    rule = BY_NAME.get(suppression.rule)
    if rule is not None and (not rule.speaks(program.targets) or _elsewhere(suppression, rule, program)):
        return True
    return levels.of(suppression.rule, suppression.span.source.path) == "off"


def _elsewhere(suppression: Suppression, rule: Rule, program: Program) -> bool:
    """Whether a rule that depends on targets finds something there in another one, which the policy may be for, too."""
    if rule.targets is None or rule.program is None:
        return False
    place = (suppression.span.source.path, suppression.line)
    return any(
        (finding.span.source.path, finding.span.begin.line) == place
        for target in all_targets()
        if rule.targets(target) and target not in program.targets
        for finding in rule.program(program.alone(target), POLICY)
    )


def _suppressing(finding: Finding, allowed: Mapping[tuple[str, str, int], Suppression]) -> Suppression | None:
    if not allowed:
        return None
    return allowed.get((finding.span.source.path, finding.rule, finding.span.begin.line))
