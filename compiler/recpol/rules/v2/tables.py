"""The objects of a Voice API v2 document, each beside the properties that its place has.

Invariant: every object whose shape some source documents comes exactly once, outer ones first; only the handlers of a
command that does not exist are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import dataclass
from recpol.platform.shape import Property
from recpol.platform.sources import V2, VOICE_V2
from recpol.platform.v2.commands import BATCH, COMMANDS, DOCUMENT, DOCUMENT_HANDLERS, MENU, OLD_NAMES
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandPlace, CommandScript
from recpol.svaml.values import known_now


@dataclass(frozen=True, slots=True)
class ShapedCommand:
    """An object, what it is called in a message, and the properties that it can have.

    `place` is its name among the old names, `others` are properties of which somebody else knows more, and `tags` the
    words of its `type`, where that says which one of `parts` stands beside it.
    """

    node: Object
    owner: str
    place: str
    parts: tuple[Property, ...]
    others: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def find(self, name: str) -> Property | None:
        """The property of that name, spelled so."""
        return next((part for part in self.parts if part.name == name), None)

    def values(self) -> Iterator[tuple[Property, Member]]:
        """The properties that are there and known, with their members."""
        for member in self.node.members:
            known = self.find(member.name)
            if known is not None:
                yield known, member

    def old(self, name: str) -> tuple[str, str] | None:
        """What a property of the drafts, or of v1, is called today, and who used the old name."""
        return OLD_NAMES.get((self.place, name))

    @property
    def chosen(self) -> Property | None:
        """The part that the `type` asks for."""
        tag = self.node.text("type") if self.tags else None
        return None if tag is None else next((part for part in self.parts if part.tag == tag.text), None)

    @property
    def begin(self) -> JsonScalar | None:
        """What can be shown of an object that lacks something: the word of a command, or its type."""
        return self.node.text("command") or (self.node.text("type") if self.tags else None)


def steps(document: Document) -> Iterator[tuple[CommandScript, CommandPlace]]:
    """Every command of a document, with the list of commands that it belongs to."""
    for script in document.scripts:
        for step in script.steps:
            yield script, step


def held(document: Document) -> Iterator[ShapedCommand]:
    """All objects of a document whose properties are documented."""
    for script in document.scripts:
        if script.role != "command":
            yield ShapedCommand(
                script.body,
                "a document of commands",
                "document",
                (*DOCUMENT, *BATCH[1:]),
                ("events", BATCH[0].name, *_STATIC),
            )
            yield from _events(script.body, DOCUMENT_HANDLERS, "the document")
            options = script.body.get("batchOptions")
            if options is not None:
                yield from _inside(BATCH[1], options)
        for step in script.steps:
            node, form = step.command.object, COMMANDS.get(step.is_a)
            if node is None or form is None:
                continue
            others = ("command", "events") if form.handlers else ("command",)
            yield ShapedCommand(node, f"`{form.name}`", form.name, form.properties, others)
            yield from _events(node, form.handlers, f"`{form.name}`")
            for part in form.properties:
                value = node.get(part.name)
                if value is not None:
                    yield from _inside(part, value)


_STATIC = ("type",)


def _events(node: Object, handlers: tuple[str, ...], owner: str) -> Iterator[ShapedCommand]:
    events = node.get("events")
    if isinstance(events, Object) and handlers:
        yield ShapedCommand(
            events,
            f"`events` of {owner}",
            "events",
            tuple(Property(word, "commands", VOICE_V2, dialects=V2) for word in handlers),
        )


def _inside(part: Property, value: JsonNode) -> Iterator[ShapedCommand]:
    match part.kind:
        case "object" | "list":
            for node in _objects(value):
                owner = "a call header" if part.name == "callHeaders" else f"`{part.name}`"
                yield from _object(ShapedCommand(node, owner, part.name, part.parts))
        case "choice" | "messages":
            for node in _objects(value):
                owner = "a message" if part.kind == "messages" else f"`{part.name}`"
                tags = tuple(choice.tag for choice in part.parts)
                yield from _object(ShapedCommand(node, owner, part.name, part.parts, ("type",), tags))
        case "named menus":
            members = value.members if isinstance(value, Object) else ()
            for member in members:
                if isinstance(member.value, Object):
                    yield from _object(ShapedCommand(member.value, "a menu", "menus", MENU))
        case _:
            pass


def _object(found: ShapedCommand) -> Iterator[ShapedCommand]:
    yield found
    for part, member in found.values():
        yield from _inside(part, member.value)


def _objects(value: JsonNode) -> list[Object]:
    if isinstance(value, Object):
        return [value]
    return [item for item in value.items if isinstance(item, Object)] if isinstance(value, Array) else []


@dataclass(frozen=True, slots=True)
class Start:
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
