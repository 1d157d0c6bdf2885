"""Compiled documents to all states that a call can be in, nearest first, and guarantees to verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import recpol_check as referee

Json = dict[str, Any]
Call = tuple[str, ...]

MENU_ERROR = frozenset(("the menu fails with `error`",))
"""What the pages list, and do not say when it happens; policies cannot speak of it."""

GOES_ON = ("it is heard to its end", "the recording ")
"""What happens by itself: it is no event of a call in recpol's words."""


@dataclass(frozen=True)
class Found:
    """The verdict on a guarantee. Where it is broken, the shortest call that shows it: its events, and how many count.

    `empty`: no call comes to anything that it speaks about. `other`: it takes another caller in the same room, whose
    events are not counted; a call that breaks it alone is preferred, however long. `met`: how many events count of the
    shortest call that meets such a caller, if one does.
    """

    status: Literal["holds", "broken", "empty"]
    reason: str = ""
    call: tuple[str, ...] = ()
    other: bool = False
    met: int | None = None

    @property
    def length(self) -> int:
        """How many events of the call do not happen by themselves."""
        return sum(not event.startswith(GOES_ON) for event in self.call)


@dataclass(frozen=True)
class Explored:
    """All states of a call in one compiled folder; `places` says which segments are where (the compiler's map)."""

    folder: referee.Folder
    places: Mapping[str, list[frozenset[str]]]
    phases: Mapping[str, frozenset[str]]
    source_map: Json
    kept: dict[tuple[frozenset[str], frozenset[str], frozenset[str], bool], dict[Any, Call]] = field(
        default_factory=dict, compare=False
    )
    """States that have been looked for: most guarantees of a policy ask for the same."""

    def chosen(self, goal: referee.Guarantee) -> frozenset[str]:
        """The places that a guarantee selects."""
        return goal.chosen(self.places)

    def states(
        self,
        announced: frozenset[str] = frozenset(),
        left: frozenset[str] = frozenset(),
        *,
        without: frozenset[str] = frozenset(),
        disputed: bool = True,
    ) -> dict[Any, Call]:
        """Every state with the shortest list of events that leads to it; `without` are events that do not happen, and
        `disputed` says whether states count that some pages rule out."""
        asked = announced, left, without, disputed
        if asked not in self.kept:
            machine = referee.machine_of(self.folder, self.phases, announced, left)

            def counts(state: Any) -> bool:
                return disputed or not self._is_disputed(state)

            self.kept[asked] = nearest(
                ((state, call) for state, call in begun(machine) if counts(state)),
                lambda state: (
                    (event, after) for event, after in machine.ways(state) if event not in without and counts(after)
                ),
            )
        return self.kept[asked]

    @cached_property
    def recordings(self) -> list[Json]:
        """The options of all recordings in the documents."""
        return [form for _, form in self.folder.objects() if "destinationUrl" in form]

    def _is_disputed(self, state: Any) -> bool:
        """Whether an app call that is to be recorded is not: the pages disagree on that."""
        if not isinstance(state, referee.Call) or state.call or state.now not in ("dials", "talks"):
            return False
        action = self.folder.get(state.place)
        return referee.name_of(action) == "connectmxp" and bool(referee.FLAGS & set(action))

    def recorded(self, *, without: frozenset[str] = frozenset()) -> dict[str, set[tuple[str, ...]]]:
        """By place, what can record while it is heard: the URLs, sorted, of what surely records or may record."""
        machine = referee.machine_of(self.folder, self.phases, frozenset())
        found: dict[str, set[tuple[str, ...]]] = {}
        for state in self.states(without=without):
            for place in machine.sounds(state):
                found.setdefault(place, set()).add(urls(self.folder, state))
        return found

    def announced(self) -> dict[str, bool]:
        """By place that a recording can follow: whether it was heard in full before any recorder started."""
        return {
            place: self.verdict_on("before", frozenset({place})).status == "holds"
            for place in self.source_map["places"]
        }

    def verdict(self, text: str) -> Found:
        """The verdict on a guarantee, as it is written in a policy."""
        goal = referee.guarantee(text)
        if goal.kind == "keep":
            urls_ = [form["destinationUrl"] for form in self.recordings]
            if not urls_:
                return Found("empty")
            bad = [url for url in urls_ if not any(referee.kept(pattern, url) for pattern in goal.patterns)]
            return Found("broken", bad[0]) if bad else Found("holds")
        return self.verdict_on(goal.kind, self.chosen(goal))

    def elsewhere(self, text: str) -> bool | None:
        """Whether a recording goes where `keep recordings in` does not let it, whatever is filled in; None where a URL
        can be read in several ways."""
        urls_ = [form["destinationUrl"] for form in self.recordings]
        patterns = referee.guarantee(text).patterns
        found = [all(surely_outside(pattern, url) for pattern in patterns) for url in urls_ if not is_odd(url)]
        return True if any(found) else None if len(found) < len(urls_) else False

    def verdict_on(self, kind: str, chosen: frozenset[str]) -> Found:
        """The verdict on a guarantee of this kind about these places.

        Of the calls that break it, those count first that the pages allow: none says when the `error` of a menu comes,
        and they disagree on whether an app call is recorded.
        """
        looks = looked_for(kind, chosen)
        machine = referee.machine_of(self.folder, self.phases, *looks)
        goal = referee.Guarantee("", kind)
        states = self.states(*looks)
        rooms = referee.recorded_rooms(machine, states, goal)
        relevant = False
        broken: dict[Any, Found] = {}
        for state, call in states.items():
            if kind in ("before", "in"):
                relevant = relevant or machine.recorded(state)[0]
            else:
                relevant = relevant or not chosen.isdisjoint(machine.sounds(state))
            if reason := referee.breaks(goal, machine, chosen, state, rooms):
                alone = not rooms or referee.breaks(goal, machine, chosen, state, frozenset())
                broken[state] = Found("broken", reason, call, not alone)
        if broken:
            documented = self.states(*looks, without=MENU_ERROR, disputed=False)
            sure = [replace(found, call=documented[state]) for state, found in broken.items() if state in documented]
            found = sure or list(broken.values())
            met = min((one.length for one in found if one.other), default=None)
            return replace(min(found, key=lambda one: (one.other, one.length)), met=met)
        return Found("holds" if relevant else "empty")


def looked_for(kind: str, chosen: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What a machine has to follow for a guarantee of this kind: announcements, and opt-outs."""
    announced, left = (chosen if kind in (one, "in") else frozenset[str]() for one in ("before", "opt-out"))
    return announced, left


def is_odd(url: str) -> bool:
    """Whether no page says how a URL is read."""
    path = url.partition("://")[2]
    return re.search(r"[%\\]|//", path) is not None or not {".", ".."}.isdisjoint(path.split("/"))


def surely_outside(pattern: str, url: str) -> bool:
    """Whether a URL lies outside a pattern whatever stands for its placeholders, and for those of the pattern; a last
    part without a `/` may be a folder."""
    hole = referee.PLACEHOLDER.sub("\0", url)
    parts = re.findall(r"\*\*|\*|[^*]", referee.PLACEHOLDER.sub("**", pattern))
    return not any(_may_match(parts, form) for text in (hole, hole.replace("/\0/", "/")) for form in (text, text + "/"))


def _may_match(parts: list[str], text: str) -> bool:
    """Whether a text with some text for each NUL matches the parts of a pattern."""
    at = {0}
    for sign in text:
        for n, part in enumerate(parts):
            at |= {n + 1} if n in at and part in ("*", "**") else set()
        if sign == "\0":
            at = set(range(min(at, default=0), len(parts) + 1)) if at else at
            continue
        stays = {n for n in at if parts[n : n + 1] == ["**"] or (parts[n : n + 1] == ["*"] and sign != "/")}
        at = stays | {n + 1 for n in at if parts[n : n + 1] == [sign]}
    return any(set(parts[n:]) <= {"*", "**"} for n in at)


BEGUN = ("the backend begins the call", "the person called answers")
"""The events of a call that the backend begins, until somebody hears something."""


def begun(machine: Any) -> Iterator[tuple[Any, Call]]:
    """The states in which calls begin, each with its events: none where a call comes in."""
    for word, state in machine.ways(None):
        called = word.startswith("the backend calls ")
        yield state, BEGUN[: 1 + (getattr(state, "now", "") != "dials")] if called else ()


def nearest(starts: Iterable[tuple[Any, Call]], follow: Callable[[Any], Iterable[tuple[str, Any]]]) -> dict[Any, Call]:
    """Everything that can be come to, with the shortest list of events that leads there, nearest first."""
    far: dict[Any, Call] = {}
    levels: list[list[tuple[Any, Call]]] = [[], [], []]  # by the number of events that count
    for start, call in starts:
        levels[len(call)].append((start, call))
    for number, level in enumerate(levels):
        for at, call in level:
            if at in far:
                continue
            far[at] = call
            for event, after in follow(at):
                if event.startswith(GOES_ON):
                    level.append((after, (*call, event)))
                    continue
                if number + 1 == len(levels):
                    levels.append([])
                levels[number + 1].append((after, (*call, event)))
    return far


def urls(folder: referee.Folder, state: Any) -> tuple[str, ...]:
    """Where what records in a state goes."""
    if isinstance(state, referee.Call):
        return tuple(sorted(url for url in (state.call, state.room) if url))
    starts = [item.split(" ", 3)[3] for item in state.recordings]
    return tuple(sorted({folder.get(f"{place}/recordingOptions")["destinationUrl"] for place in starts}))


def explore(folder: referee.Folder, source_map: Json) -> Explored:
    """A compiled folder and the compiler's map of it, ready to be asked."""
    places = referee.read_places(source_map["segments"], source_map["places"])
    phases = {name: frozenset(within) for name, within in source_map["phases"].items()}
    return Explored(folder, places, phases, source_map)
