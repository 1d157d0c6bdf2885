"""What a document of Voice API v2 leaves to the webhook, and which answer of the manifest is meant for it.

A command without `events` leaves what becomes of it to the webhook of the service (tutorials for Voice API v2); with
`events`, even empty ones, nothing is reported.

Invariant: total, and linear in the documents and the manifest.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from recpol.base.inline import KEYS, inline_reply
from recpol.base.record import Record
from recpol.interpreters.placeholders import names_in, needed
from recpol.interpreters.v2.documents import EVENTS

Report = tuple[str, ...]
"""What an answer of the manifest answers: an event, a call to begin, or `manage` with a phase and its moment."""

Command = Mapping[object, object]

INCOMING: Report = ("call.incoming",)

REPORTS: Mapping[str, tuple[str, ...]] = {
    "startRecording": ("call.recording.finished", "call.recording.failed"),
    "amd": ("call.amd.human", "call.amd.machine", "call.amd.beep", "call.amd.unknown"),
    "messages": ("call.message.finished",),
}
"""The events of a command that come to the webhook where it has no `events`; those of `dial` are no mere reports."""


_TOLD = frozenset((*EVENTS, "stopRecording", "answer", "webhook"))


def left(commands: Iterable[Command]) -> Iterator[Report]:
    """The reports that commands leave to the webhook."""
    for command in commands:
        if command.get("command") == "webhook":
            yield (f"call.webhook.{command.get('webhookName')}",)
        if "events" not in command:
            for event in REPORTS.get(str(command.get("command")), ()):
                yield (event,)


def reporting(commands: Iterable[Command]) -> Iterator[object]:
    """The names of the recordings whose failure comes to a webhook."""
    for one in commands:
        events = one.get("events")
        failed = events.get("onFailure") if isinstance(events, dict) else None
        hooks = [step for step in failed if isinstance(step, dict)] if isinstance(failed, list) else []
        told = "events" not in one or any(step.get("command") == "webhook" for step in hooks)
        if one.get("command") == "startRecording" and told:
            yield one.get("recordingName")


def kept_back(commands: Iterable[Command], reported: Container[str]) -> Iterator[object]:
    """The names of recordings whose end is `reported` by a webhook of their own, and that have no handler of their end
    or of their failure where they start."""
    for one in commands:
        name, events = one.get("recordingName"), one.get("events")
        told = one.get("command") == "startRecording" and f"call.webhook.{name}.finished" in reported
        if told and not (isinstance(events, dict) and {"onFinish", "onFailure"} <= events.keys()):
            yield name


class DocumentParts(Record):
    """What is asked of a document wherever it stands in it.

    `commands` are those that can be told of (`_TOLD`), the first ones first; `values` the placeholders that must be
    filled, as `env.NAME` and `call.FIELD`, sorted, each once.
    """

    commands: tuple[Command, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def stopped(self) -> tuple[object, ...]:
        """The names of the recordings that a request stops."""
        return tuple(one.get("recordingName") for one in self.commands if one.get("command") == "stopRecording")

    @property
    def answers(self) -> bool:
        """Whether the first command answers the call."""
        return bool(self.commands) and self.commands[0].get("command") == "answer"


def parts(document: object) -> DocumentParts:
    """A document in its parts."""
    commands: list[Command] = []
    values: set[str] = set()
    todo: list[object] = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            name = value.get("command")
            if isinstance(name, str) and name in _TOLD:
                commands.append(value)
            inside = []
            for key, inner in value.items():
                if not isinstance(inner, str):
                    inside.append(inner)
                elif key in KEYS:
                    values.update(needed(inline_reply(key, inner)))  # in which braces may be written as escapes
                elif "{{" in inner:
                    values.update(names_in(inner))
            todo += reversed(inside)
        elif isinstance(value, list):
            todo += reversed(value)
        elif isinstance(value, str) and "{{" in value:
            values.update(names_in(value))
    return DocumentParts(tuple(commands), tuple(sorted(values)))


def asked(answer: object) -> Report | None:
    """What one answer of the manifest answers; None where it cannot be read."""
    match answer:
        case {"event": "manage", "phase": str(phase), "moment": str(moment)}:
            return ("manage", phase, moment)
        case {"event": "request" | "callout" as kind, "name": str(name)}:
            return (kind, name)
        case {"event": str(event)} if event != "manage":
            return (event,)
        case _:
            return None
