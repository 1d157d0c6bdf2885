"""Rules about replies that answer one connect: `on ace NAME`, `on noanswer NAME`, `on busy NAME`, `on failed NAME`."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.steps import UNANSWERED, Handler
from recpol.base.finding import Finding, Note
from recpol.base.nearest import KnownWords
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.policy.places import head
from recpol.rules.rule import rule

ANSWERING = ("ace", *UNANSWERED)
"""The events of a call that was dialled."""

_TOLD = ("pstn", "sip")
"""The kinds of connects that such an event is sent for."""


def answers_callout(program: Program, handler: Handler) -> bool:
    """Whether a handler is said to answer the person whom a callout calls."""
    return handler.kind == "ace" and f"callout {handler.name}" in program.graph.first


def misnamed(program: Program, handler: Handler) -> bool:
    """Whether a handler is said to answer a connect, and there is none of that name that it could answer."""
    if handler.kind not in ANSWERING or handler.name is None or answers_callout(program, handler):
        return False
    step = program.names.labels.get(handler.name)
    return step is None or step.connects not in _TOLD


@rule("error", binding=True)
def no_such_connect(program: Program) -> Iterator[Finding]:
    """A reply to the answer of a connect that is not there.

    `on ace NAME`, `on noanswer NAME`, `on busy NAME` and `on failed NAME` answer the `connect pstn` or `connect sip`
    that has the label `NAME`. App calls, conferences and streams send no such event (Callback API page).

    Wrong:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on ace agnet { continue }
    ```

    Right:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on ace agent { continue }
    ```
    """
    if program.partial or program.is_rules:
        return
    known = KnownWords(label for label, at in program.names.labels.items() if at.connects in _TOLD)
    for handler in program.handlers:
        name = handler.node.event.name
        if name is None or not misnamed(program, handler):
            continue
        step = program.names.labels.get(name.text)
        if step is not None:
            said = f"{step.connects} call" if step.connects else ""
            yield Finding(
                f"`on {handler.kind}` is about a `connect`, and `{name.text}` is none",
                name.span,
                notes=(Note(head(step), f"this is a {said}" if said else "this is what the label stands before"),),
                why=f"that a call is answered is told of PSTN and SIP calls only ({CALLBACK_PAGE})",
                help="write the label of a `connect pstn` or `connect sip`, or delete the reply",
            )
            continue
        close = known.nearest(name.text)
        help_ = f"put `{name.text}:` before the `connect` that is meant"
        yield Finding(
            f"there is no `connect` with the label `{name.text}`",
            name.span,
            help=help_ if close is None else f"did you mean `{close}`?",
        )
