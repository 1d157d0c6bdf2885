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
    asking, always = _by_name(one for one in handlers if one.in_talk and first[one.key] == one.index)
    steps = {step.index: step for talk in talks for step in (talk.step, *talk.connects)}
    own = {index: frozenset(_names(step)) for index, step in steps.items()}
    found: dict[int, tuple[int, ...]] = {}
    while asking or always:
        bears = borne(handlers, talks, found)
        now: dict[int, tuple[int, ...]] = {}
        for talk in talks:
            names = own[talk.step.index].union(*(own[step.index] for step in bears.get(talk.step.index, ())))
            chosen = tuple(sorted(always.union(*(asking[name] for name in names if name in asking))))
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
    sending: dict[int, list[int]] = {}
    for number, talk in enumerate(talks):
        for request in sent.get(talk.step.index, ()):
            sending.setdefault(request, []).append(number)
    alike: dict[tuple[int, ...], _Sending] = {}
    into = {request: alike.setdefault(tuple(within), _Sending(within)) for request, within in sending.items()}
    found: dict[int, tuple[Step, ...]] = {}
    for talk in talks:
        if talk.step.label is not None or not isinstance(talk.step.body, tree.Continue):
            continue
        if not handlers[talk.step.handler].in_talk:
            found[talk.step.index] = talk.connects
        elif (group := into.get(talk.step.handler)) is not None:
            group.before = group.before or _before(handlers, talks, group, into)
            found[talk.step.index] = tuple(step for step in group.before if step is not talk.step)
        else:
            found[talk.step.index] = ()
    return found


class _Sending:
    """The talks in which some requests can be sent, by their numbers: the same for all of these requests."""

    def __init__(self, within: list[int]) -> None:
        self.within = within
        self.before: tuple[Step, ...] = ()


def _before(
    handlers: tuple[Handler, ...], talks: tuple[Talk, ...], group: _Sending, into: Mapping[int, _Sending]
) -> tuple[Step, ...]:
    """The talks before requests, as far back as they have no label of their own."""
    found: dict[int, Step] = {}
    queue, seen = [group], {group}
    while queue:
        for number in queue.pop().within:
            before = talks[number]
            if before.step.index in found:
                continue
            found[before.step.index] = before.step
            earlier = into.get(before.step.handler)
            if before.step.label is None and not handlers[before.step.handler].in_talk:
                found |= {step.index: step for step in before.connects}
            elif before.step.label is None and earlier is not None and earlier not in seen:
                seen.add(earlier)
                queue.append(earlier)
    return tuple(found[index] for index in sorted(found))


def _names(step: Step) -> Iterator[str]:
    if step.label is not None:
        yield step.label.text
    yield from (f"@{tag.name}" for tag in step.node.tags)
    yield from (f"@{name}" for name in BUILT_IN if is_a(name, step))


def _by_name(requests: Iterable[Handler]) -> tuple[dict[str, list[int]], set[int]]:
    """By a label or tag the requests that can be sent where something has it, and those that can be sent anywhere."""
    asking: dict[str, list[int]] = {}
    always: set[int] = set()
    for request in requests:
        within = request.node.event.within
        if within is not None and within.include.everything:
            always.add(request.index)
        for item in () if within is None else within.include.items:
            asking.setdefault(f"@{item.name}" if isinstance(item, tree.Tag) else item.text, []).append(request.index)
    return asking, always
