"""Instructions and actions of classic SVAML by name.

Names are written in PascalCase and read in any letter case: the official examples mix `ConnectPstn`, `connectPSTN` and
`connectpstn`, and no source says that case matters.

Invariant: a form lists what any public source of the same protocol documents (classic pages, legacy SDK, current API),
so that official documents can be read; `Property.dialects` says who documents what, so that a rule can tell them apart.
"""

from __future__ import annotations

from recpol.platform.shape import Form, ReplyRole
from recpol.platform.v1.actions import ACTION_FORMS
from recpol.platform.v1.instructions import INSTRUCTION_FORMS

INSTRUCTIONS = {form.name: form for form in INSTRUCTION_FORMS}
"""Every instruction by the name under which it is written."""

ACTIONS = {form.name: form for form in ACTION_FORMS}
"""Every action by the name under which it is written."""

_READ: dict[ReplyRole, dict[str, Form]] = {
    "instruction": {form.name.lower(): form for form in INSTRUCTION_FORMS},
    "action": {form.name.lower(): form for form in ACTION_FORMS},
}


def find_form(kind: ReplyRole, name: str) -> Form | None:
    """The instruction or action of that name in any letter case; None where there is none in classic SVAML."""
    return _READ[kind].get(name.lower())


def order(kind: ReplyRole, name: str) -> tuple[str, ...]:
    """The property names of a form in the order in which they are written, `name` first; raises `KeyError`."""
    return ("name", *(p.name for p in _READ[kind][name.lower()].properties))
