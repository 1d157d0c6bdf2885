"""The lines of a call, each thing that is heard with a mark: ● what is recorded, and ○ what is not.

Invariant: the marks of a call stand in one column, whatever the width of the letters before them.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.base.finding import CallStep
from recpol.report.hidden import cells, harmless
from recpol.report.paint import paint

GAP = 3
"""So many cells are free between the longest line and its mark."""


def marked(call: Sequence[CallStep], *, inner: str = "", column: int = 0, color: bool = False) -> list[str]:
    """A line for each step of a call; what is heard stands after `inner`, and no mark stands before `column`."""
    words = [harmless(step.text) if step.recorded is None else inner + harmless(step.text) for step in call]
    heard = (cells(text) for step, text in zip(call, words, strict=True) if step.recorded is not None)
    at = max(column, GAP + max(heard, default=0))
    return [
        text if step.recorded is None else text + " " * (at - cells(text)) + _mark(step.recorded, color)
        for step, text in zip(call, words, strict=True)
    ]


def _mark(recorded: str, color: bool) -> str:
    mark = f"● recorded to {harmless(recorded)}" if recorded else "○ not recorded"
    return paint("recorded" if recorded else "not recorded", mark) if color else mark
