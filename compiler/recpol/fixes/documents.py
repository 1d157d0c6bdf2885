"""Two versions of a document to whether they record the same.

Its replies are lifted into the tree that policies have, each in every state in which a call can come to it: nothing is
recorded, or a recording of an earlier reply goes on. Then the two are compared as policies are.

What the tree cannot hold must stay as it is, and must not be about the recorder. So where a document does not say in
full what is recorded (a flag under its old name, options under a wrong key), nothing is proven of it.

Invariant: never true by want of understanding; what cannot be compared is not the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from recpol.base.finding import Edit
from recpol.base.jsontree import Array, JsonScalar, Object
from recpol.base.record import replace
from recpol.base.source import Source, Span
from recpol.fixes.meaning import same_recording
from recpol.fixes.spans import SortedSpans
from recpol.svaml.document import Document, DocumentReply, ReplyPart
from recpol.svaml.lifted import Lifted
from recpol.svaml.v1.lift import lift_alone
from recpol.syntax import tree

_RECORDER = ("record", "recording", "recordingoptions", "options")
_FORMS = ("startrecording", "stoprecording")


def same_replies(before: Document, after: Document, edits: Sequence[Edit]) -> bool:
    """Whether `after`, made of `before` by `edits`, records the same segments.

    False too where either could not be understood in full, and where an edit is outside of the replies.
    """
    if before.broken or after.broken or before.kind != after.kind or len(before.replies) != len(after.replies):
        return False
    if before.kind not in ("reply", "callout") or not before.replies:
        return False
    if not all(any(_inside(edit.span, reply.object.span) for reply in before.replies) for edit in edits):
        return False
    pairs = zip(before.replies, before.lifted, after.replies, after.lifted, strict=True)
    return all(_same(before.source, one, first, after.source, other, then, edits) for one, first, other, then in pairs)


def _same(
    before: Source,
    old: DocumentReply,
    first: Lifted,
    after: Source,
    new: DocumentReply,
    then: Lifted,
    edits: Sequence[Edit],
) -> bool:
    """Whether two replies record the same; `first` and `then` are what they were lifted to when they were read."""
    if (old.event, old.label, old.inline) != (new.event, new.label, new.inline) or old.event in ("dice", "notify"):
        return False
    if _calls_back(old.action) != _calls_back(new.action) or _forms(old) != _forms(new):
        return False
    edited = SortedSpans(edit.span for edit in edits)
    vague = [*_vague(old, first), *(part.node.span for part in old.parts if not part.is_a)]
    if any(map(edited.touch, vague)):
        return False
    for running in (False,) if old.event == "ice" else (False, True):
        one, other = _lifted(before, old, first, running), _lifted(after, new, then, running)
        if len(one.again) != len(other.again) or len(one.idle) != len(other.idle):
            return False
        kept, left = Counter(lost.what for lost in one.lost), Counter(lost.what for lost in other.lost)
        if any(times > kept[what] for what, times in left.items()):
            return False
        units = [lifted.program for lifted in (one, other)]
        if len(units[0].graph.first) != 1 or not same_recording(units[0], units[1], [*edits, *_steps(old, edited)]):
            return False
    return True


def _steps(reply: DocumentReply, edited: SortedSpans) -> Iterator[Edit]:
    """Edits at the names of the parts and the menus that are edited: a step stands where its name does."""
    for part in reply.parts:
        menus = part.object.get("menus") if part.object is not None else None
        nodes = [part.node, *(menus.items if isinstance(menus, Array) else ())]
        for node in nodes:
            name = node.text("name" if node is part.node else "id") if isinstance(node, Object) else None
            if name is not None and edited.any_inside(node.span):
                yield Edit(name.inside, "")


def _lifted(source: Source, reply: DocumentReply, alone: Lifted, running: bool) -> Lifted:
    """A reply in one of the states a call can come with, to ICE in no other than one in which nothing is recorded; one
    whose callback is not known is taken for one to PIE. As it was read, it is `alone`: that says nothing else of a call
    in which nothing is recorded, where the reply has no stores, whose names would tell where the recordings go."""
    if not running and reply.event is not None and not any(isinstance(s, tree.Store) for s in alone.file.statements):
        return alone
    known = replace(reply, event=reply.event or "pie")
    return lift_alone(source, known, running=running, numbered=True)


def _forms(reply: DocumentReply) -> list[str]:
    return [part.is_a for part in reply.parts]


def _calls_back(part: ReplyPart | None) -> str:
    """What an action says of its callbacks: which replies come after it depends on that."""
    value = part.object.get("suppressCallbacks") if part is not None and part.object is not None else None
    return value.text if isinstance(value, JsonScalar) else "" if value is None else "?"


def _vague(reply: DocumentReply, lifted: Lifted) -> Iterator[Span]:
    """The places about the recorder in which something is not understood: nothing is proven where they are edited."""
    lost = SortedSpans(lost.span for lost in lifted.lost)
    return filter(lost.any_inside, _recorder(reply))


def _recorder(reply: DocumentReply) -> Iterator[Span]:
    """The places of a reply that are about the recorder."""
    for part in reply.parts:
        if part.name is not None and part.name.text.lower() in _FORMS:
            yield part.node.span
        elif part.role == "action" and part.object is not None:
            yield from _members(part.object)
    yield from _members(reply.object)


def _members(node: Object) -> Iterator[Span]:
    for member in node.members:
        if member.name.lower() in _RECORDER:
            yield member.key.span.to(member.value.span)


def _inside(span: Span, place: Span) -> bool:
    return span.source is place.source and place.start <= span.start and span.end <= place.end
