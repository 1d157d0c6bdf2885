"""`recpol report`: policies in, one HTML page out that answers what an auditor asks of them.

Invariant: every policy that is named is on the page, with errors too; nothing on it is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import recpol
from recpol.analysis.program import Program
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.saving import save, save_bytes
from recpol.workspace.session import Session, open_session, read_variables
from recpol.workspace.tenants import each_tenant, one_of_them, read_tenants

if TYPE_CHECKING:
    from recpol.audit.model import TenantsOfPolicy

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
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    from recpol.audit.page import page
    from recpol.cli.audited import audited

    options = arguments().read(words)
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
    found = [policy for policy, _ in audited(session, options.paths, changes)]
    names = {policy.explanation.name for policy in found}
    gone = [name for name in changes or () if name not in names]
    title = f"What {found[0].explanation.name} records" if len(found) == 1 else "What our calls record"
    date = "" if options.undated else session.today.isoformat()
    tenants, refused = _of_tenants(project, options.paths, options.tenant)
    made = page(
        found, version=recpol.__version__, title=title, date=date, since=options.since or "", gone=gone,
        tenant=session.tenant, tenants=tenants, refused=refused,
    )  # fmt: skip
    if options.pdf is not None:
        from recpol.cli.printing import pdf_of

        save_bytes(options.pdf, pdf_of(made), "choose another file with `--pdf`")
    if options.output is not None:
        save(options.output, made, "choose another file with `-o`")
    elif options.pdf is None:
        say(made, kind="xml")
    wrong = refused or any(one.wrong for one in tenants)
    return int(bool(wrong) or not all(one.explanation.compiles for one in found))


def _of_tenants(
    session: Session, paths: Sequence[str], chosen: Sequence[str]
) -> tuple[tuple[TenantsOfPolicy, ...], int]:
    """What guarantees come to for the tenants of a project, if there are several, and how many lines are wrong."""
    from recpol.audit.tenantverdicts import tenant_verdicts

    listed = read_tenants(session, chosen)
    if listed is None or len(listed.tenants) + listed.refused < 2:
        return (), 0
    programs = [session.program(item) for item in session.inputs(paths)]
    policies = [one for one in programs if isinstance(one, Program) and not one.is_rules]
    each = ((tenant.name, own) for tenant, own in each_tenant(session, policies, listed.tenants))
    return tenant_verdicts(each, len(policies), session.levels), listed.refused
