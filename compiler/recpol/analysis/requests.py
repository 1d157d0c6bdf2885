"""`on manage NAME in SELECTOR`, to the talks in which such a request can be sent.

Manage Call reaches a call that is connected and has a leg in the telephone network or SIP (Calling API page): a talk
that a connect or a `continue` begins, or the stay in a room; not an app call, and not the dialling before ACE.

Invariant: labels and tags mean here what they mean in every selector: a `continue` without a label of its own has those
of the connects that lead to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.dialled import answer_key
from recpol.analysis.steps import Handler, Step
from recpol.syntax import tree

REACHED = ("pstn", "sip", "conference", "stream")
"""The connects whose conversations a request reaches."""


def requests_in(
    handlers: tuple[Handler, ...], first: Mapping[str, int], dialled: Mapping[int, tuple[Step, ...]]
) -> dict[int, tuple[int, ...]]:
    """By the index of a talk the requests that can be sent in it, as handlers; `dialled` are the connects that can lead
    to a `continue`."""
    requests = [one for one in handlers if one.in_talk and first[one.key] == one.index]
    found: dict[int, tuple[int, ...]] = {}
    for talk, before in _talks(handlers, first, dialled) if requests else ():
        names = set(_names([talk] if talk.label is not None else [talk, *before]))
        chosen = tuple(one.index for one in requests if _selects(one, names))
        if chosen:
            found[talk.index] = chosen
    return found


def _talks(
    handlers: tuple[Handler, ...], first: Mapping[str, int], dialled: Mapping[int, tuple[Step, ...]]
) -> Iterator[tuple[Step, tuple[Step, ...]]]:
    """The talks of a policy with the connects that lead to each."""
    for handler in handlers:
        action = handler.action
        if action is None:
            continue
        if action.connects in REACHED and answer_key(first, "ace", action) is None:
            yield action, ()
        elif isinstance(action.body, tree.Continue):
            before = tuple(step for step in dialled.get(action.index, ()) if step.connects)
            if before or handler.kind == "ace":  # else whether somebody has answered is not known
                yield action, before


def _names(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.label is not None:
            yield step.label.text
        yield from (f"@{tag.name}" for tag in step.node.tags)


def _selects(request: Handler, names: set[str]) -> bool:
    within = request.node.event.within
    selector = None if within is None else within.include
    if selector is None:
        return False
    spelt = {f"@{item.name}" if isinstance(item, tree.Tag) else item.text for item in selector.items}
    return selector.everything or not spelt.isdisjoint(names)
