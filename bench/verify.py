"""What share of a compilation each stage takes, translation checking above all (the goal: at most a fifth).

Processor time in this process, warm, medians of several runs, of the example policies and of generated ones of a
thousand segments. The files are written to a fresh folder each time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from measure import ROOT, table
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import Compilation
from recpol.rules.check import check
from recpol.targets.catalogue import target_names, targets_named
from recpol.workspace.output import write_all
from recpol.workspace.session import Session, open_session
from shapes import SHAPES
from stages import STAGES, compile_watched, opened

GENERATED = ("long", "menus", "talks")
WRITE = "write"

_WRITTEN = tempfile.TemporaryDirectory(prefix="recpol-bench-")
"""What is written is deleted at the end: right after a deletion new files take longer (`many` says why)."""


def measure(*, quick: bool) -> None:
    """Print the table."""
    runs = 1 if quick else 9
    session = open_session([str(ROOT / "policies")])
    examples = list(_examples(session))
    rows = [_row("support line", session, [one for one in examples if one.path.endswith("support-line.recpol")], runs)]
    for target in target_names():
        compiled = (one for one in examples if _compiles(session, one, target))
        some = list(islice(compiled, 1 if quick else None))
        rows.append(_row(f"examples in {target} ({len(some)})", session, some, runs, target))
    size = 20 if quick else 1000
    for shape in SHAPES:
        if shape.name in GENERATED:
            rows.append(_row(f"{shape.name}, {size} segments", session, [Source(shape.name, shape.text(size))], runs))
    print(table(["%", *STAGES, WRITE, "all ms", "verify, unwritten"], rows))
    print("\n  `verify, unwritten`: the share of translation checking if nothing had to be written.")


def _examples(session: Session) -> Iterator[Source]:
    """The example policies, without the rules that they share."""
    for item in session.inputs([str(ROOT / "policies")]):
        source = opened(session, item)
        if "\npolicy " in source.text:
            yield source


def _compiles(session: Session, source: Source, target: str) -> bool:
    made = program(source, reader=session.files.read, variables=session.variables, targets=targets_named([target]))
    return not check(made).errors


def _row(
    name: str, session: Session, sources: Sequence[Source], runs: int, target: str = target_names()[0]
) -> list[str]:
    """The percentage that each stage takes of the compilation of some policies, one after the other."""
    spent = [_spent(session, sources, target) for _ in range(runs + 1)][1:]
    total = {stage: median(one[stage] for one in spent) for stage in (*STAGES, WRITE)}
    whole = sum(total.values())
    shares = [f"{100 * total[stage] / whole:.1f}" for stage in (*STAGES, WRITE)]
    return [name, *shares, f"{1000 * whole:.1f}", f"{100 * total['verify'] / (whole - total[WRITE]):.1f}"]


def _spent(session: Session, sources: Sequence[Source], target: str) -> Mapping[str, float]:
    total = dict.fromkeys((*STAGES, WRITE), 0.0)
    folder = Path(tempfile.mkdtemp(dir=_WRITTEN.name))

    def write(compilation: Compilation) -> None:
        write_all(str(folder), [(compilation.name, compilation.files)])

    for source in sources:
        spent = compile_watched(source, session.files.read, session.variables, write, target)
        total = {stage: total[stage] + spent[stage] for stage in total}
    return total
