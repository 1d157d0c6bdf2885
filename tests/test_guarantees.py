"""What findings about guarantees show and advise, and what phases come to that only a lost reply to ACE leads to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recpol.analysis.program import Program, program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.platform.targets import SVAML2
from recpol.prove import prove
from recpol.rules.check import check
from recpol.targets.catalogue import targets_named

HEAD = """policy desk
locale en-GB
store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
"""


def unit(text: str, target: str = "classic") -> Program:
    return program(Source("x.recpol", HEAD + text), targets=targets_named([target]))


def found(text: str, rule: str, target: str = "classic") -> list[Finding]:
    return [finding for finding in check(unit(text, target)).findings if finding.rule == rule]


def notes(finding: Finding) -> list[tuple[str, str]]:
    return [(note.span.text, note.text) for note in finding.notes]


def test_the_block_that_records_a_phase_is_named_where_the_rule_leaves_it_out() -> None:
    text = """on ice { answer talk: connect pstn +442079460104 { phase p1 } }
on ace { %s }
record talk except p1
never record p1
"""
    (broken,) = found(text % "record { continue }", "broken-guarantee")
    assert notes(broken) == [("never record p1", "guaranteed here"), ("record", "recorded by this")]
    assert "replace the `record` block" in broken.help
    assert found(text % "continue", "broken-guarantee") == []


MENUS = """on ice { answer %s }
on pie done { hangup }
on pie otherwise { hangup }
%s
never record sub
"""
WITHIN = 'menu { prompt "x" key 1 -> done menu sub { prompt "y" digits 4 -> done } key 2 -> menu sub }'
APART = 'menu { prompt "x" key 1 -> done key 2 -> sub }'
MOVED = 'on pie sub { sub: menu { prompt "y" digits 4 -> done } }'


@pytest.mark.parametrize("target", ["classic", "svaml1", "svaml2"])
def test_a_further_menu_is_left_out_by_a_reply_of_its_own(target: str) -> None:
    (broken,) = found(MENUS % (f"record {{ {WITHIN} }}", ""), "broken-guarantee", target)
    assert broken.help == (
        "return to the backend before the menu: write `-> sub` for `-> menu sub`, and move the menu to "
        "`on pie sub { sub: menu { … } }`"
    )
    assert of_menus(MENUS % (f"record {{ {APART} }}", MOVED), target) == set()
    (broken,) = found(MENUS % (WITHIN, "record all"), "broken-guarantee", target)
    assert broken.help.endswith("`, and add `except sub` to the rule that records it")
    assert of_menus(MENUS % (APART, f"{MOVED}\nrecord all except sub"), target) == set()


def of_menus(text: str, target: str) -> set[str]:
    """The rules that find something in a policy, but those about voices and the like."""
    return {finding.rule for finding in check(unit(text, target)).findings} & {
        "broken-guarantee", "menu-split", "missing-pie-handler", "unknown-name", "unproven-guarantee",
    }  # fmt: skip


def test_a_menu_that_is_split_is_told_once() -> None:
    assert of_menus(MENUS % (WITHIN, "record all except sub"), "classic") == {"menu-split"}


def test_what_is_said_in_a_phase_is_left_out_with_the_phase() -> None:
    said = 'talk: connect pstn +442079460104 { phase p1 { begin { say "It stops." } } }'
    text = "on ice { answer %s }\nrecord talk except p1\nnever record p1\n"
    (broken,) = found(text % f"record {{ {said} }}", "broken-guarantee", "svaml1")
    assert broken.help == (
        "leave the phase out of the recording: replace the `record` block that records it by a rule with `except p1`"
    )
    assert found(text % said, "broken-guarantee", "svaml1") == []


def test_the_rule_that_records_a_phase_is_named() -> None:
    text = "on ice { answer talk: connect pstn +442079460104 { phase p1 } }\nrecord talk\nnever record p1\n"
    (broken,) = found(text, "broken-guarantee")
    assert notes(broken)[1:] == [("record", "recorded by this")]
    assert broken.help == "leave the phase out of the recording: add `except p1` to the rule that records it"


ROOM = """on ice { answer menu { prompt "1 or 2" key 1 -> host key 2 -> guest } }
on pie host { say "Recorded." @x record conference { connect conference "room" } }
on pie guest { g: connect conference "room" }
on pie otherwise { hangup }
never record g
announce @x before recording
"""


def test_where_another_caller_records_the_room_the_call_leads_to_the_guest() -> None:
    never, announced = found(ROOM, "broken-guarantee")
    for broken in (never, announced):
        assert notes(broken)[1:] == [("record conference", "another caller records the room")]
        assert "give `g` a room of its own" in broken.help
        assert [(act.text, act.recorded) for act in broken.call][-4:] == [
            ("the caller presses 2", None),
            ("g: in the conference room", ""),
            ("another caller comes into the same room by `on pie host`", None),
            ("in the room, with both", "calls (the whole room)"),
        ]
    assert never.label == "another caller, by `on pie host`, records the room to `calls`"


def test_no_help_says_to_record_what_must_not_be_recorded() -> None:
    text = """on ice { answer record { ring: connect pstn +442079460104 } }
on ace { pin: menu { prompt "PIN please" digits 4 -> done } }
on pie done { hangup }
on pie otherwise { hangup }
"""
    (free,), (bound,) = (
        found(text + more, "stop-in-ace", "svaml1") for more in ("never record ring\n", "never record pin\n")
    )
    assert "record this reply to its end" in free.help
    assert "record this reply to its end" not in bound.help


# ── phases that only a lost reply leads to ───────────────────────────────────────────────────────────────────────


def requests(text: str, target: str) -> dict[str, Any]:
    made = compile_program(unit(text, target))
    assert [finding.message for finding in made.checked.errors] == []
    return {reply.file: reply.document for reply in made.replies if reply.file.startswith("manage.")}


def test_a_phase_does_not_start_what_runs_after_a_lost_reply() -> None:
    text = "on ice { answer record { l1: connect pstn +442079460104 { phase l2 } } }\non ace { hangup }\n"
    for target in ("classic", "svaml1"):
        assert requests(text, target) == {}


def test_the_requests_of_a_phase_suit_the_talk_after_a_lost_reply() -> None:
    text = "on ice { answer l1: connect pstn +442079460104 { phase l2 } }\non ace { hangup }\nrecord l1 except l2\n"
    begin, end = (requests(text, "svaml1")[f"manage.l2.{moment}.json"] for moment in ("begin", "end"))
    assert [form["name"] for form in begin["instructions"]] == ["stopRecording"]
    assert [form["name"] for form in end["instructions"]] == ["startRecording"]
    (phase,) = explain(compile_program(unit(text))).stages[0].rows[1].phases
    assert (phase.begin_file, phase.begins) == (
        "manage.l2.begin.json",
        "the recording stops, and its file is finished",
    )


def test_no_requests_are_written_where_no_reply_is_lost() -> None:
    talk = "on ice { answer l1: connect pstn +442079460104 { phase l2 } }"
    text = f"voice Amy\n{talk}\non ace {{ hangup }}\nrecord l1 except l2\n"
    made = compile_program(program(Source("x.recpol", HEAD.replace("locale en-GB\n", "") + text), targets=(SVAML2,)))
    assert made.replies, json.dumps([finding.message for finding in made.checked.errors])
    assert not [reply.file for reply in made.replies if reply.file.startswith("manage.")]


def test_a_phase_that_changes_the_store_after_a_lost_reply_is_refused_in_classic() -> None:
    text = """store other { url "s3://acme-recordings/other/" credentials env S3_CREDENTIALS }
on ice { answer l1: connect pstn +442079460104 { phase l2 } }
on ace { hangup }
record l1 except l2 to calls
record l2 to other
"""
    assert len(found(text, "phase-store-change")) == 1


# ── what proofs rest on ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_proof_names_what_its_target_is_assumed_to_do() -> None:
    text = """on ice { answer menu { prompt "1 or 2" key 1 -> host key 2 -> guest } }
on pie host { record conference { h: connect conference "room" } }
on pie guest { record { s: connect pstn +442079460104 } }
on pie otherwise { hangup }
always record h
always record s
"""
    room, talk = explain(compile_program(unit(text, "svaml1"))).guarantees
    assert [name for name, _ in room.provided] == [
        "recordings-start", "conference-already-recorded", "conference-recording-enabled", "flag-without-sdk",
    ]  # fmt: skip
    assert [name for name, _ in talk.provided] == ["recordings-start", "start-before-answer"]


def test_a_proof_about_a_stream_names_that_streams_are_recorded() -> None:
    text = 'on ice { record { s: connect stream "wss://media.acme.example/calls" } }\nalways record s\n'
    (told,) = explain(compile_program(unit(text, "svaml1"))).guarantees
    assert [name for name, _ in told.provided] == ["recordings-start", "stream-is-recorded"]


BEGUN = """policy survey
target svaml1
locale en-GB
store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS transcribe en-GB }
on callout customer { call pstn +442079460104 cli +442079460100 }
on ace customer { say "This call is recorded." @notice menu { prompt "Press 1 or 9." key 1 -> go key 9 -> stop } }
on pie go { agent: connect pstn +442079460103 }
on ace agent { record { talk: continue } }
on pie stop { record { menu { prompt "Tryck 1." in sv-SE key 1 -> go } } }
on pie otherwise { end: say "Goodbye." hangup }
"""


@pytest.mark.parametrize(
    "goal",
    [
        "opt-out stop",
        "opt-out go",
        "never record talk",
        "always record end",
        "never transcribe talk",
        "record only inbound talk",
        "announce end before recording",
        "announce @notice in recording",
        "announce @notice to callee before recording",
        "announce @notice before recording in every locale",
    ],
)
def test_a_harmless_incoming_call_hides_no_call_that_the_backend_begins(goal: str) -> None:
    alone = [v.status for v in prove(program(Source("survey.recpol", BEGUN + goal), targets=targets_named(["svaml1"])))]
    text = BEGUN.replace("on callout", "on ice { answer hangup }\non callout", 1) + goal
    both = prove(program(Source("survey.recpol", text), targets=targets_named(["svaml1"])))
    assert alone == [verdict.status for verdict in both] == ["broken"]
    assert all(isinstance(verdict.call[0], t.Starts) for verdict in both)


UNANSWERED = """policy desk
target svaml1
locale en-GB
store calls { url "s3://acme-recordings/calls/" credentials env KEY }
on ice { FIRST }
FURTHER
announce @notice before recording
"""

NOTICE = 'say "This call is recorded." @notice'
OWN = 'connect conference "x-{{ call.callid }}"'


@pytest.mark.parametrize(
    ("first", "further", "status"),
    [
        (f"room: {OWN}", f"on manage start in room {{ {NOTICE} kept: continue }}\nrecord call kept", "proven"),
        (f"{OWN} {{ phase p {{ begin {{ {NOTICE} }} }} }}", "record call p except @notice", "proven"),
        (
            f"connect pstn {{ phase p {{ begin {{ {NOTICE} }} }} }}",
            "on ace { continue }\nrecord p except @notice",
            "proven",
        ),
        (f"{NOTICE} room: {OWN}", "on manage start in room { kept: continue }\nrecord call kept", "broken"),
        (f"{NOTICE} record {{ connect pstn }}", "", "broken"),
        ('park { hold "Wait." }', f"on manage next {{ {NOTICE} record {{ connect pstn }} }}", "broken"),
        ('park { hold "Wait." }', f"on manage next {{ answer {NOTICE} record {{ connect pstn }} }}", "proven"),
    ],
)
def test_what_is_said_while_people_talk_needs_no_answer(first: str, further: str, status: str) -> None:
    """Manage Call reaches connected calls alone, and after a lost reply to ACE the call is connected."""
    text = UNANSWERED.replace("FIRST", first).replace("FURTHER", further)
    (verdict,) = prove(program(Source("desk.recpol", text)))
    assert verdict.status == status, verdict


@pytest.mark.parametrize("target", ["classic", "svaml1", "svaml2"])
@pytest.mark.parametrize(
    ("url", "alone"),
    [
        ("s3://acme-recordings/desk/", True),
        ("s3://acme.calls", True),
        ("s3://acme-{{ env.DESK }}/", True),
        ("s3://acme-recordings/{{ call.callid }}", True),  # as a folder or as a file, each call has its own
        ("s3://acme-recordings/{{ call.callid }}.mp3", True),
        ("s3://acme-recordings/{{ call.callid }}/call.mp3", True),
        ("s3://acme-recordings/desk/call.mp3", False),
        ("s3://acme-recordings/call.ogg", False),
        ("s3://acme-recordings/{{ call.cli }}.mp3", False),
        ("s3://acme-recordings/{{ env.DESK }}.mp3", False),
        ("azure://acme/recordings/call.wav", False),
    ],
)
def test_what_the_next_call_overwrites_is_not_always_recorded(target: str, url: str, *, alone: bool) -> None:
    """The platform does not look whether a file exists (Recording page)."""
    text = f"""policy desk
locale en-GB
voice Amy
store calls {{ url "{url}" credentials env KEY }}
on recording failure hangup
on ice {{ answer record {{ talk: connect pstn +442079460104 }} }}
always record talk
never record talk
"""
    desk = program(Source("desk.recpol", text), targets=targets_named([target]))
    always, never = prove(desk)
    assert (always.status, never.status) == ("proven" if alone else "unknown", "broken")
    told = {finding.rule for finding in check(desk).findings if finding.severity == "warning"}
    assert ("fixed-file-name" in told) is not alone


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("s3://acme-recordings/desk", "whether `desk` is a folder or a file is not documented"),
        ("s3://acme-recordings/desk%2F", "whether `desk%2F` is a folder or a file is not documented"),
        ("s3://acme-recordings/call.recording", "whether `call.recording` is a folder or a file is not documented"),
        ("azure://acme/recordings/desk", "whether `desk` is a folder or a file is not documented"),
        ("s3://acme-recordings/{{ env.FILE }}", "a folder or a file is known only at deployment"),
        ("s3://acme-recordings/call.{{ env.EXT }}", "a folder or a file is known only at deployment"),
        ("s3://{{ env.BUCKET }}", "a folder or a file is known only at deployment"),
        ("{{ env.URL }}", "a folder or a file is known only at deployment"),
        ("s3://acme-recordings/x/{{ call.to.endpoint }}", "is a folder or a file is not documented"),
        ("s3://acme-recordings/{{ call.timestamp }}.mp3", "two calls may have one `call.timestamp`"),
        ("s3://acme-recordings/{{ call.custom }}.mp3", "two calls may have one `call.custom`"),
    ],
)
def test_what_the_next_call_may_overwrite_is_not_always_recorded(url: str, why: str) -> None:
    text = f"""policy desk
store calls {{ url "{url}" credentials env KEY }}
on ice {{ answer record {{ talk: connect pstn +442079460104 }} }}
always record talk
"""
    (always,) = prove(program(Source("desk.recpol", text)))
    assert (always.status, why in always.reason) == ("unknown", True), always


_IN_ONE_REPLY = """
on ice { answer record { n: say "Recorded." } say "A pause." record { connect pstn +442079460104 } }
always record n
"""
_IN_TWO_REPLIES = """
on ice { answer record { n: say "Recorded." } menu { prompt "Press 1." key 1 -> go } }
on pie go { record { connect pstn +442079460104 } }
on pie otherwise { hangup }
always record n
"""
_IN_A_PHASE = """
on ice { answer connect pstn +442079460104 { phase n } }
record n
always record n
"""


@pytest.mark.parametrize("value", ["timestamp", "custom", "callid"])
@pytest.mark.parametrize("text", [_IN_ONE_REPLY, _IN_TWO_REPLIES, _IN_A_PHASE])
def test_what_a_call_itself_overwrites_is_not_always_recorded(text: str, value: str) -> None:
    """Values of a callback are the same in all of its reply; a phase is filled with what the backend remembers."""
    head = 'policy desk\nlocale en-GB\nstore calls { url "s3://acme-recordings/%s" credentials env KEY }\n'
    desk = program(Source("desk.recpol", head % f"{{{{ call.callid }}}}-{{{{ call.{value} }}}}.mp3" + text))
    same = value == "callid" or text is not _IN_TWO_REPLIES
    (always,) = prove(desk)
    assert (always.status, "may be the same in two callbacks" not in always.reason) == ("unknown", same)
    assert ("second-recording" in {finding.rule for finding in check(desk).findings}) is same
    (always,) = prove(program(Source("desk.recpol", head % "desk/" + text)))
    assert always.status == "proven"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("{{ start.id }}", ""),
        ("{{ start.id }}/{{ env.STAGE }}", ""),
        ("{{ start.number }}-{{ call.callid }}", ""),
        ("{{ start.number }}", "does not say that `start.number` is `unique`"),
        ("{{ start.id | e164 }}", "with a filter or another value"),
        ("{{ start.number }}{{ start.id }}", "with a filter or another value"),
        ("{{ start.id }}{{ call.custom }}", "with a filter or another value"),
    ],
)
def test_only_what_is_unique_gives_each_call_that_is_begun_a_file_of_its_own(value: str, why: str) -> None:
    text = f"""policy survey
locale en-GB
unique "{{{{ start.id }}}}"
store calls {{ url "s3://acme-recordings/{value}.mp3" credentials env KEY }}
on callout guest {{ call pstn "{{{{ start.number | e164 }}}}" cli +442079460105 }}
on ace guest {{ record {{ talk: menu {{ prompt "Press 1." key 1 -> otherwise }} }} }}
on pie otherwise {{ hangup }}
always record talk
"""
    (always,) = prove(program(Source("survey.recpol", text)))
    assert (always.status, why in always.reason) == ("unknown" if why else "proven", True), always
    assert ("starts-are-unique" in always.assumptions) is (not why and "callid" not in value)


@pytest.mark.parametrize(
    ("recorded", "reason", "cure"),
    [
        (
            "record { told: say 'You are recorded.' talk }",
            "a recording of one side begins with it",
            "record both sides",
        ),
        (
            "told: say 'You are recorded.' record { talk }",
            "a recording begins without it",
            "begin with the announcement",
        ),
    ],
)
def test_where_a_recording_of_one_side_begins_without_the_announcement_both_sides_are_no_cure(
    recorded: str, reason: str, cure: str
) -> None:
    text = f"""policy desk
locale en-GB
voice Amy
on recording failure hangup
store calls {{ url "s3://acme-recordings/desk/" credentials env KEY direction inbound }}
on ice {{ answer {recorded.replace("'", '"').replace("talk", "connect pstn +46850020000")} }}
announce told in recording
"""
    of = program(Source("x.recpol", text), targets=targets_named(["svaml2"]))
    (broken,) = (one for one in check(of).findings if one.rule == "broken-guarantee")
    assert broken.label == reason
    assert cure in broken.help
