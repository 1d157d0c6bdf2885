"""Instructions, actions and menus of a reply to their manner: how they are done, in the words of `recpol.calls.deeds`.

Its source is the Callback API page (2021), and for what came since the Node SDK.

Invariant: total, and nothing is passed over: a property that has no word here stands under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from recpol.base.jsonlayout import one_line
from recpol.calls.deeds import Manner
from recpol.interpreters.v1.forms import FormBody

_Read = Callable[[object], str]
_Words = Mapping[str, tuple[str, _Read]]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _other(value)


def _other(value: object) -> str:
    try:
        return one_line(value)
    except (RecursionError, TypeError, ValueError):
        return "not a plain JSON value"


def _seconds(value: object) -> str:
    return str(1000 * value) if isinstance(value, int) and not isinstance(value, bool) else _other(value)


def _switch(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else _other(value)


def _detection(value: object) -> str:
    known = {'{"enabled": true}': "on", '{"async": true, "enabled": true}': "async"}
    return known.get(_other(value), _other(value))


_LOCALE: _Words = {"locale": ("locale", _plain)}

_ACTIONS: _Words = {
    **_LOCALE,
    "cli": ("cli", _plain),
    "maxDuration": ("max-duration", _seconds),
    "dialTimeout": ("dial-timeout", _seconds),
    "suppressCallbacks": ("suppress-callbacks", _switch),
    "dtmf": ("dtmf", _plain),
    "indications": ("indications", _plain),
    "amd": ("amd", _detection),
    "transport": ("transport", _plain),
    "moh": ("moh", _plain),
    "barge": ("barge", _switch),
    "enableVoice": ("voice", _switch),
}

_WITHIN: Mapping[str, Mapping[str, str]] = {
    "conferenceDtmfOptions": {"mode": "dtmf-mode", "maxDigits": "dtmf-max-digits", "timeoutMills": "dtmf-timeout"},
    "streamingOptions": {"sampleRate": "sample-rate"},
}
"""Properties that hold several options, each with its word."""

_HEARD = frozenset(
    ("name", "number", "destination", "conferenceId", "introPrompt", "holdPrompt", "menus", "recordingOptions")
)
"""Properties that are part of what is heard or recorded, or have deeds of their own."""


def of_action(action: FormBody, flags: tuple[str, ...]) -> Manner:
    """How an action is done; `flags` are the names of the flag with which a recording begins."""
    return tuple(sorted(pair for key, value in action.items() for pair in _property(str(key), value, flags)))


def _property(key: str, value: object, flags: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if key == "destination" and isinstance(value, dict):
        kind = value.get("type")
        if isinstance(kind, str) and kind.lower() == "sip":  # other addresses always have their type
            yield "type", "sip"
    elif key in _HEARD:
        return
    elif key in flags:
        yield "begins", _switch(value)
    elif key == "callHeaders" and isinstance(value, list) and value:
        for number, header in enumerate(value, 1):
            pair = isinstance(header, dict) and set(header) == {"key", "value"}
            yield f"header {number}", _other([header["key"], header["value"]] if pair else header)
    elif key in _WITHIN and isinstance(value, dict) and value:
        for name, inner in value.items():
            yield _WITHIN[key].get(name, f"{key}.{name}"), _plain(inner)
    elif key in _ACTIONS:
        word, read = _ACTIONS[key]
        yield word, read(value)
    else:
        yield key, _plain(value)


def of_locale(instruction: FormBody) -> Manner:
    """How a text is spoken or a file played: its locale."""
    return (("locale", _plain(instruction["locale"])),) if "locale" in instruction else ()


def of_cookie(instruction: FormBody) -> Manner:
    """A cookie."""
    return (("cookie", _other([instruction.get("key"), instruction.get("value")])),)


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────

_MENU: _Words = {
    "repeats": ("times", _plain),
    "maxDigits": ("digits", _plain),
    "timeoutMills": ("wait", _plain),
    "maxTimeoutMills": ("up to", _plain),
}


def of_menus(action: FormBody) -> Iterator[Manner]:
    """Each menu of a RunMenu in the order of the document, with its id and its prompts as they sound."""
    listed = action.get("menus")
    for menu in listed if isinstance(listed, list) else ():
        yield _menu(menu) if isinstance(menu, dict) else (("menus", _other(menu)),)


def _menu(menu: FormBody) -> Manner:
    found = {"sound": _other([menu.get("id"), menu.get("mainPrompt", ""), menu.get("repeatPrompt", "")])}
    for key, value in menu.items():
        if key in _MENU:
            word, read = _MENU[key]
            found[word] = read(value)
        elif key == "options":
            found["keys"] = _other([_option(option) for option in value] if isinstance(value, list) else value)
        elif key not in ("id", "mainPrompt", "repeatPrompt"):
            found[str(key)] = _plain(value)
    return tuple(sorted(found.items()))


def _option(option: object) -> object:
    """A key, whether it leads to a menu or returns, and what."""
    if not isinstance(option, dict) or set(option) != {"dtmf", "action"} or not isinstance(option["action"], str):
        return option
    kind, bracket, rest = option["action"].partition("(")
    return [option["dtmf"], kind, rest[:-1]] if bracket and rest.endswith(")") else option


def tells_keys(action: FormBody) -> bool:
    """Whether keys that are pressed in the conference come in a PIE (conference DTMF page)."""
    options = action.get("conferenceDtmfOptions")
    return isinstance(options, dict) and options.get("mode") == "detect"
