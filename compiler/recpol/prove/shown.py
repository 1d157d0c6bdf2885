"""A broken verdict to the call that shows it, as lines that a person can read.

Invariant: the call leads to what the guarantee selects; where another caller's recording breaks it, that caller comes
last.
"""

from __future__ import annotations

from functools import lru_cache

from recpol.analysis.program import Program
from recpol.base.finding import CallStep
from recpol.base.record import replace
from recpol.calls.trace import Event
from recpol.prove.verdict import Verdict
from recpol.semantics.narration import narrate
from recpol.semantics.simulate import simulate


def shown(program: Program, verdict: Verdict) -> tuple[CallStep, ...]:
    """The shortest call that breaks a guarantee."""
    acts = _told(program, verdict.call)
    other = verdict.other
    if verdict.fails:
        return _failing(acts)
    if other is None:
        return acts
    whole = " (the whole room)" if other.whole else ""
    comes = "in the same room is sent" if other.asked else "comes into the same room by"
    met = CallStep(f"another caller {comes} {other.where}")
    return (*acts, met, CallStep("in the room, with both", f"{other.store}{whole}", other.span))


@lru_cache(maxsize=2)  # one call often breaks many guarantees
def _told(program: Program, events: tuple[Event, ...]) -> tuple[CallStep, ...]:
    return narrate(program, simulate(program, events), events)


def _failing(acts: tuple[CallStep, ...]) -> tuple[CallStep, ...]:
    """A call whose recording cannot start: nothing of it is recorded."""
    at = next((number for number, act in enumerate(acts) if act.recorded), len(acts))
    bare = (replace(act, recorded="") if act.recorded else act for act in acts[at:])
    return (*acts[:at], CallStep("the recording cannot start"), *bare)
