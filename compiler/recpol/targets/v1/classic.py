"""A program to classic SVAML: the replies of its handlers and the Manage Call bodies of its phases.

Names are PascalCase. Where a recording begins at an action that can carry the flag, the action carries it, under the
name `recording` (Recording page, 2018-2019); Manage Call has the actions `StartRecording` and `StopRecording` (Calling
API page).

Invariant: total on every program that the rules accept; the output depends on nothing but the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.platform.targets import CLASSIC
from recpol.targets.reply import Json, Place, Reply
from recpol.targets.v1 import replies
from recpol.targets.v1.replies import ReplyDialect


def _request(changes: list[Json]) -> Json:
    """The Manage Call body of the one change that a phase makes: the rules let none into another store."""
    change = changes[-1]
    if "options" in change:
        return {"action": {"name": change["name"], "recordingOptions": change["options"]}}
    return {"action": change}


DIALECT = ReplyDialect(
    spell=str,
    flag=CLASSIC.flag,
    flagged=CLASSIC.flags,
    request=_request,
    current=False,
)

SPARE = replies.spare(DIALECT)
"""Its replies that stand in for others."""


def lower(program: Program) -> tuple[Reply, ...]:
    """All documents of a policy: replies in the order of the handlers, then the bodies of the phases."""
    return replies.lower(program, DIALECT)


def places(program: Program) -> Iterator[Place]:
    """Where in the documents each step is that can be heard."""
    return replies.places(program, DIALECT)
