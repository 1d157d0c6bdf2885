"""The selectors that mean the same in every policy: `@digits`, `@talk`, `@prompts` and `@rooms`.

They are for rules that have to fit policies which nobody has tagged for them.

Invariant: what they mean follows from what a step is, and from nothing that an author called it; no author can give a
segment one of these tags.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.steps import Step
from recpol.base.typing import assert_never
from recpol.syntax import tree

BUILT_IN: Mapping[str, str] = {
    "digits": "menus that collect digits",
    "talk": "connects and what follows from them",
    "prompts": "what is said and played",
    "rooms": "conferences",
}
"""The names of the selectors, each with what it means."""

EXACT = frozenset({"digits"})
"""Those that do not mean what is inside of what they select: the further menus of a menu, which may collect none."""


def is_a(name: str, step: Step) -> bool:
    """Whether a built-in selector means a step by what the step is; phases belong to their conversations."""
    body = step.body
    match body:
        case tree.Menu() | tree.Submenu():
            return name == "digits" and any(isinstance(item, tree.DigitsItem) for item in body.items)
        case tree.Connect():
            return name == "talk" or (name == "rooms" and step.connects == "conference")
        case tree.Continue():
            return name == "talk"
        case tree.Say() | tree.Play():
            return name == "prompts"
        case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Call() | tree.Park() | tree.Phase():
            return False
        case _:
            assert_never(body)


def built_in(selection: tree.Selection) -> bool:
    """Whether a selection means anything by a built-in selector: then it may well be nothing in a policy."""
    return any(isinstance(item, tree.Tag) and item.name in BUILT_IN for item in selection.include.items)
