"""A program to Voice API v2: one document for an incoming call, and the bodies of PATCH requests for its phases.

Commands of v2 do not wait for each other, so whatever comes after a prompt stands in the prompt's `onFinish`, and what
must not be recorded in the `onFinish` of the recording before it (see `recpol.targets.v2.plan`). The replies to
later callbacks stand in place, where their event happens, copied where several events lead to one reply.

Recordings are on the caller's leg, which hears both sides. Only one that begins when the callee answers is on the
callee's, because handlers of `dial` run there (tutorial 1.3).

Invariant: total on every program that the rules accept; the output depends on nothing but the program. The recursion is
as deep as menus follow each other, which a rule limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from recpol.analysis.menus import MenuNode, outcomes, reached_menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler, Step
from recpol.platform.payload import IN_V2
from recpol.platform.v2.commands import MENU_NAME, MESSAGES, STAR
from recpol.semantics.conversations import rings
from recpol.semantics.simulate import answering
from recpol.syntax import tree
from recpol.targets.filenames import ACKNOWLEDGED, INCOMING, RECORDING_FAILED, request_file
from recpol.targets.reply import Json, Place, Reply
from recpol.targets.v2.forms import dial, prompt_messages, recording_options, segment_messages
from recpol.targets.v2.plan import Plan, Site, changes, outside, plan
from recpol.targets.values import renamed, values_of

CALLER, CALLEE, BRIDGE = "caller", "callee", "talk"
"""The names of the legs and of their bridge."""

END_CALL: Json = {"command": "hangup", "callName": CALLER}
BRIDGED: Json = {"command": "bridgeCall", "bridgeName": BRIDGE}


def lower(program: Program) -> tuple[Reply, ...]:
    """The document for an incoming call, the replies to what it leaves to the webhook, and the phases' bodies."""
    made = plan(program)
    bodies: list[Reply] = []
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and program.is_reachable(step) and changes(program, step):
            bodies.extend(_phase(program, made, step, step.body.name.text))
    first = _reply(INCOMING, incoming(program, made), {"event": "call.incoming"})
    return (first, *_reports(program, [reply.document for reply in (first, *bodies)]), *bodies)


def _reply(file: str, document: Json, *answers: Json) -> Reply:
    named = renamed(document, IN_V2)
    return Reply(file, named, answers, values_of(named))


# ── what is left to the webhook ──────────────────────────────────────────────────────────────────────────────────

_REPORTED = {
    "startRecording": ("call.recording.finished", "call.recording.failed"),
    "amd": ("call.amd.human", "call.amd.machine", "call.amd.beep", "call.amd.unknown"),
}
"""The events that a command without `events` leaves to the webhook (tutorials); an invalid reply ends the call."""


def _reports(program: Program, documents: list[Json]) -> list[Reply]:
    """The replies to events of commands that have no handlers: a failed recording ends the call if the policy says so,
    and everything else is acknowledged."""
    events = dict.fromkeys(event for document in documents for event in _left(document["commands"]))
    replies: list[Reply] = []
    if program.names.hangs_up and "call.recording.failed" in events:
        del events["call.recording.failed"]
        replies.append(_reply(RECORDING_FAILED, {"commands": [END_CALL]}, {"event": "call.recording.failed"}))
    if events:
        replies.append(_reply(ACKNOWLEDGED, {"commands": []}, *({"event": event} for event in events)))
    return replies


def _left(commands: list[Json]) -> Iterator[str]:
    """The events that commands, and those in their handlers, leave to the webhook."""
    for command in commands:
        if "events" not in command:
            yield from _REPORTED.get(command["command"], ())
        for handler in command.get("events", {}).values():
            yield from _left(handler)
        for item in command.get("menus", {}).values():
            for handler in (*item.get("matches", {}).values(), item.get("onFailure", [])):
                yield from _left(handler)


def incoming(program: Program, made: Plan) -> Json:
    """The reply to `call.incoming`."""
    return _incoming(_Writer(program, made), program)


def places(program: Program) -> Iterator[Place]:
    """Where in the documents each step is that can be heard; of a talk, the command by which the callee joins it."""
    writer = _Writer(program, plan(program))
    todo: list[tuple[str, Any]] = [("", _incoming(writer, program))]
    marks = {id(form): (step, talk) for form, step, talk in writer.marks}
    while todo:
        pointer, value = todo.pop()
        if id(value) in marks:
            step, talk = marks[id(value)]
            yield Place(INCOMING, pointer, step, talk=talk)
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        todo += [(f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", part) for key, part in inner]


def _incoming(writer: _Writer, program: Program) -> Json:
    ice = program.handlers[program.graph.first["ice"]]
    commands: list[Json] = []
    if len(ice.segments) > 1 or (ice.action is not None and not isinstance(ice.action.body, tree.Hangup)):
        commands.append({"command": "answer"})
    writer.reply(ice, commands, None)
    document: Json = {"callName": CALLER, "commands": commands}
    if writer.dials:
        document["events"] = {"onHangup": [{"command": "hangup", "callName": CALLEE}]}
    return document


def _phase(program: Program, made: Plan, phase: Step, name: str) -> list[Reply]:
    """The bodies that begin and end a phase. What stops a recording says which report the backend waits for."""
    around, within = outside(program, phase), made.sites.get(phase.index)
    talking = next(iter(sorted(made.around(program, phase))), None) if around is not None else None
    outer = None if talking is None or around is None else (talking, around)
    inner = None if within is None else (within.name, within.store)
    return [
        _manage(program, name, "begin", outer, inner),
        _manage(program, name, "end", inner, outer),
    ]


def _manage(
    program: Program, phase: str, moment: str, ends: tuple[str, str] | None, starts: tuple[str, str] | None
) -> Reply:
    commands: list[Json] = []
    answer: Json = {"event": "manage", "phase": phase, "moment": moment}
    if ends is not None:
        commands.append({"command": "stopRecording", "recordingName": ends[0]})
        answer["waitFor"] = {"event": "call.recording.finished", "recordingName": ends[0]}
    if starts is not None:
        commands.append(_start(program, *starts))
    return _reply(request_file(phase, moment), {"commands": commands}, answer)


def _start(program: Program, name: str, store: str) -> Json:
    options = recording_options(program, store)
    return {"command": "startRecording", "recordingName": name, "recordingOptions": options}


class _Writer:
    """Writes replies into lists of commands; `dials` says whether somebody is called.

    `marks` are the objects that can be heard, each with its step and whether it begins a talk.
    """

    def __init__(self, program: Program, made: Plan) -> None:
        self.program, self.plan = program, made
        self.dials = False
        self.marks: list[tuple[Json, Step, bool]] = []
        self._starts: dict[str, Json] = {}

    def reply(self, handler: Handler, here: list[Json], running: str | None) -> None:
        """Write a handler's segments into `here`, entered while the recording `running` runs."""
        state = self.program.entry(handler)
        waiting: list[Json] = []
        for step in handler.segments:
            body = step.body
            if step.recordable:
                wish = wanted(self.program.decisions, step)
                if wish != state:
                    here = self._say(here, waiting)
                    here, running = self._change(step, here, running)
                    state = wish
            match body:
                case tree.Say() | tree.Play():
                    messages = segment_messages(self.program, body)
                    self.marks += [(message, step, False) for message in messages]
                    waiting.extend(messages)
                case tree.Hangup() | tree.Continue() | tree.Connect() | tree.Menu() | tree.Park():
                    self._act(handler, step, body, self._say(here, waiting), running)
                    return
                case tree.Answer():
                    pass  # the first command answers
                case tree.Tones() | tree.Cookie():
                    pass  # the rules let neither through
                case tree.Submenu() | tree.Phase() | tree.Call():
                    pass  # inside a segment, or around the whole
                case _:
                    assert_never(body)

    def _say(self, here: list[Json], waiting: list[Json]) -> list[Json]:
        """Write the messages that wait; the list where what comes after them belongs."""
        for start in range(0, len(waiting), MESSAGES.value):
            after: list[Json] = []
            some = waiting[start : start + MESSAGES.value]
            here.append({"command": "messages", "messages": some, "events": {"onFinish": after}})
            here = after
        waiting.clear()
        return here

    def _change(self, step: Step, here: list[Json], running: str | None) -> tuple[list[Json], str | None]:
        """Write the change of the recorder before a step; the list that follows, and the recording that runs then."""
        stop, site = self.plan.stops.get(step.index), self.plan.sites.get(step.index)
        if stop is not None and running is not None:
            here.append({"command": "stopRecording", "recordingName": running})
            if stop.waits:
                after: list[Json] = []
                start = self._starts[running]
                start["events"] = {"onFinish": after, **start.get("events", {})}
                here = after
        if site is None:
            return here, None
        here.append(self._begin(site))
        return here, site.name

    def _begin(self, site: Site) -> Json:
        start = _start(self.program, site.name, site.store)
        if self.program.names.hangs_up and site.name not in self.plan.reported:
            start["events"] = {"onFailure": [END_CALL]}
        self._starts[site.name] = start
        return start

    def _act(self, handler: Handler, step: Step, body: tree.Action, here: list[Json], running: str | None) -> None:
        match body:
            case tree.Hangup():
                here.append({"command": "hangup"} if handler.kind != "ace" else END_CALL)
            case tree.Continue():
                here.append(self._joined(step))
            case tree.Connect():
                here += [BRIDGED, self._dial(step, body, running)]
            case tree.Menu():
                here.append(self._menu(handler, step, running))
            case tree.Park():
                pass  # the rules let none through
            case _:
                assert_never(body)

    def _dial(self, step: Step, body: tree.Connect, running: str | None) -> Json:
        self.dials = True
        answered: list[Json] = []
        if any(option.name.text == "amd" for option in body.options):
            answered.append({"command": "amd"})
        if rings(self.program, step):
            self.reply(self.program.handlers[self.program.graph.first["ace"]], answered, running)
        else:
            answered.append(self._joined(step))
        ends = ("onBusy", "onReject", "onTimeout", "onHangup", "onFailure")
        events = {"onAnswer": answered, **{event: [END_CALL] for event in ends}}
        form = {**dial(self.program, body), "events": events}
        self.marks.append((form, step, False))
        return form

    def _joined(self, step: Step) -> Json:
        """The command by which the callee joins the talk."""
        form = dict(BRIDGED)
        self.marks.append((form, step, True))
        return form

    # ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _menu(self, handler: Handler, step: Step, running: str | None) -> Json:
        listed = reached_menus(step, handler)
        names = menu_names(listed)
        barges = not any(
            isinstance(item, tree.SwitchItem) and item.name == "barge" and item.value.text == "no"
            for item in listed[0].node.items
        )
        items = {names[menu.id]: self._item(menu, names, running, barges=barges) for menu in listed}
        self.marks += [(items[names[menu.id]], menu.step, False) for menu in listed]
        return {"command": "menu", "startMenu": names["main"], "menus": items}

    def _item(self, menu: MenuNode, names: dict[str, str], running: str | None, *, barges: bool) -> Json:
        form: Json = {}
        barge: Json = {} if barges else {"allowBargeIn": False}
        matches: dict[str, list[Json]] = {}
        digits = next((item for item in menu.node.items if isinstance(item, tree.DigitsItem)), None)
        for item in menu.node.items:
            match item:
                case tree.PromptItem():
                    form["prompt"] = {"messages": prompt_messages(self.program, item.prompt, menu.step)} | barge
                case tree.RepeatItem():
                    form["repeatPrompt"] = {"messages": prompt_messages(self.program, item.prompt, menu.step)} | barge
                    if item.times is not None:
                        form["repeatCount"] = item.times.value
                case tree.WaitItem():
                    form["inputTimeoutDurationSeconds"] = (item.wait.milliseconds or 0) // 1000
                case tree.KeyItem():
                    if item.goal.menu:
                        key = _key((item.key.text,), alone=digits is None)
                        matches[key] = [{"command": "gotoMenu", "menuName": names[item.goal.name.text]}]
                case tree.DigitsItem() | tree.FailItem():
                    pass  # results, which come below
                case tree.SwitchItem() | tree.Submenu() | tree.Broken():
                    pass
                case _:
                    assert_never(item)
        failed: list[Json] = []
        for outcome in outcomes(menu):
            commands = failed
            if outcome.type == "return":
                commands = matches.setdefault(_key(outcome.keys, alone=digits is None), [])
            if outcome.type != "sequence" and not commands:
                self._result(answering(self.program, outcome), commands, running)
        if digits is not None:
            form["maximumInputLength"] = digits.count.value
            form["terminatingSequence"] = "#"
            answer = next(outcome for outcome in outcomes(menu) if outcome.type == "sequence")
            self._result(answering(self.program, answer), matches.setdefault(digits_of(digits), []), running)
        order = (
            "prompt",
            "repeatPrompt",
            "inputTimeoutDurationSeconds",
            "repeatCount",
            "maximumInputLength",
            "terminatingSequence",
        )
        ways = {"matches": matches} if matches else {}
        return {key: form[key] for key in order if key in form} | ways | ({"onFailure": failed} if failed else {})

    def _result(self, key: str | None, commands: list[Json], running: str | None) -> None:
        if key is not None:
            self.reply(self.program.handlers[self.program.graph.first[key]], commands, running)


def digits_of(item: tree.DigitsItem) -> str:
    """The expression that entered digits match, with or without the `#` that ends them."""
    return f"[0-9]{{1,{item.count.value}}}#?"


def _key(keys: tuple[str, ...], *, alone: bool) -> str:
    """Keys as one expression. Beside digits, a key is an input with or without the `#` that ends it."""
    one = f"[{''.join(keys)}]" if len(keys) > 1 else _literal(keys[0])
    return one if alone else one + "#?"


def _literal(key: str) -> str:
    return STAR if key == "*" else key


def menu_names(listed: tuple[MenuNode, ...]) -> dict[str, str]:
    """What the menus of one command are called: their own names, cut and numbered where they are too long."""
    names: dict[str, str] = {}
    for number, menu in enumerate(listed):
        tail = f"-{number}"
        short = menu.id if len(menu.id) <= MENU_NAME.value else menu.id[: MENU_NAME.value - len(tail)] + tail
        names[menu.id] = short if short not in names.values() else f"menu{tail}"
    return names
