"""`recpol lint` of a project with tenants: what is found of each policy for each tenant, equal findings told once."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding
from recpol.base.record import Record, replace
from recpol.rules.check import check
from recpol.rules.memory import Memory
from recpol.rules.policy.answering import answered_by_two, answering, as_told
from recpol.rules.policy.suppressions import unused_suppression
from recpol.settings.tenants import TenantList
from recpol.workspace.files import Input
from recpol.workspace.session import Session
from recpol.workspace.shards import Share
from recpol.workspace.suggesting import suggest
from recpol.workspace.tenants import TenantFindings, each_tenant, unused_columns

LintedPolicies = Sequence[tuple[Input, Program]]


class LintedTenant(Record):
    """What a policy comes to for one tenant, each told by its place in the run."""

    policy: int
    tenant: int
    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...]


def lint_tenants(
    session: Session,
    policies: LintedPolicies,
    tenants: TenantList,
    share: Share | None = None,
) -> tuple[list[LintedTenant], list[Finding]]:
    """What is found of policies and rules files for tenants, and of the list of tenants and of policies together.

    Of a `share` what is found of its tenants, and in its files.
    """
    programs = [program for _, program in policies]
    between = [*tenants.findings, *unused_columns(tenants, programs)]
    memories = [Memory() for _ in policies]
    answers, made = [], []
    for number, (tenant, own) in enumerate(each_tenant(session, programs, tenants.tenants)):
        for at, (program, memory) in enumerate(zip(own, memories, strict=True)):
            if share is None or share.has(policies[at][0].shown, tenant.name):
                checked = check(program, session.levels, memory)
                allowed = tuple((replace(finding, fixes=()), by) for finding, by in checked.suppressed)
                made.append(LintedTenant(at, number, checked.findings, allowed))
            answers.append(answering(program, tenant.name, tenant.row))
    between += as_told(answered_by_two(one for one in answers if one is not None))
    return made, [finding for finding in between if share is None or share.holds(finding)]


def used_elsewhere(
    session: Session,
    programs: Sequence[Program],
    tenants: TenantList,
    share: Share,
    found: Iterable[tuple[int, Sequence[Finding]]],
) -> set[tuple[int, Finding]]:
    """The permissions that no tenant of a share uses, and some other tenant does: by policy, as what is found of them.

    `found` has what was found of a policy, for each tenant of the share. Only where all of these have such a finding,
    the others are looked at.
    """
    candidates: dict[int, set[Finding]] = {}
    for at, findings in found:
        own = {finding for finding in findings if finding.rule == unused_suppression.name}
        candidates[at] = candidates.get(at, own) & own
    left = {at: set(own) for at, own in candidates.items() if own}
    if left:
        memories = [Memory() for _ in programs]
        for tenant, others in each_tenant(session, programs, tenants.tenants):
            for at in [at for at, own in left.items() if own and not share.has(programs[at].source.path, tenant.name)]:
                left[at] &= set(check(others[at], session.levels, memories[at]).findings)
            if not any(left.values()):
                break
    return {(at, finding) for at, own in candidates.items() for finding in own - left.get(at, set())}


def told_of_tenants(
    session: Session,
    items: Sequence[Input],
    policies: Sequence[tuple[Input, Callable[[], Program | Finding]]],
    tenants: TenantList,
    found: Iterable[LintedTenant],
    *,
    fixes: bool,
    without: Container[tuple[int, Finding]] = (),
) -> list[Finding]:
    """The findings of tenants, equal ones told once; `policies` with what reads them, `without` what is not told.

    With `fixes` those of findings are tried, with the variables of the first tenant.
    """
    groups = [TenantFindings() for _ in policies]
    for one in sorted(found, key=lambda one: one.tenant):
        findings = [finding for finding in one.findings if (one.policy, finding) not in without]
        groups[one.policy].add(tenants.tenants[one.tenant], findings)
    all_told: list[Finding] = []
    for (item, read), group in zip(policies, groups, strict=True):
        told = tuple(group.told(only_of_all=(unused_suppression.name,)))
        if fixes and any(finding.fixes for finding in told):
            first = session.of(tenants.tenants[0])
            program = read()
            if not isinstance(program, Finding):
                told = suggest(first, items, item, replace(program, variables=first.variables), told, "")
        all_told += told
    return all_told
