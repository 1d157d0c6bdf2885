"""Rules about properties: those that do not exist, and those that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial

from recpol.base.finding import Finding, Severity
from recpol.base.jsontree import JsonNode, JsonScalar, Member
from recpol.base.nearest import letters_apart, nearest
from recpol.base.source import Span
from recpol.platform.shape import Form, Property
from recpol.platform.sources import CALLING_PAGE, SVAML_PAGE, VOICE_V2
from recpol.platform.targets import Target
from recpol.platform.v1.forms import ACTIONS, INSTRUCTIONS
from recpol.platform.v1.recording import FLAG, READ_FLAGS, RECORDING_OPTIONS
from recpol.platform.v1.requests import SDK_SLIPS, STREAM
from recpol.platform.v2.commands import COMMANDS
from recpol.rules.edits import write
from recpol.rules.jsonedits import rename, renamed, without
from recpol.rules.policy.known import either
from recpol.rules.rule import Dialect, json_rule
from recpol.rules.tables import ShapedObject, tables
from recpol.svaml.capitals import miswritten
from recpol.svaml.document import Document
from recpol.svaml.v1.spelling import spelled_for, target_of

_FROM_V1 = {
    "options": "recordingOptions",
    "locale": "voiceName",
    "ids": "messages",
    "number": "to",
    "cli": "from",
    "maxDuration": "maxCallDurationSeconds",
    "barge": "allowBargeIn",
    "mainPrompt": "prompt",
    "repeats": "repeatCount",
    "maxDigits": "maximumInputLength",
    "timeoutMills": "inputTimeoutDurationSeconds",
    "mainMenu": "startMenu",
}
"""Properties of the older interface, and what does the same in v2."""

_MISNAMED: Mapping[Dialect, Mapping[str, tuple[str, str]]] = {
    "v1": {name: (meant, f"an SDK misspells it so ({sdk})") for name, (meant, sdk) in SDK_SLIPS.items()},
    "v2": {
        name: (meant, f"`{name}` is a property of the older interface ({SVAML_PAGE})")
        for name, meant in _FROM_V1.items()
    },
}
"""Names that are known to be written for others: what is meant, and why it is written so."""


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
    target = target_of(document.replies)
    for table in tables(document):
        shape = table.shape
        for member in table.node.members:
            name = member.key.text
            if name in shape.words or shape.old(name) is not None:
                if miswritten(member.key) is not None and name != FLAG:
                    yield _in_other_capitals(member)  # the flag's name is old in any letter case, as another rule says
            elif name not in shape.others:
                yield _unknown(table, member, target)


_DECIDES = frozenset({"action", "instructions", "name", "options", "menus", "text", "ids", "suppressCallbacks"})
_DECIDES |= {"record", "recordingOptions", *(part.name for part in RECORDING_OPTIONS)}
"""Properties that decide what is heard and what is recorded: if the platform did not read them so far, it will."""


def _in_other_capitals(member: Member) -> Finding:
    """What is said of a key that differs in letter case from the one that it is read as."""
    key = member.key
    _, sdk = SDK_SLIPS.get(key.inside.text, ("", ""))
    why = f"an SDK misspells it so ({sdk})" if sdk else "whether keys in another letter case are read is not documented"
    fixes = write(key.inside, key.text, safe=member.name not in _DECIDES)
    message, help_ = f"`{key.inside.text}` is written `{key.text}`", f"write `{key.text}`"
    return Finding(message, key.inside, why=why, help=help_, severity="warning", fixes=fixes)


def _unknown(table: ShapedObject, member: Member, target: Target) -> Finding:
    span = member.key.inside
    name = span.text
    message = f"{table.owner} has no property `{name}`"
    shape = table.shape
    meant, why = _MISNAMED[shape.dialect].get(member.name, ("", ""))
    if meant in shape.by_name:
        help_, fixes = renamed(member, meant, table.node)
        return Finding(message, span, why=why, help=help_, severity=_severity(name, meant), fixes=fixes)
    if name == "callLeg" and shape.dialect == "v1":
        help_ = "delete it, and say it in the request's address: `PATCH /calling/v1/calls/id/{callId}/leg/{callLeg}`"
        why = f"which leg a request is for, its address says ({CALLING_PAGE})"
        return Finding(message, span, why=why, help=help_, fixes=without(table.node, member))
    owners = _owners(shape.dialect, member.name, target)
    if owners:
        deleted = without(table.node, member)
        return Finding(message, span, help=f"delete it; it belongs to {owners}", fixes=deleted)
    close = shape.words.nearest(name)
    if close is None or table.node.find(close) is not None:
        return Finding(message, span, help="delete it", fixes=without(table.node, member))
    fixes = rename(member.key, close, table.node)
    return Finding(message, span, help=f"did you mean `{close}`?", severity=_severity(name, close), fixes=fixes)


def _severity(written: str, meant: str) -> Severity:
    """How bad an unknown property is: an error where one or two letters make it one that its place has."""
    return "error" if letters_apart(written.lower(), meant.lower()) <= _LETTERS else "warning"


_LETTERS = 2


_FORMS: Mapping[Dialect, Iterable[Form]] = {
    "v1": (*ACTIONS.values(), STREAM, *INSTRUCTIONS.values()),
    "v2": tuple(COMMANDS.values()),
}


def _owners(dialect: Dialect, name: str, target: Target) -> str:
    """The forms that have a property of that name, as words; empty where none has."""
    if name not in _properties(dialect):
        return ""
    spelled = partial(spelled_for, target=target) if dialect == "v1" else str
    found = [f"`{spelled(form.name)}`" for form in _FORMS[dialect] if _has(form, name)]
    if dialect == "v1":
        found += [f"a menu of `{spelled('RunMenu')}`"] if name in _MENU_WORDS else []
        found += ["the recording options"] if name in {part.name for part in RECORDING_OPTIONS} else []
    shown = list(dict.fromkeys(found))
    return "" if not shown else shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


@cache
def _properties(dialect: Dialect) -> frozenset[str]:
    """What any form of a dialect has, and what else `_owners` knows."""
    listed = {part.name for form in _FORMS[dialect] for part in form.properties}
    return (
        _MENU_WORDS.union(listed, (part.name for part in RECORDING_OPTIONS)) if dialect == "v1" else frozenset(listed)
    )


_MENU_WORDS = frozenset(
    {"mainPrompt", "repeatPrompt", "repeats", "maxDigits", "timeoutMills", "maxTimeoutMills", "options"}
)


def _has(form: Form, name: str) -> bool:
    known = form.find(name)
    return known is not None and not known.legacy_only and name not in READ_FLAGS


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
        shape = table.shape
        if shape.tags:
            yield from _no_choice(table)
            continue
        for part in shape.properties:
            member = table.node.find(part.name)
            if member is None:
                if part.required and part.name not in shape.others and not _slipped(table, part):
                    yield Finding(
                        f"{table.owner} needs `{part.name}`",
                        _begin(table),
                        why=f"it cannot be left out ({part.source})",
                        help=f"add `{part.name}`",
                        about=part.name,
                    )
            elif part.kind in _FILLED and _empty(member.value) and part.name not in _SHARED[shape.dialect]:
                yield Finding(
                    f"`{part.name}` is empty",
                    member.value.span,
                    why=f"it says where or what ({part.source})",
                    help=f"write it, or delete the {'property' if not part.required else 'whole part'}",
                )


_SHARED: Mapping[Dialect, tuple[str, ...]] = {"v1": ("text", "key", "dtmf", "cli"), "v2": ()}
"""Properties of which a rule that policies have says that they are empty."""

_FILLED = ("text", "name", "number", "sip", "sip uri", "socket", "cli", "key", "goal", "locale", "language")


def _begin(table: ShapedObject) -> Span:
    """What can be shown of an object that lacks something."""
    node = table.node
    return node.span.source.span(node.span.start, node.span.start + 1) if table.begin is None else table.begin.inside


def _slipped(table: ShapedObject, part: Property) -> bool:
    """Whether the property is there under a name that another finding corrects."""
    for member in table.node.members:
        if member.name not in table.shape.words:
            old, meant = table.shape.old(member.name), _MISNAMED[table.shape.dialect].get(member.name)
            if part.name in ((old or meant or ("",))[0], nearest(member.name, [part.name])):
                return True
    return False


def _no_choice(table: ShapedObject) -> Iterator[Finding]:
    """What is wrong with an object whose `type` says which part stands beside it."""
    if table.node.find("type") is None:
        there = next((part for part in table.shape.properties if table.node.find(part.name) is not None), None)
        yield Finding(
            f"{table.owner} needs `type`",
            _begin(table),
            why=f"it is {either(table.shape.tags)} ({VOICE_V2})",
            help=f'write `"type": "{there.tag if there is not None else table.shape.tags[0]}"`',
        )
        return
    chosen = table.chosen  # a word that is not listed is another rule's
    if chosen is not None and table.node.find(chosen.name) is None:
        yield Finding(
            f"{table.owner} of the type `{chosen.tag}` needs `{chosen.name}`",
            _begin(table),
            why=f"it cannot be left out ({VOICE_V2})",
            help=f"add `{chosen.name}`",
            about=chosen.name,
        )


def _empty(value: JsonNode) -> bool:
    return isinstance(value, JsonScalar) and value.kind == "string" and not value.text.strip()
