"""`recpol compile`: policies in, folders of SVAML documents out, or on standard output, or compared with what is there.

Invariant: a policy with an error writes nothing; two policies of one name write nothing at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence

from recpol.analysis.choice import target_choice
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.secrets import masked
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.arguments import Arguments
from recpol.cli.batches import no_batches
from recpol.cli.compiling import CompiledRun, compile_share, twins_of
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.report.run import summary
from recpol.report.text import full
from recpol.settings.config import DEFAULT_TARGET, FILE_NAME
from recpol.settings.tenants import TenantList
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here, shown
from recpol.workspace.index import INDEX, is_stale, renewed, write_index
from recpol.workspace.output import (
    PATIENCE,
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

    from recpol.cli.compileshards import ShardOfBuild
    from recpol.workspace.shards import Share

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
    parser.option("-o", "--output", metavar="DIR", help="the output folder; default: `out` of recpol.yaml, else build")
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
            "--merge": {
                "action": "store_true",
                "help": "write the index of a folder that all shards have written to",
            },
        }
    )
    parser.shards()
    parser.colors()
    parser.jobs()
    parser.cache()
    no_batches(parser)
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    if options.merge:
        from recpol.cli.compileshards import complete_build

        return complete_build(options)
    given = read_variables(options.var)
    session = open_session(options.paths, environment=options.env, variables=given, targets=options.target)
    share = None
    if options.shard is not None:
        from recpol.workspace.shards import share_of

        share = share_of(options.shard, session.project)
    if options.stdout:
        disk.spoil()  # documents are not kept in the cache
    tenants = read_tenants(session, options.tenant)
    if tenants is not None:
        return _for_tenants(session, tenants, options, given, share)
    run, programs = compile_share(session, options, given, share)
    out = session.output(options.output)
    shard = None if share is None else _shard_of_build(session, options, share, programs)
    index = None
    if not options.stdout and not run.stopped and shard is None:
        index = renewed(out, run.entries, run.unwritten, whole=not options.paths)
    differs = False
    if session.by_default and not options.stdout:
        _tell_of_default(run, out, session)
    if options.stdout:
        _print(run)
    elif options.check:
        if shard is not None:
            everybody = {("", name) for name in run.everybody}
            stale = not run.stopped and shard.is_stale(out, run.entries, run.unwritten, everybody)
        else:
            stale = is_stale(out, index)
        differs = _check(run, out, stale=stale)
    elif run.good:
        report = write_all(out, run.good, patience=0 if shard is None else PATIENCE)
        for folder in report.repaired:
            tell(f"note: a run that wrote to {folder} was stopped before; what it left behind is cleaned up")
        for written in report.policies:
            say(_line(written))
        for folder in forgotten(out, run.good):
            tell(f"note: {folder} is left from other targets, and no longer renewed: delete it")
    status = int(differs or run.stopped or fails(run.findings, strict=run.strict))
    if shard is not None:
        work = len(run.compilations)
        shard.keep(out, run.entries, run.unwritten, failed=bool(status), work=work, stopped=run.stopped)
    elif not options.check and disk.isdir(out) and write_index(out, index):
        say(f"{INDEX}: which policy answers what, in {shown(out, here())}")
    if run.findings:
        color = wants_color(options.color, sys.stderr)
        tell(full(run.findings, color=color), kind=text_kind(color=color))
        tell("\n" + summary(run.findings, run.files))
    for compilation in run.compilations:
        name = compilation.program.names.policy
        if name is not None and run.fails(compilation):
            tell(f"{name.name.text}: nothing is written, because of what is found above")
    return status


def _shard_of_build(
    session: Session, options: Namespace, share: Share, programs: Sequence[Program], tenants: TenantList | None = None
) -> ShardOfBuild:
    from recpol.cli.compileshards import ShardOfBuild

    return ShardOfBuild(session, options, share, programs, tenants)


def _for_tenants(
    session: Session, tenants: TenantList, options: Namespace, given: Collection[str], share: Share | None
) -> int:
    from recpol.cli.compiletenants import compile_tenants

    items = session.inputs(options.paths, options.output)
    read = [session.program(item) for item in items]
    unread = [program for program in read if isinstance(program, Finding)]
    programs = [program for program in read if not isinstance(program, Finding)]
    if not any(program.partial for program in programs):
        refuse_slips(given, programs)
    wrong = [*unread, *twins_of(programs)]
    if wrong:
        color = wants_color(options.color, sys.stderr)
        tell(full(distinct(wrong), color=color), kind=text_kind(color=color))
        if share is not None:
            shard = _shard_of_build(session, options, share, programs, tenants)
            shard.keep(session.output(options.output), (), (), failed=True, work=0, stopped=True)
        return 1
    if all(program.is_rules for program in programs):
        raise CannotRun("nothing to compile: the files hold rules only", "name a policy; `recpol lint` checks rules")
    whole = not options.paths and not options.tenant
    own = None if share is None else _shard_of_build(session, options, share, programs, tenants)
    return compile_tenants(session, programs, tenants, options, whole=whole, files=len(items), shard=own)


OLD_DEFAULT = "classic"
"""What recpol 0.1 compiled to where no target was chosen."""


def _tell_of_default(run: CompiledRun, out: str, session: Session) -> None:
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


def _print(run: CompiledRun) -> None:
    """The documents of one policy by file name; several documents, or those of several targets, by folder and file
    name.
    """
    documents = {name: {file: json.loads(data) for file, data in files.items()} for name, files in run.good}
    if any(masked(data.decode()) != data.decode() for _, files in run.good for data in files.values()):
        raise CannotRun(
            "a document holds what looks like a secret, and is not printed", "take it out, or write the files with `-o`"
        )
    if run.programs > 1 or len(run.good) > 1:
        say_json(documents)
    elif documents:
        say_json(next(iter(documents.values())))


_KINDS = {
    "missing": "is missing",
    "different": "differs",
    "stale": "is no longer part of the policy",
    "left": "is left from a run that was stopped, or belongs to one that is still writing: compile again",
}


def _check(run: CompiledRun, out: str, *, stale: bool) -> bool:
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
