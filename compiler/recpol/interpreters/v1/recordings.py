"""The recording files of a call that was run.

Invariant: every place of a trace that something records is in a file; files come in the order in which something was
first heard in them.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.calls.trace import Event, Options, Recording, Trace


class RecordingFile(Record):
    """One recording file: its recorder, its number among those of its kind, its options, and its places in the
    trace.

    A recording in which nothing was heard has no file here.
    """

    kind: Literal["call", "conference"]
    number: int
    options: Options
    pieces: tuple[int, ...]


class CallTrace(Record):
    """What was heard and recorded in one call, and what is to be said about the run.

    `ended`: the call is over. `problems`: what has no documented meaning, with the file it stands in. `assumptions`:
    what the trace depends on, by name. `unanswered_event`: the event that could not happen or had no reply, if any.
    """

    trace: Trace
    files: tuple[RecordingFile, ...]
    ended: bool
    problems: tuple[str, ...] = ()
    assumptions: frozenset[str] = frozenset()
    unanswered_event: Event | None = None


def files(trace: Trace) -> tuple[RecordingFile, ...]:
    """The recording files of a trace, in the order in which something was first heard in them."""
    pieces: dict[tuple[Literal["call", "conference"], Recording], list[int]] = {}
    for place, heard in enumerate(trace):
        for recording in heard.calls:
            pieces.setdefault(("call", recording), []).append(place)
        if heard.conference is not None:
            pieces.setdefault(("conference", heard.conference), []).append(place)
    return tuple(
        RecordingFile(kind, recording.number, recording.options, tuple(places))
        for (kind, recording), places in pieces.items()
    )
