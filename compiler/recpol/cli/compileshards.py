"""A shard of a compilation: what of it the build needs beside the policies' folders, and `--merge`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

from recpol import __version__
from recpol.analysis.program import Program
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.console import say, tell
from recpol.settings.tenants import TenantList
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here, shown
from recpol.workspace.index import INDEX, IndexEntry, TenantPolicy, share_is_stale
from recpol.workspace.indexshards import complete, write_shard_index
from recpol.workspace.session import Session, open_session
from recpol.workspace.shardfiles import read_of, refuse_options, settings_read, state_of
from recpol.workspace.shards import Share

if TYPE_CHECKING:
    from argparse import Namespace


class ShardOfBuild:
    """One shard of a build: its share of the work, and the run that all shards share."""

    def __init__(
        self,
        session: Session,
        options: Namespace,
        share: Share,
        programs: Sequence[Program],
        tenants: TenantList | None,
    ) -> None:
        self.share, self.options = share, options
        files = (read_of(file.source) for program in programs for file in program.files)
        self.state = state_of(chain(files, settings_read(session, tenants)))

    def is_stale(
        self,
        out: str,
        entries: Sequence[IndexEntry],
        unwritten: Collection[TenantPolicy],
        everybody: Collection[TenantPolicy],
    ) -> bool:
        """Whether the index says of the shard's policies what it should not; the first shard looks for others, too."""
        whole = not self.options.paths and not self.options.tenant
        others = everybody if whole and self.share.shard.number == 1 else None
        return share_is_stale(out, entries, unwritten, others)

    def keep(
        self,
        out: str,
        entries: Sequence[IndexEntry],
        unwritten: Collection[TenantPolicy],
        *,
        failed: bool,
        work: int,
        stopped: bool = False,
    ) -> None:
        """Leave for `--merge` what the index is to say, and say where there was no `work`.

        `failed` is whether the exit status says so, `stopped` whether the run writes nothing at all.

        Raises `CannotRun`.
        """
        options = self.options
        if not work and not failed:
            tell(self.share.nothing)
        if options.check or options.stdout:
            return
        about = {
            "whole": not options.paths and not options.tenant, "paths": sorted(options.paths), "env": options.env,
            "target": options.target, "tenant": sorted(options.tenant), "strict": options.strict,
            "var": sorted({pair.partition("=")[0] for pair in options.var}),
        }  # fmt: skip
        write_shard_index(
            out, __version__, self.share.shard, self.state, about, entries, unwritten, failed=failed, stopped=stopped
        )


def complete_build(options: Namespace) -> int:
    """Write the index of a build that shards have written, and return the exit status; raises `CannotRun`."""
    if options.paths:
        raise CannotRun(
            "`--merge` takes no PATH: what shards have left is found in the output folder",
            "name that folder with `-o`, or leave it to `out` of recpol.yaml",
        )
    if options.shard is not None:
        raise CannotRun("`--merge` does not go with `--shard`: it is of all shards together", "leave one of them out")
    refuse_options(
        "compile",
        {
            "--target": options.target, "--env": options.env, "--var": options.var, "--tenant": options.tenant,
            "--strict": options.strict,
        },
    )  # fmt: skip
    session = open_session(())
    out = session.output(options.output)
    done = complete(out, __version__)
    place = shown(out, here())
    if done.renewed:
        say(f"{INDEX}: which policy answers what, in {place}")
    many = "policy" if done.entries == 1 else "policies"
    say(f"{done.shards} shards: {done.entries:,} {many} in {place}")
    if done.unwritten:
        tell(f"{done.unwritten:,} not written: the shards have said why")
    return int(done.failed)
