"""Work on many files, shared out to processes, and its results in the order of the files.

Each process is a copy of this one (fork(2)) that takes a run of pieces after the other, until none is left, and sends
back what came of them: so none waits long for another one, which may have the slower processor. Where a system has no
such copies or gives no more of them, or one of them fails, or a piece raises, this process does what is left itself, in
order: so what is raised, and which piece raises first, is the same however many processes there are.

Invariant: results do not depend on the number of processes. A text that several of them have read is one `Source`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from recpol.base.source import Source
from recpol.base.typing import TYPE_CHECKING, Any, TypeVar
from recpol.workspace import disk
from recpol.workspace.processors import processors

if TYPE_CHECKING:
    from recpol.workspace.disk import DiskLog

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")

FEWEST = 32
"""A further process is worth its start for so many files."""

RUNS = 256
"""Into at most so many runs of pieces work is divided: the number of one is a byte."""


def _worth(count: int) -> int:
    """How many processes so many files are worth on this machine."""
    return max(1, min(count // FEWEST, processors()))


def shared_out(
    pieces: Sequence[Piece],
    jobs: int | None,
    work: Callable[[Piece], Outcome],
    sources: Callable[[], Mapping[str, Source]],
) -> list[Outcome]:
    """What `work` makes of each piece, by so many processes (None: as many as they are worth).

    `sources` are the texts that this process has read, by name.

    Raises what `work` raises.
    """
    jobs = min(_worth(len(pieces)) if jobs is None else jobs, len(pieces) - 1, RUNS) if hasattr(os, "fork") else 1
    if not pieces:
        return []
    first, pieces = work(pieces[0]), pieces[1:]  # what it loads is loaded for all of them
    return [first, *_others(pieces, jobs, work, sources)]


def _others(
    pieces: Sequence[Piece],
    jobs: int,
    work: Callable[[Piece], Outcome],
    sources: Callable[[], Mapping[str, Source]],
) -> list[Outcome]:
    """What `work` makes of all pieces but for the first."""
    if jobs < 2:
        return [*map(work, pieces)]
    count = min(len(pieces), RUNS)
    runs = [pieces[len(pieces) * n // count : len(pieces) * (n + 1) // count] for n in range(count)]
    turns = _turns(range(jobs, count))  # each process begins with the run of its own number
    if turns is None:
        return [*map(work, pieces)]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    children: list[_Child | None] = []
    try:
        for number in range(1, jobs):
            children.append(_started(runs, number, turns, work))
        done = _done(runs, 0, turns, work)
        for child in children:
            done |= {} if child is None else child.result(sources())
    finally:
        os.close(turns)
        for child in children:
            if child is not None:
                child.end()
    return [one for n, run in enumerate(runs) for one in (done[n] if n in done else map(work, run))]


def _turns(numbers: range) -> int | None:
    """A pipe that holds numbers up to 255, each for whoever reads it first; None where the system gives none."""
    try:
        turns, filled = os.pipe()
    except OSError:
        return None
    os.write(filled, bytes(numbers))
    os.close(filled)
    return turns


def _done(
    runs: Sequence[Sequence[Piece]], number: int, turns: int, work: Callable[[Piece], Outcome]
) -> dict[int, list[Outcome]]:
    """What a process makes of the runs of pieces that it does, by their numbers: of this one, and of those whose turn
    it is. Nobody goes on where a piece raises: whoever waits for all does it again, and raises it."""
    done: dict[int, list[Outcome]] = {}
    turn = bytes([number])
    while turn:
        try:
            done[turn[0]] = [work(piece) for piece in runs[turn[0]]]
        except Exception:  # noqa: BLE001  it is raised again
            os.read(turns, RUNS)  # all turns that are left: nobody is to take another
        turn = os.read(turns, 1)
    return done


class _Child:
    """A process at work, and the pipe that its results come through."""

    def __init__(self, process: int, pipe: int) -> None:
        self.process, self.pipe = process, pipe

    def result(self, sources: Mapping[str, Source]) -> dict[int, list[Any]]:
        """What the process has found, by the numbers of runs; nothing where it has failed."""
        import pickle

        with open(self.pipe, "rb", closefd=False) as file:
            data = file.read()
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        if status != 0:
            return {}
        _known.clear()
        _known.update(sources)
        found, log = pickle.loads(data)
        disk.add(log)
        return dict(found)

    def end(self) -> None:
        """End the process, if it has not ended."""
        os.close(self.pipe)
        if self.process:
            with suppress(OSError):
                os.kill(self.process, signal.SIGKILL)
                os.waitpid(self.process, 0)


def _started(runs: Sequence[Sequence[Any]], number: int, turns: int, work: Callable[[Any], Any]) -> _Child | None:
    """A process that does runs of pieces; None where the system gives none, or no pipe to it."""
    try:
        ours, theirs = os.pipe()
    except OSError:
        return None
    try:
        process = os.fork()
    except OSError:
        os.close(ours)
        os.close(theirs)
        return None
    if process:
        os.close(theirs)
        return _Child(process, ours)
    status = 1
    try:  # from here on in the copy, which never returns
        os.close(ours)
        sent = _pickled((_done(runs, number, turns, work), disk.taken()))
        with open(theirs, "wb") as file:
            file.write(sent)
        status = 0
    except BaseException:  # noqa: BLE001  the process that waits does this work itself, and says what is wrong
        pass
    finally:
        os._exit(status)


_known: dict[str, Source] = {}
"""The texts of this process by name, while results are read."""


def _source(path: str, text: str) -> Source:
    """The text of this process that is the same, so that equal places in it are equal."""
    known = _known.setdefault(path, Source(path, text))
    return known if known.text == text else Source(path, text)


def _reduced(source: Source) -> tuple[Callable[[str, str], Source], tuple[str, str]]:
    return _source, (source.path, source.text)


def _pickled(value: tuple[Any, DiskLog | None]) -> bytes:
    import io
    import pickle

    out = io.BytesIO()
    pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {Source: _reduced}
    pickler.dump(value)
    return out.getvalue()
