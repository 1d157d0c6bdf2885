"""Manage Call bodies that start and stop a recording, to phases of the conversation that they belong to.

A body does not say which conversation it is sent to; a manifest says after which replies that goes on. Without one it
is the conversation that alone is in the state which the bodies expect; where several are, they are refused.

Invariant: a phase changes nothing of what is recorded outside of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from recpol.analysis.program import Program, program_of
from recpol.analysis.recorder import RecordedStores, wanted
from recpol.analysis.steps import Step
from recpol.base.finding import Finding
from recpol.base.jsontree import Object
from recpol.base.record import Record, replace
from recpol.base.source import Span
from recpol.base.typing import Literal
from recpol.importer.placed import rebuilt, record_rule
from recpol.platform.targets import Target
from recpol.svaml.document import DocumentReply, ReplyPart
from recpol.svaml.stores import Stores, options_of
from recpol.svaml.v1.segments import segments_of
from recpol.svaml.values import Unsupported
from recpol.syntax import tree
from recpol.targets.filenames import file_of, request_file

_MOMENT = re.compile(r"(.+)-(begin|end)\Z")


SaidAt = Literal["before", "between", "after"]
"""Where a prompt stands: before what changes the recorder, between two changes, or after them."""


class SaidPrompt(Record):
    """A prompt of a body and where it stands; between two changes with the options of the recording that runs then,
    None where none does."""

    segment: tree.Segment
    at: SaidAt
    options: Object | None = None


class NamedChanges(Record):
    """What a body changes where recordings have names: those that it stops, by name, and the stores to which it starts
    others."""

    stops: tuple[str, ...]
    starts: tuple[str, ...]


class PhaseBody(Record):
    """One body: the options of the recording that it starts, None where it stops one, its place, and what it says.

    `changes` is false where it only says something. `within` are the files after which its conversation goes on, None
    where nobody says. `named` is what it changes where recordings have names.
    """

    options: Object | None
    span: Span
    said: tuple[SaidPrompt, ...] = ()
    changes: bool = True
    within: frozenset[str] | None = None
    named: NamedChanges | None = None


class PhaseClaim(Record):
    """What a manifest says of a body: who hears what it plays, and the files after which its conversation goes on."""

    party: str | None
    within: frozenset[str] | None


PhaseTurns = Mapping[str, PhaseBody]
"""The bodies of a phase, `begin` and `end`."""

PhaseBodies = Mapping[str, PhaseTurns]
"""From the name of a phase to its bodies."""

StoreOf = Callable[[str], str | None]
"""The store of a recording, by its name; None where no such recording begins."""

PhaseFits = Callable[[Program, Step, Step, PhaseTurns], bool]
"""Whether a phase can belong to the conversation that is a step, to which a connect leads."""


def turn_of(reply: DocumentReply) -> tuple[str, str] | None:
    """The phase and the moment that the name of a request says; None where it says none."""
    return turn_in(reply.label) if reply.event == "manage" else None


def turn_in(name: str) -> tuple[str, str] | None:
    """The phase and the moment in the name of a request."""
    found = _MOMENT.match(name)
    return None if found is None else (found[1], found[2])


def moment_of(reply: DocumentReply) -> tuple[str, str] | None:
    """The phase and the moment of a body that starts or stops a recording; None for other replies."""
    return None if _body(reply) is None else turn_of(reply)


def _body(reply: DocumentReply, *, idle: bool = False) -> PhaseBody | None:
    """What a reply changes, as an action or as instructions before `continue`, and what it says then; None where it
    does anything else, and, unless it may be `idle`, where it changes nothing."""
    if reply.action is None:
        return None
    parts = (reply.action,) if not reply.instructions else reply.instructions
    if reply.instructions and reply.action.is_a != "Continue":
        return None
    bodies: list[PhaseBody] = []
    said: list[tuple[tree.Item, int]] = []
    lost: list[Unsupported] = []
    for part in parts:
        changed = _change(part)
        if changed is not None:
            bodies.append(changed)
        elif part.is_a in ("Say", "PlayFiles"):
            said += [(item, len(bodies)) for item in segments_of(part, lost)]
        else:
            return None
    segments = [(item, number) for item, number in said if isinstance(item, tree.Segment)]
    if not (bodies or (idle and segments)) or lost or len(segments) < len(said):
        return None
    last = bodies[-1] if bodies else PhaseBody(None, reply.object.span, changes=False)
    return replace(last, said=tuple(_prompt(item, bodies, number) for item, number in segments))


def _prompt(item: tree.Segment, bodies: Sequence[PhaseBody], number: int) -> SaidPrompt:
    """A prompt that stands after some of the changes of a body."""
    if 0 < number < len(bodies):
        return SaidPrompt(item, "between", bodies[number - 1].options)
    return SaidPrompt(item, "before" if number == 0 else "after")


def _change(part: ReplyPart) -> PhaseBody | None:
    span = part.node.span if part.name is None else part.name.inside
    if part.is_a == "StopRecording":
        return PhaseBody(None, span)
    options = options_of(part)
    return PhaseBody(options[0], span) if part.is_a == "StartRecording" and options is not None else None


def phases_of(replies: Mapping[str, DocumentReply], claims: Mapping[str, PhaseClaim]) -> tuple[PhaseBodies, list[str]]:
    """The phases among some replies, and the files of the other replies; `claims` is what a manifest says of bodies, by
    file."""
    phases: dict[str, dict[str, PhaseBody]] = {}
    left: list[str] = []
    for file, reply in replies.items():
        found, claim = turn_of(reply), claims.get(file, PhaseClaim(None, None))
        body = None if found is None else _body(reply, idle=claim.within is not None)
        if found is None or body is None:
            left.append(file)
        else:
            said = tuple(replace(one, segment=to_party(one.segment, claim.party)) for one in body.said)
            phases.setdefault(found[0], {})[found[1]] = replace(body, said=said, within=claim.within)
    return phases, left


_PARTIES = {"caller": "caller", "callee": "callee", "both": "everyone"}


def party_at(leg: object) -> str | None:
    """Who hears what is sent to a leg of the manifest; None where it names no leg."""
    return _PARTIES.get(leg) if isinstance(leg, str) else None


def claims_of(manifest: object) -> dict[str, PhaseClaim]:
    """What a manifest says of the bodies of phases, by file."""
    listed = manifest.get("replies") if isinstance(manifest, dict) else None
    found: dict[str, PhaseClaim] = {}
    for entry in listed if isinstance(listed, list) else ():
        answers = entry.get("answers") if isinstance(entry, dict) else None
        for answer in answers if isinstance(answers, list) else ():
            if isinstance(answer, dict) and "phase" in answer:
                within = answer.get("in")
                files = frozenset(map(str, within)) if isinstance(within, list) else None
                found[str(entry.get("file"))] = PhaseClaim(party_at(answer.get("leg")), files)
    return found


def to_party(item: tree.Segment, party: str | None) -> tree.Segment:
    """A prompt that says who hears it; to the caller it is where nothing is said."""
    if party in (None, "caller") or not isinstance(item.body, tree.Addressed):
        return item
    return replace(item, body=replace(item.body, to=tree.Word(party or "", item.span)))


def unchanging(others: Iterable[DocumentReply], claims: Mapping[str, PhaseClaim]) -> Iterator[Finding]:
    """The bodies of which a manifest says that they are phases', and which change nothing of what is recorded: so
    nothing tells where they belong."""
    for reply in others:
        found = turn_of(reply)
        if found is not None and request_file(*found) in claims:
            message = f"which conversation has the phase `{found[0]}`: it changes nothing of what is recorded"
            begin = reply.object.span
            place = begin.source.span(begin.start, begin.start + 1)
            yield Finding(message, place, help="write the phase by hand")


def by_file(unit: Program, connect: Step, talk: Step, bodies: PhaseTurns) -> bool:
    """Whether a manifest says that the talk of a phase goes on after the reply that connects, or says nothing."""
    del talk
    files = (body.within for body in bodies.values() if body.within is not None)
    return all(file_of(unit.handler_of(connect)) in some for some in files)


def unnamed(recording: str) -> str | None:
    """The store of a recording in a dialect in which recordings have no names: none is known."""
    del recording
    return None


def with_phases(
    file: tree.File, phases: PhaseBodies, target: Target, fits: PhaseFits = by_file, store_of: StoreOf = unnamed
) -> tuple[tree.File, list[Finding]]:
    """A tree of a target's dialect with phases in the conversations that they fit, and what fits none, or several."""
    found: list[Finding] = []
    stores = [statement for statement in file.statements if isinstance(statement, tree.Store)]
    paused: dict[int, list[tuple[tree.Word, str]]] = {}
    inside: dict[int, list[tree.Phase]] = {}
    rules: list[tree.Statement] = []
    unit = program_of(file, (target,)) if phases else None
    labels = set(unit.names.labels) if unit is not None else set[str]()
    for name, bodies in phases.items():
        one = next(iter(bodies.values()))
        if unit is None or (len(bodies) < 2 and one.within is None):
            found.append(Finding(f"only one body of the phase `{name}`", one.span, help="import both"))
            continue
        places = _conversations(unit, bodies, _States(stores, store_of), fits)
        if len(places) != 1:
            what = "no conversation is" if not places else f"{len(places)} conversations are"
            message = f"which conversation has the phase `{name}`: {what} in the state that it expects"
            found.append(Finding(message, one.span, help="write the phase by hand"))
            continue
        connect, talks, within, around = places[0]
        word = tree.Word(name, one.span)
        inner, outer = next(iter(within), None), next(iter(around), None)  # what says something changes one
        told = _Told(name, inner, outer, stores, labels)
        moments = [told.prompts(turn, bodies[turn]) for turn in ("begin", "end") if turn in bodies]
        said = tuple(moment for moment in moments if moment.segments)
        inside.setdefault(connect.index, []).append(tree.Phase(word, (), word.span, said))
        alone = len(around) < 2 and len(within) < 2  # else what both are recorded to needs no rule of the phase
        for store in around:
            for talk in talks if alone or store not in within else ():
                paused.setdefault(talk.index, []).append((word, store))
        for store in within:
            if alone or store not in around:
                rules.append(record_rule(word, told.apart, tree.Word(store, word.span), word.span))
        rules += [record_rule(one, (), tree.Word(store, one.span), one.span) for one, store in told.recorded]
    if unit is None or found:
        return file, found
    return rebuilt(file, unit, stores, inside, paused, rules), []


class _Told:
    """What a phase says: the prompts that are recorded otherwise than the phase get labels, which rules name. `stores`
    are those of the tree, and others are added; `taken` are the labels that there are."""

    def __init__(
        self, name: str, within: str | None, around: str | None, stores: list[tree.Store], taken: set[str]
    ) -> None:
        self.name, self.within, self.around, self.stores, self.taken = name, within, around, stores, taken
        self.apart: tuple[tree.Word, ...] = ()
        self.recorded: list[tuple[tree.Word, str]] = []

    def prompts(self, moment: str, body: PhaseBody) -> tree.PhasePrompts:
        first, last = (self.around, self.within) if moment == "begin" else (self.within, self.around)
        said: list[tree.Segment] = []
        for one in body.said:
            between = None if one.options is None else _store(one.options, self.stores)
            said.append(self._one(one.segment, {"before": first, "between": between, "after": last}[one.at]))
        return tree.PhasePrompts(moment, tuple(said), body.span)

    def _one(self, item: tree.Segment, store: str | None) -> tree.Segment:
        if store == self.within:
            return item
        names = (f"{self.name}-said-{number}" for number in count(1))
        label = tree.Word(next(name for name in names if name not in self.taken), item.span)
        self.taken.add(label.text)
        self.apart += (label,)
        if store is not None:
            self.recorded.append((label, store))
        return replace(item, label=label)


class _States:
    """What bodies make of the stores that are recorded to; `stores` are those of the tree, and others are added."""

    def __init__(self, stores: list[tree.Store], store_of: StoreOf) -> None:
        self.stores, self.store_of = stores, store_of

    def after(self, body: PhaseBody | None, before: RecordedStores) -> RecordedStores | None:
        """The stores that are recorded to after a body was sent; None where it does not fit what was before."""
        if body is None or not body.changes:
            return before
        if body.named is None:
            return () if body.options is None else (_store(body.options, self.stores),)
        stopped = [self.store_of(name) for name in body.named.stops]
        going = [store for store in before if store not in stopped]
        if not set(stopped) <= set(before) or not set(body.named.starts).isdisjoint(going):
            return None
        order = [store.name.text for store in self.stores]
        return tuple(sorted({*going, *body.named.starts}, key=order.index))


def _store(options: Object, stores: list[tree.Store]) -> str:
    """The name of the store of some options, which is added where there is none."""
    new = Stores([], taken=[store.name.text for store in stores]).of(options, options.span)
    same = next((store for store in stores if store.fields == new.fields), None)
    if same is None:
        stores.append(new)
    return (same or new).name.text


def _conversations(
    unit: Program, bodies: PhaseTurns, states: _States, fits: PhaseFits
) -> list[tuple[Step, tuple[Step, ...], RecordedStores, RecordedStores]]:
    """The conversations that a phase can belong to: the connect, the steps that are the talk, and the stores to which
    the phase and the talk around it are recorded.

    Where no talk follows a connect, only a lost reply to ACE leads to the phase; which phases it has, a manifest says.
    """
    found: list[tuple[Step, tuple[Step, ...], RecordedStores, RecordedStores]] = []
    said = unit.loses_replies and any(body.within is not None for body in bodies.values())
    for step in unit.steps:
        if step.connects not in ("pstn", "sip", "conference"):
            continue
        talks = unit.graph.conversations.get(step.index, ()) or ((step,) if said else ())
        recorded = {wanted(unit.decisions, talk) for talk in talks}
        if len(recorded) != 1 or not all(fits(unit, step, talk, bodies) for talk in talks):
            continue
        # What changes nothing is recorded as the talk is.
        (around,) = recorded
        within = states.after(bodies.get("begin"), around)
        if within is not None and states.after(bodies.get("end"), within) == around:
            found.append((step, talks, within, around))
    return found
