"""Work on files that a signal may stop: SIGTERM and SIGHUP become an exception, as Ctrl-C already is.

Without this they end the process where it stands, and what was begun stays half done.

Invariant: when the work has ended, the process ends as the signal asked, unless there was none.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """A signal asked the process to end; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first signal that ends processes into `Stopped`; later ones wait until the work is undone.

    In another thread than the main one nothing changes: signals never reach it.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    asked: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        asked.append(number)
        if len(asked) == 1:
            raise Stopped(number)

    try:
        # Who started the process may have told it to ignore a signal, as nohup does with SIGHUP.
        heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, stop) for number in heeded}
    except ValueError:
        yield
        return
    try:
        yield
    except Stopped as stopped:
        signal.signal(stopped.number, signal.SIG_DFL)
        os.kill(os.getpid(), stopped.number)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
