"""PATCH requests of Voice API v2, to phases and to requests within talks.

A request that stops a recording names it, so that tells its talk: the one that this recording takes. Others are sent in
every talk of the documents that a manifest names, or of all; where these differ in what records them, the request is
refused.

Invariant: nothing is dropped in silence; what the language cannot say is added to what the reader has lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores
from recpol.analysis.steps import Step
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Source, Span
from recpol.importer.phases import NamedChanges, PhaseBody, PhaseClaim, PhaseTurns, claims_of, turn_in, with_phases
from recpol.importer.sent import BodyInTalk, ReadRequest, RequestClaim, requests_of, with_sent
from recpol.importer.walk import bodies_of
from recpol.platform.targets import Target
from recpol.svaml.filenames import told
from recpol.svaml.v2 import segments as lines
from recpol.svaml.v2.commands import CommandList, CommandScript
from recpol.svaml.v2.incoming import CallReader
from recpol.svaml.v2.pieces import ReadHandler, Recordings, UnderWay, in_order, plain_command, point_of, recorded_items
from recpol.svaml.values import Unsupported
from recpol.syntax import tree
from recpol.targets.filenames import holding_files, reply_file, request_file

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def patch_name(path: str) -> str:
    """The name of a request, from that of its file."""
    part = told(path, ("manage", "patch", "update"))
    return (_NOT_IN_NAMES.sub("-", part.after).strip("-") if part is not None else "") or "request"


def patch_file(name: str, manifest: object) -> str:
    """The file that a compilation gives a request: that of a phase, where the name says a moment of one and a manifest
    does not say otherwise."""
    turn, requests = turn_in(name), requests_of(manifest)
    whole = reply_file("manage", name)
    return whole if turn is None or whole in (requests or {}) else request_file(*turn)


def with_changes(
    reader: CallReader, source: Source, scripts: Mapping[str, CommandScript], manifest: object, target: Target
) -> tuple[tree.File, list[Finding]]:
    """A tree with what a reader has read and with requests, by their files, and those that no talk was found for."""
    found = _Changes(reader)
    claims, requests = claims_of(manifest), requests_of(manifest) or {}
    for name, script in scripts.items():
        turn = turn_in(patch_name(script.body.span.source.path))
        if turn is not None and name == request_file(*turn):
            found.phase(turn, script, claims.get(name))
        else:
            found.request(name, script, requests.get(name, RequestClaim()))
    stores = reader.stores.all
    file = tree.File(source, (*stores, *(handler.block for handler in reader.handlers)))
    file, unplaced = with_phases(file, found.phases, target, found.fits, found.store_of)
    file, unsent = with_sent(file, found.requests, target, reader.stores, reader.lost, found.where)
    return found.ordered(file), [*unplaced, *unsent]


class _Changes(Record, frozen=False):
    """The requests that have been read; `begins` are the recordings that begin with a phase, `started` those that begin
    with a request, each by its name."""

    reader: CallReader
    phases: dict[str, dict[str, PhaseBody]] = field(default_factory=dict)
    requests: dict[str, BodyInTalk] = field(default_factory=dict)
    begins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    started: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def phase(self, turn: tuple[str, str], script: CommandScript, claim: PhaseClaim | None) -> None:
        """Read the request at which a phase begins or ends."""
        name, moment = turn
        top = self._commands(script)
        stops: list[str] = []
        starts: list[UnderWay] = []
        for number, command in enumerate(() if top is None else top.commands):
            place = command.node.span if command.name is None else command.name.inside
            if command.is_a == "stopRecording" and len(stops) == number:
                plain_command(command, self.reader.lost)
                ended = command.text("recordingName")
                stops += [] if ended is None else [ended.text]
            elif command.is_a == "startRecording":
                start = self.reader.start(command, place)
                starts += [start] if start.name else []  # what has no name is lost already
                if start.finish is not None:
                    self.reader.lost.append(Unsupported(place, "what follows the end of a recording here"))
            else:
                what = f"`{command.is_a}` here" if command.is_a else "this command"
                self.reader.lost.append(Unsupported(place, what))
        if starts and moment == "begin":
            self.begins[name] = tuple(one.name for one in starts)
        begin = _begin(script)
        within = None if claim is None else claim.within
        for one, then in pairwise(starts):
            self.reader.stores.follows(one.store, then.store)
        changes = NamedChanges(tuple(stops), tuple(one.store for one in starts))
        body = PhaseBody(None, begin, (), bool(stops or starts), within, changes)
        self.phases.setdefault(name, {})[moment] = body

    def request(self, file: str, script: CommandScript, claim: RequestClaim) -> None:
        """Read a request that is sent while people talk, as far as it does not depend on the talk."""
        top, place = self._commands(script), _begin(script)
        changing = [one for one in (() if top is None else top.commands) if one.is_a in _CHANGES]
        first = changing[0] if changing else None
        ended = None if first is None or first.is_a != "stopRecording" else first.text("recordingName")
        expects = None if first is None else first.is_a == "stopRecording"
        name = patch_name(script.body.span.source.path)

        def read(stores: RecordedStores, recordings: tuple[str, ...], lost: list[Unsupported]) -> ReadRequest:
            del lost  # the reader has its own
            running = tuple(replace(self.reader.begun[one], finish=None) for one in recordings)
            running = running or tuple(UnderWay(store, "", None) for store in stores)
            return ReadRequest((), stores, recordings) if top is None else self._read(name, top, running)

        self.requests[file] = BodyInTalk(
            name, place, expects, read, claim.within, claim.party, {}, None if ended is None else ended.text
        )

    def _read(self, name: str, top: CommandList, running: Recordings) -> ReadRequest:
        at = top.node.span if top.key is None else top.key.inside
        found = self.reader.sent(top, running)
        last = found.runs[-1][1]
        if not (last and isinstance(last[-1], tree.Segment) and isinstance(last[-1].body, tree.Hangup)):
            last.append(lines.segment(tree.Continue(at), at))
        self.started[name] = found.started
        items = tuple(item for state, some in found.runs for item in recorded_items(state, some))
        return ReadRequest(items, tuple(one.store for one in found.left), tuple(one.name for one in found.left))

    def _commands(self, script: CommandScript) -> CommandList | None:
        for member in script.body.members:
            if member.name != "commands":
                self.reader.lost.append(Unsupported(member.key.inside, f"`{member.name}` beside `commands`"))
        top = next((one for one in script.lists if one.word == "commands"), None)
        if top is None:
            self.reader.lost.append(Unsupported(script.body.span, "a document without `commands`", odd=True))
        return top

    def recordings(self, connect: Step, talk: Step) -> tuple[str, ...]:
        """The names of the recordings that take the talk to which a connect leads."""
        own = self.reader.talks.get(point_of(talk.node.span), ())
        return (self.reader.talks.get(point_of(connect.node.span)) if own is None else own) or ()

    def fits(self, unit: Program, connect: Step, talk: Step, bodies: PhaseTurns) -> bool:
        """Whether a phase can belong to a talk: by the documents that it begins in, and by the recording that stops."""
        standing = set(holding_files(unit, unit.handler_of(connect)))
        if any(body.within is not None and standing.isdisjoint(body.within) for body in bodies.values()):
            return False
        begin = bodies.get("begin")
        stopped = () if begin is None or begin.named is None else begin.named.stops
        return set(stopped) <= set(self.recordings(connect, talk))

    def store_of(self, recording: str) -> str | None:
        """The store of a recording, by its name."""
        found = self.reader.begun.get(recording)
        return None if found is None else found.store

    def where(self, unit: Program, connect: Step, talk: Step) -> tuple[frozenset[str], tuple[str, ...]]:
        """The documents in which a talk begins, and the recordings that take it."""
        return frozenset(holding_files(unit, unit.handler_of(talk))), self.recordings(connect, talk)

    def ordered(self, file: tree.File) -> tree.File:
        """A tree with its handlers in the order in which the recordings are numbered."""
        begun = {_key(handler.block): handler.started for handler in self.reader.handlers}
        begun |= {("manage", name): names for name, names in self.started.items()}
        blocks = [one for one in file.statements if isinstance(one, tree.OnBlock)]
        read = [ReadHandler(one, (*begun.get(_key(one), ()), *self._phases_of(one))) for one in blocks]
        others = [one for one in file.statements if not isinstance(one, tree.OnBlock)]
        rules = [one for one in others if isinstance(one, tree.RecordRule)]
        first = [one for one in others if not isinstance(one, tree.RecordRule)]
        return tree.File(file.source, (*first, *in_order(read), *rules))

    def _phases_of(self, block: tree.OnBlock) -> Iterator[str]:
        for body in bodies_of(block):
            for phase in body.phases if isinstance(body, tree.Connect) else ():
                if isinstance(phase, tree.Phase) and phase.name.text in self.begins:
                    yield from self.begins[phase.name.text]


_CHANGES = ("startRecording", "stopRecording")


def _begin(script: CommandScript) -> Span:
    return script.body.span.source.span(script.body.span.start, script.body.span.start + 1)


def _key(block: tree.OnBlock) -> tuple[str, str | None]:
    return block.event.kind.text, None if block.event.name is None else block.event.name.text
