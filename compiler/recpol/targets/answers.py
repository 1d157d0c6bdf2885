"""Which callbacks a reply answers: the routing table of the manifest.

A PIE callback names the menu and the kind of result, and for a key the value of `return(…)` (Callback API page). Where
two replies run menus of the same id, `after` tells which of them a result must belong to. An ACE callback does not
name the connect that was answered: `after` tells for `on ace NAME` which reply dialled, and `on ace` has none, because
it answers all other calls.

Invariant: every reachable handler of an event has at least one answer.
"""

from __future__ import annotations

from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, ended, wanted
from recpol.analysis.roomkeys import keys_in_talks
from recpol.analysis.steps import OTHERWISE, Handler, Step
from recpol.base.typing import Any
from recpol.calls.party import Party
from recpol.semantics.phases import PhaseTurn, prompts_of
from recpol.syntax import tree
from recpol.targets.filenames import file_of

LEGS = {Party.CALLER: "caller", Party.CALLEE: "callee", Party.EVERYONE: "both"}
"""The legs to which Manage Call sends what a request plays (Calling API page)."""


def origins(program: Program, request: Handler) -> list[Handler]:
    """The replies and requests from which the talks come in which a request can be sent. Where a reply to ACE can get
    lost, the talk comes from the reply that dialled."""
    found: dict[int, None] = {}
    for edge in program.graph.into(request.index):
        begun = program.handlers[edge.origin] if edge.origin is not None else request
        found[begun.index] = None
        for index, talks in program.graph.conversations.items() if program.loses_replies else ():
            if begun.kind == "ace" and begun.action in talks:
                found[program.handler_of(program.steps[index]).index] = None
    return [program.handlers[index] for index in found]


def awaited(program: Program, stopped: RecordedStores) -> dict[str, Any]:
    """What a backend waits for after a request that stops a recording into a store: Notify (Recording page); nothing
    where the store says that the platform does not tell. Where replies answer callbacks, one recording runs at most."""
    told = [store for store in stopped if not _is_silent(program, store)]
    return {"waitFor": {"event": "recording_finished"}} if told else {}


def _is_silent(program: Program, store: str) -> bool:
    notify = program.names.stores[store].field("notify")
    return notify is not None and isinstance(notify.value, tree.Word) and notify.value.text != "yes"


def request_answer(request: Handler, within: list[str]) -> dict[str, Any]:
    """What the manifest says of a request within a talk: its name, the talks, and to which leg what it plays goes."""
    heard = [hearer(request, step) for step in request.segments if isinstance(step.body, tree.Addressed)]
    leg = {"leg": LEGS[heard[0]]} if heard else {}
    return {"event": "request", "name": request.name, "in": within, **leg}


def phase_answer(program: Program, phase: Step, turn: PhaseTurn) -> dict[str, Any]:
    """What the manifest says of the request that begins or ends a phase."""
    assert phase.label is not None
    heard = [hearer(program.handler_of(step), step) for step in prompts_of(program, phase, turn)]
    leg = {"leg": LEGS[heard[0]]} if heard else {}
    within = [file_of(handler) for handler in phase_talks(program, phase)]
    return {"event": "manage", "phase": phase.label.text, "moment": turn, "in": within, **leg}


def phase_talks(program: Program, phase: Step) -> list[Handler]:
    """The replies and requests after which the conversation goes on that a phase belongs to, that which dials first."""
    assert phase.parent is not None
    connect = program.steps[phase.parent]
    found = [program.handler_of(step).index for step in (connect, *program.graph.talks(connect, program.steps))]
    return [program.handlers[index] for index in dict.fromkeys(found)]


def keys_answer(program: Program, request: Handler) -> dict[str, Any]:
    """The keys in a room at which the backend sends a request, each with the documents that the call got last then."""
    found: dict[str, dict[str, None]] = {}
    for pressed in keys_in_talks(program.graph, program.handlers, program.steps):
        if pressed.request is request and pressed.agreed and program.is_reachable(pressed.talk):
            found.setdefault(pressed.key, {})[file_of(program.handler_of(pressed.talk))] = None
    return {"keys": {key: list(files) for key, files in found.items()}} if found else {}


def answers_of(program: Program, handler: Handler) -> tuple[dict[str, Any], ...]:
    """The callbacks that a handler's reply answers, as the manifest lists them."""
    if handler.in_talk:
        within = [file_of(one) for one in origins(program, handler)]
        said = request_answer(handler, within) | keys_answer(program, handler) | _stop(program, handler)
        return (said,) if within else ()
    if handler.kind in ("manage", "callout"):
        return ({"event": handler.kind, "name": handler.name},)
    if handler.kind == "ace" and handler.name is not None:
        before = _before(program, handler)
        return ({"event": "ace", "after": before},) if before else ()
    if handler.kind != "pie":
        return ({"event": handler.kind},)
    after: dict[tuple[str, str, str], dict[str, None]] = {}
    for edge in program.graph.into(handler.index):
        outcome = edge.outcome
        if outcome is None or outcome.goal is None or edge.origin is None:
            continue
        value = outcome.goal.name.text if outcome.type == "return" else ""
        if handler.name == OTHERWISE and outcome.goal.name.text != OTHERWISE:
            continue  # it is answered here for want of a handler of its own, which `otherwise` covers
        after.setdefault((outcome.menu.id, outcome.type, value), {})[file_of(program.handlers[edge.origin])] = None
    found: list[dict[str, Any]] = [
        {"event": "pie", "after": list(files), "menuId": menu, "type": kind, **({"value": value} if value else {})}
        for (menu, kind, value), files in after.items()
    ]
    if handler.name == OTHERWISE:
        found.append({"event": "pie", "otherwise": True})
    return tuple(found)


def _stop(program: Program, request: Handler) -> dict[str, Any]:
    """What to wait for after a request within a talk, if it stops the recording of the talk."""
    state = program.entry(request)
    wishes = [wanted(program.decisions, step) for step in request.segments if step.recordable]
    return awaited(program, tuple(store for wish in wishes for store in ended(state, wish)))


def _before(program: Program, handler: Handler) -> list[str]:
    """The files of the replies that a handler comes after."""
    origins = (edge.origin for edge in program.graph.into(handler.index))
    return list(dict.fromkeys(file_of(program.handlers[origin]) for origin in origins if origin is not None))
