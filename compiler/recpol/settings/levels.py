"""Which level the settings give to a rule in a file.

Invariant: where two patterns match a file and name a rule, the one that is written later counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recpol.base.record import Record, field
from recpol.base.typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from recpol.base.globs import Glob

Level = Literal["off", "info", "warning", "error"]

LEVELS: dict[str, Level] = {"off": "off", "info": "info", "warning": "warning", "error": "error"}


class Levels(Record):
    """The levels of rules by name: those of all files, and those of the files that a pattern matches.

    `called` maps what findings call a file to its path from the project folder, which the patterns are about.
    """

    everywhere: Mapping[str, Level] = field(default_factory=dict)
    within: tuple[tuple[Glob, Mapping[str, Level]], ...] = ()
    called: Callable[[str], str] = str
    known: dict[str, Mapping[str, Level]] = field(default_factory=dict, repr=False, compare=False)
    """The levels of the patterns by file, as far as they were asked for."""

    def of(self, rule: str, file: str) -> Level | None:
        """The level of a rule in a file; none where it has its own."""
        there = self._there(file) if self.within else {}
        return there.get(rule) or self.everywhere.get(rule)

    def _there(self, file: str) -> Mapping[str, Level]:
        if file not in self.known:
            path = self.called(file)
            self.known[file] = {r: lev for glob, of in self.within if glob.fits(path) for r, lev in of.items()}
        return self.known[file]

    @property
    def silent(self) -> frozenset[str]:
        """The rules that are off in every file."""
        off = {rule for rule, level in self.everywhere.items() if level == "off"}
        return frozenset(off.difference(*(levels for _, levels in self.within)))

    def overridden(self, levels: Mapping[str, Level]) -> Levels:
        """These levels, but of the given rules the given ones, in every file."""
        within = tuple((p, {name: lev for name, lev in of.items() if name not in levels}) for p, of in self.within)
        return Levels({**self.everywhere, **levels}, within, self.called)
