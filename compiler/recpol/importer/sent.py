"""Manage Call bodies that are sent while people talk, to `on manage NAME in LABEL`.

A body does not say in which talk it is sent. A manifest says in which replies that talk began; without one, and where
nothing is ever parked, every talk is meant that is in the state which the body expects: recorded where it stops a
recording, not recorded where it starts one. The connects of these talks get labels.

Invariant: a talk is labelled once, whatever is sent in it; where talks differ in what records them, a body that does
not tell them apart is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from recpol.analysis.program import program_of
from recpol.analysis.recorder import RecordedStores
from recpol.analysis.roomkeys import MODE
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Span
from recpol.base.typing import Protocol
from recpol.importer.phases import moment_of, party_at
from recpol.importer.refused import refusal
from recpol.importer.talks import TalkLabels, TalkOfRequests, Whereabouts, by_reply, others_after, talks_of
from recpol.platform.targets import Target
from recpol.svaml.document import DocumentReply
from recpol.svaml.stores import Stores
from recpol.svaml.v1.lift import lift_request
from recpol.svaml.values import Unsupported
from recpol.syntax import tree
from recpol.targets.filenames import is_sent


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
    rooms that ask for it, with the files of the replies that lead into those rooms, `stops` is the name of the
    recording that it stops, where recordings have names, and `goes_on` says whether the talk does after it.
    """

    name: str
    place: Span
    expects: bool | None
    read: Callable[[RecordedStores, tuple[str, ...], list[Unsupported]], ReadRequest] = field(repr=False)
    within: frozenset[str] | None = None
    party: str | None = None
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stops: str | None = None
    goes_on: bool = True


class RequestClaim(Record):
    """What a manifest says of a request: the files in which its talks began (None: nothing), who hears what it plays,
    and the keys of rooms that ask for it."""

    within: frozenset[str] | None = None
    party: str | None = None
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)


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
    parks = any(map(parking, replies.values()))
    bodies = {file: reply for file, reply in replies.items() if reply.event == "manage" and moment_of(reply) is None}
    alone = len(bodies) == len(replies)
    return {} if parks or alone else {file: _body(reply, RequestClaim(), stores) for file, reply in bodies.items()}


def parking(reply: DocumentReply) -> bool:
    """Whether a reply parks the call."""
    return reply.action is not None and reply.action.is_a == "Park"


def _body(reply: DocumentReply, claim: RequestClaim, stores: Stores) -> BodyInTalk:
    def read(taking: RecordedStores, recordings: tuple[str, ...], lost: list[Unsupported]) -> ReadRequest:
        one = lift_request(reply, stores, next(iter(taking), None), lost)
        odd = (*(found.span for found in one.again), *one.idle)
        return ReadRequest(one.node.segments, () if one.left is None else (one.left,), recordings, odd)

    begin = reply.object.span
    place, name = begin.source.span(begin.start, begin.start + 1), reply.label or "request"
    goes_on = reply.action is None or reply.action.is_a not in ("Hangup", "Park")
    expects = _expected(reply)
    return BodyInTalk(name, place, expects, read, claim.within, claim.party, claim.keys, goes_on=goes_on)


def requests_of(manifest: object) -> dict[str, RequestClaim] | None:
    """What a manifest says of requests, by file; None where there is no manifest."""
    listed = manifest.get("replies") if isinstance(manifest, dict) else None
    return dict(_said(listed)) if isinstance(listed, list) else None


def _said(listed: list[object]) -> Iterator[tuple[str, RequestClaim]]:
    for entry in listed:
        file = entry.get("file") if isinstance(entry, dict) else None
        answers = entry.get("answers") if isinstance(entry, dict) else None
        if answers == [] and isinstance(file, str) and is_sent(file):
            yield file, RequestClaim(frozenset())  # what is sent to a parked call has an answer, whether any parks
        for answer in answers if isinstance(answers, list) else ():
            if isinstance(file, str) and isinstance(answer, dict) and answer.get("event") == "request":
                within, keys = answer.get("in"), answer.get("keys")
                files = _files(within) if isinstance(within, list) else None
                rooms = {str(key): _files(some) for key, some in keys.items()} if isinstance(keys, dict) else {}
                yield file, RequestClaim(files, party_at(answer.get("leg")), rooms)


def _files(listed: object) -> frozenset[str]:
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def with_sent(
    file: tree.File,
    sent: Mapping[str, BodyInTalk],
    target: Target,
    stores: ReadStores,
    lost: list[Unsupported],
    where: Whereabouts = by_reply,
) -> tuple[tree.File, list[Finding]]:
    """A tree with the requests of a target's talks, in the place of those that only stand for them, and the requests
    that no talk was found for; what a body has that the language cannot say is added to `lost`. `stores` are those that
    have been read, `where` says where talks begin."""
    if not sent:
        return file, []
    unit = program_of(file, (target,))
    told = {file: body.within for file, body in sent.items() if body.within is not None}
    exact = {} if target.whole_call else told  # a file that holds a whole call does not tell its talks apart
    talks = list(talks_of(unit, where, exact))
    labels = TalkLabels(unit, talks)
    ahead = {one: labels.free(f"{sent[one].name}-on") for one in others_after(talks, exact)}
    keys: dict[int, tuple[tree.RoomKey, ...]] = {}
    made: list[tree.OnBlock] = []
    found: list[Finding] = []
    for file_, body in _in_turn(sent):
        chosen = [one for one in talks if (one.files & body.within if body.within is not None else not one.label)]
        if file_ in exact and file_ not in exact[file_]:
            dialling = [one for one in chosen if one.answered & exact[file_]]
            # Were it sent in one of these, the call could be set up after it, and be answered.
            chosen = [one for one in chosen if one not in dialling] if body.goes_on or not dialling else []
        if body.stops is not None:
            chosen = [one for one in chosen if body.stops in one.recordings]
        states = {bool(one.stores) for one in chosen}
        if body.expects is not None and len(states) > 1:
            chosen = [one for one in chosen if bool(one.stores) == body.expects]
        place = body.place
        read = _read(body, chosen, lost, exact=file_ in exact)
        if read is None:
            what = "no talk is" if not chosen else "the talks differ in what records them, and none is"
            found.append(unknown_talk(place, what))
            continue
        odd = "a request that starts what runs, or stops what does not"
        found += (refusal(span, odd, "delete it") for span in read.odd)
        named = dict.fromkeys(name for one in chosen for name in labels.of(one))
        named |= {ahead[one]: None for one in ahead if one in (body.within or ())}
        word = tree.Word(body.name, place)
        for one in chosen:
            asked = (key for key, files in body.keys.items() if one.files & files)
            lines = (tree.RoomKey(tree.Word(key, place), word, place) for key in asked)
            before = keys.get(one.connect.index, ())
            keys[one.connect.index] = (*before, *(line for line in lines if line not in before))
        within = tree.Selection(tree.Selector(tuple(tree.Word(name, place) for name in named), place), None, place)
        after = ahead.get(file_)
        if after is None and set(read.stores) != set(chosen[0].stores):
            after = labels.free(f"{word.text}-on")
        if after is not None:
            talk = TalkOfRequests(chosen[0].connect, (), read.stores, frozenset((file_,)), read.recordings, after)
            talks.append(talk)
        items = tuple(_item(item, body.party, after) for item in read.segments)
        made.append(tree.OnBlock(tree.OnEvent(tree.Word("manage", place), word, place, within), items, place))
    labels.part(told)
    new = _NewParts(
        {id(unit.steps[index].node): label for index, label in labels.given.items()},
        {id(unit.steps[index].node): lines for index, lines in keys.items()},
    )
    statements = [new.statement(statement) for statement in file.statements if not _stands_in(statement)]
    kept = [one for one in statements if not isinstance(one, tree.Store)]
    first = next((n for n, one in enumerate(kept) if isinstance(one, tree.OnBlock)), len(kept))
    last = next((n for n, one in enumerate(kept) if isinstance(one, tree.RecordRule)), len(kept))
    return tree.File(file.source, (*kept[:first], *stores.all, *kept[first:last], *made, *kept[last:])), found


def _read(
    body: BodyInTalk, chosen: Sequence[TalkOfRequests], lost: list[Unsupported], *, exact: bool
) -> ReadRequest | None:
    """What a body does in some talks; None where there are none, or where it does something else in some of them than
    in others. Where it is not `exact` which are meant, they must be recorded alike."""
    states: dict[RecordedStores, tuple[str, ...]] = {}
    for one in chosen:
        states.setdefault(one.stores, one.recordings)
    if not states or (len(states) > 1 and not exact):
        return None
    first, *others = (body.read(stores, recordings, lost) for stores, recordings in states.items())
    alike = all(one.segments == first.segments and not one.odd for one in others)
    return first if alike and not (others and first.odd) else None


def unknown_talk(place: Span, what: str = "no talk is") -> Finding:
    """That the documents do not say in which talk the request at a place is sent."""
    message = f"in which talk this request is sent: {what} known to be meant"
    return refusal(place, message, "write `on manage NAME in SELECTOR { … }` by hand")


def _in_turn(sent: Mapping[str, BodyInTalk]) -> Iterator[tuple[str, BodyInTalk]]:
    """The bodies, each after those in whose talks it is sent; of those that are sent in each other's, one that is sent
    in another talk too comes first."""
    left = dict(sent)
    within = {file: body.within or frozenset() for file, body in sent.items()}
    while left:
        ready = (file for file in left if not within[file] & (left.keys() - {file}))
        begun = (file for file in left if within[file] - left.keys())
        file = next(chain(ready, begun, left))
        yield file, left.pop(file)


def _stands_in(statement: tree.Statement) -> bool:
    """Whether a statement only shows that a request is sent, and where calls go on after it."""
    return isinstance(statement, tree.OnBlock) and statement.event.within is not None


def _expected(reply: DocumentReply) -> bool | None:
    """Whether a body expects that a recording runs; None where it does not tell."""
    changes = (part.is_a for part in reply.parts if part.is_a in ("StartRecording", "StopRecording"))
    first = next(changes, None)
    return None if first is None else first == "StopRecording"


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
    """What segments of a tree get, by the identity of the segment: labels, and the keys of rooms. The tags that showed
    which requests are sent go."""

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
        if label is not None or item.tags:
            item = replace(item, label=item.label if label is None else tree.Word(label, item.span), tags=())
        if keys and isinstance(item.body, tree.Connect):
            options = tuple(option for option in item.body.options if option.name.text != MODE)
            return replace(item, body=replace(item.body, options=options, keys=(*item.body.keys, *keys)))
        return item
