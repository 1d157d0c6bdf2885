"""Every action of classic SVAML, with its properties. `forms.py` finds them by name.

Invariant: what a dialect alone knows says so in `Property.dialects`; what only the legacy SDK knows comes last.
"""

from __future__ import annotations

from recpol.platform import limits, locales
from recpol.platform.shape import Form, Property
from recpol.platform.sources import (
    CALLBACK_PAGE,
    CALLING_PAGE,
    CONFERENCE_DTMF_PAGE,
    LEGACY,
    LEGACY_README,
    LEGACY_SDK,
    NODE_SDK,
    SKILL,
    V1,
    SourceDialect,
    cite,
)
from recpol.platform.v1.recording import FLAG_AND_OPTIONS, RECORDING_OPTIONS

_LEGACY_AND_V1: tuple[SourceDialect, ...] = ("legacy", "v1")

# ── what several actions share ───────────────────────────────────────────────────────────────────────────────────

_LEGACY_COMMON = (
    Property("altLocale", "locale", LEGACY_SDK, dialects=LEGACY),
    Property("reference", "string", LEGACY_SDK, dialects=LEGACY),
    Property("suppressErrorPrompts", "boolean", LEGACY_SDK, dialects=LEGACY),
    Property("account", "string", LEGACY_SDK, dialects=LEGACY),
    Property("tags", "anything", LEGACY_SDK, dialects=LEGACY),
    Property("_internal", "string", LEGACY_SDK, dialects=LEGACY),
)

_MAX_DURATION = Property("maxDuration", "seconds", CALLBACK_PAGE, limit=limits.DURATION_SECONDS, least=1)
_CLI = Property("cli", "cli", CALLBACK_PAGE, values=locales.CLI_WORDS + locales.LEGACY_CLI_WORDS)
_LEGACY_CLI = Property("cli", "cli", LEGACY_README, dialects=LEGACY, values=_CLI.values)
_LEGACY_LOCALE = Property("locale", "locale", LEGACY_SDK, dialects=LEGACY)
_SUPPRESS = Property("suppressCallbacks", "boolean", CALLBACK_PAGE, note="true: no ACE and no DiCE for this call")
_INDICATIONS = locales.INDICATIONS + locales.LEGACY_INDICATIONS

_KEY_AND_VALUE = (
    Property("key", "text", CALLBACK_PAGE, required=True),
    Property("value", "string", CALLBACK_PAGE, required=True),
)

DTMF_OPTIONS = Property(
    "conferenceDtmfOptions",
    "object",
    cite(NODE_SDK, CONFERENCE_DTMF_PAGE),
    dialects=V1,
    parts=(
        Property("mode", "word", NODE_SDK, values=locales.DTMF_MODES),
        Property("maxDigits", "integer", NODE_SDK, least=1),
        Property("timeoutMills", "milliseconds", NODE_SDK, least=1),
    ),
)
"""What happens to the keys that are pressed in a conference; in the body of a callout to one, too."""

# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────

_MENU_OPTION = (
    Property("dtmf", "key", CALLBACK_PAGE, required=True),
    Property("action", "goal", CALLBACK_PAGE, required=True),
    Property("add", "list", LEGACY_SDK, dialects=LEGACY, parts=_KEY_AND_VALUE, entry="a cookie", note="cookies to set"),
)

_MENU = (
    Property("id", "text", CALLBACK_PAGE, required=True, note="the legacy SDK stops at 64 characters"),
    Property("mainPrompt", "prompt", CALLBACK_PAGE),
    Property("repeatPrompt", "prompt", CALLBACK_PAGE),
    Property("repeats", "integer", CALLBACK_PAGE),
    Property("maxDigits", "integer", CALLBACK_PAGE, least=1),
    Property("timeoutMills", "milliseconds", CALLBACK_PAGE, least=1),
    Property("maxTimeoutMills", "milliseconds", CALLBACK_PAGE, least=1),
    Property("options", "list", CALLBACK_PAGE, parts=_MENU_OPTION, entry="an option"),
    Property("mainText", "string", LEGACY_SDK, dialects=LEGACY),
    Property("repeatText", "string", LEGACY_SDK, dialects=LEGACY),
)

# ── actions ──────────────────────────────────────────────────────────────────────────────────────────────────────

ACTION_FORMS = (
    Form(
        "Hangup",
        "action",
        CALLBACK_PAGE,
        (
            Property("hangupCause", "integer", LEGACY_SDK, dialects=LEGACY, note="0 normal, 1 busy, 2 congestion"),
            Property("barge", "boolean", LEGACY_SDK, dialects=LEGACY),
        ),
        "after the instructions have run",
    ),
    Form("Continue", "action", CALLBACK_PAGE, FLAG_AND_OPTIONS, "goes on with the call that is being set up"),
    Form(
        "ConnectPstn",
        "action",
        CALLBACK_PAGE,
        (
            Property("number", "number", CALLBACK_PAGE, note="the number that was dialled where it is left out"),
            Property("locale", "locale", CALLBACK_PAGE),
            _MAX_DURATION,
            Property("dialTimeout", "seconds", cite(NODE_SDK, LEGACY_SDK), dialects=_LEGACY_AND_V1, least=1),
            _CLI,
            _SUPPRESS,
            Property("dtmf", "tones", CALLBACK_PAGE, note="played to the callee on pick-up"),
            Property("indications", "word", CALLBACK_PAGE, values=_INDICATIONS),
            Property(
                "amd",
                "object",
                cite(NODE_SDK, SKILL),
                dialects=V1,
                parts=(Property("enabled", "boolean", NODE_SDK), Property("async", "boolean", NODE_SDK)),
            ),
            *FLAG_AND_OPTIONS,
            Property(
                "destination",
                "object",
                LEGACY_SDK,
                dialects=LEGACY,
                parts=(
                    Property("type", "any-case word", LEGACY_SDK, required=True, values=("number",), open=True),
                    Property("endpoint", "number", LEGACY_SDK, required=True),
                ),
            ),
            *_LEGACY_COMMON,
        ),
    ),
    Form(
        "ConnectMxp",
        "action",
        CALLBACK_PAGE,
        (
            Property(
                "destination",
                "object",
                CALLBACK_PAGE,
                parts=(
                    Property("type", "any-case word", CALLBACK_PAGE, required=True, values=("username",), open=True),
                    Property("endpoint", "text", CALLBACK_PAGE, required=True, limit=limits.APP_ENDPOINT),
                ),
                note="the user that was called where it is left out",
            ),
            Property("callHeaders", "list", CALLBACK_PAGE, parts=_KEY_AND_VALUE, entry="a call header"),
            *FLAG_AND_OPTIONS,
            _LEGACY_LOCALE,
            _LEGACY_CLI,
            Property("indications", "word", LEGACY_README, dialects=LEGACY, values=_INDICATIONS),
            *_LEGACY_COMMON,
        ),
        "a data call: no ACE, no PIE, no Manage Call; StartRecording beside it is ignored",
    ),
    Form(
        "ConnectConf",
        "action",
        CALLBACK_PAGE,
        (
            Property("conferenceId", "text", CALLBACK_PAGE, required=True, limit=limits.CONFERENCE_ID),
            DTMF_OPTIONS,
            Property("moh", "word", CALLBACK_PAGE, values=locales.MUSIC_ON_HOLD, note="silence where it is left out"),
            *FLAG_AND_OPTIONS,
            _LEGACY_LOCALE,
            _LEGACY_CLI,
            Property("conferenceType", "word", LEGACY_SDK, dialects=LEGACY, values=locales.CONFERENCE_TYPES),
            Property("enterLeaveSound", "boolean", LEGACY_SDK, dialects=LEGACY),
            Property("dtmfMode", "string", LEGACY_SDK, dialects=LEGACY),
            *_LEGACY_COMMON,
        ),
        "its flag means the recording of the whole conference (Recording page, 2018-2019)",
    ),
    Form(
        "ConnectSip",
        "action",
        CALLBACK_PAGE,
        (
            Property(
                "destination",
                "object",
                CALLBACK_PAGE,
                required=True,
                parts=(
                    Property("type", "any-case word", cite(NODE_SDK, SKILL), dialects=V1, values=("sip",), open=True),
                    Property("endpoint", "sip", CALLBACK_PAGE, required=True),
                ),
            ),
            _MAX_DURATION,
            _CLI,
            _SUPPRESS,
            Property("transport", "any-case word", CALLBACK_PAGE, values=locales.TRANSPORTS),
            Property(
                "callHeaders",
                "list",
                NODE_SDK,
                dialects=V1,
                parts=_KEY_AND_VALUE,
                entry="a call header",
                note="private SIP headers",
            ),
            Property("moh", "word", NODE_SDK, dialects=V1, values=locales.MUSIC_ON_HOLD),
            *FLAG_AND_OPTIONS,
            _LEGACY_LOCALE,
            *_LEGACY_COMMON,
        ),
    ),
    Form(
        "RunMenu",
        "action",
        CALLBACK_PAGE,
        (
            Property("barge", "boolean", CALLBACK_PAGE, note="true where it is left out"),
            Property("locale", "locale", CALLBACK_PAGE, note="required with `enableVoice`"),
            Property("mainMenu", "text", CALLBACK_PAGE, note="the menu `main` plays first all the same"),
            Property("enableVoice", "boolean", CALLBACK_PAGE, note="false where it is left out; charged per attempt"),
            Property("menus", "menus", CALLBACK_PAGE, required=True, parts=_MENU, entry="a menu"),
            *_LEGACY_COMMON,
        ),
    ),
    Form(
        "Park",
        "action",
        CALLBACK_PAGE,
        (
            Property("introPrompt", "prompt", CALLBACK_PAGE, note="played once"),
            Property("holdPrompt", "prompt", CALLBACK_PAGE, note="played over and over"),
            Property("locale", "locale", cite(NODE_SDK, LEGACY_SDK), dialects=_LEGACY_AND_V1),
            Property("maxDuration", "seconds", CALLBACK_PAGE, limit=limits.PARK_SECONDS, least=1),
            Property("dialTimeout", "seconds", LEGACY_SDK, dialects=LEGACY, limit=limits.PARK_SECONDS, least=1),
            *_LEGACY_COMMON,
        ),
    ),
    Form(
        "StartRecording",
        "action",
        CALLING_PAGE,
        (Property("recordingOptions", "object", CALLING_PAGE, True, ("classic",), parts=RECORDING_OPTIONS),),
        "in Manage Call alone; the current API sends the instruction there",
    ),
    Form(
        "StopRecording", "action", CALLING_PAGE, (), "in Manage Call alone; the current API sends the instruction there"
    ),
)
