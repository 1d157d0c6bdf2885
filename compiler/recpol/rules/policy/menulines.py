"""Rules about single lines of menus: counts, waits and switches."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.platform import limits
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.policy.places import head
from recpol.rules.rule import rule
from recpol.syntax import tree


def _items(program: Program) -> Iterator[tuple[Step, tree.MenuItem]]:
    """Every line of every menu, with the menu it belongs to."""
    for step in program.steps:
        if isinstance(step.body, tree.AnyMenu):
            for item in step.body.items:
                yield step, item


@rule("error", binding=True)
def no_digits(program: Program) -> Iterator[Finding]:
    """A menu that waits for `0` digits.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Enter your number." digits 0 -> entered } }
    on pie entered { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Enter your number." digits 6 -> entered } }
    on pie entered { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for _, item in _items(program):
        if isinstance(item, tree.DigitsItem) and item.count.value == 0:
            yield Finding(
                "a caller cannot enter 0 digits",
                item.count.span,
                why=f"it ends at this many, at `#`, or {limits.DIGITS_PAUSE.text} after the last ({CALLBACK_PAGE})",
                help="write the largest number of digits that a caller may enter",
            )


@rule("error", binding=True)
def menu_name_too_long(program: Program) -> Iterator[Finding]:
    """A further menu whose name is longer than 64 characters (legacy server SDK).

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1 for more."
        key 1 -> menu everything-else-that-can-be-asked-of-the-people-who-sell-bicycles
        menu everything-else-that-can-be-asked-of-the-people-who-sell-bicycles { prompt "Press 1." key 1 -> sales }
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
        prompt "Press 1 for more."
        key 1 -> menu more
        menu more { prompt "Press 1." key 1 -> sales }
      }
    }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    most = limits.MENU_ID
    for step in program.steps:
        if isinstance(step.body, tree.Submenu) and len(step.body.name.text) > most.value:
            yield Finding(
                f"the name of this menu is longer than {most.text}",
                step.body.name.span,
                why=f"the id of a menu has at most {most.text} ({most.source})",
                help="give it a shorter name",
            )


@rule("error", binding=True)
def misplaced_switch(program: Program) -> Iterator[Finding]:
    """A `barge` or `voice` in a further menu.

    They belong to the whole `RunMenu` (Callback API page), so they stand in the first menu and hold for all menus of
    the block.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1 for the terms."
        key 1 -> menu terms
        menu terms { barge no prompt "These are the terms. Press 1 to agree." key 1 -> sales }
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
        barge no
        prompt "Press 1 for the terms."
        key 1 -> menu terms
        menu terms { prompt "These are the terms. Press 1 to agree." key 1 -> sales }
      }
    }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for step, item in _items(program):
        if isinstance(step.body, tree.Submenu) and isinstance(item, tree.SwitchItem) and step.parent is not None:
            first = program.steps[step.parent]
            yield Finding(
                f"`{item.name}` cannot be set for a single menu",
                item.span,
                notes=(Note(head(first), "the first menu of the block"),),
                why=f"it is a property of the whole RunMenu ({CALLBACK_PAGE})",
                help="move it to the first menu, or return to the backend between the two",
            )


@rule("warning", targets=lambda target: not target.whole_call)
def menu_wait(program: Program) -> Iterator[Finding]:
    """A menu that waits less than a second or more than half a minute, or whose `up to` is shorter than its `wait`.

    The Callback API page names no range; the legacy server SDK takes 1000 to 30000 milliseconds.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales." wait 1m key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales." wait 10s key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    least, most = limits.MENU_TIMEOUT_LEAST, limits.MENU_TIMEOUT
    for _, item in _items(program):
        if not isinstance(item, tree.WaitItem) or not item.wait.milliseconds:
            continue  # bad-duration speaks about those
        wait, limit = item.wait, item.limit
        if not least.value <= item.wait.milliseconds <= most.value:
            yield Finding(
                f"a menu that waits {wait.span.text} may be refused",
                wait.span,
                why=f"a menu waits {least.value} to {most.text} ({most.source})",
                help="choose a time from `1s` to `30s`",
            )
        elif limit is not None and limit.milliseconds and limit.milliseconds < item.wait.milliseconds:
            yield Finding(
                f"`{limit.span.text}` is shorter than the wait before it",
                limit.span,
                notes=(Note(wait.span, "the wait for the first key or word"),),
                why=f"it is the longest that the platform listens in all ({CALLBACK_PAGE})",
                help="write the longer time after `up to`",
            )
