"""A shard of a lint: which of its findings it tells, what it keeps for `--merge`, and shards to the whole run.

Invariant: of shards that are put together every report has the bytes that it has of the whole run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

from recpol import __version__
from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.digest import digest
from recpol.base.finding import CallStep, Edit, Finding, Fix, Note
from recpol.base.records import classes_of
from recpol.base.source import Source, Unreadable
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.linting import Linted, LintedFile
from recpol.rules.check import check
from recpol.settings.tenants import TenantList
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input
from recpol.workspace.linttenants import LintedTenant, told_of_tenants
from recpol.workspace.session import Session, finding_key, open_session, read_variables
from recpol.workspace.shardfiles import (
    ShardForm,
    read_shard_files,
    refuse_options,
    same_variables,
    settings_read,
    state_of,
    write_shard_file,
)
from recpol.workspace.shards import Share
from recpol.workspace.tenants import read_tenants

if TYPE_CHECKING:
    from argparse import Namespace

FORM = ShardForm(
    "lint", __version__, classes_of((Finding, Note, CallStep, Edit, Fix, Suppression, LintedFile, LintedTenant))
)


def told_elsewhere(made: Linted, session: Session, items: Sequence[Input], share: Share) -> set[tuple[object, ...]]:
    """What a shard has found in files that several policies use, and another shard tells.

    A finding in such a file is told by the shard of the first policy that has it; the file itself goes before those
    that use it. Others than those of the shard are looked at only where there is such a finding.
    """
    named = {item.shown: item for item in items}
    users: dict[str, list[str]] = {}
    for policy, files in made.used.items():
        for called, _ in files:
            users.setdefault(called, []).append(policy)
    known = {one.file: {finding_key(finding) for finding in one.findings} for one in made.each}

    def found(policy: str) -> set[tuple[object, ...]]:
        if policy not in known:
            known[policy] = set(map(finding_key, _found(session, made.beside.get(policy), named[policy])))
        return known[policy]

    elsewhere: set[tuple[object, ...]] = set()
    ranks = {called: digest(share.key(called).encode("utf-8", "surrogatepass")) for called in made.used}
    for one in made.each:
        for finding in one.findings:
            called = finding.span.source.path
            if called == one.file:
                continue
            first = sorted(users.get(called, ()), key=lambda policy: (policy != called, ranks[policy]))
            owner = next((policy for policy in first if finding_key(finding) in found(policy)), one.file)
            if not share.has(owner):
                elsewhere.add(finding_key(finding))
    return elsewhere


def _found(session: Session, program: Program | None, item: Input) -> Sequence[Finding]:
    """What is found of a policy of another shard."""
    try:
        subject = session.program(item) if program is None else program
    except CannotRun:
        return ()
    return (subject,) if isinstance(subject, Finding) else check(subject, session.levels).findings


def keep_shard(
    path: str, made: Linted, share: Share, session: Session, options: Namespace, tenants: TenantList | None
) -> None:
    """Write what a shard found, for `--merge`; raises `CannotRun`."""
    found = {
        "files": made.files, "unread": made.unread, "each": made.each, "between": made.between,
        "tenants": made.tenants, "policies": list(made.used),
    }  # fmt: skip
    about = {
        "paths": list(options.paths), "env": options.env, "target": options.target, "tenant": options.tenant,
        "event": options.event, "var": sorted({pair.partition("=")[0] for pair in options.var}),
    }  # fmt: skip
    read = chain(chain.from_iterable(made.used.values()), settings_read(session, tenants))
    write_shard_file(path, FORM, share.shard, state_of(read), about, found)


def merged(options: Namespace, *, fixes: bool) -> tuple[Session, Linted]:
    """The session of shards, and what all of them found; raises `CannotRun`."""
    given = read_variables(options.var)
    refuse_options(
        "lint",
        {
            "--env": options.env, "--target": options.target, "--tenant": options.tenant, "--event": options.event,
            "--fix": options.fix, "--unsafe-fixes": options.unsafe_fixes, "--diff": options.diff,
            "--shard": options.shard, "--shard-file": options.shard_file,
        },
    )  # fmt: skip
    shards = read_shard_files(options.paths, FORM)
    about = shards[0].about
    same_variables(about, given)
    session = open_session(about["paths"], environment=about["env"], variables=given, targets=about["target"])
    items = session.inputs(about["paths"], documents=True)
    made = Linted()
    for shard in shards:
        made.files += shard.found["files"]
        made.unread += shard.found["unread"]
        made.each += shard.found["each"]
        made.between += shard.found["between"]
        made.tenants += shard.found["tenants"]
    made.files, made.unread = sorted(set(made.files)), sorted(set(made.unread))
    if session.config.tenants is not None:
        tenants = read_tenants(session, about["tenant"])
        assert tenants is not None, "the settings have tenants"
        named = {item.shown: item for item in items}
        policies = [named[called] for called in shards[0].found["policies"] if not named[called].is_document(None)]
        read = [(item, partial(_with_sources, session, item, shards[-1].sources)) for item in policies]
        made.of_tenants = told_of_tenants(session, items, read, tenants, made.tenants, fixes=fixes)
    return session, made


def _with_sources(session: Session, item: Input, known: Mapping[str, Source]) -> Program | Finding:
    """A policy as it is read, made of the texts that findings are in, so that fixes are of these."""
    source = session.files.load(item)
    if isinstance(source, Finding):
        return source

    def read(written: str, using: str) -> Source | Unreadable:
        got = session.files.read(written, using)
        return known.get(got.path, got) if isinstance(got, Source) else got

    return session.understood(known.get(source.path, source), read)
