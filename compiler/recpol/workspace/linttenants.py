"""`recpol lint` of a project with tenants: what is found of each policy for each tenant, equal findings told once."""

from __future__ import annotations

from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding
from recpol.base.record import replace
from recpol.rules.check import check
from recpol.rules.memory import Memory
from recpol.rules.policy.answering import answered_by_two, answering, as_told
from recpol.rules.policy.suppressions import unused_suppression
from recpol.settings.tenants import TenantList
from recpol.workspace.files import Input
from recpol.workspace.session import Session
from recpol.workspace.suggesting import suggest
from recpol.workspace.tenants import TenantFindings, each_tenant, unused_columns

LintedPolicies = Sequence[tuple[Input, Program]]


def lint_tenants(
    session: Session, items: Sequence[Input], policies: LintedPolicies, tenants: TenantList, *, fixes: bool
) -> tuple[list[Finding], list[tuple[Finding, Suppression]]]:
    """What is found of policies and rules files for tenants, and what of it is allowed.

    With `fixes` those of findings are tried, with the variables of the first tenant.
    """
    programs = [program for _, program in policies]
    found = [*tenants.findings, *unused_columns(tenants, programs)]
    suppressed: dict[tuple[object, ...], tuple[Finding, Suppression]] = {}
    groups = [TenantFindings() for _ in policies]
    memories = [Memory() for _ in policies]
    answers = []
    for tenant, own in each_tenant(session, programs, tenants.tenants):
        for program, group, memory in zip(own, groups, memories, strict=True):
            checked = check(program, session.levels, memory)
            group.add(tenant, checked.findings)
            for finding, by in checked.suppressed:
                key = (finding.rule, finding.span, finding.message)
                suppressed.setdefault(key, (replace(finding, fixes=()), by))
            answers.append(answering(program, tenant.name, tenant.row))
    found += as_told(answered_by_two(one for one in answers if one is not None))
    for (item, program), group in zip(policies, groups, strict=True):
        told = tuple(group.told(only_of_all=(unused_suppression.name,)))
        if fixes and tenants.tenants and any(finding.fixes for finding in told):
            first = session.of(tenants.tenants[0])
            subject = replace(program, variables=first.variables)
            told = suggest(first, items, item, subject, told, "")
        found += told
    return found, list(suppressed.values())
