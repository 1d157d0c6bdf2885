"""Rules about calls that the backend begins: `on callout NAME` and its `call`."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.rules.policy.places import head
from recpol.rules.rule import rule
from recpol.syntax import tree


@rule("error", binding=True)
def call_not_first(program: Program) -> Iterator[Finding]:
    """A `call` that is not the first segment of an `on callout`, or an `on callout` that does not begin with one.

    `call` says whom the backend has called, so everything else that is written there comes after it. In a reply the
    call is there already: whom the caller is to talk to is what `connect` says.

    Wrong:
    ```recpol
    policy desk
    on ice { call pstn +46850020000 connect pstn +46850021111 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850021111 }
    ```
    """
    for handler in program.handlers:
        for place, step in enumerate(handler.segments):
            if isinstance(step.body, tree.Call) and (handler.kind != "callout" or place > 0):
                where = "an `on callout NAME`" if handler.kind != "callout" else "its `on callout`"
                yield Finding(
                    f"`call` is not the first segment of {where}",
                    head(step),
                    why="it says whom the backend has called: nothing can come before it",
                    help="put it first" if handler.kind == "callout" else "write `connect`, or move it to `on callout`",
                )
