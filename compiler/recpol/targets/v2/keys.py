"""Keys and menus as Voice API v2 names them: the expressions of `matches`, and the names of the menus of one command.

Invariant: two menus of one command never get one name.
"""

from __future__ import annotations

from recpol.analysis.menus import MenuNode
from recpol.platform.v2.commands import MENU_NAME, STAR
from recpol.syntax import tree


def digits_of(item: tree.DigitsItem) -> str:
    """The expression that entered digits match, with or without the `#` that ends them."""
    return f"[0-9]{{1,{item.count.value}}}#?"


def key_of(keys: tuple[str, ...], *, alone: bool) -> str:
    """Keys as one expression. Beside digits, a key is an input with or without the `#` that ends it."""
    one = f"[{''.join(keys)}]" if len(keys) > 1 else _literal(keys[0])
    return one if alone else one + "#?"


def _literal(key: str) -> str:
    return STAR if key == "*" else key


def menu_names(listed: tuple[MenuNode, ...]) -> dict[str, str]:
    """What the menus of one command are called: their own names, cut and numbered where they are too long."""
    names: dict[str, str] = {}
    for number, menu in enumerate(listed):
        tail = f"-{number}"
        short = menu.id if len(menu.id) <= MENU_NAME.value else menu.id[: MENU_NAME.value - len(tail)] + tail
        names[menu.id] = short if short not in names.values() else f"menu{tail}"
    return names
