"""Pictures of a terminal, as SVG: what commands print in colours, made of the same text.

Invariant: what is shown is what the command prints about this policy; nothing is drawn by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls.scenario import read_steps
from recpol.report.call import call_lines
from recpol.report.hidden import cells
from recpol.report.text import full
from recpol.rules.check import check
from recpol.semantics.replay import replay

ROOT = Path(__file__).parents[1]
POLICY = "support-line.recpol"
CALL = "press 2; answer; begin card; end card; hang up"

_STYLES = {
    "": "#e6e6e6", "1": "#ffffff", "2": "#9aa0a6", "1;31": "#ff6b6b", "1;33": "#ffd166", "1;36": "#6bdcff",
    "32": "#7bd88f",
}  # fmt: skip
"""The colour of each style that recpol prints, on a dark ground."""

_WIDE, _HIGH, _EDGE = 8.43, 19, 16


def pictures() -> dict[str, str]:
    """The pictures: path from the project folder, to SVG."""
    text = (ROOT / "policies" / POLICY).read_text("utf-8")
    good = _understood(text)
    broken = _understood(text.replace("record agent except card", "record agent"))
    call = replay(good, read_steps(CALL, Source("", CALL).span).events)
    return {
        "docs/pictures/terminal-lint.svg": _svg(
            f"recpol lint {POLICY}", full(check(broken).findings, color=True).splitlines()
        ),
        "docs/pictures/terminal-simulate.svg": _svg(
            f'recpol simulate {POLICY} "{CALL}"', list(call_lines(call.acts, color=True))
        ),
    }


def _understood(text: str) -> Program:
    return program(Source(POLICY, text))


def _svg(command: str, lines: list[str]) -> str:
    """A terminal in which a command was typed, and what it printed."""
    shown = [f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m", *lines]
    width = round(max(cells(re.sub("\x1b\\[[0-9;]*m", "", line)) for line in shown) * _WIDE + 2 * _EDGE)
    height = len(shown) * _HIGH + 2 * _EDGE
    written = "\n".join(
        f'<text x="{_EDGE}" y="{_EDGE + number * _HIGH + 14}">{"".join(_pieces(line))}</text>'
        for number, line in enumerate(shown)
        if line
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img">\n<title>{escape(command)}</title>\n'
        '<style>text { font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }</style>\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#1e2430"/>\n{written}\n</svg>\n'
    )


def _pieces(line: str) -> Iterator[str]:
    """A line in pieces of one colour."""
    style = ""
    for piece in re.split("(\x1b\\[[0-9;]*m)", line):
        code = re.fullmatch("\x1b\\[([0-9;]*)m", piece)
        if code is not None:
            style = "" if code[1] == "0" else code[1]
        elif piece:
            yield f'<tspan fill="{_STYLES[style]}">{escape(piece)}</tspan>'
