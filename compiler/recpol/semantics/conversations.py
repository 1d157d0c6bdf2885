"""Connects and phases to the conversations that they begin and belong to.

Invariant: one meaning of a connect with an `on ace` after it: the connect is the dialling, what `continue` begins is
the conversation, and phases belong to the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.dialled import NoAnswer, answer_key
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, ended, wanted
from recpol.analysis.steps import Step
from recpol.calls import trace as t
from recpol.semantics.recording import HeardSegment


def rings(program: Program, step: Step) -> bool:
    """Whether ACE follows when somebody answers the call that this step dials or lets the platform set up."""
    return answer_key(program.graph.first, "ace", step) is not None


def unanswered_by(program: Program, step: Step, event: t.Unanswered) -> str | None:
    """The key of the handler that says how a call goes on when nobody answers the one that a step dials."""
    return answer_key(program.graph.first, REASONS[event.reason], step)


REASONS: Mapping[str, NoAnswer] = {"silent": "noanswer", "busy": "busy", "failed": "failed"}
"""The events that tell of a call that nobody answered, by the reason."""


def conversation(program: Program, phase: Step) -> Step | None:
    """The step in which the conversation around a phase takes place."""
    talks = program.graph.conversations.get(phase.parent, ()) if phase.parent is not None else ()
    return talks[0] if talks else None


def around(program: Program, phase: Step) -> RecordedStores:
    """The stores of the talk around a phase. Where no conversation follows the connect, only a lost reply to ACE leads
    to the phase, and the talk is recorded as the connect was."""
    talk = conversation(program, phase)
    if talk is None and phase.parent is not None:
        talk = program.steps[phase.parent]
    return () if talk is None else wanted(program.decisions, talk)


def changes(program: Program, phase: Step) -> bool:
    """Whether the recorder changes when a phase begins."""
    return wanted(program.decisions, phase) != around(program, phase)


def stops_for(program: Program, phase: Step) -> bool:
    """Whether a recording has to stop before a phase begins."""
    return bool(ended(around(program, phase), wanted(program.decisions, phase)))


def stood_for(program: Program, piece: HeardSegment) -> tuple[Step, ...]:
    """The steps that a sound means: its own; of a conversation that began although the reply to ACE was lost, those in
    which the callee would have been talked to, or what dialled where no conversation follows it."""
    talks = program.graph.conversations.get(piece.step.index, ()) if piece.lost else ()
    return talks or (piece.step,)
