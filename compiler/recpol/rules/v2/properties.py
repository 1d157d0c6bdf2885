"""What the rules about properties and values say of documents of Voice API v2.

A rule means the same in both interfaces, so it has one name; here is its part about v2, which has other tables.

Invariant: a property of which another rule knows more (old names, the requirements of a recording) is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Severity
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.nearest import letters_apart, nearest
from recpol.base.source import Span
from recpol.platform.limits import Limit
from recpol.platform.shape import Property
from recpol.platform.sources import SVAML_PAGE, VOICE_V2
from recpol.rules.edits import write
from recpol.rules.jsonedits import rename, without
from recpol.rules.policy.known import either
from recpol.rules.v2.tables import ShapedCommand, held, steps
from recpol.svaml.capitals import miswritten
from recpol.svaml.document import Document
from recpol.svaml.values import known_now

_FROM_V1 = {
    "options": "recordingOptions",
    "locale": "voiceName",
    "ids": "messages",
    "number": "to",
    "cli": "from",
    "maxDuration": "maxCallDurationSeconds",
    "barge": "allowBargeIn",
    "mainPrompt": "prompt",
    "repeats": "repeatCount",
    "maxDigits": "maximumInputLength",
    "timeoutMills": "inputTimeoutDurationSeconds",
    "mainMenu": "startMenu",
}
"""Properties of the older interface, and what does the same in v2."""

_RECORDING = ("destination", "destinationUrl", "credentials")
_TEXTS = ("text", "string", "name", "number", "sip uri", "socket", "storage", "secret", "language", "keys", "header")


def mixed(document: Document) -> Iterator[Finding]:
    """Commands that have a `name` where they should have a `command`."""
    for _, step in steps(document):
        node = step.command.object
        name = node.find("name") if node is not None and node.find("command") is None else None
        if name is not None:
            yield Finding(
                "a `name` in the place of `command`",
                name.key.inside,
                why=f"what has a `name` belongs to `instructions` ({SVAML_PAGE}); `commands` are those of {VOICE_V2}",
                help="write `command`",
            )


def unknown(document: Document) -> Iterator[Finding]:
    """Properties that their place does not have."""
    for table in held(document):
        names = [part.name for part in table.parts]
        for member in table.node.members:
            if member.name in (*names, *table.others) or table.old(member.name) is not None:
                if miswritten(member.key) is not None:
                    yield in_other_capitals(member.key)
                continue
            message = f"{table.owner} has no property `{member.key.inside.text}`"
            meant = _FROM_V1.get(member.name)
            if meant is not None and meant in names:
                why = f"`{member.name}` is a property of the older interface ({SVAML_PAGE})"
                yield Finding(message, member.key.inside, why=why, help=f"write `{meant}`")
                continue
            close = nearest(member.name, [*names, *table.others])
            if close is None or table.node.find(close) is not None:
                yield Finding(message, member.key.inside, help="delete it", fixes=without(table.node, member))
            else:
                yield Finding(
                    message,
                    member.key.inside,
                    help=f"did you mean `{close}`?",
                    severity=slip_severity(member.name, close),
                    fixes=rename(member.key, close, table.node),
                )


def in_other_capitals(key: JsonScalar, sdk: str = "", *, safe: bool = False) -> Finding:
    """What is said of a key that differs in letter case from the one that it is read as; `sdk` writes it so, too."""
    return Finding(
        f"`{key.inside.text}` is written `{key.text}`",
        key.inside,
        why=f"an SDK misspells it so ({sdk})"
        if sdk
        else "whether keys in another letter case are read is not documented",
        help=f"write `{key.text}`",
        severity="warning",
        fixes=write(key.inside, key.text, safe=safe),
    )


def slip_severity(written: str, meant: str) -> Severity:
    """How bad an unknown property is: an error where one or two letters make it one that its place has."""
    return "error" if letters_apart(written.lower(), meant.lower()) <= _LETTERS else "warning"


_LETTERS = 2


def missing(document: Document) -> Iterator[Finding]:
    """Properties that must be there and are not, or are empty."""
    for table in held(document):
        if table.tags:
            yield from _no_choice(table)
            continue
        for part in table.parts:
            member = table.node.find(part.name)
            if member is None:
                if part.required and not _elsewhere(table, part) and not _slipped(table, part):
                    yield _needed(table, part)
            elif (
                part.required and part.kind in ("text", "name", "number", "sip uri", "socket") and _empty(member.value)
            ):
                yield Finding(
                    f"`{part.name}` is empty",
                    member.value.span,
                    why=f"it says where or what ({part.source})",
                    help="write it, or delete the whole part",
                )


def _needed(table: ShapedCommand, part: Property) -> Finding:
    begin = table.begin
    return Finding(
        f"{table.owner} needs `{part.name}`",
        _opening(table.node) if begin is None else begin.inside,
        why=f"it cannot be left out ({part.source})",
        help=f"add `{part.name}`",
    )


def _opening(node: Object) -> Span:
    return node.span.source.span(node.span.start, node.span.start + 1)


def _elsewhere(table: ShapedCommand, part: Property) -> bool:
    """Whether a rule about recordings speaks of what is missing, or the old name is there."""
    if part.name in ("recordingOptions", "isEnabled") or (
        table.place == "recordingOptions" and part.name in _RECORDING
    ):
        return True
    return any((old := table.old(member.name)) is not None and old[0] == part.name for member in table.node.members)


def _slipped(table: ShapedCommand, part: Property) -> bool:
    """Whether the property is there under a name that another finding corrects."""
    return any(
        table.find(member.name) is None
        and member.name not in table.others
        and (nearest(member.name, [part.name]) is not None or _FROM_V1.get(member.name) == part.name)
        for member in table.node.members
    )


def _no_choice(table: ShapedCommand) -> Iterator[Finding]:
    """What is wrong with an object whose `type` says which part stands beside it."""
    listed = either(table.tags)
    if table.node.find("type") is None:
        there = next((part for part in table.parts if table.node.find(part.name) is not None), None)
        yield Finding(
            f"{table.owner} needs `type`",
            _opening(table.node),
            why=f"it is {listed} ({VOICE_V2})",
            help=f'write `"type": "{there.tag if there is not None else table.tags[0]}"`',
        )
        return
    chosen, begin = table.chosen, table.begin
    if chosen is None or begin is None:
        return  # a word that is not listed is another rule's
    if table.node.find(chosen.name) is None:
        yield Finding(
            f"{table.owner} of the type `{chosen.tag}` needs `{chosen.name}`",
            begin.inside,
            why=f"it cannot be left out ({VOICE_V2})",
            help=f"add `{chosen.name}`",
        )


def _empty(value: JsonNode) -> bool:
    return isinstance(value, JsonScalar) and value.kind == "string" and not value.text.strip()


_TYPES = {
    "boolean": ("boolean", "`true` or `false`"),
    "integer": ("integer", "a whole number"),
    "object": ("object", "an object, in braces"),
    "choice": ("object", "an object, in braces"),
    "named menus": ("object", "an object: the name of each menu, and the menu"),
    "matches": ("object", "an object: what is keyed in, and commands"),
    "list": ("list", "a list, in brackets"),
    "messages": ("list", "a list, in brackets"),
    "commands": ("list", "a list of commands, in brackets"),
    "words": ("list", "a list of words, in brackets"),
}


def wrong_type(document: Document) -> Iterator[Finding]:
    """Values of another type than their property has."""
    for table in held(document):
        for part, member in table.values():
            wanted, words = _TYPES.get(part.kind, ("string", "a text in quotes"))
            if part.kind == "word" and part.values and isinstance(part.values[0], int):
                wanted, words = "integer", "a whole number"
            if _null(member.value):
                message = f"`{member.name}` is null"
                yield Finding(message, member.value.span, help="leave the property out", severity="info")
            elif not _is(wanted, member.value):
                yield _mistyped(f"`{member.name}`", member.value, words, part.source, wanted)
            elif isinstance(member.value, Array) and part.kind in ("list", "messages"):
                for item in member.value.items:
                    if not isinstance(item, Object):
                        yield _mistyped(f"a part of `{member.name}`", item, "an object, in braces", part.source)
            elif isinstance(member.value, Object) and part.kind in ("named menus", "matches"):
                wanted, words = ("object", "a menu, in braces") if part.kind == "named menus" else _TYPES["commands"]
                for inner in member.value.members:
                    if not _is(wanted, inner.value):
                        yield _mistyped(f"`{inner.name}`", inner.value, words, part.source)
    for script, step in steps(document):
        if step.command.object is None:
            yield _mistyped("this command", step.command.node, 'an object such as `{"command": "answer"}`', VOICE_V2)
        elif (events := step.command.object.find("events")) is not None and not isinstance(events.value, Object):
            yield _mistyped("`events`", events.value, "an object: what happens, and commands", VOICE_V2)
        if script.role == "command":
            break


def _mistyped(what: str, value: JsonNode, words: str, source: str, wanted: str = "") -> Finding:
    message = f"{what} is {what_is(value, wanted)}"
    return Finding(message, value.span, why=f"it takes {words} ({source})", help=f"write {words}")


def _is(wanted: str, value: JsonNode) -> bool:
    match wanted:
        case "object":
            return isinstance(value, Object)
        case "list":
            return isinstance(value, Array)
        case "integer":
            later = isinstance(value, JsonScalar) and value.kind == "string" and value.text.startswith("{{")
            return later or (isinstance(value, JsonScalar) and value.integer is not None)
        case _:
            return isinstance(value, JsonScalar) and value.kind == wanted


def _null(value: JsonNode) -> bool:
    return isinstance(value, JsonScalar) and value.kind == "null"


def what_is(value: JsonNode, wanted: str = "") -> str:
    """What a value is, for a message that it should be of another type, `wanted`."""
    match value:
        case JsonScalar(kind="number") if wanted == "integer":
            return "not a whole number" if re.search("[.eE]", value.text) else "a number of too many digits"
        case Object():
            return "an object"
        case Array():
            return "a list"
        case JsonScalar(kind="string"):
            return "a text"
        case JsonScalar(kind="number"):
            return "a number"
        case JsonScalar():
            return f"`{value.text}`"


def unlisted(document: Document) -> Iterator[Finding]:
    """Words and numbers that are none of those which a property can hold."""
    for table in held(document):
        if table.tags:
            yield from _listed("type", table.node.get("type"), table.tags, VOICE_V2)
        for part, member in table.values():
            values = tuple(str(value) for value in part.values)
            if part.kind == "word":
                yield from _listed(part.name, member.value, values, part.source)
            elif part.kind == "words" and isinstance(member.value, Array):
                for item in member.value.items:
                    yield from _listed(part.name, item, values, part.source)


def _listed(name: str, value: JsonNode | None, values: tuple[str, ...], source: str) -> Iterator[Finding]:
    number = str(value.integer) if isinstance(value, JsonScalar) and value.integer is not None else None
    text = number if value is None or number is not None else known_now(value)
    if value is None or text is None or text in values:
        return
    close = nearest(text, values) if number is None else None
    listed = either(values if len(values) <= 6 else (*values[:5], "…"))
    upper = close is not None and close == text.upper()
    yield Finding(
        f"`{name}` cannot be `{text}`",
        value.span,
        why=f"the words of Voice API v2 are in capitals ({source})" if upper else f"it is {listed} ({source})",
        help=f"write `{close}`" if upper else f"did you mean `{close}`?" if close else f"write {listed}",
        fixes=write(value.inside, close) if close is not None and isinstance(value, JsonScalar) else (),
    )


def out_of_range(document: Document) -> Iterator[Finding]:
    """Numbers that are too small or too large."""
    for table in held(document):
        for part, member in table.values():
            value = member.value.integer if isinstance(member.value, JsonScalar) else None
            if part.kind != "integer" or value is None:
                continue
            most: Limit | None = part.limit
            if most is not None and value > most.value:
                yield Finding(
                    f"`{part.name}` is {value}; {most.value} are allowed",
                    member.value.span,
                    why=f"it is at most {most.text} ({most.source})",
                    help=f"write `{most.value}` or less",
                )
            elif value < part.least:
                help_ = f"write at least {part.least}, or leave it out"
                yield Finding(f"`{part.name}` is {value}", member.value.span, help=help_)


def texts(document: Document) -> Iterator[tuple[Property, Member]]:
    """The properties that hold texts, with their members."""
    for table in held(document):
        for part, member in table.values():
            if part.kind in _TEXTS:
                yield part, member
