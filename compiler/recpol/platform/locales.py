"""Locales and the other words that a property may hold.

The list of locales is open in practice: it has grown with every version of the documentation. A locale that is not
listed is a reason to look twice, no more.

Invariant: words are spelled as the documentation spells them.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# ── speech ───────────────────────────────────────────────────────────────────────────────────────────────────────

SAY_LOCALES = _words(
    "da-DK nl-NL en-AU en-GB en-IN en-US en-GB-WLS fr-FR fr-CA de-DE is-IS it-IT ja-JP ko-KR nb-NO pl-PL pt-BR pt-PT "
    "ro-RO ru-RU es-ES es-US sv-SE tr-TR cy-GB"
)
"""What Say is documented to speak (Callback API page, 2020-2021)."""

CALLOUT_LOCALES = _words("cmn-CN hi-IN es-MX")
"""Further ones, from the list for text-to-speech callouts (Calling API page, 2020-2021)."""

CLASSIC_LOCALES = SAY_LOCALES + CALLOUT_LOCALES
"""Every locale that the classic pages name for speech."""

V1_LOCALES = _words(
    "arb az-AZ ca-ES zh-HK cmn-CN hr-HR cs-CZ da-DK nl-NL en-AU en-GB en-IN en-NZ en-ZA en-US en-GB-WLS et-EE fil-PH "
    "fi-FI fr-FR fr-CA ka-GE de-DE de-AT el-GR hi-IN hu-HU is-IS id-ID it-IT ja-JP ko-KR mt-MT ms-MY nb-NO lv-LV lt-LT "
    "pl-PL pt-BR pt-PT ro-RO ru-RU es-ES es-MX es-US sk-SK sl-SI sv-SE th-TH tr-TR uk-UA uz-UZ vi-VN cy-GB"
)
"""What the current API speaks, each also as `xx-YY/female` and `xx-YY/male` (Node SDK 1.5)."""

TRANSCRIPTION_LOCALES = _words(
    "af-ZA ar-AE ar-SA zh-CN zh-TW da-DK nl-NL en-AU en-GB en-IN en-IE en-NZ en-AB en-ZA en-US en-WL fr-FR fr-CA fa-IR "
    "gd_GB de-DE de-CH he-IL hi-IN id-ID ga-IE it-IT ja-JP ko-KR ms-MY pt-PT pt-BR ru-RU es-ES es-US sv-SE ta-IN te-IN "
    "th-TH tr-TR vi-VN"
)
"""What a transcript can be made of, oddities as published: en-AB, en-WL, gd_GB (Node SDK 1.5)."""

DEFAULT_LOCALE = "en-US"
"""What ConnectPstn takes where no locale is given (Callback API page); the Functions pages say the same of Say."""

LOCALE = r"[A-Za-z][A-Za-z0-9]*(?:[-_/][A-Za-z0-9]+)*"
"""What a locale or the name of a voice looks like, as a regular expression."""

# ── words of single properties ───────────────────────────────────────────────────────────────────────────────────

INDICATIONS = _words(
    "at au bg br be ch cl cn cz de dk ee es fi fr gr hu il in it lt jp mx my nl no nz ph pl pt ru se sg th uk us tw ve "
    "za"
)
"""The tone to play while it rings, by country (Callback API page; Node SDK)."""

LEGACY_INDICATIONS = _words("ml us-old")
"""Two that only the README of the legacy SDK names."""

MUSIC_ON_HOLD = _words("ring music1 music2 music3")
"""`moh`; silence where it is left out (Callback API page)."""

TRANSPORTS = _words("UDP TCP TLS")
"""`transport` of ConnectSip, in any letter case; UDP where it is left out (Callback API page)."""

DTMF_MODES = _words("ignore forward detect")
"""What a conference does with a participant's keys; `ignore` where it is left out (Node SDK, conference DTMF page)."""

CLI_WORDS = ("private",)
"""What `cli` may be besides a number: the number is withheld (Callback API page)."""

LEGACY_CLI_WORDS = ("incoming",)

FORMATS = ("mp3",)
"""The one recording format that the classic pages name, and the default (Recording page, 2018-2019)."""

READ_FORMATS = ("mp3", "wav")
"""`wav` is a value of Voice API v2. The property is a free text in the current SDKs, so it is no mistake to read it."""

AMD_MODES = ("on", "async")
"""How a policy asks for answering machine detection: `enabled`, or `async` too (Node SDK; not in the classic pages)."""

STATUSES = ("success", "failure")
"""`value` of ReportCallStatus, in any letter case; with another value it is ignored (Callback API page)."""

CONFERENCE_TYPES = ("twopart", "multipart")
"""`conferenceType`, in the legacy SDK alone."""
