"""A program to its findings: every rule of the catalogue, with the author's levels and suppressions applied.

Invariant: a binding rule is never silenced; a suppression that silences nothing is itself found; the order of findings
is file, place, rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding, Severity, order
from recpol.base.record import dataclass
from recpol.rules.catalogue import BY_NAME, CATALOGUE
from recpol.rules.policy.suppressions import idle, resolve, unused_suppression
from recpol.rules.rule import Rule
from recpol.settings.levels import Level, Levels

__all__ = ["Checked", "Level", "Levels", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of a program, and those that the author has suppressed (with the suppression that did it)."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...] = field(default=())

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a compilation."""
        return tuple(finding for finding in self.findings if finding.level == "error")


def check(program: Program, levels: Mapping[str, Level] | Levels | None = None) -> Checked:
    """All findings of a program; `levels` sets the severity of rules by name, `off` silences one.

    `Levels` may give one rule different levels in different files: the file that counts is the finding's.
    """
    chosen = levels if isinstance(levels, Levels) else Levels(levels or {})
    program = _resolved(program)
    kept: list[Finding] = []
    silenced: list[tuple[Finding, Suppression]] = []
    allowed = {(s.span.source.path, s.rule, s.line): s for s in program.suppressions if s.valid}
    used: set[Suppression] = set()
    for rule in CATALOGUE:
        if rule is unused_suppression or (chosen.silent(rule.name) and not rule.binding):
            continue
        if not rule.speaks(program.targets):
            continue
        for finding in _stamped(rule, rule.check(program), chosen):
            suppression = None if rule.binding else _suppressing(finding, allowed)
            if suppression is None:
                kept.append(finding)
            else:
                used.add(suppression)
                silenced.append((finding, suppression))
    if not chosen.silent(unused_suppression.name):
        unused = (s for s in program.suppressions if s.valid and s not in used and not _off(s, chosen, program))
        kept.extend(_stamped(unused_suppression, map(idle, unused), chosen))
    return Checked(tuple(sorted(dict.fromkeys(kept), key=order)), tuple(silenced))


def _resolved(program: Program) -> Program:
    """The program with the rules' names in its suppressions looked up; itself where all of them are right."""
    resolved = tuple(resolve(suppression, BY_NAME) for suppression in program.suppressions)
    return program if resolved == program.suppressions else replace(program, suppressions=resolved)


def _stamped(rule: Rule, findings: Iterable[Finding], levels: Levels) -> Iterator[Finding]:
    """What a rule found with its name and severity, without what is off where it was found."""
    for finding in findings:
        severity: Severity = finding.severity or rule.severity
        level = None if rule.binding else levels.of(rule.name, finding.span.source.path)
        if level != "off":
            yield replace(finding, rule=rule.name, severity=level or severity)


def _off(suppression: Suppression, levels: Levels, program: Program) -> bool:
    """Whether the rule that a suppression is about says nothing in its file, or of these targets."""
    rule = BY_NAME.get(suppression.rule)
    if rule is not None and not rule.speaks(program.targets):
        return True
    return levels.of(suppression.rule, suppression.span.source.path) == "off"


def _suppressing(finding: Finding, allowed: Mapping[tuple[str, str, int], Suppression]) -> Suppression | None:
    if not allowed:
        return None
    return allowed.get((finding.span.source.path, finding.rule, finding.span.begin.line))
