"""Menus: the menus of a `menu` block, which of them a caller can get to, and what the platform can report of each.

Invariant: a result that nobody wrote down is a result all the same; keys with one goal are one result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.syntax import tree


class MenuNode(Record):
    """One menu of a RunMenu: its SVAML id, its node, and the step that it is."""

    id: str
    node: tree.AnyMenu
    step: Step


class MenuOutcome(Record):
    """A result of a menu that the platform reports: `return`, `sequence`, `timeout`, `invalidinput` or `error`.

    `error` is listed as a type of PIE and no document says when it comes: it is none of `outcomes`.
    `goal` is what was written after `->`, None for a result that nobody wrote down; `item` is the menu's line.
    """

    menu: MenuNode
    type: str
    goal: tree.Goal | None
    item: tree.GoalItem | None
    keys: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """The line that says it, or the keyword of the menu."""
        if self.item is not None:
            return self.item.span
        node = self.menu.node
        start = node.span.start
        return node.span.source.span(start, start + len("menu"))


@lru_cache(maxsize=8)  # several rules ask for those of one block, one after the other
def menus(step: Step, handler: Handler) -> tuple[MenuNode, ...]:
    """The menus of a `menu` step: the first one is `main`, the further ones go by their names."""
    assert isinstance(step.body, tree.Menu)
    found = [MenuNode("main", step.body, step)]
    for inner in handler.steps:
        if inner.parent == step.index and isinstance(inner.node, tree.Submenu):
            found.append(MenuNode(inner.node.name.text, inner.node, inner))
    return tuple(found)


@lru_cache(maxsize=8)  # one block of many menus is asked for each of them
def menus_by_id(step: Step, handler: Handler) -> Mapping[str, MenuNode]:
    """The menus of a `menu` step by their ids; of two with one id, the first."""
    return {menu.id: menu for menu in reversed(menus(step, handler))}


def reached_menus(step: Step, handler: Handler) -> tuple[MenuNode, ...]:
    """The menus of a `menu` step that a caller can get to from the first."""
    all_ = menus(step, handler)
    if len(all_) == 1:
        return all_
    known = menus_by_id(step, handler)
    queue, seen = ["main"], {"main"}
    while queue:
        for item in known[queue.pop()].node.items:
            if isinstance(item, tree.KeyItem) and item.goal.menu:
                goal = item.goal.name.text
                if goal in known and goal not in seen:
                    seen.add(goal)
                    queue.append(goal)
    return tuple(menu for menu in all_ if menu.id in seen)


def outcomes(menu: MenuNode) -> tuple[MenuOutcome, ...]:
    """What the platform can report of a menu, written down or not; keys with one goal are one outcome."""
    return _outcomes(menu.id, menu.step)


@lru_cache(maxsize=8)  # whoever follows calls asks for those of one menu at each event in it
def _outcomes(name: str, step: Step) -> tuple[MenuOutcome, ...]:
    assert isinstance(step.body, tree.AnyMenu)
    menu = MenuNode(name, step.body, step)
    found: list[MenuOutcome] = []
    returns: dict[str, list[tree.KeyItem]] = {}
    written = {item.name for item in menu.node.items if isinstance(item, tree.FailItem)}
    for item in menu.node.items:
        match item:
            case tree.KeyItem():
                if not item.goal.menu:
                    returns.setdefault(item.goal.name.text, []).append(item)
            case tree.DigitsItem():
                found.append(MenuOutcome(menu, "sequence", item.goal, item))
            case tree.FailItem():
                kind = "timeout" if item.name == "timeout" else "invalidinput"
                found.append(MenuOutcome(menu, kind, item.goal, item))
            case tree.PromptItem() | tree.RepeatItem() | tree.WaitItem() | tree.SwitchItem():
                pass
            case tree.Submenu() | tree.Broken():
                pass
            case _:
                assert_never(item)
    for items in returns.values():
        found.append(MenuOutcome(menu, "return", items[0].goal, items[0], tuple(item.key.text for item in items)))
    for name, kind in (("timeout", "timeout"), ("invalid", "invalidinput")):
        if name not in written:
            found.append(MenuOutcome(menu, kind, None, None))
    return tuple(found)


def cause_of(outcome: MenuOutcome) -> str:
    """What the caller does to get a menu's result, in words."""
    match outcome.type:
        case "return":
            keys = " or ".join(outcome.keys)
            return f"the caller presses {keys}"
        case "sequence":
            assert isinstance(outcome.item, tree.DigitsItem)
            return f"the caller enters {outcome.item.count.text} digits"
        case "timeout":
            return "the caller presses nothing"
        case "error":
            return "the menu ends with an error"
        case _:
            return "the caller presses a wrong key"
