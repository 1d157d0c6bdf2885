"""From the tables of forms to the JSON Schemas of the dialects that answer each callback (draft 2020-12).

A schema is strict: known names, known properties, their types, bounds and words, nothing else. It is for reading: names
in any letter case, and every spelling that the tables of its dialect hold. A text that holds a `{{ … }}` placeholder is
not measured, because its value is known later.

Each instruction and action is a definition of its own, `instruction.NAME` and `action.NAME`, and is chosen by `name`
with if/then, so that a validator that knows the names can go to the definition directly.

Invariant: pure; the same tables give the same text. Every pattern means the same to Python and to JavaScript.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import assert_never

from recpol.base.record import dataclass
from recpol.platform import limits, locales
from recpol.platform.storage import Storage
from recpol.platform.v1.shapes import Form, Property

SchemaObject = dict[str, object]

COMMENT = "Generated from compiler/recpol/model/facts by `make generate`; edit the tables there, not this file."

PLACEHOLDER = r"\{\{(?:[{}]?[^{}])*\}\}"


@dataclass(frozen=True, slots=True)
class Tables:
    """What the facts say of a dialect: its forms by name, its recording options and storages, and its flags.

    `keys` is the pattern of what a menu's option can stand for.
    """

    name: str
    title: str
    instructions: Mapping[str, Form]
    actions: Mapping[str, Form]
    options: tuple[Property, ...]
    storages: tuple[Storage, ...]
    flags: tuple[str, ...]
    keys: str


def schema_text(tables: Tables) -> str:
    """The schema of a dialect as it stands in `schemas/`."""
    return json.dumps(reply_schema(tables), indent=2, ensure_ascii=False) + "\n"


def reply_schema(tables: Tables) -> SchemaObject:
    """The schema of one document: the reply to a callback, or the body of a Manage Call."""
    forms = (*tables.instructions.values(), *tables.actions.values())
    names = sorted({form.name for form in forms})
    urls = _quoted(tuple(storage.url_form for storage in tables.storages))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:recpol:{tables.name}",
        "$comment": COMMENT,
        "title": tables.title,
        "description": "The reply to a callback, or the body of a Manage Call: instructions in order, then one action.",
        "type": "object",
        "properties": {
            "instructions": {"type": "array", "items": {"$ref": "#/$defs/instruction"}},
            "action": {"$ref": "#/$defs/action"},
        },
        "required": ["action"],
        "additionalProperties": False,
        "$defs": {
            "instruction": _by_name("an instruction", "instruction", tuple(tables.instructions)),
            "action": _by_name("an action", "action", tuple(tables.actions)),
            **{f"{form.kind}.{form.name}": _form(form, tables.flags) for form in forms},
            **{f"name.{name}": _any_case((name,)) for name in names},
            "recordingOptions": _recording_options(tables),
            "placeholder": {"description": "a text with a value that is known later", "pattern": PLACEHOLDER},
            "prompt": _prompt(),
            "locale": _text({"pattern": _whole(locales.LOCALE), "description": "a locale such as `sv-SE`, or a voice"}),
            "number": _text({"pattern": _whole(_NUMBER), "description": "a telephone number such as `+46850020000`"}),
            "tones": _text({"pattern": _whole(_TONES), "description": "the characters `0` to `9`, `#` and `w` alone"}),
            "url": _text({"pattern": _whole(_urls(tables.storages)), "description": "a URL of the form " + urls}),
            "sip": _text({"pattern": _whole(limits.SIP_ENDPOINT), "description": "`user@host` or `user@host:port`"}),
            "key": {
                "type": ["string", "integer"],
                "minimum": 0,
                "maximum": 9,
                "pattern": _whole(tables.keys),
                "description": "one key: `0` to `9`, `*` or `#`",
            },
            "goal": _text({"pattern": _whole(_GOAL), "description": "`return(VALUE)` or `menu(ID)`"}),
        },
    }


# A number without its plus is a mistake that can be understood, so it is read; a rule speaks about it.
_NUMBER = limits.E164.replace(r"\+", r"\+?", 1)
_TONES = f"[{limits.DTMF_CHARACTERS}]+"
_GOAL = r"(?:return|menu)\([^()]+\)"
_SPOKEN_TOO_LONG = rf"#[Tt][Tt][Ss]\[[^\]{{]{{{limits.SAY_CHARACTERS.value + 1}}}"


def _by_name(title: str, kind: str, names: tuple[str, ...]) -> SchemaObject:
    return {
        "title": title,
        "type": "object",
        "properties": {"name": {"anyOf": [{"$ref": f"#/$defs/name.{name}"} for name in names]}},
        "required": ["name"],
        "allOf": [
            {
                "if": {"properties": {"name": {"$ref": f"#/$defs/name.{name}"}}, "required": ["name"]},
                "then": {"$ref": f"#/$defs/{kind}.{name}"},
            }
            for name in names
        ],
    }


def _form(form: Form, flags: tuple[str, ...]) -> SchemaObject:
    made = _object(form.properties, form.name, first={"name": {"$ref": f"#/$defs/name.{form.name}"}})
    made["$comment"] = form.source
    if form.note:
        made["description"] = form.note
    carried = [flag for flag in flags if form.find(flag) is not None]
    if carried:
        made["allOf"] = [
            {
                "if": {"properties": {flag: {"const": True}}, "required": [flag]},
                "then": {"required": ["recordingOptions"]},
            }
            for flag in carried
        ]
    if form.find("enableVoice"):
        # The language to listen for has no default.
        made["if"] = {"properties": {"enableVoice": {"const": True}}, "required": ["enableVoice"]}
        made["then"] = {"required": ["locale"]}
    return made


def _object(parts: tuple[Property, ...], title: str, first: dict[str, SchemaObject] | None = None) -> SchemaObject:
    properties = (first or {}) | {part.name: _property(part) for part in parts}
    required = [*(first or ()), *(part.name for part in parts if part.required)]
    made: SchemaObject = {"title": title, "type": "object", "properties": properties}
    if required:
        made["required"] = required
    made["additionalProperties"] = False
    return made


def _recording_options(tables: Tables) -> SchemaObject:
    made = _object(tables.options, "recording options")
    if any(option.name == "credentials" and option.required for option in tables.options):
        return made | {"$comment": "credentials are always required"}
    needy = tuple(storage.scheme for storage in tables.storages if storage.credentials == "required")
    return made | {
        "$comment": "credentials are required for " + ", ".join(needy),
        "if": {
            "properties": {"destinationUrl": {"type": "string", "pattern": f"^(?:{_letters(needy)})://"}},
            "required": ["destinationUrl"],
        },
        "then": {"required": ["credentials"]},
    }


def _property(part: Property) -> SchemaObject:
    made = _value(part)
    if "$ref" not in made:
        made["$comment"] = part.source
    return made


def _value(part: Property) -> SchemaObject:
    if part.parts and part.parts[0].kind == "url":
        return {"$ref": "#/$defs/recordingOptions"}
    match part.kind:
        case "prompt" | "locale" | "number" | "tones" | "key" | "goal" | "sip" | "url":
            return {"$ref": f"#/$defs/{part.kind}"}
        case "text":
            return _measured(part) | {"minLength": 1}
        case "secret":
            return {"type": "string", "minLength": 1}
        case "string":
            return _measured(part)
        case "prompts":
            return {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/prompt"}}
        case "cli":
            pattern = _whole("|".join((_NUMBER, *part.values)))
            return _text({"pattern": pattern, "description": "a telephone number or " + _quoted(part.values)})
        case "word":
            return _text({"enum": list(part.values)})
        case "any-case word":
            return _text(_any_case(part.values))
        case "boolean":
            return {"type": "boolean"}
        case "integer" | "seconds" | "milliseconds":
            return _integer(part)
        case "object":
            return _object(part.parts, part.name)
        case "list":
            return {"type": "array", "items": _object(part.parts, f"an entry of {part.name}")}
        case "menus":
            main = {"type": "object", "properties": {"id": {"const": limits.MAIN_MENU}}, "required": ["id"]}
            main["description"] = f"a menu with the id `{limits.MAIN_MENU}`"
            return {"type": "array", "items": _object(part.parts, "a menu"), "contains": main}
        case "anything":
            return {}
        case _:
            assert_never(part.kind)


def _integer(part: Property) -> SchemaObject:
    made: SchemaObject = {"type": "integer", "minimum": part.least}
    if part.limit is not None:
        made["maximum"] = part.limit.value
    return made


def _measured(part: Property) -> SchemaObject:
    return {"type": "string"} if part.limit is None else _text({"maxLength": part.limit.value})


def _prompt() -> SchemaObject:
    return {
        "type": "string",
        "minLength": 1,
        "not": {"pattern": _SPOKEN_TOO_LONG},
        "description": f"a prompt whose spoken texts have at most {limits.SAY_CHARACTERS.text} each",
    }


def _text(rules: SchemaObject) -> SchemaObject:
    """A text that obeys the rules, or one with a placeholder."""
    return {"type": "string", "if": {"$ref": "#/$defs/placeholder"}, "else": rules}


def _any_case(words: tuple[str, ...]) -> SchemaObject:
    description = _quoted(words) + " in any letter case"
    return {"type": "string", "pattern": _whole(_letters(words)), "description": description}


def _letters(words: tuple[str, ...]) -> str:
    """The pattern for one of the words in any letter case; flags inside a pattern mean nothing to JavaScript."""
    return "|".join("".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word) for word in words)


def _urls(storages: tuple[Storage, ...]) -> str:
    """The pattern for the URL of any storage: its names, then a path."""
    part = r"[^/ \t\r\n]+"
    names = {s.scheme: "/".join([part] * len(s.names)) + "(?:/" if s.names else "(?:" for s in storages}
    return "|".join(rf"{_letters((scheme,))}://{start}[^ \t\r\n]*)?" for scheme, start in names.items())


def _quoted(words: tuple[str, ...]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _whole(pattern: str) -> str:
    """The pattern for a whole text. Python's `$` also matches before a last line break, JavaScript's does not."""
    return f"^(?:{pattern})$(?!\\n)"
