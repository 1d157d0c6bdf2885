"""Byte code in one file: a run with it is the run without it, whatever happens to the file and to the sources."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from random import Random

import pytest

import recpol

ROOT = Path(__file__).parents[1]

POLICY = """
policy desk
locale en-GB
store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
on ice { answer say "Welcome." record { connect pstn +46850020000 } }
"""

COMMAND = "import sys; from recpol.cli.main import run; sys.exit(run())"

LOOKS = """
import atexit, inspect, json, sys  # `atexit`, so that the process goes on after the command
from recpol.cli.main import run
run()
looks = {}
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "recpol":
        spec, loader = module.__spec__, module.__loader__
        looks[name] = [
            type(loader).__name__, loader.name, loader.path, loader.is_package(name), spec.loader is loader, spec.name,
            spec.origin, spec.cached, spec.parent, spec.submodule_search_locations, spec.has_location, module.__file__,
            module.__cached__, module.__package__, module.__doc__, getattr(module, "__path__", None),
            inspect.getsource(module) == loader.get_source(name),
            sorted({one.__code__.co_filename for one in vars(module).values() if inspect.isfunction(one)}),
        ]
print(json.dumps(looks))
"""
"""Says how the modules of a command look: the class of the loader first."""

BEFORE = {"recpol", "recpol.cli", "recpol.cli.main", "recpol.cli.bytecode"}
"""What is loaded before the file is opened."""

VERSION = ("--version",)
LINT = ("lint", "--no-cache", "desk.recpol")

SAID = (0, f"recpol {recpol.__version__}\n", "")
"""What `--version` comes to."""


@dataclass(frozen=True)
class Copy:
    """A copy of recpol in a folder with a policy: a test may edit its sources."""

    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "compiler" / "recpol"

    @property
    def file(self) -> Path:
        return pyc_of(self.package / "cli" / "modules.py")

    @property
    def dispatch(self) -> Path:
        """A module of every command."""
        return self.package / "cli" / "dispatch.py"

    def start(self, words: tuple[str, ...], code: str = COMMAND, **environment: str) -> subprocess.Popen[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        own |= {"PYTHONPATH": str(self.folder / "compiler"), **environment}
        command = [sys.executable, "-S", "-c", code, *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=own, stdout=pipe, stderr=pipe, text=True)

    def run(self, words: tuple[str, ...], code: str = COMMAND, **environment: str) -> tuple[int, str, str]:
        """The exit status of a run, and what it said."""
        return ended(self.start(words, code, **environment))

    def looks(self, words: tuple[str, ...]) -> dict[str, list[object]]:
        """How each module looks after a command."""
        status, said, told = self.run(words, LOOKS)
        assert status == 0, told
        looks: dict[str, list[object]] = json.loads(said.splitlines()[-1])
        return looks

    def not_from_the_file(self, words: tuple[str, ...] = VERSION) -> set[str]:
        """The modules of a command that Python loaded from files of their own."""
        return {name for name, (loader, *_) in self.looks(words).items() if loader == "SourceFileLoader"} - BEFORE

    def written(self) -> tuple[int, int]:
        """What is different when the file has been written again."""
        status = self.file.stat()
        return status.st_ino, status.st_mtime_ns

    def strays(self) -> list[Path]:
        return [path for path in self.package.rglob("__pycache__/*") if path.suffix != ".pyc"]


def pyc_of(source: Path) -> Path:
    return Path(cache_from_source(str(source)))


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, told = process.communicate()
    return process.returncode, said, told


def edit(path: Path, old: str, new: str, later: int = 2) -> None:
    """Replace a text in a file, whose time is so many seconds later then."""
    time, text = path.stat().st_mtime_ns, path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    os.utime(path, ns=(time, time + later * 10**9))


@pytest.fixture(scope="module")
def only(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The copy that all tests share. Much of the byte code that Python has of it was made elsewhere."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("compiler/recpol", "grammar", "schemas", "packs"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "desk.recpol").write_text(POLICY, "utf-8")
    return Copy(folder)


EDITED = ("cli/dispatch.py", "cli/lint.py", "rules/rule.py", "syntax/parser.py")
"""The sources that tests edit."""


@pytest.fixture
def copy(only: Copy) -> Iterator[Copy]:
    """The copy, with a file of what `--version` loads; what a test edits is put back."""
    contents = {only.package / name: (only.package / name).read_bytes() for name in EDITED}
    only.file.unlink(missing_ok=True)
    assert only.run(VERSION) == SAID
    assert only.file.exists()
    yield only
    for path, content in contents.items():
        if path.read_bytes() != content:
            path.write_bytes(content)
            pyc_of(path).unlink(missing_ok=True)


# Nothing can be told from it


def test_modules_come_from_one_file_and_look_as_ever(only: Copy) -> None:
    only.file.unlink(missing_ok=True)
    ordinary = only.looks(LINT)
    assert {loader for loader, *_ in ordinary.values()} == {"SourceFileLoader"}
    written = only.written()
    bundled = only.looks(LINT)
    assert {name for name, (loader, *_) in bundled.items() if loader == "SourceFileLoader"} == BEFORE
    assert {name: look[1:] for name, look in bundled.items()} == {name: look[1:] for name, look in ordinary.items()}
    assert only.written() == written, "nothing was missed, and yet it was written"
    assert only.strays() == []


def test_a_stack_trace_is_as_ever(copy: Copy) -> None:
    text = copy.dispatch.read_text("utf-8").replace("{__version__}", "{1 / 0}")
    copy.dispatch.write_text(f'{text}\nif "MISSING" in os.environ:\n    import recpol.nowhere\n', "utf-8")
    assert copy.run(VERSION)[0] == 2
    assert copy.not_from_the_file() == set()
    bundled = copy.run(VERSION, RECPOL_DEBUG="1"), copy.run(VERSION, MISSING="1")
    copy.file.unlink()
    assert (copy.run(VERSION, RECPOL_DEBUG="1"), copy.run(VERSION, MISSING="1")) == bundled
    (_, _, dividing), (_, _, missing) = bundled
    assert f'File "{copy.dispatch}", line ' in dividing
    assert dividing.endswith("ZeroDivisionError: division by zero\n")
    assert missing.endswith("ModuleNotFoundError: No module named 'recpol.nowhere'\n")
    assert "bytecode.py" not in dividing + missing


def test_a_program_that_runs_a_command_line_has_nothing_of_it(copy: Copy) -> None:
    copy.file.unlink()
    code = "import sys; before = sys.meta_path[:]; from recpol.cli.main import run; run(sys.argv[1:]); "
    code += "print(sys.meta_path == before, 'recpol.cli.bytecode' in sys.modules)"
    assert copy.run(VERSION, code) == (0, f"{SAID[1]}True False\n", "")
    assert not copy.file.exists()


def test_the_module_that_has_its_place_can_be_loaded(copy: Copy) -> None:
    assert copy.run((), "from recpol.cli import modules; print(modules.__doc__ is not None)") == (0, "True\n", "")
    assert copy.run(VERSION) == SAID
    assert copy.not_from_the_file() == set()


# Sources that change


@pytest.mark.parametrize(("word", "later"), [("RECPOL", 2), ("recpol is at", 0), ("recpol is at", 2)])
def test_a_source_of_another_time_or_size_is_loaded_at_once(copy: Copy, word: str, later: int) -> None:
    edit(copy.dispatch, 'say(f"recpol ', f'say(f"{word} ', later)
    assert copy.run(VERSION) == (0, f"{word} {recpol.__version__}\n", "")
    assert copy.not_from_the_file() == set()
    assert copy.run(VERSION) == (0, f"{word} {recpol.__version__}\n", "")


def test_a_source_that_is_gone_is_not_found(copy: Copy) -> None:
    gone = copy.package / "cli" / "gone.py"
    gone.write_text("HERE = True\n", "utf-8")
    edit(
        copy.dispatch,
        "\nCOULD_NOT_RUN",
        "\ntry:\n    import recpol.cli.gone\nexcept ImportError:\n    print('gone')\nCOULD_NOT_RUN",
    )
    assert [copy.run(VERSION) for _ in range(2)] == [SAID, SAID]
    assert copy.not_from_the_file() == set()
    gone.unlink()
    written = copy.written()
    assert copy.run(VERSION) == (0, f"gone\n{SAID[1]}", "")
    assert copy.written() == written, "a module that is nowhere was tried to keep"
    assert b"gone.py" in copy.file.read_bytes()
    copy.run(LINT)
    assert b"gone.py" not in copy.file.read_bytes()


def test_a_source_that_python_knows_by_its_digest_is_left_to_python(copy: Copy) -> None:
    py_compile.compile(str(copy.dispatch), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    copy.file.unlink()
    assert copy.run(VERSION) == SAID
    written = copy.written()
    assert copy.not_from_the_file() == {"recpol.cli.dispatch"}
    assert copy.written() == written, "there is no byte code to be had, and yet it was tried again"
    edit(copy.dispatch, 'say(f"recpol ', 'say(f"RECPOL ', later=0)
    assert copy.run(VERSION) == (0, SAID[1].replace("recpol", "RECPOL"), "")


@pytest.mark.parametrize("seed", range(20 if os.environ.get("RECPOL_FUZZ") else 1))
def test_after_any_edits_a_run_is_what_it_is_without_the_file(copy: Copy, seed: int) -> None:
    """A source that was edited says when, so that what was loaded is printed."""
    chance = Random(seed)
    sources = [copy.package / name for name in EDITED]
    plain = {path: path.read_text("utf-8") for path in sources}
    aside = copy.file.with_name("aside.pyc")
    time = int(max(path.stat().st_mtime for path in sources))
    for number in range(12):
        path = chance.choice(sources)
        match chance.choice(["say", "say", "say", "touch", "back", "byte code", "damage", "empty", "other command"]):
            case "say":
                path.write_text(f'{plain[path]}\nprint("{path.stem} {number % 10}")\n', "utf-8")
            case "back":
                path.write_text(plain[path], "utf-8")
            case "byte code":
                pyc_of(path).unlink(missing_ok=True)
            case "damage":
                copy.file.write_bytes(damaged(copy.file.read_bytes(), chance))
            case "empty":
                copy.file.write_bytes(b"")
            case "other command":
                copy.run(("fmt", "--check", "desk.recpol"))
            case _:
                pass  # the time alone is another
        time += 2
        os.utime(path, (time, time))
        copy.file.rename(aside)
        expected = copy.run(LINT, PYTHONDONTWRITEBYTECODE="1")
        aside.rename(copy.file)
        assert copy.run(LINT) == expected, number
        assert copy.not_from_the_file(LINT) == set(), number


# A file that is not what was written


def damaged(data: bytes, chance: Random) -> bytes:
    """Some bytes with others in places, cut off, or with zeros from somewhere on, as a disk may leave them."""
    changed = bytearray(data)
    where = chance.choice([chance.randrange(60), chance.randrange(len(data))])
    kind = chance.choice(["bytes", "cut", "zeros"])
    if kind == "bytes":
        changed[where : where + chance.randint(1, 9)] = chance.randbytes(9)
    elif kind == "cut":
        del changed[where:]
    else:
        changed[where:] = bytes(len(data) - where)
    return bytes(changed)


SAME_CODE = """
import sys
from importlib.machinery import SourceFileLoader
from recpol.cli.bytecode import Bundle
path, root, *files = sys.argv[1:]
names = ["recpol.cli.dispatch", "recpol.cli.commands", "recpol.cli.console", "recpol.base", "recpol.base.nearest"]
def found(path):
    bundle = Bundle(path, root)
    return {name: spec.loader for name in names if (spec := bundle.find_spec(name)) is not None}
right = {name: SourceFileLoader(name, loader.path).get_code(name) for name, loader in found(path).items()}
print(sorted(right) == sorted(names))
for file in files:
    print(all(loader.get_code(name) == right[name] for name, loader in found(file).items()))
"""


def test_of_a_damaged_file_no_other_code_is_loaded(copy: Copy, tmp_path: Path) -> None:
    whole = copy.file.read_bytes()
    files = [tmp_path / f"{number}" for number in range(200)]
    for number, file in enumerate(files):
        file.write_bytes(damaged(whole, Random(number)))
    words = (str(copy.file), str(copy.package), *map(str, files))
    assert copy.run(words, SAME_CODE, PYTHONDONTWRITEBYTECODE="1") == (0, "True\n" * 201, "")


@pytest.mark.parametrize("data", [b"", MAGIC_NUMBER, b"\x00", b"other magic"])
def test_a_file_that_is_none_of_ours_is_written_anew(copy: Copy, data: bytes) -> None:
    whole = copy.file.read_bytes()
    copy.file.write_bytes(data if data != b"other magic" else b"\x01\x02\r\n" + whole[4:])
    assert copy.run(VERSION) == SAID
    assert copy.not_from_the_file() == set()
    assert copy.file.read_bytes()[: len(MAGIC_NUMBER)] == MAGIC_NUMBER


def test_a_package_that_was_copied_is_loaded_from_where_it_is(copy: Copy, tmp_path: Path) -> None:
    shutil.copytree(copy.folder, tmp_path / "other")
    other = Copy(tmp_path / "other")
    edit(other.dispatch, 'say(f"recpol ', 'say(f"RECPOL ', later=0)
    pyc_of(other.dispatch).unlink()
    assert other.run(VERSION) == (0, SAID[1].replace("recpol", "RECPOL"), "")
    looks = other.looks(VERSION)
    assert {name for name, (loader, *_) in looks.items() if loader == "SourceFileLoader"} == BEFORE
    assert str(copy.folder) not in json.dumps(looks)


# Where and when it is written


def test_python_that_writes_no_byte_code_writes_none_here(copy: Copy) -> None:
    copy.file.unlink()
    assert copy.run(VERSION, PYTHONDONTWRITEBYTECODE="1") == SAID
    assert not copy.file.exists()


def test_it_is_among_the_byte_code_that_is_kept_elsewhere(copy: Copy, tmp_path: Path) -> None:
    copy.file.unlink()
    assert copy.run(VERSION, PYTHONPYCACHEPREFIX=str(tmp_path)) == SAID
    assert [path.name for path in tmp_path.rglob("modules.*")] == [copy.file.name]
    assert not copy.file.exists()


@pytest.mark.parametrize("why", ["read-only", "a folder"])
def test_where_it_cannot_be_written_a_run_is_as_ever(copy: Copy, why: str) -> None:
    copy.file.unlink()
    folder = copy.file.parent
    if why == "a folder":
        copy.file.mkdir()
    else:
        folder.chmod(0o555)
    try:
        assert [copy.run(VERSION) for _ in range(2)] == [SAID, SAID]
        assert copy.strays() == []
    finally:
        folder.chmod(0o755)
        if why == "a folder":
            copy.file.rmdir()


@pytest.mark.parametrize("problem", [KeyboardInterrupt, MemoryError])
def test_what_goes_wrong_when_it_is_written_is_not_told(copy: Copy, problem: type[BaseException]) -> None:
    copy.file.unlink()
    failing = f"import marshal\ndef dumps(_): raise {problem.__name__}\nmarshal.dumps = dumps\n"
    assert copy.run(VERSION, failing + COMMAND) == SAID
    assert not copy.file.exists()
    assert copy.strays() == []


def test_runs_at_the_same_time_leave_it_whole(copy: Copy) -> None:
    copy.file.unlink()
    commands = [VERSION, LINT, ("fmt", "--check", "desk.recpol")] * 2
    together = [ended(process) for process in [copy.start(words) for words in commands]]
    assert together == [copy.run(words) for words in commands]
    assert [copy.not_from_the_file(words) for words in commands] == [set()] * len(commands)
    assert copy.strays() == []
