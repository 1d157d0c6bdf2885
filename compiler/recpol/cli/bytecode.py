"""The byte code of all modules that commands load, in one file: it takes less time to open than one for each.

    FORM · length of the index · digest of the index · index · byte code of one module after another

The file is the `.pyc` file of `recpol.cli.modules`, a module that nobody loads. So Python's rules say where it is (the
same folder, `PYTHONPYCACHEPREFIX`, a name for each version and optimization), and what removes `.pyc` files removes it.
What is in it comes from the `.pyc` files of the modules, and is as good as they are:

* A module is taken from here only where Python would take it from its own `.pyc` file: where its source has the size
  and the time, in seconds, that it had when it was compiled. Python itself finds a package or an extension that was put
  beside a module of the same name; this finds it when the module is gone.
* All that is read has a digest, which a `.pyc` file has not. A file that is damaged, cut off, of another version of
  Python, or of a package that was elsewhere, is as if it were not there. The digest is no guard against somebody who
  may write into the folder of the package; nothing is.
* What is not here is loaded as ever, and what is here looks as ever: loaders are Python's own but for where they have
  the byte code from.
* The file is written where `.pyc` files are, by what writes them: whole or not at all, and not with `-B`.

Invariant: this loads nothing that is not there when Python has started, and no command fails because of it.
"""

from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER, PathFinder, SourceFileLoader, spec_from_file_location
from _imp import _fix_co_filename, source_hash  # type: ignore[attr-defined]  # typeshed leaves the first out

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

Origin = tuple[str, str, bool, bytes]
"""Of a module: its source, its `.pyc` file, whether it is a package, and the stamp of its source."""

HeldCode = tuple[Origin, int, int, bytes]
"""That with where the byte code begins, how long it is, and its digest. The length is 0 where there is none to be had:
the `.pyc` file could not be written, or knows its source by a digest."""

FORM = MAGIC_NUMBER + b"recpol modules 1\n"
"""How the file begins. Should `recpol.cli.modules` be loaded, Python takes it for a `.pyc` file that it cannot read."""

LONGEST = 4 * 1024 * 1024
"""The longest index that is read, in bytes: that of some ten thousand modules."""

_HEAD = len(FORM) + 12


def begin() -> Bundle | None:
    """Have modules loaded from the file from now on; None where Python did not load this one from a file itself."""
    ordinary = type(__spec__.loader) is SourceFileLoader and PathFinder in sys.meta_path and hasattr(os, "pread")
    if not ordinary or __spec__.cached is None:
        return None
    folder, name = os.path.split(__spec__.cached)
    bundle = Bundle(
        os.path.join(folder, name.replace("bytecode", "modules", 1)), os.path.dirname(os.path.dirname(__file__))
    )
    sys.meta_path.insert(sys.meta_path.index(PathFinder), bundle)
    return bundle


class Bundle:
    """The file `path` for the package in the folder `root`: a finder of the modules that are in it."""

    def __init__(self, path: str, root: str) -> None:
        self._path = path
        self._root = root
        self._file = self._start = -1
        self._index: dict[str, HeldCode] = {}
        self._missed: list[str] = []
        """Modules that were asked for, and are not here."""
        try:
            self._file = os.open(path, os.O_RDONLY)
            self._read_index()
        except OSError:
            return  # there is none yet, or it cannot be read

    def _read_index(self) -> None:
        head = os.pread(self._file, _HEAD, 0)
        length = int.from_bytes(head[-12:-8], "little")
        if not head.startswith(FORM) or length > LONGEST:
            return
        index = os.pread(self._file, length, _HEAD)
        if _digest(index) == head[-8:]:
            root, entries = marshal.loads(index)
            if root == self._root:
                self._index, self._start = entries, _HEAD + length

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module comes from, if that is this file."""
        entry = self._index.get(name)
        if entry is None or not _fresh(entry[0]):
            if name.startswith("recpol."):
                self._missed.append(name)
            return None
        (source, cached, is_package, _), _, length, _ = entry
        if length == 0:
            return None
        folders = [os.path.dirname(source)] if is_package else None
        loader = _Loader(name, source, self)
        spec = spec_from_file_location(name, source, loader=loader, submodule_search_locations=folders)
        if spec is not None:
            spec.cached = cached  # or Python works it out
        return spec

    def code(self, name: str) -> CodeType | None:
        """The code of a module that is here; None where the file is damaged."""
        entry = self._index[name]
        data = self._byte_code(entry)
        if data is None:
            self._missed.append(name)
            return None
        code: CodeType = marshal.loads(data)
        _fix_co_filename(code, entry[0][0])  # as Python does: a `.pyc` file may have been made elsewhere
        return code

    def _byte_code(self, entry: HeldCode) -> bytes | None:
        _, start, length, expected = entry
        try:
            data = os.pread(self._file, length, self._start + start)
        except OSError:
            return None
        return data if _digest(data) == expected else None

    def keep(self) -> None:
        """Write the file anew if this run has loaded what is not in it."""
        if not self._missed or sys.dont_write_bytecode or not os.access(os.path.dirname(self._path), os.W_OK):
            return
        try:
            self._write()
        except (Exception, KeyboardInterrupt):  # noqa: BLE001  the command is done, and has said what it had to say
            return

    def _write(self) -> None:
        new = {name: found for name in self._missed if (found := _loaded(name, self._root)) is not None}
        if not new:
            return
        old = {
            name: (entry[0], data)
            for name, entry in self._index.items()
            if _fresh(entry[0]) and (data := self._byte_code(entry)) is not None
        }
        entries: dict[str, HeldCode] = {}
        start = 0
        for name, (origin, data) in (old | new).items():
            entries[name] = (origin, start, len(data), _digest(data))
            start += len(data)
        index = marshal.dumps((self._root, entries))
        if len(index) <= LONGEST:
            head = FORM + len(index).to_bytes(4, "little") + _digest(index)
            codes = (data for _, data in (old | new).values())
            SourceFileLoader("recpol.cli.modules", "").set_data(self._path, b"".join([head, index, *codes]))


class _Loader(SourceFileLoader):
    """Python's loader of a source, which has the byte code from a bundle where that is whole."""

    def __init__(self, name: str, source: str, bundle: Bundle) -> None:
        super().__init__(name, source)
        self._bundle = bundle

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the module; raises what Python's loader raises."""
        code = self._bundle.code(fullname) if fullname == self.name else None
        return super().get_code(fullname) if code is None else code


def _loaded(name: str, root: str) -> tuple[Origin, bytes] | None:
    """A module that this run has loaded, and its byte code; None where Python has not loaded it from a source in the
    package, or the source is gone."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if spec is None or type(spec.loader) not in (SourceFileLoader, _Loader) or spec.cached is None:
        return None
    if not spec.origin.startswith(root + os.sep):
        return None
    try:
        stamp = _stamp(spec.origin)
    except OSError:
        return None
    try:
        with open(spec.cached, "rb") as file:
            pyc = file.read()
    except OSError:
        pyc = b""
    known = pyc.startswith(MAGIC_NUMBER + bytes(4) + stamp)  # PEP 552: the flags are 0 where stamps count
    return (spec.origin, spec.cached, spec.submodule_search_locations is not None, stamp), pyc[16:] if known else b""


def _fresh(origin: Origin) -> bool:
    source, _, _, stamp = origin
    try:
        return _stamp(source) == stamp
    except OSError:
        return False


def _stamp(source: str) -> bytes:
    """The time and the size of a source as `.pyc` files have them; raises `OSError`."""
    status = os.stat(source)
    return (int(status.st_mtime) % 2**32 | status.st_size % 2**32 << 32).to_bytes(8, "little")


def _digest(data: bytes) -> bytes:
    return source_hash(0, data)
