"""A small policy for each kind of call that the backend begins: rows of `recpol.support_matrix.examples`."""

from __future__ import annotations

from recpol.support_matrix.parts import NUMBER, PLAY, policy

_CALL = f"call pstn {NUMBER} cli +442079460105"


def _callout(segments: str, *more: str) -> str:
    return policy(f"on callout customer {{ {segments} }}", *more)


CALLOUTS = (
    ("`call` alone, and its answer", "call", _callout(_CALL, f"on ace customer {{ {PLAY} hangup }}")),
    ("`call`, prompts, `hangup`", "", _callout(f"{_CALL} {PLAY} hangup")),
    ("`call`, `connect conference`", "", _callout(f'{_CALL} connect conference "board"')),
    ("`call app`", "", _callout(f'call app "agent-7" {PLAY} hangup')),
    ("`call sip`", "", _callout(f'call sip "north@pbx.acme.example" cli +442079460105 {PLAY} hangup')),
)
"""Each is a name, what of the grammar it is about, and its policy."""
