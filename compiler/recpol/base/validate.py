"""Documents to what a JSON Schema finds wrong with them, in plain words.

A reply is not checked against its whole schema at once. Its instructions and its action are checked against the
definition that their `name` points to, which is several times faster and says what is wrong with what was meant. So
are the answers of a manifest, by their `event`.

Invariant: `validate_reply`, `validate_manifest` and `validate_commands` find a document good exactly where the whole
schema does, and the latter however deep its handlers nest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache

from recpol.base.likeness import Likenesses
from recpol.base.nearest import nearest
from recpol.base.resources import schema_text
from recpol.base.schemaproblems import JsonPath, JsonSchema, SchemaProblem, did_you_mean, quoted, subject_of, told
from recpol.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

CLASSIC = "svaml-classic"


def validate_reply(document: object, schema: str = CLASSIC) -> tuple[SchemaProblem, ...]:
    """What is wrong with a reply or a Manage Call body (JSON as Python data); empty where nothing is.

    `schema` is that of its dialect. In this order: the envelope, the instructions, the action.
    Raises `OSError` where the schema is not installed.
    """
    problems = list(_problems(_envelope(schema), document, ()))
    if isinstance(document, dict):
        instructions = document.get("instructions")
        if isinstance(instructions, list):
            for index, instruction in enumerate(instructions):
                problems += _part(schema, "instruction", instruction, ("instructions", index))
        if "action" in document:
            problems += _part(schema, "action", document["action"], ("action",))
    return tuple(problems)


def validate_document(schema: str, document: object) -> tuple[SchemaProblem, ...]:
    """What is wrong with a document of the dialect that has this schema; raises `OSError` where it is not installed.

    What the schema defines decides how it is checked: its instructions and actions, or its commands, one by one.
    """
    defined = {name.partition(".")[0] for name in _schema(schema).get("$defs", ())}
    if "instruction" in defined:
        return validate_reply(document, schema)
    return validate_commands(document, schema) if "command" in defined else validate(schema, document)


def validate_commands(document: object, schema: str, *, later: bool = False) -> tuple[SchemaProblem, ...]:
    """What is wrong with a document that holds commands (JSON as Python data); empty where nothing is.

    `later` judges it as anything but the reply to an incoming call: commands alone. First comes what is around the
    commands, then each command before those that it holds. Raises `OSError` where the schema is not installed.
    """
    bare, held = _opened(document, ())
    problems = list(_problems(_shallow(schema, "later" if later else None), bare, ()))
    waiting = held[::-1]
    while waiting:
        path, command = waiting.pop()
        bare, held = _opened(command, path)
        problems += _command(schema, bare, path)
        waiting += reversed(held)
    return tuple(problems)


def validate_manifest(document: object) -> tuple[SchemaProblem, ...]:
    """What is wrong with a manifest (JSON as Python data); raises `OSError` where the schema is not installed."""
    problems = list(_problems(_manifest(), document, ()))
    replies = document.get("replies") if isinstance(document, dict) else None
    for number, reply in enumerate(replies if isinstance(replies, list) else ()):
        answers = reply.get("answers") if isinstance(reply, dict) else None
        for index, answer in enumerate(answers if isinstance(answers, list) else ()):
            event = answer.get("event") if isinstance(answer, dict) else None
            known = event if isinstance(event, str) and event in _events() else None
            place = ("replies", number, "answers", index)
            problems += _unless_known("manifest", f"answer {known}", _answer(known), answer, place)
    return tuple(problems)


def validate(schema: str, document: object) -> tuple[SchemaProblem, ...]:
    """What the schema of that short name (`manifest`, `config`) finds wrong; raises `OSError` where there is none."""
    return tuple(_problems(_whole(schema), document, ()))


# ── dispatch ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _part(schema: str, kind: str, part: object, path: JsonPath) -> Iterator[SchemaProblem]:
    """What is wrong with an instruction or an action."""
    if not isinstance(part, dict):
        yield SchemaProblem(path, f"{subject_of(path)} must be an object")
    elif "name" not in part:
        yield SchemaProblem(path, f"{subject_of(path)} has no `name`")
    elif not isinstance(name := part["name"], str):
        yield SchemaProblem((*path, "name"), "`name` must be a text")
    elif (definition := _definitions(schema, kind).get(name.lower())) is None:
        meant = nearest(name, (known.partition(".")[2] for known in _definitions(schema, kind).values()))
        yield SchemaProblem((*path, "name"), f"{quoted(name)} is not an {kind}{did_you_mean(meant)}")
    else:
        yield from _unless_known(schema, definition, _definition(schema, definition), part, path)


def _unless_known(
    schema: str, definition: str, validator: Draft202012Validator, part: object, path: JsonPath
) -> tuple[SchemaProblem, ...]:
    """What is wrong with a part; nothing where one that the schema cannot tell apart was good by this definition."""
    good = likenesses(schema)
    likeness = (definition, *good.of(part))
    if good.known(likeness):
        return ()
    found = tuple(_problems(validator, part, path))
    if not found:
        good.note(likeness)
    return found


def _problems(validator: Draft202012Validator, document: object, path: JsonPath) -> Iterator[SchemaProblem]:
    """Each problem once; a validator reports every missing property of an object by itself."""
    seen: set[SchemaProblem] = set()
    for error in validator.iter_errors(document):
        # What is said of a key stands at the place of its entry.
        key = (str(error.instance),) if "propertyNames" in error.relative_schema_path else ()
        for problem in told(error, (*path, *error.absolute_path, *key)):
            if problem not in seen:
                seen.add(problem)
                yield problem


@cache
def _definitions(schema: str, kind: str) -> Mapping[str, str]:
    """The definitions of all instructions or actions by name in lower case."""
    known = (key.partition(".") for key in _schema(schema)["$defs"])
    return {name.lower(): f"{kind}.{name}" for first, dot, name in known if first == kind and dot}


@cache
def _schema(name: str) -> JsonSchema:
    schema: JsonSchema = json.loads(schema_text(name))
    return schema


@cache
def likenesses(name: str) -> Likenesses:
    """What is known of documents of the schema of that short name; raises `OSError` where it is not installed."""
    return Likenesses(_schema(name))


@cache
def _whole(name: str) -> Draft202012Validator:
    return _validator(_schema(name))


@cache
def _manifest() -> Draft202012Validator:
    """The schema of a manifest without what is said of answers."""
    schema = _schema("manifest")
    definitions = schema["$defs"] | {"answer": True}
    return _validator(_inlined({key: schema[key] for key in schema if key != "$defs"}, definitions))


@cache
def _answer(event: str | None) -> Draft202012Validator:
    """What the schema says of an answer with this event, which chooses among its branches; None stands for others."""
    definitions = _schema("manifest")["$defs"]
    answer = _inlined(definitions["answer"], definitions)
    if event is not None:
        branches = [one["then"] for one in answer["allOf"] if _validator(one["if"]).is_valid({"event": event})]
        answer = answer | {"allOf": branches}
    return _validator(answer)


@cache
def _events() -> frozenset[str]:
    """The events of answers, but for those with a name of their own."""
    return frozenset(_schema("manifest")["$defs"]["answer"]["properties"]["event"]["anyOf"][0]["enum"])


@cache
def _envelope(name: str) -> Draft202012Validator:
    """The schema of a reply without what is said of its parts."""
    schema = _schema(name)
    properties = schema["properties"]
    instructions = {key: value for key, value in properties["instructions"].items() if key != "items"}
    return _validator(schema | {"properties": properties | {"instructions": instructions, "action": True}})


@cache
def _definition(schema: str, name: str) -> Draft202012Validator:
    definitions = _schema(schema)["$defs"]
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


# ── commands of v2 ───────────────────────────────────────────────────────────────────────────────────────────────

_Held = list[tuple[JsonPath, object]]


def _opened(owner: object, path: JsonPath) -> tuple[object, _Held]:
    """A document or a command, shallow: without the commands that it holds; and those with their paths, in order."""
    held: _Held = []
    if not isinstance(owner, dict):
        return owner, held
    bare = dict(owner)
    if "commands" in bare:
        bare["commands"] = _emptied(bare["commands"], (*path, "commands"), held)
    if isinstance(menus := bare.get("menus"), dict):
        bare["menus"] = {name: _bare_menu(menu, (*path, "menus", name), held) for name, menu in menus.items()}
    if isinstance(events := bare.get("events"), dict):
        bare["events"] = {name: _emptied(commands, (*path, "events", name), held) for name, commands in events.items()}
    return bare, held


def _bare_menu(menu: object, path: JsonPath, held: _Held) -> object:
    if not isinstance(menu, dict):
        return menu
    bare = dict(menu)
    if isinstance(matches := bare.get("matches"), dict):
        bare["matches"] = {key: _emptied(commands, (*path, "matches", key), held) for key, commands in matches.items()}
    if "onFailure" in bare:
        bare["onFailure"] = _emptied(bare["onFailure"], (*path, "onFailure"), held)
    return bare


def _emptied(commands: object, path: JsonPath, held: _Held) -> object:
    """A list that is as empty as it was; what stood in it is held."""
    if not isinstance(commands, list):
        return commands
    held += (((*path, index), command) for index, command in enumerate(commands))
    return [None] if commands else []


def _command(schema: str, command: object, path: JsonPath) -> Iterator[SchemaProblem]:
    """What is wrong with a command, but for the commands that it holds."""
    if not isinstance(command, dict):
        yield SchemaProblem(path, f"{subject_of(path)} must be an object")
    elif "command" not in command:
        yield SchemaProblem(path, f"{subject_of(path)} has no `command`")
    elif not isinstance(name := command["command"], str):
        yield SchemaProblem((*path, "command"), "`command` must be a text")
    elif f"command.{name}" not in _schema(schema)["$defs"]:
        known = _schema(schema)["$defs"]["command"]["properties"]["command"]["enum"]
        yield SchemaProblem((*path, "command"), f"{quoted(name)} is not a command{did_you_mean(nearest(name, known))}")
    else:
        definition = f"command.{name}"
        yield from _unless_known(schema, definition, _shallow(schema, definition), command, path)


@cache
def _shallow(schema_name: str, name: str | None) -> Draft202012Validator:
    """The schema of a document of commands or a definition of it, without what is said of the commands that it holds.

    They are judged one by one, so a check does not go deeper the deeper they nest.
    """
    schema = _schema(schema_name)
    definitions = schema["$defs"] | {"commands": {"type": "array"}}
    return _validator(
        _inlined(
            {key: schema[key] for key in schema if key != "$defs"} if name is None else definitions[name], definitions
        )
    )
