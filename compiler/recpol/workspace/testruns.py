"""Test files to what came of their tests: the policy compiled, for each tenant, and every case run.

Invariant: a test file that cannot be run as it is has findings that say why; what is compiled is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import dataclass, field, replace
from recpol.compilation import Compilation, compile_program
from recpol.policytest import CaseFile, CaseResult, default_policy, read_tests, run_case
from recpol.policytest.cases import Case
from recpol.policytest.fill import filled
from recpol.rules.memory import Memory
from recpol.settings.tenants import TenantList
from recpol.targets.catalogue import targets_named
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input
from recpol.workspace.session import Session
from recpol.workspace.testfiles import beside, document_reader


class CasesOfTenant(NamedTuple):
    """The tests of a file as they were run for one tenant."""

    program: Program
    cases: tuple[Case, ...]
    results: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True)
class Exercised:
    """What the tests of a file exercise: the path of their policy, and the run of the first tenant."""

    policy: str
    first: CasesOfTenant = field(repr=False)


@dataclass(frozen=True, slots=True)
class TestedFile:
    """What came of one test file: its results, or the findings that keep it from being run as it is."""

    __test__ = False  # it is no test class

    file: Input
    results: tuple[CaseResult, ...]
    trouble: tuple[Finding, ...]
    exercised: Exercised | None = field(default=None, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong, in the order in which it is told."""
        failed = (result.findings for result in self.results if result.status == "failed")
        return (*self.trouble, *(finding for findings in failed for finding in findings))


@dataclass(slots=True)
class TestRunner:
    """Runs test files with one session; `given` are the variables of the command line, which go before all others.

    `chooses` is whether the command line names tenants, so that a test of another one is not run.
    """

    __test__ = False  # it is no test class

    session: Session
    given: Mapping[str, str]
    tenants: TenantList | None = None
    chooses: bool = False
    compiled: dict[tuple[str, tuple[tuple[str, str], ...]], Compilation | Finding] = field(default_factory=dict)

    def run(self, file: Input) -> TestedFile:
        """What comes of a test file; raises `CannotRun` where it cannot be read."""
        source = self.session.files.load(file)
        if isinstance(source, Finding):
            return TestedFile(file, (), (source,))
        tests = read_tests(source, document_reader(file, self.session))
        if not tests.cases:
            return TestedFile(file, (), tests.problems)
        named = default_policy(file.path) if tests.policy is None else tests.policy[0]
        policy = beside(file, named)
        ran: list[tuple[str, CasesOfTenant]] = []
        try:
            for tenant, compilation in self._of_tenants(policy, tests):
                trouble = _trouble(compilation)
                if trouble or isinstance(compilation, Finding):
                    return TestedFile(file, (), (*tests.problems, *trouble))
                ran.append((tenant, _run_cases(compilation, tests)))
        except CannotRun as problem:
            span = source.whole() if tests.policy is None else tests.policy[1]
            help_ = problem.help or "name the policy with `policy:`"
            return TestedFile(file, (), (*tests.problems, Finding(problem.message, span, help=help_)))
        if not ran and tests.tenant is not None and not self.chooses:
            name, span = tests.tenant
            unknown = Finding(f"there is no tenant `{name}`", span, help="see recpol.yaml")
            return TestedFile(file, (), (*tests.problems, unknown))
        exercised = Exercised(policy.path, ran[0][1]) if ran else None
        return TestedFile(file, tuple(_together(ran)), tests.problems, exercised)

    def compile(self, policy: Input, variables: Mapping[str, str]) -> Compilation | Finding:
        """A policy with the variables of a test file, which go before the settings and after those `given`."""
        key = (policy.path, tuple(sorted(variables.items())))
        if key not in self.compiled:
            values = {**self.session.variables, **variables, **self.given}
            program = replace(self.session, variables=values).program(policy)
            got = program if isinstance(program, Finding) else compile_program(program, self.session.levels)
            self.compiled[key] = got
        return self.compiled[key]

    def _of_tenants(self, policy: Input, tests: CaseFile) -> Iterator[tuple[str, Compilation | Finding]]:
        """A policy for each tenant that a test file is about, with the tenant's name; empty without tenants."""
        session = self.session
        if tests.target is not None:
            session = replace(session, chosen=targets_named((tests.target,)))
        if self.tenants is None:
            runner = self if tests.target is None else replace(self, session=session, compiled={})
            yield "", runner.compile(policy, tests.variables)
            return
        read, memory = session.program(policy), Memory()
        for tenant in self.tenants.tenants:
            if tests.tenant is not None and tenant.name != tests.tenant[0]:
                continue
            if isinstance(read, Finding):
                yield tenant.name, read
                return
            values = {**session.of(tenant).variables, **tests.variables, **self.given}
            yield tenant.name, compile_program(replace(read, variables=values), session.levels, memory)


def _together(ran: Sequence[tuple[str, CasesOfTenant]]) -> Iterator[CaseResult]:
    """The results of each test for all tenants as one: that of the first tenant of whom it fails, else of the first."""
    for results in zip(*(one.results for _, one in ran), strict=True):
        failed = [(tenant, one) for (tenant, _), one in zip(ran, results, strict=True) if one.status == "failed"]
        tenant, chosen = (*failed, (ran[0][0], results[0]))[0]
        if tenant:
            more = f" and {len(failed) - 1:,} more" if len(failed) > 1 else ""
            who = f"{tenant}{more}" if failed or len(ran) == 1 else f"{len(ran):,} tenants"
            chosen = replace(chosen, case=replace(chosen.case, name=f"{chosen.case.name} ({who})"))
        yield chosen


def _trouble(compilation: Compilation | Finding) -> tuple[Finding, ...]:
    """What keeps a policy from being tested."""
    if isinstance(compilation, Finding):
        return (compilation,)
    if compilation.program.is_rules:
        return (Finding("a file of rules cannot be tested", compilation.program.source.whole(), help="test a policy"),)
    return compilation.checked.errors


def _run_cases(compilation: Compilation, tests: CaseFile) -> CasesOfTenant:
    documents: dict[str, Any] = {reply.file: reply.document for reply in compilation.replies}
    cases = tuple(filled(case, compilation.program.variables) for case in tests.cases)
    results = tuple(run_case(compilation.program, documents, case) for case in cases)
    return CasesOfTenant(compilation.program, cases, results)
