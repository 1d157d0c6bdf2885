"""Who hears a segment: what the platform does by itself, and what a policy asks for.

Invariant: total; a word that names no party is no wish.
"""

from __future__ import annotations

from recpol.analysis.callgraph import Graph
from recpol.analysis.callouts import answers_person
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.calls.party import Party, party_of
from recpol.platform.targets import Target
from recpol.syntax import tree


def wish(step: Step) -> Party | None:
    """Who is to hear a segment by `to PARTY`; None where it does not say so, or names no party."""
    word = step.body.to if isinstance(step.body, tree.Addressed) else None
    return None if word is None else party_of(word.text)


def hearer(handler: Handler, step: Step) -> Party:
    """Who hears a prompt: a request within a talk, that of a phase too, plays to whom it says, to the caller where it
    does not; the prompts of replies are told as those of the caller."""
    return (wish(step) if handler.in_talk or step.phase is not None else None) or Party.CALLER


def hears(program: Program, step: Step) -> Party:
    """Who hears a segment in the one target of a program."""
    asked = wish(step)
    if step.phase is not None and asked is None:
        return Party.CALLER
    return listener(program.graph, program.handler_of(step), program.targets[0]) if asked is None else asked


def listener(graph: Graph, handler: Handler, target: Target) -> Party:
    """Who hears what a reply plays in a target. A person whom the backend has called has the caller's part."""
    to_callee = handler.kind == "ace" and target.answers_callee and not answers_person(graph, handler)
    return Party.CALLEE if to_callee else Party.CALLER
