"""Every instruction of classic SVAML, with its properties. `forms.py` finds them by name.

Invariant: what a dialect alone knows says so in `Property.dialects`.
"""

from __future__ import annotations

from recpol.platform import limits
from recpol.platform.locales import STATUSES
from recpol.platform.shape import Form, Property
from recpol.platform.sources import CALLBACK_PAGE, RECORDING_PAGE
from recpol.platform.v1.recording import RECORDING_OPTIONS

INSTRUCTION_FORMS = (
    Form(
        "PlayFiles",
        "instruction",
        CALLBACK_PAGE,
        (
            Property("ids", "prompts", CALLBACK_PAGE, required=True),
            Property("locale", "locale", CALLBACK_PAGE, note="required where text is spoken (Node SDK)"),
        ),
        "plays one after another without a pause; only the caller hears it",
    ),
    Form(
        "Say",
        "instruction",
        CALLBACK_PAGE,
        (
            Property("text", "text", CALLBACK_PAGE, required=True, limit=limits.SAY_CHARACTERS),
            Property("locale", "locale", CALLBACK_PAGE),
        ),
    ),
    Form("SendDtmf", "instruction", CALLBACK_PAGE, (Property("value", "tones", CALLBACK_PAGE, required=True),)),
    Form(
        "SetCookie",
        "instruction",
        CALLBACK_PAGE,
        (
            Property("key", "text", CALLBACK_PAGE, required=True, limit=limits.COOKIES_BYTES),
            Property("value", "string", CALLBACK_PAGE, required=True, limit=limits.COOKIES_BYTES),
        ),
        "comes back with every later event of the call; a key `X-…` becomes a header of a SIP call (SIP trunking page)",
    ),
    Form("Answer", "instruction", CALLBACK_PAGE, (), "answers the incoming leg before the callee picks up"),
    Form(
        "StartRecording",
        "instruction",
        RECORDING_PAGE,
        (Property("options", "object", RECORDING_PAGE, required=True, parts=RECORDING_OPTIONS),),
        "starts call recording at its place in the list, even beside ConnectConf",
    ),
    Form("StopRecording", "instruction", RECORDING_PAGE, (), "stops the call recording"),
    Form(
        "ReportCallStatus",
        "instruction",
        CALLBACK_PAGE,
        (
            Property("value", "any-case word", CALLBACK_PAGE, True, ("classic",), STATUSES),
            Property("details", "string", CALLBACK_PAGE, dialects=("classic",), limit=limits.STATUS_DETAILS),
        ),
        "in the reply to DiCE alone",
    ),
)
