"""The JSON Schema of classic SVAML.

It reads both spellings of the recording flag, and what only the legacy SDK or the current API writes.

Invariant: pure; the same tables give the same text.
"""

from __future__ import annotations

from recpol.platform import limits
from recpol.platform.schema import SchemaObject, schema_text
from recpol.platform.storage import STORAGES
from recpol.platform.v1.forms import ACTIONS, INSTRUCTIONS
from recpol.platform.v1.recording import READ_FLAGS, RECORDING_OPTIONS
from recpol.platform.v1.schema import Tables, reply_schema

_TABLES = Tables(
    "svaml-classic",
    "classic SVAML",
    INSTRUCTIONS,
    ACTIONS,
    RECORDING_OPTIONS,
    STORAGES,
    READ_FLAGS,
    f"[{limits.MENU_KEYS}]|input",
)


def classic_schema_text() -> str:
    """The schema as it stands in `schemas/svaml-classic.schema.json`."""
    return schema_text(reply_schema(_TABLES))


def classic_schema() -> SchemaObject:
    """The schema of one classic SVAML document: the reply to a callback, or the body of a Manage Call."""
    return reply_schema(_TABLES)
