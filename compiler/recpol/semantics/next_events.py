"""Where a call stands, to what can happen next.

Invariant: everything that `possible` gives can happen in `recpol.semantics.simulate`, and nothing else can, but for
the digits that a caller may choose, and for who hangs up at which moment of a reply.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.menus import MenuNode, menus_by_id, outcomes
from recpol.analysis.program import Program
from recpol.base.typing import assert_never
from recpol.calls import trace as t
from recpol.semantics.conversations import rings, unanswered_by
from recpol.semantics.menu_results import answering
from recpol.semantics.moments import Moment, requests_at, told_by
from recpol.syntax import tree

LONGEST = 32
"""How many digits an example of entered digits has at most."""

CALL_FAILS = t.Unanswered("failed")
"""A call that fails ends like one that nobody answers, so it is an event of its own only where a policy answers it."""

_CALLER, _CALLEE = t.HangsUp("caller"), t.HangsUp("callee")
_ANSWERS, _SILENT, _BUSY, _WAITS = t.Answers(), t.Unanswered("silent"), t.Unanswered("busy"), t.Waits()


def possible(program: Program, moment: Moment | None) -> tuple[t.Event, ...]:
    """What can happen at a moment of a call: what the policy speaks about first, hanging up last.

    Each key of a menu is an event; entered digits are one event, with as many digits as the menu takes.
    """
    return beginnings(program) if moment is None else tuple(_possible(program, moment))


def beginnings(program: Program) -> tuple[t.Starts, ...]:
    """The calls that the backend can begin."""
    handlers = (program.handlers[number] for number in program.graph.begins)
    return tuple(t.Starts(handler.name or "") for handler in handlers if handler.kind == "callout")


def _possible(program: Program, moment: Moment) -> Iterator[t.Event]:
    match moment.mode:
        case "dialling":
            yield _ANSWERS
            step = moment.step
            if step is not None and isinstance(step.body, tree.Call):
                yield from (_SILENT, _BUSY)
                return  # who is called is not in the call yet
            if step is not None and rings(program, step) and program.loses_replies:
                yield t.Unreplied()
            yield from (_SILENT, _BUSY)
            if step is not None and unanswered_by(program, step, CALL_FAILS) is not None:
                yield CALL_FAILS
            yield _CALLER
        case "menu":
            yield from _in_menu(program, moment)
            yield _CALLER
        case "parked":
            for handler in program.handlers:
                if (
                    handler.kind == "manage"
                    and not handler.in_talk
                    and program.graph.first[handler.key] == handler.index
                ):
                    yield t.Sends(handler.name or "")
            yield from (t.Expires(), _CALLER)
        case "talk":
            yield from _phases(program, moment)
            yield from _requests(program, moment)
            yield from (_CALLER, _CALLEE)
        case "room":
            yield from _phases(program, moment)
            yield from _keys(program, moment)
            yield from _requests(program, moment)
            yield _CALLER
        case "ended":
            return
        case _:
            assert_never(moment.mode)


def menu_of(moment: Moment) -> MenuNode | None:
    """The menu that plays at a moment."""
    if moment.mode != "menu" or moment.step is None:
        return None
    return menus_by_id(moment.step, moment.handler).get(moment.menu)


def _in_menu(program: Program, moment: Moment) -> Iterator[t.Event]:
    menu = menu_of(moment)
    if menu is None or moment.step is None:
        return
    further = menus_by_id(moment.step, moment.handler)
    found = [outcome for outcome in outcomes(menu) if answering(program, outcome) is not None]
    returned = {key for outcome in found for key in outcome.keys}
    offered: dict[str, None] = {}
    for item in menu.node.items:
        if isinstance(item, tree.KeyItem):
            leads = item.goal.name.text in further if item.goal.menu else item.key.text in returned
            if leads:
                offered[item.key.text] = None
    yield from (t.Presses(key) for key in offered)
    for outcome in found:
        match outcome.type:
            case "sequence" if isinstance(outcome.item, tree.DigitsItem):
                yield t.Enters(("1234567890" * 4)[: min(outcome.item.count.value, LONGEST)])
            case "timeout":
                yield _WAITS
            case "invalidinput":
                yield t.Mistypes()
            case _:
                pass


def _requests(program: Program, moment: Moment) -> Iterator[t.Event]:
    yield from (t.Manages(handler.name or "") for handler in requests_at(program, moment))


def _keys(program: Program, moment: Moment) -> Iterator[t.Event]:
    room = moment.dialled
    if room is not None and isinstance(room.body, tree.Connect):
        keys = dict.fromkeys(line.key.text for line in room.body.keys)
        yield from (t.PressesInRoom(key) for key in keys if told_by(program, moment, key) is not None)


def _phases(program: Program, moment: Moment) -> Iterator[t.Event]:
    if moment.phase is not None:
        yield t.Ends(_name(moment.phase.body))
        return
    dialled = moment.dialled
    for step in program.handler_of(dialled).steps if dialled is not None else ():
        if dialled is not None and step.parent == dialled.index and isinstance(step.body, tree.Phase):
            yield t.Begins(_name(step.body))


def _name(body: object) -> str:
    assert isinstance(body, tree.Phase)
    return body.name.text
