"""A program to every place where one of its names stands: labels, tags, stores, handlers and variables.

Invariant: linear; two mentions are of the same thing exactly if their kinds and names are equal.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import Literal, assert_never
from recpol.syntax import tree

MentionKind = Literal["label", "tag", "store", "pie", "manage", "variable"]
"""A `label` is also a phase, a further menu, or a call that the backend begins; `pie` and `manage` are handlers."""


class Mention(Record):
    """A name where it stands; `span` is the name alone, without `@`; `defines` says that it is given there."""

    kind: MentionKind
    name: str
    span: Span
    defines: bool = False

    def same(self, other: Mention) -> bool:
        """Whether both are of the same thing."""
        return (self.kind, self.name) == (other.kind, other.name)


def mentions(program: Program) -> tuple[Mention, ...]:
    """All mentions in a program and the files it uses, file by file, in the order of the text."""
    found = [mention for file in program.files for statement in file.statements for mention in _statement(statement)]
    found += _variables(program)
    files = {id(file.source): number for number, file in enumerate(program.files)}
    return tuple(sorted(found, key=lambda mention: (files[id(mention.span.source)], mention.span.start)))


def _statement(statement: tree.Statement) -> Iterator[Mention]:
    match statement:
        case tree.Store():
            yield _word("store", statement.name, defines=True)
        case tree.OnBlock():
            yield from _event(statement.event)
            yield from _items(statement.segments)
        case tree.RecordRule():
            yield from _selection(statement.selection)
            if statement.store is not None:
                yield _word("store", statement.store)
        case tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide():
            yield from _selection(statement.selection)
        case tree.OptOut():
            yield _word("pie", statement.name)
        case tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            pass
        case tree.Header() | tree.Use() | tree.Default() | tree.OnFailure() | tree.Broken():
            pass
        case tree.TargetChoice() | tree.Answering() | tree.Unique():
            pass
        case _:
            assert_never(statement)


def _event(event: tree.OnEvent) -> Iterator[Mention]:
    if event.name is not None and event.kind.text == "pie":
        yield _word("pie", event.name, defines=True)
    elif event.name is not None and event.kind.text == "manage":
        yield _word("manage", event.name, defines=True)
    elif event.name is not None:  # what becomes of a connect, or of a callout, is about its name
        yield _word("label", event.name, defines=event.kind.text == "callout")
    if event.within is not None:
        yield from _selection(event.within)


def _items(items: tuple[tree.Item, ...]) -> Iterator[Mention]:
    for item in items:
        match item:
            case tree.Block():
                if item.store is not None:
                    yield _word("store", item.store)
                yield from _items(item.segments)
            case tree.Segment():
                if item.label is not None:
                    yield _word("label", item.label, defines=True)
                yield from map(_tag, item.tags)
                yield from _body(item.body)
            case tree.Broken():
                pass
            case _:
                assert_never(item)


def _body(body: tree.Body) -> Iterator[Mention]:
    match body:
        case tree.Connect():
            for phase in body.phases:
                if isinstance(phase, tree.Phase):
                    yield _word("label", phase.name, defines=True)
                    yield from map(_tag, phase.tags)
                    for part in phase.moments:
                        yield from _items(part.segments) if isinstance(part, tree.PhasePrompts) else ()
            yield from (_word("manage", key.request) for key in body.keys)
        case tree.Menu():
            yield from _lines(body.items)
        case tree.Say() | tree.Play() | tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Continue():
            pass
        case tree.Park() | tree.Call():
            pass
        case _:
            assert_never(body)


def _lines(items: tuple[tree.MenuItem, ...]) -> Iterator[Mention]:
    for item in items:
        match item:
            case tree.KeyItem() | tree.DigitsItem() | tree.FailItem():
                yield _word("label" if item.goal.menu else "pie", item.goal.name)
            case tree.Submenu():
                yield _word("label", item.name, defines=True)
                yield from map(_tag, item.tags)
                yield from _lines(item.items)
            case tree.PromptItem() | tree.RepeatItem() | tree.WaitItem() | tree.SwitchItem() | tree.Broken():
                pass
            case _:
                assert_never(item)


def _selection(selection: tree.Selection) -> Iterator[Mention]:
    for selector in (selection.include, selection.exclude):
        for item in () if selector is None else selector.items:
            yield _tag(item) if isinstance(item, tree.Tag) else _word("label", item)


def _variables(program: Program) -> Iterator[Mention]:
    for text in program.texts:
        for piece in text.pieces:
            if isinstance(piece, Placeholder) and piece.scope == "var":
                begin = text.value.find(piece.name, text.value.find("var", piece.start) + 3)
                yield Mention("variable", piece.name, text.part(begin, begin + len(piece.name)))


def _word(kind: MentionKind, word: tree.Word, *, defines: bool = False) -> Mention:
    return Mention(kind, word.text, word.span, defines)


def _tag(tag: tree.Tag) -> Mention:
    span = tag.span
    return Mention("tag", tag.name, span.source.span(span.start + 1, span.end), defines=False)
