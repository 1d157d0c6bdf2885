"""A shard of a report: what it keeps for `--merge`, and shards to the whole page.

Invariant: of shards that are put together the page has the bytes that it has of the whole run.
"""

from __future__ import annotations

from itertools import chain

from recpol import __version__
from recpol.audit import model as audit_model
from recpol.audit.tenantverdicts import TenantCells
from recpol.base.records import classes_of
from recpol.base.typing import TYPE_CHECKING
from recpol.calls import trace
from recpol.cli.audited import Audited
from recpol.diff.model import Comparison, Difference
from recpol.explain import model as explain_model
from recpol.workspace.session import Session
from recpol.workspace.shardfiles import (
    ShardForm,
    read_shard_files,
    refuse_options,
    settings_read,
    state_of,
    texts_read,
    write_shard_file,
)
from recpol.workspace.shards import Shard
from recpol.workspace.tenants import read_tenants
from recpol.workspace.testfiles import find_tests

if TYPE_CHECKING:
    from argparse import Namespace

FORM = ShardForm("report", __version__, classes_of((
    Comparison, Difference, TenantCells,
    *(kind for module in (audit_model, explain_model, trace) for kind in vars(module).values()
      if isinstance(kind, type) and kind.__module__ == module.__name__),
)))  # fmt: skip


def keep_shard(path: str, made: Audited, shard: Shard, session: Session, options: Namespace) -> None:
    """Write what a shard's page says, for `--merge`; raises `CannotRun`."""
    about = {
        "paths": list(options.paths), "env": options.env, "target": options.target, "tenant": options.tenant,
        "since": options.since or "", "var": sorted({pair.partition("=")[0] for pair in options.var}),
        "for": made.tenant, "names": made.names, "count": made.count, "refused": made.refused,
        "gone": made.gone,
    }  # fmt: skip
    found = {"policies": made.policies, "cells": made.cells}
    tenants = read_tenants(session, options.tenant)
    tests = () if options.paths else find_tests((), session).tests
    read = texts_read(session, (*session.inputs(options.paths), *tests))
    write_shard_file(path, FORM, shard, state_of(chain(read, settings_read(session, tenants))), about, found)


def merged(options: Namespace) -> Audited:
    """What the page says of all shards; raises `CannotRun`."""
    refuse_options(
        "report",
        {
            "--env": options.env, "--var": options.var, "--target": options.target, "--tenant": options.tenant,
            "--since": options.since, "--shard": options.shard, "--shard-file": options.shard_file,
        },
    )  # fmt: skip
    shards = read_shard_files(options.paths, FORM)
    about = shards[0].about
    return Audited(
        about["count"], [one for shard in shards for one in shard.found["policies"]], about["for"], about["names"],
        about["refused"], [one for shard in shards for one in shard.found["cells"]], about["gone"], about["since"],
    )  # fmt: skip
