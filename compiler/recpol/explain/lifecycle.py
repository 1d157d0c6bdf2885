"""What stores promise about time, as the settings of the storage that would do it.

`keep … to N` and `keep up to N` are what a lifecycle rule does: it deletes. `keep N` is what a lifecycle rule cannot
do: nothing may be deleted earlier, which is a retention policy (Amazon S3 calls it Object Lock). Both are printed, by
bucket or container; nobody but the owner of the storage can put them there.

The forms are those of the providers: S3's lifecycle and Object Lock configuration, the bucket of Cloud Storage's JSON
API, and the management policy and immutability policy of Azure Storage.

Invariant: a rule names no file that the store does not, and deletes nothing before its store allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from recpol.analysis.program import Program
from recpol.analysis.retention import fewest_days, most_days
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record
from recpol.syntax import tree
from recpol.targets.reply import Json

SLACK = 2
"""By how many days a deletion comes earlier than it must: storages round to midnight, and delete some time after."""


class KeptFolder(Record):
    """A folder of a bucket or container: after how many days its files are deleted, and up to when they are not."""

    store: str
    bucket: str
    prefix: str
    deleted_after: int | None
    kept_for: int | None


class Lifecycle(Record):
    """The settings by bucket, and what has to be said about them."""

    settings: Json
    notes: tuple[str, ...]


def lifecycle(programs: Iterable[Program], storage: str) -> Lifecycle:
    """The settings of one kind of storage (`s3`, `gs` or `azure`) that do what the stores of policies promise."""
    notes: list[str] = []
    found: dict[str, list[KeptFolder]] = {}
    for program in programs:
        for name, store in program.names.stores.items():
            folder = _folder(program, name, store, storage, notes)
            if folder is not None and folder not in found.setdefault(folder.bucket, []):
                found[folder.bucket].append(folder)
    settings = {bucket: _settings(storage, folders) for bucket, folders in sorted(found.items())}
    if any(folder.kept_for is not None for folders in found.values() for folder in folders):
        notes.append(
            "a retention is of the whole bucket or container, and some can never be shortened: try it on an empty one"
        )
    return Lifecycle(settings, tuple(dict.fromkeys(notes)))


def _folder(program: Program, name: str, store: tree.Store, storage: str, notes: list[str]) -> KeptFolder | None:
    promise, url = store.promise("keep"), store.field("url")
    if url is None or not isinstance(url.value, tree.Text):
        return None
    scheme, mark, path = program.fill(url.value).partition("?")[0].partition("://")  # the rest may be a signature
    if scheme.lower() != storage or not mark:
        return None
    if promise is None or not isinstance(promise.value, tree.Retention):
        notes.append(f"the store `{name}` does not state how long its recordings are kept")
        return None
    if any(isinstance(piece, Placeholder) and program.variable(piece) is None for piece in url.value.pieces):
        notes.append(f"the store `{name}` has no settings: its URL is known only later")
        return None
    parts = path.split("/", 2 if storage == "azure" else 1)
    bucket = "/".join(parts[:2]) if storage == "azure" else parts[0]
    prefix = parts[-1] if len(parts) == (3 if storage == "azure" else 2) else ""
    if not prefix:
        notes.append(f"the store `{name}` has the whole of `{bucket}`: its rule is about every file there")
    kept = promise.value
    after: int | None = None
    if kept.most is not None:
        after = most_days(kept.least) if kept.least is not None else max(1, fewest_days(kept.most) - SLACK)
    return KeptFolder(name, bucket, prefix, after, None if kept.least is None else most_days(kept.least))


def _settings(storage: str, folders: list[KeptFolder]) -> Json:
    deleted = [folder for folder in folders if folder.deleted_after is not None]
    kept = max((folder.kept_for for folder in folders if folder.kept_for is not None), default=None)
    lifecycle_of, retention_of = _FORMS[storage]
    return {
        **({"lifecycle": lifecycle_of(deleted)} if deleted else {}),
        **({"retention": retention_of(kept)} if kept is not None else {}),
    }


def _s3(folders: list[KeptFolder]) -> Json:
    rules = [
        {
            "ID": f"recpol-{folder.store}",
            "Filter": {"Prefix": folder.prefix},
            "Status": "Enabled",
            "Expiration": {"Days": folder.deleted_after},
        }
        for folder in folders
    ]
    return {"Rules": rules}


def _s3_lock(days: int) -> Json:
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}}


def _gs(folders: list[KeptFolder]) -> Json:
    rules = [
        {
            "action": {"type": "Delete"},
            "condition": {
                "age": folder.deleted_after,
                **({"matchesPrefix": [folder.prefix]} if folder.prefix else {}),
            },
        }
        for folder in folders
    ]
    return {"rule": rules}


def _gs_retention(days: int) -> Json:
    return {"retentionPolicy": {"retentionPeriod": str(days * 86_400)}}


def _azure(folders: list[KeptFolder]) -> Json:
    rules = [
        {
            "enabled": True,
            "name": f"recpol-{folder.store}",
            "type": "Lifecycle",
            "definition": {
                "filters": {
                    "blobTypes": ["blockBlob"],
                    "prefixMatch": [f"{folder.bucket.rpartition('/')[2]}/{folder.prefix}"],
                },
                "actions": {"baseBlob": {"delete": {"daysAfterCreationGreaterThan": folder.deleted_after}}},
            },
        }
        for folder in folders
    ]
    return {"rules": rules}


def _azure_lock(days: int) -> Json:
    return {"properties": {"immutabilityPeriodSinceCreationInDays": days}}


_FORMS: dict[str, tuple[Callable[[list[KeptFolder]], Json], Callable[[int], Json]]] = {
    "s3": (_s3, _s3_lock),
    "gs": (_gs, _gs_retention),
    "azure": (_azure, _azure_lock),
}

STORAGES = tuple(_FORMS)
"""The kinds of storage, by the schemes of their URLs."""
