"""The benchmarks run, in a tiny size and without a look at any clock, and what they measure is what they say."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.prove import prove
from recpol.rules.check import check

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"

SHAPES = [
    *("long", "menus", "chain", "talks", "answered", "loops"),
    *("submenus", "dials", "outbound", "rooms", "parks", "rules", "phases", "promises"),
]

PEERS = ["check-jsonschema", "ruff check"]
"""Those that need no registry."""

TABLES = {
    "cold": [
        "python -c pass",
        "recpol lint",
        "recpol lint, recpol.yaml",
        "recpol compile",
        "recpol lint, nothing changed",
        *PEERS,
    ],
    "imports": ["recpol.", "a bare Python:", "recpol's own:", "what they need:"],
    "many": ["python -c pass", "lint", "compile, fresh", "compile, nothing changed", "cp -R", *PEERS],
    "proofs": ["parse and understand", "prove"],
    "growth": [*(f"{shape}:" for shape in (*SHAPES, "tenants")), "exponent", "an unclosed string of blanks"],
    "verify": ["support line", "examples in ", "long, 20 segments"],
    "lsp": [
        *("start: initialized", "start: first findings", "support line: key stroke", "large policy: key stroke"),
        *("project: first findings", "project: all findings", "rules: key stroke", "rules: all users told"),
    ],
    "serve": ["recpol serve"] if shutil.which("wrk") else ["wrk is not installed: nothing is measured"],
}
"""What lines of each benchmark's output begin with."""


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "run.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """How a module of the benchmarks is loaded: as `run.py` does it."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_benchmark_runs_and_prints_its_table(name: str) -> None:
    done = bench(name, "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"\n{name}: " in done.stdout
    lines = [line.strip("| ") for line in done.stdout.splitlines()]
    assert [start for start in TABLES[name] if not any(line.startswith(start) for line in lines)] == []


def test_every_benchmark_is_known_and_described(module: Any) -> None:
    assert set(module("run").BENCHMARKS) == set(TABLES)
    described = (BENCH / "README.md").read_text("utf-8")
    assert [name for name in TABLES if f"### {name}\n" not in described] == []


def test_an_unknown_benchmark_is_refused() -> None:
    done = bench("cold", "colt")
    assert done.returncode == 2
    assert "unknown benchmark `colt`: there are cold, " in done.stderr
    assert "\ncold: " not in done.stdout


def test_a_command_that_fails_gives_no_figure(module: Any, tmp_path: Path) -> None:
    measure = module("measure")
    fails = measure.Contender("fails", (sys.executable, "-c", "raise SystemExit('no such thing')"), tmp_path)
    with pytest.raises(measure.BenchError, match=r"fails ended with status 1:\nno such thing"):
        measure.race([fails], rounds=1)
    with pytest.raises(measure.BenchError, match="fails ended with status 1"):
        measure.cost(fails)


def test_what_is_measured_may_keep_its_byte_code(module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "kept.py").write_text("", "utf-8")
    measure = module("measure")
    measure.run(measure.Contender("import", (sys.executable, "-c", "import kept"), tmp_path))
    assert list((tmp_path / "__pycache__").glob("kept.*.pyc"))


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0])
def test_the_exponent_is_that_of_the_growth(module: Any, power: float) -> None:
    points = [(size, 7 * size**power) for size in (10.0, 30.0, 100.0, 1000.0)]
    assert module("measure").exponent(points) == pytest.approx(power)


def test_a_stage_is_charged_for_its_own_work_only(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = module("stages")
    ticks = iter([0.0, 1.0, 4.0, 6.0])  # the outer stage begins, the inner one begins and ends, the outer one ends
    monkeypatch.setattr(stages, "process_time", lambda: next(ticks))
    watch = stages.Stopwatch()
    inner = watch.around("prove", lambda: None)
    watch.around("check", inner)()
    assert (watch.spent["prove"], watch.spent["check"]) == (3.0, 3.0)


@pytest.mark.parametrize("size", [4, 13, 60])
@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_goes_through_every_stage(module: Any, name: str, size: int) -> None:
    """A policy with errors or a broken guarantee would be done early, and seem fast."""
    shape = next(shape for shape in module("shapes").SHAPES if shape.name == name)
    made = program(Source(name, shape.text(size)))
    assert len(made.steps) >= size
    assert check(made).errors == ()
    assert {verdict.status for verdict in prove(made)} == {"proven"}


def test_a_text_that_is_no_policy_is_one_at_no_size(module: Any) -> None:
    for shape in module("shapes").HOSTILE:
        text = shape.text(120)
        assert 60 <= len(text) <= 240, shape.name
        assert check(program(Source(shape.name, text))).findings, shape.name
