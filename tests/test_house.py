"""The house defends itself: walls between modules, no input or output in the core, small modules, a light start."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from recpol.platform import targets as platform_targets
from recpol.targets.catalogue import target_names

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "compiler" / "recpol"
BIN = Path(sys.executable).parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = sorted(
    {
        *MODULES,
        *(ROOT / "tests").rglob("*.py"),
        *ROOT.glob("docs/*.py"),
        *ROOT.glob("bench/*.py"),
        *ROOT.glob("playground/*.py"),
    }
)
LONGEST = 350
FRONTENDS = {
    "compiler/recpol/cli/*",
    "compiler/recpol/workspace/*",
    "compiler/recpol/cache/*",
    "compiler/recpol/__init__.py",
    "compiler/recpol/api.py",
    "compiler/recpol/__main__.py",
    "compiler/recpol/base/resources.py",
    "compiler/recpol/lsp/*",
    "compiler/recpol/runtime/alarms.py",
    "compiler/recpol/runtime/app.py",
    "compiler/recpol/runtime/presence.py",
    "compiler/recpol/runtime/build.py",
    "compiler/recpol/runtime/ledger.py",
    "compiler/recpol/runtime/sending.py",
    "compiler/recpol/runtime/serving.py",
    "compiler/recpol/runtime/sqlite.py",
    "compiler/recpol/testing/*",
    "compiler/recpol_check.py",
}
"""All that may touch files, the environment, the clock or the terminal."""

COMPILES = "compiler/recpol/base/record.py: exec"
"""The one place that compiles text of its own making: a class's `__init__`, as the standard library does."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def run(*command: str | Path, text: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True, cwd=cwd, check=False)


def test_what_docstrings_say_of_pages_is_there() -> None:
    for path in MODULES:
        text = re.sub(r"\s+", " ", path.read_text("utf-8"))
        for page, heading in re.findall(r"\b([A-Z]{4,}\.md)(?: has [^.:]*,)? under \"([^\"]+)\"", text):
            headings = re.findall(r"^#+ (.*)", (ROOT / page).read_text("utf-8"), re.MULTILINE)
            assert heading in headings, f"{named(path)}: {page} has no {heading!r}"
        for page in re.findall(r"(?<![\w/.`])docs/[a-z/0-9-]+(?:\.md)?", text):
            assert (ROOT / page).exists(), f"{named(path)}: there is no {page}"


# Walls


def test_no_module_imports_across_a_wall() -> None:
    checked = run(BIN / "lint-imports", "--no-cache", "--no-logo")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_page_shows_the_rows_that_are_checked() -> None:
    (layers,) = (one for one in PYPROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    checked = [row.split(" | ") for row in layers["layers"]]
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = page.partition("| layer | holds | |\n|---|---|---|\n")[2].partition("\n\n")[0]
    assert [re.findall(r"`(\w+)`", line.split("|")[2]) for line in table.splitlines()] == checked


def test_the_walls_stand_where_the_rooms_are() -> None:
    """import-linter refuses a contract about a module that is not there yet; one that is there needs its contract."""
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    walled = {
        module for contract in contracts if contract["type"] == "forbidden" for module in contract["source_modules"]
    }
    if (PACKAGE / "interpreters").exists():
        assert "recpol.interpreters" in walled, (
            "the judge must not know the defendant: forbid targets, AST and call graph"
        )
    assert "recpol" in walled


def test_the_linter_finds_input_and_output_in_the_core() -> None:
    """The list of banned names is only as good as ruff's reading of it."""
    touching = [
        "import os",
        "import os.path",
        "from os import environ",
        "import sys",
        "import io",
        "from pathlib import Path",
        "import time",
        "import random",
        "from tempfile import mkdtemp",
        "import subprocess",
        "import shutil",
        "import socket",
        "import logging",
        "import urllib.request",
        "print()",
        "import datetime; datetime.datetime.now()",
        "import datetime; datetime.date.today()",
        "from datetime import date; date.today()",
        "from datetime import datetime; datetime.now()",
    ]
    for line in touching:
        for path, verdict in (("compiler/recpol/analysis/new.py", 1), ("compiler/recpol/cli/new.py", 0)):
            command = ["check", "--select", "TID251,T201", "--no-cache", "--stdin-filename", path, "-"]
            assert run(BIN / "ruff", *command, text=line + "\n").returncode == verdict, f"{path}: {line}"


WORLDLY = {"open", "input", "print", "exec", "eval", "compile", "breakpoint", "__import__"}
"""Built-in functions that reach out of the program, or could."""


def test_the_core_calls_nothing_that_reaches_out() -> None:
    calls = [
        f"{named(path)}:{node.lineno}: {node.func.id}"
        for path in MODULES
        if path.parent.name not in ("cache", "cli", "lsp", "workspace", "testing") and named(path) not in FRONTENDS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in WORLDLY
        and f"{named(path)}: {node.func.id}" != COMPILES
    ]
    assert calls == []


def test_only_the_faces_and_resources_are_let_off() -> None:
    ignores = PYPROJECT["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert {path for path, codes in ignores.items() if "TID251" in codes and path.startswith("compiler")} == FRONTENDS
    said = re.search(r"\* Invariant: no input or output [^*]+", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    rooms = {path.removeprefix("compiler/").removeprefix("recpol/").partition("/")[0] for path in FRONTENDS}
    named = {part.partition(".")[0] for part in re.findall(r"`([a-z_.]+)`", said[0] if said else "")}
    assert {room.removesuffix(".py") for room in rooms} - {"__init__", "__main__"} == named - {"pyproject"}


def test_ruff_reads_every_module() -> None:
    """A list of what it leaves out once hid a whole package."""
    listed = run(BIN / "ruff", "check", "--show-files", ".").stdout.splitlines()
    assert {named(path) for path in OURS} <= {named(Path(line)) for line in listed}


def test_the_count_of_the_structure_finds_circles() -> None:
    """`make lint` prints the count, and fails where modules go in a circle."""
    structure = runpy.run_path(str(ROOT / "docs" / "structure.py"))
    modules = {
        "r.a.x": {"r.b"},
        "r.b": {"r.a.y"},
        "r.a.y": set(),
        "r.c.one": {"r.c.two"},
        "r.c.two": {"r.c.one", "r.b"},
    }
    rooms = structure["rooms_of"](modules)
    assert rooms == {"a": {"b"}, "b": {"a"}, "c": {"b"}}
    assert structure["circles"](modules) == [("r.c.one", "r.c.two")]
    assert structure["circles"](rooms) == [("a", "b")]
    assert structure["floors"](rooms) == {"a": 1, "b": 1, "c": 2}
    counted = run(sys.executable, ROOT / "docs" / "structure.py")
    assert counted.returncode == 0, counted.stdout + counted.stderr
    assert "0 circles of modules, 0 of rooms" in counted.stdout


# Modules


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = text.count("\n")
    assert lines <= LONGEST, f"{lines} lines: split it"
    described = ast.get_docstring(parsed(path))
    assert described, "no docstring"
    assert len(described.split()) > 3, "a docstring that says nothing"


@pytest.mark.parametrize("path", OURS, ids=named)
def test_nothing_is_put_off_and_no_check_is_silenced_without_a_reason(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        assert not re.search(r"#.*\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b", line), f"line {number}"
        silenced = re.search(r"#\s*(noqa\b:?|type:\s*ignore)(?P<rest>.*)", line)
        if silenced is not None:
            reason = re.sub(r"\[[^]]*\]|[A-Z]+[0-9]+|[^A-Za-z]", " ", silenced["rest"])
            assert len(reason.split()) >= 3, f"line {number}: say why"


def test_every_package_is_a_package() -> None:
    folders = {path.parent for path in MODULES}
    assert [named(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_public_class_name_occurs_twice() -> None:
    """A name means one thing everywhere: classes, and aliases of types, which are written like classes."""
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in parsed(path).body:
            match node:
                case ast.ClassDef(name=name):
                    pass
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    if re.fullmatch("[A-Z]+[a-z][A-Za-z0-9]*", name) is None:
                        continue
                case _:
                    continue
            if not name.startswith("_"):
                places.setdefault(name, []).append(named(path))
    assert len(places) > 200, "the test does not see the classes"
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


# Targets

KNOWS_TARGETS = ("targets/", "interpreters/", "platform/", "svaml/", "settings/", "cli/", "rules/targets/")
"""Where a target may be called by its name: where its documents are made and read, where names are read, and where
rules are about one."""


def test_nobody_asks_for_a_target_by_its_name() -> None:
    """What depends on a target asks what it can do: no name to compare with, and no target to compare with."""
    names = set(target_names())
    single = {name for name, value in vars(platform_targets).items() if isinstance(value, platform_targets.Target)}
    assert len(names) == len(single) >= 3
    asked: list[str] = []
    for path in MODULES:
        if path.relative_to(PACKAGE).as_posix().startswith(KNOWS_TARGETS):
            continue
        for node in ast.walk(parsed(path)):
            match node:
                case ast.Constant(value=str(text)) if text in names:
                    asked.append(f"{named(path)}:{node.lineno}: {text}")
                case ast.ImportFrom(module="recpol.platform.targets", names=imported):
                    asked += (f"{named(path)}:{node.lineno}: {one.name}" for one in imported if one.name in single)
                case _:
                    pass
    assert asked == []


CALLED_BY_A_LIBRARY = {"do_PATCH", "log_message", "get_tokens_unprocessed"}
"""Methods of a handler of `http.server`, and of a lexer of Pygments."""


def test_every_function_and_class_is_used() -> None:
    """A maker is called by the name of its alternative in the grammar; everything else is named where it is used."""
    read = [*OURS, *(ROOT / "compiler").glob("*.py"), ROOT / "hatch_build.py", ROOT / "grammar" / "recpol.lark"]
    words = Counter(word for path in read for word in re.findall(r"\w+", path.read_text("utf-8")))
    orphans = [
        f"{named(path)}:{node.lineno}: {node.name}"
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not (node.name.startswith("__") or words[node.name] > 1)
        if node.name not in CALLED_BY_A_LIBRARY
    ]
    assert orphans == []


def test_every_class_with_fields_is_a_record() -> None:
    """The standard library's `dataclass` loads a dozen modules."""
    other = [
        named(path)
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if {name.name for name in node.names} & {"dataclass", "field", "replace"} and path.name != "record.py"
    ]
    assert other == []


def test_names_of_compiled_files_are_spelt_in_one_module() -> None:
    """A lowering writes them, verification and reports look them up, import recognises them.

    The server spells the manifest's name once more: it knows nothing of what wrote it.
    """
    spelt = re.compile(
        r"(?:incoming|acknowledge|manifest|recording\.failed)\.json|(?:pie|manage)\.|\.(?:begin|end)\.json"
    )
    found = {
        named(path)
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and spelt.fullmatch(node.value)
    }
    assert found == {"compiler/recpol/targets/filenames.py", "compiler/recpol/runtime/build.py"}


# A light start

POLICY = """\
policy talk
store bucket { url "s3://acme-recordings/talk/" credentials env S3_CREDENTIALS }
on ice { connect pstn +46850020000 }
on ace { record { continue } }
"""

HEAVY = {
    "asyncio",
    "difflib",
    "hashlib",
    "importlib.metadata",
    "importlib.resources",
    "logging",
    "pathlib",
    "random",
    "subprocess",
    "tempfile",
    "unittest",
    "urllib",
}
"""Parts of the standard library that take longer to load than what they would be used for in a lint."""

NOT_FOR_LINT = (
    "recpol.settings.configfile",
    "recpol.targets.v1",
    "recpol.targets.v2",
    "recpol.targets.backend",
    "recpol.targets.differences",
    "recpol.targets.reply",
    "recpol.rendering",
    "recpol.interpreters",
    "recpol.compilation",
    "recpol.fixes",
    "recpol.workspace.output",
)

RUN = """\
import sys
sys.modules["rfc3987_syntax"] = None  # jsonschema takes it where another tool has installed it, and it loads Lark
before = set(sys.modules)
from recpol.cli.main import run
sys.argv = ["recpol", *sys.argv[1:]]
try:
    code = run(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("MODULES", *sorted(set(sys.modules) - before))
sys.exit(code)
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command line loads, run in `folder`."""
    (folder / "talk.recpol").write_text(POLICY, "utf-8")
    done = run(sys.executable, "-c", RUN, *arguments, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.rpartition("MODULES")[2].split())


def test_a_lint_without_settings_loads_nothing_it_does_not_need(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "lint", "talk.recpol")
    tops = {module.partition(".")[0] for module in modules}
    assert "recpol" in tops
    assert tops - sys.stdlib_module_names <= {"recpol"}, "a package of somebody else"
    assert sorted(modules & HEAVY) == []
    assert sorted(module for module in modules if module.startswith(NOT_FOR_LINT)) == []


def test_a_lint_with_settings_loads_yaml_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("out: build\n", "utf-8")
    tops = {module.partition(".")[0] for module in loaded(tmp_path, "lint", "talk.recpol")}
    foreign = {top for top in tops - sys.stdlib_module_names if "cython" not in top}
    assert foreign <= {"recpol", "yaml", "_yaml"}


def test_a_compilation_does_not_load_the_grammars_compiler(tmp_path: Path) -> None:
    tops = {module.partition(".")[0] for module in loaded(tmp_path, "compile", "talk.recpol", "-o", "out")}
    assert "recpol" in tops
    assert not tops & {"lark", "rich"}
