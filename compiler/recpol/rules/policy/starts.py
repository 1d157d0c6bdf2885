"""Rules about `{{ start.NAME }}`: values that the backend gives when it begins a call."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callouts import follows
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler
from recpol.base.finding import Finding, Note
from recpol.base.placeholder import Placeholder
from recpol.base.source import Span
from recpol.platform.sources import CALLING_PAGE, VOICE_V2_TUTORIALS
from recpol.rules.rule import rule
from recpol.syntax import tree
from recpol.syntax.tree.texts import texts_of


def _held(node: object, scope: str) -> Iterator[tuple[Placeholder, Span]]:
    for text in texts_of(node):
        for piece in text.pieces:
            if isinstance(piece, Placeholder) and piece.scope == scope:
                yield piece, text.part(piece.start, piece.end)


def _begun(program: Program) -> list[Handler]:
    return [handler for handler in program.handlers if handler.kind == "callout"]


@rule("error", binding=True)
def start_outside_callout(program: Program) -> Iterator[Finding]:
    """A `{{ start.NAME }}` where no call has one: outside of calls that the backend begins.

    The backend gives these values when it begins a call. A call that comes in has none, so a reply that needs one could
    not be sent. `default('…')` speaks where there is no value.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn "{{ start.number | e164 }}" }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn "{{ call.to.endpoint | e164 }}" }
    ```
    """
    first = program.graph.first.get("ice")
    comes_in = frozenset[int]() if first is None else follows(program.graph, program.handlers[first])
    none = not _begun(program)
    for handler in program.handlers:
        if none or handler.index in comes_in:
            for placeholder, span in _held(handler.node, "start"):
                if placeholder.default is None:
                    yield _no_start(placeholder, span, None if none else handler)
    for file in program.files:
        for statement in file.statements:
            if none and isinstance(statement, tree.Store):
                yield from (
                    _no_start(one, span, None) for one, span in _held(statement, "start") if one.default is None
                )


def _no_start(placeholder: Placeholder, span: Span, handler: Handler | None) -> Finding:
    notes = () if handler is None else (Note(handler.node.event.span, "a call that comes in can come here"),)
    return Finding(
        f"`start.{placeholder.name}` has no value " + ("here" if handler is not None else "without an `on callout`"),
        span,
        notes=notes,
        why="the backend gives it when it begins a call; a call that comes in has none",
        help=f"write `{{{{ start.{placeholder.name} | default('…') }}}}`, or another value",
    )


@rule("error", binding=True)
def call_field_in_callout(program: Program) -> Iterator[Finding]:
    """A `{{ call.FIELD }}` in an `on callout`: no callback has come yet that could bring one.

    The request begins the call, so nothing is known of the call but what the backend gives: `{{ start.NAME }}`. In
    svaml2 that request holds the whole call, so that this is true of every reply that can come after it.

    Wrong:
    ```recpol
    policy notice
    locale en-GB
    on callout customer { call pstn "{{ call.cli | e164 }}" cli +46850021111 say "Your table is ready." hangup }
    ```

    Right:
    ```recpol
    policy notice
    locale en-GB
    on callout customer { call pstn "{{ start.number | e164 }}" cli +46850021111 say "Your table is ready." hangup }
    ```
    """
    for handler in _begun(program):
        for placeholder, span in _held(handler.node, "call"):
            why = f"it comes with a callback, and this is the request that begins the call ({CALLING_PAGE})"
            yield _unknown(placeholder, span, why)
    if any(target.whole_call for target in program.targets):
        why = f"in svaml2 the request that begins the call holds all that comes after it ({VOICE_V2_TUTORIALS})"
        for node in _in_requests(program):
            for placeholder, span in _held(node, "call"):
                if placeholder.default is None:
                    yield _unknown(placeholder, span, why)


def _unknown(placeholder: Placeholder, span: Span, why: str) -> Finding:
    return Finding(
        f"`call.{placeholder.name}` is not known before there is a call",
        span,
        why=why,
        help=f"write `{{{{ start.{placeholder.name.replace('.', '_')} }}}}`, and give it when the call begins",
    )


def _in_requests(program: Program) -> Iterator[object]:
    """What is written into the requests that begin calls, where these hold the whole call: the replies that can follow,
    and the stores of what they record."""
    after = frozenset[int]().union(*(follows(program.graph, handler) for handler in _begun(program)))
    replies = [program.handlers[number] for number in sorted(after) if program.handlers[number].kind != "callout"]
    yield from (handler.node for handler in replies)
    used = {wanted(program.decisions, step) for handler in replies for step in handler.steps}
    yield from (node for name, node in program.names.stores.items() if name in used)
