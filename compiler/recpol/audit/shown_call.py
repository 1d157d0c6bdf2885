"""A policy to the call that its page shows: one of its tests that records much, or else the shortest that records.

Invariant: the same policy and tests give the same call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.calls.trace import Event
from recpol.prove.walk import place_key
from recpol.semantics.next_events import possible
from recpol.semantics.replay import Replay, replay
from recpol.semantics.simulate import CallState, advance

MOST = 2_000
"""How many places of calls are looked at."""

LONGEST = 12
"""A call with more sounds than these is not shown where there is a shorter one."""


def shown_call(program: Program, calls: Sequence[Replay]) -> Replay | None:
    """The call; None where no call records anything."""
    recording = [call for call in calls if any(one.recordings for one in call.played) and len(call.played) <= LONGEST]
    if recording:
        return max(recording, key=lambda call: (call.files, len({one.piece.step.index for one in call.played})))
    queue: deque[tuple[CallState | None, tuple[Event, ...]]] = deque([(None, ())])
    seen: set[object] = set()
    while queue and len(seen) < MOST:
        before, events = queue.popleft()
        for event in (None,) if before is None else tuple(possible(program, before.moment)):
            came = advance(program, before, event)
            if came is None or place_key(came.after) in seen:
                continue
            happened = events if event is None else (*events, event)
            if any(piece.heard.recordings for piece in came.pieces):
                return replay(program, happened)
            seen.add(place_key(came.after))
            queue.append((came.after, happened))
    return None
