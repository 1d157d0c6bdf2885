"""SVAML of Voice API v2: every command with its properties, handlers and limits, and the document around them.

A document is a list of commands that run in order in the context of one leg of a call. Only a command that `blocks`
keeps the next one waiting. Handlers are lists of commands of their own, run when what they are named after happens.

Invariant: a bound stands here only where a source states it, or where a value beyond it would have no meaning (no
duration is less than nothing). Names are spelled as they are written: v2 tells `startRecording` from `StartRecording`.
"""

from __future__ import annotations

from recpol.platform.limits import Limit
from recpol.platform.sources import (
    NODE_SDK,
    TRANSCRIPTION_PAGE,
    VOICE_V2,
    VOICE_V2_DRAFTS,
    VOICE_V2_OLDER,
    VOICE_V2_TUTORIALS,
    cite,
)
from recpol.platform.v2.shapes import Command, CommandProperty

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
WEBHOOK_SECONDS = Limit(5, "seconds", VOICE_V2_TUTORIALS)
"""How long a webhook may take to answer; the call waits meanwhile, and ends where no answer comes at all."""

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

# ── what several commands share ──────────────────────────────────────────────────────────────────────────────────

MESSAGE = (
    CommandProperty(
        "say",
        "object",
        True,
        tag="SAY",
        parts=(
            CommandProperty("text", "text", True, limit=SAY_CHARACTERS),
            CommandProperty("voiceName", "text", True, note="an open list: 772 names at the time of SDK 2.3"),
            CommandProperty("format", "word", values=SPEECH_FORMATS, default="TEXT"),
        ),
    ),
    CommandProperty("play", "object", True, tag="PLAY", parts=(CommandProperty("url", "text", True),)),
)
"""What one message is."""

_HEADERS = CommandProperty(
    "callHeaders",
    "list",
    limit=HEADERS,
    parts=(
        CommandProperty("key", "header", True, least=1, limit=HEADER_CHARACTERS),
        CommandProperty("value", "header", limit=HEADER_CHARACTERS),
    ),
)

_PHONE = CommandProperty("phone", "object", True, tag="PHONE", parts=(CommandProperty("number", "number", True),))

_TO = (
    _PHONE,
    CommandProperty(
        "sip",
        "object",
        True,
        tag="SIP",
        parts=(
            CommandProperty("endpoint", "sip", True, limit=SIP_TO),
            CommandProperty("transport", "word", values=TRANSPORTS, default="UDP for `sip:`, TLS for `sips:`"),
            _HEADERS,
        ),
    ),
    CommandProperty(
        "stream",
        "object",
        True,
        tag="STREAM",
        parts=(
            CommandProperty("endpoint", "socket", True),
            CommandProperty(
                "streamOptions",
                "object",
                parts=(
                    CommandProperty("version", "integer", least=1, default="1"),
                    CommandProperty("codec", "word", values=("PCM",)),
                    CommandProperty("sampleRate", "word", values=SAMPLE_RATES, default="8000"),
                ),
            ),
            _HEADERS,
        ),
    ),
    CommandProperty(
        "voiceRelay",
        "object",
        True,
        tag="VOICE_RELAY",
        parts=(
            CommandProperty("endpoint", "text", True),
            CommandProperty("ttsVoice", "text", True),
            CommandProperty("sttLanguage", "language", True),
            CommandProperty("enableInterruptions", "boolean", default="true"),
            _HEADERS,
        ),
    ),
)

_FROM = (
    _PHONE,
    CommandProperty(
        "sip",
        "object",
        True,
        tag="SIP",
        parts=(
            CommandProperty("endpoint", "sip", True, limit=SIP_FROM),
            CommandProperty("displayName", "string", limit=DISPLAY_NAME),
        ),
        source=cite(VOICE_V2, VOICE_V2_TUTORIALS),
    ),
)

RECORDING_OPTIONS = (
    CommandProperty("destination", "word", True, values=tuple(DESTINATIONS.values())),
    CommandProperty("destinationUrl", "storage", True),
    CommandProperty("credentials", "secret", True, note="of one form for AWS alone; no page gives the others"),
    CommandProperty("format", "word", values=FORMATS, default="MP3"),
    CommandProperty("recordingType", "word", values=RECORDING_TYPES, default="COMBINED"),
    CommandProperty(
        "transcriptionOptions",
        "object",
        parts=(CommandProperty("isEnabled", "boolean", True), CommandProperty("locale", "language", default="en-US")),
    ),
)

_PROMPT = (
    CommandProperty("messages", "messages", True, least=1, limit=MESSAGES, parts=MESSAGE),
    CommandProperty("allowBargeIn", "boolean", default="true"),
)

MENU = (
    CommandProperty("prompt", "object", parts=_PROMPT),
    CommandProperty("repeatPrompt", "object", parts=_PROMPT, default="the prompt", note="only beside `prompt`"),
    CommandProperty("inputTimeoutDurationSeconds", "integer", least=1, limit=MENU_TIMEOUT_SECONDS, default="5"),
    CommandProperty("repeatCount", "integer", limit=MENU_REPEATS, default="2"),
    CommandProperty("minimumInputLength", "integer", least=1, limit=MENU_INPUT, default="1"),
    CommandProperty("maximumInputLength", "integer", least=1, limit=MENU_INPUT, default="1"),
    CommandProperty("terminatingSequence", "keys", limit=TERMINATOR, note="part of the input that `matches` sees"),
    CommandProperty("inputMethods", "words", values=INPUT_METHODS, default="DTMF"),
    CommandProperty("matches", "matches", limit=MATCHES),
    CommandProperty("onFailure", "commands", note="when the repeats are used up; else the webhook is sent `call.menu`"),
)
"""What one menu has."""

# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

_CALL_NAME = CommandProperty("callName", "name", limit=NAME)

_COMMANDS = (
    Command("answer", note="answers the incoming leg; nothing can be heard before it"),
    Command(
        "hangup",
        (CommandProperty("callName", "name", limit=NAME, default="the leg in whose context it runs"),),
        note="what is heard on the leg after it is not run; a `dial` after it is",
    ),
    Command(
        "pause",
        (CommandProperty("durationMilliseconds", "integer", True),),
        blocks=True,
        note="what plays goes on playing",
    ),
    Command(
        "messages",
        (
            CommandProperty("messagesName", "name", limit=NAME),
            CommandProperty("messages", "messages", True, least=1, limit=MESSAGES, parts=MESSAGE),
        ),
        ("onFinish",),
        note="what stands after it in the list runs while it plays",
    ),
    Command(
        "stopMessages",
        (CommandProperty("messagesName", "name", True, limit=NAME),),
        note="also keeps messages of that name from being played later",
    ),
    Command(
        "startRecording",
        (
            CommandProperty("recordingName", "name", limit=NAME, note="without one it can only end with the call"),
            CommandProperty("recordingOptions", "object", True, parts=RECORDING_OPTIONS),
        ),
        ("onFinish", "onFailure"),
        note="records the leg in whose context it runs; where it fails and there is no `onFailure`, the call goes on",
    ),
    Command(
        "stopRecording", (CommandProperty("recordingName", "name", True, limit=NAME),), note="does not wait for the end"
    ),
    Command(
        "dial",
        (
            _CALL_NAME,
            CommandProperty("from", "choice", parts=_FROM, source=cite(VOICE_V2, VOICE_V2_TUTORIALS)),
            CommandProperty("to", "choice", True, parts=_TO),
            CommandProperty("dialTimeoutDurationSeconds", "integer", note="then `onTimeout`"),
            CommandProperty("maxCallDurationSeconds", "integer"),
        ),
        ("onAnswer", "onBusy", "onReject", "onTimeout", "onHangup", "onFailure"),
        note="without `events` the webhook is told; with `events: {}` nobody is (tutorials)",
    ),
    Command(
        "bridgeCall",
        (CommandProperty("bridgeName", "text", True, note="made where there is none of that name in the session"),),
        note="every leg has to join by itself",
    ),
    Command("amd", handlers=("onHuman", "onMachine", "onBeep", "onUnknown")),
    Command(
        "menu",
        (
            CommandProperty("startMenu", "text", True, limit=MENU_NAME, note="a key of `menus`"),
            CommandProperty("menus", "menus", True, least=1, limit=MENU_NAME, parts=MENU),
        ),
        blocks=True,
    ),
    Command(
        "gotoMenu",
        (CommandProperty("menuName", "text", True, limit=MENU_NAME, note="a key of the `menus` around it"),),
        blocks=True,
        note="in `matches` and `onFailure` of a menu alone",
    ),
    Command(
        "webhook",
        (
            CommandProperty("webhookName", "name", True, limit=WEBHOOK_NAME, note="comes as `call.webhook.NAME`"),
            CommandProperty("url", "text", True),
            CommandProperty("fallbackUrl", "text"),
        ),
        blocks=True,
    ),
)

COMMANDS = {command.name: command for command in _COMMANDS}
"""Every command by its name."""

DOCUMENT = (_CALL_NAME, CommandProperty("commands", "commands", True))
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
