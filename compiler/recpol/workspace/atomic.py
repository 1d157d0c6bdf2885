"""What the operating system does in one step: two folders change places, one process has a folder, bytes are on disk.

Exchanging is `renameat2` with `RENAME_EXCHANGE` (Linux 3.15, renameat2(2)) and `renamex_np` with `RENAME_SWAP` (macOS
10.12, renamex_np(2)); Python has neither. Where a system or a file system has none, the caller goes the longer way.

Invariant: nothing here waits for longer than it is told to, and a lock ends with its process, however that ends.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

LOCK = ".recpol.lock"
"""The file that stands for the lock where folders cannot be locked."""

PAUSE = 0.05
"""So many seconds go by before a lock is asked for again."""

MANY = 200
"""So many files are flushed together rather than one by one."""

_NOT_HERE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})


class Busy(Exception):
    """Another process has the folder."""


def exchange(one: str, other: str) -> bool:
    """Let two names change places in one step; False where this system or file system cannot.

    Raises `OSError`; then nothing has changed.
    """
    import ctypes

    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            call, arguments = library.renamex_np, (os.fsencode(one), os.fsencode(other), 2)
        else:
            call, arguments = library.renameat2, (-100, os.fsencode(one), -100, os.fsencode(other), 2)
    except (OSError, AttributeError, TypeError):
        return False
    if call(*arguments) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), other)


@contextmanager
def locked(folder: str, patience: float = 0) -> Iterator[None]:
    """Have a folder for oneself; raises `Busy` where another process has it for so many seconds, and `OSError`.

    The lock is on the folder itself (flock(2)), so that nothing of it is left behind. It also holds between two
    containers that share the folder, whatever their process ids.
    """
    until = time.monotonic() + patience
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(_locked_now(folder))
                break
            except Busy:
                if time.monotonic() >= until:
                    raise
            time.sleep(PAUSE)
        yield


@contextmanager
def _locked_now(folder: str) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        with _locked_by_file(folder):
            yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(folder) from None
        except OSError as problem:
            if problem.errno not in _NOT_HERE and problem.errno != errno.ENOLCK:
                raise
            with _locked_by_file(folder):
                yield
            return
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _locked_by_file(folder: str) -> Iterator[None]:
    path = os.path.join(folder, LOCK)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Busy(path) from None
    try:
        os.close(descriptor)
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)


def flush_folder(folder: str) -> None:
    """See to it that the names in a folder outlast a power failure, where the system lets one open folders."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def flush_files(paths: Sequence[str], folder: str) -> bool:
    """See to it that the bytes of files outlast a power failure; whether the names in all folders do, too.

    One by one they take a tenth of a millisecond each on a quick disk and some milliseconds on a slow one; of many
    the whole disk is flushed at once, on which `folder` is.
    """
    if len(paths) > MANY and _flush_disk(folder):
        return True
    for path in paths:
        descriptor = os.open(path, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return False


def _flush_disk(folder: str) -> bool:
    import ctypes

    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError, TypeError):
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return bool(syncfs(descriptor) == 0)
    finally:
        os.close(descriptor)
