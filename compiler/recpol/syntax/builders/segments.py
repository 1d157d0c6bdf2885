"""Makers of segments: everything between the braces of a handler but menus."""

from __future__ import annotations

from recpol.base.record import replace
from recpol.base.source import Span
from recpol.base.typing import Any
from recpol.syntax import tree
from recpol.syntax.builders.shared import Children, InLocale, Phases, ScopeWord, To, every, located, one, plain, tags
from recpol.syntax.moves import Maker, WordMaker


def label(children: Children, span: Span) -> tree.Word:
    return tree.Word(children[0].text, children[0].span)


def in_locale(children: Children, span: Span) -> InLocale:
    return InLocale(children[0])


def say(children: Children, span: Span) -> tree.Say:
    return tree.Say(children[0], False, located(children), span, plain(one(children, To)))


def say_ssml(children: Children, span: Span) -> tree.Say:
    return tree.Say(children[0], True, located(children), span, plain(one(children, To)))


def play(children: Children, span: Span) -> tree.Play:
    return tree.Play(every(children, tree.Text), located(children), span, plain(one(children, To)))


def tones(children: Children, span: Span) -> tree.Tones:
    return tree.Tones(children[0], span)


def cookie(children: Children, span: Span) -> tree.Cookie:
    return tree.Cookie(children[0], children[1], span)


def answer(written: str, span: Span) -> tree.Answer:
    return tree.Answer(span)


def hangup(written: str, span: Span) -> tree.Hangup:
    return tree.Hangup(span)


def continue_(written: str, span: Span) -> tree.Continue:
    return tree.Continue(span)


def option(children: Children, span: Span) -> tree.Option:
    return tree.Option(children[0], children[1], None, span)


def flag(children: Children, span: Span) -> tree.Option:
    name = "suppress-callbacks"
    written = tree.Word(name, span.source.span(span.start, span.start + len(name)))
    return tree.Option(written, children[0] if children else None, None, span)


def header(children: Children, span: Span) -> tree.Option:
    written = tree.Word("header", span.source.span(span.start, span.start + len("header")))
    return tree.Option(written, children[1], children[0], span)


def phases(children: Children, span: Span) -> tuple[Any, ...]:
    return Phases(children)


def phase(children: Children, span: Span) -> tree.Phase:
    return tree.Phase(children[0], tags(children), span)


def phase_told(children: Children, span: Span) -> tree.Phase:
    moments = tuple(child for child in children if isinstance(child, tree.PhasePrompts | tree.Broken))
    return tree.Phase(children[0], tags(children), span, moments)


def moment_begin(children: Children, span: Span) -> tree.PhasePrompts:
    return tree.PhasePrompts("begin", tuple(children), span)


def moment_end(children: Children, span: Span) -> tree.PhasePrompts:
    return tree.PhasePrompts("end", tuple(children), span)


def room_key(children: Children, span: Span) -> tree.RoomKey:
    key = children[0]
    written = key.value if isinstance(key, tree.Text) else key.text
    return tree.RoomKey(tree.Word(written, key.span), children[1], span)


def connect(children: Children, span: Span) -> tree.Connect:
    target = next((child for child in children[1:2] if isinstance(child, tree.ConnectTarget)), None)
    return tree.Connect(children[0], target, every(children, tree.Option), (), span)


def call(children: Children, span: Span) -> tree.Call:
    target = next((child for child in children[1:2] if isinstance(child, tree.ConnectTarget)), None)
    return tree.Call(children[0], target, every(children, tree.Option), span)


def segment(children: Children, span: Span) -> tree.Segment:
    named = children[0] if isinstance(children[0], tree.Word) else None
    body = children[1] if named else children[0]
    inner = one(children, Phases)
    if inner is not None:
        phases = tuple(child for child in inner if not isinstance(child, tree.RoomKey))
        body = replace(body, phases=phases, keys=every(inner, tree.RoomKey))
    return tree.Segment(named, body, tags(children), span)


def block(children: Children, span: Span) -> tree.Block:
    said, store = one(children, ScopeWord), one(children, To)
    inner = tuple(child for child in children if not isinstance(child, tree.Word))
    end = said.span.end if said else span.start + len("record")
    return tree.Block(plain(said), plain(store), inner, span.source.span(span.start, end), span)


_ALL: tuple[Maker, ...] = (
    label,
    in_locale,
    say,
    say_ssml,
    play,
    tones,
    cookie,
    option,
    flag,
    header,
    phases,
    phase,
    phase_told,
    moment_begin,
    moment_end,
    room_key,
    connect,
    call,
    segment,
    block,
)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
}

WORDS: dict[str, WordMaker] = {"answer": answer, "hangup": hangup, "continue": continue_, "option_name": tree.Word}
