"""Entries of the ledger, and the chain of hashes that shows whether one was changed, left out or put in.

Invariant: an entry holds no secret, and, unless the settings say so, no telephone number that is known to be one
(`callouts` says which of a backend's values are).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping

from recpol.base.record import Record, field
from recpol.base.typing import Any, Literal

EntryKind = Literal[
    "started", "stopped", "sent", "requested", "confirmed", "unconfirmed", "finished", "available", "failed", "ended",
    "trouble", "pruned", "begun", "pressed",
]  # fmt: skip
"""What an entry says: a server starts or stops; a document was sent; a request was made, and its end was confirmed or
not; the platform told that a recording finished, is available or failed, or that the call ended; an answer could not be
given; entries were taken out because they are old enough; the platform took the request that began the call; a key
was pressed during a phase, whose request is sent when that has ended."""

FIRST = "0" * 64
"""The hash before the first entry."""


class LedgerEntry(Record):
    """What happened: `at` in seconds since 1970, the call's id, and data that JSON can hold.

    `key` is unique where it is not empty: an entry with the key of another is a second delivery, and is not kept.
    """

    at: float
    call: str
    kind: EntryKind
    data: Mapping[str, Any] = field(repr=False)
    key: str = ""


class KeptEntry(Record):
    """An entry in the ledger: its number, and the hash of it and all before it."""

    number: int
    entry: LedgerEntry
    hash: str


ACCEPTED = frozenset((200, 202, 204))
"""The statuses of a request that the platform took (Voice API v1 and v2 OpenAPI)."""


def is_refused(status: int) -> bool:
    """Whether an answer says that a request did not act; of one that is neither this nor `ACCEPTED`, nobody knows."""
    return 300 <= status < 500 or status == 503


def changes_the_talk(entry: LedgerEntry) -> bool:
    """Whether a document came with which a call went on: a reply, or a request that the platform took, but for those
    that begin and end a phase within the same talk."""
    if not entry.data.get("file"):
        return False
    taken = entry.kind == "requested" and entry.data.get("status") in ACCEPTED and len(entry.data.get("name", ())) == 1
    return entry.kind in ("sent", "begun") or taken


def started_with(kept: Iterable[KeptEntry]) -> dict[str, str]:
    """The values that the backend gave when it began a call, as far as its entries keep them."""
    begun = (one.entry.data.get("start") for one in kept if one.entry.kind == "begun")
    return {str(name): str(value) for found in begun if isinstance(found, Mapping) for name, value in found.items()}


_ENCODER = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def written(data: Mapping[str, Any]) -> str:
    """The data of an entry as it is stored and hashed: the same text for the same data."""
    return _ENCODER.encode(data)


def chained(before: str, number: int, entry: LedgerEntry, data: str) -> str:
    """The hash of an entry: SHA-256 over the hash before it and everything it says; `data` is `written`."""
    said = json.dumps([number, entry.at, entry.call, entry.kind, data, entry.key], ensure_ascii=True)
    return hashlib.sha256(f"{before}\n{said}".encode()).hexdigest()


EntryRow = tuple[int, float, str, EntryKind, str, str, str]
"""An entry as a row of a table: number, moment, call, kind, data as text, key, hash."""


def rows_of(entries: Iterable[LedgerEntry], latest: tuple[int, str] | None, known: set[str]) -> Iterator[EntryRow]:
    """Entries as they go on from the latest number and hash, None in an empty ledger; those with a key that is `known`
    are left out, and each key is known then."""
    number, before = latest or (0, FIRST)
    for entry in entries:
        if entry.key in known:
            continue
        if entry.key:
            known.add(entry.key)
        number += 1
        data = written(entry.data)
        before = chained(before, number, entry, data)
        yield number, entry.at, entry.call, entry.kind, data, entry.key, before


LedgerHead = tuple[int, str]
"""The number and the hash of a ledger's last entry at some moment, kept somewhere else."""


def broken(kept: Iterable[KeptEntry], head: LedgerHead | None = None) -> Iterator[str]:
    """What is wrong with a chain, entry by entry; the first entry of a pruned ledger says what stood before it.

    A chain shows neither that its end was cut off, nor that all of it was written anew. A `head` that was noted earlier
    does, for all entries up to it.
    """
    before, number = FIRST, 0
    found: str | None = None
    for one in kept:
        if head is not None and one.number == head[0]:
            found = one.hash
        if one.entry.kind == "pruned" and number == 0:
            number, before = one.number, one.hash
            if one.entry.data.get("through") != number or one.entry.data.get("hash") != before:
                yield f"entry {one.number}: the mark of what was taken out does not fit its place"
            continue
        if one.number != number + 1:
            yield f"entries {number + 1} to {one.number - 1} are missing"
        elif one.hash != chained(before, one.number, one.entry, written(one.entry.data)):
            yield f"entry {one.number} was changed, or one before it"
        number, before = one.number, one.hash
    if head is not None and found is None and number > head[0]:
        yield f"the head {head[0]} was taken out since: what came before it is not known; note a later head"
    elif head is not None and found is None:
        yield f"the ledger ends at entry {number}, and once had {head[0]}: its end was cut off, or it is another one"
    elif head is not None and found != head[1]:
        yield f"entry {head[0]} is not the one that once stood there: the ledger was written anew"
