"""`recpol compile`: policies in, folders of SVAML documents out, or on standard output, or compared with what is there.

Invariant: a policy with an error writes nothing; two policies of one name write nothing at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from recpol.analysis.choice import target_choice
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import dataclass, replace
from recpol.base.secrets import masked
from recpol.cli.arguments import Arguments
from recpol.cli.batches import no_batches
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.compilation import Compilation, Output, compile_program
from recpol.report.run import summary
from recpol.report.text import full
from recpol.rules.policy.answering import answered_by_two, answering, as_told
from recpol.rules.policy.twins import named_twice
from recpol.settings.config import DEFAULT_TARGET, FILE_NAME
from recpol.settings.tenants import TenantList
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here, shown
from recpol.workspace.index import INDEX, IndexEntry, TenantPolicy, entry, is_stale, renewed, write_index
from recpol.workspace.output import (
    Policies,
    StaleFile,
    WrittenFolder,
    compare_all,
    folders_of,
    forgotten,
    write_all,
)
from recpol.workspace.session import Session, distinct, fails, open_session, read_variables, refuse_slips
from recpol.workspace.tenants import read_tenants

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.rules.check import Checked

_DETAILS = """\
Writes a folder for each policy: a JSON document per reply, and manifest.json, which says what answers which callback.
For several targets there is a folder for each, with the policies in it.
Without a path the policies of the project are compiled: those that the nearest recpol.yaml names.
Exit status: 0 all is written, 1 a policy has an error (or --check finds a difference), 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("compile", "Compile policies to SVAML for the callbacks of a call.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files or folders")
    parser.option("-o", "--out", metavar="DIR", help="the output folder; default: `out` of recpol.yaml, else build")
    parser.targets()
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to compile for, repeatable; default: all of them")
    parser.option("--strict", action="store_true", help="warnings fail too: a policy with one writes nothing")
    parser.alternatives(
        {
            "--check": {
                "action": "store_true",
                "help": "write nothing; fail if the output folder is not up to date",
            },
            "--stdout": {
                "action": "store_true",
                "help": "write nothing; print the documents as one JSON object",
            },
        }
    )
    parser.colors()
    parser.jobs()
    parser.cache()
    no_batches(parser)
    return parser


@dataclass(frozen=True, slots=True)
class _Run:
    """What the inputs came to: the compilations, all findings, and how many files were read."""

    compilations: tuple[Compilation, ...]
    findings: tuple[Finding, ...]
    files: int
    strict: bool
    shared: frozenset[str] = frozenset()
    """The names of policies that answer what another one answers too."""

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


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    given = read_variables(options.var)
    session = open_session(options.paths, environment=options.env, variables=given, targets=options.target)
    if options.stdout:
        disk.spoil()  # documents are not kept in the cache
    tenants = read_tenants(session, options.tenant)
    if tenants is not None:
        return _for_tenants(session, tenants, options, given)
    run = _compile(session, options, given)
    out = session.output(options.out)
    index = None if options.stdout else renewed(out, run.entries, run.unwritten, whole=not options.paths)
    differs = False
    if session.by_default and not options.stdout:
        _tell_of_default(run, out, session)
    if options.stdout:
        _print(run)
    elif options.check:
        differs = _check(run, out, stale=is_stale(out, index))
    elif run.good:
        report = write_all(out, run.good)
        for folder in report.repaired:
            tell(f"note: a run that wrote to {folder} was stopped before; what it left behind is cleaned up")
        for written in report.policies:
            say(_line(written))
        for folder in forgotten(out, run.good):
            tell(f"note: {folder} is left from other targets, and no longer renewed: delete it")
    if not options.check and disk.isdir(out) and write_index(out, index):
        say(f"{INDEX}: which policy answers what, in {shown(out, here())}")
    if run.findings:
        color = wants_color(options.color, sys.stderr)
        tell(full(run.findings, color=color), kind=text_kind(color=color))
        tell("\n" + summary(run.findings, run.files))
    for compilation in run.compilations:
        name = compilation.program.names.policy
        if name is not None and run.fails(compilation):
            tell(f"{name.name.text}: nothing is written, because of what is found above")
    return int(differs or fails(run.findings, strict=run.strict))


def _for_tenants(session: Session, tenants: TenantList, options: Namespace, given: Collection[str]) -> int:
    from recpol.cli.compiletenants import compile_tenants

    items = session.inputs(options.paths, options.out)
    read = [session.program(item) for item in items]
    unread = [program for program in read if isinstance(program, Finding)]
    programs = [program for program in read if not isinstance(program, Finding)]
    if not any(program.partial for program in programs):
        refuse_slips(given, programs)
    wrong = [*unread, *_twins(programs)]
    if wrong:
        color = wants_color(options.color, sys.stderr)
        tell(full(distinct(wrong), color=color), kind=text_kind(color=color))
        return 1
    if all(program.is_rules for program in programs):
        raise CannotRun("nothing to compile: the files hold rules only", "name a policy; `recpol lint` checks rules")
    whole = not options.paths and not options.tenant
    return compile_tenants(session, programs, tenants, options, whole=whole, files=len(items))


def _compile(session: Session, options: Namespace, given: Collection[str]) -> _Run:
    strict = options.strict or session.config.strict
    items = session.inputs(options.paths, options.out)
    programs: list[Program] = []
    found: list[Finding] = []
    for item in items:
        program = session.program(item)
        if isinstance(program, Finding):
            found.append(program)
        else:
            programs.append(program)
    if not any(program.partial for program in programs):
        refuse_slips(given, programs)
    twins = _twins(programs)
    programs = _with_rooms(programs)
    compilations = _compiled(session, programs, options.jobs)
    for compilation in compilations:
        found.extend(compilation.findings)
    both = tuple(answered_by_two(policy for program in programs if (policy := answering(program)) is not None))
    shared = frozenset(one.policy for pair in both for one in (pair.policy, pair.earlier))
    told = distinct([*found, *twins, *as_told(both)])
    run = _Run(() if twins else compilations, told, len(items), strict, shared)
    if not fails(run.findings, strict=strict) and all(program.is_rules for program in programs):
        named = f"`{programs[0].source.path}` holds" if len(programs) == 1 else "the files hold"
        raise CannotRun(f"nothing to compile: {named} rules only", "name a policy; `recpol lint` checks rules")
    return run


def _compiled(session: Session, programs: Sequence[Program], jobs: int | None) -> tuple[Compilation, ...]:
    """The compilations of programs, in their order, by so many processes."""
    if jobs is None and len(programs) < MANY:
        return tuple(compile_program(program, session.levels) for program in programs)
    from recpol.workspace.workers import shared_out

    def work(program: Program) -> tuple[Checked, str, tuple[Output, ...]]:
        """Without what only this process needs: the tree, and the documents as data."""
        made = compile_program(program, session.levels)
        return made.checked, made.name, tuple(replace(output, replies=()) for output in made.outputs)

    sources = {file.source.path: file.source for program in programs for file in program.files}
    made = shared_out(programs, jobs, work, lambda: sources)
    return tuple(Compilation(program, *one) for program, one in zip(programs, made, strict=True))


def _with_rooms(programs: list[Program]) -> list[Program]:
    """The programs, each with what the others record in rooms that may be its own."""
    if len(programs) < 2:
        return programs
    from recpol.prove.rooms import side_by_side

    return list(side_by_side(programs))


def _twins(programs: Sequence[Program]) -> list[Finding]:
    """The policies that would be written to the folder of another one."""
    return list(named_twice(policy for program in programs if (policy := answering(program)) is not None))


MANY = 16
"""So many policies are shared out to processes, where there are processors for them."""

OLD_DEFAULT = "classic"
"""What recpol 0.1 compiled to where no target was chosen."""


def _tell_of_default(run: _Run, out: str, session: Session) -> None:
    """Say once that the default has changed, where a project that chose no target has output of the old default."""
    said = {c.name for c in run.compilations if target_choice(c.program.files) is not None}
    old = folders_of(out, [policy for policy in run.good if policy[0].rpartition("/")[2] not in said], OLD_DEFAULT)
    if old:
        more = f" (and {len(old) - 1} more)" if len(old) > 1 else ""
        place = FILE_NAME if session.project is None else session.project.settings.shown
        tell(
            f"note: without `targets:` policies are compiled to {DEFAULT_TARGET} now, the platform as it is today; "
            f"{old[0]}{more} holds {OLD_DEFAULT}, the default before\n"
            f"      to keep it, write `targets: [{OLD_DEFAULT}]` in {place}"
        )


def _print(run: _Run) -> None:
    """The documents of one policy by file name; several documents, or those of several targets, by folder and file
    name.
    """
    documents = {name: {file: json.loads(data) for file, data in files.items()} for name, files in run.good}
    if any(masked(data.decode()) != data.decode() for _, files in run.good for data in files.values()):
        raise CannotRun(
            "a document holds what looks like a secret, and is not printed", "take it out, or write the files with `-o`"
        )
    if len(run.compilations) > 1 or len(run.good) > 1:
        say_json(documents)
    elif documents:
        say_json(next(iter(documents.values())))


_KINDS = {
    "missing": "is missing",
    "different": "differs",
    "stale": "is no longer part of the policy",
    "left": "is left from a run that was stopped, or belongs to one that is still writing: compile again",
}


def _check(run: _Run, out: str, *, stale: bool) -> bool:
    """Compare what would be written with what is there; whether there is a difference."""
    good = run.good
    differences: tuple[StaleFile, ...] = compare_all(out, good)
    for difference in differences:
        policy = f"{difference.policy}: " if difference.policy else ""
        say(f"{policy}{difference.path} {_KINDS[difference.kind]}")
    left = forgotten(out, good)
    for folder in left:
        say(f"{folder} is left from other targets, and no longer renewed: delete it")
    if stale:
        say(f"{shown(out, here())}/{INDEX} is not up to date")
    if not differences and not left and not stale and good:
        names = {folder.rpartition("/")[2] for folder, _ in good}
        each = "" if len(good) == len(names) else f", in {len(good) // len(names)} targets,"
        what = f"{names.pop()}{each} is" if len(names) == 1 else f"{len(names)} policies{each} are"
        say(f"{what} up to date in {shown(out, here())}")
    return bool(differences or left or stale)


def _line(written: WrittenFolder) -> str:
    """What became of a policy: `support-line: 6 files in build/support-line`, and how many of them are new."""
    line = f"{written.policy}: {written.files} files in {written.folder}"
    if not written.changed and not written.removed:
        return f"{line}, nothing changed"
    changed = f", {len(written.changed)} changed" if len(written.changed) < written.files else ""
    return f"{line}{changed}" + (f", {len(written.removed)} removed" if written.removed else "")
