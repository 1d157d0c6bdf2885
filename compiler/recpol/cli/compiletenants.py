"""`recpol compile` of a project with tenants: each policy for each tenant, into `OUT/TENANT/POLICY/`.

A policy is read once. What does not depend on a tenant's variables is worked out once (`recpol.rules.memory`); each
tenant's documents are lowered, verified against the policy and proven for themselves.

Invariant: a tenant whose policy has an error writes nothing of it, and the others are as they are without it. Folders
are put in place by groups of tenants, each of them wholly old or wholly new.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import islice

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, field
from recpol.base.secrets import masked
from recpol.base.typing import TYPE_CHECKING, Any
from recpol.cli.compiling import MANY, SentCompilation, sent, sources_of
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.compilation import Compilation, CompilerBug, compile_program
from recpol.report.run import summary
from recpol.report.text import full
from recpol.rules.memory import Memory
from recpol.rules.policy.answering import AnsweringPolicy, SharedAnswer, answered_by_two, answering, as_told
from recpol.rules.policy.suppressions import unused_suppression
from recpol.settings.tenants import Tenant, TenantList
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here, shown
from recpol.workspace.index import IndexEntry, TenantPolicy, entry, is_stale, renewed, write_index
from recpol.workspace.linttenants import used_elsewhere
from recpol.workspace.output import PATIENCE, WrittenFolder, compare_all, write_all
from recpol.workspace.session import Session, distinct, fails
from recpol.workspace.tenants import TenantFindings, each_tenant, unused_columns

if TYPE_CHECKING:
    from argparse import Namespace

    from recpol.cli.compileshards import ShardOfBuild
    from recpol.workspace.shards import Share

GROUP = 250
"""So many tenants are put in place together."""

FEW = 3
"""So many tenants that are not written are named."""


class _Tally(Record, frozen=False):
    """What has become of the tenants so far."""

    strict: bool
    waiting: list[tuple[str, Any]] = field(default_factory=list)
    printed: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[IndexEntry] = field(default_factory=list)
    unwritten: list[TenantPolicy] = field(default_factory=list)
    written: dict[str, list[int]] = field(default_factory=dict)
    """By policy: folders, files, files that changed, files that were removed."""

    differences: int = 0


def compile_tenants(
    session: Session,
    programs: Sequence[Program],
    found: TenantList,
    options: Namespace,
    *,
    whole: bool,
    files: int,
    shard: ShardOfBuild | None = None,
) -> int:
    """Compile programs for tenants, of a shard its own, and return the exit status.

    Raises `CannotRun` and `CompilerBug`.
    """
    share = None if shard is None else shard.share
    policies = [program for program in programs if not program.is_rules]
    out = session.output(options.output)
    tally = _Tally(options.strict or session.config.strict)
    # Of a shard each policy is told by itself, for it has tenants of its own there.
    together, apart = TenantFindings(), [TenantFindings() for _ in policies]
    columns = tuple(unused_columns(found, programs))
    blocked = any(finding.level == "error" for finding in columns)
    tenants = () if blocked else found.tenants
    answers = {
        (tenant.name, says.policy): says
        for tenant, own in each_tenant(session, policies, tenants)
        for program in own
        if (says := answering(program, tenant.name, tenant.row)) is not None
    }
    both = tuple(answered_by_two(answers.values()))
    shared = {(one.tenant, one.policy) for pair in both for one in (pair.policy, pair.earlier)}
    memories = [Memory() for _ in policies]
    found_of: list[tuple[int, Sequence[Finding]]] = []
    work = 0
    every = each_tenant(session, policies, tenants)
    size = 1 if options.stdout else GROUP  # who reads documents as they come gets each tenant's when it is compiled
    while group := list(islice(every, size)):
        own = [
            [at for at, one in enumerate(all_) if share is None or share.has(one.source.path, tenant.name)]
            for tenant, all_ in group
        ]
        pieces = [[(at, all_[at]) for at in some] for some, (_, all_) in zip(own, group, strict=True)]
        try:
            made = _compiled(session, pieces, memories, options.jobs)
        except CompilerBug as bug:
            if tally.written:
                bug.add_note("tenants before it are written, each of them whole")
            raise
        for (tenant, _), some, compiled in zip(group, own, made, strict=True):
            work += bool(compiled)
            if share is None:
                together.add(tenant, [finding for one in compiled for finding in one.findings])
            for at, one in zip(some, compiled, strict=True) if share is not None else ():
                apart[at].add(tenant, one.findings)
                found_of.append((at, one.findings))
            for one in compiled:
                _take(tally, tenant, one, answers, shared, stdout=options.stdout)
        _flush(tally, out, check=options.check, patience=0 if shard is None else PATIENCE)
    stale = False
    if shard is not None and options.check and not blocked:
        stale = shard.is_stale(out, tally.entries, tally.unwritten, answers.keys())
    elif shard is None and not options.stdout and not blocked:
        # Of a tenant that cannot be used it is not known whether it has written before: what there is stays.
        data = renewed(out, tally.entries, frozenset(tally.unwritten), whole=whole and not found.findings)
        stale = options.check and is_stale(out, data)
        if not options.check:
            write_index(out, data)
    only = (unused_suppression.name,)
    if share is None:
        of_tenants = together.told(only_of_all=only)
    else:
        used = used_elsewhere(session, policies, found, share, found_of)
        of_tenants = [
            one for at, told in enumerate(apart) for one in told.told(only_of_all=only) if (at, one) not in used
        ]
    ours = both if share is None else [pair for pair in both if _is_ours(pair, share, programs)]
    of_list = [one for one in found.findings if share is None or share.holds(one)]
    told = distinct([
        *of_list, *(one for one in columns if share is None or blocked or share.holds(one)), *as_told(ours),
        *of_tenants,
    ])  # fmt: skip
    _say(tally, out, len(tenants) if share is None else work, options, stale=stale)
    if told:
        color = wants_color(options.color, sys.stderr)
        tell(full(told, color=color), kind=text_kind(color=color))
        tell("\n" + summary(told, files))
    refused = found.refused if share is None or of_list else 0
    _tell_unwritten(tally, refused)
    status = int(stale or tally.differences > 0 or bool(tally.unwritten) or fails(told, strict=tally.strict))
    if shard is not None:
        shard.keep(out, tally.entries, tally.unwritten, failed=bool(status), work=work, stopped=blocked)
    return status


_TenantPrograms = Sequence[tuple[int, Program]]
"""What is compiled for one tenant: each policy's number, and its program with the tenant's variables."""


def _compiled(
    session: Session, pieces: Sequence[_TenantPrograms], memories: Sequence[Memory], jobs: int | None
) -> list[list[Compilation]]:
    """The compilations for some tenants, in their order, by so many processes; each goes on from what is known in
    `memories`, by the numbers of the policies."""

    def work(piece: _TenantPrograms) -> list[SentCompilation]:
        return [sent(compile_program(program, session.levels, memories[at])) for at, program in piece]

    if jobs is None and len(pieces) < MANY:
        made = [work(piece) for piece in pieces]
    else:
        from recpol.workspace.workers import shared_out

        one_of_each = {at: program for piece in pieces for at, program in piece}
        made = shared_out(pieces, jobs, work, lambda: sources_of(list(one_of_each.values())))
    return [
        [Compilation(program, *one) for (_, program), one in zip(piece, some, strict=True)]
        for piece, some in zip(pieces, made, strict=True)
    ]


def _is_ours(pair: SharedAnswer, share: Share, programs: Sequence[Program]) -> bool:
    """Whether one of two policies that answer the same is a share's."""
    paths = {policy.name.text: one.source.path for one in programs if (policy := one.names.policy) is not None}
    return any(share.has(paths[one.policy], one.tenant) for one in (pair.policy, pair.earlier))


def _take(
    tally: _Tally,
    tenant: Tenant,
    compiled: Compilation,
    answers: dict[TenantPolicy, AnsweringPolicy],
    shared: set[TenantPolicy],
    *,
    stdout: bool,
) -> None:
    """Take over what one policy came to for one tenant."""
    header = compiled.program.names.policy
    name = header.name.text if header is not None else ""
    key = (tenant.name, name)
    if not compiled.outputs or key in shared or fails(compiled.findings, strict=tally.strict):
        tally.unwritten.append(key)
        return
    several = len(compiled.outputs) > 1
    folders = {
        one.target: f"{tenant.name}/{one.target}/{name}" if several else f"{tenant.name}/{name}"
        for one in compiled.outputs
    }
    for output in compiled.outputs:
        if stdout:
            documents = {file: json.loads(data) for file, data in output.files.items()}
            tally.printed[folders[output.target]] = documents
            if any(masked(data.decode()) != data.decode() for data in output.files.values()):
                raise CannotRun(
                    "a document holds what looks like a secret, and is not printed",
                    "take it out, or write the files with `-o`",
                )
        else:
            tally.waiting.append((folders[output.target], output.files))
    tally.entries.append(entry(answers[key], folders))


def _flush(tally: _Tally, out: str, *, check: bool, patience: float) -> None:
    """Put in place, or compare, what waits."""
    waiting = tally.waiting
    if waiting and check:
        for difference in compare_all(out, waiting):
            tally.differences += 1
            if tally.differences <= 20:
                said = "is missing" if difference.kind == "missing" else "is not up to date"
                say(f"{difference.path} {said}")
    elif waiting:
        report = write_all(out, waiting, patience=patience)
        for folder in report.repaired:
            tell(f"note: a run that wrote to {folder} was stopped before; what it left behind is cleaned up")
        for written in report.policies:
            _count(tally, written)
    tally.waiting = []


def _count(tally: _Tally, written: WrittenFolder) -> None:
    counts = tally.written.setdefault(written.policy.rpartition("/")[2], [0, 0, 0, 0])
    for n, more in enumerate((1, written.files, len(written.changed), len(written.removed))):
        counts[n] += more


def _say(tally: _Tally, out: str, tenants: int, options: Namespace, *, stale: bool) -> None:
    """Say what has become of the policies, on standard output."""
    place = shown(out, here())
    if options.stdout:
        say_json(tally.printed)
        return
    if options.check:
        if stale:
            say(f"{place}/index.json is not up to date")
        if tally.differences > 20:
            say(f"and {tally.differences - 20:,} more files")
        if not stale and not tally.differences and tally.entries:
            say(
                f"{_many(len(tally.entries), 'policy', 'policies')} of {_many(tenants, 'tenant')} up to date in {place}"
            )
        return
    for policy, (folders, files, changed, removed) in tally.written.items():
        new = f", {changed:,} changed" if 0 < changed < files else "" if changed else ", nothing changed"
        gone = f", {removed:,} removed" if removed else ""
        say(f"{policy}: {_many(files, 'file')} in {_many(folders, 'folder')} {place}/TENANT/{policy}{new}{gone}")


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _tell_unwritten(tally: _Tally, refused: int) -> None:
    names = list(dict.fromkeys(f"{tenant}/{policy}" for tenant, policy in tally.unwritten))
    if names:
        more = f" and {len(names) - FEW:,} more" if len(names) > FEW else ""
        tell(f"{', '.join(names[:FEW])}{more}: nothing is written, because of what is found above")
    if refused:
        tell(f"{_many(refused, 'tenant')} cannot be used, and nothing is written for them")
