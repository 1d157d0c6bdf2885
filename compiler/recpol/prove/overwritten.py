"""Recordings that get one name, in one call or in all of them: the platform does not look whether a file exists
(Recording page), so that the second overwrites the first.

A store whose URL names a file has that name for every recording of a call, also where a placeholder tells one call from
the next. A second recording begins where the recorder was off, or wrote to another store, in between, with each room
that is recorded, and where two stores with one URL are recorded to.

Invariant: proportional to handlers, ways and states of the recorder; no path is listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun, ended, spread, wanted
from recpol.analysis.steps import Handler, Step
from recpol.analysis.variables import fact
from recpol.base.pattern import pattern
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import Record
from recpol.platform.payload import is_per_call
from recpol.semantics.phases import TURNS, change
from recpol.syntax import tree

_EXTENSION = pattern(r"[^/]\.[A-Za-z0-9]{1,5}\Z")
_PLACE = {"azure": 2, "sdrive": 0}
"""How many parts of a URL name the place itself; of other schemes it is one."""

_CHANGING = frozenset({"timestamp", "menuResult.value", "custom", "cookies"})
"""Fields that may hold something else in each callback of a call (Callback API page)."""

_CODE, _SLASHES = pattern("%([0-9A-Fa-f]{2})"), pattern("/{2,}")

_State = tuple[RecordedStores, frozenset[str]]
"""The stores that the call is recorded to, and the addresses to which an earlier recording of the call went."""


class SecondRecording(Record):
    """A step with which a second recording of a call into a store begins; `name` is the file's, as it is written.

    `stores` are those whose recordings have that name: the store itself, and others with the same URL.
    """

    store: str
    step: Step
    name: str
    stores: frozenset[str]


def second_recordings(program: Program) -> Iterator[SecondRecording]:
    """The first step for each store with which a recording begins that overwrites another of the same call."""
    named = {store: url for store in program.names.stores if (url := _file_of(program, store)) is not None}
    told: set[str] = set()
    for store, step in _seconds(program, named):
        if store not in told:
            told.add(store)
            alike = frozenset(other for other, url in named.items() if url == named[store])
            yield SecondRecording(store, step, named[store].rpartition("/")[2], alike)


def name_of_all_calls(program: Program, store: str) -> str | None:
    """The name of the file that a recording of every call into a store gets, or of many, as it is written; None where
    calls have files of their own, and where that is not known before the backend begins a call."""
    url, name = program.names.stores[store].field("url"), _file_of(program, store)
    if url is None or name is None or not isinstance(url.value, tree.Text):
        return None
    later = [piece for piece in url.value.pieces if isinstance(piece, Placeholder)]
    own = any(piece.scope == "start" or (piece.scope == "call" and is_per_call(piece.name)) for piece in later)
    return None if own else name.rpartition("/")[2]


def may_be_overwritten(program: Program, stores: Collection[str | None]) -> tuple[str, str] | None:
    """One of some stores, and another to which calls are recorded, whose files may be one though their URLs are written
    otherwise: by what a value that is known later comes to, or by how `//` and `%` are read, which no page says. None
    where there are none."""
    named = {store: url for store in program.names.stores if (url := _file_of(program, store)) is not None}
    if len(named) < 2:
        return None
    reached = (program.decided(step) for step in program.steps if program.is_reachable(step))
    used = {other for one in reached for other in (*one.call_stores, one.conference_store)}
    for one, url in named.items():
        for other in named if one in stores else ():
            if other in used and named[other] != url and may_be_one(url, named[other]):
                return one, other
    return None


def may_be_one(one: str, other: str) -> bool:
    """Whether two URLs with placeholders may come to one address; a value may be anything, and one value is the same in
    both."""
    first, second = _pieces(_read(one)), _pieces(_read(other))
    while first and second and first[0] == second[0]:
        first, second = first[1:], second[1:]
    while first and second and first[-1] == second[-1]:
        first, second = first[:-1], second[:-1]
    if not any(piece.startswith("{{") for piece in (*first, *second)):
        return first == second
    starts, ends = ([_known(pieces[at]) for pieces in (first, second) if pieces] for at in (0, -1))
    begins_alike = any(all(start.startswith(one) for start in starts) for one in starts)
    return begins_alike and any(all(end.endswith(one) for end in ends) for one in ends)


def _pieces(url: str) -> list[str]:
    """The text and the placeholders of a URL in turn; it begins and ends with text, which may be empty."""
    begin, *rest = url.split("{{")
    found = [begin]
    for part in rest:
        value, _, text = part.partition("}}")
        found += ["{{" + value, text]
    return found


def _known(piece: str) -> str:
    """The text of a piece; of a placeholder nothing is known."""
    return "" if piece.startswith("{{") else piece


def _read(url: str) -> str:
    """A URL as it is where `%XX` stands for a character and `//` for `/`."""
    scheme, mark, path = url.partition("://")
    plain = _CODE.sub(lambda code: chr(int(code[1], 16)), path)
    return scheme + mark + _SLASHES.sub("/", plain)


def _seconds(program: Program, named: Mapping[str, str]) -> Iterator[tuple[str, Step]]:
    if not named:
        return

    def leave(at: int, state: _State) -> _State:
        passed = [after for _, after in _through(program, program.handlers[at], state, named)]
        return passed[-1] if passed else state

    fresh: _State = ((), frozenset())
    entries = spread(program.graph, fresh, leave)
    for handler in program.handlers:
        for before in tuple(entries.get(handler.index, ())) or (fresh,):
            for step, after in _through(program, handler, before, named):
                taken = {*before[1], *_running(before[0], named)}
                for store in begun(before[0], after[0]):
                    if named.get(store) in taken:
                        yield store, step
                    taken.update(_running((store,), named))  # another one beside it would be the second
                room = program.decided(step).conference_store
                if room is not None and room in named and named[room] in (*before[1], *_running(after[0], named)):
                    yield room, step
                before = after
    for step in program.steps:
        # A phase comes any number of times, so that what it changes happens twice.
        if isinstance(step.body, tree.Phase) and program.is_reachable(step):
            for turn in TURNS:
                for one, then in pairwise(change(program, step, turn).stores):
                    for store in begun(one, then):
                        if store in named:
                            yield store, step


def _running(stores: RecordedStores, named: Mapping[str, str]) -> Iterator[str]:
    return (named[store] for store in stores if store in named)


def _through(
    program: Program, handler: Handler, state: _State, named: Mapping[str, str]
) -> Iterator[tuple[Step, _State]]:
    """The state with each step of a handler that can be recorded."""
    stores, closed = state
    for step in handler.segments:
        if step.recordable:
            next_ = wanted(program.decisions, step)
            closed = closed.union(_running(ended(stores, next_), named))
            stores, room = next_, program.decided(step).conference_store
            if room in named and room is not None:
                closed = closed | {named[room]}  # a room's recording is finished, or goes on, without this call
            yield step, (stores, closed)


@fact
def _file_of(program: Program, name: str) -> str | None:
    """The URL of a store, where it names a file; None where it names none, or that is not known."""
    url = program.names.stores[name].field("url")
    if url is None or not isinstance(url.value, tree.Text):
        return None
    if any(isinstance(piece, BadPlaceholder) or _changes(piece) for piece in url.value.pieces):
        return None
    found = program.fill(url.value)
    scheme, _, path = found.partition("://")
    *folders, last = path.split("/")
    is_file = _EXTENSION.search(last) is not None or (scheme == "sdrive" and last != "")
    return found if is_file and len(folders) >= _PLACE.get(scheme, 1) else None


def _changes(piece: str | Placeholder) -> bool:
    """Whether a value is another one in each callback of a call."""
    return isinstance(piece, Placeholder) and piece.scope == "call" and piece.name in _CHANGING
