"""Phases and requests within a talk to the bodies of PATCH requests of Voice API v2.

A request runs on one leg: the caller's, whose recordings it starts and stops, or the callee's, where it only plays. The
rules let through requests that either change what is recorded or play and end something.

Invariant: total on every program that the rules accept.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler, Step
from recpol.syntax import tree
from recpol.targets.answers import origins, phase_talks, request_answer
from recpol.targets.filenames import holding_files, request_file
from recpol.targets.reply import Json
from recpol.targets.v2.forms import recording_options, segment_messages
from recpol.targets.v2.plan import Plan, outside

SentBody = tuple[str, Json, Json]
"""A request: its file, its commands as a document, and what the manifest says of it."""


WEBHOOK_URL = "{{ env.SINCH_WEBHOOK_URL }}"
"""Where the platform tells the end of a recording that a request waits for: the callback URL of the policy."""


def phase(program: Program, made: Plan, step: Step, name: str, end: Json) -> list[SentBody]:
    """The bodies that begin and end a phase. What stops a recording says which report the backend waits for.

    `end` is the command that ends the call.
    """
    around, site = outside(program, step), made.sites.get(step.index)
    talking = next(iter(sorted(made.around(program, step))), None) if around is not None else None
    outer = None if talking is None or around is None else (talking, around)
    inner = None if site is None else (site.name, site.store)
    talks = (file for one in phase_talks(program, step) for file in holding_files(program, one))
    within = list(dict.fromkeys(talks))
    return [
        _manage(program, made, _turn(name, "begin", within), outer, inner, end),
        _manage(program, made, _turn(name, "end", within), inner, outer, end),
    ]


def _turn(phase: str, moment: str, within: list[str]) -> Json:
    """What the manifest says of the request at which a phase begins or ends, in talks that some documents hold."""
    return {"event": "manage", "phase": phase, "moment": moment, "in": within}


def _manage(
    program: Program,
    made: Plan,
    answer: Json,
    ends: tuple[str, str] | None,
    starts: tuple[str, str] | None,
    end: Json,
) -> SentBody:
    commands: list[Json] = []
    if ends is not None:
        commands.append({"command": "stopRecording", "recordingName": ends[0]})
        answer = {**answer, "waitFor": told_end(ends[0])}
    if starts is not None:
        commands.append(start_recording(program, made, *starts, end))
    return request_file(answer["phase"], answer["moment"]), {"commands": commands}, answer


def told_end(name: str) -> Json:
    """The report of the end of a recording: `call.recording.finished` names none, a webhook of its own does."""
    return {"event": f"call.webhook.{name}.finished", "recordingName": name}


def start_recording(program: Program, made: Plan, name: str, store: str, end: Json) -> Json:
    """The command that starts a recording; what becomes of one that a request waits for is told by name."""
    start: Json = {
        "command": "startRecording",
        "recordingName": name,
        "recordingOptions": recording_options(program, store),
    }
    failed = [end] if program.names.hangs_up else None
    if name in made.reported:
        start["events"] = {"onFinish": [_webhook(name, "finished")], "onFailure": failed or [_webhook(name, "failed")]}
    elif failed is not None:
        start["events"] = {"onFailure": failed}
    return start


def _webhook(name: str, happened: str) -> Json:
    return {
        "command": "webhook",
        "webhookName": f"{name}.{happened}",
        "url": WEBHOOK_URL,
        "fallbackUrl": WEBHOOK_URL,  # it is told once more where the first time fails; else the call would end
    }


def begun_by(handler: Handler) -> Json:
    """What the manifest says of the document of a whole call: an event that it answers, or the call that it begins."""
    return {"event": "call.incoming"} if handler.kind == "ice" else {"event": handler.kind, "name": handler.name}


def request(
    program: Program,
    made: Plan,
    handler: Handler,
    end: Json,
) -> tuple[list[Json], Json]:
    """The commands of a request, and what the manifest says of it; `end` is the command that ends the call."""
    within = [file for begun in origins(program, handler) for file in holding_files(program, begun)]
    answer: Json = request_answer(handler, list(dict.fromkeys(within)))
    answer.setdefault("leg", "caller")
    commands: list[Json] = []
    here = commands
    last: Json | None = None
    state = program.entry(handler)
    for step in handler.segments:
        wish = wanted(program.decisions, step) if step.recordable else state
        if wish != state:
            if state is not None:
                name = next(iter(sorted(made.entering.get(handler.index, ()))), "")
                here.append({"command": "stopRecording", "recordingName": name})
                answer["waitFor"] = told_end(name)
            if step.index in made.sites:
                site = made.sites[step.index]
                here.append(start_recording(program, made, site.name, site.store, end))
            state = wish
        if isinstance(step.body, tree.Say | tree.Play):
            after: list[Json] = []
            messages = segment_messages(program, step.body)
            here.append({"command": "messages", "messages": messages, "events": {"onFinish": after}})
            last, here = here[-1], after
        elif isinstance(step.body, tree.Hangup):
            here.append(end)
    if last is not None and not here:
        last["events"] = {}  # nothing comes after it, and the webhook is not told
    return commands, answer
