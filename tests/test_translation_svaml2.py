"""Translation checking catches a compiler that writes the wrong thing for Voice API v2.

Each deliberate bug below changes the documents of the real lowering. Every one must be caught by the comparison with
the policy, on at least one of the policies here and on each that is named beside it. Most leave documents that the
schema accepts and that look right to somebody who thinks that commands wait for each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.base.validate import validate_document
from recpol.compilation import CompilerBug, compile_program
from recpol.platform.targets import SVAML2
from recpol.targets.reply import Reply
from recpol.targets.v2 import document as svaml2
from recpol.targets.v2.plan import plan
from recpol.verify import verify

Json = dict[str, Any]
Documents = dict[str, Json]

POLICIES = {
    "secret": """policy secret
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
on recording failure hangup
on ice {
  answer
  record { say "You are recorded." }
  secret: say "Your balance is none of our business."
  record { connect pstn +46850020000 }
}
never record secret
""",
    "prompts": """policy prompts
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
store other { url "gs://acme-other/in/" credentials env KEY }
on recording failure hangup
on ice {
  answer
  say "Not on tape."
  record to calls { say "On tape." play "https://a.example/1.wav" }
  record to other { say "On another tape." }
  say "Not on tape again."
  connect pstn +46850020000
}
""",
    "beside": """policy beside
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY direction inbound }
store other { url "gs://acme-other/in/" credentials env KEY direction outbound }
store third { url "s3://acme-third/in/" credentials env KEY format wav }
on recording failure hangup
on ice {
  answer
  record to calls {
    say "On one tape."
    record to other { say "On two tapes." }
    say "On one tape again."
    record to other { say "On two once more." }
  }
  secret: say "On none."
  talk: connect pstn +46850020000 { phase card phase half }
}
record talk except card to other
record talk except card, half to third
never record secret, card
""",
    "less": """policy less
store calls { url "s3://acme-calls/in/" credentials env KEY }
store other { url "gs://acme-other/in/" credentials env KEY transcribe en-GB }
store third { url "s3://acme-third/in/" credentials env KEY format wav }
on recording failure hangup
on ice { record to calls { record to other { record to third { talk: connect pstn +46850020000 } } } }
on manage fewer in talk { fewer: continue }
on manage none in fewer { none: continue }
record fewer to other
never record none
never transcribe none
""",
    "ways": """policy ways
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
on recording failure hangup
on ice {
  answer
  menu {
    prompt "Press 1, 2 or 3."
    key 1 -> desk
    key 2 -> menu code
    key 3 -> note
    menu code { prompt "Your code." digits 4 -> checked }
  }
}
on pie desk { record { agent: connect pstn +46850020000 { phase card } } }
on pie checked { say "Thank you." connect sip "a@example.com" suppress-callbacks }
on pie note { say "Not recorded." record { say "Recorded." } hangup }
on pie otherwise { say "Goodbye." hangup }
on ace { talk: continue }
record talk except card
never record card
""",
    "late": """policy late
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
on recording failure hangup
on ice { answer say "One moment." desk: connect pstn +46850020000 { phase trade phase chat } }
on ace { continue }
record trade
never record chat
""",
    "answered": """policy answered
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
store desk { url "s3://acme-desk/in/" credentials env KEY }
on recording failure continue
on ice { answer record to calls { say "Hello." ring: connect pstn +46850020000 } }
on ace { record to desk { talk: continue } }
""",
}


def unit_of(name: str) -> Program:
    return program(Source(f"{name}.recpol", POLICIES[name]), targets=(SVAML2,))


# ── ways to change documents ─────────────────────────────────────────────────────────────────────────────────────


def lists(value: Any) -> Iterator[list[Json]]:
    """All lists of commands in a document, from the inside out."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from lists(each)
    if isinstance(value, list) and all(isinstance(each, dict) and "command" in each for each in value):
        yield value


def each_list(edit: Callable[[list[Json]], list[Json]]) -> Callable[[Documents], None]:
    def change(documents: Documents) -> None:
        for document in documents.values():
            for commands in lists(document):
                commands[:] = edit(commands)

    return change


def each_command(name: str, edit: Callable[[Json], Any]) -> Callable[[Documents], None]:
    def change(documents: Documents) -> None:
        for document in documents.values():
            for commands in lists(document):
                for command in commands:
                    if command["command"] == name:
                        edit(command)

    return change


def without(*names: str) -> Callable[[Documents], None]:
    return each_list(lambda commands: [each for each in commands if each["command"] not in names])


def without_event(command: str, event: str) -> Callable[[Documents], None]:
    def edit(found: Json) -> None:
        found.get("events", {}).pop(event, None)

    return each_command(command, edit)


def empty_event(command: str, event: str) -> Callable[[Documents], None]:
    def edit(found: Json) -> None:
        if event in found.get("events", {}):
            found["events"][event] = []

    return each_command(command, edit)


def flat(commands: list[Json]) -> list[Json]:
    """What comes after messages, beside them: the naive translation of instructions that wait."""
    out: list[Json] = []
    for command in commands:
        after = command.get("events", {}).pop("onFinish", []) if command["command"] == "messages" else []
        out += [command, *after]
    return out


def started_early(commands: list[Json]) -> list[Json]:
    """A recording that begins after some messages begins before them."""
    out = list(commands)
    for command in commands:
        after = command.get("events", {}).get("onFinish", []) if command["command"] == "messages" else []
        if after and after[0]["command"] == "startRecording":
            out.insert(out.index(command), after.pop(0))
    return out


def started_late(commands: list[Json]) -> list[Json]:
    """A recording begins in the `onFinish` of the messages that it should record."""
    out = list(commands)
    for first, second in pairwise(commands):
        if first["command"] == "startRecording" and second["command"] == "messages":
            out.remove(first)
            second.setdefault("events", {}).setdefault("onFinish", []).insert(0, first)
    return out


def stopped_early(commands: list[Json]) -> list[Json]:
    """A stop comes beside the messages that it should follow."""
    out = list(commands)
    for command in commands:
        after = command.get("events", {}).get("onFinish", []) if command["command"] == "messages" else []
        if after and after[0]["command"] == "stopRecording":
            out.insert(out.index(command) + 1, after.pop(0))
    return out


def not_awaited(documents: Documents) -> None:
    """What stands in the `onFinish` of a recording comes directly after its stop."""
    waiting: dict[str, list[Json]] = {}
    for document in documents.values():
        for commands in lists(document):
            for command in commands:
                if command["command"] == "startRecording" and "onFinish" in command.get("events", {}):
                    waiting[command["recordingName"]] = command["events"].pop("onFinish")
    for document in documents.values():
        for commands in lists(document):
            for command in list(commands):
                if command["command"] == "stopRecording" and command["recordingName"] in waiting:
                    commands += waiting.pop(command["recordingName"])


def awaited_twice(documents: Documents) -> None:
    """What stands in the `onFinish` of a recording also comes directly after its stop."""
    copy: Documents = json.loads(json.dumps(documents))
    not_awaited(copy)
    kept = json.loads(json.dumps(documents))
    documents.clear()
    documents.update(copy)
    finishes = {
        command["recordingName"]: command["events"]["onFinish"]
        for document in kept.values()
        for commands in lists(document)
        for command in commands
        if command["command"] == "startRecording" and "onFinish" in command.get("events", {})
    }
    for document in documents.values():
        for commands in lists(document):
            for command in commands:
                if command["command"] == "startRecording" and command["recordingName"] in finishes:
                    command.setdefault("events", {})["onFinish"] = finishes[command["recordingName"]]


def swapped_phases(documents: Documents) -> None:
    for name in [name for name in documents if name.endswith(".begin.json")]:
        other = name.replace(".begin.", ".end.")
        documents[name], documents[other] = documents[other], documents[name]


def without_files(prefix: str) -> Callable[[Documents], None]:
    def change(documents: Documents) -> None:
        for name in [name for name in documents if name.startswith(prefix)]:
            del documents[name]

    return change


def called_otherwise(command: Json) -> None:
    command["webhookName"] = command["webhookName"].replace("-1.", "-9.")


def sent_elsewhere(command: Json) -> None:
    command["url"] = "https://other.example/"


def renamed(command: Json) -> None:
    command["recordingName"] = "calls-9"


def swapped_handlers(command: Json) -> None:
    """The replies to two keys change places."""
    for item in command["menus"].values():
        ways = item.get("matches", {})
        if len(ways) > 1:
            first, *_, last = ways
            ways[first], ways[last] = ways[last], ways[first]


def other_store(command: Json) -> None:
    command["recordingOptions"] |= {"destination": "AWS", "destinationUrl": "s3://acme-calls/in/"}


def no_callee_hangup(documents: Documents) -> None:
    documents["incoming.json"].pop("events", None)


def at_the_answer(commands: list[Json]) -> list[Json]:
    """A recording that begins before a `dial` begins when the callee answers."""
    starts = [each for each in commands if each["command"] == "startRecording"]
    dials = [each for each in commands if each["command"] == "dial"]
    for dial in dials:
        dial["events"]["onAnswer"][:0] = starts
    return [each for each in commands if each not in starts] if dials else commands


def before_the_dial(commands: list[Json]) -> list[Json]:
    """A recording that begins when the callee answers begins before the `dial`."""
    out: list[Json] = []
    for command in commands:
        if command["command"] == "dial":
            answered = command["events"]["onAnswer"]
            starts = [each for each in answered if each["command"] == "startRecording"]
            command["events"]["onAnswer"] = [each for each in answered if each not in starts]
            out += starts
        out.append(command)
    return out


def after_the_bridge(commands: list[Json]) -> list[Json]:
    """A recording begins when the conversation is on already."""
    starts = [each for each in commands if each["command"] == "startRecording"]
    bridged = starts and commands[-1]["command"] == "bridgeCall"
    return [*(each for each in commands if each not in starts), *starts] if bridged else commands


def unmatched_digits(command: Json) -> None:
    for item in command["menus"].values():
        item.pop("maximumInputLength", None)


def lost_menus(command: Json) -> None:
    for name in list(command["menus"])[1:]:
        del command["menus"][name]


def barely(command: Json) -> None:
    """Only the first message of several."""
    del command["messages"][1:]


def own_hangup(documents: Documents) -> None:
    """Handlers of `dial` end the leg on which they run, and not the caller's."""

    def edit(dial: Json) -> None:
        for event, commands in dial["events"].items():
            if event != "onAnswer":
                for command in commands:
                    command.pop("callName", None)

    each_command("dial", edit)(documents)


def no_events(command: Json) -> None:
    command.pop("events", None)


def ending(command: Json) -> None:
    command.setdefault("events", {})["onFailure"] = [{"command": "hangup", "callName": "caller"}]


def no_answer(commands: list[Json]) -> list[Json]:
    return [each for each in commands if each["command"] != "answer"]


def one_of_two(word: str, place: int) -> Callable[[Documents], None]:
    """Of two recordings that start, or stop, in one moment one is forgotten."""

    def edit(commands: list[Json]) -> list[Json]:
        kinds = [each["command"] for each in commands]
        pairs = [n for n, pair in enumerate(pairwise(kinds)) if pair == (word, word)]
        return [each for n, each in enumerate(commands) if n not in [pair + place for pair in pairs]]

    return each_list(edit)


def exchanged(commands: list[Json]) -> list[Json]:
    """Of two recordings that start in one moment each goes where the other should."""
    for one, other in pairwise(commands):
        if one["command"] == other["command"] == "startRecording":
            first, second = other["recordingOptions"], one["recordingOptions"]
            one["recordingOptions"], other["recordingOptions"] = first, second
    return commands


def begun_anew(commands: list[Json]) -> list[Json]:
    """Wherever a recording starts, those that began before it start anew."""
    again = [each for each in commands if each["command"] == "startRecording"]
    found: list[Json] = []
    for each in commands:
        found.append(each)
        if each["command"] == "startRecording":
            stop = {"command": "stopRecording", "recordingName": each["recordingName"]}
            found += [stop, each] if len(again) > 1 or each["recordingName"] == "other-1" else []
    return found


BUGS: dict[str, tuple[Callable[[Documents], None], tuple[str, ...]]] = {
    "a naive flat translation": (each_list(flat), ("secret", "prompts", "ways", "late")),
    "recordings begin before the messages they come after": (each_list(started_early), ("secret", "prompts", "beside")),
    "recordings begin after the messages they should record": (
        each_list(started_late),
        ("secret", "prompts", "beside"),
    ),
    "recordings begin at the answer instead of before the call": (each_list(at_the_answer), ("secret",)),
    "recordings begin before the call instead of at the answer": (each_list(before_the_dial), ("answered",)),
    "recordings begin when the conversation is on": (each_list(after_the_bridge), ("answered",)),
    "a start is missing": (without("startRecording"), tuple(POLICIES)),
    "a stop is missing": (without("stopRecording"), ("secret", "prompts", "late", "answered", "beside")),
    "a stop comes while the messages play": (each_list(stopped_early), ("secret", "prompts", "beside")),
    "a stop names another recording": (
        each_command("stopRecording", renamed),
        ("secret", "prompts", "answered", "beside"),
    ),
    "all recordings have one name": (each_command("startRecording", renamed), ("prompts", "answered", "beside")),
    "a stop is not waited for": (not_awaited, ("secret", "beside")),
    "a stop is both waited for and not": (awaited_twice, ("secret", "beside")),
    "what follows the end of a recording is lost": (empty_event("startRecording", "onFinish"), ("secret", "beside")),
    "what follows a failure is lost": (without_event("startRecording", "onFailure"), ("secret", "prompts", "beside")),
    "what follows a failure is nothing": (empty_event("startRecording", "onFailure"), ("secret", "prompts", "beside")),
    "a failure ends the call against the policy": (each_command("startRecording", ending), ("answered",)),
    "the end of a recording is reported to nobody": (without_event("startRecording", "onFinish"), ("late", "ways")),
    "the end of a recording is reported under another name": (
        each_command("webhook", called_otherwise),
        ("late", "ways"),
    ),
    "the end of a recording is reported to somebody else": (each_command("webhook", sent_elsewhere), ("late", "ways")),
    "the requests of a phase are exchanged": (swapped_phases, ("ways", "late", "beside")),
    "the requests of a phase are missing": (without_files("manage."), ("ways", "late", "beside")),
    "the caller is left when nobody answers": (empty_event("dial", "onTimeout"), tuple(POLICIES)),
    "the caller is left when the line is busy": (empty_event("dial", "onBusy"), tuple(POLICIES)),
    "the caller is left when the call is rejected": (without_event("dial", "onReject"), tuple(POLICIES)),
    "the caller is left when the callee hangs up": (empty_event("dial", "onHangup"), tuple(POLICIES)),
    "the caller is left when the call fails": (without_event("dial", "onFailure"), tuple(POLICIES)),
    "the handlers of a dial are missing": (each_command("dial", no_events), tuple(POLICIES)),
    "the handlers of a dial end the wrong leg": (own_hangup, tuple(POLICIES)),
    "the callee is left when the caller hangs up": (no_callee_hangup, tuple(POLICIES)),
    "the callee does not join the bridge": (empty_event("dial", "onAnswer"), tuple(POLICIES)),
    "nobody joins the bridge": (without("bridgeCall"), tuple(POLICIES)),
    "nobody is called": (without("dial"), tuple(POLICIES)),
    "the call is not answered": (each_list(no_answer), tuple(POLICIES)),
    "the call is never ended": (without("hangup"), tuple(POLICIES)),
    "two keys lead to each other's reply": (each_command("menu", swapped_handlers), ("ways",)),
    "a menu takes one digit of four": (each_command("menu", unmatched_digits), ("ways",)),
    "further menus are lost": (each_command("menu", lost_menus), ("ways",)),
    "messages are lost": (each_command("messages", barely), ("prompts",)),
    "nothing comes after messages": (without_event("messages", "onFinish"), ("secret", "prompts", "ways", "late")),
    "the first of two starts is missing": (one_of_two("startRecording", 0), ("beside",)),
    "the second of two starts is missing": (one_of_two("startRecording", 1), ("beside",)),
    "the first of two stops is missing": (one_of_two("stopRecording", 0), ("beside",)),
    "the second of two stops is missing": (one_of_two("stopRecording", 1), ("beside",)),
    "two recordings go to each other's place": (each_list(exchanged), ("beside",)),
    "a recording that goes on is begun anew": (each_list(begun_anew), ("beside",)),
    "everything goes to the first store": (
        each_command("startRecording", other_store),
        ("prompts", "answered", "beside"),
    ),
}


def changed(unit: Program, bug: Callable[[Documents], None]) -> tuple[Reply, ...]:
    replies = svaml2.lower(unit)
    documents: Documents = json.loads(json.dumps({reply.file: reply.document for reply in replies}))
    bug(documents)
    return tuple(replace(reply, document=documents[reply.file]) for reply in replies if reply.file in documents)


@pytest.mark.parametrize(("name", "policy"), [(name, policy) for name in BUGS for policy in BUGS[name][1]])
def test_a_bug_in_the_lowering_is_caught(name: str, policy: str) -> None:
    unit = unit_of(policy)
    found = verify(unit, changed(unit, BUGS[name][0]), SVAML2).differences
    assert found, "the bug slips through"


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_is_one(name: str) -> None:
    """Each bug changes something in each policy that it is said to be caught on."""
    for policy in BUGS[name][1]:
        unit = unit_of(policy)
        documents = [(reply.file, reply.document) for reply in svaml2.lower(unit)]
        assert documents != [(reply.file, reply.document) for reply in changed(unit, BUGS[name][0])], policy


def test_the_schema_alone_catches_few_of_them() -> None:
    """Else the comparison would not be needed."""
    silent = 0
    for bug, policies in BUGS.values():
        replies = changed(unit_of(policies[0]), bug)
        silent += not any(validate_document("svaml2", reply.document) for reply in replies)
    assert silent > len(BUGS) * 2 // 3


def test_a_wait_is_written_where_a_promise_needs_it_only() -> None:
    for name, text in POLICIES.items():
        document = json.dumps(svaml2.lower(unit_of(name))[0].document)
        assert ('"onFinish": [{"command": "messages"' in document) == ("secret" in text), name


# ── every piece counts ───────────────────────────────────────────────────────────────────────────────────────────


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths to everything in a document."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def at(document: Json, path: tuple[str | int, ...]) -> Any:
    found: Any = document
    for key in path:
        found = found[key]
    return found


def is_needed(path: tuple[str | int, ...], value: Any) -> bool:
    """A command, a handler, a menu, a message or what is recorded how; not a name that nothing else refers to."""
    if isinstance(value, dict) and ("command" in value or value.get("type") in ("SAY", "PLAY")):
        return True
    handler = isinstance(value, list) and isinstance(path[-1], str) and path[-1] != "messages"
    return handler or path[-1] in ("destinationUrl", "credentials", "menus", "matches", "prompt", "bridgeName")


def left_out(unit: Program, prefix: str = "") -> int:
    """How many pieces of the documents whose names begin so were left out, each of which is missed."""
    tried = 0
    for number, reply in enumerate(replies := svaml2.lower(unit)):
        for path in places(reply.document) if reply.file.startswith(prefix) else ():
            if not is_needed(path, at(reply.document, path)):
                continue
            document = json.loads(json.dumps(reply.document))
            del at(document, path[:-1])[path[-1]]
            others = (*replies[:number], replace(reply, document=document), *replies[number + 1 :])
            assert verify(unit, others, SVAML2).differences, (reply.file, path)
            tried += 1
    return tried


@pytest.mark.parametrize("policy", POLICIES)
def test_no_piece_can_be_left_out(policy: str) -> None:
    assert left_out(unit_of(policy)) > 20


def test_a_pause_anywhere_is_seen() -> None:
    """recpol writes none, and a call that is held for a while sounds and is recorded alike."""
    unit = unit_of("secret")
    tried = 0
    for number, reply in enumerate(replies := svaml2.lower(unit)):
        for path in places(reply.document):
            listed = at(reply.document, path)
            if isinstance(listed, list) and any("command" in one for one in listed if isinstance(one, dict)):
                document = json.loads(json.dumps(reply.document))
                at(document, path).insert(0, {"command": "pause"})
                others = (*replies[:number], replace(reply, document=document), *replies[number + 1 :])
                assert verify(unit, others, SVAML2).differences, (reply.file, path)
                tried += 1
    assert tried > 5


COPIES = """policy copies
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
on recording failure hangup
on ice {
  answer
  menu { prompt "Press 1 or 2." key 1 -> note key 2 -> menu more menu more { prompt "Press 1." key 1 -> note } }
}
on pie note { record { say "Recorded." } say "Not recorded." hangup }
on pie otherwise { hangup }
"""


@pytest.mark.parametrize("menu", ["main", "more"])
def test_a_bug_in_one_of_two_copies_is_caught(menu: str) -> None:
    """Also one that leaves the call where the other copy leaves it."""
    unit = program(Source("copies.recpol", COPIES), targets=(SVAML2,))
    (reply,) = svaml2.lower(unit)
    assert verify(unit, (reply,), SVAML2).differences == ()
    document = json.loads(json.dumps(reply.document))
    start = document["commands"][1]["menus"][menu]["matches"]["1"][0]
    assert start.pop("events") == {"onFailure": [{"command": "hangup", "callName": "caller"}]}
    (difference, *_) = verify(unit, (replace(reply, document=document),), SVAML2).differences
    assert difference.policy == "when the recording `calls-1` fails to start, the call ends"


# ── faults that are not in a document ────────────────────────────────────────────────────────────────────────────


def test_a_phase_must_wait_for_the_end_of_the_recording() -> None:
    unit = unit_of("ways")
    hasty = tuple(
        replace(reply, answers=tuple({k: v for k, v in answer.items() if k != "waitFor"} for answer in reply.answers))
        for reply in svaml2.lower(unit)
    )
    (difference, *_) = verify(unit, hasty, SVAML2).differences
    assert (difference.policy, difference.output) == (
        "the end of `calls-1` is waited for",
        "nothing is waited for",
    )


def test_a_stopped_recording_must_not_reach_a_phase_without_requests() -> None:
    """The phase changes nothing, so no request and no report stands between the stop and the phase."""
    text = POLICIES["late"].replace("answer say", "answer record { say", 1).replace("desk: connect", "} desk: connect")
    unit = program(Source("late.recpol", text), targets=(SVAML2,))
    assert verify(unit, svaml2.lower(unit), SVAML2).differences == ()
    documents: Documents = {reply.file: json.loads(json.dumps(reply.document)) for reply in svaml2.lower(unit)}
    not_awaited(documents)
    replies = tuple(replace(reply, document=documents[reply.file]) for reply in svaml2.lower(unit))
    (difference, *_) = verify(unit, replies, SVAML2).differences
    assert difference.policy.endswith("is never recorded")


@pytest.mark.parametrize("name", POLICIES)
def test_the_real_lowering_agrees(name: str) -> None:
    result = compile_program(unit_of(name))
    assert [finding.message for finding in result.checked.errors] == []
    (output,) = result.outputs
    assert output.verified.differences == ()
    assert output.verified.pairs >= len(result.program.graph.reachable)


def test_a_mistranslation_writes_nothing_and_shows_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    real = svaml2.lower

    def flat_lower(unit: Program) -> tuple[Reply, ...]:
        monkeypatch.setattr(svaml2, "lower", real)
        return changed(unit, BUGS["a naive flat translation"][0])

    monkeypatch.setattr(svaml2, "lower", flat_lower)
    with pytest.raises(CompilerBug) as bug:
        compile_program(unit_of("prompts"))
    assert "(svaml2) would not do what the policy says (incoming.json)" in str(bug.value)
    assert "a call comes in" in str(bug.value)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_report_that_nothing_waits_for_is_caught(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the call until the backend answers, and ends it where no answer comes."""
    unit = unit_of(policy)
    told = plan(unit)
    every = frozenset(site.name for site in told.starts)
    monkeypatch.setattr(svaml2, "plan", lambda _: replace(told, reported=every))
    differences = verify(unit, svaml2.lower(unit), SVAML2).differences
    idle = {one.policy for one in differences if one.policy.startswith("nothing waits for the end of")}
    assert bool(differences) == bool(every - told.reported)
    if policy not in (
        "secret",
        "beside",
    ):  # there another thing is seen first: what follows a recording has no place any more
        assert len(idle) == len(every - told.reported)
