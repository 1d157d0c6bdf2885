"""Rules about callouts: which callbacks they ask for, and the replies that stand inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar, Member, Object
from recpol.base.nearest import nearest
from recpol.platform.sources import CALLING_PAGE, NODE_SDK, SKILL, cite
from recpol.platform.v1.requests import CALLOUTS
from recpol.rules.edits import write
from recpol.rules.jsonedits import without
from recpol.rules.rule import json_rule
from recpol.svaml.document import Callout, Document, DocumentReply
from recpol.svaml.v1.lift import flag_of
from recpol.svaml.v1.spelling import spelled
from recpol.svaml.values import known_now

_URL_OR_REPLY = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://.|\{)", re.IGNORECASE)


def _custom(document: Document) -> Iterator[tuple[Callout, Object]]:
    callout = document.callout
    if callout is not None and callout.method == "customCallout" and callout.object is not None:
        yield callout, callout.object


@json_rule("error", covers=("C25",))
def callout_body(document: Document) -> Iterator[Finding]:
    r"""A callout whose `method` and body do not belong together, or whose inline replies are no strings.

    `ice`, `ace` and `pie` of a custom callout are strings: a URL, or the whole reply as one string (Calling API page).
    A string that is neither is reported too. A custom callout with an inline `ice` has neither `cli` nor `destination`,
    because the reply says them (Node SDK); that is a warning.

    Wrong:
    ```json
    {
      "method": "customCallout",
      "customCallout": {"ice": {"action": {"name": "connectPstn", "number": "+46850020000", "cli": "private"}}}
    }
    ```

    Right:
    ```json
    {
      "method": "customCallout",
      "customCallout": {"ice": "{\"action\": {\"name\": \"connectPstn\", \"number\": \"+46850020000\"}}"}
    }
    ```
    """
    tree = document.tree
    if document.kind != "callout" or not isinstance(tree, Object):
        return
    method = tree.text("method")
    callout = document.callout
    if callout is None:
        meant = nearest(method.text, CALLOUTS) if method is not None else None
        span = method.inside if method is not None else tree.span.source.span(tree.span.start, tree.span.start + 1)
        help_ = f"add `{meant or 'customCallout'}` with the body of the callout"
        yield Finding(
            "the callout has no body", span, why=f"it stands under the name of the method ({CALLING_PAGE})", help=help_
        )
        return
    if method is not None and method.text != callout.method and "{{" not in method.text:
        yield Finding(
            f"the method is `{method.text}`, the body that of `{callout.method}`",
            method.inside,
            notes=(Note(callout.member.key.inside, "the body"),),
            why=f"the two have the same name ({CALLING_PAGE})",
            help=f"write `{callout.method}`",
            fixes=write(method.inside, callout.method),
        )
    for _, body in _custom(document):
        for event in ("ice", "ace", "pie"):
            member = body.find(event)
            if member is not None and not (isinstance(member.value, JsonScalar) and member.value.kind == "string"):
                yield Finding(
                    f"`{event}` is no string",
                    member.key.inside,
                    why=f"it is a URL, or the reply written as one string ({cite(CALLING_PAGE, NODE_SDK)})",
                    help='put the reply into a string, with `\\"` for its quotes',
                )
            elif member is not None and (text := known_now(member.value)) is not None and not _URL_OR_REPLY.match(text):
                yield Finding(
                    f"`{event}` is neither a URL nor a reply",
                    member.value.span,
                    why=f"it is a URL, or the reply written as one string ({cite(CALLING_PAGE, NODE_SDK)})",
                    help="write a URL such as `https://…`, or the reply in braces",
                )
        if _inline(document, "ice") is not None:
            for name in ("cli", "destination"):
                other = body.find(name)
                if other is not None:
                    yield Finding(
                        f"`{name}` beside an inline `ice`",
                        other.key.inside,
                        why=f"the reply says whom to call, and as whom ({NODE_SDK})",
                        help="delete it",
                        severity="warning",
                        fixes=without(body, other),
                    )


def _inline(document: Document, event: str) -> DocumentReply | None:
    return next((reply for reply in document.replies if reply.inline and reply.event == event), None)


@json_rule("error", covers=("C26",))
def callout_action(document: Document) -> Iterator[Finding]:
    r"""A custom callout whose inline `ice` does something else than `ConnectPstn`.

    That is the only action that such a callout can begin with (Calling API page).

    Wrong:
    ```json
    {"method": "customCallout", "customCallout": {"ice": "{\"action\": {\"name\": \"hangup\"}}"}}
    ```

    Right:
    ```json
    {
      "method": "customCallout",
      "customCallout": {"ice": "{\"action\": {\"name\": \"connectPstn\", \"number\": \"+46850020000\"}}"}
    }
    ```
    """
    for _ in _custom(document):
        reply = _inline(document, "ice")
        action = reply.action if reply is not None else None
        if action is not None and action.form is not None and action.is_a != "ConnectPstn" and action.name is not None:
            yield Finding(
                f"a custom callout cannot begin with `{action.name.text}`",
                action.name.inside,
                why=f"only ConnectPstn is allowed in the ICE of a custom callout ({CALLING_PAGE})",
                help=f"begin with `{spelled('ConnectPstn', document.replies)}`, and go on in the reply to ACE",
            )


@json_rule("warning", covers=("F09", "C24"))
def callout_callbacks(document: Document) -> Iterator[Finding]:
    r"""An inline reply to a callback that the callout turns off.

    ACE and PIE of a callout are sent only where `enableAce` and `enablePie` are true; the default is false (Calling API
    page). A recording or a menu in a reply that is never asked for does not happen. Whether an inline reply turns its
    callback on is not documented: where it records, nothing should rest on that. A callout to a user of an app gets
    neither ACE nor DiCE, even where they are turned on (Node SDK).

    Wrong:
    ```json
    {
      "method": "customCallout",
      "customCallout": {
        "ice": "{\"action\": {\"name\": \"connectPstn\", \"number\": \"+46850020000\"}}",
        "ace": "{\"action\": {\"name\": \"continue\"}}",
        "enableAce": false
      }
    }
    ```

    Right:
    ```json
    {
      "method": "customCallout",
      "customCallout": {
        "ice": "{\"action\": {\"name\": \"connectPstn\", \"number\": \"+46850020000\"}}",
        "ace": "{\"action\": {\"name\": \"continue\"}}",
        "enableAce": true
      }
    }
    ```
    """
    why = f"`enableAce` and `enablePie` are false where they are left out ({cite(CALLING_PAGE, SKILL)})"
    yield from _of_app_call(document)
    for _, body in _custom(document):
        for event, switch in (("ace", "enableAce"), ("pie", "enablePie")):
            off = body.find(switch)
            member = body.find(event)
            if member is not None and off is not None and _false(off):
                reply = _inline(document, event)
                what = (
                    "the recording in it is never made"
                    if reply is not None and _records(reply)
                    else "it is never asked for"
                )
                yield Finding(
                    f"`{switch}` is false, and there is a reply to {event.upper()}: {what}",
                    off.value.span,
                    notes=(Note(member.key.inside, "the reply"),),
                    why=why,
                    help="write `true`",
                    fixes=write(off.value.span, "true"),
                )
        begun = ace_not_asked(document)
        if begun is not None and body.find("enableAce") is None:
            yield Finding(
                "nothing turns ACE on, and the recording in this reply may never be made",
                begun.key.inside,
                why=f"{why[0].lower()}{why[1:]}; whether an inline reply turns its callback on is not documented",
                help='add `"enableAce": true`',
            )
        ace = _inline(document, "ace")
        menu = ace.action if ace is not None and ace.action is not None and ace.action.is_a == "RunMenu" else None
        if menu is not None and menu.name is not None and body.find("pie") is None and not _on(body, "enablePie"):
            yield Finding(
                "the result of this menu is not sent: the callout does not turn PIE on",
                menu.name.inside,
                why=why,
                help='add `"enablePie": true`',
            )


def ace_not_asked(document: Document) -> Member | None:
    """The inline reply to ACE of a callout that records, where the callout does not ask for ACE."""
    reply = _inline(document, "ace")
    for _, body in _custom(document):
        if reply is not None and _records(reply) and not _on(body, "enableAce"):
            return body.find("ace")
    return None


def _of_app_call(document: Document) -> Iterator[Finding]:
    """Callbacks that are turned on although none is sent for calls to apps."""
    body = document.callout.object if document.callout is not None else None
    destination = body.get("destination") if body is not None else None
    type_ = destination.text("type") if isinstance(destination, Object) else None
    if body is None or type_ is None or type_.text.lower() != "username":
        return
    for switch in ("enableAce", "enableDice"):
        member = body.find(switch)
        if member is not None and _on(body, switch):
            yield Finding(
                f"a call to an app gets no {switch.removeprefix('enable').upper().replace('DICE', 'DiCE')}",
                member.key.inside,
                notes=(Note(type_.inside, "it goes to a user of an app"),),
                why=f"even where it is turned on ({NODE_SDK})",
                help="delete it, and do what it was to do when the callout is made",
                fixes=without(body, member),
            )


@json_rule("warning")
def callout_without_cli(document: Document) -> Iterator[Finding]:
    """A callout to a number without a `cli`: the number that it shows.

    Without one the call may never connect (Node SDK, Sinch voice skill). A custom callout may say it in its `ice`. Of a
    conference callout no source says that it needs one: that is an information.

    Wrong:
    ```json
    {
      "method": "ttsCallout",
      "ttsCallout": {"destination": {"type": "number", "endpoint": "+46850020000"}, "text": "Your table is ready."}
    }
    ```

    Right:
    ```json
    {
      "method": "ttsCallout",
      "ttsCallout": {
        "cli": "+46850021111",
        "destination": {"type": "number", "endpoint": "+46850020000"},
        "text": "Your table is ready."
      }
    }
    ```
    """
    callout = document.callout
    body = callout.object if callout is not None else None
    if callout is None or body is None or callout.method == "customCallout":
        return  # a custom callout may say it in the reply to ICE
    if any(_slip(member.name) for member in body.members):
        return
    destination = body.get("destination")
    type_ = destination.text("type") if isinstance(destination, Object) else None
    if type_ is not None and type_.text.lower() == "number":
        yield Finding(
            f"this `{callout.method}` has no `cli`"
            + (", and may never connect" if callout.method == "ttsCallout" else ": what it shows is not documented"),
            callout.member.key.inside,
            why=f"a call to a number needs one that it shows ({cite(NODE_SDK, SKILL)})"
            if callout.method == "ttsCallout"
            else f"no source says what such a call shows without one, and a `ttsCallout` needs it ({SKILL})",
            help='add `"cli"` with a number of yours, such as `"+46850020000"`',
            severity=None if callout.method == "ttsCallout" else "info",
        )


def _slip(name: str) -> bool:
    """Whether a property is the `cli`, or a slip for it that another finding corrects."""
    return nearest(name, ("cli",)) is not None


def _false(member: Member) -> bool:
    return isinstance(member.value, JsonScalar) and member.value.kind == "boolean" and not member.value.true


def _on(body: Object, name: str) -> bool:
    value = body.get(name)
    return isinstance(value, JsonScalar) and value.true


def _records(reply: DocumentReply) -> bool:
    flag = flag_of(reply.action) if reply.action is not None else None
    return flag is not None or any(part.is_a == "StartRecording" for part in reply.instructions)
