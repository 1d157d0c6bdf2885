"""recpol's own files: where they are read from, and that the compiled table is never a stale one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recpol.base import resources
from recpol.syntax.table import compile_table

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout of its own: a grammar, a module that compiles it, a schema."""
    package = tmp_path / "compiler" / "recpol"
    (package / "syntax").mkdir(parents=True)
    (package / "syntax" / "table.py").write_text("# version 1\n")
    (tmp_path / "grammar").mkdir()
    (tmp_path / "grammar" / "recpol.lark").write_text("grammar 1\r\n", newline="")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "odd.schema.json").write_text("{}")
    monkeypatch.setattr(resources, "PACKAGE", str(package))
    monkeypatch.setattr(resources, "DATA", str(package / "data"))
    monkeypatch.setattr(resources, "CHECKOUT", str(tmp_path))
    resources.schema_text.cache_clear()
    return tmp_path


class Compiler:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, grammar: str) -> str:
        self.asked += 1
        return f"table {self.asked} of {grammar}"


def test_a_checkout_is_read_in_place(checkout: Path) -> None:
    assert not resources.packaged()
    assert resources.grammar_text() == "grammar 1\r\n"
    assert resources.schema_text("odd") == "{}"


def test_the_table_is_made_once(checkout: Path) -> None:
    compiler = Compiler()
    assert resources.table_text(compiler) == "table 1 of grammar 1\r\n"
    assert resources.table_text(compiler) == "table 1 of grammar 1\r\n"
    assert compiler.asked == 1
    assert sorted(path.name for path in (checkout / "grammar").iterdir()) == [resources.TABLE_FILE, "recpol.lark"]


@pytest.mark.parametrize("changed", ["grammar/recpol.lark", "compiler/recpol/syntax/table.py"])
def test_a_stale_table_is_made_anew(checkout: Path, changed: str) -> None:
    compiler = Compiler()
    resources.table_text(compiler)
    (checkout / changed).write_text("something else\n")
    assert resources.table_text(compiler).startswith("table 2")
    resources.table_text(compiler)
    assert compiler.asked == 2


@pytest.mark.parametrize("kept", [b"", b"\xff", b"9:00000000 9:00000000\nother", b"no line break"])
def test_a_damaged_table_is_made_anew(checkout: Path, kept: bytes) -> None:
    (checkout / "grammar" / resources.TABLE_FILE).write_bytes(kept)
    assert resources.table_text(Compiler()) == "table 1 of grammar 1\r\n"


def test_a_table_cut_off_after_its_first_line_is_made_anew(checkout: Path) -> None:
    resources.table_text(Compiler())
    kept = checkout / "grammar" / resources.TABLE_FILE
    kept.write_text(kept.read_text().partition("\n")[0] + "\n")
    assert resources.table_text(Compiler()).startswith("table 1")


def test_a_checkout_that_cannot_be_written_works(checkout: Path) -> None:
    (checkout / "grammar" / resources.TABLE_FILE).mkdir()
    assert resources.table_text(Compiler()).startswith("table 1")
    assert sorted(path.name for path in (checkout / "grammar").iterdir()) == [resources.TABLE_FILE, "recpol.lark"]


def test_a_wheel_is_read_from_its_package_data(checkout: Path) -> None:
    data = checkout / "compiler" / "recpol" / "data"
    data.mkdir()
    for name in ("recpol.lark", "recpol.table", "odd.schema.json"):
        (data / name).write_text(f"packaged {name}")
    shutil.rmtree(checkout / "grammar")
    compiler = Compiler()
    assert resources.grammar_text() == "packaged recpol.lark"
    assert resources.schema_text("odd") == "packaged odd.schema.json"
    assert resources.table_text(compiler) == "packaged recpol.table"
    assert compiler.asked == 0


def test_the_real_table_is_the_same_on_every_run() -> None:
    """Otherwise two wheels made from one grammar would differ."""
    code = "from recpol.syntax import table; print(table.compile_table(table.resources.grammar_text()), end='')"
    tables = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout.decode()
        for seed in ("1", "2")
    }
    assert len(tables) == 1
    assert resources.table_text(compile_table) in tables


def test_every_schema_of_the_checkout_can_be_read() -> None:
    names = [path.name.removesuffix(".schema.json") for path in (ROOT / "schemas").glob("*.schema.json")]
    assert "config" in names
    for name in names:
        assert json.loads(resources.schema_text(name))["$schema"] == "https://json-schema.org/draft/2020-12/schema"
