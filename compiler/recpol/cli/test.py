"""`recpol test`: test files in; a line for each test, what went wrong, and what the tests exercise on standard output.

Invariant: what cannot be read or run fails; a run that found no test fails.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Source
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell, text_kind, wants_color
from recpol.cli.covering import say_coverage
from recpol.cli.mutating import say_mutants
from recpol.mutation.judge import CaseSuite
from recpol.policytest import ToldResult
from recpol.policytest.cases import Case
from recpol.report.call import call_lines
from recpol.report.hidden import harmless
from recpol.report.text import full
from recpol.semantics.replay import Replay
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input
from recpol.workspace.saving import refuse_over_input, save
from recpol.workspace.session import Session, open_session, read_variables
from recpol.workspace.tenants import read_tenants
from recpol.workspace.testfiles import Found, find_tests
from recpol.workspace.testruns import TestedFile, TestRunner

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.workspace.shards import Shard, Share

_DETAILS = """\
A test file NAME.test.yaml stands beside the policy NAME.recpol: calls, and what must be recorded in them.
Without a path the tests of the project are run: those in the folder of the nearest recpol.yaml.
Exit status: 0 all is well, 1 a test failed, there was none, or too little is covered, 2 recpol could not run.
"""

_COLORS = {"ok": "32", "FAILED": "1;31", "skipped": "33"}


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("test", "Run the tests of policies.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="test files, or folders to search for them")
    parser.option("--coverage", action="store_true", help="say what of the policies no test exercises")
    parser.option(
        "--fail-under",
        type=_percentage("--fail-under"),
        metavar="N",
        help="fail where less than N %% of the policies is exercised",
    )  # fmt: skip
    parser.option("--mutate", action="store_true", help="say which mistakes in the policies no test would notice")
    parser.option(
        "--mutants-under",
        type=_percentage("--mutants-under"),
        metavar="N",
        help="fail where less than N %% of the mistakes are noticed",
    )  # fmt: skip
    parser.option("--junit", metavar="FILE", help="write the results as JUnit XML too")
    parser.shards()
    parser.shard_files()
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to test for, repeatable; default: all of them")
    parser.colors()
    return parser


def _percentage(option: str) -> Callable[[str], float]:
    def read(word: str) -> float:
        try:
            number = float(word)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 100:
            raise CannotRun(f"`{option}` cannot be `{word}`", "write a number from 0 to 100")
        return number

    return read


class _Run(Record, frozen=False):
    """What one run works with, and what the tests exercise."""

    runner: TestRunner
    calls: dict[str, tuple[Program, list[Replay]]] = field(default_factory=dict)
    suites: dict[str, list[CaseSuite]] = field(default_factory=dict)

    def take(self, file: Input, share: Share | None) -> TestedFile | None:
        """What comes of a test file, or of a share of it; what its tests exercise counts as covered."""
        tested = self.runner.run_share(file, share)
        if tested is not None and tested.exercised is not None:
            path, (program, cases, results) = tested.exercised.policy, tested.exercised.first
            self.suites.setdefault(path, []).append(_suite(self.runner.session, program, cases))
            _, calls = self.calls.setdefault(path, (program, []))
            calls.extend(result.call for result in results if result.call is not None)
        return tested


def _suite(session: Session, program: Program, cases: tuple[Case, ...]) -> CaseSuite:
    own, path = replace(session, variables=program.variables, chosen=program.targets), program.source.path
    return CaseSuite(program, lambda text: own.understood(Source(path, text), own.files.read), cases)


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    teller = _Teller(wants_color(options.color, sys.stdout))
    if options.merge:
        return _merge(options, teller)
    shard = _shard(options)
    given = read_variables(options.var)
    session = open_session(options.paths, environment=options.env, variables=given)
    found = find_tests(options.paths, session)
    tenants = read_tenants(session, options.tenant)
    refuse_over_input(options.junit, options.shard_file)
    share = None
    if shard is not None:
        from recpol.workspace.shards import share_of

        share = share_of(shard, session.project)
    run = _Run(TestRunner(session, given, tenants, bool(options.tenant)))
    listed = () if tenants is None else tenants.findings
    if share is not None:
        listed = tuple(one for one in listed if share.holds(one))
    teller.tell_list(listed)
    ran = []
    for file in found.tests:
        tested = run.take(file, share)
        if tested is not None:
            ran.append(tested)
            teller.tell_lines(tested)
    if share is not None and options.shard_file is not None:
        from recpol.cli.testshards import keep_shard

        keep_shard(options.shard_file, ran, listed, share, session, found, options, tenants)
    teller.tell_failures(ran)
    failed = _failed(ran, listed)
    if share is not None and found.tests and not ran:
        tell(share.nothing)
        failed = bool(listed)
    covers = options.coverage or options.fail_under is not None
    if failed or covers:
        say("\n")
    if covers:
        failed |= not say_coverage(
            run.calls, dict(_untested(run, found, run.calls)), report=options.coverage, least=options.fail_under
        )
    if options.mutate or options.mutants_under is not None:
        failed |= not say_mutants(
            run.suites,
            {} if failed else _bare_suites(run, found),
            session.levels,
            failed=failed,
            least=options.mutants_under,
        )
    if options.junit is not None:
        _write_junit(ran, options.junit)
    if share is None or ran or not found.tests:
        say(_summary(ran))
    return int(failed)


def _failed(ran: Sequence[TestedFile], listed: Sequence[Finding]) -> bool:
    """Whether there was no test, or anything is wrong with one, or with the list of tenants."""
    failed = not any(one.results for one in ran) or any(one.trouble for one in ran) or bool(listed)
    return failed or any(result.status == "failed" for one in ran for result in one.results)


_OF_ALL = ("coverage", "fail_under", "mutate", "mutants_under")
"""What is said of all tests of policies together, and of their calls, which no file of a shard has."""


def _shard(options: Namespace) -> Shard | None:
    """The shard of `--shard`; raises `CannotRun` where another option is about all tests."""
    if options.shard is None and options.shard_file is None:
        return None
    from recpol.workspace.shards import refuse_with_shard

    whole = {f"--{name.replace('_', '-')}": "of all tests: ask a run of its own for it" for name in _OF_ALL}
    return refuse_with_shard(options, whole)


def _merge(options: Namespace, teller: _Teller) -> int:
    from recpol.cli.testshards import merged

    ran, listed = merged(options, _OF_ALL)
    teller.tell_list(listed)
    for tested in ran:
        teller.tell_lines(tested)
    teller.tell_failures(ran)
    failed = _failed(ran, listed)
    if failed:
        say("\n")
    if options.junit is not None:
        _write_junit(ran, options.junit)
    say(_summary(ran))
    return int(failed)


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────


class _Teller(Record):
    """Says what came of tests, with colours or without."""

    color: bool

    def tell_list(self, findings: Sequence[Finding]) -> None:
        """Say what is wrong with the list of tenants."""
        if findings:
            self._say(full(findings, color=self.color))

    def tell_lines(self, ran: TestedFile) -> None:
        """Say in a line what came of each test."""
        if ran.trouble:
            self._say(f"{self._paint('FAILED')}   {ran.file.shown} cannot be used as it is")
        for result in ran.results:
            word = "FAILED" if result.status == "failed" else result.status
            skip = result.case.skip
            reason = f": {harmless(skip)}" if skip is not None and result.status == "skipped" else ""
            blanks = " " * (9 - len(word))
            self._say(f"{self._paint(word)}{blanks}{ran.file.shown}: {harmless(result.case.name)}{reason}")

    def tell_failures(self, ran: Sequence[TestedFile]) -> None:
        """Say what went wrong."""
        for one in ran:
            if one.trouble:
                self._say(f"\n{one.file.shown} cannot be used as it is\n\n{full(one.trouble, color=self.color)}")
            for result in one.results:
                if result.status == "failed":
                    told = _told(result, color=self.color)
                    self._say(f"\n{one.file.shown}: {harmless(result.case.name)}\n\n{told}")

    def _say(self, text: str) -> None:
        say(text, kind=text_kind(color=self.color))

    def _paint(self, word: str) -> str:
        return f"\x1b[{_COLORS[word]}m{word}\x1b[0m" if self.color else word


def _told(result: ToldResult, *, color: bool = False) -> str:
    """The differences of a failed test, and the call in which they are."""
    told = full(result.findings, color=color)
    if result.acts is not None:
        told += "\n" + "".join(f"  {line}\n" for line in call_lines(result.acts))
    return told


def _summary(ran: Sequence[TestedFile]) -> str:
    statuses = [result.status for one in ran for result in one.results]
    broken = sum(bool(one.trouble) for one in ran)
    if not statuses and not broken:
        return "no tests found: write NAME.test.yaml beside NAME.recpol"
    counts = [
        (statuses.count("ok"), "ok"),
        (statuses.count("failed"), "failed"),
        (statuses.count("skipped"), "skipped"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in counts if count) or "none was run"
    files = f"; {broken} file{'' if broken == 1 else 's'} cannot be used" if broken else ""
    return f"{len(statuses)} test{'' if len(statuses) == 1 else 's'}: {said}{files}"


def _untested(run: _Run, found: Found, tested: Container[str]) -> Iterator[tuple[Input, Program | None]]:
    """The policies of the searched folders that no test is about, for the first tenant; None for one with errors."""
    tenants = () if run.runner.tenants is None else run.runner.tenants.tenants
    own = run.runner.session.of(tenants[0]).variables if tenants else {}
    for policy in found.policies:
        if policy.path not in tested:
            compilation = run.runner.compile(policy, own)
            if isinstance(compilation, Finding) or compilation.checked.errors:
                yield policy, None
            elif not compilation.program.is_rules:
                yield policy, compilation.program


def _bare_suites(run: _Run, found: Found) -> dict[str, CaseSuite | None]:
    """For each policy that no test is about a suite without a case; None for one with errors."""
    return {
        policy.shown: None if program is None else _suite(run.runner.session, program, ())
        for policy, program in _untested(run, found, run.suites)
    }


def _write_junit(ran: Sequence[TestedFile], path: str) -> None:
    from recpol.policytest.junit import Suite, junit

    suites = [
        Suite(one.file.shown, [(result, _told(result)) for result in one.results], full(one.trouble)) for one in ran
    ]
    save(path, junit(suites), "choose another file with `--junit`")
