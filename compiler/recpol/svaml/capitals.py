"""A JSON tree to the same tree with its keys in the letter case of the documentation: `Action` is read as `action`.

No source says whether the platform tells keys apart by letter case. So what stands under such a key is looked at as
what it was meant to be, and a rule says how the key is written.

Invariant: places are untouched, so that `written` still tells how a key was spelled; no object gets a key twice; names
that are the author's own (of menus, of matches and of batch parameters) are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from operator import is_

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import replace
from recpol.platform.shape import Property
from recpol.platform.v1.actions import ACTION_FORMS
from recpol.platform.v1.instructions import INSTRUCTION_FORMS
from recpol.platform.v1.requests import CALLOUTS, STREAM
from recpol.platform.v2.beside import BATCH, ELSEWHERE
from recpol.platform.v2.commands import COMMANDS, DOCUMENT, DOCUMENT_HANDLERS

_AROUND = (
    *("name", "action", "instructions", "method"),
    *("command", "events", "svaml", "callBehavior", "onFail", *DOCUMENT_HANDLERS),
)
_FREE = {"menus": Object, "matches": Object, "parameters": Array}
"""Properties whose objects have keys of the author's own: those of menus in v2 alone, where menus are no list."""


def recased(node: JsonNode, *, free: bool = False) -> JsonNode:
    """A tree with its keys as they are documented: itself, where they are. `free` says that the keys of this object are
    the author's own."""
    match node:
        case JsonScalar():
            return node
        case Array():
            items = tuple([item if isinstance(item, JsonScalar) else recased(item, free=free) for item in node.items])
            return node if all(map(is_, items, node.items)) else Array(items, node.span)
        case Object():
            given: set[str] = set()
            words = {} if free else _words()
            members = tuple([_member(member, node, given, words) for member in node.members])
            return node if all(map(is_, members, node.members)) else Object(members, node.span)


def _member(member: Member, node: Object, given: set[str], words: Mapping[str, str]) -> Member:
    """A member of an object with its key as one of the words; `given` are the keys that members before it got so."""
    key, value = member.key, member.value
    meant = words.get(key.text.lower(), key.text)
    if meant != key.text and meant not in given and node.find(meant) is None:
        key = replace(key, text=meant)
        given.add(meant)
    if not isinstance(value, JsonScalar):
        value = recased(value, free=_FREE.get(key.text) is type(value))
    return member if key is member.key and value is member.value else Member(key, value)


def miswritten(key: JsonScalar) -> str | None:
    """How a key is written, if that differs in letter case alone from what it is read as."""
    source, start, end = key.span
    if source.text[start + 1 : end - 1] == key.text:  # as most are: neither miswritten nor with an escape
        return None
    written = key.inside.text
    return written if written != key.text and written.lower() == key.text.lower() else None


@cache
def _words() -> dict[str, str]:
    """Every documented key by its lower case; no two differ in letter case alone."""
    forms = (*ACTION_FORMS, *INSTRUCTION_FORMS, STREAM)
    words = {*_AROUND, *CALLOUTS, *_names(part for form in forms for part in form.properties)}
    words |= {*_names(part for parts in CALLOUTS.values() for part in parts), *_names((*DOCUMENT, *BATCH))}
    for command in COMMANDS.values():
        words |= {*_names(command.properties), *_names(ELSEWHERE.get(command.name, ())), *command.handlers}
    return {word.lower(): word for word in words}


def _names(parts: Iterable[Property]) -> Iterator[str]:
    for part in parts:
        yield part.name
        yield from _names(part.parts)
