"""Replies to the tree that a policy has: what is between Start and Stop becomes a `record` block.

A recording that begins with an action (the flag) is a block around that action; the flag on ConnectConf is `record
conference`, the instruction beside it `record call`. A single reply is lifted by itself; the replies of one application
are lifted together (`recpol.svaml.v1.together`).

Invariant: total; every span points into the documents; what the tree cannot hold is in `Lifted.lost`.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.base.jsontree import JsonScalar, Member
from recpol.base.record import Record, field, replace
from recpol.base.source import Source, Span
from recpol.base.typing import Protocol
from recpol.svaml.document import DocumentReply, ReplyPart
from recpol.svaml.lifted import Lifted, RepeatedStart
from recpol.svaml.stores import Stores, options_of
from recpol.svaml.v1.segments import located, segments_of
from recpol.svaml.v1.spelling import target_of
from recpol.svaml.values import Unsupported, locale_of
from recpol.syntax import tree

LiftedRecording = str | None
"""The store into which a call is recorded; None where it is not."""


class _Run(Record, frozen=False):
    """Neighbouring parts in one state of the recorder; `keyword` is what began it here."""

    store: str | None
    keyword: Span | None
    items: list[tree.Item] = field(default_factory=list)


class OneReply(Record):
    """One reply lifted from one state on entry; `left` is the state that it leaves, `idle` has the stops of nothing,
    and `unknown` those of which it is not known whether an earlier reply began something."""

    node: tree.OnBlock
    left: LiftedRecording
    again: tuple[RepeatedStart, ...]
    idle: tuple[Span, ...]
    unknown: tuple[Span, ...]


EARLIER = "an earlier recording"
"""The store of a recording that a reply before has begun: a name that no other store can have."""


def lift_alone(source: Source, reply: DocumentReply, *, running: bool = False, numbered: bool = False) -> Lifted:
    """One reply by itself. Only before ICE is it known that nothing records; elsewhere a first stop is no slip.

    With `running` a recording of an earlier reply goes on, into the store `EARLIER`. Stores are `numbered` where their
    names must not depend on where the recordings go.
    """
    lost: list[Unsupported] = []
    stores = Stores(lost, numbered=numbered)
    one = lift_reply(reply, stores, EARLIER if running else None, lost, known=reply.event == "ice")
    begin = reply.object.span
    at = begin.source.span(begin.start, begin.start)
    earlier = (tree.Store(tree.Word(EARLIER, at), (), at),) if running else ()
    file = tree.File(source, (*default_locale([reply]), *earlier, *stores.all, one.node))
    return Lifted(file, tuple(lost), one.again, one.idle, target_of([reply]), alone=True)


def lift_request(reply: DocumentReply, stores: Stores, entry: LiftedRecording, lost: list[Unsupported]) -> OneReply:
    """A request that is sent while people talk, from the state of that talk. An action that starts or stops a recording
    goes on with the talk (Calling API page)."""
    action = reply.action
    if action is None or action.is_a not in ("StartRecording", "StopRecording"):
        return lift_reply(reply, stores, entry, lost)
    changes = replace(action, role="instruction")
    one = lift_reply(replace(reply, instructions=(*reply.instructions, changes), action=None), stores, entry, lost)
    return replace(one, node=replace(one.node, segments=tuple(map(_going_on, one.node.segments))))


def _going_on(item: tree.Item) -> tree.Item:
    """An item with `continue` in the place of the action that is not there."""
    if isinstance(item, tree.Block):
        return replace(item, segments=tuple(map(_going_on, item.segments)))
    return tree.Segment(None, tree.Continue(item.span), (), item.span) if isinstance(item, tree.Broken) else item


def lift_reply(
    reply: DocumentReply,
    stores: Stores,
    entry: LiftedRecording,
    lost: list[Unsupported],
    *,
    known: bool = True,
    named: frozenset[str] = frozenset(),
) -> OneReply:
    """A reply from the state in which calls come to it, which is `known` or may be another. What it has that the tree
    cannot hold is added to `lost`; `named` are the names of which each has a reply to ACE of its own."""
    state = entry
    began: Span | None = None
    sure = known or entry is not None
    again: list[RepeatedStart] = []
    idle: list[Span] = []
    unknown: list[Span] = []
    runs = [_Run(entry, None)]

    def start(store: str, at: Span, *, flag: bool = False) -> None:
        nonlocal state, began, sure
        if state is not None:
            again.append(RepeatedStart(at, began, state == store, flag))
            if state == store:
                return  # whatever the second start does, this goes on being recorded there
            if not any(map(_heard, runs[-1].items)):
                runs[-1] = _Run(None, None, runs[-1].items)
        state, began, sure = store, at, True
        runs.append(_Run(store, at))

    for part in reply.instructions:
        at = part.node.span if part.name is None else part.name.inside
        options = options_of(part) if part.is_a == "StartRecording" else None
        if part.is_a == "StartRecording":
            if options is None:
                lost.append(Unsupported(at, "a recording without options", odd=True))
            else:
                start(stores.of(*options).name.text, at)
        elif part.is_a == "StopRecording":
            if state is None:
                (idle if sure else unknown).append(at)
            state, began, sure = None, None, True
            runs.append(_Run(None, None))
        else:
            runs[-1].items += segments_of(part, lost)
    misplaced = options_of(reply)
    if misplaced is not None:
        stores.of(*misplaced)
    if reply.action is not None:
        items = _action(reply.action, stores, lost, start)
        runs[-1].items += items
    else:
        runs[-1].items.append(tree.Broken(reply.object.span))
    begin = reply.object.span
    word = tree.Word(reply.event or "reply", begin.source.span(begin.start, begin.start + 1))
    labelled = reply.event in ("pie", "manage") or (reply.event == "ace" and reply.label in named)
    label = tree.Word(reply.label, word.span) if reply.label and labelled else None
    if reply.event == "pie" and label is None:
        label = tree.Word("otherwise", word.span)
    segments = tuple(item for run in runs for item in _items(run))
    node = tree.OnBlock(tree.OnEvent(word, label, word.span), segments, begin)
    return OneReply(node, state, tuple(again), tuple(idle), tuple(unknown))


class _Start(Protocol):
    """Begins a call recording into a store, at a place; `flag` where an action's flag does it."""

    def __call__(self, store: str, at: Span, *, flag: bool = False) -> None: ...


def _action(part: ReplyPart, stores: Stores, lost: list[Unsupported], start: _Start) -> list[tree.Item]:
    """The action, in a block of its own where its flag records a conference; `start` begins a call recording."""
    flag = flag_of(part)
    options = options_of(part)
    store = stores.of(*options) if options is not None else None
    if part.is_a in ("StartRecording", "StopRecording"):
        at = part.node.span if part.name is None else part.name.inside
        lost.append(Unsupported(at, f"`{part.is_a}` as an action"))
        return []
    segments: list[tree.Item] = [*segments_of(part, lost)]
    if flag is None or not is_on(flag):
        if options is not None:
            lost.append(Unsupported(options[1], "recording options without the flag", odd=True))
        return segments
    if store is None:
        lost.append(Unsupported(flag.key.inside, "a recording without options", odd=True))
        return segments
    if part.is_a == "ConnectConf":
        scope, at = tree.Word("conference", flag.key.inside), flag.key.inside
        return [tree.Block(scope, store.name, tuple(segments), at, at)]
    start(store.name.text, flag.key.inside, flag=True)
    return segments


def flag_of(part: ReplyPart) -> Member | None:
    """The recording flag of an action, under either of its names."""
    node = part.object
    found = None if node is None else node.find("record")
    return found if found is not None or node is None else node.find("recording")


def is_on(flag: Member) -> bool:
    """Whether a flag of an action says that it is recorded."""
    return isinstance(flag.value, JsonScalar) and flag.value.true


def _items(run: _Run) -> list[tree.Item]:
    """A run as items of a handler: those that can be heard in a block, if it is recorded."""
    if run.store is None:
        return run.items
    heard = [number for number, item in enumerate(run.items) if _heard(item)]
    keyword = run.keyword
    if not heard and keyword is None:
        return run.items  # an earlier reply began the recording, and nothing in this one can be heard
    first, last = (heard[0], heard[-1] + 1) if heard else (0, len(run.items))
    inside = tuple(run.items[first:last])
    rooms = any(isinstance(_body(item), tree.Connect) and _kind(item) == "conference" for item in inside)
    at = keyword or _place(inside[0])
    scope = tree.Word("call", at) if rooms else None
    block = tree.Block(scope, tree.Word(run.store, at), inside, at, at)
    return [*run.items[:first], block, *run.items[last:]]


def _body(item: tree.Item) -> tree.Body | None:
    if isinstance(item, tree.Block):
        return _body(item.segments[0]) if item.segments else None
    return item.body if isinstance(item, tree.Segment) else None


def _kind(item: tree.Item) -> str:
    body = _body(item)
    return body.kind.text if isinstance(body, tree.Connect) else ""


def _heard(item: tree.Item) -> bool:
    return not isinstance(_body(item), tree.Silent)


def _place(item: tree.Item) -> Span:
    return item.span


def default_locale(replies: Sequence[DocumentReply]) -> tuple[tree.Default, ...]:
    """The default locale: that of the first menu or parking, where all of them have one."""
    actions = [reply.action for reply in replies if reply.action is not None]
    menus = [action for action in actions if action.is_a == "RunMenu" or (action.is_a == "Park" and located(action))]
    found = [menu.object.text("locale") for menu in menus if menu.object is not None]
    first = found[0] if found else None
    if first is None or None in found:
        return ()
    return (tree.Default("locale", locale_of(first), None, first.span),)
