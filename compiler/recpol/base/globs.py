"""Patterns with `*` and `**` to whether a text fits, without regular expressions.

A glob is a row of characters to be consumed; stars are loops at the places between them. All places where a text can
stand are the bits of one number, so a character moves all of them in one step.

Invariant: a text takes as many steps as it has characters, whatever the pattern is.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record, field


class Glob(Record):
    """A pattern, ready to be held against texts; a `GlobMaker` makes it.

    Each number is a set of places, one bit for each: where a character is consumed (`exactly`, `within` for any but a
    separator, `anything`), where any number of them may stand (`loop_within`, `loop`), where folders may be passed
    over (`folders`), and where a text may begin and end. Several patterns can be one glob: a text fits the glob where
    it fits one of them.
    """

    exactly: Mapping[str, int] = field(repr=False)
    within: int = 0
    anything: int = 0
    loop_within: int = 0
    loop: int = 0
    folders: int = 0
    begins: int = 0
    ends: int = 0
    separators: str = "/"

    def fits(self, text: str) -> bool:
        """Whether the whole of a text fits."""
        places, passing = self.begins, 0
        for char in text:
            parted = char in self.separators
            consumed = self.exactly.get(char, 0) | self.anything | (0 if parted else self.within)
            loops = self.loop | (0 if parted else self.loop_within)
            moved = ((places & consumed) << 1) | (places & loops)
            if parted:
                places, passing = moved | passing, 0
            else:
                places, passing = moved, passing | (places & self.folders)
            if not places and not passing:
                return False
        return places & self.ends != 0

    def may_fit(self, text: str, hole: str) -> bool:
        """Whether a text fits this glob of one pattern without folders, with some text in the place of each `hole`."""
        places = self.begins
        for char in text:
            if char == hole:
                places = -(places & -places) & (2 * self.ends - 1)  # from the first place on all can be come to
                continue
            parted = char in self.separators
            consumed = self.exactly.get(char, 0) | self.anything | (0 if parted else self.within)
            places = ((places & consumed) << 1) | (places & (self.loop | (0 if parted else self.loop_within)))
        return places & self.ends != 0


class GlobMaker:
    """Makes a glob piece by piece, from left to right; `separators` are what a `*` does not stand for."""

    def __init__(self, separators: str = "/") -> None:
        self.at = 1
        sets = ("within", "anything", "loop_within", "loop", "folders", "begins", "ends")
        self.glob: dict[str, int] = dict.fromkeys(sets, 0)
        self.exactly: dict[str, int] = {}
        self.separators = separators

    def begin(self) -> None:
        """A pattern begins here; what was made before is another."""
        self.at <<= 1
        self.glob["begins"] |= self.at

    def char(self, char: str) -> None:
        """One character, this one."""
        self.exactly[char] = self.exactly.get(char, 0) | self.at
        self.at <<= 1

    def any_char(self, *, within: bool) -> None:
        """One character, whichever; `within` leaves separators out."""
        self.glob["within" if within else "anything"] |= self.at
        self.at <<= 1

    def any_text(self, *, within: bool) -> None:
        """Any number of characters; `within` leaves separators out."""
        self.glob["loop_within" if within else "loop"] |= self.at

    def any_folders(self) -> None:
        """Any number of names that are not empty, each with the separator that ends it."""
        self.glob["folders"] |= self.at

    def may_end(self) -> None:
        """A text may end here."""
        self.glob["ends"] |= self.at

    def made(self) -> Glob:
        """The glob."""
        return Glob(self.exactly, separators=self.separators, **self.glob)
