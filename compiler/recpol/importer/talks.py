"""Talks in which requests are sent, to the labels by which they are meant.

A talk has the label of the connect that leads to it, unless it has one of its own. So the connect of talks gets a label
where they are recorded alike and the same is sent in all of them; else each of these talks gets one.

Invariant: a label that is given means the talks in which a manifest has a request sent, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, wanted
from recpol.analysis.requests import REACHED
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.syntax import tree
from recpol.targets.filenames import file_of

Whereabouts = Callable[[Program, Step, Step], tuple[frozenset[str], tuple[str, ...]]]
"""A connect and a step of the talk that it leads to, to the files that begin the talk there, and the names of the
recordings, where recordings have names."""

RequestFiles = Mapping[str, frozenset[str]]
"""From the file of a request to those in which the talks began in which it is sent, as a manifest says."""


def by_reply(unit: Program, connect: Step, talk: Step) -> tuple[frozenset[str], tuple[str, ...]]:
    """Where a talk begins in replies, each of which is a file."""
    del connect
    return frozenset((file_of(unit.handler_of(talk)),)), ()


class TalkOfRequests(Record):
    """Talks that are alike: the connect that leads to them, the steps that they are, the stores that they are recorded
    to, the files that they can begin in, the names of the recordings, and the label, where it is the talk after a
    request that begins another.

    With `apart` the connect leads to other talks too, so that its label would not tell which are meant. `answered` are
    the files of the replies to ACE that begin a talk where nobody has been connected before, and so the platform sets
    the call up: a manifest names the file of this talk beside theirs too, for such a reply can get lost.
    """

    connect: Step
    steps: tuple[Step, ...]
    stores: RecordedStores
    files: frozenset[str]
    recordings: tuple[str, ...] = ()
    label: str = ""
    apart: bool = False
    answered: frozenset[str] = frozenset()


def talks_of(unit: Program, where: Whereabouts, within: RequestFiles) -> Iterator[TalkOfRequests]:
    """The talks of a tree, but for those after requests, those of a connect together where they are recorded alike and
    the same is sent in them."""
    for step in unit.steps:
        found: dict[tuple[RecordedStores, frozenset[str], frozenset[str]], list[Step]] = {}
        for talk in _begun(unit, step):
            asked = _asked(within, where(unit, step, talk)[0])
            if not asked and _is_parked(unit, talk):
                continue  # it gets a label of its own
            found.setdefault((wanted(unit.decisions, talk), asked, _answered(unit, talk)), []).append(talk)
        for (stores, _, answered), alike in found.items():
            files, (recordings, *_) = zip(*(where(unit, step, one) for one in alike), strict=True)
            everywhere = frozenset[str]().union(*files)
            apart = len(found) > 1
            yield TalkOfRequests(step, tuple(alike), stores, everywhere, recordings, apart=apart, answered=answered)


def _begun(unit: Program, step: Step) -> Iterator[Step]:
    """The talks that a connect leads to; of a talk that no connect is known to lead to, itself."""
    if step.connects:
        for talk in unit.graph.talks(step, unit.steps):
            if not unit.handler_of(talk).in_talk and (talk is not step or step.connects in REACHED):
                yield talk
    elif unit.handler_of(step).kind == "ace" and isinstance(step.body, tree.Continue) and not _before(unit, step):
        yield step


def _answered(unit: Program, talk: Step) -> frozenset[str]:
    """The files of the replies to ACE that come where a `continue` sets the call up."""
    begun = unit.graph.conversations.get(talk.index, ()) if isinstance(talk.body, tree.Continue) else ()
    return frozenset(file_of(unit.handler_of(one)) for one in begun if one is not talk)


def _is_parked(unit: Program, talk: Step) -> bool:
    """Whether a talk goes on after parking."""
    handler = unit.handler_of(talk)
    return handler.kind == "manage" and not handler.in_talk and isinstance(talk.body, tree.Continue)


def _before(unit: Program, talk: Step) -> tuple[Step, ...]:
    """The connects that lead to a talk."""
    return unit.graph.before.get(talk.index, ())


def _asked(within: RequestFiles, files: frozenset[str]) -> frozenset[str]:
    """The requests that are sent in a talk that begins in some files."""
    return frozenset(request for request, begun in within.items() if begun & files)


def others_after(talks: Sequence[TalkOfRequests], within: RequestFiles) -> Iterator[str]:
    """The requests after which the talk is another: what is sent in it differs from what is sent in the talks before
    it, those after requests too."""
    for request, begun in within.items():
        before = (one.files for one in talks if one.files & begun)
        requests = (frozenset((one,)) for one in begun & within.keys())
        if _asked(within, frozenset((request,))) != _asked(within, frozenset[str]().union(*before, *requests)):
            yield request


class TalkLabels:
    """The labels of talks: their own, those of their connects, and those that are `given` to steps that have none.
    `meant` are the steps whose labels say in which talks a request is sent."""

    def __init__(self, unit: Program, talks: Sequence[TalkOfRequests]) -> None:
        self.unit = unit
        self.given: dict[int, str] = {}
        self.meant: set[int] = set()
        self.taken = set(unit.names.labels)
        self.last: dict[str, int] = {}
        self.apart = {step.index: step for one in talks if one.apart for step in one.steps if step is not one.connect}

    def free(self, wish: str) -> str:
        """A label that nothing has, taken now."""
        name, number = wish, self.last.get(wish, 0)
        while name in self.taken:  # all up to the last number that was given are
            number += 1
            name = f"{wish}-{number}"
        self.taken.add(name)
        self.last[wish] = number
        return name

    def of(self, talk: TalkOfRequests) -> Iterator[str]:
        """The labels by which some talks are meant, and no others."""
        for step in talk.steps if not talk.label else ():
            yield self._label(step if step.label is not None or step.index in self.apart else talk.connect)
        if talk.label:
            yield talk.label

    def _label(self, step: Step) -> str:
        self.meant.add(step.index)
        if step.label is not None:
            return step.label.text
        if step.index not in self.given:
            self.given[step.index] = self.free("talk")
        return self.given[step.index]

    def part(self, within: RequestFiles) -> None:
        """Give labels to talks that else would be meant by those of the talks before: after parking where no request is
        sent in them, and those whose connect has a label that means others."""
        for step in self.unit.steps if within else ():
            handler = self.unit.handler_of(step)
            asked = any(file_of(handler) in files for files in within.values())
            if step.label is None and not asked and _is_parked(self.unit, step):
                self.given[step.index] = self.free(f"{handler.name}-on")
        for step in self.apart.values():
            if step.label is None and any(one.index in self.meant for one in _before(self.unit, step)):
                self._label(step)
