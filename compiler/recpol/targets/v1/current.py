"""A program to the SVAML that the platform documents today: camelCase, and recordings by instructions.

The typed SDKs of today have no recording flag on any action, so a call recording always begins with the instruction
`startRecording` (instructions run before the action). The flag is left for what nothing else can start: conference
recordings, and recordings of app calls (Recording page since 2020, in-app calling recording page). A Manage Call body
holds the instructions that change the recorder, and `continue`.

Invariant: total on every program that the rules accept; the output depends on nothing but the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.platform.targets import SVAML1
from recpol.targets.reply import Json, Place, Reply
from recpol.targets.v1 import replies
from recpol.targets.v1.replies import ReplyDialect


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _request(changes: list[Json]) -> Json:
    """A Manage Call body: the changes in order, and the call goes on."""
    return {"instructions": changes, "action": {"name": "Continue"}}


DIALECT = ReplyDialect(spell=_camel, flag=SVAML1.flag, flagged=SVAML1.flags, request=_request, current=True)

SPARE = replies.spare(DIALECT)
"""Its replies that stand in for others."""


def lower(program: Program) -> tuple[Reply, ...]:
    """All documents of a policy: replies in the order of the handlers, then the bodies of the phases."""
    return replies.lower(program, DIALECT)


def places(program: Program) -> Iterator[Place]:
    """Where in the documents each step is that can be heard."""
    return replies.places(program, DIALECT)
