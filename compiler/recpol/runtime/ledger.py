"""The ledger at work: one thread writes, many wait, and what cannot be written is spooled.

Entries that come while a transaction is written go into the next one together, so that many calls share the time that
a disk takes.

Invariant: an entry whose future is done is on the disk, in the ledger or in the spool beside it; nothing that was
taken is dropped while the server runs. What neither disk has taken when it ends is told by an alarm, and its future is
cancelled.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import astuple

from recpol.base.typing import Protocol
from recpol.runtime.entries import KeptEntry, LedgerEntry

LARGEST_BATCH = 500
"""How many entries go into one transaction at most."""

RETRY_SECONDS = 1.0
"""How long after a failure the ledger is tried again."""

LAST_TRIES = 3
"""How often a server that ends tries to write what neither the ledger nor the spool takes."""

Alarm = Callable[[str, str], None]
"""Told of trouble: its name, and a sentence without secrets."""


class LedgerBatch:
    """Entries that are written together; `future` becomes true when they are in the ledger, false when they are in the
    spool."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self.future: Future[bool] = Future()


class LedgerStore(Protocol):
    """Where entries are kept: SQLite or PostgreSQL."""

    def write(self, entries: Sequence[LedgerEntry]) -> None:
        """Append entries, all or none."""

    def tidy(self) -> None:
        """Do what has to be done from time to time, after a `write` and before the next."""

    def of_call(self, call: str) -> Sequence[KeptEntry]:
        """All entries of a call."""

    def latest(self) -> float | None:
        """The moment of the last entry; None where there is none."""

    def all(self, *, by_call: bool = False) -> Iterator[KeptEntry]:
        """All entries in order, or call by call."""

    def close(self) -> None:
        """Let go of it."""


class Ledger:
    """A ledger that is written by one thread. `opened` makes the store, anew after each failure.

    `spool` is the file that entries go to while the store fails; `alarm` is told of each beginning of such a time.
    """

    def __init__(self, opened: Callable[[], LedgerStore], spool: str, alarm: Alarm) -> None:
        self._opened, self._spool, self._alarm = opened, spool, alarm
        self._waiting: queue.SimpleQueue[LedgerBatch | None] = queue.SimpleQueue()
        self._open: LedgerBatch | None = None
        self._lock = threading.Lock()
        self._store: LedgerStore | None = None
        self._failing = False
        self._told: Callable[[Future[bool]], None] | None = None
        self._reading = threading.Lock()
        self._reader: LedgerStore | None = None
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="recpol-ledger", daemon=True)
        self._thread.start()

    def append(self, entries: Iterable[LedgerEntry]) -> Future[bool]:
        """Take entries. The future, which all have that are written together, becomes true when they and those taken
        before are in the ledger, false where they are in the spool."""
        with self._lock:
            batch = self._open
            if batch is None or len(batch.entries) >= LARGEST_BATCH:
                batch = self._open = LedgerBatch()
                self._waiting.put(batch)
            batch.entries += entries
        return batch.future

    def flushed(self) -> Future[bool]:
        """A future that becomes true when everything taken before is in the ledger, false where it is elsewhere."""
        return self.append(())

    def tell(self, told: Callable[[Future[bool]], None]) -> None:
        """Have a function told, in the ledger's thread, of each future that is done."""
        self._told = told

    def of_call(self, call: str) -> Sequence[KeptEntry]:
        """All entries of a call that are in the ledger; raises what the store raises."""
        return self._read(lambda store: store.of_call(call))

    def all(self, *, by_call: bool = False) -> Sequence[KeptEntry]:
        """All entries that are in the ledger, in order or call by call; raises what the store raises."""
        return self._read(lambda store: list(store.all(by_call=by_call)))

    def _read(self, ask: Callable[[LedgerStore], Sequence[KeptEntry]]) -> Sequence[KeptEntry]:
        with self._reading:
            if self._reader is None:
                self._reader = self._opened()
            try:
                return ask(self._reader)
            except Exception:
                self._reader = None
                raise

    def close(self) -> None:
        """Write what waits, and stop."""
        self._ending = True
        self._waiting.put(None)  # who waits for entries looks at it
        self._thread.join()
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    @property
    def failing(self) -> bool:
        """Whether entries go to the spool at the moment."""
        return self._failing

    def _run(self) -> None:
        stuck: LedgerBatch | None = None  # what neither disk takes stays in memory, before all that follows
        tries = 0
        while stuck is not None or not (self._ending and self._waiting.empty()):
            batch = self._next() if stuck is None else stuck
            if batch is None:
                continue
            stuck = None if self._write(batch) else batch
            if stuck is None:
                continue
            tries += self._ending
            if tries == LAST_TRIES:
                self._give_up(stuck)
                break
            time.sleep(RETRY_SECONDS)
        if self._store is not None:
            self._store.close()

    def _next(self) -> LedgerBatch | None:
        """What waits, at least for a second."""
        try:
            batch = self._waiting.get(timeout=RETRY_SECONDS)
        except queue.Empty:
            if self._failing or os.path.exists(self._spool):
                self._drain()
            return None
        with self._lock:  # what comes from now on goes into another
            if self._open is batch:
                self._open = None
        return batch

    def _give_up(self, stuck: LedgerBatch) -> None:
        """At the end, let go of what neither the ledger nor the spool has taken."""
        lost: list[LedgerBatch | None] = [stuck]
        while not self._waiting.empty():
            lost.append(self._waiting.get())
        batches = [batch for batch in lost if batch is not None]
        for batch in batches:
            batch.future.cancel()
        entries = sum(len(batch.entries) for batch in batches)
        self._alarm("entries-lost", f"the server ended, and {entries} entries could be written nowhere")

    def _write(self, batch: LedgerBatch) -> bool:
        """Whether the ledger or the spool has taken a batch; who waits for it is told."""
        if self._failing:
            self._drain()
        kept = False
        if not self._failing:
            try:
                self._ready().write(batch.entries)
                kept = True
            except Exception as problem:  # noqa: BLE001  whatever the store raises, entries are not lost
                self._fail(problem)
        if not kept and not self._to_spool(batch.entries):
            return False
        if batch.future.set_running_or_notify_cancel():
            batch.future.set_result(kept)
        if self._told is not None:
            self._told(batch.future)
        if kept:
            self._tidy()
        return True

    def _tidy(self) -> None:
        try:
            self._ready().tidy()
        except Exception as problem:  # noqa: BLE001  whatever the store raises, entries are not lost
            self._fail(problem)

    def _ready(self) -> LedgerStore:
        if self._store is None:
            self._store = self._opened()
            self._from_spool(self._store)
        return self._store

    def _fail(self, problem: Exception) -> None:
        if self._store is not None:
            try:
                self._store.close()
            except Exception as closing:  # noqa: BLE001  it is let go of in any case
                problem = closing
            self._store = None
        if not self._failing:
            self._failing = True
            self._alarm(
                "ledger-failing", f"the ledger cannot be written ({type(problem).__name__}); entries are spooled"
            )

    def _drain(self) -> None:
        """Try the store again; what is in the spool goes in first."""
        try:
            self._from_spool(self._ready())
        except Exception as problem:  # noqa: BLE001  the next try is a second away
            self._fail(problem)
            return
        if self._failing:
            self._failing = False
            self._alarm("ledger-back", "the ledger can be written again; what was spooled is in it")

    def _to_spool(self, entries: Sequence[LedgerEntry]) -> bool:
        lines = "".join(json.dumps(astuple(entry)) + "\n" for entry in entries).encode()
        try:
            handle = _locked(self._spool)
            try:
                while lines:
                    lines = lines[os.write(handle, lines) :]
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            self._alarm(
                "spool-failing", f"the spool cannot be written ({problem.strerror}); entries are in memory only"
            )
            return False
        return True

    def _from_spool(self, store: LedgerStore) -> None:
        """Move the spool into the store; a line that was cut off by a crash was never promised."""
        if not os.path.exists(self._spool):
            return
        handle = _locked(self._spool)
        with open(handle, encoding="utf-8", closefd=True) as file:
            entries = [entry for line in file if (entry := _spooled(line)) is not None]
            for start in range(0, len(entries), LARGEST_BATCH):
                store.write(entries[start : start + LARGEST_BATCH])
            os.unlink(self._spool)


def _locked(path: str) -> int:
    """A file to append to and read, held against other processes until it is closed; raises `OSError`.

    Who moved the spool has deleted it: a handle on the deleted file is not written to.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _spooled(line: str) -> LedgerEntry | None:
    """An entry of the spool. A key makes sure that it comes into the ledger once, if the server dies between."""
    try:
        at, call, kind, data, key = json.loads(line)
        return LedgerEntry(
            float(at), str(call), kind, data, str(key) or f"spool:{hashlib.sha256(line.encode()).hexdigest()}"
        )
    except (ValueError, TypeError):
        return None


def answered(future: Future[bool], seconds: float) -> bool | None:
    """Wait for a future at most so long: true, false, or None where it is not done, or was let go of."""
    try:
        return future.result(seconds)
    except (TimeoutError, CancelledError):
        return None
