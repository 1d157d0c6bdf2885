"""The platform's limits: how long, how many, how large.

Invariant: a limit is the largest value that is allowed unless its name says otherwise (`_LEAST`, `_DEFAULT`).
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.platform.sources import (
    CALLBACK_PAGE,
    E164_STANDARD,
    LEGACY_README,
    LEGACY_SDK,
    SVAML_PAGE,
    cite,
)


class Limit(Record):
    """A number of the platform, its unit in the plural, and where it can be read."""

    value: int
    unit: str
    source: str

    @property
    def text(self) -> str:
        """`600 characters`."""
        return f"{self.value} {self.unit}"


# ── speech and sound ─────────────────────────────────────────────────────────────────────────────────────────────

SAY_CHARACTERS = Limit(600, "characters", CALLBACK_PAGE)
"""The text of one Say, and of one `#tts[…]` in a prompt. The default: support can raise it for an account."""

# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

DURATION_SECONDS = Limit(14_400, "seconds", cite(CALLBACK_PAGE, SVAML_PAGE))
"""`maxDuration` of ConnectPstn and ConnectSip: four hours. The platform hangs up when it is over."""

PARK_SECONDS = Limit(600, "seconds", CALLBACK_PAGE)
"""`maxDuration` of Park: ten minutes. The prompt that is playing then is played to its end, then the call ends."""

CONFERENCE_ID = Limit(64, "characters", CALLBACK_PAGE)
"""The legacy SDK let 128 pass; the documentation says 64."""

APP_ENDPOINT = Limit(128, "characters", LEGACY_SDK)
"""The user name that ConnectMxp calls."""

E164_DIGITS = Limit(15, "digits", E164_STANDARD)
"""A telephone number without its `+`."""

# ── state that travels with the call ─────────────────────────────────────────────────────────────────────────────

COOKIES_BYTES = Limit(1024, "bytes", CALLBACK_PAGE)
"""Keys and values of all cookies of a call together."""

COOKIE_KEY = Limit(50, "characters", LEGACY_README)
CALL_HEADERS_BYTES = Limit(1024, "bytes", CALLBACK_PAGE)
"""Keys and values of all call headers together, in UTF-8."""

STATUS_DETAILS = Limit(64, "characters", CALLBACK_PAGE)
"""`details` of ReportCallStatus; what is longer is cut off."""

# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────

MENU_ID = Limit(64, "characters", LEGACY_SDK)
MENU_TIMEOUT_LEAST = Limit(1_000, "milliseconds", LEGACY_SDK)
MENU_TIMEOUT = Limit(30_000, "milliseconds", LEGACY_SDK)
MENU_REPEATS_DEFAULT = Limit(3, "times", LEGACY_SDK)
DIGITS_PAUSE = Limit(5, "seconds", CALLBACK_PAGE)
"""Collecting digits ends this long after the last one, or at `#`, or when all have come."""

# ── characters ───────────────────────────────────────────────────────────────────────────────────────────────────

DTMF_CHARACTERS = "0123456789#w"
"""What SendDtmf and `dtmf` may hold; `w` is a pause of half a second. `*` is not among them (Callback API page)."""

MENU_KEYS = "0123456789*#"
"""The keys of a telephone, one of which a menu option stands for (Callback API page; legacy SDK for `*` and `#`)."""

MAIN_MENU = "main"
"""The menu that plays first; a RunMenu without one is an error (Callback API page)."""

E164 = r"\+[1-9][0-9]{1,14}"
"""A telephone number in full, as a regular expression: `+`, country code, number, at most 15 digits (E.164)."""

SIP_ENDPOINT = r"[^@ \t\r\n]+@[^@ \t\r\n]+"
"""`user@host[:port]`, as a regular expression (Callback API page, Node SDK)."""
