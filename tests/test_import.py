"""`recpol import`: what it makes of documents, what it refuses, and the law that compiling gives the documents back."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from random_policies import random_policy, with_phase_prompts, with_room_keys
from recpol.analysis.program import program
from recpol.base.source import Reader, Source
from recpol.cli.main import run
from recpol.compilation import Compilation, compile_program
from recpol.importer import Imported, import_documents
from recpol.importer.compare import differences
from recpol.rules.every import EVERY_BY_NAME
from recpol.settings.configfile import read_config
from recpol.svaml.read import read_document
from recpol.targets.catalogue import all_targets, target_names, targets_named

ROOT = Path(__file__).parents[1]
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))
POLICIES_TRIED = int(os.environ.get("RECPOL_POLICIES", "600"))
OPTIONS = {"destinationUrl": "s3://acme-calls/desk/", "credentials": "AKIAIOSFODNN7EXAMPLE:secret:eu-central-1"}


def imported(replies: dict[str, object], manifest: object = None) -> Imported:
    documents = [read_document(Source(file, json.dumps(value))) for file, value in replies.items()]
    return import_documents("back", documents, manifest)


def told(result: Imported) -> list[str]:
    return [f"{f.span.source.path}: {f.message}" for f in result.refused]


VARIABLES = read_config(
    Source("recpol.yaml", (ROOT / "recpol.yaml").read_text("utf-8")), EVERY_BY_NAME, target_names()
)[0].values()


def compiled(text: str, reader: Reader | None = None, target: str = "classic") -> Compilation:
    source = Source("policy.recpol", text)
    return compile_program(program(source, reader=reader, variables=VARIABLES, targets=targets_named([target])))


def by_itself(text: str) -> Compilation:
    """A policy compiled to what it says itself, else to the default."""
    return compile_program(program(Source("back.recpol", text), known=all_targets()))


def documents_of(result: Compilation) -> dict[str, bytes]:
    return {file: data for file, data in result.files.items() if file != "manifest.json"}


def back(result: Compilation) -> Imported:
    documents = [read_document(Source(file, data.decode())) for file, data in documents_of(result).items()]
    return import_documents("back", documents, json.loads(result.files["manifest.json"]))


def shared(path: str, using: str) -> Source:
    return Source(path, (ROOT / "policies" / path).read_text("utf-8"))


def manifest_of(result: Compilation) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(result.files["manifest.json"])
    return read


def answers_of(manifest: dict[str, Any]) -> dict[str, Counter[str]]:
    """What a manifest says that each file answers; the order of answers, and of the files in one, does not matter."""
    return {
        entry["file"]: Counter(
            json.dumps({key: sorted(value) if isinstance(value, list) else value for key, value in answer.items()})
            for answer in entry["answers"]
        )
        for entry in manifest["replies"]
    }


AMBIGUOUS = "which conversation has the phase"


TARGETS = ("classic", "svaml1")
WHOLE = (*TARGETS, "svaml2")


LACKING = {
    "not-in-classic", "not-in-svaml1", "no-answer-not-reported",
    "not-in-svaml2", "no-voice", "one-way-of-failing", "stop-not-awaited", "two-stores",
}  # fmt: skip
"""The rules about what a target does not have: an example policy need not be for all of them."""


@pytest.mark.parametrize("target", WHOLE)
@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_an_example_policy_comes_back(path: Path, target: str) -> None:
    first = compiled(path.read_text("utf-8"), shared, target)
    if not first.files:
        assert {finding.rule for finding in first.checked.errors} <= LACKING
        assert first.checked.errors
        return
    result = back(first)
    assert told(result) == []
    again = by_itself(result.text)
    assert again.checked.errors == ()
    assert [one.name for one in again.program.targets] == [target]
    assert documents_of(again) == documents_of(first)
    assert result.differences == ()
    assert ("target " in result.text) == (target != "svaml1")


@pytest.mark.parametrize("target", TARGETS)
def test_compiling_what_was_imported_gives_the_documents_back(target: str) -> None:
    same = refused = 0
    for seed in range(POLICIES_TRIED // len(TARGETS)):
        text = random_policy(Random(seed))
        text = with_phase_prompts(with_room_keys(text)) if target == "svaml1" else text
        first = compiled(text, target=target)
        if not first.files:
            continue
        result = back(first)
        answers = answers_of(manifest_of(first))
        if result.refused:  # where no call comes to, no manifest says which talk or connect is meant
            assert all(not answers[one.span.source.path] for one in result.refused), (seed, told(result))
            refused += 1
            continue
        again = by_itself(result.text)
        assert documents_of(again) == documents_of(first), (seed, result.text)
        assert answers_of(manifest_of(again)) == answers, (seed, result.text)
        assert result.differences == (), seed
        same += 1
    assert same > 10 * refused


def test_the_text_of_a_policy() -> None:
    result = imported(
        {
            "ice.json": {
                "instructions": [
                    {"name": "answer"},
                    {"name": "say", "text": "Hello.", "locale": "en-GB"},
                    {"name": "startRecording", "options": OPTIONS},
                ],
                "action": {"name": "connectPstn", "number": "+46850020000", "maxDuration": 3600},
            }
        }
    )
    assert result.refused == ()
    assert result.text == (
        "policy back\n\nlocale en-GB\n\nstore desk {\n"
        '  url          "s3://acme-calls/desk/"\n  credentials  env DESK_CREDENTIALS\n}\n\n'
        'on ice {\n  answer\n  say "Hello."\n  record {\n    connect pstn +46850020000 max-duration 1h\n  }\n}\n'
    )
    assert result.secrets == ("DESK_CREDENTIALS",)
    assert "AKIA" not in result.text


SVAML1_ONLY = """policy desk

locale en-GB

store calls {
  url          "s3://acme-calls/in/"
  credentials  env KEY
  transcribe   sv-SE
}
store trades {
  url          "gs://acme-trades/"
  credentials  env KEY
}

on ice {
  answer
  park {
    hold          "One moment."
    max-duration  1m
  }
}

on manage pick-up {
  connect pstn +46850020000 amd async {
    phase trade
  }
}

on ace {
  talk: continue
}

record call talk except trade to calls
record call trade to trades
"""


def test_what_only_the_current_api_says() -> None:
    first = compiled(SVAML1_ONLY, target="svaml1")
    assert first.checked.errors == ()
    result = back(first)
    assert result.refused == ()
    assert result.differences == ()
    assert documents_of(compiled(result.text, target="svaml1")) == documents_of(first)
    stream = {"name": "connectStream", "destination": {"type": "Websocket", "endpoint": "wss://m.example/a"}}
    assert imported({"ice.json": {"action": {**stream, "streamingOptions": {"sampleRate": 8000}}}}).differences == ()
    version = {"action": {**stream, "streamingOptions": {"version": 1}}}
    assert any("cannot say `version`" in line for line in told(imported({"ice.json": version})))


AMD = {"number": "+46850020000", "amd": {"enabled": True}}
STREAM = {"name": "connectStream", "destination": {"type": "Websocket", "endpoint": "wss://m.example/a"}}
FLAG = {"record": True, "recordingOptions": OPTIONS}
OF_TARGETS: dict[str, tuple[str, dict[str, object]]] = {
    "no feature of one alone": ("svaml1", {"ice.json": {"action": {"name": "connectPstn", "number": "+46850020000"}}}),
    "names of the other": ("classic", {"ice.json": {"action": {"name": "ConnectPstn", "number": "+46850020000"}}}),
    "the flag of a connect": (
        "classic", {"ice.json": {"action": {"name": "connectPstn", "number": "+46850020000", **FLAG}}},
    ),
    "amd": ("svaml1", {"ice.json": {"action": {"name": "ConnectPstn", **AMD}}}),
    "amd and a flag": ("svaml1", {"ice.json": {"action": {"name": "connectPstn", **AMD, **FLAG}}}),
    "amd, and a flag elsewhere": (
        "svaml1",
        {"ice.json": {"action": {"name": "connectPstn", **AMD}}, "ace.json": {"action": {"name": "continue", **FLAG}}},
    ),
    "amd where nothing leads": ("svaml1", {"pie.x.json": {"action": {"name": "ConnectPstn", **AMD}}}),
    "a stream and a flag": ("svaml1", {"ice.json": {"action": {**STREAM, **FLAG}}}),
    "music for SIP": (
        "svaml1",
        {"ice.json": {"action": {"name": "ConnectSip", "destination": {"endpoint": "a@example.com"}, "moh": "ring"}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_TARGETS)
def test_what_one_target_alone_has_says_which_one_documents_are_of(name: str) -> None:
    target, replies = OF_TARGETS[name]
    result = imported(replies)
    assert result.refused == ()
    assert [one.name for one in result.targets] == [target]
    assert [finding.rule for finding in result.errors] == ["missing-ice"] * ("ice.json" not in replies)
    assert ("\ntarget classic\n" in result.text) == (target == "classic")


def test_a_manifest_says_of_which_target_documents_are() -> None:
    flagged: dict[str, object] = {"ice.json": {"action": {"name": "connectPstn", "number": "+46850020000", **FLAG}}}
    result = imported(flagged, {"target": "svaml1", "replies": [{"file": "ice.json"}]})
    assert [one.name for one in result.targets] == ["svaml1"]
    assert result.differences == (
        "ice.json: action.record",
        "ice.json: action.recordingOptions",
        "ice.json: instructions",
    )


REFUSED = [
    ({"reply.json": {"action": {"name": "Hangup"}}}, "which callback this answers is not known"),
    ({"ice.json": {"action": {"name": "Park", "locale": "en-GB"}}}, "the language cannot say `locale` of `Park`"),
    ({"ice.json": {"action": {"name": "Hangup"}}, "x.ice.json": {"action": {"name": "Hangup"}}}, "a second reply"),
    ({"ice.json": {"instructions": []}}, "the reply has no action"),
    ({"ice.json": {"action": {"name": "Hangup"}, "x": 1}}, "a reply has no property `x`"),
    ({"ice.json": {"event": "ice", "callid": "1"}}, "this is no reply"),
    ({"ice.json": {"instructions": [{"name": "StopRecording"}], "action": {"name": "Hangup"}}}, "nothing that these"),
    ({"pie.x.json": {"instructions": [{"name": "stopRecording"}], "action": {"name": "hangup"}}}, "leads here"),
    ({"manage.off.json": {"instructions": [{"name": "stopRecording"}], "action": {"name": "continue"}}}, "leads here"),
    (
        {
            "ice.json": {"action": {"name": "hangup"}},
            "pie.x.json": {"instructions": [{"name": "stopRecording"}], "action": {"name": "park"}},
        },
        "none of these replies leads here, so what this stops is not known",
    ),
    ({"ice.json": {"action": {"name": "ConnectConf", "conferenceId": "{{ room }}"}}}, "a placeholder that is not"),
    ({"manage.card.begin.json": {"action": {"name": "StopRecording"}}}, "only one body of the phase `card`"),
    (
        {
            "ice.json": {
                "action": {
                    "name": "RunMenu",
                    "menus": [{"id": "main", "options": [{"dtmf": "1", "action": "return(Sales)"}]}],
                }
            }
        },
        "`Sales` cannot be a name",
    ),
    (
        {
            "ice.json": {
                "instructions": [{"name": "StartRecording", "options": {"notificationEvents": True}}],
                "action": {"name": "Park"},
            }
        },
        "a recording without a destination",
    ),
    (
        {
            "ace.json": {
                "action": {
                    "name": "Continue",
                    "record": True,
                    "recordingOptions": {"destinationUrl": "{{ env.URL }}", "credentials": ""},
                }
            }
        },
        "empty credentials",
    ),
]


@pytest.mark.parametrize(("replies", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_cannot_be_said_is_refused_with_its_place(replies: dict[str, object], message: str) -> None:
    result = imported(replies)
    assert any(message in line for line in told(result)), told(result)
    assert result.text == ""


def test_what_is_said_otherwise_is_told() -> None:
    spoken = {"instructions": [{"name": "PlayFiles", "ids": ["#tts[Hello.]"]}], "action": {"name": "Park"}}
    assert imported({"ice.json": spoken}).differences
    plain = {"instructions": [], "action": {"name": "PARK", "maxDuration": 60}}
    assert imported({"ice.json": plain}).differences == ()
    capital = {"Action": {"Name": "connectPstn", "number": "+46850020000", "record": True, "RecordingOptions": OPTIONS}}
    assert imported({"ice.json": capital}).differences == (
        "ice.json: Action",
        "ice.json: Action.Name",
        "ice.json: Action.RecordingOptions",
    )
    ice = '{"Action": {"name": "connectPstn", "number": "+46850020000"}}'
    begun = {"method": "customCallout", "customCallout": {"Ice": ice, "enableAce": True}}
    result = imported({"callout.x.json": begun, "ace.x.json": {"action": {"name": "hangup"}}})
    assert "callout.x.json: customCallout.Ice" in result.differences
    assert "callout.x.json: customCallout.ice.Action" in result.differences


@pytest.mark.parametrize(
    ("action", "to", "differs"),
    [
        ("connectMxp", {"endpoint": "alice"}, False),
        ("connectMxp", {"type": "Username", "endpoint": "alice"}, False),
        ("connectMxp", {"type": "number", "endpoint": "alice"}, True),
        ("connectMxp", {"type": None, "endpoint": "alice"}, True),
        ("connectSip", {"type": "username", "endpoint": "alice@pbx.example"}, True),
    ],
)
def test_a_destination_of_another_type_is_told(action: str, to: dict[str, str], differs: bool) -> None:
    result = imported({"ice.json": {"action": {"name": action, "destination": to}}})
    assert result.differences == (("ice.json: action.destination.type",) if differs else ())


def test_no_password_or_key_gets_into_a_policy() -> None:
    to = {"type": "sip", "endpoint": "anna:hunter2secret@pbx.example"}
    headers = [{"key": "Authorization", "value": "hunter2secret"}, {"key": "X-A", "value": "AKIAIOSFODNN7EXAMPLE"}]
    action = {"name": "connectSip", "destination": to, "callHeaders": headers}
    heard = {"name": "playFiles", "ids": ["https://u:hunter2secret@acme.example/a.wav"], "locale": "en-GB"}
    result = imported({"ice.json": {"instructions": [{"name": "answer"}, heard], "action": action}})
    assert result.secrets == ("SIP_SECRET", "AUTHORIZATION", "X_A_SECRET", "SECRET")
    assert "hunter2" not in result.text
    assert "AKIA" not in result.text
    assert '"anna:{{ env.SIP_SECRET }}@pbx.example"' in result.text
    assert result.errors == ()
    assert len(result.differences) == 4


def test_a_number_is_no_truth_value() -> None:
    assert list(differences({"enablePie": 1}, {"enablePie": True})) == ["enablePie"]
    assert list(differences({"repeats": 0}, {"repeats": False})) == ["repeats"]


# The manifest beside the documents

CLAIMED = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer connect pstn +46850020000 { phase card } }
on ace {
  talk: continue
}
record talk except card
"""
KEYS = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice {
  answer
  menu in en-GB {
    prompt "One or two?"
    key 1 -> left
    key 2 -> right
  }
}
on pie left { record { connect pstn +46850020000 } }
on pie right { hangup }
on pie otherwise { hangup }
"""

STORES = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
store notes { url "s3://acme/notes/" credentials env STORE }
on ice { answer menu in en-GB { prompt "One or two?" key 1 -> left key 2 -> right } }
on pie left { record to calls { connect pstn +46850020000 } }
on pie right { record to notes { connect pstn +46850020001 } }
on pie otherwise { hangup }
"""

Change = Callable[[dict[str, Any]], None]


def _reply(manifest: dict[str, Any], file: str) -> dict[str, Any]:
    return next(reply for reply in manifest["replies"] if reply["file"] == file)


def _exchange(one: str, other: str) -> Change:
    def change(manifest: dict[str, Any]) -> None:
        first, second = _reply(manifest, one), _reply(manifest, other)
        first["answers"], second["answers"] = second["answers"], first["answers"]

    return change


BEGIN, END = "manage.card.begin.json", "manage.card.end.json"
CLAIMS: list[tuple[str, Change, str]] = [
    (
        CLAIMED,
        _exchange(BEGIN, END),
        'says that this answers `{"event": "manage", "in": ["ace.json", "ice.json"], "moment": "end"',
    ),
    (CLAIMED, lambda m: _reply(m, BEGIN)["answers"][0].update({"in": ["ice.json"]}), "it answers"),
    (CLAIMED, lambda m: _reply(m, BEGIN)["answers"][0].pop("waitFor"), "it answers"),
    (CLAIMED, lambda m: _reply(m, BEGIN)["answers"][0].update(leg=[]), "it answers"),
    (CLAIMED, lambda m: _reply(m, BEGIN).update(recordings=["calls"]), "starts a recording, and it starts none"),
    (CLAIMED, lambda m: _reply(m, "ace.json").pop("recordings"), "starts no recording, and it starts one"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(answers=[]), "which the manifest does not say"),
    (CLAIMED, lambda m: _reply(m, "ice.json")["answers"].append({"event": "x"}), "none of these documents asks"),
    (CLAIMED, lambda m: m["replies"].remove(_reply(m, "ace.json")), "does not list this document"),
    (CLAIMED, lambda m: m.update(target="svaml1"), "of the target `svaml1`, not `classic`"),
    (CLAIMED, lambda m: m.update(remembers=not m["remembers"]), "says wrongly whether an answer depends"),
    (CLAIMED, lambda m: m["trouble"].update(refused=m["unchanged"]), "other replies for trouble"),
    (CLAIMED, lambda m: m.update(unchanged={"action": {"name": "Hangup"}}), "other replies for trouble"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(values=[]), "needs the value of `env.STORE`"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(values=["env.STORE", "env.MORE"]), "the value of `env.MORE`, and"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(values=["STORE"]), "no names such as `env.NAME`"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(values="env.STORE"), "no names such as `env.NAME`"),
    (CLAIMED, lambda m: _reply(m, "ice.json").update(values=[7]), "no names such as `env.NAME`"),
    (CLAIMED, lambda m: m.update(phaseFailure="continue"), "neither of `refuse` and `hangup`"),
    (CLAIMED, lambda m: m.update(phaseFailure=["hangup"]), "neither of `refuse` and `hangup`"),
    (CLAIMED, lambda m: m.update(stores=[{"keep": {"atLeast": "5y"}}]), "that have no name"),
    (CLAIMED, lambda m: m.update(stores=[{"name": "calls"}, {"name": "calls"}]), "or have one twice"),
    (CLAIMED, lambda m: m.update(stores={"calls": {}}), "that have no name"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(recordings=[["calls"]]), "by something that is no name"),
    (CLAIMED, lambda m: _reply(m, "ace.json").update(recordings=["other"]), "into one store, `calls`"),
    (STORES, lambda m: _reply(m, "pie.right.json").update(recordings=["calls"]), "into one store, `calls`"),
    (STORES, lambda m: _reply(m, "pie.right.json").update(recordings=["calls", "notes"]), "into one store, `calls`"),
    (KEYS, _exchange("pie.left.json", "pie.right.json"), '"value": "right"'),
]


@pytest.mark.parametrize(("text", "change", "message"), CLAIMS)
def test_a_manifest_that_contradicts_its_documents_is_refused(text: str, change: Change, message: str) -> None:
    result = compiled(text)
    documents = [read_document(Source(file, data.decode())) for file, data in documents_of(result).items()]
    manifest = json.loads(result.files["manifest.json"])
    assert import_documents("back", documents, manifest).refused == ()
    change(manifest)
    assert any(message in one for one in told(import_documents("back", documents, manifest)))


SILENCE = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice {
  answer
  record { menu in en-GB { prompt "One?" key 1 -> one timeout -> nothing invalid -> nothing } }
}
on pie one { hangup }
on pie nothing { OPENsay "Goodbye." in en-GBCLOSE hangup }
on pie otherwise { hangup }
"""


@pytest.mark.parametrize(("opened", "closed"), [("", ""), ("record { ", " }")], ids=["stopped", "going on"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_recording_goes_on_or_stops_where_a_manifest_alone_says_what_leads(
    target: str, opened: str, closed: str
) -> None:
    first = compiled(SILENCE.replace("OPEN", opened).replace("CLOSE", closed), target=target)
    result = back(first)
    assert (result.refused, result.differences) == ((), ())
    assert documents_of(by_itself(result.text)) == documents_of(first)


HARMLESS: list[tuple[str, Change]] = [
    # One who renders a document fills all that it needs: a value that is listed may not be there any more.
    (CLAIMED, lambda m: _reply(m, "ice.json").update(values=["env.STORE", "call.cli"])),
    (CLAIMED, lambda m: m.update(phaseFailure="hangup")),
    # What stores are called, and that two are of one place, no document shows.
    (STORES, lambda m: _reply(m, "pie.left.json").update(recordings=["other"])),
    (STORES, lambda m: _reply(m, "pie.right.json").update(recordings=["notes", "too"])),
    (STORES, lambda m: m.update(stores=[{"name": "calls", "encrypted": True}, {"name": "unused", "region": "eu"}])),
]


@pytest.mark.parametrize(("text", "change"), HARMLESS)
def test_what_documents_do_not_show_contradicts_nothing(text: str, change: Change) -> None:
    result = compiled(text)
    documents = [read_document(Source(file, data.decode())) for file, data in documents_of(result).items()]
    manifest = json.loads(result.files["manifest.json"])
    change(manifest)
    assert import_documents("back", documents, manifest).refused == ()


PHASES = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer menu in en-GB { prompt "One or two?" key 1 -> left key 2 -> right } }
on pie left { left: connect pstn +46850020000 { phase card } }
on pie right { record { connect pstn +46850020001 } }
on pie otherwise { hangup }
record left except card
"""


def test_a_manifest_that_does_not_say_where_a_phase_belongs_leaves_that_open() -> None:
    """So did manifests of older versions."""
    for text, reasons in ((PHASES, [f"{BEGIN}: {AMBIGUOUS} `card`: 2 conversations are in the state that it expects"]),
                          (CLAIMED, [])):  # fmt: skip
        result = compiled(text)
        documents = [read_document(Source(file, data.decode())) for file, data in documents_of(result).items()]
        manifest = json.loads(result.files["manifest.json"])
        for file in (BEGIN, END):
            _reply(manifest, file)["answers"][0].pop("in")
        assert told(import_documents("back", documents, manifest)) == reasons


def test_a_phase_that_only_says_something_is_placed_by_the_manifest() -> None:
    text = PHASES.replace("phase card", 'phase card { begin { say "Go." in en-GB to callee } }')
    first = compiled(text.replace(" except card", ""), target="svaml1")
    assert [file for file in (BEGIN, END) if file in first.files] == [BEGIN]
    result = back(first)
    assert told(result) == []
    assert documents_of(compiled(result.text, target="svaml1")) == documents_of(first)
    documents = [read_document(Source(file, data.decode())) for file, data in documents_of(first).items()]
    manifest = json.loads(first.files["manifest.json"])
    _reply(manifest, BEGIN)["answers"][0].pop("in")
    assert "it changes nothing of what is recorded" in told(import_documents("back", documents, manifest))[0]


@pytest.mark.parametrize("recorded", ["", "record right", "record conference room", "record call room"])
@pytest.mark.parametrize("talk", ["left", "room"])
def test_a_phase_that_only_says_something_comes_back_whether_its_talk_is_recorded_or_not(
    talk: str, recorded: str
) -> None:
    text = PHASES.replace("record { connect pstn +46850020001 }", 'room: connect conference "room"')
    text = text.replace("record left except card\n", recorded.replace("right", "left") + "\n").replace(
        " { phase card }", ""
    )
    said = '{ phase card { begin { say "Go." in en-GB } end { say "On." in en-GB } } }'
    place = "+46850020000" if talk == "left" else '"room"'
    first = compiled(text.replace(f"{place} ", f"{place} {said} "), target="svaml1")
    assert BEGIN in first.files, first.findings
    result = back(first)
    assert told(result) == []
    assert documents_of(compiled(result.text, target="svaml1")) == documents_of(first)


def test_a_value_that_has_been_filled_in_is_no_contradiction() -> None:
    result = compiled(CLAIMED)
    documents = [
        read_document(Source(file, data.decode().replace("{{ env.STORE }}", "xyz")))
        for file, data in documents_of(result).items()
    ]
    assert import_documents("back", documents, json.loads(result.files["manifest.json"])).refused == ()


def test_each_command_that_reads_a_manifest_tells_what_it_contradicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = compiled(CLAIMED)
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        for file, data in result.files.items():
            (tmp_path / folder / file).write_bytes(data)
    ways = (["import", "new"], ["verify", "new", "--pack", "us-all-party"], ["diff", "old", "new"])
    for words in ways:
        run(words)
        assert "the manifest says" not in capsys.readouterr().err
    manifest = json.loads(result.files["manifest.json"])
    _exchange(BEGIN, END)(manifest)
    (tmp_path / "new" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    for words, status in zip(ways, (1, 2, 2), strict=True):
        assert run(words) == status
        said = capsys.readouterr()
        assert "the manifest says that this answers" in said.err
        assert "proven" not in said.out
    for data in (b"[]", b"5", b"{", b"\xff\xfe"):
        (tmp_path / "new" / "manifest.json").write_bytes(data)
        for words in ways[:2]:
            assert run(words) == 2
            assert "is no manifest" in capsys.readouterr().err
    (tmp_path / "new" / "manifest.json").write_bytes(result.files["manifest.json"])
    (tmp_path / "new" / BEGIN).unlink()
    assert run(["import", "new"]) == 2
    assert f"`{BEGIN}` of the manifest is not there" in capsys.readouterr().err


# The command


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk").mkdir()
    reply = {"action": {"name": "ConnectPstn", "number": "+46850020000"}}
    (tmp_path / "desk" / "ice.json").write_text(json.dumps(reply), "utf-8")
    assert run(["import", "desk"]) == 0
    handler = "on ice {\n  connect pstn +46850020000\n}\n"
    assert capsys.readouterr().out == "policy desk\n\ntarget classic\n\n" + handler
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "recpol.yaml").write_text("targets: [classic]\n", "utf-8")
    assert run(["import", "desk", "-o", "old/desk.recpol"]) == 0
    assert (tmp_path / "old" / "desk.recpol").read_text("utf-8") == "policy desk\n\n" + handler
    assert run(["import", "desk/ice.json", "-o", "front.recpol", "--name", "front"]) == 0
    assert (tmp_path / "front.recpol").read_text("utf-8").startswith("policy front\n")
    assert run(["import", "desk", "-o", "front.recpol"]) == 2
    assert "is there already" in capsys.readouterr().err
    (tmp_path / "desk" / "ace.json").write_text('{"action": {"name": "x"}}', "utf-8")
    assert run(["import", "desk"]) == 1
    assert "desk/ace.json:1:" in capsys.readouterr().err
    assert run(["import", "desk", "--event", "ice"]) == 2
    assert run(["import", "nowhere"]) == 2
    assert run(["import", "desk", "--name", "A B"]) == 2


def test_lint_reads_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.svaml.json").write_text('{"action": {"name": "Continue",}}', "utf-8")
    (tmp_path / "b.json").write_text('{"action": {"name": "Continue"}}', "utf-8")
    assert run(["lint", "."]) == 1
    out = capsys.readouterr().out
    assert "a.svaml.json:1:31" in out
    assert "b.json" not in out
    assert run(["lint", "b.json"]) == 0
    assert run(["lint", "b.json", "--event", "ice", "--output-format", "concise"]) == 1
    assert "form-not-allowed" in capsys.readouterr().out
    (tmp_path / "recpol.yaml").write_text("include: ['*.json']\nrules: {form-not-allowed: warning}\n", "utf-8")
    (tmp_path / "a.svaml.json").unlink()
    assert run(["lint", "--event", "ice"]) == 0
    assert "1 warning" in capsys.readouterr().out


@pytest.mark.parametrize("target", ["classic", "svaml1", "svaml2"])
def test_what_a_manifest_alone_states_comes_back(target: str) -> None:
    text = """policy desk
answers "+46850020000", "+46850020001"
answers application "key-1"
on phase failure hangup
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer talk: connect pstn +46850020000 { phase card } }
record talk except card
"""
    first = compiled(text, target=target)
    manifest = json.loads(first.files["manifest.json"])
    assert (len(manifest["numbers"]), manifest["phaseFailure"]) == (2, "hangup")
    result = back(first)
    assert told(result) == []
    again = json.loads(compiled(result.text, target=target).files["manifest.json"])
    assert {key: again[key] for key in ("numbers", "applications", "phaseFailure")} == {
        key: manifest[key] for key in ("numbers", "applications", "phaseFailure")
    }


def test_what_a_manifest_states_in_words_of_its_own_is_left_out() -> None:
    first = compiled(CLAIMED)
    documents = [read_document(Source(file, data.decode())) for file, data in documents_of(first).items()]
    for stated in ({"numbers": ['+4"6']}, {"numbers": [7]}, {"numbers": "+46"}, {"applications": ["a{{ env.X }}"]}):
        manifest = {**json.loads(first.files["manifest.json"]), **stated}
        assert "answers" not in import_documents("back", documents, manifest).text


def test_a_talk_after_parking_in_which_no_request_is_sent_has_a_name_of_its_own() -> None:
    text = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer agent: connect pstn +46850020000 }
on manage hold in agent { park in en-GB { hold "One moment." } }
on manage back { LABELcontinue }
record agent
"""
    for label, within in (("", ["ice.json", "manage.back.json"]), ("later: ", ["ice.json"])):
        given = text.replace("LABEL", label)
        given = given if label else given.replace("continue }", "record { continue } }")
        first = compiled(given, target="svaml1")
        assert first.files, first.findings
        manifest = json.loads(first.files["manifest.json"])
        assert sorted(_reply(manifest, "manage.hold.json")["answers"][0]["in"]) == within
        result = back(first)
        assert told(result) == []
        assert documents_of(compiled(result.text, target="svaml1")) == documents_of(first)
