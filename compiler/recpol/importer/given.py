"""Documents of one application, to the replies and the callouts that they are, by the files of a compilation.

A callout may hold the replies to its ACE and PIE: they are replies like those of files of their own.

Invariant: a document is one of them, or is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from recpol.analysis.steps import OTHERWISE
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Span
from recpol.importer.phases import moment_of, turn_of
from recpol.importer.printing import GOAL, REPLY, fits
from recpol.importer.refused import refusal
from recpol.svaml.document import Document, DocumentReply
from recpol.svaml.filenames import told
from recpol.svaml.values import is_name
from recpol.targets.filenames import reply_file, request_file

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_UNNAMED = "outbound"
"""The name of a callout whose file has none."""


class GivenReplies(Record):
    """The replies and callouts among some documents, by the file that a compilation gives each; `places` has where each
    begins, and `inside` the files of replies that stand in a callout, with that callout's file and the callback.
    `refused` says what none of them is, and `phases` which files a manifest calls bodies of phases."""

    replies: dict[str, DocumentReply] = field(default_factory=dict)
    callouts: dict[str, Document] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    inside: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)
    phases: frozenset[str] = frozenset()

    @property
    def names(self) -> dict[str, str]:
        """The names of the callouts, by their files."""
        return {file: file.split(".")[1] for file in self.callouts}


def given(documents: Sequence[Document], phases: Collection[str] = ()) -> GivenReplies:
    """What some documents are; `phases` are the files of the bodies of phases, as far as a manifest says so."""
    found = GivenReplies(phases=frozenset(phases))
    for document in documents:
        found.refused.extend(document.broken)
        if document.kind == "callout" and document.callout is not None and not document.broken:
            found.refused.extend(_begun(found, document))
    for document in documents:
        if document.broken or (document.kind == "callout" and document.callout is not None):
            continue
        if document.kind != "reply" or document.tree is None or not document.replies:
            message, help_ = "this is no reply", "import replies to callbacks, and requests of callouts"
            found.refused.append(refusal(document.source.span(0, 1), message, help_))
            continue
        found.refused.extend(_replied(found, document.replies[0], document.source.span(0, 1)))
    return found


def callout_name(path: str) -> str:
    """The name of a callout, from that of its file."""
    part = told(path, ("callout",))
    return (_NOT_IN_NAMES.sub("-", part.after).strip("-") if part is not None else "") or _UNNAMED


def unnameable(name: str, into: str = "on callout @ { hangup }") -> bool:
    """Whether a name cannot be that of a callout, or stand for the `@` of another handler."""
    return not (is_name(name) and fits(name, into))


def _begun(found: GivenReplies, document: Document) -> Iterator[Finding]:
    """A callout, and the replies inside it."""
    name = callout_name(document.source.path)
    file, place = reply_file("callout", name), document.source.span(0, 1)
    if unnameable(name):
        yield refusal(place, f"`{name}` cannot be the name of a callout", "give the file another name")
    if file in found.callouts:
        help_ = "name the files after what they are for, such as `callout.survey.json`"
        yield refusal(place, f"a second callout `{name}`", help_)
    found.callouts[file], found.places[file] = document, place
    for reply in document.replies:
        if reply.event in ("ace", "pie"):
            own = replace(reply, label=name if reply.event == "ace" else "")
            begin = reply.object.span
            yield from _replied(found, own, begin.source.span(begin.start, begin.start + 1))
            found.inside[_file(found, own)] = (file, reply.event)


def _file(found: GivenReplies, reply: DocumentReply) -> str:
    """The file that a compilation gives this reply."""
    named = turn_of(reply)
    if named is not None and (moment_of(reply) is not None or request_file(*named) in found.phases):
        return request_file(*named)
    if reply.event == "pie":
        return reply_file("pie", reply.label or OTHERWISE)
    labelled = reply.event in ("manage", "ace") and reply.label
    return reply_file(str(reply.event), reply.label if labelled else None)


def _replied(found: GivenReplies, reply: DocumentReply, place: Span) -> Iterator[Finding]:
    begin = reply.object.span.source.span(reply.object.span.start, reply.object.span.start + 1)
    if reply.event not in ("ice", "ace", "pie", "manage"):
        help_ = "say it with `--event`, or in the name of the file, such as `ace.json` or `pie.sales.json`"
        yield refusal(begin, "which callback this answers is not known", help_)
        return
    file = _file(found, reply)
    if file in found.replies:
        other = found.places[file].source.path
        yield refusal(begin, f"a second reply to the same callback as `{other}`", "import one of the two")
    found.replies.setdefault(file, reply)
    found.places.setdefault(file, place)
    if reply.label and not (is_name(reply.label) and fits(reply.label, GOAL if reply.event == "pie" else REPLY)):
        yield refusal(begin, f"`{reply.label}` cannot be the name of a handler", "give the file another name")
    if reply.action is None:
        yield refusal(begin, "the reply has no action", "add one")
    known = ("instructions", "action")
    for member in reply.object.members:
        if member.name not in known:
            yield refusal(member.key.inside, f"a reply has no property `{member.name}`", "delete it")
