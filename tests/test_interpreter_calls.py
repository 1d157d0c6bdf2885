"""Whole calls in the interpreter of classic SVAML: callbacks, routes, hang-ups, phases, and what cannot happen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.calls.trace import (
    Answers,
    Begins,
    Ends,
    Enters,
    Event,
    Expires,
    HangsUp,
    Mistypes,
    Presses,
    Sends,
    Trace,
    Unanswered,
    Unreplied,
    Waits,
)
from recpol.interpreters.v1.calls import run
from recpol.interpreters.v1.recordings import CallTrace, RecordingFile

Json = dict[str, Any]

BUCKET: Json = {"destinationUrl": "s3://my-s3-bucket"}
PAIRS = (("destinationUrl", '"s3://my-s3-bucket"'),)
START: Json = {"name": "StartRecording", "options": BUCKET}
STOP: Json = {"name": "StopRecording"}
FLAG: Json = {"recording": True, "recordingOptions": BUCKET}
HANGUP: Json = {"name": "Hangup"}
CONTINUE: Json = {"name": "Continue"}
PSTN: Json = {"name": "ConnectPstn", "number": "+4685002"}
TWO_MENUS: Json = {
    "name": "RunMenu",
    "menus": [
        {
            "id": "main",
            "mainPrompt": "#tts[1 or 2?]",
            "options": [{"dtmf": "1", "action": "return(sales)"}, {"dtmf": "2", "action": "menu(pin)"}],
        },
        {"id": "pin", "mainPrompt": "#tts[Pin?]", "maxDigits": 4, "options": [{"dtmf": "*", "action": "menu(main)"}]},
    ],
}


def say(text: str) -> Json:
    return {"name": "Say", "text": text}


def doc(*instructions: Json, action: Json = HANGUP) -> Json:
    return {"instructions": list(instructions), "action": action}


ICE: Json = {"event": "ice"}
ACE: Json = {"event": "ace"}
OTHERWISE: Json = {"event": "pie", "otherwise": True}


def result(menu: str, type_: str, value: str | None = None, after: str = "ice.json") -> Json:
    answer: Json = {"event": "pie", "after": [after], "menuId": menu, "type": type_}
    return answer if value is None else {**answer, "value": value}


def phase(name: str, moment: str) -> Json:
    return {"event": "manage", "phase": name, "moment": moment}


def call(replies: dict[str, tuple[Json, Json]], *events: Event) -> CallTrace:
    """Run a call; `replies` are documents by file name, each with what it answers."""
    documents = {file: document for file, (_, document) in replies.items()}
    routes = [{"file": file, "answers": [answer], "values": []} for file, (answer, _) in replies.items()]
    return run(documents, routes, events)


def shown(trace: Trace) -> list[str]:
    """One line for each sound: what is heard, `● 1` by call recording 1, `◆` by a conference recording, `✂` cut."""
    lines = []
    for heard in trace:
        word = heard.sound.content[0] if heard.sound.content else heard.sound.kind
        line = f"{word} ● {heard.calls[0].number}" if heard.calls else word
        line += "" if heard.conference is None else " ◆"
        lines.append(line + (" ✂" if heard.cut else ""))
    return lines


SEED = {"ice.json": (ICE, doc(say("not this"), START, say("this"), action=PSTN))}
DESK = {
    "ice.json": (ICE, doc(say("hi"), action=TWO_MENUS)),
    "sales.json": (result("main", "return", "sales"), doc(START, action=PSTN)),
    "pin.json": (result("pin", "sequence"), doc(say("thanks"))),
    "otherwise.json": (OTHERWISE, doc(say("bye"))),
    "ace.json": (ACE, doc(STOP, say("joined"), START, action=CONTINUE)),
    "begin.json": (phase("card", "begin"), doc(action=STOP)),
    "end.json": (phase("card", "end"), doc(action={"name": "StartRecording", "recordingOptions": BUCKET})),
}


# ── from the first prompt to the conversation ────────────────────────────────────────────────────────────────────


def test_without_a_reply_to_ace_the_connect_is_the_conversation() -> None:
    traced = call(SEED, Answers())
    assert shown(traced.trace) == ["not this", "this ● 1", "pstn +4685002 ● 1"]
    assert traced.files == (RecordingFile("call", 1, PAIRS, (1, 2)),)
    assert (traced.ended, traced.problems, traced.unanswered_event) == (False, (), None)
    assert traced.assumptions == frozenset(("recorder-survives", "start-before-answer"))


def test_ace_is_answered_by_its_reply() -> None:
    traced = call({**SEED, "ace.json": (ACE, doc(STOP, say("hello"), action=CONTINUE))}, Answers(), HangsUp("callee"))
    assert shown(traced.trace) == ["not this", "this ● 1", "pstn +4685002 ● 1", "hello", "talk"]
    assert traced.ended


def test_a_missing_reply_to_ace_connects_the_call() -> None:
    traced = call({**SEED, "ace.json": (ACE, doc(STOP, action=CONTINUE))}, Unreplied())
    assert shown(traced.trace) == ["not this", "this ● 1", "pstn +4685002 ● 1", "talk ● 1"]


@pytest.mark.parametrize("reason", ["busy", "silent"])
def test_a_callee_who_does_not_answer_ends_the_call(reason: Any) -> None:
    traced = call(SEED, Unanswered(reason))
    assert shown(traced.trace)[-1] == "pstn +4685002 ● 1"
    assert traced.ended


def test_an_app_call_and_a_suppressed_callback_get_no_ace() -> None:
    ace = {"ace.json": (ACE, doc(say("never"), action=CONTINUE))}
    app = {"name": "ConnectMxp", "destination": {"type": "username", "endpoint": "anna"}, **FLAG}
    for action in (app, {**PSTN, "suppressCallbacks": True, **FLAG}):
        traced = call({"ice.json": (ICE, doc(action=action)), **ace}, Answers(), HangsUp())
        assert len(traced.trace) == 1
        assert (traced.ended, traced.unanswered_event) == (True, None)
        assert call({"ice.json": (ICE, doc(action=action)), **ace}, Unreplied()).unanswered_event == Unreplied()


def test_two_recordings_of_one_call_are_two_files() -> None:
    traced = call(DESK, Presses("1"), Answers())
    assert shown(traced.trace) == ["hi", "main", "pstn +4685002 ● 1", "joined", "talk ● 2"]
    assert [(file.number, file.pieces) for file in traced.files] == [(1, (2,)), (2, (4,))]


def test_a_recorded_conference() -> None:
    room = {"name": "ConnectConf", "conferenceId": "board", **FLAG}
    traced = call({"ice.json": (ICE, doc(START, say("hi"), action=room))}, HangsUp("caller"))
    assert shown(traced.trace) == ["hi ● 1", "conference board ● 1 ◆"]
    assert traced.files == (RecordingFile("call", 1, PAIRS, (0, 1)), RecordingFile("conference", 1, PAIRS, (1,)))


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_menus_that_the_caller_comes_to_are_heard() -> None:
    traced = call(DESK, Presses("2"), Presses("*"), Presses("2"), Enters("1234"))
    assert shown(traced.trace) == ["hi", "main", "pin", "main", "pin", "thanks"]
    assert traced.ended


@pytest.mark.parametrize("event", [Waits(), Mistypes()])
def test_a_result_without_a_reply_of_its_own_goes_to_the_other_one(event: Event) -> None:
    assert shown(call(DESK, event).trace) == ["hi", "main", "bye"]


def test_a_reply_answers_only_the_menus_of_its_files() -> None:
    elsewhere = (result("main", "timeout", after="other.json"), doc(say("wrong")))
    assert shown(call({**DESK, "elsewhere.json": elsewhere}, Waits()).trace) == ["hi", "main", "bye"]


def test_types_of_results_are_read_in_any_letter_case() -> None:
    timeout = {**DESK, "timeout.json": (result("main", "Timeout"), doc(say("hello?")))}
    assert shown(call(timeout, Waits()).trace) == ["hi", "main", "hello?"]


def test_a_menu_may_follow_a_menu() -> None:
    again = {**DESK, "otherwise.json": (OTHERWISE, doc(say("again"), action=TWO_MENUS))}
    assert shown(call(again, Waits(), Waits(), HangsUp(heard=1)).trace)[-4:] == ["again", "main", "again", "main ✂"]


def test_a_result_without_any_reply_is_a_problem() -> None:
    traced = call({"ice.json": DESK["ice.json"]}, Waits())
    assert (traced.unanswered_event, traced.ended) == (Waits(), False)
    assert "no file answers timeout of menu `main`" in traced.problems[0]


# ── parked calls and phases ──────────────────────────────────────────────────────────────────────────────────────

PARKED = {
    "ice.json": (ICE, doc(START, action={"name": "Park", "holdPrompt": "song"})),
    "pick-up.json": ({"event": "manage", "name": "pick-up"}, doc(say("hello"), STOP, action=PSTN)),
}


def test_a_parked_call_is_picked_up_or_expires() -> None:
    assert shown(call(PARKED, Sends("pick-up")).trace) == [" ● 1", "hello ● 1", "pstn +4685002"]
    assert call(PARKED, Expires()).ended
    assert call(PARKED, Sends("nothing")).unanswered_event == Sends("nothing")


def test_a_phase_changes_the_recording_of_a_conversation() -> None:
    traced = call(DESK, Presses("1"), Answers(), Begins("card"), Ends("card"), HangsUp())
    assert shown(traced.trace)[-3:] == ["talk ● 2", "talk", "talk ● 3"]
    assert [file.number for file in traced.files] == [1, 2, 3]
    assert traced.problems == ()


def test_a_phase_without_a_file_changes_nothing() -> None:
    before, after = call(DESK, Presses("1"), Answers()), call(DESK, Presses("1"), Answers(), Begins("consult"))
    assert after == before


def test_a_request_that_changes_nothing_leaves_the_conversation_whole() -> None:
    idle = {**DESK, "begin.json": (phase("card", "begin"), doc(action=CONTINUE))}
    assert shown(call(idle, Presses("1"), Answers(), Begins("card")).trace)[-2:] == ["joined", "talk ● 2"]


def test_a_request_may_end_the_call() -> None:
    over = {**DESK, "begin.json": (phase("card", "begin"), doc(action=HANGUP))}
    events: list[Event] = [Presses("1"), Answers(), Begins("card")]
    assert call(over, *events).ended
    assert call(over, *events, HangsUp(heard=1)).unanswered_event == HangsUp(heard=1)


def test_a_phase_that_begins_twice_stops_what_does_not_run() -> None:
    said = "begin.json: the action StopRecording stops a call recording while none runs, which is not documented"
    assert call(DESK, Presses("1"), Answers(), Begins("card"), Begins("card")).problems == (said,)


def test_a_phase_of_an_app_call_is_a_problem() -> None:
    app = {"ice.json": (ICE, doc(action={"name": "ConnectMxp", **FLAG})), "begin.json": DESK["begin.json"]}
    assert "Manage Call is documented for calls with a leg" in call(app, Answers(), Begins("card")).problems[0]


# ── hang-ups ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        (0, ["not this ✂"]),
        (1, ["not this", "this ● 1 ✂"]),
        (2, ["not this", "this ● 1", "pstn +4685002 ● 1 ✂"]),
        (3, ["not this", "this ● 1", "pstn +4685002 ● 1"]),
        (None, ["not this", "this ● 1", "pstn +4685002 ● 1"]),
    ],
)
def test_a_hang_up_cuts_what_is_being_heard(heard: int | None, left: list[str]) -> None:
    traced = call(SEED, HangsUp(heard=heard))
    assert (shown(traced.trace), traced.ended) == (left, True)


def test_a_hang_up_counts_the_sounds_of_the_latest_reply() -> None:
    assert shown(call(DESK, Presses("1"), Answers(), HangsUp(heard=0)).trace)[-1] == "joined ✂"
    assert shown(call(DESK, Presses("2"), HangsUp(heard=2)).trace) == ["hi", "main", "pin ✂"]


def test_the_caller_may_hang_up_before_the_reply_does() -> None:
    assert shown(call(DESK, Waits(), HangsUp(heard=0)).trace) == ["hi", "main", "bye ✂"]
    assert call(DESK, Waits(), HangsUp()).unanswered_event == HangsUp()


def test_what_is_over_cannot_be_cut() -> None:
    for events in ([Answers()], [Unreplied()]):
        assert call(SEED, *events, HangsUp(heard=0)).unanswered_event == HangsUp(heard=0)
    assert call(DESK, Presses("2"), HangsUp(heard=1)).unanswered_event == HangsUp(heard=1)
    talking: list[Event] = [Presses("1"), Answers()]
    for later in (Begins("card"), Begins("consult")):
        assert call(DESK, *talking, later, HangsUp(heard=0)).unanswered_event == HangsUp(heard=0)
    assert shown(call(DESK, *talking, Begins("card"), HangsUp(heard=2)).trace)[-2:] == ["talk ● 2", "talk ✂"]
    assert call(SEED, HangsUp(heard=-1)).unanswered_event == HangsUp(heard=-1)


def test_nobody_hangs_up_who_is_not_there() -> None:
    assert call(SEED, HangsUp("callee")).unanswered_event == HangsUp("callee")
    assert call(SEED, Answers(), HangsUp("callee")).ended


# ── what cannot happen ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("replies", "events"),
    [
        (SEED, [Presses("1")]),
        (SEED, [Waits()]),
        (SEED, [Begins("card")]),
        (SEED, [Sends("pick-up")]),
        (SEED, [Expires()]),
        (SEED, [Answers(), Answers()]),
        (SEED, [Answers(), Unanswered()]),
        (SEED, [HangsUp(), HangsUp(heard=0)]),
        (DESK, [Presses("9")]),
        (DESK, [Enters("1234")]),
        (DESK, [Presses("2"), Enters("")]),
        (DESK, [Presses("2"), Enters("abc")]),
        (DESK, [HangsUp(), Waits()]),
        (DESK, [Answers()]),
        (PARKED, [Expires(), Sends("pick-up")]),
    ],
)
def test_an_event_that_cannot_happen_ends_the_run(replies: dict[str, tuple[Json, Json]], events: list[Event]) -> None:
    traced = call(replies, *events, Answers())
    assert traced.unanswered_event == events[-1]
    assert traced.trace == call(replies, *events[:-1]).trace


def test_a_call_without_replies_is_silent() -> None:
    assert run({}, [], [Answers()]) == CallTrace((), (), ended=False, problems=("no file answers ICE",))
    missing = run({}, [{"file": "ice.json", "answers": [ICE]}], [])
    assert (missing.trace, missing.problems, missing.ended) == ((), ("`ice.json` is missing",), False)


def test_routes_that_cannot_be_read_or_contradict_each_other_are_problems() -> None:
    routes: list[Json] = [{}, {"file": "a", "answers": [{"event": "dice"}]}]
    assert run({}, routes, []).problems[:2] == (
        "an entry of the manifest has no `file` or no `answers`",
        "an answer of `a` cannot be read",
    )
    assert (
        "`otherwise.json` and `second.json` answer the same callback"
        in call({**DESK, "second.json": (OTHERWISE, doc())}, Waits()).problems
    )


def test_continue_in_ice_is_an_assumption() -> None:
    traced = call({"ice.json": (ICE, doc(action=CONTINUE))})
    assert (shown(traced.trace), traced.assumptions) == (["talk"], frozenset(("continue-in-ice",)))


events = st.one_of(
    st.sampled_from([Answers(), Unreplied(), Unanswered(), Waits(), Mistypes(), Expires(), Enters("12"), HangsUp()]),
    st.sampled_from([Begins("card"), Ends("card"), Sends("pick-up"), HangsUp("callee"), HangsUp(heard=1)]),
    st.sampled_from("0123456789*#").map(Presses),
)


@given(st.sampled_from([SEED, DESK, PARKED]), st.lists(events, max_size=12))
def test_any_events_give_a_trace(replies: dict[str, tuple[Json, Json]], happens: list[Event]) -> None:
    traced = call(replies, *happens)
    assert sum(heard.cut for heard in traced.trace) <= 1
    pieces = [place for file in traced.files for place in file.pieces]
    assert sorted(pieces) == [place for place, heard in enumerate(traced.trace) if heard.calls]
    assert traced.unanswered_event is None or traced.unanswered_event in happens
