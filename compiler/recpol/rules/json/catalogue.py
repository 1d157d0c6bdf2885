"""The rules about documents of either interface.

Invariant: a rule that is not in this catalogue, nor in that of policies or of one interface, does not exist.
"""

from __future__ import annotations

from recpol.rules.json import deceiving, documents, leaked, properties, spoken, taped, trapped, types, values
from recpol.rules.rule import Rule

JSON_RULES: tuple[Rule, ...] = (
    # documents
    documents.invalid_json,
    documents.duplicate_key,
    documents.mixed_dialects,
    documents.not_a_reply,
    # properties
    properties.unknown_property,
    properties.missing_property,
    types.wrong_type,
    # values
    values.unlisted_value,
    values.number_out_of_range,
    values.left_from_a_template,
    # speech that is not heard, or not as it was meant
    spoken.silent_speech,
    spoken.read_as_text,
    # menus that lead nowhere
    trapped.menu_without_exit,
    # what is heard while it records
    taped.announced_too_late,
    taped.digits_on_tape,
)

READ_AS_WRITTEN: tuple[Rule, ...] = (
    deceiving.bidirectional_control,
    deceiving.mixed_scripts,
    leaked.literal_secret,
)
"""Rules of policies that read documents of either interface as they are written."""
