"""The makers: one function per alternative of the grammar, from the children of a production, or the text of the one
token that it is, to a node of the tree.

Invariant: a maker never fails on what the grammar lets through, and never reports; it keeps what it does not
understand.
"""

from __future__ import annotations

from functools import cache

from recpol.base.source import Source
from recpol.syntax import tree
from recpol.syntax.builders import menus, segments, statements, values
from recpol.syntax.moves import Maker, Moves, WordMaker
from recpol.syntax.parser import Parsed, parse
from recpol.syntax.table import load_table

MAKERS: dict[str, Maker] = {
    **values.MAKERS,
    **segments.MAKERS,
    **menus.MAKERS,
    **statements.MAKERS,
}
"""The maker of every alternative of several symbols, or of one that is a node, by its name in the grammar."""

WORDS: dict[str, WordMaker] = {**values.WORDS, **segments.WORDS, **statements.WORDS}
"""The maker of every alternative that is one token."""


@cache
def _moves() -> Moves:
    return Moves(load_table(), MAKERS, WORDS)


def read(source: Source) -> tuple[tree.File, Parsed]:
    """A source to its syntax tree, and to the tokens, comments and problems beside it; never fails."""
    parsed = parse(source, _moves())
    return tree.File(source, parsed.value), parsed
