"""SVAML of Voice API v2: every command with its properties, handlers and limits, and the document around them.

A document is a list of commands that run in order in the context of one leg of a call. Only a command that `blocks`
keeps the next one waiting. Handlers are lists of commands of their own, run when what they are named after happens.

Invariant: a bound stands here only where a source states it, or where a value beyond it would have no meaning (no
duration is less than nothing). Names are spelled as they are written: v2 tells `startRecording` from `StartRecording`.
"""

from __future__ import annotations

from functools import partial

from recpol.platform.limits import Limit
from recpol.platform.shape import Form, Property
from recpol.platform.sources import (
    NODE_SDK,
    TRANSCRIPTION_PAGE,
    V2,
    VOICE_V2,
    VOICE_V2_DRAFTS,
    VOICE_V2_OLDER,
    VOICE_V2_TUTORIALS,
    cite,
)

# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────

NAME = Limit(32, "characters", VOICE_V2)
"""Names of legs, recordings and messages; without blanks, unique among what is active in the session."""

SAY_CHARACTERS = Limit(600, "characters", VOICE_V2)
"""The text of one SAY message, its SSML included."""

MESSAGES = Limit(10, "messages", VOICE_V2)
"""In one `messages` command, and in one prompt of a menu; at least one."""

MENU_NAME = Limit(16, "characters", VOICE_V2)
MENU_TIMEOUT_SECONDS = Limit(60, "seconds", VOICE_V2)
MENU_REPEATS = Limit(10, "repeats", VOICE_V2)
MENU_REPEATS_DEFAULT = Limit(2, "repeats", VOICE_V2)
MENU_INPUT = Limit(100, "characters", VOICE_V2)
MATCHES = Limit(50, "matches", VOICE_V2)
"""In one menu; tried in the order in which they are written, and the first that fits is taken."""

MATCH_CHARACTERS = Limit(256, "characters", VOICE_V2)
TERMINATOR = Limit(10, "characters", VOICE_V2)
WEBHOOK_NAME = Limit(64, "characters", VOICE_V2)

SIP_TO = Limit(256, "characters", VOICE_V2)
SIP_FROM = Limit(192, "characters", VOICE_V2)
DISPLAY_NAME = Limit(64, "characters", VOICE_V2)
HEADERS = Limit(16, "call headers", VOICE_V2)
HEADER_CHARACTERS = Limit(255, "characters", VOICE_V2)

# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

DESTINATIONS = {"s3": "AWS", "gs": "GCP", "azure": "AZURE"}
"""The scheme of a recording's URL, to the word that `destination` has to be for it."""

AZURE_HTTPS = r"https://[a-z0-9]+\.blob\.core\.windows\.net/"
"""How the tutorials write an Azure URL, as a regular expression; the SDK says `azure://`."""

FORMATS = ("MP3", "WAV")
RECORDING_TYPES = ("COMBINED", "INBOUND", "OUTBOUND")
"""Both directions of the leg, what its party says, what its party hears; `COMBINED` where it is left out."""

SAMPLE_RATES = (8000, 16000, 24000, 44100, 48000, 96000)
"""Of a stream, in Hz."""

LANGUAGE = "[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"
"""A language tag such as `sv-SE` (BCP 47)."""

TRANSPORTS = ("UDP", "TCP", "TLS")
SPEECH_FORMATS = ("TEXT", "SSML")
INPUT_METHODS = ("DTMF",)
STAR = r"\*"
"""How a key of `matches` says the star key: keys are texts or regular expressions."""

INCOMING = "call.incoming"

EVENTS = (
    INCOMING,
    *("call.answered", "call.busy", "call.rejected", "call.timeout", "call.hangup", "call.failed"),
    *("call.amd.human", "call.amd.machine", "call.amd.beep", "call.amd.unknown"),
    *("call.message.finished", "call.recording.finished", "call.recording.failed", "call.menu"),
)
"""What a webhook is told; the command `webhook` adds `call.webhook.NAME`. A handler in the document takes its place."""

_property = partial(Property, source=VOICE_V2, dialects=V2)
_command = partial(Form, kind="command", source=VOICE_V2)

# ── what several commands share ──────────────────────────────────────────────────────────────────────────────────

MESSAGE = (
    _property(
        "say",
        "object",
        required=True,
        tag="SAY",
        parts=(
            _property("text", "text", required=True, limit=SAY_CHARACTERS),
            _property("voiceName", "text", required=True, note="an open list: 772 names at the time of SDK 2.3"),
            _property("format", "word", values=SPEECH_FORMATS, default="TEXT"),
        ),
    ),
    _property("play", "object", required=True, tag="PLAY", parts=(_property("url", "text", required=True),)),
)
"""What one message is."""

_HEADERS = _property(
    "callHeaders",
    "list",
    entry="a call header",
    limit=HEADERS,
    parts=(
        _property("key", "header", required=True, least=1, limit=HEADER_CHARACTERS),
        _property("value", "header", limit=HEADER_CHARACTERS),
    ),
)

_PHONE = _property("phone", "object", required=True, tag="PHONE", parts=(_property("number", "number", required=True),))

_TO = (
    _PHONE,
    _property(
        "sip",
        "object",
        required=True,
        tag="SIP",
        parts=(
            _property("endpoint", "sip uri", required=True, limit=SIP_TO),
            _property("transport", "word", values=TRANSPORTS, default="UDP for `sip:`, TLS for `sips:`"),
            _HEADERS,
        ),
    ),
    _property(
        "stream",
        "object",
        required=True,
        tag="STREAM",
        parts=(
            _property("endpoint", "socket", required=True),
            _property(
                "streamOptions",
                "object",
                parts=(
                    _property("version", "integer", least=1, default="1"),
                    _property("codec", "word", values=("PCM",)),
                    _property("sampleRate", "word", values=SAMPLE_RATES, default="8000"),
                ),
            ),
            _HEADERS,
        ),
    ),
    _property(
        "voiceRelay",
        "object",
        required=True,
        tag="VOICE_RELAY",
        parts=(
            _property("endpoint", "text", required=True),
            _property("ttsVoice", "text", required=True),
            _property("sttLanguage", "language", required=True),
            _property("enableInterruptions", "boolean", default="true"),
            _HEADERS,
        ),
    ),
)

_FROM = (
    _PHONE,
    _property(
        "sip",
        "object",
        required=True,
        tag="SIP",
        parts=(
            _property("endpoint", "sip uri", required=True, limit=SIP_FROM),
            _property("displayName", "string", limit=DISPLAY_NAME),
        ),
        source=cite(VOICE_V2, VOICE_V2_TUTORIALS),
    ),
)

RECORDING_OPTIONS = (
    _property("destination", "word", required=True, values=tuple(DESTINATIONS.values())),
    _property("destinationUrl", "storage", required=True),
    _property("credentials", "secret", required=True, note="of one form for AWS alone; no page gives the others"),
    _property("format", "word", values=FORMATS, default="MP3"),
    _property("recordingType", "word", values=RECORDING_TYPES, default="COMBINED"),
    _property(
        "transcriptionOptions",
        "object",
        parts=(_property("isEnabled", "boolean", required=True), _property("locale", "language", default="en-US")),
    ),
)

_PROMPT = (
    _property("messages", "messages", required=True, least=1, limit=MESSAGES, parts=MESSAGE, entry="a message"),
    _property("allowBargeIn", "boolean", default="true"),
)

MENU = (
    _property("prompt", "object", parts=_PROMPT),
    _property("repeatPrompt", "object", parts=_PROMPT, default="the prompt", note="only beside `prompt`"),
    _property("inputTimeoutDurationSeconds", "integer", least=1, limit=MENU_TIMEOUT_SECONDS, default="5"),
    _property("repeatCount", "integer", limit=MENU_REPEATS, default="2"),
    _property("minimumInputLength", "integer", least=1, limit=MENU_INPUT, default="1"),
    _property("maximumInputLength", "integer", least=1, limit=MENU_INPUT, default="1"),
    _property("terminatingSequence", "keys", limit=TERMINATOR, note="part of the input that `matches` sees"),
    _property("inputMethods", "words", values=INPUT_METHODS, default="DTMF"),
    _property("matches", "matches", limit=MATCHES, key_limit=MATCH_CHARACTERS),
    _property("onFailure", "commands", note="when the repeats are used up; else the webhook is sent `call.menu`"),
)
"""What one menu has."""

# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

_CALL_NAME = _property("callName", "name", limit=NAME)

_COMMANDS: tuple[Form, ...] = (
    _command("answer", note="answers the incoming leg; nothing can be heard before it"),
    _command(
        "hangup",
        properties=(_property("callName", "name", limit=NAME, default="the leg in whose context it runs"),),
        note="what is heard on the leg after it is not run; a `dial` after it is",
    ),
    _command(
        "pause",
        properties=(_property("durationMilliseconds", "integer", required=True),),
        blocks=True,
        note="what plays goes on playing",
    ),
    _command(
        "messages",
        properties=(
            _property("messagesName", "name", limit=NAME),
            _property("messages", "messages", required=True, least=1, limit=MESSAGES, parts=MESSAGE, entry="a message"),
        ),
        handlers=("onFinish",),
        note="what stands after it in the list runs while it plays",
    ),
    _command(
        "stopMessages",
        properties=(_property("messagesName", "name", required=True, limit=NAME),),
        note="also keeps messages of that name from being played later",
    ),
    _command(
        "startRecording",
        properties=(
            _property("recordingName", "name", limit=NAME, note="without one it can only end with the call"),
            _property("recordingOptions", "object", required=True, parts=RECORDING_OPTIONS),
        ),
        handlers=("onFinish", "onFailure"),
        note="records the leg in whose context it runs; where it fails and there is no `onFailure`, the call goes on",
    ),
    _command(
        "stopRecording",
        properties=(_property("recordingName", "name", required=True, limit=NAME),),
        note="does not wait for the end",
    ),
    _command(
        "dial",
        properties=(
            _CALL_NAME,
            _property("from", "choice", parts=_FROM, source=cite(VOICE_V2, VOICE_V2_TUTORIALS)),
            _property("to", "choice", required=True, parts=_TO),
            _property("dialTimeoutDurationSeconds", "integer", note="then `onTimeout`"),
            _property("maxCallDurationSeconds", "integer"),
        ),
        handlers=("onAnswer", "onBusy", "onReject", "onTimeout", "onHangup", "onFailure"),
        note="without `events` the webhook is told; with `events: {}` nobody is (tutorials)",
    ),
    _command(
        "bridgeCall",
        properties=(
            _property("bridgeName", "text", required=True, note="made where there is none of that name in the session"),
        ),
        note="every leg has to join by itself",
    ),
    _command("amd", handlers=("onHuman", "onMachine", "onBeep", "onUnknown")),
    _command(
        "menu",
        properties=(
            _property("startMenu", "text", required=True, limit=MENU_NAME, note="a key of `menus`"),
            _property("menus", "named menus", required=True, least=1, key_limit=MENU_NAME, parts=MENU, entry="a menu"),
        ),
        blocks=True,
    ),
    _command(
        "gotoMenu",
        properties=(
            _property("menuName", "text", required=True, limit=MENU_NAME, note="a key of the `menus` around it"),
        ),
        blocks=True,
        note="in `matches` and `onFailure` of a menu alone",
    ),
    _command(
        "webhook",
        properties=(
            _property("webhookName", "name", required=True, limit=WEBHOOK_NAME, note="comes as `call.webhook.NAME`"),
            _property("url", "text", required=True),
            _property("fallbackUrl", "text"),
        ),
        blocks=True,
    ),
)

COMMANDS = {command.name: command for command in _COMMANDS}
"""Every command by its name."""

DOCUMENT = (_CALL_NAME, _property("commands", "commands", required=True))
"""The document around the commands, before its `events`; `callName` and `events` count in the reply to
`call.incoming` alone (a `STATIC` service is the same), and are ignored elsewhere."""

DOCUMENT_HANDLERS = ("onHangup",)

# ── what is not written any more ─────────────────────────────────────────────────────────────────────────────────

OLD_NAMES = {
    ("messages", "name"): ("messagesName", VOICE_V2_DRAFTS),
    ("stopMessages", "name"): ("messagesName", VOICE_V2_DRAFTS),
    ("startRecording", "name"): ("recordingName", VOICE_V2_DRAFTS),
    ("stopRecording", "name"): ("recordingName", VOICE_V2_DRAFTS),
    ("recordingOptions", "url"): ("destinationUrl", VOICE_V2_DRAFTS),
    ("transcriptionOptions", "enabled"): ("isEnabled", cite(TRANSCRIPTION_PAGE, NODE_SDK)),
    ("menus", "onFail"): ("onFailure", VOICE_V2_OLDER),
}
"""Names before the first release, or of v1: where (a command, or the property that holds the object) and the name,
to the name of today and who used the old one."""

OLD_COMMANDS = {"customEvent": ("webhook", VOICE_V2)}
"""Names of commands that are never sent: the Python SDK calls `webhook` so in its own models."""
