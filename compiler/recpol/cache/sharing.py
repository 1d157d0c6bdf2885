"""A question about many pieces, shared out to processes.

Each process is a copy of this one (fork(2)), and its exit status is its answer. What it says of no piece, this process
asks itself.

Invariant: a piece is answered only where a copy has come to yes for all of its pieces. One that is killed, fails, or
cannot be waited for has answered nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from recpol.base.typing import Self


class Elsewhere:
    """A question about numbered pieces that other processes ask, one for each of some shares of the pieces.

    They have ended when this is left (`with`).
    """

    def __init__(self, question: Callable[[int], bool], shares: Iterable[Sequence[int]]) -> None:
        self.asked = [(_started(question, pieces), pieces) for pieces in shares]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process, _pieces in self.asked:
            if process:
                _end(process)

    def unanswered(self) -> Iterator[int]:
        """The pieces to which no process says yes; waits for all of them."""
        while self.asked:
            process, pieces = self.asked[-1]
            yes = process != 0 and _says_yes(process)
            self.asked.pop()
            if not yes:
                yield from pieces


def _started(question: Callable[[int], bool], pieces: Sequence[int]) -> int:
    """A process that asks about some pieces; 0 where the system gives none."""
    try:
        process = os.fork()
    except OSError:
        return 0
    if process:
        return process
    status = 1
    try:  # from here on in the copy, which never returns
        status = 0 if all(map(question, pieces)) else 1
    except BaseException:  # noqa: BLE001  whoever waits asks itself
        pass
    finally:
        os._exit(status)


def _says_yes(process: int) -> bool:
    try:
        return os.waitpid(process, 0)[1] == 0
    except ChildProcessError:  # whoever started this process has told the system to keep no word of it
        return False


def _end(process: int) -> None:
    from signal import SIGKILL

    try:
        os.kill(process, SIGKILL)
        os.waitpid(process, 0)
    except OSError:
        pass  # it has ended
