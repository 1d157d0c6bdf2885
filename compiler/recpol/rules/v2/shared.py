"""What rules of policies find in documents of Voice API v2, where they read them as lists of commands."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar, Object
from recpol.platform.sources import VOICE_V2
from recpol.rules.jsonnotation import V2
from recpol.rules.policy import conflicts, filenames, soundfiles
from recpol.rules.v2.steps import Start, same, starts
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandNode, CommandPlace, message_items
from recpol.svaml.values import known_now

_LASTS = ("pause", "menu", "gotoMenu", "webhook", "messages")
"""Commands that take their time or can be heard: what comes after them does not come at once."""


def _ended_at_once(document: Document) -> Iterator[Finding]:
    """Each recording that is stopped, or whose leg is hung up, before anything can be heard."""
    for start in starts(document):
        end = _end(start)
        if end is None or end.name is None or start.step.at is None or start.step.handler.over:
            continue
        hangs_up = end.is_a == "hangup"
        yield Finding(
            "this recording ends before it begins" if hangs_up else V2.nothing_recorded,
            start.step.at.inside,
            notes=(Note(end.name.inside, "the call ends at once" if hangs_up else "stopped at once"),),
            why=f"`startRecording` does not wait; what comes after it runs at once ({VOICE_V2})",
            help=V2.fill_recording,
        )


def _end(start: Start) -> CommandNode | None:
    """The command that ends a recording as soon as it has begun."""
    for command in start.step.rest:
        if command.is_a in _LASTS:
            return None
        if command.is_a == "stopRecording" and same(_name(command), start.name):
            return command
        if command.is_a == "hangup" and _own(command, start):
            return command
    return None


def _name(command: CommandNode) -> JsonScalar | None:
    return command.text("recordingName") or command.text("name")


def _own(command: CommandNode, start: Start) -> bool:
    """Whether a `hangup` is about the leg that is recorded."""
    leg, name = start.step.handler.leg, command.text("callName")
    return (command.object is not None and command.object.find("callName") is None) or (
        leg is not None and same(leg.name, name)
    )


def _names_a_file(url: str) -> bool:
    """Whether a URL names a file that is not the same for every call: `fixed-file-name` finds others."""
    name = url.rpartition("/")[2]
    return "{{" in name and name.lower().endswith((".mp3", ".wav"))


def _second(document: Document) -> Iterator[Finding]:
    """Each recording that comes after another one of the call and gets its name."""
    begun = [(start, url) for start in starts(document) if (url := start.option("destinationUrl")) is not None]
    for start, url in begun:
        place: CommandPlace | None = start.step
        while place is not None and _names_a_file(url.text):
            earlier = place.handler.commands[: place.index]
            first = next((at for one, at in begun if one.step.command in earlier and at.text == url.text), None)
            if first is not None:
                yield Finding(
                    "two recordings of one call get this name: the second overwrites the first",
                    url.inside,
                    notes=(Note(first.inside, "the first"),),
                    why=f"no page says that a file is kept that is there already ({VOICE_V2})",
                    help="give it another name, such as one with its `recordingName` in it",
                )
                break
            place = place.outer


def _unfetched(document: Document) -> Iterator[Finding]:
    """Each file of a PLAY message that is no address: there are no uploaded files to be named here."""
    for script in document.scripts:
        for step in script.steps:
            for url in _files(step.command):
                address = known_now(url)
                if address is not None and not soundfiles.is_address(address):
                    sentence = soundfiles.is_sentence(address)
                    yield Finding(
                        f"`{address}` is not a web address" if address.strip() else "no file is named here",
                        url.inside,
                        why=f"PLAY takes the address of a file ({VOICE_V2})",
                        help=V2.spoken_instead if sentence else "write its address in full: `https://host/file.mp3`",
                    )


def _files(command: CommandNode) -> Iterator[JsonScalar]:
    for item in message_items(command):
        played = item.get("play")
        url = played.text("url") if isinstance(played, Object) else None
        if url is not None:
            yield url


second_recording = filenames.second_recording.in_documents(document=_second)
empty_recording = conflicts.empty_recording.in_documents(document=_ended_at_once)
bad_file_url = soundfiles.bad_file_url.in_documents(document=_unfetched)
