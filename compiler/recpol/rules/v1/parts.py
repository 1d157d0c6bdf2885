"""The instructions and actions of a document, for rules about replies to callbacks."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.svaml.document import Document, DocumentReply, ReplyPart


def parts(document: Document) -> Iterator[tuple[DocumentReply, ReplyPart]]:
    """Every instruction and action of a document, with its reply."""
    for reply in document.replies:
        for part in reply.parts:
            yield reply, part
