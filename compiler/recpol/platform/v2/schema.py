"""From the tables of commands to the JSON Schema of SVAML v2 (draft 2020-12).

The schema is strict: known commands and properties, spelled exactly so, their types, bounds and words, nothing else. A
text that holds a `{{ … }}` placeholder is not measured, because its value is known later; words that decide what an
object is (`command`, `type`) are never placeholders.

Each command is a definition of its own, `command.NAME`, chosen by `command` with if/then. Handlers refer to `commands`
and so to every command again; a validator that follows the nesting by itself needs that one reference alone.

Invariant: pure; the same tables give the same text. Every pattern means the same to Python and to JavaScript.
"""

from __future__ import annotations

import json
from typing import assert_never

from recpol.platform import limits
from recpol.platform.sources import VOICE_V2
from recpol.platform.v1.schema import COMMENT, PLACEHOLDER, SchemaObject
from recpol.platform.v2 import commands as svaml2
from recpol.platform.v2.shapes import Command, CommandProperty

_COMMANDS: SchemaObject = {"$ref": "#/$defs/commands"}
_PRINTABLE = r"[\x20-\x7e\t]*"


def svaml2_schema_text() -> str:
    """The schema as it stands in `schemas/svaml2.schema.json`."""
    return json.dumps(svaml2_schema(), indent=2, ensure_ascii=False) + "\n"


def svaml2_schema() -> SchemaObject:
    """The schema of one document: the reply to a webhook, or the body of a PATCH or of a new call."""
    call_name, commands = svaml2.DOCUMENT
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:recpol:svaml2",
        "$comment": COMMENT,
        "title": "SVAML v2",
        "description": f"The reply to `{svaml2.INCOMING}`; `later` is what every other reply and request may hold.",
        "type": "object",
        "properties": {
            call_name.name: _property(call_name),
            commands.name: _COMMANDS,
            "events": _handlers("the events of a document", svaml2.DOCUMENT_HANDLERS),
        },
        "required": [commands.name],
        "additionalProperties": False,
        # A list without commands only says that an event has been heard of.
        "if": {"anyOf": [{"required": [call_name.name]}, {"required": ["events"]}]},
        "then": {"properties": {commands.name: {"minItems": 1}}},
        "$defs": {
            "later": {
                "title": f"a document that does not answer `{svaml2.INCOMING}`",
                "type": "object",
                "properties": {commands.name: _COMMANDS},
                "required": [commands.name],
                "additionalProperties": False,
            },
            "commands": {"type": "array", "items": {"$ref": "#/$defs/command"}},
            "command": _by_word("a command", "command", {name: f"command.{name}" for name in svaml2.COMMANDS}),
            **{f"command.{command.name}": _command(command) for command in svaml2.COMMANDS.values()},
            "menu": _menu(),
            "message": _choice(svaml2.MESSAGE, "a message"),
            "recordingOptions": _recording_options(),
            "placeholder": {"description": "a text with a value that is known later", "pattern": PLACEHOLDER},
            "number": _text(
                {"pattern": _whole(limits.E164), "description": "a telephone number such as `+46850020000`"}
            ),
            "language": _text({"pattern": _whole(svaml2.LANGUAGE), "description": "a language tag such as `sv-SE`"}),
            "storage": _text({"pattern": _whole(_urls()), "description": "a URL of the form " + _quoted(_URL_FORMS)}),
        },
    }


_URL_FORMS = ("s3://BUCKET/…", "gs://BUCKET/…", "azure://ACCOUNT/CONTAINER/…")


def _command(command: Command) -> SchemaObject:
    events = _handlers(f"the events of {command.name}", command.handlers)
    last = {"events": events} if command.handlers else None
    made = _object(command.parts, command.name, first={"command": {"const": command.name}}, last=last)
    made["$comment"] = command.source
    if command.note:
        made["description"] = command.note
    return made


def _handlers(title: str, names: tuple[str, ...]) -> SchemaObject:
    return {
        "title": title,
        "type": "object",
        "properties": dict.fromkeys(names, _COMMANDS),
        "additionalProperties": False,
    }


def _by_word(title: str, key: str, definitions: dict[str, str]) -> SchemaObject:
    """An object whose `key` is one of the words, which says of what definition it is."""
    return {
        "title": title,
        "type": "object",
        "properties": {key: {"enum": list(definitions)}},
        "required": [key],
        "allOf": [
            {
                "if": {"properties": {key: {"const": word}}, "required": [key]},
                "then": {"$ref": f"#/$defs/{definition}"},
            }
            for word, definition in definitions.items()
        ],
    }


def _choice(parts: tuple[CommandProperty, ...], title: str) -> SchemaObject:
    """An object with a `type`, and beside it the one part that belongs to it."""
    return {
        "title": title,
        "type": "object",
        "properties": {"type": {"enum": [part.tag for part in parts]}},
        "required": ["type"],
        "allOf": [
            {
                "if": {"properties": {"type": {"const": part.tag}}, "required": ["type"]},
                "then": _object((part,), f"{title} of type {part.tag}", first={"type": {"const": part.tag}}),
            }
            for part in parts
        ],
    }


def _menu() -> SchemaObject:
    return _object(svaml2.MENU, "a menu") | {"dependentRequired": {"repeatPrompt": ["prompt"]}}


def _recording_options() -> SchemaObject:
    """Options whose URL is one of the storage that `destination` names."""
    made = _object(svaml2.RECORDING_OPTIONS, "recording options")
    made["allOf"] = [
        {
            "if": {"properties": {"destination": {"const": word}}, "required": ["destination"]},
            "then": {
                "properties": {
                    "destinationUrl": _text(
                        {
                            "pattern": f"^(?:{_start(scheme)})",
                            "description": f"a URL that begins with `{scheme}://`, because `destination` is `{word}`",
                        }
                    )
                }
            },
        }
        for scheme, word in svaml2.DESTINATIONS.items()
    ]
    return made


def _object(
    parts: tuple[CommandProperty, ...],
    title: str,
    first: dict[str, SchemaObject] | None = None,
    last: dict[str, SchemaObject] | None = None,
) -> SchemaObject:
    properties = (first or {}) | {part.name: _property(part) for part in parts} | (last or {})
    made: SchemaObject = {"title": title, "type": "object", "properties": properties}
    if required := [*(first or ()), *(part.name for part in parts if part.required)]:
        made["required"] = required
    made["additionalProperties"] = False
    return made


def _property(part: CommandProperty) -> SchemaObject:
    made = _value(part)
    if "$ref" not in made and part.source != VOICE_V2:
        made["$comment"] = part.source
    return made


def _value(part: CommandProperty) -> SchemaObject:
    if part.parts == svaml2.RECORDING_OPTIONS:
        return {"$ref": "#/$defs/recordingOptions"}
    match part.kind:
        case "number" | "language" | "storage" | "commands":
            return {"$ref": f"#/$defs/{part.kind}"}
        case "text":
            return _text(_longest(part)) | {"minLength": 1}
        case "string":
            return _text(_longest(part))
        case "secret":
            return {"type": "string", "minLength": 1}
        case "name":
            without_blanks = {"pattern": _whole("[^ \\t\\r\\n\\f\\v]+"), "description": "a name without blanks"}
            return _text(_longest(part) | without_blanks) | {"minLength": 1}
        case "sip":
            return _text(
                _longest(part) | {"pattern": "^sips?:", "description": "a URI that begins with `sip:` or `sips:`"}
            )
        case "socket":
            return _text({"pattern": "^wss?://", "description": "a URL that begins with `wss://` or `ws://`"})
        case "keys":
            pattern = _whole(f"[{limits.MENU_KEYS}]+")
            return _text(_longest(part) | {"pattern": pattern, "description": "the keys `0` to `9`, `*` and `#` alone"})
        case "header":
            printable = {"pattern": _whole(_PRINTABLE), "description": "printable ASCII characters and tabs alone"}
            return _text(_longest(part) | printable) | ({"minLength": 1} if part.least else {})
        case "word":
            numbers = not all(isinstance(value, str) for value in part.values)
            return {"enum": list(part.values)} if numbers else _text({"enum": list(part.values)})
        case "words":
            return {"type": "array", "items": {"enum": list(part.values)}}
        case "boolean":
            return {"type": "boolean"}
        case "integer":
            return {"type": "integer", "minimum": part.least} | ({"maximum": part.limit.value} if part.limit else {})
        case "object":
            return _object(part.parts, part.name)
        case "choice":
            return _choice(part.parts, part.name)
        case "list":
            return {"type": "array", "items": _object(part.parts, f"an entry of {part.name}")} | _most(part, "maxItems")
        case "messages":
            entries: SchemaObject = {"type": "array", "minItems": part.least, "items": {"$ref": "#/$defs/message"}}
            return entries | _most(part, "maxItems")
        case "menus":
            return {
                "type": "object",
                "minProperties": part.least,
                "propertyNames": {"minLength": 1} | _most(part, "maxLength"),
                "additionalProperties": {"$ref": "#/$defs/menu"},
            }
        case "matches":
            return {
                "type": "object",
                "propertyNames": {"minLength": 1, "maxLength": svaml2.MATCH_CHARACTERS.value},
                "additionalProperties": _COMMANDS,
            } | _most(part, "maxProperties")
        case _:
            assert_never(part.kind)


def _most(part: CommandProperty, keyword: str) -> SchemaObject:
    return {} if part.limit is None else {keyword: part.limit.value}


def _longest(part: CommandProperty) -> SchemaObject:
    return _most(part, "maxLength")


def _text(rules: SchemaObject) -> SchemaObject:
    """A text that obeys the rules, or one with a placeholder."""
    return {"type": "string", "if": {"$ref": "#/$defs/placeholder"}, "else": rules} if rules else {"type": "string"}


def _urls() -> str:
    """The pattern for the URL of any storage: what it begins with, the names that it needs, then a path."""
    part = r"[^/ \t\r\n]+"
    names = {"azure": f"{part}/{part}"}
    known = [f"{_scheme(scheme)}{names.get(scheme, part)}(?:/[^ \\t\\r\\n]*)?" for scheme in svaml2.DESTINATIONS]
    return "|".join((*known, f"{svaml2.AZURE_HTTPS}[^ \\t\\r\\n]+"))


def _start(scheme: str) -> str:
    return f"{_scheme(scheme)}|{svaml2.AZURE_HTTPS}" if scheme == "azure" else _scheme(scheme)


def _scheme(scheme: str) -> str:
    """In any letter case, as URLs are; flags inside a pattern mean nothing to JavaScript."""
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in scheme) + "://"


def _quoted(words: tuple[str, ...]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _whole(pattern: str) -> str:
    """The pattern for a whole text. Python's `$` also matches before a last line break, JavaScript's does not."""
    return f"^(?:{pattern})$(?!\\n)"
