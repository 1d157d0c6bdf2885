"""The time to prove the guarantees of a thousand policies, beside the time to understand them.

Copies of the example policies that hold guarantees, each with a name of its own, in the folder of the originals, so
that the shared rules are found. Processor time in this process, warm.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import recpol.prove
from measure import ROOT, table
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.workspace.session import Session, open_session
from stages import Stopwatch, opened


def measure(*, quick: bool) -> None:
    """Print the table."""
    copies, rounds = (4, 1) if quick else (1000, 5)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder).resolve()
        shutil.copytree(ROOT / "policies", project / "policies")
        shutil.copy(ROOT / "recpol.yaml", project)
        session = open_session([str(project / "policies")])
        sources = _with_guarantees(session, project)
        chosen = [_renamed(sources[number % len(sources)], number) for number in range(copies)]
        runs = [_run(session, chosen) for _ in range(rounds + 1)][1:]
    understand = median(run["program"] for run, _ in runs)
    prove = median(run["prove"] for run, _ in runs)
    verdicts = runs[0][1]
    count = sum(verdicts.values())
    print(f"  {copies} policies, {len(sources)} different ones; {count} guarantees: " + _listed(verdicts) + "\n")
    rows = [
        ["parse and understand", f"{understand:.3f}", f"{1000 * understand / copies:.2f}", "1.00"],
        ["prove", f"{prove:.3f}", f"{1000 * prove / copies:.2f}", f"{prove / understand:.2f}"],
    ]
    print(table(["", "s", "ms a policy", "ratio"], rows))


def _with_guarantees(session: Session, project: Path) -> list[Source]:
    sources = [opened(session, item) for item in session.inputs([str(project / "policies")])]
    return [source for source in sources if any(_program(session, source).guarantees()) and "\npolicy " in source.text]


def _program(session: Session, source: Source) -> Program:
    return program(source, reader=session.files.read, variables=session.variables)


def _renamed(source: Source, number: int) -> Source:
    return Source(source.path, re.sub(r"(?m)^(policy \S+)", rf"\1-{number}", source.text, count=1))


def _run(session: Session, sources: list[Source]) -> tuple[dict[str, float], Counter[str]]:
    watch = Stopwatch()
    verdicts: Counter[str] = Counter()
    for source in sources:
        made = watch.around("program", _program)(session, source)
        verdicts.update(verdict.status for verdict in watch.around("prove", recpol.prove.prove)(made))
    return watch.spent, verdicts


def _listed(verdicts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(verdicts.items()))
