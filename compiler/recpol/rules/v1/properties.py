"""Rules about properties: those that do not exist, those that are missing, and values of the wrong type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Fix
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.nearest import nearest
from recpol.platform.shape import Property
from recpol.platform.v1.forms import INSTRUCTIONS
from recpol.platform.v1.recording import FLAG, READ_FLAGS, RECORDING_OPTIONS
from recpol.platform.v1.requests import ACTION_NAMES, SDK_SLIPS, read_form
from recpol.rules.edits import write
from recpol.rules.jsonedits import quoted, rename, without
from recpol.rules.rule import json_rule
from recpol.rules.v1.tables import REPLY, ShapedObject, about_recording, tables
from recpol.rules.v2 import properties as json2_properties
from recpol.rules.v2.properties import in_other_capitals, slip_severity, what_is
from recpol.svaml.capitals import miswritten
from recpol.svaml.document import Document


@json_rule("warning", covers=("C30", "F23"))
def unknown_property(document: Document) -> Iterator[Finding]:
    """A property that its place in SVAML does not have.

    Such a property is ignored, as far as anybody has seen; what it was to do does not happen. Where one or two letters
    make it one that the place has, it is an error; some stand so in the output of SDKs that misspell them. A key in
    another letter case is looked at as what it means, and reported: whether the platform reads it is not documented.
    Properties that have to do with recording have rules of their own.

    Wrong:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000", "maxDuraton": 600}}
    ```

    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000", "conferenceId": "board"}}
    ```

    ```json
    {"Action": {"name": "ConnectPstn", "number": "+46850020000"}}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000", "maxDuration": 600}}
    ```
    """
    for table in tables(document):
        for member in table.node.members:
            if miswritten(member.key) is not None and table.find(member.name) is not None:
                if member.name != FLAG:  # its name is old in any letter case, and another rule says so
                    sdk = SDK_SLIPS.get(member.key.inside.text, ("", ""))[1]
                    yield in_other_capitals(member.key, sdk, safe=member.name not in _DECIDES)
            elif (
                table.find(member.name) is None and not about_recording(table, member) and not _elsewhere(table, member)
            ):
                yield _unknown(table, member)
    yield from json2_properties.unknown(document)


_DECIDES = frozenset({"action", "instructions", "name", "options", "menus", "text", "ids", "suppressCallbacks"})
_DECIDES |= {"record", "recordingOptions", *(part.name for part in RECORDING_OPTIONS)}
"""Properties that decide what is heard and what is recorded: if the platform did not read them so far, it will."""


def _elsewhere(table: ShapedObject, member: Member) -> bool:
    """Whether another rule speaks about a property that does not exist."""
    if table.properties is REPLY:
        return member.name.lower() in ("actions", "commands", "command", "callname", "events")
    return member.name == "command"


def _unknown(table: ShapedObject, member: Member) -> Finding:
    name, span = member.key.inside.text, member.key.inside
    message = f"`{table.owner}` has no property `{name}`"
    if table.properties is REPLY or " " in table.owner:
        message = f"{table.owner} has no property `{name}`"
    slip = SDK_SLIPS.get(name)
    known = [p.name for p in table.properties]
    if slip is not None and slip[0] in known:
        why, help_ = f"an SDK misspells it so ({slip[1]})", f"write `{slip[0]}`"
        return Finding(
            message, span, why=why, help=help_, severity="error", fixes=rename(member.key, slip[0], table.node)
        )
    close = nearest(name, [p for p in known if p != "name"])
    owners = _owners(name)
    if owners:
        deleted = without(table.node, member)
        return Finding(message, span, help=f"delete it; it belongs to {owners}", fixes=deleted)
    if close is None or table.node.find(close) is not None:
        return Finding(message, span, help="delete it", fixes=without(table.node, member))
    severity = slip_severity(name, close)
    return Finding(
        message, span, help=f"did you mean `{close}`?", severity=severity, fixes=rename(member.key, close, table.node)
    )


def _owners(name: str) -> str:
    """The forms that have a property of that name, as words; empty where none has."""
    found = [form for form in (*ACTION_NAMES, *INSTRUCTIONS) if _has(form, name)]
    found += ["a menu of `RunMenu`"] if name in _MENU_WORDS else []
    found += ["the recording options"] if name in {p.name for p in RECORDING_OPTIONS} else []
    shown = [form if " " in form else f"`{form}`" for form in dict.fromkeys(found)]
    return "" if not shown else shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


_MENU_WORDS = frozenset(
    {"mainPrompt", "repeatPrompt", "repeats", "maxDigits", "timeoutMills", "maxTimeoutMills", "options"}
)


def _has(form: str, name: str) -> bool:
    for kind in ("action", "instruction"):
        found = read_form("action" if kind == "action" else "instruction", form)
        if found is not None and (known := found.find(name)) is not None and not known.legacy_only:
            return name not in READ_FLAGS
    return False


@json_rule("error", covers=("C19", "C31", "F24"))
def missing_property(document: Document) -> Iterator[Finding]:
    """A property that must be there and is not, or is empty.

    Wrong:
    ```json
    {"action": {"name": "ConnectConf", "moh": "music1"}}
    ```

    ```json
    {"action": {"name": "ConnectConf", "conferenceId": ""}}
    ```

    ```json
    {"commands": [{"command": "stopRecording"}]}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectConf", "conferenceId": "board", "moh": "music1"}}
    ```
    """
    for table in tables(document):
        for known in table.properties:
            member = table.node.find(known.name)
            if member is None:
                if known.required and not about_recording(table, known.name) and not _slipped(table, known):
                    begin = table.node.span
                    name = table.node.text("name")
                    span = begin.source.span(begin.start, begin.start + 1) if name is None else name.inside
                    yield Finding(
                        f"`{table.owner}` needs `{known.name}`",
                        span,
                        why=f"it cannot be left out ({known.source})",
                        help=f"add `{known.name}`",
                    )
            elif known.kind in _FILLED and _empty(member.value) and known.name not in ("name", "destinationUrl"):
                yield Finding(
                    f"`{known.name}` is empty",
                    member.value.span,
                    why=f"it says where or what ({known.source})",
                    help=f"write it, or delete the {'property' if not known.required else 'whole part'}",
                )
    yield from json2_properties.missing(document)


_FILLED = ("text", "number", "sip", "cli", "key", "goal", "locale")


def _slipped(table: ShapedObject, known: Property) -> bool:
    """Whether the property is there under a name that another finding corrects."""
    return any(
        table.find(member.name) is None and nearest(member.name, [known.name]) is not None
        for member in table.node.members
    )


def _empty(value: JsonNode) -> bool:
    return isinstance(value, JsonScalar) and value.kind == "string" and not value.text.strip()


@json_rule("error")
def wrong_type(document: Document) -> Iterator[Finding]:
    """A value of another type than its property has: a number in quotes, a text where a list belongs, ….

    The key of a menu's option may be a string or a number: the documentation shows both. A `null` is reported as
    information: leave the property out.

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
        for known, member in table.values():
            yield from _type(table, known, member)
    for reply in document.replies:
        for part in reply.parts:
            listed = isinstance(part.node, Array) and part.role == "action"
            if part.object is None and not listed and not _null(part.node):
                yield Finding(f"this {part.role} is not an object", part.node.span, help='write `{"name": "…"}`')
    yield from json2_properties.wrong_type(document)


_TYPES = {
    "boolean": ("boolean", "`true` or `false`"),
    "integer": ("integer", "a whole number"),
    "seconds": ("integer", "a whole number of seconds"),
    "milliseconds": ("integer", "a whole number of milliseconds"),
    "object": ("object", "an object, in braces"),
    "list": ("list", "a list, in brackets"),
    "menus": ("list", "a list of menus, in brackets"),
    "prompts": ("list", "a list of texts, in brackets"),
    "anything": ("", ""),
    "key": ("key", "one key in quotes"),
}


def _type(table: ShapedObject, known: Property, member: Member) -> Iterator[Finding]:
    value, name = member.value, known.name
    wanted, words = _TYPES.get(known.kind, ("string", "a text in quotes"))
    if _null(value):
        message = f"`{name}` is null"
        fixes = without(table.node, member, "leave the property out", safe=True)
        yield Finding(message, value.span, help="leave the property out", severity="info", fixes=fixes)
    elif not wanted or (name == "action" and known in REPLY):
        return  # a list of actions is another rule's
    elif not _is(wanted, value):
        yield Finding(
            f"`{name}` is {what_is(value, wanted)}",
            value.span,
            why=f"it takes {words} ({known.source})",
            help=_cure(known, wanted, value, words),
            fixes=_retyped(known, wanted, value, member.key),
        )
    elif isinstance(value, Array):
        inner = "string" if known.kind == "prompts" else "object"
        for item in value.items:
            if not _is(inner, item) and known not in REPLY:
                message = f"a part of `{name}` is {what_is(item)}"
                yield Finding(message, item.span, help=f"write {'a text' if inner == 'string' else 'an object'}")


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


def _cure(known: Property, wanted: str, value: JsonNode, words: str) -> str:
    meant = _meant(known, wanted, value)
    return f"write {words}" if meant is None else f"write `{meant}`"


_NATIONAL = 10
"""A number of more digits has a country code among them."""


def _meant(known: Property, wanted: str, value: JsonNode) -> str | None:
    """What a value is in the type that is wanted, as it is written; None where there is no telling."""
    if isinstance(value, JsonScalar) and value.kind == "string" and wanted in ("integer", "boolean"):
        plain = value.text.strip().lower()
        word = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(plain, plain)
        if wanted == "boolean" and word in ("true", "false"):
            return word
        if wanted == "integer" and re.fullmatch("0|[1-9][0-9]{0,17}", plain):
            return plain
    if isinstance(value, JsonScalar) and wanted == "string" and value.kind == "number":
        plus = "+" if known.kind in ("number", "cli") and value.text.isdigit() else ""
        return f'"{plus}{value.text}"'
    return None


def _retyped(known: Property, wanted: str, value: JsonNode, key: JsonScalar) -> tuple[Fix, ...]:
    """The fix that writes a value in the type that is wanted.

    It is not safe for a switch, which may have been off, and for a short number, which may lack its country code.
    """
    meant = _meant(known, wanted, value)
    if meant is None:
        return ()
    text = quoted(meant.strip('"'), key) if meant.startswith('"') else meant
    short = meant.startswith('"+') and len(meant) <= _NATIONAL + len('"+"')
    return write(value.span, text, title=f"write `{meant}`", safe=wanted != "boolean" and not short)
