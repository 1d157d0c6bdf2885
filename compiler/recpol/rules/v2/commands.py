"""Rules about commands of Voice API v2: those that do not exist, names of the drafts, and what is too long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import Array, JsonScalar, Object
from recpol.base.nearest import nearest
from recpol.platform.sources import VOICE_V2
from recpol.platform.v2.commands import COMMANDS, MENU_NAME, OLD_COMMANDS
from recpol.platform.v2.voices import KNOWN_VOICES, suggested_voices
from recpol.rules.jsonedits import rename, without
from recpol.rules.policy.known import either, shorter
from recpol.rules.rule import json_rule
from recpol.rules.tables import tables_of_commands, values
from recpol.rules.v2.steps import steps
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import menus_of
from recpol.svaml.values import known_now

_FROM_V1 = {
    "say": "messages",
    "playfiles": "messages",
    "play": "messages",
    "runmenu": "menu",
    "connectpstn": "dial",
    "connectsip": "dial",
    "connectstream": "dial",
    "connectconf": "bridgeCall",
    "bridge": "bridgeCall",
    "wait": "pause",
    "stopmessage": "stopMessages",
    "message": "messages",
}
"""What instructions and actions of the older interface have become, in lower case."""

_WITHOUT = {
    "connectmxp": "v2 does not call apps",
    "park": "v2 does not park calls: play `messages`, and change the call later",
    "setcookie": "v2 has no cookies: keep the state in the backend, by the session's id",
    "senddtmf": "v2 sends no tones",
    "continue": "a call goes on by itself in v2",
    "reportcallstatus": "v2 has no status reports",
}
"""Instructions and actions that have nothing in v2 in their place."""


@json_rule("error", covers=("C31",))
def unknown_command(document: Document) -> Iterator[Finding]:
    """A command that Voice API v2 does not have, or one without its word.

    The commands are those of the SDK, and their words are told apart by letter case. Instructions and actions of the
    older interface have other names here, or none.

    Wrong:
    ```json
    {"commands": [{"command": "answer"}, {"command": "say", "text": "Welcome."}]}
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Welcome.", "voiceName": "Amy"}}]}
      ]
    }
    ```
    """
    for _, step in steps(document):
        node, name = step.command.object, step.at
        if node is None or (name is None and node.find("command") is None and node.find("name") is not None):
            continue
        if name is None:
            member = node.find("command")
            yield Finding(
                "a command without its word" if member is None else "the word of a command is a text",
                node.span.source.span(node.span.start, node.span.start + 1) if member is None else member.value.span,
                why=f"`command` says what it does ({VOICE_V2})",
                help='write for example `"command": "answer"`',
            )
        elif name.text not in COMMANDS and known_now(name) is not None:
            yield _unknown(name)


def _unknown(name: JsonScalar) -> Finding:
    plain = name.text.lower()
    old = OLD_COMMANDS.get(name.text)
    without = _WITHOUT.get(plain)
    close = old[0] if old is not None else _FROM_V1.get(plain) or nearest(name.text, COMMANDS)
    if without is not None:
        help_ = f"delete it: {without}"
    elif close is not None:
        help_ = f"write `{close}`" if plain in _FROM_V1 or close.lower() == plain else f"did you mean `{close}`?"
    else:
        help_ = f"write one of {either(COMMANDS)}"
    return Finding(
        f"there is no command `{name.text}`", name.inside, why=f"the commands are those of {VOICE_V2}", help=help_
    )


@json_rule("warning", covers=("C41",))
def pre_release_name(document: Document) -> Iterator[Finding]:
    """A property under its name of the drafts, or of an SDK before 2.3.

    `name` has become `recordingName` and `messagesName`, and `url` of the recording options `destinationUrl`. Where the
    property cannot be left out, it is an error: under its old name it is not there.

    `onFail` and `onFailure` of a menu are each the name in some SDKs, and which of them the platform reads is not
    documented. That is reported as information.

    Wrong:
    ```json
    {"commands": [{"command": "stopRecording", "name": "calls-1"}]}
    ```

    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"1": [{"command": "hangup"}]}, "onFail": [{"command": "hangup"}]}}
    }
    ```

    Right:
    ```json
    {"commands": [{"command": "stopRecording", "recordingName": "calls-1"}]}
    ```
    """
    for table in tables_of_commands(document):
        for member in table.node.members:
            old = table.shape.old(member.name)
            if old is None or table.shape.place == "transcriptionOptions":
                continue
            there = table.node.find(old[0])
            if member.name == "onFail":
                yield Finding(
                    "whether the platform reads `onFail` or `onFailure` is not documented",
                    member.key.inside,
                    notes=() if there is None else (Note(there.key.inside, "which is here, too"),),
                    why=f"`onFail` is the name in {old[1]}, `onFailure` that in {VOICE_V2}",
                    help="try with your account which of them runs",
                    severity="info",
                )
                continue
            part = table.shape.by_name.get(old[0])
            needed = part is not None and part.required and there is None
            yield Finding(
                f"`{member.name}` is called `{old[0]}` today",
                member.key.inside,
                notes=() if there is None else (Note(there.key.inside, "which is here, too"),),
                why=f"`{member.name}` is the name in {old[1]}; it is `{old[0]}` in {VOICE_V2}",
                help=f"write `{old[0]}`" if there is None else "delete it",
                severity="error" if needed else None,
                fixes=rename(member.key, old[0], table.node) or without(table.node, member),
            )


@json_rule("error", covers=("C31",))
def bad_v2_name(document: Document) -> Iterator[Finding]:
    """The name of a leg, recording, message, webhook or menu with a blank in it, or with too many characters.

    Names have up to 32 characters and no blanks, those of webhooks up to 64, those of menus up to 16 (SDK).

    Wrong:
    ```json
    {"command": "stopRecording", "recordingName": "the recording of the sales desk in the north"}
    ```

    Right:
    ```json
    {"command": "stopRecording", "recordingName": "sales-north-1"}
    ```
    """
    for part, member in values(document):
        text = known_now(member.value)
        named = part.kind == "name" or part.limit is MENU_NAME
        if text is None or not named or not isinstance(member.value, JsonScalar) or not text.strip():
            continue
        yield from _name(member.value, part.limit.value if part.limit else 0, blanks=part.kind == "name")
    for _, step in steps(document):
        if step.is_a == "menu":
            for member, _ in menus_of(step.command.node):
                yield from _name(member.key, MENU_NAME.value, blanks=False)


def _name(name: JsonScalar, most: int, *, blanks: bool) -> Iterator[Finding]:
    if blanks and re.search(r"\s", name.text):
        yield Finding(
            f"the name `{name.text}` has a blank in it",
            name.inside,
            why=f"a name has no blanks ({VOICE_V2})",
            help=f"write `{'-'.join(name.text.split())[:most]}`",
        )
    elif most and len(name.text) > most:
        yield Finding(
            f"this name has {len(name.text)} characters; {most} are allowed",
            name.inside,
            why=f"a name of this kind has at most {most} characters ({VOICE_V2})",
            help=shorter(len(name.text) - most),
        )


@json_rule("error", covers=("C31",))
def beyond_a_limit(document: Document) -> Iterator[Finding]:
    """A list or a text that is longer than Voice API v2 takes, or empty.

    `messages` has one to ten of them, and a text to be spoken at most 600 characters; what does not fit is refused
    (SDK).

    Wrong:
    ```json
    {"command": "messages", "messages": []}
    ```

    Right:
    ```json
    {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Welcome.", "voiceName": "Amy"}}]}
    ```
    """
    for part, member in values(document):
        value, most = member.value, part.limit
        if part.kind in ("list", "messages", "named menus"):
            count = (
                len(value.items)
                if isinstance(value, Array)
                else len(value.members)
                if isinstance(value, Object)
                else -1
            )
            if count == 0 and part.least:
                message = f"`{part.name}` is empty"
                yield Finding(
                    message,
                    value.span,
                    why=f"there is at least one ({part.source})",
                    help="delete the command, or fill it",
                )
            elif most is not None and count > most.value:
                message = f"there are {count} {most.unit}; {most.value} are allowed"
                yield Finding(
                    message,
                    member.key.inside,
                    why=f"there are at most {most.text} ({most.source})",
                    help="split it in two",
                )
        text = known_now(value)
        if text is None or part.kind in ("name", "word") or most is None or most is MENU_NAME:
            continue
        if isinstance(value, JsonScalar) and len(text) > most.value:
            yield Finding(
                f"`{part.name}` has {len(text)} characters; {most.value} are allowed",
                value.inside,
                why=f"it has at most {most.text} ({most.source})",
                help=shorter(len(text) - most.value),
            )


@json_rule("warning", covers=("C31",))
def not_a_voice(document: Document) -> Iterator[Finding]:
    """A `voiceName` that is the name of no voice.

    In Voice API v2 a text is not spoken in a locale but by a voice, which has one language. A locale is a mistake of
    translation; a name that the SDK does not list is reported as information, because the list is open.

    Wrong:
    ```json
    {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Welcome.", "voiceName": "en-GB"}}]}
    ```

    Right:
    ```json
    {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Welcome.", "voiceName": "Amy"}}]}
    ```
    """
    for part, member in values(document):
        text = known_now(member.value) if part.name == "voiceName" else None
        if text is None or text in KNOWN_VOICES or not text.strip() or not isinstance(member.value, JsonScalar):
            continue
        if re.fullmatch(r"[a-z]{2,3}[-_][A-Za-z]{2,4}(?:/\w+)?", text):
            voices = suggested_voices(text)
            yield Finding(
                f"`{text}` is a locale, not a voice",
                member.value.inside,
                why=f"a voice has a name, and one language ({VOICE_V2})",
                help=f"write for example {either(voices)}" if voices else "write the name of a voice",
            )
        else:
            close = nearest(text, KNOWN_VOICES)
            yield Finding(
                f"`{text}` is not among the voices of the SDK",
                member.value.inside,
                why=f"the list is open, but 772 names are known ({VOICE_V2})",
                help=f"did you mean `{close}`?" if close else "check the name of the voice",
                severity="info",
            )
