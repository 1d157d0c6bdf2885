"""Prompts of replies that callees hear, to prompts that say so.

Invariant: nothing else of a tree changes.
"""

from __future__ import annotations

from recpol.analysis.callouts import answers_person
from recpol.analysis.program import program_of
from recpol.base.record import replace
from recpol.importer.phases import to_party
from recpol.platform.targets import Target
from recpol.syntax import tree


def to_callees(file: tree.File, target: Target) -> tree.File:
    """A tree of a target in which what answers a callee runs on that leg: `on ace` says `to callee` of its prompts,
    but for one that answers the people alone whom the backend calls."""
    unit = program_of(file, (target,))
    heard = {id(one.node) for one in unit.handlers if one.kind == "ace" and not answers_person(unit.graph, one)}

    def statement(given: tree.Statement) -> tree.Statement:
        if not isinstance(given, tree.OnBlock) or id(given) not in heard:
            return given
        return replace(given, segments=tuple(map(_item, given.segments)))

    return tree.File(file.source, tuple(map(statement, file.statements)))


def _item(item: tree.Item) -> tree.Item:
    if isinstance(item, tree.Block):
        return replace(item, segments=tuple(map(_item, item.segments)))
    return to_party(item, "callee") if isinstance(item, tree.Segment) else item
