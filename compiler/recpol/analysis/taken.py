"""The handlers that a policy takes over from the rules files it uses.

A handler of a rules file answers what the policy has no handler of its own for. It is taken over where a call can come
to it: company rules may hold handlers that only some policies lead to.

Invariant: the policy's own handler always counts, and what it stands in the place of is listed. Two rules files that
answer the same thing are both taken over, so that it is told as a name that is defined twice. What is not taken over
is no part of the program: it is checked where the rules file itself is.
"""

from __future__ import annotations

from collections.abc import Collection

from recpol.analysis.callgraph import build_graph
from recpol.analysis.imports import Import
from recpol.analysis.steps import flatten
from recpol.base.record import Record, replace
from recpol.syntax import tree


class ReplacedHandler(Record):
    """A handler of a rules file in whose place the policy's own one answers."""

    own: tree.OnBlock
    theirs: tree.OnBlock


def take_over(
    file: tree.File, imports: tuple[Import, ...], *, replies: bool
) -> tuple[tuple[Import, ...], tuple[ReplacedHandler, ...]]:
    """The rules files with the handlers that count alone, and those that the policy replaces.

    `replies` is what `build_graph` takes. A rules file takes nothing over: each is looked at by itself.
    """
    if not any(_handlers(used.file) for used in imports):
        return imports, ()
    own = {_key(handler): handler for handler in reversed(_handlers(file))}
    replaced = tuple(
        ReplacedHandler(own[_key(theirs)], theirs)
        for used in imports
        for theirs in _handlers(used.file)
        if _key(theirs) in own
    )
    is_policy = any(isinstance(s, tree.Header) and s.kind == "policy" for s in file.statements)
    left_out = {id(one.theirs) for one in replaced}
    if is_policy:
        others = _without(imports, left_out)
        reached = _reached(file, others, replies=replies)
        left_out |= {id(one) for used in others for one in _handlers(used.file) if id(one) not in reached}
    else:
        left_out |= {id(one) for used in imports for one in _handlers(used.file)}
    return _without(imports, left_out), replaced


def _handlers(file: tree.File) -> list[tree.OnBlock]:
    return [statement for statement in file.statements if isinstance(statement, tree.OnBlock)]


def _key(handler: tree.OnBlock) -> tuple[str, str]:
    name = handler.event.name
    return handler.event.kind.text, "" if name is None else name.text


def _without(imports: tuple[Import, ...], left_out: Collection[int]) -> tuple[Import, ...]:
    return tuple(_pruned(used, left_out) for used in imports)


def _pruned(used: Import, left_out: Collection[int]) -> Import:
    """A rules file without some handlers and the comments about them, which may allow a finding there."""
    text, kept, gone, before = used.file.source.text, [], [], 0
    for statement in used.file.statements:
        end = _line_end(text, statement.span.end)
        if id(statement) in left_out:
            gone.append((before, end))
        else:
            kept.append(statement)
        before = end
    if not gone:
        return used
    comments = tuple(one for one in used.comments if not any(start <= one.start < end for start, end in gone))
    return replace(used, file=replace(used.file, statements=tuple(kept)), comments=comments)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _reached(file: tree.File, imports: tuple[Import, ...], *, replies: bool) -> set[int]:
    """The handlers that calls can come to, or that a handler of the policy leads to, by the identity of their nodes."""
    handlers = flatten(file, tuple(used.file for used in imports))
    graph = build_graph(handlers, replies=replies)
    own = [handler.index for handler in handlers if handler.node.span.source is file.source]
    first = {id(handlers[index].node): handlers[index].key for index in graph.following((*own, *graph.reachable))}
    keys = set(first.values())  # of two handlers of one name calls come to the first: the other is told, not dropped
    return {id(handler.node) for handler in handlers if handler.key in keys}
