"""Rules about `{{ start.NAME }}`: values that the backend gives when it begins a call."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from recpol.analysis.callouts import follows
from recpol.analysis.names import start_name
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Finding, Note
from recpol.base.placeholder import Placeholder
from recpol.base.source import Span
from recpol.platform.sources import CALLING_PAGE, VOICE_V2_TUTORIALS
from recpol.rules.policy.places import head
from recpol.rules.rule import rule
from recpol.semantics.rooms import is_begun_for, room_name
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
    not be sent. `default('…')` speaks where there is no value. The same is true of the address of a store that takes
    recordings of calls that come in.

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
                    comes = Note(handler.node.event.span, "a call that comes in can come here")
                    yield _no_start(placeholder, span, None if none else comes)
    for file in program.files:
        for statement in file.statements:
            if none and isinstance(statement, tree.Store):
                yield from (
                    _no_start(one, span, None) for one, span in _held(statement, "start") if one.default is None
                )
    for name, store in program.names.stores.items() if comes_in and not none else ():
        held = [(one, span) for one, span in _held(store, "start") if one.default is None]
        step = _recorded_into(program, name, comes_in) if held else None
        if step is not None:
            note = Note(head(step), f"a call that comes in is recorded to `{name}` here")
            yield from (_no_start(one, span, note) for one, span in held)


def _recorded_into(program: Program, store: str, handlers: Collection[int]) -> Step | None:
    """The first step of some handlers that a store takes, as a call or as a room."""
    for handler in program.handlers:
        for step in handler.steps if handler.index in handlers else ():
            if store in (*wanted(program.decisions, step), program.decided(step).conference_store):
                return step
    return None


def _no_start(placeholder: Placeholder, span: Span, note: Note | None) -> Finding:
    return Finding(
        f"`start.{placeholder.name}` has no value " + ("here" if note is not None else "without an `on callout`"),
        span,
        notes=() if note is None else (note,),
        why="the backend gives it when it begins a call; a call that comes in has none",
        help=f"write `{{{{ start.{placeholder.name} | default('…') }}}}`, or another value",
    )


@rule("error", binding=True)
def bad_unique(program: Program) -> Iterator[Finding]:
    """A `unique` that names no value which the backend gives, or one that is named already.

    `unique "{{ start.NAME }}"` says that the backend gives each call that it begins another value, so that a room with
    this name belongs to that call. It is one value as it is given: with a filter two values could become one.

    Wrong:
    ```recpol
    policy survey
    locale en-GB
    unique "survey-{{ start.id }}"
    on callout customer { call pstn "{{ start.number | e164 }}" cli +46850021111 say "Goodbye." hangup }
    ```

    Right:
    ```recpol
    policy survey
    locale en-GB
    unique "{{ start.id }}"
    on callout customer { call pstn "{{ start.number | e164 }}" cli +46850021111 say "Goodbye." hangup }
    ```
    """
    for statement in program.own_statements:
        for text in statement.values if isinstance(statement, tree.Unique) else ():
            name = start_name(text)
            first = None if name is None else program.names.unique.get(name)
            if name is None:
                yield Finding(
                    "`unique` takes a value that the backend gives, and nothing beside it",
                    text.span,
                    why="a policy knows of no other value whether two calls can share it",
                    help='write `unique "{{ start.NAME }}"`, without a filter',
                )
            elif first is not text and first is not None:
                yield Finding(
                    f"`start.{name}` is unique already",
                    text.span,
                    notes=(Note(first.span, "it is said here"),),
                    help="delete one of the two",
                )
            elif not _begun(program) and not program.is_rules and not program.partial:
                yield Finding(
                    f"no call has a `start.{name}`",
                    text.span,
                    why="the backend gives it when it begins a call, and this policy has no `on callout`",
                    help="delete it, or add the call to begin: `on callout NAME { … }`",
                )


@rule("warning")
def unique_for_two(program: Program) -> Iterator[Finding]:
    """A room that two callouts lead into, and that belongs to one call alone.

    Where each call has a value of its own, two calls never come into one room that is named by it. So people whom two
    callouts call do not meet there, and nothing that one of them has recorded holds the other.

    Wrong:
    ```recpol
    policy click
    locale en-GB
    unique "{{ start.id }}"
    on callout agent { call pstn "{{ start.agent | e164 }}" cli +46850021111 connect conference "c-{{ start.id }}" }
    on callout guest { call pstn "{{ start.guest | e164 }}" cli +46850021111 connect conference "c-{{ start.id }}" }
    ```

    Right:
    ```recpol
    policy click
    locale en-GB
    on callout agent { call pstn "{{ start.agent | e164 }}" cli +46850021111 connect conference "c-{{ start.id }}" }
    on callout guest { call pstn "{{ start.guest | e164 }}" cli +46850021111 connect conference "c-{{ start.id }}" }
    ```
    """
    if program.partial or not program.names.unique:
        return
    after = [(handler, follows(program.graph, handler) | {handler.index}) for handler in _begun(program)]
    first: dict[str, tuple[Step, Handler]] = {}
    told: set[str] = set()
    for step in program.steps:
        name = room_name(program, step) if step.connects == "conference" else None
        if name is None or not is_begun_for(name):
            continue
        spelt = "".join(part if isinstance(part, str) else part.text for part in name)
        for handler in (one for one, reached in after if step.handler in reached):
            place, begun = first.setdefault(spelt, (step, handler))
            if begun is not handler and spelt not in told:
                told.add(spelt)
                yield Finding(
                    f"whom `on callout {begun.name}` calls and whom `on callout {handler.name}` calls never meet here",
                    head(step),
                    notes=(Note(head(place), "the same name"),) if place is not step else (),
                    why="the room is named by a value that each call has for itself, as `unique` says",
                    help="take it out of `unique`; or give the two rooms names of their own",
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
    used = {s for handler in replies for step in handler.steps for s in wanted(program.decisions, step)}
    yield from (node for name, node in program.names.stores.items() if name in used)
