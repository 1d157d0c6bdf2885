"""Files by name to the bytes of a zip archive, and back.

Nothing is compressed: what a compressor writes depends on its version, and evidence must be the same everywhere.

Invariant: the same files give the same bytes; what is read back has plain relative names, each once, and is no larger
than `LARGEST`.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

from recpol.workspace.cannotrun import CannotRun

LARGEST = 256 * 1024 * 1024
"""The largest archive that is read, in bytes."""

MOST = 20_000
"""How many files an archive may hold."""

SUMS = "SHA256SUMS"
"""The file of hashes, in the form that `sha256sum -c` reads."""

_TIME = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of files, with their hashes."""
    held = {**files, SUMS: _sums(files)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(held):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, held[name])
    return out.getvalue()


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def unpacked(data: bytes, called: str) -> dict[str, bytes]:
    """The files of an archive that `packed` made; raises `CannotRun` where it is damaged, or was touched."""
    if len(data) > LARGEST:
        raise CannotRun(f"`{called}` is too large", f"evidence has {LARGEST // 1024 // 1024} MB at most")
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST:
                raise CannotRun(f"`{called}` holds more than {MOST:,} files", "make it anew with `recpol evidence`")
            for entry in entries:
                _refuse(entry, called, found)
                found[entry.filename] = archive.read(entry)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError):
        raise CannotRun(f"`{called}` is no archive of evidence, or is damaged", "make it anew") from None
    sums = found.pop(SUMS, None)
    if sums is None:
        raise CannotRun(f"`{called}` has no `{SUMS}`", "name an archive that `recpol evidence` made")
    if sums != _sums(found):
        raise CannotRun(
            f"`{called}` was touched: its files are not those that `{SUMS}` lists", "ask for the archive that was made"
        )
    if packed(found) != data:
        raise CannotRun(
            f"`{called}` was touched: it has bytes that belong to no file", "ask for the archive that was made"
        )
    return found


def _refuse(entry: zipfile.ZipInfo, called: str, found: Mapping[str, bytes]) -> None:
    name = entry.filename
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise CannotRun(f"`{called}` holds a file whose path leaves it", "ask for the archive that was made")
    if name in found:
        raise CannotRun(f"`{called}` holds two files of one name", "ask for the archive that was made")
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size or entry.flag_bits & 1:
        raise CannotRun(f"`{called}` was packed anew", "ask for the archive that was made")
    if entry.external_attr >> 16 not in (0, 0o100644):
        raise CannotRun(f"`{called}` holds something that is no plain file", "ask for the archive that was made")
