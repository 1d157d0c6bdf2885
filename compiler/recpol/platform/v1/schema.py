"""From the tables of forms to the JSON Schemas of the dialects that answer each callback.

They are for reading: names in any letter case, and every spelling that the tables of a dialect hold.

Each instruction and action is a definition of its own, `instruction.NAME` and `action.NAME`, and is chosen by `name`
with if/then, so that a validator that knows the names can go to the definition directly.

Invariant: pure; the same tables give the same schema.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record
from recpol.platform import limits, locales
from recpol.platform.schema import (
    COMMENT,
    PLACEHOLDER,
    READ_NUMBER,
    SchemaObject,
    Shared,
    any_case,
    chosen_by,
    letters,
    object_of,
    quoted,
    ref,
    text_of,
    whole,
)
from recpol.platform.shape import Form, Property
from recpol.platform.storage import Storage


class Tables(Record):
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


def reply_schema(tables: Tables) -> SchemaObject:
    """The schema of one document: the reply to a callback, or the body of a Manage Call."""
    forms = (*tables.instructions.values(), *tables.actions.values())
    names = sorted({form.name for form in forms})
    shared = Shared({"recordingOptions": tables.options})
    urls = quoted(tuple(storage.url_form for storage in tables.storages))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:recpol:{tables.name}",
        "$comment": COMMENT,
        "title": tables.title,
        "description": "The reply to a callback, or the body of a Manage Call: instructions in order, then one action.",
        "type": "object",
        "properties": {
            "instructions": {"type": "array", "items": ref("instruction")},
            "action": ref("action"),
        },
        "required": ["action"],
        "additionalProperties": False,
        "$defs": {
            "instruction": _by_name("an instruction", "instruction", tuple(tables.instructions)),
            "action": _by_name("an action", "action", tuple(tables.actions)),
            **{f"{form.kind}.{form.name}": _form(form, tables.flags, shared) for form in forms},
            **{f"name.{name}": any_case((name,)) for name in names},
            "recordingOptions": _recording_options(tables, shared),
            "placeholder": PLACEHOLDER,
            "prompt": _prompt(),
            "locale": text_of(
                {"pattern": whole(locales.LOCALE), "description": "a locale such as `sv-SE`, or a voice"}
            ),
            "number": text_of(
                {"pattern": whole(READ_NUMBER), "description": "a telephone number such as `+46850020000`"}
            ),
            "tones": text_of({"pattern": whole(_TONES), "description": "the characters `0` to `9`, `#` and `w` alone"}),
            "url": text_of({"pattern": whole(_urls(tables.storages)), "description": "a URL of the form " + urls}),
            "sip": text_of({"pattern": whole(limits.SIP_ENDPOINT), "description": "`user@host` or `user@host:port`"}),
            "key": {
                "type": ["string", "integer"],
                "minimum": 0,
                "maximum": 9,
                "pattern": whole(tables.keys),
                "description": "one key: `0` to `9`, `*` or `#`",
            },
            "goal": text_of({"pattern": whole(_GOAL), "description": "`return(VALUE)` or `menu(ID)`"}),
        },
    }


_TONES = f"[{limits.DTMF_CHARACTERS}]+"
_GOAL = r"(?:return|menu)\([^()]+\)"
_SPOKEN_TOO_LONG = rf"#[Tt][Tt][Ss]\[[^\]{{]{{{limits.SAY_CHARACTERS.value + 1}}}"


def _by_name(title: str, kind: str, names: tuple[str, ...]) -> SchemaObject:
    cases = [(ref(f"name.{name}"), ref(f"{kind}.{name}")) for name in names]
    return chosen_by(title, "name", {"anyOf": [word for word, _ in cases]}, cases)


def _form(form: Form, flags: tuple[str, ...], shared: Shared) -> SchemaObject:
    made = object_of(form.properties, form.name, shared, first={"name": ref(f"name.{form.name}")})
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


def _recording_options(tables: Tables, shared: Shared) -> SchemaObject:
    made = object_of(tables.options, "recording options", shared)
    if any(option.name == "credentials" and option.required for option in tables.options):
        return made | {"$comment": "credentials are always required"}
    needy = tuple(storage.scheme for storage in tables.storages if storage.credentials == "required")
    return made | {
        "$comment": "credentials are required for " + ", ".join(needy),
        "if": {
            "properties": {"destinationUrl": {"type": "string", "pattern": f"^(?:{letters(needy)})://"}},
            "required": ["destinationUrl"],
        },
        "then": {"required": ["credentials"]},
    }


def _prompt() -> SchemaObject:
    return {
        "type": "string",
        "minLength": 1,
        "not": {"pattern": _SPOKEN_TOO_LONG},
        "description": f"a prompt whose spoken texts have at most {limits.SAY_CHARACTERS.text} each",
    }


def _urls(storages: tuple[Storage, ...]) -> str:
    """The pattern for the URL of any storage: its names, then a path."""
    part = r"[^/ \t\r\n]+"
    names = {s.scheme: "/".join([part] * len(s.names)) + "(?:/" if s.names else "(?:" for s in storages}
    return "|".join(rf"{letters((scheme,))}://{start}[^ \t\r\n]*)?" for scheme, start in names.items())
