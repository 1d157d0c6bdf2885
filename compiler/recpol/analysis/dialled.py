"""Which handler answers what becomes of a call that is dialled: `on ace`, `on noanswer`, `on busy` and `on failed`.

Each can stand alone, or with the label of one connect. The one with the label answers that connect; the one without
answers all others.

Invariant: one rule for all four events; whoever asks which handler answers a connect asks here.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.steps import UNANSWERED, Step
from recpol.base.typing import Literal
from recpol.syntax import tree

NoAnswer = Literal["noanswer", "busy", "failed"]
"""The events of a call that nobody answered."""

CAUSES: Mapping[str, str] = {
    "ace": "the callee answers",
    "noanswer": "nobody answers",
    "busy": "the callee is busy",
    "failed": "the call to the callee fails",
}
"""What happens, in words, by the event that tells of it."""


def suppressed(step: Step) -> tree.Option | None:
    """The `suppress-callbacks` of a connect, if it is in force."""
    if isinstance(step.body, tree.Connect):
        for option in step.body.options:
            if option.name.text == "suppress-callbacks":
                off = isinstance(option.value, tree.Word) and option.value.text == "no"
                return None if off else option
    return None


def gets_ace(step: Step) -> bool:
    """Whether the platform sends ACE when the callee of this connect answers."""
    return isinstance(step.body, tree.Connect) and step.connects in ("pstn", "sip") and not suppressed(step)


def answer_key(first: Mapping[str, int], event: str, step: Step) -> str | None:
    """The key of the handler that answers an event of the call that a step dials; None where none does.

    `first` are the handlers by their keys. A `continue` with which the platform sets a call up has no name of its own
    that a handler could say, and only ACE follows it.
    """
    if isinstance(step.body, tree.Continue):
        return event if event == "ace" and event in first else None
    if not gets_ace(step):
        return None
    named = "" if step.label is None else f"{event} {step.label.text}"
    if named in first:
        return named
    return event if event in first else None


def answer_keys(first: Mapping[str, int], step: Step) -> dict[str, str]:
    """The keys of all handlers that answer an event of the call that a step dials, by the event."""
    found = ((event, answer_key(first, event, step)) for event in ("ace", *UNANSWERED))
    return {event: key for event, key in found if key is not None}
