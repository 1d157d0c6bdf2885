"""Two versions of a policy to whether they record the same.

Compared is what `recpol.semantics.simulate` says of every reply in every state that a call can enter it with: each
sound, whether it is recorded, into which store and in how many files; then the phases, the ways from reply to reply,
the stores, and the verdicts on the guarantees. Where an edit stands, the words may differ: another number is called,
a file is called otherwise. Whether that is recorded, and where, may not.

Invariant: never true by want of understanding; what cannot be compared is not the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores
from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Edit
from recpol.base.record import Record
from recpol.fixes.spans import SortedSpans
from recpol.semantics.audio import store_options
from recpol.semantics.conversations import changes
from recpol.semantics.recording import HeardSegment, RecorderState, reply_meaning
from recpol.syntax import tree

_WORSE = {"proven": 0, "empty": 0, "unknown": 1, "broken": 2}


def same_recording(before: Program, after: Program, edits: Sequence[Edit]) -> bool:
    """Whether `after`, made of `before` by `edits` (or by several rounds of them), records the same segments.

    False too where either could not be understood in full.
    """
    if before.partial or after.partial or before.is_rules != after.is_rules:
        return False
    known = SortedSpans(edit.span for edit in edits)
    return (
        _same_ways(before, after)
        and _same_stores(before, after, known)
        and all(_same_reply(before, after, key, known) for key in before.graph.first)
        and _as_well_proven(before, after)
    )


def _handler(program: Program, key: str) -> Handler:
    return program.handlers[program.graph.first[key]]


def _heard(handler: Handler) -> list[Step]:
    """The steps of a handler that can be recorded, with further menus and phases."""
    return [step for step in handler.steps if step.recordable]


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _same_reply(before: Program, after: Program, key: str, edits: SortedSpans) -> bool:
    """Whether a reply has the same steps, heard and recorded alike from every state it can be entered with."""
    old, new = _handler(before, key), _handler(after, key)
    steps, others = _heard(old), _heard(new)
    if len(steps) != len(others) or not all(map(_alike, steps, others)):
        return False
    if not all(_decided(before, one) == _decided(after, other) for one, other in zip(steps, others, strict=True)):
        return False
    states = before.track.entries.get(old.index, {}).keys()
    if states != after.track.entries.get(new.index, {}).keys():
        return False
    free = {number for number, step in enumerate(steps) if edits.touch(step.span)}
    return all(
        _meaning(before, old, steps, state, free) == _meaning(after, new, others, state, free)
        for state in (states or ((),))
    )


def _alike(one: Step, other: Step) -> bool:
    """Whether two steps are of a kind: the same construct, connect, label and tags."""
    return (
        type(one.body) is type(other.body)
        and one.connects == other.connects
        and one.label == other.label
        and one.node.tags == other.node.tags
    )


def _decided(program: Program, step: Step) -> tuple[RecordedStores, str | None, bool]:
    decided = program.decided(step)
    switches = isinstance(step.body, tree.Phase) and changes(program, step)
    return decided.call_stores, decided.conference_store, switches


def _meaning(
    program: Program, handler: Handler, steps: Sequence[Step], entered: RecordedStores, free: set[int]
) -> list[tuple[object, ...]]:
    """What is heard and recorded of a reply; for `free` steps only the kinds of their sounds count."""
    numbers = {step.index: number for number, step in enumerate(steps)}
    pieces, _ = reply_meaning(program, handler, RecorderState().follow(program, entered))
    return [_told(program, piece, numbers[piece.step.index], free) for piece in pieces]


def _told(program: Program, piece: HeardSegment, number: int, free: set[int]) -> tuple[object, ...]:
    decided, heard = program.decided(piece.step), piece.heard
    return (
        number,
        heard.sound.kind,
        () if number in free else heard.sound.content,
        tuple(call.number for call in heard.calls),
        decided.call_stores if heard.calls else (),
        None if heard.conference is None else decided.conference_store,
    )


# ── what is around them ──────────────────────────────────────────────────────────────────────────────────────────


def _same_ways(before: Program, after: Program) -> bool:
    """Whether calls go the same ways; a way that led nowhere may lead to a new reply in which nothing is heard."""
    fresh = after.graph.first.keys() - before.graph.first.keys()
    if before.graph.first.keys() - after.graph.first.keys():
        return False
    if any(_heard(_handler(after, key)) for key in fresh):
        return False
    old, new = _ways(before), _ways(after)
    return not any(old.beyond(new)) and all(target in fresh for _, target, _ in new.beyond(old))


_Way = tuple[str, str, str]
"""From which handler, to which, and what happens, in words."""


class _Ways(Record):
    """All ways of calls: single ones, and those from each handler that parks to each that can be sent then, which are
    held as their ends alone."""

    single: frozenset[_Way]
    parks: frozenset[str]
    sent: frozenset[tuple[str, str]]

    def beyond(self, others: _Ways) -> Iterator[_Way]:
        """The ways that are none of some others."""
        yield from (way for way in self.single if not others.has(way))
        more = self.parks - others.parks
        for target, cause in self.sent:
            for origin in more if (target, cause) in others.sent else self.parks:
                if not others.has(way := (origin, target, cause)):
                    yield way

    def has(self, way: _Way) -> bool:
        """Whether a way is one of these."""
        origin, target, cause = way
        return way in self.single or (origin in self.parks and (target, cause) in self.sent)


def _ways(program: Program) -> _Ways:
    graph, handlers = program.graph, program.handlers
    single: set[_Way] = set()
    for edge in graph.single:
        origin = "" if edge.origin is None else handlers[edge.origin].key
        menu = f"{edge.outcome.menu.id} " if edge.outcome is not None else ""
        single.add((origin, handlers[edge.target].key, menu + edge.cause))
    parks = frozenset(handlers[index].key for index in graph.parking.origins)
    sent = frozenset((handlers[index].key, cause) for index, cause in graph.parking.resumed.items())
    return _Ways(frozenset(single), parks, sent)


def _same_stores(before: Program, after: Program, edits: SortedSpans) -> bool:
    """Whether the stores in use are the same, but for what an edit changes in them."""
    used = {decision.store for decision in before.decisions.all if decision.store is not None}
    if used != {decision.store for decision in after.decisions.all if decision.store is not None}:
        return False
    return all(
        edits.touch(before.names.stores[name].span) or store_options(before, name) == store_options(after, name)
        for name in used
    )


def _as_well_proven(before: Program, after: Program) -> bool:
    """Whether every guarantee holds at least as well as before."""
    if not any(before.guarantees()) and not any(after.guarantees()):
        return True
    from recpol.prove import prove

    old, new = prove(before), prove(after)
    return len(old) == len(new) and all(_WORSE[b.status] <= _WORSE[a.status] for a, b in zip(old, new, strict=True))
