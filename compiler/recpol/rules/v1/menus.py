"""Rules about menus in documents: the first one, their ids, and what a key does."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Fix, Note
from recpol.base.jsontree import Array, JsonScalar, Object
from recpol.platform.sources import CALLBACK_PAGE, JAVA_SDK, LEGACY_SDK, NODE_SDK, cite
from recpol.rules.edits import write
from recpol.rules.rule import json_rule
from recpol.rules.v1.parts import parts
from recpol.svaml.document import Document, ReplyPart
from recpol.svaml.v1.segments import goal_of
from recpol.svaml.values import known_now


def _menus(document: Document) -> Iterator[tuple[ReplyPart, list[Object]]]:
    """Every RunMenu with its menus."""
    for _, part in parts(document):
        if part.is_a == "RunMenu" and part.object is not None and part.name is not None:
            listed = part.object.get("menus")
            items = listed.items if isinstance(listed, Array) else ()
            yield part, [item for item in items if isinstance(item, Object)]


@json_rule("error", covers=("C06", "C09"))
def first_menu(document: Document) -> Iterator[Finding]:
    """A `RunMenu` without a menu `main`, or with another first menu.

    One menu must have the id `main`, or the platform answers with an error (Callback API page). `mainMenu` names the
    first menu in some sources, while others say that `main` always comes first: where the two differ it is a warning.

    Wrong:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [
          {"id": "start", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return(x)"}]}
        ]
      }
    }
    ```

    Right:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [
          {"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return(x)"}]}
        ]
      }
    }
    ```
    """
    why = f"one menu must have the id `main` ({CALLBACK_PAGE})"
    for part, menus in _menus(document):
        ids = [(menu.text("id"), menu) for menu in menus]
        first = part.object.text("mainMenu") if part.object is not None else None
        at = part.name.inside if part.name is not None else part.node.span
        if menus and not any(name is not None and name.text == "main" for name, _ in ids):
            spelled = next((name for name, _ in ids if name is not None and name.text.lower() == "main"), None)
            help_ = "write `main`" if spelled is not None else "give the first one the id `main`"
            fixes = write(spelled.inside, "main") if spelled is not None else ()
            place = at if spelled is None else spelled.inside
            yield Finding("no menu has the id `main`", place, why=why, help=help_, fixes=fixes)
        elif first is not None and first.text != "main":
            yield Finding(
                f"whether `{first.text}` or `main` plays first is in doubt",
                first.inside,
                why=f"`mainMenu` chooses, or `main` comes first: sources disagree ({cite(CALLBACK_PAGE, NODE_SDK)})",
                help="give the first menu the id `main`, and name it here",
                severity="warning",
            )


@json_rule("error", covers=("C07",))
def menu_id_twice(document: Document) -> Iterator[Finding]:
    """Two menus of one `RunMenu` with the same id.

    `menu(…)` and the result that the backend gets tell menus apart by their ids (Callback API page).

    Wrong:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [
          {"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return(x)"}]},
          {"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return(y)"}]}
        ]
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
          {"id": "more", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return(y)"}]}
        ]
      }
    }
    ```
    """
    for _, menus in _menus(document):
        seen: dict[str, JsonScalar] = {}
        for menu in menus:
            name = menu.text("id")
            earlier = name and seen.setdefault(name.text, name)
            if name is not None and earlier is not None and earlier is not name:
                yield Finding(
                    f"a second menu `{name.text}`",
                    name.inside,
                    notes=(Note(earlier.inside, "the first one"),),
                    why=f"an id stands for one menu ({LEGACY_SDK})",
                    help="give one of them another id",
                )


@json_rule("error", covers=("C08",))
def menu_action(document: Document) -> Iterator[Finding]:
    """What a key does is not `return(VALUE)` or `menu(ID)`.

    `return(x)` sends `x` to the backend, `menu(y)` plays another menu (Callback API page). Without a value the backend
    cannot tell which key it was. With blanks in between, or other letters, no page has it: blanks alone are a warning.

    Wrong:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [{"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return"}]}]
      }
    }
    ```

    Right:
    ```json
    {
      "action": {
        "name": "RunMenu",
        "menus": [{"id": "main", "mainPrompt": "choose", "options": [{"dtmf": "1", "action": "return(sales)"}]}]
      }
    }
    ```
    """
    why = f"an option's action is `return(VALUE)` or `menu(ID)` ({cite(CALLBACK_PAGE, JAVA_SDK)})"
    for _, menus in _menus(document):
        for menu in menus:
            options = menu.get("options")
            for option in options.items if isinstance(options, Array) else ():
                action = option.text("action") if isinstance(option, Object) else None
                if action is None or not action.text.strip() or known_now(action) is None:
                    continue
                goal, meant = goal_of(action), _meant(action.text)
                if meant is not None and meant != action.text:
                    yield Finding(
                        f"`{action.text}` is not how `{meant}` is written",
                        action.inside,
                        why=why,
                        help=f"write `{meant}`",
                        severity=None if goal is None else "warning",
                        fixes=write(action.inside, meant),
                    )
                if goal is not None or meant is not None:
                    continue
                fixes: tuple[Fix, ...] = ()
                word = action.text.strip().partition("(")[0].strip().lower()
                if word in ("return", "menu"):
                    what = "without a value" if word == "return" else "without the id of a menu"
                    message = f"`{action.text}` is {what}"
                    help_ = f"write `{word}({'sales' if word == 'return' else 'more'})`"
                else:
                    message = f"`{action.text}` is not what a key can do"
                    fixes = write(action.inside, f"return({action.text})") if action.text.isalnum() else ()
                    help_ = (
                        f"write `return({action.text})` to send it to the backend"
                        if word.isalnum()
                        else "write `return(VALUE)`"
                    )
                yield Finding(message, action.inside, why=why, help=help_, fixes=fixes)


def _meant(action: str) -> str | None:
    """What is written as `Return (x);` and the like, as it should be; None where there is no value, or more."""
    word, _, rest = action.strip().rstrip("; ").partition("(")
    inside = rest.strip()
    value = inside[:-1].strip() if inside.endswith(")") else ""
    word = word.strip().lower()
    plain = bool(value) and "(" not in value and ")" not in value
    return f"{word}({value})" if word in ("return", "menu") and plain else None
