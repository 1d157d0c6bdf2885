"""`Config`: what `recpol.yaml` may say about a project, and what holds where it says nothing.

`settings.configfile` reads the file. Invariant: loading this module loads neither that reader nor YAML, because most
runs have no settings to read.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record, field
from recpol.settings.levels import Level
from recpol.settings.tenants import TenantList, TenantPath

FILE_NAME = "recpol.yaml"

RULE = "bad-config"
"""The rule that every finding in `recpol.yaml` carries."""

DEFAULT_TARGET = "svaml1"
"""What policies are compiled to where no target is chosen; `recpol.targets.catalogue` lists the targets."""

VAR_NAME = r"^[A-Za-z_][A-Za-z0-9_-]*$"
ENVIRONMENT_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
RULE_NAME = r"^[a-z][a-z0-9-]*$"
INCLUDE = r"^(?!/|[A-Za-z]:)(?!(.*/)?\.\.(/|$))[^\\\u0000]+$"
TENANTS = r"^(?!/|[A-Za-z]:)(?!(.*/)?\.\.(/|$))[^\\\u0000]+\.(csv|yaml|yml)$"
OUT = r"^[^\u0000]+$"

KEYS = ("include", "out", "targets", "vars", "environments", "tenants", "rules", "paths", "strict", "cache")


class Config(Record):
    """What `recpol.yaml` says, with defaults for what it does not say.

    `include` are patterns of policies (`*` within a part of the path, `**` across) or folders, from the project folder;
    `out` is where `compile` writes, from the project folder; `targets` are the names of the dialects it writes, empty
    where the file does not say so and `DEFAULT_TARGET` counts; `vars` are the values of `{{ var.NAME }}`, and
    `environments` those that differ per environment; `rules` are severities that differ from a rule's own, and `paths`
    those that differ in the files that a pattern matches; `strict` makes warnings fail; without `cache` nothing is kept
    of runs. `tenants` are those for whom
    the policies are compiled, or the file that lists them.
    """

    include: tuple[str, ...] = ("**/*.recpol",)
    out: str = "build"
    targets: tuple[str, ...] = ()
    vars: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: Mapping[str, Level] = field(default_factory=dict)
    paths: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    strict: bool = False
    cache: bool = True
    tenants: TenantList | TenantPath | None = None

    def values(self, environment: str | None = None) -> dict[str, str]:
        """All variables in one environment; raises `KeyError` if there is no such environment."""
        return {**self.vars, **(self.environments[environment] if environment is not None else {})}
