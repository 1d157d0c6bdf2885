"""Policies for each of many tenants to what their guarantees come to: one line where it is the same, a table where not.

Invariant: every tenant is counted in what is said of a policy; of a tenant for whom it does not compile nothing is
called proven. The work grows with the number of tenants, and what does not depend on their values is done once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from recpol.analysis.program import Program
from recpol.audit.model import STATUS, TenantsOfPolicy
from recpol.base.record import Record, field
from recpol.prove import prove
from recpol.prove.verdict import Verdict
from recpol.rules.check import check
from recpol.rules.memory import Memory
from recpol.rules.policy.judged import verdicts as judged
from recpol.settings.levels import Levels

FEW = 12
"""Of so many tenants each has a row; of more, only those that are not like most."""

_Cells = tuple[str, ...]


class TenantCells(Record):
    """What the guarantees of a policy come to for one tenant, both told by their places in the run."""

    policy: int
    tenant: int
    name: str
    written: tuple[str, ...]
    cells: tuple[str, ...]
    compiles: bool


def tenant_cells(tenants: Iterable[tuple[int, Sequence[tuple[int, Program]]]], levels: Levels) -> Iterator[TenantCells]:
    """What guarantees come to for tenants: places of tenants, each with some of the programs and their places."""
    memories: dict[int, Memory] = {}
    for tenant, programs in tenants:
        for policy, program in programs:
            memory = memories.setdefault(policy, Memory())
            compiles = not check(program, levels, memory).errors
            work = "verdicts of tenants" if compiles else "verdicts of tenants with errors"
            written, cells = memory.recall(work, program, partial(_verdicts, compiles=compiles))
            name = "" if program.names.policy is None else program.names.policy.name.text
            yield TenantCells(policy, tenant, name, written, cells, compiles)


def tenant_verdicts(found: Iterable[TenantCells], names: Sequence[str]) -> tuple[TenantsOfPolicy, ...]:
    """What guarantees come to for tenants, by policy; `names` are those of all tenants."""
    of_policies: dict[int, _Found] = {}
    for one in sorted(found, key=lambda one: (one.policy, one.tenant)):
        policy = of_policies.setdefault(one.policy, _Found())
        policy.policy, policy.written = one.name or policy.policy, one.written
        policy.wrong += not one.compiles
        policy.cells.append(one.cells)
        policy.names.append(names[one.tenant])
    return tuple(_of_policy(policy, policy.names) for policy in of_policies.values())


class _Found(Record, frozen=False):
    """What was found of a policy so far: what its guarantees come to, tenant by tenant."""

    policy: str = ""
    wrong: int = 0
    written: _Cells = ()
    cells: list[_Cells] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def _verdicts(program: Program, *, compiles: bool) -> tuple[_Cells, _Cells]:
    """The guarantees of a program as they are written, and what each comes to."""
    guarantees = tuple(program.guarantees())
    verdicts = {id(one.guarantee): one for one in (prove if compiles else judged)(program)}
    said = tuple(_said(verdicts.get(id(guarantee)), compiles=compiles) for guarantee in guarantees)
    return tuple(" ".join(one.span.text.split()) for one in guarantees), said


def _said(verdict: Verdict | None, *, compiles: bool) -> str:
    if verdict is None or not (compiles or verdict.status == "broken"):
        return f"{STATUS['unclaimed']}: the policy does not compile"
    rests = f", rests on {', '.join(sorted(verdict.assumptions))}" if verdict.assumptions else ""
    return f"{STATUS[verdict.status]}{rests}"


def _of_policy(found: _Found, names: Sequence[str]) -> TenantsOfPolicy:
    kinds = Counter(found.cells)
    most, _ = kinds.most_common(1)[0]
    same = [len({cells[at] for cells in kinds}) == 1 for at in range(len(found.written))]
    columns = [at for at, alike in enumerate(same) if not alike]
    few = len(names) <= FEW
    rows = [(name, cells) for name, cells in zip(names, found.cells, strict=True) if columns and (few or cells != most)]
    return TenantsOfPolicy(
        found.policy, len(names), found.wrong,
        tuple((found.written[at], most[at]) for at, alike in enumerate(same) if alike),
        tuple(found.written[at] for at in columns),
        tuple((name, tuple(cells[at] for at in columns)) for name, cells in rows),
        0 if few or not columns else kinds[most], tuple(most[at] for at in columns),
    )  # fmt: skip
