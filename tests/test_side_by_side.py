"""Recordings that run side by side: what each guarantee says of several, and what every part of recpol makes of them.

A guarantee that is held against one of two recordings alone is proven wrongly; so each case below is broken by the one
that is not the first, and each has its twin that is proven.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

import recpol_check as referee
from oracle.compiled import files_of
from oracle.explore import explore
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import read_scenario
from recpol.certificate import certificate, source_map
from recpol.compilation import Compilation, compile_program, json_bytes
from recpol.diff.compare import compare
from recpol.explain import explain
from recpol.importer import import_documents
from recpol.prove import prove
from recpol.rules.check import check
from recpol.semantics.replay import replay
from recpol.svaml.read import read_document
from recpol.targets.catalogue import backend_of, targets_named
from recpol.verify import verify

HEAD = """policy desk
locale en-GB
voice Amy
store one { url "s3://acme-one/in/" credentials env ONE }
store two { url "s3://acme-two/in/" credentials env TWO }
store text { url "s3://acme-text/in/" credentials env TWO transcribe en-GB }
store caller { url "s3://acme-caller/in/" credentials env ONE direction inbound }
store callee { url "s3://acme-callee/in/" credentials env ONE direction outbound }
store file { url "s3://acme-one/{{ call.callid }}.mp3" credentials env ONE }
store same { url "s3://acme-one/{{ call.callid }}.mp3" credentials env ONE }
on recording failure hangup
"""
TALK = HEAD + 'on ice { answer hello: say "Hello." talk: connect pstn +46850020000 { phase card phase half } }\n'


def understood(text: str, target: str = "svaml2") -> Program:
    return program(Source("desk.recpol", text), targets=targets_named((target,)))


def compiled(text: str) -> Compilation:
    found = compile_program(understood(text))
    assert [finding.message for finding in found.checked.errors] == []
    return found


def documents(text: str) -> dict[str, Any]:
    return {reply.file: reply.document for reply in compiled(text).replies}


def changes(commands: Any) -> list[str]:
    """The starts and stops of a document in order, `+` and `-` with the name of the recording."""
    found: list[str] = []
    for one in commands if isinstance(commands, list) else commands.values() if isinstance(commands, dict) else ():
        word = one.get("command", "") if isinstance(one, dict) else ""
        sign = {"startRecording": "+", "stopRecording": "-"}.get(word)
        found += [f"{sign}{one['recordingName']}"] if sign else []
        found += changes(one)
    return found


# ── guarantees ───────────────────────────────────────────────────────────────────────────────────────────────────

BOTH = "record talk except card to one\nrecord talk except card to two\n"
PROVEN_AND_BROKEN = [
    ("never record card", BOTH, "record talk except card to one\nrecord talk to two\n"),
    ("never record card", BOTH, "record talk to two\nrecord talk except card to one\n"),
    (
        "always record talk except card",
        BOTH,
        "record talk except card, half to one\nrecord talk except card, half to two\n",
    ),
    (
        "never transcribe half",
        "record talk to one\nrecord talk except half to text\n",
        "record talk to one\nrecord talk to text\n",
    ),
    ("record only inbound hello", "record hello to caller\n", "record hello to caller\nrecord hello to callee\n"),
    (
        "announce hello before recording",
        BOTH,
        "record talk to one\nrecord hello, talk to two\n",
    ),
    (
        "announce hello in recording",
        "record hello, talk to one\nrecord hello, talk to two\n",
        "record hello, talk to one\nrecord talk to two\n",
    ),
    (
        'keep recordings in "s3://acme-one/**", "s3://acme-two/**"',
        BOTH,
        "record talk to one\nrecord talk to text\n",
    ),
]


def statuses(text: str) -> list[str]:
    return [verdict.status for verdict in prove(understood(text))]


@pytest.mark.parametrize(("guarantee", "holds", "breaks"), PROVEN_AND_BROKEN)
def test_each_of_several_recordings_counts(guarantee: str, holds: str, breaks: str) -> None:
    assert statuses(f"{TALK}{holds}{guarantee}\n") == ["proven"]
    assert statuses(f"{TALK}{breaks}{guarantee}\n") == ["broken"]


@pytest.mark.parametrize("promise", ["keep recordings 5y", "keep recordings encrypted", "keep recordings in region eu"])
def test_what_stores_promise_holds_of_each(promise: str) -> None:
    stated = "credentials env ONE keep 5y encrypted yes region eu }"
    first = TALK.replace("credentials env ONE }", stated, 1)
    both = first.replace("credentials env TWO }", stated, 1)
    assert statuses(f"{first}{BOTH}{promise}\n") == ["unknown"]
    assert statuses(f"{both}{BOTH}{promise}\n") == ["proven"]
    other = both.replace("keep 5y encrypted yes region eu", "keep 1y encrypted no region us")
    assert statuses(f"{other.replace('keep 1y', 'keep 5y', 1)}{BOTH}{promise}\n") == ["broken"]


REQUESTS = (
    HEAD
    + """on ice { answer talk: connect pstn +46850020000 }
on manage stop in talk { off: continue }
record talk to one
record talk to two
"""
)


def test_an_opt_out_ends_all_of_them() -> None:
    assert statuses(f"{REQUESTS}opt-out stop\n") == ["proven"]
    assert statuses(f"{REQUESTS}record off to two\nopt-out stop\n") == ["broken"]
    assert statuses(f"{REQUESTS}record off to one\nopt-out stop\n") == ["broken"]


def test_a_recording_that_fails_is_each_of_them() -> None:
    made = documents(f"{TALK}{BOTH}always record talk except card\n")
    starts = json.dumps(made).split('"startRecording"')[1:]
    assert len(starts) == 4
    assert all('"onFailure": [{"command": "hangup", "callName": "caller"}]' in start for start in starts)


@pytest.mark.parametrize(
    "rules", ["record talk to file\nrecord talk to same\n", "record talk to same\nrecord talk to file\n"]
)
def test_two_recordings_into_one_file_overwrite_each_other(rules: str) -> None:
    text = TALK.replace(" { phase card phase half }", "")
    assert "second-recording" in {finding.rule for finding in check(understood(text + rules)).findings}
    assert statuses(f"{text}{rules}always record talk\n") == ["unknown"]
    alone = rules.splitlines()[0]
    assert "second-recording" not in {finding.rule for finding in check(understood(f"{text}{alone}\n")).findings}
    assert statuses(f"{text}{alone}\nalways record talk\n") == ["proven"]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("s3://acme/a-{{ call.callid }}.mp3", "s3://acme//a-{{ call.callid }}.mp3", "unknown"),
        ("s3://acme/a-{{ call.callid }}.mp3", "s3://acme/%61-{{ call.callid }}.mp3", "unknown"),
        ("s3://{{ env.A }}/{{ call.callid }}.mp3", "s3://{{ env.B }}/{{ call.callid }}.mp3", "unknown"),
        ("s3://acme/{{ env.A }}{{ call.callid }}.mp3", "s3://acme/in/{{ call.callid }}.mp3", "unknown"),
        ("s3://{{ env.A }}/in/{{ call.callid }}.mp3", "s3://{{ env.A }}/out/{{ call.callid }}.mp3", "proven"),
        ("s3://{{ env.A }}/{{ call.callid }}.mp3", "s3://{{ env.A }}/{{ call.callid }}.wav", "proven"),
        ("s3://{{ env.A }}/{{ call.callid }}.mp3", "s3://{{ env.A }}/{{ call.callid }}-2.mp3", "proven"),
        ("s3://acme-one/{{ call.callid }}.mp3", "s3://acme-two/{{ call.callid }}.mp3", "proven"),
    ],
)
def test_files_that_may_be_one_are_not_proven_to_be_two(first: str, second: str, status: str) -> None:
    stores = "".join(f'store s{n} {{ url "{url}" credentials env ONE }}\n' for n, url in enumerate((first, second)))
    text = HEAD + stores + "on ice { answer talk: connect pstn +46850020000 }\nalways record talk\n"
    assert statuses(f"{text}record talk to s0\nrecord talk to s1\n") == [status]
    assert statuses(f"{text}record talk to s1\nrecord talk to s0\n") == [status]
    assert statuses(f"{text}record talk to s0\n") == ["proven"]


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_differs_starts_and_stops() -> None:
    text = (
        HEAD
        + """on ice {
  answer
  a: say "a" ab: say "ab" b: say "b" c: say "c"
  talk: connect pstn +46850020000
}
record a, ab, talk to one
record ab, b, talk to two
"""
    )
    assert changes(documents(text)["incoming.json"]) == [
        "+one-1", "+two-1", "-one-1", "-two-1", "+one-2", "+two-2",
    ]  # fmt: skip
    assert [[one.file for one in heard.recordings] for heard in replay(understood(text), ()).played] == [
        [1], [1, 2], [2], [], [3, 4],
    ]  # fmt: skip


def test_what_must_not_be_recorded_waits_for_the_end_of_each() -> None:
    text = (
        HEAD
        + """on ice { answer record to one { record to two { say "On tape." } } secret: say "Not." hangup }
never record secret
"""
    )
    (first, second, *_) = documents(text)["incoming.json"]["commands"][1:]
    assert changes(first["events"]["onFinish"]) == ["-two-1"], "the second stops when the first has ended"
    assert changes(second["events"]["onFinish"]) == []
    assert second["events"]["onFinish"][0]["command"] == "messages"


@pytest.mark.parametrize(
    ("stays", "goes", "guarantee"),
    [("one", "text", "never transcribe rest"), ("caller", "one", "record only inbound rest")],
)
def test_what_must_not_be_in_one_of_two_waits_for_its_end_while_the_other_goes_on(
    stays: str, goes: str, guarantee: str
) -> None:
    both = f'record to {goes} {{ say "On both." }}'
    text = f'{HEAD}on ice {{ answer record to {stays} {{ {both} rest: say "On one." }} hangup }}\n'
    commands = documents(f"{text}{guarantee}\n")["incoming.json"]["commands"][1:]
    first, second = (next(one for one in commands if one.get("recordingName") == f"{name}-1") for name in (stays, goes))
    assert [change for change in changes(commands) if change.startswith("-")] == [f"-{goes}-1"]
    assert "onFinish" not in first["events"]
    (words, *_) = second["events"]["onFinish"]
    assert words["messages"][0]["say"]["text"] == "On one."
    assert statuses(f"{text}{guarantee}\n") == ["proven"]


def test_a_phase_stops_and_begins_what_it_changes_and_waits_for_each() -> None:
    text = f"{TALK}record talk except card, half to one\nrecord talk except card to two\nnever record card\n"
    made = documents(text)
    bodies = {
        name: changes(made[f"manage.{name}.json"]) for name in ("card.begin", "card.end", "half.begin", "half.end")
    }
    assert bodies == {
        "card.begin": ["-one-1", "-two-1"], "card.end": ["+one-1", "+two-1"],
        "half.begin": ["-one-1"], "half.end": ["+one-1"],
    }  # fmt: skip
    waits = {reply.file: reply.answers[0].get("waitFor") for reply in compiled(text).replies}
    each = [{"event": f"call.webhook.{name}.finished", "recordingName": name} for name in ("one-1", "two-1")]
    assert waits["manage.card.begin.json"] == each
    assert waits["manage.half.begin.json"] == each[0]
    assert waits["manage.card.end.json"] is None


@pytest.mark.parametrize("forgotten", [0, 1])
def test_to_wait_for_one_of_two_is_a_difference_and_proves_nothing(forgotten: int) -> None:
    text = f"{TALK}{BOTH}never record card\n"
    unit = understood(text)
    (target,) = unit.targets
    replies = backend_of(target).lower(unit)
    assert verify(unit, replies, target).differences == ()

    def shorter(answer: dict[str, Any]) -> dict[str, Any]:
        waits = answer.get("waitFor")
        return {**answer, "waitFor": waits[1 - forgotten]} if isinstance(waits, list) else answer

    forged = tuple(replace(reply, answers=tuple(shorter(one) for one in reply.answers)) for reply in replies)
    assert any("is waited for" in one.policy for one in verify(unit, forged, target).differences)

    files = files_of(unit, target.name)
    manifest = json.loads(files["manifest.json"])
    for reply in manifest["replies"]:
        reply["answers"] = [shorter(one) for one in reply["answers"]]
    short = {**files, "manifest.json": json_bytes(manifest)}
    found = [explore(referee.Folder("desk", one), source_map(unit, target)) for one in (files, short)]
    assert [world.verdict("never record card").status for world in found] == ["holds", "broken"]


@pytest.mark.parametrize("forgery", ["report", "webhook", "start", "start again"])
def test_the_checker_takes_no_recording_for_another(forgery: str) -> None:
    """A report of the one is none of the other, and what two recordings of one name do no page says."""
    compilation = compiled(f"{TALK}{BOTH}never record card\n")
    (output,) = compilation.outputs
    proof, files = certificate(compilation, output), dict(output.files)
    assert referee.check(referee.Folder("desk", files), proof)[0].startswith("holds: never record card")
    changed = {
        "report": ("manifest.json", '.two-1.finished",\n', '.one-1.finished",\n'),
        "webhook": ("incoming.json", '"webhookName": "two-1.finished"', '"webhookName": "one-1.finished"'),
        "start": ("incoming.json", '"recordingName": "two-1"', '"recordingName": "one-1"'),
        "start again": ("manage.card.end.json", '"recordingName": "two-1"', '"recordingName": "one-1"'),
    }  # fmt: skip
    file, true, false = changed[forgery]
    text = files[file].decode()
    assert true in text
    files[file] = text.replace(true, false).encode()
    forged = {**proof, "documents": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}}
    with pytest.raises(referee.Refused):
        referee.check(referee.Folder("desk", files), forged)


def test_names_are_told_apart_also_where_they_are_cut() -> None:
    long = "a-store-whose-name-is-very-long-indeed"
    text = HEAD.replace("store one", f"store {long}-1").replace("store two", f"store {long}-2")
    text += f"on ice {{ answer talk: connect pstn +46850020000 }}\nrecord talk to {long}-1\nrecord talk to {long}-2\n"
    names = [name[1:] for name in changes(documents(text)["incoming.json"])]
    assert len(set(names)) == 2
    assert all(len(name) <= 32 for name in names)


# ── what is said of them ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_says_both_stores_and_the_file_that_goes_on() -> None:
    text = f"{TALK}record talk except half to one\nrecord talk to two\n"
    scenario = read_scenario(Source("a.call", "answer; begin half; end half"))
    told = [(act.text, act.recorded or "") for act in replay(understood(text), scenario.events).acts]
    assert told[-6:] == [
        ("talk: calling +46850020000 and talking", "one (file 1) and two (file 2)"),
        ("the callee answers", ""),
        ("the backend begins the phase `half`", ""),
        ("half: the phase half", "two (file 2)"),
        ("the backend ends the phase `half`", ""),
        ("talk: the conversation", "two (file 2) and one (file 3)"),
    ]


def test_a_second_recording_is_more_and_one_less_is_less() -> None:
    single, both = f"{TALK}record talk to one\n", f"{TALK}record talk to one\nrecord talk to two\n"
    exchanged = f"{TALK}record talk to two\nrecord talk to one\n"
    more, less = compare(understood(single), understood(both)), compare(understood(both), understood(single))
    assert {one.kind for one in more.differences} == {"more-recorded"}
    assert {one.kind for one in less.differences} == {"less-recorded"}
    assert compare(understood(both), understood(exchanged)).differences == ()
    other = compare(understood(both), understood(f"{TALK}record talk to one\nrecord talk to text\n"))
    assert {one.kind for one in other.differences} == {"other-store"}


def test_which_of_two_files_begins_anew_is_a_difference() -> None:
    first = f"{TALK}record talk except half to one\nrecord talk to two\n"
    second = f"{TALK}record talk to one\nrecord talk except half to two\n"
    found = compare(understood(first), understood(second)).differences
    assert ("other-file", "talk") not in {(one.kind, one.about) for one in found}
    assert {"other-store"} <= {one.kind for one in found}
    told = {(one.before, one.after) for one in found if one.kind == "other-file"}
    one, two = (f"a file begins here: recorded to s3://acme-{name}/in/" for name in ("one", "two"))
    assert told == {(one, two)}
    both = compare(understood(f"{TALK}record talk to one\nrecord talk to two\n"), understood(first)).differences
    assert ("the files go on", one) in {(each.before, each.after) for each in both}


def test_who_is_on_tape_does_not_rest_on_the_side_of_a_recording() -> None:
    note = "A recording of one side (`direction`) is taken for one of both here."
    for store, sided in (("caller", True), ("one", False)):
        people = explain(compile_program(understood(f"{TALK}record talk to {store}\nrecord half to two\n"))).people
        assert [(one.name, note in one.taped) for one in people] == [("The caller", sided), ("The callee", sided)]


def test_the_call_that_breaks_a_guarantee_names_each_store() -> None:
    found = explain(compile_program(understood(f"{TALK}{BOTH}never record half\n")))
    (guarantee,) = found.guarantees
    assert [act.stores for act in guarantee.call if act.mark == "recorded"] == [" (to `one` and `two`)"] * 2


@pytest.mark.parametrize("target", ["classic", "svaml1"])
def test_elsewhere_one_recording_runs_at_a_time(target: str) -> None:
    text = f"{HEAD}on ice {{ answer talk: connect pstn +46850020000 }}\nrecord talk to one\nrecord talk to two\n"
    found = [finding for finding in check(understood(text, target)).findings if finding.rule == "two-stores"]
    assert [finding.severity for finding in found] == ["error"]
    assert "`record call to …` stands beside `record conference to …`" in found[0].help


# ── documents that are read ──────────────────────────────────────────────────────────────────────────────────────

IMPORTED = {
    "two at once": 'on ice { answer say "x" record to one { record to two { connect pstn +46850020000 } } }',
    "the second in the middle": (
        'on ice { answer record to two { say "a" record to one { say "b" } say "c" } connect pstn +46850020000 }'
    ),
    "each side": "on ice { answer record to caller { record to callee { connect pstn +46850020000 } } }",
    "what waits for both": (
        'on ice { answer record to two { record to one { say "a" } } secret: say "b" hangup } never record secret'
    ),
    "from the answer on": (
        "on ice { answer record to one { connect pstn +46850020000 } } "
        "on ace { record to one { record to two { continue } } }"
    ),
    "through a menu": (
        'on ice { answer record to two { record to one { menu { prompt "Press 1." key 1 -> on } } } } '
        "on pie on { record to two { record to one { connect pstn +46850020000 } } } on pie otherwise { hangup }"
    ),
}


@pytest.mark.parametrize("name", IMPORTED)
def test_compiling_what_was_imported_gives_the_document_back(name: str) -> None:
    begins = documents(HEAD + IMPORTED[name])["incoming.json"]
    found = import_documents("desk", [read_document(Source("incoming.json", json.dumps(begins)))])
    assert found.refused == ()
    assert found.differences == ()
    assert changes(documents(found.text)["incoming.json"])[0].startswith("+")


def test_a_manifest_may_list_its_reports_in_any_order_and_with_any_order_of_keys() -> None:
    unit = understood(f"{TALK}{BOTH}")
    files = files_of(unit, "svaml2")
    manifest = json.loads(files.pop("manifest.json"))
    (begin,) = [
        one for reply in manifest["replies"] for one in reply["answers"] if isinstance(one.get("waitFor"), list)
    ]
    reports = begin["waitFor"]

    def claimed() -> list[str]:
        read = [read_document(Source(name, data.decode())) for name, data in files.items()]
        return [one.message for one in import_documents("desk", read, manifest).refused]

    assert claimed() == []
    begin["waitFor"] = [dict(reversed(one.items())) for one in reversed(reports)]
    assert claimed() == []
    begin["waitFor"] = reports[:1]
    (message,) = claimed()
    assert json.dumps(reports[0], sort_keys=True) in message
    assert "{'" not in message


def test_a_document_that_records_twice_to_one_place_is_refused() -> None:
    begins = documents(HEAD + IMPORTED["two at once"])["incoming.json"]
    text = json.dumps(begins).replace("acme-two", "acme-one").replace("env.TWO", "env.ONE")
    found = import_documents("desk", [read_document(Source("incoming.json", text))])
    assert ["second recording of the same kind" in one.message for one in found.refused] == [True]


def test_a_call_of_the_interpreter_is_the_call_of_the_policy() -> None:
    simulated = replay(understood(f"{TALK}{BOTH}"), (t.Answers(), t.Begins("card"), t.Ends("card")))
    numbers = [[call.number for call in played.piece.heard.calls] for played in simulated.played]
    assert numbers == [[], [1, 2], [], [3, 4]]
