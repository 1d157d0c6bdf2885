"""Makers of menus, prompts and parking."""

from __future__ import annotations

from recpol.ground.source import Span
from recpol.model import ast
from recpol.model.build.shared import Children, one, tags
from recpol.syntax.parser import Leaf, Maker


def spoken(children: Children, span: Span) -> ast.Spoken:
    return ast.Spoken(children[0], False, span)


def spoken_ssml(children: Children, span: Span) -> ast.Spoken:
    return ast.Spoken(children[0], True, span)


def played(children: Children, span: Span) -> ast.Played:
    return ast.Played(children[0], span)


def prompt(children: Children, span: Span) -> ast.Prompt:
    return ast.Prompt(tuple(children), span)


def prompt_item(children: Children, span: Span) -> ast.PromptItem:
    return ast.PromptItem(children[0], span)


def times(children: Children, span: Span) -> ast.Number:
    return ast.Number(children[0].text, children[0].span)


def repeat_item(children: Children, span: Span) -> ast.RepeatItem:
    return ast.RepeatItem(children[0], one(children, ast.Number), span)


def up_to(children: Children, span: Span) -> ast.Duration:
    limit: ast.Duration = children[0]
    return limit


def wait_item(children: Children, span: Span) -> ast.WaitItem:
    return ast.WaitItem(children[0], children[1] if len(children) > 1 else None, span)


def barge_item(children: Children, span: Span) -> ast.SwitchItem:
    return ast.SwitchItem("barge", children[0], span)


def voice_item(children: Children, span: Span) -> ast.SwitchItem:
    return ast.SwitchItem("voice", children[0], span)


def goal_reply(children: Children, span: Span) -> ast.Goal:
    return ast.Goal(children[0], False, span)


def goal_menu(children: Children, span: Span) -> ast.Goal:
    return ast.Goal(children[0], True, span)


def key_item(children: Children, span: Span) -> ast.KeyItem:
    key = children[0]
    written = key.value if isinstance(key, ast.Text) else key.text
    return ast.KeyItem(ast.Word(written, key.span), children[1], span)


def digits_item(children: Children, span: Span) -> ast.DigitsItem:
    return ast.DigitsItem(children[0], children[1], span)


def timeout_item(children: Children, span: Span) -> ast.FailItem:
    return ast.FailItem("timeout", children[0], span)


def invalid_item(children: Children, span: Span) -> ast.FailItem:
    return ast.FailItem("invalid", children[0], span)


def submenu(children: Children, span: Span) -> ast.Submenu:
    items = tuple(child for child in children[1:] if not isinstance(child, Leaf))
    return ast.Submenu(children[0], tags(children), items, span)


def menu(children: Children, span: Span) -> ast.Menu:
    return ast.Menu(tuple(children), span)


def intro_item(children: Children, span: Span) -> ast.ParkPrompt:
    return ast.ParkPrompt("intro", children[0], span)


def hold_item(children: Children, span: Span) -> ast.ParkPrompt:
    return ast.ParkPrompt("hold", children[0], span)


def max_duration_item(children: Children, span: Span) -> ast.ParkLimit:
    return ast.ParkLimit(children[0], span)


def park(children: Children, span: Span) -> ast.Park:
    return ast.Park(tuple(children), span)

_ALL: tuple[Maker, ...] = (spoken, spoken_ssml, played, prompt, prompt_item, times, repeat_item, up_to, wait_item, barge_item, voice_item, goal_reply, goal_menu, key_item, digits_item, timeout_item, invalid_item, submenu, menu, intro_item, hold_item, max_duration_item, park)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
}
