"""A terminal for tests: what is typed is shown, as a terminal does."""

from __future__ import annotations

import sys


class Terminal:
    """Standard input on a terminal where these lines are typed."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        line = f"{self.lines.pop(0)}\n" if self.lines else ""
        sys.stdout.write(line)
        return line
