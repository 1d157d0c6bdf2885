"""JSON data to its text, as `json.dumps` lays it out with two blanks of indent, in less than half the time; and what
is small to one line.

The standard library indents in Python, piece by piece; only what it writes on one line is compiled.

Invariant: the text is that of `json.dumps(value, indent=2, ensure_ascii=False)`, and nests as deep.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted
from json.encoder import encode_basestring_ascii as in_ascii

from recpol.base.typing import Any


def one_line(value: Any) -> str:
    """The text of a value as `json.dumps(value, sort_keys=True)` has it; of a text, or a list of some, in a fifth of
    the time. Raises what that raises."""
    if isinstance(value, str):
        return in_ascii(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return f"[{', '.join(map(in_ascii, value))}]"
    return json.dumps(value, sort_keys=True)


def laid_out(value: Any, line: str = "\n") -> str:
    """The text of a value whose keys are texts; `line` begins a line of what stands around it."""
    kind = type(value)
    if kind is str:
        return quoted(value)
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, dict) and value:
        inner = line + "  "
        parts = []
        for key, item in value.items():
            parts.append(f"{quoted(key)}: {quoted(item) if type(item) is str else laid_out(item, inner)}")
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    if isinstance(value, list | tuple) and value:
        inner = line + "  "
        parts = []
        for item in value:  # no comprehension: it would take a further call for each level
            parts.append(laid_out(item, inner))
        return f"[{inner}{f',{inner}'.join(parts)}{line}]"
    return json.dumps(value)
