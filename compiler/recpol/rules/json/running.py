"""What a document of Voice API v2 plays and asks while it records, in the order in which its commands run.

Commands of a list run in order, and those that do not block at once; so a handler of such a command comes after the
rest of its list. A recording holds what is heard on its own leg. A webhook may stop any, and nothing is said of what
comes after one.

Invariant: what is given as recorded is so in every call that comes to it, as far as the document tells; proportional
to the number of commands.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.jsontree import JsonScalar, Object
from recpol.base.record import Record, replace
from recpol.platform.v2.commands import COMMANDS
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandList, CommandNode, DocumentLeg, message_lists
from recpol.svaml.values import known_now

_AUDIBLE = ("messages", "menu", "gotoMenu", "pause", "bridgeCall")
"""Commands that are heard, or that give people time to talk."""

_MOST = 8
"""So many recordings at once are followed; who has more is told of the first ones."""


class RecordingUnderWay(Record):
    """A recording that runs: where it begins, its name (None: it is not written), its leg, and which side it holds.

    `holds` is true where something could be heard since it began.
    """

    at: JsonScalar
    name: str | None
    leg: DocumentLeg | None
    side: str
    holds: bool = False


_Running = tuple[RecordingUnderWay, ...]


def heard_commands(document: Document) -> Iterator[tuple[CommandNode, _Running]]:
    """The `messages` and menus of a document, each with what records it; those of a handler after those around it."""
    for script in document.scripts:
        for handler in script.lists:
            if handler.word == "commands":
                yield from _through(handler, ())


def _through(handler: CommandList, running: _Running) -> Iterator[tuple[CommandNode, _Running]]:
    left: list[_Running] = []
    for command in handler.commands:
        if command.is_a in ("messages", "menu"):
            yield command, tuple(one for one in running if one.leg is handler.leg)
        running = _after(command, handler, running)
        left.append(running)
    for command, after in zip(handler.commands, left, strict=True):
        form = COMMANDS.get(command.is_a)
        state = after if form is not None and form.blocks else left[-1]
        for inner in command.handlers:  # of a start, those that run when it is over, or never was
            if not inner.over:
                yield from _through(inner, tuple(one for one in state if one.at is not command.name))


def _after(command: CommandNode, handler: CommandList, running: _Running) -> _Running:
    """What records when a command has run, or has begun to."""
    match command.is_a:
        case "startRecording":
            begun = _begun(command, handler)
            return running if begun is None else (*running, begun)[:_MOST]
        case "stopRecording":
            name = _name(command)
            return tuple(one for one in running if name is not None and one.name != name)
        case "hangup" | "webhook":
            return ()
        case word if word in _AUDIBLE:
            return tuple(replace(one, holds=True) if one.leg is handler.leg else one for one in running)
        case _:
            return running


def _begun(command: CommandNode, handler: CommandList) -> RecordingUnderWay | None:
    options = command.object.get("recordingOptions") if command.object is not None else None
    side = options.text("recordingType") if isinstance(options, Object) else None
    if command.name is None:
        return None
    return RecordingUnderWay(command.name, _name(command), handler.leg, "" if side is None else side.text)


def _name(command: CommandNode) -> str | None:
    value = command.text("recordingName") or command.text("name")
    return None if value is None else known_now(value)


def spoken_parts(command: CommandNode) -> Iterator[tuple[int, JsonScalar]]:
    """The texts that a `messages` or a menu speaks, each with its number in its list."""
    for listed in message_lists(command):
        for number, item in enumerate(listed.items):
            said = item.get("say") if isinstance(item, Object) else None
            text = said.text("text") if isinstance(said, Object) else None
            if text is not None:
                yield number, text
