"""The recording options of Voice API v2 documents to the stores of a policy: equal options are one store.

Invariant: what the tree cannot hold is listed with its place.
"""

from __future__ import annotations

import json

from recpol.base.jsontree import Object, plain
from recpol.svaml.values import Fields, FreeNames, Unsupported, is_name, text_of
from recpol.syntax import tree

_RESERVED = frozenset({"all", "conference", "call", "recordings"})


class NamedStores:
    """The stores of one document; `lost` takes what the language cannot say of them."""

    def __init__(self, lost: list[Unsupported]) -> None:
        self.lost = lost
        self._known: dict[str, tuple[str, tree.Store]] = {}
        self._before: dict[str, dict[str, None]] = {}
        self._names = FreeNames()

    @property
    def all(self) -> tuple[tree.Store, ...]:
        """All of them, in the order in which recordings start or stop in one moment, else in that in which they were
        met: so a compilation starts and stops them."""
        left = dict(self._known.values())
        found: list[tree.Store] = []
        while left:
            free = (name for name in left if not any(other in left for other in self._before.get(name, ())))
            found.append(left.pop(next(free, next(iter(left)))))  # where no order fits all, the comparison tells
        return tuple(found)

    def follows(self, one: str, other: str) -> None:
        """In one moment the recording to a store starts, or stops, before that to another."""
        self._before.setdefault(other, {})[one] = None

    def of(self, wish: str, options: Object) -> str:
        """The name of the store that recording options mean; equal options are one store."""
        key = json.dumps(plain(options), sort_keys=True)
        if key in self._known:
            return self._known[key][0]
        name = self._names.take(wish if is_name(wish) and wish not in _RESERVED else "bucket")
        fields = Fields(options, self.lost, "the recording options")
        fields.taken.add("destination")
        found: list[tree.StoreField] = []
        for property_, key_ in (("destinationUrl", "url"), ("credentials", "credentials")):
            value = fields.string(property_)
            if value is not None:
                found.append(tree.StoreField(key_, text_of(value), value.span))
        for property_, key_ in (("format", "format"), ("recordingType", "direction")):
            value = fields.string(property_)
            if value is not None:
                word = "both" if value.text == "COMBINED" else value.text.lower()
                found.append(tree.StoreField(key_, tree.Word(word, value.inside), value.span))
        transcript = fields.object("transcriptionOptions")
        if transcript is not None:
            inner = Fields(transcript, self.lost, "transcriptionOptions")
            on, locale = inner.scalar("isEnabled", "boolean"), inner.string("locale")
            inner.rest()
            if on is not None and on.true and locale is not None:
                found.append(tree.StoreField("transcribe", tree.Word(locale.text, locale.inside), transcript.span))
            else:
                self.lost.append(Unsupported(transcript.span, "a transcript that is turned off, or has no locale"))
        fields.rest()
        at = options.span
        self._known[key] = (name, tree.Store(tree.Word(name, at), tuple(found), at))
        return name
