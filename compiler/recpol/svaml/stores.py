"""Recording options of documents to stores: equal options are one store, named after where the recordings go.

Invariant: a store's fields keep their places in the first document that has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from recpol.base.jsontree import JsonNode, JsonScalar, Object
from recpol.base.secrets import DOTS, masked
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.svaml.document import DocumentReply, ReplyPart
from recpol.svaml.values import Fields, FreeNames, Unsupported, text_of, word_of
from recpol.syntax import tree

_BUCKET = re.compile(r"[a-z0-9]+://(.*)", re.IGNORECASE | re.DOTALL)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class Stores:
    """The stores of the documents read so far, named after where they are, or `numbered` in their order; none gets a
    name that is `taken`."""

    def __init__(self, lost: list[Unsupported], *, numbered: bool = False, taken: Iterable[str] = ()) -> None:
        self.lost = lost
        self.numbered = numbered
        self._taken = tuple(taken)
        self._known: dict[tuple[tuple[str, str], ...], tree.Store] = {}
        self._names: FreeNames | None = None

    def holding(self, stores: Iterable[tree.Store]) -> Stores:
        """These stores, and some more that are known already."""
        for store in stores:
            self._known[tuple((f.key, _plain(f)) for f in store.fields if isinstance(f, tree.StoreField))] = store
        self._names = None
        return self

    @property
    def all(self) -> tuple[tree.Store, ...]:
        """The stores in the order in which they came."""
        return tuple(self._known.values())

    def of(self, options: Object, key: Span) -> tree.Store:
        """The store that recording options mean; `key` is the property that holds them."""
        fields = _fields(Fields(options, self.lost, "the recording options"))
        what = tuple((f.key, _plain(f)) for f in fields if isinstance(f, tree.StoreField))
        if what not in self._known:
            self._known[what] = tree.Store(tree.Word(self._name(fields), key), tuple(fields), options.span)
        return self._known[what]

    def _name(self, fields: list[tree.StoreField | tree.Broken]) -> str:
        if self.numbered:
            return f"store-{len(self._known) + 1}"
        url = next((f.value for f in fields if isinstance(f, tree.StoreField) and f.key == "url"), None)
        found = _BUCKET.match(url.value) if isinstance(url, tree.Text) else None
        # What stands before an `@` is a user or a password, and no secret becomes a name.
        parts = masked(found[1].rpartition("@")[2]).split("/") if found is not None else []
        *folders, _ = parts if len(parts) > 1 else [*parts, ""]
        plain = [
            _NOT_IN_NAMES.sub("-", part.lower()).strip("-0123456789")
            for part in folders
            if "{{" not in part and DOTS not in part
        ]
        name = next((part for part in reversed(plain) if part), "recordings")
        self._names = self._names or FreeNames((*self._taken, *(store.name.text for store in self.all)))
        return self._names.take(name if name not in ("all", "conference", "call") else f"{name}-recordings")


def options_of(part: ReplyPart | DocumentReply) -> tuple[Object, Span] | None:
    """The recording options of an instruction, an action or (where they are misplaced) a reply, and their key."""
    node = part.object
    keys = ("recordingOptions", "options") if isinstance(part, ReplyPart) and part.role == "action" else ("options",)
    keys = ("recordingOptions",) if isinstance(part, DocumentReply) else (*keys, "recordingOptions")
    for key in keys:
        member = None if node is None else node.find(key)
        if member is not None and isinstance(member.value, Object):
            return member.value, member.key.inside
    return None


def _plain(field: tree.StoreField) -> str:
    match field.value:
        case tree.Text():
            return field.value.value
        case tree.Word():
            return field.value.text
        case tree.EnvName():
            return field.value.name.text
        case _:
            assert_never(field.value)


def _fields(fields: Fields) -> list[tree.StoreField | tree.Broken]:
    found: list[tree.StoreField | tree.Broken] = []
    for name, key in (("destinationUrl", "url"), ("credentials", "credentials"), ("format", "format")):
        value = fields.take(name)
        if isinstance(value, JsonScalar) and value.kind == "string":
            written = word_of(value) if key == "format" else text_of(value)
            found.append(tree.StoreField(key, written, value.span))
        elif value is not None:
            found.append(_odd(value, name, fields))
    notify = fields.take("notificationEvents")
    if isinstance(notify, JsonScalar) and notify.kind == "boolean":
        found.append(tree.StoreField("notify", word_of(notify, "yes" if notify.true else "no"), notify.span))
    elif notify is not None:
        found.append(_odd(notify, "notificationEvents", fields))
    transcription = fields.object("transcriptionOptions")
    if transcription is not None:
        inner = Fields(transcription, fields.lost, "transcriptionOptions")
        on, locale = inner.scalar("enabled", "boolean"), inner.string("locale")
        if on is not None and on.true and locale is not None:
            found.append(tree.StoreField("transcribe", word_of(locale), transcription.span))
        else:
            how = "that is turned off" if on is None or not on.true else "without a locale"
            fields.lost.append(Unsupported(transcription.span, f"transcription {how}"))
        inner.rest()
    if fields.rest():
        found.append(tree.Broken(fields.node.span))
    return found


def _odd(value: JsonNode, name: str, fields: Fields) -> tree.Broken:
    fields.lost.append(Unsupported(value.span, f"this value of `{name}`", odd=True))
    return tree.Broken(value.span)
