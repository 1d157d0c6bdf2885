"""The parts of an SVAML v2 document: commands and their properties, messages, destinations, recordings, menus.

Its source is the published description of Voice API v2 in the official SDK for Python (2.3), with the tutorials.

Invariant: any JSON value gives an answer; what has no documented meaning is added to the notes as a sentence. No
sentence shows a value that may be secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from recpol.base.record import Record, field
from recpol.calls.trace import Options, Sound
from recpol.interpreters.v1.forms import FormBody, shown
from recpol.interpreters.v2 import matches as svaml2_matches

Notes = list[str]
"""What has no documented meaning, in sentences."""


class DocumentPiece(Record, eq=False):
    """A piece of a document that can be hashed, and compared by what it holds."""

    value: object = field(repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DocumentPiece):
            return NotImplemented
        try:
            return self.value is other.value or bool(self.value == other.value)
        except RecursionError:  # Pieces too deep to compare are the same only where they are one.
            return False

    def __hash__(self) -> int:
        # Equal pieces look equal from above, so a look from above is a hash, and never a long one.
        value = self.value
        if isinstance(value, dict):
            return hash(frozenset([(key, _look(inner)) for key, inner in value.items()]))
        if isinstance(value, list):
            return hash((len(value), *map(_look, value[:4])))
        return hash(value)


def _look(value: object) -> object:
    return len(value) if isinstance(value, (dict, list)) else value


COMMANDS: Mapping[str, frozenset[str]] = {
    "dial": frozenset(("to", "from", "callName", "dialTimeoutDurationSeconds", "maxCallDurationSeconds", "events")),
    "answer": frozenset(),
    "hangup": frozenset(("callName",)),
    "pause": frozenset(("durationMilliseconds",)),
    "messages": frozenset(("messages", "messagesName", "events")),
    "stopMessages": frozenset(("messagesName",)),
    "amd": frozenset(("events",)),
    "startRecording": frozenset(("recordingName", "recordingOptions", "events")),
    "stopRecording": frozenset(("recordingName",)),
    "bridgeCall": frozenset(("bridgeName",)),
    "menu": frozenset(("startMenu", "menus")),
    "gotoMenu": frozenset(("menuName",)),
    "webhook": frozenset(("webhookName", "url", "fallbackUrl")),
}
"""Commands with their properties."""

_WRITTEN = {name: properties | {"command"} for name, properties in COMMANDS.items()}
"""Commands with all that may stand in them."""

EVENTS: Mapping[str, frozenset[str]] = {
    "dial": frozenset(("onAnswer", "onBusy", "onReject", "onTimeout", "onHangup", "onFailure")),
    "messages": frozenset(("onFinish",)),
    "amd": frozenset(("onHuman", "onMachine", "onBeep", "onUnknown")),
    "startRecording": frozenset(("onFinish", "onFailure")),
}
"""Commands with the events that they can answer in place."""

_OPTIONS = frozenset(
    ("destination", "destinationUrl", "credentials", "format", "recordingType", "transcriptionOptions"),
)
_ITEM = frozenset(
    (
        "prompt",
        "repeatPrompt",
        "inputTimeoutDurationSeconds",
        "repeatCount",
        "minimumInputLength",
        "maximumInputLength",
        "terminatingSequence",
        "inputMethods",
        "matches",
        "onFailure",
        "onFail",
    ),
)
_LONGEST_NAME = 32
_MOST_MESSAGES = 10


def unknown(value: FormBody, properties: frozenset[str], where: str, notes: Notes) -> None:
    """Note each property that is not among `properties`."""
    notes += [
        f"{where} has the property {shown(key)}, whose meaning is not documented"
        for key in value
        if key not in properties
    ]


def command(value: object, where: str, notes: Notes) -> tuple[str, FormBody] | None:
    """One command and its name; None where it is none."""
    if not isinstance(value, dict):
        notes.append(f"{where} is not an object")
        return None
    name = value.get("command")
    if not isinstance(name, str) or name not in COMMANDS:
        notes.append(f"{where} is the unknown command {shown(name)}")
        return None
    if not value.keys() <= _WRITTEN[name]:
        unknown(value, _WRITTEN[name], f"`{name}`", notes)
    return name, value


def listed(body: object, notes: Notes) -> DocumentPiece | None:
    """The `commands` of a reply or a request; `callName` and `events` are read apart."""
    commands = body.get("commands") if isinstance(body, dict) else None
    if isinstance(commands, list):
        return DocumentPiece(commands)
    notes.append("the document has no list of `commands`")
    return None


def events(body: FormBody, where: str, properties: frozenset[str], notes: Notes) -> DocumentPiece | None:
    """The `events` object of a command or of a reply; None where it is absent, so that the backend is asked."""
    if "events" not in body:
        return None
    value = body["events"]
    if not isinstance(value, dict):
        notes.append(f"`events` of {where} is not an object")
        return DocumentPiece({})
    unknown(value, properties, f"`events` of {where}", notes)
    notes += [
        f"`{key}` of {where} is not a list of commands"
        for key in sorted(properties)
        if key in value and not isinstance(value[key], list)
    ]
    return DocumentPiece(value)


def handler(piece: DocumentPiece | None, name: str) -> DocumentPiece | None:
    """The commands that answer an event; None where there is no list of them."""
    value = piece.value.get(name) if piece is not None and isinstance(piece.value, dict) else None
    return DocumentPiece(value) if isinstance(value, list) else None


def names(piece: DocumentPiece | None) -> tuple[str, ...]:
    """The names of the commands in a list, without those that stand in their events."""
    found = piece.value if piece is not None and isinstance(piece.value, list) else []
    return tuple(str(item.get("command")) for item in found if isinstance(item, dict))


def name_of(body: FormBody, key: str, where: str, notes: Notes, *, needed: bool) -> str:
    """A name of a leg, recording, bridge and the like; "" where there is none."""
    if key not in body and not needed:
        return ""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        notes.append(f"{where} has no name in `{key}`")
        return ""
    if len(value) > _LONGEST_NAME or value.split() != [value]:
        notes.append(f"`{key}` of {where} is not 1 to {_LONGEST_NAME} characters without spaces")
    return value


def messages(value: object, where: str, notes: Notes) -> tuple[tuple[Sound, object], ...]:
    """A list of messages as the sounds that they make, each with its message."""
    if not isinstance(value, list):
        notes.append(f"{where} has no list of messages")
        return ()
    if not 1 <= len(value) <= _MOST_MESSAGES:
        notes.append(f"{where} has not 1 to {_MOST_MESSAGES} messages")
    return tuple((sound, message) for message in value for sound in _sound(message, where, notes))


def _sound(message: object, where: str, notes: Notes) -> Iterator[Sound]:
    type_ = message.get("type") if isinstance(message, dict) else None
    key = {"SAY": "say", "PLAY": "play"}.get(type_) if isinstance(type_, str) else None
    body = message.get(key) if isinstance(message, dict) and key is not None else None
    if not isinstance(body, dict):
        notes.append(f"a message of {where} is neither `SAY` nor `PLAY` with what belongs to it")
        return
    unknown(message if isinstance(message, dict) else {}, frozenset(("type", str(key))), f"a message of {where}", notes)
    if key == "play":
        unknown(body, frozenset(("url",)), f"`play` of {where}", notes)
        if isinstance(body.get("url"), str):
            yield Sound("file", (body["url"],))
        else:
            notes.append(f"`play` of {where} has no text in `url`")
        return
    unknown(body, frozenset(("text", "voiceName", "format")), f"`say` of {where}", notes)
    if not isinstance(body.get("voiceName"), str):
        notes.append(f"`say` of {where} has no text in `voiceName`")
    format_ = body.get("format", "TEXT")
    if format_ not in ("TEXT", "SSML"):
        notes.append(f"`format` of `say` of {where} is neither `TEXT` nor `SSML`")
    if isinstance(body.get("text"), str):
        yield Sound("ssml" if format_ == "SSML" else "speech", (body["text"],))
    else:
        notes.append(f"`say` of {where} has no text in `text`")


def target(value: object, notes: Notes) -> str:
    """The destination of `dial` in the words of a trace: `pstn +46…`, `sip user@host`, `stream wss://…`."""
    type_ = value.get("type") if isinstance(value, dict) else None
    found = {
        "PHONE": ("phone", "number", "pstn"),
        "SIP": ("sip", "endpoint", "sip"),
        "STREAM": ("stream", "endpoint", "stream"),
        "VOICE_RELAY": ("voiceRelay", "endpoint", "relay"),
    }.get(type_ if isinstance(type_, str) else "")
    if found is None or not isinstance(value, dict):
        notes.append("`dial` has no destination of a documented type")
        return ""
    key, property_, word = found
    unknown(value, frozenset(("type", key)), "the destination of `dial`", notes)
    inner = value.get(key)
    endpoint = inner.get(property_) if isinstance(inner, dict) else None
    if not isinstance(endpoint, str):
        notes.append(f"the destination of `dial` has no text in `{property_}`")
        return word
    if key == "sip":
        endpoint = endpoint.removeprefix("sips:").removeprefix("sip:")
    return f"{word} {endpoint}"


def recording_options(value: object, where: str, notes: Notes) -> Options:
    """Recording options as sorted pairs."""
    if not isinstance(value, dict):
        notes.append(f"{where} has no recording options, which are required")
        return ()
    unknown(value, _OPTIONS, f"`recordingOptions` of {where}", notes)
    missing = [key for key in ("destination", "destinationUrl", "credentials") if not isinstance(value.get(key), str)]
    notes += [f"`recordingOptions` of {where} has no text in `{key}`" for key in missing]
    pairs = []
    for key in sorted(value, key=str):
        try:
            pairs.append((str(key), json.dumps(value[key])))
        except (RecursionError, TypeError, ValueError):
            notes.append(f"`recordingOptions` of {where} has {shown(key)} that is not a plain JSON value")
    return tuple(pairs)


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────


def item(menus: DocumentPiece, name: str) -> FormBody | None:
    """One item of a `menu` command; None where there is none of this name."""
    items = menus.value.get("menus") if isinstance(menus.value, dict) else None
    found = items.get(name) if isinstance(items, dict) else None
    return found if isinstance(found, dict) else None


def menu_sound(menus: DocumentPiece, name: str, notes: Notes) -> Sound:
    """A menu item as it is heard: its name, its prompt and its repeated prompt in the prompt mini-language."""
    body = item(menus, name) or {}
    where = f"menu {shown(name)}"
    unknown(body, _ITEM, where, notes)
    return Sound("menu", (name, *(_prompt(body.get(key), where, notes) for key in ("prompt", "repeatPrompt"))))


def _prompt(value: object, where: str, notes: Notes) -> str:
    if value is None:
        return ""
    if not isinstance(value, dict):
        notes.append(f"a prompt of {where} is not an object")
        return ""
    unknown(value, frozenset(("messages", "allowBargeIn")), f"a prompt of {where}", notes)
    wrapping = {"speech": "#tts", "ssml": "#ssml", "file": "#href"}
    return ";".join(
        f"{wrapping[sound.kind]}[{sound.content[0]}]"
        for sound, _ in messages(value.get("messages"), f"a prompt of {where}", notes)
    )


def lengths(body: FormBody, where: str, notes: Notes) -> tuple[int, int]:
    """The fewest and the most characters that a menu item takes; 1 and 1 where nothing is said."""
    found = []
    for key in ("minimumInputLength", "maximumInputLength"):
        value = body.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 100:
            notes.append(f"`{key}` of {where} is not a whole number from 1 to 100")
            value = 1
        found.append(value)
    return found[0], found[1]


def matching(body: FormBody, digits: str, where: str, notes: Notes) -> DocumentPiece | None:
    """The commands of the first key of `matches` that matches the whole input; None where none does."""
    found = body.get("matches", {})
    if not isinstance(found, dict):
        notes.append(f"`matches` of {where} is not an object")
        return None
    for key, commands in found.items():
        fits = svaml2_matches.matches(key, digits) if isinstance(key, str) else None
        if fits is None:
            notes.append(f"the key {shown(key)} of {where} is neither a literal nor an expression that is understood")
        if fits:
            if not isinstance(commands, list):
                notes.append(f"the key {shown(key)} of {where} has no list of commands")
                return DocumentPiece([])
            return DocumentPiece(commands)
    return None
