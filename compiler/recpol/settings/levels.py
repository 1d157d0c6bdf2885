"""Which level the settings give to a rule in a file.

Invariant: where two patterns match a file and name a rule, the one that is written later counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from recpol.base.record import dataclass

Level = Literal["off", "info", "warning", "error"]

LEVELS: dict[str, Level] = {"off": "off", "info": "info", "warning": "warning", "error": "error"}


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of rules by name: those of all files, and those of the files that a pattern matches.

    `called` maps what findings call a file to its path from the project folder, which the patterns are about.
    """

    everywhere: Mapping[str, Level] = field(default_factory=dict)
    within: tuple[tuple[re.Pattern[str], Mapping[str, Level]], ...] = ()
    called: Callable[[str], str] = str

    def of(self, rule: str, file: str) -> Level | None:
        """The level of a rule in a file; none where it has its own."""
        level = self.everywhere.get(rule)
        if self.within:
            path = self.called(file)
            for pattern, levels in self.within:
                if rule in levels and pattern.fullmatch(path):
                    level = levels[rule]
        return level

    def silent(self, rule: str) -> bool:
        """Whether a rule is off in every file."""
        return self.everywhere.get(rule) == "off" and not any(rule in levels for _, levels in self.within)

    def overridden(self, levels: Mapping[str, Level]) -> Levels:
        """These levels, but of the given rules the given ones, in every file."""
        within = tuple((p, {name: lev for name, lev in of.items() if name not in levels}) for p, of in self.within)
        return Levels({**self.everywhere, **levels}, within, self.called)
