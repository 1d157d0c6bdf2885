"""Laws of Voice API v2, tried on random policies and calls.

* Whenever the rules accept a policy for svaml2, it compiles: translation checking finds no difference, and the schema
  and the models of the official SDK accept every document.
* Whenever a policy compiles to all three targets, the interpreters of all three hear and record what the policy means.

`RECPOL_CALLS=20000 pytest tests/test_laws_svaml2.py` is the nightly size; without it a quick one is tried.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from random_policies import random_policy_for_v2
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.compilation import Output, compile_program
from recpol.interpreters.v1 import calls as reply_machine
from recpol.interpreters.v2 import session as interpreter
from recpol.rules.check import check
from recpol.semantics.moments import Moment
from recpol.semantics.next_events import menu_of
from recpol.semantics.simulate import Simulation, simulate
from recpol.syntax import tree
from recpol.targets.catalogue import targets_named
from recpol.targets.reply import Reply
from test_conformance_sinch import accepts
from test_laws import BY_TARGET, CALLS, GUARANTEES, events_of, plain

POLICIES = CALLS // 10
ALL = ("classic", "svaml1", "svaml2")
PROMISES = ("never ", "always ", "announce ")


def understood(text: str, targets: tuple[str, ...]) -> Program:
    return program(Source("random.recpol", text), targets=targets_named(targets))


def promising(random: Random, *, everywhere: bool = False) -> str:
    """A random policy with those of its guarantees that it keeps, and of its rules those that fit the rest."""
    lines = random_policy_for_v2(random, everywhere=everywhere).splitlines()
    kept = [line for line in lines if not line.startswith((*PROMISES, "record call"))]
    for line in lines:
        if line.startswith("record call") and errors([*kept, line]) <= errors(kept):
            kept.append(line)
    for line in lines:
        if line.startswith(PROMISES) and not GUARANTEES & errors([*kept, line]):
            kept.append(line)
    return "\n".join([*kept, ""])


def errors(lines: list[str]) -> set[str]:
    return {finding.rule for finding in check(understood("\n".join([*lines, ""]), ("svaml2",))).errors}


def secretive(random: Random) -> str:
    """A random policy that never records whatever it can promise not to record of a few of its labels."""
    lines = promising(random).splitlines()
    labels = re.findall(r"\b(l\d+)(?=:)|phase (l\d+)", "\n".join(lines))
    for label in random.sample(labels, min(4, len(labels))):
        line = f"never record {''.join(label)}"
        if line not in lines and not errors([*lines, line]):
            lines.append(line)
    return "\n".join([*lines, ""])


@pytest.mark.slow
def test_what_the_rules_accept_compiles_and_fits_the_schema_and_the_sdk() -> None:
    seen: Counter[str] = Counter()
    for seed in range(POLICIES):
        text = promising(Random(seed))
        result = compile_program(understood(text, ("svaml2",)))  # it validates and verifies, or raises CompilerBug
        seen["accepted"] += not result.checked.errors
        for reply in result.replies:
            assert accepts(reply.document) == [], (seed, reply.file)
        files = {reply.file: str(reply.document) for reply in result.replies}
        whole = files.get("incoming.json", "")
        seen["never"] += bool(files) and "never record" in text
        seen["always"] += bool(files) and "always record" in text
        seen["phases"] += any(name.startswith("manage.") for name in files)
        seen["reported"] += "webhook" in str(files)
        seen["waits"] += bool(re.search(r"startRecording'[^]]*'onFinish'", whole))
        seen["stops"] += "stopRecording" in whole
        seen["further menus"] += "gotoMenu" in whole
        seen["streams"] += "STREAM" in whole
        decided = result.program.decisions.steps
        seen["side by side"] += bool(files) and any(len(one.call_stores) > 1 for one in decided)
        begun = [text for file, text in files.items() if file.startswith("callout.")]
        seen["begun"] += bool(begun)
        seen["recorded for whom is called"] += "startRecording" in str(begun)
    assert seen["accepted"] > POLICIES // 3, seen
    wanted = ("never", "always", "phases", "reported", "waits", "stops", "further menus", "streams", "begun")
    assert seen["side by side"] > POLICIES // 40, seen
    assert all(seen[kind] for kind in (*wanted, "recorded for whom is called")), seen


# ── across targets ───────────────────────────────────────────────────────────────────────────────────────────────


def call(random: Random, unit: Program) -> tuple[t.Event, ...]:
    """A random call of events that v2 knows: no reply is lost, and digits that are one key are that key."""
    events: list[t.Event] = []
    for event in events_of(unit, random):
        moment = simulate(unit, tuple(events)).moment
        if isinstance(event, t.Unreplied) or (isinstance(event, t.Enters) and event.digits in keys(moment)):
            break
        if isinstance(event, t.HangsUp) and moment is not None and moment.mode in ("talk", "room"):
            event = t.HangsUp(event.who)  # a conversation may be one sound with its connect, or one of its own
        events.append(event)
    return tuple(events)


def keys(moment: Moment | None) -> set[str]:
    menu = menu_of(moment) if moment is not None else None
    return {item.key.text for item in menu.node.items if isinstance(item, tree.KeyItem)} if menu is not None else set()


def run_v2(unit: Program, replies: tuple[Reply, ...], events: tuple[t.Event, ...]) -> list[t.Heard]:
    """A whole call on the interpreter for v2: what is heard, and by what it is recorded."""
    bodies = {reply.file: reply for reply in replies}
    begun = events[0] if events and isinstance(events[0], t.Starts) else None
    document = bodies["incoming.json" if begun is None else f"callout.{begun.name}.json"].document
    outcome = interpreter.incoming(document) if begun is None else interpreter.begins(document)
    assert not outcome.problems
    trace, latest = [played.heard for played in outcome.played], len(outcome.played)
    for number, event in enumerate((None, *events)):
        meant = simulate(unit, events[:number])
        before = simulate(unit, events[: max(0, number - 1)])
        if isinstance(event, t.Begins | t.Ends | t.Manages):
            moment = "begin" if isinstance(event, t.Begins) else "end"
            sent = event.request if isinstance(event, t.Manages) else f"{event.phase}.{moment}"
            reply = bodies.get(f"manage.{sent}.json")
            if reply is None:
                continue
            leg = next((str(answer["leg"]) for answer in reply.answers if "leg" in answer), None)
            outcome = interpreter.request(outcome.state, reply.document, leg)
            if any("waitFor" in answer for answer in reply.answers):
                outcome = replace(outcome, state=interpreter.finishes(outcome.state))
        elif event is not None and event is not begun:
            if isinstance(event, t.HangsUp) and event.heard is not None:
                # The policy counts from the beginning of a reply, the interpreter from its latest outcome.
                event = t.HangsUp(event.who, len(meant.pieces) - 1 - (len(before.pieces) - latest))
            happened = interpreter.apply(outcome.state, event)
            assert happened is not None, event
            outcome = happened
        assert not outcome.problems, (event, outcome.problems)
        heard = [played.heard for played in outcome.played]
        if event is not None and event is not begun:
            if outcome.replaces:
                del trace[len(trace) - latest :]
            if outcome.continued and len(before.pieces) == len(meant.pieces):
                heard.pop()  # the conversation is the same sound as its connect
            trace += heard
            latest = len(heard)
        if meant.moment is not None and meant.moment.mode == "room" and outcome.state.mode == "dialling":
            answered = interpreter.apply(outcome.state, t.Answers())
            assert answered is not None
            assert answered.continued
            outcome = answered
    return trace


def plainly(trace: list[t.Heard]) -> list[tuple[str, str, object, bool]]:
    """A trace in words that all dialects share: what kind of sound, what of it, the file it is in, and whether cut."""
    told: list[tuple[str, str, object, bool]] = []
    for heard in trace:
        content = heard.sound.content if heard.sound.kind in ("speech", "ssml", "file") else ()
        files = [(call.number, dict(call.options).get("destinationUrl", "")) for call in heard.calls]
        told.append((heard.sound.kind, " ".join(content), files, heard.cut))
    return told


def run_replies(output: Output, events: tuple[t.Event, ...]) -> list[t.Heard]:
    documents = {reply.file: reply.document for reply in output.replies}
    routes: list[Mapping[str, Any]] = [
        {"file": r.file, "answers": list(r.answers), "values": list(r.values)} for r in output.replies
    ]
    made = reply_machine.run(documents, routes, events, BY_TARGET[output.target])
    assert made.unanswered_event is None, (output.target, made)
    assert not made.problems, (output.target, made)
    return list(made.trace)


@pytest.mark.slow
def test_the_three_targets_agree_with_the_policy_on_every_call() -> None:
    tried = recorded = 0
    seen: Counter[str] = Counter()
    for seed in range(POLICIES):
        random = Random(20_000_000 + seed)
        unit = understood(promising(random, everywhere=True), ALL)
        result = compile_program(unit)
        if result.checked.errors:
            continue
        assert [output.target for output in result.outputs] == list(ALL)
        for _ in range(5):
            events = call(random, unit)
            meant: Simulation = simulate(unit, events)
            assert meant.impossible is None
            wanted = plainly(plain(meant, events))
            tried += 1
            recorded += any(file for _, _, file, _ in wanted)
            seen.update(type(event).__name__ for event in events)
            for output in result.outputs:
                run = run_v2(unit, output.replies, events) if output.target == "svaml2" else run_replies(output, events)
                assert plainly(run) == wanted, (seed, output.target, events)
    assert tried > POLICIES
    assert recorded > POLICIES // 2
    every = {"Answers", "Unanswered", "Presses", "Enters", "Waits", "Mistypes", "HangsUp", "Begins", "Ends", "Starts"}
    assert every <= set(seen)


# ── never is never, seen without the interpreter ─────────────────────────────────────────────────────────────────────

Json = dict[str, Any]


class Walk:
    """Which recordings may run whenever something is said or somebody talks, read off a document's nesting alone.

    A recording may run from its start on. Only in its own `onFinish` it is over: no stop is believed.
    """

    def __init__(self) -> None:
        self.during: dict[str, set[str]] = {}
        self.finishes: dict[str, list[Json]] = {}

    def note(self, what: str, active: frozenset[str]) -> None:
        self.during.setdefault(what, set()).update(active)

    def messages(self, messages: list[Json], active: frozenset[str]) -> None:
        for message in messages:
            self.note(message["say"]["text"] if message["type"] == "SAY" else message["play"]["url"], active)

    def commands(self, commands: list[Json], active: frozenset[str], called: str = "") -> None:
        for command in commands:
            events = command.get("events", {})
            match command["command"]:
                case "startRecording":
                    active |= {command["recordingName"]}
                    if events.get("onFinish"):
                        self.finishes[command["recordingName"]] = events["onFinish"]
                case "stopRecording" if command["recordingName"] in self.finishes:
                    after = self.finishes.pop(command["recordingName"])
                    self.commands(after, active - {command["recordingName"]}, called)
                case "messages":
                    self.messages(command["messages"], active)
                    self.commands(events.get("onFinish", []), active, called)
                case "bridgeCall" if called:
                    self.note(f"talk {called}", active)
                case "dial":
                    target = str(command["to"])
                    self.note(f"ring {target}", active)
                    for event, after in events.items():
                        self.commands(after, active, target if event == "onAnswer" else "")
                case "menu":
                    for item in command["menus"].values():
                        for prompt in ("prompt", "repeatPrompt"):
                            self.messages(item.get(prompt, {}).get("messages", []), active)
                        for after in (*item.get("matches", {}).values(), item.get("onFailure", [])):
                            self.commands(after, active, called)
                case _:
                    pass


def numbered(text: str) -> str:
    """A policy in which every text, file and number is another one."""
    count = iter(range(1, 10_000))
    text = re.sub(r"(Choose|More|Once more|Prompt \d+|Number \d+)\.", lambda _: f"Text {next(count)}.", text)
    text = re.sub(r"a\.example/\d+", lambda _: f"a.example/{next(count)}", text)
    return re.sub(r"\+46850020000|(?<=\")a(?=@example)|(?<=a\.example/)in", lambda _: f"+4685002{next(count)}", text)


def under_never(unit: Program) -> dict[str, str]:
    """What is said, rung or talked under `never record`: what it is called in a walk, and its line in the policy."""
    found: dict[str, str] = {}
    chosen = {
        index: step
        for guarantee in unit.guarantees()
        if isinstance(guarantee, tree.RecordGuarantee) and guarantee.word == "never"
        for index, step in unit.selected.chosen(guarantee.selection).items()
    }
    for step in chosen.values():
        texts = re.findall(r"Text \d+\.|https://a\.example/\d+\.wav", step.span.text.partition(" menu l")[0])
        found.update((f"<b>{text}</b>" if f"<b>{text}" in step.span.text else text, step.span.text) for text in texts)
        found.update((f"ring {n}", step.span.text) for n in re.findall(r"\+4685002\d+", step.span.text))
    for connect, talks in unit.graph.conversations.items():
        if any(talk.index in chosen for talk in talks):
            number = re.findall(r"\+4685002\d+", unit.steps[connect].span.text)[0]
            found[f"talk {number}"] = unit.steps[connect].span.text
    return found


@pytest.mark.slow
def test_nothing_under_never_is_said_while_a_recording_may_run() -> None:
    checked = kept = 0
    for seed in range(POLICIES):
        text = numbered(secretive(Random(30_000_000 + seed)))
        unit = understood(text, ("svaml2",))
        result = compile_program(unit)
        secret = under_never(unit)
        if result.checked.errors or not secret:
            continue
        walk = Walk()
        for reply in result.replies:
            if reply.answers[0]["event"] in ("call.incoming", "callout"):
                walk.commands(reply.document["commands"], frozenset())
                assert not walk.finishes, (seed, "something waits for a recording that nobody stops")
        kept += bool(re.search("stopRecording", str(result.replies[0].document)))
        for name, where in secret.items():
            kind, _, number = name.rpartition(" ")
            mine = name
            if kind in ("ring", "talk"):
                mine = next((key for key in walk.during if key.startswith(kind) and number in key), name)
            if mine in walk.during:
                checked += 1
                assert not walk.during[mine], (seed, where, walk.during[mine])
    assert checked > POLICIES // 5
    assert kept > POLICIES // 50
