"""`recpol report`: policies in, one HTML page out that answers what an auditor asks of them.

Invariant: every policy that is named is on the page, with errors too; nothing on it is loaded from elsewhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import recpol
from recpol.analysis.program import Program
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.saving import refuse_over_input, save, save_bytes
from recpol.workspace.session import Session, current_day, open_session, read_variables
from recpol.workspace.tenants import each_tenant, one_of_them, read_tenants

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.cli.audited import Audited
    from recpol.diff.model import Comparison
    from recpol.workspace.shards import Shard

_DETAILS = """\
One self-contained page, for reading and for print: a table of all policies; then for each its picture, who is recorded
and told, stores and what they promise, guarantees with what the proofs rest on, clauses, exceptions, tests, changes.
Without a path it is about the policies of the project: those that the nearest recpol.yaml names.
Exit status: 0 all compile, 1 a policy does not compile (it is on the page all the same), 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments(
        "report", "Write one page that says what policies record, to whom they answer, and the proofs.", _DETAILS
    )
    parser.option("paths", nargs="*", metavar="PATH", help="files or folders")
    parser.option("-o", "--output", metavar="FILE", help="write the page there; default: standard output")
    parser.option("--pdf", metavar="FILE", help="write it as PDF on A4, too (recpol[pdf])")
    parser.option("--since", metavar="REV", help="say what changed since a commit, a branch or a tag")
    parser.option(
        "--undated", action="store_true", help="leave the day out: the same policies then give the same bytes"
    )
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to report for; default: the first one, and the verdicts of all")
    parser.targets()
    parser.shards()
    parser.shard_files()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    if (options.output or "").lower().endswith(".pdf"):
        raise CannotRun("the page that `-o` writes is HTML", f"write `--pdf {options.output}` for PDF")
    if options.merge:
        from recpol.cli.reportshards import merged

        return _write(merged(options), options)
    shard = _shard(options)
    variables = read_variables(options.var)
    session = open_session(options.paths, environment=options.env, variables=variables, targets=options.target)
    project = session
    session, note = one_of_them(session, options.tenant)
    if note:
        tell(f"note: {note}")
    changes = None
    if options.since is not None:
        from recpol.cli.diff import since_revision

        if len(options.paths) > 1:
            raise CannotRun("with `--since` one path is reported on", "name one file or folder")
        changes = since_revision(options.since, options.paths, options.target, options.env, variables, session.tenant)
    made = _audited(session, project, options, changes, shard)
    refuse_over_input(options.shard_file, options.pdf, options.output)
    if shard is not None and options.shard_file is not None:
        from recpol.cli.reportshards import keep_shard

        keep_shard(options.shard_file, made, shard, project, options)
    if shard is not None and not made.policies and not made.cells:
        from recpol.workspace.shards import share_of

        tell(share_of(shard, session.project).nothing)
    if shard is not None and options.output is None and options.pdf is None and options.shard_file is not None:
        return int(made.is_wrong)
    return _write(made, options)


def _shard(options: Namespace) -> Shard | None:
    if options.shard is None and options.shard_file is None:
        return None
    from recpol.workspace.shards import refuse_with_shard

    return refuse_with_shard(options, {})


def _audited(
    session: Session,
    project: Session,
    options: Namespace,
    changes: Mapping[str, Comparison] | None,
    shard: Shard | None,
) -> Audited:
    """What the page says of policies; of a shard of its own, and for its own tenants. Raises `CannotRun`."""
    from recpol.cli.audited import Audited, audit, programs_to_audit

    share = None
    if shard is not None:
        from recpol.workspace.shards import share_of

        share = share_of(shard, session.project)
    programs = programs_to_audit(session, options.paths)
    made = Audited(len(programs), tenant=session.tenant)
    for number, (item, program) in enumerate(programs):
        if share is None or share.has(item.shown):
            made.policies.append((number, audit(session, item, program, changes)[0]))
    names = {policy.name.text for _, one in programs if (policy := one.names.policy) is not None}
    made.gone = [name for name in changes or () if name not in names]
    listed = read_tenants(project, options.tenant)
    if listed is None or len(listed.tenants) + listed.refused < 2:
        return made
    from recpol.audit.tenantverdicts import tenant_cells

    made.names, made.refused = [tenant.name for tenant in listed.tenants], listed.refused
    read = [project.program(item) for item, _ in programs]
    policies = [one for one in read if isinstance(one, Program)]
    own = (
        (number, [(at, one) for at, one in enumerate(each) if share is None or share.has(one.source.path, tenant.name)])
        for number, (tenant, each) in enumerate(each_tenant(project, policies, listed.tenants))
    )
    made.cells = list(tenant_cells(own, project.levels))
    return made


def _write(made: Audited, options: Namespace) -> int:
    """Write the page, and return the exit status; raises `CannotRun`."""
    from recpol.audit.page import page
    from recpol.audit.tenantverdicts import tenant_verdicts

    found = [policy for _, policy in sorted(made.policies, key=lambda numbered: numbered[0])]
    title = f"What {found[0].explanation.name} records" if made.count == 1 and found else "What our calls record"
    tenants = tenant_verdicts(made.cells, made.names)
    date = "" if options.undated else datetime.date.fromordinal(current_day()).isoformat()
    text = page(
        found, version=recpol.__version__, title=title, date=date,
        since=made.since or options.since or "", gone=made.gone, tenant=made.tenant, tenants=tenants,
        refused=made.refused,
    )  # fmt: skip
    refuse_over_input(options.pdf, options.output)
    if options.pdf is not None:
        from recpol.cli.printing import pdf_of

        save_bytes(options.pdf, pdf_of(text), "choose another file with `--pdf`")
    if options.output is not None:
        save(options.output, text, "choose another file with `-o`")
    elif options.pdf is None:
        say(text, kind="xml")
    return int(made.is_wrong)
