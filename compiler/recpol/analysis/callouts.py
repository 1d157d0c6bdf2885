"""Which request a callout is: what its segments after `call` come to (Calling API page).

    call …                          customCallout: ACE tells what is heard (a number only; in Voice API v2 SIP too)
    call … say … play … hangup      ttsCallout
    call … say … connect conference conferenceCallout, with what is said as its greeting

Invariant: total; a callout that is none of the three has no method.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callgraph import Graph
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.typing import Literal
from recpol.syntax import tree

CalloutMethod = Literal["customCallout", "ttsCallout", "conferenceCallout"]


def said(handler: Handler) -> tuple[Step, ...]:
    """What a callout says between its `call` and its action."""
    action = handler.action
    return tuple(step for step in handler.segments[1:] if step is not action)


def method(handler: Handler) -> CalloutMethod | None:
    """The request that a callout is; None where what follows its `call` fits none."""
    call = handler.opening
    if call is None or not isinstance(call.body, tree.Call):
        return None
    action, prompts = handler.action, said(handler)
    if action is None:
        return "customCallout" if not prompts and call.body.kind.text in ("pstn", "sip") else None
    if action is not handler.segments[-1] or not all(isinstance(step.body, tree.Say | tree.Play) for step in prompts):
        return None
    if isinstance(action.body, tree.Hangup):
        return "ttsCallout" if prompts else None
    if action.connects != "conference":
        return None
    greets = [step.body for step in prompts]
    plain = len(greets) < 2 and all(isinstance(body, tree.Say) and not body.ssml for body in greets)
    return "conferenceCallout" if plain else None


def spoken_as_one(handler: Handler) -> bool:
    """Whether a tts callout says one text, which stands as it is; else its prompts are in the prompt mini-language."""
    prompts = [step.body for step in said(handler)]
    return len(prompts) == 1 and isinstance(prompts[0], tree.Say) and not prompts[0].ssml


def answers_person(graph: Graph, handler: Handler) -> bool:
    """Whether a reply to ACE is for people alone whom the backend has called, and for no callee of a connect."""
    into = graph.into(handler.index)
    return bool(into) and all(edge.step is not None and isinstance(edge.step.body, tree.Call) for edge in into)


def beginnings(program: Program) -> tuple[Handler, ...]:
    """What calls begin with: the reply to a call that comes in, and the callouts."""
    return tuple(program.handlers[number] for number in program.graph.begins)


def follows(graph: Graph, handler: Handler) -> frozenset[int]:
    """The handlers that a call which a callout begins can come to, the callout itself among them."""
    return frozenset(graph.following((handler.index,)))


def asked_for(graph: Graph, handlers: tuple[Handler, ...], handler: Handler) -> Iterator[str]:
    """The callbacks that a callout turns on: those for which the policy has replies (Calling API page: all are off
    where nothing is said)."""
    reached = [handlers[index] for index in sorted(follows(graph, handler))]
    if any(each.kind == "ace" for each in reached):
        yield "ace"
    if any(isinstance(each.last, tree.Menu) or _tells_keys(each.last) for each in reached):
        yield "pie"


def _tells_keys(action: tree.Action | None) -> bool:
    from recpol.analysis.roomkeys import detects

    return isinstance(action, tree.Connect) and detects(action)
