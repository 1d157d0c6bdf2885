"""Pieces of reading a call of Voice API v2: the recording that runs, and what lists of commands come to.

Invariant: total; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise

from recpol.base.jsontree import Array, JsonNode, Object, plain
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.svaml.v2.commands import CommandList, CommandNode
from recpol.svaml.values import Unsupported
from recpol.syntax import tree

CommandPoint = tuple[str, int]
"""Where a command stands: the path of its document, and the offset there."""


def point_of(at: Span) -> CommandPoint:
    """The point of a place."""
    return at.source.path, at.start


class ReadHandler(Record):
    """A handler that has been read, and the names of the recordings that begin in it."""

    block: tree.OnBlock
    started: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        """What it answers, by name."""
        return None if self.block.event.name is None else self.block.event.name.text


def in_order(handlers: Sequence[ReadHandler]) -> Iterator[tree.OnBlock]:
    """Handlers in an order in which recordings begin as their names are numbered (`calls-1`, `calls-2`), for compiling
    numbers them in the order of the policy; else in the order in which they were read."""
    numbered: dict[str, list[tuple[int, int]]] = {}
    for place, handler in enumerate(handlers):
        for name in handler.started:
            stem, dash, number = name.rpartition("-")
            if dash and number.isdecimal():
                numbered.setdefault(stem, []).append((int(number), place))
    then: list[list[int]] = [[] for _ in handlers]
    waits = [0] * len(handlers)
    for starts in numbered.values():
        for (_, one), (_, next_) in pairwise(sorted(starts)):
            if one != next_:
                then[one].append(next_)
                waits[next_] += 1
    ready = [place for place, count in enumerate(waits) if not count]
    while ready:
        place = heappop(ready)
        yield handlers[place].block
        for next_ in then[place]:
            waits[next_] -= 1
            if not waits[next_]:
                heappush(ready, next_)
    # Numbers that no order gives: the comparison tells what they come to.
    yield from (handler.block for handler, count in zip(handlers, waits, strict=True) if count)


class UnderWay(Record):
    """A recording that runs: its store, its name, and what is to be done when it has ended."""

    store: str
    name: str
    finish: CommandList | None


Recordings = tuple[UnderWay, ...]
"""The recordings that run, in the order of their starts."""


def names_of(running: Recordings) -> tuple[str, ...]:
    """The names of the recordings that run."""
    return tuple(one.name for one in running)


class SentCommands(Record):
    """What a request within a talk does: its runs, each with what records it, and the recordings that begin in it."""

    runs: tuple[tuple[Recordings, list[tree.Item]], ...]
    started: tuple[str, ...]

    @property
    def left(self) -> Recordings:
        """What records the talk after it."""
        return self.runs[-1][0]


def begun_in(runs: Sequence[tuple[Recordings, list[tree.Item]]], entered: Recordings) -> tuple[str, ...]:
    """The names of the recordings that begin in some runs, in order."""
    return tuple({one.name: None for state, _ in runs for one in state if one not in entered})


UNANSWERED = {"noanswer": ("onTimeout",), "busy": ("onBusy", "onReject"), "failed": ("onFailure",)}
"""The events of a `dial` that nobody took, by the handler of a policy that answers them."""


def detects(answered: CommandList) -> bool:
    """Whether a list begins with an `amd` that leaves what it finds to the webhook."""
    first = answered.node.items[0] if answered.node.items else None
    return first is not None and plain(first) == {"command": "amd"}


def joins(node: Array, bridge: object) -> bool:
    """Whether a list does nothing but to join the same bridge."""
    only: JsonNode | None = node.items[0] if len(node.items) == 1 else None
    return only is not None and plain(only) == bridge


def recorded_items(running: Recordings, items: list[tree.Item]) -> list[tree.Item]:
    """A run as items of a handler: those that can be heard in a block for each recording that runs, if any does."""
    bodies = [item.body if isinstance(item, tree.Segment) else None for item in items]
    heard = [n for n, body in enumerate(bodies) if isinstance(body, tree.Recordable)]
    if not running or not heard:
        return items
    inside = tuple(items[heard[0] : heard[-1] + 1])
    at = inside[0].span
    for one in reversed(running):
        inside = (tree.Block(None, tree.Word(one.store, at), inside, at, at),)
    return [*items[: heard[0]], *inside, *items[heard[-1] + 1 :]]


def plain_command(command: CommandNode, lost: list[Unsupported]) -> None:
    """Note what a command has that no policy could say."""
    known = {"command", "recordingName", "callName", "bridgeName"}
    for member in command.object.members if command.object is not None else ():
        if member.name not in known:
            lost.append(Unsupported(member.key.inside, f"`{member.name}` of `{command.is_a}`"))


def known_events(events: Object | None, known: tuple[str, ...], lost: list[Unsupported]) -> None:
    """Note the events of a command that no policy could answer."""
    for member in events.members if events is not None else ():
        if member.name not in known:
            lost.append(Unsupported(member.key.inside, f"`{member.name}` here"))
