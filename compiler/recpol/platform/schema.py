"""From the tables of forms to the parts of JSON Schemas (draft 2020-12), for replies to callbacks and for v2 alike.

A schema is strict: known properties, their types, bounds and words, nothing else. A text that holds a `{{ … }}`
placeholder is not measured, because its value is known later.

Invariant: pure; the same tables give the same text. Every pattern means the same to Python and to JavaScript.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from recpol.base.record import Record
from recpol.base.typing import assert_never
from recpol.platform import limits
from recpol.platform.shape import Property

SchemaObject = dict[str, object]

COMMENT = "Generated from compiler/recpol/platform by `make generate`; edit the tables there, not this file."

PLACEHOLDER: SchemaObject = {
    "description": "a text with a value that is known later",
    "pattern": r"\{\{(?:[{}]?[^{}])*\}\}",
}
"""The definition `placeholder`, to which texts refer."""

PRINTABLE = r"[\x20-\x7e\t]*"

# A number without its plus is a mistake that can be understood, so it is read; a rule speaks about it.
READ_NUMBER = limits.E164.replace(r"\+", r"\+?", 1)
"""A telephone number as replies to callbacks may have it."""


def schema_text(schema: SchemaObject) -> str:
    """A schema as it stands in `schemas/`."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class Shared(Record):
    """What the properties of one schema share: shapes that are definitions of their own, by the name of each.

    Properties with another source than `unsaid` name it.
    """

    shapes: Mapping[str, tuple[Property, ...]]
    unsaid: str = ""

    def reference(self, part: Property) -> SchemaObject | None:
        """The reference to the definition of a property's parts; None where they have none of their own."""
        return next((ref(name) for name, parts in self.shapes.items() if part.parts == parts), None)


def ref(name: str) -> SchemaObject:
    """The reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def object_of(
    parts: tuple[Property, ...],
    title: str,
    shared: Shared,
    first: SchemaObject | None = None,
    last: SchemaObject | None = None,
) -> SchemaObject:
    """An object of these properties; those that come `first` must be there, those that come `last` need not."""
    properties = (first or {}) | {part.name: property_of(part, shared) for part in parts} | (last or {})
    made: SchemaObject = {"title": title, "type": "object", "properties": properties}
    if required := [*(first or ()), *(part.name for part in parts if part.required)]:
        made["required"] = required
    made["additionalProperties"] = False
    return made


def chosen_by(
    title: str, key: str, words: SchemaObject, cases: list[tuple[SchemaObject, SchemaObject]]
) -> SchemaObject:
    """An object whose `key` is one of the words; for each there is what it looks like, and what the object is then."""
    return {
        "title": title,
        "type": "object",
        "properties": {key: words},
        "required": [key],
        "allOf": [{"if": {"properties": {key: word}, "required": [key]}, "then": then} for word, then in cases],
    }


def choice_of(parts: tuple[Property, ...], title: str, shared: Shared) -> SchemaObject:
    """An object with a `type`, and beside it the one part that belongs to it."""
    cases = [
        (_const(part.tag), object_of((part,), f"{title} of type {part.tag}", shared, first={"type": _const(part.tag)}))
        for part in parts
    ]
    return chosen_by(title, "type", {"enum": [part.tag for part in parts]}, cases)


def _const(word: str) -> SchemaObject:
    return {"const": word}


def property_of(part: Property, shared: Shared) -> SchemaObject:
    """The value of a property, with its source."""
    made = _value(part, shared)
    if "$ref" not in made and part.source != shared.unsaid:
        made["$comment"] = part.source
    return made


def _value(part: Property, shared: Shared) -> SchemaObject:
    match part.kind:
        case "prompt" | "locale" | "language" | "number" | "tones" | "key" | "goal" | "sip" | "url" | "storage":
            return ref(part.kind)
        case "commands":
            return ref(part.kind)
        case "text":
            return text_of(_longest(part)) | {"minLength": 1}
        case "string":
            return text_of(_longest(part))
        case "secret":
            return {"type": "string", "minLength": 1}
        case "name":
            without_blanks = {"pattern": whole("[^ \\t\\r\\n\\f\\v]+"), "description": "a name without blanks"}
            return text_of(_longest(part) | without_blanks) | {"minLength": 1}
        case "cli":
            pattern = whole("|".join((READ_NUMBER, *part.words)))
            return text_of({"pattern": pattern, "description": "a telephone number or " + quoted(part.words)})
        case "sip uri":
            begins = {"pattern": "^sips?:", "description": "a URI that begins with `sip:` or `sips:`"}
            return text_of(_longest(part) | begins)
        case "socket":
            return text_of({"pattern": "^wss?://", "description": "a URL that begins with `wss://` or `ws://`"})
        case "keys":
            keys = {"pattern": whole(f"[{limits.MENU_KEYS}]+"), "description": "the keys `0` to `9`, `*` and `#` alone"}
            return text_of(_longest(part) | keys)
        case "header":
            printable = {"pattern": whole(PRINTABLE), "description": "printable ASCII characters and tabs alone"}
            return text_of(_longest(part) | printable) | ({"minLength": 1} if part.least else {})
        case "word":
            numbers = not all(isinstance(value, str) for value in part.values)
            return {"enum": list(part.values)} if numbers else text_of({"enum": list(part.values)})
        case "any-case word":
            return text_of(any_case(part.words))
        case "words":
            return {"type": "array", "items": {"enum": list(part.values)}}
        case "boolean":
            return {"type": "boolean"}
        case "integer" | "seconds" | "milliseconds":
            return {"type": "integer", "minimum": part.least} | _most("maximum", part.limit)
        case "anything":
            return {}
        case "object":
            return shared.reference(part) or object_of(part.parts, part.name, shared)
        case "choice":
            return shared.reference(part) or choice_of(part.parts, part.name, shared)
        case "prompts":
            return {"type": "array", "minItems": 1, "items": ref("prompt")}
        case "list" | "menus" | "messages":
            return _list(part, shared)
        case "named menus" | "matches":
            return _names(part, shared)
        case _:
            assert_never(part.kind)


def _list(part: Property, shared: Shared) -> SchemaObject:
    made: SchemaObject = {"type": "array"} | ({"minItems": part.least} if part.least else {})
    entry = "a menu" if part.kind == "menus" else f"an entry of {part.name}"
    made["items"] = shared.reference(part) or object_of(part.parts, entry, shared)
    if part.kind == "menus":
        main = {"type": "object", "properties": {"id": _const(limits.MAIN_MENU)}, "required": ["id"]}
        made["contains"] = main | {"description": f"a menu with the id `{limits.MAIN_MENU}`"}
    return made | _most("maxItems", part.limit)


def _names(part: Property, shared: Shared) -> SchemaObject:
    made: SchemaObject = {"type": "object"} | ({"minProperties": part.least} if part.least else {})
    made["propertyNames"] = {"minLength": 1} | _most("maxLength", part.key_limit)
    made["additionalProperties"] = shared.reference(part) or ref("commands")
    return made | _most("maxProperties", part.limit)


def _most(keyword: str, limit: limits.Limit | None) -> SchemaObject:
    return {} if limit is None else {keyword: limit.value}


def _longest(part: Property) -> SchemaObject:
    return _most("maxLength", part.limit)


def text_of(rules: SchemaObject) -> SchemaObject:
    """A text that obeys the rules, or one with a placeholder."""
    return {"type": "string", "if": ref("placeholder"), "else": rules} if rules else {"type": "string"}


def any_case(words: tuple[str, ...]) -> SchemaObject:
    """One of the words in any letter case."""
    description = quoted(words) + " in any letter case"
    return {"type": "string", "pattern": whole(letters(words)), "description": description}


def letters(words: tuple[str, ...]) -> str:
    """The pattern for one of the words in any letter case; flags inside a pattern mean nothing to JavaScript."""
    return "|".join("".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word) for word in words)


def quoted(words: tuple[str, ...]) -> str:
    """The words as a description shows them."""
    return " or ".join(f"`{word}`" for word in words)


def whole(pattern: str) -> str:
    """The pattern for a whole text. Python's `$` also matches before a last line break, JavaScript's does not."""
    return f"^(?:{pattern})$(?!\\n)"
