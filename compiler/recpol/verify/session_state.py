"""Where a call of Voice API v2 stands, so that two ways to the same place are known to be the same.

Invariant: what can come next depends on nothing that is left out here.
"""

from __future__ import annotations

from recpol.base.record import replace
from recpol.interpreters.v2 import session as interpreter
from recpol.semantics.simulate import Simulation


def counted_back(state: interpreter.SessionState, started: int | None = None) -> interpreter.SessionState:
    """A state with its recordings counted from the latest back, so that a phase that comes again is the same place."""
    started = state.started if started is None else started
    if started == 0:
        return state
    recordings = tuple(replace(one, number=one.number - started) for one in state.recordings)
    latest = tuple((_played_back(played, started), counted_back(mark, started)) for played, mark in state.latest)
    return replace(state, latest=latest, started=state.started - started, recordings=recordings)


def _played_back(played: interpreter.SoundHeard, started: int) -> interpreter.SoundHeard:
    call = played.heard.call
    if call is None:
        return played
    return replace(played, heard=replace(played.heard, call=replace(call, number=call.number - started)))


def ends(state: interpreter.SessionState, running: interpreter.Running) -> bool:
    """Whether the recording's own `onFailure` ends the caller's leg."""
    commands = running.failed.commands.value if running.failed is not None else None
    return isinstance(commands, list) and any(
        isinstance(one, dict) and one.get("command") == "hangup" and one.get("callName", running.leg) == state.caller
        for one in commands
    )


def moment(meant: Simulation) -> object:
    """What a call that the policy means waits for, and where."""
    at = meant.moment
    if at is None:
        return None
    return (
        at.mode,
        at.handler.index,
        *(None if step is None else step.index for step in (at.step, at.dialled, at.phase)),
        at.menu,
    )
