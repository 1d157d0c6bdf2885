"""All targets: what each is, and how a program becomes its documents.

Invariant: one entry for every name in `recpol.settings.config.TARGETS`; a lowering is loaded only when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recpol.analysis.program import Program
from recpol.targets.reply import Reply


@dataclass(frozen=True, slots=True)
class Target:
    """A dialect that policies compile to: its name, what a person calls it, its schema, and its lowering."""

    name: str
    title: str
    schema: str
    lower: Callable[[Program], tuple[Reply, ...]] = field(repr=False)


def _classic(program: Program) -> tuple[Reply, ...]:
    from recpol.targets.v1 import classic

    return classic.lower(program)


def _svaml1(program: Program) -> tuple[Reply, ...]:
    from recpol.targets.v1 import current as svaml1

    return svaml1.lower(program)


def _svaml2(program: Program) -> tuple[Reply, ...]:
    from recpol.targets.v2 import document as svaml2

    return svaml2.lower(program)


CATALOGUE = (
    Target("classic", "classic SVAML (2018 to 2021)", "svaml-classic", _classic),
    Target("svaml1", "SVAML of the current Voice API", "svaml1", _svaml1),
    Target("svaml2", "SVAML of Voice API v2 (preview)", "svaml2", _svaml2),
)

BY_NAME: Mapping[str, Target] = {target.name: target for target in CATALOGUE}
"""The targets by name."""
