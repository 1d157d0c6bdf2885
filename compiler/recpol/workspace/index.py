"""The index of an output folder, `OUT/index.json`: which policy, and of which tenant, answers which number.

There is one where a policy says what it answers (`answers`). A run over the whole project makes it anew, so that a
policy that was removed leaves it; a run over some files renews what these answer. A policy that could not be written
keeps what the index says of it, as its folder keeps its files.

Invariant: the same policies give the same bytes; no number leads to two policies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence

from recpol.base.record import Record, field
from recpol.base.typing import Any
from recpol.compilation import json_bytes
from recpol.rules.policy.answering import AnsweringPolicy
from recpol.targets.filenames import MANIFEST
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import here, shown
from recpol.workspace.saving import save
from recpol.workspace.trees import content

INDEX = "index.json"

TenantPolicy = tuple[str, str]
"""The names of a tenant (empty without) and of a policy."""


class IndexEntry(Record):
    """A policy: its tenant (empty without), its folder for each target, and what it answers."""

    policy: str
    tenant: str
    folders: Mapping[str, str]
    numbers: tuple[str, ...] = ()
    applications: tuple[str, ...] = field(default=())

    @property
    def key(self) -> TenantPolicy:
        """What tells it apart in an index."""
        return self.tenant, self.policy


def entry(answers: AnsweringPolicy, folders: Mapping[str, str]) -> IndexEntry:
    """The entry of a policy that is written to these folders."""
    numbers = tuple(dict.fromkeys(line.name for line in answers.lines if line.kind == "number"))
    keys = tuple(dict.fromkeys(line.name for line in answers.lines if line.kind == "application"))
    return IndexEntry(answers.policy, answers.tenant, folders, numbers, keys)


def index_document(entries: Iterable[IndexEntry]) -> dict[str, Any]:
    """The index as a JSON document (`schemas/index.schema.json`), in the order of names and numbers."""
    listed = sorted(entries, key=lambda one: one.key)
    named = {one.key: {"policy": one.policy, **({"tenant": one.tenant} if one.tenant else {})} for one in listed}
    numbers = sorted((number, one.key) for one in listed for number in one.numbers)
    keys = sorted((key, one.key) for one in listed for key in one.applications)
    return {
        "indexVersion": 1,
        "numbers": {number: named[key] for number, key in numbers},
        "applications": {name: named[key] for name, key in keys},
        "policies": [{**named[one.key], "folders": dict(sorted(one.folders.items()))} for one in listed],
    }


def renewed(
    out: str, entries: Sequence[IndexEntry], unwritten: Collection[TenantPolicy], *, whole: bool
) -> bytes | None:
    """The index after a run that wrote these policies and could not write others; None where none is needed.

    Raises `CannotRun` where a policy of the run answers what another one does that the run is not about.
    """
    old = _read(out)
    mine = {one.key for one in entries}
    kept = [
        one
        for one in old or ()
        if one.key not in mine and (one.key in unwritten or not whole) and _is_there(out, one.folders.values())
    ]
    _refuse_taken(out, entries, kept)
    after = [*entries, *kept]
    if old is None and not any(one.numbers or one.applications for one in after):
        return None
    return json_bytes(index_document(after))


def write_index(out: str, data: bytes | None) -> bool:
    """Write the index, if it is not there so already; whether it was."""
    path = os.path.join(out, INDEX)
    if data is None or _content(path) == data:
        return False
    save(path, data.decode("utf-8"), "make the output folder writable, and compile again", anew=True)
    return True


def is_stale(out: str, data: bytes | None) -> bool:
    """Whether the index on disk is not what a run would leave."""
    return data is not None and _content(os.path.join(out, INDEX)) != data


def share_is_stale(
    out: str,
    entries: Sequence[IndexEntry],
    unwritten: Collection[TenantPolicy],
    everybody: Collection[TenantPolicy] | None,
) -> bool:
    """Whether the index on disk says of some policies of a run what the run would not leave.

    `everybody` are all policies of a whole run, for the one shard that looks for others; else None. The index is up to
    date where it is so for every shard.
    """
    old = _read(out)
    if old is None:
        return any(one.numbers or one.applications for one in entries)
    there = {one.key: one for one in old}
    return (
        any(index_document([there[one.key]] if one.key in there else []) != index_document([one]) for one in entries)
        or any(one in there and not _is_there(out, there[one].folders.values()) for one in unwritten)
        or (everybody is not None and any(one not in everybody for one in there))
        or json_bytes(index_document(old)) != _content(os.path.join(out, INDEX))
    )


def _content(path: str) -> bytes | None:
    try:
        return content(path)
    except NotADirectoryError:
        return None  # the output folder is a file, which the writing of folders says
    except OSError as problem:
        raise CannotRun(f"cannot read `{shown(path, here())}`: {in_words(problem)}") from None


def _is_there(out: str, folders: Iterable[str]) -> bool:
    return all(disk.isfile(os.path.join(out, folder, MANIFEST)) for folder in folders)


def _refuse_taken(out: str, entries: Sequence[IndexEntry], kept: Sequence[IndexEntry]) -> None:
    taken = {name: one for one in kept for name in (*one.numbers, *one.applications)}
    for one in entries:
        for name in (*one.numbers, *one.applications):
            if name in taken:
                path = shown(os.path.join(out, INDEX), here())
                raise CannotRun(
                    f"`{one.policy}` and `{taken[name].policy}`, which is in `{path}`, both answer `{name}`",
                    "take it out of one of them, and compile the whole project",
                )


def _read(out: str) -> list[IndexEntry] | None:
    """The entries of the index on disk; None where there is none, and empty where it cannot be read."""
    data = _content(os.path.join(out, INDEX))
    if data is None:
        return None
    try:
        found = json.loads(data)
        answered: dict[TenantPolicy, dict[str, list[str]]] = {}
        for kind in ("numbers", "applications"):
            for name, to in found[kind].items():
                answered.setdefault((to.get("tenant", ""), to["policy"]), {}).setdefault(kind, []).append(name)
        return [
            IndexEntry(
                *(one["policy"], one.get("tenant", ""), dict(one["folders"])),
                *(tuple(answered.get((one.get("tenant", ""), one["policy"]), {}).get(kind, ())) for kind in _KINDS),
            )
            for one in found["policies"]
        ]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return []


_KINDS = ("numbers", "applications")
