"""The outer shapes of SVAML objects: names in any letter case, the properties each may bear, recording options.

Invariant: a property that is not in these tables is a problem, because what it does is not known. No message shows a
property's value: it may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.jsonlayout import one_line
from recpol.base.typing import Any
from recpol.calls.trace import Options

FormBody = Mapping[Any, Any]
"""A JSON object of which nothing is known yet."""

INSTRUCTIONS: Mapping[str, frozenset[str]] = {
    "Say": frozenset(("text", "locale")),
    "PlayFiles": frozenset(("ids", "locale")),
    "SendDtmf": frozenset(("value",)),
    "SetCookie": frozenset(("key", "value")),
    "Answer": frozenset(),
    "StartRecording": frozenset(("options",)),
    "StopRecording": frozenset(),
}
"""Instructions with their properties. Source: Callback API page (2021), Recording page."""

ACTIONS: Mapping[str, frozenset[str]] = {
    "Hangup": frozenset(),
    "Continue": frozenset(),
    "ConnectPstn": frozenset(
        ("number", "locale", "maxDuration", "dialTimeout", "cli", "suppressCallbacks", "dtmf", "indications", "amd"),
    ),
    "ConnectMxp": frozenset(("destination", "callHeaders", "callheaders")),
    "ConnectConf": frozenset(("conferenceId", "conferenceDtmfOptions", "moh")),
    "ConnectSip": frozenset(
        ("destination", "maxDuration", "cli", "suppressCallbacks", "transport", "callHeaders", "moh"),
    ),
    "RunMenu": frozenset(("barge", "locale", "mainMenu", "enableVoice", "menus")),
    "Park": frozenset(("introPrompt", "holdPrompt", "locale", "maxDuration")),
    "StartRecording": frozenset(("recordingOptions",)),
    "StopRecording": frozenset(),
}
"""Actions with their properties, without those of the flag. Source: Callback API page (2021), Calling API page."""

STREAM: Mapping[str, frozenset[str]] = {
    "ConnectStream": frozenset(("destination", "streamingOptions", "maxDuration", "callHeaders")),
}
"""The action that the classic pages do not have. Source: current SVAML page, Node SDK."""

_OPTIONS = frozenset(("destinationUrl", "credentials", "format", "notificationEvents", "transcriptionOptions"))
_BY_LETTERS = {name.lower(): name for name in (*INSTRUCTIONS, *ACTIONS, *STREAM)}
_CAPITALS = {f"Connect{name.upper()}": f"Connect{name}" for name in ("Pstn", "Mxp", "Sip")}
_PASCAL = {**{name: name for name in _BY_LETTERS.values()}, **_CAPITALS}
_SEEN = {**_BY_LETTERS, **_PASCAL, **{name[:1].lower() + name[1:]: found for name, found in _PASCAL.items()}}
_LONGEST = 40


def known(name: object, table: Mapping[str, frozenset[str]]) -> str | None:
    """The name of an instruction or action as the table writes it, in any letter case; none if it is not there."""
    if not isinstance(name, str):
        return None
    found = _SEEN.get(name) or _BY_LETTERS.get(name.lower())
    return found if found in table else None


def seen(name: str) -> bool:
    """Whether some official example spells the name so: PascalCase, camelCase, lower case or `connectPSTN`."""
    return name in _SEEN


def shown(name: object) -> str:
    """A name in backquotes for a message, shortened where it is long."""
    text = name if isinstance(name, str) else "?"
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[: _LONGEST - 1]}…`"


def unknown(value: FormBody, properties: frozenset[str], where: str) -> list[str]:
    """A problem for each property that is not among `properties`; `name` is always allowed."""
    return [
        f"{where} has the property {shown(key)}, whose meaning is not documented"
        for key in value
        if key not in properties and key != "name"
    ]


def recording_options(value: object, where: str) -> tuple[Options, list[str]]:
    """Recording options as sorted pairs, and what is wrong with them. Source: Recording page."""
    if not isinstance(value, dict):
        return (), [f"{where} has no recording options, which are required"]
    problems = unknown(value, _OPTIONS, where)
    if not isinstance(value.get("destinationUrl"), str):
        problems.append(f"{where} has no `destinationUrl` in its recording options")
    pairs = []
    for key in sorted(value, key=str):
        try:
            pairs.append((str(key), one_line(value[key])))
        except (RecursionError, TypeError, ValueError):
            problems.append(f"{where} has a recording option {shown(key)} that is not a plain JSON value")
    return tuple(pairs), problems
