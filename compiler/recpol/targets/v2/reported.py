"""What a document of Voice API v2 leaves to the webhook: the events of commands that have no handlers for them.

Invariant: total and pure; every command is looked at once, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.targets.reply import Json

_REPORTED = {
    "startRecording": ("call.recording.finished", "call.recording.failed"),
    "amd": ("call.amd.human", "call.amd.machine", "call.amd.beep", "call.amd.unknown"),
}
"""The events that a command without `events` leaves to the webhook (tutorials); an invalid reply ends the call."""


def reported(documents: list[Json]) -> dict[str, None]:
    """The events that come to the webhook from some documents, in the order in which they are met."""
    return dict.fromkeys(event for document in documents for event in _left(document["commands"]))


def _left(commands: list[Json]) -> Iterator[str]:
    """The events that commands, and those in their handlers, leave to the webhook."""
    for command in commands:
        if command["command"] == "webhook":
            yield f"call.webhook.{command['webhookName']}"
        if "events" not in command:
            yield from _REPORTED.get(command["command"], ())
        for handler in command.get("events", {}).values():
            yield from _left(handler)
        for item in command.get("menus", {}).values():
            for handler in (*item.get("matches", {}).values(), item.get("onFailure", [])):
                yield from _left(handler)
