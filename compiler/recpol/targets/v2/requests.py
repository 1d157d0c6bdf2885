"""Phases and requests within a talk to the bodies of PATCH requests of Voice API v2.

A request runs on one leg: the caller's, whose recordings it starts and stops, or the callee's, where it only plays. The
rules let through requests that either change what is recorded or play and end something.

Invariant: total on every program that the rules accept.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.recorder import ended, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.typing import assert_never
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
    """The bodies that begin and end a phase: what both are recorded to goes on. What stops a recording says which
    report the backend waits for.

    `end` is the command that ends the call.
    """
    around, talking = outside(program, step), made.around(program, step)
    stopped = [(made.one_of(talking, store), store) for store in ended(around, wanted(program.decisions, step))]
    outer = [(name, store) for name, store in stopped if name is not None]
    inner = [(site.name, site.store) for site in made.sites.get(step.index, ())]
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
    ends: list[tuple[str, str]],
    starts: list[tuple[str, str]],
    end: Json,
) -> SentBody:
    commands: list[Json] = [{"command": "stopRecording", "recordingName": name} for name, _ in ends]
    commands += [start_recording(program, made, name, store, end) for name, store in starts]
    answer = answer | told_ends([name for name, _ in ends])
    return request_file(answer["phase"], answer["moment"]), {"commands": commands}, answer


def told_ends(names: list[str]) -> Json:
    """What the backend waits for after a request that stops recordings: `call.recording.finished` names none, a webhook
    of its own does. Of several that run side by side it waits for each."""
    told = [{"event": f"call.webhook.{name}.finished", "recordingName": name} for name in names]
    return {} if not told else {"waitFor": told[0] if len(told) == 1 else told}


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
            names = [made.one_of(made.entering.get(handler.index, frozenset()), store) for store in ended(state, wish)]
            stops = [name for name in names if name is not None]
            here += [{"command": "stopRecording", "recordingName": name} for name in stops]
            answer |= told_ends(stops)
            for site in made.sites.get(step.index, ()):
                here.append(start_recording(program, made, site.name, site.store, end))
            state = wish
        match step.body:
            case tree.Say() | tree.Play():
                after: list[Json] = []
                messages = segment_messages(program, step.body)
                here.append({"command": "messages", "messages": messages, "events": {"onFinish": after}})
                last, here = here[-1], after
            case tree.Hangup():
                here.append(end)
            case tree.Continue() | tree.Answer():
                pass  # the talk goes on by itself, and the call is answered
            case tree.Tones() | tree.Cookie() | tree.Connect() | tree.Menu() | tree.Park() | tree.Call():
                pass  # rules refuse them within a talk
            case tree.Submenu() | tree.Phase():
                pass  # which stand inside a segment
            case _:
                assert_never(step.body)
    if last is not None and not here:
        last["events"] = {}  # nothing comes after it, and the webhook is not told
    return commands, answer
