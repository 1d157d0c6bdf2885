"""Recordings that get one name, in one call or in all of them: the platform does not look whether a file exists
(Recording page), so that the second overwrites the first.

A store whose URL names a file has that name for every recording of a call, also where a placeholder tells one call from
the next. A second recording begins where the recorder was off, or wrote to another store, in between, with each room
that is recorded, and where two stores with one URL are recorded to.

Invariant: proportional to handlers, ways and states of the recorder; no path is listed. Files are only told apart by
what no two recordings share: what may be one file is never taken for two.
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
from recpol.semantics.phases import TURNS, change
from recpol.syntax import tree

_EXTENSION = pattern(r"[^/]\.[A-Za-z0-9]{1,5}\Z")
_PLACE = {"azure": 2, "sdrive": 0}
"""How many parts of a URL name the place itself; of other schemes it is one."""

_CHANGING = frozenset({"timestamp", "menuResult", "custom", "cookies"})
"""Fields that may hold something else in each callback of a call (Callback API page)."""

_OWN = frozenset({"callid", "callId", "sessionId"})
"""Fields that no two calls share."""

_OFTEN_OWN = frozenset({"timestamp", "custom", "cookies"})
"""Fields that two calls may share, and need not: they begin in one second, or the backend gives them the same."""

_CODE, _SLASHES = pattern("%([0-9A-Fa-f]{2})"), pattern("/{2,}")

_State = tuple[RecordedStores, frozenset[str]]
"""The stores that the call is recorded to, and the addresses to which an earlier recording of the call went."""


class NamedFile(Record):
    """The URL of a store that names a file, or may; `doubt` says why nobody knows whether it is one. `changing` is the
    first field in it that may be another in each callback of a call."""

    url: str
    doubt: str = ""
    changing: str = ""

    @property
    def name(self) -> str:
        """The file's name, as it is written."""
        return self.url.rpartition("/")[2]


_Named = Mapping[str, NamedFile]
"""By store: the file that its URL names, or may name."""


class SecondRecording(Record):
    """A step with which a second recording of a call into a store begins; `name` is the file's, as it is written.

    `stores` are those whose recordings have that name: the store itself, and others with the same URL. `doubt` says why
    it is not known whether the two get one name.
    """

    store: str
    step: Step
    name: str
    stores: frozenset[str]
    doubt: str = ""


def second_recordings(program: Program) -> tuple[SecondRecording, ...]:
    """For each store the first step with which a recording begins that overwrites another of the same call; where there
    is none, the first with which one begins that may."""
    named = _named(program)
    found: dict[str, SecondRecording] = {}
    for store, step, same in _seconds(program, named):
        file = named[store]
        doubt = file.doubt or ("" if same else f"`call.{file.changing}` may be the same in two callbacks")
        known = found.get(store)
        if known is None or (known.doubt and not doubt):
            alike = frozenset(other for other, one in named.items() if one.url == file.url)
            found[store] = SecondRecording(store, step, file.name, alike, doubt)
    return tuple(found.values())


class Overwritten(Record):
    """Why a recording into a store is overwritten, or may be; `step` begins the other one, where the same call does."""

    reason: str
    store: str
    step: Step | None = None


def overwritten(program: Program, stores: Collection[str]) -> Overwritten | None:
    """How a recording into one of some stores is overwritten, or may be; None where none is."""
    then = "the second overwrites the first"
    for second in second_recordings(program):
        if not second.stores.isdisjoint(stores):
            get, end = f"get the name `{second.name}`", f", and {then}"
            if second.doubt:
                get, end = f"may {get}", f", and then {then}: {second.doubt}"
            return Overwritten(f"two recordings of one call {get}{end}", second.store, second.step)
    pair = _may_be_overwritten(program, stores)
    if pair is not None:
        return Overwritten(f"the files of `{pair[0]}` and `{pair[1]}` may have one name, and then {then}", pair[0])
    named = _named(program)
    for store in stores:
        doubt = _shared(program, store, named[store]) if store in named else None
        if doubt is not None:
            gets = f"gets the name `{named[store].name}` too, and overwrites this one"
            if doubt:
                gets = f"may get the name `{named[store].name}` too, and then overwrites this one: {doubt}"
            return Overwritten(f"the recording of another call {gets}", store)
    return None


def rests_on_unique(program: Program, stores: Collection[str]) -> bool:
    """Whether a value that the policy calls `unique` alone tells the files of calls in one of some stores apart."""
    return any(store in stores and _is_begun_for(program, store) for store in _named(program))


def _named(program: Program) -> dict[str, NamedFile]:
    return {store: file for store in program.names.stores if (file := _file_of(program, store)) is not None}


def _later(program: Program, store: str) -> list[Placeholder]:
    """The values in the URL of a store that are known only later."""
    url = program.names.stores[store].field("url")
    pieces = url.value.pieces if url is not None and isinstance(url.value, tree.Text) else ()
    return [piece for piece in pieces if isinstance(piece, Placeholder) and piece.scope != "var"]


def _is_own(program: Program, store: str) -> bool:
    return any(piece.scope == "call" and piece.name in _OWN for piece in _later(program, store))


def _is_begun_for(program: Program, store: str) -> bool:
    """Whether a URL holds one value of the call, and the policy calls that unique. With a second value beside it, two
    calls could come to one name."""
    later = [piece for piece in _later(program, store) if piece.scope != "env"]
    alone = len(later) == 1 and later[0].scope == "start" and not later[0].filters
    return alone and later[0].name in program.names.unique


def _shared(program: Program, store: str, file: NamedFile) -> str | None:
    """Why two calls may get one file; "" where they surely do, or many do; None where each call has its own."""
    if _is_own(program, store) or _is_begun_for(program, store):
        return None
    if file.doubt:
        return file.doubt
    later = _later(program, store)
    starts = [piece.name for piece in later if piece.scope == "start"]
    one = next((name for name in starts if name in program.names.unique), None)
    if one is not None:
        return f"`start.{one}` is `unique`, but with a filter or another value two calls can come to one name"
    if starts:
        return f"the policy does not say that `start.{starts[0]}` is `unique`"
    given = next((p.name for p in later if p.scope == "call" and p.name.partition(".")[0] in _OFTEN_OWN), None)
    return "" if given is None else f"two calls may have one `call.{given}`; no two have one `call.callid`"


def _may_be_overwritten(program: Program, stores: Collection[str]) -> tuple[str, str] | None:
    """One of some stores, and another to which calls are recorded, whose files may be one though their URLs are written
    otherwise: by what a value that is known later comes to, or by how `//` and `%` are read, which no page says. None
    where there are none."""
    named = _named(program)
    if len(named) < 2:
        return None
    reached = (program.decided(step) for step in program.steps if program.is_reachable(step))
    used = {other for one in reached for other in (*one.call_stores, one.conference_store)}
    for one, file in named.items():
        for other in named if one in stores else ():
            if other in used and named[other].url != file.url and may_be_one(file.url, named[other].url):
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


def _seconds(program: Program, named: _Named) -> Iterator[tuple[str, Step, bool]]:
    """Each store into which a second recording of a call begins under one name, with the step, and whether the name is
    the same for sure: the values that change are those of one callback then."""
    if not named:
        return

    def leave(at: int, state: _State) -> _State:
        passed = [after for _, after in _through(program, program.handlers[at], state, named)]
        return passed[-1] if passed else state

    fresh: _State = ((), frozenset())
    entries = spread(program.graph, fresh, leave)
    for handler in program.handlers:
        for before in tuple(entries.get(handler.index, ())) or (fresh,):
            here: set[str] = set()  # the addresses of what began in this reply
            for step, after in _through(program, handler, before, named):
                taken = {*before[1], *_running(before[0], named)}
                for store in begun(before[0], after[0]):
                    if store in named and named[store].url in taken:
                        yield store, step, not named[store].changing or named[store].url in here
                    here.update(_running((store,), named))
                    taken.update(_running((store,), named))  # another one beside it would be the second
                room = program.decided(step).conference_store
                if room is not None and room in named:
                    if named[room].url in (*before[1], *_running(after[0], named)):
                        yield room, step, not named[room].changing or named[room].url in here
                    here.add(named[room].url)
                before = after
    for step in program.steps:
        # A phase comes any number of times, so that what it changes happens twice; its requests answer no callback, and
        # are filled with what the backend remembers.
        if isinstance(step.body, tree.Phase) and program.is_reachable(step):
            for turn in TURNS:
                for one, then in pairwise(change(program, step, turn).stores):
                    yield from ((store, step, True) for store in begun(one, then) if store in named)


def _running(stores: RecordedStores, named: _Named) -> Iterator[str]:
    return (named[store].url for store in stores if store in named)


def _through(program: Program, handler: Handler, state: _State, named: _Named) -> Iterator[tuple[Step, _State]]:
    """The state with each step of a handler that can be recorded."""
    stores, closed = state
    for step in handler.segments:
        if step.recordable:
            next_ = wanted(program.decisions, step)
            closed = closed.union(_running(ended(stores, next_), named))
            stores, room = next_, program.decided(step).conference_store
            if room in named and room is not None:
                closed = closed | {named[room].url}  # a room's recording is finished, or goes on, without this call
            yield step, (stores, closed)


@fact
def _file_of(program: Program, name: str) -> NamedFile | None:
    """The file that the URL of a store names, or may name; None where it surely names none: the platform then makes a
    name of its own for each recording."""
    url = program.names.stores[name].field("url")
    if url is None or not isinstance(url.value, tree.Text):
        return None
    if any(isinstance(piece, BadPlaceholder) for piece in url.value.pieces):
        return None
    found, later = program.fill(url.value), _later(program, name)
    scheme, _, path = found.partition("://")
    *folders, last = path.split("/")
    root = len(folders) < _PLACE.get(scheme, 1)
    if found.endswith("/") or (root and not later):
        return None
    given = isinstance(url.value.pieces[-1], Placeholder) and later and later[-1].scope != "call"
    is_file = not root and (_EXTENSION.search(last) is not None or (scheme == "sdrive" and not given))
    known = "is known only at deployment" if any(piece.scope == "env" for piece in later) else "is not documented"
    doubt = f"whether `{found.rpartition('/')[2]}` is a folder or a file {known}; a folder ends with `/`"
    fields = (piece.name for piece in later if piece.scope == "call")
    changing = next((field for field in fields if field.partition(".")[0] in _CHANGING), "")
    return NamedFile(found, "" if is_file else doubt, changing)
