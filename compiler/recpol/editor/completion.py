"""A place in a text to what may be written there: what the grammar expects, and the names that fit.

Invariant: total on every text; what is offered for a place would be read there.
"""

from __future__ import annotations

import string
from collections.abc import Iterator

from recpol.analysis.builtins import BUILT_IN
from recpol.base.record import Record
from recpol.base.resources import pack_names
from recpol.base.source import Source, Span
from recpol.base.typing import Literal
from recpol.editor.view import View
from recpol.rules.catalogue import CATALOGUE
from recpol.syntax import tree
from recpol.syntax.builders import read

ItemKind = Literal["keyword", "label", "tag", "store", "handler", "menu", "variable", "rule", "snippet"]

_NAMES = string.ascii_letters + string.digits + "_-"
"""The characters of names and of keywords."""

_PROBE = "\x00"
"""A character that fits nowhere: the parser says what it expected in its place."""

WORDS_AFTER = {
    "on": ("ice", "ace", "pie", "manage", "callout", "recording failure", "phase failure"),
    "connect": ("pstn", "app", "sip", "conference", "stream"),
    "format": ("mp3", "wav"),
    "notify": ("yes", "no"),
    "barge": ("yes", "no"),
}
"""Words that the grammar takes as names, and that have a meaning behind these."""

_BESIDE_NAMES = frozenset({"all", "call", "conference", "except", "env"})

_SNIPPETS = {
    "on": ("on ice", "on ice {\n  ${1:answer}\n  $0\n}"),
    "store": ("store", 'store ${1:calls} {\n  url "s3://${2:bucket}/"\n  credentials env ${3:S3_CREDENTIALS}\n}$0'),
    "menu": ("menu", 'menu {\n  prompt "${1:Press 1.}"\n  key 1 -> ${2:name}\n}$0'),
}


class CompletionChoice(Record):
    """Something that may be written in place of `span`; of a snippet `text` has places to fill in."""

    kind: ItemKind
    label: str
    text: str
    span: Span
    detail: str = ""


def completions(view: View, offset: int) -> tuple[CompletionChoice, ...]:
    """What may stand at a place, in the order in which it is offered."""
    text = view.source.text
    before = text[:offset]
    line = before.rpartition("\n")[2]
    said = line.rstrip(_NAMES)
    if said.endswith("var.") and said[:-4].rstrip().endswith("{{"):
        return _named(view, offset, before, "variable", sorted(_variables(view)))
    if said.rpartition("#")[2].split() == ["allow"] and "#" in said:
        return _named(view, offset, before, "rule", [rule.name for rule in CATALOGUE if not rule.binding])
    if _in_comment_or_text(view, offset):
        return ()
    start = len(before.rstrip(_NAMES + "@"))
    span = view.source.span(start, offset)
    last = _last_word(before[:start])
    return tuple(dict.fromkeys(_choices(view, span, last, _expected(before[:start]))))


def _named(view: View, offset: int, before: str, kind: ItemKind, names: list[str]) -> tuple[CompletionChoice, ...]:
    span = view.source.span(len(before.rstrip(_NAMES)), offset)
    return tuple(CompletionChoice(kind, name, name, span) for name in names)


def _in_comment_or_text(view: View, offset: int) -> bool:
    spans = (*view.program.parsed.comments, *(text.span for text in view.program.texts))
    return any(
        span.source is view.source and span.start < offset <= span.end - (span.text[-1:] == '"') for span in spans
    )


def _last_word(before: str) -> str:
    """The last word or sign of a text."""
    whole = before.rstrip()
    if whole.endswith("->"):
        return "->"
    return whole[len(whole.rstrip(string.ascii_letters + "-")) :] or whole[-1:]


def _expected(before: str) -> tuple[str, ...]:
    """What the grammar allows behind a text: keywords as they are written, and names of terminals."""
    _, parsed = read(Source("", before + _PROBE))
    at = next((problem for problem in reversed(parsed.problems) if problem.span.start >= len(before)), None)
    return () if at is None else at.expected


_SELECTING = ("record", "except", "announce", ",", "call", "conference", "transcribe", "inbound", "outbound")
"""The words behind which a selector may stand."""


def _choices(view: View, span: Span, last: str, expected: tuple[str, ...]) -> Iterator[CompletionChoice]:
    names = view.program.names
    if last == "->" and "menu" not in expected:  # the key of a room, which stands for a request
        for handler in view.program.handlers:
            if handler.in_talk and handler.name is not None:
                yield CompletionChoice("handler", handler.name, handler.name, span, f"on {handler.key}")
        return
    if last == "->":
        for handler in view.program.handlers:
            if handler.kind == "pie" and handler.name not in (None, "otherwise"):
                yield CompletionChoice("handler", handler.name or "", handler.name or "", span, f"on {handler.key}")
        for step in view.program.steps:
            if isinstance(step.body, tree.Submenu) and step.label is not None:
                yield CompletionChoice("menu", f"menu {step.label.text}", f"menu {step.label.text}", span)
        return
    if last == "ace":
        for handler in view.program.handlers:
            if handler.kind == "callout" and handler.name:
                yield CompletionChoice("handler", handler.name, handler.name, span, f"on {handler.key}")
    if last == "to" and names.stores:
        for name in names.stores:
            yield CompletionChoice("store", name, name, span, "store")
    if "TAG" in expected:
        for name in names.tags:
            yield CompletionChoice("tag", f"@{name}", f"@{name}", span, "tag")
        for name, meaning in BUILT_IN.items() if last in _SELECTING else ():
            yield CompletionChoice("tag", f"@{name}", f"@{name}", span, meaning)
    if last == "pack":
        for name in pack_names():
            yield CompletionChoice("keyword", f'"{name}"', f'"{name}"', span, "clause pack")
    if last in _SELECTING:
        for name in names.labels:
            yield CompletionChoice("label", name, name, span, "label")
    named = "NAME" in expected  # then keywords fit only because they may be names
    for word in WORDS_AFTER.get(last, ()):
        yield CompletionChoice("keyword", word, word, span)
    for word in expected:
        if word.isalpha() and word.islower() and not (named and word not in _BESIDE_NAMES):
            yield CompletionChoice("keyword", word, word, span)
            if word in _SNIPPETS:
                label, body = _SNIPPETS[word]
                yield CompletionChoice("snippet", f"{label} …", body, span, "snippet")


def _variables(view: View) -> set[str]:
    used = {mention.name for mention in view.mentions if mention.kind == "variable"}
    return used | set(view.program.variables)
