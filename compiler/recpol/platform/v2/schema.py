"""From the tables of commands to the JSON Schema of SVAML v2.

Commands and properties are spelled exactly so. Words that decide what an object is (`command`, `type`) are never
placeholders.

Each command is a definition of its own, `command.NAME`, chosen by `command` with if/then. Handlers refer to `commands`
and so to every command again; a validator that follows the nesting by itself needs that one reference alone.

Invariant: pure; the same tables give the same schema.
"""

from __future__ import annotations

from recpol.platform import limits
from recpol.platform.schema import (
    COMMENT,
    PLACEHOLDER,
    SchemaObject,
    Shared,
    choice_of,
    chosen_by,
    letters,
    object_of,
    property_of,
    quoted,
    ref,
    schema_text,
    text_of,
    whole,
)
from recpol.platform.shape import Form
from recpol.platform.sources import VOICE_V2
from recpol.platform.v2 import commands as svaml2

_SHARED = Shared(
    {"recordingOptions": svaml2.RECORDING_OPTIONS, "message": svaml2.MESSAGE, "menu": svaml2.MENU}, unsaid=VOICE_V2
)
_COMMANDS = ref("commands")


def svaml2_schema_text() -> str:
    """The schema as it stands in `schemas/svaml2.schema.json`."""
    return schema_text(svaml2_schema())


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
            call_name.name: property_of(call_name, _SHARED),
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
            "commands": {"type": "array", "items": ref("command")},
            "command": _by_command(),
            **{f"command.{command.name}": _command(command) for command in svaml2.COMMANDS.values()},
            "menu": _menu(),
            "message": choice_of(svaml2.MESSAGE, "a message", _SHARED),
            "recordingOptions": _recording_options(),
            "placeholder": PLACEHOLDER,
            "number": text_of(
                {"pattern": whole(limits.E164), "description": "a telephone number such as `+46850020000`"}
            ),
            "language": text_of({"pattern": whole(svaml2.LANGUAGE), "description": "a language tag such as `sv-SE`"}),
            "storage": text_of({"pattern": whole(_urls()), "description": "a URL of the form " + quoted(_URL_FORMS)}),
        },
    }


_URL_FORMS = ("s3://BUCKET/…", "gs://BUCKET/…", "azure://ACCOUNT/CONTAINER/…")


def _command(command: Form) -> SchemaObject:
    events = _handlers(f"the events of {command.name}", command.handlers)
    last: SchemaObject | None = {"events": events} if command.handlers else None
    made = object_of(command.properties, command.name, _SHARED, first={"command": {"const": command.name}}, last=last)
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


def _by_command() -> SchemaObject:
    cases: list[tuple[SchemaObject, SchemaObject]] = [
        ({"const": name}, ref(f"command.{name}")) for name in svaml2.COMMANDS
    ]
    return chosen_by("a command", "command", {"enum": list(svaml2.COMMANDS)}, cases)


def _menu() -> SchemaObject:
    return object_of(svaml2.MENU, "a menu", _SHARED) | {"dependentRequired": {"repeatPrompt": ["prompt"]}}


def _recording_options() -> SchemaObject:
    """Options whose URL is one of the storage that `destination` names."""
    made = object_of(svaml2.RECORDING_OPTIONS, "recording options", _SHARED)
    made["allOf"] = [
        {
            "if": {"properties": {"destination": {"const": word}}, "required": ["destination"]},
            "then": {
                "properties": {
                    "destinationUrl": text_of(
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


def _urls() -> str:
    """The pattern for the URL of any storage: what it begins with, the names that it needs, then a path."""
    part = r"[^/ \t\r\n]+"
    names = {"azure": f"{part}/{part}"}
    known = [f"{_scheme(scheme)}{names.get(scheme, part)}(?:/[^ \\t\\r\\n]*)?" for scheme in svaml2.DESTINATIONS]
    return "|".join((*known, f"{svaml2.AZURE_HTTPS}[^ \\t\\r\\n]+"))


def _start(scheme: str) -> str:
    return f"{_scheme(scheme)}|{svaml2.AZURE_HTTPS}" if scheme == "azure" else _scheme(scheme)


def _scheme(scheme: str) -> str:
    return letters((scheme,)) + "://"
