"""The keys of rooms in the manifest, held against what the policy says of them.

Invariant: each key in each talk of a room has the request sent that the policy names, and no other key has any.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.interpreters.v1.routes import Routes
from recpol.semantics.moments import Moment, told_by
from recpol.syntax import tree
from recpol.targets.filenames import MANIFEST, file_of
from recpol.verify.verified import Disagreement


def unanswered_keys(program: Program, routes: Routes) -> Iterator[Disagreement]:
    """The keys that the manifest forgets, has the wrong request sent for, or makes up."""
    meant = dict(_meant(program))
    for key, file in sorted(meant.keys() | routes.keys.keys()):
        wanted, given = meant.get((key, file)), routes.keys.get((key, file))
        if wanted != given:
            words = f"key {key} after `{file}` has {_sent(wanted)} sent"
            yield Disagreement(MANIFEST, words, f"{_sent(given)} is sent")


def _meant(program: Program) -> Iterator[tuple[tuple[str, str], str]]:
    """By key and the document that a call in the room got last, the file of the request."""
    for talk in program.steps:
        rooms = (talk,) if talk.connects else program.graph.before.get(talk.index, ())
        if not program.is_reachable(talk):
            continue
        handler = program.handler_of(talk)
        for room in rooms:
            lines = room.body.keys if isinstance(room.body, tree.Connect) else ()
            for line in lines:
                request = told_by(program, Moment("room", handler, talk, dialled=room), line.key.text)
                if request is not None:
                    yield (line.key.text, file_of(handler)), file_of(request)


def _sent(file: str | None) -> str:
    return "nothing" if file is None else f"`{file}`"
