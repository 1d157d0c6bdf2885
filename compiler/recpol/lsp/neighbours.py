"""What the policies of a project mean to each other: rooms that another one records, and calls that two of them answer.

Invariant: a policy stands beside those of its own project alone, each as it was when it was last looked at; whoever is
concerned by what has changed since is to be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recpol.analysis.answering import AnsweredCalls
from recpol.analysis.program import Program
from recpol.analysis.rooms import RecordedRoom, RoomName
from recpol.base.finding import Finding
from recpol.base.record import Record, field, replace
from recpol.base.source import Source, Span
from recpol.prove.rooms import beside, room_names, shown_rooms
from recpol.rules.policy.answering import AnsweringPolicy, answered_by_two, as_told
from recpol.rules.policy.twins import named_twice
from recpol.semantics.rooms import same_room


class Shown(Record):
    """What a policy shows the others of its project, which is a folder: the rooms that it records, the names of those
    that it leads to, and what it answers, for each tenant."""

    folder: str
    rooms: tuple[RecordedRoom, ...] = ()
    names: frozenset[RoomName | None] = frozenset()
    answers: tuple[AnsweringPolicy, ...] = field(default=(), repr=False)


def shown(folder: str, programs: Sequence[Program], answers: Sequence[AnsweringPolicy]) -> Shown:
    """What a policy shows others; `programs` is how it is understood for each tenant."""
    rooms = dict.fromkeys(room for program in programs for room in shown_rooms(program))
    names = frozenset(name for program in programs for name in room_names(program))
    return Shown(folder, tuple(rooms), names, tuple(answers))


class Neighbours:
    """The policies that were looked at, by their real paths."""

    def __init__(self) -> None:
        self._shown: dict[str, Shown] = {}
        self._touched: dict[str, None] = {}

    def put(self, path: str, now: Shown) -> None:
        """Note what a policy shows others."""
        before = self._shown.get(path, Shown(now.folder))
        self._shown[path] = now
        self._touch(path, before, now)

    def forget(self, path: str) -> None:
        """There is no such policy any more."""
        before = self._shown.pop(path, None)
        if before is not None:
            self._touch(path, before, Shown(before.folder))

    def touched(self) -> list[str]:
        """The policies to look at again, since this was last asked."""
        found = list(self._touched)
        self._touched.clear()
        return found

    def beside(self, path: str, folder: str, program: Program) -> Program:
        """A policy with the rooms of the others that may be its own."""
        if not any(step.connects == "conference" for step in program.steps):
            return program
        rooms = [room for _, other in self._others(path, folder) for room in other.rooms]
        return beside(program, lambda _: rooms)

    def both_answer(self, path: str, now: Shown) -> list[Finding]:
        """What a policy answers, and one before it too, and the name that both have: as `recpol lint` does, it is told
        of the later one."""
        if not now.answers:
            return []
        earlier = sorted((other, one) for other, one in self._others(path, now.folder) if other < path)
        answers = [answer for _, one in earlier for answer in one.answers]
        own = set(map(id, now.answers))
        found = answered_by_two((*answers, *now.answers))
        names = {answer.named for answer in now.answers}
        twins = [finding for finding in named_twice((*answers, *now.answers)) if finding.span in names]
        return [*twins, *as_told(one for one in found if id(one.policy) in own and id(one.earlier) not in own)]

    def _others(self, path: str, folder: str) -> Iterator[tuple[str, Shown]]:
        return ((other, one) for other, one in self._shown.items() if other != path and one.folder == folder)

    def _touch(self, path: str, before: Shown, now: Shown) -> None:
        """Note whom it concerns that a policy shows something else, or the same at another place."""
        old, new = _placed(before), _placed(now)
        changed = [shows for at, shows in (*old.items(), *new.items()) if (at in old) != (at in new)]
        rooms = [one for one in changed if isinstance(one, RecordedRoom)]
        calls: set[tuple[str, str]] = {(one.kind, one.name) for one in changed if isinstance(one, AnsweredCalls)}
        calls |= {("", one.policy) for one in changed if isinstance(one, AnsweringPolicy)}
        for other, one in self._others(path, now.folder) if changed else ():
            room = any(same_room(name, room.name) is not False for name in one.names for room in rooms)
            if room or (other > path and not calls.isdisjoint(_calls(one))):
                self._touched[other] = None


def _calls(shown: Shown) -> Iterator[tuple[str, str]]:
    """The calls that a policy answers, and its name, which has no kind."""
    for answer in shown.answers:
        yield "", answer.policy
        yield from ((line.kind, line.name) for line in answer.lines)


def _placed(shown: Shown) -> dict[object, RecordedRoom | AnsweredCalls | AnsweringPolicy]:
    """What is shown, by what of it matters to others: a text that was read again is another source, and no change."""
    placed: dict[object, RecordedRoom | AnsweredCalls | AnsweringPolicy] = {}
    for room in shown.rooms:
        placed[replace(room, span=Span(_ANY, room.span.start, room.span.end))] = room
    for answer in shown.answers:
        placed[answer.policy, answer.tenant, answer.named.start] = answer
        for line in answer.lines:
            placed[answer.policy, answer.tenant, line.kind, line.name, line.span.start] = line
    return placed


_ANY = Source("", "")
