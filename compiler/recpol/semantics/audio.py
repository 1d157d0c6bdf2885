"""Steps to the sounds that they are, and stores to the options of a recording: the policy's side of
`recpol.calls.trace`.

Worked out from the language alone, without a look at any target: what both sides are compared in must not come from one
of them.

Invariant: total on every step of an accepted program.
"""

from __future__ import annotations

from functools import lru_cache

from recpol.analysis.menus import MenuNode, reached_menus
from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.typing import assert_never
from recpol.calls.trace import Options, Sound
from recpol.syntax import tree

_PROPERTIES = {
    "url": "destinationUrl",
    "credentials": "credentials",
    "format": "format",
    "notify": "notificationEvents",
    "transcribe": "transcriptionOptions",
    "direction": "direction",
}
"""The properties of recording options. No dialect with replies has a `direction`: it stands under its own name."""


@lru_cache(maxsize=8)  # each sound asks for those of the stores that record it
def store_options(program: Program, name: str) -> Options:
    """A store as the options of its recordings."""
    pairs: list[tuple[str, str]] = []
    for field in program.names.stores[name].fields:
        if not isinstance(field, tree.StoreField) or field.key not in _PROPERTIES:
            continue
        value: object
        match field.value:
            case tree.EnvName():
                value = "{{ env." + field.value.name.text + " }}"
            case tree.Text():
                value = program.fill(field.value)
                if field.key == "transcribe":
                    value = {"enabled": True, "locale": value}
            case tree.Word(text):
                value = text
                if field.key == "transcribe":
                    value = {"enabled": True, "locale": text}
                elif field.key == "notify":
                    value = text == "yes"
            case _:
                assert_never(field.value)
        pairs.append((_PROPERTIES[field.key], spelt(value)))
    return tuple(sorted(pairs))


def spelt(value: object) -> str:
    """A value as JSON, in which both sides are compared; one that is plain is written without loading `json`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.isascii() and value.isprintable() and not {'"', "\\"} & set(value):
        return f'"{value}"'
    import json

    return json.dumps(value, sort_keys=True)


def sounds(program: Program, handler: Handler, step: Step) -> tuple[Sound, ...]:
    """The sounds of a segment, in order; a menu sounds with every menu that the caller can get to."""
    body = step.body
    match body:
        case tree.Say():
            return (Sound("ssml" if body.ssml else "speech", (program.fill(body.text),), hearer(handler, step)),)
        case tree.Play():
            return tuple(Sound("file", (program.fill(file),), hearer(handler, step)) for file in body.files)
        case tree.Tones():
            return (Sound("tones", (program.fill(body.tones),)),)
        case tree.Menu():
            return tuple(menu_sound(program, menu) for menu in reached_menus(step, handler))
        case tree.Park():
            prompts = {item.name: item.prompt for item in body.items if isinstance(item, tree.ParkPrompt)}
            return (Sound("parked", tuple(_spelt(program, prompts.get(name)) for name in ("intro", "hold"))),)
        case tree.Connect():
            return (dialled(program, body),)
        case tree.Continue():
            return (Sound("talk"),)
        case tree.Answer() | tree.Cookie() | tree.Hangup() | tree.Call():
            return ()
        case tree.Submenu() | tree.Phase():
            return ()  # heard inside their segment
        case _:
            assert_never(body)


def menu_sound(program: Program, menu: MenuNode) -> Sound:
    """One menu: its id, its prompt and its repeated prompt."""
    first = next((item.prompt for item in menu.node.items if isinstance(item, tree.PromptItem)), None)
    again = next((item.prompt for item in menu.node.items if isinstance(item, tree.RepeatItem)), None)
    return Sound("menu", (menu.id, _spelt(program, first), _spelt(program, again)))


def dialled(program: Program, body: tree.Dialled) -> Sound:
    """The sound of a connect, and of nothing else that names somebody to call."""
    return Sound("connect", (" ".join(filter(None, (body.kind.text, _target(program, body)))),))


def _target(program: Program, body: tree.Dialled) -> str:
    match body.target:
        case None:
            return ""
        case tree.Text():
            return program.fill(body.target)
        case tree.Phone() | tree.Number():
            return body.target.text
        case _:
            assert_never(body.target)


def _spelt(program: Program, prompt: tree.Prompt | None) -> str:
    if prompt is None:
        return ""
    spelt: list[str] = []
    for part in prompt.parts:
        if isinstance(part, tree.Played):
            address = program.fill(part.file)
            remote = "://" in address or address.startswith("{{")
            spelt.append(f"#href[{address}]" if remote else address)
        else:
            mark = "ssml" if part.ssml else "tts"
            spelt.append(f"#{mark}[{program.fill(part.text)}]")
    return ";".join(spelt)
