"""What rules of policies find in documents of Voice API v2, where they read them as lists of commands."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar, Object
from recpol.platform.sources import VOICE_V2
from recpol.rules.jsonnotation import V2
from recpol.rules.policy import conflicts, filenames, soundfiles
from recpol.rules.v2.steps import same, starts
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandList, CommandNode, CommandPlace, DocumentLeg, message_items
from recpol.svaml.values import known_now

_LASTS = ("pause", "menu", "gotoMenu", "webhook", "messages")
"""Commands that take their time or can be heard: what comes after them does not come at once."""


def _ended_at_once(document: Document) -> Iterator[Finding]:
    """Each recording that is stopped, or whose leg is hung up, before anything can be heard."""
    ends: dict[CommandList, dict[CommandNode, CommandNode]] = {}
    for start in starts(document):
        handler = start.step.handler
        if handler not in ends:
            ends[handler] = _ends(handler)
        end = ends[handler].get(start.step.command)
        if end is None or end.name is None or start.step.at is None or handler.over:
            continue
        hangs_up = end.is_a == "hangup"
        yield Finding(
            "this recording ends before it begins" if hangs_up else V2.nothing_recorded,
            start.step.at.inside,
            notes=(Note(end.name.inside, "the call ends at once" if hangs_up else "stopped at once"),),
            why=f"`startRecording` does not wait; what comes after it runs at once ({VOICE_V2})",
            help=V2.fill_recording,
        )


def _ends(handler: CommandList) -> dict[CommandNode, CommandNode]:
    """The recordings of a list that are ended as soon as they have begun, each with the command that ends it."""
    found: dict[CommandNode, CommandNode] = {}
    stops: dict[str, CommandNode] = {}
    hangup: CommandNode | None = None
    for command in reversed(handler.commands):  # the first end that comes after it is met last before it
        name = command.text("recordingName") or command.text("name")
        if command.is_a in _LASTS:
            stops, hangup = {}, None
        elif command.is_a == "hangup" and _own(command, handler.leg):
            stops, hangup = {}, command
        elif command.is_a == "stopRecording" and name is not None:
            stops[name.text] = command
        elif command.is_a == "startRecording":
            stop = None if name is None or known_now(name) is None else stops.get(name.text)
            end = stop or hangup
            if end is not None:
                found[command] = end
    return found


def _own(command: CommandNode, leg: DocumentLeg | None) -> bool:
    """Whether a `hangup` is about the leg that is recorded."""
    name = command.text("callName")
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
    firsts: dict[tuple[CommandList, str], tuple[int, JsonScalar]] = {}
    for start, url in begun:
        firsts.setdefault((start.step.handler, url.text), (start.step.index, url))
    for start, url in begun:
        place: CommandPlace | None = start.step
        while place is not None and _names_a_file(url.text):
            index, first = firsts.get((place.handler, url.text), (place.index, url))
            if index < place.index:
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
