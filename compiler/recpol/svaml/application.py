"""The replies of one application: which documents belong together, and what they are lifted to.

Documents that are read in one run belong to one application where they lie in one folder and their names differ in the
callback alone: `support.ice.svaml.json`, `support.ace.svaml.json`. So do the replies inside a callout. Where there are
several replies to ICE the backend may send any of them.

Invariant: a reply whose callback is not known belongs to no application.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from recpol.base.record import Record, field
from recpol.svaml.document import Document, DocumentReply
from recpol.svaml.filenames import told
from recpol.svaml.lifted import Lifted
from recpol.svaml.read import NAMED_EVENTS
from recpol.svaml.v1.together import lift_all


class Application(Record):
    """Replies that belong together, each with the document that it stands in and what it was lifted to by itself."""

    __slots__ = ("__dict__",)  # where `cached_property` keeps what it made

    replies: tuple[tuple[Document, DocumentReply, Lifted], ...] = field(repr=False)

    def of(self, *events: str) -> tuple[tuple[Document, DocumentReply, Lifted], ...]:
        """The replies to some callbacks."""
        return tuple(found for found in self.replies if found[1].event in events)

    @cached_property
    def lifted(self) -> tuple[Lifted, ...]:
        """All replies in one tree, once for each reply to ICE; none where any callback may follow an action, and
        where a reply to ACE is for one connect alone: which one, the manifest tells, and the replies do not."""
        first = [reply for _, reply, _ in self.of("ice")]
        rest = [reply for _, reply, _ in self.of("ace", "pie", "manage")]
        if any(reply.label for _, reply, _ in self.of("ace")):
            return ()
        if not first or not rest or any(reply.action is None or not reply.action.is_a for reply in (*first, *rest)):
            return ()
        source = self.replies[0][0].source
        return tuple(lift_all(source, [reply, *rest]) for reply in first)


def applications(documents: Iterable[Document]) -> tuple[Application, ...]:
    """Documents by the application that they belong to."""
    groups: dict[str, list[tuple[Document, DocumentReply, Lifted]]] = {}
    for document in documents:
        if document.kind in ("reply", "callout"):
            name = document.source.path if document.callout is not None else application(document.source.path)
            each = zip(document.replies, document.lifted, strict=True)
            groups.setdefault(name, []).extend((document, reply, one) for reply, one in each if reply.event)
    return tuple(Application(tuple(replies)) for replies in groups.values())


def application(path: str) -> str:
    """What the names of the replies of one application share: the folder, and what comes before the callback.

    `replies/support.ice.json` and `replies/support.pie.sales.json` share `replies/support.`.
    """
    found = told(path, NAMED_EVENTS)
    return path if found is None else found.before
