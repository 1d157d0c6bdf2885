"""The body of a callout to the tree that policies have: whom it calls, what it says, and where it would record.

A callout is no reply, so the tree tells nothing of what comes after what. Rules that look at single values (numbers,
texts, locales, tones, names, storages) read it, and no others.

Invariant: total; every value comes once. Recording options are held although no source lets a callout have them: the
secret in them is as open, and the destination as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.jsontree import JsonScalar, Member, Object
from recpol.base.source import Source
from recpol.platform.targets import SVAML1
from recpol.svaml.document import Callout
from recpol.svaml.lifted import Lifted
from recpol.svaml.stores import Stores
from recpol.svaml.v1.prompts import parts_of, prompt_of
from recpol.svaml.values import Unsupported, locale_of, text_of
from recpol.syntax import tree

_KINDS = {"number": "pstn", "username": "app", "sip": "sip"}
"""What a destination is, by its type; a destination without a type is left alone."""

_SPOKEN = ("text", "greeting")


def lift_request(source: Source, callout: Callout) -> Lifted | None:
    """The body of a callout, if it is an object."""
    body = callout.object
    if body is None:
        return None
    lost: list[Unsupported] = []
    stores = Stores(lost)
    for key in ("recordingOptions", "options"):
        options = body.find(key)
        if options is not None and isinstance(options.value, Object):
            stores.of(options.value, options.key.inside)
    at = callout.member.key.inside
    items = tuple(tree.Segment(None, found, (), found.span) for found in (*_said(body), *_called(body)))
    handler = tree.OnBlock(tree.OnEvent(tree.Word("ice", at), None, at), items, at)
    locale = body.text("locale")
    spoken = () if locale is None else (tree.Default("locale", locale_of(locale), None, locale.span),)
    return Lifted(tree.File(source, (*spoken, *stores.all, handler)), tuple(lost), (), (), SVAML1, alone=True)


def _said(body: Object) -> Iterator[tree.Body]:
    for key in _SPOKEN:
        text = _string(body, key)
        if text is not None:
            member, value = text
            yield tree.Say(text_of(value), False, None, member.key.inside)
    prompts = _string(body, "prompts")
    if prompts is not None:
        member, value = prompts
        yield tree.Park(
            None, (tree.ParkPrompt("intro", prompt_of(value, parts_of(value)), member.key.inside),), member.key.inside
        )


def _called(body: Object) -> Iterator[tree.Connect]:
    destination = body.find("destination")
    node = destination.value if destination is not None else None
    if destination is not None and isinstance(node, Object):
        type_, endpoint = node.text("type"), node.text("endpoint")
        kind = _KINDS.get(type_.text.lower()) if type_ is not None else None
        if kind is not None and endpoint is not None:
            yield _connect(kind, endpoint, destination)
    room = _string(body, "conferenceId")
    if room is not None:
        yield _connect("conference", room[1], room[0])
    for key in ("cli", "dtmf"):
        found = _string(body, key)
        if found is not None:
            member, value = found
            at = member.key.inside
            option = tree.Option(tree.Word(key, at), text_of(value), None, at)
            yield tree.Connect(tree.Word("pstn", at), None, (option,), (), at)


def _connect(kind: str, target: JsonScalar, member: Member) -> tree.Connect:
    at = member.key.inside
    return tree.Connect(tree.Word(kind, at), text_of(target), (), (), at)


def _string(body: Object, key: str) -> tuple[Member, JsonScalar] | None:
    member = body.find(key)
    value = member.value if member is not None else None
    if member is None or not isinstance(value, JsonScalar) or value.kind != "string":
        return None
    return member, value
