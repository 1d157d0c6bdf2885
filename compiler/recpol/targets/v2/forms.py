"""Prompts, destinations and stores to the objects of Voice API v2 (Python SDK 2.3.0).

Invariant: total on every segment that the rules accept; what is not written in the policy is not written to the output.
"""

from __future__ import annotations

from collections.abc import Iterable

from recpol.analysis.languages import block_locale, spoken_in, voices, worded
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.typing import assert_never
from recpol.platform.v2.commands import DESTINATIONS
from recpol.syntax import tree
from recpol.targets.reply import Json
from recpol.targets.v1.connects import sip_address

# ── prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def voice_of(program: Program, *nearest: tree.Locale | None) -> str | None:
    """The voice for the nearest locale, or for the default one; None where the policy names none."""
    wanted, default = spoken_in(program, *nearest), spoken_in(program)
    named = voices(program)
    if wanted is not None and wanted.text in named:
        return named[wanted.text] or None
    plain = program.names.defaults.get("voice")
    same = wanted is None or (default is not None and wanted.text == default.text)
    return worded(program, plain.value).text.strip() or None if plain is not None and same else None


def spoken(program: Program, text: tree.Text, *nearest: tree.Locale | None, ssml: bool) -> Json:
    """A text to be spoken, in the nearest locale."""
    say: Json = {"text": program.fill(text), "voiceName": voice_of(program, *nearest) or ""}
    return {"type": "SAY", "say": {**say, "format": "SSML"} if ssml else say}


def played(program: Program, file: tree.Text) -> Json:
    """A file to be played."""
    return {"type": "PLAY", "play": {"url": program.fill(file)}}


def segment_messages(program: Program, body: tree.Say | tree.Play) -> list[Json]:
    """A segment that speaks or plays, as messages."""
    if isinstance(body, tree.Say):
        return [spoken(program, body.text, body.locale, ssml=body.ssml)]
    return [played(program, file) for file in body.files]


def prompt_messages(program: Program, prompt: tree.Prompt, step: Step) -> list[Json]:
    """A prompt of a menu, which is `step`, as messages."""
    within = block_locale(program, step)
    return [
        spoken(program, part.text, part.locale, within, ssml=part.ssml)
        if isinstance(part, tree.Spoken)
        else played(program, part.file)
        for part in prompt.parts
    ]


# ── recordings ───────────────────────────────────────────────────────────────────────────────────────────────────


def recording_options(program: Program, store: str) -> Json:
    """A store's fields as `recordingOptions`."""
    node = program.names.stores[store]
    options: Json = {}
    url = _text(program, node, "url")
    options["destination"] = DESTINATIONS.get(scheme_of(url), "")
    options["destinationUrl"] = url
    options["credentials"] = _text(program, node, "credentials")
    format_, direction, transcribe = _word(node, "format"), _word(node, "direction"), _text(program, node, "transcribe")
    if format_ is not None:
        options["format"] = format_.upper()
    if direction is not None:
        options["recordingType"] = {"both": "COMBINED"}.get(direction, direction.upper())
    if transcribe:
        options["transcriptionOptions"] = {"isEnabled": True, "locale": transcribe}
    return options


def scheme_of(url: str) -> str:
    """What stands before `://`; nothing where that is known later only."""
    scheme, sign, _ = url.partition("://")
    return scheme if sign and "{{" not in scheme else ""


def _text(program: Program, node: tree.Store, key: str) -> str:
    field = node.field(key)
    value = field.value if field is not None else None
    match value:
        case tree.EnvName():
            return "{{ env." + value.name.text + " }}"
        case tree.Text():
            return program.fill(value)
        case tree.Word():
            return value.text
        case None:
            return ""
        case _:
            assert_never(value)


def _word(node: tree.Store, key: str) -> str | None:
    field = node.field(key)
    return field.value.text if field is not None and isinstance(field.value, tree.Word) else None


# ── destinations ─────────────────────────────────────────────────────────────────────────────────────────────────

PRIVATE = "private"
"""The `cli` that withholds the number: in v2, a call without `from`."""


def dial(program: Program, body: tree.Dialled, leg: str) -> Json:
    """A connect or the `call` of a callout as the `dial` command, without its handlers; `leg` names its leg."""
    options = {option.name.text: option for option in body.options if option.key is None}
    form: Json = {"command": "dial", "callName": leg}
    cli = options.get("cli")
    if cli is not None and cli.value is not None and (number := _value(program, cli.value)) != PRIVATE:
        form["from"] = {"type": "PHONE", "phone": {"number": number}}
    form["to"] = _to(program, body, options)
    for name, key in (("dial-timeout", "dialTimeoutDurationSeconds"), ("max-duration", "maxCallDurationSeconds")):
        value = options[name].value if name in options else None
        if isinstance(value, tree.Duration):
            form[key] = (value.milliseconds or 0) // 1000
    return form


def _to(program: Program, body: tree.Dialled, options: dict[str, tree.Option]) -> Json:
    target = "" if body.target is None else _value(program, body.target)
    headers = _headers(program, body.options)
    match body.kind.text:
        case "pstn":
            return {"type": "PHONE", "phone": {"number": target}}
        case "stream":
            stream: Json = {"endpoint": target}
            rate = options.get("sample-rate")
            if rate is not None and isinstance(rate.value, tree.Number):
                stream["streamOptions"] = {"sampleRate": rate.value.value}
            return {"type": "STREAM", "stream": stream | headers}
        case _:  # a SIP address: the rules let no other kind through
            sip: Json = {"endpoint": ":".join(sip_address(target))}
            transport = options.get("transport")
            if transport is not None and transport.value is not None:
                sip["transport"] = _value(program, transport.value).upper()
            return {"type": "SIP", "sip": sip | headers}


def _headers(program: Program, options: Iterable[tree.Option]) -> Json:
    found = [
        {"key": program.fill(option.key), "value": _value(program, option.value)}
        for option in options
        if option.key is not None and option.value is not None
    ]
    return {"callHeaders": found} if found else {}


def _value(program: Program, value: tree.Value) -> str:
    match value:
        case tree.Text():
            return program.fill(value)
        case tree.Duration():
            return value.number.text + value.unit
        case tree.Word() | tree.Phone() | tree.Number():
            return value.text
        case _:
            assert_never(value)
