"""The interpreter of classic SVAML: what it refuses to guess, by problem and by assumption; nothing stops it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.calls.trace import Recorder, Recording
from recpol.interpreters.assumptions import ASSUMPTIONS, Assumption
from recpol.interpreters.v1.replies import reply, request

Json = dict[str, Any]

BUCKET: Json = {"destinationUrl": "s3://my-s3-bucket", "credentials": "{{ env.S3 }}"}
PAIRS = (("credentials", '"{{ env.S3 }}"'), ("destinationUrl", '"s3://my-s3-bucket"'))
FIRST = Recording(1, PAIRS)
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


# ── what is not documented ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "the reply is not an object"),
        ([], "the reply is not an object"),
        ({}, "the reply has no action"),
        ({"instructions": {}, "action": HANGUP}, "`instructions` is not a list"),
        ({"instructions": [1], "action": HANGUP}, "instruction 1 is not an object"),
        ({"action": HANGUP, "svaml": 1}, "the reply has the property `svaml`"),
        (doc({"name": "Sing"}), "instruction 1 has the unknown name `Sing`"),
        (doc(say("a"), {"name": "ReportCallStatus"}), "instruction 2 has the unknown name"),
        (doc(action={"name": "ConnectStream"}), "the action has the unknown name `ConnectStream`"),
        (doc(action={}), "the action has the unknown name"),
        (doc({"name": "Say"}), "instruction 1 (Say) has no text in `text`"),
        (doc({"name": "Say", "text": "a", "speed": 2}), "the property `speed`"),
        (doc({"name": "PlayFiles"}), "has no list in `ids`"),
        (doc({"name": "PlayFiles", "ids": [1]}), "is not a text"),
        (doc({"name": "PlayFiles", "ids": [""]}), "is empty"),
        (doc({"name": "PlayFiles", "ids": ["#tts[a"]}), "has no closing `]`"),
        (doc({"name": "PlayFiles", "ids": ["#tts[a]b]"]}), "goes on after its first `]`"),
        (doc({"name": "PlayFiles", "ids": ["#say[a]"]}), "begins with `#`"),
        (doc({"name": "SendDtmf", "value": "1*2"}), "other tones"),
        (doc(START, START), "starts a call recording while one runs"),
        (doc(STOP), "stops a call recording while none runs"),
        (doc({"name": "StartRecording"}), "has no recording options"),
        (doc({"name": "StartRecording", "options": {"credentials": "x"}}), "has no `destinationUrl`"),
        (doc({"name": "StartRecording", "options": {**BUCKET, "destination": "x"}}), "the property `destination`"),
        (doc({**START, "recordingOptions": BUCKET}), "the property `recordingOptions`"),
        (doc(START, action={**CONTINUE, **FLAG}), "the flag on Continue starts a call recording while one runs"),
        (doc(START, action={**PSTN, **FLAG}), "the flag on ConnectPstn starts a call recording while one runs"),
        (doc(action={**CONTINUE, "recording": True}), "the flag on Continue has no recording options"),
        (doc(action={**CONTINUE, "recordingOptions": BUCKET}), "recording options without the flag"),
        (doc(action={**CONTINUE, **FLAG, "record": False}), "contradict each other"),
        (doc(action={**CONTINUE, **FLAG, "recording": "yes"}), "neither true nor false"),
        (doc(action={**HANGUP, **FLAG}), "`recording` of the action Hangup is not documented on this action"),
        (doc(action={"name": "Park", "record": True}), "`record` of the action Park is not documented on this action"),
        (doc(action={**menus(menu()), **FLAG}), "`recording` of the action RunMenu is not documented on this action"),
        (doc(START, action=APP), "recording instructions are not supported beside ConnectMxp"),
        (doc(action={"name": "StartRecording", "recordingOptions": BUCKET}), "documented for Manage Call only"),
        (doc(action={**PSTN, "suppressCallbacks": "yes"}), "`suppressCallbacks` is neither true nor false"),
        (doc(action={**PSTN, "number": 46}), "has no text in `number`"),
        (doc(action={"name": "ConnectConf"}), "has no text in `conferenceId`"),
        (doc(action={"name": "ConnectSip"}), "has no destination"),
        (doc(action={"name": "ConnectSip", "destination": {"type": "number", "endpoint": "1"}}), "another type"),
        (doc(action={"name": "Park", "holdPrompt": 1}), "has no text in `holdPrompt`"),
        (doc(action={"name": "RunMenu"}), "RunMenu has no menu `main`"),
        (doc(action=menus(menu("first"))), "RunMenu has no menu `main`"),
        (doc(action=menus(menu(), mainMenu="first")), "`mainMenu` is not `main`"),
        (doc(action=menus(menu(), menu())), "two menus have the id `main`"),
        (doc(action=menus(menu("main", "1->menu(pin)"))), "leads to the menu `pin`, which is missing"),
        (doc(action=menus(menu("main", "1->hangup"))), "key 1 of menu `main` does neither"),
        (doc(action=menus(menu("main", "1->return(a)", "1->return(b)"))), "key 1 of menu `main` has two options"),
        (doc(action=menus(menu("main", "12->return(a)"))), "is not one key"),
        (doc(action=menus(menu(maxDigits=0))), "`maxDigits` of menu `main`"),
        (doc(action=menus(menu(prompt="x"))), "menu `main` has the property `prompt`"),
        (doc(action=menus(menu(mainPrompt=["x"]))), "`mainPrompt` of menu `main` is not a text"),
    ],
)
def test_what_is_not_documented_in_a_reply_is_a_problem(document: object, said: str) -> None:
    problems = reply(document, OFF).problems
    assert len(problems) == 1, problems
    assert said in problems[0]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "the request is not an object"),
        (doc(START, action=STOP), "instructions beside the action StopRecording"),
        (doc(action=START), "the action StartRecording has the property `options`"),
        (doc(action={"name": "StartRecording"}), "has no recording options"),
        (
            doc(action={**CONTINUE, **FLAG}),
            "`recording` of the action Continue is not documented in a Manage Call body",
        ),
        (doc(action=PSTN), "the action ConnectPstn is not documented for a connected call"),
        (doc(action=STOP), "stops a call recording while none runs"),
        (doc(action={**STOP, "record": False}), "`record` of the action StopRecording"),
        (doc(action={**START, "recording": True}), "a recording flag on the action StartRecording"),
    ],
)
def test_what_is_not_documented_in_a_request_is_a_problem(document: object, said: str) -> None:
    assert any(said in problem for problem in request(document, OFF).problems)


def test_a_recording_that_runs_into_an_app_call_is_a_problem() -> None:
    assert reply(doc(action=APP), ON).problems == (
        "a call recording runs when ConnectMxp connects, which is not supported",
    )


def test_a_reply_after_a_recorded_conference_is_a_problem() -> None:
    problems = reply(doc(), Recorder((), FIRST, 0)).problems
    assert problems == ("a reply to a call in a recorded conference: no page describes such a callback",)


def test_of_two_menus_with_one_id_the_first_counts() -> None:
    twice = doc(action=menus(menu("main", "1->return(a)"), menu("main", "1->return(b)")))
    assert [result.value for result in reply(twice, Recorder()).results if result.type == "return"] == ["a"]


def test_a_start_without_meaning_leaves_the_recorder() -> None:
    assert reply(doc(say("a"), START, action=CONTINUE), ON).recorder == ON
    assert reply(doc(STOP, action=CONTINUE), OFF).recorder == OFF


@pytest.mark.parametrize(
    ("assumption", "document"),
    [
        ("both-recorders", doc(START, action={**ROOM, **FLAG})),
        ("conference-already-recorded", doc(action={**ROOM, **FLAG})),
        ("conference-recording-enabled", doc(action={**ROOM, **FLAG})),
        ("flag-on-app-call", doc(action={**APP, **FLAG})),
        ("flag-recording-works", doc(action={**PSTN, **FLAG})),
        ("id-is-one-item", doc({"name": "PlayFiles", "ids": ["#tts[a;b]"]})),
        ("keys-and-digits", doc(action=menus(menu("main", "1->return(a)", maxDigits=4)))),
        ("names-in-any-case", doc(action={"name": "HANGUP"})),
        ("recorder-survives", doc(START, action={"name": "Park"})),
        ("start-before-answer", doc(action={**SIP, "record": True, "recordingOptions": BUCKET})),
    ],
)
def test_an_assumption_is_named_where_it_is_used(assumption: str, document: Json) -> None:
    outcome = reply(document, OFF)
    assert assumption in outcome.assumptions
    assert outcome.problems == ()


def test_every_assumption_has_its_sentence() -> None:
    assert set(ASSUMPTIONS) == set(get_args(Assumption))


# ── any document ─────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = ["name", "instructions", "action", "options", "recordingOptions", "recording", "record", "menus", "id", "ids"]
WORDS += ["dtmf", "mainMenu", "maxDigits", "destination", "endpoint", "text", "value", "destinationUrl", "main", "Say"]
WORDS += ["StartRecording", "StopRecording", "PlayFiles", "SendDtmf", "RunMenu", "Park", "Continue", "ConnectPstn"]
WORDS += ["ConnectConf", "ConnectMxp", "ConnectSip", "Hangup", "menu(main)", "return(x)", "#tts[a]", "1"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)
actions = st.fixed_dictionaries({"name": st.sampled_from(WORDS)}).flatmap(
    lambda named: st.dictionaries(st.sampled_from(WORDS), anything).map(lambda more: {**more, **named})
)
documents = st.fixed_dictionaries({"instructions": st.lists(actions, max_size=5), "action": actions})


@given(anything | documents, st.sampled_from([OFF, ON, Recorder((), FIRST, 3)]))
def test_any_value_has_an_outcome(document: object, recorder: Recorder) -> None:
    for outcome in (reply(document, recorder), request(document, recorder)):
        assert outcome.recorder.started >= recorder.started
        assert outcome.assumptions <= set(ASSUMPTIONS)
    assert isinstance(reply(document, Recorder()).results, tuple)


def test_options_too_deep_to_write_are_a_problem() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    outcome = reply(doc({"name": "StartRecording", "options": {**BUCKET, "format": deep}}), OFF)
    assert len(outcome.problems) == 1


def test_no_message_shows_a_secret() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    options = {"credentials": secret, "key": secret}
    told = reply(doc({"name": "StartRecording", "options": options}, action={**PSTN, "token": secret}), ON)
    assert len(told.problems) == 4
    assert secret[:20] not in " ".join(told.problems)
