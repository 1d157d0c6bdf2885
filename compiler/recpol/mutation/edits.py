"""A policy to small changes of its text, each a mistake that people make when they edit a policy.

Invariant: only the policy's own file is changed, never a file that it uses; the same policy gives the same changes, in
the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from recpol.analysis.program import Program
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.syntax import tree

TextChange = tuple[int, int, str]
"""The characters from a place up to another, and what stands there instead."""


class Mutant(Record):
    """A change of a policy: what it is in words, the line where it is, and the whole changed text."""

    what: str
    line: int
    text: str


def mutants(program: Program) -> tuple[Mutant, ...]:
    """All changes of the policy's own text; none of a text that could not be read."""
    if program.partial:
        return ()
    found: dict[str, Mutant] = {}
    whole = program.source.text
    for what, at, edits in _all(program):
        text = whole
        for start, end, instead in sorted(edits, reverse=True):
            text = text[:start] + instead + text[end:]
        if text != whole:
            found.setdefault(text, Mutant(what, program.source.position(at).line, text))
    return tuple(sorted(found.values(), key=lambda mutant: mutant.line))


_Change = tuple[str, int, tuple[TextChange, ...]]


def _all(program: Program) -> Iterator[_Change]:
    for statement in program.own_statements:
        match statement:
            case tree.RecordRule():
                yield from _rule(program, statement)
            case tree.OnBlock():
                yield from _items(program, statement.segments)
            case tree.Store():
                yield from _address(program, statement)
            case tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide() | tree.OptOut():
                pass
            case tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion() | tree.OnFailure():
                pass
            case tree.Header() | tree.Use() | tree.Default() | tree.TargetChoice() | tree.Answering():
                pass
            case tree.Unique() | tree.Broken():
                pass
            case _:
                assert_never(statement)


def _change(what: str, *edits: TextChange) -> _Change:
    return what, min(edit[0] for edit in edits), edits


def _without(what: str, span: Span) -> _Change:
    return _change(f"{what} taken out", (span.start, span.end, ""))


def _short(span: Span) -> str:
    """What stands at a place, on one line and not too long."""
    said = " ".join(span.text.split())
    return said if len(said) <= 48 else f"{said[:47]}…"


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────


def _rule(program: Program, rule: tree.RecordRule) -> Iterator[_Change]:
    yield _without(f"`{_short(rule.span)}`", rule.span)
    yield from _fewer(rule.selection.include)
    exclude = rule.selection.exclude
    last = rule.selection.include.span if exclude is None else exclude.span
    if exclude is not None:
        yield _change("`except` taken out", (rule.selection.include.span.end, exclude.span.end, ""))
        yield from _fewer(exclude)
    excepted = {item.text for item in (exclude.items if exclude is not None else ()) if isinstance(item, tree.Word)}
    lead = " except " if exclude is None else ", "
    for step in program.selected.chosen(rule.selection).values():
        label = step.label
        if label is not None and label.text not in excepted and program.is_own(label.span):
            yield _change(f"`{label.text}` excepted, too", (last.end, last.end, f"{lead}{label.text}"))
    yield from _scope(rule.scope, rule.keyword)
    yield from _elsewhere(program, rule.store, last.end)


def _fewer(selector: tree.Selector) -> Iterator[_Change]:
    """A list of labels and tags, each time without one of them."""
    items = selector.items
    for number, item in enumerate(items if len(items) > 1 else ()):
        start = item.span.start if number == 0 else items[number - 1].span.end
        end = items[1].span.start if number == 0 else item.span.end
        yield _change(f"`{_short(item.span)}` taken out of the list", (start, end, ""))


def _scope(scope: tree.Word | None, keyword: Span) -> Iterator[_Change]:
    if scope is None:
        yield _change("the whole room recorded", (keyword.end, keyword.end, " conference"))
    else:
        other = "call" if scope.text == "conference" else "conference"
        yield _change(f"`record {other}` written", (scope.span.start, scope.span.end, other))


def _elsewhere(program: Program, store: tree.Word | None, end: int) -> Iterator[_Change]:
    """Every other store in place of the one that is named, or of the only one."""
    for name in program.names.stores:
        if store is None and len(program.names.stores) > 1:
            yield _change(f"recorded to `{name}`", (end, end, f" to {name}"))
        elif store is not None and name != store.text:
            yield _change(f"recorded to `{name}`", (store.span.start, store.span.end, name))


def _address(program: Program, store: tree.Store) -> Iterator[_Change]:
    """The address of every other store in place of this one's, and another bucket."""
    url = store.field("url")
    if url is None or not isinstance(url.value, tree.Text):
        return
    written = url.value
    for name, other in program.names.stores.items():
        theirs = other.field("url")
        if theirs is not None and isinstance(theirs.value, tree.Text) and theirs.value.value != written.value:
            words = f"the address of `{name}` written for `{store.name.text}`"
            yield _change(words, (written.span.start, written.span.end, theirs.value.span.text))
    scheme = written.span.text.find("://")
    if scheme >= 0:
        ends = [at for at in (written.span.text.find(sign, scheme + 3) for sign in '/"') if at >= 0]
        place = written.span.start + min(ends)
        yield _change(f"another bucket written for `{store.name.text}`", (place, place, "-other"))


# ── handlers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _items(program: Program, items: Sequence[tree.Item]) -> Iterator[_Change]:
    for item in items:
        match item:
            case tree.Segment():
                yield from _segment(item)
            case tree.Block():
                yield from _block(program, item)
                yield from _items(program, item.segments)
            case tree.Broken():
                pass
            case _:
                assert_never(item)
    for first, second in pairwise(items):
        yield from _moved(first, second)


def _segment(segment: tree.Segment) -> Iterator[_Change]:
    for tag in segment.tags:
        yield _without(f"`@{tag.name}`", tag.span)
    body = segment.body
    match body:
        case tree.Say() | tree.Play():
            yield _without(f"`{_short(segment.span)}`", segment.span)
            if body.to is not None:
                before = body.span.source.text.rindex("to", 0, body.to.span.start)
                yield _change(f"`to {body.to.text}` taken out", (before, body.to.span.end, ""))
        case tree.Answer():
            yield _without("`answer`", segment.span)
        case tree.Connect():
            yield from _phases(body)
            yield from _keys(body)
        case tree.Menu():
            yield from _menu(body)
        case tree.Tones() | tree.Cookie() | tree.Hangup() | tree.Continue() | tree.Park() | tree.Call():
            pass
        case _:
            assert_never(body)


def _phases(connect: tree.Connect) -> Iterator[_Change]:
    for phase in connect.phases:
        if isinstance(phase, tree.Phase):
            for tag in phase.tags:
                yield _without(f"`@{tag.name}`", tag.span)
            for said in (
                item for part in phase.moments if isinstance(part, tree.PhasePrompts) for item in part.segments
            ):
                if isinstance(said, tree.Segment):
                    yield from _segment(said)
            if len(connect.phases) == 1:
                brace = connect.span.source.text.rindex("{", connect.span.start, phase.span.start)
                yield _change(f"`phase {phase.name.text}` taken out", (brace, connect.span.end, ""))
            else:
                yield _without(f"`phase {phase.name.text}`", phase.span)


def _keys(connect: tree.Connect) -> Iterator[_Change]:
    for line in connect.keys:
        yield _without(f"`{_short(line.span)}`", line.span)
    for first, second in pairwise(connect.keys):
        words = f"`{_short(first.span)}` and `{_short(second.span)}` swapped"
        yield _swapped(words, first.request.span, second.request.span)


def _menu(menu: tree.AnyMenu) -> Iterator[_Change]:
    goals = [item for item in menu.items if isinstance(item, tree.GoalItem)]
    for first, second in pairwise(goals):
        yield _swapped(f"`{_short(first.span)}` and `{_short(second.span)}` swapped", first.goal.span, second.goal.span)
    for item in menu.items:
        if isinstance(item, tree.Submenu):
            for tag in item.tags:
                yield _without(f"`@{tag.name}`", tag.span)
            yield from _menu(item)


def _swapped(what: str, first: Span, second: Span) -> _Change:
    return _change(what, (first.start, first.end, second.text), (second.start, second.end, first.text))


def _block(program: Program, block: tree.Block) -> Iterator[_Change]:
    if not block.segments:
        return
    inside, close = block.segments[0].span.start, block.span.end - 1
    yield _change("`record { … }` taken away", (block.span.start, inside, ""), (close, close + 1, ""))
    yield from _scope(block.scope, block.keyword)
    yield from _elsewhere(program, block.store, block.keyword.end)
    if len(block.segments) > 1:
        first, last = block.segments[0].span, block.segments[-1].span
        moved = f"{first.text}\n"
        yield _change(
            f"`{_short(first)}` moved before `record`", (block.span.start, block.span.start, moved),
            (first.start, first.end, ""),
        )  # fmt: skip
        yield _change(
            f"`{_short(last)}` moved after `record`", (last.start, last.end, ""),
            (block.span.end, block.span.end, f"\n{last.text}"),
        )  # fmt: skip


def _moved(first: tree.Item, second: tree.Item) -> Iterator[_Change]:
    """An announcement later or earlier than it stands, and what stands around a `record` block taken into it."""
    match first:
        case tree.Segment():
            yield from _behind(first, second)
        case tree.Block():
            match second:
                case tree.Segment():
                    if first.segments:
                        yield _into(second, first.span.end - 1)
                case tree.Block() | tree.Broken():
                    pass
                case _:
                    assert_never(second)
        case tree.Broken():
            pass
        case _:
            assert_never(first)


def _behind(first: tree.Segment, second: tree.Item) -> Iterator[_Change]:
    match second:
        case tree.Segment():
            if isinstance(first.body, tree.Addressed) or isinstance(second.body, tree.Addressed):
                yield _swapped(f"`{_short(first.span)}` moved behind `{_short(second.span)}`", first.span, second.span)
        case tree.Block():
            if second.segments:
                yield _into(first, second.segments[0].span.start)
        case tree.Broken():
            pass
        case _:
            assert_never(second)


def _into(segment: tree.Segment, at: int) -> _Change:
    """A segment moved to a place inside a `record` block."""
    span = segment.span
    return _change(f"`{_short(span)}` moved into `record`", (span.start, span.end, ""), (at, at, f"\n{span.text}\n"))
