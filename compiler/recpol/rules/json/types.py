"""Rules about types: a number in quotes, a text where a list belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Fix
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.platform.shape import Property, ValueKind
from recpol.platform.sources import VOICE_V2
from recpol.rules.edits import write
from recpol.rules.json.values import listed
from recpol.rules.jsonedits import quoted, without
from recpol.rules.rule import json_rule
from recpol.rules.tables import ShapedObject, tables
from recpol.svaml.document import Document


@json_rule("error")
def wrong_type(document: Document) -> Iterator[Finding]:
    """A value of another type than its property has: a number in quotes, a text where a list belongs, ….

    The key of a menu's option may be a string or a number: the documentation shows both. A `null` where nothing is
    needed is reported as information: leave the property out.

    Wrong:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000", "maxDuration": "600"}}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000", "maxDuration": 600}}
    ```
    """
    for table in tables(document):
        for part, member in table.values:
            yield from _type(table, part, member)
    for reply in document.replies:
        for one in reply.parts:
            listed = isinstance(one.node, Array) and one.role == "action"
            if one.object is None and not listed and not _null(one.node):
                yield Finding(f"this {one.role} is not an object", one.node.span, help='write `{"name": "…"}`')
    yield from _commands(document)


def _commands(document: Document) -> Iterator[Finding]:
    """Commands that are no objects, and `events` that are none."""
    for script in document.scripts:
        for step in script.steps:
            if step.command.object is None:
                words = 'an object such as `{"command": "answer"}`'
                yield _mistyped("this command", step.command.node, words, VOICE_V2)
            elif (events := step.command.object.find("events")) is not None and not isinstance(events.value, Object):
                yield _mistyped("`events`", events.value, "an object: what happens, and commands", VOICE_V2)


_OBJECT = ("object", "an object, in braces")
_NUMBER = ("integer", "a whole number")
_TEXT = ("string", "a text in quotes")
_COMMANDS = ("list", "a list of commands, in brackets")

_TYPES: dict[ValueKind, tuple[str, str]] = {
    "boolean": ("boolean", "`true` or `false`"),
    "integer": _NUMBER,
    "seconds": ("integer", "a whole number of seconds"),
    "milliseconds": ("integer", "a whole number of milliseconds"),
    "object": _OBJECT,
    "choice": _OBJECT,
    "named menus": ("object", "an object: the name of each menu, and the menu"),
    "matches": ("object", "an object: what is keyed in, and commands"),
    "list": ("list", "a list, in brackets"),
    "messages": ("list", "a list, in brackets"),
    "menus": ("list", "a list of menus, in brackets"),
    "prompts": ("list", "a list of texts, in brackets"),
    "words": ("list", "a list of words, in brackets"),
    "commands": _COMMANDS,
    "anything": ("", ""),
    "key": ("key", "one key in quotes"),
}
"""The type of a value, and how it is called; what is not here is a text."""

_INNER: dict[ValueKind, tuple[str, str]] = {
    "list": _OBJECT,
    "messages": _OBJECT,
    "menus": _OBJECT,
    "prompts": _TEXT,
    "words": _TEXT,
    "named menus": ("object", "a menu, in braces"),
    "matches": _COMMANDS,
}
"""The type of what a value holds, and how it is called."""


def _type(table: ShapedObject, part: Property, member: Member) -> Iterator[Finding]:
    value, name = member.value, f"`{part.name}`"
    wanted, words = _TYPES.get(part.kind, _TEXT)
    if part.kind == "word":
        wanted, words = _NUMBER if any(isinstance(word, int) for word in part.values) else ("string", listed(part))
    if _null(value) and not (part.required and part.name not in table.shape.others):
        fixes = without(table.node, member, "leave the property out", safe=True)
        yield Finding(f"{name} is null", value.span, help="leave the property out", severity="info", fixes=fixes)
    elif not wanted:
        return
    elif not _is(wanted, value):
        yield _mistyped(name, value, words, part.source, wanted, part, member.key)
    elif part.kind in _INNER and (part.parts or part.kind != "list"):
        inner, words = _INNER[part.kind]
        if isinstance(value, Array):
            held = [(f"a part of {name}", item) for item in value.items]
        else:
            held = [(f"`{one.name}`", one.value) for one in (value.members if isinstance(value, Object) else ())]
        for what, item in held:
            if not _is(inner, item):
                yield _mistyped(what, item, words, part.source)


def _mistyped(
    what: str,
    value: JsonNode,
    words: str,
    source: str,
    wanted: str = "",
    part: Property | None = None,
    key: JsonScalar | None = None,
) -> Finding:
    meant = None if part is None else _meant(part, wanted, value)
    return Finding(
        f"{what} is {_what_is(value, wanted)}",
        value.span,
        why=f"it takes {words} ({source})",
        help=f"write {words}" if meant is None else f"write `{meant}`",
        fixes=() if meant is None or key is None else _retyped(meant, wanted, value, key),
    )


def _is(wanted: str, value: JsonNode) -> bool:
    match wanted:
        case "object":
            return isinstance(value, Object)
        case "list":
            return isinstance(value, Array)
        case "integer":
            later = isinstance(value, JsonScalar) and value.kind == "string" and value.text.startswith("{{")
            return later or (isinstance(value, JsonScalar) and value.integer is not None)
        case "key":
            return isinstance(value, JsonScalar) and value.kind in ("string", "number")
        case _:
            return isinstance(value, JsonScalar) and value.kind == wanted


def _null(value: JsonNode) -> bool:
    return isinstance(value, JsonScalar) and value.kind == "null"


def _what_is(value: JsonNode, wanted: str = "") -> str:
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


_NATIONAL = 10
"""A number of more digits has a country code among them."""


def _meant(part: Property, wanted: str, value: JsonNode) -> str | None:
    """What a value is in the type that is wanted, as it is written; None where there is no telling."""
    if isinstance(value, JsonScalar) and value.kind == "string" and wanted in ("integer", "boolean"):
        plain = value.text.strip().lower()
        word = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(plain, plain)
        if wanted == "boolean" and word in ("true", "false"):
            return word
        if wanted == "integer" and re.fullmatch("0|[1-9][0-9]{0,17}", plain):
            return plain
    if isinstance(value, JsonScalar) and wanted == "string" and value.kind == "number" and not part.words:
        plus = "+" if part.kind in ("number", "cli") and value.text.isdigit() else ""
        return f'"{plus}{value.text}"'
    return None


def _retyped(meant: str, wanted: str, value: JsonNode, key: JsonScalar) -> tuple[Fix, ...]:
    """The fix that writes a value in the type that is wanted.

    It is not safe for a switch, which may have been off, and for a short number, which may lack its country code.
    """
    text = quoted(meant.strip('"'), key) if meant.startswith('"') else meant
    short = meant.startswith('"+') and len(meant) <= _NATIONAL + len('"+"')
    return write(value.span, text, title=f"write `{meant}`", safe=wanted != "boolean" and not short)
