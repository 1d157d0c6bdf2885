"""Rules about the shape of replies: one action, instructions in their list, names that exist."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import Array, Object
from recpol.base.nearest import nearest
from recpol.platform.sources import CALLBACK_PAGE, SVAML_PAGE
from recpol.platform.targets import Target
from recpol.platform.v1.forms import INSTRUCTIONS
from recpol.platform.v1.places import ReplyEvent, allowed
from recpol.platform.v1.requests import ACTION_NAMES
from recpol.rules.edits import guess
from recpol.rules.jsonedits import unwrapped, wrapped
from recpol.rules.policy.known import either
from recpol.rules.rule import json_rule
from recpol.rules.v1.parts import parts
from recpol.svaml.document import Document, ReplyPart
from recpol.svaml.v1.spelling import spelled, spelled_for, target_of

_NEAR_ACTION = ("action", "actions")

_ONE = f"a reply has exactly one action, and any number of instructions before it ({SVAML_PAGE})"


@json_rule("error", covers=("C01",))
def bare_form(document: Document) -> Iterator[Finding]:
    """An instruction or an action alone, without the reply around it.

    A reply is an object with `instructions` and an `action` (SVAML page).

    Wrong:
    ```json
    {"name": "Hangup"}
    ```

    Right:
    ```json
    {"action": {"name": "Hangup"}}
    ```
    """
    for _, part in parts(document) if document.kind == "form" else ():
        if part.name is not None:
            shape = '{"action": …}' if part.role == "action" else '{"instructions": […], "action": …}'
            what = f"an {part.role} without a reply around it"
            fixes = wrapped(part.object, "action") if part.role == "action" and part.object is not None else ()
            yield Finding(what, part.name.inside, why=_ONE, help=f"write `{shape}`", fixes=fixes)


@json_rule("error", covers=("C01",))
def reply_without_action(document: Document) -> Iterator[Finding]:
    """A reply that does not say what happens to the call.

    Instructions do not work alone (SVAML page).

    Wrong:
    ```json
    {"instructions": [{"name": "Say", "text": "We are closed.", "locale": "en-GB"}]}
    ```

    Right:
    ```json
    {"instructions": [{"name": "Say", "text": "We are closed.", "locale": "en-GB"}], "action": {"name": "Hangup"}}
    ```
    """
    for reply in document.replies if document.kind != "form" else ():
        keys = {member.name for member in reply.object.members}
        if keys & {"action", "commands", "recordingOptions"} or any(nearest(key, _NEAR_ACTION) for key in keys):
            continue
        if any(part.other is not None and part.form is None for part in reply.instructions):
            continue  # another finding says where the action, or what belongs into it, stands
        begin = reply.object.span
        known = reply.object.find("instructions")
        span = begin.source.span(begin.start, begin.start + 1) if known is None else known.key.inside
        event = _event(reply.event)
        names = [name for name in ACTION_NAMES if event is not None and allowed(name, event).newest == "allowed"]
        spellings = [spelled(name, document.replies) for name in names or ["Hangup"]]
        example = f'add one, for example `"action": {{"name": "{spellings[0]}"}}`'
        help_ = f"add one of {either(spellings)}" if names else example
        yield Finding("the reply has no action", span, why=_ONE, help=help_)


@json_rule("error", covers=("C01",))
def two_actions(document: Document) -> Iterator[Finding]:
    """More than one action in a reply.

    Wrong:
    ```json
    {"action": [{"name": "ConnectPstn", "number": "+46850020000"}, {"name": "Hangup"}]}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000"}}
    ```
    """
    for reply in document.replies:
        for key in ("action", "actions"):
            member = reply.object.find(key)
            if member is not None and isinstance(member.value, Array):
                count = len(member.value.items)
                yield Finding(
                    f"a list of {count} actions" if count != 1 else "a list with an action in it",
                    member.key.inside,
                    why=_ONE,
                    help='write `"action": {…}` with one of them; the rest goes into later replies',
                    fixes=unwrapped(member.value) if key == "action" else (),
                )


@json_rule("error", covers=("C01",))
def misplaced_form(document: Document) -> Iterator[Finding]:
    """An action among the instructions, or an instruction in the place of the action.

    Wrong:
    ```json
    {"action": {"name": "Say", "text": "We are closed.", "locale": "en-GB"}}
    ```

    Right:
    ```json
    {"instructions": [{"name": "Say", "text": "We are closed.", "locale": "en-GB"}], "action": {"name": "Hangup"}}
    ```
    """
    for reply, part in parts(document):
        if part.name is None or part.form is not None or part.other is None:
            continue
        action = reply.action
        if part.role == "instruction":
            second = action is not None and action.form is not None
            notes = (Note(action.name.inside, "the action"),) if second and action and action.name else ()
            help_ = "keep one of the two actions" if second else 'move it to `"action": {…}`'
            message = f"`{part.name.text}` is an action, and stands among the instructions"
        else:
            notes = ()
            message = f"`{part.name.text}` is an instruction, and stands in the place of the action"
            help_ = 'move it to `"instructions": […]`, and add an action'
        yield Finding(message, part.name.inside, notes=notes, why=_ONE, help=help_)


@json_rule("error")
def unknown_form(document: Document) -> Iterator[Finding]:
    """An instruction or action that does not exist, or has no name.

    Names are read in any letter case, because the official examples use several. `ConnectStream` is known to the
    current API alone.

    Wrong:
    ```json
    {"action": {"name": "ConnectPhone", "number": "+46850020000"}}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000"}}
    ```
    """
    target = target_of(document.replies)
    for _, part in parts(document):
        if part.object is not None and part.form is None and part.other is None:
            yield from _unknown(part, part.object, target)


_MEANT = {
    "connectphone": "ConnectPstn",
    "connectnumber": "ConnectPstn",
    "connectapp": "ConnectMxp",
    "connectuser": "ConnectMxp",
    "connectconference": "ConnectConf",
    "play": "PlayFiles",
    "playfile": "PlayFiles",
    "tts": "Say",
    "speak": "Say",
    "startrecord": "StartRecording",
    "stoprecord": "StopRecording",
    "menu": "RunMenu",
    "cookie": "SetCookie",
    "dtmf": "SendDtmf",
}


def _unknown(part: ReplyPart, node: Object, target: Target) -> Iterator[Finding]:
    known = ACTION_NAMES if part.role == "action" else tuple(INSTRUCTIONS)
    if part.name is not None:
        text = part.name.text
        if "{{" in text:
            return
        close = _MEANT.get(text.lower()) or _near(text, known) or _near(text, (*ACTION_NAMES, *INSTRUCTIONS))
        close = close and spelled_for(close, target)
        listed = either([spelled_for(name, target) for name in known])
        help_ = f"did you mean `{close}`?" if close else f"write one of {listed}"
        what = f"there is no {part.role} `{text}`" if text else f"an {part.role} without a name"
        fixes = guess(part.name.inside, text, close) if close and text else ()
        yield Finding(what, part.name.inside if text else part.name.span, help=help_, fixes=fixes)
        return
    begin = node.span
    wrong = node.find("name")
    if node.find("command") is not None:
        return  # a part of another interface
    span = begin.source.span(begin.start, begin.start + 1)
    example = spelled_for("Hangup" if part.role == "action" else "Say", target)
    help_ = f'say which it is: `"name": "{example}"`'
    if wrong is not None:
        span, help_ = wrong.value.span, "write the name as a string"
    elif len(node.members) == 1 and _near(node.members[0].name, known):
        only = node.members[0]
        span, help_ = only.key.inside, f'write `{{"name": "{_near(only.name, known)}", …}}`'
    why = f"its name says what it does ({CALLBACK_PAGE})"
    yield Finding(f"an {part.role} without a `name`", span, why=why, help=help_)


@lru_cache(maxsize=256)  # a document that was written by a program has the same wrong name again and again
def _near(text: str, known: tuple[str, ...]) -> str | None:
    folded = {name.lower(): name for name in known}
    close = nearest(text.lower(), folded)
    return None if close is None else folded[close]


def _event(event: str | None) -> ReplyEvent | None:
    return next((known for known in _PLACED if known == event), None)


_PLACED: tuple[ReplyEvent, ...] = ("ice", "ace", "pie", "manage", "dice")


@json_rule("error", covers=("C02", "C03", "C04", "C05", "C28", "F16", "F17"))
def form_not_allowed(document: Document) -> Iterator[Finding]:
    """An instruction or action in a reply that does not take it.

    Which of them may stand in the reply to which callback is laid down in the Callback API page, the current SVAML
    page and the SDKs. Where official sources contradict each other and the newest one refuses it, it is a warning;
    where the newest one allows it, it is none. Which callback a reply answers is taken from `--event`, or from the name
    of the file: `ace.json`, `support.pie.sales.svaml.json`.

    Wrong:
    ```json ice
    {"action": {"name": "Continue"}}
    ```

    ```json ace
    {"instructions": [{"name": "Answer"}], "action": {"name": "Continue"}}
    ```

    Right:
    ```json ace
    {"action": {"name": "Continue"}}
    ```
    """
    guessed = " (the file's name says so)" if document.guessed else ""
    for reply, part in parts(document):
        if reply.event == "notify" and part.form is not None and part.name is not None:
            if part.role == "instruction" or part.is_a in ("StartRecording", "StopRecording"):
                yield Finding(
                    f"a reply to Notify{guessed} takes no `{part.name.text}`",
                    part.name.inside,
                    why=f"Notify comes beside a call, or after it: no reply changes the call ({CALLBACK_PAGE})",
                    help="write it in the reply to the callback that comes before it is to happen",
                )
            continue
        event = _event(reply.event)
        if event is None or part.form is None or part.name is None:
            continue
        place = allowed(part.is_a, event)
        if event == "manage" and place.verdict != "allowed":
            place = allowed(part.is_a, "phase")  # what a call is sent that is not parked
        if event == "manage" and part.is_a in ("StartRecording", "StopRecording"):
            continue
        if event == "ice" and part.is_a == "ConnectStream":
            continue
        if place.verdict == "allowed" or place.newest == "allowed":
            continue
        if place.verdict == "disputed" and document.target is not None:
            continue  # the lint of the policy speaks of it, where it is doubtful in that target
        where = "a Manage Call body" if event == "manage" else f"a reply to {event.upper()}"
        disputed = place.verdict == "disputed"
        others = [
            e.upper() if e != "manage" else "Manage Call" for e in _PLACED if allowed(part.is_a, e).verdict == "allowed"
        ]
        yield Finding(
            f"sources disagree whether {where}{guessed} takes `{part.name.text}`"
            if disputed
            else f"{where}{guessed} takes no `{part.name.text}`",
            part.name.inside,
            why=place.why,
            help=f"it belongs to {' and '.join(others)}" if others else "delete it",
            severity="warning" if disputed else None,
        )
