"""A file as an editor sees it: the program of its text, and what the rules find.

Invariant: a view is made whole for each version of a text, and never changed.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.record import Record, field
from recpol.base.source import Source
from recpol.editor.mentions import Mention, mentions
from recpol.rules.check import Checked


class View(Record, eq=False):
    """A policy or a file of rules, understood and checked; `mentions` are all places where a name stands, in order."""

    program: Program
    checked: Checked = field(repr=False)
    mentions: tuple[Mention, ...] = field(repr=False)

    @property
    def source(self) -> Source:
        """The text itself."""
        return self.program.source

    def own(self) -> tuple[Mention, ...]:
        """The names in the file itself, in order."""
        return tuple(mention for mention in self.mentions if mention.span.source is self.source)

    def mention_at(self, offset: int) -> Mention | None:
        """The name that stands at a place of the text; just behind its last character counts."""
        for mention in self.own():
            if mention.span.start <= offset <= mention.span.end:
                return mention
        return None


def view_of(program: Program, checked: Checked) -> View:
    """The view of a program that was checked."""
    return View(program, checked, mentions(program))
