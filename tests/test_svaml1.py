"""The target svaml1: what it writes, which assumptions its interpreter names, and what both targets say of one policy.

Replies are in the short notation of `test_lowering`; whole documents stand in `tests/golden-svaml1/`.
"""

from __future__ import annotations

from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.calls.trace import Recorder, Recording
from recpol.compilation import Compilation, compile_program
from recpol.interpreters.v1.dialects import CLASSIC, SVAML1
from recpol.interpreters.v1.replies import reply, request
from recpol.semantics.simulate import simulate
from recpol.settings.levels import Level
from recpol.targets.catalogue import targets_named

STORES = """
store calls { url "s3://acme-calls/in/" credentials env KEY }
store other { url "gs://acme-other/in/" credentials env KEY }
"""
QUIET: dict[str, Level] = dict.fromkeys(("unused-store", "doubtful-in-svaml1", "app-call-recording"), "off")

Json = dict[str, Any]


def compiled(text: str, *targets: str) -> Compilation:
    unit = program(
        Source("x.recpol", "policy desk\nlocale en-GB\n" + STORES + text), targets=targets_named(targets or ("svaml1",))
    )
    result = compile_program(unit, QUIET)
    assert [finding.message for finding in result.checked.errors] == []
    return result


def documents(text: str) -> dict[str, Json]:
    return {reply.file.removesuffix(".json"): reply.document for reply in compiled(text).replies}


def action(text: str) -> Json:
    """The action of the reply to ICE."""
    made: Json = documents(f"on ice {{ {text} }}")["ice"]["action"]
    return made


def _word(form: Json) -> str:
    name: str = form["name"]
    options = form.get("options") or form.get("recordingOptions")
    to = "" if options is None else options["destinationUrl"].partition("://acme-")[2].partition("/")[0]
    if name == "startRecording":
        return f"start({to})"
    return {"stopRecording": "stop"}.get(name, name) + (f"+{to}" if form.get("record") else "")


def short(text: str) -> dict[str, str]:
    return {
        name: " ".join(_word(form) for form in (*document.get("instructions", ()), document["action"]))
        for name, document in documents(text).items()
    }


# ── how recordings begin and end ─────────────────────────────────────────────────────────────────────────────────

CASES = {
    "the instruction, also where a recording begins at the action": (
        "on ice { record to calls { connect pstn +46850020000 } } on ace { record to calls { continue } }",
        {"ice": "start(calls) connectPstn", "ace": "continue"},
    ),
    "the instruction before continue": (
        'on ice { connect sip "a@example.com" } on ace { record to calls { continue } }',
        {"ice": "connectSip", "ace": "start(calls) continue"},
    ),
    "stop and start where the store changes": (
        'on ice { answer record to calls { say "a" } record to other { connect pstn +46850020000 } }',
        {"ice": "answer start(calls) say stop start(other) connectPstn"},
    ),
    "a participant of a conference": (
        'on ice { record call to calls { connect conference "x" } }',
        {"ice": "start(calls) connectConf"},
    ),
    "the room of a conference takes the flag": (
        'on ice { record call to calls { record conference to other { connect conference "x" } } }',
        {"ice": "start(calls) connectConf+other"},
    ),
    "an app call takes the flag": (
        'on ice { answer say "a" record to calls { connect app "anna" } }',
        {"ice": "answer say connectMxp+calls"},
    ),
    "a recorded stream": (
        'on ice { record to calls { connect stream "wss://media.example/calls" } }',
        {"ice": "start(calls) connectStream"},
    ),
    "the requests of a phase are instructions before continue": (
        "on ice { agent: connect pstn +46850020000 { phase card } } record agent except card to calls",
        {
            "ice": "start(calls) connectPstn",
            "manage.card.begin": "stop continue",
            "manage.card.end": "start(calls) continue",
        },
    ),
    "one request changes the store": (
        (
            "on ice { agent: connect pstn +46850020000 { phase trade } }"
            " record agent except trade to calls record trade to other"
        ),
        {
            "ice": "start(calls) connectPstn",
            "manage.trade.begin": "stop start(other) continue",
            "manage.trade.end": "stop start(calls) continue",
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_recordings(name: str) -> None:
    text, wanted = CASES[name]
    assert short(text) == wanted


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stream() -> None:
    made = action('connect stream "wss://m.example/a" header "k" = "v" max-duration 1h sample-rate 16000')
    assert list(made.items()) == [
        ("name", "connectStream"),
        ("destination", {"type": "Websocket", "endpoint": "wss://m.example/a"}),
        ("streamingOptions", {"sampleRate": 16000}),
        ("maxDuration", 3600),
        ("callHeaders", [{"key": "k", "value": "v"}]),
    ]


@pytest.mark.parametrize(("mode", "wanted"), [("on", {"enabled": True}), ("async", {"enabled": True, "async": True})])
def test_answering_machine_detection(mode: str, wanted: Json) -> None:
    made = action(f"connect pstn +46850020000 amd {mode} dial-timeout 30s indications se")
    assert list(made.items())[2:] == [("dialTimeout", 30), ("indications", "se"), ("amd", wanted)]


def test_a_conference_with_keys() -> None:
    made = action('connect conference "x" moh ring dtmf-timeout 2s dtmf-mode detect dtmf-max-digits 4')
    assert list(made.items())[2:] == [
        ("conferenceDtmfOptions", {"mode": "detect", "maxDigits": 4, "timeoutMills": 2000}),
        ("moh", "ring"),
    ]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('"SIP:a@b.example:5060"', [("destination", {"type": "sip", "endpoint": "a@b.example:5060"})]),
        ('"sips:a@b.example"', [("destination", {"type": "sip", "endpoint": "a@b.example"}), ("transport", "TLS")]),
        (
            '"sips:a@b.example" transport tcp',
            [("destination", {"type": "sip", "endpoint": "a@b.example"}), ("transport", "tcp")],
        ),
        ('"{{ env.DESK }}"', [("destination", {"type": "sip", "endpoint": "{{ env.DESK }}"})]),
    ],
)
def test_an_endpoint_has_no_scheme(written: str, wanted: list[tuple[str, Any]]) -> None:
    assert list(action(f"connect sip {written}").items())[1:] == wanted


def test_a_sip_call() -> None:
    made = action('connect sip "a@example.com" moh music1 header "X-Id" = "1" transport TLS cli private')
    assert list(made.items()) == [
        ("name", "connectSip"),
        ("destination", {"type": "sip", "endpoint": "a@example.com"}),
        ("cli", "private"),
        ("transport", "TLS"),
        ("callHeaders", [{"key": "X-Id", "value": "1"}]),
        ("moh", "music1"),
    ]


def test_parking_has_a_locale_where_it_speaks() -> None:
    assert list(action('answer park { hold "Wait." intro play "hello" max-duration 1m }').items())[1:] == [
        ("introPrompt", "hello"), ("holdPrompt", "#tts[Wait.]"), ("locale", "en-GB"), ("maxDuration", 60),
    ]  # fmt: skip
    assert "locale" not in action('answer park { hold play "music" }')


def test_a_store_with_a_transcript() -> None:
    text = (
        'store kept { url "azure://acmecalls/in/" credentials env KEY format mp3 notify no transcribe sv-SE }'
        " on ice { record to kept { connect pstn +46850020000 } }"
    )
    (start,) = documents(text)["ice"]["instructions"]
    assert list(start["options"].items()) == [
        ("destinationUrl", "azure://acmecalls/in/"),
        ("credentials", "{{ env.KEY }}"),
        ("format", "mp3"),
        ("notificationEvents", False),
        ("transcriptionOptions", {"enabled": True, "locale": "sv-SE"}),
    ]


def test_names_are_camel_case_everywhere() -> None:
    made = documents(
        'on ice { answer say ssml "a" play "b" tones "1" cookie "k" = "v" menu { prompt "c" key 1 -> d } }'
        " on pie d { connect pstn } on pie otherwise { hangup }"
    )
    names = [
        form["name"] for form in (*made["ice"]["instructions"], *(document["action"] for document in made.values()))
    ]
    assert names == [
        "answer", "playFiles", "playFiles", "sendDtmf", "setCookie", "runMenu", "connectPstn", "hangup",
    ]  # fmt: skip


# ── one policy, both targets ─────────────────────────────────────────────────────────────────────────────────────


def test_both_targets_record_the_same() -> None:
    text = 'on ice { answer record to calls { say "a" connect pstn +46850020000 } } on ace { say "b" continue }'
    stores = STORES.replace("gs://", "s3://")
    unit = program(
        Source("x.recpol", f"policy desk\nlocale en-GB\n{stores}{text}"), targets=targets_named(["classic", "svaml1"])
    )
    result = compile_program(unit, QUIET)
    assert [output.target for output in result.outputs] == ["classic", "svaml1"]
    assert {file.partition("/")[0] for file in result.files} == {"classic", "svaml1"}
    assert all(output.verified.differences == () for output in result.outputs)
    assert simulate(unit, ()).impossible is None


# ── the interpreter ──────────────────────────────────────────────────────────────────────────────────────────────────

OPTIONS = {"destinationUrl": "s3://acme-calls/in/", "credentials": "key"}
START = {"name": "startRecording", "options": OPTIONS}
RUNNING = Recorder((Recording(1, ()),), None, 1)


def test_the_flag_is_an_assumption() -> None:
    document = {"action": {"name": "connectConf", "conferenceId": "x", "record": True, "recordingOptions": OPTIONS}}
    assert "flag-without-sdk" in reply(document, Recorder(), SVAML1).assumptions
    assert "flag-without-sdk" not in reply(document, Recorder(), CLASSIC).assumptions
    assert reply(document, Recorder(), SVAML1).recorder.conference is not None


def test_the_flag_of_2018_means_nothing() -> None:
    document = {"action": {"name": "continue", "recording": True, "recordingOptions": OPTIONS}}
    outcome = reply(document, Recorder(), SVAML1)
    assert not outcome.recorder.calls
    assert any("`recording`" in problem for problem in outcome.problems)
    assert reply(document, Recorder(), CLASSIC).recorder.calls


@pytest.mark.parametrize("name", ["startRecording", "stopRecording"])
def test_manage_call_has_no_such_action(name: str) -> None:
    body = {"action": {"name": name, **({"recordingOptions": OPTIONS} if name == "startRecording" else {})}}
    before = Recorder() if name == "startRecording" else RUNNING
    outcome = request(body, before, SVAML1)
    assert outcome.recorder == before
    assert outcome.problems == (f"the action has the unknown name `{name}`",)
    assert request(body, before, CLASSIC).problems == ()


def test_a_request_that_stops_and_starts() -> None:
    body = {"instructions": [{"name": "stopRecording"}, START], "action": {"name": "continue"}}
    outcome = request(body, RUNNING, SVAML1)
    assert outcome.problems == ()
    assert outcome.assumptions == {"request-in-order"}
    assert [one.number for one in outcome.recorder.calls] == [2]
    one = {"instructions": [{"name": "stopRecording"}], "action": {"name": "continue"}}
    assert request(one, RUNNING, SVAML1).assumptions == frozenset()


def test_a_stream_is_a_room_of_its_own() -> None:
    stream = {"name": "connectStream", "destination": {"type": "Websocket", "endpoint": "wss://m.example/a"}}
    outcome = reply({"instructions": [START], "action": stream}, Recorder(), SVAML1)
    assert (outcome.waits, outcome.problems) == ("room", ())
    assert outcome.assumptions == {"stream-is-recorded"}
    assert [heard.sound.content for heard in outcome.heard] == [("stream wss://m.example/a",)]
    assert any("unknown name" in problem for problem in reply({"action": stream}, Recorder(), CLASSIC).problems)
    other = {**stream, "destination": {"type": "Pigeon", "endpoint": "loft"}}
    assert any("another type" in problem for problem in reply({"action": other}, Recorder(), SVAML1).problems)
