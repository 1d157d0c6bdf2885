"""`recpol test --mutate`: the mistakes in policies that no test would notice, on standard output.

Invariant: nothing is said of tests that fail as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recpol.cli.console import say
from recpol.mutation.judge import CaseSuite
from recpol.semantics.coverage import percent
from recpol.settings.levels import Levels


def say_mutants(
    suites: Mapping[str, Sequence[CaseSuite]],
    untested: Mapping[str, CaseSuite | None],
    levels: Levels,
    *,
    failed: bool,
    least: float | None = None,
) -> bool:
    """Say what became of small changes of the policies; whether enough was noticed.

    `untested` are the policies without a test, None where one does not compile: their mistakes count, each policy in
    one line.
    """
    from recpol.mutation.judge import judge
    from recpol.mutation.words import headline, text

    if failed or not suites:
        say("mutations: unknown, for the tests have to pass first")
        return False
    caught = counted = 0
    for path in sorted(suites):
        score = judge(suites[path], levels)
        say(text(score) + "\n")
        caught, counted = caught + score.caught, counted + score.counted
    for path in sorted(untested):
        suite = untested[path]
        if suite is None:
            say(f"{path}: unknown, for it does not compile; `recpol lint` says why")
            continue
        score = judge([suite], levels)
        say(f"{headline(score)}; nothing tests this policy")
        caught, counted = caught + score.caught, counted + score.counted
    share = f"{percent(caught, counted):g} %" if counted else "nothing to notice"
    enough = least is None or caught * 100 >= least * counted
    short = "" if enough else f", less than the {least:g} % that are asked for"
    say(f"mutations: {caught} of {counted} mistakes noticed, {share}{short}")
    return enough and None not in untested.values()
