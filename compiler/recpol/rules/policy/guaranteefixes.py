"""Fixes of broken guarantees: what is recorded and must not be is left out, and what is announced is heard before.

They change what is recorded, so they are never safe. Whether the guarantee holds then, and every other one as before,
is found out by trying: a fix that was not tried is not offered.

Invariant: nothing is offered where several things can be meant; total on every verdict.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from recpol.analysis.decisions import Decision
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Edit, Fix
from recpol.base.source import Span
from recpol.base.typing import TYPE_CHECKING
from recpol.rules.edits import delete, line_before
from recpol.rules.policy.places import named
from recpol.syntax import tree

if TYPE_CHECKING:
    from recpol.prove import Verdict


def fixes_of(program: Program, verdict: Verdict) -> tuple[Fix, ...]:
    """The fix of a broken guarantee: none where there is no telling what is meant."""
    step = verdict.step
    if step is None or verdict.other is not None or verdict.fails:
        return ()
    goal = verdict.guarantee
    if isinstance(goal, tree.RecordGuarantee) and goal.word == "never":
        return _left_out(program, step, goal)
    if isinstance(goal, tree.Announce) and goal.word == "before" and not goal.every_locale and goal.to is None:
        return _announced(program, step, goal)
    return ()


def _left_out(program: Program, step: Step, never: tree.RecordGuarantee) -> tuple[Fix, ...]:
    """The fix that leaves a step out of all that records it."""
    taken = step if step.phase is None else program.steps[step.phase]  # what is said in a phase is left out with it
    decided = program.decided(step)
    found = (*decided.call, *decided.conference)
    if not found and taken.parent is not None:
        outer = program.decided(program.steps[taken.parent])
        found = (*outer.call, *outer.conference)
    edits = [edit for decision in found for edit in _without(decision, taken, never)]
    if not found or any(not list(_without(decision, taken, never)) for decision in found):
        return ()
    rules = all(isinstance(decision.node, tree.RecordRule) for decision in found)
    name = meant_name(taken, never)
    title = (
        f"add `except {name}` to the rule that records it" if rules else f"leave {named(taken)} out of the recording"
    )
    return (Fix(title, tuple(edits), only_tried=True),)


def _without(decision: Decision, step: Step, never: tree.RecordGuarantee) -> Iterator[Edit]:
    """The edits by which a decision no longer records a step; none where it is not plain how."""
    node = decision.node
    if isinstance(node, tree.Block):
        yield from _split(node, step)
        return
    name = meant_name(step, never)
    if name is not None:
        exclude = node.selection.exclude
        end = (exclude or node.selection.include).span.end
        at = node.span.source.span(end, end)
        yield Edit(at, f", {name}" if exclude is not None else f" except {name}")


def meant_name(step: Step, never: tree.RecordGuarantee) -> str | None:
    """The name by which a guarantee means a step: a label or a tag that both have, else the label."""
    include = never.selection.include
    said = {f"@{item.name}" if isinstance(item, tree.Tag) else item.text for item in include.items}
    tags = [f"@{tag.name}" for tag in step.node.tags]
    label = [] if step.label is None else [step.label.text]
    return next((name for name in (*label, *tags) if name in said), label[0] if label else None)


def _split(block: tree.Block, step: Step) -> Iterator[Edit]:
    """The edits that end a block before a segment in it, and begin it again after that."""
    number = bisect_left(block.segments, step.node.span.start, key=lambda item: item.span.start)
    if number == len(block.segments) or block.segments[number] is not step.node:
        return  # it is in a block within, or a part of a segment
    header = _header(block)
    taken, after = block.segments[number].span, [item.span for item in block.segments[number + 1 : number + 2]]
    lines = all(map(_has_lines, (block.span, taken, *after)))
    if number == 0:
        yield from _deleted(header)
    else:
        yield _line(taken, "}", block.span) if lines else line_before(taken, "}")
    if lines:
        yield from _outwards(taken)
    for span in after:
        again = " ".join(header.text.split())
        yield _line(span, again, block.span) if lines else line_before(span, again)
    if not after:
        yield from _deleted(block.span.source.span(block.span.end - 1, block.span.end))


def _has_lines(span: Span) -> bool:
    """Whether something begins a line."""
    line, column = span.begin
    return not span.source.line(line)[: column - 1].strip()


def _first_line(span: Span) -> int:
    """The line on which something begins, or the comments above it."""
    line = span.begin.line
    while line > 1 and span.source.line(line - 1).lstrip().startswith("#"):
        line -= 1
    return line


def _line(span: Span, text: str, block: Span) -> Edit:
    """The edit that puts a line above something and its comments, as far in as a block begins."""
    source = span.source
    indent = source.line(block.begin.line)[: block.begin.column - 1]
    at = source.line_start(_first_line(span))
    return Edit(source.span(at, at), f"{indent}{text}\n")


def _outwards(span: Span) -> Iterator[Edit]:
    """The edits that put the lines of something, and its comments, one step further out."""
    source = span.source
    for line in range(_first_line(span), span.finish.line + 1):
        if source.line(line).startswith("  "):
            at = source.line_start(line)
            yield Edit(source.span(at, at + 2), "")


def _deleted(span: Span) -> Sequence[Edit]:
    return delete(span, "")[0].edits


def _header(block: tree.Block) -> Span:
    """What a block begins with, up to its brace."""
    word = block.store or block.scope
    after = block.keyword.end if word is None else max(word.span.end, block.keyword.end)
    source = block.span.source
    return source.span(block.span.start, source.text.index("{", after) + 1)


def _announced(program: Program, step: Step, announce: tree.Announce) -> tuple[Fix, ...]:
    """The fix of a recording that begins before what announces it: the announcement goes out of the block that it
    begins; or, where it stands elsewhere under a tag, it is said before the block too."""
    chosen = program.selected.chosen(announce.selection)
    block = step.blocks[0] if len(step.blocks) == 1 else None
    if block is None or step.parent is not None:
        return ()
    if step.index in chosen and block.segments and block.segments[0] is step.node:
        return (Fix(f"let the recording begin after {named(step)}", tuple(_split(block, step)), only_tried=True),)
    texts = {other.node.span.text for other in chosen.values() if isinstance(other.body, tree.Say)}
    tagged = all(isinstance(other.body, tree.Say) and other.label is None for other in chosen.values())
    if len(texts) != 1 or not tagged or step.index in chosen:
        return ()
    (text,) = texts
    return (Fix("announce it before", (line_before(block.span, text),), only_tried=True),)
