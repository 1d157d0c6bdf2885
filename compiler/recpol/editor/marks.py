"""What stands beside the lines of a policy: who records a segment, and what a guarantee comes to.

Invariant: nothing is said of a policy that could not be read in full.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.editor.view import View
from recpol.explain.stages import mark
from recpol.prove import prove
from recpol.prove.verdict import Verdict

UNREAD = "a part of the policy cannot be read"


class Hint(Record):
    """A remark behind the end of a line: the text, and what it says at length."""

    offset: int
    text: str
    tooltip: str


class Lens(Record):
    """A remark above a line, which may be clicked: `command`, or none."""

    span: Span
    title: str
    command: str = ""


def hints(view: View) -> tuple[Hint, ...]:
    """Who records each segment of the file itself, at the ends of their lines; several of a line are one hint."""
    program = view.program
    if program.partial or program.is_rules:
        return ()
    by_line: dict[int, list[tuple[Step, Hint]]] = {}
    for step in program.steps:
        if not step.recordable or not program.is_own(step.span):
            continue
        line = step.span.begin.line
        offset = view.source.line_start(line) + view.source.line_size(line)
        hint = _hint(program, step, offset)
        if hint is not None:
            by_line.setdefault(line, []).append((step, hint))
    return tuple(map(_joined, by_line.values()))


def _joined(found: list[tuple[Step, Hint]]) -> Hint:
    """The hints of one line as one: what differs is told with the names that the parts have."""
    first = found[0][1]
    if all(hint == first for _, hint in found):
        return first
    told = [(f"{step.label.text} " if step.label is not None else "", hint) for step, hint in found]
    text = " · ".join(dict.fromkeys(f"{name}{hint.text}" for name, hint in told))
    tooltips = dict.fromkeys(f"{name}{hint.text}: {hint.tooltip}" for name, hint in told)
    return Hint(first.offset, text, "\n".join(tooltips))


def _hint(program: Program, step: Step, offset: int) -> Hint | None:
    if not program.is_reachable(step):
        return Hint(offset, "∅ no call comes here", "No call can come to this handler.")
    decided = program.decided(step)
    stores = []
    if decided.conference:
        stores.append(f"● conference → {decided.conference_store or '?'}")
    if decided.call:
        stores.append(f"● recorded → {' and '.join(decided.call_stores) or '?'}")
    words = mark(program, step)
    if stores:
        return Hint(offset, ", ".join(stores), f"This part of the call is {words}.")
    return Hint(offset, "○ not recorded", "No decision of this policy records this part of the call.")


def lenses(view: View) -> tuple[Lens, ...]:
    """What the guarantees of the file come to, and how calls come to its handlers."""
    return tuple(_lenses(view))


def _lenses(view: View) -> Iterator[Lens]:
    program = view.program
    header = next((header for header in program.names.headers if program.is_own(header.span)), None)
    if header is not None and header.kind == "policy":
        yield Lens(header.span, "explain", "recpol.explain")
        yield Lens(header.span, "compiled JSON", "recpol.compiled")
    if program.is_rules:
        return
    if program.partial:
        # The lines stay where they are while somebody types, and say that nothing is known.
        for guarantee in program.guarantees():
            if program.is_own(guarantee.span):
                yield Lens(guarantee.span, f"? not proven: {UNREAD}")
        for handler in program.handlers:
            if program.is_own(handler.node.span):
                yield Lens(handler.node.event.span, f"? {UNREAD}")
        return
    for verdict in prove(program):
        span = verdict.guarantee.span
        if program.is_own(span):
            yield Lens(span, verdict_words(view, verdict))
    for handler in program.handlers:
        if program.is_own(handler.node.span):
            yield Lens(handler.node.event.span, arrivals(program, handler))


def verdict_words(view: View, verdict: Verdict) -> str:
    """What a guarantee comes to, in a few words; nothing is proven of a policy that does not compile."""
    match verdict.status:
        case "proven" if view.checked.errors:
            return "? not proven: the policy has an error"
        case "proven":
            return "✓ proven for every call"
        case "broken":
            return f"✗ broken: {verdict.reason}"
        case "unknown":
            return f"? not proven: {verdict.reason}"
        case "empty":
            return "it is about nothing"
        case _:
            assert_never(verdict.status)


def arrivals(program: Program, handler: Handler) -> str:
    """How calls come to a handler, and what the recorder does then."""
    if handler.kind == "callout":
        return "the backend begins the call · recorder: off"
    edges = program.graph.into(handler.index)
    if not edges:
        return "no call comes here"
    causes = list(dict.fromkeys(edge.cause for edge in edges))
    told = ", or ".join(causes[:2]) + (f", or {len(causes) - 2} more" if len(causes) > 2 else "")
    states = program.track.entries.get(handler.index, {})
    if len(states) != 1:
        return f"{told} · recorder: depends on the way"
    (state,) = states
    on = f"on, into {' and '.join(state)}" if state else "off"
    return f"{told} · recorder: {on}"
