"""The entries of a call to the recordings that it should have: which are due, which may be, and what came.

A recording is due where a later event proves that it began: the next callback, or a talk that lasted longer than the
sounds before the start can take. Before that it is possible: somebody may have hung up, and then whether a file comes
is not documented.

Invariant: total on any entries, linear in them; of two readings, the one that accuses nobody is taken.
"""

from __future__ import annotations

from collections.abc import Iterable

from recpol.base.record import Record, field
from recpol.runtime.entries import ACCEPTED, KeptEntry, is_refused
from recpol.runtime.expectations import RecordingAct, act_of


class DueRecording(Record, frozen=False):
    """A recording that a document started: where, after which sounds at the latest, and whether it is proven to be due.

    `wait` is in seconds, infinite where the recording begins at an answer. `stopped` is the moment at which the
    document that stops it was sent. One is `doubtful` where nobody knows whether the request that starts it acted: it
    is never due.
    """

    store: str
    notifies: bool
    wait: float = 0.0
    due: bool = False
    stopped: float | None = None
    doubtful: bool = False


class CallRecord(Record, frozen=False):
    """All that the ledger knows of one call. Of `finished`, `available`, `failed` and `unconfirmed` the moments come
    first; of what was `unconfirmed` follows what was asked for, in words."""

    call: str
    site: str = ""
    began: float | None = None
    ended: float | None = None
    result: str = ""
    duration: float | None = None
    recordings: list[DueRecording] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    available: list[tuple[float, str]] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    unconfirmed: list[tuple[float, str]] = field(default_factory=list)
    troubled: bool = False
    connects: int = 0
    answers: int = 0
    latest: float = 0.0
    second_interface: bool = False

    @property
    def silent(self) -> int:
        """How many recordings were started of which the platform tells nothing (`notificationEvents` is false)."""
        return sum(not one.notifies for one in self.recordings)

    @property
    def least(self) -> int:
        """How many recordings are due."""
        return sum(one.due for one in self.recordings)

    @property
    def most(self) -> int:
        """How many recordings there can be."""
        return len(self.recordings)


def record_of(call: str, kept: Iterable[KeptEntry]) -> CallRecord:
    """What the entries of one call come to."""
    record = CallRecord(call)
    running: DueRecording | None = None
    for one in kept:
        entry, data = one.entry, one.entry.data
        record.latest = max(record.latest, entry.at)
        record.site = record.site or str(data.get("site", ""))
        match entry.kind:
            case "sent" | "requested" | "begun":
                if entry.kind == "begun":
                    record.began = entry.at
                    record.second_interface |= "session" in data
                elif entry.kind == "sent":
                    if record.began is None:
                        record.began = entry.at
                    event = str(data.get("event", ""))
                    record.second_interface |= event.startswith("call.")
                    record.answers += event == "ace"
                    if event in ("ace", "pie"):
                        _proven(record, answered=event == "ace")
                acts = [act_of(act) for act in data.get("acts", ())]
                taken = entry.kind != "requested" or data.get("status") in ACCEPTED
                if not taken:  # of what was not refused nobody knows: it may have begun a recording, and stopped none
                    status = data.get("status")
                    refused = not isinstance(status, int) or is_refused(status)
                    acts = [] if refused else [act for act in acts if act.kind == "start"]
                running = _run(record, running, acts, entry.at, doubtful=not taken)
                if entry.kind == "requested" and taken:  # a request acts on a talk that runs, and says no sound before
                    _proven(record, answered=False)
            case "finished":
                record.finished.append(entry.at)
            case "available":
                record.available.append((entry.at, str(data.get("destination", ""))))
            case "failed":
                record.failed.append(entry.at)
            case "ended":
                record.ended = entry.at
                record.result = str(data.get("result", "")).upper()
                duration = data.get("duration")
                record.duration = float(duration) if isinstance(duration, int | float) else None
                _ended(record)
            case "unconfirmed":
                what = "request" if "request" in data else "phase"
                record.unconfirmed.append((entry.at, f"{what} `{data.get(what, '')}`"))
            case "trouble":  # so is a notice of an unknown kind, which is answered as any other
                record.troubled |= "why" in data
            case _:  # what says nothing of recordings, and kinds that a newer recpol may write
                pass
    return record


def _run(
    record: CallRecord, running: DueRecording | None, acts: Iterable[RecordingAct], at: float, *, doubtful: bool
) -> DueRecording | None:
    """The acts of a document on the recorder; what starting a recording that runs does is not documented."""
    wait = 0.0
    for act in acts:
        match act.kind:
            case "sound":
                wait += act.seconds
            case "start":
                if running is None or running.stopped is not None:
                    running = DueRecording(act.store, act.notifies, wait, doubtful=doubtful)
                    record.recordings.append(running)
                elif not doubtful:
                    running.doubtful = False  # if it did not run, it does now
            case "stop":
                if running is not None and running.stopped is None:
                    running.stopped = at
            case "connect":
                record.connects += act.told
                if act.store and (running is None or running.stopped is not None):
                    running = DueRecording(act.store, act.notifies, float("inf"))
                    record.recordings.append(running)
            case "menu" | "hangup":
                pass
    return running


def _proven(record: CallRecord, *, answered: bool) -> None:
    """The document before was carried out: what it started is due; what begins at the answer, where there was one."""
    for recording in record.recordings:
        if recording.wait < float("inf") or answered:
            recording.due = not recording.doubtful


def _ended(record: CallRecord) -> None:
    """The end of the call tells how long the talk was: a start whose sounds fit into it has happened."""
    if record.result != "ANSWERED" or record.duration is None:
        return
    for recording in record.recordings:
        if recording.doubtful:
            continue
        if recording.wait == float("inf"):
            recording.due = record.duration > 1.0
        elif record.duration > recording.wait + 1.0:
            recording.due = True
