"""Documents to what a JSON Schema finds wrong with them, in plain words.

A reply is not checked against its whole schema at once. Its instructions and its action are checked against the
definition that their `name` points to, which is several times faster and says what is wrong with what was meant.

Invariant: `validate_reply` finds a document good exactly where the whole schema does. A message shows names and bounds,
never the value of a text, because that may be a secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from recpol.ground.nearest import nearest
from recpol.ground.resources import schema_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

JsonSchema = dict[str, Any]
Path = tuple[str | int, ...]

CLASSIC = "svaml-classic"

LONGEST_NAME = 60
"""Longer names from a document are cut in messages, in characters."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing that the schema forbids: where in the document (keys, and list positions from 0) and what it is."""

    path: Path
    message: str


def validate_reply(document: object) -> tuple[SchemaProblem, ...]:
    """What is wrong with a classic SVAML document (JSON as Python data); empty where nothing is.

    In this order: the envelope, the instructions, the action. Raises `OSError` where the schema is not installed.
    """
    problems = list(_problems(_envelope(), document, ()))
    if isinstance(document, dict):
        instructions = document.get("instructions")
        if isinstance(instructions, list):
            for index, instruction in enumerate(instructions):
                problems += _part("instruction", instruction, ("instructions", index))
        if "action" in document:
            problems += _part("action", document["action"], ("action",))
    return tuple(problems)


def validate_manifest(document: object) -> tuple[SchemaProblem, ...]:
    """What is wrong with a manifest (JSON as Python data); raises `OSError` where the schema is not installed."""
    return validate("manifest", document)


def validate(schema: str, document: object) -> tuple[SchemaProblem, ...]:
    """What the schema of that short name (`manifest`, `config`) finds wrong; raises `OSError` where there is none."""
    return tuple(_problems(_whole(schema), document, ()))


# ── dispatch ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _part(kind: str, part: object, path: Path) -> Iterator[SchemaProblem]:
    """What is wrong with an instruction or an action."""
    if not isinstance(part, dict):
        yield SchemaProblem(path, f"{_subject(path)} must be an object")
    elif "name" not in part:
        yield SchemaProblem(path, f"{_subject(path)} has no `name`")
    elif not isinstance(name := part["name"], str):
        yield SchemaProblem((*path, "name"), "`name` must be a text")
    elif (definition := _definitions(kind).get(name.lower())) is None:
        meant = nearest(name, (known.partition(".")[2] for known in _definitions(kind).values()))
        yield SchemaProblem((*path, "name"), f"{_quoted(name)} is not an {kind}{_did_you_mean(meant)}")
    else:
        yield from _problems(_definition(definition), part, path)


@cache
def _definitions(kind: str) -> Mapping[str, str]:
    """The definitions of all instructions or actions by name in lower case."""
    known = (key.partition(".") for key in _schema(CLASSIC)["$defs"])
    return {name.lower(): f"{kind}.{name}" for first, dot, name in known if first == kind and dot}


@cache
def _schema(name: str) -> JsonSchema:
    schema: JsonSchema = json.loads(schema_text(name))
    return schema


@cache
def _whole(name: str) -> Draft202012Validator:
    return _validator(_schema(name))


@cache
def _envelope() -> Draft202012Validator:
    """The schema of a reply without what is said of its parts."""
    schema = _schema(CLASSIC)
    properties = schema["properties"]
    instructions = {key: value for key, value in properties["instructions"].items() if key != "items"}
    return _validator(schema | {"properties": properties | {"instructions": instructions, "action": True}})


@cache
def _definition(name: str) -> Draft202012Validator:
    definitions = _schema(CLASSIC)["$defs"]
    return _validator(_inlined(definitions[name], definitions))


def _inlined(schema: Any, definitions: Mapping[str, JsonSchema]) -> Any:
    """The schema with what its references point to in their place: following them is half the time of a check."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _inlined(definitions[reference.removeprefix("#/$defs/")], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _validator(schema: JsonSchema) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _problems(validator: Draft202012Validator, document: object, path: Path) -> Iterator[SchemaProblem]:
    """Each problem once; a validator reports every missing property of an object by itself."""
    seen: set[SchemaProblem] = set()
    for error in validator.iter_errors(document):
        for problem in _told(error, (*path, *error.absolute_path)):
            if problem not in seen:
                seen.add(problem)
                yield problem


def _told(error: ValidationError, path: Path) -> Iterator[SchemaProblem]:
    schema: JsonSchema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.validator_value
    found: Any = error.instance
    subject = _subject(path)
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            known = tuple(schema.get("properties", ()))
            for name in (str(key) for key in found if key not in known):
                owner = f"a property of {schema['title']}" if "title" in schema else "known here"
                hint = _did_you_mean(nearest(name, known))
                yield SchemaProblem((*path, name), f"{_quoted(name)} is not {owner}{hint}")
        case "required":
            missing = " and no ".join(_quoted(name) for name in value if name not in found)
            yield SchemaProblem(path, f"{subject} has no {missing}")
        case "type":
            kinds = [value] if isinstance(value, str) else value
            yield SchemaProblem(path, f"{subject} must be " + " or ".join(_TYPES.get(kind, kind) for kind in kinds))
        case "const":
            yield SchemaProblem(path, f"{subject} must be {_quoted(value)}")
        case "enum":
            yield SchemaProblem(path, f"{subject} must be one of " + ", ".join(_quoted(word) for word in value))
        case "maximum":
            yield SchemaProblem(path, f"{subject} is {found}, more than {value}")
        case "minimum":
            yield SchemaProblem(path, f"{subject} is {found}, less than {value}")
        case "maxLength":
            yield SchemaProblem(path, f"{subject} has {len(found)} characters; at most {value} are allowed")
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


def _subject(path: Path) -> str:
    """What the message is about: the property, or the entry of a list counted from 1."""
    if not path:
        return "the document"
    last = path[-1]
    if isinstance(last, str):
        return _quoted(last)
    owner = next((_quoted(key) for key in reversed(path) if isinstance(key, str)), "the list")
    return f"entry {last + 1} of {owner}"


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: LONGEST_NAME + 1])
    return f"`{text[:LONGEST_NAME]}…`" if len(text) > LONGEST_NAME else f"`{text}`"


def _did_you_mean(meant: str | None) -> str:
    return f"; did you mean `{meant}`?" if meant else ""
