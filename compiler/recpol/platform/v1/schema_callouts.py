"""The JSON Schema of callout requests.

Invariant: pure; the same tables give the same text.
"""

from __future__ import annotations

from recpol.platform import limits, locales
from recpol.platform.schema import (
    COMMENT,
    PLACEHOLDER,
    READ_NUMBER,
    SchemaObject,
    Shared,
    object_of,
    schema_text,
    text_of,
    whole,
)
from recpol.platform.v1.requests import CALLOUTS


def callout_schema_text() -> str:
    """The schema as it stands in `schemas/callout.schema.json`."""
    return schema_text(callout_schema())


def callout_schema() -> SchemaObject:
    """The schema of one callout: its method, and the body that has the method's name."""
    shared = Shared({})
    bodies = {name: object_of(properties, name, shared) for name, properties in CALLOUTS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:recpol:callout",
        "$comment": COMMENT,
        "title": "a callout",
        "description": "The request that begins a call: its method, and its body under the method's name.",
        "type": "object",
        "properties": {"method": {"enum": list(CALLOUTS)}} | {name: {"$ref": f"#/$defs/{name}"} for name in CALLOUTS},
        "required": ["method"],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"method": {"const": name}}, "required": ["method"]},
                "then": {"required": [name], "properties": {other: False for other in CALLOUTS if other != name}},
            }
            for name in CALLOUTS
        ],
        "$defs": bodies
        | {
            "placeholder": PLACEHOLDER,
            "prompt": {"type": "string", "minLength": 1, "description": "texts and files in the prompt mini-language"},
            "locale": text_of(
                {"pattern": whole(locales.LOCALE), "description": "a locale such as `sv-SE`, or a voice"}
            ),
            "number": text_of({"pattern": whole(READ_NUMBER), "description": "a number such as `+46850020000`"}),
            "tones": text_of(
                {"pattern": whole(f"[{limits.DTMF_CHARACTERS}]+"), "description": "the characters `0` to `9`, `#`, `w`"}
            ),
        },
    }
