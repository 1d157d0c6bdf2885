"""The instructions and actions of the current API, which is the target `svaml1`: the common forms as it knows them.

Names are camelCase. What only the classic pages or the legacy SDK know is left out, and what came since is there. The
typed SDKs of today have no recording flag; the Recording page and the in-app page still show it, under the name
`record`, so it belongs to the forms that can carry it.

Invariant: derived from the tables that both dialects share, so that a fact stands in one place.
"""

from __future__ import annotations

from collections.abc import Iterable

from recpol.base.record import replace
from recpol.platform.locales import LEGACY_CLI_WORDS, LEGACY_INDICATIONS
from recpol.platform.shape import Form, Property
from recpol.platform.storage import STORAGES
from recpol.platform.v1.actions import ACTION_FORMS
from recpol.platform.v1.instructions import INSTRUCTION_FORMS
from recpol.platform.v1.requests import STREAM

FLAG = "record"
"""The recording flag (Recording page since 2020-05-22; in-app calling recording page)."""

_GONE = frozenset({("instruction", "ReportCallStatus"), ("action", "StartRecording"), ("action", "StopRecording")})
"""What the current API has no more: no SDK has them, and Manage Call takes the instructions."""

_LEGACY_WORDS = frozenset(LEGACY_CLI_WORDS + LEGACY_INDICATIONS)

_NEEDED = frozenset({"credentials"})
"""What recording options must have here and need not have in the classic pages (Node SDK)."""


def camel(name: str) -> str:
    """The name of an instruction or action as the current API writes it, from PascalCase."""
    return name[:1].lower() + name[1:]


def _parts(parts: Iterable[Property]) -> tuple[Property, ...]:
    return tuple(
        replace(
            part,
            values=tuple(word for word in part.values if word not in _LEGACY_WORDS),
            required=part.required or part.name in _NEEDED,
            parts=_parts(part.parts),
        )
        for part in parts
        if "v1" in part.dialects
    )


def _forms(forms: Iterable[Form]) -> dict[str, Form]:
    return {
        camel(form.name): replace(form, name=camel(form.name), properties=_parts(form.properties))
        for form in forms
        if (form.kind, form.name) not in _GONE
    }


INSTRUCTIONS = _forms(INSTRUCTION_FORMS)
"""Every instruction by its name."""

ACTIONS = _forms((*ACTION_FORMS, STREAM))
"""Every action by its name."""

_START = INSTRUCTIONS["startRecording"].find("options")

RECORDING_OPTIONS = () if _START is None else _START.parts
"""`options` of startRecording, `recordingOptions` beside the flag."""

DESTINATIONS = tuple(storage for storage in STORAGES if "v1" in storage.dialects)
"""The storages that a recording can go to."""
