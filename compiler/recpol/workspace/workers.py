"""Work on many files, shared out to processes, and its results in the order of the files.

Each process is a copy of this one (fork(2)) that does every so-manieth piece and sends back what came of it. Where a
system has no such copies or gives no more of them, or one of them fails, this process does the work itself: so what is
raised, and which piece raises first, is the same however many processes there are.

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

if TYPE_CHECKING:
    from recpol.workspace.disk import DiskLog

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")

FEWEST = 32
"""A further process is worth its start for so many files."""

MOST = 16
"""So many processes are used where nobody says how many."""


def _worth(count: int) -> int:
    """How many processes so many files are worth on this machine."""
    with suppress(AttributeError):  # only some systems say on which processors a process may run
        return max(1, min(count // FEWEST, len(os.sched_getaffinity(0)), MOST))
    return max(1, min(count // FEWEST, os.cpu_count() or 1, MOST))


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
    jobs = min(_worth(len(pieces)) if jobs is None else jobs, len(pieces)) if hasattr(os, "fork") else 1
    if jobs < 2:
        return [work(piece) for piece in pieces]
    first, pieces = work(pieces[0]), pieces[1:]  # what it loads is loaded for all of them
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    children: list[_Child | None] = []
    try:
        for number in range(1, jobs):
            children.append(_started(pieces[number::jobs], work))
        done: dict[int, Sequence[Outcome]] = {0: [work(piece) for piece in pieces[::jobs]]}
        for number, child in enumerate(children, 1):
            got = None if child is None else child.result(sources())
            done[number] = [work(piece) for piece in pieces[number::jobs]] if got is None else got
    finally:
        for child in children:
            if child is not None:
                child.end()
    return [first, *(done[n % jobs][n // jobs] for n in range(len(pieces)))]


class _Child:
    """A process at work, and the pipe that its results come through."""

    def __init__(self, process: int, pipe: int) -> None:
        self.process, self.pipe = process, pipe

    def result(self, sources: Mapping[str, Source]) -> Any:
        """What the process has found; None where it has failed."""
        import pickle

        with open(self.pipe, "rb", closefd=False) as file:
            data = file.read()
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        if status != 0:
            return None
        _known.clear()
        _known.update(sources)
        found, log = pickle.loads(data)
        disk.add(log)
        return found

    def end(self) -> None:
        """End the process, if it has not ended."""
        os.close(self.pipe)
        if self.process:
            with suppress(OSError):
                os.kill(self.process, signal.SIGKILL)
                os.waitpid(self.process, 0)


def _started(pieces: Sequence[Any], work: Callable[[Any], Any]) -> _Child | None:
    """A process that does the pieces; None where the system gives none, or no pipe to it."""
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
        sent = _pickled(([work(piece) for piece in pieces], disk.taken()))
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
