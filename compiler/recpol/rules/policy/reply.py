"""Rules about the shape of a reply: its event, its one action, and what may stand where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.steps import KINDS, OTHERWISE, UNANSWERED, Handler, Step
from recpol.base.finding import Finding, Note
from recpol.base.typing import assert_never
from recpol.platform.sources import CALLBACK_PAGE, SVAML_PAGE
from recpol.platform.v1.places import ReplyEvent, Standing, allowed
from recpol.rules.edits import guess
from recpol.rules.policy.known import either, unread
from recpol.rules.policy.misnamed import meant_event
from recpol.rules.policy.places import head
from recpol.rules.rule import rule
from recpol.syntax import tree

_EVENTS: tuple[ReplyEvent, ...] = ("ice", "ace", "pie", "manage")
_EVENT_OF: dict[str, ReplyEvent] = {event: event for event in _EVENTS}

_CONNECTS = {
    "pstn": "ConnectPstn",
    "app": "ConnectMxp",
    "sip": "ConnectSip",
    "conference": "ConnectConf",
    "stream": "ConnectStream",
}

_ACTIONS = {
    **{f"connect {kind}": name for kind, name in _CONNECTS.items()},
    "menu": "RunMenu",
    "park": "Park",
    "continue": "Continue",
    "hangup": "Hangup",
}
"""The actions as a policy writes them, and their names in SVAML."""


def _event(handler: Handler) -> ReplyEvent | None:
    """The event of a handler; None where it is none of those that a policy answers."""
    if handler.in_talk:
        return "phase"
    return _EVENT_OF.get(handler.kind)


def _reply(event: ReplyEvent) -> str:
    if event == "phase":
        return "a request within a talk"
    return "a request to a parked call" if event == "manage" else f"a reply to {event.upper()}"


def _svaml(step: Step) -> str | None:
    """The name of a segment in SVAML; None where it is none, or a connect of no known kind."""
    match step.body:
        case tree.Say():
            return "PlayFiles" if step.body.ssml else "Say"
        case tree.Play():
            return "PlayFiles"
        case tree.Tones():
            return "SendDtmf"
        case tree.Cookie():
            return "SetCookie"
        case tree.Answer():
            return "Answer"
        case tree.Hangup():
            return "Hangup"
        case tree.Continue():
            return "Continue"
        case tree.Connect():
            return _CONNECTS.get(step.body.kind.text)
        case tree.Menu():
            return "RunMenu"
        case tree.Park():
            return "Park"
        case tree.Submenu() | tree.Phase() | tree.Call():
            return None
        case _:
            assert_never(step.body)


def _actions(program: Program, event: ReplyEvent | None) -> list[str]:
    """The actions that an event takes in every target according to the newest source, as a policy writes them; without
    an event, what a call that nobody answered can go on with."""
    if event is None:
        return ["connect pstn", "connect sip", "menu", "hangup"]
    places = [target.places for target in program.targets if target.places is not None] or [allowed]
    return [words for words, name in _ACTIONS.items() if all(at(name, event).newest == "allowed" for at in places)]


@rule("error", binding=True, covers=("F17", "C28"))
def unknown_event(program: Program) -> Iterator[Finding]:
    """A handler for an event that a policy cannot answer.

    A policy replies to ICE (a call comes in), ACE (the callee answers) and PIE (a menu has a result), and says what a
    parked call is sent through Manage Call. The platform sends DiCE and Notify as well, but they come when the call is
    over or beside it, and what they are answered changes nothing (Callback API page).

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    on dice { hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    ```
    """
    for handler in program.handlers:
        kind = handler.node.event.kind
        if kind.text in ("dice", "notify"):
            yield Finding(
                f"`{kind.text}` takes no reply",
                kind.span,
                why=f"DiCE comes when the call is over, Notify beside it: no reply changes the call ({CALLBACK_PAGE})",
                help="delete the handler, and read these callbacks in the backend",
            )
        elif kind.text not in KINDS:
            otherwise = "write `on ice`, `on ace`, `on pie NAME`, `on manage NAME` or `on noanswer`"
            if kind.text in tree.FAILING and handler.name == "failure":
                said = f"on {kind.text} failure"
                meant = " or ".join(f"`{said} {act}`" for act in tree.FAILING[kind.text])
                yield Finding(f"`{said}` is no handler", kind.span, help=f"write {meant}, without braces")
                continue
            close = meant_event(program, handler)
            yield Finding(
                f"there is no event `{kind.text}`",
                kind.span,
                help=f"did you mean `on {close}`?" if close else otherwise,
                fixes=guess(kind.span, kind.text, close) if close else (),
            )


@rule("error", binding=True)
def event_name(program: Program) -> Iterator[Finding]:
    """An event with a name that it cannot have, or without the name that it needs.

    There is one ICE for a call; PIE and Manage Call come in many kinds, so their handlers are named. `on ace`,
    `on noanswer`, `on busy` and `on failed` may have the label of the connect that they answer.

    Wrong:
    ```recpol
    policy desk
    on ice { park { hold play "waiting" } }
    on manage { hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { park { hold play "waiting" } }
    on manage busy { hangup }
    ```
    """
    for handler in program.handlers:
        event = handler.node.event
        if handler.kind == "ice" and event.name is not None:
            yield Finding(f"`on {handler.kind}` has no name", event.name.span, help="delete the name")
        elif handler.kind == "pie" and event.name is None:
            help_ = (
                f"write `on pie NAME` with a name that stands after `->`, or `on pie {OTHERWISE}` for all other results"
            )
            yield Finding("which result of a menu does this answer?", event.span, help=help_)
        elif handler.kind == "callout" and event.name is None:
            help_ = "write `on callout NAME`: the backend begins the call by that name"
            yield Finding("this callout has no name", event.span, help=help_)
        elif handler.kind == "manage" and event.name is None:
            help_ = "write `on manage NAME`: the backend sends the reply by that name"
            yield Finding("this Manage Call reply has no name", event.span, help=help_)


@rule("error", binding=True, covers=("C01",))
def no_action(program: Program) -> Iterator[Finding]:
    """A reply that does not say what happens to the call.

    A reply has any number of instructions and then exactly one action (SVAML page). The last segment of a handler is
    its action.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "We are closed." }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "We are closed." hangup }
    ```
    """
    for handler in program.handlers:
        event, segments = _event(handler), handler.segments
        known = event is not None or handler.kind in UNANSWERED
        if not known or handler.action is not None or unread(program, handler):
            continue
        notes = (Note(head(segments[-1]), "after this the reply just ends"),) if segments else ()
        yield Finding(
            f"`on {handler.key}` does not say what happens to the call",
            handler.node.event.span,
            notes=notes,
            why=f"a reply has exactly one action ({SVAML_PAGE})",
            help=f"end it with {either(_actions(program, event))}",
        )


@rule("error", binding=True, covers=("C01",))
def segment_after_action(program: Program) -> Iterator[Finding]:
    """A segment after the action of a reply.

    The instructions of a reply run before its action, and there is one action (SVAML page). So nothing can follow a
    `connect`, `menu`, `park`, `continue` or `hangup`: what comes next stands in the reply to the next callback.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      connect pstn +46850020000
      say "Thank you for calling."
    }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      say "Thank you for calling."
      connect pstn +46850020000
    }
    ```
    """
    for handler in program.handlers:
        action, segments = handler.action, handler.segments
        if action is not None and action is not segments[-1]:
            after = segments[segments.index(action) + 1]
            message = "a second action: a reply has one" if after.is_action else "the reply has ended before this"
            later = "keep one of the two" if after.is_action else "put it before the action"
            if isinstance(action.body, tree.Connect | tree.Menu):
                where = "`on ace`, the reply when the callee answers"
                if isinstance(action.body, tree.Menu):
                    where = "`on pie …`, the reply to a result of the menu"
                later += f", or move {'the second' if after.is_action else 'it'} into {where}"
            yield Finding(
                message,
                head(after),
                notes=(Note(head(action), "this is the action, which ends the reply"),),
                why=f"the one action comes after all instructions ({SVAML_PAGE})",
                help=later,
            )


@lru_cache(maxsize=2)  # two rules ask for those of the same program one after the other
def _misplaced(program: Program) -> tuple[tuple[Step, ReplyEvent, str, Standing, str], ...]:
    """The segments that the sources refuse, or dispute, in their reply, and the targets in which they do: words for the
    end of a message, empty where it is all of them."""
    misplaced: list[tuple[Step, ReplyEvent, str, Standing, str]] = []
    for handler in program.handlers:
        event = _event(handler)
        for step in handler.segments if event else ():
            name = _svaml(step)
            if event is None or name is None:
                continue
            found: dict[Standing, list[str]] = {}
            for target in program.targets:
                place = target.places(name, event) if target.places is not None else None
                unknown = step.connects == "stream" and not target.streams  # not-in-classic speaks of it anywhere
                if place is not None and place.newest == "refused" and not unknown:
                    found.setdefault(place, []).append(target.name)
            for place in sorted(found, key=lambda place: place.verdict, reverse=True)[:1]:
                some = len(found[place]) < len(program.targets)
                misplaced.append((step, event, name, place, f" in {' and '.join(found[place])}" if some else ""))
    return tuple(misplaced)


@rule("error", covers=("C02", "C03"), targets=lambda target: target.places is not None)
def action_not_allowed(program: Program) -> Iterator[Finding]:
    """An action in a reply that does not take it.

    Which action may stand in the reply to which callback is laid down in the Callback API page and the SVAML page.
    Where official sources contradict each other and the newest one refuses the action, it is a warning; where the
    newest one allows it, it is none.

    Wrong:
    ```recpol
    policy desk
    on ice { continue }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn }
    on ace { continue }
    ```
    """
    for step, event, _, place, where in _misplaced(program):
        asked = program.handler_of(step).in_talk and isinstance(step.body, tree.Connect | tree.Menu)  # `request-action`
        if isinstance(step.body, tree.Action) and not asked:
            yield _not_allowed(step, event, place, where, f"end it with {either(_actions(program, event))}")


@rule("error", covers=("C04", "C05"), targets=lambda target: target.places is not None)
def instruction_not_allowed(program: Program) -> Iterator[Finding]:
    """An instruction in a reply that does not take it.

    Which instruction may stand in the reply to which callback is laid down in the Callback API page and the current
    API. Where official sources contradict each other and the newest one refuses the instruction, it is a warning.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    on ace { answer continue }
    ```

    Right:
    ```recpol
    policy desk
    on ice { answer connect pstn +46850020000 }
    on ace { continue }
    ```
    """
    for step, event, name, place, where in _misplaced(program):
        if not isinstance(step.body, tree.Action):
            others = [f"on {other}" for other in _EVENTS if allowed(name, other).verdict == "allowed"]
            yield _not_allowed(step, event, place, where, f"delete it, or move it to {either(others)}")


def _not_allowed(step: Step, event: ReplyEvent, place: Standing, where: str, help_: str) -> Finding:
    words = " ".join(head(step).text.split())
    disputed = place.verdict == "disputed"
    doubt = f"sources disagree whether {_reply(event)} takes `{words}`{where}"
    return Finding(
        doubt if disputed else f"{_reply(event)} takes no `{words}`{where}",
        head(step),
        why=place.why,
        help=help_,
        severity="warning" if disputed else None,
    )
