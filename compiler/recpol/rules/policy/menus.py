"""Rules about menus: what a caller can choose, where it leads, and what a menu may say of itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.menus import MenuNode
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.nearest import KnownWords
from recpol.base.source import Span
from recpol.platform import limits
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.edits import meant
from recpol.rules.notation import Notation
from recpol.rules.policy.known import did_you_mean
from recpol.rules.policy.places import head
from recpol.rules.rule import rule, shared_rule
from recpol.syntax import tree


@lru_cache(maxsize=2)  # rules ask for those of the same program one after the other
def _blocks(program: Program) -> tuple[tuple[Step, tuple[MenuNode, ...]], ...]:
    """Every `menu` block with its menus, the first one in front."""
    blocks: dict[int, list[MenuNode]] = {}
    for step in program.steps:
        if isinstance(step.body, tree.AnyMenu):
            if isinstance(step.body, tree.Menu):
                blocks[step.index] = [MenuNode(limits.MAIN_MENU, step.body, step)]
            elif step.parent is not None:
                blocks[step.parent].append(MenuNode(step.body.name.text, step.body, step))
    return tuple((program.steps[first], tuple(block)) for first, block in blocks.items())


def _items(program: Program) -> Iterator[tuple[MenuNode, tree.MenuItem]]:
    for _, block in _blocks(program):
        for menu in block:
            for item in menu.node.items:
                yield menu, item


def _unknown_goals(block: tuple[MenuNode, ...]) -> Iterator[tree.Goal]:
    """The `-> menu NAME` of keys that lead to no menu of their block."""
    known = {menu.id for menu in block}
    for menu in block:
        for item in menu.node.items:
            if isinstance(item, tree.KeyItem) and item.goal.menu and item.goal.name.text not in known:
                yield item.goal


@shared_rule("error", binding=True, most="warning")
def empty_menu(program: Program, say: Notation) -> Iterator[Finding]:
    """A menu in which there is nothing to choose.

    A menu takes keys (`key`) or a row of digits (`digits`); without either every call would end in silence or a wrong
    key.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Please hold the line." } }
    on pie otherwise { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 to be connected." key 1 -> desk } }
    on pie desk { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for _, block in _blocks(program):
        for menu in block:
            if not any(isinstance(item, tree.ChoiceItem | tree.Broken) for item in menu.node.items):
                yield Finding(
                    "there is nothing to choose in this menu",
                    head(menu.step),
                    help=say.add_choices,
                )


@shared_rule("error", binding=True, covers=("C07",))
def unknown_menu(program: Program, say: Notation) -> Iterator[Finding]:
    """A key that goes to a menu which its block does not have.

    `-> menu NAME` goes to another menu of the same block without asking the backend; `menu main` is the first one.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1 for more, 2 for sales."
        key 1 -> menu moer
        key 2 -> sales
        menu more { prompt "Press 1 for sales." key 1 -> sales }
      }
    }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1 for more, 2 for sales."
        key 1 -> menu more
        key 2 -> sales
        menu more { prompt "Press 1 for sales." key 1 -> sales }
      }
    }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for step, block in _blocks(program):
        if program.handler_of(step).broken:
            continue
        known = KnownWords(menu.id for menu in block)
        miscased = {menu.id.lower() for menu in block if menu.id.lower() != menu.id}  # bad-name speaks
        for goal in _unknown_goals(block):
            name = goal.name.text
            if name in miscased:
                continue
            otherwise = say.add_menu(name)
            if f"pie {name}" in program.graph.first:
                otherwise = say.return_instead(name)
            help_ = did_you_mean(name, known, otherwise)
            fixes = meant(goal.name.span, name, known)
            yield Finding(say.no_menu(name), goal.name.span, help=help_, fixes=fixes)


@rule("error", binding=True)
def menu_goal(program: Program) -> Iterator[Finding]:
    """A `digits`, `timeout` or `invalid` that goes to another menu.

    Only the option of a key can play another menu; entered digits, silence and wrong keys are always told to the
    backend (Callback API page).

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1 for sales, 2 for help."
        key 1 -> sales
        key 2 -> menu help
        timeout -> menu help
        menu help { prompt "Press 1 for sales." key 1 -> sales }
      }
    }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales." key 1 -> sales timeout -> help } }
    on pie sales { connect pstn +46850020000 }
    on pie help { connect pstn +46850021111 }
    on pie otherwise { hangup }
    ```
    """
    for _, item in _items(program):
        if isinstance(item, tree.DigitsItem | tree.FailItem) and item.goal.menu:
            word = "digits" if isinstance(item, tree.DigitsItem) else item.name
            yield Finding(
                f"`{word}` cannot go to another menu",
                item.goal.span,
                why=f"only the option of a key has `menu(…)`; other results are sent to the backend ({CALLBACK_PAGE})",
                help=f"write `-> {item.goal.name.text}`, and the menu in `on pie {item.goal.name.text}`",
            )


@shared_rule("error", binding=True, covers=("C11",))
def bad_key(program: Program, say: Notation) -> Iterator[Finding]:
    """A `key` that is not one key of a telephone: `0` to `9`, `*` or `#`.

    The hash key is written between quotes, because a bare `#` begins a comment. More than one key in a row is `digits`.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Dial 12." key 12 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 or the hash key." key 1 -> sales key "#" -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for _, item in _items(program):
        if isinstance(item, tree.KeyItem) and (len(item.key.text) != 1 or item.key.text not in limits.MENU_KEYS):
            digits = item.key.text.isdigit() and len(item.key.text) > 1
            yield Finding(
                f"`{item.key.text}` is not one key" if item.key.text else "no key is named here",
                item.key.span,
                why=f"a menu's option stands for one key, `0` to `9`, `*` or `#` ({CALLBACK_PAGE})",
                help=say.several_keys(len(item.key.text)) if digits else say.keys,
            )


@shared_rule("error", binding=True, covers=("C11",), most="warning")
def line_twice(program: Program, say: Notation) -> Iterator[Finding]:
    """A line of a menu or of `park` that is there twice: the same key, or a second `prompt`, `wait`, `timeout`, ….

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales, 2 for help." key 1 -> sales key 1 -> help } }
    on pie sales { connect pstn +46850020000 }
    on pie help { connect pstn +46850021111 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales, 2 for help." key 1 -> sales key 2 -> help } }
    on pie sales { connect pstn +46850020000 }
    on pie help { connect pstn +46850021111 }
    on pie otherwise { hangup }
    ```
    """
    for step in program.steps:
        if not isinstance(step.body, tree.Lined):
            continue
        seen: dict[str, Span] = {}
        for item in step.body.items:
            named = _line(item)
            if named is not None:
                earlier = seen.setdefault(*named)
                if earlier is not named[1]:
                    notes = (Note(earlier, "the first one"),)
                    yield Finding(say.second(item, named[0]), named[1], notes=notes, help="keep one of the two")


def _line(item: tree.MenuItem | tree.ParkItem) -> tuple[str, Span] | None:
    """What may be there once, and the words that say it; None for what may be repeated."""
    if isinstance(item, tree.KeyItem):
        return f"key {item.key.text}", item.span.to(item.key.span)
    if isinstance(item, tree.Submenu | tree.Broken):
        return None
    word = item.span.text.split(None, 1)[0]
    return word, item.span.source.span(item.span.start, item.span.start + len(word))


@shared_rule("warning", covers=("C07",))
def unreachable_menu(program: Program, say: Notation) -> Iterator[Finding]:
    """A further menu that no key leads to.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1 for sales."
        key 1 -> sales
        menu more { prompt "Press 1 for sales." key 1 -> sales }
      }
    }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales." key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for step, block in _blocks(program):
        ids = {menu.id for menu in block}
        if program.handler_of(step).broken or any(_unknown_goals(block)) or len(ids) < len(block):
            continue  # what is wrong there explains why a menu is not reached
        reached = _reached(block)
        keys = [item for menu in block for item in menu.node.items if isinstance(item, tree.KeyItem)]
        returns = {item.goal.name.text: item for item in reversed(keys) if not item.goal.menu}
        for menu in block:
            if menu.id not in reached:
                meant = returns.get(menu.id)
                key = "…" if meant is None else meant.key.text
                where = Note(head(step), say.menu_block)
                if meant is not None:
                    where = Note(meant.goal.span, say.returns(menu.id))
                yield Finding(
                    f"no key leads to the menu `{menu.id}`",
                    head(menu.step),
                    notes=(where,),
                    help=f"{say.lead_to_menu(key, menu.id)}, or delete the menu",
                )


def _reached(block: tuple[MenuNode, ...]) -> set[str]:
    """The menus that a caller gets to, or would get to if every line could go to another menu."""
    by_id = {menu.id: menu for menu in block}
    queue, seen = [limits.MAIN_MENU], {limits.MAIN_MENU}
    while queue:
        for item in by_id[queue.pop()].node.items:
            if isinstance(item, tree.GoalItem) and item.goal.menu:
                name = item.goal.name.text
                if name in by_id and name not in seen:
                    seen.add(name)
                    queue.append(name)
    return seen
