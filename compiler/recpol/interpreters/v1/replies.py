"""The interpreter of replies: one reply to a callback or one Manage Call body, to what is heard and recorded.

Its sources are the Recording page, the Callback API page and the Calling API page (2018 to 2021), and for what came
since the current SVAML page and the SDKs; `recpol.interpreters.v1.dialects` tells the two apart. A whole call is run by
`recpol.interpreters.v1.calls`.

Invariant: total and linear. Any JSON value has an outcome; what has no documented meaning is a problem.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.calls.deeds import Deed
from recpol.calls.trace import Heard, Recorder
from recpol.interpreters.v1 import forms, manner, menus, prompts
from recpol.interpreters.v1.dialects import CLASSIC, DialectFacts
from recpol.interpreters.v1.forms import FormBody
from recpol.interpreters.v1.menus import MenuResult, Menus
from recpol.interpreters.v1.progress import ReplyProgress

__all__ = ["MenuResult", "ReplyOutcome", "Wait", "menus_of", "reply", "request"]

Wait = Literal["answer", "app", "menu", "parked", "talk", "room", "end"]
"""What the platform waits for after a reply.

The callee (`answer`: then ACE, `app`: no callback), a menu's result (PIE), a Manage Call request for a parked call, the
end of the conversation (`talk`) or of the caller's part in a conference or stream (`room`); nothing after `end`.
"""

_CROSSED = frozenset(("ConnectPstn", "ConnectSip", "RunMenu"))
"""Actions across which, as across Park, no page promises that a recording goes on (Recording page)."""

_FLAGGED = frozenset(("Continue", "ConnectPstn", "ConnectMxp", "ConnectConf", "ConnectSip"))
"""Actions that are documented to bear a recording flag."""


class ReplyOutcome(Record):
    """What one reply or one request does.

    `heard`: its sounds in order, with what records each; for a RunMenu every menu that a caller can get to.
    `deeds`: all that it does in order, heard or not; for a RunMenu every menu of the document.
    `recorder`: what records afterwards. `waits`: what the platform waits for. `suppressed`: ACE is suppressed.
    `tells_keys`: the platform tells of the keys that are pressed in the room. `results`: what its RunMenu can report.
    `problems`: what in the document has no documented meaning. `assumptions`: what the outcome depends on, by name.
    """

    heard: tuple[Heard, ...]
    recorder: Recorder
    waits: Wait
    suppressed: bool = False
    problems: tuple[str, ...] = ()
    assumptions: frozenset[str] = frozenset()
    deeds: tuple[Deed, ...] = ()
    tells_keys: bool = False
    results: tuple[MenuResult, ...] = ()


def reply(document: object, recorder: Recorder, dialect: DialectFacts = CLASSIC) -> ReplyOutcome:
    """Run one reply to ICE, ACE or PIE, or one for a parked call: its instructions in order, then its action.

    `document` is the reply as parsed from JSON, `recorder` what records when the reply arrives. A reply without an
    action that means something is a problem, and nothing is waited for.
    """
    run = ReplyProgress(dialect, recorder, recorder.calls)
    name, action = _parts(document, run, "reply")
    waits = "end" if name is None else _act(name, action, run)
    quiet = name in ("ConnectPstn", "ConnectSip") and _suppresses(action, run)
    return _outcome(run, waits, suppressed=quiet, tells_keys=name == "ConnectConf" and manner.tells_keys(action))


def request(document: object, recorder: Recorder, dialect: DialectFacts = CLASSIC) -> ReplyOutcome:
    """Run one Manage Call body on a connected call.

    Both forms are read where the dialect has them: the actions StartRecording and StopRecording, and instructions with
    `continue`. `waits` is `talk` where the call goes on as it was, in a conference too.
    """
    run = ReplyProgress(dialect, recorder)
    name, action = _parts(document, run, "request")
    several = len(_instructions(document))
    if several > 1 and run.instructed:
        run.assumptions.add("request-in-order")
    return _outcome(run, "talk" if name is None else _manage(name, action, bool(several), run))


def menus_of(document: object) -> Menus:
    """The menus of a reply whose action is RunMenu; none of any other."""
    action = document.get("action") if isinstance(document, dict) else None
    if isinstance(action, dict) and forms.known(action.get("name"), forms.ACTIONS) == "RunMenu":
        return menus.read(action)
    return Menus({})


def _outcome(run: ReplyProgress, waits: Wait, *, suppressed: bool = False, tells_keys: bool = False) -> ReplyOutcome:
    return ReplyOutcome(
        tuple(run.heard),
        run.recorder,
        waits,
        suppressed,
        tuple(dict.fromkeys(run.problems)),
        frozenset(run.assumptions),
        tuple(run.deeds),
        tells_keys,
        () if run.menus is None else run.menus.results,
    )


def _instructions(document: object) -> list[object]:
    listed = document.get("instructions") if isinstance(document, dict) else None
    return listed if isinstance(listed, list) else []


def _parts(document: object, run: ReplyProgress, what: str) -> tuple[str | None, FormBody]:
    """Run the instructions; give the action and its name, none where it has no meaning."""
    if not isinstance(document, dict):
        run.problems.append(f"the {what} is not an object")
        return None, {}
    run.problems += forms.unknown(document, frozenset(("instructions", "action")), f"the {what}")
    if document.get("instructions") is not None and not isinstance(document["instructions"], list):
        run.problems.append("`instructions` is not a list")
    if what == "reply" and run.recorder.conference is not None:
        run.problems.append("a reply to a call in a recorded conference: no page describes such a callback")
    for place, instruction in enumerate(_instructions(document), 1):
        if isinstance(instruction, dict):
            _instruct(instruction, f"instruction {place}", run)
        else:
            run.problems.append(f"instruction {place} is not an object")
    action = document.get("action")
    if not isinstance(action, dict):
        run.problems.append(f"the {what} has no action")
        return None, {}
    name = run.name(action, run.dialect.actions, "the action")
    if name is not None:
        run.problems += forms.unknown(action, run.dialect.actions[name] | run.dialect.recorded, f"the action {name}")
    return name, action


def _instruct(instruction: FormBody, where: str, run: ReplyProgress) -> None:
    name = run.name(instruction, run.dialect.instructions, where)
    if name is None:
        return
    where = f"{where} ({name})"
    run.problems += forms.unknown(instruction, run.dialect.instructions[name], where)
    match name:
        case "Say":
            text = run.text(instruction, "text", where)
            if text is not None:
                run.hear("speech", text, manner=manner.of_locale(instruction))
        case "PlayFiles":
            _play(instruction, where, run)
        case "SendDtmf":
            tones = run.text(instruction, "value", where)
            if tones is not None:
                known_later = "{{" in tones
                if not tones or (tones.strip("0123456789#w") and not known_later):
                    run.problems.append(f"{where} has other tones than `0`-`9`, `#` and `w`")
                run.hear("tones", tones)
        case "StartRecording":
            run.instructed = True
            run.start(instruction.get("options"), where)
        case "StopRecording":
            run.instructed = True
            run.stop(where)
        case "SetCookie":
            run.do("cookie", manner.of_cookie(instruction))
        case _:
            run.do("answer")


def _play(instruction: FormBody, where: str, run: ReplyProgress) -> None:
    ids = instruction.get("ids")
    if not isinstance(ids, list):
        run.problems.append(f"{where} has no list in `ids`")
        return
    for item in ids:
        sound = prompts.sound(item) if isinstance(item, str) else "is not a text"
        if isinstance(sound, str):
            run.problems.append(f"an entry of `ids` of {where} {sound}")
            continue
        if ";" in item:
            run.assumptions.add("id-is-one-item")
        run.do(sound.kind, manner.of_locale(instruction))
        run.hear_sound(sound)


# ── what the action does ─────────────────────────────────────────────────────────────────────────────────────────


def _act(name: str, action: FormBody, run: ReplyProgress) -> Wait:
    flagged = _flag(name, action, run)
    if name == "ConnectMxp":
        _check_app(run, flagged=flagged)
    if name in _CROSSED and run.recorder.calls and run.recorder.calls != run.entry:
        run.assumptions.add("recorder-survives")
    if flagged:
        _start_flagged(name, action, run)
    match name:
        case "Hangup":
            run.do("hangup", manner.of_action(action, run.dialect.flags))
            return "end"
        case "Continue":
            run.hear("talk", manner=manner.of_action(action, run.dialect.flags))
            return "talk"
        case "ConnectPstn":
            _connect("pstn", run.text(action, "number", "the action ConnectPstn", needed=False), action, run)
            return "answer"
        case "ConnectSip":
            _connect("sip", _endpoint(action, ("sip",), "the action ConnectSip", run, needed=True), action, run)
            return "answer"
        case "ConnectMxp":
            _connect("app", _endpoint(action, ("username",), "the action ConnectMxp", run, needed=False), action, run)
            return "app"
        case "ConnectConf":
            _connect("conference", run.text(action, "conferenceId", "the action ConnectConf"), action, run)
            return "room"
        case "ConnectStream":
            _connect(
                "stream", _endpoint(action, ("websocket",), "the action ConnectStream", run, needed=True), action, run
            )
            return "room"
        case "RunMenu":
            found = run.menus = menus.read(action)
            run.problems += found.problems
            run.assumptions |= found.assumptions
            run.do("menus", manner.of_action(action, run.dialect.flags))
            for how in manner.of_menus(action):
                run.do("menu", how)
            for menu in found.menus.values():
                run.hear_sound(menu.sound)
            return "menu"
        case "Park":
            return _park(action, run)
        case _:
            run.problems.append(f"the action {name} is documented for Manage Call only, not for a reply")
            return "end"


def _manage(name: str, action: FormBody, instructions: bool, run: ReplyProgress) -> Wait:
    if name not in ("StartRecording", "StopRecording"):
        _no_flag(name, action, run, "in a Manage Call body")
    elif instructions:
        run.problems.append(f"instructions beside the action {name} are not documented")
    match name:
        case "StartRecording":
            if any(flag in action for flag in run.dialect.flags):
                run.problems.append("a recording flag on the action StartRecording is not documented")
            run.start(action.get("recordingOptions"), "the action StartRecording")
        case "StopRecording":
            _no_flag(name, action, run, "on this action")
            run.stop("the action StopRecording")
        case "Continue":
            pass
        case "Hangup":
            run.do("hangup", manner.of_action(action, run.dialect.flags))
            return "end"
        case "Park":
            return _park(action, run)
        case _:
            run.problems.append(f"the action {name} is not documented for a connected call")
    return "talk"


def _flag(name: str, action: FormBody, run: ReplyProgress) -> bool:
    """Whether the action's flag starts a recording."""
    if name in ("StartRecording", "StopRecording"):
        return False
    if name not in _FLAGGED:
        _no_flag(name, action, run, "on this action")
        return False
    values = {flag: action[flag] for flag in run.dialect.flags if flag in action}
    if not values and "recordingOptions" in action:
        run.problems.append(f"the action {name} has recording options without the flag, which is not documented")
    for flag, value in values.items():
        if not isinstance(value, bool):
            run.problems.append(f"`{flag}` of the action {name} is neither true nor false")
    if len(values) > 1 and values["record"] is not values["recording"]:
        run.problems.append(f"`record` and `recording` of the action {name} contradict each other")
    raised = [flag for flag, value in values.items() if value is True]
    if all(flag in run.dialect.flagged for flag in raised):
        run.assumptions |= {run.dialect.flagged[flag] for flag in raised}
    return bool(raised)


def _no_flag(name: str, action: FormBody, run: ReplyProgress, place: str) -> None:
    found = next((key for key in action if key in run.dialect.recorded), None)
    if found is not None:
        run.problems.append(f"`{found}` of the action {name} is not documented {place}")


def _start_flagged(name: str, action: FormBody, run: ReplyProgress) -> None:
    where = f"the flag on {name}"
    if name == "ConnectConf":
        run.start_conference(action.get("recordingOptions"), where)
        return
    if name == "ConnectMxp":
        run.assumptions.add("flag-on-app-call")
    run.start(action.get("recordingOptions"), where)


def _check_app(run: ReplyProgress, *, flagged: bool) -> None:
    if run.instructed:
        run.problems.append("recording instructions are not supported beside ConnectMxp")
    elif run.recorder.calls and not flagged:
        run.problems.append("a call recording runs when ConnectMxp connects, which is not supported")


def _connect(kind: str, target: str | None, action: FormBody, run: ReplyProgress) -> None:
    how = manner.of_action(action, run.dialect.flags)
    run.hear("connect", kind if target is None else f"{kind} {target}", manner=how)
    if kind != "conference" and run.recorder.calls:
        run.assumptions.add("stream-is-recorded" if kind == "stream" else "start-before-answer")


def _endpoint(action: FormBody, types: tuple[str, ...], where: str, run: ReplyProgress, *, needed: bool) -> str | None:
    destination = action.get("destination")
    if destination is None and not needed:
        return None
    if not isinstance(destination, dict):
        run.problems.append(f"{where} has no destination")
        return None
    run.problems += forms.unknown(destination, frozenset(("type", "endpoint")), f"the destination of {where}")
    # The classic page gives a SIP address no type, later pages may; all others have one.
    type_ = destination.get("type", types[0] if types == ("sip",) else None)
    if not isinstance(type_, str) or type_.lower() not in types:
        run.problems.append(f"{where} has a destination of another type than `{types[0]}`")
    return run.text(destination, "endpoint", f"the destination of {where}")


def _park(action: FormBody, run: ReplyProgress) -> Wait:
    intro = run.text(action, "introPrompt", "the action Park", needed=False)
    hold = run.text(action, "holdPrompt", "the action Park", needed=False)
    if run.recorder.calls:
        run.assumptions.add("recorder-survives")
    run.recorder = run.recorder.outside  # a parked call hears its own prompts, and nothing of a room
    run.hear("parked", intro or "", hold or "", manner=manner.of_action(action, run.dialect.flags))
    return "parked"


def _suppresses(action: FormBody, run: ReplyProgress) -> bool:
    value = action.get("suppressCallbacks", False)
    if not isinstance(value, bool):
        run.problems.append("`suppressCallbacks` is neither true nor false")
    return value is True
