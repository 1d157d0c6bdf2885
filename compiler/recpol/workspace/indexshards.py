"""What a sharded compilation leaves beside the policies, and the shards of one build to its index.

A shard writes the folders of its own policies, and `OUT/index.shard-K-of-N.json`: what the index is to say of them.
With the files of all shards in one folder, `complete` writes `OUT/index.json` and takes them away: the folder is then
as one run would have left it.

Invariant: a shard touches no folder but those of its own policies; an index is written for all shards, or not at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from recpol.base.record import Record
from recpol.base.records import classes_of
from recpol.base.typing import Any
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import here, shown
from recpol.workspace.index import IndexEntry, TenantPolicy, renewed, write_index
from recpol.workspace.shardfiles import ShardForm, read_shard_files, write_shard_file
from recpol.workspace.shards import Shard

CLASSES = classes_of((IndexEntry,))
"""What the file of a shard holds."""

_NAME = re.compile(r"index\.shard-[0-9]+-of-[0-9]+\.json")


class CompletedBuild(Record):
    """A build of so many shards: whether the index is new, how many policies it has, and how many were not written."""

    shards: int
    renewed: bool
    entries: int
    unwritten: int
    failed: bool


def _form(version: str) -> ShardForm:
    return ShardForm("compile", version, CLASSES, in_output=True)


def shard_index(shard: Shard) -> str:
    """The name of the file that a shard leaves in the output folder."""
    return f"index.shard-{shard.number}-of-{shard.count}.json"


def write_shard_index(
    out: str,
    version: str,
    shard: Shard,
    state: str,
    about: Mapping[str, Any],
    entries: Sequence[IndexEntry],
    unwritten: Collection[TenantPolicy],
    *,
    failed: bool,
    stopped: bool,
) -> None:
    """Leave what the index is to say of a shard's policies in the output folder, which is made where it is missing.

    `failed` is whether the shard's exit status says so, `stopped` whether the run writes nothing at all. Raises
    `CannotRun`.
    """
    found = {
        "entries": sorted(entries, key=lambda one: one.key), "unwritten": sorted(unwritten), "failed": failed,
        "stopped": stopped,
    }  # fmt: skip
    try:
        os.makedirs(out, exist_ok=True)
    except OSError as problem:
        raise CannotRun(
            f"cannot write to `{shown(out, here())}`: {in_words(problem)}", "choose another folder with `-o`"
        ) from None
    write_shard_file(os.path.join(out, shard_index(shard)), _form(version), shard, state, about, found)


def complete(out: str, version: str) -> CompletedBuild:
    """Write the index of a build from the files that its shards have left, and take these away; raises `CannotRun`.

    `version` is that of recpol.
    """
    disk.spoil()
    place = shown(out, here())
    names = sorted(name for name in disk.listdir(out) if _NAME.fullmatch(name)) if disk.isdir(out) else []
    if not names:
        raise CannotRun(
            f"no shard has written to `{place}`", "run `recpol compile --shard K/N` first, or name its folder with `-o`"
        )
    paths = [os.path.join(out, name) for name in names]
    shards = read_shard_files([shown(path, here()) for path in paths], _form(version))
    entries: list[IndexEntry] = [one for shard in shards for one in shard.found["entries"]]
    unwritten: list[TenantPolicy] = [one for shard in shards for one in shard.found["unwritten"]]
    _refuse_missing(out, entries)
    new = False
    if not any(shard.found["stopped"] for shard in shards):
        data = renewed(out, entries, frozenset(unwritten), whole=shards[0].about["whole"])
        new = write_index(out, data)
    for path in paths:
        os.unlink(path)
    with suppress(OSError):  # it is not empty
        os.rmdir(out)
    failed = any(shard.found["failed"] for shard in shards)
    return CompletedBuild(len(shards), new, len(entries), len(unwritten), failed)


def _refuse_missing(out: str, entries: Sequence[IndexEntry]) -> None:
    for one in entries:
        for folder in one.folders.values():
            path = os.path.join(out, folder)
            if not disk.isdir(path):
                raise CannotRun(
                    f"`{shown(path, here())}` is missing, which a shard has written",
                    "copy the folders of all shards together, with all that is in them",
                )
