"""The objects of a document, each beside the properties that its place has: replies, callouts and commands alike.

Invariant: every object whose shape some source documents comes exactly once, outer ones first; only the handlers of a
command that does not exist are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import Record
from recpol.base.typing import TypeVar
from recpol.platform.shape import Property
from recpol.platform.sources import CALLBACK_PAGE, CALLING_PAGE, V2, VOICE_V2
from recpol.platform.v1.requests import CALLOUTS
from recpol.platform.v2.beside import BATCH, ELSEWHERE
from recpol.platform.v2.commands import COMMANDS, DOCUMENT, DOCUMENT_HANDLERS, OLD_NAMES
from recpol.rules.rule import Dialect
from recpol.svaml.document import Document

Walked = TypeVar("Walked")

WRONG_URLS = ("destination", "destinationUri", "url", "uri")
"""What people write for `destinationUrl`."""

FLAG_WORDS = ("record", "recording", "recordingOptions", "options")
"""What people write for the flag and for the options of a recording, wherever they stand."""

_REPLY = (
    Property("instructions", "list", CALLBACK_PAGE),
    Property("action", "anything", CALLBACK_PAGE),  # of another type it is another rule's
)

_OTHER_PARTS = ("actions", "commands", "command", "callname", "events")
"""What a reply does not have, and other rules speak about, in any letter case."""

_OTHER_KEY = {"options": "recordingOptions", "recordingOptions": "options"}
"""Where recording options stand by mistake, and where they belong."""

_OTHERS = {
    "startRecording": ("recordingOptions",),
    "recordingOptions": ("destination", "destinationUrl", "credentials"),
    "transcriptionOptions": ("isEnabled",),
}
"""In Voice API v2, the properties that rules about recordings require."""

_HEADS = ("events", BATCH[0].name, "type")
"""What a document of Voice API v2 has beside its properties; the last two in a batch and in a `STATIC` service."""


class ShapedObject(Record):
    """An object, what it is called in a message, and the properties that it can have.

    `place` is the form, or the property that holds the object. `heads` are further properties, which say what it is or
    are objects of their own; `others` are names that other rules speak about, there or missing. `tags` are the words of
    its `type`, where that says which one of the properties stands beside it.
    """

    node: Object
    dialect: Dialect
    owner: str
    place: str
    properties: tuple[Property, ...]
    heads: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def find(self, name: str) -> Property | None:
        """The property of that name, spelled so."""
        for part in self.properties:  # asked of every member by every rule, and faster so than by `next`
            if part.name == name:
                return part
        return None

    def values(self) -> Iterator[tuple[Property, Member]]:
        """The properties that are there and known, with their members; the other key of the options is read, too."""
        for member in self.node.members:
            known = self.find(member.name) or self._meant(member.name)
            if known is not None:
                yield known, member

    def _meant(self, name: str) -> Property | None:
        """What a member is beyond doubt under another name: another finding says so, and its value is looked at."""
        other = _OTHER_KEY.get(name)
        meant = self.find(other) if other is not None else None
        options = meant is not None and any(part.name == "destinationUrl" for part in meant.parts)
        return meant if meant is not None and options and self.node.find(meant.name) is None else None

    def old(self, name: str) -> tuple[str, str] | None:
        """What a property of the drafts of v2, or of v1, is called in v2 today, and who used the old name."""
        return OLD_NAMES.get((self.place, name)) if self.dialect == "v2" else None

    @property
    def chosen(self) -> Property | None:
        """The part that the `type` asks for."""
        tag = self.node.text("type") if self.tags else None
        return None if tag is None else next((part for part in self.properties if part.tag == tag.text), None)

    @property
    def begin(self) -> JsonScalar | None:
        """What can be shown of an object that lacks something: its name, the word of a command, or its type."""
        return next((text for head in self.heads if (text := self.node.text(head)) is not None), None)


def _once(walk: Callable[[Document], Iterator[Walked]]) -> Callable[[Document], Sequence[Walked]]:
    """A walk that is kept for the last document: a dozen rules ask for it, one after the other."""
    kept: list[tuple[Document, Sequence[Walked]]] = []

    def walked(document: Document) -> Sequence[Walked]:
        if not kept or kept[0][0] is not document:
            kept[:] = [(document, tuple(walk(document)))]
        return kept[0][1]

    return walked


def tables(document: Document) -> Iterator[ShapedObject]:
    """All objects of a document whose properties are documented."""
    yield from tables_of_replies(document)
    yield from tables_of_commands(document)


@_once
def values(document: Document) -> Iterator[tuple[Property, Member]]:
    """All properties of a document that are there and known, with their members."""
    for table in tables(document):
        yield from table.values()


@_once
def tables_of_replies(document: Document) -> Iterator[ShapedObject]:
    """The objects of a callout, of replies to callbacks, and of their parts."""
    callout = document.callout
    if callout is not None and callout.object is not None:
        yield from _with_parts(_of_v1(callout.object, f"`{callout.method}`", callout.method, CALLOUTS[callout.method]))
    if document.kind == "callout" and isinstance(document.tree, Object):
        top = (Property("method", "text", CALLING_PAGE), *(Property(m, "object", CALLING_PAGE) for m in CALLOUTS))
        yield _of_v1(document.tree, "a callout", "callout", top)
    for reply in document.replies:
        if document.kind != "form":
            others = [member.name for member in reply.object.members if member.name.lower() in _OTHER_PARTS]
            yield ShapedObject(reply.object, "v1", "a reply", "reply", _REPLY, others=(*FLAG_WORDS, *others))
        for part in reply.parts:
            if part.object is not None and part.form is not None and part.name is not None:
                name = part.name.text
                yield from _with_parts(_of_v1(part.object, f"`{name}`", name, part.form.properties, heads=("name",)))


def _of_v1(
    node: Object, owner: str, place: str, properties: tuple[Property, ...], heads: tuple[str, ...] = ()
) -> ShapedObject:
    if any(part.name == "destinationUrl" for part in properties):
        others: tuple[str, ...] = (*WRONG_URLS, "destinationUrl", "credentials")
    else:
        others = () if place == "menus" else FLAG_WORDS
    return ShapedObject(node, "v1", owner, place, properties, heads, (*others, "command"))


@_once
def tables_of_commands(document: Document) -> Iterator[ShapedObject]:
    """The objects of a document of Voice API v2."""
    for script in document.scripts:
        if script.role != "command":
            parts = (*DOCUMENT, *BATCH[1:])
            yield from _with_parts(ShapedObject(script.body, "v2", "a document of commands", "document", parts, _HEADS))
            yield from _events(script.body, DOCUMENT_HANDLERS, "the document")
        for step in script.steps:
            node, form = step.command.object, COMMANDS.get(step.is_a)
            if node is None or form is None:
                continue
            heads = ("command", "events") if form.handlers else ("command",)
            owner, others = f"`{form.name}`", _OTHERS.get(form.name, ())
            known = (*form.properties, *ELSEWHERE.get(form.name, ()))
            yield from _with_parts(ShapedObject(node, "v2", owner, form.name, known, heads, others))
            yield from _events(node, form.handlers, owner)


def _events(node: Object, handlers: tuple[str, ...], owner: str) -> Iterator[ShapedObject]:
    events = node.get("events")
    if isinstance(events, Object) and handlers:
        parts = tuple(Property(word, "commands", VOICE_V2, dialects=V2) for word in handlers)
        yield ShapedObject(events, "v2", f"`events` of {owner}", "events", parts)


def _with_parts(table: ShapedObject) -> Iterator[ShapedObject]:
    """An object, and those that its properties hold."""
    yield table
    for part, member in table.values():
        for node in _objects(part, member.value) if part.parts else ():
            owner = part.entry or f"`{part.name}`"
            if table.dialect == "v1":
                inner = _of_v1(node, owner, part.name, part.parts)
            elif part.kind in ("choice", "messages"):
                tags = tuple(choice.tag for choice in part.parts)
                type_ = Property("type", "word", VOICE_V2, required=True, dialects=V2, values=tags)
                inner = ShapedObject(node, "v2", owner, part.name, (type_, *part.parts), ("type",), tags=tags)
            else:
                inner = ShapedObject(node, "v2", owner, part.name, part.parts, others=_OTHERS.get(part.name, ()))
            yield from _with_parts(inner)


def _objects(part: Property, value: JsonNode) -> list[Object]:
    if isinstance(value, Object) and part.kind == "named menus":
        return [member.value for member in value.members if isinstance(member.value, Object)]
    if isinstance(value, Object):
        return [value]
    return [item for item in value.items if isinstance(item, Object)] if isinstance(value, Array) else []
