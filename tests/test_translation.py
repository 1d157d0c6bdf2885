"""Translation checking catches a compiler that writes the wrong thing.

Each of the deliberate bugs below is put into the lowering. Every one must be caught by the comparison of the output
with the policy on at least one of the policies here, and none of them may slip through as files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from recpol.analysis.program import Program, program
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.compilation import CompilerBug, compile_program
from recpol.semantics.phases import PhaseChange
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.v1 import forms as shared_forms
from recpol.targets.v1 import replies
from recpol.verify import verify

TARGETS = ("classic", "svaml1")

POLICIES = {
    "prompts": """policy prompts
locale en-GB
store calls { url "s3://acme-calls/in/" credentials env KEY notify no }
store other { url "s3://acme-other/in/" credentials env KEY }
on ice {
  answer
  say "Not on tape."
  record to calls { say "On tape." tones "1" }
  record to other { play "https://a.example/a.wav" }
  say "Not on tape again."
  connect pstn +46850020000
}
""",
    "ways": """policy ways
locale en-GB
store calls { url "s3://acme-calls/in/" credentials env KEY }
on ice {
  answer
  record {
    menu {
      prompt "Press 1 or 2."
      key 1 -> desk
      key 2 -> menu code
      menu code { prompt "Your code." digits 4 -> checked }
    }
  }
}
on pie desk { record { agent: connect pstn +46850020000 { phase card } } }
on pie checked { say "Thank you." connect sip "a@example.com" suppress-callbacks }
on pie otherwise { hangup }
on ace { talk: continue }
record talk except card
""",
    "rooms": """policy rooms
locale en-GB
store calls { url "s3://acme-calls/in/" credentials env KEY }
store rooms { url "s3://acme-rooms/in/" credentials env KEY }
on ice { answer menu { prompt "Press a key." key 1 -> room key 2 -> seat key 3 -> both } }
on pie room { record conference to rooms { connect conference "board" } }
on pie seat { record call to calls { connect conference "board" } }
on pie both { record call to calls { record conference to rooms { connect conference "board" } } }
on pie otherwise { hangup }
""",
    "late": """policy late
store calls { url "s3://acme-calls/in/" credentials env KEY }
on ice { desk: connect pstn +46850020000 { phase trade } }
on ace { continue }
record trade
""",
}

Patch = Callable[[pytest.MonkeyPatch], None]


def _change(edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Patch:
    real: Callable[..., Any] = vars(replies)["_change"]

    def patch(monkey: pytest.MonkeyPatch) -> None:
        monkey.setattr(replies, "_change", lambda *given: edit(real(*given)))

    return patch


def _document(edit: Callable[[dict[str, Any], str], dict[str, Any]]) -> Patch:
    """`edit` is given each reply, and the recording flag of its dialect."""
    real: Callable[..., Any] = vars(replies)["_reply"]

    def patch(monkey: pytest.MonkeyPatch) -> None:
        monkey.setattr(replies, "_reply", lambda *given: edit(real(*given), given[2].flag))

    return patch


def _without(name: str) -> Patch:
    return _change(lambda forms: [form for form in forms if form["name"] != name])


def _entry_always_off(monkey: pytest.MonkeyPatch) -> None:
    monkey.setattr(Program, "entry", lambda self, handler: ())


def _entry_always_on(monkey: pytest.MonkeyPatch) -> None:
    monkey.setattr(Program, "entry", lambda self, handler: tuple(self.names.stores)[:1])


def _late_instructions(document: dict[str, Any], flag: str) -> dict[str, Any]:
    forms = document.get("instructions", [])
    moved = [form for form in forms if form["name"] == "StartRecording"]
    return {**document, "instructions": [*(f for f in forms if f not in moved), *moved]} if moved else document


def _flag_everywhere(document: dict[str, Any], flag: str) -> dict[str, Any]:
    options = next((f["options"] for f in document.get("instructions", []) if "options" in f), None)
    if options is None or document["action"]["name"] in ("Hangup", "RunMenu"):
        return document
    kept = [f for f in document["instructions"] if f["name"] != "StartRecording"]
    return {"instructions": kept, "action": {**document["action"], flag: True, "recordingOptions": options}}


def _no_flag(document: dict[str, Any], flag: str) -> dict[str, Any]:
    action = {key: value for key, value in document["action"].items() if key != flag}
    return {**document, "action": action}


def _first_menu_only(document: dict[str, Any], flag: str) -> dict[str, Any]:
    action = document["action"]
    return {**document, "action": {**action, "menus": action["menus"][:1]}} if "menus" in action else document


def _wrong_goal(document: dict[str, Any], flag: str) -> dict[str, Any]:
    action = document["action"]
    if "menus" not in action:
        return document
    menus = [
        {**menu, "options": [{**option, "action": "return(elsewhere)"} for option in menu.get("options", [])]}
        for menu in action["menus"]
    ]
    return {**document, "action": {**action, "menus": menus}}


def _swapped_phases(monkey: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = vars(replies)["_phase"]

    def swapped(unit: Program, said: PhaseChange, dialect: replies.ReplyDialect) -> Any:
        return real(unit, replace(said, before=said.after, after=said.before), dialect)

    monkey.setattr(replies, "_phase", swapped)


def _no_phases(monkey: pytest.MonkeyPatch) -> None:
    monkey.setattr(replies, "TURNS", ())


def _first_store_always(monkey: pytest.MonkeyPatch) -> None:
    real = shared_forms.recording_options

    def first(unit: Program, store: str) -> dict[str, Any]:
        return real(unit, next(iter(unit.names.stores)))

    monkey.setattr(replies, "recording_options", first)


def _no_notify(monkey: pytest.MonkeyPatch) -> None:
    real = shared_forms.recording_options
    monkey.setattr(
        replies,
        "recording_options",
        lambda unit, store: {k: v for k, v in real(unit, store).items() if k != "notificationEvents"},
    )


def _loud_callbacks(document: dict[str, Any], flag: str) -> dict[str, Any]:
    action = {key: value for key, value in document["action"].items() if key != "suppressCallbacks"}
    return {**document, "action": action}


BUGS: dict[str, Patch] = {
    "a stop is missing": _without("StopRecording"),
    "a start is missing": _without("StartRecording"),
    "a stop too many": _change(lambda forms: [{"name": "StopRecording"}, *forms]),
    "start and stop the wrong way round": _change(lambda forms: forms[::-1]),
    "recordings start after the prompts": _document(_late_instructions),
    "the flag instead of the instruction, on conferences too": _document(_flag_everywhere),
    "the flag is missing": _document(_no_flag),
    "replies believe that the recorder is off": _entry_always_off,
    "replies believe that the recorder is on": _entry_always_on,
    "everything goes to the first store": _first_store_always,
    "an option of a store is lost": _no_notify,
    "the requests of a phase are exchanged": _swapped_phases,
    "the requests of a phase are missing": _no_phases,
    "further menus are lost": _document(_first_menu_only),
    "a key returns another value": _document(_wrong_goal),
    "suppressed callbacks are lost": _document(_loud_callbacks),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", BUGS)
def test_a_bug_in_the_lowering_is_caught(name: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[name](monkeypatch)
    caught = 0
    for file, text in POLICIES.items():
        (asked,) = targets_named([target])
        unit = program(Source(f"{file}.recpol", text), targets=(asked,))
        caught += bool(verify(unit, backend_of(asked).lower(unit), asked).differences)
    assert caught, "no policy shows the bug"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", POLICIES)
def test_the_real_lowering_agrees(name: str, target: str) -> None:
    unit = program(Source(f"{name}.recpol", POLICIES[name]), targets=targets_named([target]))
    result = compile_program(unit)
    assert [finding.message for finding in result.checked.errors] == []
    (output,) = result.outputs
    assert output.verified.differences == ()
    assert output.verified.pairs >= len(unit.graph.reachable)


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_reply_says_that_no_call_comes_to_is_held_against_the_policy(target: str) -> None:
    text = (
        "policy p\nlocale en-GB\non ice { answer only: connect pstn +46850020000 }\n"
        'on ace only { hangup }\non ace { say "Nobody is asked for this." hangup }\n'
    )
    unit = program(Source("p.recpol", text), targets=targets_named([target]))
    lowered = backend_of(unit.targets[0]).lower(unit)
    assert verify(unit, lowered, unit.targets[0]).differences == ()
    changed = tuple(
        replace(one, document=json.loads(json.dumps(one.document).replace("Nobody", "Somebody"))) for one in lowered
    )
    (found,) = verify(unit, changed, unit.targets[0]).differences
    assert (found.file, "Somebody" in found.output) == ("ace.json", True)


@pytest.mark.parametrize("target", TARGETS)
def test_a_mistranslation_writes_nothing_and_shows_the_call(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS["a stop is missing"](monkeypatch)
    with pytest.raises(CompilerBug) as bug:
        compile_program(program(Source("ways.recpol", POLICIES["ways"]), targets=targets_named([target])))
    assert f"({target}) would not do what the policy says (pie.checked.json)" in str(bug.value)
    assert "the caller presses 2" in str(bug.value)
