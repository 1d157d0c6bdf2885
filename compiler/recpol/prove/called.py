"""What proofs rest on where the backend begins calls: what no document says of the person called."""

from __future__ import annotations

from collections.abc import Container

from recpol.analysis.callgraph import called_ace
from recpol.analysis.callouts import method
from recpol.analysis.callouts import said as greetings
from recpol.analysis.program import Program
from recpol.prove.heard import HEARD, said


def answers_assumed(program: Program) -> tuple[str, ...]:
    """That replies to ACE arrive, where one says what the person called hears."""
    if not program.loses_replies:  # the request holds what is heard
        return ()
    replied = any(called_ace(program.graph.first, handler) is not None for handler in program.handlers)
    return ("callout-answered",) if replied else ()


def greetings_assumed(program: Program, chosen: Container[int]) -> tuple[str, ...]:
    """That greetings are heard in full, where one of the segments `chosen` is that of a conference callout."""
    rooms = (handler for handler in program.handlers if method(handler) == "conferenceCallout")
    told = (step for handler in rooms for step in greetings(handler) if step.index in chosen)
    return ("greeting-is-heard",) if any(said(program, step).level == HEARD for step in told) else ()
