"""The commands of a Voice API v2 document, and the recordings that it starts, for rules about what they do."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.jsontree import JsonScalar, Object
from recpol.base.record import Record
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandPlace, CommandScript
from recpol.svaml.values import known_now


def steps(document: Document) -> Iterator[tuple[CommandScript, CommandPlace]]:
    """Every command of a document, with the list of commands that it belongs to."""
    for script in document.scripts:
        for step in script.steps:
            yield script, step


class Start(Record):
    """A `startRecording` in its place, with its name and its options."""

    step: CommandPlace
    script: CommandScript
    name: JsonScalar | None
    options: Object | None

    def option(self, name: str) -> JsonScalar | None:
        """The value of an option, if it is a string."""
        return None if self.options is None else self.options.text(name)


def starts(document: Document) -> Iterator[Start]:
    """Every start of a recording."""
    for script, step in steps(document):
        if step.is_a == "startRecording" and step.command.object is not None:
            options = step.command.object.get("recordingOptions")
            yield Start(step, script, name_of(step, "recordingName"), options if isinstance(options, Object) else None)


def name_of(step: CommandPlace, property_: str) -> JsonScalar | None:
    """The name that a command gives or takes, under its name of today or that of the drafts; None if known later."""
    value = step.command.text(property_)
    if value is None and property_ != "callName":
        value = step.command.text("name")
    return None if value is None or known_now(value) is None else value


def same(first: JsonScalar | None, second: JsonScalar | None) -> bool:
    """Whether two names are written and equal."""
    return first is not None and second is not None and first.text == second.text
