"""The example policies: each one parses, has no findings at all, and gives exactly the files in `tests/golden/`.

`RECPOL_REWRITE=1` before `pytest tests/test_policies.py` writes the golden files anew and deletes those that no policy
gives any more. Read every line that changes before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recpol.compile import Compilation, compile_program
from recpol.ground.config import Config, read_config
from recpol.ground.source import Source, Unreadable
from recpol.program import program
from recpol.rules.catalogue import BY_NAME
from recpol.rules.check import check

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))
RULES = sorted((ROOT / "policies" / "shared").glob("*.recpol"))
REWRITE = bool(os.environ.get("RECPOL_REWRITE"))
HEADINGS = ("# For: ", "# Records: ", "# Change first: ")


def by_name(path: Path) -> str:
    return path.stem


def source(path: Path) -> Source:
    return Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))


def reader(written: str, using: str) -> Source | Unreadable:
    path = (ROOT / using).parent / written
    return source(path) if path.is_file() else Unreadable("there is no such file")


def config() -> Config:
    found, problems = read_config(source(ROOT / "recpol.yaml"), BY_NAME)
    assert not problems
    return found


def compiled(path: Path, environment: str | None = None) -> Compilation:
    values = config().values(environment)
    return compile_program(program(source(path), reader=reader, variables=values))


def said(compilation: Compilation) -> list[str]:
    return [f"{f.span.begin}: {f.rule}: {f.message}" for f in compilation.findings]


def test_there_is_a_choice() -> None:
    assert len(POLICIES) >= 10


@pytest.mark.parametrize("environment", [None, *config().environments])
@pytest.mark.parametrize("path", POLICIES, ids=by_name)
def test_a_policy_has_no_findings(path: Path, environment: str | None) -> None:
    compilation = compiled(path, environment)
    assert said(compilation) == []
    assert compilation.name == path.stem
    assert "{{ var." not in b"".join(compilation.files.values()).decode("utf-8")


@pytest.mark.parametrize("path", POLICIES, ids=by_name)
def test_a_policy_gives_its_golden_files(path: Path) -> None:
    files = compiled(path).files
    folder = GOLDEN / path.stem
    if REWRITE:
        folder.mkdir(parents=True, exist_ok=True)
        for orphan in {file.name for file in folder.iterdir()} - set(files):
            (folder / orphan).unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    assert {file.name: file.read_bytes().decode("utf-8") for file in folder.iterdir()} == {
        name: data.decode("utf-8") for name, data in files.items()
    }


def test_every_golden_folder_belongs_to_a_policy() -> None:
    orphans = sorted({folder.name for folder in GOLDEN.iterdir()} - {path.stem for path in POLICIES})
    if REWRITE:
        for orphan in orphans:
            for file in (GOLDEN / orphan).iterdir():
                file.unlink()
            (GOLDEN / orphan).rmdir()
        orphans = []
    assert orphans == []


@pytest.mark.parametrize("path", [*POLICIES, *RULES], ids=by_name)
def test_a_file_begins_by_saying_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    header = text[: text.index("\n\n")].splitlines()
    assert all(line.startswith("#") for line in header)
    assert header[0].endswith(".")
    wanted = HEADINGS if path in POLICIES else (HEADINGS[0], HEADINGS[2])
    for heading in wanted:
        assert any(line.startswith(heading) for line in header), f"no line `{heading}…`"


@pytest.mark.parametrize("path", RULES, ids=by_name)
def test_a_rules_file_has_no_findings_and_several_users(path: Path) -> None:
    assert check(program(source(path), reader=reader)).findings == ()
    users = [p for p in POLICIES if f'use "shared/{path.name}"' in p.read_text("utf-8")]
    assert len(users) >= 3
