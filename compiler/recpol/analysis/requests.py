"""`on manage NAME in SELECTOR`, to the talks in which such a request can be sent.

Manage Call reaches a call that is connected and has a leg in the telephone network or SIP (Calling API page): a talk
that a connect or a `continue` begins, or the stay in a room; not an app call, and not the dialling before ACE.

Invariant: labels and tags mean here what they mean in every selector: a `continue` without a label of its own has those
of the connects that lead to it, and in a request those of the talks in which that is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.builtins import BUILT_IN, is_a
from recpol.analysis.dialled import answer_key
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.syntax import tree

REACHED = ("pstn", "sip", "conference", "stream")
"""The connects whose conversations a request reaches."""


class Talk(Record):
    """A talk, as the step that it is, and the connects that lead to it where it is a `continue`."""

    step: Step
    connects: tuple[Step, ...] = ()


def talks_of(
    handlers: tuple[Handler, ...], first: Mapping[str, int], dialled: Mapping[int, tuple[Step, ...]]
) -> tuple[Talk, ...]:
    """The talks of a policy; `dialled` are the connects that can lead to a `continue`."""
    return tuple(_talks(handlers, first, dialled))


def _talks(
    handlers: tuple[Handler, ...], first: Mapping[str, int], dialled: Mapping[int, tuple[Step, ...]]
) -> Iterator[Talk]:
    for handler in handlers:
        action = handler.action
        if action is None:
            continue
        if action.connects in REACHED and answer_key(first, "ace", action) is None:
            yield Talk(action)
        elif isinstance(action.body, tree.Continue):
            before = tuple(step for step in dialled.get(action.index, ()) if step.connects)
            if before or handler.kind == "ace":  # else whether somebody has answered is not known
                yield Talk(action, before)


def requests_in(
    handlers: tuple[Handler, ...], first: Mapping[str, int], talks: tuple[Talk, ...]
) -> dict[int, tuple[int, ...]]:
    """By the index of a talk the requests that can be sent in it, as handlers."""
    requests = [one for one in handlers if one.in_talk and first[one.key] == one.index]
    found: dict[int, tuple[int, ...]] = {}
    while requests:
        bears = borne(handlers, talks, found)
        now: dict[int, tuple[int, ...]] = {}
        for talk in talks:
            names = set(_names((talk.step, *bears.get(talk.step.index, ()))))
            chosen = tuple(one.index for one in requests if _selects(one, names))
            if chosen:
                now[talk.step.index] = chosen
        if now == found:
            break
        found = now  # what a request is called depends on the talks in which it is sent, and the other way round
    return found


def borne(
    handlers: tuple[Handler, ...], talks: tuple[Talk, ...], sent: Mapping[int, tuple[int, ...]]
) -> dict[int, tuple[Step, ...]]:
    """By the index of a `continue` without a label of its own the steps whose labels and tags it has: the connects that
    began the talk, or, in a request, the talks in which that is `sent`."""
    into: dict[int, list[Talk]] = {}
    for talk in talks:
        for request in sent.get(talk.step.index, ()):
            into.setdefault(request, []).append(talk)
    found: dict[int, tuple[Step, ...]] = {}
    for talk in talks:
        if talk.step.label is None and isinstance(talk.step.body, tree.Continue):
            within = handlers[talk.step.handler].in_talk
            found[talk.step.index] = _before(handlers, talk, into) if within else talk.connects
    return found


def _before(handlers: tuple[Handler, ...], talk: Talk, into: Mapping[int, list[Talk]]) -> tuple[Step, ...]:
    """The talks before a request, as far back as they have no label of their own."""
    found: dict[int, Step] = {}
    queue = [talk]
    while queue:
        for before in into.get(queue.pop().step.handler, ()):
            if before.step.index in found:
                continue
            found[before.step.index] = before.step
            if before.step.label is None and handlers[before.step.handler].in_talk:
                queue.append(before)
            elif before.step.label is None:
                found |= {step.index: step for step in before.connects}
    return tuple(found[index] for index in sorted(found) if index != talk.step.index)


def _names(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.label is not None:
            yield step.label.text
        yield from (f"@{tag.name}" for tag in step.node.tags)
        yield from (f"@{name}" for name in BUILT_IN if is_a(name, step))


def _selects(request: Handler, names: set[str]) -> bool:
    within = request.node.event.within
    selector = None if within is None else within.include
    if selector is None:
        return False
    spelt = {f"@{item.name}" if isinstance(item, tree.Tag) else item.text for item in selector.items}
    return selector.everything or not spelt.isdisjoint(names)
