"""Whether the platform has confirmed that a recording stopped, as far as its events can tell.

Notify has no id (Recording page), and `call.recording.finished` of Voice API v2 names its call alone; a webhook of the
recording's own, which the compiler writes, names it. The same name may be recorded again. So events are counted: a stop
is confirmed by one more than there were before it, and by no fewer than there are recordings that were stopped before:
a late word about an earlier stop confirms no later one.

Invariant: where it is not known, it is not confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from recpol.runtime.answers import NOTICES, report_kind
from recpol.runtime.core import Runtime
from recpol.runtime.entries import ACCEPTED, KeptEntry, changes_the_talk
from recpol.runtime.recorder import record_of
from recpol.runtime.wire import PlatformEvent

POLL_SECONDS = 0.1
"""How often the ledger is asked for a confirmation that came to another process."""


class StopConfirmation:
    """Waits for the word that the recording of a call has stopped; made before the stop is sent, closed after it.

    `kept` are the entries of the call, None where the ledger does not know them all: then what this process is told
    from now on counts alone, and a late word about an earlier stop may be taken for one about this. `event` is the one
    that confirms, empty for any that tells of the end of a recording.
    """

    def __init__(self, runtime: Runtime, call: str, kept: Sequence[KeptEntry] | None, event: str = "") -> None:
        self._runtime, self._call, self._event = runtime, call, event
        self._needed = _needed(kept or (), event)
        self._before = kept or ()
        self._known = kept is not None
        self._heard: list[str] = []
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.close = runtime.listen(call, self._hear)

    async def wait(self, seconds: float) -> bool:
        """Whether the platform tells of the stop in time, to this process or to another with the same ledger."""
        deadline = self._loop.time() + seconds
        while not self._is_confirmed(self._before):
            left = deadline - self._loop.time()
            if left <= 0:
                return False
            try:
                await asyncio.wait_for(self._changed.wait(), min(POLL_SECONDS, left))
                self._changed.clear()
            except TimeoutError:
                if (
                    self._known
                    and told(await entries_of(self._runtime, self._call) or (), (), self._event) >= self._needed
                ):
                    return True
        return True

    def _is_confirmed(self, kept: Sequence[KeptEntry]) -> bool:
        return told(kept, self._heard, self._event) >= self._needed

    def _hear(self, callback: PlatformEvent) -> None:
        kind = told_kind(callback)
        if kind is not None and self._event in ("", callback.event):
            self._heard.append(kind)
            self._loop.call_soon_threadsafe(self._changed.set)


def _needed(kept: Sequence[KeptEntry], event: str) -> int:
    """How many ends of recordings the platform has told of when a stop is confirmed. Where nothing runs, a stop that is
    sent once more stops nothing new: then all those before it have to be told."""
    record = record_of("", kept)
    before = told(kept, (), event)
    if record.recordings and not record.second_interface and all(one.stopped is not None for one in record.recordings):
        return max(len(record.recordings), before)
    return max(stopped_before(kept, event), before) + 1


def is_recorded(kept: Sequence[KeptEntry]) -> bool | None:
    """Whether a call of Voice API v1 is recorded after these entries; None where nobody knows: a request to begin may
    have acted, a stop was not confirmed and the platform has told of fewer ends than there were stops, or the entries
    lack what the call was answered."""
    record = record_of("", kept)
    if record.ended is not None:
        return False
    if not any(changes_the_talk(one.entry) for one in kept):  # it has got some document: this ledger is another one
        return None
    running = [one for one in record.recordings if one.stopped is None]
    if running:
        return True if any(not one.doubtful for one in running) else None
    return None if record.unconfirmed and len(record.recordings) > told(kept) else False


async def entries_of(runtime: Runtime, call: str) -> Sequence[KeptEntry] | None:
    """The entries of a call, None where the ledger cannot be read."""
    try:
        return await asyncio.to_thread(runtime.ledger.of_call, call)
    except Exception:  # noqa: BLE001  whatever the store raises, the answer is that nobody knows
        return None


def told_kind(callback: PlatformEvent) -> str | None:
    """What an event says of a recording that has stopped: it `finished`, or is `available`, which implies it."""
    if callback.interface == "v2":
        return "finished" if report_kind(callback.event) == "finished" else None
    kind = callback.payload.get("type")
    if callback.event != "notify" or not isinstance(kind, str):
        return None
    return NOTICES.get(kind.lower())


def told(kept: Sequence[KeptEntry], heard: Sequence[str] = (), event: str = "") -> int:
    """How many recordings of a call the platform has told to have stopped; each in up to two ways.

    `event` is the one that is counted, empty for any; those that were `heard` are of that kind.
    """
    kinds = [one.entry.kind for one in kept if event in ("", one.entry.data.get("event"))] + list(heard)
    return max(kinds.count("finished"), kinds.count("available"))


def stopped_before(kept: Sequence[KeptEntry], event: str = "") -> int:
    """How many recordings of a call were told to stop, whose end the platform tells sooner or later by that event."""
    record = record_of("", kept)
    if not record.second_interface:
        return sum(one.stopped is not None and one.notifies for one in record.recordings)
    return sum(
        one.entry.kind == "requested"
        and _waits_for(one.entry.data.get("waits"), event)
        and one.entry.data["status"] in ACCEPTED
        for one in kept
    )


def _waits_for(waits: object, event: str) -> bool:
    """Whether a request waited for an event; it names one, or each of several recordings that it stopped, or any."""
    return event in waits if isinstance(waits, list) else bool(waits) and waits in (True, event)
