"""Recording options and the recording flag.

The same options have two keys: `options` in the instruction StartRecording, `recordingOptions` beside the flag of an
action and in the Manage Call action StartRecording (Recording page, 2018-2019; Calling API page).

Invariant: the order of the options is the order in which they are written.
"""

from __future__ import annotations

from recpol.platform.locales import READ_FORMATS
from recpol.platform.shape import Property
from recpol.platform.sources import (
    CHANGE_LOG,
    IN_APP_PAGE,
    LEGACY_SDK,
    NODE_SDK,
    RECORDING_PAGE,
    RECORDING_PAGE_2020,
    TRANSCRIPTION_PAGE,
    cite,
)

FLAG = "recording"
"""The recording flag as it is written (Recording page, 2018-2019)."""

READ_FLAGS = ("recording", "record")
"""The flag as it is read: the Recording page has said `record` since 2020-05-22, and the legacy SDK always has."""

RECORDING_OPTIONS = (
    Property("destinationUrl", "url", RECORDING_PAGE, required=True),
    Property(
        "credentials",
        "secret",
        RECORDING_PAGE,
        note="required for s3 (Recording page, 2018-2019) and for azure (Recording page, 2020-2021)",
    ),
    Property("format", "word", RECORDING_PAGE, values=READ_FORMATS, open=True, note="`mp3` where it is left out"),
    Property("notificationEvents", "boolean", RECORDING_PAGE, note="true where it is left out"),
    Property(
        "transcriptionOptions",
        "object",
        cite(TRANSCRIPTION_PAGE, NODE_SDK),
        parts=(
            Property("enabled", "boolean", cite(TRANSCRIPTION_PAGE, NODE_SDK)),
            Property("locale", "locale", cite(TRANSCRIPTION_PAGE, NODE_SDK)),
        ),
        note="a closed beta in 2020, today part of the current API",
    ),
)
"""`options` of StartRecording, `recordingOptions` of an action."""

FLAG_AND_OPTIONS = (
    Property(FLAG, "boolean", RECORDING_PAGE, dialects=("classic",)),
    Property(
        "record",
        "boolean",
        cite(RECORDING_PAGE_2020, LEGACY_SDK, IN_APP_PAGE, CHANGE_LOG),
        dialects=("classic", "legacy", "v1"),
    ),
    Property("recordingOptions", "object", RECORDING_PAGE, parts=RECORDING_OPTIONS),
)
"""What an action has that can carry the flag."""
