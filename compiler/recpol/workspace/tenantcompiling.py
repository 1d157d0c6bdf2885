"""One policy compiled for many tenants: what comes of each, and what is wrong with their list.

Invariant: one tenant that is wrong leaves the others as they are; two tenants that answer one number have no files.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.compilation import Compilation, compile_program
from recpol.rules.memory import Memory
from recpol.rules.policy.answering import answered_by_two, answering, as_told
from recpol.settings.levels import Levels
from recpol.settings.tenants import TenantList
from recpol.workspace.session import Session
from recpol.workspace.shards import Share
from recpol.workspace.tenants import each_tenant, unused_columns


class TenantCompilation(Record):
    """What a policy came to for one tenant; `written` is false where it must have no files all the same."""

    compilation: Compilation = field(repr=False)
    written: bool = True


def compiled_for(
    session: Session, program: Program, found: TenantList, levels: Levels, share: Share | None = None
) -> tuple[dict[str, TenantCompilation], tuple[Finding, ...]]:
    """A policy for tenants, by name, and what is wrong with their list; raises `CannotRun` and `CompilerBug`.

    Of a `share` for its tenants; numbers that two tenants answer are looked for among all. Where a column is nearly
    called as a variable that is used, nothing is compiled, as on the command line.
    """
    columns = tuple(unused_columns(found, [program]))
    blocked = any(finding.level == "error" for finding in columns)
    made: dict[str, TenantCompilation] = {}
    answers = []
    memory = Memory()
    for tenant, (own,) in each_tenant(session, [program], () if blocked else found.tenants):
        if share is None or share.has(program.source.path, tenant.name):
            made[tenant.name] = TenantCompilation(compile_program(own, levels, memory))
        answers.append(answering(own, tenant.name, tenant.row))
    both = tuple(answered_by_two(one for one in answers if one is not None))
    for pair in both:
        for one in (pair.policy, pair.earlier):
            if one.tenant in made:
                made[one.tenant] = replace(made[one.tenant], written=False)
    told = (*found.findings, *columns, *as_told(both))
    return made, tuple(one for one in told if share is None or share.holds(one))
