"""A JSON tree to what it is: a reply, a Manage Call body, a callout with replies inside, commands, or something else.

Names of instructions and actions are read in any letter case, because official examples mix them; `capitals` reads keys
so. Which callback a reply answers is taken from what the user says, else from the file's name (`filenames`), else from
what only one callback takes.

Invariant: total on every tree; a document that is not understood is of kind `other`.
"""

from __future__ import annotations

import re

from recpol.base.finding import Finding
from recpol.base.jsonread import read_json
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object
from recpol.base.nearest import nearest
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.platform.shape import Form, ReplyRole
from recpol.platform.targets import Target
from recpol.platform.v1.requests import CALLOUTS, read_form
from recpol.svaml.batch import filled_later
from recpol.svaml.capitals import recased
from recpol.svaml.document import Callout, Document, DocumentCallback, DocumentKind, DocumentReply, ReplyPart
from recpol.svaml.filenames import told
from recpol.svaml.inline import read_inline
from recpol.svaml.v1.lift import lift_alone
from recpol.svaml.v1.requests import lift_request
from recpol.svaml.v2.commands import read_scripts
from recpol.svaml.v2.lift import lift_commands

EVENTS: tuple[DocumentCallback, ...] = ("ice", "ace", "pie", "manage", "dice", "notify")


def read_document(source: Source, chosen: str = "", target: Target | None = None) -> Document:
    """A source to what it is, lifted; `chosen` is one of `CHOICES`, or empty to let the document and its name tell.

    `target` is what recpol compiled it to, where that is known.
    """
    document = replace(_read(source, chosen), target=target)
    if document.scripts:
        return replace(document, lifted=(lift_commands(source, document.scripts),))
    request = None if document.callout is None else lift_request(source, document.callout)
    return replace(document, lifted=tuple(lift_alone(source, reply) for reply in document.replies), request=request)


def _read(source: Source, chosen: str) -> Document:
    read = read_json(source)
    if isinstance(read, Finding):
        return Document(source, None, "other", broken=(read,), chosen=chosen)
    tree = filled_later(recased(read))
    kind = _kind(tree, chosen)
    if kind == "v2" and isinstance(tree, Object):
        return Document(source, tree, kind, chosen=chosen, scripts=read_scripts(tree, source.path))
    if not isinstance(tree, Object) or kind not in ("reply", "callout", "form"):
        return Document(source, tree, kind, chosen=chosen)
    if kind == "callout":
        return _callout(source, tree, chosen)
    event, label = named(source.path)
    guessed = event is not None and not chosen
    said = next((known for known in EVENTS if known == chosen), None)
    if kind == "form":
        both = _form("instruction", tree) is not None and "recordingOptions" not in {m.name for m in tree.members}
        role: ReplyRole = "instruction" if both else "action"
        part = read_part(tree, role)
        alone = ((part,), None) if role == "instruction" else ((), part)
        return Document(source, tree, kind, (DocumentReply(tree, said, label, *alone),), chosen=chosen)
    return Document(source, tree, kind, (read_reply(tree, said or event, label),), chosen=chosen, guessed=guessed)


def read_reply(tree: Object, event: DocumentCallback | None, label: str = "", *, inline: bool = False) -> DocumentReply:
    """An object to a reply; without an event the parts may still tell it."""
    listed = tree.get("instructions")
    items = listed.items if isinstance(listed, Array) else ()
    instructions = tuple(read_part(item, "instruction") for item in items)
    node = tree.get("action")
    action = None if node is None else read_part(node, "action")
    if event is None and action is not None and action.is_a in ("StartRecording", "StopRecording"):
        event = "manage"
    if event is None and any(part.is_a == "ReportCallStatus" for part in instructions):
        event = "dice"
    return DocumentReply(tree, event, label, instructions, action, inline)


def read_part(node: JsonNode, role: ReplyRole) -> ReplyPart:
    """What stands in one place of a reply."""
    name = node.text("name") if isinstance(node, Object) else None
    if name is None:
        return ReplyPart(role, node)
    return ReplyPart(role, node, name, read_form(role, name.text), read_form(_OTHER[role], name.text))


_OTHER: dict[ReplyRole, ReplyRole] = {"instruction": "action", "action": "instruction"}
NAMED_EVENTS: tuple[DocumentCallback, ...] = ("ice", "ace", "pie", "manage", "dice", "notify")
"""The callbacks that a file's name can tell."""

_LABEL = re.compile(r"[^a-z0-9]+")


def named(path: str) -> tuple[DocumentCallback | None, str]:
    """The callback that a file's name tells, and what comes after it: `pie.sales.json` is PIE, `sales`."""
    found = told(path, NAMED_EVENTS)
    if found is None:
        return None, ""
    event = next(event for event in NAMED_EVENTS if event == found.word)
    return event, _LABEL.sub("-", found.after).strip("-")


def _kind(tree: JsonNode, chosen: str) -> DocumentKind:
    if not isinstance(tree, Object):
        return "other"
    keys = {member.name for member in tree.members}
    if chosen == "callout":
        return "callout"
    if "action" in keys or "instructions" in keys or (chosen and not keys & {"name", *_V2_KEYS}):
        return "reply"
    if keys & {*CALLOUTS, "method"}:
        return "callout"
    if "event" in keys and keys & {"callid", "callId", "call", "version"}:
        return "event"
    if "command" in keys and keys <= {"command", "moh"}:
        command = tree.text("command")
        return "conference" if command is not None and command.text in _CONFERENCE else "v2"
    if keys & _V2_KEYS:
        return "v2"
    if "name" in keys:
        return "form" if _form("action", tree) or _form("instruction", tree) else "other"
    return "reply" if not keys or _seems_reply(keys) else "other"


_V2_KEYS = frozenset({"commands", "command", "svaml", "callBehavior"})
_CONFERENCE = ("mute", "unmute", "onhold", "resume")
_REPLY_KEYS = frozenset({"recordingOptions", "record", "recording", "options"})
_REPLY_WORDS = ("action", "instructions")


def _seems_reply(keys: set[str]) -> bool:
    """Whether a document without `action` and `instructions` was meant as a reply."""
    return any(key in _REPLY_KEYS or nearest(key, _REPLY_WORDS) for key in keys)


def _form(role: ReplyRole, tree: Object) -> Form | None:
    name = tree.text("name")
    return None if name is None else read_form(role, name.text)


def _callout(source: Source, tree: Object, chosen: str) -> Document:
    """A callout request with the replies that stand inside it as strings."""
    member = next((member for member in tree.members if member.name in CALLOUTS), None)
    if member is None:
        return Document(source, tree, "callout", chosen=chosen)
    body = member.value
    replies: list[DocumentReply] = []
    broken: list[Finding] = []
    for event in ("ice", "ace", "pie"):
        node = body.get(event) if isinstance(body, Object) else None
        inner = read_inline(node) if isinstance(node, JsonScalar) else node
        if isinstance(inner, Finding):
            broken.append(inner)
        elif isinstance(inner, Object):
            replies.append(read_reply(inner, next(known for known in EVENTS if known == event), inline=True))
    return Document(source, tree, "callout", tuple(replies), Callout(member.name, member), tuple(broken), chosen=chosen)
