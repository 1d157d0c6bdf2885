"""Policies to their compilations and all that is found of them: of a shard its own, with what others say of these.

Invariant: two policies of one name stop every shard; what keeps policies of two shards from being written is told by
both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, replace
from recpol.base.source import Source
from recpol.base.typing import TYPE_CHECKING
from recpol.compilation import Compilation, Output, compile_program
from recpol.rules.policy.answering import answered_by_two, answering, as_told
from recpol.rules.policy.twins import named_twice
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.index import IndexEntry, TenantPolicy, entry
from recpol.workspace.output import Policies
from recpol.workspace.session import Session, distinct, fails, refuse_slips

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.rules.check import Checked
    from recpol.workspace.shards import Share

MANY = 16
"""So many policies are shared out to processes, where there are processors for them."""


class CompiledRun(Record):
    """What the inputs came to: the compilations, all findings, and how many files were read."""

    compilations: tuple[Compilation, ...]
    findings: tuple[Finding, ...]
    files: int
    strict: bool
    shared: frozenset[str] = frozenset()
    """The names of policies that answer what another one answers too."""
    stopped: bool = False
    """Whether nothing at all is written."""
    programs: int = 0
    """How many policies and rules files of the run, those of other shards too, are compiled."""
    everybody: tuple[str, ...] = ()
    """The names of all policies of the run, those of other shards too."""

    @property
    def good(self) -> Policies:
        """The policies that may be written: folders and files; of several targets each has a folder of its own."""
        good = [c for c in self.compilations if c.outputs and not self.fails(c)]
        return [
            (c.name if len(c.outputs) == 1 else f"{output.target}/{c.name}", output.files)
            for c in good
            for output in c.outputs
        ]

    @property
    def entries(self) -> list[IndexEntry]:
        """What the index says of the policies that may be written."""
        good = [c for c in self.compilations if c.outputs and not self.fails(c)]
        return [
            entry(one, {o.target: c.name if len(c.outputs) == 1 else f"{o.target}/{c.name}" for o in c.outputs})
            for c in good
            if (one := answering(c.program)) is not None
        ]

    @property
    def unwritten(self) -> frozenset[TenantPolicy]:
        """The policies that may not be written, as the index names them."""
        headers = (c.program.names.policy for c in self.compilations if not c.outputs or self.fails(c))
        return frozenset(("", header.name.text) for header in headers if header is not None)

    def fails(self, compilation: Compilation) -> bool:
        """Whether something in a policy, or in a file that it uses, keeps it from being written."""
        return fails(compilation.findings, strict=self.strict) or compilation.name in self.shared


def compile_share(
    session: Session, options: Namespace, given: Collection[str], share: Share | None
) -> tuple[CompiledRun, list[Program]]:
    """What the inputs come to, of a share its own; and all programs of the run."""
    strict = options.strict or session.config.strict
    items = session.inputs(options.paths, options.output)
    programs: list[Program] = []
    found: list[Finding] = []
    for item in items:
        program = session.program(item)
        if not isinstance(program, Finding):
            programs.append(program)
        elif share is None or share.holds(program):
            found.append(program)
    if not any(program.partial for program in programs):
        refuse_slips(given, programs)
    twins = twins_of(programs)
    programs = _with_rooms(programs)
    own = [program for program in programs if share is None or share.has(program.source.path)]
    compilations = _compiled(session, own, options.jobs)
    for compilation in compilations:
        found.extend(compilation.findings)
    both = tuple(answered_by_two(policy for program in programs if (policy := answering(program)) is not None))
    shared = frozenset(one.policy for pair in both for one in (pair.policy, pair.earlier))
    names = set(_names(own))
    ours = (pair for pair in both if share is None or names & {pair.policy.policy, pair.earlier.policy})
    told = distinct([*found, *twins, *as_told(ours)])
    files = len(items) if share is None else sum(share.has(item.shown) for item in items)
    run = CompiledRun(
        () if twins else compilations,
        told,
        files,
        strict,
        shared,
        bool(twins),
        0 if twins else len(programs),
        _names(programs),
    )
    if not fails(run.findings, strict=strict) and programs and all(program.is_rules for program in programs):
        named = f"`{programs[0].source.path}` holds" if len(programs) == 1 else "the files hold"
        raise CannotRun(f"nothing to compile: {named} rules only", "name a policy; `recpol lint` checks rules")
    return run, programs


def _names(programs: Sequence[Program]) -> tuple[str, ...]:
    return tuple(policy.name.text for program in programs if (policy := program.names.policy) is not None)


def _compiled(session: Session, programs: Sequence[Program], jobs: int | None) -> tuple[Compilation, ...]:
    """The compilations of programs, in their order, by so many processes."""
    if jobs is None and len(programs) < MANY:
        return tuple(compile_program(program, session.levels) for program in programs)
    from recpol.workspace.workers import shared_out

    def work(program: Program) -> SentCompilation:
        return sent(compile_program(program, session.levels))

    made = shared_out(programs, jobs, work, lambda: sources_of(programs))
    return tuple(Compilation(program, *one) for program, one in zip(programs, made, strict=True))


SentCompilation = tuple["Checked", str, tuple[Output, ...]]
"""A compilation as it comes from another process: without the tree, and without the documents as data."""


def sent(made: Compilation) -> SentCompilation:
    """What is sent of a compilation."""
    return made.checked, made.name, tuple(replace(output, replies=()) for output in made.outputs)


def sources_of(programs: Sequence[Program]) -> dict[str, Source]:
    """The texts of programs by their names."""
    return {file.source.path: file.source for program in programs for file in program.files}


def _with_rooms(programs: list[Program]) -> list[Program]:
    """The programs, each with what the others record in rooms that may be its own."""
    if len(programs) < 2:
        return programs
    from recpol.prove.rooms import side_by_side

    return list(side_by_side(programs))


def twins_of(programs: Sequence[Program]) -> list[Finding]:
    """The policies that would be written to the folder of another one."""
    return list(named_twice(policy for program in programs if (policy := answering(program)) is not None))
