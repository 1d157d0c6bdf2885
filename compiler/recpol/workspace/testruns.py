"""Test files to what came of their tests: the policy compiled, for each tenant, and every case run.

Invariant: a test file that cannot be run as it is has findings that say why; what is compiled is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.typing import Any, NamedTuple
from recpol.compilation import Compilation, compile_program
from recpol.policytest import CaseFile, CaseResult, ToldResult, default_policy, read_tests, run_case, told_result
from recpol.policytest.cases import Case
from recpol.policytest.fill import filled
from recpol.rules.memory import Memory
from recpol.settings.tenants import TenantList
from recpol.targets.catalogue import targets_named
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input
from recpol.workspace.session import Session
from recpol.workspace.shards import Share
from recpol.workspace.testfiles import beside, document_reader


class CasesOfTenant(NamedTuple):
    """The tests of a file as they were run for one tenant."""

    program: Program
    cases: tuple[Case, ...]
    results: tuple[CaseResult, ...]


class Exercised(Record):
    """What the tests of a file exercise: the path of their policy, and the run of the first tenant."""

    policy: str
    first: CasesOfTenant = field(repr=False)


class TestedTenant(Record):
    """What came of the tests of a file for one tenant, told by its place in the list: results, or why there are none.

    Without tenants it is the only one, without a name.
    """

    __test__ = False  # it is no test class

    number: int
    tenant: str
    results: tuple[ToldResult, ...]
    trouble: tuple[Finding, ...] = ()


class TestedFile(Record):
    """What came of one test file: its results, or the findings that keep it from being run as it is."""

    __test__ = False  # it is no test class

    file: Input
    results: tuple[ToldResult, ...]
    trouble: tuple[Finding, ...]
    parts: tuple[TestedTenant, ...] = field(default=(), repr=False)
    """What it is made of, besides what is wrong with the file itself, `wrong`."""
    wrong: tuple[Finding, ...] = field(default=(), repr=False)
    exercised: Exercised | None = field(default=None, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong, in the order in which it is told."""
        failed = (result.findings for result in self.results if result.status == "failed")
        return (*self.trouble, *(finding for findings in failed for finding in findings))


class TestRunner(Record, frozen=False):
    """Runs test files with one session; `given` are the variables of the command line, which go before all others.

    `chooses` is whether the command line names tenants, so that a test of another one is not run.
    """

    __test__ = False  # it is no test class

    session: Session
    given: Mapping[str, str]
    tenants: TenantList | None = None
    chooses: bool = False
    calls: bool = False
    """Whether the calls of tests that do not fail are wanted, too."""
    compiled: dict[tuple[str, tuple[tuple[str, str], ...]], Compilation | Finding] = field(default_factory=dict)

    def run(self, file: Input) -> TestedFile:
        """What comes of a test file; raises `CannotRun` where it cannot be read."""
        made = self.run_share(file, None)
        assert made is not None, "a whole run has something of every file"
        return made

    def run_share(self, file: Input, share: Share | None) -> TestedFile | None:
        """What comes of a share of a test file; None where nothing of it is there.

        Raises `CannotRun` where it cannot be read.
        """
        own = share is None or share.has(file.shown)
        if not own and self.tenants is None:
            return None
        source = self.session.files.load(file)
        if isinstance(source, Finding):
            return _wrong(file, (source,)) if own else None
        tests = read_tests(source, document_reader(file, self.session))
        problems = tests.problems if own else ()
        if not tests.cases:
            return _wrong(file, problems) if own else None
        named = default_policy(file.path) if tests.policy is None else tests.policy[0]
        policy = beside(file, named)
        ran: list[TestedTenant] = []
        first: CasesOfTenant | None = None
        try:
            for number, tenant, compilation in self._of_tenants(file, policy, tests, share):
                trouble = _trouble(compilation)
                if trouble or isinstance(compilation, Finding):
                    ran.append(TestedTenant(number, tenant, (), trouble))
                    break
                cases = _run_cases(compilation, tests)
                first = first or cases
                ran.append(
                    TestedTenant(number, tenant, tuple(told_result(one, calls=self.calls) for one in cases.results))
                )
        except CannotRun as problem:
            span = source.whole() if tests.policy is None else tests.policy[1]
            help_ = problem.help or "name the policy with `policy:`"
            wrong = (*problems, Finding(problem.message, span, help=help_))
            return _wrong(file, wrong) if own else None
        if not ran and tests.tenant is not None and not self.chooses and own and not self._has(tests.tenant[0]):
            name, span = tests.tenant
            unknown = Finding(f"there is no tenant `{name}`", span, help="see recpol.yaml")
            return _wrong(file, (*problems, unknown))
        if not ran and not problems and share is not None:
            return None
        made = put_together(file, problems, ran)
        return (
            made
            if made.trouble != problems or first is None
            else replace(made, exercised=Exercised(policy.path, first))
        )

    def _has(self, name: str) -> bool:
        return self.tenants is not None and any(tenant.name == name for tenant in self.tenants.tenants)

    def compile(self, policy: Input, variables: Mapping[str, str]) -> Compilation | Finding:
        """A policy with the variables of a test file, which go before the settings and after those `given`."""
        key = (policy.path, tuple(sorted(variables.items())))
        if key not in self.compiled:
            values = {**self.session.variables, **variables, **self.given}
            program = replace(self.session, variables=values).program(policy)
            got = program if isinstance(program, Finding) else compile_program(program, self.session.levels)
            self.compiled[key] = got
        return self.compiled[key]

    def _of_tenants(
        self, file: Input, policy: Input, tests: CaseFile, share: Share | None
    ) -> Iterator[tuple[int, str, Compilation | Finding]]:
        """A policy for each tenant that a test file is about, with the tenant's name and its place; without tenants
        for nobody."""
        session = self.session
        if tests.target is not None:
            session = replace(session, chosen=targets_named((tests.target,)))
        if self.tenants is None:
            runner = self if tests.target is None else replace(self, session=session, compiled={})
            yield 0, "", runner.compile(policy, tests.variables)
            return
        read, memory = session.program(policy), Memory()
        for number, tenant in enumerate(self.tenants.tenants):
            if tests.tenant is not None and tenant.name != tests.tenant[0]:
                continue
            if share is not None and not share.has(file.shown, tenant.name):
                continue
            if isinstance(read, Finding):
                yield number, tenant.name, read
                return
            values = {**session.of(tenant).variables, **tests.variables, **self.given}
            yield number, tenant.name, compile_program(replace(read, variables=values), session.levels, memory)


def _wrong(file: Input, wrong: tuple[Finding, ...]) -> TestedFile:
    return TestedFile(file, (), wrong, wrong=wrong)


def put_together(file: Input, wrong: tuple[Finding, ...], parts: Iterable[TestedTenant]) -> TestedFile:
    """A test file from what came of it for tenants: where it is in trouble for one, it has no results."""
    parts = tuple(sorted(parts, key=lambda one: one.number))
    for one in parts:
        if one.trouble:
            return TestedFile(file, (), (*wrong, *one.trouble), parts, wrong)
    return TestedFile(file, tuple(_together(parts)), wrong, parts, wrong)


def _together(parts: Sequence[TestedTenant]) -> Iterator[ToldResult]:
    """The results of each test for all tenants as one: that of the first tenant of whom it fails, else of the first."""
    for results in zip(*(one.results for one in parts), strict=True):
        failed = [(part.tenant, one) for part, one in zip(parts, results, strict=True) if one.status == "failed"]
        tenant, chosen = (*failed, (parts[0].tenant, results[0]))[0]
        if tenant:
            more = f" and {len(failed) - 1:,} more" if len(failed) > 1 else ""
            who = f"{tenant}{more}" if failed or len(parts) == 1 else f"{len(parts):,} tenants"
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
