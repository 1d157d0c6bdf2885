"""`recpol test --coverage`: what of policies their tests exercise, on standard output.

Invariant: policies beside the tests count, tested or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recpol.analysis.program import Program
from recpol.cli.console import say
from recpol.semantics.coverage import KINDS, Coverage, coverage, percent
from recpol.semantics.replay import Replay
from recpol.workspace.files import Input


def say_coverage(
    tested: Mapping[str, tuple[Program, Sequence[Replay]]],
    untested: Mapping[Input, Program | None],
    *,
    report: bool,
    least: float | None,
) -> bool:
    """Say what the tests exercise; whether that is enough.

    `tested` has policies with the calls of their tests, by path; `untested` those without a test, None in place of one
    that does not compile. With `report` each part that no test exercises is told; `least` is in percent.
    """
    counted: list[tuple[Program, Sequence[Replay]]] = list(tested.values())
    for policy, program in untested.items():
        if program is None:
            say(f"{policy.shown}: unknown, for it does not compile; `recpol lint` says why")
        else:
            counted.append((program, ()))
    if not counted:
        say("coverage: unknown, for there is no policy that could be tested")
        return False
    covered = parts = 0
    for program, calls in sorted(counted, key=lambda pair: pair[0].source.path):
        got = coverage(program, calls)
        covered, parts = covered + got.count()[0], parts + got.count()[1]
        if report:
            _say_parts(program, got)
    share = percent(covered, parts)
    enough = least is None or covered * 100 >= least * parts
    short = "" if enough else f", less than the {least:g} % that are asked for"
    say(f"coverage: {covered} of {parts} parts, {share:g} %{short}")
    return enough and None not in untested.values()


def _say_parts(program: Program, got: Coverage) -> None:
    counts = ((kind, *got.count(kind)) for kind in KINDS)
    said = ", ".join(f"{kind}s {covered}/{parts}" for kind, covered, parts in counts if parts)
    say(f"{program.source.path}: {percent(*got.count()):g} % ({said})")
    for part in got.missing:
        line, column = part.span.begin
        say(f"  never: {part.name} ({part.kind}, {part.span.source.path}:{line}:{column})")
