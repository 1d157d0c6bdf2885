"""The ledger in PostgreSQL, for several hosts: the same entries and the same chain as in a file.

Invariant: one writer at a time goes on with the chain (an advisory lock that the transaction holds); what `write`
returned from is committed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Json

from recpol.base.typing import Any
from recpol.runtime.entries import KeptEntry, LedgerEntry, rows_of

_LOCK = 0x7265_6370  # "recp"
"""The number of the advisory lock that the writers of a ledger share."""

_THERE = 0x7265_6371
"""The number of the advisory lock that each server holds, on all of its connections, as long as it runs."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS recpol_entries (
  number bigint PRIMARY KEY, at double precision NOT NULL, call text NOT NULL, kind text NOT NULL,
  data json NOT NULL, key text NOT NULL, hash text NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS recpol_entries_key ON recpol_entries (key) WHERE key <> '';
CREATE INDEX IF NOT EXISTS recpol_entries_call ON recpol_entries (call, number);
CREATE OR REPLACE FUNCTION recpol_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN
    IF TG_OP = 'DELETE' AND current_setting('recpol.prune', true) = 'on' THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'entries of the ledger are never changed';
  END $$;
CREATE OR REPLACE TRIGGER recpol_entries_stay BEFORE UPDATE OR DELETE ON recpol_entries
  FOR EACH ROW EXECUTE FUNCTION recpol_entries_stay();
"""

_ROW = "number, at, call, kind, data, key, hash"

KNOWN_KEYS = "SELECT key FROM recpol_entries WHERE key = ANY(%s) AND key <> ''"
"""What asks for the keys that are there already. `key <> ''` is what the index holds: without it, a plan for any keys
reads all rows."""

_WHICH = ("service", "host", "hostaddr", "port", "dbname", "user", "options")
"""What of an address says which ledger is meant: a user, or options, may have a schema of their own."""


def named_after(where: str) -> str:
    """A name for the database of an address, the same for each way to write it, with what the environment adds
    (`PGHOST` and the like). No secret goes into it. Raises `psycopg.Error` where the address is none."""
    given = conninfo_to_dict(where)
    others = {one.keyword.decode(): one.val.decode() for one in psycopg.pq.Conninfo.get_defaults() if one.val}
    which = [str(given.get(name, others.get(name, ""))) for name in _WHICH]
    return hashlib.sha256(json.dumps(which).encode()).hexdigest()[:12]


class LedgerDatabase:
    """A ledger in a database; for one thread at a time. Raises `psycopg.Error` where it cannot be used.

    `serves` is whether this is a server's: others that come see that it is there.
    """

    def __init__(self, where: str, *, serves: bool = False) -> None:
        self._database = psycopg.connect(where, connect_timeout=2, autocommit=True)
        try:
            with self._database.transaction():
                self._locked()
                self._database.execute(_SCHEMA)
            if serves:
                self._database.execute("SELECT pg_advisory_lock_shared(%s)", (_THERE,))
        except BaseException:
            self._database.close()
            raise

    def _locked(self) -> None:
        self._database.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))

    def write(self, entries: Sequence[LedgerEntry]) -> None:
        """Append entries in one transaction; those whose key is there already are left out."""
        with self._database.transaction():
            self._locked()
            row = self._database.execute(
                "SELECT number, hash FROM recpol_entries ORDER BY number DESC LIMIT 1"
            ).fetchone()
            keys = [entry.key for entry in entries if entry.key]
            found = self._database.execute(KNOWN_KEYS, (keys,))
            known = {key for (key,) in found}
            rows = rows_of(entries, row, known)
            with self._database.cursor() as cursor:
                cursor.executemany(f"INSERT INTO recpol_entries ({_ROW}) VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)

    def tidy(self) -> None:
        """Nothing: PostgreSQL does that by itself."""

    def of_call(self, call: str) -> list[KeptEntry]:
        """All entries of a call, the first ones first."""
        wanted = f"SELECT {_ROW} FROM recpol_entries WHERE call = %s ORDER BY number"
        return [_kept(row) for row in self._database.execute(wanted, (call,))]

    def last(self) -> tuple[int, str] | None:
        """The number and the hash of the last entry; None where there is none."""
        asked = "SELECT number, hash FROM recpol_entries ORDER BY number DESC LIMIT 1"
        row = self._database.execute(asked).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def latest(self) -> float | None:
        """The moment of the last entry; None where there is none."""
        row = self._database.execute("SELECT at FROM recpol_entries ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else float(row[0])

    def all(self, *, by_call: bool = False) -> Iterator[KeptEntry]:
        """All entries in order; `by_call` puts those of a call side by side."""
        order = 'call COLLATE "C", number' if by_call else "number"
        with self._database.transaction(), self._database.cursor(name="recpol_all") as cursor:
            cursor.execute(f"SELECT {_ROW} FROM recpol_entries ORDER BY {order}")
            for row in cursor:
                yield _kept(row)

    def prune(self, before: float, now: float) -> int:
        """Take out what is older than a moment, from the first entry on, and leave a mark in its place."""
        with self._database.transaction():
            self._locked()
            asked = "SELECT min(number) FROM recpol_entries WHERE at >= %s"
            (first,) = self._database.execute(asked, (before,)).fetchone() or (None,)
            (last,) = self._database.execute("SELECT max(number) FROM recpol_entries").fetchone() or (None,)
            through = last if first is None else first - 1
            found = self._database.execute(
                "SELECT hash, kind FROM recpol_entries WHERE number = %s", (through,)
            ).fetchone()
            if found is None or found[1] == "pruned":
                return 0
            self._database.execute("SET LOCAL recpol.prune = 'on'")
            count = self._database.execute("DELETE FROM recpol_entries WHERE number <= %s", (through,)).rowcount
            data = {"through": through, "hash": found[0], "entries": count}
            self._database.execute(
                f"INSERT INTO recpol_entries ({_ROW}) VALUES (%s, %s, '', 'pruned', %s, '', %s)",
                (through, now, Json(data), found[0]),
            )
            return count

    def close(self) -> None:
        """Close the connection; nothing may follow."""
        self._database.close()


class DatabasePresence:
    """A server of a database that is there. `alone` is whether it was the only one when it came.

    The database lets go of the lock when the connections of the server end, however they end; of a host that vanished
    it may take hours to notice that, and another server that comes meanwhile is taken not to be alone.
    """

    def __init__(self, where: str) -> None:
        self._database = psycopg.connect(where, connect_timeout=2, autocommit=True)
        row = self._database.execute("SELECT pg_try_advisory_lock(%s)", (_THERE,)).fetchone()
        self.alone: bool | None = row is not None and bool(row[0])
        self._database.execute("SELECT pg_advisory_lock_shared(%s)", (_THERE,))
        if self.alone:
            self._database.execute("SELECT pg_advisory_unlock(%s)", (_THERE,))

    def close(self) -> None:
        """It goes."""
        self._database.close()


def _kept(row: Any) -> KeptEntry:
    number, at, call, kind, data, key, made = row
    return KeptEntry(number, LedgerEntry(at, call, kind, data, key), made)
