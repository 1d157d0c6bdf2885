"""The interpreter for Voice API v2: what waits for what, what records meanwhile, and what no page describes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documented import documented
from recpol.calls import trace as t
from recpol.interpreters.assumptions import ASSUMPTIONS
from recpol.interpreters.v2.documents import DocumentPiece
from recpol.interpreters.v2.matches import matches
from recpol.interpreters.v2.session import EventOutcome, SessionState, apply, fails, finishes, incoming, request

Json = dict[str, Any]

BUCKET: Json = {"destination": "AWS", "destinationUrl": "s3://acme-recordings/", "credentials": "{{ key }}"}
PAIRS = tuple(sorted((key, json.dumps(value)) for key, value in BUCKET.items()))
ANSWER: Json = {"command": "answer"}
BRIDGE: Json = {"command": "bridgeCall", "bridgeName": "talk"}
AMD: Json = {"command": "amd"}


def hang(name: str = "caller") -> Json:
    return {"command": "hangup", "callName": name}


def message(text: str) -> Json:
    return {"type": "SAY", "say": {"text": text, "voiceName": "Emma"}}


def say(text: str, *after: Json) -> Json:
    body: Json = {"command": "messages", "messages": [message(text)]}
    return {**body, "events": {"onFinish": list(after)}} if after else body


def start(name: str, **events: list[Json]) -> Json:
    return {"command": "startRecording", "recordingName": name, "recordingOptions": BUCKET, "events": events}


def stop(name: str) -> Json:
    return {"command": "stopRecording", "recordingName": name}


OUTCOMES = ("onBusy", "onReject", "onTimeout", "onFailure", "onHangup")
PHONE: Json = {"type": "PHONE", "phone": {"number": "+46850020000"}}


def dial(*answered: Json, to: Json = PHONE, **events: list[Json]) -> Json:
    handlers = {"onAnswer": list(answered), **{name: [hang()] for name in OUTCOMES}, **events}
    return {"command": "dial", "callName": "callee", "to": to, "events": handlers}


def doc(*commands: Json) -> Json:
    return {"callName": "caller", "commands": [ANSWER, *commands], "events": {"onHangup": [hang("callee")]}}


def body(*commands: Json) -> Json:
    return {"commands": list(commands)}


CONNECT = (BRIDGE, dial(BRIDGE))


def heard(outcome: EventOutcome) -> list[tuple[str, str, int, str]]:
    """Each sound: its kind, its content, the number of its latest recording (0: none), and its tail (`!`: cut)."""
    return [
        (
            played.heard.sound.kind,
            " ".join(played.heard.sound.content),
            played.heard.calls[-1].number if played.heard.calls else 0,
            " ".join(played.tail) + "!" * played.heard.cut,
        )
        for played in outcome.played
    ]


def clean(document: object) -> EventOutcome:
    outcome = incoming(document)
    assert outcome.problems == ()
    return outcome


def then(outcome: EventOutcome, *events: t.Event) -> EventOutcome:
    for event in events:
        found = apply(outcome.state, event)
        assert found is not None, event
        outcome = found
    return outcome


def talking(document: Json) -> EventOutcome:
    outcome = then(clean(document), t.Answers())
    assert outcome.problems == ()
    assert outcome.state.mode == "talk"
    return outcome


# ── what waits for what ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_notice_before_a_recorded_message() -> None:
    outcome = clean(doc(say("notice", start("a-1"), say("message", stop("a-1"), *CONNECT))))
    assert heard(outcome) == [
        ("speech", "notice", 0, ""),
        ("speech", "message", 1, ""),
        ("connect", "pstn +46850020000", 0, "a-1"),
    ]
    assert outcome.played[1].heard.calls == (t.Recording(1, PAIRS),)
    assert outcome.state.mode == "dialling"
    assert outcome.assumptions == {"recording-starts-at-once"}
    assert [(r.name, r.number, r.leg, r.stopping) for r in outcome.state.recordings] == [("a-1", 1, "caller", True)]


def test_the_naive_translation_is_faulted_where_it_does_not_wait() -> None:
    outcome = incoming(doc(say("notice"), start("a-1"), say("message"), stop("a-1"), *CONNECT))
    for command in ("`startRecording` `a-1` starts", "`messages` comes", "`stopRecording` `a-1` comes", "`dial` comes"):
        assert any(problem.startswith(f"{command} while messages play") for problem in outcome.problems), command


@pytest.mark.parametrize(
    "after", [say("b"), start("a-1"), hang(), BRIDGE, dial(BRIDGE)], ids=lambda c: str(c["command"])
)
def test_nothing_may_come_beside_messages(after: Json) -> None:
    assert any("messages play" in problem for problem in incoming(doc(say("a"), after)).problems)


def test_what_waits_for_the_end_of_a_recording_has_no_tail() -> None:
    after = start("a-1", onFinish=[say("card number", *CONNECT)])
    outcome = clean(doc(after, say("order", stop("a-1"))))
    assert heard(outcome) == [
        ("speech", "order", 1, ""),
        ("speech", "card number", 0, ""),
        ("connect", "pstn +46850020000", 0, ""),
    ]
    assert outcome.state.recordings == ()


def test_a_recording_that_ends_by_itself_must_not_meet_another_sound() -> None:
    after = start("a-1", onFinish=[say("card number", hang())])
    outcome = incoming(doc(after, say("order", stop("a-1"), say("more"))))
    assert any("whose `onFinish` has commands" in problem for problem in outcome.problems)
    ringing = incoming(doc(after, say("order", stop("a-1"), *CONNECT)))
    assert any("rings, and no page says" in problem for problem in ringing.problems)


def test_a_pause_waits_and_is_not_heard() -> None:
    pause: Json = {"command": "pause", "durationMilliseconds": 500}
    assert heard(clean(doc(start("a"), pause, stop("a"), say("bye", hang())))) == [("speech", "bye", 0, "a")]
    assert incoming(doc(say("a", hang()), pause, hang())).problems != ()


def test_every_message_of_a_list_is_heard() -> None:
    listed = {
        "command": "messages",
        "messages": [
            message("one"),
            {"type": "SAY", "say": {"text": "<speak/>", "voiceName": "Emma", "format": "SSML"}},
            {"type": "PLAY", "play": {"url": "https://acme.example/a.mp3"}},
        ],
        "events": {"onFinish": [hang()]},
    }
    assert [found[:2] for found in heard(clean(doc(listed)))] == [
        ("speech", "one"),
        ("ssml", "<speak/>"),
        ("file", "https://acme.example/a.mp3"),
    ]


def test_a_caller_with_nothing_to_wait_for_stays_in_silence() -> None:
    outcome = incoming(doc(say("hello")))
    assert outcome.problems == ("the caller stays in silence: nothing is under way on the leg `caller` any more",)
    assert outcome.state.mode == "ended"


# ── names and options of recordings ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("commands", "sentence"),
    [
        ((stop("a"), hang()), "stops a recording that does not run"),
        ((start("a"), stop("a"), stop("a"), hang()), "stops a recording that does not run"),
        ((start("a"), start("a"), hang()), "of a recording that may not be over"),
        ((start("a"), stop("a"), start("a"), hang()), "of a recording that may not be over"),
        ((start("a b"), hang()), "is not 1 to 32 characters without spaces"),
        (({"command": "startRecording", "name": "a", "recordingOptions": BUCKET}, hang()), "the property `name`"),
        (({"command": "startRecording", "recordingName": "a"}, hang()), "has no recording options"),
        (({**start("a"), "recordingOptions": {"url": "s3://x"}}, hang()), "no text in `destinationUrl`"),
        (({"command": "stopRecording"}, hang()), "no name in `recordingName`"),
    ],
)
def test_what_a_recording_cannot_be(commands: tuple[Json, ...], sentence: str) -> None:
    assert any(sentence in problem for problem in incoming(doc(*commands)).problems)


def test_recordings_with_names_of_their_own_run_side_by_side() -> None:
    other = {**BUCKET, "destinationUrl": "s3://other/"}
    second = {**start("b"), "recordingOptions": other}
    outcome = incoming(doc(start("a"), say("w", second, say("x", stop("a"), say("y", hang())))))
    files = [[(call.number, dict(call.options)["destinationUrl"]) for call in p.heard.calls] for p in outcome.played]
    mine, others = (1, '"s3://acme-recordings/"'), (2, '"s3://other/"')
    assert (files, outcome.problems) == ([[mine], [mine, others], [others]], ())
    assert [played.tail for played in outcome.played] == [(), (), ("a",)]


def test_the_number_counts_starts() -> None:
    outcome = clean(doc(start("a"), say("x", stop("a"), start("b"), say("y", hang()))))
    assert heard(outcome) == [("speech", "x", 1, ""), ("speech", "y", 2, "a")]
    assert outcome.state.started == 2


def test_nothing_is_heard_or_recorded_before_the_answer() -> None:
    for command in (say("x", hang()), start("a")):
        document = {"callName": "caller", "commands": [command]}
        assert any("comes before `answer`" in problem for problem in incoming(document).problems)


# ── dialling and talking ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("to", "content"),
    [
        (PHONE, "pstn +46850020000"),
        ({"type": "SIP", "sip": {"endpoint": "sip:anna@acme.example"}}, "sip anna@acme.example"),
        ({"type": "SIP", "sip": {"endpoint": "sips:anna@acme.example"}}, "sip anna@acme.example"),
        ({"type": "STREAM", "stream": {"endpoint": "wss://acme.example/s"}}, "stream wss://acme.example/s"),
    ],
)
def test_whom_a_dial_calls(to: Json, content: str) -> None:
    assert heard(clean(doc(BRIDGE, dial(BRIDGE, to=to)))) == [("connect", content, 0, "")]


def test_the_connection_goes_on_where_only_the_bridge_is_joined() -> None:
    outcome = talking(doc(start("a"), BRIDGE, dial(AMD, BRIDGE)))
    assert heard(outcome) == [("talk", "", 1, "")]
    assert outcome.continued
    assert outcome.assumptions == {"recording-starts-at-once", "recording-survives-bridge"}
    assert not talking(doc(BRIDGE, dial(start("b"), BRIDGE))).continued


def test_a_recording_of_the_callees_leg_records_the_talk() -> None:
    document = doc(BRIDGE, dial(start("b", onFailure=[hang()]), BRIDGE))
    outcome = talking(document)
    assert heard(outcome) == [("talk", "", 1, "")]
    assert [(r.leg, r.ends, r.finish) for r in outcome.state.recordings] == [("callee", "", False)]
    assert fails(outcome.state, "b").state.mode == "ended"
    assert "recording-belongs-to-leg" in outcome.assumptions
    left = then(outcome, t.HangsUp("callee"))
    assert (left.state.mode, left.state.recordings, left.problems) == ("ended", (), ())


def test_a_message_to_the_callee_is_not_recorded_on_the_callers_leg() -> None:
    outcome = talking(doc(start("a"), BRIDGE, dial(say("you are recorded", BRIDGE))))
    assert heard(outcome) == [("speech", "you are recorded", 0, ""), ("talk", "", 1, "")]
    assert not outcome.continued


def test_what_is_recorded_must_be_settled_before_the_bridge_is_joined() -> None:
    document = doc(BRIDGE, dial(BRIDGE, start("a")))
    problems = then(clean(document), t.Answers()).problems
    assert problems == ("`startRecording` `a` starts after `bridgeCall`, when the conversation is on already",)


def test_a_recording_must_not_start_while_it_rings() -> None:
    assert any("rings" in problem for problem in incoming(doc(BRIDGE, dial(BRIDGE), start("a"))).problems)


@pytest.mark.parametrize("reason", ["busy", "silent"])
def test_nobody_answers(reason: Any) -> None:
    document = doc(*CONNECT)
    outcome = then(clean(document), t.Unanswered(reason))
    assert (outcome.state.mode, outcome.problems, outcome.played) == ("ended", (), ())


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("onBusy", "busy"), ("onReject", "busy"), ("onTimeout", "silent"), ("onFailure", "failed")],
)
def test_an_outcome_without_a_handler_leaves_the_caller_in_silence(missing: str, reason: Any) -> None:
    command = dial(BRIDGE)
    del command["events"][missing]
    document = doc(BRIDGE, command)
    problems = then(clean(document), t.Unanswered(reason)).problems
    assert f"`dial` has no `{missing}`, so nothing leads on from there" in problems
    assert any(problem.startswith("the caller stays in silence") for problem in problems)


def test_a_dial_without_events_asks_the_backend() -> None:
    bare = {key: value for key, value in dial().items() if key != "events"}
    document = doc(BRIDGE, bare)
    for event in (t.Answers(), t.Unanswered()):
        assert any("has no `events`" in problem for problem in then(clean(document), event).problems)


def test_a_callee_who_does_not_join_is_left_alone() -> None:
    document = doc(BRIDGE, dial(AMD))
    problems = then(clean(document), t.Answers()).problems
    assert any(problem.startswith("the caller stays") for problem in problems)
    assert any(problem.startswith("the callee stays") for problem in problems)


def test_a_second_number_after_a_timeout() -> None:
    second = {**dial(BRIDGE), "callName": "second"}
    document = doc(BRIDGE, dial(BRIDGE, onTimeout=[second], onFailure=[second]))
    outcome = then(clean(document), t.Unanswered())
    assert (outcome.state.mode, outcome.problems) == ("dialling", ())
    assert heard(then(outcome, t.Answers())) == [("talk", "", 0, "")]


# ── hanging up ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_who_hangs_up_takes_the_other_along(who: Any) -> None:
    document = doc(*CONNECT)
    assert then(talking(document), t.HangsUp(who)).state.legs == ()


def test_a_callee_hangs_up_after_answering_only() -> None:
    document = doc(*CONNECT)
    assert apply(clean(document).state, t.HangsUp("callee")) is None


def test_without_handlers_the_other_leg_is_left_alone() -> None:
    document = doc(BRIDGE, dial(BRIDGE, onHangup=[]))
    assert then(talking(document), t.HangsUp("callee")).problems == (
        "the caller stays in silence: nothing is under way on the leg `caller` any more",
    )
    alone = {**document, "events": {}}
    problems = then(clean(alone), t.HangsUp()).problems
    assert problems == ("the leg `callee` rings on although nobody is on the line",)


def test_a_hang_up_undoes_what_came_after_the_sound() -> None:
    document = doc(say("notice", start("a-1"), say("message", stop("a-1"), *CONNECT)))
    outcome = then(clean(document), t.HangsUp(heard=1))
    assert heard(outcome) == [("speech", "notice", 0, ""), ("speech", "message", 1, "!")]
    assert outcome.replaces
    assert outcome.state.started == 1
    first = then(clean(document), t.HangsUp(heard=0))
    assert heard(first) == [("speech", "notice", 0, "!")]
    assert (first.state.started, first.state.dialled, first.state.mode) == (0, 0, "ended")


def test_a_hang_up_at_the_end_cuts_nothing() -> None:
    document = doc(say("hello", *CONNECT))
    for event in (t.HangsUp(), t.HangsUp(heard=2)):
        outcome = then(clean(document), event)
        assert (outcome.played, outcome.replaces, outcome.state.mode) == ((), False, "ended")
        assert apply(outcome.state, t.HangsUp()) is None


def test_the_callee_hangs_up_during_a_message() -> None:
    document = doc(BRIDGE, dial(say("whisper", BRIDGE)))
    outcome = then(clean(document), t.Answers(), t.HangsUp("callee", 0))
    assert heard(outcome) == [("speech", "whisper", 0, "!")]
    assert (outcome.state.mode, outcome.problems) == ("ended", ())


def test_a_call_that_ends_in_a_recording_does_not_dial_when_it_finishes() -> None:
    document = doc(start("a", onFinish=[*CONNECT]), say("order", stop("a")))
    outcome = then(clean(document), t.HangsUp(heard=0))
    assert outcome.assumptions == {"finish-after-hangup"}
    assert (outcome.state.mode, outcome.problems) == ("ended", ())
    media = doc(start("a", onFinish=[say("bye", hang())]), say("order", stop("a")))
    assert then(clean(media), t.HangsUp(heard=0)).assumptions == frozenset()


def test_media_after_a_hang_up_do_nothing() -> None:
    outcome = clean(doc({"command": "hangup"}, say("too late", start("a"))))
    assert (outcome.played, outcome.state.mode) == ((), "ended")
    assert any("which is over" in problem for problem in incoming(doc(hang(), start("a"))).problems)


# ── phases ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_phase_stops_and_starts() -> None:
    document = doc(start("a"), *CONNECT)
    began = request(talking(document).state, body(stop("a")))
    assert heard(began) == [("talk", "", 0, "a")]
    done = finishes(began.state)
    assert done.recordings == ()
    assert done.latest != ()
    ended = request(done, body(start("b")))
    assert heard(ended) == [("talk", "", 2, "")]
    assert heard(request(began.state, body(start("b")))) == [("talk", "", 2, "a")]
    assert began.problems == ended.problems == ()


def test_a_phase_that_goes_on_when_the_recording_has_finished() -> None:
    document = doc(start("a", onFinish=[start("b")]), *CONNECT)
    outcome = request(talking(document).state, body(stop("a")))
    assert heard(outcome) == [("talk", "", 0, "a"), ("talk", "", 2, "")]
    assert outcome.problems == ()


def test_a_request_that_changes_nothing_is_not_heard() -> None:
    document = doc(*CONNECT)
    assert request(talking(document).state, body()).played == ()


def test_messages_in_a_conversation() -> None:
    document = doc(start("a"), *CONNECT)
    outcome = request(talking(document).state, body(say("one minute left")))
    assert heard(outcome) == [("speech", "one minute left", 1, ""), ("talk", "", 1, "")]
    elsewhere = doc(BRIDGE, dial(start("b"), BRIDGE))
    problems = request(talking(elsewhere).state, body(say("hello"))).problems
    assert problems == ("`messages` plays on one leg of a bridge while another leg is recorded",)


def test_a_request_comes_into_a_conversation_only() -> None:
    document = doc(*CONNECT)
    problems = request(clean(document).state, body(start("a"))).problems
    assert problems[0].startswith("a request comes while no conversation is on")


# ── recordings that fail to start ────────────────────────────────────────────────────────────────────────────────


def test_a_failure_hangs_up() -> None:
    document = doc(start("a", onFailure=[hang()]), *CONNECT)
    outcome = clean(document)
    assert outcome.state.recordings[0].fails == ""
    for state in (outcome.state, talking(document).state):
        failed = fails(state, "a")
        assert (failed.state.legs, failed.played, failed.problems) == ((), (), ())


def test_a_failure_while_a_message_plays() -> None:
    document = doc(start("a", onFailure=[hang()]), say("order", stop("a"), *CONNECT))
    _, during = clean(document).state.latest[0]
    failed = fails(during, "a")
    assert (failed.state.mode, failed.played, failed.problems) == ("ended", (), ())
    silent = doc(start("a"), say("order", stop("a"), *CONNECT))
    _, during = clean(silent).state.latest[0]
    goes_on = fails(during, "a")
    assert heard(goes_on) == [("connect", "pstn +46850020000", 0, "")]
    assert goes_on.problems == ()


def test_who_waits_for_the_end_of_a_recording_that_failed_waits_for_ever() -> None:
    document = doc(start("a", onFinish=[say("card number", hang())]), say("order", stop("a")))
    _, during = clean(document).state.latest[0]
    assert any("stays in silence" in problem for problem in fails(during, "a").problems)


def test_a_silent_failure_leaves_the_talk_unrecorded() -> None:
    document = doc(start("a"), *CONNECT)
    failed = fails(talking(document).state, "a")
    assert heard(failed) == [("talk", "", 0, "")]
    assert failed.problems == ()
    assert request(failed.state, body(stop("a"))).problems == ()


def test_the_backend_replies_to_a_failure() -> None:
    bare = {key: value for key, value in start("a").items() if key != "events"}
    document = doc(bare, *CONNECT)
    state = talking(document).state
    assert state.recordings[0].fails == "call.recording.failed"
    assert fails(state, "a", body(hang())).state.mode == "ended"
    silent = fails(state, "a")
    assert silent.state.mode == "talk"
    assert silent.assumptions == {"failure-goes-on"}
    assert fails(state, "b").problems == ("there is no recording `b` that could fail",)


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────


def prompt(text: str) -> Json:
    return {"messages": [message(text), {"type": "PLAY", "play": {"url": "https://acme.example/a.mp3"}}]}


def goto(name: str) -> Json:
    return {"command": "gotoMenu", "menuName": name}


MENU: Json = {
    "command": "menu",
    "startMenu": "main",
    "menus": {
        "main": {
            "prompt": prompt("1 or 2?"),
            "repeatPrompt": {"messages": [message("Again")]},
            "matches": {"1": [say("sales", *CONNECT)], "2": [goto("pin")], "\\*": [hang()], "[0-9]": [goto("main")]},
            "onFailure": [say("bye", hang())],
        },
        "pin": {
            "minimumInputLength": 2,
            "maximumInputLength": 4,
            "matches": {"[0-9]{2,4}": [goto("main")], "##": [hang()]},
            "onFail": [hang()],
        },
    },
}


def test_a_menu_waits_and_leads_on() -> None:
    document = doc(start("a"), MENU)
    outcome = clean(document)
    assert heard(outcome) == [("menu", "main #tts[1 or 2?];#href[https://acme.example/a.mp3] #tts[Again]", 1, "")]
    assert (outcome.state.mode, outcome.state.menu) == ("menu", "main")
    sales = then(outcome, t.Presses("1"))
    assert [found[:3] for found in heard(sales)] == [("speech", "sales", 1), ("connect", "pstn +46850020000", 1)]
    assert sales.problems == ()
    assert then(outcome, t.Presses("*")).state.mode == "ended"
    for event in (t.Waits(), t.Mistypes()):
        assert heard(then(outcome, event)) == [("speech", "bye", 1, "")]


def test_the_first_key_that_matches_wins() -> None:
    document = doc(MENU)
    outcome = clean(document)
    assert then(outcome, t.Presses("7")).state == outcome.state
    assert apply(outcome.state, t.Presses("#")) is None
    assert apply(outcome.state, t.Presses("12")) is None
    assert apply(outcome.state, t.Answers()) is None


@pytest.mark.parametrize(
    ("digits", "assumed"), [("1", None), ("12", True), ("1234", False), ("12345", None), ("##", True), ("1#", None)]
)
def test_digits_are_matched_as_a_whole(digits: str, assumed: bool | None) -> None:
    document = doc(MENU)
    pin = then(clean(document), t.Presses("2"))
    assert heard(pin) == [("menu", "pin  ", 0, "")]
    outcome = apply(pin.state, t.Enters(digits))
    assert (outcome is None) == (assumed is None)
    if outcome is not None:
        assert ("input-ends-by-timeout" in outcome.assumptions) == assumed


def test_the_sequence_that_ends_an_input_is_part_of_it() -> None:
    item: Json = {"maximumInputLength": 5, "terminatingSequence": "#", "onFailure": [hang()]}
    item["matches"] = {"[0-9]+#": [hang()]}
    document = doc({"command": "menu", "startMenu": "m", "menus": {"m": item}})
    outcome = then(clean(document), t.Enters("12"))
    assert (outcome.state.mode, outcome.assumptions) == ("ended", frozenset())
    assert apply(clean(document).state, t.Enters("12345")) is None


def test_the_older_spelling_and_no_handler_at_all() -> None:
    document = doc(MENU)
    older = then(clean(document), t.Presses("2"), t.Waits())
    assert older.state.mode == "ended"
    assert older.problems == ("menu `pin` says `onFail`, which is an older spelling of `onFailure`",)
    bare = doc({"command": "menu", "startMenu": "m", "menus": {"m": {}}})
    assert any("has no `onFailure`" in problem for problem in then(clean(bare), t.Waits()).problems)


def test_menus_can_go_round_and_come_back_to_the_same_state() -> None:
    document = doc(MENU)
    outcome = clean(document)
    seen = {outcome.state}
    for _ in range(3):
        outcome = then(outcome, t.Presses("2"), t.Enters("1234"))
        seen.add(outcome.state)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("commands", "sentence"),
    [
        ((goto("main"),), "comes outside a menu"),
        (({**MENU, "startMenu": "none"},), "there is no menu `none`"),
        ((MENU, hang()), "no page says when the commands after `menu`"),
        ((say("x", hang()), MENU), "`menu` comes while messages play"),
        (({"command": "webhook", "webhookName": "w", "url": "https://a.example"},), "what the backend replies"),
        (({"command": "amd", "events": {"onMachine": [hang()]}}, hang()), "nothing tells what it finds"),
        (({"command": "fly"}, hang()), "is the unknown command `fly`"),
        ((ANSWER, hang()), "which is answered"),
    ],
)
def test_what_no_page_describes(commands: tuple[Json, ...], sentence: str) -> None:
    assert any(sentence in problem for problem in incoming(doc(*commands)).problems)


def messages(*listed: object) -> Json:
    return {"command": "messages", "messages": list(listed), "events": {"onFinish": [hang()]}}


def menu(**item: object) -> Json:
    return {"command": "menu", "startMenu": "m", "menus": {"m": item}}


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (messages(), "has not 1 to 10 messages"),
        (messages(*[message("x")] * 11), "has not 1 to 10 messages"),
        ({**messages(), "messages": "hello"}, "has no list of messages"),
        (messages("hello"), "is neither `SAY` nor `PLAY`"),
        (messages({"type": "PLAY", "say": {}}), "is neither `SAY` nor `PLAY`"),
        (messages({"type": "PLAY", "play": {}}), "has no text in `url`"),
        (messages({"type": "SAY", "say": {"text": "x"}}), "has no text in `voiceName`"),
        (messages({"type": "SAY", "say": {"voiceName": "Emma"}}), "has no text in `text`"),
        (messages({"type": "SAY", "say": {"text": "x", "voiceName": "E", "format": "ssml"}}), "`TEXT` nor `SSML`"),
        ({**say("x", hang()), "name": "x"}, "the property `name`"),
        ({**say("x"), "events": [hang()]}, "`events` of `messages` is not an object"),
        ({**say("x"), "events": {"onFinish": hang()}}, "`onFinish` of `messages` is not a list of commands"),
        ({**say("x"), "events": {"onEnd": []}}, "`events` of `messages` has the property `onEnd`"),
        (dial(BRIDGE, to={"type": "APP"}), "no destination of a documented type"),
        (dial(BRIDGE, to={"type": "PHONE", "phone": "+46"}), "no text in `number`"),
        ({**dial(BRIDGE), "callName": "caller"}, "of a leg that is there already"),
        (menu(prompt="1?"), "is not an object"),
        (menu(onfailure=[]), "the property `onfailure`"),
        ({"command": "menu"}, "no name in `startMenu`"),
        ({"command": "stopMessages", "messagesName": "m"}, "which do not play"),
    ],
)
def test_what_a_command_cannot_be(command: Json, sentence: str) -> None:
    assert any(sentence in problem for problem in incoming(doc(command)).problems)


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ({"matches": [hang()]}, "`matches` of menu `m` is not an object"),
        ({"matches": {"1": hang()}}, "the key `1` of menu `m` has no list of commands"),
        ({"matches": {"*": [], "1": [hang()]}}, "the key `*` of menu `m` is neither a literal nor"),
        ({"minimumInputLength": 0, "matches": {"1": [hang()]}}, "is not a whole number from 1 to 100"),
    ],
)
def test_what_a_menu_cannot_be(item: Json, sentence: str) -> None:
    document = doc(menu(**item))
    outcome = apply(clean(document).state, t.Presses("1"))
    assert outcome is None or any(sentence in problem for problem in outcome.problems)
    assert (outcome is None) == (item["matches"] == [hang()])


def test_messages_are_stopped_by_their_name() -> None:
    hold = {**say("hold"), "messagesName": "hold"}
    stopping: Json = {"command": "stopMessages", "messagesName": "hold"}
    outcome = incoming(doc(hold, stopping, hang()))
    assert (outcome.state.mode, outcome.problems) == ("ended", ())
    goes_on = {**say("hold", hang()), "messagesName": "hold"}
    assert any("runs after `stopMessages`" in problem for problem in incoming(doc(goes_on, stopping, hang())).problems)


@pytest.mark.parametrize(
    ("answered", "sentence"),
    [
        ((BRIDGE, say("hello")), "`messages` comes after `bridgeCall`"),
        ((BRIDGE, MENU), "`menu` comes in a conversation"),
        ((BRIDGE, {"command": "bridgeCall", "bridgeName": "other"}), "joins a second bridge"),
        ((MENU, start("a")), "no page says when the commands after `menu`"),
        (("hang up",), "is not an object"),
    ],
)
def test_what_does_not_fit_into_an_answer(answered: tuple[Json, ...], sentence: str) -> None:
    document = doc(BRIDGE, dial(*answered))
    assert any(sentence in problem for problem in then(clean(document), t.Answers()).problems)


def test_what_comes_while_a_menu_waits() -> None:
    document = doc(start("a", onFailure=[stop("b"), say("sorry", hang())]), start("b"), MENU)
    problems = fails(incoming(document).state, "a").problems
    assert (
        "`messages` comes while a menu is heard on the leg `caller`, and no page says which is over first" in problems
    )
    assert "`stopRecording` `b` comes while a menu is heard on the leg `caller`, and not between two sounds" in problems


def test_a_bridge_is_joined_when_the_other_leg_listens() -> None:
    document = doc(BRIDGE, dial(BRIDGE), say("please hold"))
    assert incoming(document).problems != ()
    _, during = incoming(document).state.latest[1]
    answered = apply(during, t.Answers())
    assert answered is not None
    assert "`bridgeCall` comes while messages play on another leg of the bridge" in answered.problems


@pytest.mark.parametrize("document", [None, [], "x", {}, {"commands": {}}, {"commands": None}])
def test_a_document_without_commands(document: object) -> None:
    assert "the document has no list of `commands`" in incoming(document).problems


@pytest.mark.parametrize("event", [t.Begins("a"), t.Ends("a"), t.Sends("a"), t.Expires(), t.Unreplied(), t.Waits()])
def test_what_cannot_happen(event: t.Event) -> None:
    document = doc(*CONNECT)
    assert apply(talking(document).state, event) is None
    assert apply(talking(document).state, t.Answers()) is None
    assert apply(talking(document).state, t.Unanswered()) is None


@pytest.mark.parametrize(
    ("key", "digits", "fits"),
    [
        ("1", "1", True),
        ("1", "11", False),
        ("\\*", "*", True),
        ("#", "#", True),
        ("[0-9]{1,4}", "123", True),
        ("[0-9]{1,4}", "12345", False),
        ("^\\d+#?$", "12#", True),
        ("(1|2)3*", "2333", True),
        ("(?:12)+", "1212", True),
        ("[^1]", "1", False),
        (".", "*", True),
        ("[\\d#]", "#", True),
        ("[9-0]", "1", None),
        ("1+*", "1", None),
        ("*", "*", None),
        ("(1", "1", None),
        ("[1", "1", None),
        ("1{3,1}", "1", None),
        ("\\q", "1", None),
        ("(" * 100, "1", None),
        ("1" * 300, "1", None),
    ],
)
def test_the_keys_of_a_menu(key: str, digits: str, fits: bool | None) -> None:
    assert matches(key, digits) is fits


def test_no_expression_is_slow() -> None:
    assert matches("((((1*)*)*)*)*#", "1" * 99) is False
    assert matches("((((1?){99}){99}){99}){99}", "1" * 99) is None, "it has too many states, and that is said"
    assert matches("(((0*)*)*)*1", "0" * 99) is False
    assert matches("1*" * 128, "1" * 99 + "#") is False


# ── states ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_equal_documents_come_to_equal_states() -> None:
    def document() -> Json:
        return doc(start("a", onFailure=[hang()]), say("x", stop("a"), MENU))

    first, second = clean(document()).state, clean(document()).state
    assert first == second
    assert hash(first) == hash(second)
    assert len({first, second, clean(doc(MENU)).state}) == 2
    assert DocumentPiece([1]) != DocumentPiece([2])


def nested(levels: int) -> Json:
    inner: Json = hang()
    for level in range(levels):
        inner = say(str(level), inner)
    return doc(inner)


@pytest.mark.parametrize("levels", [100, 5000])
def test_deep_nesting_runs_to_its_end(levels: int) -> None:
    outcome = clean(nested(levels))
    assert len(outcome.played) == levels
    assert outcome.state.mode == "ended"


def test_pieces_too_deep_to_compare_differ() -> None:
    def deep() -> object:
        value: object = 1
        for _ in range(100_000):
            value = [value]
        return value

    one = deep()
    assert DocumentPiece(one) == DocumentPiece(one)
    assert DocumentPiece(one) != DocumentPiece(deep())
    assert hash(DocumentPiece(one)) == hash(DocumentPiece(deep()))
    problems = incoming(doc({**start("a"), "recordingOptions": {**BUCKET, "format": one}}, hang())).problems
    assert any("not a plain JSON value" in problem for problem in problems)


# ── any document ─────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = [
    "command",
    "commands",
    "callName",
    "events",
    "onHangup",
    "onFinish",
    "onFailure",
    "onAnswer",
    "onBusy",
    "caller",
]
WORDS += [
    "messages",
    "messagesName",
    "recordingName",
    "recordingOptions",
    "bridgeName",
    "menus",
    "startMenu",
    "menuName",
]
WORDS += ["matches", "prompt", "to", "type", "PHONE", "phone", "number", "say", "text", "SAY", "a", "1", "[", "name"]
NAMES = ["dial", "answer", "hangup", "pause", "messages", "stopMessages", "amd", "startRecording", "stopRecording"]
NAMES += ["bridgeCall", "menu", "gotoMenu", "webhook"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)
plain = st.sampled_from([ANSWER, BRIDGE, MENU, hang(), hang("callee"), say("x"), start("a"), stop("a"), dial(BRIDGE)])
odd = st.dictionaries(st.sampled_from(WORDS), anything).flatmap(
    lambda found: st.sampled_from(NAMES).map(lambda name: {**found, "command": name})
)
lists = st.recursive(
    st.lists(plain | odd, max_size=4),
    lambda inner: st.lists(
        plain
        | odd
        | inner.map(lambda after: say("y", *after))
        | inner.map(lambda after: dial(*after))
        | inner.map(lambda after: start("b", onFinish=after, onFailure=after)),
        max_size=4,
    ),
    max_leaves=6,
)
replies = anything | lists.map(lambda commands: doc(*commands)) | lists.map(lambda commands: {"commands": commands})
events = st.sampled_from(
    [
        t.Answers(),
        t.Unanswered("busy"),
        t.Unanswered(),
        t.Presses("1"),
        t.Enters("12"),
        t.Waits(),
        t.Mistypes(),
        t.HangsUp("callee"),
        t.HangsUp(heard=0),
        t.HangsUp("callee", 1),
        t.HangsUp(heard=1),
        t.Begins("card"),
        t.Ends("card"),
        t.Sends("x"),
        t.Expires(),
        t.Unreplied(),
    ]
)


def sound_in_itself(outcome: EventOutcome) -> SessionState:
    state = outcome.state
    assert outcome.assumptions <= set(ASSUMPTIONS)
    assert all(played.heard.conference is None for played in outcome.played)
    assert hash(state) == hash(state)
    numbers = [running.number for running in state.recordings]
    assert numbers == sorted(set(numbers))
    assert state.mode != "menu" or state.menu
    assert {running.leg for running in state.recordings} <= {leg.name for leg in state.legs}
    return state


@given(replies, st.lists(events, max_size=5), anything | lists.map(lambda commands: body(*commands)))
def test_any_value_has_an_outcome(document: object, happened: list[t.Event], sent: object) -> None:
    state = sound_in_itself(incoming(document))
    for event in happened:
        outcome = apply(state, event)
        if outcome is not None:
            state = sound_in_itself(outcome)
        sound_in_itself(request(state, sent))
        sound_in_itself(fails(state, "a", sent))
        assert not any(running.stopping for running in finishes(state).recordings if not running.finish)


def test_the_documented_shapes_wait_for_less_than_they_seem_to() -> None:
    shapes = {one.file: one.content for one in documented("v2")}
    forwarding = shapes["v2/incoming-2.json"]
    outcome = incoming(forwarding)
    assert [found[0] for found in heard(outcome)] == ["speech", "connect"]
    assert any(problem.startswith("`dial` comes while messages play") for problem in outcome.problems)
    goodbye = shapes["v2/incoming-3.json"]
    assert (incoming(goodbye).problems, incoming(goodbye).state.mode) == ((), "ended")
