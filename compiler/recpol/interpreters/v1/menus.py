"""The menus of one RunMenu action: what a caller hears, where each key leads and what the platform can report.

Invariant: only what a caller can get to from the menu `main` counts. A part without a documented meaning is left out
and is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.calls.trace import Sound
from recpol.interpreters.assumptions import Assumption
from recpol.interpreters.v1.forms import FormBody, shown, unknown

ResultType = Literal["return", "sequence", "timeout", "invalidinput"]


class MenuResult(Record):
    """One thing that a RunMenu can report in a PIE callback.

    `value` is what `return(…)` holds, and none for the other types; `keys` are the menu's keys that return it.
    """

    menu_id: str
    type: ResultType
    value: str | None = None
    keys: tuple[str, ...] = ()


class KeyStep(Record):
    """What a key does: go to another `menu` of the same RunMenu, or `return` a value to the backend."""

    to: Literal["menu", "return"]
    name: str


class PlayedMenu(Record):
    """One menu: its sound, its keys, and whether it collects digits."""

    id: str
    sound: Sound
    keys: Mapping[str, KeyStep]
    digits: bool


class Menus(Record):
    """The menus of one RunMenu that a caller can get to, in document order, with what is wrong and what is assumed."""

    menus: Mapping[str, PlayedMenu]
    problems: tuple[str, ...] = ()
    assumptions: frozenset[Assumption] = frozenset()

    @property
    def results(self) -> tuple[MenuResult, ...]:
        """What the platform can report, menu by menu: returned values, digits, a timeout, invalid input."""
        return tuple(result for menu in self.menus.values() for result in _results(menu))


def read(action: FormBody) -> Menus:
    """The menus of a RunMenu action (as parsed from JSON); any value gives an answer."""
    problems: list[str] = []
    main = action.get("mainMenu")
    if main is not None and main != "main":
        problems.append("`mainMenu` is not `main`: the documents disagree on which of the two is played first")
    listed = action.get("menus")
    if not isinstance(listed, list):
        listed = []
    found: dict[str, PlayedMenu] = {}
    for place, value in enumerate(listed, 1):
        menu = _menu(value, f"menu {place}", problems)
        if menu is None:
            continue
        if menu.id in found:
            problems.append(f"two menus have the id {shown(menu.id)}")
        found.setdefault(menu.id, menu)
    for menu in found.values():
        for key, step in menu.keys.items():
            if step.to == "menu" and step.name not in found:
                problems.append(
                    f"key {key} of menu {shown(menu.id)} leads to the menu {shown(step.name)}, which is missing"
                )
    if "main" not in found:
        problems.append("RunMenu has no menu `main`, so nothing can be played")
    reached = _reached(found)
    menus = {id_: menu for id_, menu in found.items() if id_ in reached}
    both = any(menu.digits and menu.keys for menu in menus.values())
    return Menus(menus, tuple(problems), frozenset(("keys-and-digits",)) if both else frozenset())


def _reached(menus: Mapping[str, PlayedMenu]) -> set[str]:
    reached: set[str] = set()
    waiting = ["main"]
    while waiting:
        id_ = waiting.pop()
        if id_ in menus and id_ not in reached:
            reached.add(id_)
            waiting += [step.name for step in menus[id_].keys.values() if step.to == "menu"]
    return reached


def _results(menu: PlayedMenu) -> Iterator[MenuResult]:
    returned: dict[str, tuple[str, ...]] = {}
    for key, step in menu.keys.items():
        if step.to == "return":
            returned[step.name] = (*returned.get(step.name, ()), key)
    for value, keys in returned.items():
        yield MenuResult(menu.id, "return", value, keys)
    if menu.digits:
        yield MenuResult(menu.id, "sequence")
    yield MenuResult(menu.id, "timeout")
    yield MenuResult(menu.id, "invalidinput")


_MENU = frozenset(
    ("id", "mainPrompt", "repeatPrompt", "repeats", "maxDigits", "timeoutMills", "maxTimeoutMills", "options"),
)
_OPTION = frozenset(("dtmf", "action"))


def _menu(value: object, where: str, problems: list[str]) -> PlayedMenu | None:
    if not isinstance(value, dict):
        problems.append(f"{where} is not an object")
        return None
    id_ = value.get("id")
    if not isinstance(id_, str):
        problems.append(f"{where} has no id")
        return None
    where = f"menu {shown(id_)}"
    problems += unknown(value, _MENU, where)
    prompts = []
    for name in ("mainPrompt", "repeatPrompt"):
        prompt = value.get(name, "")
        if not isinstance(prompt, str):
            problems.append(f"`{name}` of {where} is not a text")
            prompt = ""
        prompts.append(prompt)
    limit = value.get("maxDigits")
    digits = isinstance(limit, int) and not isinstance(limit, bool) and limit > 0
    if limit is not None and not digits:
        problems.append(f"`maxDigits` of {where} is not a whole number above 0")
    return PlayedMenu(id_, Sound("menu", (id_, *prompts)), _keys(value.get("options"), where, problems), digits)


def _keys(options: object, where: str, problems: list[str]) -> dict[str, KeyStep]:
    if options is None:
        return {}
    if not isinstance(options, list):
        problems.append(f"`options` of {where} is not a list")
        return {}
    keys: dict[str, KeyStep] = {}
    for option in options:
        if not isinstance(option, dict):
            problems.append(f"an option of {where} is not an object")
            continue
        problems += unknown(option, _OPTION, f"an option of {where}")
        key, step = _key(option.get("dtmf")), _step(option.get("action"))
        if key is None:
            problems.append(f"`dtmf` of an option of {where} is not one key")
        elif step is None:
            problems.append(f"key {key} of {where} does neither `return(…)` nor `menu(…)`")
        elif key in keys:
            problems.append(f"key {key} of {where} has two options")
        else:
            keys[key] = step
    return keys


def _key(value: object) -> str | None:
    if isinstance(value, str):
        return value if len(value) == 1 and value in "0123456789*#" else None
    # Some official examples write the key as a number.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9 else None


_STEP = re.compile(r"(return|menu)\((.*)\)", re.DOTALL)


def _step(value: object) -> KeyStep | None:
    match = _STEP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    return KeyStep("menu" if match[1] == "menu" else "return", match[2])
