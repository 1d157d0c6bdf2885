"""The body of a batch to the same body with its parameters as values that are known later.

A batch of Voice API v2 makes one call for each object in `parameters`; `@NAME` in a text of its commands stands for the
value of that name. Such a text is no number, URL or name yet, so it is read as `{{ call.NAME }}` is, and one in the
place of credentials as `{{ env.NAME }}` is: it comes from elsewhere.

Invariant: places are untouched; a name that no parameter has is left as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import replace

_PARAMETER = re.compile(r"(?<![A-Za-z0-9._%+-])@([A-Za-z_][A-Za-z0-9_]*)")


def filled_later(tree: JsonNode) -> JsonNode:
    """A tree with the parameters of its batch, if it is one, as placeholders."""
    listed = tree.get("parameters") if isinstance(tree, Object) else None
    if not isinstance(tree, Object) or not isinstance(listed, Array):
        return tree
    names = {member.name for item in listed.items if isinstance(item, Object) for member in item.members}
    apart = ("parameters", "batchOptions")
    members = tuple(member if member.name in apart else _member(member, names) for member in tree.members)
    return Object(members, tree.span)


def _member(member: Member, names: Collection[str]) -> Member:
    return Member(member.key, _filled(member.value, names, "env" if member.name == "credentials" else "call"))


def _filled(node: JsonNode, names: Collection[str], scope: str) -> JsonNode:
    match node:
        case Object():
            return Object(tuple(_member(member, names) for member in node.members), node.span)
        case Array():
            return Array(tuple(_filled(item, names, scope) for item in node.items), node.span)
        case JsonScalar(kind="string"):
            return _text(node, names, scope)
        case JsonScalar():
            return node


def _text(node: JsonScalar, names: Collection[str], scope: str) -> JsonScalar:
    found = [match for match in _PARAMETER.finditer(node.text) if match[1] in names]
    if not found:
        return node
    first = node.span.start + 1
    places = node.offsets or tuple(range(first, first + len(node.text) + 1))
    text, offsets, at = "", [], 0
    for match in found:
        later = f"{{{{ {scope}.{match[1]} }}}}"
        text += node.text[at : match.start()] + later
        offsets += [*places[at : match.start()], *[places[match.start()]] * len(later)]
        at = match.end()
    return replace(node, text=text + node.text[at:], offsets=(*offsets, *places[at:]))
