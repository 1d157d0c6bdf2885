"""What calls of Voice API v2 begin with, to the tree of the policy that says the same.

A call begins with the reply to `call.incoming`, or with the request that begins it: one `dial`, whose `onAnswer`
becomes `on ace NAME` of the callout.

What a message leads to by its `onFinish` comes after it in the policy; a list that a menu leads to becomes a handler,
shared where two are the same; what runs when the callee answers becomes `on ace`. Where the end of a recording is
waited for, what comes next is under `never record`, because only then does the compiler wait, too.

Invariant: what the tree cannot hold is listed with its place; nothing is dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from recpol.base.jsontree import Array, JsonScalar, Member, Object, plain
from recpol.base.record import replace
from recpol.base.source import Span
from recpol.svaml.v2 import segments as lines
from recpol.svaml.v2.commands import OUTCOMES, CommandList, CommandNode, CommandScript
from recpol.svaml.v2.pieces import (
    UNANSWERED,
    CommandPoint,
    ReadHandler,
    Recordings,
    SentCommands,
    UnderWay,
    begun_in,
    detects,
    joins,
    known_events,
    names_of,
    plain_command,
    point_of,
    recorded_items,
)
from recpol.svaml.v2.starts import started
from recpol.svaml.v2.stores import NamedStores
from recpol.svaml.v2.voices import Voices
from recpol.svaml.values import Fields, Unsupported
from recpol.syntax import tree


class CallReader:
    """Reads the documents of a policy, one after another; `lost` is what the language cannot say.

    `talks` are the names of the recordings that run when a talk begins, by where its command stands; None where a
    bridge is joined with what ran when its `dial` began.
    `begun` are all recordings by name. `hangs_up` is true where a call whose recording fails is hung up; `private` are
    the labels of what begins only when the recording before it has ended.
    """

    def __init__(self) -> None:
        self.caller: str | None = None
        self.lost: list[Unsupported] = []
        self.voices = Voices(self.lost)
        self.stores = NamedStores(self.lost)
        self.handlers: list[ReadHandler] = []
        self.named: dict[str, str] = {}
        self.called: dict[str, JsonScalar | None] = {}  # whom a named handler calls
        self.answered: tuple[str, Span] | None = None
        self.callee: JsonScalar | None = None
        self.hangs_up = False
        self.private: list[str] = []
        self.dials = 0
        self.bridge: object = None
        self.talks: dict[CommandPoint, tuple[str, ...] | None] = {}
        self.begun: dict[str, UnderWay] = {}
        self._entered: Recordings = ()
        self._within_talk = False
        self._changed: tuple[str | None, str] = (None, "")  # the start or stop after which nothing else has come

    def sent(self, commands: CommandList, running: Recordings) -> SentCommands:
        """What a request does that is sent while people talk; `running` is what records the talk then."""
        self._within_talk = True
        runs: list[tuple[Recordings, list[tree.Item]]] = [(running, [])]
        self._follow(commands, running, runs)
        self._within_talk = False
        return SentCommands(tuple(runs), begun_in(runs, running))

    def call(self, name: str, script: CommandScript) -> None:
        """One document that holds a whole call."""
        leg = script.leg.name if script.leg is not None else None
        self.caller, self.callee, self.bridge = (leg.text if leg is not None else None), None, None
        body = script.body
        for member in body.members:
            if member.name not in (("commands",) if name else ("callName", "commands", "events")):
                self.lost.append(Unsupported(member.key.inside, f"`{member.name}` beside `commands`"))
        top = next((one for one in script.lists if one.word == "commands"), None)
        if top is None:
            self.lost.append(Unsupported(body.span, "a document without `commands`", odd=True))
        elif name:
            self._begun(name, top)
        else:
            self._handler("ice", None, top, ())
            self._ended(body.find("events"), body.span)

    def _ended(self, events: Member | None, at: Span) -> None:
        """What is done when the caller has hung up, which can only be to hang up the callee."""
        ends = events.value.get("onHangup") if events is not None and isinstance(events.value, Object) else None
        empty = isinstance(ends, Array) and not ends.items
        ended = lines.is_hangup(ends, None) or (self.callee is not None and lines.is_hangup(ends, self.callee.text))
        if events is not None and not (ended or (empty and self.callee is None)):
            self.lost.append(Unsupported(events.key.inside, "what is to be done when the caller has hung up"))

    def _begun(self, name: str, top: CommandList) -> None:
        """The request that begins a call: whom it dials, and what is done when that person answers."""
        at = top.node.span if top.key is None else top.key.inside
        dial = top.commands[0] if len(top.commands) == 1 and top.commands[0].is_a == "dial" else None
        found = None if dial is None else lines.connect(dial, self.lost)
        answered = None if dial is None else dial.list("onAnswer")
        if dial is None or dial.object is None or found is None or answered is None:
            self.lost.append(Unsupported(at, "another request than one `dial` that says what is done `onAnswer`"))
            return
        leg = dial.text("callName")
        self.caller = None if leg is None else leg.text
        call = tree.Segment(None, tree.Call(found.kind, found.target, found.options, found.span), (), found.span)
        event = tree.OnEvent(tree.Word("callout", at), tree.Word(name, at), at)
        self.handlers.append(ReadHandler(tree.OnBlock(event, (call,), at)))
        self._handler("ace", name, answered, ())
        events = dial.object.find("events")
        node = events.value if events is not None and isinstance(events.value, Object) else None
        known_events(node, ("onAnswer", "onHangup", *OUTCOMES), self.lost)
        for member in node.members if node is not None else ():
            if member.name in OUTCOMES and not (isinstance(member.value, Array) and not member.value.items):
                self.lost.append(
                    Unsupported(member.key.inside, f"what is to be done after `{member.name}` of a callout")
                )
        if node is not None and node.find("onHangup") is not None:
            self._ended(events, found.span)

    def _handler(self, kind: str, name: str | None, commands: CommandList, running: Recordings) -> None:
        at = commands.node.span if commands.key is None else commands.key.inside
        place = len(self.handlers)
        runs: list[tuple[Recordings, list[tree.Item]]] = [(running, [])]
        around, self._entered = self._entered, running
        self._follow(commands, running, runs)
        self._entered = around
        event = tree.OnEvent(tree.Word(kind, at), None if name is None else tree.Word(name, at), at)
        items = tuple(item for state, some in runs for item in recorded_items(state, some))
        self.handlers.insert(place, ReadHandler(tree.OnBlock(event, items, at), begun_in(runs, running)))

    def _follow(
        self, handler: CommandList, running: Recordings, runs: list[tuple[Recordings, list[tree.Item]]]
    ) -> None:
        """The commands of a list and of those that it leads to, one after another."""
        commands = handler.commands
        for number, command in enumerate(commands):
            rest = commands[number + 1 :]
            at = command.node.span if command.name is None else command.name.inside
            if command.is_a not in ("startRecording", "messages", "dial", "menu"):
                plain_command(command, self.lost)
            if command.is_a not in ("startRecording", "stopRecording"):
                self._changed = (None, "")
            match command.is_a:
                case "answer":
                    runs[-1][1].append(lines.segment(tree.Answer(at), at))
                case "messages":
                    self._messages(command, runs[-1][1])
                    self._goes_on(command.list("onFinish"), rest, at, running, runs)
                    return
                case "startRecording":
                    begun = self.start(command, at)
                    if any(one.store == begun.store or one.name == begun.name for one in running):
                        self.lost.append(Unsupported(at, "a second recording of the same kind while one runs"))
                    running = (*running, begun)
                    runs.append((running, []))
                    self._changes("startRecording", begun.store)
                case "stopRecording":
                    name = command.text("recordingName")
                    over = next((one for one in running if name is not None and one.name == name.text), None)
                    if over is None:
                        self.lost.append(Unsupported(at, "the end of a recording that does not run here"))
                    else:
                        self._changes("stopRecording", over.store)
                    running = tuple(one for one in running if one is not over)
                    after: list[tree.Item] = []
                    runs.append((running, after))
                    if over is not None and over.finish is not None:
                        self._goes_on(over.finish, rest, at, running, runs)
                        if not running:  # what is still recorded waits for the sake of what comes later
                            self._keep_private(after)
                        return
                case "hangup" | "menu" | "bridgeCall" | "dial" if self._ends(command, rest):
                    runs[-1][1].append(self._action(command, rest, running, at))
                    return
                case _:
                    self.lost.append(Unsupported(at, f"`{command.is_a}` here" if command.is_a else "this command"))
        end = handler.node.span
        if self._within_talk:
            return  # the talk goes on
        self.lost.append(Unsupported(end.source.span(end.end - 1, end.end), "that nothing comes after this"))

    def _changes(self, word: str, store: str) -> None:
        """Note that a recording starts or stops, and after which other one in the same moment."""
        if self._changed[0] == word:
            self.stores.follows(self._changed[1], store)
        self._changed = (word, store)

    def _goes_on(
        self,
        then: CommandList | None,
        rest: Sequence[CommandNode],
        at: Span,
        running: Recordings,
        runs: list[tuple[Recordings, list[tree.Item]]],
    ) -> None:
        if rest:
            span = rest[0].node.span if rest[0].name is None else rest[0].name.inside
            self.lost.append(Unsupported(span, "what is done while something else is under way"))
        elif then is None and not self._within_talk:
            self.lost.append(Unsupported(at, "that nothing comes after this"))
        elif then is not None:
            self._follow(then, running, runs)

    def _keep_private(self, items: list[tree.Item]) -> None:
        """Label what the end of a recording was waited for."""
        first = items[0] if items else None
        leads = self.answered is None or bool(self.answered[0])
        if isinstance(first, tree.Segment) and lines.can_be_private(first.body, leads=leads):
            label = first.label or tree.Word(f"private-{len(self.private) + 1}", first.span)
            self.private.append(label.text)
            items[0] = replace(first, label=label)

    def _messages(self, command: CommandNode, items: list[tree.Item]) -> None:
        if command.object is None:
            return
        fields = Fields(command.object, self.lost, "messages")
        fields.taken |= {"command", "messagesName"}
        known_events(fields.object("events"), ("onFinish",), self.lost)
        items += lines.spoken(lines.messages(fields.objects("messages"), self.lost, self.voices.locale_of))
        fields.rest()

    # ── recordings ───────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, command: CommandNode, at: Span) -> UnderWay:
        """The recording that a command starts."""
        found, hangs_up = started(command, at, self.caller, self.stores)
        self.hangs_up = self.hangs_up or hangs_up
        self.begun.setdefault(found.name, found)
        return found

    # ── actions ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _ends(self, command: CommandNode, rest: Sequence[CommandNode]) -> bool:
        """Whether a command, or a bridge and its `dial`, or a `dial` after a bridge, is the last thing of a list."""
        if self._within_talk:
            return not rest and command.is_a == "hangup"
        if command.is_a == "dial":
            return not rest and self.bridge is not None
        return not rest or (command.is_a == "bridgeCall" and len(rest) == 1 and rest[0].is_a == "dial")

    def _action(self, command: CommandNode, rest: Sequence[CommandNode], running: Recordings, at: Span) -> tree.Segment:
        if command.is_a == "hangup":
            name = command.text("callName")
            if name is not None and name.text != self.caller:
                self.lost.append(Unsupported(name.inside, "the end of another leg"))
            return lines.segment(tree.Hangup(at), at)
        if command.is_a == "menu":
            found = lines.menu(command, self.lost, self.voices.locale_of, lambda result: self._result(result, running))
            return lines.segment(found or tree.Hangup(at), at)
        if command.is_a == "bridgeCall" and not rest:
            inherited = running is self._entered
            self.talks[point_of(at)] = None if inherited else names_of(running)
            return lines.segment(tree.Continue(at), at)
        # Who has joined the bridge already, as after a call that nobody took, dials without joining it again.
        bridge, dial = (command, rest[0]) if rest else (None, command)
        self.dials += 1
        self.talks[point_of(at)] = names_of(running)
        label = f"dial-{self.dials}"
        before = len(self.handlers)
        body = self._outcomes(bridge, dial, lines.connect(dial, self.lost), running, label)
        segment = lines.segment(body or tree.Hangup(at), at)
        named = any(one.name == label for one in self.handlers[before:])
        return replace(segment, label=tree.Word(label, at)) if named else segment

    def _result(self, result: lines.MenuBranch, running: Recordings) -> str:
        """The name of the handler that a menu's result leads to; one for equal lists in one state."""
        key = json.dumps([plain(result.commands.node), [one.name for one in running]], sort_keys=True)
        if key not in self.named:
            taken = set(self.named.values())
            names = (result.name, *(f"{result.name}-{n}" for n in range(2, len(taken) + 3)))
            self.named[key] = next(name for name in names if name not in taken)
            self._handler("pie", self.named[key], result.commands, running)
            self.called[key] = self.callee
        self.callee = self.callee or self.called.get(key)
        return self.named[key]

    def _outcomes(
        self,
        bridge: CommandNode | None,
        dial: CommandNode,
        body: tree.Connect | None,
        running: Recordings,
        label: str,
    ) -> tree.Connect | None:
        """What happens to the leg that is dialled: what is done when it answers, and for the caller when it does not.

        What differs from the calls before becomes a handler with the label of this one.

        The connect comes back with `amd on` where the answer begins with the detection of machines.
        """
        at = dial.node.span if dial.name is None else dial.name.inside
        events = dial.object.get("events") if dial.object is not None else None
        node = events if isinstance(events, Object) else None
        known_events(node, ("onAnswer", "onHangup", *OUTCOMES), self.lost)
        self.callee = self.callee or dial.text("callName")
        if node is None or self.caller is None or not lines.is_hangup(node.get("onHangup"), self.caller):
            self.lost.append(Unsupported(at, "another `onHangup` of a `dial` than to hang up the caller"))
        if bridge is not None:
            self.bridge = plain(bridge.node)
        for kind, words in UNANSWERED.items():
            self._nobody(kind, words, dial, running, label)
        answered = dial.list("onAnswer")
        if answered is None:
            self.lost.append(Unsupported(at, "a `dial` whose answer nobody waits for"))
            return body
        if body is not None and body.kind.text == "pstn" and detects(answered):
            where = answered.commands[0].node.span
            option = tree.Option(tree.Word("amd", where), tree.Word("on", where), None, where)
            body = replace(body, options=(*body.options, option))
            left = Array(answered.node.items[1:], answered.node.span)
            answered = replace(answered, node=left, commands=answered.commands[1:])
        joined = joins(answered.node, self.bridge)
        state = [one.store for one in running]
        key = "" if joined else json.dumps([plain(answered.node), state], sort_keys=True)
        if self.answered is not None and self.answered[0] != key:
            self._handler("ace", label, answered, running)
        elif self.answered is None and not joined:
            self._handler("ace", None, answered, running)
        self.answered = self.answered or (key, at)
        return body

    def _nobody(self, kind: str, words: tuple[str, ...], dial: CommandNode, running: Recordings, label: str) -> None:
        """What is done for the caller when nobody takes a call: to hang up needs no handler."""
        at = dial.node.span if dial.name is None else dial.name.inside
        lists = [dial.list(word) for word in words]
        ends = [one is not None and self.caller is not None and lines.is_hangup(one.node, self.caller) for one in lists]
        first = lists[0]
        if all(ends):
            return
        if first is None or not all(one is not None and plain(one.node) == plain(first.node) for one in lists):
            said = " and ".join(f"`{word}`" for word in words)
            self.lost.append(Unsupported(at, f"a `dial` of which {said} are missing, or lead to different calls"))
            return
        self._handler(kind, label, first, running)
