"""Which handler answers what becomes of a call that is dialled: `on ace`, `on noanswer`, `on busy` and `on failed`.

Each can stand alone, or with the label of one connect. The one with the label answers that connect; the one without
answers all others. `carry` takes whom a call dialled along its ways.

Invariant: one rule for all four events; whoever asks which handler answers a connect asks here.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.steps import UNANSWERED, Handler, Step
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
    label = step.label
    named = "" if label is None else f"{event} {label.text}"
    key = named if named in first else event if event in first else None
    return key if key is not None and gets_ace(step) else None


def answer_keys(first: Mapping[str, int], step: Step) -> dict[str, str]:
    """The keys of all handlers that answer an event of the call that a step dials, by the event."""
    found = ((event, answer_key(first, event, step)) for event in ("ace", *UNANSWERED))
    return {event: key for event, key in found if key is not None}


def called_ace(first: Mapping[str, int], handler: Handler) -> str | None:
    """The key of the handler that answers when somebody answers a callout's `call`; None where none does, and where the
    callout itself says what is heard then."""
    call = handler.opening
    if call is None or handler.action is not None or not isinstance(call.body, tree.Call):
        return None
    if call.body.kind.text not in ("pstn", "sip"):
        return None
    named = f"ace {handler.name}"
    return named if named in first else "ace" if "ace" in first else None


def carry(masks: list[int], onward: list[list[int]]) -> None:
    """Give each number the bits of all numbers that lead to it: who has been dialled goes along the ways of a call.

    Those in a circle come to the same bits, so that each way is taken twice at most: once to find the circles
    (Kosaraju's algorithm), once to carry.
    """
    left: list[int] = []
    seen = bytearray(len(masks))
    for first in range(len(masks)):
        ways = [(-1, iter((first,)))]
        while ways:
            at, more = ways[-1]
            for to in more:
                if not seen[to]:
                    seen[to] = 1
                    ways.append((to, iter(onward[to])))
                    break
            else:
                ways.pop()
                left.append(at)
    back: list[list[int]] = [[] for _ in masks]
    for at, targets in enumerate(onward):
        for to in targets:
            back[to].append(at)
    circle = [-1] * len(masks)
    for first in reversed(left):
        if first < 0 or circle[first] >= 0:
            continue
        circle[first], members, mask = first, [first], 0
        for at in members:
            mask |= masks[at]
            for before in back[at]:
                if circle[before] < 0:
                    circle[before] = first
                    members.append(before)
                elif circle[before] != first:
                    mask |= masks[before]
        for at in members:
            masks[at] = mask


def led_to(before: Mapping[int, tuple[Step, ...]]) -> dict[int, list[int]]:
    """The connects before each talk, to the talks after each connect, by its index."""
    found: dict[int, list[int]] = {}
    for talk, connects in before.items():
        for connect in connects:
            found.setdefault(connect.index, []).append(talk)
    return found
