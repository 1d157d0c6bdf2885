"""The clause packs of a policy: what each clause says, how it was checked, and what no proof covers of it.

Invariant: every clause of every pack in use is told, also one of which recpol can decide nothing.
"""

from __future__ import annotations

from recpol.analysis.packs import CHECKED, Clause, Pack, pack_of
from recpol.analysis.program import Program
from recpol.explain.model import ExplainedClause, ExplainedPack
from recpol.explain.words import capital, clean


def packs(program: Program) -> tuple[ExplainedPack, ...]:
    """The packs that a policy uses."""
    return tuple(explained_pack(found) for brought in program.imports if (found := pack_of(brought)) is not None)


def explained_pack(found: Pack) -> ExplainedPack:
    """One pack."""
    reviewed = "" if found.reviewed is None else found.reviewed.isoformat()
    clauses = tuple(_clause(clause) for clause in found.clauses)
    return ExplainedPack(found.name, clean(found.title), found.version, reviewed, clauses)


def _clause(clause: Clause) -> ExplainedClause:
    written = tuple(
        clean(one.span.source.text[one.span.start : one.because.span.start if one.because else one.span.end]).strip()
        for one in clause.guarantees
    )
    source = f" ({clean(clause.source)})" if clause.source not in ("", "none") else ""
    return ExplainedClause(
        clean(clause.citation),
        capital(clean(clause.says)),
        f"{capital(CHECKED.get(clause.checked, CHECKED['not verified']))}{source}",
        "" if clause.reviewed is None else clause.reviewed.isoformat(),
        written,
        tuple(capital(clean(one)) for one in clause.not_covered),
    )
