"""The segments of a reply as deeds: the policy's side of `recpol.calls.deeds`.

Worked out from the language alone, without a look at how any target is written. Of a target it is asked only what its
documents can say: whether a text names a locale or a voice, and whether the prompts of a parked call have a locale.

Invariant: total on every step of an accepted program; every word that the policy wrote about how something is done has
its pair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from recpol.analysis.languages import block_locale, spoken_in, voices, worded
from recpol.analysis.menus import MenuNode, menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import begun
from recpol.analysis.roomkeys import MODE
from recpol.analysis.steps import Handler, Step
from recpol.base.jsonlayout import one_line
from recpol.base.typing import assert_never
from recpol.calls.deeds import Deed, DeedKind, Manner
from recpol.calls.trace import Sound
from recpol.platform.targets import Target
from recpol.semantics.audio import dialled, menu_sound, sounds
from recpol.semantics.recording import RecorderState, step_recorder
from recpol.syntax import tree


def deeds(program: Program, handler: Handler, state: RecorderState, target: Target) -> Iterator[Deed]:
    """All that a reply does, in order, entered with `state`; a menu with all its menus, those that no key leads to
    too."""
    for step in handler.segments:
        before, state = state, step_recorder(program, step, state)
        calls, conference = state.recorder.calls, state.recorder.conference
        begins = bool(begun(before.stores, state.stores))
        flagged = program.decided(step).conference or (begins and flag_place(step) in target.flags)
        for kind, how in _done(program, handler, step, target):
            yield Deed(kind, tuple(sorted((*how, ("begins", "yes")))) if flagged else how, calls, conference)


def flag_place(step: Step) -> str | None:
    """What a target says of itself whether the recording flag begins a recording there: `continue`, or a connect's
    kind."""
    return "continue" if isinstance(step.body, tree.Continue) else step.connects


def _done(program: Program, handler: Handler, step: Step, target: Target) -> Iterator[tuple[DeedKind, Manner]]:
    body = step.body
    match body:
        case tree.Answer():
            yield "answer", ()
        case tree.Cookie():
            yield "cookie", (("cookie", json.dumps([program.fill(body.key), program.fill(body.value)])),)
        case tree.Hangup():
            yield "hangup", ()
        case tree.Menu():
            yield "menus", _of_all_menus(program, body)
            for menu in menus(step, handler):
                yield "menu", tuple(sorted((*menu_manner(menu), ("sound", _words(menu_sound(program, menu))))))
        case tree.Say() | tree.Play() | tree.Tones() | tree.Connect() | tree.Park() | tree.Continue():
            for sound in sounds(program, handler, step):
                yield sound.kind, manner(program, step, sound, target)
        case tree.Submenu() | tree.Phase() | tree.Call():
            pass  # inside their segment, or before anybody has answered
        case _:
            assert_never(body)


def _words(sound: Sound) -> str:
    return one_line(sound.content)


def manner(program: Program, step: Step, sound: Sound, target: Target) -> Manner:
    """How a sound of a step is done; `sound` tells what is spoken in a step from what is played."""
    body = step.body
    match body:
        case tree.Say():
            return _spoken(program, body.locale, target)
        case tree.Play():
            locale = None if target.needs_voice else body.locale
            return () if locale is None else (("locale", worded(program, locale).text),)
        case tree.Connect():
            return tuple(sorted(_options(program, body))) if sound.kind == "connect" else ()
        case tree.Park():
            return tuple(sorted(_park(program, body, target)))
        case tree.Menu() | tree.Submenu():
            return tuple(sorted((*menu_manner(MenuNode("", body, step)), *_prompted(program, step, body, target))))
        case tree.Tones() | tree.Continue() | tree.Phase():
            return ()
        case tree.Answer() | tree.Cookie() | tree.Hangup() | tree.Call():
            return ()
        case _:
            assert_never(body)


# ── speech ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _spoken(program: Program, own: tree.Locale | None, target: Target) -> Manner:
    if not target.needs_voice:
        spoken = spoken_in(program, own)
        return () if spoken is None else (("locale", spoken.text),)
    voice = voice_of(program, own)
    return () if voice is None else (("voice", voice),)


def voice_of(program: Program, *own: tree.Locale | None) -> str | None:
    """The voice of a text in a locale of its own, or else in the policy's: one named for that locale, and for the
    policy's also the voice that is named without a locale."""
    default, locale = spoken_in(program), spoken_in(program, *own)
    named = None if locale is None else voices(program).get(locale.text)
    plain = program.names.defaults.get("voice")
    ordinary = locale is None or (default is not None and locale.text == default.text)
    if named is None and plain is not None and ordinary:
        return worded(program, plain.value).text.strip()
    return named


def _prompted(program: Program, step: Step, body: tree.AnyMenu, target: Target) -> Iterator[tuple[str, str]]:
    """How the prompts of one menu are played, where each menu says so for itself: whether a key cuts them short, and
    their voices."""
    switches = program.steps[step.parent].body if step.parent is not None else body
    if isinstance(switches, tree.AnyMenu):
        for item in switches.items:
            if isinstance(item, tree.SwitchItem) and item.name == "barge":
                yield "barge", item.value.text
    prompts = [
        item.prompt for kind in (tree.PromptItem, tree.RepeatItem) for item in body.items if isinstance(item, kind)
    ]
    spoken = [part.locale for prompt in prompts for part in prompt.parts if isinstance(part, tree.Spoken)]
    if target.needs_voice and spoken:
        within = block_locale(program, step)
        yield "voice", json.dumps([voice_of(program, own, within) for own in spoken])


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_all_menus(program: Program, body: tree.Menu) -> Manner:
    found = {item.name: item.value.text for item in body.items if isinstance(item, tree.SwitchItem)}
    locale = spoken_in(program, body.locale)
    if locale is not None:
        found["locale"] = locale.text
    return tuple(sorted(found.items()))


def menu_manner(menu: MenuNode) -> Manner:
    """How one menu is done: its keys in order and where each leads, digits, repeats and times of waiting."""
    found: dict[str, str] = {}
    keys: list[list[str]] = []
    for item in menu.node.items:
        match item:
            case tree.KeyItem():
                keys.append([item.key.text, "menu" if item.goal.menu else "return", item.goal.name.text])
            case tree.DigitsItem():
                found["digits"] = str(item.count.value)
            case tree.RepeatItem():
                if item.times is not None:
                    found["times"] = str(item.times.value)
            case tree.WaitItem():
                found["wait"] = str(item.wait.milliseconds)
                if item.limit is not None:
                    found["up to"] = str(item.limit.milliseconds)
            case tree.PromptItem() | tree.SwitchItem() | tree.FailItem() | tree.Submenu() | tree.Broken():
                pass  # a sound, what holds of all menus, a result, a menu of its own
            case _:
                assert_never(item)
    if keys:
        found["keys"] = json.dumps(keys)
    return tuple(sorted(found.items()))


# ── parking and connects ─────────────────────────────────────────────────────────────────────────────────────────


def _park(program: Program, body: tree.Park, target: Target) -> Iterator[tuple[str, str]]:
    spoken = False
    for item in body.items:
        match item:
            case tree.ParkPrompt():
                spoken |= any(isinstance(part, tree.Spoken) for part in item.prompt.parts)
            case tree.ParkLimit():
                yield "max-duration", str(item.limit.milliseconds)
            case tree.Broken():
                pass
            case _:
                assert_never(item)
    locale = spoken_in(program, body.locale)
    if spoken and target.parks_in_locale and locale is not None:
        yield "locale", locale.text


def called(program: Program, call: Step) -> tuple[Sound, Manner]:
    """Whom a callout calls, as the sound that a connect to them would be, and how."""
    assert isinstance(call.body, tree.Call)
    return dialled(program, call.body), tuple(sorted(_options(program, call.body)))


_COUNTS = frozenset(("dtmf-max-digits", "sample-rate"))
"""Options whose number counts something; of others its digits matter."""


def _options(program: Program, body: tree.Dialled) -> Iterator[tuple[str, str]]:
    headers = 0
    for option in body.options:
        value = option.value
        if option.key is not None:
            headers += 1
            given = "" if value is None else _value(program, value)
            yield f"header {headers}", json.dumps([program.fill(option.key), given])
        elif value is None:
            yield option.name.text, "yes"
        elif isinstance(value, tree.Number) and option.name.text in _COUNTS:
            yield option.name.text, str(value.value)
        else:
            yield option.name.text, _value(program, value)
    if isinstance(body, tree.Connect) and body.keys and all(option.name.text != MODE for option in body.options):
        yield MODE, "detect"
    if body.kind.text == "sip" and isinstance(body.target, tree.Text):
        if program.fill(body.target).lower().startswith("sips:"):
            yield "scheme", "sips"
        else:
            yield "scheme", "sip"


def _value(program: Program, value: tree.Value) -> str:
    match value:
        case tree.Text():
            return program.fill(value)
        case tree.Word() | tree.Phone() | tree.Number():
            return value.text
        case tree.Duration():
            return str(value.milliseconds)
        case _:
            assert_never(value)
