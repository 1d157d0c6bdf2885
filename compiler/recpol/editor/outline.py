"""The shape of a policy: its symbols, what can be folded, and what each word is, for colours.

Invariant: symbols nest as their spans do; tokens are in order and do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from recpol.base.record import Record
from recpol.base.source import Source, Span
from recpol.base.typing import Literal, assert_never
from recpol.editor.view import View
from recpol.syntax import tree

SymbolKind = Literal["policy", "store", "handler", "segment", "guarantee"]
TokenKind = Literal["keyword", "variable", "string", "number", "decorator", "comment", "operator"]

TOKEN_KINDS: tuple[TokenKind, ...] = ("keyword", "variable", "string", "number", "decorator", "comment", "operator")

_KIND_OF: dict[str, TokenKind] = {
    "STRING": "string", "INT": "number", "QUANTITY": "number", "PHONE": "number", "TAG": "decorator",
    "NAME": "variable", "IDENT": "variable", "LABEL": "variable", "LOCALE": "number",
}  # fmt: skip


class Symbol(Record):
    """A part of a policy with a name: `span` is all of it, `chosen` what an editor jumps to."""

    kind: SymbolKind
    name: str
    span: Span
    chosen: Span
    children: tuple[Symbol, ...] = ()


class ColouredToken(Record):
    """A word of the text and what it is."""

    kind: TokenKind
    span: Span


def symbols(file: tree.File) -> tuple[Symbol, ...]:
    """The parts of a file, in order."""
    return tuple(symbol for statement in file.statements if (symbol := _symbol(statement)) is not None)


def _symbol(statement: tree.Statement) -> Symbol | None:
    match statement:
        case tree.Header():
            return Symbol("policy", f"{statement.kind} {statement.name.text}", statement.span, statement.name.span)
        case tree.Store():
            return Symbol("store", f"store {statement.name.text}", statement.span, statement.name.span)
        case tree.OnBlock():
            name = statement.event.kind.text + ("" if statement.event.name is None else f" {statement.event.name.text}")
            inside = tuple(_segments(statement.segments))
            return Symbol("handler", f"on {name}", statement.span, statement.event.span, inside)
        case tree.RecordRule() | tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide():
            return Symbol("guarantee", " ".join(statement.span.text.split())[:60], statement.span, statement.span)
        case tree.OptOut() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            return Symbol("guarantee", " ".join(statement.span.text.split())[:60], statement.span, statement.span)
        case tree.Use() | tree.Default() | tree.OnFailure() | tree.TargetChoice() | tree.Answering():
            return None
        case tree.Unique() | tree.Broken():
            return None
        case _:
            assert_never(statement)


def _segments(items: tuple[tree.Item, ...]) -> Iterator[Symbol]:
    for item in items:
        match item:
            case tree.Block():
                yield from _segments(item.segments)
            case tree.Segment():
                if item.label is not None:
                    yield Symbol("segment", item.label.text, item.span, item.label.span)
            case tree.Broken():
                pass
            case _:
                assert_never(item)


def used_files(view: View) -> tuple[tuple[Span, Source], ...]:
    """The paths that a file uses, each with the file that was read for it."""
    read = {file.source.path: file.source for file in view.program.files[1:]}
    folder = view.source.path.rpartition("/")[0]
    found = []
    for statement in view.program.file.statements:
        if isinstance(statement, tree.Use):
            path = normpath(f"{folder}/{statement.path.value}" if folder else statement.path.value)
            if path in read:
                found.append((statement.path.span, read[path]))
    return tuple(found)


def folds(view: View) -> tuple[Span, ...]:
    """What can be folded: each pair of braces over several lines, and runs of comments."""
    found, opened = [], []
    for kind, start, end in view.program.parsed.tokens:
        if kind == "LBRACE":
            opened.append(start)
        elif kind == "RBRACE" and opened:
            span = view.source.span(opened.pop(), end)
            if span.begin.line < span.finish.line:
                found.append(span)
    run: list[Span] = []
    for comment in (*view.program.parsed.comments, None):
        if comment is not None and run and comment.begin.line == run[-1].begin.line + 1:
            run.append(comment)
            continue
        if len(run) > 1:
            found.append(run[0].to(run[-1]))
        run = [comment] if comment is not None else []
    return tuple(sorted(found, key=lambda span: span.start))


def tokens(view: View) -> tuple[ColouredToken, ...]:
    """Every word with what it is; a keyword that is used as a name is a name."""
    names = {mention.span.start for mention in view.own()}
    names |= {header.name.span.start for header in view.program.names.headers if view.program.is_own(header.span)}
    found = []
    for terminal, start, end in view.program.parsed.tokens:
        if start == end:
            continue
        text = view.source.text[start:end]
        kind = _KIND_OF.get(terminal)
        if start in names:
            kind = "variable"
        elif kind is None:
            kind = "keyword" if text[:1].isalpha() else "operator"
        found.append(ColouredToken(kind, view.source.span(start, end)))
    found += [ColouredToken("comment", span) for span in view.program.parsed.comments]
    return tuple(sorted(found, key=lambda token: token.span.start))


def around(view: View, offset: int) -> tuple[Span, ...]:
    """What stands around a place, from the outside in: statement, segment, word."""
    spans = [statement.span for statement in view.program.file.statements]
    spans += [step.node.span for step in view.program.steps if view.program.is_own(step.node.span)]
    spans += [token.span for token in tokens(view)]
    holding = [span for span in spans if span.start <= offset <= span.end]
    return tuple(sorted(dict.fromkeys(holding), key=lambda span: (span.start - span.end, span.start)))
