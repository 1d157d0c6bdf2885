"""How the time of every stage grows with the size of a policy, in fourteen shapes, and with the
number of tenants.

Processor time in this process, the least of several runs. The exponent is the slope of log time over log size, by
least squares over all sizes of at least 100 (below, what every policy costs hides the growth); 1 is linear, 2 square.
Where a stage grows faster than by 1.2, the functions that spend most there are named.
"""

from __future__ import annotations

import cProfile
import gc
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import tenants
from measure import ROOT, exponent, table
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.rules.check import check
from recpol.syntax.builders import read
from shapes import CHARACTERS, HOSTILE, SEGMENTS, SHAPES, Shape, long
from stages import STAGES, Stopwatch, compile_watched, tenants_watched

COMPILER = ROOT / "compiler"

STEEP = 1.2
"""The exponent from which on the cause is looked for."""

PATIENCE = 20.0
"""A size is left out when the one before lets it be expected to take more than this many seconds."""

RUNS, ENOUGH = 7, 3.0
"""How often a size is measured; after this many seconds no more than twice."""

Work = Callable[[Source], dict[str, float]]
"""A text to the seconds that each stage spent on it."""

_SMALL = 100
_ALL = "all"
_NOTHING = 1e-6


def measure(*, quick: bool) -> None:
    """Print a table for parsing alone, one for each shape, and one for texts that are no policies, as the command runs
    them: Python does not look for unreachable circles."""
    gc.disable()
    runs = 1 if quick else RUNS
    _parse_alone((10, 20) if quick else (10, 30, 100, 300, 1000, 3000, 9900), runs)
    for shape in (*SHAPES, TENANTS):
        work = tenants_watched if shape is TENANTS else compile_watched
        _shape(replace(shape, sizes=(4, 8)) if quick else shape, work, runs)
    _hostile((100, 200) if quick else None, runs)


TENANTS = Shape("tenants", "tenants of one policy, in one command", SEGMENTS, tenants.table)


def _shape(shape: Shape, work: Work, runs: int) -> None:
    print(f"\n  {shape.name}: {shape.counts}\n")
    found, left_out = _measured(shape, work, runs)
    rows = [[str(size), *(f"{1000 * spent[stage]:.1f}" for stage in _COLUMNS)] for size, spent in found.items()]
    exponents = {stage: _fit({size: spent[stage] for size, spent in found.items()}) for stage in _COLUMNS}
    rows.append(["exponent", *(f"{exponents[stage]:.2f}" for stage in _COLUMNS)])
    print(table(["ms", *_COLUMNS], rows))
    if left_out:
        print(f"  left out, expected to take more than {PATIENCE:.0f} s: {', '.join(map(str, left_out))}")
    sizes = sorted(found)
    steep = [stage for stage in STAGES if exponents[stage] > STEEP and found[sizes[-1]][stage] > 0.01]
    if steep and len(sizes) > 2:
        small = next((size for size in sizes[:-1] if size >= _SMALL), sizes[0])
        print(f"\n  steeper than {STEEP}: {', '.join(steep)}. What grows there, from {small} to {sizes[-1]}:")
        for line in _growing(shape, work, small, sizes[-1]):
            print(f"    {line}")


_COLUMNS = (*STAGES, _ALL)


def _measured(shape: Shape, work: Work, runs: int) -> tuple[dict[int, dict[str, float]], list[int]]:
    """The least times of each size, and the sizes that were left out."""
    found: dict[int, dict[str, float]] = {}
    left_out: list[int] = []
    for size in shape.sizes:
        if left_out or _expected(size, found) > PATIENCE:
            left_out.append(size)
        else:
            found[size] = _least(Source(f"{shape.name}-{size}", shape.text(size)), work, runs)
    return found, left_out


def _expected(size: int, found: Mapping[int, Mapping[str, float]]) -> float:
    """How long a size may take: as the last two have grown, or with the square after the first."""
    if not found:
        return 0.0
    last = [(float(known), max(spent[_ALL], _NOTHING)) for known, spent in found.items()][-2:]
    power = max(1.0, exponent(last)) if len(last) > 1 else 2.0
    return last[-1][1] * math.pow(size / last[-1][0], power)


def _least(source: Source, work: Work, runs: int) -> dict[str, float]:
    """The least that each stage took; few runs of what takes long."""
    least: dict[str, float] = {}
    total = 0.0
    for run in range(runs):
        if run > 1 and total > ENOUGH:
            break
        spent = work(source)
        spent[_ALL] = sum(spent.values())
        least = {stage: min(value, least.get(stage, value)) for stage, value in spent.items()}
        total += spent[_ALL]
    return least


def _fit(costs: Mapping[int, float]) -> float:
    points = [(float(size), max(cost, _NOTHING)) for size, cost in costs.items()]
    large = [point for point in points if point[0] >= _SMALL]
    return exponent(large if len(large) > 1 else points)


def _parse_alone(sizes: Sequence[int], runs: int) -> None:
    print("  parse: the tree alone, over the size of the text\n")
    points: list[tuple[float, float]] = []
    rows = []
    for size in sizes:
        source = Source("text", long(size))
        cost = _least(source, _parsed, runs)[_ALL]
        points.append((len(source.text), cost))
        rows.append([str(size), f"{len(source.text) / 1000:.1f}", f"{1000 * cost:.2f}"])
        rows[-1].append(f"{len(source.text) / 1000 / cost:.0f}")
    print(table(["segments", "kB", "ms", "kB/s"], rows))
    print(f"  exponent over the size of the text: {exponent(points):.2f}")


def _parsed(source: Source) -> dict[str, float]:
    watch = Stopwatch()
    gc.collect()
    watch.around("parse", read)(source)
    return watch.spent


def _checked(source: Source) -> dict[str, float]:
    watch = Stopwatch()
    gc.collect()
    made = watch.around("program", program)(source)
    watch.around("check", check)(made)
    return watch.spent


def _hostile(sizes: tuple[int, ...] | None, runs: int) -> None:
    print("\n  texts that are no policies: from the text to the findings, ms by the number of characters\n")
    heads = ["", *(str(size) for size in sizes or CHARACTERS), "exponent"]
    rows = []
    for shape in HOSTILE:
        found, left_out = _measured(replace(shape, sizes=sizes or shape.sizes), _checked, runs)
        costs = {size: spent[_ALL] for size, spent in found.items()}
        cells = [*(f"{1000 * cost:.1f}" for cost in costs.values()), *(f"> {1000 * PATIENCE:.0f}" for _ in left_out)]
        rows.append([shape.counts, *cells, f"{_fit(costs):.2f}" if len(costs) > 1 else ""])
    print(table(heads, rows))


def _growing(shape: Shape, work: Work, small: int, large: int) -> list[str]:
    """The compiler's functions whose own time grows faster than by `STEEP`; those first that cost most."""
    before, after = (_own_times(shape.text(size), work) for size in (small, large))
    least = sum(after.values()) / 30
    steep = {
        place: power
        for place, cost in after.items()
        if cost > least and (power := exponent([(small, max(before.get(place, 0.0), 1e-5)), (large, cost)])) > STEEP
    }
    ranked = sorted(steep, key=lambda place: -after[place])[:6]
    return [f"{place}: {after[place]:.2f} s under the profiler, exponent {steep[place]:.2f}" for place in ranked]


def _own_times(text: str, work: Work) -> dict[str, float]:
    """The seconds that each function of the compiler spends, with the library functions that it calls itself."""
    profile = cProfile.Profile()
    profile.runcall(work, Source("profiled", text))
    spent: dict[str, float] = defaultdict(float)
    for entry in profile.getstats():
        if isinstance(entry.code, str) or not Path(entry.code.co_filename).is_relative_to(COMPILER):
            continue
        place = f"{Path(entry.code.co_filename).relative_to(COMPILER)}:{entry.code.co_firstlineno}"
        spent[f"{place} {entry.code.co_name}"] += entry.inlinetime
        for call in entry.calls or ():
            if isinstance(call.code, str):
                spent[f"{place} {entry.code.co_name}"] += call.inlinetime
    return spent
