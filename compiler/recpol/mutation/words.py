"""What became of the changes of a policy, as text.

Invariant: every survivor is told, with what it changes and where; what an author wrote is printed as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from recpol.calls.scenario import spell
from recpol.mutation.judge import MutationScore, TriedMutant
from recpol.semantics.coverage import percent

NO_SCENARIO = "no test can tell the two apart: a guarantee can, or expected `replies`"


def text(score: MutationScore) -> str:
    """A score and its survivors, without a final line break."""
    return "\n\n".join((headline(score), *("\n".join(_survivor(score, one)) for one in score.survivors)))


def headline(score: MutationScore) -> str:
    """The score in one line."""
    share = f"{percent(score.caught, score.counted):g} %" if score.counted else "nothing to notice"
    rest = [f"{score.count('forbidden')} forbidden by a guarantee", f"{score.count('noticed')} noticed by a test"]
    for fate, said in (("without effect", "without effect"), ("refused", "do not compile")):
        if count := score.count("without effect" if fate == "without effect" else "refused"):
            rest.append(f"{count} {said}")
    if score.left_out:
        rest.append(f"{score.left_out} not tried")
    return (
        f"{score.program.source.path}: {score.caught} of {score.counted} mistakes noticed, {share} ({', '.join(rest)})"
    )


def _survivor(score: MutationScore, one: TriedMutant) -> Iterator[str]:
    source = score.program.source
    yield f"not noticed: {one.mutant.what} ({source.path}:{one.mutant.line})"
    lines = unified_diff(
        source.text.splitlines(), one.mutant.text.splitlines(), source.path, source.path, n=0, lineterm=""
    )
    yield from (f"  {line}" for line in lines)
    if one.difference is not None:
        told = one.difference
        change = " → ".join(part for part in (told.before, told.after) if part)
        yield f"  {told.about}: {change}" if change else f"  {told.about}"
        yield f"  in the call: {spell(told.call) if told.call else 'a call comes in'}"
    if one.scenario:
        yield "  a test that notices it:"
        yield one.scenario.rstrip("\n")
    else:
        yield f"  {NO_SCENARIO}"
