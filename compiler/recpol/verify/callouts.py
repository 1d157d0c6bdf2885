"""Translation checking of callouts: whom a request calls, how, what it turns on, and what the person called hears.

Invariant: everything that the policy says of a callout is looked at in its request, and nothing else stands there.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callouts import follows
from recpol.analysis.program import Program
from recpol.analysis.roomkeys import detects
from recpol.analysis.steps import Handler
from recpol.calls.trace import Sound
from recpol.interpreters.v1.callouts import CalloutOutcome
from recpol.semantics.manner import called
from recpol.syntax import tree
from recpol.verify.verified import manner_words, without_scheme


def compare(program: Program, handler: Handler, outcome: CalloutOutcome) -> Iterator[tuple[str, str]]:
    """The differences between a callout and its request, but for what is heard."""
    for problem in outcome.problems:
        yield "only what the platform documents", problem
    if handler.opening is None:
        return
    whom, manner = called(program, handler.opening)
    if without_scheme(whom) != outcome.whom:
        yield f"it calls {_words(whom)}", f"it calls {_words(outcome.whom)}"
    meant = tuple(pair for pair in manner if pair != ("scheme", "sip"))
    if meant != outcome.manner:
        yield manner_words("call", meant, outcome.manner)
    asks = _asked(program, handler)
    if asks != outcome.asks:
        yield f"it asks for: {', '.join(sorted(asks))}", f"it asks for: {', '.join(sorted(outcome.asks))}"
    answers = handler.action is None
    if answers != (outcome.answered is None):
        said = ("a reply says what is heard", "the request says it")
        yield said if answers else (said[1], said[0])


def _asked(program: Program, handler: Handler) -> frozenset[str]:
    """The callbacks that follow in some call that the callout begins."""
    reached = follows(program.graph, handler)
    ways = [edge for origin in reached for edge in program.graph.out_of(origin)]
    ace = {"ace"} if any(program.handlers[edge.target].kind == "ace" for edge in ways) else set()
    rooms = [last for at in reached if isinstance(last := program.handlers[at].last, tree.Connect)]
    told = any(edge.outcome is not None for edge in ways) or any(map(detects, rooms))  # of menus, or of keys in a room
    return frozenset(ace | ({"pie"} if told else set()))


def _words(sound: Sound) -> str:
    return " ".join(sound.content) or "nobody"
