"""A shard of a run of tests: what it keeps for `--merge`, and shards to the whole run.

Invariant: of shards that are put together the lines and the report are those of the whole run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from recpol import __version__
from recpol.base.finding import CallStep, Edit, Finding, Fix, Note
from recpol.base.record import Record
from recpol.base.records import classes_of
from recpol.base.typing import TYPE_CHECKING
from recpol.policytest import ToldCase, ToldResult
from recpol.settings.tenants import TenantList
from recpol.workspace.files import Input
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
from recpol.workspace.shards import Share
from recpol.workspace.testfiles import Found
from recpol.workspace.testruns import TestedFile, TestedTenant, put_together

if TYPE_CHECKING:
    from argparse import Namespace


class TestedShare(Record):
    """What a shard has of a test file, which is told by its place in the run: what is wrong with it, and tenants."""

    __test__ = False  # it is no test class

    number: int
    file: str
    wrong: tuple[Finding, ...]
    parts: tuple[TestedTenant, ...]


FORM = ShardForm(
    "test",
    __version__,
    classes_of((Finding, Note, CallStep, Edit, Fix, ToldCase, ToldResult, TestedTenant, TestedShare)),
)


def keep_shard(
    path: str,
    ran: Sequence[TestedFile],
    listed: Sequence[Finding],
    share: Share,
    session: Session,
    found: Found,
    options: Namespace,
    tenants: TenantList | None,
) -> None:
    """Write what came of a shard's tests, for `--merge`; raises `CannotRun`."""
    numbers = {file: number for number, file in enumerate(found.tests)}
    kept = [TestedShare(numbers[one.file], one.file.shown, one.wrong, one.parts) for one in ran]
    about = {
        "paths": list(options.paths), "env": options.env, "tenant": options.tenant,
        "var": sorted({pair.partition("=")[0] for pair in options.var}),
    }  # fmt: skip
    state = state_of(chain(texts_read(session, (*found.tests, *found.policies)), settings_read(session, tenants)))
    write_shard_file(path, FORM, share.shard, state, about, {"files": kept, "listed": listed})


def merged(options: Namespace, of_all: Sequence[str]) -> tuple[list[TestedFile], Sequence[Finding]]:
    """What came of the tests of all shards, and what is wrong with the list of tenants; raises `CannotRun`."""
    asked = {f"--{name.replace('_', '-')}": getattr(options, name) for name in of_all}
    given = {name: value is not None and value is not False for name, value in asked.items()}
    own = {"--env": options.env, "--var": options.var, "--tenant": options.tenant, "--shard": options.shard}
    refuse_options("test", {**given, **own, "--shard-file": options.shard_file})
    shards = read_shard_files(options.paths, FORM)
    by_file: dict[tuple[int, str], list[TestedShare]] = {}
    for shard in shards:
        for one in shard.found["files"]:
            by_file.setdefault((one.number, one.file), []).append(one)
    ran = [
        put_together(
            Input(called, called), tuple(chain(*(one.wrong for one in each))), chain(*(one.parts for one in each))
        )
        for (_, called), each in sorted(by_file.items())
    ]
    return ran, [one for shard in shards for one in shard.found["listed"]]
