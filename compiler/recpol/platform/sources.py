"""The public sources of the facts, by the names under which messages and tables cite them.

The platform has had three ways of writing the same protocol, here called dialects. `classic` is the documentation of
2018 to 2021, `legacy` is the .NET server SDK of that time, `v1` is the current documentation and its SDKs: all three
talk to the same endpoints. `v2` is Voice API v2, a protocol of its own.

Invariant: a source is cited by one name everywhere.
"""

from __future__ import annotations

from recpol.base.typing import Literal

SourceDialect = Literal["classic", "legacy", "v1", "v2"]

CLASSIC: tuple[SourceDialect, ...] = ("classic", "v1")
"""Documented from the classic pages to this day."""

LEGACY: tuple[SourceDialect, ...] = ("legacy",)
V1: tuple[SourceDialect, ...] = ("v1",)
V2: tuple[SourceDialect, ...] = ("v2",)

# ── classic ──────────────────────────────────────────────────────────────────────────────────────────────────────

RECORDING_PAGE = "Recording page (2018-2019)"
"""`Recording calls`, the first version; the same text stood in the documentation's repository in October 2019."""

RECORDING_PAGE_2020 = "Recording page (2020-2021)"
TRANSCRIPTION_PAGE = "Recording page with transcription (2020, closed beta)"
CALLBACK_PAGE = "Callback API page (2020-2021)"
CALLING_PAGE = "Calling API page (2020-2021)"
IVR_PAGE = "IVR page (2021)"
CHANGE_LOG = "history of the public documentation repository"

# ── legacy ───────────────────────────────────────────────────────────────────────────────────────────────────────

LEGACY_SDK = "legacy .NET server SDK 1.3"
LEGACY_README = "README of the legacy .NET server SDK"

# ── v1 ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SVAML_PAGE = "current SVAML page"
CALLBACKS_PAGE = "current callbacks page"
IN_APP_PAGE = "in-app calling recording page"
CONFERENCE_DTMF_PAGE = "conference DTMF page"
FUNCTIONS_PAGES = "Sinch Functions pages"
NODE_SDK = "Node SDK 1.5"
JAVA_SDK = "Java SDK 2"
DOTNET_SDK = ".NET SDK 1"
SKILL = "Sinch voice skill (2026)"

# ── v2, and what is not Sinch's ──────────────────────────────────────────────────────────────────────────────────

VOICE_V2 = "Voice API v2 (preview), Python SDK 2.3"
VOICE_V2_TUTORIALS = "Voice API v2 tutorials"
VOICE_V2_DRAFTS = "early drafts of Voice API v2"
OTHER_SDKS = "other releases of the Python SDK and the Node SDK"
VOICE_V2_OLDER = "Python SDK 2.2, Node SDK 1.6"
E164_STANDARD = "ITU-T recommendation E.164"
AWS_RULES = "Amazon's bucket naming rules"
AWS_KEYS = "Amazon's IAM reference"
AZURE_RULES = "Microsoft's naming rules for Azure resources"
GOOGLE_RULES = "Google's bucket naming rules"


def cite(*names: str) -> str:
    """Several sources as one: `A; B`."""
    return "; ".join(names)
