"""The interpreter for classic SVAML: what each reply and each request does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from documented import documented
from recpol.calls.trace import Heard, Recorder, Recording, Sound, SoundKind
from recpol.interpreters.v1.replies import MenuResult, reply, request

Json = dict[str, Any]

BUCKET: Json = {"destinationUrl": "s3://my-s3-bucket", "credentials": "{{ env.S3 }}"}
PAIRS = (("credentials", '"{{ env.S3 }}"'), ("destinationUrl", '"s3://my-s3-bucket"'))
FIRST = Recording(1, PAIRS)
SECOND = Recording(2, PAIRS)
OFF = Recorder()
ON = Recorder((FIRST,), None, 1)

START: Json = {"name": "StartRecording", "options": BUCKET}
STOP: Json = {"name": "StopRecording"}
HANGUP: Json = {"name": "Hangup"}
CONTINUE: Json = {"name": "Continue"}
FLAG: Json = {"recording": True, "recordingOptions": BUCKET}
PSTN: Json = {"name": "ConnectPstn", "number": "+46123456789"}
ROOM: Json = {"name": "ConnectConf", "conferenceId": "board"}
APP: Json = {"name": "ConnectMxp", "destination": {"type": "username", "endpoint": "anna"}}
SIP: Json = {"name": "ConnectSIP", "destination": {"endpoint": "a@b"}}


def say(text: str) -> Json:
    return {"name": "Say", "text": text, "locale": "en-US"}


def doc(*instructions: Json, action: Json = HANGUP) -> Json:
    return {"instructions": list(instructions), "action": action} if instructions else {"action": action}


def menu(id_: str = "main", *options: str, **more: object) -> Json:
    pairs = [option.split("->") for option in options]
    return {"id": id_, "options": [{"dtmf": key, "action": step} for key, step in pairs], **more}


def menus(*listed: Json, **more: object) -> Json:
    return {"name": "RunMenu", "menus": list(listed), **more}


def heard(kind: SoundKind, *content: str, call: Recording | None = None, conference: Recording | None = None) -> Heard:
    return Heard(Sound(kind, content), () if call is None else (call,), conference)


# ── what is heard ────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_instruction_makes_its_sound() -> None:
    ids = ["#tts[Hello]", "#ssml[<speak/>]", "#href[https://a.example/b.mp3]", "https://a.example/c.mp3", "welcome"]
    outcome = reply(
        doc(
            {"name": "Answer"},
            say("Hi"),
            {"name": "PlayFiles", "ids": ids, "locale": "en-US"},
            {"name": "SetCookie", "key": "a", "value": "b"},
            {"name": "SendDtmf", "value": "1w2#"},
        ),
        OFF,
    )
    assert outcome.heard == (
        heard("speech", "Hi"),
        heard("speech", "Hello"),
        heard("ssml", "<speak/>"),
        heard("file", "https://a.example/b.mp3"),
        heard("file", "https://a.example/c.mp3"),
        heard("file", "welcome"),
        heard("tones", "1w2#"),
    )
    assert (outcome.waits, outcome.problems, outcome.assumptions) == ("end", (), frozenset())


@pytest.mark.parametrize(
    ("action", "sound", "waits"),
    [
        (CONTINUE, heard("talk"), "talk"),
        (PSTN, heard("connect", "pstn +46123456789"), "answer"),
        ({"name": "ConnectPstn"}, heard("connect", "pstn"), "answer"),
        (SIP, heard("connect", "sip a@b"), "answer"),
        (APP, heard("connect", "app anna"), "app"),
        (ROOM, heard("connect", "conference board"), "room"),
        (
            {"name": "Park", "introPrompt": "#tts[Hi]", "holdPrompt": "song"},
            heard("parked", "#tts[Hi]", "song"),
            "parked",
        ),
        ({"name": "park"}, heard("parked", "", ""), "parked"),
        (menus(menu(mainPrompt="#tts[1?]", repeatPrompt="x")), heard("menu", "main", "#tts[1?]", "x"), "menu"),
    ],
)
def test_each_action_makes_its_sound_and_waits(action: Json, sound: Heard, waits: str) -> None:
    outcome = reply(doc(action=action), OFF)
    assert (outcome.heard, outcome.waits, outcome.problems, outcome.suppressed) == ((sound,), waits, (), False)


def test_hangup_makes_no_sound() -> None:
    assert reply(doc(), OFF).heard == ()


@pytest.mark.parametrize("name", ["ConnectPstn", "connectpstn", "connectPSTN", "ConnectPSTN"])
def test_names_are_read_in_the_spellings_of_the_examples(name: str) -> None:
    outcome = reply(doc(action={**PSTN, "name": name, "suppressCallbacks": True}), OFF)
    assert (outcome.suppressed, outcome.problems, outcome.assumptions) == (True, (), frozenset())


def test_only_calls_to_numbers_and_sip_can_suppress_callbacks() -> None:
    outcome = reply(doc(action={**ROOM, "suppressCallbacks": True}), OFF)
    assert (outcome.suppressed, len(outcome.problems)) == (False, 1)


# ── what is recorded ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_recording_starts_at_the_instruction() -> None:
    outcome = reply(doc(say("not this"), START, say("this"), action=PSTN), OFF)
    assert [piece.calls for piece in outcome.heard] == [(), (FIRST,), (FIRST,)]
    assert outcome.recorder == ON
    assert outcome.assumptions == {"recorder-survives", "start-before-answer"}


@pytest.mark.parametrize("flag", ["recording", "record"])
def test_the_flag_starts_the_recording_with_the_action(flag: str) -> None:
    outcome = reply(doc(say("not this"), action={**CONTINUE, flag: True, "recordingOptions": BUCKET}), OFF)
    assert outcome.heard == (heard("speech", "not this"), heard("talk", call=FIRST))
    assert outcome.recorder == ON
    assert outcome.assumptions == ({"flag-recording-works"} if flag == "recording" else set())


def test_the_reply_of_the_recording_page() -> None:
    options = {
        "destinationUrl": "s3://my-s3-bucket",
        "credentials": "xyz_access_key:wrt_secret_key:eu-central-1",
        "format": "mp3",
        "notificationEvents": True,
    }
    outcome = reply({"action": {"name": "Continue", "recording": True, "recordingOptions": options}}, OFF)
    pairs = tuple((name, json.dumps(value)) for name, value in sorted(options.items()))
    assert outcome.heard == (heard("talk", call=Recording(1, pairs)),)
    assert (outcome.waits, outcome.problems) == ("talk", ())


def test_a_flag_that_is_false_starts_nothing() -> None:
    assert reply(doc(action={**CONTINUE, "record": False}), OFF).recorder == OFF


def test_each_start_begins_a_new_file() -> None:
    outcome = reply(doc(START, say("a"), STOP, say("b"), START, say("c"), action=CONTINUE), OFF)
    assert [piece.calls for piece in outcome.heard] == [(FIRST,), (), (SECOND,), (SECOND,)]
    assert outcome.recorder == Recorder((SECOND,), None, 2)
    assert outcome.problems == ()


def test_a_recording_that_runs_at_entry_goes_on_by_assumption() -> None:
    outcome = reply(doc(say("a"), STOP, say("b"), action=CONTINUE), ON)
    assert [piece.calls for piece in outcome.heard] == [(FIRST,), (), ()]
    assert (outcome.recorder, outcome.assumptions) == (Recorder((), None, 1), frozenset(("recorder-survives",)))


def test_a_stop_of_an_earlier_recording_needs_the_assumption_too() -> None:
    assert reply(doc(STOP), ON).assumptions == frozenset(("recorder-survives",))


def test_a_reply_in_which_nothing_is_recorded_assumes_nothing() -> None:
    assert reply(doc(), ON).assumptions == frozenset()


def test_the_flag_on_a_conference_records_the_conference() -> None:
    outcome = reply(doc(action={**ROOM, **FLAG}), OFF)
    assert outcome.heard == (heard("connect", "conference board", conference=FIRST),)
    assert outcome.recorder == Recorder((), FIRST, 0)


def test_an_instruction_beside_a_conference_records_the_call() -> None:
    outcome = reply(doc(START, action=ROOM), OFF)
    assert outcome.heard == (heard("connect", "conference board", call=FIRST),)
    # The Recording page says so itself: nothing has to be assumed.
    assert (outcome.problems, outcome.assumptions) == ((), frozenset())


def test_a_conference_can_be_recorded_both_ways() -> None:
    outcome = reply(doc(START, action={**ROOM, **FLAG}), OFF)
    assert outcome.recorder == Recorder((FIRST,), FIRST, 1)
    assert outcome.problems == ()
    assert "both-recorders" in outcome.assumptions


def test_options_are_sorted_pairs_of_json() -> None:
    options = {**BUCKET, "notificationEvents": False, "transcriptionOptions": {"enabled": True, "locale": "sv-SE"}}
    (call,) = reply(doc({"name": "StartRecording", "options": options}), OFF).recorder.calls
    assert call.options == (
        ("credentials", '"{{ env.S3 }}"'),
        ("destinationUrl", '"s3://my-s3-bucket"'),
        ("notificationEvents", "false"),
        ("transcriptionOptions", '{"enabled": true, "locale": "sv-SE"}'),
    )


def test_requests_start_and_stop() -> None:
    started = request({"action": {"name": "startRecording", "recordingOptions": BUCKET}}, OFF)
    stopped = request({"action": {"name": "stopRecording"}}, started.recorder)
    assert (started.recorder, stopped.recorder) == (ON, Recorder((), None, 1))
    assert (started.waits, started.heard, started.problems, started.assumptions) == ("talk", (), (), frozenset())
    assert (stopped.waits, stopped.heard, stopped.problems, stopped.assumptions) == ("talk", (), (), frozenset())


def test_requests_may_bring_instructions() -> None:
    outcome = request(doc(say("a"), START, action={"name": "continue"}), OFF)
    assert (outcome.heard, outcome.recorder, outcome.waits) == ((heard("speech", "a"),), ON, "talk")
    assert request(doc(say("bye")), ON).waits == "end"
    assert request(doc(action={"name": "park"}), ON).waits == "parked"


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────

DESK = menus(
    menu("lost", "1->return(lost)"),
    menu("pin", "0->menu(main)", mainPrompt="#tts[Pin?]", maxDigits=4),
    menu("main", "1->return(sales)", "2->return(sales)", "3->menu(pin)", mainPrompt="#tts[1 or 2?]"),
)


def test_the_menus_that_a_caller_can_get_to_are_heard() -> None:
    outcome = reply(doc(START, action=DESK), OFF)
    assert outcome.heard == (
        heard("menu", "pin", "#tts[Pin?]", "", call=FIRST),
        heard("menu", "main", "#tts[1 or 2?]", "", call=FIRST),
    )
    assert (outcome.problems, outcome.assumptions) == ((), frozenset(("recorder-survives", "keys-and-digits")))


def test_the_results_of_a_menu() -> None:
    assert reply(doc(action=DESK), Recorder()).results == (
        MenuResult("pin", "sequence"),
        MenuResult("pin", "timeout"),
        MenuResult("pin", "invalidinput"),
        MenuResult("main", "return", "sales", ("1", "2")),
        MenuResult("main", "timeout"),
        MenuResult("main", "invalidinput"),
    )
    assert reply(doc(), Recorder()).results == ()


def test_many_menus_in_a_ring() -> None:
    size = 5_000
    ring = [menu("main", "1->menu(m1)"), *(menu(f"m{n}", f"1->menu(m{n + 1})") for n in range(1, size))]
    ring[-1]["options"][0]["action"] = "menu(main)"
    assert len(reply(doc(action=menus(*ring)), OFF).heard) == size


# ── documented shapes ────────────────────────────────────────────────────────────────────────────────────────────────

UNCLEAR = {
    # A reply to DiCE: the instruction has a meaning there alone.
    "classic/dice-reply-hangup.json",
}


def test_the_documented_shapes_have_a_meaning() -> None:
    examples = documented("classic", what=("reply", "manage"))
    assert len(examples) > 10
    for one in examples:
        on = Recorder((FIRST,), None, 1) if "stoprecording" in one.file else OFF
        outcome = request(one.content, on) if one.what == "manage" else reply(one.content, on)
        assert bool(outcome.problems) == (one.file in UNCLEAR), (one.file, outcome.problems)
