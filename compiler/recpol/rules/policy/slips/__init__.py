"""Slips of the hand that the grammar refuses, to findings that say what was meant, with a fix that corrects all of it.

A slip is recognised by the text around the place at which the parser stopped: a word of another language or of SVAML,
a sign that fields do not have, a number with blanks, a keyword in capitals. What none of these functions knows is told
by what the grammar would have taken.

Invariant: a slip is looked for within its line and a few hundred characters, so the work is linear; one slip gives one
finding, also where it stands in several places.
"""

from __future__ import annotations

from collections.abc import Callable

from recpol.base.finding import Finding
from recpol.rules.policy.slips import meant, notations, numbers, signs, words
from recpol.rules.policy.slips.place import Around, around, covers
from recpol.syntax.parser import SyntaxProblem

__all__ = ["covers", "slip"]


_SLIPS: tuple[Callable[[Around], Finding | None], ...] = (
    signs.variable,
    signs.hash_key,
    notations.json,
    notations.block_comment,
    words.menu_goal,
    words.label,
    meant.blank,
    meant.opened,
    meant.twice,
    meant.run_together,
    notations.switch,
    meant.in_braces,
    meant.forbidden,
    meant.exclusion,
    notations.condition,
    notations.word_of_svaml,
    signs.colon,
    signs.equals,
    signs.arrow,
    numbers.number,
    numbers.duration,
    words.brace,
    meant.quoted,
    words.letter_case,
    words.camel_case,
    meant.look_alike,
    words.foreign_letters,
    words.two_words,
    meant.elsewhere,
    meant.conjunction,
    signs.comma,
    signs.quotes,
)
"""What is looked for, in this order: the most telling first."""


def slip(problem: SyntaxProblem) -> Finding | None:
    """The finding for a problem that is a known slip; None for any other."""
    place = around(problem)
    return next((found for known in _SLIPS if (found := known(place)) is not None), None)
