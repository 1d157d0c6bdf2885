"""The targets of a policy: to which of them it compiles, on what that rests, and what is each one's own.

Invariant: each target is judged alone, so that what one of them cannot say is not held against the others; the text
says nothing of what a target does with a policy that does not compile to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from recpol.base.finding import Finding
from recpol.compilation import Compilation, compile_program
from recpol.explain.model import ExplainedTarget, Remark, Term
from recpol.platform.targets import DEFAULT
from recpol.settings.levels import Levels
from recpol.targets.catalogue import backend_of


def targets(
    compilation: Compilation,
    levels: Levels | None,
    stopping: Collection[str],
    remark: Callable[[Finding], Remark],
) -> tuple[ExplainedTarget, ...]:
    """The targets in their order; none for rules, for the default target alone, and of a text not read in full.

    `stopping` are the severities that keep a policy from compiling; `remark` makes a remark of a finding that does.
    """
    program = compilation.program
    if program.partial or program.is_rules or program.targets == DEFAULT:
        return ()
    return tuple(_targets(compilation, levels, stopping, remark))


def _targets(
    compilation: Compilation,
    levels: Levels | None,
    stopping: Collection[str],
    remark: Callable[[Finding], Remark],
) -> Iterator[ExplainedTarget]:
    program = compilation.program
    for target in program.targets:
        view = program.alone(target)
        alone = compilation if view is program else compile_program(view, levels)
        stopped = tuple(remark(finding) for finding in alone.findings if finding.level in stopping)
        compiles = not stopped and bool(alone.outputs)
        rests = sorted(alone.outputs[0].verified.assumptions) if compiles else ()
        own = backend_of(target).differences(view) if compiles else ()
        told = tuple(Term(one.name, one.sentence) for one in own)
        yield ExplainedTarget(target.name, target.title, compiles, stopped, tuple(rests), told)
