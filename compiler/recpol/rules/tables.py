"""The objects of a document, each beside the properties that its place has: replies, callouts and commands alike.

Invariant: every object whose shape some source documents comes exactly once, outer ones first; only the handlers of a
command that does not exist are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.nearest import KnownWords
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


class ObjectShape(Record):
    """The properties that the objects of a place can have; `by_name` has them, and `words` what a name can be meant as.

    `place` is the form, or the property that holds the object. `heads` are further properties, which say what it is or
    are objects of their own; `others` are names that other rules speak about, there or missing. `tags` are the words of
    its `type`, where that says which one of the properties stands beside it.
    """

    dialect: Dialect
    place: str
    properties: tuple[Property, ...]
    heads: tuple[str, ...]
    others: tuple[str, ...]
    tags: tuple[str, ...]
    by_name: Mapping[str, Property]
    words: KnownWords

    def meant(self, name: str, node: Object) -> Property | None:
        """What a member is beyond doubt under another name: another finding says so, and its value is looked at."""
        other = _OTHER_KEY.get(name)
        meant = self.by_name.get(other) if other is not None else None
        options = meant is not None and any(part.name == "destinationUrl" for part in meant.parts)
        return meant if meant is not None and options and node.find(meant.name) is None else None

    def old(self, name: str) -> tuple[str, str] | None:
        """What a property of the drafts of v2, or of v1, is called in v2 today, and who used the old name."""
        return OLD_NAMES.get((self.place, name)) if self.dialect == "v2" else None


def _shape(
    dialect: Dialect,
    place: str,
    properties: tuple[Property, ...],
    heads: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> ObjectShape:
    by_name: dict[str, Property] = {}
    for part in properties:
        by_name.setdefault(part.name, part)
    words = KnownWords(frozenset((*by_name, *heads)))
    return ObjectShape(dialect, place, properties, heads, others, tags, by_name, words)


class ShapedObject(Record):
    """An object, what it is called in a message, and what is known of its place.

    `values` are the properties that are there and known, with their members; the other key of the options is read, too.
    """

    node: Object
    owner: str
    shape: ObjectShape
    values: Sequence[tuple[Property, Member]]

    @property
    def chosen(self) -> Property | None:
        """The part that the `type` asks for."""
        tag = self.node.text("type") if self.shape.tags else None
        return None if tag is None else next((part for part in self.shape.properties if part.tag == tag.text), None)

    @property
    def begin(self) -> JsonScalar | None:
        """What can be shown of an object that lacks something: its name, the word of a command, or its type."""
        return next((text for head in self.shape.heads if (text := self.node.text(head)) is not None), None)


def _shaped(node: Object, owner: str, shape: ObjectShape) -> ShapedObject:
    known: list[tuple[Property, Member]] = []
    for member in node.members:
        part = shape.by_name.get(member.key.text) or shape.meant(member.key.text, node)
        if part is not None:
            known.append((part, member))
    return ShapedObject(node, owner, shape, known)


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
        yield from table.values


def prompts_in(known: Property, value: JsonNode) -> list[JsonScalar]:
    """The prompts in the platform's notation that a property holds."""
    if known.kind == "prompts" and isinstance(value, Array):
        return [item for item in value.items if isinstance(item, JsonScalar) and item.kind == "string"]
    return [value] if known.kind == "prompt" and isinstance(value, JsonScalar) and value.kind == "string" else []


@_once
def tables_of_replies(document: Document) -> Iterator[ShapedObject]:
    """The objects of a callout, of replies to callbacks, and of their parts."""
    callout = document.callout
    if callout is not None and callout.object is not None:
        shape = _of_v1(callout.method, CALLOUTS[callout.method])
        yield from _with_parts(_shaped(callout.object, f"`{callout.method}`", shape))
    if document.kind == "callout" and isinstance(document.tree, Object):
        yield _shaped(document.tree, "a callout", _of_v1("callout", _CALLOUT))
    for reply in document.replies:
        if document.kind != "form":
            others = [member.name for member in reply.object.members if member.name.lower() in _OTHER_PARTS]
            yield _shaped(reply.object, "a reply", _shape("v1", "reply", _REPLY, others=(*FLAG_WORDS, *others)))
        for part in reply.parts:
            if part.object is not None and part.form is not None and part.name is not None:
                shape = _of_v1(part.form.name, part.form.properties, heads=_NAME)
                yield from _with_parts(_shaped(part.object, f"`{part.name.text}`", shape))


_CALLOUT = (Property("method", "text", CALLING_PAGE), *(Property(name, "object", CALLING_PAGE) for name in CALLOUTS))
_NAME = ("name",)


def _of_v1(place: str, properties: tuple[Property, ...], heads: tuple[str, ...] = ()) -> ObjectShape:
    def make() -> ObjectShape:
        if any(part.name == "destinationUrl" for part in properties):
            others: tuple[str, ...] = (*WRONG_URLS, "destinationUrl", "credentials")
        else:
            others = () if place == "menus" else FLAG_WORDS
        return _shape("v1", place, properties, heads, (*others, "command"))

    return _kept(("v1", place, id(properties), heads), properties, make)


_shapes: dict[tuple[object, ...], tuple[ObjectShape, object]] = {}


def _kept(key: tuple[object, ...], table: object, make: Callable[[], ObjectShape]) -> ObjectShape:
    """What was made of a table of the platform, whose `id` is in the key; it is kept with it, so that no other table
    gets that `id`."""
    if key not in _shapes:
        _shapes[key] = make(), table
    return _shapes[key][0]


@_once
def tables_of_commands(document: Document) -> Iterator[ShapedObject]:
    """The objects of a document of Voice API v2."""
    for script in document.scripts:
        if script.role != "command":
            yield from _with_parts(_shaped(script.body, "a document of commands", _commands()))
            yield from _events(script.body, DOCUMENT_HANDLERS, "the document")
        for step in script.steps:
            node, form = step.command.object, COMMANDS.get(step.is_a)
            if node is None or form is None:
                continue
            yield from _with_parts(_shaped(node, f"`{form.name}`", _command(form.name)))
            yield from _events(node, form.handlers, f"`{form.name}`")


@cache
def _commands() -> ObjectShape:
    return _shape("v2", "document", (*DOCUMENT, *BATCH[1:]), _HEADS)


@cache
def _command(name: str) -> ObjectShape:
    form = COMMANDS[name]
    heads = ("command", "events") if form.handlers else ("command",)
    return _shape("v2", name, (*form.properties, *ELSEWHERE.get(name, ())), heads, _OTHERS.get(name, ()))


def _events(node: Object, handlers: tuple[str, ...], owner: str) -> Iterator[ShapedObject]:
    events = node.get("events")
    if isinstance(events, Object) and handlers:
        yield _shaped(events, f"`events` of {owner}", _handlers(handlers))


@cache
def _handlers(words: tuple[str, ...]) -> ObjectShape:
    return _shape("v2", "events", tuple(Property(word, "commands", VOICE_V2, dialects=V2) for word in words))


def _with_parts(table: ShapedObject) -> Iterator[ShapedObject]:
    """An object, and those that its properties hold."""
    yield table
    for part, member in table.values:
        if part.parts and (nodes := _objects(part, member.value)):
            owner, shape = part.entry or f"`{part.name}`", _inner(table.shape.dialect, part)
            for node in nodes:
                yield from _with_parts(_shaped(node, owner, shape))


def _inner(dialect: Dialect, part: Property) -> ObjectShape:
    """The shape of the objects that a property holds."""
    if dialect == "v1":
        return _of_v1(part.name, part.parts)

    def make() -> ObjectShape:
        if part.kind not in ("choice", "messages"):
            return _shape("v2", part.name, part.parts, others=_OTHERS.get(part.name, ()))
        tags = tuple(choice.tag for choice in part.parts)
        type_ = Property("type", "word", VOICE_V2, required=True, dialects=V2, values=tags)
        return _shape("v2", part.name, (type_, *part.parts), ("type",), tags=tags)

    return _kept(("v2", id(part)), part, make)


def _objects(part: Property, value: JsonNode) -> list[Object]:
    if isinstance(value, Object) and part.kind == "named menus":
        return [member.value for member in value.members if isinstance(member.value, Object)]
    if isinstance(value, Object):
        return [value]
    return [item for item in value.items if isinstance(item, Object)] if isinstance(value, Array) else []
