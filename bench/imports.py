"""What a cold `recpol lint --no-cache` imports, and what each module costs by itself: the 25 dearest.

From Python's own `-X importtime`; medians of several runs. A module's cost is that of its own code, with what it
imports left out.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from cold import POLICY
from measure import PYTHON, RECPOL, BenchError, environment, table

SHOWN = 25


def measure(*, quick: bool) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(POLICY, folder)
        plain = _median_costs([PYTHON, "-X", "importtime", "-c", "pass"], Path(folder), 1 if quick else 9)
        lint = [PYTHON, "-X", "importtime", RECPOL, "lint", "--no-cache", POLICY.name]
        costs = _median_costs(lint, Path(folder), 1 if quick else 9)
    added = {name: own for name, own in costs.items() if name not in plain}
    total = sum(added.values())
    ours = {name: own for name, own in added.items() if name.partition(".")[0] == "recpol"}
    dearest = sorted(added, key=lambda name: (-added[name], name))[:SHOWN]
    rows = [[name, f"{added[name]:.0f}", f"{added[name] / total:.1%}"] for name in dearest]
    print(table(["module", "us", "of imports"], rows))
    print()
    print(f"  a bare Python:  {len(plain):3} modules, {sum(plain.values()) / 1000:.1f} ms")
    print(f"  recpol's own:   {len(ours):3} modules, {sum(ours.values()) / 1000:.1f} ms")
    print(f"  what they need: {len(added) - len(ours):3} modules, {(total - sum(ours.values())) / 1000:.1f} ms")


def _median_costs(command: list[str], folder: Path, rounds: int) -> dict[str, float]:
    """The microseconds of every module that a command loads, by name, in the order of loading."""
    found: dict[str, list[int]] = defaultdict(list)
    for number in range(rounds + 1):
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"`{' '.join(command)}` ended with status {done.returncode}")
        for line in done.stderr.splitlines() if number else ():  # the first run writes the byte code
            head, _, rest = line.partition("import time:")
            own, _, after = rest.partition("|")
            if not head and own.strip().isdigit():
                found[after.partition("|")[2].strip()].append(int(own))
    return {name: median(values) for name, values in found.items()}
