"""The commands of Voice API v2, and all that runs by itself until the call waits for something.

Commands of a list run in order on one leg; only `pause`, `menu`, `gotoMenu` and `webhook` block. A sound, a pause and
the end of a recording that has commands of its own come by themselves when nothing can run at once.

Invariant: every command of a document runs at most once per event, because a menu waits for input; where two things
are under way whose order matters and no page gives one, that is a problem.
"""

from __future__ import annotations

from recpol.base.record import replace
from recpol.calls.trace import Sound
from recpol.interpreters.v1.forms import FormBody, shown
from recpol.interpreters.v2 import documents
from recpol.interpreters.v2.documents import DocumentPiece
from recpol.interpreters.v2.progress import EventProgress, place
from recpol.interpreters.v2.states import Asking, LegScript, LegState, Playing, Running

_TALK = Sound("talk")

FINISHED, FAILED = "call.recording.finished", "call.recording.failed"
"""What the webhook of the service is told of a recording without `events`."""


def settle(run: EventProgress) -> None:
    """Run all that can run by itself; afterwards the call waits for something, or it has ended."""
    while True:
        while run.queue:
            _list(run, run.queue.popleft())
        _talk(run)
        run.marks += [run.state] * (len(run.played) - len(run.marks))
        _races(run)
        if not _next(run):
            break
    _stranded(run)


def _list(run: EventProgress, script: LegScript) -> None:
    commands = script.commands.value
    if not isinstance(commands, list):
        return
    where = f"a command on {place(script.leg)}"
    for at in range(script.at, len(commands)):
        found = documents.command(commands[at], where, run.problems)
        if found is None:
            continue
        name, body = found
        run.ran.append(name)
        if _command(run, name, body, script, at):
            if name != "pause" and at + 1 < len(commands):
                run.problems.append(f"no page says when the commands after `{name}` in the same list run")
            return


def _command(run: EventProgress, name: str, body: FormBody, script: LegScript, at: int) -> bool:
    """Run one command, which stands in a script at a place; true where it blocks the rest of its list."""
    leg = run.up(script.leg)
    match name:
        case "hangup":
            _hangup(run, body, script.leg)
            return False
        case "dial":
            _dial(run, body, script.leg)
            return False
        case "stopRecording":
            # On a leg that is over, its recordings are over too, and to stop them is idle.
            named = documents.name_of(body, "recordingName", "`stopRecording`", run.problems, needed=True)
            if named and (leg is not None or any(running.name == named for running in run.state.recordings)):
                run.stop(named)
            return False
        case "webhook":
            run.problems.append("what the backend replies to `webhook` is in no document")
            return True
        case _:
            pass
    if leg is None:
        if name == "startRecording":
            run.problems.append(f"`startRecording` comes on {place(script.leg)}, which is over")
        return False
    if name == "answer":
        if leg.answered:
            run.problems.append(f"`answer` comes on {place(leg.name)}, which is answered")
        run.set_leg(replace(leg, answered=True))
        return False
    if not leg.answered:
        run.problems.append(f"`{name}` comes before `answer`")
    match name:
        case "messages":
            _messages(run, body, script)
        case "stopMessages":
            _stop_messages(run, body)
        case "startRecording":
            _start(run, body, script, leg)
        case "bridgeCall":
            _bridge(run, body, leg)
        case "amd":
            handlers = documents.events(body, "`amd`", documents.EVENTS["amd"], run.problems)
            if any(documents.names(documents.handler(handlers, event)) for event in sorted(documents.EVENTS["amd"])):
                run.problems.append("commands follow what `amd` finds, and nothing tells what it finds")
        case "pause":
            rest = replace(script, at=at + 1)
            run.state = replace(run.state, paused=(*run.state.paused, rest))
            return True
        case "menu":
            start = documents.name_of(body, "startMenu", "`menu`", run.problems, needed=True)
            _ask(run, leg.name, DocumentPiece(body), start, "`menu` comes")
            return True
        case "gotoMenu":
            goal = documents.name_of(body, "menuName", "`gotoMenu`", run.problems, needed=True)
            if script.menu is None:
                run.problems.append("`gotoMenu` comes outside a menu")
            else:
                _ask(run, leg.name, script.menu, goal, "`gotoMenu` comes")
            return True
        case _:
            pass
    return False


def _hangup(run: EventProgress, body: FormBody, own: str) -> None:
    name = documents.name_of(body, "callName", "`hangup`", run.problems, needed=False) or own
    leg = run.state.leg(name)
    if leg is None:
        return
    # What happens to the call may cut short what played before, but a list must not cut short what it plays itself.
    if any(playing.leg == name and playing not in run.before for playing in run.state.playing):
        run.problems.append(f"`hangup` comes while messages play on {place(name)}, which cuts them short")
    run.end_leg(leg)


def _dial(run: EventProgress, body: FormBody, own: str) -> None:
    target = documents.target(body.get("to"), run.problems)
    name = documents.name_of(body, "callName", "`dial`", run.problems, needed=False)
    busy = run.busy(own)
    if busy:
        run.problems.append(f"`dial` comes {busy}, and no page says which is over first")
    if name and run.state.leg(name) is not None:
        run.problems.append(f"`dial` uses the name {shown(name)} of a leg that is there already")
        name = ""
    dialled = run.state.dialled + 1
    events = documents.events(body, "`dial`", documents.EVENTS["dial"], run.problems)
    # A generated name has a space, which no name of a document can have.
    leg = LegState(name or f"leg {dialled}", dialled, ringing=True, dialler=own, events=events)
    run.state = replace(run.state, legs=(*run.state.legs, leg), dialled=dialled)
    if not own:
        return  # the backend begins the call: nobody is there who could hear it ring
    listening = [own] if run.up(own) is not None else [other.name for other in run.state.legs if not other.ringing][:1]
    run.hear(Sound("connect", (target,)), listening, body)
    if run.played[-1].heard.calls:
        run.assumptions.add("recording-survives-bridge")


def _messages(run: EventProgress, body: FormBody, script: LegScript) -> None:
    busy = run.busy(script.leg)
    talking = run.state.talking
    if busy:
        run.problems.append(f"`messages` comes {busy}, and no page says which is over first")
    elif script.leg in talking and not run.talking:
        run.problems.append("`messages` comes after `bridgeCall`, when the conversation is on already")
    elif script.leg in talking and run.recorders(talking) != run.recorders((script.leg,)):
        run.problems.append("`messages` plays on one leg of a bridge while another leg is recorded")
    name = documents.name_of(body, "messagesName", "`messages`", run.problems, needed=False)
    after = documents.handler(
        documents.events(body, "`messages`", documents.EVENTS["messages"], run.problems), "onFinish"
    )
    for sound, form in documents.messages(body.get("messages"), "`messages`", run.problems):
        run.hear(sound, (script.leg,), form)
    follows = None if after is None else LegScript(script.leg, after, script.menu)
    run.state = replace(run.state, playing=(*run.state.playing, Playing(script.leg, name, follows)))


def _stop_messages(run: EventProgress, body: FormBody) -> None:
    name = documents.name_of(body, "messagesName", "`stopMessages`", run.problems, needed=True)
    stopped = [playing for playing in run.state.playing if playing.name == name]
    if not stopped:
        run.problems.append(f"`stopMessages` stops the messages {shown(name)}, which do not play")
    if any(playing.after is not None for playing in stopped):
        run.problems.append("no page says whether `onFinish` of messages runs after `stopMessages`")
    run.state = replace(run.state, playing=tuple(item for item in run.state.playing if item.name != name))


def _start(run: EventProgress, body: FormBody, script: LegScript, leg: LegState) -> None:
    name = documents.name_of(body, "recordingName", "`startRecording`", run.problems, needed=False)
    events = documents.events(body, "`startRecording`", documents.EVENTS["startRecording"], run.problems)
    finished, failed = (documents.handler(events, event) for event in ("onFinish", "onFailure"))
    if leg.dialled:
        run.assumptions.add("recording-belongs-to-leg")
    ends, fails = (_report(events, *names) for names in ((finished, FINISHED), (failed, FAILED)))
    finish = bool(documents.names(finished)) and not ends
    running = Running(
        name,
        0,
        leg.name,
        documents.recording_options(body.get("recordingOptions"), "`startRecording`", run.problems),
        ends=ends,
        fails=fails,
        finish=finish,
        finished=LegScript(leg.name, finished, script.menu) if finish and finished is not None else None,
        failed=None if failed is None or fails else LegScript(leg.name, failed, script.menu),
    )
    run.start(running)


def _report(events: DocumentPiece | None, handler: DocumentPiece | None, event: str) -> str:
    """The event by which the backend hears of a recording: its own webhook, or that of the service without `events`."""
    if events is None:
        return event
    commands = None if handler is None else handler.value
    only = commands[0] if isinstance(commands, list) and len(commands) == 1 else None
    is_webhook = isinstance(only, dict) and only.get("command") == "webhook"
    return f"call.webhook.{only.get('webhookName')}" if is_webhook and isinstance(only, dict) else ""


def _bridge(run: EventProgress, body: FormBody, leg: LegState) -> None:
    name = documents.name_of(body, "bridgeName", "`bridgeCall`", run.problems, needed=True)
    if leg.name in {playing.leg for playing in run.state.playing} | {asking.leg for asking in run.state.asking}:
        run.problems.append(f"`bridgeCall` comes {run.busy(leg.name)}")
    if leg.bridge and leg.bridge != name:
        run.problems.append(f"{place(leg.name)} joins a second bridge, and no page says what that does")
    if run.recorders((leg.name,)):
        run.assumptions.add("recording-survives-bridge")
    before = run.state.talking
    run.set_leg(replace(leg, bridge=name))
    if run.state.talking - before:
        run.joined = True
        others = run.state.talking - {leg.name}
        if run.recorders(others):
            run.assumptions.add("recording-survives-bridge")
        if any(playing.leg in others for playing in run.state.playing):
            run.problems.append("`bridgeCall` comes while messages play on another leg of the bridge")


def _ask(run: EventProgress, leg: str, menus: DocumentPiece, name: str, what: str) -> None:
    busy = run.busy(leg)
    if busy:
        run.problems.append(f"{what} {busy}, and no page says which is over first")
    elif leg in run.state.talking:
        run.problems.append(f"{what} in a conversation")
    if documents.item(menus, name) is None:
        run.problems.append(f"there is no menu {shown(name)}")
        return
    run.hear(documents.menu_sound(menus, name, run.problems), (leg,), documents.item(menus, name))
    run.state = replace(run.state, asking=(*run.state.asking, Asking(leg, menus, name)))


# ── what comes by itself ─────────────────────────────────────────────────────────────────────────────────────────


def _talk(run: EventProgress) -> None:
    """Hear the conversation where it begins, where what records it has changed, and after messages in it."""
    legs = run.state.talking
    if not legs:
        run.talking = run.joined = False
        return
    if any(playing.leg in legs for playing in run.state.playing):
        return
    recorders = run.recorders(legs)
    interrupted = bool(run.played) and run.played[-1].heard.sound.kind in ("speech", "ssml", "file")
    if not run.talking or recorders != run.told or interrupted:
        run.hear(_TALK, legs)
    run.talking, run.joined, run.told = True, False, recorders


def _races(run: EventProgress) -> None:
    """Two things that come by themselves, of which no page says which comes first."""
    state = run.state
    if not (state.playing or state.paused or state.recordings):
        return
    ends: list[tuple[str, str, bool]] = []
    for name in dict.fromkeys(playing.leg for playing in state.playing):
        ends.append((name, "messages play", any(item.after for item in state.playing if item.leg == name)))
    ends += [(script.leg, "a `pause` lasts", True) for script in state.paused]
    ends += [
        (running.leg, f"the recording {shown(running.name)} stops, whose `onFinish` has commands", True)
        for running in state.recordings
        if running.stopping and running.finish
    ]
    for count, (name, what, goes_on) in enumerate(ends):
        for other, also, follows in ends[:count]:
            if (name == other) or (goes_on and follows):
                run.problems.append(f"{also} while {what}, and no page says which is over first")
        if not what.startswith("messages"):
            waits = [asking.leg for asking in state.asking] + [leg.dialler for leg in state.legs if leg.ringing]
            if name in waits:
                run.problems.append(f"{what} {run.busy(name)}, and no page says which is over first")


def _next(run: EventProgress) -> bool:
    """Let the next thing come that comes by itself; false where there is none."""
    state = run.state
    script: LegScript | None
    if state.playing:
        script = state.playing[0].after
        run.state = replace(state, playing=state.playing[1:])
    elif state.paused:
        script = state.paused[0]
        run.state = replace(state, paused=state.paused[1:])
    else:
        stopping = next((running for running in state.recordings if running.stopping and running.finish), None)
        if stopping is None:
            return False
        script = stopping.finished
        run.put(stopping, None)
    if script is not None:
        run.queue.append(script)
    return True


def _stranded(run: EventProgress) -> None:
    """Legs on which nothing is under way although they are up, and legs that ring while nobody is on the line."""
    state = run.state
    ringing = [leg for leg in state.legs if leg.ringing]
    if len(ringing) == len(state.legs) and not all(leg.dialler == "" for leg in ringing):
        run.problems += [f"{place(leg.name)} rings on although nobody is on the line" for leg in ringing]
        return
    if ringing:
        return
    waiting = state.talking | {asking.leg for asking in state.asking}
    for leg in state.legs:
        if leg.name not in waiting:
            who = "callee" if leg.dialler else "caller"
            run.problems.append(f"the {who} stays in silence: nothing is under way on {place(leg.name)} any more")
