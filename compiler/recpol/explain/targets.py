"""The targets of a policy: to which of them it compiles, on what that rests, and what is each one's own.

Invariant: each target is judged alone, so that what one of them cannot say is not held against the others; the text
says nothing of what a target does with a policy that does not compile to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from recpol.analysis.program import CLASSIC
from recpol.base.finding import Finding
from recpol.compilation import Compilation, compile_program
from recpol.explain.model import ExplainedTarget, Remark, Term
from recpol.settings.levels import Levels
from recpol.targets.catalogue import BY_NAME
from recpol.targets.differences import differences


def targets(
    compilation: Compilation,
    levels: Levels | None,
    stopping: Collection[str],
    remark: Callable[[Finding], Remark],
) -> tuple[ExplainedTarget, ...]:
    """The targets in their order; none for rules, for `classic` alone, and of a text that was not read in full.

    `stopping` are the severities that keep a policy from compiling; `remark` makes a remark of a finding that does.
    """
    program = compilation.program
    if program.partial or program.is_rules or program.targets == CLASSIC:
        return ()
    return tuple(_targets(compilation, levels, stopping, remark))


def _targets(
    compilation: Compilation,
    levels: Levels | None,
    stopping: Collection[str],
    remark: Callable[[Finding], Remark],
) -> Iterator[ExplainedTarget]:
    program = compilation.program
    for name in program.targets:
        alone = (
            compilation if program.targets == (name,) else compile_program(replace(program, targets=(name,)), levels)
        )
        stopped = tuple(remark(finding) for finding in alone.findings if finding.level in stopping)
        compiles = not stopped and bool(alone.outputs)
        rests = sorted(alone.outputs[0].verified.assumptions) if compiles else ()
        own = differences(alone.program, name) if compiles else ()
        told = tuple(Term(one.name, one.sentence) for one in own)
        yield ExplainedTarget(name, BY_NAME[name].title, compiles, stopped, tuple(rests), told)
