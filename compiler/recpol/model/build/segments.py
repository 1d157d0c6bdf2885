"""Makers of segments: everything between the braces of a handler but menus."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recpol.ground.source import Span
from recpol.model import ast
from recpol.model.build.shared import Children, Locale, Phases, Scope, To, every, one, plain, tags
from recpol.syntax.parser import Maker


def label(children: Children, span: Span) -> ast.Word:
    return ast.Word(children[0].span.text, children[0].span)


def in_locale(children: Children, span: Span) -> ast.Word:
    return Locale(children[0].text, children[0].span)


def say(children: Children, span: Span) -> ast.Say:
    return ast.Say(children[0], False, plain(one(children, Locale)), span)


def say_ssml(children: Children, span: Span) -> ast.Say:
    return ast.Say(children[0], True, plain(one(children, Locale)), span)


def play(children: Children, span: Span) -> ast.Play:
    return ast.Play(every(children, ast.Text), plain(one(children, Locale)), span)


def tones(children: Children, span: Span) -> ast.Tones:
    return ast.Tones(children[0], span)


def cookie(children: Children, span: Span) -> ast.Cookie:
    return ast.Cookie(children[0], children[1], span)


def answer(children: Children, span: Span) -> ast.Answer:
    return ast.Answer(span)


def hangup(children: Children, span: Span) -> ast.Hangup:
    return ast.Hangup(span)


def continue_(children: Children, span: Span) -> ast.Continue:
    return ast.Continue(span)


def option_name(children: Children, span: Span) -> ast.Word:
    return ast.Word(span.text, span)


def option(children: Children, span: Span) -> ast.Option:
    return ast.Option(children[0], children[1], None, span)


def flag(children: Children, span: Span) -> ast.Option:
    name = "suppress-callbacks"
    written = ast.Word(name, span.source.span(span.start, span.start + len(name)))
    return ast.Option(written, children[0] if children else None, None, span)


def header(children: Children, span: Span) -> ast.Option:
    written = ast.Word("header", span.source.span(span.start, span.start + len("header")))
    return ast.Option(written, children[1], children[0], span)


def phases(children: Children, span: Span) -> tuple[Any, ...]:
    return Phases(children)


def phase(children: Children, span: Span) -> ast.Phase:
    return ast.Phase(children[0], tags(children), span)


def connect(children: Children, span: Span) -> ast.Connect:
    target = next((child for child in children[1:2] if isinstance(child, ast.Text | ast.Phone | ast.Number)), None)
    return ast.Connect(children[0], target, every(children, ast.Option), (), span)


def segment(children: Children, span: Span) -> ast.Segment:
    named = children[0] if isinstance(children[0], ast.Word) else None
    body = children[1] if named else children[0]
    inner = one(children, Phases)
    if inner is not None:
        body = replace(body, phases=tuple(inner))
    return ast.Segment(named, body, tags(children), span)


def block(children: Children, span: Span) -> ast.Block:
    said, store = one(children, Scope), one(children, To)
    inner = tuple(child for child in children if not isinstance(child, ast.Word))
    end = said.span.end if said else span.start + len("record")
    return ast.Block(plain(said), plain(store), inner, span.source.span(span.start, end), span)

_ALL: tuple[Maker, ...] = (label, in_locale, say, say_ssml, play, tones, cookie, answer, hangup, continue_, option_name, option, flag, header, phases, phase, connect, segment, block)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
}
