"""The tenants of a project, read from its settings or from the file that these name, and what is found about them.

Invariant: a file of tenants lies in the project folder, and no more of it is read than a limit. What is found of many
tenants is told once, with how many they are; what one of them has wrong is told with its line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.nearest import nearest
from recpol.base.record import Record, replace
from recpol.base.source import Undecodable, decode
from recpol.settings.tenants import TENANT_RULE, Tenant, TenantList, TenantPath
from recpol.targets.catalogue import target_names
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here, inside, shown
from recpol.workspace.reading import content_of
from recpol.workspace.session import Session, used_variables

MOST_BYTES = 64 * 1024 * 1024
"""So much of a file of tenants is read: 40,000 tenants with a page of text each."""

MOST_ROOMS = 2_000
"""So many policies that connect calls to rooms are compared with each other."""


def read_tenants(session: Session, chosen: Sequence[str] = ()) -> TenantList | None:
    """The tenants of a run: those of `--tenant`, else all; None where the project has none. Raises `CannotRun`."""
    configured = session.config.tenants
    if configured is None:
        if chosen:
            raise CannotRun(
                f"there is no tenant `{chosen[0]}`: `recpol.yaml` has no `tenants`", "write them there, or take it out"
            )
        return None
    found = configured if isinstance(configured, TenantList) else _of_file(session, configured)
    if not chosen:
        return found
    known = {tenant.name: tenant for tenant in found.tenants}
    for name in chosen:
        if name not in known:
            near = nearest(name, known)
            guess = f"did you mean `{near}`?" if near is not None else _named(tuple(known))
            if near is None and (found.findings or found.refused):
                guess = "run `recpol lint` to see what is wrong with it"
            raise CannotRun(f"there is no tenant `{name}` that can be used", guess)
    return replace(found, tenants=tuple(known[name] for name in dict.fromkeys(chosen)), findings=(), refused=0)


def _named(known: Sequence[str]) -> str:
    """The first of some tenants, as a cure."""
    names = [f"`{name}`" for name in known[:FEW]]
    more = f" and {len(known) - FEW:,} more" if len(known) > FEW else ""
    return f"name one of {', '.join(names)}{more}" if names else "`recpol.yaml` has no tenant: write one there"


def _of_file(session: Session, named: TenantPath) -> TenantList:
    from recpol.settings.tenantfile import tenants_of_text

    assert session.project is not None, "only settings name a file of tenants"
    folder = session.project.folder
    path = os.path.join(folder, named.path)
    called = shown(os.path.abspath(path), here())
    if not inside(path, folder):
        raise CannotRun(f"`{called}` is a link to a file outside the project, and is not read", "remove the link")
    data = content_of(path, called, MOST_BYTES + 1, "name a CSV or YAML file")
    if len(data) > MOST_BYTES:
        raise CannotRun(
            f"`{called}` is larger than {MOST_BYTES // 1024 // 1024} MiB", "split the tenants into several projects"
        )
    source = decode(called, data)
    if isinstance(source, Undecodable):
        raise CannotRun(f"`{called}` is not UTF-8 (line {source.line})", "save it as UTF-8")
    return tenants_of_text(source, frozenset(target_names()))


def with_first(session: Session, chosen: Sequence[str]) -> Session:
    """The session for the tenant of `--tenant`, else for the first one; itself where the project has none."""
    found = read_tenants(session, chosen)
    return session if found is None or not found.tenants else session.of(found.tenants[0])


def one_of_them(session: Session, chosen: Sequence[str]) -> tuple[Session, str]:
    """The same, and what to say of it where nobody has chosen: which of how many tenants it is."""
    found = read_tenants(session, chosen)
    if found is None or not found.tenants:
        return session, ""
    first, count = found.tenants[0], len(found.tenants)
    note = f"for the tenant `{first.name}`, the first of {count:,}; `--tenant NAME` chooses another one"
    return session.of(first), "" if chosen or count == 1 else note


def for_tenant(session: Session, program: Program, tenant: Tenant) -> Program:
    """A program with the variables of a tenant; nothing of it is read again."""
    return replace(program, variables=session.of(tenant).variables)


def each_tenant(
    session: Session, programs: Sequence[Program], tenants: Sequence[Tenant]
) -> Iterator[tuple[Tenant, tuple[Program, ...]]]:
    """Each tenant with the programs as they are for it; raises `CannotRun` where rooms are too many to compare.

    Rooms are compared across all tenants: no document says that two tenants' applications have rooms of their own.
    """
    rooms = [n for n, one in enumerate(programs) if any(step.connects == "conference" for step in one.steps)]
    if not rooms or len(programs) * len(tenants) == 1:
        for tenant in tenants:
            variables = session.of(tenant).variables
            yield tenant, tuple(replace(program, variables=variables) for program in programs)
        return
    if len(rooms) * len(tenants) > MOST_ROOMS:
        raise CannotRun(
            f"{len(tenants):,} tenants have policies with rooms, and at most {MOST_ROOMS:,} such policies are compared",
            "name some of the tenants with `--tenant`, or split them into several projects",
        )
    from recpol.prove.rooms import side_by_side

    flat = side_by_side([for_tenant(session, program, tenant) for tenant in tenants for program in programs])
    size = len(programs)
    yield from ((tenant, flat[n * size : (n + 1) * size]) for n, tenant in enumerate(tenants))


def unused_columns(found: TenantList, programs: Iterable[Program]) -> Iterator[Finding]:
    """The columns of a table of tenants that no policy uses: one that nearly has a used name is an error."""
    if not found.columns:
        return
    used = used_variables(programs)
    for name, place in found.columns.items():
        if name not in used:
            near = nearest(name, used - set(found.columns))
            help_ = "take it out, or use it as `{{ var." + name + " }}`" if near is None else f"did you mean `{near}`?"
            yield Finding(
                f"no policy uses the column `{name}`",
                place,
                help=help_,
                rule=TENANT_RULE,
                severity="warning" if near is None else "error",
            )


class _Group(Record, frozen=False):
    """A finding, and the tenants that have it: how many, and the first ones."""

    finding: Finding
    count: int
    first: list[Tenant]


FEW = 3
"""So many tenants are named."""

MOST_AT_ONE_PLACE = 5
"""So many findings of one rule at one place are told, where tenants differ."""


class TenantFindings:
    """Findings of many tenants, equal ones told once."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], dict[tuple[object, ...], _Group]] = {}
        self._more: dict[tuple[object, ...], int] = {}
        self.tenants = 0

    def add(self, tenant: Tenant, findings: Iterable[Finding]) -> None:
        """What was found of a tenant."""
        self.tenants += 1
        for finding in dict.fromkeys(findings):
            span = finding.span
            place = (finding.rule, span.source.path, span.start, span.end)
            groups = self._groups.setdefault(place, {})
            group = groups.get((finding.message, finding.level))
            if group is not None:
                group.count += 1
                if len(group.first) < FEW:
                    group.first.append(tenant)
            elif len(groups) < MOST_AT_ONE_PLACE:
                groups[finding.message, finding.level] = _Group(finding, 1, [tenant])
            else:
                self._more[place] = self._more.get(place, 0) + 1

    def told(self, *, only_of_all: Sequence[str] = ()) -> list[Finding]:
        """The findings; those of the rules `only_of_all` where every tenant has them."""
        told: list[Finding] = []
        for place, groups in self._groups.items():
            for number, group in enumerate(groups.values()):
                if group.finding.rule in only_of_all and group.count < self.tenants:
                    continue
                more = self._more.get(place, 0) if number == len(groups) - 1 else 0
                told.append(self._of(group, more))
        return told

    def _of(self, group: _Group, more: int) -> Finding:
        if group.count == self.tenants:
            return group.finding
        names = ", ".join(f"`{tenant.name}`" for tenant in group.first)
        rest = f" and {group.count - len(group.first):,} more" if group.count > len(group.first) else ""
        notes = [Note(group.first[0].row, f"of the tenant{'s' if group.count > 1 else ''} {names}{rest}")]
        if more:
            notes.append(Note(group.finding.span, f"{more:,} more tenants have another value here that is wrong"))
        return replace(group.finding, notes=(*group.finding.notes, *notes))
