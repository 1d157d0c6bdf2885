"""The makers: one function per alternative of the grammar, from the children of a production to a node of the tree.

Invariant: a maker never fails on what the grammar lets through, and never reports; it keeps what it does not
understand.
"""

from __future__ import annotations

from recpol.base.source import Source
from recpol.syntax import tree
from recpol.syntax.builders import menus, promises, segments, statements, values
from recpol.syntax.parser import Maker, Parsed, parse

MAKERS: dict[str, Maker] = {
    **values.MAKERS,
    **segments.MAKERS,
    **menus.MAKERS,
    **statements.MAKERS,
    **promises.MAKERS,
}
"""The maker of every alternative, by its name in the grammar."""


def read(source: Source) -> tuple[tree.File, Parsed]:
    """A source to its syntax tree, and to the tokens, comments and problems beside it; never fails."""
    parsed = parse(source, MAKERS)
    return tree.File(source, parsed.value), parsed
