"""Rules about documents: whether a file is JSON at all, and which kind of document it is."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import Member, Object, walk
from recpol.platform.sources import CALLING_PAGE, SVAML_PAGE, VOICE_V2
from recpol.platform.v1.requests import CONFERENCE_COMMANDS
from recpol.rules.jsonedits import without
from recpol.rules.rule import json_rule
from recpol.svaml.document import Document


@json_rule("error", binding=True, covers=("C25",))
def invalid_json(document: Document) -> Iterator[Finding]:
    """A document that is not JSON, or a reply inside a callout that is not.

    The platform refuses what it cannot read, and the caller hears an error message. Comments, trailing commas, single
    quotes and bare words are not part of JSON (RFC 8259).

    Wrong:
    ```json
    {"action": {"name": "Hangup",}}
    ```

    Right:
    ```json
    {"action": {"name": "Hangup"}}
    ```
    """
    yield from document.broken


@json_rule("error", binding=True)
def duplicate_key(document: Document) -> Iterator[Finding]:
    """A property that is there twice in one object.

    Most readers of JSON take the last one, some the first, none both (RFC 8259): one of the two is lost in silence.

    Wrong:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850020000", "number": "+46850021111"}}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectPstn", "number": "+46850021111"}}
    ```
    """
    trees = [document.tree, *(reply.object for reply in document.replies if reply.inline)]
    for tree in trees:
        for node in walk(tree) if tree is not None else ():
            seen: dict[str, Member] = {}
            if not isinstance(node, Object) or not node.replaced:
                continue
            for member in node.members:
                earlier = seen.setdefault(member.name, member)
                if earlier is not member:
                    yield Finding(
                        f"a second `{member.name}`",
                        member.key.span,
                        notes=(Note(earlier.key.span, "the first one"),),
                        why="which of the two counts is up to the reader (RFC 8259)",
                        help="keep one of them",
                        fixes=without(node, member, "delete the second", safe=True)
                        if member.value.span.text == earlier.value.span.text
                        else (),
                    )


@json_rule("error", covers=("C43",))
def mixed_dialects(document: Document) -> Iterator[Finding]:
    """A reply with parts of two different interfaces.

    A reply of the voice callbacks has `instructions` and an `action`, whose parts have a `name`. Voice API v2 has
    `commands`, whose parts have a `command`. The two go to different endpoints and do not mix.

    Wrong:
    ```json
    {"commands": [{"command": "answer"}], "action": {"name": "hangup"}}
    ```

    ```json
    {"commands": [{"name": "answer"}]}
    ```

    Right:
    ```json
    {"instructions": [{"name": "answer"}], "action": {"name": "hangup"}}
    ```
    """
    why = f"replies to callbacks have `instructions` and an `action` ({SVAML_PAGE}); `commands` are those of {VOICE_V2}"
    for reply in document.replies:
        for key in ("commands", "command", "callName"):
            member = reply.object.find(key)
            if member is not None:
                yield Finding(
                    f"`{key}` belongs to another interface than the rest of this reply",
                    member.key.inside,
                    why=why,
                    help="keep to one of the two",
                )
        for part in reply.parts:
            command = part.object.find("command") if part.object is not None else None
            if command is not None:
                named = "beside `name`" if part.name is not None else "in the place of `name`"
                yield Finding(f"a `command` {named}", command.key.inside, why=why, help="write `name`")
    for script in document.scripts:
        for step in script.steps:
            node = step.command.object
            name = node.find("name") if node is not None and node.find("command") is None else None
            if name is not None:
                yield Finding(
                    "a `name` in the place of `command`",
                    name.key.inside,
                    why=f"what has a `name` belongs to `instructions` ({SVAML_PAGE}); "
                    f"`commands` are those of {VOICE_V2}",
                    help="write `command`",
                )


@json_rule("warning")
def not_a_reply(document: Document) -> Iterator[Finding]:
    """A document that is not a reply, a Manage Call body, a callout or a document of Voice API v2.

    The payload of a callback and a command to a conference are reported as information: they may be right, but recpol
    does not check them. Rules about recording read replies, and documents of Voice API v2.

    Wrong:
    ```json
    {"greeting": "hello"}
    ```

    Right:
    ```json
    {"action": {"name": "Hangup"}}
    ```
    """
    tree = document.tree
    if tree is None or document.kind in ("reply", "callout", "form"):
        return
    if isinstance(tree, Object) and tree.find("manifestVersion") is not None:
        return  # recpol's own: it lies beside the replies that it lists
    begin = tree.span
    span = tree.members[0].key.inside if isinstance(tree, Object) and tree.members else begin
    match document.kind:
        case "v2":
            if not document.scripts and isinstance(tree, Object) and tree.find("callBehavior") is None:
                yield Finding(
                    "there are no `commands` here",
                    span,
                    why=f"a document of {VOICE_V2} is a list of them",
                    help='write `{"commands": […]}` in the place of this',
                )
        case "event":
            yield Finding(
                "this is the payload of a callback, not a reply to it",
                span,
                help="give the reply that the backend sends",
                severity="info",
            )
        case "conference":
            listed = ", ".join(f"`{command}`" for command in CONFERENCE_COMMANDS)
            yield Finding(
                "this is a command to a participant of a conference",
                span,
                why=f"the commands are {listed}; none of them records ({CALLING_PAGE})",
                help="give a reply to a callback",
                severity="info",
            )
        case _:
            yield Finding(
                "this is no reply, no Manage Call body and no callout",
                begin.source.span(begin.start, min(begin.start + 1, begin.end)),
                why=f"a reply has `instructions` and an `action` ({SVAML_PAGE})",
                help="name the files that hold SVAML",
            )
