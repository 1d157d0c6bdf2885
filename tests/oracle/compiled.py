"""Policies to what the oracle reads: their documents in one target, whether their guarantees hold or not."""

from __future__ import annotations

import recpol_check as referee
from oracle.explore import Explored, explore
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.certificate import source_map
from recpol.compilation import json_bytes
from recpol.rules.check import check
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.manifest import manifest_of

ABOUT_GUARANTEES = {
    "broken-guarantee",
    "opposed-guarantees",
    "empty-guarantee",
    "unproven-guarantee",
    "selects-nothing",
}
"""Errors that say that a guarantee does not hold: what the oracle is asked about."""


def understood(text: str, target: str) -> Program:
    """A policy's text, understood for one target."""
    return program(Source("random.recpol", text), targets=targets_named((target,)))


def can_be_lowered(unit: Program) -> bool:
    """Whether nothing is wrong with a policy but its guarantees."""
    found = check(unit).findings
    return all(finding.severity != "error" or finding.rule in ABOUT_GUARANTEES for finding in found)


def files_of(unit: Program, target: str) -> dict[str, bytes]:
    """The documents and the manifest of a policy."""
    (chosen,) = targets_named((target,))
    backend = backend_of(chosen)
    replies = backend.lower(unit)
    manifest = manifest_of(unit, "random", chosen, backend, replies)
    return {**{r.file: json_bytes(r.document) for r in replies}, "manifest.json": json_bytes(manifest)}


def explored(unit: Program, target: str) -> Explored:
    """A policy's documents, ready to be asked."""
    return explore(referee.Folder("random", files_of(unit, target)), source_map(unit, unit.targets[0]))
