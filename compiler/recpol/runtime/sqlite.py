"""The ledger in a file of SQLite: append-only by triggers, safe for several processes of one host.

Invariant: what `write` returned from is on the disk (`synchronous=FULL`), wholly or not at all.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence

from recpol.runtime.entries import KeptEntry, LedgerEntry, rows_of, written

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  number INTEGER PRIMARY KEY, at REAL NOT NULL, call TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
  key TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS entries_key ON entries (key) WHERE key <> '';
CREATE INDEX IF NOT EXISTS entries_call ON entries (call, number);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries
  BEGIN SELECT raise(ABORT, 'entries of the ledger are never changed'); END;
"""

_REMAIN = """
CREATE TRIGGER IF NOT EXISTS entries_remain BEFORE DELETE ON entries
  BEGIN SELECT raise(ABORT, 'entries of the ledger are never deleted'); END
"""

_ROW = "number, at, call, kind, data, key, hash"

CHECKPOINT_ENTRIES = 1_000
"""After how many entries what is in the log beside the file (`-wal`) goes into the file."""

WAIT_SECONDS = 2.0
"""How long a write waits for another process that holds the file."""


class LedgerGone(Exception):
    """The file of a ledger was deleted, moved or replaced while it was open: what is written there, nobody finds."""


class LedgerFile:
    """A ledger in a file; for one thread at a time. Raises `sqlite3.Error` where the file cannot be used, and on
    writing `LedgerGone`."""

    def __init__(self, path: str, *, read_only: bool = False, create: bool = True) -> None:
        mode = "ro" if read_only else "rwc" if create else "rw"
        name = f"file:{_escaped(path)}?mode={mode}"
        self._database = sqlite3.connect(
            name, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            if not read_only:
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=FULL")
                self._database.execute("PRAGMA wal_autocheckpoint=0")  # SQLite would do it before `write` returns
                self._database.executescript(_SCHEMA)
                self._database.execute(_REMAIN)
            self._path, self._file, self._in_log = path, _file(path), 0
            self._database.execute("SELECT number FROM entries LIMIT 1")
        except BaseException:
            self._database.close()
            raise

    def write(self, entries: Sequence[LedgerEntry]) -> None:
        """Append entries in one transaction; those whose key is there already are left out."""
        if _file(self._path) != self._file:
            raise LedgerGone
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        try:
            row = database.execute("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1").fetchone()
            keys = self._known([entry.key for entry in entries if entry.key])
            rows = rows_of(entries, row, keys)
            database.executemany(f"INSERT INTO entries ({_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        self._in_log += len(entries)

    def tidy(self) -> None:
        """Put into the file what the log beside it has, when it has grown: after those who waited have been told."""
        if self._in_log >= CHECKPOINT_ENTRIES:
            self._in_log = 0
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _known(self, keys: Sequence[str]) -> set[str]:
        """Those keys that are there already. `key <> ''` is what the index holds: without it SQLite reads all rows."""
        found: set[str] = set()
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            places = ", ".join("?" * len(some))
            asked = f"SELECT key FROM entries WHERE key IN ({places}) AND key <> ''"
            found.update(key for (key,) in self._database.execute(asked, some))
        return found

    def of_call(self, call: str) -> list[KeptEntry]:
        """All entries of a call, the first ones first."""
        return [
            _kept(row)
            for row in self._database.execute(f"SELECT {_ROW} FROM entries WHERE call = ? ORDER BY number", (call,))
        ]

    def last(self) -> tuple[int, str] | None:
        """The number and the hash of the last entry; None where there is none."""
        row = self._database.execute("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def latest(self) -> float | None:
        """The moment of the last entry; None where there is none."""
        row = self._database.execute("SELECT at FROM entries ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else float(row[0])

    def all(self, *, by_call: bool = False) -> Iterator[KeptEntry]:
        """All entries in order; `by_call` puts those of a call side by side."""
        order = "call, number" if by_call else "number"
        for row in self._database.execute(f"SELECT {_ROW} FROM entries ORDER BY {order}"):
            yield _kept(row)

    def prune(self, before: float, now: float) -> int:
        """Take out what is older than a moment, from the first entry on, and leave a mark in its place."""
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        try:
            row = database.execute("SELECT min(number) FROM entries WHERE at >= ?", (before,)).fetchone()
            last = (
                row[0] - 1 if row[0] is not None else database.execute("SELECT max(number) FROM entries").fetchone()[0]
            )
            found = database.execute("SELECT hash, kind FROM entries WHERE number = ?", (last,)).fetchone()
            count = 0
            if found is not None and found[1] != "pruned":
                database.execute("DROP TRIGGER entries_remain")
                count = database.execute("DELETE FROM entries WHERE number <= ?", (last,)).rowcount
                mark = LedgerEntry(now, "", "pruned", {"through": last, "hash": found[0], "entries": count})
                row_of_mark = (last, mark.at, mark.call, mark.kind, written(mark.data), "", found[0])
                database.execute(f"INSERT INTO entries ({_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?)", row_of_mark)
                database.execute(_REMAIN)
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        return count

    def close(self) -> None:
        """Close the file; nothing may follow."""
        self._database.close()


def _kept(row: tuple[int, float, str, str, str, str, str]) -> KeptEntry:
    number, at, call, kind, data, key, made = row
    return KeptEntry(number, LedgerEntry(at, call, kind, json.loads(data), key), made)  # type: ignore[arg-type]  # JSON and tables bring words, and only these


def _file(path: str) -> tuple[int, int] | None:
    """What tells a file from another that takes its place; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _escaped(path: str) -> str:
    """A path in a URI of SQLite."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
