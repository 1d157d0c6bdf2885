"""Recordings of one call that get one name: the platform does not look whether a file exists (Recording page), so that
the second overwrites the first.

A store whose URL names a file has that name for every recording of a call, also where a placeholder tells one call from
the next. A second recording begins where the recorder was off, or wrote to another store, in between, and with each
room that is recorded.

Invariant: proportional to handlers, ways and states of the recorder; no path is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from recpol.analysis.program import Program
from recpol.analysis.recorder import spread, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import dataclass
from recpol.semantics.phases import TURNS, change
from recpol.syntax import tree

_EXTENSIONS = (".mp3", ".wav")

_CHANGING = frozenset({"timestamp", "menuResult.value", "custom", "cookies"})
"""Fields that may hold something else in each callback of a call (Callback API page)."""

_State = tuple[str | None, frozenset[str]]
"""The store that the recorder writes to, and those to which an earlier recording of the call went."""


@dataclass(frozen=True, slots=True)
class SecondRecording:
    """A step with which a second recording of a call into a store begins; `name` is the file's, as it is written."""

    store: str
    step: Step
    name: str


def second_recordings(program: Program) -> Iterator[SecondRecording]:
    """The first step for each store with which a recording begins that overwrites another of the same call."""
    named = {store: name for store in program.names.stores if (name := _file_of(program, store)) is not None}
    told: set[str] = set()
    for store, step in _seconds(program, frozenset(named)):
        if store not in told:
            told.add(store)
            yield SecondRecording(store, step, named[store])


def _seconds(program: Program, named: frozenset[str]) -> Iterator[tuple[str, Step]]:
    if not named:
        return

    def leave(at: int, state: _State) -> _State:
        passed = [after for _, after in _through(program, program.handlers[at], state, named)]
        return passed[-1] if passed else state

    fresh: _State = (None, frozenset())
    entries = spread(program.graph, fresh, leave)
    for handler in program.handlers:
        for before in tuple(entries.get(handler.index, ())) or (fresh,):
            for step, after in _through(program, handler, before, named):
                if after[0] is not None and after[0] != before[0] and after[0] in before[1]:
                    yield after[0], step
                room = program.decided(step).conference_store
                if room is not None and room in named and room in (after[0], *before[1]):
                    yield room, step
                before = after
    for step in program.steps:
        # A phase comes any number of times, so that what it changes happens twice.
        if isinstance(step.body, tree.Phase) and program.is_reachable(step):
            for turn in TURNS:
                for one, then in pairwise(change(program, step, turn).stores):
                    if then is not None and then != one and then in named:
                        yield then, step


def _through(program: Program, handler: Handler, state: _State, named: frozenset[str]) -> Iterator[tuple[Step, _State]]:
    """The state with each step of a handler that can be recorded."""
    store, closed = state
    for step in handler.segments:
        if step.recordable:
            next_ = wanted(program.decisions, step)
            if next_ != store and store in named and store is not None:
                closed = closed | {store}
            store, room = next_, program.decided(step).conference_store
            if room in named and room is not None:
                closed = closed | {room}  # a room's recording is finished, or goes on, without this call
            yield step, (store, closed)


def _file_of(program: Program, name: str) -> str | None:
    """The file that a store's URL names; None where it names none, or that is not known."""
    url = program.names.stores[name].field("url")
    if url is None or not isinstance(url.value, tree.Text):
        return None
    if any(isinstance(piece, BadPlaceholder) or _changes(piece) for piece in url.value.pieces):
        return None
    last = program.fill(url.value).rpartition("/")[2]
    return last if last.lower().endswith(_EXTENSIONS) else None


def _changes(piece: str | Placeholder) -> bool:
    """Whether a value is another one in each callback of a call."""
    return isinstance(piece, Placeholder) and piece.scope == "call" and piece.name in _CHANGING
