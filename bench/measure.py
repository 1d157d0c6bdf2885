"""Whole processes to costs, costs to ratios, and points to the exponent of their growth.

What is compared runs in turns, A B C A B C, so that whatever else the machine does falls on all alike; a ratio is the
median of the ratios of the rounds. Before the first of several rounds each runs once, which also writes the byte code
of its modules.

Invariant: a process that ends with another status than expected ends the benchmark; no figure comes from a failed run.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PYTHON = sys.executable
RECPOL = str(BIN / "recpol")
SCHEMA = ROOT / "schemas" / "svaml1.schema.json"

_LAUNCHER = str(Path(__file__).with_name("launch.py"))
_CACHE = tempfile.TemporaryDirectory(prefix="recpol-bench-")
_MEMORY_UNIT = 1024 * 1024 if sys.platform == "darwin" else 1024
"""How much of `ru_maxrss` is a MiB."""


class BenchError(Exception):
    """Something that was to be measured does not work."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost: seconds on the clock, seconds of processor time, largest memory in MiB."""

    wall: float
    cpu: float
    memory: float


def _nothing() -> None:
    """What most contenders need beforehand."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A command to measure, the folder it runs in, and what to do before each run, off the clock."""

    name: str
    command: Sequence[str]
    folder: Path
    prepare: Callable[[], None] = _nothing


def environment() -> dict[str, str]:
    """The environment for what is measured: a user's, where Python keeps the byte code of what it has loaded, with a
    cache of recpol's of its own."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"RECPOL_CACHE": _CACHE.name}


def run(contender: Contender) -> None:
    """Run a contender off the clock; raises `BenchError` with what it said if it fails."""
    contender.prepare()
    done = subprocess.run(
        contender.command, cwd=contender.folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise BenchError(f"{contender.name} ended with status {done.returncode}:\n{said[:2000]}")


def cost(contender: Contender) -> Cost:
    """Run a contender on the clock."""
    contender.prepare()
    launched = [PYTHON, "-I", "-S", _LAUNCHER, *contender.command]
    done = subprocess.run(
        launched, cwd=contender.folder, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    wall, cpu, memory, status = done.stdout.split()
    if status != "0":
        run(contender)  # says what the command said
        raise BenchError(f"{contender.name} ended with status {status}")
    return Cost(float(wall), float(cpu), int(memory) / _MEMORY_UNIT)


def race(contenders: Sequence[Contender], rounds: int) -> dict[str, list[Cost]]:
    """The costs of each contender, round by round."""
    for contender in contenders if rounds > 1 else ():
        run(contender)
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            costs[contender.name].append(cost(contender))
    return costs


def race_table(costs: Mapping[str, Sequence[Cost]], peers: Sequence[str]) -> str:
    """Medians of a race, and for each peer the ratio to it: of wall time (with its middle half) and of processor time.

    Times are milliseconds.
    """
    heads = ["", "wall ms", "cpu ms", "MiB"]
    heads += [head for peer in peers for head in (f"× {peer}", "(middle half)", "cpu")]
    rows = []
    for name, mine in costs.items():
        row = [name, *(f"{1000 * median(values):.1f}" for values in ([c.wall for c in mine], [c.cpu for c in mine]))]
        row.append(f"{median(c.memory for c in mine):.1f}")
        for peer in peers:
            theirs = costs[peer]
            walls = [one.wall / other.wall for one, other in zip(mine, theirs, strict=True)]
            cpus = [one.cpu / other.cpu for one, other in zip(mine, theirs, strict=True)]
            row += [_ratio(median(walls)), _middle(walls), _ratio(median(cpus))]
        rows.append(row)
    return table(heads, rows)


def _middle(values: Sequence[float]) -> str:
    if len(values) < 2:
        return ""
    low, _, high = quantiles(values, n=4, method="inclusive")
    return f"{_ratio(low)}-{_ratio(high)}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under heads as README.md has them, in Markdown; the first column to the left, the others to the right."""
    widths = [max(len(row[n]) for row in [heads, *rows]) for n in range(len(heads))]
    lines = []
    for row in [heads, *rows]:
        first, *others = [
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(" | ".join([f"| {first}", *others]) + " |")
    lines.insert(1, "|" + "|".join(f"{'-' * (w + 1)}{'-' if n == 0 else ':'}" for n, w in enumerate(widths)) + "|")
    return "\n".join(lines)


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """How a cost grows with a size: the slope of the straight line through the logarithms, by least squares."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(cost) for _, cost in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((one - x) ** 2 for one in xs)
    return sum((one - x) * (other - y) for one, other in zip(xs, ys, strict=True)) / spread
