"""The body of a callout to the `on callout` that says the same: whom it calls, and what that person hears first.

A custom callout has its reply to ICE inside, which must be ConnectPstn alone (Calling API page). What stands in its
`ace` and `pie` are replies like others, which the reader of the document has read.

Invariant: total; what `on callout` cannot hold is listed as lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.source import Span
from recpol.svaml.document import Document, DocumentReply
from recpol.svaml.stores import options_of
from recpol.svaml.v1.prompts import parts_of
from recpol.svaml.v1.segments import segments_of, settings_of
from recpol.svaml.values import Fields, Unsupported, text_of
from recpol.syntax import tree

_KINDS = {"number": "pstn", "username": "app", "sip": "sip"}
_TEXTS = ("cli", "dtmf", "custom")
_FOLLOWS = ("domain", "enableAce", "enablePie", "enableDice")
"""What follows from the rest of a policy, so that compiling it tells whether it is the same."""

_OPTIONS = ("cli", "dtmf", "max-duration", "dial-timeout")
"""The options that the ConnectPstn of a custom callout has in the language."""


def lift_callout(document: Document, name: str, lost: list[Unsupported]) -> tree.OnBlock:
    """The callout of a document, under a name; its `replies` are those inside it."""
    callout = document.callout
    assert callout is not None  # a document of this kind whose body has been read
    at = callout.member.key.inside
    event = tree.OnEvent(tree.Word("callout", at), tree.Word(name, at), at)
    body = callout.object
    if body is None:
        lost.append(Unsupported(at, "a callout that is no object", odd=True))
        return tree.OnBlock(event, (tree.Broken(at),), at)
    fields = Fields(body, lost, callout.method)
    options = _texts(fields, _TEXTS)
    for key in _FOLLOWS:
        fields.take(key)
    if callout.method == "customCallout":
        inside = {str(reply.event): reply for reply in document.replies}
        segments = [_custom(fields, inside, options, at, lost)]
    else:
        call = _called(fields, at, lost)
        locale = fields.locale("locale")
        if callout.method == "ttsCallout":
            segments = [*_told(fields, locale, lost), tree.Hangup(at)]
        else:
            segments = _room(fields, locale, at)
            limit = fields.duration("maxDuration", "s")
            if limit is not None:
                where = fields.key("maxDuration").inside
                options.append(tree.Option(tree.Word("max-duration", where), limit, None, where))
        segments = [tree.Call(call.kind, call.target, tuple(options), at), *segments]
    fields.rest()
    return tree.OnBlock(event, tuple(tree.Segment(None, one, (), one.span) for one in segments), body.span)


def _texts(fields: Fields, names: tuple[str, ...]) -> list[tree.Option]:
    found = []
    for name in names:
        value = fields.text(name)
        if value is not None:
            key = fields.key(name).inside
            found.append(tree.Option(tree.Word(name, key), value, None, key))
    return found


def _called(fields: Fields, at: Span, lost: list[Unsupported]) -> tree.Call:
    """Whom a callout calls that has a destination."""
    destination = fields.object("destination")
    inner = Fields(destination, lost, "destination") if destination is not None else None
    target = None if inner is None else inner.text("endpoint")
    type_ = None if inner is None else inner.string("type")
    kind = _KINDS.get(type_.text.lower()) if type_ is not None else None
    if inner is not None:
        inner.rest()
    if kind is None or target is None:
        lost.append(Unsupported(at if destination is None else destination.span, "this destination", odd=True))
    return tree.Call(tree.Word(kind or "pstn", at), target, (), at)


def _custom(
    fields: Fields,
    inside: Mapping[str, DocumentReply],
    options: list[tree.Option],
    at: Span,
    lost: list[Unsupported],
) -> tree.Body:
    """Whom a custom callout calls, by the reply to ICE among those inside it."""
    fields.take("ice")
    for key in ("ace", "pie"):
        value = fields.take(key)
        if value is not None and key not in inside:
            lost.append(Unsupported(fields.key(key).inside, f"that its {key.upper()} is answered from elsewhere"))
    ice = inside.get("ice")
    action = None if ice is None else ice.action
    if ice is None or action is None or ice.instructions or action.is_a != "ConnectPstn":
        lost.append(Unsupported(at, "a custom callout without ConnectPstn, and that alone, in its `ice`"))
        return tree.Hangup(at)
    if options_of(action) is not None or (action.object is not None and any(map(action.object.find, _FLAGS))):
        lost.append(Unsupported(at, "a recording in the request that begins a call", odd=True))
    (segment,) = segments_of(action, lost)
    if not isinstance(segment, tree.Segment) or not isinstance(segment.body, tree.Connect):
        return tree.Hangup(at)
    connect = segment.body
    strange = [option for option in connect.options if option.name.text not in _OPTIONS]
    lost += (Unsupported(option.span, f"`{option.name.text}` of a callout") for option in strange)
    return tree.Call(connect.kind, connect.target, (*connect.options, *options), at)


_FLAGS = ("record", "recording")


def _told(fields: Fields, locale: tree.Locale | None, lost: list[Unsupported]) -> list[tree.Body]:
    """What a text-to-speech callout says and plays."""
    found: list[tree.Body] = []
    text = fields.string("text")
    prompts = fields.string("prompts")
    if text is not None:
        found.append(tree.Say(text_of(text), False, locale, text.span))
    if text is not None and prompts is not None:
        lost.append(Unsupported(prompts.span, "`text` and `prompts` at once"))
        return found
    for part in parts_of(prompts) if prompts is not None else ():
        if not part.closed:
            lost.append(Unsupported(part.span, "a prompt that is not closed", odd=True))
        elif part.kind in ("tts", "ssml"):
            found.append(tree.Say(part.text, part.kind == "ssml", locale, part.span))
        else:
            found.append(tree.Play((part.text,), None, part.span))
    return found


def _room(fields: Fields, locale: tree.Locale | None, at: Span) -> list[tree.Body]:
    """The greeting of a conference callout, and its room."""
    greeting = fields.string("greeting")
    found: list[tree.Body] = [] if greeting is None else [tree.Say(text_of(greeting), False, locale, greeting.span)]
    options = settings_of("conferenceDtmfOptions", fields)
    moh = fields.word("mohClass")
    if moh is not None:
        key = fields.key("mohClass").inside
        options = [tree.Option(tree.Word("moh", key), moh, None, key), *options]
    return [*found, tree.Connect(tree.Word("conference", at), fields.text("conferenceId"), tuple(options), (), at)]
