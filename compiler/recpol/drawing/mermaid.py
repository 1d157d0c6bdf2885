"""The two pictures as Mermaid, for pages in Markdown that draw it.

Source of the escapes: Mermaid's documentation, “Entity codes to escape characters”.

Invariant: every text of an author stands in quotes, with its special characters as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.drawing.flow import shade_of, status
from recpol.drawing.shapes import WORDS, Shade
from recpol.drawing.tape import cells
from recpol.explain.model import Explanation, Stage
from recpol.semantics.replay import Replay

_SIGNS: dict[Shade, str] = {"recorded": "●", "not-recorded": "○", "depends": "◐", "silent": "–"}
_CLASSES = (
    "  classDef recorded stroke:#a3200d,stroke-width:3px",
    "  classDef plain stroke:#1b1b1b",
)


def flow_mermaid(explanation: Explanation) -> str:
    """A policy's flow."""
    return "\n".join(("flowchart LR", *_flow(explanation), *_CLASSES)) + "\n"


def tape_mermaid(program: Program, call: Replay) -> str:
    """A call from left to right."""
    found, last = cells(program, call)
    lines = ["flowchart LR"]
    for number, cell in enumerate(found):
        files = ", ".join(f"file {file}: {store}" for file, store in cell.files)
        said = f"{_SIGNS[cell.shade]} {_plain(cell.words)}<br/>{_plain(files or WORDS[cell.shade])}"
        lines.append(f'  c{number}["{said}"]:::{"recorded" if cell.files else "plain"}')
        if number:
            event = f'|"{_plain(cell.event)}"| ' if cell.event else ""
            lines.append(f"  c{number - 1} --> {event}c{number}")
    if last:
        lines.append(f'  ended(["{_plain(last)}"])')
        lines += [f"  c{len(found) - 1} --> ended"] if found else []
    return "\n".join((*lines, *_CLASSES)) + "\n"


def _flow(explanation: Explanation) -> Iterator[str]:
    numbers = {stage.number for stage in explanation.stages}
    led: set[tuple[int, int]] = set()
    for stage in explanation.stages:
        recorded = any(row.recorders or any(phase.recorders for phase in row.phases) for row in stage.rows)
        yield f'  s{stage.number}["{"<br/>".join(_rows(stage))}"]:::{"recorded" if recorded else "plain"}'
    for stage in explanation.stages:
        for row in stage.rows:
            for follow in row.follows:
                if follow.stage in numbers and follow.stage is not None:
                    led.add((stage.number, follow.stage))
                    yield f'  s{stage.number} -->|"{_plain(follow.when)}"| s{follow.stage}'
    for stage in explanation.stages:
        for origin in stage.after:
            if (origin, stage.number) not in led:
                yield f"  s{origin} --> s{stage.number}"


def _rows(stage: Stage) -> Iterator[str]:
    yield f"{stage.number}. {_plain(stage.heading)}"
    for row in stage.rows:
        told = "" if row.mark == "silent" else f" ({status(row)})"
        yield _plain(f"{_SIGNS[shade_of(row)]} {row.words}{told}")
        for phase in row.phases:
            yield _plain(f"{_SIGNS[phase.mark]} phase {phase.name}: {WORDS[phase.mark]}")


def _plain(text: str) -> str:
    """A text inside quotes of Mermaid: what is neither letter, digit nor blank is a number there."""
    kept = " .,:→●○◐–…’“”"
    return "".join(char if char.isalnum() or char in kept else f"#{ord(char)};" for char in text)
