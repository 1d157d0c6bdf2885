"""A program to Voice API v2: one document for each way in which a call begins, and the bodies of PATCH requests.

An incoming call is a reply; a call that the backend begins is the request that begins it (`POST calls`), whose first
command dials the person called (tutorial 1.1). What that person hears stands in the `onAnswer` of that `dial`.

Commands of v2 do not wait for each other, so whatever comes after a prompt stands in the prompt's `onFinish`, and what
must not be recorded in the `onFinish` of the recording before it (see `recpol.targets.v2.plan`). The replies to
later callbacks stand in place, where their event happens, copied where several events lead to one reply.

Recordings are on the caller's leg, which hears both sides. Only one that begins when the callee answers is on the
callee's, because handlers of `dial` run there (tutorial 1.3). What is done when nobody answers is done for the caller
(assumption `unanswered-goes-on`), who has joined the bridge by then.

Invariant: total on every program that the rules accept; the output depends on nothing but the program. The recursion is
as deep as menus follow each other, which a rule limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callouts import beginnings
from recpol.analysis.dialled import answer_keys, called_ace
from recpol.analysis.menus import MenuNode, outcomes, reached_menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, replace
from recpol.base.typing import Any, assert_never
from recpol.platform.payload import IN_V2
from recpol.platform.v2.commands import MESSAGES
from recpol.semantics.menu_results import answering
from recpol.syntax import tree
from recpol.targets.backend import SpareReplies
from recpol.targets.filenames import ACKNOWLEDGED, file_of, whole_file
from recpol.targets.reply import Json, Place, Reply
from recpol.targets.v2.forms import dial, prompt_messages, recording_options, segment_messages
from recpol.targets.v2.keys import digits_of, key_of, menu_names
from recpol.targets.v2.plan import Plan, Site, changes, plan
from recpol.targets.v2.reported import reported
from recpol.targets.v2.requests import begun_by, phase, request, start_recording
from recpol.targets.values import renamed, values_of

CALLER, CALLEE, BRIDGE = "caller", "callee", "talk"
"""The names of the legs and of their bridge."""

END_CALL: Json = {"command": "hangup", "callName": CALLER}
SPARE = SpareReplies({"commands": [{"command": "hangup"}]}, {"commands": [END_CALL]}, {"commands": []})
"""Its replies that stand in for others; a call that was not answered yet has no name."""

END_CALLEE: Json = {"command": "hangup", "callName": CALLEE}
BRIDGED: Json = {"command": "bridgeCall", "bridgeName": BRIDGE}

ENDS = {"onBusy": "busy", "onReject": "busy", "onTimeout": "noanswer", "onHangup": "", "onFailure": "failed"}
"""What a call that was dialled can come to but for an answer, by the event of a policy that tells of it."""


def lower(program: Program) -> tuple[Reply, ...]:
    """The document for an incoming call, the replies to what it leaves to the webhook, and the phases' bodies."""
    made = plan(program)
    bodies: list[Reply] = []
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and program.is_reachable(step) and changes(program, step):
            bodies += [_reply(*body) for body in phase(program, made, step, step.body.name.text, END_CALL)]
    for handler in program.handlers:
        if handler.in_talk and handler.index in program.graph.reachable:
            commands, answer = request(program, made, handler, END_CALL)
            bodies.append(_reply(file_of(handler), {"commands": commands}, answer))
    calls = [_reply(whole_file(one), _whole(_Writer(program, made), one), begun_by(one)) for one in beginnings(program)]
    return (*calls, *_reports([reply.document for reply in (*calls, *bodies)]), *bodies)


def _reply(file: str, document: Json, *answers: Json) -> Reply:
    named = renamed(document, IN_V2)
    return Reply(file, named, answers, values_of(named))


def _reports(documents: list[Json]) -> list[Reply]:
    """The reply to events of commands that have no handlers, and to webhooks: they are acknowledged."""
    answers = [{"event": event} for event in reported(documents)]
    return [_reply(ACKNOWLEDGED, {"commands": []}, *answers)] if answers else []


def recording(program: Program, store: str) -> Json:
    """What a document says where a recording into a store starts."""
    options: Json = renamed(recording_options(program, store), IN_V2)
    return options


def places(program: Program) -> Iterator[Place]:
    """Where in the documents each step is that can be heard; of a talk, the command by which the callee joins it."""
    made = plan(program)
    for handler in beginnings(program):
        writer = _Writer(program, made)
        todo: list[tuple[str, Any]] = [("", _whole(writer, handler))]
        marks = {id(form): (step, talk) for form, step, talk in writer.marks}
        while todo:
            pointer, value = todo.pop()
            if id(value) in marks:
                step, talk = marks[id(value)]
                yield Place(whole_file(handler), pointer, step, talk=talk)
            inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            todo += [(f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", part) for key, part in inner]


def _whole(writer: _Writer, handler: Handler) -> Json:
    """The document of a call from its beginning on."""
    return _incoming(writer, handler) if handler.kind == "ice" else _begun(writer, handler)


def _incoming(writer: _Writer, ice: Handler) -> Json:
    commands: list[Json] = []
    if len(ice.segments) > 1 or (ice.action is not None and not isinstance(ice.action.body, tree.Hangup)):
        commands.append({"command": "answer"})
    writer.reply(ice, commands, Way())
    document: Json = {"callName": CALLER, "commands": commands}
    if writer.dials:
        document["events"] = {"onHangup": [END_CALLEE]}
    return document


def _begun(writer: _Writer, handler: Handler) -> Json:
    """The request that begins a call: the person called has the caller's leg, and its handlers run there."""
    call = handler.opening
    assert call is not None  # the rules let no other callout through
    assert isinstance(call.body, tree.Call)
    key = called_ace(writer.program.graph.first, handler) if handler.action is None else handler.key
    answered: list[Json] = []
    if key is not None:
        writer.reply(writer.program.handlers[writer.program.graph.first[key]], answered, Way())
    events: Json = {"onAnswer": answered, **{event: [] for event in ENDS}}
    if writer.dials:
        events["onHangup"] = [END_CALLEE]
    return {"commands": [{**dial(writer.program, call.body, CALLER), "events": events}]}


class Way(Record):
    """How a call comes to a reply: with which recordings running, and by an event of a leg that was dialled (`away`) or
    after one, where `hangup` must name the caller. `bridged`: the caller has joined the bridge."""

    running: tuple[Site, ...] = ()
    away: bool = False
    bridged: bool = False


class _Writer:
    """Writes replies into lists of commands; `dials` says whether somebody is called.

    `marks` are the objects that can be heard, each with its step and whether it begins a talk.
    """

    def __init__(self, program: Program, made: Plan) -> None:
        self.program, self.plan = program, made
        self.dials = False
        self.marks: list[tuple[Json, Step, bool]] = []
        self._starts: dict[str, Json] = {}

    def reply(self, handler: Handler, here: list[Json], way: Way) -> None:
        """Write a handler's segments into `here`."""
        state = self.program.entry(handler)
        waiting: list[Json] = []
        for step in handler.segments:
            body = step.body
            if step.recordable:
                wish = wanted(self.program.decisions, step)
                if wish != state:
                    here = self._say(here, waiting)
                    here, running = self._change(step, here, way.running)
                    state, way = wish, replace(way, running=running)
            match body:
                case tree.Say() | tree.Play():
                    messages = segment_messages(self.program, body)
                    self.marks += [(message, step, False) for message in messages]
                    waiting.extend(messages)
                case tree.Hangup() | tree.Continue() | tree.Connect() | tree.Menu() | tree.Park():
                    self._act(handler, step, body, self._say(here, waiting), way)
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

    def _change(self, step: Step, here: list[Json], running: tuple[Site, ...]) -> tuple[list[Json], tuple[Site, ...]]:
        """Write the change of the recorder before a step; the list that follows, and the recordings that run then.

        Of several that have to be waited for one stops after the other: no page says which of two ends first.
        """
        for stop in self.plan.stops.get(step.index, ()):
            for site in (one for one in running if one.store == stop.store):
                here.append({"command": "stopRecording", "recordingName": site.name})
                if stop.waits:
                    after: list[Json] = []
                    start = self._starts[site.name]
                    start["events"] = {"onFinish": after, **start.get("events", {})}
                    here = after
        stopped = {stop.store for stop in self.plan.stops.get(step.index, ())}
        begun = self.plan.sites.get(step.index, ())
        here += [self._begin(site) for site in begun]
        return here, (*(site for site in running if site.store not in stopped), *begun)

    def _begin(self, site: Site) -> Json:
        start = start_recording(self.program, self.plan, site.name, site.store, END_CALL)
        self._starts[site.name] = start
        return start

    def _act(self, handler: Handler, step: Step, body: tree.Action, here: list[Json], way: Way) -> None:
        match body:
            case tree.Hangup():
                here.append(END_CALL if way.away else {"command": "hangup"})
            case tree.Continue():
                here.append(self._joined(step))
            case tree.Connect():
                here += [*([] if way.bridged else [BRIDGED]), self._dial(step, body, way)]
            case tree.Menu():
                here.append(self._menu(handler, step, way))
            case tree.Park():
                pass  # the rules let none through
            case _:
                assert_never(body)

    def _dial(self, step: Step, body: tree.Connect, way: Way) -> Json:
        self.dials = True
        keys = answer_keys(self.program.graph.first, step)
        answered: list[Json] = []
        if any(option.name.text == "amd" for option in body.options):
            answered.append({"command": "amd"})
        if "ace" in keys:
            self._result(keys["ace"], answered, replace(way, away=True))
        else:
            answered.append(self._joined(step))
        events = {"onAnswer": answered}
        for event, told in ENDS.items():
            events[event] = [] if told in keys else [END_CALL]
            self._result(keys.get(told), events[event], replace(way, away=True, bridged=True))
        form = {**dial(self.program, body, CALLEE), "events": events}
        self.marks.append((form, step, False))
        return form

    def _joined(self, step: Step) -> Json:
        """The command by which the callee joins the talk."""
        form = dict(BRIDGED)
        self.marks.append((form, step, True))
        return form

    # ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _menu(self, handler: Handler, step: Step, way: Way) -> Json:
        listed = reached_menus(step, handler)
        names = menu_names(listed)
        barges = not any(
            isinstance(item, tree.SwitchItem) and item.name == "barge" and item.value.text == "no"
            for item in listed[0].node.items
        )
        items = {names[menu.id]: self._item(menu, names, way, barges=barges) for menu in listed}
        self.marks += [(items[names[menu.id]], menu.step, False) for menu in listed]
        return {"command": "menu", "startMenu": names["main"], "menus": items}

    def _item(self, menu: MenuNode, names: dict[str, str], way: Way, *, barges: bool) -> Json:
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
                        key = key_of((item.key.text,), alone=digits is None)
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
                commands = matches.setdefault(key_of(outcome.keys, alone=digits is None), [])
            if outcome.type != "sequence" and not commands:
                self._result(answering(self.program, outcome), commands, way)
        if digits is not None:
            form["maximumInputLength"] = digits.count.value
            form["terminatingSequence"] = "#"
            answer = next(outcome for outcome in outcomes(menu) if outcome.type == "sequence")
            self._result(answering(self.program, answer), matches.setdefault(digits_of(digits), []), way)
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

    def _result(self, key: str | None, commands: list[Json], way: Way) -> None:
        if key is not None:
            self.reply(self.program.handlers[self.program.graph.first[key]], commands, way)
