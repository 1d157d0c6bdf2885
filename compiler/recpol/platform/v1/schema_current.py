"""The JSON Schema of the SVAML that the current API reads.

Invariant: pure; the same tables give the same text.
"""

from __future__ import annotations

from recpol.platform import limits
from recpol.platform.schema import SchemaObject, schema_text
from recpol.platform.v1.forms_current import ACTIONS, DESTINATIONS, FLAG, INSTRUCTIONS, RECORDING_OPTIONS
from recpol.platform.v1.schema import Tables, reply_schema

_TABLES = Tables(
    "svaml1",
    "SVAML of the current Voice API",
    INSTRUCTIONS,
    ACTIONS,
    RECORDING_OPTIONS,
    DESTINATIONS,
    (FLAG,),
    f"[{limits.MENU_KEYS}]",
)


def svaml1_schema_text() -> str:
    """The schema as it stands in `schemas/svaml1.schema.json`."""
    return schema_text(reply_schema(_TABLES))


def svaml1_schema() -> SchemaObject:
    """The schema of one document: the reply to a callback, or the body of a Manage Call."""
    return reply_schema(_TABLES)
