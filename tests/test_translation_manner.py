"""Translation checking looks at the manifest, and at all that a policy says of how something is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.reply import Reply
from recpol.verify import verify

POLICY = """policy desk
locale en-GB
voice Amy
store calls { url "s3://acme-calls/in/" credentials env KEY }
on ice {
  answer
  say "Parts of this call are recorded."
  menu {
    barge no
    prompt "Press 1 or 2, or enter your number."
    repeat "Once more." 3 times
    wait 4s
    digits 6 -> number
    key 1 -> desk
    key 2 -> menu more
    menu more { prompt "Press 3." key 3 -> desk }
  }
}
on pie desk { line: connect pstn +46850020000 cli +46850020001 max-duration 30m { phase card } }
on pie number { connect sip "sips:desk@acme.example" header "X-Desk" = "north" }
on pie otherwise { say "Goodbye." hangup }
on ace { talk: continue }
record talk except card to calls
"""

TARGETS = ("classic", "svaml1", "svaml2")


def lowered(target: str) -> tuple[Program, dict[str, dict[str, Any]]]:
    """The policy for a target, and what its lowering makes, as it may be changed."""
    unit = program(Source("desk.recpol", POLICY), targets=targets_named([target]))
    replies = backend_of(unit.targets[0]).lower(unit)
    made = {r.file: {"document": r.document, "answers": list(r.answers), "values": list(r.values)} for r in replies}
    copied: dict[str, dict[str, Any]] = json.loads(json.dumps(made))
    return unit, copied


def found(unit: Program, made: dict[str, dict[str, Any]]) -> tuple[str, str, str]:
    """What translation checking says first."""
    replies = tuple(
        Reply(file, one["document"], tuple(one["answers"]), tuple(one["values"])) for file, one in made.items()
    )
    (first, *_) = verify(unit, replies, unit.targets[0]).differences
    return first.file, first.policy, first.output


Edit = Callable[[dict[str, Any]], None]


def exchange(made: dict[str, Any]) -> None:
    one, other = made["pie.desk.json"], made["pie.number.json"]
    one["answers"], other["answers"] = other["answers"], one["answers"]


def drop(key: str, *path: str | int) -> Edit:
    def edit(made: dict[str, Any]) -> None:
        at: Any = made
        for part in path:
            at = at[part]
        del at[key]

    return edit


def put(value: object, *path: str | int) -> Edit:
    def edit(made: dict[str, Any]) -> None:
        at: Any = made
        for part in path[:-1]:
            at = at[part]
        at[path[-1]] = value

    return edit


def pop(*path: str | int) -> Edit:
    def edit(made: dict[str, Any]) -> None:
        at: Any = made
        for part in path[:-1]:
            at = at[part]
        at.pop(path[-1])

    return edit


ICE = ("ice.json", "document")
MENU = (*ICE, "action", "menus")

IN_REPLIES: dict[str, tuple[Edit, tuple[str, str, str]]] = {
    "answers exchanged": (exchange, ("pie.desk.json", "sip desk@acme.example", "pstn +46850020000")),
    "answer lost": (pop("pie.desk.json", "answers", 0), ("pie.otherwise.json", "pstn +46850020000", "speech Goodbye.")),
    "value lost": (pop("manage.card.end.json", "values", 0), ("manage.card.end.json", "it needs: env.KEY", "`values`")),
    "answer dropped": (pop(*ICE, "instructions", 0), ("ice.json", "answer", "speech")),
    "barge flipped": (put(True, *ICE, "action", "barge"), ("ice.json", "menus: barge no", "menus: barge yes")),
    "repeats": (put(2, *MENU, 0, "repeats"), ("ice.json", "menu: times 3", "menu: times 2")),
    "digits": (put(7, *MENU, 0, "maxDigits"), ("ice.json", "menu: digits 6", "menu: digits 7")),
    "wait": (put(4001, *MENU, 0, "timeoutMills"), ("ice.json", "menu: wait 4000", "menu: wait 4001")),
    "key of a menu": (put("4", *MENU, 0, "options", 1, "dtmf"), ("ice.json", "menu: keys", '"4", "menu", "more"')),
    "cli": (pop("pie.desk.json", "document", "action", "cli"), ("pie.desk.json", "cli +46850020001", "nothing more")),
    "locale": (put("en-US", *ICE, "instructions", 1, "locale"), ("ice.json", "locale en-GB", "locale en-US")),
    "header": (
        put("south", "pie.number.json", "document", "action", "callHeaders", 0, "value"),
        ("pie.number.json", "connect: header 1", "connect: header 1"),
    ),
}


@pytest.mark.parametrize("target", TARGETS[:2])
@pytest.mark.parametrize("name", IN_REPLIES)
def test_a_change_of_replies_is_seen(name: str, target: str) -> None:
    edit, (file, policy, output) = IN_REPLIES[name]
    unit, made = lowered(target)
    edit(made)
    said = found(unit, made)
    assert said[0] == file
    assert policy in said[1]
    assert output in said[2]


IN_CALL = ("incoming.json", "document", "commands")
ITEM = (*IN_CALL, 1, "events", "onFinish", 0, "menus", "main")
DIAL = (*ITEM, "matches", "1#?", 1)

IN_A_CALL: dict[str, tuple[Edit, tuple[str, str]]] = {
    "not answered": (pop(*IN_CALL, 0), ("the call is answered at once", "the call is not answered")),
    "voice": (put("Emma", *IN_CALL, 1, "messages", 0, "say", "voiceName"), ("speech: voice Amy", "speech: voice Emma")),
    "barge": (put(True, *ITEM, "prompt", "allowBargeIn"), ("menu: barge no", "menu: barge [true, false]")),
    "times": (put(2, *ITEM, "repeatCount"), ("menu: times 3", "menu: times 2")),
    "digits": (put(7, *ITEM, "maximumInputLength"), ("menu: digits 6", "menu: digits 7")),
    "cli": (pop(*DIAL, "from"), ("connect: cli +46850020001", "connect: nothing more is said")),
    "limit": (pop(*DIAL, "maxCallDurationSeconds"), ("connect: max-duration 1800000", "connect: nothing more")),
    "report unanswered": (
        pop("acknowledge.json", "answers", 0),
        ("a document answers `call.webhook.calls-1.finished`", "none does"),
    ),
    "report answered by an act": (
        put([{"command": "hangup", "callName": "caller"}], "acknowledge.json", "document", "commands"),
        ("goes on", "ends"),
    ),
    "no wait": (
        drop("waitFor", "manage.card.begin.json", "answers", 0),
        ("the end of `calls-1` is waited for", "nothing is waited for"),
    ),
    "another wait": (
        put("calls-9", "manage.card.begin.json", "answers", 0, "waitFor", "recordingName"),
        ("the end of `calls-1` is waited for", "the end of `calls-9` is waited for"),
    ),
    "a file too many": (
        lambda made: made.update({"more.json": {"document": {"commands": []}, "answers": [], "values": []}}),
        ("nothing asks for this file", "it is there"),
    ),
}


@pytest.mark.parametrize("name", IN_A_CALL)
def test_a_change_of_a_whole_call_is_seen(name: str) -> None:
    edit, (policy, output) = IN_A_CALL[name]
    unit, made = lowered("svaml2")
    edit(made)
    _, said, other = found(unit, made)
    assert policy in said
    assert output in other


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_changed_has_no_difference(target: str) -> None:
    unit, made = lowered(target)
    with pytest.raises(ValueError, match="not enough values"):
        found(unit, made)


@pytest.mark.parametrize("target", TARGETS)
def test_a_file_under_another_name_is_seen(target: str) -> None:
    """The backend would find it, and a person would not."""
    unit, made = lowered(target)
    file = "pie.otherwise.json" if target != "svaml2" else "acknowledge.json"
    renamed = {("other.json" if name == file else name): one for name, one in made.items()}
    assert found(unit, renamed) == (file, "this file answers", "`other.json` answers")


@pytest.mark.parametrize("target", TARGETS)
def test_an_answer_that_stands_there_twice_is_seen(target: str) -> None:
    unit, made = lowered(target)
    for one in made.values():
        one["answers"] += one["answers"][:1]
    assert found(unit, made)[0] == "manifest.json"
