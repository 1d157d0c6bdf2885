"""Before and after: whether a formatted text still says what it said.

Invariant: nothing is taken on trust; the new text is read from its letters.
"""

from __future__ import annotations

from recpol.base.source import Source
from recpol.formatter.written import WrittenText, written_of
from recpol.syntax import tree
from recpol.syntax.builders import read


def damage(file: tree.File, written: WrittenText, after: Source) -> str:
    """What formatting would change (lower case, no full stop); empty if it changes nothing but the layout."""
    new_file, parsed = read(after)
    if parsed.problems:
        return f"line {parsed.problems[0].span.begin.line} of the result could not be read"
    new = written_of(after, parsed)
    if new_file != file or new.tokens != written.tokens:
        return "the result would say something else"
    if _places(new) != _places(written):
        return "a comment would be lost or stand in another place"
    if new.targets != written.targets:
        return "a suppression would speak for other words than now"
    return ""


def _places(written: WrittenText) -> dict[int, list[tuple[str, bool]]]:
    """By gap the comments, and whether each shares its line with the token before it."""
    return {gap: [(c.text, c.ends) for c in comments] for gap, comments in written.comments.items()}
