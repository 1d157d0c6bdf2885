"""The objects of a document, each beside the properties that its place in SVAML has.

Invariant: every object whose shape some source documents comes exactly once, outer ones first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recpol.base.jsontree import Array, JsonNode, Member, Object
from recpol.base.record import dataclass
from recpol.platform.shape import Property
from recpol.platform.sources import CALLBACK_PAGE, CALLING_PAGE
from recpol.platform.v1.requests import CALLOUTS
from recpol.svaml.document import Document, DocumentReply, ReplyPart

REPLY = (
    Property("instructions", "list", CALLBACK_PAGE),
    Property("action", "object", CALLBACK_PAGE),
)
"""What a reply has at its top."""

_NAME = Property("name", "text", CALLBACK_PAGE)


_OTHER_KEY = {"options": "recordingOptions", "recordingOptions": "options"}
"""Where recording options stand by mistake, and where they belong."""


@dataclass(frozen=True, slots=True)
class ShapedObject:
    """An object, what it is called in a message, and the properties that it can have."""

    node: Object
    owner: str
    properties: tuple[Property, ...]

    def find(self, name: str) -> Property | None:
        """The property of that name, spelled so."""
        return next((p for p in self.properties if p.name == name), None)

    def values(self) -> Iterator[tuple[Property, Member]]:
        """The properties that are there and known, with their members; the other key of the options is read, too."""
        for member in self.node.members:
            known = self.find(member.name) or self._meant(member.name)
            if known is not None:
                yield known, member

    def _meant(self, name: str) -> Property | None:
        """What a member is beyond doubt under another name: another finding says so, and its value is looked at."""
        meant = self.find(_OTHER_KEY.get(name, ""))
        options = meant is not None and any(part.name == "destinationUrl" for part in meant.parts)
        return meant if meant is not None and options and self.node.find(meant.name) is None else None


def tables(document: Document) -> Iterator[ShapedObject]:
    """All objects of a document whose properties are documented."""
    callout = document.callout
    if callout is not None and callout.object is not None:
        yield from _inside(callout.object, callout.method, CALLOUTS[callout.method])
    if document.kind == "callout" and isinstance(document.tree, Object):
        top = (Property("method", "text", CALLING_PAGE), *(Property(m, "object", CALLING_PAGE) for m in CALLOUTS))
        yield ShapedObject(document.tree, "a callout", top)
    for reply in document.replies:
        if document.kind != "form":
            yield ShapedObject(reply.object, "a reply", REPLY)
        for part in reply.parts:
            if part.object is not None and part.form is not None and part.name is not None:
                yield from _inside(part.object, part.name.text, (_NAME, *part.form.properties))


def _inside(node: Object, owner: str, properties: tuple[Property, ...]) -> Iterator[ShapedObject]:
    table = ShapedObject(node, owner, properties)
    yield table
    for known, member in table.values():
        for inner in _objects(member.value):
            if known.parts:
                yield from _inside(inner, known.name, known.parts)


def _objects(value: JsonNode) -> Iterable[Object]:
    if isinstance(value, Object):
        return (value,)
    return [item for item in value.items if isinstance(item, Object)] if isinstance(value, Array) else ()


def parts(document: Document) -> Iterator[tuple[DocumentReply, ReplyPart]]:
    """Every instruction and action of a document, with its reply."""
    for reply in document.replies:
        for part in reply.parts:
            yield reply, part


WRONG_URLS = ("destination", "destinationUri", "url", "uri")
"""What people write for `destinationUrl`."""

FLAG_WORDS = ("record", "recording", "recordingOptions", "options")


def about_recording(table: ShapedObject, member: Member | str) -> bool:
    """Whether a rule about recordings speaks about a property, there or missing, of that place."""
    name = member if isinstance(member, str) else member.name
    if table.properties is REPLY:
        return name in FLAG_WORDS
    if table.owner in ("options", "recordingOptions") and any(p.name == "destinationUrl" for p in table.properties):
        return name in (*WRONG_URLS, "destinationUrl", "credentials")
    return name in FLAG_WORDS and table.owner != "menus" and table.find("destinationUrl") is None
