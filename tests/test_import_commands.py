"""`recpol import` of Voice API v2: what it makes of a document, what it refuses, and that compiling gives it back."""

from __future__ import annotations

import json
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.compilation import Compilation, compile_program
from recpol.importer import Imported, import_documents
from recpol.platform.targets import SVAML2
from recpol.svaml.read import read_document
from recpol.targets.catalogue import all_targets
from test_laws_svaml2 import promising

POLICIES_TRIED = int(os.environ.get("RECPOL_POLICIES", "600"))


def compiled(text: str) -> Compilation:
    return compile_program(program(Source("policy.recpol", text), targets=(SVAML2,)))


def by_itself(text: str) -> Compilation:
    """A policy compiled to what it says itself, else to the default."""
    return compile_program(program(Source("policy.recpol", text), known=all_targets()))


def imported(document: object, path: str = "incoming.json") -> Imported:
    return import_documents("back", [read_document(Source(path, json.dumps(document)))])


HEAD = """policy desk
voice Amy
store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
"""

POLICIES = {
    "a greeting": 'on ice { answer say "Hello." hangup }',
    "files and ssml": (
        'on ice { answer play "https://a.example/1.mp3", "https://a.example/2.mp3" say ssml "<p>Hi</p>" hangup }'
    ),
    "recorded again": (
        'on ice { answer record { say "What?" } card: say "Your card?" record { connect pstn +46850020000 } } '
        "never record card on recording failure hangup"
    ),
    "what comes before is not recorded": 'on ice { answer say "Hello." record { connect pstn +46850020000 } }',
    "from the answer on": "on ice { answer connect pstn +46850020000 } on ace { record { continue } }",
    "a failure ends the call": (
        "on ice { answer record { connect pstn +46850020000 max-duration 1h cli +46850021111 } } "
        "on recording failure hangup"
    ),
    "a part is recorded": 'on ice { answer record { say "What is it?" } say "Thank you." hangup }',
    "a stop that is waited for": (
        'on ice { answer record { say "What is it?" } card: say "Your card?" hangup } '
        "never record card on recording failure hangup"
    ),
    "a call that waits for a stop": (
        'on ice { answer record { say "What is it?" } talk: connect pstn +46850020000 } '
        "never record talk on recording failure hangup"
    ),
    "a SIP address": 'on ice { answer connect sip "desk@acme.example" transport tls header "X-A" = "b" }',
    "a stream": (
        'on ice { answer record { connect stream "wss://media.example/in" sample-rate 16000 max-duration 1h '
        'header "X-A" = "b" } }'
    ),
    "fields of the call": (
        "on ice { answer say \"{{ call.cli | default('You') }}, call {{ call.callid }}.\" "
        'connect pstn "{{ call.to.endpoint | e164 }}" }'
    ),
    "a stream with nothing beside it": 'on ice { answer connect stream "wss://media.example/in" }',
    "who answers hears something": (
        'on ice { answer connect pstn +46850020000 } on ace { say "Hello." to callee record { continue } }'
    ),
    "who answers hears something, and who is called for one that is busy does not": (
        'on ice { answer dial-1: connect pstn +46850020000 } on ace dial-1 { say "Hello." to callee continue } '
        'on busy dial-1 { say "Busy." hangup }'
    ),
    "who answers is told": "on ice { answer connect pstn +46850020000 cli private amd on }",
    "who answers is told, and recorded": (
        "on ice { answer connect pstn +46850020000 amd async } on ace { record { continue } }"
    ),
    "a menu": """
      on ice { answer menu {
        prompt "Press 1 or 2." repeat "Press 1 or 2, please." 2 times wait 8s barge no
        key 1 -> sales key 2 -> menu more key "#" -> sales
        menu more { prompt "Press 3." key 3 -> support key "*" -> menu main }
      } }
      on pie sales { record { connect pstn +46850020000 } }
      on pie support { say "One moment." connect pstn +46850021111 }
      on pie otherwise { hangup }
    """,
    "keys beside digits": """
      on ice { answer menu {
        prompt "Your number?" key 1 -> a key 0 -> b key 9 -> b key "*" -> c key 2 -> menu more digits 4 -> known
        menu more { prompt "Press 1." key 1 -> a }
      } }
      on pie a { hangup }
      on pie b { say "Nine." hangup }
      on pie c { say "A star." hangup }
      on pie known { say "Thank you." connect pstn +46850020000 }
      on pie otherwise { say "Goodbye." hangup }
    """,
    "digits": """
      on ice { answer record { say "Hello." menu { prompt "Your number?" digits 4 -> known } } }
      on pie known { record { say "Thank you." connect pstn +46850020000 } }
      on pie otherwise { hangup }
    """,
    "options of a store": """
      store words {
        url "gs://acme-words/" credentials env GCS_CREDENTIALS format wav direction inbound transcribe sv-SE
      }
      on ice { answer record to words { say "Hello." } record to calls { connect pstn +46850020000 } }
    """,
}


@pytest.mark.parametrize("name", POLICIES)
def test_compiling_what_was_imported_gives_the_document_back(name: str) -> None:
    first = compiled(HEAD + POLICIES[name])
    given = first.files["incoming.json"]
    result = import_documents("back", [read_document(Source("incoming.json", given.decode()))])
    assert not result.refused, [f.message for f in result.refused]
    assert result.differences == ()
    again = by_itself(result.text)
    assert again.files["incoming.json"] == given


ANSWER: dict[str, Any] = {"command": "answer"}
HANGUP: dict[str, Any] = {"command": "hangup"}


def say(text: str, then: list[Any] | None = None, voice: str = "Amy") -> dict[str, Any]:
    message = {"type": "SAY", "say": {"text": text, "voiceName": voice}}
    return {"command": "messages", "messages": [message]} | ({} if then is None else {"events": {"onFinish": then}})


OPTIONS = {
    "destination": "AWS",
    "destinationUrl": "s3://acme-calls/",
    "credentials": "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1",
}
START = {"command": "startRecording", "recordingName": "calls-1", "recordingOptions": OPTIONS}
JOIN = {"command": "bridgeCall", "bridgeName": "talk"}
DIAL = {"command": "dial", "callName": "x", "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}}

REFUSED: list[tuple[list[Any], str]] = [
    ([ANSWER, say("Hello."), HANGUP], "what is done while something else is under way"),
    ([ANSWER, say("Hello.")], "that nothing comes after this"),
    ([ANSWER, say("Hello.", [say("Hi.", [say("Hey.", [HANGUP], "Olivia")], "Arthur")])], "a second voice"),
    ([ANSWER, say("Hello.", [say("Hallo.", [HANGUP], "Nobody")])], "a second voice"),
    ([ANSWER, {"command": "pause", "durationMilliseconds": 5}, HANGUP], "`pause`"),
    ([ANSWER, {"command": "webhook", "webhookName": "a", "url": "https://a.example"}], "`webhook`"),
    ([ANSWER, START, START, say("Hello.", [HANGUP])], "a second recording of the same kind while one runs"),
    ([ANSWER, {"command": "stopRecording", "recordingName": "calls-1"}, HANGUP], "does not run here"),
    (
        [ANSWER, {**START, "events": {"onFailure": [say("Sorry.", [HANGUP])]}}, say("a", [HANGUP])],
        "when this recording",
    ),
    ([ANSWER, JOIN, DIAL], "`onTimeout`"),
    ([ANSWER, {"command": "hangup", "callName": "other"}], "the end of another leg"),
    ([ANSWER, JOIN, {**DIAL, "to": {"type": "VOICE_RELAY", "voiceRelay": {}}}], "`VOICE_RELAY`"),
    (
        [
            ANSWER,
            JOIN,
            {
                **DIAL,
                "to": {"type": "STREAM", "stream": {"endpoint": "wss://a.example", "streamOptions": {"codec": "PCM"}}},
            },
        ],
        "`codec`",
    ),
    ([ANSWER, JOIN, {**DIAL, "events": {"onAnswer": [{"command": "amd", "events": {"onHuman": [JOIN]}}]}}], "`amd`"),
    (
        [
            ANSWER,
            JOIN,
            {
                **DIAL,
                "to": {"type": "SIP", "sip": {"endpoint": "sip:a@b.example"}},
                "events": {"onAnswer": [{"command": "amd"}, JOIN]},
            },
        ],
        "`amd` here",
    ),
    (
        [
            ANSWER,
            {
                "command": "menu",
                "startMenu": "a",
                "menus": {"a": {"matches": {"1#?": [HANGUP]}, "onFailure": [HANGUP]}},
            },
        ],
        "the expression `1#?`",
    ),
    (
        [ANSWER, {"command": "menu", "startMenu": "main", "menus": {"main": {"matches": {"1": [HANGUP]}}}}],
        "`onFailure`",
    ),
    (
        [
            ANSWER,
            {"command": "menu", "startMenu": "a", "menus": {"a": {"matches": {"12": [HANGUP]}, "onFailure": [HANGUP]}}},
        ],
        "the expression `12`",
    ),
]


@pytest.mark.parametrize(("commands", "expected"), REFUSED, ids=[expected for _, expected in REFUSED])
def test_what_the_language_cannot_say_is_refused_with_its_place(commands: list[Any], expected: str) -> None:
    result = imported({"callName": "caller", "commands": commands})
    assert result.text == ""
    assert any(expected in f.message for f in result.refused), [f.message for f in result.refused]
    assert all(f.span.end > f.span.start for f in result.refused)


def test_only_what_a_call_begins_with_is_imported() -> None:
    for path, document in (
        ("manage.code.begin.json", {"commands": [START]}),
        ("x.json", DIAL),
        ("acknowledge.json", {"commands": []}),
    ):
        (refused,) = imported(document, path).refused
        assert "no call begins with this document" in refused.message
    both = [read_document(Source(name, json.dumps({"commands": [ANSWER]}))) for name in ("incoming.json", "b.json")]
    assert "begins the same calls" in import_documents("back", both).refused[0].message


PERSON: dict[str, Any] = {**DIAL, "callName": "caller"}
SAID = {"onAnswer": [say("Hello.", [HANGUP])]}

CALLED: list[tuple[list[Any], str]] = [
    ([PERSON], "one `dial` that says what is done `onAnswer`"),
    ([{**PERSON, "events": SAID}, {**PERSON, "callName": "y", "events": SAID}], "one `dial` that says"),
    ([{**PERSON, "events": {**SAID, "onTimeout": [PERSON]}}], "what is to be done after `onTimeout` of a callout"),
    ([{**PERSON, "events": {**SAID, "onHangup": [PERSON]}}], "what is to be done when the caller has hung up"),
    ([{**PERSON, "events": {**SAID, "onRing": []}}], "`onRing` here"),
    ([{**PERSON, "events": {"onAnswer": []}}], "that nothing comes after this"),
]


@pytest.mark.parametrize(("commands", "expected"), CALLED)
def test_requests_that_no_callout_says_are_refused(commands: list[Any], expected: str) -> None:
    result = imported({"commands": commands}, "callout.customer.json")
    assert result.text == ""
    assert any(expected in f.message for f in result.refused), [f.message for f in result.refused]


BEGUN = {
    "told": 'on callout tell { call pstn "{{ start.number }}" cli +46850021111 say "Hello." hangup }',
    "asked": (
        'on callout ask { call sip "sips:a@example.com" max-duration 10m dial-timeout 20s } '
        'on ace ask { menu { prompt "For yes press 1." key 1 -> yes } } '
        "on pie yes { record { connect pstn +46850020000 } } on pie otherwise { hangup } on recording failure hangup"
    ),
    "called again": (
        'on callout ask { call pstn +46850020000 } on ace ask { say "Hello." dial-1: connect pstn +46850021111 } '
        'on noanswer dial-1 { menu { prompt "For yes press 1." key 1 -> key-1 } } '
        "on pie key-1 { connect pstn +46850022222 } on pie otherwise { hangup }"
    ),
    "both ways": (
        'on ice { answer menu { prompt "For yes press 1." key 1 -> key-1 } } '
        'on callout ask { call pstn +46850020000 } on ace ask { say "Hello." connect pstn +46850021111 } '
        'on pie key-1 { say "Yes." hangup } on pie otherwise { hangup }'
    ),
    "both ways to one person": (
        'on ice { answer menu { prompt "For yes press 1." key 1 -> key-1 } } '
        'on callout ask { call pstn +46850020000 } on ace ask { say "Yes?" menu { prompt "Press 1." key 1 -> key-1 } } '
        "on pie key-1 { connect pstn +46850021111 } on pie otherwise { hangup }"
    ),
    "recordings that begin in the order of the policy": (
        'on callout ask { call pstn +46850020000 } on pie key-1 { record { say "Yes." hangup } } '
        'on ice { answer record { say "Hi." } menu { prompt "For yes press 1." key 1 -> key-1 } } '
        'on ace ask { record { say "Hello." } hangup } on pie otherwise { hangup }'
    ),
}


@pytest.mark.parametrize("name", BEGUN)
def test_compiling_an_imported_callout_gives_the_request_back(name: str) -> None:
    first = compiled(HEAD + BEGUN[name])
    assert first.files, first.findings
    documents = [
        read_document(Source(f"build/{reply.file}", json.dumps(reply.document))) for reply in first.outputs[0].replies
    ]
    result = import_documents("back", documents, json.loads(first.files["manifest.json"]))
    assert (result.refused, result.differences) == ((), ())
    again = by_itself(result.text)
    assert {reply.file: reply.document for reply in again.replies} == {
        reply.file: reply.document for reply in first.replies
    }


TALK = """on ice { answer say "This call is recorded." @notice talk: connect pstn +46850020000 }
record talk
"""
SENT = {
    "a phase that is not recorded": TALK.replace("+46850020000 }", "+46850020000 { phase card } }").replace(
        "record talk", "record talk except card"
    ),
    "a phase that is recorded, and nothing else": (
        'on ice { answer say "Hello." connect pstn +46850020000 { phase trade } } '
        "on ace { continue } record trade"
    ),
    "a phase that is recorded elsewhere": (
        'store other { url "s3://acme-other/" credentials env OTHER } '
        "on ice { answer desk: connect pstn +46850020000 { phase trade } } "
        "record desk except trade to calls record trade to other"
    ),
    "phases of one talk of several": (
        'on ice { answer menu { prompt "One or two?" key 1 -> key-1 key 2 -> key-2 } } '
        "on pie key-1 { record { connect pstn +46850020001 } } "
        'on pie key-2 { say "Hi." talk: connect pstn +46850020000 { phase card phase health } } '
        "on pie otherwise { hangup } record talk except card, health"
    ),
    "a phase after an answer that is recorded": (
        "on ice { answer connect pstn +46850020000 { phase card } } on ace { talk: continue } record talk except card"
    ),
    "a phase, and failures that end the call": (
        "on recording failure hangup on ice { answer talk: connect pstn +46850020000 { phase card } } "
        "record talk except card"
    ),
    "a phase of a call that the backend begins": (
        "on callout ask { call pstn +46850020001 } "
        'on ace ask { say "Hello." talk: connect pstn +46850020000 { phase card } } record talk except card'
    ),
    "a request that stops": TALK + "on manage stop in talk { off: continue }",
    "a request that starts": (
        'on ice { answer say "Hello." talk: connect pstn +46850020000 } '
        "on manage go in talk { record { on: continue } }"
    ),
    "requests in the talk after a request": TALK + (
        'on manage stop in talk { off: continue } on manage told in off { say "It is off." } '
        'on manage asked in off { say "Are you there?" to callee } on manage end in off { say "Bye." hangup }'
    ),
    "what ends every talk": TALK + "on manage end in talk { hangup }",
    "phases of a talk that is recorded twice": (
        'store other { url "s3://acme-other/" credentials env OTHER } '
        "on ice { answer talk: connect pstn +46850020000 { phase card phase half phase more } } "
        "record talk except card, half to calls record talk except card to other record more to third "
        'store third { url "s3://acme-third/" credentials env OTHER }'
    ),
    "a phase that is recorded twice": (
        'store other { url "s3://acme-other/" credentials env OTHER } '
        "on ice { answer talk: connect pstn +46850020000 { phase trade } } "
        "record trade to calls record trade to other"
    ),
    "a phase that is recorded elsewhere, beside one that goes on": (
        'store other { url "s3://acme-other/" credentials env OTHER } '
        'store third { url "s3://acme-third/" credentials env OTHER } '
        "on ice { answer talk: connect pstn +46850020000 { phase trade } } "
        "record talk to calls record talk except trade to other record trade to third"
    ),
    "requests in a talk that is recorded twice": (
        'store other { url "s3://acme-other/" credentials env OTHER } '
        "on ice { answer talk: connect pstn +46850020000 } record talk to calls record talk to other "
        "on manage less in talk { less: continue } record less to other "
        "on manage none in less { none: continue } on manage end in talk { hangup } "
        "on manage again in none { both: continue } record both to calls record both to other"
    ),
    "a request beside a phase": (
        "on ice { answer talk: connect pstn +46850020000 { phase card } } record talk except card "
        "on manage end in talk { hangup }"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SENT)
def test_compiling_imported_phases_and_requests_gives_them_back(name: str) -> None:
    first = compiled(HEAD + SENT[name])
    assert first.files, [f.message for f in first.findings]
    files = {file: data for file, data in first.files.items() if file != "manifest.json"}
    assert any(file.startswith("manage.") for file in files)
    documents = [read_document(Source(f"build/{file}", data.decode())) for file, data in files.items()]
    result = import_documents("back", documents, json.loads(first.files["manifest.json"]))
    assert ([f.message for f in result.refused], result.differences) == ([], ())
    again = by_itself(result.text).files
    assert {file: data for file, data in again.items() if file != "manifest.json"} == files


def together(*documents: tuple[str, object], manifest: object = None) -> Imported:
    return import_documents("back", [read_document(Source(f, json.dumps(d))) for f, d in documents], manifest)


STOP: dict[str, Any] = {"command": "stopRecording", "recordingName": "calls-1"}
DIALLED = {**DIAL, "events": {one: [{**HANGUP, "callName": "caller"}] for one in (
    "onBusy", "onReject", "onTimeout", "onHangup", "onFailure")} | {"onAnswer": [JOIN]}}  # fmt: skip
RECORDED = {"callName": "caller", "commands": [ANSWER, START, JOIN, DIALLED],
            "events": {"onHangup": [{**HANGUP, "callName": "x"}]}}  # fmt: skip
OPEN = {**RECORDED, "commands": [ANSWER, JOIN, DIALLED]}
UNSENT: list[tuple[list[tuple[str, object]], str]] = [
    ([("manage.card.begin.json", {"commands": [STOP]})], "only one body of the phase `card`"),
    (
        [("manage.card.begin.json", {"commands": [{**STOP, "recordingName": "other-1"}]}),
         ("manage.card.end.json", {"commands": [{**START, "recordingName": "other-1"}]})],
        "which conversation has the phase `card`: no conversation is in the state",
    ),
    ([("manage.card.begin.json", {"commands": [say("Hi.")]}), ("manage.card.end.json", {"commands": [START]})],
     "`messages` here"),
    (
        [("manage.card.begin.json", {"commands": [STOP]}),
         ("manage.card.end.json", {"commands": [{**START, "recordingName": None}]})],
        "a recording without a name or without options",
    ),
    (
        [("manage.card.begin.json", {"commands": [STOP]}),
         ("manage.card.end.json", {"commands": [{**START, "recordingOptions": "acme"}]})],
        "`recordingOptions` is a text",
    ),
    ([("manage.stop.json", {"commands": [{**STOP, "recordingName": "other-1"}]})], "in which talk this request is"),
    ([("manage.go.json", {"commands": [START]})], "a second recording of the same kind while one runs"),
    ([("manage.go.json", {"commands": [JOIN, DIALLED]})], "`bridgeCall` here"),
    ([("manage.go.json", {"commands": [], "events": {}})], "`events` beside `commands`"),
    ([("manage.hangup.json", {"commands": [{**HANGUP, "callName": "x"}]})], "the end of another leg"),
    ([("manage.a b.json", {"commands": [STOP]}), ("manage.a-b.json", {"commands": [STOP]})], "a second document for"),
    ([("manage.json", {"commands": [{"command": "pause", "durationMilliseconds": 1}]})], "`pause`"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), UNSENT, ids=[expected for _, expected in UNSENT])
def test_requests_that_cannot_be_imported_are_refused_with_their_place(
    sent: list[tuple[str, object]], expected: str
) -> None:
    result = together(("incoming.json", RECORDED), *sent)
    assert result.text == ""
    assert any(expected in f.message for f in result.refused), [f.message for f in result.refused]
    assert all(f.span.source.path.startswith("manage") for f in result.refused)


def test_a_phase_that_begins_a_recording_needs_the_one_talk_that_has_none() -> None:
    menu = {"command": "menu", "startMenu": "main", "menus": {"main": {
        "matches": {"1": [JOIN, DIALLED], "2": [say("Hi.", [JOIN, DIALLED])]}, "onFailure": [HANGUP]}}}  # fmt: skip
    phase = (("manage.trade.begin.json", {"commands": [START]}), ("manage.trade.end.json", {"commands": [STOP]}))
    assert together(("incoming.json", OPEN), *phase).refused == ()
    refused = together(("incoming.json", {**OPEN, "commands": [ANSWER, menu]}), *phase).refused
    assert ["2 conversations are in the state" in f.message for f in refused] == [True]


def test_random_policies_with_phases_and_requests_come_back_or_are_told_apart() -> None:
    seen: Counter[str] = Counter()
    for seed in range(POLICIES_TRIED // 4):
        first = compiled(promising(Random(seed)))
        files = {file: data for file, data in first.files.items() if file != "manifest.json"}
        if not any(file.startswith("manage.") for file in files):
            continue
        documents = [read_document(Source(file, data.decode())) for file, data in files.items()]
        result = import_documents("back", documents, json.loads(first.files["manifest.json"]))
        if result.refused:
            seen["refused"] += 1
            assert all("conversations are in the state" in f.message for f in result.refused), (seed, result.refused)
            continue
        again = by_itself(result.text).files
        same = {file: data for file, data in again.items() if file != "manifest.json"} == files
        assert same or result.differences, seed
        seen["same" if same else "told"] += 1
    assert seen["same"] > seen["told"] + seen["refused"]


def test_a_secret_is_left_out() -> None:
    result = imported({"callName": "caller", "commands": [ANSWER, START, say("Hello.", [HANGUP])]})
    assert result.secrets == ("CALLS_CREDENTIALS",)
    assert "wJalr" not in result.text
    assert "credentials  env CALLS_CREDENTIALS" in result.text


def test_what_would_compile_to_something_else_is_told() -> None:
    document = {"callName": "me", "commands": [ANSWER, say("Hello.", [HANGUP])]}
    assert imported(document).differences == ("incoming.json: callName",)
    capital = {**document, "Commands": document["commands"]}
    del capital["commands"]
    assert "incoming.json: Commands" in imported(capital).differences


def test_the_command_imports_a_document(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "incoming.json"
    file.write_text(json.dumps({"callName": "caller", "commands": [ANSWER, say("Hello.", [HANGUP])]}), "utf-8")
    assert run(["import", str(file), "--name", "desk"]) == 0
    made = 'policy desk\n\ntarget svaml2\n\nvoice Amy\n\non ice {\n  answer\n  say "Hello."\n  hangup\n}\n'
    assert capsys.readouterr().out == made


def test_voices_of_several_languages_are_those_of_their_locales() -> None:
    prompt = {
        "messages": [
            say("Press 1.")["messages"][0],
            {"type": "SAY", "say": {"text": "Tryck 1.", "voiceName": "Astrid"}},
        ]
    }
    menu = {"command": "menu", "startMenu": "main", "menus": {"main": {"prompt": prompt, "onFailure": [HANGUP]}}}
    document = {"callName": "caller", "commands": [ANSWER, say("Hej.", [menu], "Astrid")]}
    got = imported(document)
    assert (got.refused, got.differences) == ((), ())
    assert "voice Astrid\nvoice Amy in en-GB" in got.text.replace("\n\n", "\n")
    assert '"Press 1." in en-GB, "Tryck 1."' in got.text


TWO = (
    'store a-place-with-a-name-that-is-long { url "s3://acme-recordings/long/" credentials env S3_CREDENTIALS } '
    "on recording failure hangup "
    'on ice { answer menu { prompt "One or two?" key 1 -> one key 2 -> two } } '
    "on pie one { record to calls { connect pstn +46850020000 } } "
    "on pie two { record to a-place-with-a-name-that-is-long { connect pstn +46850020000 } } "
    "on pie otherwise { hangup }"
)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["calls", "a-place-with-a-name-that-is-long"], ""),
        (["calls", "calls-of-others"], "the recording `a-place-with-a-name-that-is-lo-1` is called after no store"),
        (["a-place-with-a-name-that-is-long"], "the recording `calls-1` is called after no store"),
        (["cal", "a-place-with-a-name-that-is-long"], "the recording `calls-1` is called after no store"),
    ],
)
def test_a_manifest_that_calls_stores_otherwise_than_the_recordings_is_refused(names: list[str], message: str) -> None:
    first = compiled(HEAD + TWO)
    documents = [read_document(Source("incoming.json", first.files["incoming.json"].decode()))]
    manifest = json.loads(first.files["manifest.json"])
    manifest["replies"][0]["recordings"] = names
    told = [finding.message for finding in import_documents("back", documents, manifest).refused]
    assert any(message in one for one in told) if message else told == []
