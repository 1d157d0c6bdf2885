"""Keys that are pressed in a room, to the requests that the backend sends when it is told of them.

The platform tells of the keys of a participant whose room has the DTMF mode `detect`, in a PIE of type `sequence` that
it wants answered with 200 and nothing else (conference DTMF page). So a key changes nothing by itself: the backend
sends the request.

Invariant: a key leads to a request only where every room that the talk can be in says the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callgraph import Graph
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.syntax import tree

MODE = "dtmf-mode"
"""The option that says what a room does with the keys of this participant."""


def detects(connect: tree.Connect) -> bool:
    """Whether the platform tells of the keys that are pressed after this connect: it has some, or says so."""
    said = (option.value for option in connect.options if option.name.text == MODE)
    return bool(connect.keys) or any(isinstance(value, tree.Word) and value.text == "detect" for value in said)


class KeyInTalk(Record):
    """A key and its request in a talk of a room; `agreed` is false where the talk can be in a room without it."""

    talk: Step
    key: str
    request: Handler
    agreed: bool


def keys_in_talks(graph: Graph, handlers: tuple[Handler, ...], steps: tuple[Step, ...]) -> Iterator[KeyInTalk]:
    """The keys that have a request sent, in each talk in which that can be sent."""
    for index, sent in graph.requests.items():
        talk = steps[index]
        rooms = [room.body for room in _rooms(graph, talk) if isinstance(room.body, tree.Connect)]
        if not any(room.keys for room in rooms):
            continue
        said = [{(line.key.text, line.request.text) for line in room.keys} for room in rooms]
        requests = {handlers[number].name: handlers[number] for number in sent}
        for key, name in sorted(set().union(*said)):
            if name in requests:
                yield KeyInTalk(talk, key, requests[name], all((key, name) in lines for lines in said))


def _rooms(graph: Graph, talk: Step) -> tuple[Step, ...]:
    """The connects that a talk can be in: itself, or those that lead to a `continue`."""
    return (talk,) if talk.connects else graph.before.get(talk.index, ())
