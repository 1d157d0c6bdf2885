"""The verdicts on guarantees as rules read them: with their words and reasons, without what another finding says.

Invariant: a policy without guarantees is checked without loading the prover.
"""

from __future__ import annotations

from functools import lru_cache

from recpol.analysis.imports import PACK
from recpol.analysis.program import Program
from recpol.analysis.variables import fact
from recpol.base.source import Span
from recpol.base.typing import TYPE_CHECKING
from recpol.rules.policy.misnamed import decided, events_known, handlers_named, is_known, lacks_values
from recpol.syntax import tree

if TYPE_CHECKING:
    from recpol.prove import Verdict


def head_of(guarantee: tree.Guarantee) -> Span:
    """The guarantee without its reason."""
    if guarantee.because is None:
        return guarantee.span
    end = guarantee.because.span.start
    text = guarantee.span.source.text[guarantee.span.start : end].rstrip()
    return guarantee.span.source.span(guarantee.span.start, guarantee.span.start + len(text))


def words_of(guarantee: tree.Guarantee) -> str:
    """The guarantee without its reason, on one line."""
    return " ".join(head_of(guarantee).text.split())


def place_of(program: Program, guarantee: tree.Guarantee) -> Span:
    """Where a finding about a guarantee stands: at the guarantee, or at what brings its pack in."""
    return pack_use(program, guarantee.span.source.path) or head_of(guarantee)


def pack_use(program: Program, path: str) -> Span | None:
    """The words that bring in the pack of this path; None where it is no pack."""
    for file in program.files if path.startswith(PACK) else ():
        for statement in file.statements:
            if isinstance(statement, tree.Use) and statement.pack and PACK + statement.path.value == path:
                return statement.path.span
    return None


def why_of(guarantee: tree.Guarantee, otherwise: str = "") -> str:
    """The author's reason with its place, before what the rule itself knows."""
    if guarantee.because is None:
        return otherwise
    line = guarantee.because.span.begin.line
    reason = f"{guarantee.because.reason.value} ({guarantee.span.source.path}:{line})"
    return f"{reason}; {otherwise}" if otherwise else reason


_lacks_values, _is_known = fact(lacks_values), fact(is_known)


@lru_cache(maxsize=2)  # three rules ask for those of the same program one after the other
def verdicts(program: Program) -> tuple[Verdict, ...]:
    """The verdicts on the guarantees of a policy; none where an error says already what they would rest on."""
    if program.partial or program.is_rules or not program.graph.begins or not program.guarantees():
        return ()
    if not decided(program) or _lacks_values(program) or not events_known(program) or not handlers_named(program):
        return ()
    from recpol.prove import prove

    return tuple(verdict for verdict in prove(program) if _is_known(program, verdict.guarantee))
