"""Makers of menus, prompts and parking."""

from __future__ import annotations

from recpol.base.source import Span
from recpol.base.typing import Any
from recpol.syntax import tree
from recpol.syntax.builders.shared import Children, InLocale, located, one, tags
from recpol.syntax.moves import Leaf, Maker


def _lines(children: Children) -> tuple[Any, ...]:
    return tuple(child for child in children if not isinstance(child, InLocale))


def spoken(children: Children, span: Span) -> tree.Spoken:
    return tree.Spoken(children[0], False, located(children), span)


def spoken_ssml(children: Children, span: Span) -> tree.Spoken:
    return tree.Spoken(children[0], True, located(children), span)


def played(children: Children, span: Span) -> tree.Played:
    return tree.Played(children[0], located(children), span)


def prompt(children: Children, span: Span) -> tree.Prompt:
    return tree.Prompt(tuple(children), span)


def prompt_item(children: Children, span: Span) -> tree.PromptItem:
    return tree.PromptItem(children[0], span)


def times(children: Children, span: Span) -> tree.Number:
    return tree.Number(children[0].text, children[0].span)


def repeat_item(children: Children, span: Span) -> tree.RepeatItem:
    return tree.RepeatItem(children[0], one(children, tree.Number), span)


def up_to(children: Children, span: Span) -> tree.Duration:
    limit: tree.Duration = children[0]
    return limit


def wait_item(children: Children, span: Span) -> tree.WaitItem:
    return tree.WaitItem(children[0], children[1] if len(children) > 1 else None, span)


def barge_item(children: Children, span: Span) -> tree.SwitchItem:
    return tree.SwitchItem("barge", children[0], span)


def voice_item(children: Children, span: Span) -> tree.SwitchItem:
    return tree.SwitchItem("voice", children[0], span)


def goal_reply(children: Children, span: Span) -> tree.Goal:
    return tree.Goal(children[0], False, span)


def goal_menu(children: Children, span: Span) -> tree.Goal:
    return tree.Goal(children[0], True, span)


def key_item(children: Children, span: Span) -> tree.KeyItem:
    key = children[0]
    written = key.value if isinstance(key, tree.Text) else key.text
    return tree.KeyItem(tree.Word(written, key.span), children[1], span)


def digits_item(children: Children, span: Span) -> tree.DigitsItem:
    return tree.DigitsItem(children[0], children[1], span)


def timeout_item(children: Children, span: Span) -> tree.FailItem:
    return tree.FailItem("timeout", children[0], span)


def invalid_item(children: Children, span: Span) -> tree.FailItem:
    return tree.FailItem("invalid", children[0], span)


def submenu(children: Children, span: Span) -> tree.Submenu:
    items = tuple(child for child in children[1:] if not isinstance(child, Leaf))
    return tree.Submenu(children[0], tags(children), items, span)


def menu(children: Children, span: Span) -> tree.Menu:
    return tree.Menu(located(children), _lines(children), span)


def intro_item(children: Children, span: Span) -> tree.ParkPrompt:
    return tree.ParkPrompt("intro", children[0], span)


def hold_item(children: Children, span: Span) -> tree.ParkPrompt:
    return tree.ParkPrompt("hold", children[0], span)


def max_duration_item(children: Children, span: Span) -> tree.ParkLimit:
    return tree.ParkLimit(children[0], span)


def park(children: Children, span: Span) -> tree.Park:
    return tree.Park(located(children), _lines(children), span)


_ALL: tuple[Maker, ...] = (
    spoken,
    spoken_ssml,
    played,
    prompt,
    prompt_item,
    times,
    repeat_item,
    up_to,
    wait_item,
    barge_item,
    voice_item,
    goal_reply,
    goal_menu,
    key_item,
    digits_item,
    timeout_item,
    invalid_item,
    submenu,
    menu,
    intro_item,
    hold_item,
    max_duration_item,
    park,
)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
}
