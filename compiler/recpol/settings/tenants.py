"""Tenants: those for whom the policies of a project are compiled, each with variables of its own.

Invariant: a tenant's name is the name of a folder on every system; loading this module loads neither YAML nor CSV.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from recpol.base.finding import Finding
from recpol.base.record import Record
from recpol.base.source import Span

TENANT_RULE = "bad-tenant"
"""The rule that every finding about tenants carries."""

TENANT_NAME = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
"""Small letters, digits and hyphens, as in names of hosts: safe in every file system, and in a URL."""

DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
"""The names that no folder can have on Windows, where they are those of devices."""

MOST_TENANTS = 100_000
"""So many tenants a run may have."""


class Tenant(Record):
    """A tenant: its name, the values of its variables, and where it stands, which is told with what is found."""

    name: str
    values: Mapping[str, str]
    row: Span


class TenantList(Record):
    """The tenants that can be used, in order, and what is wrong with the others, or with the file.

    `columns` are the variables that a table has, each with its place; empty where each tenant has variables of its own.
    `refused` is how many tenants are left out.
    """

    tenants: tuple[Tenant, ...]
    findings: tuple[Finding, ...] = ()
    columns: Mapping[str, Span] | None = None
    refused: int = 0


class TenantPath(Record):
    """The file that lists the tenants, from the project folder, and where the settings say so."""

    path: str
    span: Span


def name_problem(name: str, folders: frozenset[str]) -> tuple[str, str] | None:
    """What is wrong with a tenant's name, and what to do; `folders` are names that the output folder needs itself."""
    if re.search(TENANT_NAME, name) is None or name.endswith("\n"):
        shown = f"`{name}`" if len(name) <= 80 and name.isprintable() else "this"
        return f"{shown} cannot be the name of a tenant", "use small letters, digits and `-`, at most 63 of them"
    if name in DEVICES:
        return f"`{name}` is a device on Windows", "give the tenant another name: it becomes a folder"
    if name in folders:
        return f"`{name}` is the name of a target", "give the tenant another name: both become folders of the output"
    return None
