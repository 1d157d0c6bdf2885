"""A program to classic SVAML: the replies of its handlers and the Manage Call bodies of its phases.

The recorder follows the decisions with as few changes as can be: `StartRecording` and `StopRecording` stand where the
wish changes, and where a recording begins at an action that can carry the flag, the action carries it. A conference
recording is always the flag on `ConnectConf`, and a call recording beside `ConnectConf` always the instruction, for
that flag means the room (Recording page). An app call knows only the flag.

Invariant: total on every program that the rules accept; the output depends on nothing but the program.
"""

from __future__ import annotations

from typing import Any

from recpol.ground import placeholder
from recpol.model import ast
from recpol.model.flow import Action, Handler, Instruction, Step
from recpol.program import Program
from recpol.recorder import Recording, wanted
from recpol.targets.answers import answers_of, file_of
from recpol.targets.classic_forms import Json, action, instruction, recording_options
from recpol.targets.reply import Reply

_FLAG = ("pstn", "app", "sip")
"""The connects whose `recording` flag means call recording."""


def lower(program: Program) -> tuple[Reply, ...]:
    """All documents of a policy: replies in the order of the handlers, then the bodies of the phases."""
    replies: list[Reply] = []
    for handler in program.handlers:
        document = _reply(program, handler)
        replies.append(Reply(file_of(handler), document, answers_of(program, handler), values_of(document)))
    for step in program.steps:
        if isinstance(step.body, ast.Phase):
            for moment, document in _phase(program, step):
                name = step.body.name.text
                answer = {"event": "manage", "phase": name, "moment": moment}
                replies.append(Reply(f"manage.{name}.{moment}.json", document, (answer,), values_of(document)))
    return tuple(replies)


def _reply(program: Program, handler: Handler) -> Json:
    instructions: list[Json] = []
    state = program.entry(handler)
    document: Json = {}
    for step in handler.segments:
        body = step.body
        wish = wanted(program.decisions, step) if step.recordable else state
        if isinstance(body, Instruction):
            instructions.extend(_change(program, state, wish))
            instructions.append(instruction(program, body))
            state = wish
        elif isinstance(body, Action):
            form = action(program, handler, step, body)
            carries = wish != state and (isinstance(body, ast.Continue) or step.connects in _FLAG)
            instructions.extend(_change(program, state, None if carries else wish))
            flagged = wish if carries else program.decided(step).conference_store
            document = {"action": {**form, **_flag(program, flagged)}}
    return {"instructions": instructions, **document} if instructions else document


def _change(program: Program, state: Recording, wish: Recording) -> list[Json]:
    """The instructions that bring the recorder from one state to another."""
    if state == wish:
        return []
    stop: list[Json] = [] if state is None else [{"name": "StopRecording"}]
    if wish is None:
        return stop
    return [*stop, {"name": "StartRecording", "options": recording_options(program, wish)}]


def _flag(program: Program, store: Recording) -> Json:
    """The flag that starts a recording with an action; nothing where none starts."""
    return {} if store is None else {"recording": True, "recordingOptions": recording_options(program, store)}


def _phase(program: Program, step: Step) -> list[tuple[str, Json]]:
    """The bodies that begin and end a phase; none where the phase is recorded as the conversation around it."""
    assert step.parent is not None
    talks = program.graph.conversations.get(step.parent, ())
    around = wanted(program.decisions, talks[0]) if talks else None
    within = wanted(program.decisions, step)
    if around == within:
        return []
    return [("begin", _manage(program, within)), ("end", _manage(program, around))]


def _manage(program: Program, wish: Recording) -> Json:
    if wish is None:
        return {"action": {"name": "StopRecording"}}
    return {"action": {"name": "StartRecording", "recordingOptions": recording_options(program, wish)}}


def values_of(document: Any) -> tuple[str, ...]:
    """The placeholders that a document needs filled, as `env.NAME` and `call.FIELD`, sorted."""
    found: set[str] = set()

    def visit(part: Any) -> None:
        if isinstance(part, str):
            for piece in placeholder.split(part):
                if isinstance(piece, placeholder.Hole):
                    found.add(f"{piece.scope}.{piece.name}")
        elif isinstance(part, dict):
            for value in part.values():
                visit(value)
        elif isinstance(part, list):
            for value in part:
                visit(value)

    visit(document)
    return tuple(sorted(found))
