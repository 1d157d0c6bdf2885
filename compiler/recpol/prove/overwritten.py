"""Recordings that get one name, in one call or in all of them: the platform does not look whether a file exists
(Recording page), so that the second overwrites the first.

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
from recpol.base.pattern import pattern
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import dataclass
from recpol.platform.payload import is_per_call
from recpol.semantics.phases import TURNS, change
from recpol.syntax import tree

_EXTENSION = pattern(r"[^/]\.[A-Za-z0-9]{1,5}\Z")
_PLACE = {"azure": 2, "sdrive": 0}
"""How many parts of a URL name the place itself; of other schemes it is one."""

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


def name_of_all_calls(program: Program, store: str) -> str | None:
    """The name of the file that a recording of every call into a store gets, or of many, as it is written; None where
    calls have files of their own, and where that is not known before the backend begins a call."""
    url, name = program.names.stores[store].field("url"), _file_of(program, store)
    if url is None or name is None or not isinstance(url.value, tree.Text):
        return None
    later = [piece for piece in url.value.pieces if isinstance(piece, Placeholder)]
    own = any(piece.scope == "start" or (piece.scope == "call" and is_per_call(piece.name)) for piece in later)
    return None if own else name


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
    scheme, _, path = program.fill(url.value).partition("://")
    *folders, last = path.split("/")
    is_file = _EXTENSION.search(last) is not None or (scheme == "sdrive" and last != "")
    return last if is_file and len(folders) >= _PLACE.get(scheme, 1) else None


def _changes(piece: str | Placeholder) -> bool:
    """Whether a value is another one in each callback of a call."""
    return isinstance(piece, Placeholder) and piece.scope == "call" and piece.name in _CHANGING
