"""Manage Call bodies that are sent while people talk, to `on manage NAME in LABEL`.

A body does not say in which talk it is sent. A manifest says in which replies that talk began; without one, and where
nothing is ever parked, every talk is meant that is in the state which the body expects: recorded where it stops a
recording, not recorded where it starts one. The connects of these talks get labels.

Invariant: a talk is labelled once, whatever is sent in it; where talks differ in what records them, a body that does
not tell them apart is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from recpol.analysis.program import Program, program_of
from recpol.analysis.recorder import RecordedStores, wanted
from recpol.analysis.requests import REACHED
from recpol.analysis.roomkeys import MODE
from recpol.analysis.steps import Step
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Span
from recpol.base.typing import Protocol
from recpol.importer.phases import moment_of, party_at
from recpol.importer.refused import refusal
from recpol.platform.targets import Target
from recpol.svaml.document import DocumentReply
from recpol.svaml.stores import Stores
from recpol.svaml.v1.lift import lift_sent
from recpol.svaml.values import Unsupported
from recpol.syntax import tree
from recpol.targets.filenames import file_of


class ReadRequest(Record):
    """What a request does in a talk: its segments, the stores to which the talk is recorded afterwards, the names of
    those recordings where they have some, and the starts and stops that have nothing to do."""

    segments: tuple[tree.Item, ...]
    stores: RecordedStores
    recordings: tuple[str, ...] = ()
    odd: tuple[Span, ...] = ()


class BodyInTalk(Record):
    """A body: its name and place, what it `expects` (a recording that runs, none, or either: None), and what it does in
    a talk that is recorded to some stores, by recordings of some names.

    `within` are the files in which its talks began (None: nobody says), `party` is who hears it, `keys` are the keys of
    rooms that ask for it, with the files of the replies that lead into those rooms, and `stops` is the name of the
    recording that it stops, where recordings have names.
    """

    name: str
    place: Span
    expects: bool | None
    read: Callable[[RecordedStores, tuple[str, ...], list[Unsupported]], ReadRequest] = field(repr=False)
    within: frozenset[str] | None = None
    party: str | None = None
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stops: str | None = None


class RequestClaim(Record):
    """What a manifest says of a request: the files in which its talks began (None: nothing), who hears what it plays,
    and the keys of rooms that ask for it."""

    within: frozenset[str] | None = None
    party: str | None = None
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)


Whereabouts = Callable[[Program, Step, Step], tuple[frozenset[str], tuple[str, ...]]]
"""A connect and a step of the talk that it leads to, to the files that begin the talk there, and the names of the
recordings, where recordings have names."""


class ReadStores(Protocol):
    """The stores that have been read so far."""

    @property
    def all(self) -> tuple[tree.Store, ...]:
        """All of them."""


def sent_in(replies: Mapping[str, DocumentReply], manifest: object, stores: Stores) -> dict[str, BodyInTalk]:
    """The bodies among some replies that are sent while people talk, by file: as a manifest says, or all where nothing
    is parked that they could answer. `stores` has the stores of the other replies when a body is read."""
    claims = requests_of(manifest)
    if claims is not None:
        return {file: _body(replies[file], claim, stores) for file, claim in claims.items() if file in replies}
    parks = any(reply.action is not None and reply.action.is_a == "Park" for reply in replies.values())
    bodies = {file: reply for file, reply in replies.items() if reply.event == "manage" and moment_of(reply) is None}
    alone = len(bodies) == len(replies)
    return {} if parks or alone else {file: _body(reply, RequestClaim(), stores) for file, reply in bodies.items()}


def _body(reply: DocumentReply, claim: RequestClaim, stores: Stores) -> BodyInTalk:
    def read(taking: RecordedStores, recordings: tuple[str, ...], lost: list[Unsupported]) -> ReadRequest:
        segments, left, odd = lift_sent(reply, stores, next(iter(taking), None), lost)
        return ReadRequest(segments, () if left is None else (left,), recordings, odd)

    begin = reply.object.span
    place, name = begin.source.span(begin.start, begin.start + 1), reply.label or "request"
    return BodyInTalk(name, place, _expected(reply), read, claim.within, claim.party, claim.keys)


def requests_of(manifest: object) -> dict[str, RequestClaim] | None:
    """What a manifest says of requests, by file; None where there is no manifest."""
    listed = manifest.get("replies") if isinstance(manifest, dict) else None
    return dict(_said(listed)) if isinstance(listed, list) else None


def _said(listed: list[object]) -> Iterator[tuple[str, RequestClaim]]:
    for entry in listed:
        file = entry.get("file") if isinstance(entry, dict) else None
        answers = entry.get("answers") if isinstance(entry, dict) else None
        for answer in answers if isinstance(answers, list) else ():
            if isinstance(file, str) and isinstance(answer, dict) and answer.get("event") == "request":
                within, keys = answer.get("in"), answer.get("keys")
                files = _files(within) if isinstance(within, list) else None
                rooms = {str(key): _files(some) for key, some in keys.items()} if isinstance(keys, dict) else {}
                yield file, RequestClaim(files, party_at(answer.get("leg")), rooms)


def _files(listed: object) -> frozenset[str]:
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def by_reply(unit: Program, connect: Step, talk: Step) -> tuple[frozenset[str], tuple[str, ...]]:
    """Where a talk begins in replies, each of which is a file."""
    del connect
    return frozenset((file_of(unit.handler_of(talk)),)), ()


def with_sent(
    file: tree.File,
    sent: Mapping[str, BodyInTalk],
    target: Target,
    stores: ReadStores,
    lost: list[Unsupported],
    where: Whereabouts = by_reply,
) -> tuple[tree.File, list[Finding]]:
    """A tree with the requests of a target's talks, and those that no talk was found for; what a body has that the
    language cannot say is added to `lost`. `stores` are those that have been read, `where` says where talks begin."""
    if not sent:
        return file, []
    unit = program_of(file, (target,))
    labels: dict[int, str] = {}
    keys: dict[int, tuple[tree.RoomKey, ...]] = {}
    made: list[tree.OnBlock] = []
    found: list[Finding] = []
    talks = list(_talks(unit, where))
    for file_, body in _in_turn(sent):
        chosen = [one for one in talks if (one.files & body.within if body.within is not None else not one.label)]
        if body.stops is not None:
            chosen = [one for one in chosen if body.stops in one.recordings]
        states = {bool(one.stores) for one in chosen}
        if body.expects is not None and len(states) > 1:
            chosen = [one for one in chosen if bool(one.stores) == body.expects]
        place = body.place
        if not chosen or len({one.stores for one in chosen}) > 1:
            what = "no talk is" if not chosen else "the talks differ in what records them, and none is"
            found.append(unknown_talk(place, what))
            continue
        read = body.read(chosen[0].stores, chosen[0].recordings, lost)
        odd = "a request that starts what runs, or stops what does not"
        found += (refusal(span, odd, "delete it") for span in read.odd)
        named = dict.fromkeys(one.label or _label(unit, labels, one) for one in chosen)
        word = tree.Word(body.name, place)
        for one in chosen:
            asked = (key for key, files in body.keys.items() if one.files & files)
            lines = tuple(tree.RoomKey(tree.Word(key, place), word, place) for key in asked)
            keys[one.connect.index] = (*keys.get(one.connect.index, ()), *lines)
        within = tree.Selection(tree.Selector(tuple(tree.Word(name, place) for name in named), place), None, place)
        after = f"{word.text}-on" if set(read.stores) != set(chosen[0].stores) else None
        if after is not None:
            talk = replace(
                chosen[0], stores=read.stores, files=frozenset((file_,)), recordings=read.recordings, label=after
            )
            talks.append(talk)
        items = tuple(_item(item, body.party, after) for item in read.segments)
        made.append(tree.OnBlock(tree.OnEvent(tree.Word("manage", place), word, place, within), items, place))
    for step in _apart(unit, sent):
        labels[step.index] = f"{unit.handler_of(step).name}-on"
    new = _NewParts(
        {id(unit.steps[index].node): label for index, label in labels.items()},
        {id(unit.steps[index].node): lines for index, lines in keys.items()},
    )
    statements = [new.statement(statement) for statement in file.statements]
    kept = [one for one in statements if not isinstance(one, tree.Store)]
    first = next((n for n, one in enumerate(kept) if isinstance(one, tree.OnBlock)), len(kept))
    last = next((n for n, one in enumerate(kept) if isinstance(one, tree.RecordRule)), len(kept))
    return tree.File(file.source, (*kept[:first], *stores.all, *kept[first:last], *made, *kept[last:])), found


def _apart(unit: Program, sent: Mapping[str, BodyInTalk]) -> Iterator[Step]:
    """The talks that go on after parking in which no request is sent, as a manifest says: they get a name of their own,
    for else they have that of the talk before, in which requests are sent."""
    files = [body.within for body in sent.values() if body.within is not None]
    for step in unit.steps if files else ():
        handler = unit.handler_of(step)
        parked = handler.kind == "manage" and isinstance(step.body, tree.Continue) and step.label is None
        if parked and not any(file_of(handler) in some for some in files):
            yield step


def unknown_talk(place: Span, what: str = "no talk is") -> Finding:
    """That the documents do not say in which talk the request at a place is sent."""
    message = f"in which talk this request is sent: {what} known to be meant"
    return refusal(place, message, "write `on manage NAME in SELECTOR { … }` by hand")


class _Talk(Record):
    """A talk: the connect that leads to it, the step that it is, the stores that it is recorded to, the files that it
    can begin in, the names of the recordings, and its label, where it is the one after a request that records it
    otherwise."""

    connect: Step
    talk: Step
    stores: RecordedStores
    files: frozenset[str]
    recordings: tuple[str, ...] = ()
    label: str = ""


def _in_turn(sent: Mapping[str, BodyInTalk]) -> Iterator[tuple[str, BodyInTalk]]:
    """The bodies, each after those in whose talks it is sent."""
    left = dict(sent)
    while left:
        ready = (file for file, body in left.items() if not (body.within or frozenset()) & (left.keys() - {file}))
        file = next(ready, next(iter(left)))
        yield file, left.pop(file)


def _talks(unit: Program, where: Whereabouts) -> Iterator[_Talk]:
    for step in unit.steps:
        talks = unit.graph.conversations.get(step.index, ()) if step.connects in REACHED else ()
        for stores in dict.fromkeys(wanted(unit.decisions, talk) for talk in talks):
            alike = [talk for talk in talks if wanted(unit.decisions, talk) == stores]
            files, (recordings, *_) = zip(*(where(unit, step, one) for one in (*alike, step)), strict=True)
            yield _Talk(step, alike[0], stores, frozenset[str]().union(*files), recordings)


def _expected(reply: DocumentReply) -> bool | None:
    """Whether a body expects that a recording runs; None where it does not tell."""
    changes = (part.is_a for part in reply.parts if part.is_a in ("StartRecording", "StopRecording"))
    first = next(changes, None)
    return None if first is None else first == "StopRecording"


def _label(unit: Program, labels: dict[int, str], talk: _Talk) -> str:
    """The label of a talk: its own, or that of the connect, which it gets where it has none."""
    connect = talk.connect
    if talk.talk.label is not None:
        return talk.talk.label.text
    if connect.label is not None:
        return connect.label.text
    if connect.index not in labels:
        taken = {*unit.names.labels, *labels.values()}
        names = (f"talk-{number}" for number in range(1, len(taken) + 2))
        labels[connect.index] = next(name for name in ("talk", *names) if name not in taken)
    return labels[connect.index]


def _item(item: tree.Item, party: str | None, after: str | None) -> tree.Item:
    """An item of a request: whom it is heard by, and a name of its own for a talk that is recorded otherwise."""
    if isinstance(item, tree.Block):
        return replace(item, segments=tuple(_item(one, party, after) for one in item.segments))
    if not isinstance(item, tree.Segment):
        return item
    body = item.body
    if isinstance(body, tree.Addressed) and party is not None:
        return replace(item, body=replace(body, to=tree.Word(party, item.span)))
    if isinstance(body, tree.Continue) and after is not None:
        return replace(item, label=tree.Word(after, item.span))
    return item


class _NewParts(Record):
    """What segments of a tree get, by the identity of the segment: labels, and the keys of rooms."""

    labels: Mapping[int, str]
    keys: Mapping[int, tuple[tree.RoomKey, ...]]

    def statement(self, statement: tree.Statement) -> tree.Statement:
        """A statement with them."""
        if not isinstance(statement, tree.OnBlock):
            return statement
        return replace(statement, segments=tuple(map(self.item, statement.segments)))

    def item(self, item: tree.Item) -> tree.Item:
        """An item with them."""
        if isinstance(item, tree.Block):
            return replace(item, segments=tuple(map(self.item, item.segments)))
        if not isinstance(item, tree.Segment):
            return item
        label, keys = self.labels.get(id(item)), self.keys.get(id(item), ())
        if label is not None:
            item = replace(item, label=tree.Word(label, item.span))
        if keys and isinstance(item.body, tree.Connect):
            options = tuple(option for option in item.body.options if option.name.text != MODE)
            return replace(item, body=replace(item.body, options=options, keys=(*item.body.keys, *keys)))
        return item
