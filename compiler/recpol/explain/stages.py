"""The replies of a policy as stages of a call, each with its rows.

Invariant: every segment, reachable menu and phase of the policy is one row or one phase of a row; what a row says of
the recorder is what `recpol.analysis.recorder` and `recpol.semantics.simulate` work out.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.dialled import CAUSES, answer_keys, called_ace
from recpol.analysis.menus import MenuNode, MenuOutcome, menus, outcomes, reached_menus
from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun, ended, wanted
from recpol.analysis.roomkeys import keys_in_talks
from recpol.analysis.steps import UNANSWERED, Handler, Step
from recpol.base.record import replace
from recpol.base.typing import assert_never
from recpol.calls.party import Party
from recpol.explain.model import ExplainedPhase, ExplainedRecorder, ExplainedRow, Follow, RowMark, Stage
from recpol.explain.order import Numbered, heading
from recpol.explain.rooms import is_recorded, only_in_room, room_sentence
from recpol.explain.things import callee, dials_only, sentences, stores_of, talks, thing
from recpol.explain.words import capital, code, duration, entered, listed, stages_named
from recpol.semantics.conversations import changes, conversation, stops_for
from recpol.semantics.menu_results import answering
from recpol.semantics.phases import TURNS, PhaseChange, change
from recpol.syntax import tree
from recpol.targets.filenames import file_of, holding_files, request_file

BEGINS, GOES_ON = "a new file begins", "the same file goes on"
MOST_SENT = 10
"""How many stages that the backend can send to a parked call are told line by line at each of several places where
calls wait: there are as many lines as the product of both."""


def stages(program: Program, numbered: Numbered) -> tuple[Stage, ...]:
    """All stages, those that no call reaches last."""
    return tuple(_stage(program, numbered, handler) for handler in numbered.handlers)


def _file(program: Program, handler: Handler) -> str:
    """The compiled reply in which a stage stands, or the documents of the calls that come to it, where each target
    holds a call in one."""
    if all(target.whole_call for target in program.targets):
        return ", ".join(holding_files(program, handler)) or file_of(handler)
    return file_of(handler)


def _stage(program: Program, numbered: Numbered, handler: Handler) -> Stage:
    own = program.is_own(handler.node.span)
    return Stage(
        numbered.numbers[handler.index],
        heading(program, handler),
        f"on {handler.key}" + ("" if own else f" of {handler.node.span.source.path}"),
        _file(program, handler),
        handler.node.span.begin.line,
        handler.index in program.graph.reachable,
        numbered.after.get(handler.index, ()),
        tuple(_rows(program, numbered, handler)),
    )


def _rows(program: Program, numbered: Numbered, handler: Handler) -> Iterator[ExplainedRow]:
    state = program.entry(handler)
    for step in handler.segments:
        if isinstance(step.body, tree.Menu):
            reached = {menu.step.index for menu in reached_menus(step, handler)}
            for menu in menus(step, handler):
                row = _row(program, numbered, menu.step, state, _after_menu(program, numbered, menu))
                state = wanted(program.decisions, menu.step)
                silent = () if menu.step.index in reached else ("No key leads to this menu, so no caller hears it.",)
                yield replace(row, details=(*row.details, *silent))
        else:
            yield _row(program, numbered, step, state, _after(program, numbered, step))
            if step.recordable:
                state = wanted(program.decisions, step)


def _row(
    program: Program, numbered: Numbered, step: Step, state: RecordedStores, follows: tuple[Follow, ...]
) -> ExplainedRow:
    words, details = sentences(program, step)
    stopped = ""
    if step.recordable:
        stopped = " ".join(
            f"The recording to {code(store)} has stopped: its file is finished."
            for store in ended(state, wanted(program.decisions, step))
        )
    if all(kind != "conference" for kind, _ in stores_of(program, step)):
        details = (*details, *filter(None, (room_sentence(program, step),)))
    if isinstance(step.body, tree.Park) and _sent_together(program):
        requests = f"one of {len(numbered.resumed)} requests: {stages_named(numbered.resumed)}"
        details = (*details, f"The backend sends {requests}.")
    if isinstance(step.body, tree.Hangup):
        stopped = " ".join(
            f"The recording to {code(store)} ends with the call: its file is finished." for store in state
        )
    return ExplainedRow(
        mark(program, step),
        words,
        details,
        "" if step.label is None else step.label.text,
        tuple(f"@{tag.name}" for tag in step.node.tags),
        _recorders(program, step, state),
        stopped,
        follows,
        tuple(_phases(program, numbered, step)),
        step.span.begin.line,
    )


def mark(program: Program, step: Step) -> RowMark:
    """Whether a step is recorded; `silent` where nothing is heard of it."""
    if not step.recordable:
        return "silent"
    return "recorded" if stores_of(program, step) else "not-recorded"


def _recorders(program: Program, step: Step, state: RecordedStores) -> tuple[ExplainedRecorder, ...]:
    found: list[ExplainedRecorder] = []
    for kind, store in stores_of(program, step):
        if kind == "conference":
            file = "the room's file begins, unless the room is being recorded already"
            file = file if step.connects is not None else "the room's file goes on"
            who = f"the whole room, everybody in it, until the last one leaves{only_in_room(program, step)}"
            found.append(ExplainedRecorder(store, "conference", who, file))
        elif step.connects == "conference":
            who = "this participant's line alone (what the room sends to it), until this participant leaves"
            found.append(ExplainedRecorder(store, "call", who, GOES_ON if store in state else BEGINS))
        else:
            found.append(ExplainedRecorder(store, "call", "this caller's call", GOES_ON if store in state else BEGINS))
    return tuple(found)


# ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────────


def _after_menu(program: Program, numbered: Numbered, menu: MenuNode) -> tuple[Follow, ...]:
    """Each key and result of a menu with what comes then, as written; results with one goal are one line."""
    found: dict[Follow, list[str]] = {}
    places: list[tuple[tuple[bool, int], str, Follow]] = []
    for item in menu.node.items:
        if isinstance(item, tree.KeyItem) and item.goal.menu:
            then = Follow("", None, f"the menu {code(item.goal.name.text)}")
            places.append(((False, item.span.start), f"key {item.key.text}", then))
    for outcome in outcomes(menu):
        place = (True, 0) if outcome.item is None else (False, outcome.item.span.start)
        places.append((place, _result(outcome), _answer(program, numbered, outcome)))
    for _, when, then in sorted(places, key=lambda line: line[0]):
        found.setdefault(then, []).append(when)
    return tuple(Follow(capital(listed(when, "or")), then.stage, then.then) for then, when in found.items())


def _result(outcome: MenuOutcome) -> str:
    match outcome.type:
        case "return":
            return f"key {listed(outcome.keys, 'or')}"
        case "sequence":
            return entered(outcome.item) if isinstance(outcome.item, tree.DigitsItem) else "digits"
        case "timeout":
            return "nothing"
        case _:
            return "a wrong key"


def _answer(program: Program, numbered: Numbered, outcome: MenuOutcome) -> Follow:
    key = answering(program, outcome)
    if key is None:
        return Follow("", None, "the backend has no reply to this; what then happens is not documented")
    return Follow("", numbered.numbers[program.graph.first[key]])


def _after(program: Program, numbered: Numbered, step: Step) -> tuple[Follow, ...]:
    body = step.body
    match body:
        case tree.Park():
            return _unparked(program, numbered, body)
        case tree.Connect() | tree.Continue():
            return _dialled(program, numbered, step)
        case tree.Say() | tree.Play() | tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup():
            return ()
        case tree.Call():
            key = called_ace(program.graph.first, program.handler_of(step))
            answered = () if key is None else (Follow("The person called answers", _stage_of(program, numbered, key)),)
            return (*answered, Follow("Nobody answers", None, "the call ends"))
        case tree.Menu() | tree.Submenu() | tree.Phase():
            return ()  # told line by line, and with the conversation
        case _:
            assert_never(body)


def _dialled(program: Program, numbered: Numbered, step: Step) -> tuple[Follow, ...]:
    """What becomes of a call that is dialled, where more than the talk can follow."""
    keys = answer_keys(program.graph.first, step) if step.connects or dials_only(program, step) else {}
    if not keys:
        return _requested(program, numbered, step)
    follows = {event: Follow(capital(CAUSES[event]), _stage_of(program, numbered, key)) for event, key in keys.items()}
    late = "The callee answers, but the backend's reply comes too late"
    if "ace" in keys and program.loses_replies:
        follows["late"] = Follow(late, None, _lost(program, numbered, step))
    silent = "Nobody answers" if keys.keys() == {"ace"} else "Nobody takes the call for another reason"
    if not set(UNANSWERED) <= set(keys):
        follows["end"] = Follow(silent, None, "the call ends")
    order = ("ace", "late", *UNANSWERED, "end")
    return tuple(follows[event] for event in order if event in follows)


def _stage_of(program: Program, numbered: Numbered, key: str) -> int:
    return numbered.numbers[program.graph.first[key]]


def _requested(program: Program, numbered: Numbered, step: Step) -> tuple[Follow, ...]:
    """The requests that the backend can send during a talk, with the keys in a room that make it do so."""
    sent = [program.handlers[index] for index in program.graph.requests.get(step.index, ())]
    keys: dict[int, list[str]] = {}
    for pressed in keys_in_talks(program.graph, program.handlers, program.steps):
        if pressed.talk is step:
            keys.setdefault(pressed.request.index, []).append(pressed.key)
    found = []
    for one in sent:
        told = f"The caller presses {listed(keys[one.index], 'or')}, and the" if one.index in keys else "The"
        found.append(Follow(f"{told} backend sends {file_of(one)}", numbered.numbers[one.index]))
    return tuple(found)


def _lost(program: Program, numbered: Numbered, step: Step) -> str:
    """What happens when the reply to ACE never comes: the call goes on as the platform last heard of it."""
    stores = wanted(program.decisions, step)
    recorded = f"recorded to {listed([code(store) for store in stores])}" if stores else "not recorded"
    changing = any(changes(program, phase) for phase in numbered.phases.get(step.index, ()))
    until = ", until the backend begins or ends a phase" if changing else ""
    return f"the platform lets the two talk all the same; their talk is {recorded}{until}"


def _sent_together(program: Program) -> bool:
    """Whether the stages that the backend can send to a parked call are told in one line wherever calls wait."""
    parking = program.graph.parking
    return len(parking.resumed) > MOST_SENT and len(parking.origins) > 1


def _unparked(program: Program, numbered: Numbered, body: tree.Park) -> tuple[Follow, ...]:
    limits = [item.limit for item in body.items if isinstance(item, tree.ParkLimit)]
    resumed = () if _sent_together(program) else program.graph.parking.resumed
    stages = [(program.handlers[index], numbered.numbers[index]) for index in resumed]
    sent = [Follow(f"The backend sends {file_of(handler)}", number) for handler, number in stages]
    for limit in limits:
        sent.append(Follow(f"Nothing is sent for {duration(limit)}", None, "the platform ends the call"))
    return tuple(sent)


# ── phases ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _phases(program: Program, numbered: Numbered, step: Step) -> Iterator[ExplainedPhase]:
    """The phases of the conversation that a step is; for a connect without a conversation, those that never begin."""
    connects = program.graph.before.get(step.index, ())
    if isinstance(step.body, tree.Connect) and (step in talks(program, step) or not talks(program, step)):
        connects = (step,)
    for connect in connects:
        for inner in numbered.phases.get(connect.index, ()):
            yield _phase(program, inner, connect, several=len(connects) > 1)


def _phase(program: Program, step: Step, connect: Step, *, several: bool) -> ExplainedPhase:
    assert isinstance(step.body, tree.Phase)
    name = step.body.name.text
    around = conversation(program, step)
    words = f"During the talk: the phase {code(name)}" + (
        f", if {callee(program, connect)} was called" if several else ""
    )
    begins = ends = ""
    files: tuple[str, ...] = ("", "")
    if around is None:
        words = f"The phase {code(name)} begins in no ordinary call, because no talk follows the ringing"
    elif not changes(program, step):
        nothing = "" if step_is_told(program, step) else ", so that nothing needs to be sent"
        words += f", recorded like the talk around it{nothing}"
    if around is not None or program.loses_replies:
        turns = {turn: change(program, step, turn) for turn in TURNS}
        files = tuple(request_file(name, turn) if said.is_sent else "" for turn, said in turns.items())
        begins, ends = (_turn(program, said) for said in turns.values())
        begins += _unconfirmed(program, step)
    recorders = tuple(
        ExplainedRecorder(store, "conference" if kind == "conference" else "call", _phase_who(kind, connect), "")
        for kind, store in stores_of(program, step)
    )
    tags = tuple(f"@{tag.name}" for tag in step.body.tags)
    return ExplainedPhase(name, tags, mark(program, step), recorders, f"{words}.", files[0], begins, files[1], ends)


def step_is_told(program: Program, phase: Step) -> bool:
    """Whether something is said when a phase begins or ends."""
    return any(change(program, phase, turn).prompts for turn in TURNS)


def _turn(program: Program, said: PhaseChange) -> str:
    """What happens when a phase begins or ends, in order."""
    parts, stores = [], said.before
    for step, then in said.prompts:
        parts += [] if then == stores else [_change(stores, then)]
        heard = hearer(program.handler_of(step), step)
        who = "caller and callee hear" if heard is Party.EVERYONE else f"{heard.words} hears"
        silent = "recorded with the room" if is_recorded(program, step) else "not recorded"
        parts.append(f"{who} {thing(program, step)}, {'recorded' if then else silent}")
        stores = then
    parts += [] if said.after == stores else [_change(stores, said.after)]
    return "; then ".join(parts)


def _phase_who(kind: str, connect: Step) -> str:
    if kind == "conference":
        return "the whole room, everybody in it"
    return "this participant's line alone" if connect.connects == "conference" else "this caller's call"


def _change(before: RecordedStores, after: RecordedStores) -> str:
    stopped, started = ([code(store) for store in some] for some in (ended(before, after), begun(before, after)))
    if len(before) == 1 and not after:
        return "the recording stops, and its file is finished"
    one, first = len(stopped) == 1, len(started) == 1
    stops = f"the recording{'' if one else 's'} to {listed(stopped)} stop{'s' if one else ''}" if stopped else ""
    starts = f"{'a recording' if first else 'recordings'} to {listed(started)} start{'s' if first else ''}, in " + (
        "a new file" if first else "new files"
    )
    finished = "its file is finished" if one else "their files are finished"
    return ", and ".join(filter(None, (stops, starts if started else finished)))


def _unconfirmed(program: Program, step: Step) -> str:
    """What happens when nobody confirms that the recording has stopped for a phase, where the policy says it."""
    failure = program.names.phase_failure
    if failure is None or not stops_for(program, step):
        return ""
    then = "the backend ends the call" if failure.act.text == "hangup" else "the phase does not begin"
    return f"; where the platform does not confirm in time that it has stopped, {then}"
