"""The replies of one application to one tree, each lifted in the recorder state that the replies before it leave.

Requests that are sent while people talk stand beside them where it is known in which talks that is: calls go on after
them, and are parked. The tree has no more of them than that.

Invariant: total; every span points into the documents; what the tree cannot hold of replies is in `Lifted.lost`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from recpol.analysis.callgraph import build_graph
from recpol.analysis.steps import flatten
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.base.typing import assert_never
from recpol.svaml.document import DocumentReply
from recpol.svaml.lifted import Lifted
from recpol.svaml.stores import Stores
from recpol.svaml.v1.lift import LiftedRecording, OneReply, default_locale, lift_reply, lift_request
from recpol.svaml.v1.spelling import target_of
from recpol.svaml.values import Unsupported
from recpol.syntax import tree


def _as_lifted(index: int, node: tree.OnBlock) -> tree.OnBlock:
    """A handler that leads where its reply says."""
    del index
    return node


def lift_all(
    source: Source,
    replies: Sequence[DocumentReply],
    begun: Sequence[tree.OnBlock] = (),
    led: Callable[[int, tree.OnBlock], tree.OnBlock] = _as_lifted,
    labels: Mapping[int, str] | None = None,
    sent: Sequence[tuple[DocumentReply, Collection[int]]] = (),
) -> Lifted:
    """The replies of one application, each with an event; `source` stands for all of them. `begun` are the calls that
    its backend begins, which stand in the tree no more, and `labels` those of connects, by the index of the reply: a
    reply to ACE with such a name is for that call or connect alone. `led` is the handler of a reply, by its index, with
    what is known from elsewhere of where it leads.

    `sent` are requests, each with the indices of what begins the talks in which it is sent: replies, and after them
    requests. At the end of the tree each of them is an action, in talks that have a tag for it.
    """
    lost: list[Unsupported] = []
    stores = Stores(lost)
    labelled, count = labels or {}, len(replies)
    called = (block.event.name.text for block in begun if block.event.name is not None)
    named = frozenset((*called, *labelled.values()))
    tags = [_tags(index, sent) for index in range(count + len(sent))]

    def lift(index: int, state: LiftedRecording, lost: list[Unsupported], *, known: bool = True) -> OneReply:
        if index < count:
            one = lift_reply(replies[index], stores, state, lost, known=known, named=named)
            one = replace(one, node=led(index, one.node))
        else:
            one = lift_request(sent[index - count][0], stores, state, lost)
        return replace(one, node=_placed(one.node, labelled.get(index), tags[index]))

    first = [lift(index, None, lost).node for index in range(count)]
    said, known = tuple(lost), len(stores.all)  # what requests have is told, and kept, by whoever reads them in full
    requests = [_asked(lift(count + number, None, []).node, number) for number in range(len(sent))]
    handlers = flatten(tree.File(source, (*map(_apart, (*first, *requests)), *begun)))
    entries: dict[int, list[LiftedRecording]] = {}
    graph = build_graph(handlers)
    queue: list[tuple[int, LiftedRecording]] = [(index, None) for index in graph.begins]
    while queue:
        at, state = queue.pop()
        if state not in entries.setdefault(at, []):
            entries[at].append(state)
            left = state if at >= len(tags) else lift(at, state, []).left
            queue += [(edge.target, left) for edge in graph.out_of(at)]
    lifted: list[OneReply] = []
    for index in range(count):
        states = entries.get(index, [])
        lifted.append(lift(index, states[0] if states else None, [], known=len(states) == 1))
    heard = {handler.index for handler in handlers if any(step.recordable for step in handler.segments)}
    uncertain = tuple(i for i, states in entries.items() if i < count and len(states) > 1 and i in heard)
    again = tuple(found for one in lifted for found in one.again)
    idle = tuple(found for one in lifted for found in one.idle)
    ends = tuple(found for index, one in enumerate(lifted) if index not in entries for found in one.unknown)
    used = {name for one in lifted for name in _recorded(one.node.segments)}
    kept = (store for number, store in enumerate(stores.all) if number < known or store.name.text in used)
    nodes = (*(one.node for one in lifted), *map(_alone, requests))
    file = tree.File(source, (*default_locale(replies), *kept, *nodes))
    return Lifted(file, said, again, idle, target_of(replies), uncertain, ends)


def _tags(index: int, sent: Sequence[tuple[DocumentReply, Collection[int]]]) -> tuple[str, ...]:
    """The tags of the talk that a reply or a request begins, one for each request that is sent in it."""
    return tuple(str(number) for number, (_, talks) in enumerate(sent) if index in talks)


def _placed(block: tree.OnBlock, label: str | None, tags: tuple[str, ...]) -> tree.OnBlock:
    """A handler whose connect has a label, and whose talk has tags."""

    def changed(action: tree.Segment) -> tree.Segment:
        word = action.label if label is None else tree.Word(label, action.span)
        return replace(action, label=word, tags=tuple(tree.Tag(tag, action.span) for tag in tags))

    return _with_action(block, changed) if label is not None or tags else block


def _asked(block: tree.OnBlock, number: int) -> tree.OnBlock:
    """A request that is sent in the talks that have the tag for it."""
    at = block.event.kind.span
    selector = tree.Selector((tree.Tag(str(number), at),), at)
    return replace(block, event=replace(block.event, within=tree.Selection(selector, None, at)))


def _apart(block: tree.OnBlock) -> tree.OnBlock:
    """A handler whose talk does not have the tags of the talks before."""

    def changed(action: tree.Segment) -> tree.Segment:
        own = isinstance(action.body, tree.Continue)
        return replace(action, label=tree.Word("apart", action.span)) if own else action

    return _with_action(block, changed)


def _alone(block: tree.OnBlock) -> tree.OnBlock:
    """A handler of which nothing is left but the action."""
    return replace(block, segments=tuple(_actions(block.segments)))


def _actions(items: tuple[tree.Item, ...]) -> Iterator[tree.Item]:
    last = items[-1] if items else None
    if isinstance(last, tree.Block):
        yield from _actions(last.segments)
    elif last is not None:
        yield last


def _with_action(block: tree.OnBlock, change: Callable[[tree.Segment], tree.Segment]) -> tree.OnBlock:
    """A handler whose action is changed: its last segment, in whatever blocks that stands."""
    return replace(block, segments=_with_last(block.segments, change))


def _with_last(items: tuple[tree.Item, ...], change: Callable[[tree.Segment], tree.Segment]) -> tuple[tree.Item, ...]:
    """Items of which the last segment is changed."""
    if not items:
        return items
    match last := items[-1]:
        case tree.Block():
            return (*items[:-1], replace(last, segments=_with_last(last.segments, change)))
        case tree.Segment():
            return (*items[:-1], change(last))
        case tree.Broken():
            return items
        case _:
            assert_never(last)


def _recorded(items: Iterable[tree.Item]) -> Iterator[str]:
    """The names of the stores of blocks."""
    for item in items:
        if isinstance(item, tree.Block):
            if item.store is not None:
                yield item.store.text
            yield from _recorded(item.segments)
