"""A rule about menus that nobody gets out of: their keys lead to each other and nowhere else.

Invariant: what cannot be read, and what no page speaks of, counts as a way out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.platform.sources import CALLBACK_PAGE, VOICE_V2
from recpol.rules.rule import json_rule
from recpol.rules.tables import tables_of_replies
from recpol.svaml.document import Document
from recpol.svaml.v1.segments import goal_of
from recpol.svaml.v2.commands import CommandList, CommandNode, menus_of
from recpol.svaml.values import known_now


class _Ways(Record):
    """Where a menu leads: the menus that its keys lead to, each with the place that says so, and that of failures.

    `out` is true where something may lead elsewhere; `failure` is None where no menu says what comes of silence.
    """

    at: Span
    keys: tuple[tuple[str, Span], ...]
    failure: str | None = None
    out: bool = False

    @property
    def goals(self) -> tuple[str, ...]:
        """All menus that it leads to."""
        return (*(name for name, _ in self.keys), *(() if self.failure is None else (self.failure,)))


@json_rule("info", covers=("C07",))
def menu_without_exit(document: Document) -> Iterator[Finding]:
    """Menus whose keys lead to each other, and nowhere else.

    Whatever a caller presses, another menu follows. In a `RunMenu` the backend hears of silence and of wrong keys alone
    then (Callback API page), and so it may in Voice API v2 where no `onFailure` is written: this is information. Where
    `onFailure` leads into such menus, too, the caller has no way out but to hang up, and it is a warning.

    Wrong:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [
          {"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "menu(more)"}]},
          {"id": "more", "mainPrompt": "more", "options": [{"dtmf": "1", "action": "menu(main)"}]}
        ]
      }
    }
    ```

    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {
        "main": {
          "matches": {"1": [{"command": "gotoMenu", "menuName": "main"}]},
          "onFailure": [{"command": "gotoMenu", "menuName": "main"}]
        }
      }
    }
    ```

    Right:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [
          {"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "menu(more)"}]},
          {"id": "more", "mainPrompt": "more", "options": [{"dtmf": "1", "action": "return(sales)"}]}
        ]
      }
    }
    ```

    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {
        "main": {
          "matches": {"1": [{"command": "gotoMenu", "menuName": "main"}]},
          "onFailure": [{"command": "hangup"}]
        }
      }
    }
    ```
    """
    for table in tables_of_replies(document):
        if table.shape.place == "RunMenu":
            voice = table.node.get("enableVoice")
            heard = voice is not None and not (isinstance(voice, JsonScalar) and voice.text == "false")
            ways = {} if heard else _of_replies(table.node.get("menus"))
            yield from _trapped(ways, "main", f"silence and wrong keys alone go to the backend ({CALLBACK_PAGE})")
    for script in document.scripts:
        for step in script.steps:
            first = step.command.text("startMenu") if step.is_a == "menu" else None
            if first is not None:
                why = f"without `onFailure`, silence and wrong keys are for the webhook to answer ({VOICE_V2})"
                yield from _trapped(_of_commands(step.command), first.text, why)


def _trapped(ways: Mapping[str, _Ways], first: str, why: str) -> Iterator[Finding]:
    """One finding for the menus, of those that a caller gets to, that lead to each other alone."""
    reached = _spread([first] if first in ways else [], ways)
    leading: dict[str, list[str]] = {}
    for name in reached:
        for goal in dict.fromkeys(ways[name].goals):
            leading.setdefault(goal, []).append(name)
    queue = [name for name in (*reached, *leading) if name not in ways or ways[name].out]
    free = set(queue)
    for name in queue:
        queue += (before := [one for one in leading.get(name, ()) if one not in free])
        free.update(before)
    shut = {name: ways[name] for name in reached if name not in free}
    if not shut:
        return
    sure = all(way.failure is not None for way in shut.values())
    begin, *more = shut.values()
    yield Finding(
        "no key leads out of this menu, and neither does silence" if sure else "no key leads out of this menu",
        begin.at,
        notes=(
            *(Note(at, "leads to a menu") for _, at in begin.keys[:3]),
            *(Note(way.at, "this one, too") for way in more[:3]),
        ),
        why=f"`onFailure` leads to a menu, too ({VOICE_V2})" if sure else why,
        help="let a key lead elsewhere",
        severity="warning" if sure else None,
    )


def _spread(queue: list[str], ways: Mapping[str, _Ways]) -> list[str]:
    """The menus that can be got to from some, in the order in which they are found."""
    seen = dict.fromkeys(queue)
    for name in queue:
        further = [goal for goal in ways[name].goals if goal in ways and goal not in seen]
        seen.update(dict.fromkeys(further))
        queue.extend(dict.fromkeys(further))
    return list(seen)


def _of_replies(menus: JsonNode | None) -> dict[str, _Ways]:
    """The menus of a `RunMenu`."""
    found: dict[str, _Ways] = {}
    for menu in menus.items if isinstance(menus, Array) else ():
        name = menu.text("id") if isinstance(menu, Object) else None
        if not isinstance(menu, Object) or name is None:
            continue
        options = menu.get("options")
        keys: list[tuple[str, Span]] = []
        out = menu.find("maxDigits") is not None or name.text in found
        for option in options.items if isinstance(options, Array) else ():
            action = option.text("action") if isinstance(option, Object) else None
            goal = None if action is None or known_now(action) is None else goal_of(action)
            if goal is not None and goal.menu:
                keys.append((goal.name.text, goal.name.span))
            else:
                out = True
        found[name.text] = _Ways(name.inside, tuple(keys), out=out or not keys)
    return found


_STAYING = ("gotoMenu", "messages", "stopMessages", "pause", "startRecording", "stopRecording")
"""Commands after which a call is where it was, or in the menu that they name."""


def _of_commands(command: CommandNode) -> dict[str, _Ways]:
    """The menus of a `menu` command."""
    lists = {id(handler.node): handler for handler in command.handlers}
    found: dict[str, _Ways] = {}
    for member, menu in menus_of(command.node):
        matches, failure = menu.get("matches"), menu.get("onFailure")
        written = [one.value for one in matches.members] if isinstance(matches, Object) else []
        goals = [_goal(lists.get(id(one))) for one in written]
        failed = None if failure is None else _goal(lists.get(id(failure)))
        keys = tuple((goal.text, goal.inside) for goal in goals if goal is not None)
        unsure = len(keys) < len(goals) or menu.find("onFail") is not None or (failure is not None and failed is None)
        out = unsure or not (keys or failed)
        found[member.name] = _Ways(member.key.inside, keys, None if failed is None else failed.text, out)
    return found


def _goal(commands: CommandList | None) -> JsonScalar | None:
    """The menu to which a list of commands leads, if that is all that it can come to."""
    listed = () if commands is None else commands.commands
    if any(command.is_a not in _STAYING or command.handlers for command in listed):
        return None
    goal = next((command.text("menuName") for command in listed if command.is_a == "gotoMenu"), None)
    return None if goal is None or known_now(goal) is None else goal
