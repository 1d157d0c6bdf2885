"""Sounds and stores in the words in which a policy and a document of Voice API v2 are held against each other.

Invariant: only what a policy and a document spell differently is brought to one spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.typing import Any, assert_never
from recpol.calls import trace as t
from recpol.calls.deeds import Manner
from recpol.interpreters.v2.manner import numbered, tried
from recpol.platform.payload import IN_V2
from recpol.platform.targets import Target
from recpol.platform.v2.commands import DESTINATIONS, MENU_NAME
from recpol.semantics.manner import called, manner
from recpol.syntax import tree
from recpol.verify.verified import manner_words, without_scheme


def meant_sound(sound: t.Sound) -> tuple[str, ...]:
    """A sound of a policy without what a document spells otherwise: SIP addresses, fields of the call, and what
    `made_sound` leaves out."""
    return tuple(_fields(part) for part in made_sound(without_scheme(sound)))


def made_sound(sound: t.Sound) -> tuple[str, ...]:
    """A sound of a document without what is spelt in two ways: addresses of files, long names of menus."""
    content = sound.content
    if sound.kind == "menu":
        name = content[0] if len(content[0]) <= MENU_NAME.value else content[0][: MENU_NAME.value]
        content = (name[:10], *map(_addresses, content[1:]))
    elif sound.kind == "talk":
        content = ()
    return (sound.kind, *content)


def _addresses(prompt: str) -> str:
    """A prompt with each `#href[ADDRESS]` as the address alone."""
    parts: list[str] = []
    at = 0
    while (begin := prompt.find("#href[", at)) >= 0 and (end := prompt.find("]", begin)) >= 0:
        parts += prompt[at:begin], prompt[begin + len("#href[") : end]
        at = end + 1
    return "".join([*parts, prompt[at:]])


_FIELD = re.compile(r"\{\{ call\.([\w.]+)")


def _fields(text: str) -> str:
    """A text with the fields of a call by the names that they have in a `call.incoming` event."""
    return _FIELD.sub(lambda found: "{{ call." + IN_V2.get(found[1], found[1]), text) if "{{" in text else text


def manner_of(program: Program, step: Step, sound: t.Sound, target: Target) -> Manner:
    """How the policy wants a sound done, in what a document of Voice API v2 has a place for.

    Which menu or reply a key leads to is not said here but followed. `private` is a call without `from`; there is no
    callback to suppress; and what finds a machine does not hold the call.
    """
    meant = dict(manner(program, step, sound, target))
    if sound.kind == "menu":
        digits = int(meant.get("digits", "0"))
        if digits:
            meant["end"] = "#"
        taken = _taken(json.loads(meant.pop("keys", "[]")), digits)
        if taken:
            meant["keys"] = taken
        if meant.get("barge") == "yes":
            del meant["barge"]
    elif sound.kind == "connect":
        _dialled(meant)
    return tuple(sorted((word, _fields(value)) for word, value in meant.items()))


def called_otherwise(program: Program, callout: Handler, whom: t.Sound, made: Manner) -> Iterator[tuple[str, str]]:
    """Whether a callout calls somebody else than its request does, or otherwise: what policy and request say."""
    if callout.opening is None:
        return
    sound, options = called(program, callout.opening)
    if meant_sound(sound) != made_sound(whom):
        yield f"it calls {words(sound)}", f"it calls {words(whom)}"
    meant = dict(options)
    _dialled(meant)
    wanted = tuple(sorted((word, _fields(value)) for word, value in meant.items()))
    if wanted != made:
        yield manner_words("call", wanted, made)


def _dialled(meant: dict[str, str]) -> None:
    meant.pop("suppress-callbacks", None)
    if meant.get("cli") == "private":
        del meant["cli"]
    if "amd" in meant:
        meant["amd"] = "on"
    if "transport" in meant:
        meant["transport"] = meant["transport"].upper()


def _taken(keys: list[list[str]], digits: int) -> str:
    """What a menu takes, and which inputs lead to one goal: as `recpol.interpreters.v2.manner` tells it. A key to
    another menu is a goal of its own."""
    goals = {key: (key,) if to == "menu" else (to, name) for key, to, name in keys}
    found: list[tuple[str, object]] = []
    for entered in tried(digits or 1):
        goal = goals.get(entered, ("digits",) if entered.isdecimal() and len(entered) <= digits else None)
        if goal is not None:
            found += [(entered + end, goal) for end in (("", "#") if digits else ("",))]
    return numbered(found)


def answers_words(answered: bool) -> tuple[str, str]:
    """Whether a call is answered at once, and the contrary."""
    answers, other = "the call is answered at once", "the call is not answered"
    return (answers, other) if answered else (other, answers)


def words(sound: t.Sound) -> str:
    """A sound in words."""
    return " ".join(part for part in (sound.kind, *sound.content) if part)


RecordedFiles = tuple[tuple[int, t.Options], ...]
"""The files that a sound is recorded into, by their numbers in the call, with the options of their recordings."""


def to_files(recordings: RecordedFiles) -> str:
    """The files that a sound is recorded into, in words."""
    told = [f"recorded to {dict(options).get('destinationUrl', 'nowhere')} (file {n})" for n, options in recordings]
    return " and ".join(told) or "not recorded"


@lru_cache(maxsize=8)  # each recording of a document is held against all stores
def options_of(program: Program, store: str) -> t.Options:
    """A store as the options of its recordings in v2, worked out apart from the lowering."""
    found: dict[str, Any] = {}
    for field_ in program.names.stores[store].fields:
        if not isinstance(field_, tree.StoreField):
            continue
        match field_.value:
            case tree.EnvName(name):
                value = "{{ env." + name.text + " }}"
            case tree.Text():
                value = program.fill(field_.value)
            case tree.Word(word):
                value = word
            case _:
                assert_never(field_.value)
        match field_.key:
            case "url":
                found["destinationUrl"] = value
                found["destination"] = DESTINATIONS[value.split("://")[0]]
            case "credentials":
                found["credentials"] = value
            case "format":
                found["format"] = value.upper()
            case "direction":
                found["recordingType"] = "COMBINED" if value == "both" else value.upper()
            case "transcribe":
                found["transcriptionOptions"] = {"isEnabled": True, "locale": value}
            case _:
                pass
    return tuple(sorted((key, _fields(json.dumps(value))) for key, value in found.items()))
