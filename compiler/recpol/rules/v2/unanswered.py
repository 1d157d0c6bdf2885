"""What an incoming call of Voice API v2 is played, asked or recorded before it is answered, if it ever is.

Commands run in the order of their list; what is in the handlers of a command that does not block runs when the rest of
its list has. A webhook may have answered the call, and nothing is said of what comes after one.

Invariant: of one way through a document only the first such command is found; the others are the same mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.jsontree import JsonScalar
from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.platform.v2.commands import COMMANDS
from recpol.svaml.v2.commands import CommandList, CommandNode, CommandScript

HEARD = ("messages", "menu", "startRecording")
"""The commands that need a call which is answered."""

_Answered = Literal["no", "yes", "unknown"]


class EarlyCommand(Record):
    """A command that comes too early, its word, and where the call is answered later on, if anywhere."""

    command: CommandNode
    name: JsonScalar
    answer: JsonScalar | None


def unanswered(script: CommandScript) -> Iterator[EarlyCommand]:
    """The commands of a script about an incoming call that come before it is answered."""
    own = [step for step in script.steps if step.is_a == "answer" and step.handler.leg is script.leg]
    if script.role == "command" or (not own and script.role != "incoming"):
        return  # who answered the call, and when, another document says
    top = next((handler for handler in script.lists if handler.word == "commands"), None)
    if top is not None:
        answer = own[0].at if own else None
        yield from (EarlyCommand(command, name, answer) for command, name in _early(top, "no"))


def _early(handler: CommandList, state: _Answered) -> Iterator[tuple[CommandNode, JsonScalar]]:
    """The commands of a list that come too early, and those of the handlers inside it."""
    left: list[_Answered] = []
    for command in handler.commands:
        if command.is_a == "answer":
            state = "yes"
        elif command.is_a == "webhook" and state == "no":
            state = "unknown"
        elif command.is_a in HEARD and state == "no" and command.name is not None:
            yield command, command.name
            state = "unknown"  # it is told
        left.append(state)
    for command, after in zip(handler.commands, left, strict=True):
        form = COMMANDS.get(command.is_a)
        for inner in command.handlers:
            if inner.leg is handler.leg and not inner.over:
                yield from _early(inner, after if form is not None and form.blocks else left[-1])
