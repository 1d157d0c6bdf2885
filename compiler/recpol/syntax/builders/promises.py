"""Makers of what is stated of stores, and of the guarantees beside `record`, `announce` and `keep … in`."""

from __future__ import annotations

from recpol.base.source import Span
from recpol.syntax import tree
from recpol.syntax.builders.shared import Children, every, one
from recpol.syntax.parser import Maker


def at_least(children: Children, span: Span) -> tree.Retention:
    return tree.Retention(children[0], None, span)


def between(children: Children, span: Span) -> tree.Retention:
    return tree.Retention(children[0], children[1], span)


def at_most(children: Children, span: Span) -> tree.Retention:
    return tree.Retention(None, children[0], span)


def _promise(key: str) -> Maker:
    def make(children: Children, span: Span) -> tree.Promise:
        return tree.Promise(key, children[0], span)

    return make


def keep_time(children: Children, span: Span) -> tree.KeepTime:
    return tree.KeepTime(children[0], one(children, tree.Because), span)


def keep_encrypted(children: Children, span: Span) -> tree.KeepEncrypted:
    return tree.KeepEncrypted(one(children, tree.Because), span)


def keep_region(children: Children, span: Span) -> tree.KeepRegion:
    return tree.KeepRegion(every(children, tree.Word), one(children, tree.Because), span)


def never_transcribe(children: Children, span: Span) -> tree.NeverTranscribe:
    return tree.NeverTranscribe(children[0], one(children, tree.Because), span)


def record_only(children: Children, span: Span) -> tree.OneSide:
    return tree.OneSide(children[0], children[1], one(children, tree.Because), span)


def opt_out(children: Children, span: Span) -> tree.OptOut:
    return tree.OptOut(children[0], one(children, tree.Because), span)


_ALL: tuple[Maker, ...] = (
    at_least,
    between,
    at_most,
    keep_time,
    keep_encrypted,
    keep_region,
    never_transcribe,
    record_only,
    opt_out,
)

MAKERS: dict[str, Maker] = {
    **{make.__name__: make for make in _ALL},
    **{key: _promise(key) for key in ("readers", "encrypted", "region")},
    "keep_field": _promise("keep"),
}
