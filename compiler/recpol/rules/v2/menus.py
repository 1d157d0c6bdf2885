"""Rules about menus of Voice API v2: where they lead, and which inputs they understand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar, Member, Object
from recpol.base.nearest import KnownWords
from recpol.base.typing import NamedTuple
from recpol.interpreters.v2.matches import Expression, Unread, expression
from recpol.platform.sources import VOICE_V2
from recpol.platform.v2.commands import MATCH_CHARACTERS, MATCHES
from recpol.rules.rule import json_rule
from recpol.rules.v2.steps import steps
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandNode, CommandPlace, menus_of
from recpol.svaml.values import known_now


@json_rule("error", covers=("C32",))
def menu_not_there(document: Document) -> Iterator[Finding]:
    """A `startMenu` or `gotoMenu` to a menu that is not there, or a `gotoMenu` outside of any menu.

    Both name one of the `menus` of the command around them (SDK).

    Wrong:
    ```json
    {
      "command": "menu",
      "startMenu": "first",
      "menus": {"main": {"matches": {"1": [{"command": "hangup"}]}}}
    }
    ```

    Right:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"1": [{"command": "hangup"}]}}}
    }
    ```
    """
    known: dict[CommandNode, _Keys] = {}
    for _, step in steps(document):
        if step.is_a == "menu" and step.command.object is not None:
            known[step.command] = _Keys({member.name: member for member, _ in menus_of(step.command.node)})
            yield from _leads(step, known[step.command], "startMenu")
        elif step.is_a == "gotoMenu" and step.at is not None:
            around = next((outer for outer in reversed(step.trail[:-1]) if outer.is_a == "menu"), None)
            if around is not None:
                yield from _leads(step, known[around.command], "menuName")
            elif document.scripts[0].role != "command":
                yield Finding(
                    "there is no menu around this",
                    step.at.inside,
                    why=f"`gotoMenu` stands in `matches` or `onFailure` of a `menu` ({VOICE_V2})",
                    help="write a `menu` in its place",
                )


class _Keys:
    """The keys of `menus`, and the words that another name can be meant as."""

    def __init__(self, members: dict[str, Member]) -> None:
        self.members = members
        self.words = KnownWords(members)


def _leads(step: CommandPlace, keys: _Keys, key: str) -> Iterator[Finding]:
    name, known = step.command.text(key), keys.members
    if name is None or known_now(name) is None or name.text in known or not known or not name.text.strip():
        return
    close = keys.words.nearest(name.text)
    yield Finding(
        f"there is no menu `{name.text}`",
        name.inside,
        notes=(Note(known[close].key.inside, "a menu of nearly that name"),) if close else (),
        why=f"`{key}` is a key of `menus` ({VOICE_V2})",
        help=f"did you mean `{close}`?" if close else f"write one of `menus`, or add `{name.text}` to them",
    )


class _Match(NamedTuple):
    """A key of `matches`; the one input that it stands for, empty where it is a regular expression, and that."""

    key: JsonScalar
    literal: str
    read: Expression | Unread


_LITERAL = re.compile(r"(?:[0-9A-Da-d#]|\\\*|\\#)+")
_COUNTED = 12
"""How long an input is held against expressions: nobody keys in more."""


def _matches(menu: Object) -> list[_Match]:
    node = menu.get("matches")
    members: tuple[Member, ...] = node.members if isinstance(node, Object) else ()
    return [
        _Match(m.key, m.name.replace("\\", "") if _LITERAL.fullmatch(m.name) else "", expression(m.name))
        for m in members
        if "{{" not in m.name
    ]


def _menus(document: Document) -> Iterator[Object]:
    for _, step in steps(document):
        if step.is_a == "menu":
            yield from (menu for _, menu in menus_of(step.command.node))


@json_rule("error", covers=("C40",))
def bad_match(document: Document) -> Iterator[Finding]:
    r"""A key of `matches` that is no expression, is too long, or one of too many.

    Keys are texts or regular expressions, at most 50 of 256 characters (SDK). The star key is written `\*`, which in
    JSON is `"\\*"`: a bare `*` repeats what stands before it. Which dialect of expressions the platform has is not
    documented: only what is wrong in all of them is found.

    Wrong:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"*": [{"command": "hangup"}]}}}
    }
    ```

    Right:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"\\*": [{"command": "hangup"}]}}}
    }
    ```
    """
    for menu in _menus(document):
        matches = _matches(menu)
        for number, (key, _, read) in enumerate(matches):
            if number == MATCHES.value:
                message = f"there are {len(matches)} matches; {MATCHES.value} are allowed"
                yield Finding(message, key.inside, why=_most(MATCHES.text), help="use expressions that hold several")
            if len(key.text) > MATCH_CHARACTERS.value:
                message = f"this has {len(key.text)} characters; {MATCH_CHARACTERS.value} are allowed"
                yield Finding(message, key.inside, why=_most(MATCH_CHARACTERS.text), help="make it shorter")
            elif not key.text:
                yield Finding("an empty key matches nothing", key.span, help="write what is keyed in")
            elif re.fullmatch(r"[0-9#]*\*[0-9#*]*", key.text):
                meant = key.text.replace("*", r"\\*")
                yield Finding(
                    f"the star key is not `{key.text}` but `{meant}`",
                    key.inside,
                    why=rf"keys can be regular expressions, and `\*` is the star key ({VOICE_V2})",
                    help=f'write `"{meant}"`',
                    severity=None if key.text.startswith("*") else "warning",
                )
            elif read == "wrong":
                yield Finding(
                    f"`{key.text}` is no regular expression",
                    key.inside,
                    why=f"keys are texts or regular expressions ({VOICE_V2})",
                    help="check its brackets and signs",
                )


def _most(text: str) -> str:
    return f"there are at most {text} ({VOICE_V2})"


@json_rule("warning", covers=("C40",))
def match_never_comes(document: Document) -> Iterator[Finding]:
    """A key of `matches` that no input can reach.

    Keys are tried in the order in which they are written, and the first that fits is taken (SDK): an expression for
    everything belongs at the end. And an input has one character where nothing else is said: `minimumInputLength` and
    `maximumInputLength` are 1.

    Wrong:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"[0-9]": [{"command": "answer"}], "1": [{"command": "hangup"}]}}}
    }
    ```

    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"12": [{"command": "hangup"}]}}}
    }
    ```

    Right:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"matches": {"1": [{"command": "hangup"}], "[0-9]": [{"command": "answer"}]}}}
    }
    ```

    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {"main": {"maximumInputLength": 2, "matches": {"12": [{"command": "hangup"}]}}}
    }
    ```
    """
    for menu in _menus(document):
        matches = _matches(menu)
        least, most = _length(menu, "minimumInputLength"), _length(menu, "maximumInputLength")
        ended = menu.find("terminatingSequence") is not None
        for number, (key, literal, _) in enumerate(matches[: 2 * MATCHES.value]):
            if not literal:
                continue
            earlier = next((one for one in matches[:number] if _takes(one, literal)), None)
            if earlier is not None:
                yield Finding(
                    f"`{earlier.key.text}` before this takes its input",
                    key.inside,
                    notes=(Note(earlier.key.inside, "taken here"),),
                    why=f"keys are tried in their order, and the first that fits is taken ({VOICE_V2})",
                    help="put it first",
                )
            elif not ended and least is not None and most is not None and not least <= len(literal) <= most:
                limit, value = ("maximumInputLength", most) if len(literal) > most else ("minimumInputLength", least)
                there = menu.find(limit)
                said = f"`{limit}` is {value}" + (" where it is left out" if there is None else "")
                yield Finding(
                    f"`{key.text}` cannot be keyed in: an input has {'at most' if value == most else 'at least'} "
                    f"{value} character{'s' if value != 1 else ''}",
                    key.inside,
                    notes=() if there is None else (Note(there.value.span, "the limit"),),
                    why=f"{said} ({VOICE_V2})",
                    help=f'write `"{limit}": {len(literal)}`',
                )


def _length(menu: Object, name: str) -> int | None:
    """A bound of the input's length, 1 where it is left out; None where it is not a number."""
    value = menu.get(name)
    return 1 if value is None else value.integer if isinstance(value, JsonScalar) else None


def _takes(match: _Match, text: str) -> bool:
    if match.literal:
        return match.literal == text
    return isinstance(match.read, Expression) and len(text) <= _COUNTED and match.read.takes(text)


@json_rule("error", covers=("C40", "C42"))
def bad_menu(document: Document) -> Iterator[Finding]:
    """A menu whose parts contradict each other.

    A `repeatPrompt` needs a `prompt` that it repeats, and `minimumInputLength` is no more than `maximumInputLength`,
    which is 1 where it is left out (SDK).

    Wrong:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {
        "main": {
          "repeatPrompt": {"messages": [{"type": "SAY", "say": {"text": "Press 1.", "voiceName": "Amy"}}]},
          "matches": {"1": [{"command": "hangup"}]}
        }
      }
    }
    ```

    Right:
    ```json
    {
      "command": "menu",
      "startMenu": "main",
      "menus": {
        "main": {
          "prompt": {"messages": [{"type": "SAY", "say": {"text": "Press 1.", "voiceName": "Amy"}}]},
          "matches": {"1": [{"command": "hangup"}]}
        }
      }
    }
    ```
    """
    for menu in _menus(document):
        repeat = menu.find("repeatPrompt")
        if repeat is not None and menu.find("prompt") is None:
            yield Finding(
                "a `repeatPrompt` without a `prompt`",
                repeat.key.inside,
                why=f"it is allowed only where there is a `prompt` ({VOICE_V2})",
                help="call it `prompt`; it is repeated where there is no `repeatPrompt`",
            )
        shortest = menu.find("minimumInputLength")
        least, most = _length(menu, "minimumInputLength"), _length(menu, "maximumInputLength")
        if shortest is not None and least is not None and most is not None and least > most:
            longest = menu.find("maximumInputLength")
            yield Finding(
                f"an input of at least {least} characters is longer than the longest one, which has {most}",
                shortest.value.span,
                notes=() if longest is None else (Note(longest.value.span, "the longest"),),
                why=f"`maximumInputLength` is 1 where it is left out ({VOICE_V2})",
                help=f'write `"maximumInputLength": {least}` or more',
            )
