"""Instructions and actions to segments of the tree; what the tree has no place for is lost.

A body's span is its name in the document, so that rules underline `ConnectPstn` where they underline `connect pstn` in
a policy.

Invariant: total on every part; a part of no known form is `Broken`.
"""

from __future__ import annotations

import re

from recpol.base.jsontree import Array, JsonScalar, Object
from recpol.base.source import Span
from recpol.svaml.document import ReplyPart
from recpol.svaml.v1.prompts import parts_of, prompt_of
from recpol.svaml.values import Fields, Unsupported, text_of, word_of
from recpol.syntax import tree

Items = list[tree.Segment | tree.Broken]

FLAGS = ("recording", "record", "recordingOptions")
"""The properties of an action that say whether it records; `lift` reads them."""

_GOAL = re.compile(r"\s*(return|menu)\s*\(")


def segments_of(part: ReplyPart, lost: list[Unsupported]) -> Items:
    """One part of a reply as segments: mostly one, several for files and texts played in one go."""
    node, name = part.object, part.name
    if node is None or name is None or part.form is None:
        lost.append(Unsupported(part.node.span if name is None else name.inside, "this", odd=True))
        return [tree.Broken(part.node.span)]
    fields, at = Fields(node, lost, name.text), name.inside
    found = _instruction(part.is_a, fields, at) if part.role == "instruction" else _action(part.is_a, fields, at)
    fields.taken.update(FLAGS if part.role == "action" else ())
    fields.rest()
    if not found:
        return [tree.Broken(part.node.span)]
    return [tree.Segment(None, body, (), at) for body in found]


def _instruction(name: str, fields: Fields, at: Span) -> list[tree.Body]:
    match name:
        case "Say":
            text = fields.text("text")
            locale = fields.locale("locale")
            return [] if text is None else [tree.Say(text, False, locale, at)]
        case "PlayFiles":
            return _played(fields, at)
        case "SendDtmf":
            tones = fields.text("value")
            return [] if tones is None else [tree.Tones(tones, at)]
        case "SetCookie":
            key, value = fields.text("key"), fields.text("value")
            return [] if key is None or value is None else [tree.Cookie(key, value, at)]
        case "Answer":
            return [tree.Answer(at)]
        case _:
            fields.lost.append(Unsupported(at, f"`{name}`"))
            return []


def _played(fields: Fields, at: Span) -> list[tree.Body]:
    ids = fields.take("ids")
    locale = fields.locale("locale")
    found: list[tree.Body] = []
    files: list[tree.Text] = []
    for item in ids.items if isinstance(ids, Array) else ():
        if not isinstance(item, JsonScalar) or item.kind != "string":
            fields.lost.append(Unsupported(item.span, "this part of `ids`", odd=True))
            continue
        for part in parts_of(item):
            if not part.closed:
                fields.lost.append(Unsupported(part.span, "a prompt that is not closed", odd=True))
            elif part.kind in ("tts", "ssml"):
                if files:
                    found.append(tree.Play(tuple(files), locale, at))
                    files = []
                found.append(tree.Say(part.text, part.kind == "ssml", locale, at))
            else:
                files.append(part.text)
    if files:
        found.append(tree.Play(tuple(files), locale, at))
    return found


def _action(name: str, fields: Fields, at: Span) -> list[tree.Body]:
    match name:
        case "Hangup":
            return [tree.Hangup(at)]
        case "Continue":
            return [tree.Continue(at)]
        case "ConnectPstn" | "ConnectMxp" | "ConnectSip" | "ConnectConf" | "ConnectStream":
            return [_connect(name, fields, at)]
        case "RunMenu":
            return [_menu(fields, at)]
        case "Park":
            return [_park(fields, at)]
        case _:
            fields.lost.append(Unsupported(at, f"`{name}` as an action"))
            return []


# ── connects ─────────────────────────────────────────────────────────────────────────────────────────────────────

_KINDS = {
    "ConnectPstn": "pstn",
    "ConnectMxp": "app",
    "ConnectSip": "sip",
    "ConnectConf": "conference",
    "ConnectStream": "stream",
}
_TEXTS = {"cli": "cli", "dtmf": "dtmf"}
_WORDS = {"locale": "locale", "indications": "indications", "transport": "transport", "moh": "moh"}
_SECONDS = {"maxDuration": "max-duration", "dialTimeout": "dial-timeout"}
_HAS = {
    "ConnectPstn": (
        *("locale", "maxDuration", "dialTimeout", "cli", "suppressCallbacks", "dtmf", "indications", "amd"),
    ),
    "ConnectMxp": ("callHeaders",),
    "ConnectSip": ("maxDuration", "cli", "suppressCallbacks", "transport", "callHeaders", "moh"),
    "ConnectConf": ("moh", "conferenceDtmfOptions"),
    "ConnectStream": ("maxDuration", "callHeaders", "streamingOptions"),
}
"""The properties of each connect that are options in the language, in the order in which they are written."""


def _connect(name: str, fields: Fields, at: Span) -> tree.Connect:
    target: tree.Text | None
    match name:
        case "ConnectPstn":
            target = fields.text("number")
        case "ConnectConf":
            target = fields.text("conferenceId")
        case _:
            target = None
            destination = fields.object("destination")
            if destination is not None:
                inner = Fields(destination, fields.lost, "destination")
                target = inner.text("endpoint")
                inner.take("type")
                inner.rest()
    options = [option for known in _HAS[name] for option in _options(known, fields)]
    return tree.Connect(tree.Word(_KINDS[name], at), target, tuple(options), (), at)


def _options(name: str, fields: Fields) -> list[tree.Option]:
    """A property as the options that it becomes."""
    value = fields.take(name)
    if value is None:
        return []
    key = fields.key(name).inside
    found: tree.Value | None
    if name == "callHeaders":
        return _headers(fields)
    if name in ("amd", "conferenceDtmfOptions", "streamingOptions"):
        return settings_of(name, fields)
    if name in _TEXTS:
        found, word = fields.text(name), _TEXTS[name]
    elif name in _SECONDS:
        found, word = fields.duration(name, "s"), _SECONDS[name]
    elif name == "suppressCallbacks":
        found, word = fields.switch(name), "suppress-callbacks"
    else:
        found, word = fields.word(name), _WORDS[name]
    return [] if found is None else [tree.Option(tree.Word(word, key), found, None, key)]


def _headers(fields: Fields) -> list[tree.Option]:
    found: list[tree.Option] = []
    for header in fields.objects("callHeaders"):
        inner = Fields(header, fields.lost, "callHeaders")
        key, value = inner.text("key"), inner.text("value")
        inner.rest()
        if key is not None and value is not None:
            found.append(tree.Option(tree.Word("header", key.span), value, key, key.span))
    return found


def settings_of(name: str, fields: Fields) -> list[tree.Option]:
    """The options that an object of a connect becomes."""
    node = fields.object(name)
    if node is None:
        return []
    inner = Fields(node, fields.lost, name)
    found: list[tuple[str, tree.Value | None]] = []
    if name == "amd":
        on, parallel = inner.scalar("enabled", "boolean"), inner.scalar("async", "boolean")
        if on is not None and on.true:
            both = parallel is not None and parallel.true
            found.append(("amd", word_of(on, "async" if both else "on")))
        elif on is not None or parallel is not None:
            fields.lost.append(Unsupported(node.span, "answering machine detection that is turned off"))
    elif name == "streamingOptions":
        found.append(("sample-rate", inner.number("sampleRate")))
    else:
        found.append(("dtmf-mode", inner.word("mode")))
        found.append(("dtmf-max-digits", inner.number("maxDigits")))
        found.append(("dtmf-timeout", inner.duration("timeoutMills", "ms")))
    inner.rest()
    return [tree.Option(tree.Word(word, value.span), value, None, value.span) for word, value in found if value]


# ── menus and parking ────────────────────────────────────────────────────────────────────────────────────────────


def _menu(fields: Fields, at: Span) -> tree.Menu:
    items: list[tree.MenuItem] = []
    for name, switch in (("barge", "barge"), ("enableVoice", "voice")):
        value = fields.switch(name)
        if value is not None:
            items.append(tree.SwitchItem(switch, value, fields.key(name).inside))
    locale = fields.locale("locale")
    first = fields.string("mainMenu")
    if first is not None and first.text != "main":
        fields.lost.append(Unsupported(first.span, "another first menu than `main`"))
    further: list[tree.MenuItem] = []
    mains = 0
    for node in fields.objects("menus"):
        inner = Fields(node, fields.lost, "menus")
        name_ = inner.string("id")
        lines = _lines(inner)
        if name_ is None:
            further.append(tree.Broken(node.span))
        elif name_.text == "main" and not mains:
            mains += 1
            items += lines
        else:
            further.append(tree.Submenu(word_of(name_), (), tuple(lines), name_.inside))
    if not mains:
        items.append(tree.Broken(at))
        fields.lost.append(Unsupported(at, "menus of which none is `main`", odd=True))
    return tree.Menu(locale, (*items, *further), at)


def _lines(fields: Fields) -> list[tree.MenuItem]:
    """The lines of one menu."""
    found: list[tree.MenuItem] = []
    main, repeat = fields.string("mainPrompt"), fields.string("repeatPrompt")
    times, digits = fields.number("repeats"), fields.number("maxDigits")
    wait, limit = fields.duration("timeoutMills", "ms"), fields.duration("maxTimeoutMills", "ms")
    if main is not None:
        found.append(tree.PromptItem(_prompt(main, fields.lost), fields.key("mainPrompt").inside))
    if repeat is not None:
        found.append(tree.RepeatItem(_prompt(repeat, fields.lost), times, fields.key("repeatPrompt").inside))
    elif times is not None:
        fields.lost.append(Unsupported(fields.key("repeats").inside, "`repeats` without a `repeatPrompt`"))
    if digits is not None:
        goal = tree.Goal(tree.Word("otherwise", digits.span), False, digits.span)
        found.append(tree.DigitsItem(digits, goal, fields.key("maxDigits").inside))
    if wait is not None:
        found.append(tree.WaitItem(wait, limit, fields.key("timeoutMills").inside))
    elif limit is not None:
        fields.lost.append(
            Unsupported(fields.key("maxTimeoutMills").inside, "`maxTimeoutMills` without `timeoutMills`")
        )
    for option in fields.objects("options"):
        inner = Fields(option, fields.lost, "options")
        key, action = inner.take("dtmf"), inner.string("action")
        inner.rest()
        goal_ = None if action is None else goal_of(action)
        if isinstance(key, JsonScalar) and key.kind in ("string", "number") and goal_ is not None:
            found.append(tree.KeyItem(word_of(key), goal_, key.inside))
        else:
            found.append(tree.Broken(option.span))
    fields.rest()
    return found


def goal_of(action: JsonScalar) -> tree.Goal | None:
    """`return(x)` or `menu(y)` as a goal; None where it is neither, or names nothing."""
    found, whole = _GOAL.match(action.text), action.text.rstrip()
    if found is None or not whole.endswith(")"):
        return None
    inside = whole[found.end() : -1]
    name = inside.strip()
    if not name or "\n" in name:
        return None
    start = found.end() + len(inside) - len(inside.lstrip())
    part = text_of(action, start, start + len(name))
    return tree.Goal(tree.Word(name, part.span), found[1] == "menu", action.inside)


def _prompt(value: JsonScalar, lost: list[Unsupported]) -> tree.Prompt:
    parts = tuple(parts_of(value))
    lost += (Unsupported(part.span, "a prompt that is not closed", odd=True) for part in parts if not part.closed)
    return prompt_of(value, parts)


def _park(fields: Fields, at: Span) -> tree.Park:
    items: list[tree.ParkItem] = []
    for name, word in (("introPrompt", "intro"), ("holdPrompt", "hold")):
        value = fields.string(name)
        if value is not None:
            items.append(tree.ParkPrompt(word, _prompt(value, fields.lost), fields.key(name).inside))
    limit = fields.duration("maxDuration", "s")
    if limit is not None:
        items.append(tree.ParkLimit(limit, fields.key("maxDuration").inside))
    locale = fields.locale("locale") if _speaks(fields.node) else None
    return tree.Park(locale, tuple(items), at)


def located(park: ReplyPart) -> bool:
    """Whether a Park says in which language its texts are spoken."""
    node = park.object
    return node is not None and node.text("locale") is not None and _speaks(node)


def _speaks(node: Object) -> bool:
    prompts = (node.text(name) for name in ("introPrompt", "holdPrompt"))
    return any(part.kind in ("tts", "ssml") for prompt in prompts if prompt is not None for part in parts_of(prompt))
