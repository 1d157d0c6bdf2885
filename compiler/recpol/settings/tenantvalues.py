"""The texts of tenants, looked at like every text: for controls, hidden turns of direction, and secrets.

Invariant: no finding holds the value that it is about.
"""

from __future__ import annotations

import re

from recpol.base.deceiving import TURNS, turned
from recpol.base.secrets import by_look

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST = 16_384
"""So many characters a value may have: a prompt has some hundreds."""


def value_problem(variable: str, value: str) -> tuple[str, str, bool] | None:
    """What is wrong with the value of a variable, what to do, and whether it may not be shown; None for a good one."""
    if len(value) > _LONGEST:
        return f"the value of `{variable}` has {len(value):,} characters", f"write at most {_LONGEST:,}", False
    if not (value.isascii() and value.isprintable()):
        control, turn = _CONTROL.search(value), TURNS.search(value)
        if control is not None:
            code = f"U+{ord(control[0]):04X}"
            return f"the value of `{variable}` holds the control character {code}", "delete it", False
        if turn is not None:
            return f"in the value of `{variable}` {turned(turn[0])}", "delete it", False
    if _may_be_secret(value) and any(True for _ in by_look(value)):
        return f"the value of `{variable}` looks like a secret", "write `{{ env.NAME }}` in the policy instead", True
    return None


def _may_be_secret(value: str) -> bool:
    """Whether a text is long enough, or has the signs, of what looks like a secret."""
    return len(value) >= 16 or "@" in value
