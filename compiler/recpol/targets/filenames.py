"""What the files of a compilation are called: one spelling for those that write, read, compare and show them.

    ice.json · pie.NAME.json · manage.NAME.json    the reply of a handler
    callout.NAME.json    the request that begins a call
    manage.PHASE.begin.json · manage.PHASE.end.json    the request that begins or ends a phase
    incoming.json · acknowledge.json            Voice API v2: the call, and the answer to its reports
    manifest.json    which callback each of them answers

Invariant: within one target and policy, two documents never get one name.
"""

from __future__ import annotations

from recpol.analysis.callouts import beginnings, follows
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler

MANIFEST = "manifest.json"

INCOMING = "incoming.json"
"""The document of Voice API v2 that holds a whole call."""

ACKNOWLEDGED = "acknowledge.json"
"""The answer of Voice API v2 to a report that changes nothing."""


def reply_file(event: str, name: str | None = None) -> str:
    """The file of the reply to a callback: `name` is the PIE handler's, or that of a Manage Call body."""
    return f"{event}.json" if name is None else f"{event}.{name}.json"


def file_of(handler: Handler) -> str:
    """The file of a handler's reply."""
    return reply_file(handler.kind, handler.name)


def whole_file(handler: Handler) -> str:
    """The file of Voice API v2 that holds a whole call, by what it begins with: `on ice`, or a callout."""
    return INCOMING if handler.kind == "ice" else file_of(handler)


def holding_files(program: Program, handler: Handler) -> tuple[str, ...]:
    """The files of Voice API v2 in which a handler's reply stands: those of the calls that come to it; a request within
    a talk has its own."""
    if handler.in_talk:
        return (file_of(handler),)
    return tuple(whole_file(one) for one in beginnings(program) if handler.index in follows(program.graph, one))


def request_file(phase: str, moment: str) -> str:
    """The file of the request that begins or ends a phase; `moment` is `begin` or `end`."""
    return f"manage.{phase}.{moment}.json"


def pie_handler(file: str) -> str | None:
    """The PIE handler that a file is the reply of; None for other files."""
    return file.removeprefix("pie.").removesuffix(".json") if file.startswith("pie.") else None


def is_sent(file: str) -> bool:
    """Whether a file is what the backend sends to a call, rather than a reply to a callback."""
    return file.startswith("manage.")
