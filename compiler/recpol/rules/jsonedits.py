"""Fixes for documents: a key for another, a value in another type, a member with its comma.

Whatever a fix does not name stays as it is written, byte for byte. Inside of a reply that stands in a string, quotes
are written as they have to be there.

Invariant: what a fix writes keeps the text JSON, if it was.
"""

from __future__ import annotations

from recpol.base.finding import Edit, Fix
from recpol.base.jsontree import Array, JsonScalar, Member, Object
from recpol.rules.edits import write


def rename(key: JsonScalar, name: str, node: Object, *, safe: bool = False) -> tuple[Fix, ...]:
    """The fix that gives a member another key, unless its object has that already."""
    return () if node.find(name) is not None else write(key.inside, name, safe=safe)


def renamed(member: Member, name: str, node: Object) -> tuple[str, tuple[Fix, ...]]:
    """The help and the fix for a member that is called `name` today. An object that has that already must not get it
    twice: what says the same is deleted, and of two that differ only the author knows which is right."""
    other = node.find(name)
    if other is None:
        return f"write `{name}`", rename(member.key, name, node)
    if other.value.span.text == member.value.span.text:
        return f"delete it: `{name}` says the same", without(node, member)
    return f"delete it, and say in `{name}` what is right", ()


def mark(near: JsonScalar) -> str:
    """How a quote is written at a string: inside of a string it has a backslash before it."""
    return '\\"' if near.span.text.startswith("\\") else '"'


def quoted(text: str, near: JsonScalar) -> str:
    """A word as a string, at the place of another string."""
    return f"{mark(near)}{text}{mark(near)}"


def without(node: Object, member: Member, title: str = "delete it", *, safe: bool = False) -> tuple[Fix, ...]:
    """The fix that deletes a member with the comma and the blanks that belong to it."""
    number = node.number(member)
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
