"""Why documents cannot be imported: what the recorder would do, and what the language cannot say.

Invariant: every refusal has the place in the documents, and says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from recpol.base.finding import Finding, order
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import replace
from recpol.base.source import Span
from recpol.importer.printing import GOAL, MENU, fits
from recpol.importer.walk import menus
from recpol.rules.json.documents import duplicate_key
from recpol.rules.json.types import wrong_type
from recpol.svaml.document import Document, DocumentReply
from recpol.svaml.lifted import Lifted
from recpol.svaml.values import is_name
from recpol.syntax import tree
from recpol.syntax.tree.texts import texts_of


def refusal(span: Span, message: str, help_: str = "write this part by hand, or change the reply") -> Finding:
    """Something that cannot be imported."""
    return Finding(message, span, help=help_)


def misread(documents: Iterable[Document]) -> Iterator[Finding]:
    """Keys that are given twice, and values of another type than their property takes: a reader takes one of two, and
    may take nothing of such a value. What is null is compared as it stands."""
    for document in documents:
        for rule in (duplicate_key, wrong_type):
            assert rule.document is not None, "both read documents"
            found = (one for one in rule.document(document) if one.span.text != "null")
            yield from sorted((replace(one, fixes=()) for one in found), key=order)


def recorder(lifted: Lifted, left: Sequence[str], replies: Mapping[str, DocumentReply]) -> Iterator[Finding]:
    """Recordings that start twice, stop nothing, or run in some calls alone."""
    for again in lifted.again:
        yield refusal(again.span, "a recording is started while one runs", "stop the first one, or delete this one")
    for span in lifted.idle:
        yield refusal(span, "nothing that these replies start is recorded here", "import the reply that starts it too")
    for span in lifted.ends:
        help_ = "import the reply that leads here, or a `manifest.json` that says when this is sent"
        yield refusal(span, "none of these replies leads here, so what this stops is not known", help_)
    for index in lifted.uncertain:
        span = replies[left[index]].object.span
        message = "some calls come here with the recorder on, others with it off"
        yield refusal(span.source.span(span.start, span.start + 1), message, "answer the two ways with two replies")


def words(file: tree.File) -> Iterator[Finding]:
    """Names and texts that cannot be written in the language."""
    for text in texts_of(file):
        for piece in text.pieces:
            if isinstance(piece, BadPlaceholder) or (isinstance(piece, Placeholder) and piece.scope == "var"):
                span = text.part(piece.start, piece.end)
                yield refusal(
                    span, "a placeholder that is not recpol's", "write `{{ env.NAME }}` or `{{ call.FIELD }}`"
                )
    for menu in menus(file):
        for item in menu.items:
            lines: tuple[tree.MenuItem, ...] = (item,)
            if isinstance(item, tree.Submenu):
                lines = item.items
                if not (is_name(item.name.text) and fits(item.name.text, MENU)):
                    yield refusal(item.name.span, f"`{item.name.text}` cannot be the name of a menu", "rename it")
            for line in lines:
                goal = line.goal if isinstance(line, tree.KeyItem) else None
                if goal is not None and not (
                    is_name(goal.name.text) and fits(goal.name.text, MENU if goal.menu else GOAL)
                ):
                    yield refusal(goal.name.span, f"`{goal.name.text}` cannot be a name", "use a-z, 0-9 and -")


def stores(file: tree.File) -> Iterator[Finding]:
    """Recordings that go nowhere, or with credentials that are none."""
    for store in file.statements:
        if not isinstance(store, tree.Store):
            continue
        if store.field("url") is None:
            yield refusal(store.name.span, "a recording without a destination", "add `destinationUrl`")
        secret = store.field("credentials")
        if secret is not None and isinstance(secret.value, tree.Text) and not secret.value.value.strip():
            yield refusal(secret.span, "empty credentials", "write `{{ env.NAME }}`, or leave them out")
