"""Bytes to a digest by which equal ones are known; what a folder lists, and the state of a file, to little.

Invariant: this loads next to nothing, for a run that finds everything unchanged loads little else.
"""

from __future__ import annotations

try:  # `hashlib` loads OpenSSL, which takes longer than all that is done here
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recpol.base.typing import Any

Stamp = tuple[int, int, int, int, int, int]
"""Mode, size, times of modification and of change in nanoseconds, number of the file and of its disk."""

SIZE = 20
"""The length of a digest, in bytes: no two texts with the same one will ever be met (BLAKE2, RFC 7693)."""


def digest(data: bytes) -> bytes:
    """The digest of some bytes."""
    return blake2b(data, digest_size=SIZE).digest()


def stamp_of(status: Any) -> Stamp:
    """The stamp of what the system says of a file or folder, an `os.stat_result`, which is three times as large."""
    return status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def listing(entries: Iterable[tuple[str, bool]], suffixes: tuple[str, ...], *, hidden: bool) -> bytes:
    """The digest of what somebody sees of a folder who looks for names with these ends, and for folders.

    `entries` are its names, and whether each is a folder; names that begin with a dot count where `hidden` says so.
    """
    seen = sorted(
        f"{name}/" if folder else name
        for name, folder in entries
        if (hidden or not name.startswith(".")) and (folder or name.endswith(suffixes))
    )
    return digest("\0".join(seen).encode("utf-8", "surrogateescape"))
