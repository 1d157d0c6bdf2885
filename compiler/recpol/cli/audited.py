"""What the user names, to policies with all that their page says: compiled, tested, compared with a revision.

Invariant: a policy that is named and cannot be read is never left out in silence.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from recpol.analysis.program import Program
from recpol.audit.facts import facts
from recpol.audit.model import AuditedPolicy, TestFacts
from recpol.audit.tenantverdicts import TenantCells
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Source
from recpol.base.typing import Any
from recpol.cli.console import tell_errors
from recpol.compilation import Compilation, compile_program
from recpol.diff.model import Comparison
from recpol.mutation.judge import CaseSuite, judge
from recpol.policytest import read_tests, run_case
from recpol.policytest.fill import filled
from recpol.prove.rooms import side_by_side
from recpol.semantics.coverage import coverage, percent
from recpol.semantics.replay import Replay
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX, Input
from recpol.workspace.session import Session
from recpol.workspace.testfiles import TESTS, document_reader

NONE = TestFacts("no tests", failed=False, coverage="nothing is tested", mutations="nothing is tested")


class Audited(Record, frozen=False):
    """What a page says of a run's policies, `count` of them: each with its place in the run, and what tenants have.

    `tenant` is whom the page is for, `names` all tenants and `refused` how many lines of their list are wrong; `gone`
    are the policies that the revision `since` has and the project has no more.
    """

    count: int
    policies: list[tuple[int, AuditedPolicy]] = field(default_factory=list)
    tenant: str = ""
    names: list[str] = field(default_factory=list)
    refused: int = 0
    cells: list[TenantCells] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    since: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether a policy does not compile, for a tenant at least, or a tenant cannot be used."""
        compile_all = all(policy.explanation.compiles for _, policy in self.policies)
        return bool(self.refused) or not compile_all or not all(one.compiles for one in self.cells)


def audited(
    session: Session, paths: Sequence[str], changes: Mapping[str, Comparison] | None = None
) -> list[tuple[AuditedPolicy, Compilation]]:
    """The policies that the arguments name, or the project's; `changes` are by policy. Raises `CannotRun`.

    Which of them do not compile is told on standard error.
    """
    return [audit(session, *one, changes) for one in programs_to_audit(session, paths)]


def programs_to_audit(session: Session, paths: Sequence[str]) -> list[tuple[Input, Program]]:
    """The policies that the arguments name, or the project's, each with what the others record in rooms.

    Raises `CannotRun`.
    """
    items = session.inputs(paths)
    programs: list[Program] = []
    for item in items:
        read = session.program(item)
        if isinstance(read, Finding):
            raise CannotRun(f"`{item.shown}` cannot be read: {read.message}", read.help)
        programs.append(read)
    both = zip(items, side_by_side(programs), strict=True)
    found = [(item, program) for item, program in both if not program.is_rules]
    if not found:
        raise CannotRun("there are no policies to report on", "name files or folders with policies")
    return found


def audit(
    session: Session, item: Input, program: Program, changes: Mapping[str, Comparison] | None = None
) -> tuple[AuditedPolicy, Compilation]:
    """A policy with all that its page says; where it does not compile, that is told on standard error."""
    compilation = compile_program(program, session.levels)
    tests, calls = _tested(session, item, compilation)
    explained = facts(compilation, session.levels, tests, calls, strict=session.config.strict)
    if not explained.explanation.compiles:
        tell_errors(program.source.path)
    if changes is not None:
        explained = replace(explained, changes=changes.get(explained.explanation.name))
    return explained, compilation


def _tested(session: Session, item: Input, compilation: Compilation) -> tuple[TestFacts, tuple[Replay, ...]]:
    """What the tests beside a policy come to, and their calls."""
    path = item.path.removesuffix(SUFFIX) + TESTS
    if not os.path.isfile(path):
        return NONE, ()
    if compilation.checked.errors:
        return TestFacts("not run: the policy does not compile", True, "unknown", "unknown"), ()
    file = Input(path, item.shown.removesuffix(SUFFIX) + TESTS, item.within)
    source = session.files.load(file)
    if isinstance(source, Finding):
        return TestFacts(f"not run: {source.message}", True, "unknown", "unknown"), ()
    read = read_tests(source, document_reader(file, session))
    if read.problems:
        return TestFacts(f"not run: {read.problems[0].message}", True, "unknown", "unknown"), ()
    own = replace(session, variables={**compilation.program.variables, **read.variables})
    program = compilation.program
    if read.variables:
        again = own.program(item)
        program = program if isinstance(again, Finding) else again
    documents: dict[str, Any] = {reply.file: reply.document for reply in compilation.replies}
    cases = tuple(filled(case, program.variables) for case in read.cases)
    results = [run_case(program, documents, case) for case in cases]
    calls = tuple(result.call for result in results if result.call is not None)
    failed = sum(result.status == "failed" for result in results)
    covered, parts = coverage(program, calls).count()
    ran = f"{len(results)} test{'' if len(results) == 1 else 's'}, {f'{failed} failed' if failed else 'none failed'}"
    said = f"{covered} of {parts} parts, {percent(covered, parts):g} %"
    if failed:
        return TestFacts(ran, True, said, "unknown, for the tests have to pass first"), calls
    where = program.source.path
    again_read = replace(own, chosen=program.targets)
    score = judge(
        [CaseSuite(program, lambda text: again_read.understood(Source(where, text), session.files.read), cases)],
        session.levels,
    )
    share = f", {percent(score.caught, score.counted):g} %" if score.counted else ""
    return TestFacts(ran, False, said, f"{score.caught} of {score.counted}{share}"), calls
