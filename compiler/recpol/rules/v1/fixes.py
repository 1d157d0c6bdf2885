"""Fixes for documents: a key for another, a value in another type, a member with its comma.

Whatever a fix does not name stays as it is written, byte for byte. Inside of a reply that stands in a string, quotes
are written as they have to be there.

Invariant: what a fix writes keeps the text JSON, if it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Edit, Finding, Fix
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object, walk
from recpol.rules.policy.fixes import write
from recpol.svaml.read import Document, DocumentReply


def rename(key: JsonScalar, name: str, node: Object, *, safe: bool = False) -> tuple[Fix, ...]:
    """The fix that gives a member another key, unless its object has that already."""
    return () if node.find(name) is not None else write(key.inside, name, safe=safe)


def mark(near: JsonScalar) -> str:
    """How a quote is written at a string: inside of a string it has a backslash before it."""
    return '\\"' if near.span.text.startswith("\\") else '"'


def quoted(text: str, near: JsonScalar) -> str:
    """A word as a string, at the place of another string."""
    return f"{mark(near)}{text}{mark(near)}"


def without(node: Object, member: Member, title: str = "delete it", *, safe: bool = False) -> tuple[Fix, ...]:
    """The fix that deletes a member with the comma and the blanks that belong to it."""
    number = next(n for n, one in enumerate(node.members) if one is member)
    start, end = member.key.span.start, member.value.span.end
    if number:
        start = node.members[number - 1].value.span.end
    elif len(node.members) > 1:
        end = node.members[1].key.span.start
    return (Fix(title, (Edit(node.span.source.span(start, end), ""),), safe),)


def unwrapped(value: Array) -> tuple[Fix, ...]:
    """The fix that takes the only part of a list out of it."""
    if len(value.items) != 1:
        return ()
    span, inner = value.span, value.items[0].span
    edits = (Edit(span.source.span(span.start, inner.start), ""), Edit(span.source.span(inner.end, span.end), ""))
    return (Fix("take it out of the list", edits),)


def wrapped(node: Object, key: str) -> tuple[Fix, ...]:
    """The fix that puts an object into another one, under a key."""
    source, span = node.span.source, node.span
    edits = (
        Edit(source.span(span.start, span.start), f'{{"{key}": '),
        Edit(source.span(span.end, span.end), "}"),
    )
    return (Fix(f'write `{{"{key}": …}}`', edits),)


def choices(node: Object, member: Member, before: str) -> tuple[Fix, ...]:
    """Two fixes to choose from: another member before this one, or this one deleted."""
    at = member.key.span.source.span(member.key.span.start, member.key.span.start)
    blank = between(node, member)
    return (Fix(f"add `{before}`", (Edit(at, f"{before},{blank}"),)), *without(node, member, "delete the options"))


def between(node: Object, member: Member) -> str:
    """The blanks before a member, for another one beside it."""
    text = node.span.source.text
    start = end = member.key.span.start
    while start > 0 and text[start - 1] in " \t\r\n":
        start -= 1
    return text[start:end].replace("\r\n", "\n") or " "


# ── the fixes of shared rules ────────────────────────────────────────────────────────────────────────────────────

_AS_THEY_ARE = ("bad-number", "bad-locale", "unknown-menu", "fixed-file-name", "extension-mismatch", "drive-folder")
"""The shared rules whose fixes write what a JSON string holds, too."""


def shared_fixes(document: Document, reply: DocumentReply, rule: str, finding: Finding) -> tuple[Fix, ...]:
    """The fixes of a shared finding as a document needs them."""
    if rule in _AS_THEY_ARE:
        return tuple(fix for fix in finding.fixes if all('"' not in edit.text or _whole(edit) for edit in fix.edits))
    if not finding.fixes:
        return ()
    if rule == "drive-credentials":
        return tuple(fix for node, member in _members(document, finding) for fix in without(node, member))
    if rule == "literal-credentials":
        return _named_later(document, finding)
    if rule == "say-before-answer":
        return _answered(reply)
    return ()


def _whole(edit: Edit) -> bool:
    return edit.span.text[:1] == '"' == edit.text[:1]


def _members(document: Document, finding: Finding) -> Iterator[tuple[Object, Member]]:
    """The member that a finding is about, with its object."""
    for reply in document.replies:
        for node in walk(reply.object):
            if not isinstance(node, Object):
                continue
            for member in node.members:
                span = member.value.span
                if (
                    isinstance(member.value, JsonScalar)
                    and span.start <= finding.span.start
                    and finding.span.end <= span.end
                ):
                    yield node, member


def _named_later(document: Document, finding: Finding) -> tuple[Fix, ...]:
    """The fix that leaves a secret out of the file; the name is new to the file."""
    fix = finding.fixes[0]
    name = fix.title.partition("`")[2].partition("`")[0]
    whole = [member for _, member in _members(document, finding) if member.value.span == finding.span]
    span = finding.span
    for member in whole:
        if isinstance(member.value, JsonScalar):
            span = member.value.inside
    return (Fix(fix.title, (Edit(span, f"{{{{ env.{name} }}}}"),)),)


def _answered(reply: DocumentReply) -> tuple[Fix, ...]:
    """The fix that answers the call before everything else."""
    title = "put `Answer` before it"
    listed = reply.object.find("instructions")
    action = reply.object.find("action")
    if listed is not None and isinstance(listed.value, Array) and listed.value.items:
        first: JsonNode = listed.value.items[0]
        source = first.span.source
        blank = source.text[listed.value.span.start + 1 : first.span.start].replace("\r\n", "\n")
        at = source.span(first.span.start, first.span.start)
        answer = f"{{{quoted('name', listed.key)}: {quoted('Answer', listed.key)}}}"
        return (Fix(title, (Edit(at, f"{answer},{blank or ' '}"),)),)
    if listed is None and action is not None:
        key, at = action.key, action.key.span.source.span(action.key.span.start, action.key.span.start)
        answer = f"{{{quoted('name', key)}: {quoted('Answer', key)}}}"
        text = f"{quoted('instructions', key)}: [{answer}],{between(reply.object, action)}"
        return (Fix(title, (Edit(at, text),)),)
    return ()
