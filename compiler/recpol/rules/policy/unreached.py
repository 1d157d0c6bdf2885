"""Handlers that no call comes to, with the reason as data, and what the rules say of them.

Rules about the replies of an application ask for the reason: what closes a way there may stand in a document that is
not among them.

Invariant: a handler is not listed where a mistake that another rule finds leaves its way open.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.callouts import method
from recpol.analysis.dialled import answer_key, suppressed
from recpol.analysis.menus import menus
from recpol.analysis.program import Program
from recpol.analysis.steps import KINDS, OTHERWISE, Handler
from recpol.base.finding import Finding, Note
from recpol.base.nearest import KnownWords
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import Literal, assert_never
from recpol.platform.sources import CONFERENCE_DTMF_PAGE
from recpol.rules.notation import Notation
from recpol.rules.policy.dialled import ANSWERING, answers_callout, misnamed
from recpol.rules.policy.places import head
from recpol.syntax import tree

Closed = Literal[
    "callbacks suppressed",
    "apps called",
    "nobody called",
    "answered by name",
    "no menu",
    "keys of a room",
    "not parked",
]
"""Why no call comes to a handler."""


class Unreached(Record):
    """A handler that no call comes to: why, and the place that closes the way, if there is one."""

    handler: Handler
    why: Closed
    at: Span | None = None


def _closed(program: Program, handler: Handler, detects: Span | None) -> Unreached:
    """A handler that no call comes to, with the reason."""
    if handler.kind in ANSWERING:
        reached = [h.action for h in program.handlers if h.index in program.graph.reachable and h.action]
        if handler.name is not None:
            reached = [action for action in reached if action.label and action.label.text == handler.name]
        elif any(action.connects and answer_key(program.graph.first, handler.kind, action) for action in reached):
            return Unreached(handler, "answered by name")
        for action in reached:
            option = suppressed(action)
            if option is not None:
                return Unreached(handler, "callbacks suppressed", option.name.span)
        for action in reached:
            if action.connects == "app":
                return Unreached(handler, "apps called", head(action))
        return Unreached(handler, "nobody called")
    if handler.kind != "pie":
        return Unreached(handler, "not parked")
    return Unreached(handler, "no menu") if detects is None else Unreached(handler, "keys of a room", detects)


def _detects(program: Program) -> Span | None:
    """Where a room says that its keys are told to the backend, if no menu runs in any call."""
    if _has_menus(program):
        return None
    for handler in program.handlers:
        action = handler.last
        for option in action.options if isinstance(action, tree.Connect) else ():
            told = isinstance(option.value, tree.Word) and option.value.text == "detect"
            if told and option.name.text == "dtmf-mode" and handler.index in program.graph.reachable:
                return option.span
    return None


def _reason(found: Unreached, say: Notation) -> tuple[str, tuple[Note, ...], str]:
    """The fact, where to look, and what to do."""
    match found.why:
        case "callbacks suppressed":
            why, there = "no ACE is sent for a call with suppressed callbacks", "turns ACE off for this call"
            help_ = say.let_callbacks_come
        case "apps called":
            why, there, help_ = "ACE is sent for PSTN and SIP calls only", "an app call", say.record_in_ice
        case "nobody called":
            why, there = "ACE is sent when the callee of a PSTN or SIP call answers", ""
            help_ = say.connect_first
        case "answered by name":
            why, there = f"each connect has an `on {found.handler.kind}` of its own, which answers it alone", ""
            return why, (), "delete this handler, or one of those with a name"
        case "no menu":
            why, there, help_ = "PIE is sent for the results of menus", "", say.lead_to_reply(found.handler.name or "")
        case "keys of a room":
            return (
                f"the PIE that tells of keys in a room is answered with 200 and nothing else ({CONFERENCE_DTMF_PAGE})",
                (Note(found.at, "the room whose keys are told"),) if found.at is not None else (),
                f"write `on manage {found.handler.name} in …`, which the backend sends when it is told of the key",
            )
        case "not parked":
            why, there = "Manage Call replies go to parked calls", ""
            help_ = say.park_first
        case _:
            assert_never(found.why)
    return f"{why} (Callback API page)", () if found.at is None else (Note(found.at, there),), help_


def _unsure(program: Program) -> bool:
    """Whether a mistake found elsewhere leaves it open which handlers a call can reach."""
    for handler in program.handlers:
        if handler.kind == "callout" and method(handler) is not None and handler.name is not None:
            continue
        action, named = handler.action, handler.name is not None
        fits = named == (handler.kind in ("pie", "manage")) or (handler.kind in ANSWERING and named)
        if handler.kind not in KINDS or not fits or action is None or misnamed(program, handler):
            return True
        if action.connects not in (None, "pstn", "app", "sip", "conference", "stream"):
            return True
        if isinstance(action.body, tree.Menu):
            known = {menu.id for menu in menus(action, handler)}
            items = [item for menu in menus(action, handler) for item in menu.node.items]
            goals = [i.goal for i in items if isinstance(i, tree.GoalItem)]
            if any(goal.menu and goal.name.text not in known for goal in goals):
                return True
    return False


@lru_cache(maxsize=2)  # rules ask for those of the same program one after the other
def unreached(program: Program) -> tuple[Unreached, ...]:
    """The handlers that no call can reach, where that is not the echo of another finding."""
    if len(program.graph.reachable) == len(program.handlers):
        return ()
    return tuple(_unreached(program))


def _unreached(program: Program) -> Iterator[Unreached]:
    if program.partial or not program.graph.begins or _unsure(program):
        return
    found = [*program.graph.loose, *(edge.outcome for edge in program.graph.single if edge.outcome is not None)]
    missed = {outcome.goal.name.text for outcome in found if outcome.goal}
    known = KnownWords(handler.name for handler in program.handlers if handler.kind == "pie" and handler.name)
    meant = {known.nearest(name) for name in missed if name not in known}
    meant |= set(_beyond(program))
    detects = _detects(program)
    for handler in program.handlers:
        expected = handler.name in meant if handler.kind == "pie" else False
        expected = expected or (handler.name or "").lower() != (handler.name or "")  # bad-name speaks
        doubled = program.graph.first.get(handler.key) != handler.index
        if handler.node.event.within is not None:
            continue  # rules about requests say why
        expected = expected or answers_callout(program, handler)
        if handler.index not in program.graph.reachable and not expected and not doubled:
            yield _closed(program, handler, detects)


def _beyond(program: Program) -> Iterator[str]:
    """What answers the menus that no key leads to: another finding speaks about those."""
    for handler in program.handlers:
        block = menus(handler.action, handler) if handler.action and isinstance(handler.action.body, tree.Menu) else ()
        reached = {
            item.goal.name.text
            for menu in block
            for item in menu.node.items
            if isinstance(item, tree.GoalItem) and item.goal.menu
        }
        for menu in block[1:]:
            if menu.id not in reached:
                yield from (item.goal.name.text for item in menu.node.items if isinstance(item, tree.GoalItem))


@lru_cache(maxsize=4)  # for each handler that nothing reaches
def _records(program: Program) -> dict[int, list[tree.Block | tree.RecordRule]]:
    """By handler, the decisions that cover a step of it and no step that a call can reach."""
    found: dict[int, list[tree.Block | tree.RecordRule]] = {}
    for number, decision in enumerate(program.decisions.all):
        steps = program.decisions.covers.get(number, ())
        if not any(program.is_reachable(step) for step in steps):
            for handler in dict.fromkeys(step.handler for step in steps):
                found.setdefault(handler, []).append(decision.node)
    return found


@lru_cache(maxsize=4)
def _has_menus(program: Program) -> bool:
    return any(h.action and isinstance(h.action.body, tree.Menu) for h in program.handlers)


def lost_recordings(program: Program, found: Unreached, say: Notation) -> Iterator[Finding]:
    """What `recording_unreachable` says of a handler."""
    for node in _records(program).get(found.handler.index, ()):
        why, notes, help_ = _reason(found, say)
        where = Note(found.handler.node.event.span, "no call comes here")
        yield Finding("this recording is never made", node.keyword, notes=(where, *notes), why=why, help=help_)


def left_over(program: Program, found: Unreached, say: Notation) -> Iterator[Finding]:
    """What `unreachable_handler` says of a handler: nothing where a recording in it is told of."""
    handler = found.handler
    spare = handler.name == OTHERWISE and _has_menus(program)
    if not spare and handler.index not in _records(program):
        why, notes, help_ = _reason(found, say)
        yield Finding(say.never_reached(handler), handler.node.event.span, notes=notes, why=why, help=help_)
