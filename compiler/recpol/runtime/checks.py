"""The ledger against itself: which recordings are missing, which are too many, and what nobody confirmed.

Invariant: nothing is reported before its grace has passed, and nothing that an event of the platform leaves open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.runtime.entries import KeptEntry
from recpol.runtime.expectations import SOMEWHERE
from recpol.runtime.recorder import CallRecord, record_of

LONGEST_SECONDS = 86_400.0
"""How long after its latest event a call is taken to run that the platform has not told the end of. A talk with a
number lasts four hours at most (Callback API page, `maxDuration`); of rooms no limit is documented."""

GRACE_SECONDS = 600.0
"""How long a recording may take after the call; the platform documents nothing."""

CHECKS = {
    "overdue-finished": "a recording that is due has not been reported as finished",
    "overdue-available": "a recording that is due has not been delivered",
    "unconfirmed-stop": "a stop was asked for, and the platform did not confirm it",
    "outside-store": "a recording was delivered to another place than the document named",
    "overwritten": "two recordings were delivered to one place",
    "unexpected": "there is a recording that no document asked for",
    "ended-early": "a recording finished before the call ended, and before anything stopped it",
    "failed": "the platform told that a recording failed",
    "never-ended": "the end of a call was never told, so that what is due of it cannot be counted",
    "never-asked": "a call was connected without asking for the reply to ACE",
    "gap": "the server was not there, and events may be missing",
    "changed": "the ledger was changed after it was written",
}
"""What can be found, by name."""


class LedgerProblem(Record):
    """Something that the ledger shows: a check by name, the call it is about (none: the ledger itself), in words."""

    check: str
    call: str
    site: str
    at: float
    words: str


DOWN_SECONDS = 5.0
"""How long no server may be there before it is a gap, where the one before was stopped in good order."""


def calls(kept: Iterable[KeptEntry]) -> Iterator[CallRecord]:
    """The records of all calls; entries of a call stand side by side, those of no call are left out."""
    for call, entries in groupby(kept, key=lambda one: one.entry.call):
        if call:
            yield record_of(call, entries)


def problems(kept: Iterable[KeptEntry], now: float, grace: float, early: float = 30.0) -> Iterator[LedgerProblem]:
    """What is wrong with the calls of a ledger, whose entries stand call by call.

    `grace` is how many seconds after its end a call may wait for its recordings; how long delivery takes is not
    documented. `early` is how many seconds a recording may end before its call.
    """
    places: dict[str, str] = {}
    for call, entries in groupby(kept, key=lambda one: one.entry.call):
        if not call:
            yield from _gaps(entries)
            continue
        record = record_of(call, entries)
        yield from _of_call(record, now, grace, early)
        for at, destination in record.available:
            if not destination:
                continue
            other = places.setdefault(destination, record.call)
            if other is not record.call or sum(place == destination for _, place in record.available) > 1:
                words = f"`{destination}` was delivered twice: the second recording replaced the first"
                yield LedgerProblem("overwritten", record.call, record.site, at, words)


def _gaps(entries: Iterable[KeptEntry]) -> Iterator[LedgerProblem]:
    """The times in which no server was there. What a server cannot know when it starts, no gap is made of: another
    host may have answered (`alone` is not true)."""
    running: set[str] = set()
    for one in entries:
        data = one.entry.data
        server = str(data.get("server", ""))
        if one.entry.kind == "stopped":
            running.discard(server)
        elif one.entry.kind == "started" and not data.get("reload"):
            before = data.get("before")
            down = one.entry.at - before if isinstance(before, int | float) else 0.0
            if data.get("alone") is True and running:
                words = f"the server before did not stop in good order; nothing is known of the last {down:.0f} s"
                yield LedgerProblem("gap", "", "", one.entry.at, words)
                running.clear()
            elif data.get("alone") is True and down > DOWN_SECONDS:
                words = f"no server was there for {down:.0f} s: notifications of that time are lost"
                yield LedgerProblem("gap", "", "", one.entry.at, words)
            running.add(server)


Counted = Literal["counted", "waiting", "second interface"]
"""Whether the recordings of a call are counted: it has not ended, or its grace has not passed; or no event tells which
way it took inside the platform (Voice API v2)."""


def counted(record: CallRecord, now: float, grace: float) -> Counted:
    """Whether anything follows from what did not come of a call."""
    if record.second_interface:
        return "second interface"
    return "waiting" if record.ended is None or now - record.latest < grace else "counted"


def looked_at(records: Iterable[CallRecord], now: float, grace: float) -> str:
    """What could be looked at, and what could not, in words: of what is not counted nothing is missing for certain."""
    counts, silent, troubled = Counter[Counted](), 0, 0
    for record in records:
        counts[counted(record, now, grace)] += 1
        silent += record.silent
        troubled += record.troubled
    told = f"in {_many(counts['counted'], 'call')} whose recordings are counted"
    if waiting := counts["waiting"]:
        told += f"; {_many(waiting, 'call')} not ended, or not long enough ago"
    if second := counts["second interface"]:
        told += f"; {_many(second, 'call')} of Voice API v2, where no event tells what is due"
    if troubled:
        told += f"; {_many(troubled, 'call')} with a reply for trouble in place of one of the policy"
    return told + (f"; {_many(silent, 'recording')} of which the platform tells nothing" if silent else "")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _of_call(record: CallRecord, now: float, grace: float, early: float) -> Iterator[LedgerProblem]:
    def problem(check: str, at: float, words: str) -> LedgerProblem:
        return LedgerProblem(check, record.call, record.site, at, words)

    for at, what in record.unconfirmed:
        yield problem("unconfirmed-stop", at, f"the stop of {what} was not confirmed: it may have been recorded")
    for at in record.failed:
        yield problem("failed", at, "the platform told that a recording failed")
    if counted(record, now, grace) != "counted":
        if record.ended is None and record.connects and now - record.latest > LONGEST_SECONDS + grace:
            words = f"no end was told; due before that: {_many(record.least, 'recording')}"
            yield problem("never-ended", record.latest, words)
        return
    assert record.ended is not None  # what is counted has ended
    told = max(len(record.finished), len(record.available))  # what finished is due, and what is there has finished
    possible = sum(one.notifies for one in record.recordings)
    expected = max(sum(one.due and one.notifies for one in record.recordings), min(told, possible))
    if len(record.finished) < expected:
        words = f"{len(record.finished)} of {expected} recordings that are due were reported as finished"
        yield problem("overdue-finished", record.ended, words)
    if len(record.available) < expected:
        words = f"{len(record.available)} of {expected} recordings that are due were delivered"
        yield problem("overdue-available", record.ended, words)
    for count, what in ((len(record.finished), "finished"), (len(record.available), "available")):
        if count > record.most:
            yield problem(
                "unexpected", record.ended, f"{count} recordings are {what}, the documents start {record.most}"
            )
            break
    stores = [one.store for one in record.recordings]
    for at, destination in record.available:
        if not any(_inside(destination, store) for store in stores):
            yield problem("outside-store", at, f"`{destination}` lies outside every store of the call")
    stops = sum(one.stopped is not None for one in record.recordings)
    before = [at for at in record.finished if at < record.ended - early]
    if len(before) > stops:
        yield problem("ended-early", before[0], "a recording finished while the call went on, and nothing stopped it")
    if record.connects and not record.answers and record.result == "ANSWERED":
        yield problem("never-asked", record.ended, "the call was answered, and no ACE came: its reply had no effect")


def _inside(destination: str, store: str) -> bool:
    """Whether a place lies in a store; of Sinch Drive the platform tells a download address, which says nothing."""
    if not destination or store in ("", SOMEWHERE) or store.startswith("sdrive:"):
        return True
    scheme, _, rest = store.partition("://")
    found, _, place = destination.partition("://")
    if found != scheme:
        return True  # the platform may write an address in another form: that alone proves nothing
    base = rest if rest.endswith("/") else rest.rpartition("/")[0] + "/"
    return place.startswith(base)
