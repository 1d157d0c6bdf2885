"""What proofs rest on where the backend begins calls or parks them: what no document says of the people in them."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache

from recpol.analysis.callouts import method
from recpol.analysis.callouts import said as greetings
from recpol.analysis.dialled import called_ace
from recpol.analysis.program import Program
from recpol.prove.heard import HEARD, said
from recpol.syntax import tree


@lru_cache(maxsize=2)  # guarantees ask for those of the same program one after the other
def answers_assumed(program: Program) -> tuple[str, ...]:
    """That replies to ACE arrive, where one says what the person called hears."""
    if not program.loses_replies:  # the request holds what is heard
        return ()
    replied = any(called_ace(program.graph.first, handler) is not None for handler in program.handlers)
    return ("callout-answered",) if replied else ()


def greetings_assumed(program: Program, chosen: Container[int]) -> tuple[str, ...]:
    """That greetings are heard in full, where one of the segments `chosen` is that of a conference callout."""
    return ("greeting-is-heard",) if any(index in chosen for index in _heard_greetings(program)) else ()


@lru_cache(maxsize=2)
def _heard_greetings(program: Program) -> tuple[int, ...]:
    rooms = (handler for handler in program.handlers if method(handler) == "conferenceCallout")
    told = (step for handler in rooms for step in greetings(handler))
    return tuple(step.index for step in told if said(program, step).level == HEARD)


@lru_cache(maxsize=2)
def parking_assumed(program: Program) -> tuple[str, ...]:
    """That a parked call goes on with its conversation, where calls that are parked are sent `continue`."""
    parked = (
        handler.kind == "manage"
        and not handler.in_talk
        and handler.action is not None
        and isinstance(handler.action.body, tree.Continue)
        for handler in program.handlers
        if handler.index in program.graph.certain
    )
    return ("parked-continue",) if any(parked) else ()
