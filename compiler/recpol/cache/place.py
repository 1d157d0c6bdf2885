r"""The folder of the cache, the key of a run in it, and the form of a file there.

The folder is `RECPOL_CACHE`, else that of the platform: `$XDG_CACHE_HOME/recpol` or `~/.cache/recpol` (XDG Base
Directory Specification), `~/Library/Caches/recpol` on macOS, `%LOCALAPPDATA%\recpol\cache` on Windows.

Invariant: a key is a digest, so that no argument or variable can be read off it; a file that is not wholly what was
written is nothing.
"""

from __future__ import annotations

import gc
import marshal
import os
import sys

from recpol.base.digest import SIZE, Stamp, digest
from recpol.cache import OPTION

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recpol.base.typing import Any

FORM = b"recpol cache 3\n"
"""How a file of the cache begins; another number is another form."""

ReadFiles = list[tuple[str, tuple[str, ...], list[Stamp | None], bytes]]
"""Files that were read, by their folder: what comes before their names, their names, their states (None: not to be
trusted), and the digests of their contents in one. Paths in a part of a run are seen from the current folder."""

Listing = tuple[str, Stamp | None, tuple[str, ...], bool, bytes]
"""A folder that was listed: its path, its state, for names with which ends, whether for hidden ones too, the digest."""

Part = tuple[ReadFiles, list[Listing]]
"""A part of what a run asked the disk."""

LENGTH = 8
"""The bytes of a length."""

LARGEST = 24 * 1024 * 1024
"""The largest file that is kept, in bytes: a run over some hundred thousand files."""

SWITCH = "RECPOL_CACHE"
LOSSLESS = ("strict", "surrogateescape", "backslashreplace")
"""How streams take what they have no letter for, before and after `recpol.cli.console.prepare`."""
OFF = ("", "off", "0", "no", "false")

ENVIRONMENT = (
    "FORCE_COLOR", "FORCE_HYPERLINK", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "NO_COLOR", "RECPOL_DEBUG", "RECPOL_DOCS",
    "STY", "TERM", "TERM_PROGRAM", "TMUX", "VTE_VERSION", "WEZTERM_PANE", "WT_SESSION",
)  # fmt: skip
"""The variables of the environment that what a run says can depend on."""


def cache_folder(environment: Mapping[str, str], words: Sequence[str]) -> str | None:
    """The folder of the cache for a command line (absolute); None where none is to be used, or there is no home."""
    if OPTION in words:
        return None
    chosen = environment.get(SWITCH)
    if chosen is not None:
        return None if chosen.lower() in OFF else os.path.abspath(chosen)
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA", "")
        return os.path.join(base, "recpol", "cache") if os.path.isabs(base) else None
    base = "" if sys.platform == "darwin" else environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = environment.get("HOME", "")
        below = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
        base = os.path.join(home, *below) if os.path.isabs(home) else ""
    return os.path.join(base, "recpol") if base else None


def run_file(folder: str, environment: Mapping[str, str], words: Sequence[str]) -> str:
    """The file for a run: its name is a digest of all that the run depends on but for the disk and the day."""
    streams = [
        (stream.isatty(), getattr(stream, "encoding", ""), getattr(stream, "errors", "") not in LOSSLESS)
        for stream in (sys.stdout, sys.stderr)
    ]
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    given = [environment.get(name) for name in ENVIRONMENT]
    interpreter = (sys.version, sys.executable, tuple(sys.flags), sys.platform, sys.path, __file__)
    whole = repr((list(words), os.getcwd(), user, streams, given, interpreter))
    return os.path.join(folder, "runs", digest(whole.encode("utf-8", "surrogatepass")).hex())


def packed(*values: Any) -> bytes:
    """Values as a file of the cache: its form, then of each its length, its digest, and itself."""
    bodies = map(marshal.dumps, values)
    return FORM + b"".join(len(body).to_bytes(LENGTH, "big") + digest(body) + body for body in bodies)


def unpacked(data: bytes, number: int = 0) -> Any:
    """One of the values of a file; None where the file is of another form, ends before, or is damaged there."""
    start = end = len(FORM)
    if not data.startswith(FORM):
        return None
    for _ in range(number + 1):
        start = end + LENGTH + SIZE
        end = start + int.from_bytes(data[end : end + LENGTH], "big")
    body = data[start:end]
    if data[start - SIZE : start] != digest(body):
        return None
    collecting = gc.isenabled()
    gc.disable()  # what is read has no circles, and looking for some takes as long as reading it
    try:
        return marshal.loads(body)
    finally:
        if collecting:
            gc.enable()


def read_own(path: str) -> bytes:
    """What is in a file of the cache; nothing where there is none, or where it is not this user's alone to write."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return b""
    try:
        status = os.fstat(descriptor)
        foreign = hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022)
        if foreign or status.st_size > LARGEST:
            return b""
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(LARGEST)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
