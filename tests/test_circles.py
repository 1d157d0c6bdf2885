"""Nothing that grows holds itself: the command lets Python look for no circles, so that what is in one stays.

A circle is freed when Python looks for circles, which takes the longer the more there is; all else is freed when nobody
holds it. What a run leaves in circles may not grow with the number of files, or with what is in one.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType

import pytest

from growing import DESK, SHAPES, Shape
from shells import MISUSED, Shell

ROOT = Path(__file__).parents[1]
COMPILER = ROOT / "compiler"
POLICIES = ROOT / "policies"

ONCE = 30
"""So many objects in circles are what one parser of a command line, one loaded module or one failed check leaves."""

HOLDS_ITSELF = {
    "recpol/analysis/variables.py: asked": "one for each question",
    "recpol/base/record.py: first": "one for each class",
}
"""Functions within others that know themselves, of which there are only so many, whatever the input is."""

EVERY = 1 if os.environ.get("RECPOL_FUZZ") else 9
TRIED = [(shape, shape.commands[number % len(shape.commands)]) for number, shape in enumerate(SHAPES)][4::EVERY]


def left(shell: Shell, command: str, files: Mapping[str, str | bytes]) -> int:
    """How many objects in circles, and held by some, a command leaves."""
    gc.collect()
    gc.disable()
    try:
        done = shell(*command.split(), files=files)
        assert not MISUSED.match(done.err), command
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize(("shape", "command"), TRIED, ids=[f"{shape.name}: {command}" for shape, command in TRIED])
def test_no_circle_grows_with_a_file(shell: Shell, shape: Shape, command: str) -> None:
    _, small, large = (left(shell, command, shape.files(size)) for size in (4_000, 1_000, 4_000))
    assert large <= small + ONCE, (small, large)


def some_policies(number: int) -> dict[str, str | bytes]:
    """So many policies with their tests, and what they use; each other one has findings that can be fixed."""
    files: dict[str, str | bytes] = {
        str(one.relative_to(POLICIES)): one.read_bytes() for one in (POLICIES / "shared").rglob("*") if one.is_file()
    }
    for one in sorted(POLICIES.glob("*.recpol"))[:number]:
        files[one.name] = one.read_bytes()
        files[f"{one.stem}.test.yaml"] = one.with_suffix(".test.yaml").read_bytes()
        files[f"wrong-{one.name}"] = DESK.replace("desk", f"wrong-{one.stem}").replace("say", "saay", 1)
        files[f"weak-{one.name}"] = DESK.replace("desk", f"weak-{one.stem}") + "never record talk, card\n"
    return files


def some_documents(number: int) -> dict[str, str | bytes]:
    """So many documents of each target, and what each of them says of itself; each has a copy with a mistake in it."""
    files: dict[str, str | bytes] = {}
    for golden in ("golden", "golden-svaml1", "golden-svaml2"):
        for one in sorted((ROOT / "tests" / golden).rglob("*.json"))[: number * 4]:
            name = "-".join(one.relative_to(ROOT / "tests" / golden).parts[:-1])
            files[f"{golden}-{name}/{one.name}"] = one.read_bytes()
            files[f"wrong-{golden}-{name}/{one.name}"] = one.read_bytes().replace(b'"name"', b'"nmae"', 1)
    return files


COMMANDS = (
    "lint .",
    "lint --diff .",
    "lint --output-format sarif .",
    "compile --target classic --target svaml1 -o out .",
    "compile --target svaml2 -o out .",
    "explain .",
    "prove .",
    "report .",
    "targets .",
    "test .",
    "fmt --diff .",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_circle_stays_of_each_policy(tmp_path: Path, shell: Shell, command: str) -> None:
    _held_of_many(tmp_path, shell, command, {number: some_policies(number) for number in (8, 4)})


@pytest.mark.parametrize("command", ["lint .", "lint --diff ."])
def test_no_circle_stays_of_each_document(tmp_path: Path, shell: Shell, command: str) -> None:
    _held_of_many(tmp_path, shell, command, {number: some_documents(number) for number in (8, 4)})


def test_no_circle_stays_of_each_tenant(tmp_path: Path, shell: Shell) -> None:
    project = {
        str(one.relative_to(ROOT / "projects" / "branches")): one.read_bytes()
        for one in (ROOT / "projects" / "branches").rglob("*")
        if one.is_file() and "build" not in one.parts
    }
    head, first, *_ = project["tenants.csv"].decode().splitlines()
    rest = first.split(",", 2)[2]

    def table(number: int) -> bytes:
        """Tenants who all differ in a number and in what they say."""
        rows = (
            f"t{n},gb/{n},{rest.replace('079460', f'07{n:04}', 1).replace('recorded', f'recorded {n}')}"
            for n in range(number)
        )
        return "\n".join([head, *rows, ""]).encode()

    many = {number: {**project, "tenants.csv": table(number)} for number in (150, 20)}
    _held_of_many(tmp_path, shell, "compile --jobs 1", many)


def _held_of_many(folder: Path, shell: Shell, command: str, files: Mapping[int, Mapping[str, str | bytes]]) -> None:
    many, few = files
    found = {}
    for number in (many, few, many):  # what is loaded once, is loaded by the first run
        for one in folder.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        found[number] = left(shell, command, files[number])
    assert found[many] <= found[few] + ONCE, found


def test_no_function_within_another_knows_itself() -> None:
    """It would be a circle, with all that it knows of where it stands: one for each time that the outer one runs."""
    found = {
        f"{file.relative_to(COMPILER)}: {name}"
        for file in COMPILER.rglob("*.py")
        for name in _circular(compile(file.read_text("utf-8"), str(file), "exec"))
    }
    assert found == HOLDS_ITSELF.keys()


def _circular(code: CodeType) -> Iterator[str]:
    """The names of functions that know themselves, or others beside them that lead back to them."""
    within = [one for one in code.co_consts if isinstance(one, CodeType)]
    knows = {one.co_name: _free(one) for one in within}
    for name in knows:
        reached, fresh = set[str](), {name}
        while fresh:
            fresh = {other for one in fresh for other in knows.get(one, ())} - reached
            reached |= fresh
        if name in reached:
            yield name
    for one in within:
        yield from _circular(one)


def _free(code: CodeType) -> frozenset[str]:
    """What a function knows of where it stands."""
    return frozenset(code.co_freevars)


KEYS = {
    "KEY": "id:secret",
    "SINCH_APPLICATION_KEY": "669E367E-6BBA-48AB-AF15-266871C28135",
    "SINCH_APPLICATION_SECRET": "c2VjcmV0",
}


def _told(script: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=os.environ | KEYS,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stderr


@pytest.mark.parametrize(
    ("words", "patch", "looks"),
    [
        (("lint", "desk.recpol"), "recpol.cli.dispatch.flush", False),
        (("compile", "desk.recpol"), "recpol.cli.dispatch.flush", False),
        (("lsp",), "recpol.lsp.serving.serve", True),
        (("serve", "build"), "uvicorn.Server.run", True),
    ],
)
def test_python_looks_for_circles_in_what_lasts_alone(
    words: tuple[str, ...], patch: str, looks: bool, tmp_path: Path, shell: Shell
) -> None:
    assert shell("compile", "-o", "build", "desk.recpol", files={"desk.recpol": DESK}).status == 0
    script = (
        f"import gc, sys, unittest.mock as m; sys.argv = {['recpol', *words]!r}\n"
        f"said = lambda *a, **k: print('looks', gc.isenabled(), file=sys.stderr) or 0\n"
        f"m.patch({patch!r}, said).start()\nfrom recpol.cli.main import run\nrun()"
    )
    assert f"looks {looks}" in _told(script, tmp_path)


def test_a_library_leaves_that_to_its_user(tmp_path: Path) -> None:
    (tmp_path / "desk.recpol").write_text(DESK, "utf-8")
    script = """
import gc, pathlib, sys
def now():
    return gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
before = now()
import recpol
desk = pathlib.Path("desk.recpol")
assert recpol.compile(desk).files and recpol.lint(desk) is not None
assert before == now()
print("same", file=sys.stderr)
"""
    assert _told(script, tmp_path) == "same\n"
