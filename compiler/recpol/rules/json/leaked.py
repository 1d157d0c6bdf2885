"""Secrets in the texts of documents, wherever they stand but in the credentials of a recording.

Invariant: the text of a reply inside a callout is looked at where it is read as a reply, and so once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object
from recpol.base.secrets import is_harmless
from recpol.rules.policy import leaked
from recpol.rules.policy.destination import LATER
from recpol.rules.policy.leaked import leaks, told
from recpol.svaml.document import Document

_PLACEHOLDER = re.compile(r"\{\{.{0,200}?\}\}|\$\{[^{}]{0,200}\}|<[A-Za-z_ -]{1,80}>")
_REPLY = re.compile(r"\s*\{\s*[\"}]")
_ADDRESSES = ("endpoint", "uri", "url", "from", "to")
"""Properties that hold the address of somebody who is called, or of a server."""


def _secrets(document: Document) -> Iterator[Finding]:
    if document.kind in ("other", "event"):
        return
    roots = [document.tree, *(reply.object for reply in document.replies if reply.inline)]
    for name, scalar, opaque in (found for root in roots if root is not None for found in _texts(root)):
        if not opaque and is_harmless(name, scalar.text):
            continue  # as most are: what a placeholder brings is no secret either
        text = _PLACEHOLDER.sub(lambda found: LATER * len(found[0]), scalar.text)
        for leak in leaks(name, text, opaque=opaque):
            offsets = scalar.offsets or range(scalar.span.start + 1, scalar.span.end)
            span = scalar.span.source.span(offsets[leak.start], offsets[leak.end])
            yield told(leak, span, "this file", name, "warning")


literal_secret = leaked.literal_secret.in_documents(document=_secrets)


def _texts(root: JsonNode) -> Iterator[tuple[str, JsonScalar, bool]]:
    """Every text with its name, and whether it may hold what nobody can read: a header, a cookie, a server's URL."""
    todo: list[tuple[str, bool, JsonNode]] = [("", False, root)]
    while todo:
        name, pair, node = todo.pop()
        if isinstance(node, Array):
            todo += [(name, pair, item) for item in reversed(node.items)]
        elif isinstance(node, Object):
            key = node.text("key")
            for member in reversed(node.members):
                valued = key is not None and member.name == "value"
                todo.append((key.text if key is not None and valued else member.name, valued, member.value))
        elif node.kind == "string" and name.lower() != "credentials" and not _REPLY.match(node.text):
            yield name, node, pair or (name in _ADDRESSES and "://" in node.text)
