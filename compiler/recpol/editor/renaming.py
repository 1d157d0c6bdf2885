"""A name to a new one, wherever it stands.

Invariant: a rename that would change what a policy means is refused: the new name is free, and can be written there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recpol.base.finding import Edit
from recpol.base.record import Record
from recpol.editor.mentions import Mention
from recpol.editor.view import View

_NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?!>))*\Z")

CANNOT = frozenset({"otherwise", "all"})
"""Words that mean something where names stand."""


class CannotRename(Record):
    """Why a name cannot be changed, in words."""

    reason: str


def renamed(view: View, mention: Mention, new: str, others: Sequence[View] = ()) -> tuple[Edit, ...] | CannotRename:
    """The edits that give a thing a new name, in the policy, the files it uses, and other policies that use these."""
    if mention.kind == "variable":
        return CannotRename("a variable is named in `recpol.yaml`, too: rename it there by hand")
    if mention.name in CANNOT:
        return CannotRename(f"`{mention.name}` is a word of the language")
    if _NAME.match(new) is None or new in CANNOT:
        return CannotRename(f"`{new}` cannot be a name: write lower-case letters, digits and `-`, a letter first")
    edits: dict[tuple[str, int], Edit] = {}
    for one in (view, *others):
        if one.program.partial:
            return CannotRename(f"`{one.source.path}` cannot be read in full: put that right first")
        if any((other.kind, other.name) == (mention.kind, new) for other in one.mentions):
            return CannotRename(f"`{new}` is there already, in `{one.source.path}`")
        for found in one.mentions:
            if found.same(mention):
                edits[found.span.source.path, found.span.start] = Edit(found.span, new)
    return tuple(edits.values())
