"""Changes of a policy to what became of each: refused, forbidden, noticed, without effect, or survived.

Invariant: forbidden or noticed is what the rules and the tests find in the changed policy, as in any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from recpol.analysis.program import Program
from recpol.base.record import Record, field
from recpol.base.typing import Any, Literal
from recpol.diff.model import Difference
from recpol.diff.tapes import tapes
from recpol.mutation.edits import Mutant, mutants
from recpol.mutation.proposed import propose
from recpol.policytest import run_case
from recpol.policytest.cases import Case
from recpol.rules.check import Levels, check
from recpol.targets.catalogue import backend_of

GUARANTEE = "broken-guarantee"
"""The rule that forbids what a guarantee forbids."""

MOST = 400
"""How many changes of one policy are tried."""

Fate = Literal["refused", "forbidden", "noticed", "without effect", "survived"]

Reread = Callable[[str], Program]
"""From a changed text to its program, with the files that it uses and the variables of a test file."""


class CaseSuite(Record):
    """The cases of one test file, the policy as they mean it, and how a changed text is read for them."""

    program: Program = field(repr=False)
    reread: Reread = field(repr=False)
    cases: tuple[Case, ...] = field(repr=False)


class TriedMutant(Record):
    """A change and its fate; of a survivor what calls show, and a scenario that would notice it, if there is one."""

    mutant: Mutant
    fate: Fate
    difference: Difference | None = None
    scenario: str = ""


class MutationScore(Record):
    """What became of all changes of a policy; `left_out` are those that were not tried, for there are too many."""

    program: Program = field(repr=False)
    judged: tuple[TriedMutant, ...] = field(repr=False)
    left_out: int = 0

    def count(self, *fates: Fate) -> int:
        """How many changes had one of these fates."""
        return sum(one.fate in fates for one in self.judged)

    @property
    def caught(self) -> int:
        """How many changes a guarantee forbids or a test notices."""
        return self.count("forbidden", "noticed")

    @property
    def counted(self) -> int:
        """How many changes count."""
        return self.caught + self.count("survived")

    @property
    def survivors(self) -> tuple[TriedMutant, ...]:
        """The changes that nobody noticed."""
        return tuple(one for one in self.judged if one.fate == "survived")


def judge(suites: Sequence[CaseSuite], levels: Levels, most: int = MOST) -> MutationScore:
    """What became of the changes of one policy, under all its test files: at least one, which may have no case."""
    program = suites[0].program
    found = mutants(program)
    step = max(1, -(-len(found) // most))
    tried = found[::step]
    return MutationScore(program, tuple(_judged(suites, levels, one) for one in tried), len(found) - len(tried))


def _judged(suites: Sequence[CaseSuite], levels: Levels, mutant: Mutant) -> TriedMutant:
    changed = [suite.reread(mutant.text) for suite in suites]
    errors = {finding.rule for finding in check(changed[0], levels).errors}
    if errors:
        return TriedMutant(mutant, "forbidden" if GUARANTEE in errors else "refused")
    for suite, program in zip(suites, changed, strict=True):
        documents = _documents(program) if any(case.replies for case in suite.cases) else {}
        if any(run_case(program, documents, case).status == "failed" for case in suite.cases):
            return TriedMutant(mutant, "noticed")
    walked = tapes(suites[0].program, changed[0])
    # How a reply is written is nothing that a caller hears and nothing that is on tape: no test has to notice it.
    differences = tuple(one for one in walked.differences if one.kind != "manner")
    if not differences:
        return TriedMutant(mutant, "survived" if walked.spent else "without effect")
    first = min(differences, key=lambda one: (one.kind == "words", len(one.call or ())))
    return TriedMutant(mutant, "survived", first, propose(suites[0].program, changed[0], differences))


def _documents(program: Program) -> Mapping[str, Any]:
    target = program.targets[0]
    return {reply.file: reply.document for reply in backend_of(target).lower(program.alone(target))}
