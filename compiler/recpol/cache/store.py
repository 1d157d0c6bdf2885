"""A value to a file of the cache, whole or not at all, and the bound of the cache.

Invariant: this loads next to nothing, for a run that is recalled may renew its stamps.
"""

from __future__ import annotations

import os

from recpol.cache.place import LARGEST, packed

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from recpol.base.typing import Any

MOST_BYTES = 96 * 1024 * 1024
"""So much is kept of runs."""

MOST_RUNS = 400
"""So many runs are kept."""

TAG = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of recpol (https://bford.info/cachedir/).\n"
)


def write(path: str, *values: Any) -> bool:
    """Put a file of the cache in place; whether that went well."""
    data = packed(*values)
    if len(data) > LARGEST:
        return False
    folder = os.path.dirname(path)
    try:
        _make(folder)
        temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            _remove(temporary)
            raise
        _bound(folder, path)
    except OSError:
        return False
    return True


def _make(folder: str) -> None:
    if os.path.isdir(folder):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    try:
        with open(os.path.join(os.path.dirname(folder), TAG), "x", encoding="ascii") as file:
            file.write(_TAG)
    except OSError:
        return  # it is there, or it is missed by nobody


def _bound(folder: str, latest: str) -> None:
    """Remove the oldest files where there are too many."""
    with os.scandir(folder) as entries:
        states = [(one.stat(follow_symlinks=False), one.path) for one in entries]
    found = [(status.st_mtime_ns, status.st_size, file) for status, file in states]
    total = sum(size for _, size, _ in found)
    if total <= MOST_BYTES and len(found) <= MOST_RUNS:
        return
    left = len(found)
    for _, size, path in sorted(found):
        if (total <= MOST_BYTES // 2 and left <= MOST_RUNS // 2) or path == latest:
            break
        _remove(path)
        total, left = total - size, left - 1


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # somebody else has removed it, or the folder cannot be changed
