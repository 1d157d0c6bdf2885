"""What the current API (v1) has and the classic pages do not, and what Manage Call, callouts and conferences are sent.

`forms.py` holds what both know. These tables serve the reading of existing documents; no policy is lowered to them.

Invariant: every entry names where it can be read.
"""

from __future__ import annotations

from recpol.platform import limits, locales
from recpol.platform.shape import Form, Property, ReplyRole
from recpol.platform.sources import CALLBACK_PAGE, CALLING_PAGE, DOTNET_SDK, JAVA_SDK, NODE_SDK, SKILL, V1, cite
from recpol.platform.v1.actions import ACTION_FORMS, DTMF_OPTIONS
from recpol.platform.v1.forms import find_form

STREAM = Form(
    "ConnectStream",
    "action",
    cite(NODE_SDK, SKILL),
    (
        Property(
            "destination",
            "object",
            cite(NODE_SDK, SKILL),
            required=True,
            dialects=V1,
            parts=(
                Property("type", "any-case word", NODE_SDK, dialects=V1, values=("Websocket",), open=True),
                Property("endpoint", "text", NODE_SDK, required=True, dialects=V1),
            ),
        ),
        Property(
            "streamingOptions",
            "object",
            NODE_SDK,
            dialects=V1,
            parts=(
                Property("version", "integer", NODE_SDK, dialects=V1, least=1),
                Property("sampleRate", "integer", NODE_SDK, dialects=V1, least=1),
            ),
        ),
        Property("maxDuration", "seconds", NODE_SDK, dialects=V1, limit=limits.DURATION_SECONDS, least=1),
        Property(
            "callHeaders",
            "list",
            NODE_SDK,
            entry="a call header",
            dialects=V1,
            parts=(
                Property("key", "text", CALLBACK_PAGE, required=True),
                Property("value", "string", CALLBACK_PAGE, required=True),
            ),
        ),
    ),
    "a closed beta",
)
"""The one action that the classic pages do not have at all."""


def read_form(kind: ReplyRole, name: str) -> Form | None:
    """The instruction or action of that name in any letter case, those of the current API included."""
    if kind == "action" and name.lower() == STREAM.name.lower():
        return STREAM
    return find_form(kind, name)


ACTION_NAMES = tuple(form.name for form in (*ACTION_FORMS, STREAM))
"""Every action that can be read."""

SDK_SLIPS = {
    "badge": ("barge", DOTNET_SDK),
    "introPromt": ("introPrompt", DOTNET_SDK),
    "callheaders": ("callHeaders", cite(JAVA_SDK, DOTNET_SDK)),
}
"""Properties that an SDK misspells, with what is meant and which SDK it is: the platform ignores them."""

# ── callouts ─────────────────────────────────────────────────────────────────────────────────────────────────────

_SHARED = (
    Property("cli", "cli", CALLING_PAGE, values=locales.CLI_WORDS),
    Property(
        "destination",
        "object",
        CALLING_PAGE,
        parts=(
            Property("type", "any-case word", CALLING_PAGE, values=("number", "username", "sip", "did"), open=True),
            Property("endpoint", "text", CALLING_PAGE),
        ),
    ),
    Property("dtmf", "tones", CALLING_PAGE),
    Property("domain", "any-case word", CALLING_PAGE, values=("pstn", "mxp")),
    Property("custom", "string", CALLING_PAGE),
    Property("locale", "locale", CALLING_PAGE),
    Property("enableAce", "boolean", CALLING_PAGE, note="false where it is left out"),
    Property("enableDice", "boolean", CALLING_PAGE, note="false where it is left out"),
    Property("enablePie", "boolean", CALLING_PAGE, note="false where it is left out"),
)

CALLOUTS: dict[str, tuple[Property, ...]] = {
    "ttsCallout": (
        *_SHARED,
        Property("text", "string", CALLING_PAGE, limit=limits.SAY_CHARACTERS),
        Property("prompts", "prompt", CALLING_PAGE),
    ),
    "conferenceCallout": (
        *_SHARED,
        Property("conferenceId", "text", CALLING_PAGE, required=True, limit=limits.CONFERENCE_ID),
        Property("greeting", "string", CALLING_PAGE),
        Property("maxDuration", "seconds", CALLING_PAGE, least=1),
        Property("mohClass", "any-case word", CALLING_PAGE, values=("ring", "music1", "music2", "music3")),
        DTMF_OPTIONS,
    ),
    "customCallout": (
        *_SHARED,
        Property("maxDuration", "seconds", CALLING_PAGE, least=1),
        Property("ice", "anything", CALLING_PAGE, note="a URL, or the reply as a string"),
        Property("ace", "anything", CALLING_PAGE, note="a URL, or the reply as a string"),
        Property("pie", "anything", CALLING_PAGE, note="a URL, or the reply as a string"),
        Property("dice", "anything", CALLING_PAGE, note="a URL, or the reply as a string"),
    ),
}
"""The bodies of callout requests, by the property that holds each."""

CONFERENCE_COMMANDS = ("mute", "unmute", "onhold", "resume")
"""What a participant of a conference can be sent (Calling API page, 2020-2021; Node SDK). None of them records."""
