"""A program to replies: what the dialects share that answer each callback with a document of its own.

The recorder follows the decisions with as few changes as can be: `StartRecording` and `StopRecording` stand where the
wish changes, and where a recording begins at an action whose flag the dialect uses, the action carries it. A conference
recording is always the flag on `ConnectConf`, and a call recording beside `ConnectConf` always the instruction, for
that flag means the room (Recording page). An app call knows only the flag.

Invariant: total on every program that the rules accept; the output depends on nothing but the program and the dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from recpol.analysis.callouts import said
from recpol.analysis.menus import menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun, ended, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.base.typing import assert_never
from recpol.semantics.phases import TURNS, PhaseChange, change, phases
from recpol.syntax import tree
from recpol.targets.answers import answers_of, awaited, phase_answer
from recpol.targets.backend import SpareReplies
from recpol.targets.filenames import file_of, request_file
from recpol.targets.reply import Json, Place, Reply
from recpol.targets.v1.callouts import callout
from recpol.targets.v1.forms import action, instruction, recording_options
from recpol.targets.values import values_of


class ReplyDialect(Record):
    """How a dialect writes what all of them can say.

    `spell` gives the name of an instruction or action, from PascalCase; `flag` is the recording flag of actions, and
    `flagged` are `continue` and the kinds of connects whose call recording it starts. `request` makes a Manage Call
    body of the instructions that change the recorder, of which there is at least one. `current` is true where the
    dialect has what came after the classic pages.
    """

    spell: Callable[[str], str]
    flag: str
    flagged: frozenset[str]
    request: Callable[[list[Json]], Json]
    current: bool


def lower(program: Program, dialect: ReplyDialect) -> tuple[Reply, ...]:
    """All documents of a policy: replies in the order of the handlers, then the bodies of the phases."""
    replies: list[Reply] = []
    for handler in program.handlers:
        if handler.kind == "callout":
            request = callout(program, handler, spell=dialect.spell, current=dialect.current)
            replies.append(
                Reply(file_of(handler), request, answers_of(program, handler), values_of(request), schema="callout")
            )
            continue
        document = _spelled(_document(program, handler, dialect), dialect)
        replies.append(Reply(file_of(handler), document, answers_of(program, handler), values_of(document)))
    for step in phases(program):
        for turn in TURNS:
            said = change(program, step, turn)
            if said.is_sent:
                assert step.label is not None
                document = _spelled(_phase(program, said, dialect), dialect)
                answer = phase_answer(program, step, turn) | awaited(program, said.stopped)
                replies.append(Reply(request_file(step.label.text, turn), document, (answer,), values_of(document)))
    return tuple(replies)


def spare(dialect: ReplyDialect) -> SpareReplies:
    """The replies of a dialect that stand in for others."""
    ended = _spelled({"action": {"name": "Hangup"}}, dialect)
    return SpareReplies(ended, ended, _spelled({"action": {"name": "Continue"}}, dialect))


def places(program: Program, dialect: ReplyDialect) -> Iterator[Place]:
    """Where in the documents each step is that can be heard: a menu with its further menus. A document that answers
    nothing is never heard.
    """
    for handler in program.handlers:
        if handler.kind == "callout":
            yield from _called(handler)
        if handler.kind == "callout" or not answers_of(program, handler):
            continue
        marks: list[tuple[str, Step]] = []
        _document(program, handler, dialect, marks)
        for pointer, step in marks:
            file = file_of(handler)
            if not isinstance(step.body, tree.Menu):
                yield Place(file, pointer, step)
            else:
                yield from (Place(file, f"{pointer}/menus/{n}", m.step) for n, m in enumerate(menus(step, handler)))


def _called(handler: Handler) -> Iterator[Place]:
    """Where the steps of a callout are heard in the reply that would say the same: its prompts are one instruction."""
    action = handler.action
    yield from (Place(file_of(handler), "/instructions/0", step) for step in said(handler))
    if action is not None and action.connects:
        yield Place(file_of(handler), "/action", action)


def _spelled(document: Json, dialect: ReplyDialect) -> Json:
    """A document with the names of its instructions and its action as the dialect writes them."""
    found: Json = {}
    if "instructions" in document:
        found["instructions"] = [{**form, "name": dialect.spell(form["name"])} for form in document["instructions"]]
    found["action"] = {**document["action"], "name": dialect.spell(document["action"]["name"])}
    return found


def _document(
    program: Program, handler: Handler, dialect: ReplyDialect, marks: list[tuple[str, Step]] | None = None
) -> Json:
    """The document of a handler: a reply, or a request within a talk."""
    return (_request if handler.in_talk else _reply)(program, handler, dialect, [] if marks is None else marks)


def _request(program: Program, handler: Handler, dialect: ReplyDialect, marks: list[tuple[str, Step]]) -> Json:
    """The Manage Call body of a request: a talk that goes on has no flag, so instructions change the recorder. A body
    that changes it and does nothing else is that of a phase."""
    instructions: list[Json] = []
    state = program.entry(handler)
    form: Json = {"name": "Continue"}
    plays = False
    for step in handler.segments:
        body = step.body
        wish = wanted(program.decisions, step) if step.recordable else state
        instructions.extend(_change(program, state, wish))
        state = wish
        if isinstance(body, tree.Instruction):
            if step.recordable:
                marks.append((f"/instructions/{len(instructions)}", step))
            instructions.append(instruction(program, body))
            plays = True
        elif isinstance(body, tree.Action):
            form = action(program, handler, step, body, current=dialect.current)
            if step.recordable:
                marks.append(("/action", step))
        elif isinstance(body, tree.Opening):
            pass  # a rule refuses it: a request begins no call
        elif not isinstance(body, tree.Submenu | tree.Phase):  # which stand inside a segment
            assert_never(body)
    if instructions and not plays and form == {"name": "Continue"}:
        return dialect.request(instructions)
    return {"instructions": instructions, "action": form} if instructions else {"action": form}


def _reply(program: Program, handler: Handler, dialect: ReplyDialect, marks: list[tuple[str, Step]]) -> Json:
    """The reply of a handler; `marks` takes the JSON pointers of the steps that can be heard."""
    instructions: list[Json] = []
    state = program.entry(handler)
    document: Json = {}
    for step in handler.segments:
        body = step.body
        wish = wanted(program.decisions, step) if step.recordable else state
        if isinstance(body, tree.Instruction):
            instructions.extend(_change(program, state, wish))
            if step.recordable:
                marks.append((f"/instructions/{len(instructions)}", step))
            instructions.append(instruction(program, body))
            state = wish
        elif isinstance(body, tree.Action):
            form = action(program, handler, step, body, current=dialect.current)
            begins = "continue" if isinstance(body, tree.Continue) else step.connects
            carries = wish != state and begins in dialect.flagged
            instructions.extend(_change(program, state, () if carries else wish))
            flagged = next(iter(wish), None) if carries else program.decided(step).conference_store
            if step.recordable:
                marks.append(("/action", step))
            document = {"action": {**form, **_flag(program, flagged, dialect)}}
        elif isinstance(body, tree.Opening):
            pass  # the request says whom it calls
        elif not isinstance(body, tree.Submenu | tree.Phase):  # which stand inside a segment
            assert_never(body)
    return {"instructions": instructions, **document} if instructions else document


def _change(program: Program, state: RecordedStores, wish: RecordedStores) -> list[Json]:
    """The instructions that bring the recorder from one state to another; the rules let one recording run at most."""
    stops: list[Json] = [{"name": "StopRecording"} for _ in ended(state, wish)]
    starts = [{"name": "StartRecording", "options": recording_options(program, one)} for one in begun(state, wish)]
    return [*stops, *starts]


def _flag(program: Program, store: str | None, dialect: ReplyDialect) -> Json:
    """The flag that starts a recording with an action; nothing where none starts."""
    return {} if store is None else {dialect.flag: True, "recordingOptions": recording_options(program, store)}


def _phase(program: Program, said: PhaseChange, dialect: ReplyDialect) -> Json:
    """The Manage Call body of a turn of a phase: what is said, and what changes the recorder."""
    instructions: list[Json] = []
    store = said.before
    for step, then in said.prompts:
        assert isinstance(step.body, tree.Instruction)
        instructions += [*_change(program, store, then), instruction(program, step.body)]
        store = then
    instructions += _change(program, store, said.after)
    if instructions and not said.prompts:
        return dialect.request(instructions)
    going_on = {"action": {"name": "Continue"}}
    return {"instructions": instructions, **going_on} if instructions else going_on
