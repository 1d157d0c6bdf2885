"""What is wrong with a document by its schema, in plain words.

Invariant: a message shows names and bounds, never the value of a text, because that may be a secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from recpol.base.nearest import nearest
from recpol.base.record import Record
from recpol.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

JsonSchema = dict[str, Any]
JsonPath = tuple[str | int, ...]

LONGEST_NAME = 60
"""Longer names from a document are cut in messages, in characters."""


class SchemaProblem(Record):
    """One thing that the schema forbids: where in the document (keys, and list positions from 0) and what it is."""

    path: JsonPath
    message: str


_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def told(error: ValidationError, path: JsonPath) -> Iterator[SchemaProblem]:
    """What jsonschema says of the place at this path of a document."""
    schema: JsonSchema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.validator_value
    found: Any = error.instance
    subject = subject_of(path)
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            known = tuple(schema.get("properties", ()))
            for name in (str(key) for key in found if key not in known):
                owner = f"a property of {schema['title']}" if "title" in schema else "known here"
                hint = did_you_mean(nearest(name, known))
                yield SchemaProblem((*path, name), f"{quoted(name)} is not {owner}{hint}")
        case "required":
            missing = " and no ".join(quoted(name) for name in value if name not in found)
            yield SchemaProblem(path, f"{subject} has no {missing}")
        case "type":
            kinds = [value] if isinstance(value, str) else value
            yield SchemaProblem(path, f"{subject} must be " + " or ".join(_TYPES.get(kind, kind) for kind in kinds))
        case "const":
            yield SchemaProblem(path, f"{subject} must be {quoted(value)}")
        case "enum":
            yield SchemaProblem(path, f"{subject} must be one of " + ", ".join(quoted(word) for word in value))
        case "maximum":
            yield SchemaProblem(path, f"{subject} is {found}, more than {value}")
        case "minimum":
            yield SchemaProblem(path, f"{subject} is {found}, less than {value}")
        case "maxLength":
            yield SchemaProblem(path, f"{subject} has {len(found)} characters; at most {value} are allowed")
        case "maxItems" | "maxProperties":
            yield SchemaProblem(path, f"{subject} has {len(found)} entries; at most {value} are allowed")
        case "dependentRequired":
            for name, needed in ((name, needed) for name, all_ in value.items() if name in found for needed in all_):
                if needed not in found:
                    yield SchemaProblem(path, f"{subject} has {quoted(name)} and no {quoted(needed)}")
        case "minLength" | "minItems" | "minProperties":
            yield SchemaProblem(path, f"{subject} must not be empty")
        case "uniqueItems":
            yield SchemaProblem(path, f"{subject} has an entry twice")
        case "contains":
            wanted = value.get("description", "an entry that is not there")
            yield SchemaProblem(path, f"{subject} needs {wanted}")
        case _:
            wanted = schema.get("description")
            yield SchemaProblem(path, f"{subject} must be {wanted}" if wanted else f"{subject} is not allowed here")


def subject_of(path: JsonPath) -> str:
    """What the message is about: the property, or the entry of a list counted from 1."""
    if not path:
        return "the document"
    last = path[-1]
    if isinstance(last, str):
        return quoted(last)
    owner = next((quoted(key) for key in reversed(path) if isinstance(key, str)), "the list")
    return f"entry {last + 1} of {owner}"


def quoted(value: object) -> str:
    """A value in backquotes, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: LONGEST_NAME + 1])
    return f"`{text[:LONGEST_NAME]}…`" if len(text) > LONGEST_NAME else f"`{text}`"


def did_you_mean(meant: str | None) -> str:
    """The end of a message that guesses."""
    return f"; did you mean `{meant}`?" if meant else ""
