"""What a menu reports of an event, and which handler answers it.

Invariant: an event leads to one result at most, and a result to one handler.
"""

from __future__ import annotations

from recpol.analysis.menus import MenuNode, MenuOutcome, outcomes
from recpol.analysis.program import Program
from recpol.analysis.steps import OTHERWISE
from recpol.base.typing import assert_never
from recpol.calls import trace as t
from recpol.syntax import tree


def outcome_of(menu: MenuNode, event: t.Presses | t.Enters | t.Waits | t.Mistypes) -> MenuOutcome | None:
    """The result that a menu reports of an event; None where the menu has no such result."""
    for outcome in outcomes(menu):
        if _tells_of(outcome, event):
            return outcome
    return None


def _tells_of(outcome: MenuOutcome, event: t.Presses | t.Enters | t.Waits | t.Mistypes) -> bool:
    match event:
        case t.Presses(key):
            return outcome.type == "return" and key in outcome.keys
        case t.Enters(digits):
            item = outcome.item
            return isinstance(item, tree.DigitsItem) and digits.isdecimal() and len(digits) <= item.count.value
        case t.Waits():
            return outcome.type == "timeout"
        case t.Mistypes():
            return outcome.type == "invalidinput"
        case _:
            assert_never(event)


def answering(program: Program, outcome: MenuOutcome) -> str | None:
    """The handler that answers a menu's result; None where none does."""
    first = program.graph.first
    own = f"pie {outcome.goal.name.text}" if outcome.goal else _OTHERWISE
    return own if own in first else _OTHERWISE if _OTHERWISE in first else None


_OTHERWISE = f"pie {OTHERWISE}"
