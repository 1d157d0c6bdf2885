"""The parts of an SVAML v2 document that can be heard, to their manner, in the words of `recpol.calls.deeds`.

Its source is the published description of Voice API v2 in the official SDK for Python (2.3).

Invariant: total, and nothing is passed over: a property that has no word here, and is no part of what is heard or of
what happens next, stands under its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from recpol.base.jsonlayout import one_line
from recpol.calls.deeds import Manner
from recpol.interpreters.v1.forms import FormBody
from recpol.interpreters.v2 import matches

_MOST = 100
"""The longest input that a menu takes (`recpol.interpreters.v2.matches`)."""


def manner(form: object) -> Manner:
    """How a message, a `dial` or the item of a menu is done."""
    if not isinstance(form, dict):
        return ()
    if form.get("command") == "dial":
        return tuple(sorted(_dial(form)))
    if "type" in form:
        return tuple(sorted(_message(form)))
    return tuple(sorted(_item(form)))


def _message(form: FormBody) -> Iterator[tuple[str, str]]:
    say = form.get("say")
    if isinstance(say, dict) and "voiceName" in say:
        yield "voice", _plain(say["voiceName"])


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _other(value)


def _other(value: object) -> str:
    try:
        return one_line(value)
    except (RecursionError, TypeError, ValueError):
        return "not a plain JSON value"


def _seconds(value: object) -> str:
    return str(1000 * value) if isinstance(value, int) and not isinstance(value, bool) else _other(value)


# ── dial ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _dial(form: FormBody) -> Iterator[tuple[str, str]]:
    for key, value in form.items():
        match key:
            case "from":
                number = value.get("phone") if isinstance(value, dict) and set(value) == {"type", "phone"} else None
                plain = isinstance(number, dict) and set(number) == {"number"} and value["type"] == "PHONE"
                yield "cli", _plain(number["number"]) if plain and number else _other(value)
            case "dialTimeoutDurationSeconds":
                yield "dial-timeout", _seconds(value)
            case "maxCallDurationSeconds":
                yield "max-duration", _seconds(value)
            case "to":
                yield from _to(value)
            case "events":
                yield from _detection(value)
            case "command" | "callName":
                pass  # a name shows in what it names
            case _:
                yield str(key), _other(value)


def _to(value: object) -> Iterator[tuple[str, str]]:
    value = value if isinstance(value, dict) else {}
    inner = next((part for part in value.values() if isinstance(part, dict)), {})
    for key, part in inner.items():
        match key:
            case "number":
                pass  # heard
            case "endpoint":
                scheme = part.partition(":")[0] if isinstance(part, str) else ""
                if scheme in ("sip", "sips") and value.get("type") == "SIP":
                    yield "scheme", scheme
            case "transport":
                yield "transport", _plain(part)
            case "streamOptions" if isinstance(part, dict) and set(part) == {"sampleRate"}:
                yield "sample-rate", _plain(part["sampleRate"])
            case "callHeaders" if isinstance(part, list) and part:
                for number, header in enumerate(part, 1):
                    pair = isinstance(header, dict) and set(header) == {"key", "value"}
                    yield f"header {number}", _other([header["key"], header["value"]] if pair else header)
            case _:
                yield str(key), _other(part)


def _detection(events: object) -> Iterator[tuple[str, str]]:
    """Answering machine detection, which begins when somebody answers."""
    answered = events.get("onAnswer") if isinstance(events, dict) else None
    commands = answered if isinstance(answered, list) else []
    found = [at for at, one in enumerate(commands) if isinstance(one, dict) and one.get("command") == "amd"]
    if found:
        yield "amd", "on" if found == [0] else f"at {found}"


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _item(item: FormBody) -> Iterator[tuple[str, str]]:
    prompts = [part for part in (item.get("prompt"), item.get("repeatPrompt")) if isinstance(part, dict)]
    barges = [prompt.get("allowBargeIn", True) for prompt in prompts]
    voices = [voice for prompt in prompts for voice in _voices(prompt.get("messages"))]
    for key, value in item.items():
        match key:
            case "inputTimeoutDurationSeconds":
                yield "wait", _seconds(value)
            case "repeatCount":
                yield "times", _plain(value)
            case "maximumInputLength":
                yield "digits", _plain(value)
            case "terminatingSequence":
                yield "end", _plain(value)
            case "matches":
                keys = tuple(one for one in value if isinstance(one, str)) if isinstance(value, dict) else ()
                most = item.get("maximumInputLength", 1)
                yield "keys", _taken(keys, most if isinstance(most, int) else 1)
            case "prompt" | "repeatPrompt" | "onFailure" | "onFail":
                pass  # heard, or what happens next
            case _:
                yield str(key), _plain(value)
    if any(barge is not True for barge in barges):
        yield "barge", "no" if all(barge is False for barge in barges) else _other(barges)
    if voices:
        yield "voice", _other(voices)


def _voices(messages: object) -> list[object]:
    said = [one.get("say") for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    return [say.get("voiceName") for say in said if isinstance(say, dict)]


@lru_cache(maxsize=64)  # most menus take the same few keys
def _taken(keys: tuple[str, ...], longest: int) -> str:
    """The inputs that are taken, each with the first expression that takes it."""
    inputs = (digits for entered in tried(longest) for digits in (entered, f"{entered}#"))
    found = ((digits, next((key for key in keys if matches.matches(key, digits)), None)) for digits in inputs)
    return numbered((digits, key) for digits, key in found if key is not None)


def numbered(taken: Iterable[tuple[str, object]]) -> str:
    """Inputs with what takes each, by a number in the order in which it first takes one: `1:1 1#:1 2:2`."""
    numbers: dict[object, int] = {}
    return " ".join(f"{entered}:{numbers.setdefault(by, len(numbers) + 1)}" for entered, by in taken)


def tried(longest: int) -> Iterator[str]:
    """The inputs that tell keys and lengths apart: each key, and rows of a digit about as long as the longest."""
    yield from "0123456789*#"
    for length in sorted({2, longest - 1, longest, longest + 1}):
        if 1 < length < _MOST:
            yield "8" * length
