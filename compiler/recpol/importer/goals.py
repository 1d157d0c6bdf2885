"""The manifest of a compilation, to where the results of menus lead that no reply names: digits, silence, wrong keys.

Without a manifest they go to `on pie otherwise`, because a reply does not say which of the others answers them.

Invariant: keys are not touched: their goals stand in the reply.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import replace
from recpol.base.source import Span
from recpol.base.typing import Any, assert_never
from recpol.syntax import tree
from recpol.targets.filenames import pie_handler

Goals = Mapping[tuple[str, str, str], str]
"""From the file of a reply, the id of a menu and the type of a result, to the name of the PIE reply."""


def goals_of(manifest: Any) -> Goals:
    """The goals that a manifest tells; what is not as a manifest has it tells nothing."""
    found: dict[tuple[str, str, str], str] = {}
    replies = manifest.get("replies") if isinstance(manifest, dict) else None
    for reply in replies if isinstance(replies, list) else ():
        file = reply.get("file") if isinstance(reply, dict) else None
        answers = reply.get("answers") if isinstance(reply, dict) else None
        name = pie_handler(file) if isinstance(file, str) else None
        if name is None or not isinstance(answers, list):
            continue
        for answer in answers:
            if isinstance(answer, dict) and isinstance(answer.get("after"), list):
                for origin in answer["after"]:
                    found[str(origin), str(answer.get("menuId")), str(answer.get("type"))] = name
    return found


_FAILS = (("timeout", "timeout"), ("invalid", "invalidinput"))


def with_goals(handler: tree.OnBlock, file: str, goals: Goals) -> tree.OnBlock:
    """A handler whose menus lead where the manifest says."""
    return replace(handler, segments=tuple(_item(item, file, goals) for item in handler.segments))


def _item(item: tree.Item, file: str, goals: Goals) -> tree.Item:
    match item:
        case tree.Block():
            return replace(item, segments=tuple(_item(inner, file, goals) for inner in item.segments))
        case tree.Segment():
            menu = item.body
            if not isinstance(menu, tree.Menu):
                return item
            return replace(item, body=replace(menu, items=_items(menu.items, "main", menu.span, file, goals)))
        case tree.Broken():
            return item
        case _:
            assert_never(item)


def _items(
    items: tuple[tree.MenuItem, ...], menu: str, span: Span, file: str, goals: Goals
) -> tuple[tree.MenuItem, ...]:
    found: list[tree.MenuItem] = []
    further: list[tree.MenuItem] = []
    for item in items:
        if isinstance(item, tree.DigitsItem):
            found.append(replace(item, goal=_goal(goals.get((file, menu, "sequence"), "otherwise"), item.span)))
        elif isinstance(item, tree.Submenu):
            inner = _items(item.items, item.name.text, item.name.span, file, goals)
            further.append(replace(item, items=inner))
        else:
            found.append(item)
    for word, kind in _FAILS:
        name = goals.get((file, menu, kind))
        if name is not None:
            found.append(tree.FailItem(word, _goal(name, span), span))
    return (*found, *further)


def _goal(name: str, span: Span) -> tree.Goal:
    return tree.Goal(tree.Word(name, span), False, span)
